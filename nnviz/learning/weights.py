"""The weights of a run with the optimizer's memory and the running statistics: moved and taken back together."""

from __future__ import annotations

from math import isfinite
from typing import NamedTuple

import numpy as np

from nnviz.engine.arrays import Array
from nnviz.engine.plan import Plan
from nnviz.learning.memory import memory_from
from nnviz.learning.settings import TrainingState
from nnviz.learning.update import Update


class Kept(NamedTuple):
    """A copy of weights, memory, the number of updates that made it, and running statistics."""

    weights: Array
    memory: Array
    updates: int
    statistics: Array


class Weights:
    """The trained parameters, a view (trained,) into a workspace, and the memory and statistics that belong to them.

    Attributes
    ----------
    values : the weights, changed in place.
    memory : for each array of the rule, (trained,).
    count : updates that made the memory.
    statistics : the running statistics of the workspace, changed in place.
    failed : (1 + arrays, trained) weights and memory as the last update would have made them, where it was taken back.
    """

    failed: Array

    def __init__(self, plan: Plan, update: Update, values: Array, statistics: Array, state: TrainingState) -> None:
        memory, self.count = memory_from(plan, update.optimizer, state)
        self.values, self.statistics = values, statistics
        self._make = update.make
        self._block: Array = np.array(list(memory.values()), values.dtype).reshape(len(memory), len(values))
        self.memory = dict(zip(memory, self._block, strict=True))
        self._before = self.keep()

    def update(self, gradient: Array, statistics: Array) -> bool:
        """One update along a penalised gradient; gives whether it was made.

        If a weight or the memory would not stay finite, nothing changes.
        """
        before = self._before
        before.weights[...] = self.values
        before.memory[...] = self._block
        self._make(self.values, gradient, self.memory, self.count + 1)
        if all_finite(self.values) and all_finite(self._block):
            self.count += 1
            self.statistics[...] = statistics
            return True
        self.failed = np.concatenate([self.values[None], self._block])
        self.values[...] = before.weights
        self._block[...] = before.memory
        return False

    def keep(self) -> Kept:
        """A copy of all, to be put back later."""
        return Kept(self.values.copy(), self._block.copy(), self.count, self.statistics.copy())

    def put_back(self, kept: Kept) -> None:
        """Be as it was when it was kept, bit for bit."""
        self.values[...] = kept.weights
        self._block[...] = kept.memory
        self.count = kept.updates
        self.statistics[...] = kept.statistics


def all_finite(array: Array) -> bool:
    """Whether no number is infinite or NaN; most arrays are known by one product."""
    flat = array.reshape(-1)
    return isfinite(flat.dot(flat)) or bool(np.isfinite(flat).all())
