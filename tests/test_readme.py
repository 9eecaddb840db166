"""What the README and the help of the command line say to type runs as it stands, in a folder of one's own."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

import nnviz
from nnviz import resources
from nnviz.app import cli, training
from nnviz.app.cli import main

README = (Path(__file__).resolve().parent.parent / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
PYTHON = [text for language, text in BLOCKS if language == "python"]
WINDOW = "nnviz window"
"""What opens the window has tests of its own."""


def commands(text: str) -> list[str]:
    """Every command in a text, without what is said of it."""
    lines = (re.split(r"\s{2,}(?![-\\])|\s#", line.strip())[0] for line in text.splitlines())
    return [line for line in lines if line.startswith("nnviz ") and not line.startswith(WINDOW)]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what a reader has: a table of flowers, two more of other columns, weights, a document."""
    monkeypatch.chdir(tmp_path)
    flowers = resources.path("datasets", "iris.csv").read_text(encoding="utf-8")
    Path("flowers.csv").write_text(flowers, encoding="utf-8")
    (weights,) = (text for language, text in BLOCKS if not language and text.startswith("0.3, 0.8"))
    Path("weights.csv").write_text(weights, encoding="utf-8")
    rows = [f"{n},{n % 3},{2 * n}" for n in range(20)]
    Path("more.csv").write_text("\n".join(["a,b,c", *rows]), encoding="utf-8")
    Path("other.csv").write_text("\n".join(["u,v,y", *rows]), encoding="utf-8")
    table = nnviz.read_csv("more.csv")
    nnviz.save(nnviz.use_data(nnviz.new("2-3-1"), table, target="c"), "my.nnviz")
    return tmp_path


@pytest.mark.parametrize("place", range(len(PYTHON)))
def test_python_runs_and_prints_what_it_says(place: int, capsys: pytest.CaptureFixture[str]) -> None:
    code = PYTHON[place]
    exec(code, {})
    printed = capsys.readouterr().out
    said = re.findall(r"print\(.*\)  # ([^∂:\n]*(?:: [\d.]+})?)", code)
    assert [each for each in said if each.strip() not in printed] == []


@pytest.mark.parametrize("text", [README, cli._EXAMPLES, training._HELP], ids=["README", "--help", "train --help"])
def test_commands_run(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = commands(text)
    assert len(told) > 5
    for line in told:
        quick = " --epochs 2" if line.startswith("nnviz train") and "--epochs" not in line else ""
        assert (line, main(shlex.split(line + quick)[1:])) == (line, 0), capsys.readouterr().err
