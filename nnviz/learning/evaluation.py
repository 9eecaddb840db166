"""Judges a network on examples, in evaluation mode: nothing dropped, running statistics, nothing changed."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite, nan
from typing import NamedTuple

import numpy as np

from nnviz.engine import clear
from nnviz.engine.arrays import Array
from nnviz.engine.plan import Plan
from nnviz.engine.workspace import Workspace, numbers_a_row
from nnviz.learning.cures import cure
from nnviz.learning.examples import Examples, check_examples
from nnviz.learning.metrics import CLASSIFYING, THRESHOLDS, heads, hits, is_one_of_many, names
from nnviz.lowering.lower import require_loss

CHUNK = 1024
"""Rows that are computed at a time; fewer where a row takes many numbers or weights."""
MOST = 2**25
"""Numbers that are computed at a time."""
PRODUCTS = 2**28
"""Multiplications by weights at a time: some hundredths of a second, after which a wish to stop is heard."""


class Evaluation(NamedTuple):
    """J over some examples, and what people judge by: ``accuracy`` for each loss that compares classes."""

    loss: float
    metrics: dict[str, float]


class Evaluator:
    """Judges the same examples again and again while the parameters change.

    Parameters
    ----------
    parameters : (plan.size,) in flat order; it is read at each call, not copied.
    statistics : (plan.statistics_size,), likewise; None for those before the first update.
    """

    def __init__(self, plan: Plan, examples: Examples, parameters: Array, statistics: Array | None = None) -> None:
        check_examples(plan, examples)
        self._loss = require_loss(plan)
        self._examples = examples
        self._chunk = max(1, min(CHUNK, MOST // max(1, numbers_a_row(plan)), PRODUCTS // max(1, plan.size)))
        self._work = Workspace(plan, min(examples.rows, self._chunk), parameters.dtype, parameters, statistics)
        clear.set_mode(self._work, training=False)
        self._judged = tuple(head for head in heads(plan) if head.kind in CLASSIFYING)
        self._one_of_many = [is_one_of_many(examples.targets[head.node]) for head in self._judged]
        self._mean = is_mean(plan)
        self._loaded: tuple[int, int] | None = None
        self._calls: dict[int, list[clear.Call]] = {}

    def __call__(self, going: Callable[[], bool] = lambda: True) -> Evaluation:
        """J and metrics under the present parameters; a J that is not finite ends the work at once.

        So does ``going``, asked before each part, by saying no: J is then not a number, and there are no metrics.
        """
        rows = self._examples.rows
        loss = 0.0
        right = [0.0] * len(self._judged)
        for start in range(0, rows, self._chunk):
            part = self._run(start, min(start + self._chunk, rows)) if going() else nan
            if not isfinite(part):
                return Evaluation(part, {})
            loss += part * (self._work.rows / rows if self._mean else 1.0)
            views = self._work.views
            for place, head in enumerate(self._judged):
                prediction, target = views[head.prediction], views[head.target]
                right[place] += hits(prediction, target, self._one_of_many[place], THRESHOLDS[head.kind])
        metrics = {name: count / rows for name, count in zip(names(self._judged), right, strict=True)}
        return Evaluation(loss, metrics)

    def first_nonfinite(self) -> str:
        """The node that made the first number that is not finite in the rows that were computed last."""
        return clear.first_nonfinite(self._work)

    def cure(self, node: str) -> str:
        """What may be done about such a number of a node; empty where nothing is known."""
        return cure(self._work, node)

    def _run(self, start: int, stop: int) -> float:
        self._work.resize(stop - start)
        if self._loaded != (start, stop):
            each = slice(start, stop)
            self._work.load(
                {node: array[each] for node, array in self._examples.inputs.items()},
                {node: array[each] for node, array in self._examples.targets.items()},
            )
            self._loaded = (start, stop)
        if stop - start not in self._calls:
            self._calls[stop - start] = clear.bind(self._work.plan.forward, self._work)
        with np.errstate(all="ignore"):
            clear.carry_out(self._calls[stop - start])
        return float(self._work.views[self._loss])


def evaluate(plan: Plan, examples: Examples, parameters: Array, statistics: Array | None = None) -> Evaluation:
    """J and metrics of examples under parameters (plan.size,) and running statistics, with nothing dropped.

    Raises
    ------
    GraphError
        If the network has no loss.
    DataError, ShapeError
        If the examples do not fit the network.
    """
    return Evaluator(plan, examples, parameters, statistics)()


def is_mean(plan: Plan) -> bool:
    """Whether J is the mean over examples, not the sum."""
    return all(dict(each.options)["mean"] for each in plan.forward if each.operation == "over_examples")
