"""Train, pause, one update, stop, reset; how far a run has come; what ended it, and what can be done about that."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from nnviz.document.document import Document
from nnviz.errors import ConfigError, DivergedError, NnvizError, shortened
from nnviz.session.progress import at_once, ended_sentence, kept_sentence, pace, plan_sentence, updates_of
from nnviz.session.runner import News, Runner
from nnviz.session.session import Session
from nnviz.session.starting import LOSSLESS, Parameters, begins_here, has_loss, reset
from nnviz.ui.entry import commit_pending, refused_field
from nnviz.ui.flow import Flow
from nnviz.ui.listening import listen
from nnviz.ui.section import Notice, Offer
from nnviz.ui.theme import GRID
from nnviz.ui.tips import plain_tip
from nnviz.ui.widgets import Settled, button, label, unbroken
from nnviz.words import tr

WHOLE = 1000
"""Steps of the progress bar."""


class RunControls(QWidget):
    """What begins and ends the training of a session.

    Signals
    -------
    not_begun : the error that keeps a training from beginning, to be shown where it is mended.
    kept : how a run ended, and which weights it left, in a sentence for the status line.
    """

    not_begun = Signal(object)
    kept = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.updates = 0
        self._runner: Runner | None = None
        self._total = 0
        self._noticed: set[str] = set()
        self._begun: Runner | None = None
        self._first: Parameters | None = None
        self._first_statistics: Parameters | None = None
        self.notice = Notice()
        self.bar = QProgressBar()
        self.bar.setRange(0, WHOLE)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Progress of the training"))
        self.sentence = label("", "small", wrapped=True)
        self.train = button(tr("Train"), self.train_or_pause, role="primary")
        self.update_button = button(tr("One update"), self.one_update)
        self.stop_button = button(tr("Stop"), self.stop)
        self.reset_button = button(tr("Reset"), self.reset)
        self._explain()
        self._lay_out()
        listen(session.changed, self._changed)
        listen(session.run_changed, self._follow)
        listen(session.told, self.tell)
        self._follow()

    def _explain(self) -> None:
        self.stop_button.setToolTip(tr("End the training after its present update and keep what it has reached"))

    def _lay_out(self) -> None:
        row = Flow()
        self.train.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        for each in (self.train, self.update_button, self.stop_button, self.reset_button):
            row.addWidget(each)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(2 * GRID, GRID + GRID // 2, 2 * GRID, GRID + GRID // 2)
        rows.setSpacing(GRID)
        rows.addWidget(self.notice)
        rows.addWidget(self.bar)
        rows.addLayout(row)
        rows.addWidget(Settled(self.sentence))
        self._keep_lines()

    # acts

    def train_or_pause(self) -> None:
        """Begin to train, wait, or go on."""
        runner = self.session.runner
        if runner is not None:
            self.session.pause_training(not runner.paused)
        elif commit_pending():
            self._begin(self.session.start_training)

    def one_update(self) -> None:
        """Make the one update that training would make next."""
        if commit_pending():
            self._begin(self.session.update_once)

    def _begin(self, act: Callable[[], object]) -> None:
        self.notice.clear()
        refused = refused_field(self.window())
        if refused is not None:
            refused.setFocus()
            wrong = tr("“{typed}” cannot be taken", typed=shortened(refused.text()))
            self.refuse(ConfigError(wrong, where=refused.accessibleName(), hint=refused.refusal))
            return
        try:
            act()
        except DivergedError as error:
            self._tell_divergence(error, kept=False)
        except NnvizError as error:
            self.not_begun.emit(error)

    def stop(self) -> None:
        """End the training and keep what it has reached."""
        self.session.stop_training()

    def reset(self) -> None:
        """Go back to the weights that the training began from."""
        if not self.session.training:
            self.session.do(reset(self.session.document, self._first, self._first_statistics))

    # showing

    def _changed(self, before: Document, after: Document) -> None:
        if begins_here(before, after):
            self._first, self._first_statistics = before.parameters, before.state.statistics
        elif after.graph is not before.graph and after.state.step == 0:
            self._first = None
        if before.runs is not after.runs or before.state is not after.state:
            self.notice.clear()
        self._show()

    def _follow(self) -> None:
        """A training began, paused, went on or ended."""
        runner = self.session.runner
        if runner is not None and runner is not self._runner:
            self._total = updates_of(runner.document)
            self.bar.setValue(0)
            self.sentence.setText(tr("{n:,} updates to go", n=self._total))
        ended, self._runner = self._runner, runner
        self._keep_lines()
        self._show()
        if runner is None and ended is not None:
            self._tell_end(ended)

    def _tell_end(self, ended: Runner) -> None:
        """What else there is to be said of a run that has just ended."""
        state = self.session.document.state
        has_moved = state.step != ended.document.state.step
        if ended.notice:
            self._tell_notice(ended)
            self._noticed.add(ended.notice)
        if ended.error is not None:
            self._tell_divergence(ended.error, kept=has_moved)
        if has_moved:
            self.kept.emit(kept_sentence(self.session.document.runs[-1], state.epoch))

    def _tell_notice(self, runner: Runner) -> None:
        """Why another executor carries a run than was asked for, unless an earlier run has told the same."""
        if runner.notice and runner.notice not in self._noticed:
            self.notice.tell(runner.notice, is_refusal=False)

    def _show(self) -> None:
        runner, state = self.session.runner, self.session.document.state
        running = runner is not None
        words = tr("Train") if runner is None else tr("Resume") if runner.paused else tr("Pause")
        self.train.setText(words)
        possible = running or has_loss(self.session.document)
        for each, tip in ((self.train, _TRAIN_TIPS[words]), (self.update_button, _UPDATE_TIP)):
            each.setEnabled(possible)
            each.setToolTip(plain_tip(tip if possible else LOSSLESS))
        idle = (self.update_button, self.reset_button)
        if any(each.hasFocus() for each in ((*idle,) if running else (self.stop_button,))):
            self.train.setFocus()  # or it would go on to whatever comes next
        for each in (*idle, self.stop_button):
            each.hide()  # first: all of them together are wider than the panel, which would grow
        for each in (self.stop_button,) if running else idle:
            each.show()
        self.reset_button.setEnabled(state.step > 0)
        self.reset_button.setToolTip(plain_tip(self._reset_tip()))
        if not running:
            self._show_rest()

    def _reset_tip(self) -> str:
        if not self.session.document.state.step:
            return tr("Nothing has been trained since the weights were set")
        if self._first is not None:
            return tr("Go back to the weights that the training began from")
        return tr("Draw the weights from the seed again, and forget the training")

    def _show_rest(self) -> None:
        """What stands here while nothing runs: how the last run ended, or what the next will do."""
        document = self.session.document
        trained = document.state.step > 0 and document.runs
        self.bar.setValue(WHOLE if trained and document.runs[-1].stopped in ("finished", "early") else 0)
        self.sentence.setText(self._end() if trained else plan_sentence(document) if has_loss(document) else LOSSLESS)

    def _end(self) -> str:
        """How the last run ended, and what it left."""
        document = self.session.document
        run, epoch = document.runs[-1], document.state.epoch
        return ended_sentence(run, epoch, self.session.figures, before_update=at_once(document))

    def tell(self, news: News) -> None:
        """Show how far the running training has come."""
        runner = self.session.runner
        if runner is None:
            return
        if news.preparing is not None:
            self._tell_preparing(*news.preparing)
        if news.report is None:
            return
        if self._begun is not runner:
            self._begun = runner
            self._tell_notice(runner)
        self.updates += 1
        left = None if runner.paused else news.seconds_left
        told = pace(runner.document, self._total, news.report, left, self.session.figures)
        self.bar.setValue(round(WHOLE * told.share))
        self.sentence.setText(unbroken(told.sentence))

    def _tell_preparing(self, done: int, total: int) -> None:
        self.bar.setValue(round(WHOLE * done / total))
        parts = tr("{done} of {total}", done=done, total=total)
        self.sentence.setText(unbroken(tr("Compiling for this machine, once after installation · ") + parts))

    def refuse(self, error: NnvizError, offers: Sequence[Offer] = ()) -> None:
        """Say why something is not possible, and offer to show the part of the network it is about."""
        show = [(tr("Show {name}", name=error.ids[0]), lambda: self.session.select(error.ids))] if error.ids else []
        self.notice.tell(str(error), [*offers, *show])

    def _tell_divergence(self, error: DivergedError, *, kept: bool) -> None:
        """Say what was not finite; where the run has left weights, offer those from before it."""
        self.refuse(error, [(tr("Go back to the weights before"), self.session.undo)] if kept else [])

    # its height

    def _keep_lines(self) -> None:
        """Room for two lines, with a validation to be told three: nothing moves while the sentence changes."""
        runner = self.session.runner
        lines = 3 if runner is not None and runner.validates else 2
        self.sentence.setMinimumHeight(lines * self.sentence.fontMetrics().lineSpacing())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Measure again: the type may have grown with the theme."""
        super().resizeEvent(event)
        self._keep_lines()


_UPDATE_TIP = tr("Make the one update that training would make next")
_TRAIN_TIPS = {
    tr("Train"): tr("Train by these settings, in the background"),
    tr("Pause"): tr("Let the training wait after its present update"),
    tr("Resume"): tr("Let the training go on"),
}
