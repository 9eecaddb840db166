"""The start-up check refuses the known bad pairs, in one line, without loading Qt."""

from __future__ import annotations

import subprocess
import sys

import pytest

from nnviz.canvas import versions
from nnviz.errors import SetupError


@pytest.mark.parametrize("python", [(3, 11), (3, 12), (3, 14)])
@pytest.mark.parametrize("pyside", ["6.11.0", "6.11.1"])
def test_broken_docks_are_refused_on_every_python(pyside: str, python: tuple[int, int]) -> None:
    with pytest.raises(SetupError, match=rf"PySide6 {pyside} breaks the window\. Install .*6\.11\.2"):
        versions.refuse_bad_pair(pyside, python)


@pytest.mark.parametrize("pyside", ["6.12.0", "6.12.0a1", "6.12.3", "6.13", "7.0.0"])
def test_lost_references_are_refused_below_python_3_12(pyside: str) -> None:
    with pytest.raises(SetupError, match=rf"PySide6 {pyside} crashes under Python 3\.11\. Install "):
        versions.refuse_bad_pair(pyside, (3, 11))


@pytest.mark.parametrize(
    ("pyside", "python"),
    [("6.10.0", (3, 11)), ("6.10.3", (3, 13)), ("6.11.2", (3, 11)), ("6.11.3", (3, 11)), ("6.12.0", (3, 12))],
)
def test_good_pairs_pass(pyside: str, python: tuple[int, int]) -> None:
    versions.refuse_bad_pair(pyside, python)


def test_the_installed_pair_is_good() -> None:
    assert versions.installed_pyside()
    versions.check_qt()


def test_a_bad_installed_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "version", lambda name: "6.11.1")
    with pytest.raises(SetupError, match=r"6\.11\.1"):
        versions.check_qt()


def _no_record(name: str) -> str:
    raise versions.PackageNotFoundError(name)


def test_a_missing_pyside_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "version", _no_record)
    monkeypatch.setattr(versions, "find_spec", lambda name: None)
    with pytest.raises(SetupError, match="PySide6 is missing"):
        versions.check_qt()


def test_without_a_package_record_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "version", _no_record)
    versions.check_qt()


def test_the_check_does_not_load_qt() -> None:
    code = "import sys, nnviz.canvas.versions as v; v.check_qt(); sys.exit('PySide6' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
