"""Statistics of a batch. One number for all examples is a row that holds it for each of them.

Then what is computed of it, number by number, needs no kernels of its own; and a gradient that stands in such a row is
the sum over the examples.
"""

from __future__ import annotations

from nnviz.engine.fast.codes import ADD_A, CONST, EXTRA, FLAG, MANY, NEED_A, OUT, PLACE, UNITS, A
from nnviz.engine.fast.kernels.jit import Vector, Words, constant, flat, rows


def over_rows_line(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """The sum or the mean over the examples; ``MANY`` numbers of each were added before."""
    count = float(n * line[MANY]) if line[FLAG] else 1.0
    for unit in range(line[UNITS]):
        x, z = rows(V, line[A] + unit, 1, ld), rows(V, line[OUT] + unit, 1, ld)
        total = x.dtype.type(0.0)
        for i in range(n):
            total += x[i]
        z[:] = total / count
    return 0.0


def over_rows_back(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """To each example what arrives, or its share."""
    if not line[NEED_A]:
        return 0.0
    count = float(n * line[MANY]) if line[FLAG] else 1.0
    if not line[ADD_A]:
        rows(G, line[A], line[UNITS], ld)[:] = 0
    for unit in range(line[UNITS]):
        sent, g = rows(G, line[A] + unit, 1, ld), rows(G, line[OUT] + unit, 1, ld)
        total = g.dtype.type(0.0)
        for i in range(n):
            total += g[i]
        share = g.dtype.type(total / count)
        for i in range(n):
            sent[i] += share
    return 0.0


def running_line(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """In evaluation a running statistic in the place of the batch's; in training what it moves to with this update.

    r ← (1 − m) r + m · batch, of a variance the unbiased one. That stands apart until the update is made.
    """
    momentum, count, p = constant(line, CONST), float(n * line[MANY]), flat(P)
    factor = momentum * (count / (count - 1.0) if line[FLAG] else 1.0)
    for unit in range(line[UNITS]):
        held, z = p[line[PLACE] + unit], rows(V, line[OUT] + unit, 1, ld)
        if training:
            p[line[EXTRA] + unit] = (1.0 - momentum) * held + factor * z[0]
        else:
            z[:] = held
    return 0.0
