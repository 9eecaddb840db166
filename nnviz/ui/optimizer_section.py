"""How the network is trained: the rule and its settings, batch, epochs, order of the rows, schedule, clipping."""

from __future__ import annotations

from msgspec.structs import replace
from PySide6.QtWidgets import QCheckBox, QComboBox

from nnviz.document.edits import SetTraining
from nnviz.engine.optimizers import RULES, Optimizer
from nnviz.expressions import Allowed
from nnviz.learning.clipping import Clip, ClipNorm, ClipValue
from nnviz.learning.schedules import SCHEDULES, Schedule, WarmUp
from nnviz.learning.settings import TrainingSettings
from nnviz.session.session import Session
from nnviz.ui.choice_rows import ChoiceRows
from nnviz.ui.entry import EntryField
from nnviz.ui.number_field import NumberField
from nnviz.ui.section import Section
from nnviz.words import tr

COUNT = Allowed(low=1.0, high=1e9, whole=True)
COUNT_OR_ALL = Allowed(low=0.0, high=1e9, whole=True)


class OptimizerSection(Section):
    """The training settings of the session's document, but for what regularises."""

    def __init__(self, session: Session) -> None:
        super().__init__(session, tr("Training"))
        self.rules = ChoiceRows[Optimizer](
            self.form,
            tr("optimizer"),
            tr("Optimizer"),
            tuple(RULES.values()),
            lambda rule, field: self._set(field, optimizer=rule),
        )
        self.rules.menu.setToolTip(tr("The optimizer: how a weight moves along its gradient"))
        self._add_amounts()
        self._add_rates()
        self.refresh()

    @property
    def rule(self) -> QComboBox:
        """The menu of optimizers."""
        return self.rules.menu

    @property
    def fields(self) -> dict[tuple[type[Optimizer], str], NumberField]:
        """The numbers of all optimizers."""
        return self.rules.fields

    def _add_rates(self) -> None:
        self.schedules = ChoiceRows[Schedule](
            self.form,
            tr("schedule"),
            tr("Schedule of the rate"),
            SCHEDULES,
            lambda schedule, field: self._set(field, schedule=schedule),
        )
        self.warm_ups = ChoiceRows[WarmUp](
            self.form,
            tr("warm-up"),
            tr("Warm-up of the rate"),
            (None, WarmUp),
            lambda warm_up, field: self._set(field, warm_up=warm_up),
        )
        self.clips = ChoiceRows[Clip](
            self.form,
            tr("clipping"),
            tr("Clipping of the gradient"),
            (None, ClipValue, ClipNorm),
            lambda clip, field: self._set(field, clip=clip),
        )

    def _add_amounts(self) -> None:
        self.batch = NumberField(
            tr("Batch size"),
            zero=tr("all"),
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
        settings = self.settings
        self.rules.show(settings.optimizer)
        self.schedules.show(settings.schedule)
        self.warm_ups.show(settings.warm_up)
        self.clips.show(settings.clip)
        self.batch.set_value(settings.batch_size)
        self.epochs.set_value(settings.epochs)
        self.shuffle.setChecked(settings.shuffle)
        self.shuffle.setEnabled(settings.batch_size != 0)

    def _set(self, source: EntryField | None, **changes: object) -> None:
        self.do(SetTraining(replace(self.settings, **changes)), source)
