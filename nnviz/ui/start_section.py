"""Where a training begins: seed, how weights are drawn, and the weights drawn so."""

from __future__ import annotations

from msgspec.structs import replace
from PySide6.QtWidgets import QSizePolicy, QWidget

from nnviz.document.edits import Initialise, SetSeed, SetTraining
from nnviz.engine.initialisers import DRAWINGS, Initialiser, Normal
from nnviz.expressions import Allowed
from nnviz.session.session import Session
from nnviz.session.starting import new_seed
from nnviz.ui.choice_rows import ChoiceRows
from nnviz.ui.entry import EntryField
from nnviz.ui.flow import Flow
from nnviz.ui.number_field import NumberField
from nnviz.ui.section import Section
from nnviz.ui.theme import GRID
from nnviz.ui.widgets import button
from nnviz.words import tr

SEED = Allowed(low=0.0, high=2.0**53, whole=True)
"""Larger seeds come from files only; a field of floating-point numbers would not hold their last digits."""


class StartSection(Section):
    """The seed of the session's document, and how its first weights are drawn."""

    def __init__(self, session: Session) -> None:
        super().__init__(session, tr("First weights"))
        self.seed = NumberField(
            tr("Seed"),
            allowed=SEED,
            explained=tr(
                "All random numbers come from it: split, order, dropout, first weights. Weights stay as they are"
            ),
        )
        self.seed.value_changed.connect(lambda value: self.do(SetSeed(int(value)), self.seed))
        self.form.add_row(tr("seed"), self.seed)
        self.drawings = ChoiceRows[Normal | Initialiser](
            self.form, tr("weights"), tr("How the first weights are drawn"), DRAWINGS, self._set_drawing
        )
        self.next_seed = button(tr("New seed"), self.take_new_seed)
        self.next_seed.setToolTip(tr("Take the next seed, and the weights drawn from it"))
        self.again = button(tr("Draw again"), lambda: self.do(Initialise()))
        self.again.setToolTip(tr("Draw the trained weights from this seed, and forget the training"))
        buttons = QWidget()
        row = Flow(buttons, spacing=GRID)
        for each in (self.next_seed, self.again):
            each.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            row.addWidget(each)
        self.form.add_wide(buttons)
        self.refresh()

    def refresh(self) -> None:
        """Show the document's settings."""
        self.seed.set_value(self.session.document.seed)
        self.drawings.show(self.session.document.training.drawing)

    @property
    def sigma(self) -> NumberField:
        """The spread σ of N(0, σ²)."""
        return self.drawings.fields[Normal, "sigma"]

    def take_new_seed(self) -> None:
        """Take the next seed, and the weights drawn from it."""
        self.do(new_seed(self.session.document))

    def _set_drawing(self, drawing: Normal | Initialiser | None, field: EntryField | None) -> None:
        training = self.session.document.training
        if isinstance(drawing, Normal):
            self.do(SetTraining(replace(training, initialiser=None, sigma=drawing.sigma)), field)
        else:
            self.do(SetTraining(replace(training, initialiser=drawing)), field)
