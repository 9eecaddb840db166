"""Monochrome icons by our own names, coloured by the theme at the moment they are painted.

Outlines are read from ``resources/icons/icons.json`` (made by ``packaging/icons.py``), one SVG path on a grid of 24, so
that a start needs no icon library and an icon is sharp at every size and scale of screen. An icon made once stays right
when the theme changes.
"""

from __future__ import annotations

import json
import re
from functools import cache

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPainterPath, QPixmap

from nnviz import resources
from nnviz.errors import ConfigError
from nnviz.ui.palette import Palette
from nnviz.words import tr

GRID = 24.0
_STEP = re.compile(r"([MLC])([-\d. ]+)")
_ink: Palette | None = None


def set_palette(palette: Palette) -> None:
    """From now on paint every icon, those made already too, in the inks of ``palette``. The theme calls it."""
    global _ink
    _ink = palette


@cache
def outlines() -> dict[str, str]:
    """Every icon there is: its name and its SVG path."""
    found: dict[str, str] = json.loads(resources.path("icons", "icons.json").read_text(encoding="utf-8"))
    return found


def names() -> list[str]:
    """The names of all icons, in order."""
    return sorted(outlines())


@cache
def outline(name: str) -> QPainterPath:
    """The outline of one icon on a grid of 24 by 24.

    Raises
    ------
    ConfigError
        If there is no icon of this name.
    """
    if name not in outlines():
        raise ConfigError(tr("There is no such icon"), expected=", ".join(names()), found=repr(name))
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    for letter, numbers in _STEP.findall(outlines()[name]):
        points = [float(number) for number in numbers.split()]
        if letter == "M":
            path.moveTo(points[0], points[1])
        elif letter == "L":
            path.lineTo(points[0], points[1])
        else:
            path.cubicTo(points[0], points[1], points[2], points[3], points[4], points[5])
    return path


def icon(name: str, ink: str = "text") -> QIcon:
    """The icon called ``name``.

    Parameters
    ----------
    name : one of :func:`names`.
    ink : a colour of the palette by its name, such as ``"text"``, ``"accent"``, ``"loss"``; disabled icons fade.

    Raises
    ------
    ConfigError
        If there is no icon of this name.
    """
    outline(name)
    return QIcon(_Engine(name, ink))


def pixmap(name: str, size: int, ink: str = "text", ratio: float = 1.0) -> QPixmap:
    """One icon as a picture of ``size`` device-independent pixels, for a label."""
    made = QPixmap(round(size * ratio), round(size * ratio))
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    paint(painter, QRect(QPoint(), made.size()), name, colour(ink))
    painter.end()
    made.setDevicePixelRatio(ratio)
    return made


def paint(painter: QPainter, rect: QRect, name: str, ink: QColor) -> None:
    """Fill the outline of ``name`` into the square in the middle of ``rect``."""
    side = min(rect.width(), rect.height())
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(rect.x() + (rect.width() - side) / 2, rect.y() + (rect.height() - side) / 2)
    painter.scale(side / GRID, side / GRID)
    painter.fillPath(outline(name), ink)
    painter.restore()


def colour(ink: str) -> QColor:
    """A colour of the palette in force; mid grey where no theme has been set, which shows on light and dark."""
    return QColor(getattr(_ink, ink) if _ink else "#808080")


class _Engine(QIconEngine):
    """Paints one outline in the ink that the theme has now."""

    def __init__(self, name: str, ink: str) -> None:
        super().__init__()
        self._name = name
        self._ink = ink

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        paint(painter, rect, self._name, colour("disabled" if mode == QIcon.Mode.Disabled else self._ink))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        made = QPixmap(size)
        if made.isNull():  # asked for by a part with no room at all
            return made
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        self.paint(painter, QRect(QPoint(), size), mode, state)
        painter.end()
        return made

    def clone(self) -> QIconEngine:
        return _Engine(self._name, self._ink)
