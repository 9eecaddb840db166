"""Asks a running training, some sixty times a second, for what is new; the only clock of the window.

It runs while a training runs and not a moment longer, and more slowly while the training is paused. From each tick
until everything it changed has been painted, a training that needs the interpreter is held back. What goes wrong in the
training's thread is raised here, in the thread of the window, where the one hook for the unexpected shows it.
"""

from __future__ import annotations

from time import thread_time

from PySide6.QtCore import QObject, Qt, QTimer

from nnviz.session.session import LIVE_SECONDS, Session
from nnviz.ui.listening import listen

RUNNING_MS = 12
"""Ticks show live weights and, in turn, plot and progress: some thirty of each in a second."""
LISTED = 5
"""Of so many ticks one is for a panel that lists live numbers: all at once would keep the window for too long."""
REST_MS = 2
"""Between the paints of a tick and the next tick: what the mouse moves meanwhile is painted in between."""
LIVE_SHARE = 0.5
"""The most of the window's time that live weights may take: a large network is shown less often. It is its own time
that counts; what other programs take of the processor makes no network larger."""
PAUSED_MS = 250
"""While it is paused only the last slice's news and a fault can come."""


class Ticker(QObject):
    """Polls a session while it trains.

    Parameters
    ----------
    session : what is polled; it tells its panels what is new.
    """

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self._timer = QTimer(self)
        # A coarse timer may come 5 % late, and together with others.
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.tick)
        self._painted = QTimer(self)  # due when no other event is left, and thus after the paints
        self._painted.setSingleShot(True)
        self._painted.setInterval(0)
        self._painted.timeout.connect(self._release)
        self._stopped, self._showed, self._begun = False, False, 0.0
        self._interval, self._ticks = RUNNING_MS, 0
        listen(session.run_changed, self._follow)
        self._follow()

    @property
    def running(self) -> bool:
        """Whether it ticks."""
        return self._timer.isActive()

    @property
    def interval(self) -> int:
        """Milliseconds between two ticks, if the first is over in time."""
        return self._interval

    def tick(self) -> None:
        """Poll once, or let a panel show its numbers.

        Raises
        ------
        BaseException
            Whatever ended the training's thread.
        """
        if self.session.runner is not None:
            self.session.runner.hold()
        if not self._stopped:
            self._timer.start(self._interval)
        self._begun, before = thread_time(), self.session.live
        self._ticks += 1
        try:
            if self._ticks % LISTED:
                self.session.poll()
            else:
                self.session.listed.emit(self._ticks // LISTED)
        finally:
            self._showed = self.session.live is not before
            if self.session.training:
                self._painted.start()
            else:
                self._timer.stop()

    def _release(self) -> None:
        if self._showed:
            self.session.live_pause = max(LIVE_SECONDS, (thread_time() - self._begun) / LIVE_SHARE)
        if self._timer.isActive() and self._timer.remainingTime() < REST_MS:
            self._timer.start(REST_MS)
        if self.session.runner is not None:
            self.session.runner.release()

    def stop(self) -> None:
        """Never tick again."""
        self._stopped = True
        self._timer.stop()
        self._painted.stop()
        self._release()

    def _follow(self) -> None:
        """A training began, paused, went on or ended."""
        runner = self.session.runner
        if runner is None or self._stopped:
            self._timer.stop()
            self._painted.stop()
            return
        before, self._interval = self._interval, PAUSED_MS if runner.paused else RUNNING_MS
        if not self._timer.isActive() or self._interval != before:
            self._timer.start(self._interval)
