"""Which instructions of a program send a gradient back, and which of them is the first to write it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from nnviz.engine.fast import codes

Words = NDArray[np.int64]


class Line(dict[int, int]):
    """One instruction while it is written: column to number."""


def way_back(lines: Sequence[Line], lists: Sequence[int]) -> list[int]:
    """Settle which instructions send a gradient back, and whether it is the first to arrive.

    Gives the rows whose gradient begins as 0.
    """
    touched: set[int] = set()
    cleared: list[int] = []

    def arrive(first: int, count: int) -> int:
        wanted = set(range(first, first + count))
        missing = wanted - touched
        touched.update(wanted)
        if len(missing) == count:
            return 0
        cleared.extend(missing)
        return 1

    heads = [line for line in lines if line[codes.OP] in codes.LOSSES]
    for line in heads:  # they send ∂J/∂ŷ on while J is computed, in their own order
        if line.get(codes.NEED_A):
            line[codes.ADD_A] = arrive(line[codes.A], line[codes.COUNT])
    for line in reversed(lines):
        operation = line[codes.OP]
        out = set(range(line.get(codes.OUT, 0), line.get(codes.OUT, 0) + line[codes.UNITS]))
        line[codes.BACK] = int(operation not in codes.WITHOUT_BACK and bool(out & touched))
        if not line[codes.BACK]:
            continue
        cleared.extend(out - touched)
        touched |= out
        if operation == codes.EDGES:
            missing = _edge_sources(line, lists) - touched
            cleared.extend(missing)
            touched |= missing
        elif line.get(codes.NEED_A) and not (
            operation in (codes.UNARY, codes.FUNCTION) and line[codes.A] == line[codes.OUT]
        ):
            line[codes.ADD_A] = arrive(line[codes.A], line[codes.COUNT] - line.get(codes.FLAG, 0) * (operation == 0))
        if line.get(codes.NEED_B):
            line[codes.ADD_B] = arrive(line[codes.B], line.get(codes.COUNT_B) or line[codes.UNITS])
    return cleared


def _edge_sources(line: Line, lists: Sequence[int]) -> set[int]:
    heads = lists[line[codes.PLACE] : line[codes.PLACE] + 3 * line[codes.UNITS]]
    edges = (range(begin, end, 3) for begin, end in zip(heads[1::3], heads[2::3], strict=True))
    return {lists[edge] for each in edges for edge in each if lists[edge + 2]}


def uncovered(lines: Sequence[Line], trained_size: int) -> list[int]:
    """The trained parameters whose gradient no single matrix writes: they gather it, from 0."""
    written: Counter[int] = Counter()
    for line in lines:
        if line[codes.OP] in codes.PRODUCTS and line[codes.BACK]:
            start = line[codes.PLACE]
            written.update(range(start, start + matrix_size(line)))
    for line in lines:
        if line[codes.OP] in codes.PRODUCTS:
            line[codes.SHARED] = int(written[line[codes.PLACE]] > 1)
    return [place for place in range(trained_size) if written[place] != 1]


def matrix_size(line: Mapping[int, int] | Words) -> int:
    """How many weights the matrix of a product or of a convolution has."""
    units, count = int(line[codes.UNITS]), int(line[codes.COUNT])
    if line[codes.OP] == codes.PRODUCT:
        return units * count
    channels = units // int(line[codes.DOWN] * line[codes.ACROSS])
    return channels * count // int(line[codes.HIGH] * line[codes.WIDE]) * int(line[codes.SIZE]) ** 2
