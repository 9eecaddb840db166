"""Chooses which columns of a table fill the units of a node: one from a list, or several by ticking them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from nnviz.data.table import Column
from nnviz.session.fitting import fills
from nnviz.ui import icons
from nnviz.ui.theme import GRID
from nnviz.ui.tips import literal, plain_tip
from nnviz.ui.widgets import label
from nnviz.words import tr

ROWS_SHOWN = 10
SIGN = 18


class ColumnPicker(QPushButton):
    """A button that names the columns of one node, and opens a list of all of them to be ticked.

    Columns keep the order in which they were chosen before; what is added comes behind them, in the table's order.

    Parameters
    ----------
    name : what is chosen, for assistive technology, such as "Columns of x".
    columns : all there are.
    chosen : the names of those chosen now.
    width : the units they are to fill.

    Signals
    -------
    picked : the names of another choice, when the list is closed.
    """

    picked = Signal(tuple)

    def __init__(self, name: str, columns: Sequence[Column], chosen: tuple[str, ...], width: int) -> None:
        super().__init__()
        self.setAutoDefault(False)
        self.setProperty("role", "choice")
        self.setAccessibleName(name)
        self._columns = {column.name: column for column in columns}
        self._width = width
        self.chosen = tuple(each for each in chosen if each in self._columns)
        self._popup: _Popup | None = None
        self.clicked.connect(self.open)
        self._describe()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the sign of a list behind the words."""
        super().paintEvent(event)
        painter = QPainter(self)
        place = QRect(self.width() - SIGN - GRID // 2, (self.height() - SIGN) // 2, SIGN, SIGN)
        icons.paint(painter, place, "chevron-down", icons.colour("muted" if self.isEnabled() else "disabled"))
        painter.end()

    @property
    def complete(self) -> bool:
        """Whether the chosen columns fill the node."""
        return fills([self._columns[name] for name in self.chosen], self._width)

    def open(self) -> None:
        """Show the list under the button."""
        self._popup = _Popup(self, self._columns, self.chosen)
        self._popup.ticked.connect(self._preview)
        self._popup.closed.connect(self.take)
        self._preview(self.chosen)
        self._popup.show_under(self)

    @property
    def popup(self) -> QListWidget | None:
        """The open list, or None."""
        return self._popup.list if self._popup else None

    @property
    def popup_words(self) -> str:
        """What the open list says about the ticked columns."""
        return self._popup.words.text() if self._popup else ""

    def close_list(self) -> None:
        """Close the list, as a click elsewhere does."""
        if self._popup is not None:
            self._popup.close()

    def take(self, ticked: tuple[str, ...]) -> None:
        """Take these columns."""
        if self._popup is not None:
            self._popup.deleteLater()
            self._popup = None
        ordered = self._ordered(ticked)
        if ordered != self.chosen:
            self.chosen = ordered
            self._describe()
            self.picked.emit(ordered)

    def _ordered(self, ticked: Sequence[str]) -> tuple[str, ...]:
        kept = [name for name in self.chosen if name in ticked]
        return (*kept, *(name for name in ticked if name not in kept))

    def _preview(self, ticked: tuple[str, ...]) -> None:
        if self._popup is not None:
            filled = sum(self._columns[name].width for name in ticked)
            fitting = fills([self._columns[name] for name in ticked], self._width)
            self._popup.tell(units_words(filled, self._width, fitting), fitting)

    def _describe(self) -> None:
        count = len(self.chosen)
        words = {0: tr("choose…"), 1: self.chosen[0] if count else ""}.get(count, tr("{n} columns", n=count))
        self.setText(literal(words if len(words) <= 24 else words[:23] + "…"))
        self.setToolTip(plain_tip("\n".join(self.chosen[:40])))


def units_words(filled: int, width: int, fitting: bool) -> str:
    """How well columns fill a node.

    >>> units_words(3, 4, False)
    'fills 3 of 4 units'
    """
    if fitting:
        return tr("fills all {n} units", n=width) if width > 1 else tr("fills the unit")
    return tr("fills {n} of {all} units", n=filled, all=width)


class _Popup(QFrame):
    """The list, with a line that says how far the ticked columns fill the node."""

    ticked = Signal(tuple)
    closed = Signal(tuple)

    def __init__(self, parent: QWidget, columns: dict[str, Column], chosen: tuple[str, ...]) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("surface", "card")
        self._chosen, self._dropped = chosen, False
        self.list = QListWidget()
        self.list.setAccessibleName(parent.accessibleName())
        for column in columns.values():
            item = QListWidgetItem(column_words(column))
            item.setData(Qt.ItemDataRole.UserRole, column.name)
            item.setCheckState(Qt.CheckState.Checked if column.name in chosen else Qt.CheckState.Unchecked)
            self.list.addItem(item)
        self.list.itemChanged.connect(lambda: self.ticked.emit(self.names()))
        self.list.setCurrentRow(0)
        self.words = label("", "small")
        rows = QVBoxLayout(self)
        rows.setContentsMargins(GRID, GRID, GRID, GRID)
        rows.setSpacing(GRID // 2)
        rows.addWidget(self.list)
        rows.addWidget(self.words)

    def names(self) -> tuple[str, ...]:
        """The ticked columns."""
        items = (self.list.item(row) for row in range(self.list.count()))
        return tuple(
            item.data(Qt.ItemDataRole.UserRole) for item in items if item.checkState() == Qt.CheckState.Checked
        )

    def tell(self, words: str, fitting: bool) -> None:
        """Say how far they fill the node."""
        self.words.setText(words)
        self.words.setProperty("role", "good" if fitting else "small")
        self.words.style().polish(self.words)

    def show_under(self, button: QWidget) -> None:
        """Show below ``button``, as wide as it at least."""
        self.list.ensurePolished()
        self.list.doItemsLayout()  # rows measured before the style was known are too low
        row = self.list.sizeHintForRow(0)
        self.list.setFixedHeight(min(ROWS_SHOWN, self.list.count()) * row + 4)
        self.setMinimumWidth(max(button.width(), self.list.sizeHintForColumn(0) + 6 * GRID))
        self.move(button.mapToGlobal(QPoint(0, button.height())))
        self.show()
        self.list.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter takes the choice, as a click elsewhere does; Escape does not."""
        self._dropped = event.key() == Qt.Key.Key_Escape
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.close()
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Closed in any way but by Escape: what is ticked is the choice."""
        super().hideEvent(event)
        self.closed.emit(self._chosen if self._dropped else self.names())


def column_words(column: Column) -> str:
    """A column in a list: its name, and its classes if it has some.

    >>> from nnviz.data.datasets import iris
    >>> column_words(iris().column("species"))
    'species · 3 classes'
    """
    return tr("{name} · {n} classes", name=column.name, n=len(column.classes)) if column.classes else column.name
