"""The memory of a plan: one flat buffer for all slots, one vector of parameters, one of gradients."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import DTypeLike, NDArray

from nnviz.engine.arrays import Array
from nnviz.engine.plan import Plan, Slot
from nnviz.errors import ShapeError
from nnviz.words import tr


class Workspace:
    """Room for one use of a plan, at up to ``capacity`` rows.

    Attributes
    ----------
    parameters : (plan.size,) all parameters in flat order; those of another workspace where they are handed in.
    gradient : (plan.trained_size,) ∂J/∂w of the trained ones in the same order; zero where J does not depend on it.
    views : for each slot its array at the current number of rows.
    """

    def __init__(
        self, plan: Plan, capacity: int, dtype: DTypeLike = np.float64, parameters: Array | None = None
    ) -> None:
        self.plan = plan
        self.capacity = capacity
        self.parameters: Array = np.zeros(plan.size, dtype) if parameters is None else parameters
        self.gradient: Array = np.zeros(plan.trained_size, dtype)
        inner = [slot for slot in plan.slots if not _lies_apart(slot)]
        sizes = [slot.size * (capacity if slot.batched else 1) for slot in inner]
        starts = np.concatenate([[0], np.cumsum(sizes)]).astype(int)
        self._buffer: Array = np.zeros(int(starts[-1]), dtype)
        self._starts = {slot.index: int(start) for slot, start in zip(inner, starts, strict=False)}
        self.views: list[Array] = []
        self._views_at: dict[int, list[Array]] = {}
        self.rows = -1
        self.resize(capacity)

    def resize(self, rows: int) -> None:
        """Make all views ``rows`` long, up to the capacity; nothing is copied, and a length has its views again."""
        if rows == self.rows:
            return
        if not 0 < rows <= self.capacity:
            raise ShapeError(
                tr("The batch does not fit"), expected=tr("1 to {n} rows", n=self.capacity), found=str(rows)
            )
        self.rows = rows
        if rows not in self._views_at:
            self._views_at[rows] = [self._view(slot) for slot in self.plan.slots]
        self.views = self._views_at[rows]

    def _view(self, slot: Slot) -> Array:
        if _lies_apart(slot):
            segment = self.plan.by_key[slot.key]
            home = self.parameters if slot.kind == "parameter" else self.gradient
            return home[segment.start : segment.stop].reshape(slot.shape)
        start = self._starts[slot.index]
        rows = (self.rows,) if slot.batched else ()
        size = slot.size * (self.rows if slot.batched else 1)
        return self._buffer[start : start + size].reshape(rows + slot.shape)

    def load(self, inputs: Mapping[str, Array], targets: Mapping[str, Array]) -> None:
        r"""Copy one batch in: for each input node (rows, \\*shape), for each loss node its targets."""
        for kind, given in (("input", inputs), ("target", targets)):
            for slot in self.plan.slots:
                if slot.kind == kind and slot.key in given:
                    np.copyto(self.views[slot.index], given[slot.key].reshape(self.views[slot.index].shape))

    def copy(self) -> Workspace:
        """A workspace of its own with the same numbers."""
        twin = Workspace(self.plan, self.rows, self.parameters.dtype)
        twin.parameters[:] = self.parameters
        twin.gradient[:] = self.gradient
        for mine, its in zip(self.views, twin.views, strict=True):
            np.copyto(its, mine)
        return twin


def flatten(plan: Plan, parameters: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """The flat vector (plan.size,) of parameters given by key."""
    flat = np.zeros(plan.size)
    for segment in plan.segments:
        flat[segment.start : segment.stop] = parameters[segment.key].ravel()
    return flat


def unflatten(plan: Plan, flat: Array) -> dict[str, NDArray[np.float64]]:
    """Parameters by key, each in its shape, owning its numbers; or gradients, where ``flat`` holds just the trained."""
    return {
        segment.key: np.array(flat[segment.start : segment.stop], dtype=np.float64).reshape(segment.shape)
        for segment in plan.segments
        if segment.stop <= len(flat)
    }


def _lies_apart(slot: Slot) -> bool:
    return slot.kind == "parameter" or (slot.kind == "gradient" and slot.key != "")
