"""Training: an iterator of reports.

::

    training = Training(plan, examples, settings, parameters, seed=0, validation=others)
    for report in training:
        print(report.epoch, report.loss, report.validation)
    training.parameters, training.state, training.record(), training.error

Each ``next`` carries out updates until an epoch ends, the time slice is used up or somebody called
:meth:`Training.stop`, and gives a report. Between two reports everything stands at a whole update: ``parameters`` and
``state`` may be read, and a training that goes on from them, in this process or another, does what this one would have
done, bit for bit. When and how often reports come changes no number.

A run ends in one of four ways, told by ``stopped`` of its last report:

- ``finished``: all epochs are done.
- ``early``: early stopping ended it.
- ``stopped``: :meth:`Training.stop` was called; the epoch may be left unfinished, and ``state`` knows where.
- ``diverged``: a number was not finite. Nothing is raised: ``error`` holds a :class:`~nnviz.errors.DivergedError` to
  show or to raise. If the loss, a gradient, a weight, the rule's memory or a statistic was not finite, all stands as
  before that update; if it was the validation loss, as at the end of its epoch, which then stands in no curve.

Early stopping with ``restore_best`` puts back the weights of the best epoch, with their memory and statistics, when it
ended the run, when the run reached its last epoch, and when the validation loss was not finite. A run that was
stopped keeps its last weights, so that it can go on; it then watches anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import inf, isfinite
from time import perf_counter
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from nnviz.engine import clear
from nnviz.engine.arrays import Array
from nnviz.engine.plan import Plan
from nnviz.engine.workspace import Workspace, flat_statistics, flatten, statistics_by_key, unflatten
from nnviz.errors import ConfigError, DivergedError
from nnviz.hints import NO_SPLIT
from nnviz.learning.batches import Batches, check_batches
from nnviz.learning.cures import cure
from nnviz.learning.curves import Rows
from nnviz.learning.evaluation import Evaluation, Evaluator, is_mean
from nnviz.learning.examples import Examples, check_examples
from nnviz.learning.machine import blas_threads
from nnviz.learning.memory import memory_by_key
from nnviz.learning.report import Report
from nnviz.learning.settings import Run, StopReason, TrainingSettings, TrainingState, rule_name
from nnviz.learning.stopping import Watch, watched
from nnviz.learning.update import Update
from nnviz.learning.weights import Kept, Weights, all_finite
from nnviz.lowering.lower import require_loss
from nnviz.numbers import exact_text
from nnviz.words import tr

Numbers = NDArray[np.float64]


class Training(Iterator[Report]):
    """One run of training; see the module.

    Parameters
    ----------
    plan : the lowered network.
    examples : the training rows.
    settings : what the run is told.
    parameters : what it begins with, by key; they are copied.
    seed : of the order of rows and of dropout.
    state : where an earlier run ended; this one goes on from there.
    validation : the validation rows, or None.
    dropout : the probability p of every dropout node, by its id.
    slice_seconds : the longest work between two reports. Without it there is one report an epoch, or, from the fast
        executor, one for all epochs of a few milliseconds.
    snapshots : whether each report carries a copy of the parameters.

    Attributes
    ----------
    stopped : why the run has ended, or None.
    error : what was not finite, where the run diverged, or None.
    executor, products : who carries it, and what multiplies its large matrices, for the record.
    notice : why it is slower than what was wanted; else empty.

    Raises
    ------
    GraphError
        If the network has no loss.
    DataError, ShapeError
        If the examples do not fit the network, or a batch normalisation would get a batch of one row.
    ConfigError
        If early stopping has no validation rows to watch.
    """

    executor: ClassVar[str] = "clear"
    products = "numpy"
    notice = ""

    def __init__(
        self,
        plan: Plan,
        examples: Examples,
        settings: TrainingSettings,
        parameters: Mapping[str, Numbers],
        *,
        seed: int,
        state: TrainingState | None = None,
        validation: Examples | None = None,
        dropout: Mapping[str, float] | None = None,
        slice_seconds: float = inf,
        snapshots: bool = False,
    ) -> None:
        loss = require_loss(plan)
        check_examples(plan, examples)
        _check_watch(settings, validation)
        self.plan, self.settings, self.seed = plan, settings, seed
        self.stopped: StopReason | None = None
        self.error: DivergedError | None = None
        size = min(settings.batch_size or examples.rows, examples.rows)
        self._begin = state or TrainingState()
        unfinished = 0 < self._begin.rows < examples.rows
        self._rows, self._loss = (self._begin.rows, self._begin.loss) if unfinished else (0, 0.0)
        check_batches(plan, examples.rows, size, self._rows)
        self._work = Workspace(plan, size, settings.precision)
        self._work.parameters[:] = flatten(plan, parameters)
        self._work.statistics[:] = flat_statistics(plan, self._begin.statistics)
        self._batches = Batches(
            self._work, examples, size=size, shuffle=settings.shuffle, seed=seed, dropout=dropout or {}
        )
        self._order = Update(plan, settings)
        trained, statistics = self._work.parameters[: plan.trained_size], self._work.statistics
        self._weights = Weights(plan, self._order, trained, statistics, self._begin)
        self._evaluator = Evaluator(plan, validation, self._work.parameters, statistics) if validation else None
        self._loss_view, self._is_mean = self._work.views[loss], is_mean(plan)
        self._step, self._epoch = self._begin.step, self._begin.epoch
        self._plateau = self._begin.plateau
        self._order.begin_epoch(self._epoch, self._plateau)
        self._watch = Watch()
        self._best: Kept | None = None
        self._curves = Rows(2)
        self._told = 0
        self._threads = 0
        self.slice_seconds, self.snapshots = slice_seconds, snapshots
        self._asked_to_stop = False

    def stop(self) -> None:
        """Ask for the end after the update that is being made; may be called from any thread."""
        self._asked_to_stop = True

    @property
    def parameters(self) -> dict[str, Numbers]:
        """All parameters as they are now, by key; a copy."""
        return unflatten(self.plan, self._work.parameters)

    @property
    def statistics(self) -> dict[str, Numbers]:
        """The running statistics as they are now, by key; a copy."""
        return statistics_by_key(self.plan, self._work.statistics)

    @property
    def state(self) -> TrainingState:
        """Where training stands now; with ``parameters`` it is all that another run needs to go on."""
        if self._step == self._begin.step:
            return self._begin
        return TrainingState(
            optimizer=rule_name(self.settings.optimizer),
            memory=memory_by_key(self.plan, self._weights.memory),
            count=self._weights.count,
            step=self._step,
            epoch=self._epoch,
            rows=self._rows,
            loss=self._loss,
            plateau=self._plateau,
            statistics=self.statistics,
        )

    def record(self) -> Run:
        """The record of the run as far as it has come."""
        training, validation = self._curves.all.T.copy()
        return Run(
            settings=self.settings,
            seed=self.seed,
            executor=self.executor,
            products=self.products,
            dtype=str(self._work.parameters.dtype),
            threads=self._threads or blas_threads(),
            training=training,
            validation=validation if self._evaluator else np.zeros(0),
            best_epoch=self._watch.epoch,
            stopped=self.stopped or "stopped",
            first_epoch=self._begin.epoch,
        )

    def __iter__(self) -> Training:
        return self

    def __next__(self) -> Report:
        if self.stopped is not None:
            raise StopIteration
        with np.errstate(all="ignore"):  # what overflows is found by its infinity, and said in words
            ended = self._advance()
            figure, rate = self._figure(), self._order.optimizer.lr
            return self._report(figure, rate, self._end_epoch(figure) if ended else None)

    def _advance(self) -> bool:
        """Make updates until the epoch ends, time is up, or the run stops; gives whether the epoch has ended."""
        deadline = perf_counter() + self.slice_seconds
        while not self._asked_to_stop:
            if not self._update():
                self.stopped = "diverged"
                return False
            if self._rows == self._batches.rows:
                return True
            if perf_counter() >= deadline:
                return False
        self.stopped = "stopped"
        return False

    def _update(self) -> bool:
        """One update; where it meets a number that is not finite, nothing changes but ``error``."""
        stop, calls = self._batches.load(self._rows, epoch=self._epoch, step=self._step)
        clear.carry_out(calls.forward)
        loss = float(self._loss_view)
        clear.carry_out(calls.backward)
        gradient = self._order.penalised(self._weights.values, self._work.gradient)
        statistics = clear.moved_statistics(self._work)
        if not (isfinite(loss) and all_finite(gradient) and all_finite(statistics)):
            node = clear.first_nonfinite(self._work, backward=True) or self._layer_of(gradient)
            self._diverge(node, hint=cure(self._work, node))
            return False
        if not self._weights.update(gradient, statistics):
            self._diverge(next(filter(None, map(self._layer_of, self._weights.failed)), ""))
            return False
        rows = stop - self._rows
        self._loss += (loss - self._loss) * (rows / stop) if self._is_mean else loss
        self._rows = stop
        self._step += 1
        return True

    def _figure(self) -> float | None:
        """The running training loss of the epoch."""
        if not self._rows:
            return None
        return self._loss if self._is_mean else self._loss * (self._batches.rows / self._rows)

    def _end_epoch(self, figure: float | None) -> Evaluation | None:
        """Judge the epoch, note it down, and see whether the run ends with it."""
        self._epoch += 1
        self._rows, self._loss = 0, 0.0
        evaluation = self._evaluator() if self._evaluator else None
        if self._evaluator and evaluation and not isfinite(evaluation.loss):
            node = self._evaluator.first_nonfinite()
            moment = tr("validation after epoch {epoch}", epoch=self._epoch)
            self._diverge(node, moment, self._evaluator.cure(node))
            self.stopped = "diverged"
        else:
            self._note(figure, evaluation)
        self._order.begin_epoch(self._epoch, self._plateau)
        if self.stopped is None and self._epoch == self._begin.epoch + self.settings.epochs:
            self.stopped = "finished"
        if self.stopped is not None and self._best is not None:
            self._weights.put_back(self._best)
        return evaluation

    def _note(self, figure: float | None, evaluation: Evaluation | None) -> None:
        """Put a finished epoch into the curves, and let schedule and early stopping look at it."""
        if figure is not None:
            self._curves.add([[figure, evaluation.loss if evaluation else np.nan]])
        self._see(evaluation.loss if evaluation else figure)
        if evaluation is None:
            return
        early = self.settings.early_stopping
        self._watch = watched(self._watch, self._epoch, evaluation.loss, early)
        if self._watch.better and early and early.restore_best:
            self._best = self._weights.keep()
        if self._watch.over:
            self.stopped = "early"

    def _see(self, loss: float | None) -> None:
        """Let a schedule that watches the loss see that of a finished epoch after the warm-up."""
        warm_up = self.settings.warm_up
        if loss is not None and self._epoch > (warm_up.epochs if warm_up else 0):
            self._plateau = self.settings.schedule.saw(self._plateau, self.settings.optimizer.lr, loss)

    def _report(self, figure: float | None, rate: float, evaluation: Evaluation | None = None) -> Report:
        finished = self._rows == 0 and figure is not None
        done = self._epoch - self._begin.epoch
        return Report(
            step=self._step,
            epoch=self._epoch if finished else self._epoch + 1,
            epochs=self._begin.epoch + self.settings.epochs,
            progress=(done + self._rows / self._batches.rows) / self.settings.epochs,
            finished=finished,
            loss=figure,
            validation=evaluation.loss if evaluation else None,
            metrics=evaluation.metrics if evaluation else {},
            penalty=self._order.penalty(self._weights.values),
            rate=rate,
            curve=self._new_epochs(),
            stopped=self.stopped,
            snapshot=self._work.parameters.copy() if self.snapshots else None,
        )

    def _new_epochs(self) -> Numbers:
        """The epochs that ended since this was last asked, (count, 3)."""
        first, self._told = self._told, len(self._curves)
        epochs = self._begin.epoch + np.arange(first, self._told) + 1
        return np.column_stack([epochs, self._curves.all[first:]])

    def _layer_of(self, flat: Array) -> str:
        """The node whose parameter holds the first number of (trained,) that is not finite."""
        wrong = np.flatnonzero(~np.isfinite(flat))
        layers = (segment.layer for segment in self.plan.segments if len(wrong) and segment.stop > wrong[0])
        return next(layers, "")

    def _diverge(self, node: str, moment: str = "", hint: str = "") -> None:
        moment = moment or tr("update {step}", step=self._step + 1)
        self.error = DivergedError(
            tr("A number was not finite, and training stopped"),
            where=tr(
                "{moment}, node {node}, learning rate {rate}",
                moment=moment,
                node=node,
                rate=exact_text(self._order.optimizer.lr),
            ),
            hint=tr(
                "The last finite weights are kept. {cure}",
                cure=hint or tr("Try a smaller learning rate, or smaller inputs"),
            ),
            ids=(node,) if node else (),
        )


def _check_watch(settings: TrainingSettings, validation: Examples | None) -> None:
    if settings.early_stopping and (validation is None or not validation.rows):
        raise ConfigError(
            tr("Early stopping has nothing to watch"),
            expected=tr("validation rows"),
            found=tr("none"),
            hint=NO_SPLIT,
        )
