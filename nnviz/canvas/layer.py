"""One layer of a picture on a canvas, kept painted for as long as neither its items nor the view of them change."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPixmap, QTransform
from PySide6.QtWidgets import QWidget

from nnviz.canvas.paint import paint
from nnviz.session.picture import Item, Picture


class Layer:
    """Items of a display list that are painted together."""

    def __init__(self) -> None:
        self.items: tuple[Item, ...] = ()
        self._kept: tuple[object, QPixmap] | None = None

    def show(self, items: tuple[Item, ...]) -> None:
        """Show these from now on."""
        if items is not self.items and items != self.items:
            self.items, self._kept = items, None

    def paint(self, painter: QPainter, *, draft: bool = False) -> None:
        """Paint all items."""
        paint(painter, Picture(1.0, 1.0, None, self.items), draft=draft)

    def paint_kept(self, painter: QPainter, widget: QWidget) -> None:
        """Paint all items as they were painted before, where they would look the same on a widget of this size."""
        transform, ratio = painter.worldTransform(), widget.devicePixelRatioF()
        key = (transform, widget.size(), ratio)
        if self._kept is None or self._kept[0] != key:
            self._kept = (key, self._painted(transform, widget.size(), ratio))
        painter.save()
        painter.resetTransform()
        painter.drawPixmap(0, 0, self._kept[1])
        painter.restore()

    def _painted(self, transform: QTransform, size: QSize, ratio: float) -> QPixmap:
        made = QPixmap(size * ratio)
        made.setDevicePixelRatio(ratio)
        made.fill(Qt.GlobalColor.transparent)
        inner = QPainter(made)
        try:
            inner.setWorldTransform(transform)
            self.paint(inner)
        finally:
            inner.end()  # a fault leaves no painter on a pixmap that goes
        return made
