"""The numbers of :mod:`nnviz.rng`, word for word, where a run needs them: the order of rows, and dropout masks."""

from __future__ import annotations

from math import ceil

from nnviz.engine.fast.kernels.jit import Vector, Words, compiled, constant, high_word, i64, rows, u64
from nnviz.rng import GOLDEN, MIX, number_of

_M0, _M1 = u64(0xD2E7470EE14C6C93), u64(0xCA5A826395121157)
_W0, _W1 = u64(0x9E3779B97F4A7C15), u64(0xBB67AE8584CAA73B)
_HALF, _ELEVEN, _DOUBLE = u64(32), u64(11), 2.0**-53
_THIRTY, _TWENTY_SEVEN, _THIRTY_ONE = u64(30), u64(27), u64(31)
_GOLDEN, _MIX0, _MIX1 = GOLDEN, MIX[0], MIX[1]
_ROUNDS = 10
_NO_NODE = u64(number_of(""))


@compiled
def _philox(count: int, step: int, node: int, seed: int, stream: int) -> tuple[int, int, int, int]:
    """The four words that Philox 4×64-10 gives for one counter.

    Source: Salmon et al., SC 2011, section 3.2.
    """
    c0, c1, c2, c3 = count, step, node, u64(0)
    k0, k1 = seed, stream
    for _ in range(_ROUNDS):
        high0, high1 = high_word(_M0, c0), high_word(_M1, c2)
        c0, c1, c2, c3 = high1 ^ c1 ^ k0, _M1 * c2, high0 ^ c3 ^ k1, _M0 * c0
        k0, k1 = k0 + _W0, k1 + _W1
    return c0, c1, c2, c3


@compiled
def words(out: Words, seed: int, stream: int, step: int, node: int) -> None:
    """Fill ``out`` with the words of one place, counted from 1 as numpy does."""
    for start in range(0, len(out), 4):
        four = _philox(u64(start // 4 + 1), u64(step), node, seed, stream)
        for place in range(start, min(start + 4, len(out))):
            out[place] = four[place - start]


@compiled
def shuffle(order: Words, raw: Words, ends: Words, seed: int, stream: int, epoch: int) -> None:
    """The rows in the order of :func:`nnviz.rng.permutation`: sorted by one word each, equal ones as they come.

    The words are even, so they are dealt by their upper half to as many heaps as there are rows, and the few of a heap
    are put in order as they arrive. ``ends`` holds one number a row.
    """
    count = len(order)
    words(raw, seed, stream, epoch, _NO_NODE)
    for heap in range(count):
        ends[heap] = 0
    for row in range(count):
        ends[_heap(raw[row], count)] += 1
    for heap in range(1, count):
        ends[heap] += ends[heap - 1]
    for row in range(count - 1, -1, -1):
        heap = _heap(raw[row], count)
        ends[heap] -= 1
        order[ends[heap]] = row
    for place in range(1, count):
        row, before = order[place], place - 1
        while before >= 0 and raw[order[before]] > raw[row]:
            order[before + 1] = order[before]
            before -= 1
        order[before + 1] = row


@compiled
def _heap(word: int, count: int) -> int:
    return i64(((word >> _HALF) * u64(count)) >> _HALF)


def mask_line(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """A dropout mask in rows of V: 0 with probability p, else 1 / (1 − p); coins of :func:`nnviz.rng.coins`.

    The line holds seed, stream, node, p by its bits, units and first row; ``training`` is the update. Elements run
    along the units of the first example.
    """
    units, chance = line[4], constant(line, 3)
    out = rows(V, line[5], units, ld)
    start, _, _, _ = _philox(u64(1), u64(training), u64(line[2]), u64(line[0]), u64(line[1]))
    least = u64(ceil(chance / _DOUBLE))
    survive, zero = out.dtype.type(1.0 / (1.0 - chance)), out.dtype.type(0.0)
    for unit in range(units):
        row = out[unit * ld : (unit + 1) * ld]
        for column in range(ld):
            word = start + u64(column * units + unit + 1) * _GOLDEN
            word = (word ^ (word >> _THIRTY)) * _MIX0
            word = (word ^ (word >> _TWENTY_SEVEN)) * _MIX1
            word ^= word >> _THIRTY_ONE
            row[column] = survive if (word >> _ELEVEN) >= least else zero
        for column in range(n, ld):  # as the examples there, which repeat the last one
            row[column] = row[n - 1]
    return 0.0
