"""All weights of the network as tables, a table for each layer, to be typed or pasted; beside the window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from nnviz.errors import NnvizError
from nnviz.graph import Node
from nnviz.numbers import subscripted
from nnviz.session.blocks import Block, blocks
from nnviz.session.session import Session
from nnviz.ui.entry import short_sentence
from nnviz.ui.inspector_kernel import kernel_cells
from nnviz.ui.inspector_words import unit_names
from nnviz.ui.live_panel import Pace
from nnviz.ui.plate_table import PlateTable
from nnviz.ui.theme import GRID
from nnviz.ui.weight_table import TO, MatrixCells, WeightTable
from nnviz.ui.widgets import heading, label, scrolling
from nnviz.words import tr

MOST_NAMED = 4
MOST_HEIGHT = 400
"""Pixels of a table beyond which it scrolls in itself."""


class WeightsWindow(QDialog):
    """Shows the weights of a session's network as long as its drawing stays as it is.

    Signals
    -------
    refused(error) : an edit is not possible.
    """

    refused = Signal(object)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Weights"))
        self.session = session
        self._graph = session.document.graph
        self._turned = False
        self._next = 0
        self.blocks = blocks(session.annotator())
        self.tables = tuple(map(self._table, self.blocks))
        content = QWidget()
        rows = QVBoxLayout(content)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(GRID)
        for words in (
            tr(
                "Type a number into a cell: Tab goes on along the row, Enter down the column, both into the next layer."
            ),
            tr("A block of numbers can be pasted. Ctrl+Z undoes."),
        ):
            rows.addWidget(label(words, "muted"))
        for block, table in zip(self.blocks, self.tables, strict=True):
            rows.addSpacing(GRID)
            rows.addWidget(heading(f"{_names(block.sources)} → {_names(block.targets)}"))
            rows.addWidget(table)
        if not self.tables:
            rows.addWidget(label(tr("There are no weights yet: connect something to a neuron or a layer."), "muted"))
        rows.addStretch(1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        self._area = scrolling(content, margin=3 * GRID)
        whole.addWidget(self._area)
        self._chain([table.table for table in self.tables])
        self.resize(self._wished(content.sizeHint()))
        if self.tables:
            first = self.tables[0].table
            first.setFocus()
            first.setCurrentIndex(first.model().index(0, 0))
        for key, act in ((QKeySequence.StandardKey.Undo, session.undo), (QKeySequence.StandardKey.Redo, session.redo)):
            QShortcut(key, self, partial(self._step_back, act))
        Pace(session, self).due.connect(self._refresh)

    def _chain(self, tables: Sequence[PlateTable]) -> None:
        """Let Tab and Enter go on from table to table."""
        for before, after in pairwise(tables):
            before.neighbours[1], after.neighbours[-1] = after, before
        for table in tables:
            table.walks = True
            table.entered.connect(partial(self._area.ensureWidgetVisible, table))

    def _wished(self, content: QSize) -> QSize:
        return (content + QSize(8 * GRID, 8 * GRID)).expandedTo(QSize(420, 160)).boundedTo(QSize(1100, 700))

    def _table(self, block: Block) -> WeightTable:
        cells = self._cells(block)
        made = WeightTable(cells, _names(block.sources), _names(block.targets), large=True)
        made.table.setFixedHeight(min(made.table.sizeHint().height(), MOST_HEIGHT))
        made.weights_wished.connect(partial(self._take, block, made))
        made.rows_changed.connect(self._turn)
        return made

    def _cells(self, block: Block) -> MatrixCells:
        annotator = self.session.annotator()

        def names(nodes: tuple[Node, ...]) -> list[str]:
            document = self.session.document
            return [name for node in nodes for name in unit_names(document, node, annotator.width(node.id))]

        if block.window:
            return kernel_cells(block, annotator, self._turned)
        sources, targets = names(block.sources), names(block.targets)
        return MatrixCells(
            block.weights(annotator),
            block.gradient(annotator),
            sources,
            targets,
            partial(block.name, annotator),
            turned=self._turned,
            marked=True,
            goal=annotator.goal,
        )

    def _refresh(self) -> None:
        if self.session.document.graph is not self._graph:
            self.close()
        elif self.isVisible():
            shown = list(zip(self.blocks, self.tables, strict=True))
            if self.session.training and shown:  # one in a turn
                self._next += 1
                shown = [shown[self._next % len(shown)]]
            for block, table in shown:
                table.show_cells(self._cells(block))

    def _step_back(self, act: Callable[[], None]) -> None:
        """Undo or redo: the shortcuts of the main window do not reach a window beside it."""
        try:
            act()
        except NnvizError as error:
            self.refused.emit(error)

    def _turn(self, end: str) -> None:
        self._turned = end == TO
        self._refresh()

    def _take(self, block: Block, table: WeightTable, values: object) -> None:
        try:
            self.session.do(block.edit(self.session.annotator(), values))  # type: ignore[arg-type]  # a signal carries any object; it is an array
        except NnvizError as error:
            table.tell(short_sentence(error))
            self.refused.emit(error)


def _names(nodes: tuple[Node, ...]) -> str:
    labels = [subscripted(node.label) for node in nodes]
    more = len(labels) - MOST_NAMED
    told = ", ".join(labels[:MOST_NAMED])
    return tr("{names} and {n} more", names=told, n=more) if more > 0 else told
