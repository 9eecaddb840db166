"""The memory of a plan: one flat buffer for all slots, vectors of parameters, of gradients and of statistics."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import DTypeLike, NDArray

from nnviz.engine.arrays import Array
from nnviz.engine.plan import Plan, Slot
from nnviz.errors import ShapeError
from nnviz.words import tr

MOST_NUMBERS = 2**29
"""How many numbers a workspace may hold: 4 GiB of float64."""


def numbers_a_row(plan: Plan) -> int:
    """How many numbers a workspace holds for each row."""
    return sum(slot.size for slot in plan.slots if slot.batched)


def check_room(plan: Plan, rows: int) -> None:
    """Refuse so many rows of a large network, before memory is asked for.

    Raises
    ------
    ShapeError
        If they are more than :data:`MOST_NUMBERS` numbers.
    """
    wanted = rows * numbers_a_row(plan)
    if wanted > MOST_NUMBERS:
        raise ShapeError(
            tr("The network is too large for so many rows at a time"),
            expected=tr("at most {n:,} numbers", n=MOST_NUMBERS),
            found=tr("{n:,} for {rows:,} rows", n=wanted, rows=rows),
            hint=tr("Take smaller batches, or show a single example"),
        )


class Workspace:
    """Room for one use of a plan, at up to ``capacity`` rows.

    Attributes
    ----------
    parameters : (plan.size,) all parameters in flat order; those of another workspace where they are handed in.
    gradient : (plan.trained_size,) ∂J/∂w of the trained ones in the same order; zero where J does not depend on it.
    statistics : (plan.statistics_size,) the running statistics; those of another workspace where they are handed in,
        else what they are before the first update.
    views : for each slot its array at the current number of rows.
    """

    def __init__(
        self,
        plan: Plan,
        capacity: int,
        dtype: DTypeLike = np.float64,
        parameters: Array | None = None,
        statistics: Array | None = None,
    ) -> None:
        check_room(plan, capacity)
        self.plan = plan
        self.capacity = capacity
        self.parameters: Array = np.zeros(plan.size, dtype) if parameters is None else parameters
        self.gradient: Array = np.zeros(plan.trained_size, dtype)
        self.statistics: Array = flat_statistics(plan, {}).astype(dtype) if statistics is None else statistics
        self._apart = self._lying_apart()
        inner = [slot for slot in plan.slots if slot.index not in self._apart]
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
        if slot.index in self._apart:
            return self._apart[slot.index]
        start = self._starts[slot.index]
        rows = (self.rows,) if slot.batched else ()
        size = slot.size * (self.rows if slot.batched else 1)
        return self._buffer[start : start + size].reshape(rows + slot.shape)

    def _lying_apart(self) -> dict[int, Array]:
        """The arrays of the slots that lie in one of the vectors: of parameters, of their gradients, of statistics."""
        apart: dict[int, Array] = {}
        for slot in self.plan.slots:
            if slot.kind == "parameter" or (slot.kind == "gradient" and slot.key):
                segment = self.plan.by_key[slot.key]
                home = self.parameters if slot.kind == "parameter" else self.gradient
                apart[slot.index] = home[segment.start : segment.stop].reshape(slot.shape)
        for each in self.plan.statistics:
            apart[each.slot] = self.statistics[each.start : each.stop].reshape(each.shape)
        return apart

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
        twin.statistics[:] = self.statistics
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


def flat_statistics(plan: Plan, known: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """The flat vector (plan.statistics_size,) of running statistics by key; one that is not known is at its start."""
    flat = np.zeros(plan.statistics_size)
    for each in plan.statistics:
        flat[each.start : each.stop] = known[each.key].ravel() if each.key in known else each.first
    return flat


def statistics_by_key(plan: Plan, flat: Array) -> dict[str, NDArray[np.float64]]:
    """The running statistics by key, each in its shape, owning its numbers."""
    return {
        each.key: np.array(flat[each.start : each.stop], dtype=np.float64).reshape(each.shape)
        for each in plan.statistics
    }
