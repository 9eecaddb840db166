"""What a program is written with: rows for slots, places for parameters, lines of the table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from nnviz.engine.fast import codes
from nnviz.engine.fast.backward import Line
from nnviz.engine.plan import Plan, Segment, Slot


class Writing:
    """The rows, parameters and lines of a plan as far as they are written."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.uses = Counter(slot for each in plan.forward for slot in each.inputs)
        self.users = {slot: index for index, each in enumerate(plan.forward) for slot in each.inputs}
        self.rows: dict[int, int] = {}
        self.count = 0
        self.ones: set[int] = set()
        self.lines: list[Line] = []
        self.done: set[int] = set()
        self.masks: list[str] = []
        self.order = np.full(plan.size, -1, dtype=np.int64)
        self.places = {True: 0, False: plan.trained_size}
        self.lists: list[int] = []
        self.room = 0
        self.segments = {segment.slot: segment for segment in plan.segments}

    def _placed(self, slots: Sequence[Slot], *, ones: bool = False) -> int:
        first = self.count
        for slot in slots:
            self.rows[slot.index] = self._block(slot.size)
        if ones:
            self.ones.add(self._block(1))
        return first

    def _block(self, units: int, *, ones: bool = False) -> int:
        """The first of so many new rows; behind them one of ones, if asked for."""
        first = self.count
        self.count += units + ones
        if ones:
            self.ones.add(first + units)
        return first

    def _size(self, slot: int) -> int:
        return self.plan.slots[slot].size

    def _needed(self, slots: Iterable[int]) -> bool:
        return any(slot in self.plan.gradients for slot in slots)

    def _line(self, operation: int, **columns: int) -> None:
        self.lines.append(Line({codes.OP: operation} | {getattr(codes, name): int(v) for name, v in columns.items()}))

    def _single(self, slot: int) -> bool:
        """Whether a trained parameter is used once, so that it may become a part of a matrix."""
        return self.uses[slot] == 1 and self.segments[slot].trained

    def _stretch(self, segment: Segment, size: int = 0) -> int:
        """A new stretch of parameters in the kernel, long enough for a segment."""
        start = self.places[segment.trained]
        self.places[segment.trained] += size or segment.stop - segment.start
        return start

    def _vector(self, slot: int) -> int:
        """The place of a parameter that keeps its own order."""
        segment = self.segments[slot]
        if self.order[segment.start] < 0:
            size = segment.stop - segment.start
            self.order[segment.start : segment.stop] = self._stretch(segment) + np.arange(size)
        return int(self.order[segment.start])

    def _place_the_rest(self) -> None:
        """Parameters that nothing uses have a place too."""
        for slot in self.segments:
            self._vector(slot)


def bits_of(number: float) -> int:
    """The bits of a float64, as a column of the table holds a constant."""
    return int(np.float64(number).view(np.int64))
