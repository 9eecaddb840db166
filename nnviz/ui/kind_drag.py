"""Dragging a kind of node onto the canvas by a mouse grab of our own.

A drag of the window system runs an event loop of its own, in which timers and a training's news wait, and which no test
can walk through. Here the widget under the pointer is offered the same events (enter, move, leave, drop with
:data:`~nnviz.canvas.view.KIND_MIME`), so that whoever takes drops needs to know nothing of it.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QWidget

from nnviz.canvas.view import KIND_MIME
from nnviz.ui.kind_icons import kind_pixmap
from nnviz.ui.kind_words import kind_words
from nnviz.ui.theme import GRID
from nnviz.ui.widgets import SMALL_ICON, label

_COPY = Qt.DropAction.CopyAction
_LEFT = Qt.MouseButton.LeftButton
_AWAY = QPoint(14, 10)


def kind_data(kind: str) -> QMimeData:
    """What a drag of ``kind`` carries."""
    data = QMimeData()
    data.setData(KIND_MIME, kind.encode())
    return data


class KindDrag(QObject):
    """One drag, from the first movement to the release or Escape. The mouse is grabbed by ``source``.

    Parameters
    ----------
    source : the widget in which the button was pressed; it receives the mouse until the button is released.
    kind : what is dragged.
    """

    def __init__(self, source: QWidget, kind: str) -> None:
        super().__init__(source)
        self.kind = kind
        self._source = source
        self._data = kind_data(kind)
        self._target: QWidget | None = None
        self._accepted = False
        self._chip = _Chip(source.window(), kind)
        self._application = QApplication.instance()
        assert self._application is not None
        self._application.installEventFilter(self)
        QApplication.setOverrideCursor(Qt.CursorShape.ForbiddenCursor)

    def move(self, event: QMouseEvent) -> None:
        """Follow the pointer."""
        at = event.globalPosition()
        self._chip.follow(at)
        target = _taker(at.toPoint(), self._chip)
        if target is not self._target:
            self._leave()
            self._enter(target, at)
        elif target is not None and self._accepted:
            moved = QDragMoveEvent(_inside(target, at).toPoint(), _COPY, self._data, _LEFT, event.modifiers())
            QApplication.sendEvent(target, moved)

    def release(self, event: QMouseEvent) -> None:
        """Drop here, or nowhere."""
        target, taken = self._target, self._accepted
        at = event.globalPosition()
        self._end()
        if target is not None and taken:
            dropped = QDropEvent(_inside(target, at), _COPY, self._data, Qt.MouseButton.NoButton, event.modifiers())
            QApplication.sendEvent(target, dropped)

    def cancel(self) -> None:
        """Give up; nothing is dropped."""
        self._leave()
        self._end()

    @property
    def running(self) -> bool:
        """Whether it has neither ended nor been given up."""
        return self._application is not None

    def _enter(self, target: QWidget | None, at: QPointF) -> None:
        self._target = target
        if target is not None:
            entered = QDragEnterEvent(
                _inside(target, at).toPoint(), _COPY, self._data, _LEFT, Qt.KeyboardModifier.NoModifier
            )
            entered.ignore()
            QApplication.sendEvent(target, entered)
            self._accepted = entered.isAccepted()
        taken = Qt.CursorShape.DragCopyCursor if self._accepted else Qt.CursorShape.ForbiddenCursor
        QApplication.changeOverrideCursor(taken)

    def _leave(self) -> None:
        if self._target is not None and self._accepted:
            QApplication.sendEvent(self._target, QDragLeaveEvent())
        self._target, self._accepted = None, False

    def _end(self) -> None:
        if self._application is None:
            return
        self._application.removeEventFilter(self)
        self._application = None
        self._target, self._accepted = None, False
        QApplication.restoreOverrideCursor()
        self._chip.hide()
        self._chip.deleteLater()
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Escape gives up, and belongs to nobody else meanwhile."""
        pressed = event.type() in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride) and isinstance(event, QKeyEvent)
        if pressed and event.key() == Qt.Key.Key_Escape:  # type: ignore[attr-defined]  # a key event: looked at a line above
            self.cancel()
            event.accept()
            return True
        return False


class _Chip(QFrame):
    """What follows the pointer: icon and name. A child of the window, so that no window manager meddles."""

    def __init__(self, window: QWidget, kind: str) -> None:
        super().__init__(window)
        self.setProperty("surface", "card")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        words = kind_words(kind)
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID, GRID // 2, GRID + GRID // 2, GRID // 2)
        row.setSpacing(GRID)
        picture = label()
        side = max(SMALL_ICON, self.fontMetrics().height())
        picture.setPixmap(kind_pixmap(kind, side, "accent", self.devicePixelRatioF()))
        picture.setFixedSize(QSize(side, side))
        row.addWidget(picture)
        row.addWidget(label(words.name))
        self.adjustSize()

    def follow(self, at: QPointF) -> None:
        """Stand beside a place of the screen."""
        window = self.parentWidget()
        assert window is not None
        self.move(window.mapFromGlobal(at.toPoint()) + _AWAY)
        self.show()
        self.raise_()


def _taker(at: QPoint, chip: QWidget) -> QWidget | None:
    """The widget at a place of the screen that takes drops, itself or through one that it lies in."""
    found = QApplication.widgetAt(at)
    if found is not None and (found is chip or chip.isAncestorOf(found)):
        found = None
    while found is not None and not found.acceptDrops():
        found = None if found.isWindow() else found.parentWidget()
    return found


def _inside(target: QWidget, at: QPointF) -> QPointF:
    return target.mapFromGlobal(at)
