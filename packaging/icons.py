"""Writes ``resources/icons/icons.json``: the outlines of our icons, so that the window starts without an icon library.

Most come from Material Design Icons as qtawesome ships them; what a network is made of is drawn here. To be run by
hand after a change of the lists: ``python packaging/icons.py``. One icon is one SVG path on a grid of 24 by 24.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import qtawesome  # type: ignore[import-untyped]  # qtawesome has no types
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QGuiApplication, QPainterPath, QPainterPathStroker, QRawFont, QTransform

FONT, CHARMAP = "materialdesignicons6-webfont-6.9.96.ttf", "materialdesignicons6-webfont-charmap-6.9.96.json"
TARGET = Path(__file__).resolve().parents[1] / "resources" / "icons" / "icons.json"
GRID = 24.0
STROKE = 1.8

TAKEN = {
    "new": "file-plus-outline",
    "open": "folder-open-outline",
    "save": "content-save-outline",
    "undo": "arrow-u-left-top",
    "redo": "arrow-u-right-top",
    "select": "cursor-default-outline",
    "note": "note-text-outline",
    "fit": "fit-to-page-outline",
    "zoom-in": "magnify-plus-outline",
    "zoom-out": "magnify-minus-outline",
    "layout": "auto-fix",
    "theme": "circle-half-full",
    "present": "presentation",
    "image": "image-outline",
    "export": "export-variant",
    "search": "magnify",
    "copy": "content-copy",
    "delete": "trash-can-outline",
    "settings": "tune-variant",
    "table": "table",
    "weights": "matrix",
    "lesson": "school-outline",
    "keyboard": "keyboard-outline",
    "help": "help-circle-outline",
    "information": "information-outline",
    "warning": "alert-outline",
    "error": "alert-circle-outline",
    "question": "help-circle-outline",
    "done": "check-circle-outline",
    "play": "play",
    "pause": "pause",
    "step-forward": "step-forward",
    "step-back": "step-backward",
    "first": "skip-backward",
    "last": "skip-forward",
    "stop": "stop",
    "reset": "restart",
    "dice": "dice-5-outline",
    "chevron-left": "chevron-left",
    "chevron-right": "chevron-right",
    "chevron-up": "chevron-up",
    "chevron-down": "chevron-down",
    "check": "check-bold",
    "partly": "minus-thick",
    "close": "close",
    "float": "dock-window",
    "plus": "plus",
    "perceptron": "circle-outline",
    "add": "plus-circle-outline",
    "multiply": "close-circle-outline",
    "expression": "function-variant",
    "loss": "target",
}


def stroked(draw: Callable[[QPainterPath], None], width: float = STROKE) -> QPainterPath:
    """The outline of a line of ``width`` along what ``draw`` draws, with round ends and corners."""
    line = QPainterPath()
    draw(line)
    fine = 6.0  # outlines are flattened to a tolerance of their own unit
    stroker = QPainterPathStroker()
    stroker.setWidth(width * fine)
    stroker.setCapStyle(Qt.PenCapStyle.RoundCap)
    stroker.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    outline = stroker.createStroke(QTransform.fromScale(fine, fine).map(line)).simplified()
    return QTransform.fromScale(1 / fine, 1 / fine).map(outline)


def disc(x: float, y: float, radius: float) -> QPainterPath:
    """A filled circle."""
    path = QPainterPath()
    path.addEllipse(QPointF(x, y), radius, radius)
    return path


def _polyline(path: QPainterPath, *points: tuple[float, float]) -> None:
    path.moveTo(*points[0])
    for point in points[1:]:
        path.lineTo(*point)


def input_node() -> QPainterPath:
    """An arrow into a box that is open to the left."""

    def draw(path: QPainterPath) -> None:
        _polyline(path, (10, 4), (17.5, 4), (20, 6.5), (20, 17.5), (17.5, 20), (10, 20))
        _polyline(path, (3.5, 12), (14, 12))
        _polyline(path, (10.5, 8.2), (14.3, 12), (10.5, 15.8))

    return stroked(draw)


def dense() -> QPainterPath:
    """Three units in one box."""
    box = stroked(lambda path: path.addRoundedRect(QRectF(6.5, 2.5, 11, 19), 4, 4))
    return box | disc(12, 7.2, 1.7) | disc(12, 12, 1.7) | disc(12, 16.8, 1.7)


def activation() -> QPainterPath:
    """A sigmoid."""

    def draw(path: QPainterPath) -> None:
        path.moveTo(3, 18.5)
        path.cubicTo(14, 18.5, 10, 5.5, 21, 5.5)

    return stroked(draw, 2.0)


def dropout() -> QPainterPath:
    """Three units of which one is crossed out."""

    def cross(path: QPainterPath) -> None:
        _polyline(path, (14.4, 4.4), (19.6, 9.6))
        _polyline(path, (19.6, 4.4), (14.4, 9.6))

    def rings(path: QPainterPath) -> None:
        for x, y in ((7, 7), (7, 17), (17, 17)):
            path.addEllipse(QPointF(x, y), 3.1, 3.1)

    return stroked(rings) | stroked(cross)


def concatenate() -> QPainterPath:
    """Two lines that run into one bar, one above the other."""

    def draw(path: QPainterPath) -> None:
        for y in (7.0, 17.0):
            _polyline(path, (3.5, y), (11.5, y))
            _polyline(path, (8.7, y - 2.8), (11.5, y), (8.7, y + 2.8))
        path.addRoundedRect(QRectF(15.5, 3, 5, 18), 2, 2)

    return stroked(draw)


def edge() -> QPainterPath:
    """A line between two units."""

    def draw(path: QPainterPath) -> None:
        path.addEllipse(QPointF(5.6, 18.4), 2.7, 2.7)
        path.addEllipse(QPointF(18.4, 5.6), 2.7, 2.7)
        _polyline(path, (7.6, 16.4), (16.4, 7.6))

    return stroked(draw)


DRAWN: dict[str, Callable[[], QPainterPath]] = {
    "edge": edge,
    "input": input_node,
    "dense": dense,
    "activation": activation,
    "dropout": dropout,
    "concatenate": concatenate,
}


def taken() -> dict[str, QPainterPath]:
    """The outlines that come from the icon font, scaled to the grid."""
    folder = Path(qtawesome.__file__).parent / "fonts"
    codes = json.loads((folder / CHARMAP).read_text(encoding="utf-8"))
    font = QRawFont(str(folder / FONT), 960.0, QFont.HintingPreference.PreferNoHinting)
    scale = GRID / 960.0
    # The glyphs stand on a base line an eighth of the grid above the lower edge of their square.
    place = QTransform.fromTranslate(0, GRID * 7 / 8).scale(scale, scale)
    glyphs = {name: font.glyphIndexesForString(chr(int(codes[source], 16)))[0] for name, source in TAKEN.items()}
    return {name: place.map(font.pathForGlyph(glyph)) for name, glyph in glyphs.items()}


def svg(path: QPainterPath) -> str:
    """``path`` as the ``d`` of an SVG path, two decimals, absolute M, L, C; figures close by themselves when filled."""
    parts, index = [], 0
    while index < path.elementCount():
        element = path.elementAt(index)
        if element.isCurveTo():
            points = [path.elementAt(index + step) for step in range(3)]
            parts.append("C" + " ".join(f"{round(p.x, 2):g} {round(p.y, 2):g}" for p in points))
            index += 3
        else:
            parts.append(f"{'M' if element.isMoveTo() else 'L'}{round(element.x, 2):g} {round(element.y, 2):g}")
            index += 1
    return "".join(parts)


def main() -> None:
    """Write the file."""
    application = QGuiApplication(sys.argv[:1])
    outlines = taken() | {name: draw() for name, draw in DRAWN.items()}
    text = json.dumps({name: svg(outlines[name]) for name in sorted(outlines)}, indent=1)
    TARGET.write_text(text + "\n", encoding="utf-8")
    print(f"{len(outlines)} icons, {TARGET.stat().st_size} bytes")
    del application


if __name__ == "__main__":
    main()
