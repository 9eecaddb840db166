"""Under the formula of an expression: what keeps it from being computed, and the way to its operations."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nnviz.graph import Graph
from nnviz.lowering import problems
from nnviz.ui.entry import short_sentence
from nnviz.ui.theme import GRID
from nnviz.ui.widgets import button, label
from nnviz.words import tr


class FormulaPart(QWidget):
    """Belongs to one expression.

    Signals
    -------
    opening_wished : it is to be replaced by its operations.
    """

    opening_wished = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.problem = label("", "refusal", wrapped=True)
        self.open = button(tr("Open into operations"), self.opening_wished.emit)
        self.open.setToolTip(tr("Draws each operation of the formula as a node, with the same numbers"))
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(GRID)
        rows.addWidget(self.problem)
        rows.addWidget(self.open)

    def refresh(self, graph: Graph, node: str) -> None:
        """Tell what is wrong with the node now, if anything is; it can be opened if nothing is."""
        told = next((error for error in problems(graph) if node in error.ids), None)
        self.problem.setText("" if told is None else short_sentence(told))
        self.problem.setVisible(told is not None)
        self.open.setEnabled(told is None)
