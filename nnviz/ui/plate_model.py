"""What a :class:`~nnviz.ui.plate_table.PlateTable` shows, as values and as a model for Qt."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from nnviz import numbers
from nnviz.ui.plate_delegate import GRADIENT_ROLE, MARK_ROLE, NAME_ROLE, NUMBER_ROLE
from nnviz.ui.tips import plain_tip

Index = QModelIndex | QPersistentModelIndex

_NO_INDEX = QModelIndex()
_SHOWN = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
_TYPED_INTO = _SHOWN | Qt.ItemFlag.ItemIsEditable


class Cells(Protocol):
    """What a table shows. Numbers are None while they are not computed."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        ...

    @property
    def editable(self) -> range:
        """The columns in which numbers can be typed."""
        ...

    def row_name(self, row: int) -> str:
        """The heading of a row."""
        ...

    def column_name(self, column: int) -> str:
        """The heading of a column."""
        ...

    def name(self, row: int, column: int) -> str:
        """What the number of a cell is, for tips and assistive technology."""
        ...

    def number(self, row: int, column: int) -> float | None:
        """The number of a cell."""
        ...

    def text(self, row: int, column: int) -> str:
        """The number of a cell as it is shown, to few digits; a dash where it is not computed."""
        ...

    def mark(self, row: int, column: int) -> str:
        """What stands before the number of a cell; empty for nothing."""
        ...

    def has_derivative(self, column: int) -> bool:
        """Whether the numbers of a column have derivatives."""
        ...

    def derivative(self, row: int, column: int) -> float | None:
        """The derivative of J by the number of a cell."""
        ...

    def derivative_name(self, row: int, column: int) -> str:
        """What that derivative is called."""
        ...


class PlateModel(QAbstractTableModel):
    """Tells a view what :class:`Cells` hold."""

    def __init__(self, cells: Cells) -> None:
        super().__init__()
        self.cells = cells

    def show_cells(self, cells: Cells) -> None:
        """Show newer numbers, or another table."""
        if cells.shape != self.cells.shape or cells.editable != self.cells.editable:
            self.beginResetModel()
            self.cells = cells
            self.endResetModel()
            return
        self.cells = cells
        rows, columns = cells.shape
        if rows and columns:
            self.dataChanged.emit(self.index(0, 0), self.index(rows - 1, columns - 1))

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        """How many rows there are."""
        return 0 if parent.isValid() else self.cells.shape[0]

    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        """How many columns there are."""
        return 0 if parent.isValid() else self.cells.shape[1]

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Which cells can be typed into."""
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return _TYPED_INTO if index.column() in self.cells.editable else _SHOWN

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The words of a cell."""
        if not index.isValid():
            return None
        row, column = index.row(), index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self.cells.text(row, column)
        if role == GRADIENT_ROLE:
            has = self.cells.has_derivative(column)
            return numbers.gradient_text(self.cells.derivative(row, column)) if has else None
        if role == NUMBER_ROLE:
            return self.cells.number(row, column)
        if role == MARK_ROLE:
            return self.cells.mark(row, column)
        if role == NAME_ROLE:
            return self.cells.name(row, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(self._told(row, column, "\n"))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._told(row, column, ", ")
        return None

    def _told(self, row: int, column: int, between: str) -> str:
        cells = self.cells
        told = [f"{cells.name(row, column)} = {exact(cells.number(row, column))}"]
        if cells.has_derivative(column):
            told.append(f"{cells.derivative_name(row, column)} = {exact(cells.derivative(row, column), signed=True)}")
        return between.join(told)

    def headerData(self, section: int, way: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The names of rows and columns."""
        name = self.cells.column_name if way == Qt.Orientation.Horizontal else self.cells.row_name
        if role == Qt.ItemDataRole.DisplayRole:
            return name(section)
        return plain_tip(name(section)) if role == Qt.ItemDataRole.ToolTipRole else None


def exact(number: float | None, *, signed: bool = False) -> str:
    """All digits of a number, signed as a derivative is; a dash where it is not computed.

    >>> exact(0.1), exact(0.25, signed=True), exact(None)
    ('0.1', '+0.25', '–')
    """
    if number is None:
        return numbers.NOT_COMPUTED
    if not np.isfinite(number):
        return numbers.value_text(number)
    return ("+" if signed and number > 0 else "") + numbers.exact_text(number)
