"""A picture as values: a frozen display list that painters, writers and tests read alike.

Coordinates are pixels of a frame whose origin is the upper left corner; y grows downward. Items are drawn in
the order in which they stand. Nothing here knows Qt, and nothing here computes a number of the network.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

Anchor = Literal["left", "centre", "right"]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """A straight stroke from (x1, y1) to (x2, y2), with an arrowhead of length ``arrow`` at its end if positive."""

    x1: float
    y1: float
    x2: float
    y2: float
    colour: str
    width: float
    dashed: bool = False
    arrow: float = 0.0
    opacity: float = 1.0
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Polyline:
    """An open path through ``points``, for curves and brackets."""

    points: tuple[tuple[float, float], ...]
    colour: str
    width: float
    dashed: bool = False
    opacity: float = 1.0
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle with rounded corners; ``double`` draws a second border inside the first.

    A radius of half the side makes a circle. ``ref`` names the node, edge or part it belongs to and ``role``
    what it is (``node``, ``plate``, ``loss``, ``target``, ``legend``, ``panel`` ...), for tests and for picking.
    """

    x: float
    y: float
    width: float
    height: float
    radius: float = 0.0
    fill: str | None = None
    stroke: str | None = None
    stroke_width: float = 0.0
    double: bool = False
    opacity: float = 1.0
    ref: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text whose baseline runs through y and which hangs on x by its ``anchor``."""

    x: float
    y: float
    text: str
    size: float
    colour: str
    anchor: Anchor = "left"
    bold: bool = False
    italic: bool = False
    condensed: bool = False
    opacity: float = 1.0
    ref: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class Raster:
    """A grid of flat cells in a thin frame, crisp at any size: ``colours`` has three bytes (red, green, blue) a cell.

    Cells that are ``dashed`` bear a short stroke, so that no sign is told by colour alone: in the first of the ``inks``
    on dark cells, in the second on bright ones. Without colours it is empty.
    """

    x: float
    y: float
    width: float
    height: float
    rows: int
    columns: int
    colours: bytes
    stroke: str
    stroke_width: float
    dashed: tuple[int, ...] = ()
    inks: tuple[str, str] = ("#ffffff", "#000000")
    opacity: float = 1.0
    ref: str = ""
    role: str = ""


Item = Line | Polyline | Box | Text | Raster


@dataclass(frozen=True, slots=True)
class Picture:
    """A whole drawing: its frame in pixels, the colour of its ground (None is transparent) and its items."""

    width: float
    height: float
    ground: str | None
    items: tuple[Item, ...]


ARROW_SPREAD = 0.37
"""Half the breadth of an arrowhead's base, as a share of its length."""


def arrowhead(line: Line) -> tuple[Point, Point, Point]:
    """The triangle at the end of ``line``: its tip, then the two corners of its base.

    Painters, writers and the overlap tests all use this one, so that what is tested is what is drawn.
    """
    run = math.hypot(line.x2 - line.x1, line.y2 - line.y1) or 1.0
    along_x, along_y = (line.x2 - line.x1) / run, (line.y2 - line.y1) / run
    base_x, base_y = line.x2 - line.arrow * along_x, line.y2 - line.arrow * along_y
    spread = line.arrow * ARROW_SPREAD
    return (
        (line.x2, line.y2),
        (base_x - spread * along_y, base_y + spread * along_x),
        (base_x + spread * along_y, base_y - spread * along_x),
    )


def stroke_end(line: Line) -> Point:
    """Where the stroke of ``line`` stops: at the base of its arrowhead, for both may be translucent."""
    run = math.hypot(line.x2 - line.x1, line.y2 - line.y1)
    if line.arrow <= 0 or run == 0:
        return line.x2, line.y2
    back = min(0.98 * line.arrow, run) / run
    return line.x2 - back * (line.x2 - line.x1), line.y2 - back * (line.y2 - line.y1)


BRIGHT = 118.0
"""Brightness, of 255, from which a cell is bright: where both inks stand out from it alike."""
DASH_LENGTH, DASH_WIDTH = 0.44, 0.11
"""Of the stroke in a dashed cell, as shares of the cell's breadth and height."""


def rgb(colour: str) -> tuple[int, int, int]:
    """Red, green and blue of ``#rrggbb``, each from 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def brightness(red: int, green: int, blue: int) -> float:
    """How bright a colour is, from 0 to 255; quick, for colours that are compared with each other."""
    return 0.3 * red + 0.59 * green + 0.11 * blue


def dashes(raster: Raster) -> Iterator[Line]:
    """The strokes in the dashed cells of a raster."""
    wide, high = raster.width / raster.columns, raster.height / raster.rows
    half = DASH_LENGTH * wide / 2
    for cell in raster.dashed:
        row, column = divmod(cell, raster.columns)
        ink = raster.inks[brightness(*raster.colours[3 * cell : 3 * cell + 3]) > BRIGHT]
        x, y = raster.x + (column + 0.5) * wide, raster.y + (row + 0.5) * high
        yield Line(x - half, y, x + half, y, ink, DASH_WIDTH * high, opacity=raster.opacity, ref=raster.ref)


class Measure(Protocol):
    """What a placement must know about type: how wide a text runs and how high it stands."""

    def width(
        self, text: str, size: float, *, bold: bool = False, italic: bool = False, condensed: bool = False
    ) -> float:
        """Advance of ``text`` in pixels at a type size of ``size`` pixels."""
        ...

    def ascent(self, size: float) -> float:
        """Pixels from the baseline to the top of the highest letters used."""
        ...

    def descent(self, size: float) -> float:
        """Pixels from the baseline to the bottom of the lowest letters used."""
        ...
