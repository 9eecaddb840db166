"""The walkthrough bar: step forward and back, the phase, the formula with its numbers, what it means."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from nnviz.errors import NnvizError
from nnviz.lowering.explain import Step
from nnviz.session.session import Session
from nnviz.ui.formulas import FormulaView
from nnviz.ui.icons import icon
from nnviz.words import tr

PHASES = ("forward", "loss", "backward", "update")


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
        self._where = QLabel()
        self._where.setTextFormat(Qt.TextFormat.PlainText)
        self._where.setProperty("role", "muted")
        self.formula = FormulaView()
        self._words = QLabel()
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setWordWrap(True)
        self._words.setProperty("role", "muted")
        self._panel = self._formula_panel()
        self._lay_out()
        session.shown.connect(self.refresh)
        session.run_changed.connect(self.refresh)
        self.refresh()

    def _make_buttons(self) -> dict[str, QToolButton]:
        acts: list[tuple[str, str, str, Callable[[], object]]] = [
            ("first", "first", tr("Before the first step (Home)"), self.to_start),
            ("back", "step-back", tr("Step back (F9)"), self.step_back),
            ("forward", "step-forward", tr("Step forward (F10)"), self.step_forward),
            ("phase", "last", tr("Finish this phase (F11)"), self.finish_phase),
            ("leave", "stop", tr("Leave the walkthrough, show all numbers (Escape)"), self.leave),
        ]
        made = {}
        for name, drawing, words, act in acts:
            button = QToolButton()
            button.setIcon(icon(drawing))
            button.setToolTip(words)
            button.setAccessibleName(words.split(" (")[0])
            button.clicked.connect(act)
            made[name] = button
        return made

    def _chip(self, phase: str) -> QToolButton:
        chip = QToolButton()
        chip.setText(tr(phase))
        chip.setProperty("role", "phase")
        chip.setProperty("phase", phase)
        chip.setCheckable(True)
        chip.setToolTip(tr("Go to the first step of the phase {phase}", phase=tr(phase)))
        chip.setAccessibleName(tr("Phase {phase}", phase=tr(phase)))
        chip.clicked.connect(lambda checked=False, phase=phase: self.go_to_phase(phase))
        return chip

    def _formula_panel(self) -> QFrame:
        panel = QFrame()
        panel.setProperty("surface", "card")
        row = QHBoxLayout(panel)
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(24)
        row.addWidget(self.formula, 3)
        row.addWidget(self._words, 2)
        panel.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        panel.setFixedHeight(104)
        return panel

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(4)
        for button in self._buttons.values():
            top.addWidget(button)
        top.addSpacing(16)
        for chip in self._chips.values():
            top.addWidget(chip)
        top.addStretch()
        top.addWidget(self._where)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(12, 8, 12, 8)
        whole.setSpacing(8)
        whole.addLayout(top)
        whole.addWidget(self._panel)

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

    def _tell(self, step: Step | None, index: int, total: int) -> None:
        if self.session.training:
            self._where.setText(tr("stepping waits for the training"))
        elif not total:
            self._where.setText(tr("step through one update: forward, loss, backward, update"))
        elif step is None:
            self._where.setText(tr("before step 1 of {total}", total=total))
            self.formula.show_formulas(())
            self._words.setText(tr("Only what is given is known. Step forward to compute."))
        else:
            self._where.setText(
                tr(
                    "step {n} of {total} · {phase} · {title}",
                    n=index + 1,
                    total=total,
                    phase=tr(step.phase),
                    title=step.title,
                )
            )
            self.formula.show_formulas(step.formulas[:4])
            self._words.setText(step.explanation)
