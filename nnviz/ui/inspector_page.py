"""What the pages of the inspector share: one form, how edits are made, what the next update would make."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nnviz.document.acts import Act
from nnviz.errors import NnvizError
from nnviz.learning.memory import remembered
from nnviz.lowering.explain import Change
from nnviz.session.annotations import Annotator
from nnviz.session.computing import Trace
from nnviz.session.memory import rate_of
from nnviz.session.session import Session, TrainingRunsError
from nnviz.session.walkthrough import changed
from nnviz.ui.entry import EntryField, TextField
from nnviz.ui.inspector_parts import PageHeader, QuietCombo
from nnviz.ui.number_field import NumberField
from nnviz.ui.page_form import PageForm
from nnviz.ui.theme import GRID
from nnviz.words import tr

T = TypeVar("T")


def rows_words(annotator: Annotator) -> str:
    """Which rows the numbers belong to, for a heading."""
    trace = annotator.trace
    if trace is None:
        return tr("not computed")
    if trace.focus.rows == "typed":
        return tr("typed row")
    if trace.focus.rows == "example":
        return tr("example {n}", n=trace.focus.index + 1)
    if trace.focus.rows == "batch":
        return tr("batch {n}, {rows} rows", n=trace.focus.index + 1, rows=len(trace.rows))
    return tr("{rows} rows", rows=len(trace.rows))


class Page(QWidget):
    """One content of the inspector.

    A page is made for one subject, and for ∂ of one ``goal``, and shows its numbers as often as :meth:`refresh` is
    called. It changes nothing but through edits.

    Signals
    -------
    refused(error) : an edit is not possible, and no field of the page can tell why.
    """

    refused = Signal(object)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.goal = session.goal
        self.form = PageForm()
        self._changed: tuple[Trace, Change] | None = None

    def lay_out(self, header: PageHeader) -> None:
        """Put the form under the header."""
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(2 * GRID)
        rows.addWidget(header)
        rows.addWidget(self.form)

    def refresh(self, annotator: Annotator) -> None:
        """Show the numbers of ``annotator``, which belong to the session's present document."""
        raise NotImplementedError

    def fits(self) -> bool:
        """Whether this page can show its subject as it is in the present document."""
        raise NotImplementedError

    def reload(self) -> None:
        """Show what is in force again."""
        if self.fits():
            self.refresh(self.session.annotator())

    def next_values(self, annotator: Annotator, key: str) -> NDArray[np.float64] | None:
        """What one update would make of a parameter; None while its gradient is not known, or while a training runs."""
        change = None if annotator.gradient(key) is None else self.change(annotator)
        return None if change is None else change.after.get(key)

    def change(self, annotator: Annotator) -> Change | None:
        """The update that comes next, or that of the walkthrough; None where there is none, or while a training runs.

        A running training has an optimizer's memory of its own, which no document has yet. An update takes J, so that
        nothing is known of it either while another number is differentiated.
        """
        trace = annotator.trace
        if self.session.training or trace is None or trace.plan.loss is None or trace.known is not None:
            return None
        if trace.focus.of is not None:
            return None
        if self.session.walk is not None:
            return self.session.walk.change
        if self._changed is None or self._changed[0] is not trace:
            self._changed = trace, changed(trace)
        return self._changed[1]

    def memory(self, key: str) -> dict[str, NDArray[np.float64] | None]:
        """What the optimizer remembers of a parameter, by the name of each array, as :meth:`change` finds it."""
        if self.session.training:
            return {}
        if self.session.walk is not None:
            return self.session.walk.memory(self.session.step, key)
        return remembered(self.session.document.training.optimizer, self.session.document.state, key)

    def own_rate(self, annotator: Annotator, key: str) -> NDArray[np.float64] | None:
        """|step| / |gradient| of each number of a parameter in the next update; None while there is no gradient."""
        change = None if annotator.gradient(key) is None else self.change(annotator)
        return None if change is None or key not in change.seen else rate_of(change, key)

    # edits

    def attempt(self, edit: Act) -> bool:
        """Carry out an edit; False if it was refused."""
        try:
            self.session.do(edit)
        except NnvizError as error:
            self.reload()
            self.refused.emit(error)
            return False
        return True

    def possible(self, make: Callable[[T], Act]) -> Callable[[T], object]:
        """A check for a field: raises what the document says against the edit that ``make`` makes of a value."""
        return lambda value: make(value).apply(self.session.document)

    def number_edits(self, field: NumberField, make: Callable[[float], Act]) -> None:
        """Let each committed number of ``field`` be an edit."""
        field.value_changed.connect(lambda value: self._commit(field, make(value)))

    def text_edits(self, field: TextField, make: Callable[[str], Act]) -> None:
        """Let each committed text of ``field`` be an edit."""
        field.text_changed.connect(lambda text: self._commit(field, make(text)))

    def choice_edits(self, combo: QuietCombo, make: Callable[[str], Act]) -> None:
        """Let each choice be an edit."""
        combo.activated.connect(lambda index: self.attempt(make(combo.key)))

    def _commit(self, field: EntryField, edit: Act) -> None:
        try:
            self.session.do(edit)
        except TrainingRunsError as error:
            self.reload()
            self.refused.emit(error)
        except NnvizError as error:
            self.reload()
            field.refuse(error)
