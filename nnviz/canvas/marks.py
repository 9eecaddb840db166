"""Halos behind what is selected or under the pointer.

They lie on the bare ground, so their colours are laid over it beforehand: where two touch, nothing grows darker.
"""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from nnviz.canvas.hits import HitMap, owner
from nnviz.session.placement.draw import mixed
from nnviz.session.style import Style

CHOSEN, HOVERED = 0.35, 0.14
"""How much of the accent is in the halo of what is selected, and of what is under the pointer."""
REACH = 9.0
"""How far the halo of a body or a plate reaches beyond it."""
BREADTH = 20.0
"""Breadth of the halo of an edge."""


def paint_marks(painter: QPainter, hits: HitMap, look: Style, selection: Collection[str], hovered: str) -> None:
    """Paint the halos of what is ``hovered`` and, over them, those of the ``selection``."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for parts, share in (({hovered}.difference(selection), HOVERED), (selection, CHOSEN)):
        colour = QColor(mixed(look.positive, look.ground, share))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        for rect, radius, ref in hits.boxes():
            if owner(ref) in parts:
                grown = rect.adjusted(-REACH, -REACH, REACH, REACH)
                painter.drawRoundedRect(grown, radius + REACH, radius + REACH)
        cap, join = Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
        painter.strokePath(_ways(hits, parts), QPen(colour, BREADTH, Qt.PenStyle.SolidLine, cap, join))


def _ways(hits: HitMap, parts: Collection[str]) -> QPainterPath:
    """The whole ways of some edges, from end to end."""
    path = QPainterPath()
    for points, ref in hits.ways():
        if owner(ref) in parts:
            path.moveTo(points[0])
            for point in points[1:]:
                path.lineTo(point)
    return path
