"""A layout that breaks its row into lines where it is too narrow, so that no bar makes a window wide."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget

from nnviz.ui.theme import GRID


class Flow(QLayout):
    """A row of widgets, each as wide as it wishes to be; what does not fit goes on in a line below.

    A widget that expands takes the room that is left in its line. What is added behind :meth:`add_spring` stands at the
    right end of a line that it shares with what comes before.
    """

    def __init__(self, parent: QWidget | None = None, *, margin: int = 0, spacing: int = GRID // 2) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._spring = -1
        self.setContentsMargins(margin, margin, margin, margin)
        self.setSpacing(spacing)

    def add_spring(self) -> None:
        """Let what comes now stand at the right."""
        self._spring = len(self._items)

    # what Qt asks of every layout

    def addItem(self, item: QLayoutItem) -> None:
        """Take one more."""
        self._items.append(item)

    def count(self) -> int:
        """How many there are."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        """One of them."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        """Give one away."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def hasHeightForWidth(self) -> bool:
        """The narrower, the more lines."""
        return True

    def heightForWidth(self, width: int) -> int:
        """How high all lines are together."""
        return self._arrange(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:
        """Put everything in its place."""
        super().setGeometry(rect)
        self._arrange(rect, move=True)

    def sizeHint(self) -> QSize:
        """All in one line."""
        shown = self._shown()
        width = sum(item.sizeHint().width() for _, item in shown) + self.spacing() * max(0, len(shown) - 1)
        height = max((item.sizeHint().height() for _, item in shown), default=0)
        return QSize(width, height) + self._around()

    def minimumSize(self) -> QSize:
        """One below the other, but only the height of one line: whoever makes it narrow asks for the height."""
        sizes = [item.minimumSize() for _, item in self._shown()]
        width = max((size.width() for size in sizes), default=0)
        return QSize(width, max((size.height() for size in sizes), default=0)) + self._around()

    # arranging

    def _shown(self) -> list[tuple[int, QLayoutItem]]:
        return [(place, item) for place, item in enumerate(self._items) if not item.isEmpty()]

    def _around(self) -> QSize:
        margins = self.contentsMargins()
        return QSize(margins.left() + margins.right(), margins.top() + margins.bottom())

    def _arrange(self, rect: QRect, *, move: bool) -> int:
        """Break into lines and, if wished, move everything; gives the height that is needed."""
        inside = rect.marginsRemoved(self.contentsMargins())
        top = inside.top()
        for line in self._lines(inside.width()):
            height = max(_wished(item).height() for _, item in line)
            if move:
                self._place(line, QRect(inside.left(), top, inside.width(), height))
            top += height + self.spacing()
        around = self._around().height()
        return max(0, top - self.spacing() - inside.top()) + around

    def _lines(self, width: int) -> list[list[tuple[int, QLayoutItem]]]:
        lines: list[list[tuple[int, QLayoutItem]]] = []
        room = -1
        for place, item in self._shown():
            needed = _wished(item).width()
            if not lines or needed + self.spacing() > room:
                lines.append([])
                room = width
            else:
                room -= self.spacing()
            lines[-1].append((place, item))
            room -= needed
        return lines

    def _place(self, line: list[tuple[int, QLayoutItem]], rect: QRect) -> None:
        widths = [min(_wished(item).width(), rect.width()) for _, item in line]
        spare = rect.width() - sum(widths) - self.spacing() * (len(line) - 1)
        growing = [number for number, (_, item) in enumerate(line) if _grows(item)]
        for number in growing:
            widths[number] += spare // len(growing)
        x, left = rect.left(), not growing and line[0][0] < self._spring
        for (place, item), width in zip(line, widths, strict=True):
            if left and place >= self._spring:
                x, left = x + spare, False
            height = min(item.sizeHint().height(), rect.height())
            item.setGeometry(QRect(x, rect.top() + (rect.height() - height) // 2, width, height))
            x += width + self.spacing()


def _grows(item: QLayoutItem) -> bool:
    return bool(item.expandingDirections() & Qt.Orientation.Horizontal)


def _wished(item: QLayoutItem) -> QSize:
    """The size that an item has in a line: what grows begins with its least."""
    return item.minimumSize() if _grows(item) else item.sizeHint()
