"""Carries a training in a thread of its own, on a snapshot of the document, and hands over what it tells.

Nothing of the window is touched from the thread: the window asks, some thirty times a second, for what is new. Which
executor carries the run is settled in the thread too, since the fast one may have to be compiled. The fast one leaves
the interpreter free while it works, and is never held back: in the window it keeps nine tenths of its speed. The clear
one works in slices of 4 ms and sleeps 1 ms after each, so that the window stays quick while numpy holds the
interpreter. While the window shows what is new it holds the clear one back, for two threads that both want the
interpreter at every step are slower than one after the other: measured on two cores, 99 of 100 gaps fell from 45 to
28 ms and twice as many updates were made.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnviz.document.document import Document
from nnviz.document.edits import ApplyRun
from nnviz.errors import DivergedError
from nnviz.learning.evaluation import Evaluation
from nnviz.learning.report import Report
from nnviz.learning.settings import TrainingState
from nnviz.session.computing import parts_of
from nnviz.session.training import training_of

SLICE_SECONDS = 0.004
REST_SECONDS = 0.001
HOLD_SECONDS = 0.05
"""The longest that a window may hold a run back at a time: one that never rests must not end all training."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class News:
    """What a run has told since it was last asked.

    Attributes
    ----------
    report : its newest report, or None if there is none yet.
    epochs : (count, 3) epoch, training loss, validation loss (NaN without one) of every epoch finished since then.
    parameters : the parameters as they are now, by key; None if nothing moved.
    statistics : the running statistics that belong to them.
    state : where training stands at these parameters, if it was asked for; with both another run can go on.
    seconds_left : an estimate from the pace so far; None before there is one.
    preparing : how many parts of the fast executor are ready, and how many are wanted; None when it is.
    validation : J and accuracy of the validation rows, as far as they were told last; None before.
    """

    report: Report | None
    epochs: Numbers
    parameters: dict[str, Numbers] | None
    statistics: dict[str, Numbers]
    state: TrainingState | None
    seconds_left: float | None
    preparing: tuple[int, int] | None = None
    validation: Evaluation | None = None


class Runner:
    """One run in a thread.

    Parameters
    ----------
    document : the snapshot that is trained; the run never sees a later one.

    Raises
    ------
    GraphError, ShapeError, DataError, ConfigError
        What keeps the training from beginning; no thread is left behind.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.fault: BaseException | None = None
        self._training = training_of(document, slice_seconds=SLICE_SECONDS, executor="clear")
        self._preparing: tuple[int, int] | None = None
        self._asked_to_stop = False
        self._newest: Report | None = None
        self._validation: Evaluation | None = None
        self._finished: list[Numbers] = []
        self._parameters: dict[str, Numbers] | None = None
        self._statistics: dict[str, Numbers] = {}
        self._state: TrainingState | None = None
        self._wanted, self._state_wanted = True, False
        self._may_run = threading.Event()
        self._may_run.set()
        self._free = threading.Event()
        self._free.set()
        self._lock = threading.Lock()
        self._worked = 0.0
        self._thread = threading.Thread(target=self._work, name="nnviz training", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether the thread is at work or paused."""
        return self._thread.is_alive()

    @property
    def validates(self) -> bool:
        """Whether validation rows are judged after each epoch."""
        return len(parts_of(self.document).validation) > 0

    @property
    def paused(self) -> bool:
        """Whether it was asked to wait."""
        return not self._may_run.is_set()

    @property
    def updates(self) -> int:
        """How many updates it has told of so far."""
        return self._newest.step - self.document.state.step if self._newest else 0

    @property
    def error(self) -> DivergedError | None:
        """What was not finite, where the run diverged."""
        return self._training.error

    @property
    def notice(self) -> str:
        """Why the run is slower than what was wanted; else empty."""
        return self._training.notice

    def pause(self) -> None:
        """Let it wait after the slice it is at."""
        self._may_run.clear()

    def resume(self) -> None:
        """Let it go on."""
        self._may_run.set()

    def hold(self) -> None:
        """Let it wait after its slice while the window shows what is new, if both want the interpreter all the time."""
        if self._training.executor == "clear":
            self._free.clear()

    def release(self) -> None:
        """End :meth:`hold`."""
        self._free.set()

    def stop(self, timeout: float = 2.0) -> None:
        """End it after the update it is at, and wait for that."""
        self._asked_to_stop = True
        self._training.stop()
        self._free.set()
        self._may_run.set()
        if self._thread.ident is not None:
            self._thread.join(timeout)

    def news(self, *, state: bool = False) -> News:
        """What is new; asking also asks the thread for a copy of parameters, and of the state, for the next time."""
        with self._lock:
            rows = np.concatenate([np.zeros((0, 3)), *self._finished])
            told = News(
                self._newest, rows, self._parameters, self._statistics, self._state, self._seconds_left(),
                self._preparing, self._validation,
            )  # fmt: skip
            self._finished, self._parameters, self._state = [], None, None
            self._wanted, self._state_wanted = True, state
        return told

    def result(self) -> ApplyRun:
        """The one act that puts what the run left into the history; to be asked when it is no longer alive."""
        training = self._training
        return ApplyRun(training.parameters, training.state, training.record())

    def _seconds_left(self) -> float | None:
        report = self._newest
        if report is None or not report.progress:
            return None
        return self._worked / report.progress * (1.0 - report.progress)

    def _work(self) -> None:
        try:
            self._carry_out()
        except BaseException as fault:  # noqa: BLE001  (the window shows it; a thread has nobody else to tell)
            self.fault = fault

    def _settle(self) -> None:
        """Let the executor carry the run that its settings ask for."""

        def going(done: int, total: int) -> bool:
            self._preparing = (done, total)
            return not self._asked_to_stop

        self._training = training_of(self.document, slice_seconds=SLICE_SECONDS, going=going)
        self._preparing = None
        if self._asked_to_stop:
            self._training.stop()

    def _carry_out(self) -> None:
        self._settle()
        begun = rested = time.perf_counter()
        for report in self._training:
            self._tell(report)
            holds = self._training.executor == "clear"
            if holds and time.perf_counter() - rested >= SLICE_SECONDS:  # an epoch that ends sooner earns no rest
                time.sleep(REST_SECONDS)
                rested = time.perf_counter()
            self._worked += time.perf_counter() - begun
            self._free.wait(HOLD_SECONDS)
            self._rest()  # does not count as work
            begun = time.perf_counter()

    def _rest(self) -> None:
        """Wait while it is paused; who looks on then sees the weights at which it waits."""
        if self.paused:
            with self._lock:
                self._copy(state=True)
            self._may_run.wait()

    def _tell(self, report: Report) -> None:
        with self._lock:
            self._newest = report
            if report.validation is not None:
                before = self._validation.metrics if self._validation else {}
                self._validation = Evaluation(report.validation, report.metrics or before)
            self._finished.append(report.curve)
            if self._wanted or report.stopped:
                self._copy(state=self._state_wanted)

    def _copy(self, *, state: bool) -> None:
        self._parameters, self._wanted = self._training.parameters, False
        self._statistics = self._training.statistics
        self._state = self._training.state if state else None
