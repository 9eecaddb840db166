"""A row typed in gives its prediction: a field for each input, and under them what the network answers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QVBoxLayout, QWidget

from nnviz.document.document import Document
from nnviz.engine.plan import Slot
from nnviz.errors import NnvizError, ShapeError, shortened
from nnviz.expressions import read_expression
from nnviz.numbers import exact_text, subscripted
from nnviz.session.answers import Answer, answers
from nnviz.session.computing import Focus
from nnviz.session.session import Session
from nnviz.ui.entry import short_sentence
from nnviz.ui.inspector_parts import Reading
from nnviz.ui.inspector_words import unit_names
from nnviz.ui.number_block import read_block
from nnviz.ui.number_field import NumberField
from nnviz.ui.page_form import LONGEST_LABEL, FormRow, PageForm
from nnviz.ui.tab_order import tab_into
from nnviz.ui.theme import GRID, set_state
from nnviz.ui.tips import plain_tip
from nnviz.ui.widgets import button, label
from nnviz.words import tr

MOST_FIELDS = 16
"""Inputs beyond which a row is typed as one text."""
MOST_ANSWERS = 12


class RowPrediction(QWidget):
    """Fields for one row of inputs, and the network's live answer.

    What is typed becomes the focus, so that the canvas shows its numbers too; it is no part of the document. Until then
    the row is the example in focus.
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.form = PageForm()
        self.entry: _RowFields | _RowText | None = None
        self._names: tuple[str, ...] = ()
        self._taking = False
        self._answers = _Answers(self.form)
        self._reset = button(tr("Reset the row"), self.reset, role="link")
        self._reset.setToolTip(plain_tip(tr("Show the example in focus again")))
        self._reset.hide()
        self._reason = label("", "muted", wrapped=True)
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(GRID // 2)
        for part in (self.form, self._reason):
            self._rows.addWidget(part)
        self._rows.addWidget(self._reset, 0, Qt.AlignmentFlag.AlignLeft)

    @property
    def values(self) -> list[float]:
        """The row: what was typed, or the example in focus."""
        return list(self.session.focus.values) if self._is_typed else self._example()

    @property
    def _is_typed(self) -> bool:
        return self.session.focus.rows == "typed"

    @property
    def shown_answers(self) -> list[tuple[str, str]]:
        """Names and numbers of the answer as they are to be read."""
        return self._answers.shown()

    def reset(self) -> None:
        """Forget what was typed and follow the example in focus."""
        self.session.look_at(Focus(of=self.session.focus.of))
        self.refresh()

    def refresh(self) -> None:
        """Show the answer of the network as it is now."""
        names = _input_names(self.session.document)
        if names != self._names:
            self._rebuild(names)
        if self.entry is not None and not self._taking:  # a field that is being typed into knows better
            self.entry.show_values(self.values)
        self._reset.setVisible(self._is_typed)
        self._answer()

    def _rebuild(self, names: tuple[str, ...]) -> None:
        """Make the fields of another row."""
        self._names = names
        old, self.form = self.form, PageForm()
        self._rows.replaceWidget(old, self.form)
        old.hide()
        old.deleteLater()
        self.form.show()  # the layout would do it a turn of the event loop later
        self.entry = None
        if names:
            self.entry = _RowFields(self.form, names) if len(names) <= MOST_FIELDS else _RowText(self.form, len(names))
            self.entry.typed.connect(self._take)
        self._answers = _Answers(self.form)
        self._order_tabs()

    def _order_tabs(self) -> None:
        """Let Tab come to the fields and answers here, not after all else, and then to the button below them."""
        QWidget.setTabOrder(tab_into(self.form, self._reset), self._reset)

    def go_to(self, node: str) -> None:
        """Put the cursor where the input ``node`` is typed."""
        if isinstance(self.entry, _RowFields):
            before = (slot.size for slot in takewhile(lambda slot: slot.key != node, self._slots()))
            self.entry.fields[sum(before)].setFocus()
        elif self.entry is not None:
            self.entry.text.setFocus()

    def _slots(self) -> tuple[Slot, ...]:
        return tuple(self.session.document.plan.slots_of("input"))

    def _take(self, values: list[float]) -> None:
        self._taking = True
        try:
            self.session.look_at(Focus("typed", values=tuple(values), of=self.session.focus.of))
        except NnvizError as error:
            self._reason.setText(short_sentence(error))
            self._reason.show()
        finally:
            self._taking = False

    def _example(self) -> list[float]:
        """The inputs of the row in focus, or of the first of several; noughts where there is none."""
        trace = self.session.trace
        if trace is None or not len(trace.rows):
            return [0.0] * len(self._names)
        slots = trace.plan.slots_of("input")
        return [float(value) for slot in slots for value in trace.value(slot.key)[0]]

    def _answer(self) -> None:
        found: Sequence[Answer] = ()
        reason = ""
        try:
            if self._names:
                found = answers(self.session.shown_document, self.values)
            else:
                reason = tr("Once the network has an input and can be computed, a row can be typed here.")
        except NnvizError as error:
            reason = short_sentence(error)
        if self._answers.show_answers(found):
            self._order_tabs()
        self._reason.setText(reason)
        self._reason.setVisible(bool(reason))


def _input_names(document: Document) -> tuple[str, ...]:
    """The names of all units of all inputs, in the order of a row; none while the network cannot be computed."""
    try:
        slots = document.plan.slots_of("input")
    except NnvizError:
        return ()
    nodes = [(document.graph.node(slot.key), slot.shape[0]) for slot in slots]
    return tuple(name for node, width in nodes for name in unit_names(document, node, width))


class _RowFields(QObject):
    """A field for each input; a whole row pasted into one of them fills them all.

    Signals
    -------
    typed(values) : the row as it would be, also while it is being typed.
    """

    typed = Signal(object)

    def __init__(self, form: PageForm, names: Sequence[str]) -> None:
        super().__init__(form)
        self.fields = [_RowField(tr("Input {name}", name=name)) for name in names]
        for place, (name, field) in enumerate(zip(names, self.fields, strict=True)):
            form.add_row(subscripted(name), field)
            field.value_changing.connect(lambda value, place=place: self._tell(place, value))
            field.value_changed.connect(lambda value, place=place: self._tell(place, value))
            field.row_pasted.connect(self._paste)

    def show_values(self, values: Sequence[float]) -> None:
        """Show another row."""
        for field, value in zip(self.fields, values, strict=True):
            if field.value != value:
                field.set_value(value)

    def _tell(self, place: int, value: float) -> None:
        values = [field.value for field in self.fields]
        values[place] = value
        self.typed.emit(values)

    def _paste(self, values: list[float]) -> None:
        if len(values) != len(self.fields):
            field = next((field for field in self.fields if field.hasFocus()), self.fields[0])
            field.refuse(_wrong_count(len(self.fields), len(values)))
            return
        self.show_values(values)
        self.typed.emit(values)


class _RowField(NumberField):
    """A field for a number into which several can be pasted."""

    row_pasted = Signal(object)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Several numbers at once are a row."""
        if event.matches(QKeySequence.StandardKey.Paste):
            values = _numbers_in(QApplication.clipboard().text())
            if len(values) > 1:
                self.restore()
                self.row_pasted.emit(values)
                event.accept()
                return
        super().keyPressEvent(event)


class _RowText(QObject):
    """One text for a long row.

    Signals
    -------
    typed(values) : the row.
    """

    typed = Signal(object)

    def __init__(self, form: PageForm, count: int) -> None:
        super().__init__(form)
        self._count = count
        self.text = QPlainTextEdit()
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(tr("Row of {n} numbers", n=count))
        told = tr("Type or paste {n} numbers, parted by spaces, tabs or semicolons", n=count)
        self.text.setPlaceholderText(told)
        self.text.setToolTip(plain_tip(told))
        self.text.setFixedHeight(4 * self.text.fontMetrics().height() + 2 * GRID)
        self.refusal = label("", "refusal", wrapped=True)
        self.refusal.hide()
        form.add_wide(self.text)
        form.add_wide(self.refusal)
        self._own = False
        self.text.textChanged.connect(self._read)

    def show_values(self, values: Sequence[float]) -> None:
        """Show another row, unless one is being typed."""
        told = " ".join(map(exact_text, values))
        if told != self.text.toPlainText() and not self.text.hasFocus():
            self._own = True
            self.text.setPlainText(told)
            self._own = False
            self._tell("")

    def _read(self) -> None:
        if self._own:
            return
        try:
            values = [float(value) for value in read_block(self.text.toPlainText()).ravel()]
            if len(values) != self._count:
                raise _wrong_count(self._count, len(values))
        except NnvizError as error:
            self._tell(short_sentence(error))
            return
        self._tell("")
        self.typed.emit(values)

    def _tell(self, reason: str) -> None:
        self.refusal.setText(reason)
        self.refusal.setVisible(bool(reason))
        set_state(self.text, "refused", bool(reason))


class _Answers:
    """The rows of a form that tell what the network answers: a number for each output, the likely class marked."""

    def __init__(self, form: PageForm) -> None:
        self._form = form
        self._lines: list[tuple[FormRow, Reading]] = []

    def show_answers(self, found: Sequence[Answer]) -> bool:
        """Show other answers; whether rows had to be made for them."""
        shown, before = found[:MOST_ANSWERS], len(self._lines)
        while len(self._lines) < len(shown):
            reading = Reading(tr("Prediction"))
            self._lines.append((self._form.add_row("ŷ", reading), reading))
        for place, (row, reading) in enumerate(self._lines):
            row.set_visible(place < len(shown))
            if place < len(shown):
                _show_answer(row, reading, shown[place])
        return len(self._lines) > before

    def shown(self) -> list[tuple[str, str]]:
        """Names and numbers that are to be seen."""
        told = [(row.label, reading) for row, reading in self._lines if row.label is not None]
        return [(name.text(), reading.text()) for name, reading in told if not name.isHidden()]


def _show_answer(row: FormRow, reading: Reading, answer: Answer) -> None:
    assert row.label is not None
    mark = tr("→ {name}", name=subscripted(answer.name)) if answer.likely else subscripted(answer.name)
    row.label.setText(shortened(mark, LONGEST_LABEL))
    likely = tr("The network takes this for the likeliest")
    row.label.setToolTip(plain_tip(f"{answer.name}\n{likely}" if answer.likely else answer.name))
    reading.setAccessibleName(tr("Prediction of {name}", name=answer.name))
    set_state(row.label, "role", "good" if answer.likely else "muted")
    reading.show_number(answer.value)


def _numbers_in(text: str) -> list[float]:
    """The numbers of a row or column in a text; none where it is one number, such as 0,25, or something else."""
    try:
        read_expression(text)
        return []
    except NnvizError:
        pass
    try:
        block = read_block(text)
    except NnvizError:
        return []
    return [float(value) for value in np.ravel(block)]


def _wrong_count(wanted: int, found: int) -> ShapeError:
    return ShapeError(
        tr("This row has {n} numbers", n=found),
        expected=tr("{n} numbers, one for each input", n=wanted),
    )
