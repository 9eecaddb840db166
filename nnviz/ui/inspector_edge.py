"""The inspector's page of one edge: where it leads, its weight or weights, what they do to J."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from nnviz.document.document import Document
from nnviz.document.edits import Rename, SetParameter, ShareWeight
from nnviz.document.rules import sizes
from nnviz.graph import Edge, Node
from nnviz.lowering.kinds import KINDS
from nnviz.numbers import entry_name, matrix_name, subscripted
from nnviz.session.annotations import Annotator
from nnviz.session.drawing import norm
from nnviz.session.session import Session
from nnviz.ui import icons
from nnviz.ui.entry import TextField
from nnviz.ui.inspector_page import Page, rows_words
from nnviz.ui.inspector_parts import PageHeader, Reading
from nnviz.ui.inspector_words import NEXT_TIP, unit_names
from nnviz.ui.number_field import NumberField
from nnviz.ui.theme import GRID
from nnviz.ui.tips import literal, plain_tip
from nnviz.ui.weight_readings import MemoryReadings, ShareReadings
from nnviz.ui.weight_table import FROM, TO, MatrixCells, WeightTable
from nnviz.ui.widgets import button, label
from nnviz.words import tr

_MOST_NAMED = 6


class EdgePage(Page):
    """Shows one edge.

    Parameters
    ----------
    edge : its id.
    rows : what the rows of a table of weights stand for: :data:`~nnviz.ui.weight_table.FROM` or ``TO``.

    Signals
    -------
    rows_changed(end) : the rows of the table stand for the other end now.
    enlarging_wished(edge) : its table is wished in a window of its own.
    """

    rows_changed = Signal(str)
    enlarging_wished = Signal(str)

    def __init__(self, session: Session, edge: str, rows: str = FROM) -> None:
        super().__init__(session)
        self.id = edge
        self._rows = rows
        self._kind = self._form_of(session.document)
        drawn = self._edge()
        self._header = PageHeader(icons.icon("edge", "accent"))
        self._make_numbers(drawn)
        self.form.add_heading(tr("Edge"))
        self.form.add_row(tr("from → to"), self._ends(drawn))
        self.form.add_row(tr("name"), self._name_field(drawn))
        if self.shape:
            self._make_sharing(drawn)
        self.lay_out(self._header)

    # what it is about

    def _edge(self) -> Edge:
        return self.session.document.graph.edge(self.id)

    def _node(self, node: str) -> Node:
        return self.session.document.graph.node(node)

    def _form_of(self, document: Document) -> tuple[str, str, tuple[int, ...]]:
        """What the page is built for: the two ends and the shape of the weight, () for an edge without one."""
        edge = document.graph.edge(self.id)
        weighs = KINDS[document.graph.node(edge.target).kind].weighs
        weights = document.parameters.get(edge.key) if weighs else None
        return edge.source, edge.target, () if weights is None else weights.shape

    def fits(self) -> bool:
        """While the edge is there, between the same nodes, and its weight has the same shape."""
        document = self.session.document
        there = self.id in document.graph.edges_by_id and self._form_of(document) == self._kind
        return there and self.goal == self.session.goal

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of its weight: () for none."""
        return self._kind[2]

    # its parts

    def _name_field(self, edge: Edge) -> TextField:
        self.name = TextField(
            tr("Name of the edge"),
            edge.name,
            check=self.possible(lambda name: Rename(self.id, name)),
            explained=tr("How it is called in pictures and formulas; empty shows {id}", id=edge.key),
        )
        self.name.setPlaceholderText(edge.key)
        self.text_edits(self.name, lambda name: Rename(self.id, name))
        return self.name

    def _ends(self, edge: Edge) -> QWidget:
        """Both nodes, to be gone to."""
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for place, node in enumerate((edge.source, edge.target)):
            if place:
                layout.addWidget(label("→", "muted"))
            layout.addWidget(self._link(node, arriving=bool(place)))
        layout.addStretch(1)
        return row

    def _link(self, node: str, *, arriving: bool) -> QWidget:
        name = self._node(node).label
        link = button("", lambda: self.session.select((node,)), role="link")
        shown = link.fontMetrics().elidedText(subscripted(name), Qt.TextElideMode.ElideRight, 12 * GRID)
        link.setText(literal(shown))
        told = tr("Leads to {name}: go there", name=name) if arriving else tr("Comes from {name}: go there", name=name)
        link.setToolTip(plain_tip(told))
        link.setAccessibleName(told)
        return link

    def _make_numbers(self, edge: Edge) -> None:
        self._heading = self.form.add_heading(tr("Numbers"))
        if not self.shape:
            words = tr("This edge carries no weight: it passes on what its source gives, as it is.")
            self.form.add_wide(label(words, "muted", wrapped=True))
            return
        if self.shape == (1, 1):
            self._make_single(edge)
        else:
            self._make_matrix(edge)

    def _make_single(self, edge: Edge) -> None:
        self.weight = NumberField(
            tr("Weight {name}", name=edge.label),
            explained=tr("A number such as 0.4, 0,4, 2/5 or 1e-3; a click elsewhere takes it over"),
        )
        self.number_edits(self.weight, lambda value: SetParameter(self._edge().key, np.array([[value]])))
        tip = tr("∂{goal}/∂w: how much {goal} grows when w grows, and falls where w goes the other way", goal=self.goal)
        self.gradient = Reading(tr("Gradient"), "gradient", tip)
        self.next = Reading(tr("Weight after one update"), "", NEXT_TIP)
        self.form.add_row(tr("weight w"), self.weight)
        self.form.add_row(f"∂{self.goal}/∂w", self.gradient, tip)
        self.shares = ShareReadings(self.form)
        self.form.add_row(tr("next w"), self.next, NEXT_TIP)
        self.memory_rows = MemoryReadings(self.form)

    def _make_matrix(self, edge: Edge) -> None:
        self.dimensions = Reading(tr("Shape"), "", tr("Rows: units it comes from. Columns: units it leads to"))
        self.norm = Reading("‖W‖", "", tr("The root of the sum of the squares of all weights"))
        tip, size = tr("The root of the sum of the squares of all ∂{goal}/∂w", goal=self.goal), f"‖∂{self.goal}/∂W‖"
        self.gradient_norm = Reading(size, "gradient", tip)
        for words, reading in (
            (tr("shape"), self.dimensions),
            ("‖W‖", self.norm),
            (size, self.gradient_norm),
        ):
            self.form.add_row(words, reading)
        self.table = WeightTable(
            self._cells(self.session.annotator()), self._node(edge.source).label, self._node(edge.target).label
        )
        self.table.weights_wished.connect(lambda values: self.attempt(SetParameter(self._edge().key, values)))
        self.table.rows_changed.connect(self._turn)
        self.table.enlarging_wished.connect(lambda: self.enlarging_wished.emit(self.id))
        self.form.add_row(tr("rows"), self.table.rows)
        self.form.add_wide(self.table)
        self._make_chosen()

    def _make_chosen(self) -> None:
        """Rows about one weight of the table: the one that the keyboard or the pointer has chosen."""
        self._chosen_name = label("", "small", wrapped=True)
        self._chosen_name.setToolTip(plain_tip(tr("Choose another weight in the table")))
        self.form.add_wide(self._chosen_name)
        self.shares, self.memory_rows = ShareReadings(self.form), MemoryReadings(self.form)
        chosen = self.table.table.selectionModel()
        chosen.currentChanged.connect(lambda now, before: self._tell_weight(self.session.annotator(), self._edge()))

    def _make_sharing(self, edge: Edge) -> None:
        self.shared = TextField(
            tr("Name of the shared weight"),
            edge.shared,
            check=self.possible(lambda key: ShareWeight((self.id,), key)),
            explained=tr("Edges whose weights bear one name have one weight; empty gives this edge its own"),
        )
        self.shared.setPlaceholderText(tr("its own"))
        self.text_edits(self.shared, lambda key: ShareWeight((self.id,), key))
        self.form.add_row(tr("shared as"), self.shared)
        self._others = label("", "small", wrapped=True)
        self._others_row = self.form.add_wide(self._others)

    # its numbers

    def refresh(self, annotator: Annotator) -> None:
        """Show name, weight and gradient as they are now."""
        edge = self._edge()
        self._header.tell(self._named(edge), self._subtitle(edge))
        self.name.set_value(edge.name)
        self.name.setPlaceholderText(edge.key)
        if not self.shape:
            self._heading.setText(tr("Weight"))
            return
        words = tr("Weight") if self.shape == (1, 1) else tr("Weights")
        self._heading.setText(f"{words} · {rows_words(annotator)}")
        self.shared.set_value(edge.shared)
        self._tell_others(edge)
        if self.shape == (1, 1):
            self._refresh_single(annotator, edge)
        else:
            self._refresh_matrix(annotator, edge)

    def _named(self, edge: Edge) -> str:
        """Of a layer the matrix, of a neuron the weight; as it is where there is none."""
        if not self.shape:
            return edge.label
        return subscripted(edge.label) if self.shape == (1, 1) else matrix_name(edge.label)

    def _subtitle(self, edge: Edge) -> str:
        ends = f"{subscripted(self._node(edge.source).label)} → {subscripted(self._node(edge.target).label)}"
        return tr("{ends} · {n} weights", ends=ends, n=sizes(self.shape)) if self.shape not in ((), (1, 1)) else ends

    def _refresh_single(self, annotator: Annotator, edge: Edge) -> None:
        weights, gradient = annotator.parameters[edge.key], annotator.gradient(edge.key)
        self.weight.set_value(float(weights.item()))
        slope = None if gradient is None else float(gradient.item())
        self.gradient.show_number(slope, signed=True, reason=annotator.reason(edge.key))
        after = self.next_values(annotator, edge.key)
        self.next.show_number(None if after is None else float(after.item()))
        self._tell_weight(annotator, edge)

    def _tell_weight(self, annotator: Annotator, edge: Edge) -> None:
        """What the derivative by one weight is made of, and what the optimizer remembers of it."""
        place, rule = self._chosen(annotator), self.session.document.training.optimizer
        rate = self.own_rate(annotator, edge.key) if rule.slots else None
        some = self.shares.refresh(annotator, edge, place)
        self.memory_rows.refresh(rule, self.memory(edge.key), rate, place)
        if self.shape != (1, 1):
            self._chosen_name.setVisible(some or bool(rule.slots))

    def _chosen(self, annotator: Annotator) -> tuple[int, int]:
        """The weight that is told of, as (source, target): the only one, or that of the table's current cell."""
        if self.shape == (1, 1):
            return 0, 0
        cell, cells = self.table.table.currentIndex(), self._cells(annotator)
        row, column = (cell.row(), cell.column()) if cell.isValid() else (0, 0)
        self._chosen_name.setText(tr("{name}:", name=cells.name(row, column)))
        return cells.place(row, column)

    def _refresh_matrix(self, annotator: Annotator, edge: Edge) -> None:
        self.dimensions.show_text(f"{sizes(self.shape)} = {self.shape[0] * self.shape[1]:,}")
        self.norm.show_number(norm(annotator.parameters[edge.key]))
        self.gradient_norm.show_number(norm(annotator.gradient(edge.key)), reason=annotator.reason(edge.key))
        self.table.show_cells(self._cells(annotator))
        self._tell_weight(annotator, edge)

    def _cells(self, annotator: Annotator) -> MatrixCells:
        return matrix_cells(self.session.document, annotator, self._edge(), self._rows == TO)

    def _tell_others(self, edge: Edge) -> None:
        graph = self.session.document.graph
        others = [other.id for other in graph.edges if other.key == edge.key and other.id != edge.id]
        self._others.setText(tr("One weight with {names}", names=_some(others)))
        self._others_row.set_visible(bool(others))

    def _turn(self, end: str) -> None:
        self._rows = end
        self.rows_changed.emit(end)
        self.reload()


def matrix_cells(
    document: Document, annotator: Annotator, edge: Edge, turned: bool, *, marked: bool = False
) -> MatrixCells:
    """The weights of an edge between layers, as far as they are computed; ``marked`` with the name of each."""
    weights = annotator.parameters[edge.key]
    graph = document.graph
    return MatrixCells(
        weights,
        annotator.gradient(edge.key),
        unit_names(document, graph.node(edge.source), weights.shape[0]),
        unit_names(document, graph.node(edge.target), weights.shape[1]),
        partial(entry_name, edge.label),
        turned,
        marked,
        annotator.goal,
    )


def _some(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    told = ", ".join(names[:_MOST_NAMED])
    return tr("{names} and {n} more", names=told, n=more) if more > 0 else told
