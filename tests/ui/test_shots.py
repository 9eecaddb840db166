"""Every state that is photographed: named throughout, nothing cut, at the usual size of type and at twice that."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from PySide6.QtWidgets import QMenu, QWidget

from nnviz.ui.theme import Theme
from tests.ui.accessibility import cut, hidden, unnamed

SCRIPT = Path(__file__).resolve().parents[2] / "packaging" / "shots.py"


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("nnviz_shots", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SHOTS = load()
SIZES = ("narrow", "large")
"""Scenes that are about another size themselves."""


@pytest.mark.parametrize(
    ("scene", "scale"),
    [(scene, scale) for scene in SHOTS.SCENES for scale in (1.0, 2.0) if scale == 1.0 or scene not in SIZES],
)
def test_every_control_has_a_name_and_room_for_its_words(
    theme: Theme, log: Path, tmp_path: Path, scene: str, scale: float
) -> None:
    faults: dict[str, list[str]] = {}

    def look(name: str, widget: QWidget) -> None:
        assert name not in faults
        is_plain = isinstance(widget, QMenu) or widget.inherits("QTipLabel")
        faults[name] = [] if is_plain else [*unnamed(widget), *cut(widget), *hidden(widget)]

    theme.zoom(scale)
    SHOTS.SCENES[scene](SHOTS.Studio(theme, tmp_path, look))
    assert {name: found for name, found in faults.items() if found} == {}
    assert faults


def test_pictures_are_written_light_and_dark(theme: Theme, log: Path, tmp_path: Path) -> None:
    files = SHOTS.write(tmp_path, ["tip-command", "menu-help", "focus"], theme)
    assert [file.name for file in files[:3]] == ["menu-help-light.png", "tip-command-light.png", "focus-light.png"]
    assert len(files) == 6
    assert len({file.read_bytes() for file in files}) == len(files)
