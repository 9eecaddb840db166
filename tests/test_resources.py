"""The files that travel with nnviz are found in a checkout, in an installed package and in a frozen application."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from nnviz import resources
from nnviz.errors import FileError

CHECKOUT = Path(__file__).resolve().parent.parent / "resources"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in which the package seems to lie."""
    place = tmp_path / "site-packages" / "nnviz"
    place.mkdir(parents=True)
    monkeypatch.setattr(resources, "_PACKAGE", place)
    return place


def _example(root: Path) -> Path:
    file = root / "examples" / "small.nnviz"
    file.parent.mkdir(parents=True)
    file.write_text("{}")
    return file


def test_a_checkout_has_them_beside_the_package() -> None:
    assert resources.root() == CHECKOUT
    assert resources.path("fonts", "DejaVuSans.ttf") == CHECKOUT / "fonts" / "DejaVuSans.ttf"


def test_an_installed_package_carries_them(package: Path) -> None:
    file = _example(package / "_resources")
    (package.parent / "resources").mkdir()  # somebody else's folder in site-packages must not be taken for ours
    assert resources.path("examples", "small.nnviz") == file


def test_a_frozen_application_unpacks_them(package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path / "unpacked"), raising=False)
    file = _example(tmp_path / "unpacked" / "nnviz" / "_resources")
    _example(package / "_resources")
    assert resources.path("examples", "small.nnviz") == file


def test_without_any_the_user_is_told(package: Path) -> None:
    with pytest.raises(FileError, match=r"belong to nnviz are missing .*resources\)\. Install nnviz again\.$"):
        resources.root()


def test_a_missing_file_is_named() -> None:
    with pytest.raises(FileError, match=r"\(.*no-such\.nnviz\)"):
        resources.path("examples", "no-such.nnviz")


def test_names_are_sorted_and_without_suffix(package: Path) -> None:
    file = _example(package / "_resources")
    for name in ("b.nnviz", "a.nnviz", "SOURCE.md"):
        (file.parent / name).touch()
    assert resources.names("examples", ".nnviz") == ["a", "b", "small"]


@pytest.mark.parametrize("folder", sorted(place.name for place in CHECKOUT.iterdir() if any(place.glob("*.*"))))
def test_every_resource_has_a_source(folder: str) -> None:
    ours = {"examples", "styles"}  # made for nnviz, under its own licence
    assert folder in ours or (CHECKOUT / folder / "SOURCE.md").is_file()
