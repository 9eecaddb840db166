"""What an optimizer remembers, weight by weight, and how far its next update goes.

This is where ``nnviz.optimizer_state`` lives.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnviz.document.document import Document
from nnviz.engine.optimizers import Optimizer, effective_rate
from nnviz.engine.optimizers.row import Slot
from nnviz.errors import NnvizError
from nnviz.learning.memory import remembered, slots_of
from nnviz.learning.settings import rule_name
from nnviz.lowering.explain import Change
from nnviz.session.computing import Focus, forward
from nnviz.session.walkthrough import changed

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Memory:
    """What belongs to one parameter, each in its shape.

    Attributes
    ----------
    arrays : what the rule remembers, by the name of each array (``"m"``, ``"v"``, ``"velocity"`` …); None before the
        first update.
    rate : |step| / |gradient| of the next update, from the rows in focus; NaN where the gradient is 0. None where there
        is no gradient.
    """

    arrays: Mapping[str, Numbers | None]
    rate: Numbers | None


@dataclass(frozen=True, eq=False)
class OptimizerState(Mapping[str, Memory]):
    """The :class:`Memory` of every trained parameter by its key.

    Attributes
    ----------
    optimizer : the rule in force.
    count : updates that made its memory; 0 before the first, and after another rule was chosen.
    slots : its arrays, in the order in which they are told.
    """

    optimizer: Optimizer
    count: int
    slots: tuple[Slot, ...]
    by_key: Mapping[str, Memory]

    def __getitem__(self, key: str) -> Memory:
        return self.by_key[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_key)

    def __len__(self) -> int:
        return len(self.by_key)


def optimizer_state(document: Document, focus: Focus | None = None) -> OptimizerState:
    """What the optimizer of a document remembers of each weight, and its effective rate at a focus (example 1).

    A network that cannot be computed has no rates; what is remembered is told all the same.

    Raises
    ------
    GraphError, ShapeError, ConfigError
        If the drawing is no network.
    """
    try:
        trace = forward(document, focus)
        change = changed(trace) if trace.known is None and trace.plan.loss is not None else None
    except NnvizError:
        change = None
    rule, state = document.training.optimizer, document.state
    keys = [segment.key for segment in document.plan.segments if segment.trained]
    found = {
        key: Memory(remembered(rule, state, key), None if change is None else rate_of(change, key)) for key in keys
    }
    return OptimizerState(rule, state.count if state.optimizer == rule_name(rule) else 0, slots_of(rule), found)


def rate_of(change: Change, key: str) -> Numbers:
    """|step| / |gradient| of each number of a parameter in an update; NaN where its gradient is 0."""
    memory = {slot: arrays[key] for slot, arrays in change.memory.items()}
    with np.errstate(all="ignore"):  # what overflows is shown as such
        return np.asarray(effective_rate(change.optimizer, change.seen[key], memory, change.count), np.float64)
