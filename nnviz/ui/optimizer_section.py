"""How the network is trained: the rule and its settings, batch, epochs, order of the rows."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox

from nnviz.document.edits import SetTraining
from nnviz.engine.optimizers import SGD, Adam, Optimizer
from nnviz.expressions import Allowed
from nnviz.learning.settings import TrainingSettings
from nnviz.numbers import exact_text
from nnviz.session.session import Session
from nnviz.ui.entry import EntryField
from nnviz.ui.number_field import NumberField
from nnviz.ui.page_form import FormRow
from nnviz.ui.section import Section, paired
from nnviz.words import tr

FROM_ZERO = Allowed(low=0.0)
SHARE = Allowed(low=0.0, high=1.0, high_open=True)
ABOVE_ZERO = Allowed(low=0.0, low_open=True)
COUNT = Allowed(low=1.0, high=1e9, whole=True)
COUNT_OR_ALL = Allowed(low=0.0, high=1e9, whole=True)
ALL = ("", "all")


class Setting(NamedTuple):
    """One number of an optimizer: its field, its label, its name, its range and its formula; the default is its own."""

    field: str
    text: str
    name: str
    allowed: Allowed
    formula: str


SGD_STEP = tr("v ← μ·v + g, then w ← w − η·v, where g is ∂J/∂w")
ADAM_STEP = tr("m ← β₁·m + (1−β₁)·g, v ← β₂·v + (1−β₂)·g², w ← w − η·m̂ ∕ (√v̂ + ε), where m̂ = m∕(1−β₁ᵗ), v̂ = v∕(1−β₂ᵗ)")
SETTINGS: dict[type[Optimizer], tuple[Setting, ...]] = {
    SGD: (
        Setting("lr", tr("rate η"), tr("Learning rate η"), FROM_ZERO, SGD_STEP),
        Setting("momentum", tr("momentum μ"), tr("Momentum μ"), SHARE, SGD_STEP),
    ),
    Adam: (
        Setting("lr", tr("rate η"), tr("Learning rate η"), FROM_ZERO, ADAM_STEP),
        Setting("beta1", "β₁", tr("β₁, share of the old mean of gradients that is kept"), SHARE, ADAM_STEP),
        Setting("beta2", "β₂", tr("β₂, share of the old mean of squared gradients that is kept"), SHARE, ADAM_STEP),
        Setting("epsilon", "ε", tr("ε, keeps the division finite"), ABOVE_ZERO, ADAM_STEP),
    ),
}
RULES: tuple[tuple[type[Optimizer], str, str], ...] = (
    (SGD, tr("SGD"), tr("Gradient descent, with momentum if μ is above 0")),
    (Adam, tr("Adam"), tr("Steps scaled by running means of the gradient and of its square")),
)


class BatchField(NumberField):
    """A number of examples, where nothing and 0 mean all of them and ``all`` is shown."""

    def _told(self) -> str:
        return ALL[-1] if self.value == 0 else super()._told()

    def _read(self, text: str) -> float:
        return 0.0 if text.strip().lower() in ALL else super()._read(text)


class OptimizerSection(Section):
    """The training settings of the session's document, but for what regularises."""

    def __init__(self, session: Session) -> None:
        super().__init__(session, tr("Training"))
        self.rule = QComboBox()
        for place, (_, text, explained) in enumerate(RULES):
            self.rule.addItem(text)
            self.rule.setItemData(place, explained, Qt.ItemDataRole.ToolTipRole)
        self.rule.setAccessibleName(tr("Optimizer"))
        self.rule.setToolTip(tr("The optimizer: how a weight moves along its gradient"))
        self.rule.activated.connect(self._choose_rule)
        self.form.add_row(tr("optimizer"), self.rule)
        self.fields: dict[tuple[type[Optimizer], str], NumberField] = {}
        self._rows: dict[type[Optimizer], list[FormRow]] = {}
        for rule, settings in SETTINGS.items():
            self._rows[rule] = self._add_settings(rule, settings)
        self._add_amounts()
        self.refresh()

    def _add_settings(self, rule: type[Optimizer], settings: tuple[Setting, ...]) -> list[FormRow]:
        made = [self._field(rule, setting) for setting in settings]
        if rule is not Adam:
            return [self.form.add_row(setting.text, field) for setting, field in zip(settings, made, strict=True)]
        rate, beta1, beta2, epsilon = made
        return [
            self.form.add_row(settings[0].text, rate),
            self.form.add_row(settings[1].text, paired(beta1, settings[2].text, beta2)),
            self.form.add_row(settings[3].text, epsilon),
        ]

    def _field(self, rule: type[Optimizer], setting: Setting) -> NumberField:
        default = getattr(rule(), setting.field)
        explained = tr(
            "{name}. Default {default}.\n{formula}",
            name=setting.name,
            default=exact_text(default),
            formula=setting.formula,
        )
        field = NumberField(setting.name, default, allowed=setting.allowed, explained=explained)
        field.value_changed.connect(partial(self._set_setting, rule, setting.field))
        self.fields[rule, setting.field] = field
        return field

    def _add_amounts(self) -> None:
        self.batch = BatchField(
            tr("Batch size"),
            allowed=COUNT_OR_ALL,
            explained=tr("Examples an update. Empty or 0 takes all training rows. Default all."),
        )
        self.batch.value_changed.connect(lambda value: self._set(self.batch, batch_size=int(value)))
        self.epochs = NumberField(
            tr("Epochs"), 1, allowed=COUNT, explained=tr("Passes over the training rows. Default 100.")
        )
        self.epochs.value_changed.connect(lambda value: self._set(self.epochs, epochs=int(value)))
        self.shuffle = QCheckBox(tr("each epoch"))
        self.shuffle.setAccessibleName(tr("Shuffle the rows each epoch"))
        self.shuffle.setToolTip(
            tr("A new order of the rows, drawn from the seed. Without effect where a batch takes all rows. Default on.")
        )
        self.shuffle.clicked.connect(lambda on: self._set(None, shuffle=on))
        self.form.add_row(tr("batch"), self.batch)
        self.form.add_row(tr("epochs"), self.epochs)
        self.form.add_row(tr("shuffle"), self.shuffle)

    @property
    def settings(self) -> TrainingSettings:
        """The document's."""
        return self.session.document.training

    def refresh(self) -> None:
        """Show the document's settings."""
        settings, optimizer = self.settings, self.settings.optimizer
        self.rule.setCurrentIndex([rule for rule, _, _ in RULES].index(type(optimizer)))
        for rule, rows in self._rows.items():
            for row in rows:
                row.set_visible(rule is type(optimizer))
        for (rule, name), field in self.fields.items():
            field.set_value(getattr(optimizer if rule is type(optimizer) else rule(), name))
        self.batch.set_value(settings.batch_size)
        self.epochs.set_value(settings.epochs)
        self.shuffle.setChecked(settings.shuffle)
        self.shuffle.setEnabled(settings.batch_size != 0)

    def _choose_rule(self, place: int) -> None:
        rule = RULES[place][0]
        if not isinstance(self.settings.optimizer, rule):
            self.do(SetTraining(replace(self.settings, optimizer=rule())))

    def _set_setting(self, rule: type[Optimizer], name: str, value: float) -> None:
        if isinstance(self.settings.optimizer, rule):
            changed = replace(self.settings.optimizer, **{name: value})
            self._set(self.fields[rule, name], optimizer=changed)

    def _set(self, source: EntryField | None, **changes: object) -> None:
        self.do(SetTraining(replace(self.settings, **changes)), source)
