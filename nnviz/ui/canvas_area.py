"""The canvas with its bars: focus above, walkthrough below; turns the canvas's wishes into edits of the session."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nnviz.canvas.view import NetworkView
from nnviz.document.connect import allowed_targets, can_connect
from nnviz.document.document import Document
from nnviz.document.edits import Act, AddNode, Move, OpenExpression, RemoveParts, Together, new_edge, new_node
from nnviz.errors import NnvizError, shortened
from nnviz.lowering.expression import shown_formula
from nnviz.lowering.opening import EXPRESSION
from nnviz.numbers import exact_text
from nnviz.session.annotations import Annotator
from nnviz.session.drawing import Drawing, StepText, draw
from nnviz.session.session import Session
from nnviz.session.style import style
from nnviz.ui.focus_bar import FocusBar
from nnviz.ui.tips import plain_tip
from nnviz.ui.walk_bar import LOW, WalkBar


class CanvasArea(QWidget):
    """Focus bar, canvas and walkthrough bar of a session.

    Signals
    -------
    refused(error) : what was wished is not possible; the window tells why.
    told(text) : a sentence for the status line.
    opened(id) : a part is to be shown in the inspector.
    """

    refused = Signal(object)
    told = Signal(str)
    opened = Signal(str)

    def __init__(self, session: Session, look: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.focus = FocusBar(session)
        self.view = NetworkView(style(look))
        self.walk = WalkBar(session)
        self._drawing: Drawing | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.focus)
        column.addWidget(self.view, 1)
        column.addWidget(self.walk)
        self._listen()
        self.show_document()

    def _listen(self) -> None:
        view, session = self.view, self.session
        view.allowed_targets = lambda source: allowed_targets(session.document, source)
        view.refusal = self._refusal
        view.about = self._about
        view.whole = lambda: self._drawn().diagram()
        view.moved.connect(lambda places: self._try(lambda: session.do(Move(places))))
        view.connect_wished.connect(self.connect_nodes)
        view.selection_wished.connect(session.select)
        view.kind_dropped.connect(self.add_node)
        view.told.connect(self.told)
        view.opened.connect(self.opened)
        for bar in (self.focus, self.walk):
            bar.refused.connect(self.refused)
        self.walk.told.connect(self.told)
        self.focus.labels_changed.connect(lambda parts: self.show_document())
        session.changed.connect(self._document_changed)
        session.shown.connect(self.show_numbers)
        session.selected.connect(self._select)
        session.run_changed.connect(self._run_changed)
        session.shown.connect(self._fit_bars)

    # showing

    def resizeEvent(self, event: QResizeEvent) -> None:
        """There is other room for bars."""
        super().resizeEvent(event)
        self._fit_bars()

    def _fit_bars(self) -> None:
        """Where there is little room, no rows are chosen while one steps: others would end the walkthrough."""
        low = self.height() < LOW * self.fontMetrics().height()
        self.focus.setVisible(not (low and self.session.walk is not None))

    def _document_changed(self, before: Document, after: Document) -> None:
        drawn = ("graph", "positions", "data")
        if any(getattr(before, part) is not getattr(after, part) for part in drawn) or _moved(before, after) > 1:
            self.show_document()

    def _run_changed(self) -> None:
        """While it trains nothing moves; afterwards the labels get the room that their new digits need."""
        if not self.session.training:
            self.show_document()

    def show_document(self) -> None:
        """Show the document, everything placed anew."""
        self._show(relayout=True)

    def show_numbers(self) -> None:
        """Show newer numbers; nothing moves, unless they take another number of digits, or inputs have a line more.

        Those at which a training is paused are there to be read: they get the room they need.
        """
        drawing, annotator = self._drawing, self.session.annotator()
        before = None if drawing is None else drawing.annotator
        relayout = before is None or (before.digits, before.by_inputs) != (annotator.digits, annotator.by_inputs)
        if self.session.training and not self.session.at_work:
            relayout = True
        elif drawing is not None and self._step() is None and drawing.fits(annotator, self.focus.shown_parts()):
            newer = drawing.newer(annotator, self.view.plated)
            if self.view.show_newer(newer, running=self.session.training):
                return
        self._show(relayout)

    def _show(self, relayout: bool) -> None:
        self._drawing = self._drawn()
        self.view.show_diagram(self._drawing.diagram(), relayout=relayout)

    def _select(self, ids: tuple[str, ...]) -> None:
        """Mark these parts; in a step, what is selected is as lit as what the step is about."""
        self.view.select(ids)
        if self._step() is not None:
            self._show(relayout=False)

    def _drawn(self) -> Drawing:
        return Drawing(self.session.annotator(), self.focus.shown_parts(), self._step())

    def _step(self) -> StepText | None:
        walk, index = self.session.walk, self.session.step
        if walk is None or index < 0:
            return None
        step = walk.steps[index]
        return StepText(step.phase, (), frozenset((*step.lit, *self.session.selection) if step.lit else ()))

    def set_look(self, look: str) -> None:
        """Show the canvas in another style."""
        self.view.set_look(style(look))

    def _about(self, id: str) -> str:
        """The exact numbers of a part, for the tip under the resting pointer."""
        annotator = self.session.annotator()
        graph = self.session.document.graph
        node = graph.by_id.get(id)
        notes = [] if node is None else [*annotator.of_node(node), *annotator.of_output(node)]
        if id in graph.edges_by_id:
            notes = annotator.of_edge(graph.edges_by_id[id])
        shown = [
            f"{shortened(note.symbol, 60)} = {'–' if note.number is None else exact_text(note.number)}"
            for note in notes[:12]
        ]
        edge = graph.edges_by_id.get(id)
        reason = annotator.reason(id if edge is None else edge.key)
        return plain_tip("\n".join([*self._formula(id), *shown, *([reason] if reason else [])]))

    def _formula(self, id: str) -> list[str]:
        """The whole formula of an expression, of which the node shows as much as it has room for."""
        node = self.session.document.graph.by_id.get(id)
        return [] if node is None or node.kind != EXPRESSION else [shown_formula(node)]

    def _refusal(self, source: str, target: str) -> str:
        try:
            can_connect(self.session.document, source, target)
        except NnvizError as error:
            return str(error)
        return ""

    # wishes

    def _try(self, act: Callable[[], object]) -> bool:
        try:
            act()
        except NnvizError as error:
            self.refused.emit(error)
            self.show_document()
            return False
        return True

    def connect_nodes(self, source: str, target: str) -> None:
        """Draw an edge, or tell why not."""

        def act() -> None:
            can_connect(self.session.document, source, target)
            edge = new_edge(self.session.document, source, target)
            self.session.do(edge)
            self.session.select((edge.id,))

        self._try(act)

    def add_node(self, kind: str, x: float | None = None, y: float | None = None) -> None:
        """Add a node of a kind, at a place of the canvas or beside what is there."""
        place = (x, y) if x is not None and y is not None else self._free_place()
        edit = new_node(self.session.document, kind, place)
        if self._try(lambda: self.session.do(self._keeping_places(edit))):
            self.session.select((edit.node.id,))
            if x is None:  # what was dropped stays under the pointer
                self.view.fit()

    def _keeping_places(self, *edits: AddNode | OpenExpression) -> Act:
        """Edits together with the places that all nodes have now, so that none is laid out anew because of them."""
        document = self.session.document
        placed = all(node.id in document.positions for node in document.graph.nodes)
        if placed and len(edits) == 1:
            return edits[0]
        return Together((*(() if placed else (Move(self.view.positions()),)), *edits), Together(edits).title)

    def _free_place(self) -> tuple[float, float]:
        """A place to the right of everything, or the middle of an empty canvas."""
        centres = list(self.view.centres.values())
        if not centres:
            return (300.0, 300.0)
        selected = [self.view.positions()[id] for id in self.session.selection if id in self.view.positions()]
        x, y = selected[-1] if selected else max(centres)
        x += 380.0 if selected else 0.0
        taken = {(round(a / 40), round(b / 40)) for a, b in centres}
        y += 0.0 if selected else 260.0
        while (round(x / 40), round(y / 40)) in taken:
            y += 260.0
        return (x, y)

    def has_expression(self) -> bool:
        """Whether a node with a formula is selected."""
        by_id = self.session.document.graph.by_id
        return any(id in by_id and by_id[id].kind == EXPRESSION for id in self.session.selection)

    def open_expressions(self) -> None:
        """Replace the selected expressions by the operations of their formulas, as one act."""
        by_id = self.session.document.graph.by_id
        chosen = [id for id in self.session.selection if id in by_id and by_id[id].kind == EXPRESSION]
        edits = tuple(map(OpenExpression, chosen))
        if self._try(lambda: self.session.do(self._keeping_places(*edits))):
            self.view.fit()

    def delete_selection(self) -> None:
        """Remove what is selected, with the edges that hang on it."""
        self._try(lambda: self.session.do(RemoveParts(self.session.selection)))

    def auto_layout(self) -> None:
        """Put every node where it would stand on a slide."""
        plain = draw(Annotator(self.session.document.with_(positions={}), None, digits=self.session.digits))
        self.view.show_diagram(plain)
        self._try(lambda: self.session.do(Move(self.view.positions())))
        self.view.fit()


def _moved(before: Document, after: Document) -> int:
    """How many parameters an act has changed: one that is typed keeps every label in its place, a training does not."""
    return sum(before.parameters.get(key) is not values for key, values in after.parameters.items())
