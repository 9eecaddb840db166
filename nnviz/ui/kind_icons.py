"""Icons of kinds of nodes: those of the icon set, curves of activations and losses, fields of images, and signs."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPainterPath, QPen, QPixmap

from nnviz.ui import icons
from nnviz.ui.kind_signs import kind_sign, sign_icon
from nnviz.ui.kind_words import BASICS, kind_words

_AXES = (((3, 12), (21, 12)), ((12, 3), (12, 21)))
_STROKE = 2.0
_THIN = 1.0

# Outlines on the grid of 24 of the icon set, y downwards: points joined by straight lines, or one cubic curve of four.
_STRAIGHT: Mapping[str, tuple[tuple[float, float], ...]] = {
    "identity": ((4, 20), (20, 4)),
    "relu": ((3, 12), (12, 12), (20, 4)),
    "leaky_relu": ((3, 16), (12, 12), (20, 4)),
    "step": ((3, 12), (12, 12), (12, 5), (21, 5)),
    "absolute_error": ((4, 4), (12, 12), (20, 4)),
    "hinge": ((4, 4), (12, 12), (21, 12)),
}
_CURVED: Mapping[str, tuple[tuple[float, float], ...]] = {
    "sigmoid": ((3, 12), (14, 12), (10, 4), (21, 4)),
    "tanh": ((3, 20), (14, 20), (10, 4), (21, 4)),
    "elu": ((3, 17), (13, 17), (11, 13), (20, 4)),
    "gelu": ((3, 12), (15, 18), (10, 13), (20, 4)),
    "silu": ((3, 13), (12, 22), (12, 11), (21, 5)),
    "softplus": ((3, 11.5), (15, 11.5), (12, 11), (20, 4)),
    "squared_error": ((4, 3), (9, 15), (15, 15), (20, 3)),
    "binary_cross_entropy": ((5, 2), (6, 12), (12, 12), (21, 12)),
    "binary_cross_entropy_logits": ((4, 4), (12, 11), (10, 11.5), (21, 11.5)),
}
_OWN = ("concatenate", "dropout")
"""Icons of the icon set that say more than a sign."""
_BARS: Mapping[str, tuple[tuple[float, float], ...]] = {"softmax": ((6, 14), (12, 5), (18, 17))}


# Squares (x, y, side) on the same grid: those that are drawn, and those that are filled.
_Squares = tuple[tuple[float, float, float], ...]
_FIELDS: Mapping[str, tuple[_Squares, _Squares]] = {
    "reshape": (tuple((x, y, 6.0) for x in (9, 15) for y in (6, 12)), ((2, 4, 4), (2, 10, 4), (2, 16, 4))),
    "flatten": (tuple((x, y, 6.0) for x in (3, 9) for y in (6, 12)), ((18, 4, 4), (18, 10, 4), (18, 16, 4))),
    "conv2d": (((3, 3, 18),), ((5.5, 5.5, 8),)),
    "max_pool": (tuple((x, y, 9.0) for x in (3, 12) for y in (3, 12)), ((14, 5, 5),)),
    "avg_pool": (tuple((x, y, 9.0) for x in (3, 12) for y in (3, 12)), ((9, 9, 6),)),
    "matmul": (((2, 8, 8), (14, 8, 8)), ((11, 11, 2),)),
}


def kind_icon(kind: str, ink: str = "text") -> QIcon:
    """The icon of a kind of node, in a colour of the palette in force."""
    if kind in _FIELDS:
        return QIcon(_FieldEngine(kind, ink))
    if kind in _STRAIGHT or kind in _CURVED or kind in _BARS:
        return QIcon(_CurveEngine(kind, ink))
    words = kind_words(kind)
    sign = kind_sign(kind) if words.group != BASICS and words.icon not in _OWN else ""
    return sign_icon(sign, ink) if sign else icons.icon(words.icon, ink)


def kind_pixmap(kind: str, size: int, ink: str = "text", ratio: float = 1.0) -> QPixmap:
    """The same as a picture of ``size`` device-independent pixels, for a label."""
    made = QPixmap(round(size * ratio), round(size * ratio))
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    kind_icon(kind, ink).paint(painter, QRect(QPoint(), made.size()))
    painter.end()
    made.setDevicePixelRatio(ratio)
    return made


class _DrawnEngine(QIconEngine):
    """Paints what is drawn here in the ink that the theme has now."""

    def __init__(self, kind: str, ink: str) -> None:
        super().__init__()
        self._kind = kind
        self._ink = ink

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        side = min(rect.width(), rect.height())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(rect.x() + (rect.width() - side) / 2, rect.y() + (rect.height() - side) / 2)
        painter.scale(side / icons.GRID, side / icons.GRID)
        self._draw(painter, icons.colour("disabled" if mode == QIcon.Mode.Disabled else self._ink))
        painter.restore()

    def _draw(self, painter: QPainter, colour: QColor) -> None:
        raise NotImplementedError

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
        return type(self)(self._kind, self._ink)


class _FieldEngine(_DrawnEngine):
    """Paints the squares of what works on images."""

    def _draw(self, painter: QPainter, colour: QColor) -> None:
        drawn, filled = _FIELDS[self._kind]
        painter.setPen(QPen(colour, 0.8 * _STROKE))
        for x, y, side in drawn:
            painter.drawRect(QRectF(x, y, side, side))
        for x, y, side in filled:
            painter.fillRect(QRectF(x, y, side, side), colour)


class _CurveEngine(_DrawnEngine):
    """Paints the curve of one activation."""

    def _draw(self, painter: QPainter, colour: QColor) -> None:
        if self._kind not in _BARS:
            colour.setAlphaF(0.35)
            painter.setPen(QPen(colour, _THIN))
            for (x1, y1), (x2, y2) in _AXES:
                painter.drawLine(x1, y1, x2, y2)
            colour.setAlphaF(1.0)
        if self._kind in _BARS:
            painter.fillPath(_outline(self._kind), colour)
        pen = QPen(colour, _THIN if self._kind in _BARS else _STROKE)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.drawPath(_outline(self._kind))


def _outline(kind: str) -> QPainterPath:
    path = QPainterPath()
    if kind in _CURVED:
        start, one, other, end = _CURVED[kind]
        path.moveTo(*start)
        path.cubicTo(*one, *other, *end)
    elif kind in _STRAIGHT:
        path.moveTo(*_STRAIGHT[kind][0])
        for point in _STRAIGHT[kind][1:]:
            path.lineTo(*point)
    else:
        for x, top in _BARS[kind]:
            path.addRoundedRect(x - 1.5, top, 3, 20 - top, 1, 1)
    return path
