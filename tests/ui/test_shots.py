"""Every part that is photographed: named throughout, nothing cut, alike in every scheme."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nnviz.ui.theme import SCHEMES, Theme
from tests.ui.accessibility import cut, unnamed

SCRIPT = Path(__file__).resolve().parents[2] / "packaging" / "shots.py"


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("nnviz_shots", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SHOTS = load()


@pytest.mark.parametrize("scale", [1.0, 2.0])
@pytest.mark.parametrize("name", sorted(set(SHOTS.SHOTS) - {"tip", "menu"}))
def test_every_control_has_a_name_and_room_for_its_words(
    theme: Theme, qtbot: QtBot, log: Path, name: str, scale: float
) -> None:
    theme.zoom(scale)
    widget = SHOTS.SHOTS[name]()
    qtbot.addWidget(widget)
    widget.show()
    QApplication.processEvents()
    assert unnamed(widget) == []
    assert cut(widget) == []


def test_pictures_are_written_in_every_scheme(theme: Theme, log: Path, tmp_path: Path) -> None:
    files = SHOTS.write(tmp_path, ["save-changes", "menu"], theme)
    assert len(files) == 2 * len(SCHEMES)
    assert len({file.read_bytes() for file in files}) == len(files)
