"""One update of the weights, in its one order.

1. the gradient of the data loss, ∂J/∂w;
2. to it the gradients of the penalties: 2 λ₂ w, and λ₁ sign(w) where L1 works by its sub-gradient;
3. clipping, by value or by global norm;
4. the optimizer's rule, at the rate in force;
5. the proximal step of L1, w ← sign(w) max(|w| − η λ₁, 0), at the same rate;
6. max-norm: the incoming weights of a unit are scaled to the limit where they are longer.

Penalties and max-norm leave biases and gains alone; clipping and the rule take all that is trained. Training,
walkthrough and reports all go through here.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from nnviz.engine.arrays import Array
from nnviz.engine.penalties import (
    l1_gradient,
    l1_penalty,
    l2_gradient,
    l2_penalty,
    project,
    shrink,
    units_of,
)
from nnviz.engine.plan import Plan
from nnviz.learning.schedules import Plateaued, rate_at
from nnviz.learning.settings import TrainingSettings


class Shares(NamedTuple):
    """What ∂J/∂w is made of, each (trained,): the data loss, L1 and L2.

    L1 is told as λ sign(w) also where it works by its proximal step, and is then no part of the gradient that the
    optimizer sees.
    """

    data: Array
    l1: Array
    l2: Array


class Update:
    """The updates of one plan under one set of settings; all arrays are (trained,).

    Attributes
    ----------
    optimizer : the rule at the rate in force.
    """

    def __init__(self, plan: Plan, settings: TrainingSettings) -> None:
        self.settings = settings
        self.optimizer = settings.optimizer
        self._mask = plan.weight_mask
        self._units = units_of(plan) if settings.max_norm else None

    def begin_epoch(self, epoch: int, seen: Plateaued) -> None:
        """Take the rate that the schedule has for an epoch, counted from 0."""
        settings = self.settings
        rate = rate_at(settings.schedule, settings.warm_up, settings.optimizer.lr, epoch, seen)
        if rate != self.optimizer.lr:
            self.optimizer = replace(self.optimizer, lr=rate)

    def penalised(self, weights: Array, gradient: Array) -> Array:
        """Steps 1 and 2: the given array where there is no penalty, else a new one."""
        settings = self.settings
        if settings.l2:
            gradient = gradient + l2_gradient(weights, self._mask, settings.l2)
        if settings.l1 and not settings.l1_proximal:
            gradient = gradient + l1_gradient(weights, self._mask, settings.l1)
        return gradient

    def clipped(self, gradient: Array) -> Array:
        """Step 3: the gradient that the optimizer sees, from the penalised one."""
        return self.settings.clip.clipped(gradient) if self.settings.clip else gradient

    def make(self, weights: Array, gradient: Array, memory: dict[str, Array], count: int) -> None:
        """Steps 3 to 6 in place, from the penalised gradient, as update number ``count`` of the memory."""
        self.optimizer.update(weights, self.clipped(gradient), memory, count)
        self.shrink(weights)
        self.project(weights)

    @property
    def threshold(self) -> float:
        """What the proximal step takes off a weight: η λ₁, or 0 without one."""
        return self.optimizer.lr * self.settings.l1 if self.settings.l1_proximal else 0.0

    def shrink(self, weights: Array) -> None:
        """Step 5, in place."""
        shrink(weights, self._mask, self.threshold)

    def project(self, weights: Array) -> None:
        """Step 6, in place."""
        if self._units is not None:
            project(weights, self._units, self.settings.max_norm)

    def penalty(self, weights: Array) -> float:
        """What the weights cost beside the data: λ₁ Σ |w| + λ₂ Σ w²."""
        return sum(self.penalties(weights))

    def penalties(self, weights: Array) -> tuple[float, float]:
        """The two of them apart: λ₁ Σ |w| and λ₂ Σ w²."""
        l1, l2 = self.settings.l1, self.settings.l2
        return (
            l1_penalty(weights, self._mask, l1) if l1 else 0.0,
            l2_penalty(weights, self._mask, l2) if l2 else 0.0,
        )

    def shares(self, weights: Array, gradient: Array) -> Shares:
        """What the whole ∂J/∂w is made of, from the gradient of the data loss."""
        l1, l2 = self.settings.l1, self.settings.l2
        mask = self._mask
        return Shares(np.array(gradient), l1_gradient(weights, mask, l1), l2_gradient(weights, mask, l2))
