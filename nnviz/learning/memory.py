"""The optimizer's memory between the flat arrays of a run and the training state of a document."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nnviz.engine.arrays import Array
from nnviz.engine.optimizers import Optimizer, Slot, empty_memory
from nnviz.engine.plan import Plan
from nnviz.engine.workspace import unflatten
from nnviz.learning.settings import TrainingState, rule_name


def memory_from(plan: Plan, optimizer: Optimizer, state: TrainingState) -> tuple[dict[str, Array], int]:
    """The memory of a rule as flat arrays (trained,) of its own, and how many updates made it.

    If the state belongs to another rule, both begin anew; an array it does not have begins anew.
    """
    memory = empty_memory(optimizer, plan.trained_size, np.dtype(np.float64))
    if state.optimizer != rule_name(optimizer):
        return memory, 0
    for slot, flat in memory.items():
        for segment in plan.segments:
            if segment.trained and segment.key in state.memory.get(slot, {}):
                flat[segment.start : segment.stop] = state.memory[slot][segment.key].ravel()
    return memory, state.count


def memory_by_key(plan: Plan, memory: dict[str, Array]) -> dict[str, dict[str, NDArray[np.float64]]]:
    """The memory as a training state keeps it: for each array of the rule, for each trained parameter, its numbers."""
    return {slot: unflatten(plan, flat) for slot, flat in memory.items()}


def slots_of(optimizer: Optimizer) -> tuple[Slot, ...]:
    """The arrays that a rule keeps under its settings, in the order in which they are told."""
    return tuple(slot for slot in optimizer.row.slots if slot.name in optimizer.slots)


def remembered(optimizer: Optimizer, state: TrainingState, key: str) -> dict[str, NDArray[np.float64] | None]:
    """What a rule remembers of a parameter, by the name of each array; None before the first update."""
    memory = state.memory if state.optimizer == rule_name(optimizer) else {}
    return {slot.name: memory.get(slot.name, {}).get(key) for slot in slots_of(optimizer)}
