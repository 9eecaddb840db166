"""``nnviz info --memory``: what the optimizer remembers of each weight, and its effective rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nnviz.numbers import NOT_COMPUTED, exact_text
from nnviz.words import tr

if TYPE_CHECKING:
    from nnviz.document.document import Document
    from nnviz.session.memory import Numbers, OptimizerState

RATE = "rate"


def state_of(document: Document) -> OptimizerState:
    """The optimizer's state, with the rates of the next update from all training rows."""
    from nnviz.session.computing import Focus
    from nnviz.session.memory import optimizer_state

    return optimizer_state(document, Focus("all"))


def memory_json(state: OptimizerState) -> dict[str, object]:
    """All of it with all digits; null for what there is not (yet)."""
    return {
        "optimizer": state.optimizer.row.name,
        "updates": state.count,
        "memory": {
            key: {name: _listed(numbers) for name, numbers in memory.arrays.items()} | {RATE: _listed(memory.rate)}
            for key, memory in state.items()
        },
    }


def _listed(numbers: Numbers | None) -> object:
    """Nested lists in the shape of the parameter, null for NaN; a single number as such."""
    if numbers is None:
        return None
    if numbers.ndim:
        return _listed(numbers.reshape(())) if numbers.size == 1 else [_listed(part) for part in numbers]
    return float(numbers) if np.isfinite(numbers) else None


def print_memory(state: OptimizerState) -> None:
    """The same in words: the arrays of each parameter by their letters, then its effective rate."""
    print(tr("{rule}, {n} updates in its memory", rule=state.optimizer.row.name, n=state.count))
    for slot in state.slots:
        print(f"  {slot.symbol:8} {slot.words}")
    print("  {:8} {}".format("η_eff", tr("|step| / |gradient| of the next update, from all training rows")))
    for key, memory in state.items():
        print(key)
        for slot in state.slots:
            _print_row(slot.symbol, memory.arrays[slot.name])
        _print_row("η_eff", memory.rate)


def _print_row(symbol: str, numbers: Numbers | None) -> None:
    if numbers is None:
        print(f"  {symbol:8} {NOT_COMPUTED}")
        return
    for place, row in enumerate(numbers.reshape(-1, numbers.shape[-1])):
        told = (NOT_COMPUTED if np.isnan(number) else exact_text(float(number)) for number in row)
        print(f"  {symbol if place == 0 else '':8} " + "  ".join(told))
