"""Training by the fast executor: the same run, some milliseconds of updates a call.

It is told and asked as :class:`~nnviz.learning.fit.Training`; numbers agree to rounding. A report may speak of several
epochs, whose losses stand in its ``curve``.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from nnviz.engine.fast.blas import gemm
from nnviz.engine.fast.codes import LARGE
from nnviz.engine.fast.making import Going
from nnviz.engine.fast.places import (
    BEST,
    BEST_LOSS,
    COUNT,
    DIVERGED,
    EARLY,
    EPOCH,
    HALTED,
    LOSS,
    LOST,
    ROW,
    STEP,
    UNJUDGED,
    WAIT,
)
from nnviz.engine.fast.program import program_of
from nnviz.engine.fast.run import JUDGED, Rows, Run, Told, rows_of, whole_registers
from nnviz.engine.optimizers import SGD, Adadelta, Adagrad, AdamW, NAdam, Optimizer, RMSProp
from nnviz.engine.penalties import units_of
from nnviz.engine.plan import Plan
from nnviz.learning.clipping import ClipNorm, ClipValue
from nnviz.learning.evaluation import Evaluation, is_mean
from nnviz.learning.examples import Examples
from nnviz.learning.fit import Training
from nnviz.learning.machine import MANY_OPERATIONS, scipy_libraries, single_thread
from nnviz.learning.report import Report
from nnviz.learning.schedules import Constant, Plateau, rate_at
from nnviz.learning.settings import TrainingSettings, TrainingState, rule_name
from nnviz.learning.stopping import Watch
from nnviz.words import tr

Numbers = NDArray[np.float64]

CALL_SECONDS = 0.012
"""How long a call of the kernels takes, if an update is not longer: the interpreter is free meanwhile."""
FIRST_UPDATES = 1
"""Of the first call, whose pace nobody knows."""
JUDGED_SECONDS = 0.1
"""Metrics are not computed more often."""


class FastTraining(Training):
    """A run that the kernels carry; see :class:`~nnviz.learning.fit.Training`.

    Parameters
    ----------
    going : asked now and then while kernels are compiled.

    The others are those of :class:`~nnviz.learning.fit.Training`.

    Raises
    ------
    Interrupted
        If ``going`` says no.
    ConfigError
        If the network holds what the kernels do not cover; and what a :class:`~nnviz.learning.fit.Training` raises.
    """

    executor = "fast"
    products = "registers"

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
        going: Going = lambda done, total: True,
    ) -> None:
        super().__init__(
            plan, examples, settings, parameters, seed=seed, state=state, validation=validation, dropout=dropout,
            slice_seconds=slice_seconds, snapshots=snapshots,
        )  # fmt: skip
        size = self._batches.size
        self._program = program_of(plan).in_pieces(max(size, JUDGED))
        self._dtype = np.dtype(settings.precision)
        self._judged_rows = validation.rows if validation else 0
        told = told_of(plan, settings, size, examples.rows, seed, dropout or {})
        memory = np.array(list(self._weights.memory.values()), self._dtype)
        memory = memory.reshape(len(self._weights.memory), plan.trained_size)
        self._run = Run(
            self._program, told, self._rows_of(examples), self._rows_of(validation) if validation else None,
            self._work.parameters, memory, statistics=self._work.statistics, gemm=self._gemm(), going=going,
        )  # fmt: skip
        where, figures = self._run.where, self._run.figures
        where[STEP], where[EPOCH], where[ROW], where[COUNT] = self._step, self._epoch, self._rows, self._weights.count
        figures[LOSS] = self._loss
        self._budget = FIRST_UPDATES
        self._judged_at = -inf
        self._restores = self._behind = False
        self._lost: tuple[float, float] | None = None
        by_one = self.products == "registers" or 6.0 * plan.trained_size * size < MANY_OPERATIONS
        self._libraries = scipy_libraries() if by_one and self.products == "blas" else []
        self._threads = 1 if by_one else 0

    def _gemm(self) -> int:
        """The address of BLAS's product, where some product is large enough for it; 0 where registers do them all."""
        most = max(self._batches.size, min(JUDGED, self._judged_rows))
        if self._program.largest_product * whole_registers(most, self._dtype) < LARGE:
            return 0
        address = gemm(single=self._dtype == np.float32)
        if address:
            self.products = "blas"
        else:
            self.notice = tr("scipy's matrix products were not found: nnviz's own train large layers, and are slower")
        return address

    def _rows_of(self, examples: Examples) -> Rows:
        in_order = not (self.settings.shuffle and self._batches.size < self._batches.rows)
        return rows_of(self._program, examples.inputs, examples.targets, examples.rows, self._dtype, in_order=in_order)

    def stop(self) -> None:
        """Ask for the end; may be called from any thread. An update that takes long is given up."""
        super().stop()
        self._run.halt[0] = 1

    def __next__(self) -> Report:
        if self.stopped is not None:
            raise StopIteration
        before = len(self._curves)
        at_once = self.slice_seconds == inf
        rate = self._order.optimizer.lr
        deadline = perf_counter() + self.slice_seconds
        with (
            single_thread(self._libraries),
            np.errstate(all="ignore"),
        ):  # what overflows is found by its infinity, and said in words
            while self.stopped is None:
                if self._asked_to_stop:
                    self.stopped = "stopped"
                    break
                rate = self._call()
                if perf_counter() >= deadline or (at_once and len(self._curves) > before):
                    break
            self._behind = True
            told = self._told_of(rate, before)
            if self._restores:
                self._run.put_back_best()
                self._behind = True
            return told

    def _call(self) -> float:
        """One call of the kernels; gives the rate of its last update."""
        rates, where = self._rates(), self._run.where
        begun, step = perf_counter(), int(where[STEP])
        status = self._run.advance(self._budget, rates)
        pace = (int(where[STEP]) - step) / max(perf_counter() - begun, 1e-6)
        self._budget = max(1, min(int(pace * CALL_SECONDS), 4 * self._budget))
        curves = self._run.curves
        self._stand(status, curves)
        return rates[min(len(curves) if where[ROW] else max(len(curves) - 1, 0), len(rates) - 1)]

    def _rates(self) -> list[float]:
        """The rates of the epochs that a call may reach: one where each is looked at before the next."""
        settings, here = self.settings, int(self._run.where[EPOCH])
        work = -(-self._batches.rows // self._batches.size) + self._judged_rows // self._batches.size
        singly = self.snapshots or isinstance(settings.schedule, Plateau)
        most = 1 if singly else 1 + self._budget // work
        left = self._begin.epoch + settings.epochs - here
        if isinstance(settings.schedule, Constant) and settings.warm_up is None:
            return [settings.optimizer.lr] * min(most, left)
        return [
            rate_at(settings.schedule, settings.warm_up, settings.optimizer.lr, epoch, self._plateau)
            for epoch in range(here, here + min(most, left))
        ]

    def _stand(self, status: int, curves: Numbers) -> None:
        """Where the run stands after a call, and whether that is its end."""
        where, figures = self._run.where, self._run.figures
        ended = curves[: len(curves) - (status == LOST)]
        self._curves.add(ended)
        self._epoch += len(ended)
        if len(ended):  # one, where a schedule watches
            self._see(float(ended[-1, 1 if self._evaluator else 0]))
        self._step, self._epoch, self._rows = int(where[STEP]), int(where[EPOCH]), int(where[ROW])
        self._loss = float(figures[LOSS])
        if self._evaluator:
            self._watch = Watch(float(figures[BEST_LOSS]), int(where[BEST]), int(where[WAIT]))
        if status == LOST:
            self._lost = float(curves[-1][0]), float(curves[-1][1])
        if status == EARLY:
            self.stopped = "early"
        elif status in (HALTED, UNJUDGED):
            self.stopped = "stopped"
        elif status in (DIVERGED, LOST):
            self.stopped = "diverged"
            self._name_it(lost=status == LOST)
        elif self._rows == 0 and self._epoch == self._begin.epoch + self.settings.epochs:
            self.stopped = "finished"
        early, may_restore = self.settings.early_stopping, status not in (DIVERGED, HALTED, UNJUDGED)
        self._restores = bool(self.stopped and may_restore and early and early.restore_best and self._watch.epoch)

    @property
    def parameters(self) -> dict[str, Numbers]:
        """All parameters as they are now, by key; a copy."""
        self._catch_up()
        return super().parameters

    @property
    def statistics(self) -> dict[str, Numbers]:
        """The running statistics as they are now, by key; a copy."""
        self._catch_up()
        return super().statistics

    @property
    def state(self) -> TrainingState:
        """Where training stands now; with ``parameters`` it is all that another run needs to go on."""
        self._catch_up()
        return super().state

    def _catch_up(self) -> None:
        """Put weights, memory and statistics of the kernels where those of the clear run stand, if somebody asks."""
        if not self._behind:
            return
        self._behind = False
        self._run.give(self._work.parameters, self._weights.memory.values())
        self._work.statistics[:] = self._run.statistics
        self._weights.count = int(self._run.where[COUNT])
        self._order.begin_epoch(self._epoch, self._plateau)

    def _name_it(self, *, lost: bool) -> None:
        """Say what was not finite: the clear executor makes the same update, or judges the same rows."""
        self._behind = True
        self._catch_up()
        if lost and self._evaluator:
            self._evaluator()
            moment = tr("validation after epoch {epoch}", epoch=self._epoch)
            node = self._evaluator.first_nonfinite()
            self._diverge(node, moment, self._evaluator.cure(node))
            return
        step, rows, loss = self._step, self._rows, self._loss
        if self._update():  # finite by a rounding: nothing is kept of it
            self._step, self._rows, self._loss = step, rows, loss
            self._diverge("")
        self._behind = True

    def _told_of(self, rate: float, before: int) -> Report:
        """The report of all that happened since the last."""
        if self.snapshots or self.settings.l1 or self.settings.l2:
            self._catch_up()
        if self._lost:
            return self._report(self._lost[0], rate, self._evaluation(self._lost[1]))
        if len(self._curves) == before or self._rows:
            return self._report(self._figure(), rate)
        figure, validation = map(float, self._curves.all[-1])
        return self._report(figure, rate, self._evaluation(validation) if self._evaluator else None)

    def _evaluation(self, loss: float) -> Evaluation:
        """How the last epoch was judged; with metrics, which the kernels do not know, now and then and at the end.

        A run that was asked to stop does not wait for them.
        """
        now = perf_counter()
        due = self._evaluator is not None and (self.stopped is not None or now - self._judged_at >= JUDGED_SECONDS)
        if due and self._evaluator:
            self._catch_up()
            metrics = self._evaluator(lambda: not self._asked_to_stop).metrics
            self._judged_at = perf_counter()
            return Evaluation(loss, metrics)
        return Evaluation(loss, {})


def told_of(
    plan: Plan, settings: TrainingSettings, size: int, rows: int, seed: int, dropout: Mapping[str, float]
) -> Told:
    """Settings as the kernels read them."""
    early, clip = settings.early_stopping, settings.clip
    return Told(
        rule=rule_name(settings.optimizer),
        own=own_of(settings.optimizer),
        batch=size,
        shuffled=settings.shuffle and size < rows,
        mean=is_mean(plan),
        weights=plan.weight_mask,
        units=units_of(plan),
        seed=seed,
        chances=dropout,
        l1=settings.l1,
        l1_proximal=settings.l1_proximal,
        l2=settings.l2,
        clip_value=clip.limit if isinstance(clip, ClipValue) else 0.0,
        clip_norm=clip.limit if isinstance(clip, ClipNorm) else 0.0,
        max_norm=settings.max_norm,
        patience=early.patience if early else 0,
        min_delta=early.min_delta if early else 0.0,
        restores=bool(early and early.restore_best),
    )


def own_of(rule: Optimizer) -> tuple[float, ...]:
    """The numbers of a rule in the order in which its kernel reads them."""
    match rule:
        case SGD():
            return rule.momentum, rule.nesterov
        case RMSProp():
            return rule.alpha, rule.epsilon, rule.centered, rule.momentum
        case Adagrad():
            return rule.lr_decay, rule.epsilon
        case Adadelta():
            return rule.rho, rule.epsilon
        case AdamW():
            return rule.beta1, rule.beta2, rule.epsilon, rule.weight_decay
        case NAdam():
            return rule.beta1, rule.beta2, rule.epsilon, rule.momentum_decay
        case _:
            return rule.beta1, rule.beta2, rule.epsilon
