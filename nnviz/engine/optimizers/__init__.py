"""Optimizers: how a weight moves along its gradient. Defaults and order of operations are those of ``torch.optim``.

An optimizer is a frozen setting. Its memory (velocity, moments) lies in arrays as long as the trained parameters,
which the caller keeps, so that it can be read weight by weight, saved, and put back bit for bit. ``update`` works in
place. :data:`RULES` is the table of them all.

Weight decay is no setting of an optimizer here: L2 stands apart as a regulariser. Only AdamW, whose decay is not part
of the gradient, carries its own.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nnviz.engine.arrays import Array
from nnviz.engine.optimizers.adaptive import Adadelta, Adagrad, RMSProp
from nnviz.engine.optimizers.descent import SGD
from nnviz.engine.optimizers.moments import Adam, Adamax, AdamW, NAdam, RAdam
from nnviz.engine.optimizers.row import Choice, Row, Setting, Slot, in_range
from nnviz.engine.optimizers.rule import Rule

__all__ = [
    "RULES",
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Choice",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSProp",
    "Row",
    "Rule",
    "Setting",
    "Slot",
    "effective_rate",
    "empty_memory",
    "in_range",
    "tag_of",
]

Optimizer = SGD | Adagrad | Adadelta | RMSProp | Adam | AdamW | NAdam | Adamax | RAdam
"""The optimizers there are; the tag in a file is the field ``rule``."""


def tag_of(choice: type[Choice]) -> str:
    """The name of a choice as files write it."""
    return str(choice.__struct_config__.tag)


RULES: dict[str, type[Optimizer]] = {
    tag_of(rule): rule for rule in (SGD, Adam, AdamW, RMSProp, Adagrad, Adadelta, NAdam, Adamax, RAdam)
}
"""Every optimizer by its name in files, in the order of a menu: the most used first."""


def empty_memory(optimizer: Optimizer, size: int, dtype: np.dtype[np.floating]) -> dict[str, Array]:
    """The memory of an optimizer before its first update: one array of ``size`` for each slot."""
    return {slot: np.full(size, optimizer.first.get(slot, 0.0), dtype) for slot in optimizer.slots}


def effective_rate(optimizer: Optimizer, gradient: Array, memory: Mapping[str, Array], count: int) -> Array:
    """How far update number ``count`` moves each weight for one unit of its gradient: |step| / |g|, in any shape.

    The step is the optimizer's own, AdamW's decay left out. It is η for plain gradient descent. Where g is 0 it is not
    a number. ``memory`` is that before the update; nothing is changed.

    >>> effective_rate(Adam(0.01), np.array([4.0]), empty_memory(Adam(), 1, np.dtype(float)), 1).round(6)
    array([0.0025])
    """
    step = np.zeros_like(gradient)  # a decay of weights that are 0 is 0
    optimizer.update(step, gradient, {slot: array.copy() for slot, array in memory.items()}, count)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(gradient == 0.0, np.nan, np.abs(step) / np.abs(gradient))
