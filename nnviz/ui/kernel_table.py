"""The kernel of a convolution as it slides over an image: a grid for each pair of channels, one at a time."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from nnviz.engine.arrays import Shape
from nnviz.session.annotations import Annotator
from nnviz.ui.inspector_parts import QuietCombo
from nnviz.ui.theme import GRID
from nnviz.ui.weight_table import MatrixCells, WeightTable
from nnviz.ui.widgets import icon_button, label
from nnviz.words import tr

Pair = tuple[int, int]
"""A channel that goes out and one that comes in, from 0."""


@dataclass(frozen=True)
class KernelCells(MatrixCells):
    """The weights of one pair of channels, (rows, columns) of the window."""

    def row_name(self, row: int) -> str:
        """The row of the window."""
        return tr("row {n}", n=row + 1)

    def column_name(self, column: int) -> str:
        """The column of the window."""
        return tr("column {n}", n=column + 1)

    def name(self, row: int, column: int) -> str:
        """The weight with its four places."""
        return self.named(row, column)


def kernel_cells(annotator: Annotator, key: str, pair: Pair) -> KernelCells:
    """The weights of one pair of channels of a kernel, and ∂J/∂w of each."""
    gradient = annotator.gradient(key)
    numbers = ", ".join(str(channel + 1) for channel in pair)
    return KernelCells(
        annotator.parameters[key][pair],
        None if gradient is None else gradient[pair],
        (),
        (),
        lambda row, column: f"W[{numbers}, {row + 1}, {column + 1}]",
        goal=annotator.goal,
    )


class KernelTable(QWidget):
    """A kernel, pair by pair.

    Signals
    -------
    weights_wished(values) : the weights of the pair that is shown as they should be, (rows, columns).
    pair_wished() : another pair is to be shown.

    Attributes
    ----------
    pair : the pair that is shown.
    """

    weights_wished = Signal(object)
    pair_wished = Signal()

    def __init__(self, annotator: Annotator, key: str, source: str, target: str) -> None:
        super().__init__()
        self.pair: Pair = (0, 0)
        self._key = key
        self._channels: Shape = annotator.parameters[key].shape[:2]
        going_out, coming_in = self._channels
        self.coming_in = _choice(tr("Channel that comes in"), source, coming_in)
        self.going_out = _choice(tr("Channel that goes out"), target, going_out)
        self.grid = WeightTable(kernel_cells(annotator, key, self.pair), source, target, enlarges=False)
        self.grid.rows.setParent(self.grid)  # a window has the same two ways as rows and columns: nothing to choose
        self.grid.rows.hide()
        self.grid.weights_wished.connect(self.weights_wished)
        for choice in (self.coming_in, self.going_out):
            choice.activated.connect(self._chosen)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(GRID)
        choices = self._choices()
        choices.setVisible(going_out * coming_in > 1)
        rows.addWidget(choices)
        rows.addWidget(self.grid)

    def _choices(self) -> QWidget:
        made = QWidget(self)
        row = QHBoxLayout(made)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID // 2)
        for words, choice in ((tr("from"), self.coming_in), (tr("to"), self.going_out)):
            parts = (label(words, "muted"), choice)
            for stretch, part in enumerate(parts):
                row.addWidget(part, stretch)
                part.setVisible(choice.count() > 1)  # of a single channel there is nothing to choose
        row.addWidget(icon_button("chevron-left", tr("The channels before"), lambda: self.go(-1)))
        row.addWidget(icon_button("chevron-right", tr("The next channels"), lambda: self.go(1)))
        return made

    def go(self, way: int) -> None:
        """To the next pair or the one before, around the ends: all that come in for each that goes out."""
        going_out, coming_in = self._channels
        place = (self.pair[0] * coming_in + self.pair[1] + way) % (going_out * coming_in)
        self._show_pair(divmod(place, coming_in))

    def _chosen(self) -> None:
        self._show_pair((self.going_out.currentIndex(), self.coming_in.currentIndex()))

    def _show_pair(self, pair: Pair) -> None:
        self.pair = pair
        self.going_out.setCurrentIndex(pair[0])
        self.coming_in.setCurrentIndex(pair[1])
        self.grid.tell("")
        self.pair_wished.emit()

    def show_numbers(self, annotator: Annotator) -> None:
        """Show newer numbers, or those of another pair."""
        self.grid.show_cells(kernel_cells(annotator, self._key, self.pair))


def _choice(name: str, node: str, count: int) -> QuietCombo:
    """A choice among the channels of a node."""
    words = [tr("{n} of {count}", n=channel + 1, count=count) for channel in range(count)]
    return QuietCombo(name, [(str(channel), each) for channel, each in enumerate(words)], f"{name}: {node}")
