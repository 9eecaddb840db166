"""The comparison of stored reference numbers with PyTorch's: it sees what differs, and says what it lacks."""

from __future__ import annotations

import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def differing(stored: object, made: object) -> list[str]:
    check = runpy.run_path(str(ROOT / "tests" / "reference" / "check.py"))
    return list(check["differences"](stored, made, 1e-9))


def test_what_is_the_same_to_nine_digits_does_not_differ() -> None:
    stored = {"made_by": "a", "cases": [{"value": [1.0, float("nan"), float("inf")], "gradients": None}]}
    made = {"made_by": "b", "cases": [{"value": [1.0 + 1e-10, float("nan"), float("inf")], "gradients": None}]}
    assert differing(stored, made) == []


@pytest.mark.parametrize(
    ("stored", "made", "place"),
    [
        ({"value": [1.0, 2.0]}, {"value": [1.0, 2.0 + 1e-8]}, ".value[1]"),
        ({"value": [1.0]}, {"value": [1.0, 2.0]}, ".value"),
        ({"value": 1.0}, {"values": 1.0}, ""),
        ({"gradients": None}, {"gradients": [0.0]}, ".gradients"),
        ([float("inf")], [float("-inf")], "[0]"),
        ([0.0], [float("nan")], "[0]"),
        (["adam"], ["adamw"], "[0]"),
    ],
)
def test_what_differs_is_told_with_its_place(stored: object, made: object, place: str) -> None:
    (told,) = differing(stored, made)
    assert told.startswith(f"{place}: stored ")


@pytest.mark.skipif(sys.platform == "win32", reason="the script is for POSIX shells")
def test_without_pytorch_one_line_says_what_to_install(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "packaging", tmp_path / "packaging")
    environment = {name: value for name, value in os.environ.items() if name != "ORACLE_PYTHON"}
    command = ["sh", "packaging/oracle.sh"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    (line,) = done.stderr.splitlines()
    assert "pip install torch==2.13.0" in line
