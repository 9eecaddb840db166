"""Icons: all there, inside their square, in the colours of the theme at the moment of painting."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon, QImage
from PySide6.QtWidgets import QApplication

from nnviz.errors import ConfigError
from nnviz.ui import icons
from nnviz.ui.theme import Theme, scheme

PROMISED = {
    *("new", "open", "save", "undo", "redo", "select", "edge", "note", "fit", "zoom-in", "zoom-out", "theme", "export"),
    *("play", "pause", "step-forward", "step-back", "first", "last", "stop", "reset", "dice", "search"),
    *("chevron-left", "chevron-right", "chevron-up", "chevron-down"),
    *("input", "perceptron", "dense", "add", "multiply", "concatenate", "dropout", "activation", "loss"),
}


def test_all_that_were_promised_are_there() -> None:
    assert set(icons.names()) >= PROMISED


@pytest.mark.parametrize("name", icons.names())
def test_an_outline_fills_its_square_and_does_not_leave_it(name: str) -> None:
    box = icons.outline(name).boundingRect()
    assert max(box.width(), box.height()) >= 10
    assert box.left() >= 0
    assert box.top() >= 0
    assert box.right() <= icons.GRID
    assert box.bottom() <= icons.GRID


def test_an_unknown_icon_is_named() -> None:
    with pytest.raises(ConfigError, match="'unicorn'"):
        icons.icon("unicorn")


def inks(icon: QIcon, mode: QIcon.Mode = QIcon.Mode.Normal) -> set[str]:
    """The colours of all pixels that are wholly covered."""
    image = icon.pixmap(QSize(48, 48), mode).toImage().convertToFormat(QImage.Format.Format_ARGB32)
    pixels = (image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height()))
    return {pixel.name() for pixel in pixels if pixel.alpha() == 255}


def test_an_icon_made_once_follows_the_theme(theme: Theme) -> None:
    made = icons.icon("play")
    assert inks(made) == {scheme("light").text}
    theme.choose("dark")
    assert inks(made) == {scheme("dark").text}
    assert inks(made, QIcon.Mode.Disabled) == {scheme("dark").disabled}
    assert inks(QIcon(made)) == {scheme("dark").text}


def test_inks_have_names(theme: Theme) -> None:
    assert inks(icons.icon("play", "accent")) == {scheme("light").accent}


def test_a_ring_has_a_hole(theme: Theme) -> None:
    image = icons.pixmap("perceptron", 48).toImage()
    assert image.pixelColor(24, 24).alpha() == 0
    assert image.pixelColor(24, 5).alpha() == 255


def test_a_sharp_screen_gets_more_pixels(theme: Theme) -> None:
    made = icons.pixmap("play", 20, ratio=2.0)
    assert (made.width(), made.devicePixelRatio()) == (40, 2.0)


def test_without_a_theme_icons_are_still_seen(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(icons, "_ink", None)
    assert inks(icons.icon("stop")) == {"#808080"}
