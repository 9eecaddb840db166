"""Gestures on the canvas: each is an object that lives from press to release and ends in one wish, or in none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen

from nnviz.canvas.hits import owner

if TYPE_CHECKING:
    from nnviz.canvas.view import NetworkView

SLOP = 4.0
"""Pixels of the screen a pointer may stray before a click becomes a drag."""


class Interaction(Protocol):
    """What every gesture does."""

    def move(self, event: QMouseEvent) -> None:
        """The pointer moved."""

    def release(self, event: QMouseEvent) -> None:
        """The button was let go: wish what the gesture meant."""

    def cancel(self) -> None:
        """Give up; show everything as it was."""

    def paint(self, painter: QPainter) -> None:
        """Draw what the gesture shows, in pixels at 100 %."""


def begin(view: NetworkView, event: QMouseEvent) -> Interaction | None:
    """The gesture that a press begins."""
    place = view.to_scene(event.position())
    if event.button() == Qt.MouseButton.MiddleButton:
        return Pan(view, event)
    if event.button() != Qt.MouseButton.LeftButton:
        return None
    if event.modifiers() & Qt.KeyboardModifier.AltModifier:
        return Pan(view, event)
    node = view.hits.node_at(place)
    handle = next(
        (each.id for each in view.diagram.nodes if owner(each.id) == view.hovered and view.on_handle(each.id, place)),
        "",
    )
    if handle or (node and view.drawing_edges):
        return DrawEdge(view, owner(handle or node), place)
    part = owner(node or view.hits.at(place, 8 / view.zoom))
    if not part:
        return Frame(view, event, place)
    _choose(view, part, event)
    return DragNodes(view, event) if node else None


def _choose(view: NetworkView, part: str, event: QMouseEvent) -> None:
    """Select the part under the pointer; with Shift or Ctrl, add it or take it out."""
    more = event.modifiers() & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier)
    if more:
        left = tuple(id for id in view.selection if id != part)
        view.selection_wished.emit(left if part in view.selection else (*view.selection, part))
    elif part not in view.selection:
        view.selection_wished.emit((part,))


class Pan:
    """Moves what is shown."""

    def __init__(self, view: NetworkView, event: QMouseEvent) -> None:
        self._view, self._last = view, event.position()
        view.setCursor(Qt.CursorShape.ClosedHandCursor)

    def move(self, event: QMouseEvent) -> None:
        """Follow the pointer."""
        self._view.pan_by(event.position() - self._last)
        self._last = event.position()

    def release(self, event: QMouseEvent) -> None:
        """Stay there."""
        self._view.unsetCursor()

    def cancel(self) -> None:
        """Stay there."""
        self._view.unsetCursor()

    def paint(self, painter: QPainter) -> None:
        """Nothing of its own."""


class DragNodes:
    """Moves the selected nodes with the pointer."""

    def __init__(self, view: NetworkView, event: QMouseEvent) -> None:
        self._view, self._start = view, event.position()
        self._before = dict(view.centres)
        self._dragging = False

    def move(self, event: QMouseEvent) -> None:
        """Show the nodes under the pointer."""
        if self._dragging or (event.position() - self._start).manhattanLength() > SLOP:
            self._dragging = True
            self._view.place_overlay(self._moved(event))

    def release(self, event: QMouseEvent) -> None:
        """Wish the new places; those of all nodes, so that none is laid out anew."""
        if self._dragging:
            self._view.place_overlay(self._moved(event))
            self._view.moved.emit(self._view.positions())

    def cancel(self) -> None:
        """Show them where they were."""
        self._view.place_overlay(self._before)

    def paint(self, painter: QPainter) -> None:
        """Nothing of its own."""

    def _moved(self, event: QMouseEvent) -> dict[str, tuple[float, float]]:
        way = (event.position() - self._start) / self._view.zoom
        return {
            id: (x + way.x(), y + way.y()) for id, (x, y) in self._before.items() if owner(id) in self._view.selection
        }


class DrawEdge:
    """Draws an edge from a node: allowed targets are lit, a refusal is told in a sentence."""

    def __init__(self, view: NetworkView, source: str, place: QPointF) -> None:
        self._view, self._source, self._end = view, source, place
        self._allowed = view.allowed_targets(source)
        self._target = ""

    def move(self, event: QMouseEvent) -> None:
        """Follow the pointer; tell why the node under it is no target."""
        self._end = self._view.to_scene(event.position())
        target = owner(self._view.hits.node_at(self._end))
        if target != self._target:
            self._target = target
            refused = target and target != self._source and target not in self._allowed
            self._view.told.emit(self._view.refusal(self._source, target) if refused else "")

    def release(self, event: QMouseEvent) -> None:
        """Wish the edge; a refused one is wished too, so that the reason is told where reasons are told."""
        self.move(event)
        if self._target and self._target != self._source:
            self._view.connect_wished.emit(self._source, self._target)

    def cancel(self) -> None:
        """Nothing was drawn."""

    def paint(self, painter: QPainter) -> None:
        """The edge so far, and rings around allowed targets."""
        look = self._view.look
        for rect, radius, ref in self._view.hits.boxes():
            if owner(ref) in self._allowed and self._view.hits.body(ref) == rect:
                painter.setPen(QPen(QColor(look.good), 8 if owner(ref) == self._target else 4))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(rect.adjusted(-8, -8, 8, 8), radius + 8, radius + 8)
        refused = self._target and self._target not in self._allowed and self._target != self._source
        painter.setPen(QPen(QColor(look.loss if refused else look.positive), 4, Qt.PenStyle.DashLine))
        start = next(
            (self._view.handle_at(n.id) for n in self._view.diagram.nodes if owner(n.id) == self._source), None
        )
        if start is not None:
            painter.drawLine(start, self._end)


class Frame:
    """A rubber band: selects the nodes inside it; a mere click selects nothing."""

    def __init__(self, view: NetworkView, event: QMouseEvent, place: QPointF) -> None:
        self._view, self._start, self._end = view, place, place
        keep = event.modifiers() & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier)
        self._kept = view.selection if keep else ()

    def move(self, event: QMouseEvent) -> None:
        """Follow the pointer."""
        self._end = self._view.to_scene(event.position())

    def release(self, event: QMouseEvent) -> None:
        """Select what lies inside."""
        self.move(event)
        found = self._view.hits.inside(self._rect())
        self._view.selection_wished.emit(tuple(dict.fromkeys((*self._kept, *found))))

    def cancel(self) -> None:
        """Nothing is selected."""

    def paint(self, painter: QPainter) -> None:
        """The band."""
        colour = QColor(self._view.look.positive)
        painter.setPen(QPen(colour, 1.5 / self._view.zoom))
        colour.setAlphaF(0.1)
        painter.setBrush(colour)
        painter.drawRect(self._rect())

    def _rect(self) -> QRectF:
        return QRectF(self._start, self._end).normalized()
