"""The walkthrough bar: step forward and back, the phase, the formula with its numbers, what it means."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSizeF, Qt, Signal
from PySide6.QtGui import QMoveEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from nnviz.errors import NnvizError
from nnviz.lowering.explain import Phase, Step
from nnviz.session.session import Session
from nnviz.session.starting import LOSSLESS, has_loss
from nnviz.session.walkthrough import missing_phase
from nnviz.ui.flow import Flow
from nnviz.ui.formulas import FormulaView
from nnviz.ui.theme import GRID
from nnviz.ui.tips import plain_tip
from nnviz.ui.widgets import ElidedLabel, button, icon_button, label, phase_button, scrolling
from nnviz.words import tr

PHASES: tuple[Phase, ...] = ("forward", "loss", "backward", "update")
SIDE_BY_SIDE = 36
"""Heights of a line of text; in a bar narrower than this, the words of a step stand under its formula."""
BESIDE = 0.58
"""So do they where the formulas cannot be read with ease in this share of the bar."""
TOLD = 5
"""Heights of a line of text; in a lower panel the words give way to the formula, and stand in its tip."""
LOW = 24
"""Heights of a line of text; a lower window has no room for phases on lines of their own."""
SHARE = 0.27
"""Of the height of canvas and bars, that of the panel with the formula."""
MOST_FORMULAS = 12


class WalkBar(QWidget):
    """Steps through forward, loss, backward and update of the session's network.

    Signals
    -------
    refused(error) : a step was not possible; the window tells why.
    told(text) : what has become of the new weights.
    """

    refused = Signal(object)
    told = Signal(str)

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
        self.keep = button(tr("Keep the update"), self.keep_update)
        self.keep.setToolTip(plain_tip(tr("Make the whole update, as an act that can be undone")))
        self._updated = False
        self._panel = self._formula_panel()
        self._lay_out()
        session.shown.connect(self._follow)
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

    def _chip(self, phase: Phase) -> QToolButton:
        chip = phase_button(tr(phase), phase)
        chip.setAccessibleName(tr("Phase {phase}", phase=tr(phase)))
        chip.clicked.connect(lambda checked=False, phase=phase: self.go_to_phase(phase))
        return chip

    def _formula_panel(self) -> QFrame:
        panel = QFrame()
        panel.setProperty("surface", "card")
        self._told = QBoxLayout(QBoxLayout.Direction.LeftToRight, panel)
        self._told.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
        self._told.addWidget(self.formula, 3)
        self._area = scrolling(self._words, margin=0, centred=True)
        self._told.addWidget(self._area, 2)
        panel.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        return panel

    def _lay_out(self) -> None:
        self._top = top = Flow()
        for part in (*self._buttons.values(), *self._chips.values()):
            top.addWidget(part)
        top.addWidget(self.keep)
        top.addWidget(self._where)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(GRID + GRID // 2, GRID, GRID + GRID // 2, GRID)
        whole.setSpacing(GRID)
        whole.addWidget(self._panel)  # over the buttons, which so stand still when it comes
        whole.addLayout(top)

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
        height = self._height(line, wide)
        inside = QSizeF(BESIDE * self.width(), height - 2 * GRID)
        beside = wide and self.formula.is_easy_in(inside)
        low = (self.parentWidget() or self).height() < LOW * line
        self._where.setMinimumWidth(5 * line)
        self._where.setText(self._place(wide))
        self._where.setVisible(bool(self._where.text()) and (wide or self.keep.isHidden()))
        for chip in self._chips.values():
            chip.setVisible(wide or not low)
        self._told.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)
        self._told.setSpacing(3 * GRID if beside else GRID // 2)
        self._panel.setFixedHeight(height)
        self._area.setVisible(height >= TOLD * line)
        words = self._words.heightForWidth(self.width() - 8 * GRID)
        self._area.setMaximumHeight(height if beside else min(words, 2 * line))

    def _height(self, line: int, wide: bool) -> int:
        """Of the panel: its share of a high window, at most so much that the bar takes half of a low one."""
        top = self._top.heightForWidth(self.width() - 3 * GRID) + 3 * GRID
        whole = (self.parentWidget() or self).height()
        wished = max(8 * line + (2 * GRID if wide else 0), round(SHARE * whole))
        return min(wished, max(whole // 2 - top, 4 * line))

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

    def keep_update(self) -> None:
        """Leave with the new weights."""
        self._updated = False
        self._try(self.session.keep_update)
        if self.session.walk is None:
            self.told.emit(tr("The update is kept; undo takes it back"))

    def go_to_phase(self, phase: Phase) -> None:
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

    def _follow(self) -> None:
        """Other numbers are shown, among which those of a training are no step."""
        if not self.session.training:
            self.refresh()

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
            missing = self._missing(phase)
            chip.setEnabled(not self.session.training and not missing)
            chip.setToolTip(plain_tip(missing or tr("Go to the first step of the phase {phase}", phase=tr(phase))))
        self._panel.setVisible(walk is not None)
        self._follow_update(bool(walk and walk.weights(index)))
        self._tell(step)
        self._fit()

    def _missing(self, phase: Phase) -> str:
        """Why there is no such phase to go to."""
        if self.session.training or phase == "forward":
            return ""
        if self.session.trace is not None:
            return missing_phase(self.session.trace, phase)
        return "" if self.session.focus.of is not None or has_loss(self.session.document) else LOSSLESS

    def _follow_update(self, updated: bool) -> None:
        """Offer to keep new weights while they are shown, and say so when they are shown no more."""
        self.keep.setVisible(updated)
        gone, self._updated = self._updated and self.session.walk is None, updated
        if gone:
            self.told.emit(tr("The weights are again those before the update, which was only shown"))

    def _place(self, wide: bool) -> str:
        """Where the walkthrough stands; with the phase where there is no room for those to choose from."""
        walk, index = self.session.walk, self.session.step
        if self.session.training:
            return tr("stepping waits for the training")
        if walk is None:
            return ""
        total = len(walk.steps)
        if index < 0:
            return tr("before step 1 of {total}", total=total)
        step = walk.steps[index]
        title = step.title if wide else f"{tr(step.phase)} · {step.title}"
        return tr("{n} of {total} · {title}", n=index + 1, total=total, title=title)

    def _tell(self, step: Step | None) -> None:
        if step is None:
            self.formula.show_formulas(())
            self._words.setText(tr("Only what is given is known. Step forward to compute."))
        else:
            self.formula.show_formulas(step.formulas[:MOST_FORMULAS], self.session.digits)
            self._words.setText(step.explanation)
        self.formula.setToolTip(plain_tip(self._words.text()))
