"""The table of one edge's weights in a window of its own, for layers that are too large for the inspector."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from nnviz.document.edits import SetParameter
from nnviz.errors import NnvizError
from nnviz.numbers import matrix_name
from nnviz.session.session import Session
from nnviz.ui.entry import short_sentence
from nnviz.ui.inspector_edge import matrix_cells
from nnviz.ui.live_panel import Pace
from nnviz.ui.theme import GRID
from nnviz.ui.weight_table import TO, WeightTable
from nnviz.words import tr


class WeightDialog(QDialog):
    """Shows the weights of one edge beside the window, as long as the edge is there.

    Signals
    -------
    refused(error) : an edit is not possible.
    """

    refused = Signal(object)

    def __init__(self, session: Session, edge: str, rows: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.session = session
        self.id = edge
        self._turned = rows == TO
        graph = session.document.graph
        drawn = graph.edge(edge)
        self._shape = session.document.parameters[drawn.key].shape
        source, target = graph.node(drawn.source).label, graph.node(drawn.target).label
        self.setWindowTitle(
            tr("Weights {name}: {source} → {target}", name=matrix_name(drawn.label), source=source, target=target)
        )
        cells = matrix_cells(session.document, session.annotator(), drawn, self._turned, marked=True)
        self.table = WeightTable(cells, source, target, large=True)
        self.table.table.walks = True
        self.table.weights_wished.connect(self._take)
        self.table.rows_changed.connect(self._turn)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 3 * GRID)
        layout.addWidget(self.table)
        self.resize(self.sizeHint())  # Qt would take no more than two thirds of the screen
        Pace(session, self).due.connect(self._refresh)

    def sizeHint(self) -> QSize:
        """As large as its numbers need, within reason."""
        return super().sizeHint().boundedTo(QSize(1100, 700))

    def _refresh(self) -> None:
        graph, document = self.session.document.graph, self.session.document
        edge = graph.edges_by_id.get(self.id)
        weights = None if edge is None else document.parameters.get(edge.key)
        if edge is None or weights is None or weights.shape != self._shape:
            self.close()
        elif self.isVisible():
            annotator = self.session.annotator()
            self.table.show_cells(matrix_cells(document, annotator, edge, self._turned, marked=True))

    def _turn(self, end: str) -> None:
        self._turned = end == TO
        self._refresh()

    def _take(self, values: object) -> None:
        try:
            self.session.do(SetParameter(self.session.document.graph.edge(self.id).key, values))  # type: ignore[arg-type]  # a signal carries any object; it is an array
        except NnvizError as error:
            self.table.tell(short_sentence(error))
            self.refused.emit(error)
