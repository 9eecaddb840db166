"""The walkthrough bar: step forward and back, the phase, the formula with its numbers, what it means."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QMoveEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from nnviz.errors import NnvizError
from nnviz.lowering.explain import Step
from nnviz.session.session import Session
from nnviz.ui.flow import Flow
from nnviz.ui.formulas import FEW, FormulaView
from nnviz.ui.theme import GRID
from nnviz.ui.widgets import ElidedLabel, icon_button, label, phase_button, scrolling
from nnviz.words import tr

MANY, LONG = 6, 11
"""Lines of a step; and, where some step of a walkthrough has more, the height of its panel in lines of text."""
MOST_LINES = 24
"""Of a step; an update, which has a line for each weight, tells the first ones."""
PHASES = ("forward", "loss", "backward", "update")
SIDE_BY_SIDE = 36
"""Heights of a line of text; in a bar narrower than this, the words of a step stand under its formula."""
SHRUNK = 0.8
"""So do those of a formula that is wider than this share of the bar."""


class WalkBar(QWidget):
    """Steps through forward, loss, backward and update of the session's network.

    Signals
    -------
    refused(error) : a step was not possible; the window tells why.
    """

    refused = Signal(object)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "panel")
        self.session = session
        self._buttons = self._make_buttons()
        self._chips = {phase: self._chip(phase) for phase in PHASES}
        self._where = ElidedLabel("", "muted")
        self._where.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._where.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.formula = FormulaView()
        self._words = label("", "muted", wrapped=True)
        self._panel = self._formula_panel()
        self._lay_out()
        session.shown.connect(self.refresh)
        session.run_changed.connect(self.refresh)
        self.refresh()

    def _make_buttons(self) -> dict[str, QToolButton]:
        acts: list[tuple[str, str, str, str, Callable[[], object]]] = [
            ("first", "first", tr("Before the first step"), "Shift+F9", self.to_start),
            ("back", "step-back", tr("Step back"), "F9", self.step_back),
            ("forward", "step-forward", tr("Step forward"), "F10", self.step_forward),
            ("phase", "last", tr("Finish this phase"), "F11", self.finish_phase),
            ("leave", "stop", tr("Leave the walkthrough, show all numbers"), "Shift+F11", self.leave),
        ]
        made = {}
        for name, drawing, words, keys, act in acts:
            made[name] = icon_button(drawing, words, act)
            made[name].setToolTip(f"{words}  ({keys})")
            made[name].setProperty("role", "step")
        return made

    def _chip(self, phase: str) -> QToolButton:
        chip = phase_button(tr(phase), phase)
        chip.setToolTip(tr("Go to the first step of the phase {phase}", phase=tr(phase)))
        chip.setAccessibleName(tr("Phase {phase}", phase=tr(phase)))
        chip.clicked.connect(lambda checked=False, phase=phase: self.go_to_phase(phase))
        return chip

    def _formula_panel(self) -> QFrame:
        panel = QFrame()
        panel.setProperty("surface", "card")
        self._told = QBoxLayout(QBoxLayout.Direction.LeftToRight, panel)
        self._told.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
        self._lines = scrolling(self.formula, margin=0, centred=True)
        self._told.addWidget(self._lines, 3)
        self._told.addWidget(scrolling(self._words, margin=0, centred=True), 2)
        panel.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        return panel

    def _lay_out(self) -> None:
        self._top = top = Flow()
        for button in self._buttons.values():
            top.addWidget(button)
        for chip in self._chips.values():
            top.addWidget(chip)
        top.addWidget(self._where)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(GRID + GRID // 2, GRID, GRID + GRID // 2, GRID)
        whole.setSpacing(GRID)
        whole.addLayout(top)
        whole.addWidget(self._panel)

    # its size

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Formula and words stand side by side or one above the other."""
        super().resizeEvent(event)
        self._fit()

    def moveEvent(self, event: QMoveEvent) -> None:
        """The window has another height."""
        super().moveEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """The type has another size."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(self, "_told"):
            self._fit()

    def _fit(self) -> None:
        """The panel has the same height at every step, so that the canvas above it stands still."""
        line = self.fontMetrics().height()
        wide = self.width() >= SIDE_BY_SIDE * line
        beside = wide and self.formula.natural_width() <= SHRUNK * self.width()
        self._where.setMinimumWidth(5 * line)
        self._where.setVisible(wide and bool(self._where.text()))
        self._told.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)
        self._told.setSpacing(3 * GRID if beside else GRID // 2)
        top = self._top.heightForWidth(self.width() - 3 * GRID) + 3 * GRID
        most = (self.parentWidget() or self).height() // 2 - top
        tall = LONG if self._is_long() else 6 if wide else 8
        self._panel.setFixedHeight(min(tall * line + 2 * GRID, max(most, 2 * line)))

    def _is_long(self) -> bool:
        """Whether some step has many lines, as a formula has; the panel is high at every step then."""
        walk = self.session.walk
        return walk is not None and any(len(step.formulas) > MANY for step in walk.steps if step.phase != "update")

    # acts

    def step_forward(self) -> None:
        """One step on; begins the walkthrough."""
        self._try(lambda: self.session.go_to_step(self.session.step + 1))

    def step_back(self) -> None:
        """One step back."""
        if self.session.walk is not None:
            self._try(lambda: self.session.go_to_step(self.session.step - 1))

    def finish_phase(self) -> None:
        """To the end of the present phase."""
        self._try(self.session.finish_phase)

    def to_start(self) -> None:
        """Before the first step: nothing is computed yet."""
        self._try(lambda: self.session.go_to_step(-1))

    def to_end(self) -> None:
        """To the last step."""
        self._try(lambda: self.session.go_to_step(10**9))

    def leave(self) -> None:
        """Show all numbers again."""
        self.session.leave_walk()

    def go_to_phase(self, phase: str) -> None:
        """To the first step of a phase."""

        def go() -> None:
            steps = self.session.begin_walk().steps
            self.session.go_to_step(next((i for i, step in enumerate(steps) if step.phase == phase), -1))

        self._try(go)
        self.refresh()

    def _try(self, act: Callable[[], object]) -> None:
        try:
            act()
        except NnvizError as error:
            self.refused.emit(error)

    # showing

    def refresh(self) -> None:
        """Show where the walkthrough stands."""
        walk, index = self.session.walk, self.session.step
        step = walk.steps[index] if walk is not None and index >= 0 else None
        total = len(walk.steps) if walk is not None else 0
        self._buttons["first"].setEnabled(walk is not None and index >= 0)
        self._buttons["back"].setEnabled(walk is not None and index >= 0)
        self._buttons["forward"].setEnabled(not self.session.training and (walk is None or index < total - 1))
        self._buttons["phase"].setEnabled(not self.session.training and (walk is None or index < total - 1))
        self._buttons["leave"].setEnabled(walk is not None)
        for phase, chip in self._chips.items():
            chip.setChecked(step is not None and step.phase == phase)
            chip.setEnabled(not self.session.training)
        self._panel.setVisible(walk is not None)
        self._tell(step, index, total)
        self._fit()

    def _tell(self, step: Step | None, index: int, total: int) -> None:
        if self.session.training:
            self._where.setText(tr("stepping waits for the training"))
        elif not total:
            self._where.setText("")
        elif step is None:
            self._where.setText(tr("before step 1 of {total}", total=total))
            self.formula.show_formulas(())
            self._words.setText(tr("Only what is given is known. Step forward to compute."))
        else:
            self._where.setText(tr("{n} of {total} · {title}", n=index + 1, total=total, title=step.title))
            self.formula.show_formulas(step.formulas[: FEW if step.phase == "update" else MOST_LINES])
            self._lines.verticalScrollBar().setValue(0)
            self._words.setText(step.explanation)
