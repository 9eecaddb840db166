"""Layers of a picture on a canvas, kept painted for as long as neither what is in them nor the view of it changes."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import QWidget

from nnviz.canvas.paint import paint
from nnviz.session.picture import Item, Picture


class Kept:
    """What was painted on a widget, to be painted again where it would look the same."""

    def __init__(self) -> None:
        self._made: tuple[object, QPixmap] | None = None

    def paint(
        self,
        painter: QPainter,
        widget: QWidget,
        what: object,
        draw: Callable[[QPainter], None],
        ground: QColor | Qt.GlobalColor = Qt.GlobalColor.transparent,
    ) -> None:
        """Paint what ``draw`` paints over ``ground``; ``what`` equals that of before if it would paint the same."""
        key = (what, painter.worldTransform(), widget.size(), widget.devicePixelRatioF(), ground)
        if self._made is None or self._made[0] != key:
            self._made = (key, self._painted(painter, widget, draw, ground))
        painter.save()
        painter.resetTransform()
        painter.drawPixmap(0, 0, self._made[1])
        painter.restore()

    def _painted(
        self, painter: QPainter, widget: QWidget, draw: Callable[[QPainter], None], ground: QColor | Qt.GlobalColor
    ) -> QPixmap:
        ratio = widget.devicePixelRatioF()
        made = QPixmap(widget.size() * ratio)
        made.setDevicePixelRatio(ratio)
        made.fill(ground)
        inner = QPainter(made)
        try:
            inner.setWorldTransform(painter.worldTransform())
            draw(inner)
        finally:
            inner.end()  # a fault leaves no painter on a pixmap that goes
        return made


class Layer:
    """Items of a display list that are painted together."""

    def __init__(self) -> None:
        self.items: tuple[Item, ...] = ()
        self._kept = Kept()

    def show(self, items: tuple[Item, ...]) -> None:
        """Show these from now on."""
        if items is not self.items and items != self.items:
            self.items = items

    def paint(self, painter: QPainter, *, draft: bool = False) -> None:
        """Paint all items."""
        paint(painter, Picture(1.0, 1.0, None, self.items), draft=draft)

    def paint_kept(self, painter: QPainter, widget: QWidget) -> None:
        """Paint all items as they were painted before, where they would look the same on a widget of this size."""
        self._kept.paint(painter, widget, self.items, self.paint)
