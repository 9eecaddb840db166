"""The weights of an edge between layers: every w and ∂J/∂w side by side, to be typed, copied and pasted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from nnviz.numbers import subscripted, value_text
from nnviz.ui.inspector_parts import QuietCombo
from nnviz.ui.plate_table import PlateTable
from nnviz.ui.theme import GRID
from nnviz.ui.widgets import ElidedLabel, icon_button, label
from nnviz.words import tr

Numbers = NDArray[np.float64]

FROM, TO = "from", "to"
"""Which end of the edge the rows of a table stand for."""


@dataclass(frozen=True)
class MatrixCells:
    """The weights between some units, (sources, targets), and ∂J/∂w of each.

    ``named`` gives the name of the weight between two units by their places, ``marked`` shows it in the cell,
    ``turned`` shows targets as rows. ``gradient`` is None, or holds a None, where nothing was computed; ``goal`` is
    what was differentiated.
    """

    weights: Numbers
    gradient: Numbers | Sequence[Sequence[float | None]] | None
    sources: Sequence[str]
    targets: Sequence[str]
    named: Callable[[int, int], str]
    turned: bool = False
    marked: bool = False
    goal: str = "J"

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns as shown."""
        rows, columns = self.weights.shape
        return (columns, rows) if self.turned else (rows, columns)

    @property
    def editable(self) -> range:
        """All columns."""
        return range(self.shape[1])

    def row_name(self, row: int) -> str:
        """Which unit the weights of a row come from, or lead to."""
        return self._end(self.turned, row)

    def column_name(self, column: int) -> str:
        """Which unit the weights of a column lead to, or come from."""
        return self._end(not self.turned, column)

    def _end(self, target: bool, unit: int) -> str:
        if target:
            return tr("to {name}", name=subscripted(self.targets[unit]))
        return tr("from {name}", name=subscripted(self.sources[unit]))

    def place(self, row: int, column: int) -> tuple[int, int]:
        """Which weight a cell shows, as (source, target)."""
        return (column, row) if self.turned else (row, column)

    def name(self, row: int, column: int) -> str:
        """The weight of a cell and where it leads."""
        i, j = self.place(row, column)
        return tr("{w} from {source} to {target}", w=self.named(i, j), source=self.sources[i], target=self.targets[j])

    def number(self, row: int, column: int) -> float | None:
        """w."""
        return float(self.weights[self.place(row, column)])

    def text(self, row: int, column: int) -> str:
        """w to few digits."""
        return value_text(self.number(row, column))

    def mark(self, row: int, column: int) -> str:
        """The name of the weight, where it is wished."""
        return self.named(*self.place(row, column)) if self.marked else ""

    def has_derivative(self, column: int) -> bool:
        """Every weight has one."""
        return True

    def derivative(self, row: int, column: int) -> float | None:
        """∂J/∂w."""
        i, j = self.place(row, column)
        found = None if self.gradient is None else self.gradient[i][j]
        return None if found is None else float(found)

    def derivative_name(self, row: int, column: int) -> str:
        """What stands under a weight."""
        return f"∂{self.goal}/∂w"

    def with_block(self, row: int, column: int, block: Numbers) -> Numbers:
        """All weights, (sources, targets), with those from a cell on replaced by ``block`` as it is shown."""
        shown = np.array(self.weights.T if self.turned else self.weights)
        shown[row : row + block.shape[0], column : column + block.shape[1]] = block
        return np.ascontiguousarray(shown.T if self.turned else shown)


class WeightTable(QWidget):
    """The table of one edge's weights. The choice of what its rows are (``rows``) stands above it if it is ``large``;
    else whoever shows it puts it somewhere. Without ``enlarges`` it has no window of its own.

    Signals
    -------
    weights_wished(values) : all weights as they should be, (sources, targets).
    rows_changed(end) : rows are now units the edge comes from, or leads to: :data:`FROM` or :data:`TO`.
    enlarging_wished() : the table is wished in a window of its own.
    """

    weights_wished = Signal(object)
    rows_changed = Signal(str)
    enlarging_wished = Signal()

    def __init__(
        self, cells: MatrixCells, source: str, target: str, *, large: bool = False, enlarges: bool = True
    ) -> None:
        super().__init__()
        self._cells = cells
        name = tr("Weights from {source} to {target}", source=source, target=target)
        self.table = PlateTable(name, cells, most_rows=0) if large else PlateTable(name, cells)
        self.rows = QuietCombo(
            tr("Rows of the table"),
            [(FROM, tr("from {name}", name=source)), (TO, tr("to {name}", name=target))],
            tr("Which end of the edge the rows stand for; columns stand for the other. Also for what is pasted."),
        )
        self.rows.show_key(TO if cells.turned else FROM)
        self._told = ElidedLabel(_over(cells), "small")
        self.refusal = label("", "refusal", wrapped=True)
        self.refusal.hide()
        self._lay_out(large, enlarges and not large)
        self.rows.activated.connect(lambda index: self.rows_changed.emit(self.rows.key))
        self.table.block_wished.connect(self._take)
        self.table.told.connect(self.tell)

    def _lay_out(self, large: bool, enlarges: bool) -> None:
        above = QHBoxLayout()
        above.setSpacing(GRID // 2)
        if large:
            above.addWidget(label(tr("rows"), "muted"))
            above.addWidget(self.rows)
            above.addSpacing(GRID)
        above.addWidget(self._told, 1)
        copy = icon_button("copy", tr("Copy what is selected, or all, with all digits"), lambda: None)
        copy.setMenu(self.table.copy_menu)
        copy.setPopupMode(copy.ToolButtonPopupMode.InstantPopup)
        above.addWidget(copy)
        above.addWidget(icon_button("table", tr("Paste a block of numbers"), self.table.paste))
        if enlarges:
            above.addWidget(icon_button("float", tr("Show the table in a window"), self.enlarging_wished.emit))
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(GRID)
        rows.addLayout(above)
        rows.addWidget(self.table)
        rows.addWidget(self.refusal)

    def show_cells(self, cells: MatrixCells) -> None:
        """Show newer numbers."""
        self._cells = cells
        self.rows.show_key(TO if cells.turned else FROM)
        self._told.setText(_over(cells))
        self.table.show_cells(cells)

    def tell(self, reason: str) -> None:
        """Say under the table why something is not possible, or nothing any more."""
        self.refusal.setText(reason)
        self.refusal.setVisible(bool(reason))

    def _take(self, row: int, column: int, block: Numbers) -> None:
        self.weights_wished.emit(self._cells.with_block(row, column, block))


def _over(cells: MatrixCells) -> str:
    """What stands in a cell."""
    return tr("w over {derivative}", derivative=cells.derivative_name(0, 0))
