"""What lies under a place: the boxes and strokes of a display list, by the part they belong to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import hypot

from PySide6.QtCore import QPointF, QRectF

from nnviz.session.picture import Box, Item, Line, Polyline

BODIES = ("node", "loss")
PLATES = ("plate", "target")


def owner(id: str) -> str:
    """The document's id of a drawn part: ``h[3]`` is unit 3 of ``h``, ``w[0,1]`` one number of ``w``."""
    return id.partition("[")[0]


class HitMap:
    """The parts of a display list and where they lie.

    Parameters
    ----------
    items : the display list, lowest first.
    centres : where each drawn node's centre stands.
    """

    def __init__(self, items: Sequence[Item], centres: Mapping[str, tuple[float, float]]) -> None:
        self._bodies = [box for box in items if isinstance(box, Box) and box.role in BODIES]
        self._plates = [box for box in items if isinstance(box, Box) and box.role in PLATES]
        self._ways = _ways([item for item in items if isinstance(item, Line | Polyline) and item.ref])
        self._legs = [(leg, ref) for ref, way in self._ways.items() for leg in pairwise(way)]
        self.centres = centres

    def at(self, place: QPointF, reach: float) -> str:
        """The drawn part at a place: a node before a plate before an edge within ``reach``; empty if there is none."""
        for box in [*reversed(self._bodies), *reversed(self._plates)]:
            if _rect(box).contains(place):
                return box.ref
        near = [(_distance(place, *leg), ref) for leg, ref in self._legs]
        return min(near, default=(reach + 1, ""))[1] if near and min(near)[0] <= reach else ""

    def node_at(self, place: QPointF) -> str:
        """The drawn node at a place; empty if there is none."""
        return next((box.ref for box in reversed(self._bodies) if _rect(box).contains(place)), "")

    def body(self, node: str) -> QRectF | None:
        """The body of a drawn node."""
        return next((_rect(box) for box in self._bodies if box.ref == node), None)

    def boxes(self) -> Iterator[tuple[QRectF, float, str]]:
        """Bodies and plates: rectangle, radius, part."""
        for box in (*self._bodies, *self._plates):
            yield _rect(box), box.radius, box.ref

    def legs(self) -> Iterator[tuple[QPointF, QPointF, str]]:
        """Straight pieces of edges: both ends, part."""
        for (start, end), ref in self._legs:
            yield start, end, ref

    def ways(self) -> Iterator[tuple[list[QPointF], str]]:
        """Edges from end to end: the points of their way, part."""
        for ref, way in self._ways.items():
            yield way, ref

    def inside(self, frame: QRectF) -> tuple[str, ...]:
        """The document's ids of the nodes whose body lies wholly within a frame."""
        return tuple(dict.fromkeys(owner(box.ref) for box in self._bodies if frame.contains(_rect(box))))


def _ways(strokes: Sequence[Line | Polyline]) -> dict[str, list[QPointF]]:
    """The way of every edge; a bent one is a path, and a last straight piece that carries the arrowhead."""
    made: dict[str, list[QPointF]] = {}
    for stroke in sorted(strokes, key=lambda stroke: isinstance(stroke, Line)):
        ends = ((stroke.x1, stroke.y1), (stroke.x2, stroke.y2)) if isinstance(stroke, Line) else stroke.points
        way = made.setdefault(stroke.ref, [])
        way += [QPointF(*end) for end in ends[1 if way else 0 :]]
    return made


def _rect(box: Box) -> QRectF:
    return QRectF(box.x, box.y, box.width, box.height)


def _distance(place: QPointF, start: QPointF, end: QPointF) -> float:
    """From a place to a straight piece."""
    way, to = end - start, place - start
    length = QPointF.dotProduct(way, way)
    share = 0.0 if length == 0 else max(0.0, min(1.0, QPointF.dotProduct(to, way) / length))
    off = to - way * share
    return hypot(off.x(), off.y())
