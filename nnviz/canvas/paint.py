"""Draws a picture with a QPainter, in batches: neighbours in the display list that share a pen are one call.

Stateless: what to draw is the picture, how to draw it stands here. One call for many lines costs a hundredth of one
item a line once a network has some hundred edges.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPainterPath, QPen, QPolygonF

from nnviz.canvas import fonts
from nnviz.session.picture import Box, Item, Line, Picture, Polyline, Raster, Text, arrowhead, dashes, stroke_end

LARGEST_RUN = 48.0
"""Pixels of the device from which type is filled as outlines: Qt draws no glyph run of a raw font beyond 64."""

DASH, SPACE = 3.2, 2.0
"""Lengths of a dash and of the space after it, in widths of the stroke; long enough to tell on a projector."""


def paint(painter: QPainter, picture: Picture, *, draft: bool = False) -> None:
    """Draw all items of ``picture`` in order, its origin at the painter's; the ground is the caller's.

    ``draft`` leaves out antialiasing and text, for as long as something moves.
    """
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, not draft)
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing, not draft)
    for batch in batches(picture.items):
        if not (draft and isinstance(batch[0], Text)):
            painter.setOpacity(batch[0].opacity)
            _DRAW[type(batch[0])](painter, batch)
    painter.restore()


def batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Runs of neighbours that can be drawn with one pen and brush, in order."""
    for _, run in groupby(items, _pen_key):
        yield list(run)


def _pen_key(item: Item) -> tuple[object, ...]:
    if isinstance(item, Line):
        return (Line, item.colour, item.width, item.dashed, item.opacity)
    if isinstance(item, Polyline):
        return (Polyline, item.colour, item.width, item.dashed, item.opacity)
    if isinstance(item, Box):
        return (Box, item.fill, item.stroke, item.stroke_width, item.opacity)
    if isinstance(item, Raster):
        return (Raster, item.opacity)
    return (Text, item.colour, item.opacity)


def _lines(painter: QPainter, batch: list[Line]) -> None:
    first = batch[0]
    painter.setPen(_stroke(first.colour, first.width, first.dashed))
    painter.drawLines([QLineF(line.x1, line.y1, *stroke_end(line)) for line in batch])
    heads = [line for line in batch if line.arrow > 0]
    if heads:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(first.colour))
        path = QPainterPath()
        path.setFillRule(Qt.FillRule.WindingFill)
        for line in heads:
            path.addPolygon(QPolygonF([QPointF(*corner) for corner in arrowhead(line)]))
            path.closeSubpath()
        painter.drawPath(path)


def _polylines(painter: QPainter, batch: list[Polyline]) -> None:
    first = batch[0]
    painter.setPen(_stroke(first.colour, first.width, first.dashed))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for line in batch:
        painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in line.points]))


def _boxes(painter: QPainter, batch: list[Box]) -> None:
    first = batch[0]
    painter.setBrush(QBrush(QColor(first.fill)) if first.fill else QBrush(Qt.BrushStyle.NoBrush))
    painter.setPen(
        _stroke(first.stroke, first.stroke_width) if first.stroke and first.stroke_width else QPen(Qt.PenStyle.NoPen)
    )
    for box in batch:
        painter.drawRoundedRect(QRectF(box.x, box.y, box.width, box.height), box.radius, box.radius)
    inner = [box for box in batch if box.double]
    if inner:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for box in inner:
            inset = 2.6 * box.stroke_width
            inside = QRectF(box.x, box.y, box.width, box.height).adjusted(inset, inset, -inset, -inset)
            painter.drawRoundedRect(inside, max(box.radius - inset, 0.0), max(box.radius - inset, 0.0))


def _rasters(painter: QPainter, batch: list[Raster]) -> None:
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    for raster in batch:
        frame = QRectF(raster.x, raster.y, raster.width, raster.height)
        if raster.colours:
            line = 3 * raster.columns
            painter.drawImage(
                frame, QImage(raster.colours, raster.columns, raster.rows, line, QImage.Format.Format_RGB888)
            )
        for run in batches(dashes(raster)):
            _DRAW[Line](painter, run)
        painter.setPen(_stroke(raster.stroke, raster.stroke_width))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(frame)


def _texts(painter: QPainter, batch: list[Text]) -> None:
    """All type of a face and size as one run of glyphs; large type as outlines; foreign words by the system's fonts."""
    painter.setPen(QColor(batch[0].colour))
    scale = painter.worldTransform().m11()
    runs: dict[tuple[fonts.Face, float], list[tuple[str, float, float]]] = {}
    for text in batch:
        face = fonts.Face(text.bold, text.italic, text.condensed)
        x = text.x - _HANG[text.anchor] * fonts.text_width(text.text, face) * text.size
        if not fonts.shaped(text.text, face).complete:
            _foreign(painter, text, face, x)
        elif text.size * scale < LARGEST_RUN:
            runs.setdefault((face, text.size), []).append((text.text, x, text.y))
        else:
            path = fonts.outline(text.text, face, text.size).translated(x, text.y)
            painter.fillPath(path, QColor(batch[0].colour))
    for (face, size), placed in runs.items():
        painter.drawGlyphRun(QPointF(0.0, 0.0), fonts.glyph_run(placed, face, size))


def _foreign(painter: QPainter, text: Text, face: fonts.Face, x: float) -> None:
    """Words in a script the bundled faces lack: drawn by the system's fonts rather than as empty boxes."""
    painter.save()
    painter.translate(x, text.y)
    painter.scale(text.size / 100.0, text.size / 100.0)
    painter.setFont(fonts.fallback(face))
    painter.drawText(QPointF(0.0, 0.0), text.text)
    painter.restore()


def _stroke(colour: str, width: float, dashed: bool = False) -> QPen:
    pen = QPen(QColor(colour), width)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    if dashed:
        pen.setDashPattern([DASH, SPACE])
    return pen


_HANG = {"left": 0.0, "centre": 0.5, "right": 1.0}
_DRAW: dict[type, Callable[..., None]] = {
    Line: _lines,
    Polyline: _polylines,
    Box: _boxes,
    Raster: _rasters,
    Text: _texts,
}
