"""The training panel: data, training settings, regularisation and start over the controls of a run."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QScrollArea, QVBoxLayout, QWidget

from nnviz.data.table import Table
from nnviz.errors import NnvizError
from nnviz.session.fitting import place_of
from nnviz.session.session import Session
from nnviz.ui.data_section import DataSection
from nnviz.ui.dialogs import Asker
from nnviz.ui.entry import commit_pending
from nnviz.ui.executor_section import ExecutorSection
from nnviz.ui.optimizer_section import OptimizerSection
from nnviz.ui.regularise_section import RegulariseSection
from nnviz.ui.run_controls import RunControls
from nnviz.ui.section import Section
from nnviz.ui.start_section import StartSection
from nnviz.ui.tab_order import tab_stops
from nnviz.ui.theme import GRID
from nnviz.ui.widgets import hairline, scrolling
from nnviz.words import tr

LEAST = 3
"""Heights of a line of text that the settings keep, however low the panel is."""


class TrainingPanel(QWidget):
    """Chooses the data and the settings of a training, and runs it.

    Parameters
    ----------
    session : whose document is trained.
    asker : asks which file to open.

    Signals
    -------
    wants_document : a new network that fits a table, to be opened in place of the present document.
    refused : an error that belongs to no place of this panel.
    """

    wants_document = Signal(object)
    refused = Signal(object)

    def __init__(self, session: Session, asker: Asker, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Training"))
        self.session = session
        self._wanted: Section | None = None
        self.data = DataSection(session, asker)
        self.optimizer = OptimizerSection(session)
        self.regularise = RegulariseSection(session)
        self.start = StartSection(session)
        self.executor = ExecutorSection(session)
        self.controls = RunControls(session)
        self.sections: tuple[Section, ...] = (
            self.data,
            self.optimizer,
            self.regularise,
            self.start,
            self.executor,
        )
        self._lay_out()
        for section in self.sections:
            section.notice.told.connect(partial(self._bring_into_view, section))
        self.data.wants_document.connect(self.wants_document)
        self.controls.not_begun.connect(self._show_where_it_belongs)

    def _lay_out(self) -> None:
        content = QWidget()
        rows = QVBoxLayout(content)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(2 * GRID)
        for section in self.sections:
            rows.addWidget(section)
        self._area: QScrollArea = scrolling(content)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._area, 1)
        whole.addWidget(hairline())
        whole.addWidget(self.controls)
        self._align()

    def _align(self) -> None:
        """One column of labels through all sections."""
        widest = max(section.label_width for section in self.sections)
        for section in self.sections:
            section.align(widest)
        self._area.setMinimumHeight(LEAST * self.fontMetrics().height())  # what a run left is told in full below

    def changeEvent(self, event: QEvent) -> None:
        """Align anew when the type has another size."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(self, "_area"):
            self._align()

    # what the window calls

    def settings(self) -> dict[str, QWidget]:
        """The settings that can be changed now, by their names."""
        return {
            control.accessibleName(): control
            for section in self.sections
            for control in tab_stops(section)
            if control.accessibleName() and section.form.isAncestorOf(control)
        }

    def show_setting(self, name: str) -> None:
        """Give the focus to a setting."""
        control = self.settings().get(name)
        if control is not None:
            self._area.ensureWidgetVisible(control)
            control.setFocus(Qt.FocusReason.TabFocusReason)

    def open_csv(self, path: Path) -> None:
        """Learn from the table in a CSV file; what is wrong with it is said in the panel."""
        self.data.open_csv(path)
        self._bring_into_view(self.data)

    def take_table(self, table: Table) -> None:
        """Learn from a table, or say in the panel why it does not fit."""
        self.data.take_table(table)
        self._bring_into_view(self.data)

    def train_or_pause(self) -> None:
        """Begin to train, wait, or go on; what keeps it from beginning is said in the panel."""
        focus = QApplication.focusWidget()
        if commit_pending() and focus is not None and self.isAncestorOf(focus):
            self.controls.train.setFocus()  # the fields are switched off while it runs
        self.controls.train_or_pause()

    def one_update(self) -> None:
        """Make the one update that training would make next."""
        self.controls.one_update()

    def stop(self) -> None:
        """End the training and keep what it has reached."""
        self.controls.stop()

    def reset(self) -> None:
        """Go back to the weights that the training began from."""
        self.controls.reset()

    def new_seed(self) -> None:
        """Take the next seed, and the weights drawn from it."""
        self.start.take_new_seed()

    # showing

    def _show_where_it_belongs(self, error: NnvizError) -> None:
        """Show what keeps a training from beginning where it is mended."""
        place = place_of(self.session.document)
        if place == "data":
            self.data.tell_problem(error)
            self._bring_into_view(self.data)
        elif place == "regularise":
            self.regularise.tell_problem()
            self._bring_into_view(self.regularise)
        else:
            self.controls.refuse(error)

    def _bring_into_view(self, section: Section) -> None:
        """Scroll to what a section says, once it has a place: what was hidden a moment ago has none yet."""
        self._wanted = section
        QTimer.singleShot(0, self._scroll)

    def _scroll(self) -> None:
        section, self._wanted = self._wanted, None
        if section is not None:
            self._area.ensureWidgetVisible(section.notice if section.notice.text else section)
