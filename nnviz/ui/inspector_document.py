"""The inspector's page while nothing is selected: the network as a whole, its problems, a row to try, conventions."""

from __future__ import annotations

from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from nnviz.conventions import PRESETS, Conventions
from nnviz.document.document import Document
from nnviz.document.edits import SetConventions, SetSeed, SetTitle
from nnviz.errors import NnvizError
from nnviz.expressions import Allowed, read_expression
from nnviz.lowering import problems
from nnviz.lowering.kinds import KINDS, ONE_ANSWER
from nnviz.lowering.lower import parameter_specs
from nnviz.session.advice import advice
from nnviz.session.annotations import Annotator
from nnviz.session.session import Session
from nnviz.session.small_print import small_print
from nnviz.ui import icons
from nnviz.ui.entry import TextField
from nnviz.ui.inspector_page import Page, rows_words
from nnviz.ui.inspector_parts import IconLabel, PageHeader, QuietCombo, Reading
from nnviz.ui.row_prediction import RowPrediction
from nnviz.ui.theme import GRID
from nnviz.ui.widgets import button, label
from nnviz.words import tr

OWN = "own"
HALF = "half"
_PRESET_WORDS = {
    "ours": tr("standard"),
    "lecture": tr("lecture"),
    "worked example": tr("worked example"),
    "pytorch": tr("PyTorch"),
}
_SQUARE, _OUTPUTS = 2, 3
"""Places of two conventions among the rows of the loss, which not every loss has."""
_PRESET_TIP = tr(
    "Sets the three switches below. standard: without ½, sum, mean (the default); lecture: without ½, sum, sum; "
    "worked example: ½, sum, sum; PyTorch: without ½, mean, mean"
)
_MOST_PROBLEMS = 5
_MOST_DIGITS = 30


class DocumentPage(Page):
    """Shows the document as a whole."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._shown: Document | None = None
        self._header = PageHeader()
        self.problems = _Problems(session)
        self.form.add_wide(self.problems)
        self._try_heading = self.form.add_heading(tr("Try a row"))
        self.row = RowPrediction(session)
        self.form.add_wide(self.row)
        self._make_conventions()
        self._make_settings()
        self._hint = label(tr("Select a node or an edge to see its numbers."), "small", wrapped=True)
        self.form.add_wide(self._hint)
        self.lay_out(self._header)

    def fits(self) -> bool:
        """Always: there is always a document."""
        return True

    # its parts

    def _make_conventions(self) -> None:
        self._loss_heading = self.form.add_heading(tr("Loss"))
        told = tr("The loss of the rows shown; it is what a training makes small")
        self.loss = Reading(tr("Loss J"), "", told)
        self._loss_rows = [self.form.add_row(tr("loss J"), self.loss, told)]
        presets = [*((name, _PRESET_WORDS.get(name, name)) for name in PRESETS), (OWN, tr("own choice"))]
        self.preset = self._switch(tr("preset"), presets, _PRESET_TIP)
        told = tr("½(y − ŷ)² has the derivative ŷ − y, without a 2. Default: without ½")
        self.half = self._switch(tr("square"), [("", "(y − ŷ)²"), (HALF, "½ (y − ŷ)²")], told)
        sums = [("sum", tr("sum")), ("mean", tr("mean"))]
        told = tr("How the terms of one example make ℒ. Default: sum; PyTorch's MSELoss takes the mean")
        self.outputs = self._switch(tr("outputs"), sums, told)
        told = tr("How the ℒ of all examples make J. Default: mean; many lectures take the sum")
        self.examples = self._switch(tr("examples"), sums, told)
        self.formula = label("", "small", wrapped=True)
        self._formula_row = self.form.add_wide(self.formula)
        self.preset.activated.connect(lambda index: self._take_preset())
        self.half.activated.connect(lambda index: self._convene(half=self.half.key == HALF))
        self.outputs.activated.connect(lambda index: self._convene(outputs=self.outputs.key))
        self.examples.activated.connect(lambda index: self._convene(examples=self.examples.key))

    def _switch(self, words: str, choices: list[tuple[str, str]], explained: str) -> QuietCombo:
        combo = QuietCombo(words, choices, explained)
        self._loss_rows.append(self.form.add_row(words, combo, explained))
        return combo

    def _make_settings(self) -> None:
        self.form.add_heading(tr("Document"))
        self.title = TextField(
            tr("Title"), check=self.possible(SetTitle), explained=tr("Stands above exported pictures")
        )
        self.title.setPlaceholderText(tr("untitled"))
        self.text_edits(self.title, SetTitle)
        self.seed = TextField(
            tr("Seed"),
            check=self.possible(lambda text: SetSeed(read_seed(text))),
            explained=tr("From it all random numbers are drawn: weights, order, dropout, split. Default 0"),
        )
        self.text_edits(self.seed, lambda text: SetSeed(read_seed(text)))
        self.form.add_row(tr("title"), self.title)
        self.form.add_row(tr("seed"), self.seed)

    def _take_preset(self) -> None:
        if self.preset.key in PRESETS:
            self.attempt(SetConventions(PRESETS[self.preset.key]))
        else:
            self.reload()

    def _convene(self, **changes: object) -> None:
        self.attempt(SetConventions(replace(self.session.document.conventions, **changes)))

    # what it shows

    def reload(self) -> None:
        """Show what is in force again, also where nothing has changed but a choice that was refused."""
        self._shown = None
        super().reload()

    def refresh(self, annotator: Annotator) -> None:
        """Show the document as it is now."""
        document = self.session.document
        self.problems.refresh()
        self.row.refresh()
        self._loss_heading.setText(tr("Loss · {rows}", rows=rows_words(annotator)))
        self.loss.show_number(annotator.loss())
        if document is not self._shown:  # live numbers of a training change nothing of it
            self._shown = document
            self._show_document(document, annotator)

    def _show_document(self, document: Document, annotator: Annotator) -> None:
        self._header.tell(document.title or tr("Untitled network"), _counted(document))
        self._show_conventions(document.conventions)
        self._show_what_counts({node.kind for node in document.graph.nodes if KINDS[node.kind].family == "loss"})
        self.formula.setText("   ".join(line for line in small_print(annotator) if line.startswith(("ℒ", "J"))))
        self._formula_row.set_visible(bool(self.formula.text()))
        self.title.set_value(document.title)
        self.seed.set_value(str(document.seed))
        self.align()

    def align(self) -> None:
        """One column of labels on the whole page."""
        width = max(self.form.label_width, self.row.form.label_width)
        for form in (self.form, self.row.form):
            form.align_labels(width)

    def _show_conventions(self, conventions: Conventions) -> None:
        self.preset.show_key(next((name for name, preset in PRESETS.items() if preset == conventions), OWN))
        self.half.show_key(HALF if conventions.half else "")
        self.outputs.show_key(conventions.outputs)
        self.examples.show_key(conventions.examples)

    def _show_what_counts(self, losses: set[str]) -> None:
        """Show the conventions that change the losses there are."""
        counts = [bool(losses)] * len(self._loss_rows)
        counts[_SQUARE], counts[_OUTPUTS] = "squared_error" in losses, bool(losses - set(ONE_ANSWER))
        self._loss_heading.setVisible(bool(losses))
        for row, visible in zip(self._loss_rows, counts, strict=True):
            row.set_visible(visible)


def read_seed(text: str) -> int:
    """The seed somebody typed: all of its up to 20 digits count, which no decimal number holds.

    >>> read_seed("18446744073709551615"), read_seed("10 000")
    (18446744073709551615, 10000)

    Raises
    ------
    DataError, ConfigError
        If it is no whole number from 0.
    """
    plain = text.strip()
    if plain.isdecimal() and len(plain) <= _MOST_DIGITS:
        return int(plain)
    return int(read_expression(text, Allowed(low=0, whole=True)))


def _counted(document: Document) -> str:
    """How many nodes, edges and numbers there are."""
    graph = document.graph
    if not graph.nodes:
        return tr("Nothing in it yet")
    total = sum(array.size for array in document.parameters.values())
    try:
        trained = sum(document.parameters[spec.key].size for spec in parameter_specs(graph) if spec.trained)
    except NnvizError:
        trained = total
    told = [tr("{n} nodes", n=f"{len(graph.nodes):,}"), tr("{n} edges", n=f"{len(graph.edges):,}")]
    told.append(
        tr("{n} parameters", n=f"{total:,}")
        if trained == total
        else tr("{n} parameters, {k} trained", n=f"{total:,}", k=f"{trained:,}")
    )
    return " · ".join(told)


class _Problems(QWidget):
    """What keeps the network from being computed, else hints on what is hardly meant; each with a way to its place."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self._shown: list[str] = []
        self._seen: tuple[object, ...] = ()
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(GRID)
        self.hide()

    def told(self) -> list[str]:
        """The problems that are shown."""
        return list(self._shown)

    def refresh(self) -> None:
        """Show the problems there are now."""
        document, problem = self.session.document, self.session.problem
        now = document.graph, document.data, document.seed, problem
        if self._seen and all(one is other for one, other in zip(self._seen, now, strict=True)):
            return
        self._seen = now
        warned = problem is not None and not self.session.lacks_rows  # a row can be typed just below
        found = problems(document.graph) or ([problem] if problem and warned else []) or advice(document)
        found = found if document.graph.nodes else []
        told = [str(error) for error in found]
        if told == self._shown:
            return
        self._shown = told
        while (item := self._rows.takeAt(0)) is not None:
            gone = item.widget()
            if gone is not None:
                gone.hide()
                gone.deleteLater()
        for error in found[:_MOST_PROBLEMS]:
            self._rows.addWidget(self._row(error))
        if len(found) > _MOST_PROBLEMS:
            self._rows.addWidget(label(tr("and {n} more", n=len(found) - _MOST_PROBLEMS), "small"))
        self.setVisible(bool(told))

    def _row(self, error: NnvizError) -> QWidget:
        row = QWidget()
        across = QHBoxLayout(row)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(GRID)
        across.addWidget(IconLabel(icons.icon("warning", "warning")), 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(label(str(error), wrapped=True))
        graph = self.session.document.graph
        ids = tuple(id for id in error.ids if id in graph.by_id or id in graph.edges_by_id)
        if ids:
            link = button(tr("Show it"), lambda: self.session.select(ids), role="link")
            link.setAccessibleName(tr("Show what this is about: {what}", what=error.what))
            words.addWidget(link, 0, Qt.AlignmentFlag.AlignLeft)
        across.addLayout(words, 1)
        return row
