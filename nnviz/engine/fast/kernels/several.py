"""What makes a number of several: the largest or smallest of three or more operands, and products of two matrices."""

from __future__ import annotations

from nnviz.engine.fast.codes import (
    ADD_A,
    ADD_B,
    COUNT,
    COUNT_B,
    FIRST,
    FLAG,
    HIGH,
    KIND,
    MANY,
    NEED_A,
    NEED_B,
    OUT,
    SIZE,
    TURN_A,
    TURN_B,
    UNITS,
    WIDE,
    A,
    B,
)
from nnviz.engine.fast.kernels.jit import Vector, Words, compiled, copy, flat, rows


def extreme_line(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """The largest (kind 0) or smallest of operands that stand one behind another; what is not a number stays so."""
    units = line[UNITS]
    z = rows(V, line[OUT], units, ld)
    copy(rows(V, line[A], units, ld), z)
    for first in range(line[A] + units, line[A] + line[COUNT], units):
        x = rows(V, first, units, ld)
        if line[KIND] == 0:
            for i in range(len(z)):
                z[i] = x[i] if x[i] > z[i] or x[i] != x[i] else z[i]
        else:
            for i in range(len(z)):
                z[i] = x[i] if x[i] < z[i] or x[i] != x[i] else z[i]
    return 0.0


def extreme_back(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """What arrives, evenly to those that are the extreme."""
    size = line[UNITS] * ld
    if not line[NEED_A]:
        return 0.0
    x, sent = rows(V, line[A], line[COUNT], ld), rows(G, line[A], line[COUNT], ld)
    z, g = rows(V, line[OUT], line[UNITS], ld), rows(G, line[OUT], line[UNITS], ld)
    if not line[ADD_A]:
        sent[:] = 0
    for i in range(size):
        equal = 0
        for each in range(i, len(x), size):
            equal += x[each] == z[i]
        for each in range(i, len(x), size):
            if x[each] == z[i]:
                sent[each] += g[i] / equal
    return 0.0


def matrices_line(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """Z = A B example by example, some of its lines; each operand may stand turned."""
    p, count, first, many = line[WIDE], line[SIZE], line[FIRST], line[MANY]
    a_down, a_right, b_down, b_right = _strides(line)
    v, start = flat(V), line[OUT] + first * p
    rows(V, start, many * p, ld)[:] = 0
    _products(
        v, line[A] + first * a_down, a_down, a_right, v, line[B], b_down, b_right, v, start, p, 1, many, p, count, ld
    )
    return 0.0


def matrices_back(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """∂J/∂A = δ Bᵀ and ∂J/∂B = Aᵀ δ."""
    p, count, first, many = line[WIDE], line[SIZE], line[FIRST], line[MANY]
    a_down, a_right, b_down, b_right = _strides(line)
    v, g, a, z = flat(V), flat(G), line[A] + first * a_down, line[OUT] + first * p
    if line[NEED_A]:
        if not line[ADD_A]:
            rows(G, line[A], line[COUNT], ld)[:] = 0
        _products(g, z, p, 1, v, line[B], b_right, b_down, g, a, a_down, a_right, many, count, p, ld)
    if line[NEED_B]:
        if not line[ADD_B]:
            rows(G, line[B], line[COUNT_B], ld)[:] = 0
        _products(v, a, a_right, a_down, g, z, p, 1, g, line[B], b_down, b_right, count, p, many, ld)
    return 0.0


@compiled
def _strides(line: Words) -> tuple[int, int, int, int]:
    """How many rows it is from a number of A to the one below and to the one beside, and likewise of B."""
    m, p, count = line[HIGH], line[WIDE], line[SIZE]
    turned_a, turned_b = line[FLAG] & TURN_A, line[FLAG] & TURN_B
    return 1 if turned_a else count, m if turned_a else 1, 1 if turned_b else p, count if turned_b else 1


@compiled
def _products(
    X: Vector, x0: int, x_down: int, x_right: int, Y: Vector, y0: int, y_down: int, y_right: int, Z: Vector, z0: int,
    z_down: int, z_right: int, high: int, wide: int, count: int, ld: int,
) -> None:  # fmt: skip
    """Z (high, wide) = Z + X (high, count) Y (count, wide), a row of ``ld`` numbers for each number of a matrix."""
    for i in range(high):
        for j in range(wide):
            place = z0 + i * z_down + j * z_right
            z = Z[place * ld : (place + 1) * ld]
            for term in range(count):
                left, right = x0 + i * x_down + term * x_right, y0 + term * y_down + j * y_right
                x, y = X[left * ld : (left + 1) * ld], Y[right * ld : (right + 1) * ld]
                for column in range(ld):
                    z[column] += x[column] * y[column]
