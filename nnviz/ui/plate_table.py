"""A table of numbers, each with its derivative on a tinted plate under it, as on the edges of the canvas.

Cells are shown with few digits; tips, copies and what is edited have all of them. A block of numbers can be pasted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QAction, QContextMenuEvent, QFont, QFontMetrics, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QApplication, QHeaderView, QMenu, QTableView, QWidget

from nnviz import numbers
from nnviz.document.rules import sizes
from nnviz.errors import NnvizError, ShapeError
from nnviz.expressions import read_expression
from nnviz.ui import icons
from nnviz.ui.entry import short_sentence
from nnviz.ui.number_block import block_text, read_block
from nnviz.ui.plate_delegate import PlateDelegate
from nnviz.ui.plate_model import Cells, PlateModel
from nnviz.words import tr

_MEASURED = 256
"""Cells that are looked at to find how wide columns must be; beyond, they are as wide as any number is."""
_ANY_NUMBER = "−0.00001234"
_MOST_ROWS = 8


class Rect(NamedTuple):
    """Cells from ``top``, ``left``, as many as ``rows`` and ``columns`` say."""

    top: int
    left: int
    rows: int
    columns: int


class PlateTable(QTableView):
    """Shows cells; numbers can be typed, copied and pasted.

    Signals
    -------
    block_wished(row, column, block) : these numbers were typed or pasted, from that cell on.
    told(text) : why something is not possible; empty when that is over.
    entered() : one has come here from a neighbour.

    Attributes
    ----------
    neighbours : the table behind this one (1) and before it (−1), to which Tab and Enter go on, if there are such.
    walks : whether Tab goes from cell to cell; else only while one types.
    """

    block_wished = Signal(int, int, object)
    told = Signal(str)
    entered = Signal()

    def __init__(self, name: str, cells: Cells, *, most_rows: int = _MOST_ROWS, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._most_rows = most_rows
        self._widths: list[int] = []
        self.neighbours: dict[int, PlateTable] = {}
        self.walks = False
        self.plates = PlateModel(cells)
        self.setModel(self.plates)
        delegate = PlateDelegate(self)
        delegate.typed.connect(lambda row, column, number: self.block_wished.emit(row, column, np.array([[number]])))
        delegate.told.connect(self.told)
        delegate.done.connect(self.go_on)
        self.setItemDelegate(delegate)
        self.setTabKeyNavigation(False)  # Qt's would go round and round
        self.setWordWrap(False)
        self.setCornerButtonEnabled(True)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
            | QAbstractItemView.EditTrigger.AnyKeyPressed
        )
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            header.setHighlightSections(False)
            header.setTextElideMode(Qt.TextElideMode.ElideRight)
        self._make_actions()
        self.plates.modelReset.connect(self.fit)
        self.fit()

    # what is shown

    @property
    def cells(self) -> Cells:
        """What is shown."""
        return self.plates.cells

    def show_cells(self, cells: Cells) -> None:
        """Show newer numbers, or another table."""
        self.plates.show_cells(cells)
        if any(wanted > known for wanted, known in zip(self._wanted_widths(), self._widths, strict=True)):
            self.fit()

    def fit(self) -> None:
        """Make cells as large as their numbers, and the table as high as its rows, up to the most that are shown."""
        self._widths = self._wanted_widths()
        line = self.fontMetrics().height()
        lines = 2 if any(map(self.cells.has_derivative, range(self.cells.shape[1]))) else 1
        self.verticalHeader().setDefaultSectionSize(max(lines * (line + 6), round(1.75 * line)))
        self.verticalHeader().setMaximumWidth(9 * line)
        self._spread()
        self.updateGeometry()

    def _spread(self) -> None:
        """Let few columns fill the width, all alike where they can be, and the height be that of the rows."""
        columns, widest = self.cells.shape[1], max(self._widths, default=0)
        room = self.width() - self.verticalHeader().sizeHint().width() - 2
        if self._most_rows and self.cells.shape[0] > self._most_rows:
            room -= self.verticalScrollBar().sizeHint().width()
        header, alike = self.horizontalHeader(), columns * widest <= room or self._is_large
        header.setStretchLastSection(False)
        header.setDefaultSectionSize(max(widest, room // max(1, columns)))
        if columns and alike:
            header.resizeSection(columns - 1, header.defaultSectionSize())  # it may be as wide as it was stretched
        elif not alike:
            spare = max(0, room - sum(self._widths)) // columns
            for column, width in enumerate(self._widths):
                header.resizeSection(column, width + spare)
        header.setStretchLastSection(sum(self._widths) <= room)
        height = self.sizeHint().height()
        if self._most_rows and self.height() != height:
            self.setFixedHeight(height)

    @property
    def _is_large(self) -> bool:
        """Whether there are too many cells to look at all of them."""
        return self.cells.shape[0] * self.cells.shape[1] > _MEASURED

    def _wanted_widths(self) -> list[int]:
        """How wide each column must be for its numbers and its heading."""
        columns, plain = self.cells.shape[1], self.fontMetrics()
        bold = QFont(self.font())
        bold.setBold(True)
        metrics, padding = QFontMetrics(bold), round(0.7 * plain.height())
        most = 8 * plain.height()
        if self._is_large:
            names = [plain.horizontalAdvance(self.cells.column_name(column)) for column in range(min(columns, 32))]
            mark = plain.horizontalAdvance(self.cells.mark(self.cells.shape[0] - 1, columns - 1))
            wide = metrics.horizontalAdvance(_ANY_NUMBER) + mark
            return [max(wide, *(min(name, most) for name in names)) + padding] * columns
        return [
            max(min(plain.horizontalAdvance(self.cells.column_name(column)), most), self._widest(column, metrics))
            + padding
            for column in range(columns)
        ]

    def _widest(self, column: int, metrics: QFontMetrics) -> int:
        """How wide the widest number or derivative of a column is."""
        cells, rows = self.cells, range(self.cells.shape[0])
        plain = self.fontMetrics()
        widths = [metrics.horizontalAdvance(_ANY_NUMBER[:7])]
        for row in rows:
            mark = cells.mark(row, column)
            before = plain.horizontalAdvance(mark) + plain.height() if mark else 0
            widths.append(before + metrics.horizontalAdvance(cells.text(row, column)))
        if cells.has_derivative(column):
            slopes = (numbers.gradient_text(cells.derivative(row, column)) for row in rows)
            widths += map(plain.horizontalAdvance, slopes)
        return max(widths)

    def sizeHint(self) -> QSize:
        """Wide enough for a few columns, high enough for the rows that are shown at once."""
        rows = self.cells.shape[0]
        shown = min(rows, self._most_rows or rows)
        height = self.horizontalHeader().sizeHint().height() + shown * self.verticalHeader().defaultSectionSize()
        width = self.verticalHeader().sizeHint().width() + sum(self._widths) + 2
        if self._most_rows and rows > self._most_rows:
            width += self.verticalScrollBar().sizeHint().width()
        if self._most_rows and width > self.width():
            height += self.horizontalScrollBar().sizeHint().height()
        return QSize(width, height + 2)

    def resizeEvent(self, event: object) -> None:
        """A scroll bar may come or go."""
        super().resizeEvent(event)  # type: ignore[arg-type]  # Qt hands on just such an event
        self._spread()

    # copying and pasting

    def _make_actions(self) -> None:
        self.copy_menu, self._menu = QMenu(self), QMenu(self)
        copy = self._action(tr("Copy numbers"), self.copy_numbers, "copy")
        copy_derivatives = self._action(tr("Copy derivatives"), self.copy_derivatives, "copy")
        self.copy_menu.addActions([copy, copy_derivatives])
        self._menu.addActions([copy, copy_derivatives, self._action(tr("Paste a block"), self.paste, "table")])

    def _action(self, words: str, act: Callable[[], None], drawing: str) -> QAction:
        action = QAction(icons.icon(drawing), words, self)
        action.triggered.connect(lambda: act())
        return action

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer to copy and to paste."""
        self._menu.popup(event.globalPos())

    def chosen(self) -> Rect:
        """The box around the selected cells; nothing where there are none."""
        ranges = self.selectionModel().selection().toList()
        if not ranges:
            return Rect(0, 0, 0, 0)
        top, left = min(r.top() for r in ranges), min(r.left() for r in ranges)
        bottom, right = max(r.bottom() for r in ranges), max(r.right() for r in ranges)
        return Rect(top, left, bottom - top + 1, right - left + 1)

    def _to_copy(self) -> Rect:
        chosen = self.chosen()
        return chosen if chosen.rows * chosen.columns > 1 else Rect(0, 0, *self.cells.shape)

    def copy_numbers(self) -> None:
        """Copy the selected numbers, or all where not more than one is, with all digits."""
        rect = self._to_copy()
        self._copy([[self.cells.number(*place) for place in row] for row in _places(rect)])

    def copy_derivatives(self) -> None:
        """Copy the derivatives of the selected numbers, or of all."""
        rect = self._to_copy()
        has = [self.cells.has_derivative(column) for column in range(self.cells.shape[1])]
        self._copy(
            [[self.cells.derivative(*place) if has[place[1]] else None for place in row] for row in _places(rect)]
        )

    @staticmethod
    def _copy(rows: list[list[float | None]]) -> None:
        QApplication.clipboard().setText(block_text(rows))

    def paste(self) -> None:
        """Take a block of numbers from the clipboard, or tell why it does not fit."""
        try:
            row, column, block = self._pasted(QApplication.clipboard().text())
        except NnvizError as error:
            self.told.emit(short_sentence(error) if not error.where else str(error))
            return
        self.told.emit("")
        self.block_wished.emit(row, column, block)

    def _pasted(self, text: str) -> tuple[int, int, NDArray[np.float64]]:
        columns = self.cells.editable
        whole = Rect(0, columns.start, self.cells.shape[0], len(columns))
        chosen = self.chosen()
        several = chosen.rows * chosen.columns > 1
        block = read_block(text, chosen.columns if several else whole.columns)
        if not several or block.shape != (chosen.rows, chosen.columns):
            block = _one_number(text, block)
        if block.shape == (1, whole.rows) and whole.columns == 1:
            block = block.T
        if several:
            return self._into(chosen, block)
        if block.shape == (whole.rows, whole.columns):
            return whole.top, whole.left, block
        if chosen.rows and chosen.left in columns:
            room = Rect(chosen.top, chosen.left, whole.rows - chosen.top, columns.stop - chosen.left)
            if block.shape[0] <= room.rows and block.shape[1] <= room.columns:
                return room.top, room.left, block
        raise _misfit((whole.rows, whole.columns), block)

    def _into(self, chosen: Rect, block: NDArray[np.float64]) -> tuple[int, int, NDArray[np.float64]]:
        columns = self.cells.editable
        if chosen.left < columns.start or chosen.left + chosen.columns > columns.stop:
            names = ", ".join(self.cells.column_name(column) for column in columns)
            raise ShapeError(tr("Only {names} can be typed", names=names), hint=tr("Select cells of that column"))
        if block.size == 1:
            block = np.full((chosen.rows, chosen.columns), block.item())
        if block.shape != (chosen.rows, chosen.columns):
            raise _misfit((chosen.rows, chosen.columns), block)
        return chosen.top, chosen.left, block

    # keyboard

    def go_on(self, way: int, down: bool = False) -> None:
        """To the next cell that can be typed into (way 1) or the one before (−1), by rows or ``down`` the columns.

        Past the end it is the next table, or whatever comes next in the window: never a number that stands already.
        """
        rows, columns, here = self.cells.shape[0], self.cells.editable, self.currentIndex()
        row, column = here.row(), here.column() - columns.start
        place = (column * rows + row if down else row * len(columns) + column) + way
        if 0 <= place < rows * len(columns):
            column, row = divmod(place, rows) if down else divmod(place, len(columns))[::-1]
            self.setCurrentIndex(self.plates.index(row, columns.start + column))
        else:
            self._leave(way)

    def _leave(self, way: int) -> None:
        self.setCurrentIndex(QModelIndex())
        self.clearSelection()
        beyond = self.neighbours.get(way)
        if beyond is None:
            self.focusNextPrevChild(way > 0)
        else:
            beyond.enter(way)

    def enter(self, way: int) -> None:
        """Come from the table before (way 1) to the first cell, or from that behind (−1) to the last."""
        rows, columns = self.cells.shape[0], self.cells.editable
        self.setFocus(Qt.FocusReason.TabFocusReason)
        first = self.plates.index(0, columns.start)
        self.setCurrentIndex(first if way > 0 else self.plates.index(rows - 1, columns.stop - 1))
        self.entered.emit()

    def _walk(self, event: QKeyEvent) -> bool:
        """Whether a key was Tab and has gone to another cell."""
        keys = {Qt.Key.Key_Tab: 1, Qt.Key.Key_Backtab: -1}
        free = event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier
        if not self.walks or free or event.key() not in keys or not self.currentIndex().isValid():
            return False
        self.go_on(keys[Qt.Key(event.key())])
        return True

    def event(self, event: object) -> bool:
        """Copy, paste and Delete belong to the table while it has the focus, not to the window; so may Tab."""
        if isinstance(event, QKeyEvent) and event.type() == QKeyEvent.Type.KeyPress and self._walk(event):
            return True
        if isinstance(event, QKeyEvent) and event.type() == QKeyEvent.Type.ShortcutOverride and self._is_ours(event):
            event.accept()
            return True
        return super().event(event)  # type: ignore[arg-type]  # Qt hands on just such an event

    @staticmethod
    def _is_ours(event: QKeyEvent) -> bool:
        keys = (QKeySequence.StandardKey.Copy, QKeySequence.StandardKey.Paste, QKeySequence.StandardKey.SelectAll)
        return event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) or any(event.matches(key) for key in keys)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy, paste, edit with Enter; Delete does nothing, for a weight cannot be missing."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_numbers()
        elif event.matches(QKeySequence.StandardKey.Paste):
            self.paste()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            if self.currentIndex().column() in self.cells.editable:
                self.edit(self.currentIndex())
        elif event.key() not in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            super().keyPressEvent(event)


def _places(rect: Rect) -> list[list[tuple[int, int]]]:
    columns = range(rect.left, rect.left + rect.columns)
    return [[(row, column) for column in columns] for row in range(rect.top, rect.top + rect.rows)]


def _one_number(text: str, block: NDArray[np.float64]) -> NDArray[np.float64]:
    """What ``0,5`` is where two numbers do not fit: one number."""
    try:
        return np.array([[read_expression(text)]])
    except NnvizError:
        return block


def _misfit(wanted: tuple[int, int], block: NDArray[np.float64]) -> ShapeError:
    return ShapeError(
        tr("The block does not fit: it has {found} numbers", found=sizes(block.shape)),
        expected=tr("{wanted} numbers", wanted=sizes(wanted)),
        hint=tr("Rows and columns are those of the table as it is shown"),
    )
