"""What keeps the network from learning its training rows by heart: dropout, penalties, max-norm, early stopping."""

from __future__ import annotations

from functools import partial

from msgspec.structs import replace
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from nnviz.data.choice import Split
from nnviz.document.edits import SetData, SetOptions, SetTraining
from nnviz.expressions import Allowed
from nnviz.learning.settings import EarlyStopping
from nnviz.session.computing import dropout_chances
from nnviz.session.fitting import lacks_validation
from nnviz.session.session import Session
from nnviz.ui.entry import EntryField
from nnviz.ui.number_field import NumberField
from nnviz.ui.page_form import PageForm
from nnviz.ui.section import Section, paired
from nnviz.ui.tab_order import tab_into
from nnviz.ui.widgets import ElidedLabel
from nnviz.words import tr

CHANCE = Allowed(low=0.0, high=0.999)
FROM_ZERO = Allowed(low=0.0)
LONGEST_NAME = 8
PATIENCE = Allowed(low=1.0, high=1e9, whole=True)


class RegulariseSection(Section):
    """Dropout p of every dropout node, penalties, max-norm and early stopping of the session's document."""

    def __init__(self, session: Session) -> None:
        super().__init__(session, tr("Regularise"))
        self.l2 = NumberField(
            tr("L2 penalty λ"),
            allowed=FROM_ZERO,
            explained=tr("Adds λ·Σw² to J, over weights, not biases. 0 is none. Default 0."),
        )
        self.l2.value_changed.connect(lambda value: self._set(self.l2, l2=value))
        self.form.add_row(tr("L2 λ"), self.l2)
        self._add_l1()
        self.max_norm = NumberField(
            tr("Max-norm"),
            allowed=FROM_ZERO,
            explained=tr("The longest that the weights into a unit may be, bias left out. 0 is no limit. Default 0."),
        )
        self.max_norm.value_changed.connect(lambda value: self._set(self.max_norm, max_norm=value))
        self.form.add_row(tr("max-norm"), self.max_norm)
        self.chances: dict[str, NumberField] = {}
        self._names: list[tuple[str, str]] | None = None
        self._dropout = QWidget()
        self._dropout_form: PageForm | None = None
        self._dropout_rows = QVBoxLayout(self._dropout)
        self._dropout_rows.setContentsMargins(0, 0, 0, 0)
        self.form.add_wide(self._dropout)
        self._add_early_stopping()
        self.refresh()

    def _add_l1(self) -> None:
        self.l1 = NumberField(
            tr("L1 penalty λ"),
            allowed=FROM_ZERO,
            explained=tr("Adds λ·Σ|w| to J, over weights, not biases. 0 is none. Default 0."),
        )
        self.l1.value_changed.connect(lambda value: self._set(self.l1, l1=value))
        self.proximal = QCheckBox(tr("exact zeros"))
        self.proximal.setAccessibleName(tr("L1 by its proximal step"))
        self.proximal.setToolTip(
            tr("After each update a weight moves by η·λ towards 0 and stays there. Off: the sub-gradient. Default on.")
        )
        self.proximal.clicked.connect(lambda on: self._set(None, l1_proximal=on))
        self.form.add_row(tr("L1 λ"), self.l1)
        self._proximal_row = self.form.add_row(tr("L1 gives"), self.proximal)

    def _add_early_stopping(self) -> None:
        default = EarlyStopping()
        self.early = QCheckBox(tr("Early stopping"))
        self.early.setToolTip(tr("Stop when the validation loss no longer gets better"))
        self.early.clicked.connect(self._turn_early)
        self.patience = NumberField(
            tr("Patience of early stopping"),
            default.patience,
            allowed=PATIENCE,
            explained=tr("Epochs without betterment before the run stops. Default {n}.", n=default.patience),
        )
        self.patience.value_changed.connect(lambda value: self._set_early(self.patience, patience=int(value)))
        self.min_delta = NumberField(
            tr("Least gain of early stopping"),
            default.min_delta,
            allowed=FROM_ZERO,
            explained=tr("An epoch is better if its loss is below the best by more than this. Default 0."),
        )
        self.min_delta.value_changed.connect(lambda value: self._set_early(self.min_delta, min_delta=value))
        self.restore_best = QCheckBox(tr("the best weights"))
        self.restore_best.setChecked(default.restore_best)
        self.restore_best.setAccessibleName(tr("Keep the weights of the best epoch"))
        self.restore_best.setToolTip(tr("When the run ends, go back to the weights of its best epoch. Default on."))
        self.restore_best.clicked.connect(lambda on: self._set_early(None, restore_best=on))
        self.form.add_wide(self.early)
        self._early_rows = [
            self.form.add_row(tr("patience"), paired(self.patience, tr("min gain"), self.min_delta)),
            self.form.add_row(tr("keep"), self.restore_best),
        ]

    def _turn_early(self, on: bool) -> None:
        """On as it was before it was switched off."""
        before = EarlyStopping(self.patience.whole_value, self.min_delta.value, self.restore_best.isChecked())
        self._set(None, early_stopping=before if on else None)

    def refresh(self) -> None:
        """Show the document's settings."""
        settings = self.session.document.training
        early = settings.early_stopping
        self.l2.set_value(settings.l2)
        self.l1.set_value(settings.l1)
        self.proximal.setChecked(settings.l1_proximal)
        self._proximal_row.set_visible(settings.l1 > 0)
        self.max_norm.set_value(settings.max_norm)
        self.early.setChecked(early is not None)
        for row in self._early_rows:
            row.set_visible(early is not None)
        if early is not None:
            self.patience.set_value(early.patience)
            self.min_delta.set_value(early.min_delta)
            self.restore_best.setChecked(early.restore_best)
        self._refresh_dropout()
        self.tell_problem()

    def _refresh_dropout(self) -> None:
        graph = self.session.document.graph
        chances = dropout_chances(self.session.document)
        names = [(node, graph.node(node).label) for node in chances]
        if names != self._names:
            self._names = names
            self._rebuild_dropout(names)
        for node, chance in chances.items():
            self.chances[node].set_value(chance)

    def _rebuild_dropout(self, names: list[tuple[str, str]]) -> None:
        """A field for every dropout node, in a form of its own that replaces the old one."""
        self.chances = {}
        form = PageForm()
        for node, name in names:
            words = tr("dropout p") if len(names) == 1 else tr("p of {name}", name=name[:LONGEST_NAME])
            self.chances[node] = self._chance_field(node, name)
            form.add_row(words, self.chances[node])
        if not names:
            nothing = ElidedLabel(tr("no dropout node"), "muted")
            nothing.setFixedHeight(self.l2.sizeHint().height())  # as high as the field that would stand there
            form.add_row(tr("dropout p"), nothing)
        self.replace_form(self._dropout_rows, self._dropout_form, form)
        tab_into(form, self.max_norm)
        self._dropout_form = form

    def _chance_field(self, node: str, name: str) -> NumberField:
        field = NumberField(
            tr("Dropout p of {name}", name=name),
            allowed=CHANCE,
            explained=tr("The chance that a unit is switched off in an update; the others are scaled by 1∕(1−p)."),
        )
        field.value_changed.connect(partial(self._set_chance, node))
        return field

    def tell_problem(self) -> None:
        """Say so if early stopping has nothing to watch, and offer to split the data."""
        if not lacks_validation(self.session.document):
            self.notice.clear()
            return
        data = self.session.document.data
        share = data.split.validation if data else 0.0
        offers = [(tr("Keep {share:.0%} of the rows for it", share=share or 0.2), self._split)]
        self.notice.tell(tr("Early stopping watches validation rows, and there are none."), offers)

    def _split(self) -> None:
        data = self.session.document.data
        if data is not None:
            share = data.split.validation or 0.2
            self.do(SetData(replace(data, split=Split("random", share, data.split.test))))

    def _set_chance(self, node: str, value: float) -> None:
        self.do(SetOptions(node, {"p": value}), self.chances[node])

    def _set_early(self, source: EntryField | None, **changes: object) -> None:
        early = self.session.document.training.early_stopping
        if early is not None:
            self._set(source, early_stopping=replace(early, **changes))

    def _set(self, source: EntryField | None, **changes: object) -> None:
        self.do(SetTraining(replace(self.session.document.training, **changes)), source)
