"""The kernels: for each operation of a program's table one that goes forward, and one that goes back.

All take the same: a line of the table, P (parameters), D (their gradients), V (values by row), G (their gradients), ld
(numbers a row), n (examples), whether it is training. A loss gives its share of J and, in training, sends ∂J/∂ŷ on at
once; all others give 0. :data:`FORWARD` and :data:`BACK` find them by operation.
"""

from __future__ import annotations

from typing import Final

from nnviz.engine.fast import codes
from nnviz.engine.fast.codes import (
    ADD_A,
    ADD_B,
    CONST,
    COUNT,
    EXTRA,
    FLAG,
    GEMM,
    HALF,
    KEPT,
    KIND,
    MEAN_EXAMPLES,
    MEAN_OUTPUTS,
    NEED_A,
    NEED_B,
    OUT,
    PLACE,
    SHARED,
    SPARE,
    UNITS,
    A,
    B,
)
from nnviz.engine.fast.kernels.elementwise import (
    binary,
    binary_back,
    function,
    function_back,
    softmax,
    softmax_back,
    unary,
    unary_back,
)
from nnviz.engine.fast.kernels.images import convolution_back, convolution_line, pool_back, pool_line
from nnviz.engine.fast.kernels.jit import Line, Vector, Words, compiled, constant, copy, flat, rows
from nnviz.engine.fast.kernels.losses import categorical, categorical_logits, cross_entropies, distances
from nnviz.engine.fast.kernels.products import (
    add_bias,
    edges,
    edges_back,
    product,
    product_to_source,
    product_to_weights,
    sum_of_rows,
)
from nnviz.engine.fast.kernels.several import extreme_back, extreme_line, matrices_back, matrices_line
from nnviz.engine.fast.kernels.statistics import over_rows_back, over_rows_line, running_line


def product_line(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """Z = W X, or Z + W X."""
    count, kept = line[COUNT], line[KEPT]
    product(line[GEMM], flat(P), line[PLACE], flat(V), line[A], count, line[OUT], line[UNITS], ld, kept)
    return 0.0


def product_back(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """∂J/∂W and ∂J/∂X."""
    gemm, place, count, first, out, units = line[GEMM], line[PLACE], line[COUNT], line[A], line[OUT], line[UNITS]
    g = flat(G)
    product_to_weights(gemm, flat(D), place, flat(V), g, first, count, out, units, ld, n, line[SHARED])
    if line[NEED_A]:
        product_to_source(
            gemm, flat(P), place, count, g, first, count - line[FLAG], out, units, ld, line[ADD_A]
        )  # fmt: skip
    return 0.0


def bias_line(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """Z + b."""
    add_bias(flat(P), line[PLACE], flat(V), line[OUT], line[UNITS], ld)
    return 0.0


def bias_back(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """∂J/∂b, of a parameter that is given to every example as well."""
    if line[FLAG]:
        sum_of_rows(flat(D), line[PLACE], flat(G), line[OUT], line[UNITS], ld)
    return 0.0


def edges_line(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """Z of neurons whose weights form no matrix."""
    edges(flat(P), flat(V), flat(line), line[PLACE], line[UNITS], ld)
    return 0.0


def edges_back_line(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """∂J/∂w and ∂J/∂x of their edges."""
    edges_back(flat(P), flat(D), flat(V), flat(G), flat(line), line[PLACE], line[UNITS], ld)
    return 0.0


def unary_line(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """A function of one number."""
    units, out = line[UNITS], rows(V, line[OUT], line[UNITS], ld)
    if line[A] != line[OUT]:
        copy(rows(V, line[A], units, ld), out)
    unary(line[KIND], out, constant(line, CONST))
    return 0.0


def unary_back_line(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """Its slope. What arrives is not needed afterwards, so it becomes what is sent."""
    units, a, out = line[UNITS], line[A], line[OUT]
    if line[NEED_A]:
        g = rows(G, out, units, ld)
        unary_back(line[KIND], rows(V, a, units, ld), rows(V, out, units, ld), g, constant(line, CONST))
        _pass_on(line, g, G, ld)
    return 0.0


@compiled
def _pass_on(line: Words, g: Vector, G: Vector, ld: int) -> None:
    """What became of a gradient in its place, to where it belongs, if that is elsewhere."""
    if line[A] != line[OUT]:
        sent = _sent(line, G, ld)
        for i in range(len(sent)):
            sent[i] += g[i]


def function_line(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """A function of one number that is used less."""
    units, out = line[UNITS], rows(V, line[OUT], line[UNITS], ld)
    if line[A] != line[OUT]:
        copy(rows(V, line[A], units, ld), out)
    function(line[KIND], out, constant(line, CONST))
    return 0.0


def function_slope(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """Its slope."""
    units, a, out = line[UNITS], line[A], line[OUT]
    if line[NEED_A]:
        g = rows(G, out, units, ld)
        function_back(line[KIND], rows(V, a, units, ld), rows(V, out, units, ld), g, constant(line, CONST))
        _pass_on(line, g, G, ld)
    return 0.0


def binary_line(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """A function of two numbers."""
    units = line[UNITS]
    binary(line[KIND], rows(V, line[A], units, ld), rows(V, line[B], units, ld), rows(V, line[OUT], units, ld))
    return 0.0


def binary_back_line(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """Its slopes."""
    units, a, b, out = line[UNITS], line[A], line[B], line[OUT]
    x, y, z, arrived = rows(V, a, units, ld), rows(V, b, units, ld), rows(V, out, units, ld), rows(G, out, units, ld)
    if line[NEED_A]:
        binary_back(line[KIND], 0, x, y, z, arrived, rows(G, a, units, ld), line[ADD_A])
    if line[NEED_B]:
        binary_back(line[KIND], 1, x, y, z, arrived, rows(G, b, units, ld), line[ADD_B])
    return 0.0


def row_line(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """Softmax, or its logarithm."""
    units = line[UNITS]
    softmax(
        line[KIND], rows(V, line[A], units, ld), rows(V, line[OUT], units, ld), rows(G, line[SPARE], 1, ld), units, ld
    )
    return 0.0


def row_back(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """Back through it."""
    units, a, out = line[UNITS], line[A], line[OUT]
    if line[NEED_A]:
        y, arrived, sent = rows(V, out, units, ld), rows(G, out, units, ld), rows(G, a, units, ld)
        softmax_back(line[KIND], y, arrived, sent, rows(G, line[SPARE], 1, ld), units, ld, line[ADD_A])
    return 0.0


def copy_line(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """Some rows as they are."""
    copy(rows(V, line[A], line[UNITS], ld), rows(V, line[OUT], line[UNITS], ld))
    return 0.0


def copy_back(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """What arrives, as it is."""
    sent, arrived = _sent(line, G, ld), rows(G, line[OUT], line[UNITS], ld)
    if line[NEED_A]:
        for i in range(len(sent)):
            sent[i] += arrived[i]
    return 0.0


@compiled
def _sent(line: Words, G: Vector, ld: int) -> Vector:
    """The gradient of what was read: what others sent, or 0."""
    sent = rows(G, line[A], line[COUNT], ld)
    if line[NEED_A] and not line[ADD_A]:
        sent[:] = 0
    return sent


def drop_line(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """Dropout: times the mask in training, else as it is."""
    units = line[UNITS]
    x, mask, z = rows(V, line[A], units, ld), rows(V, line[B], units, ld), rows(V, line[OUT], units, ld)
    if training:
        for i in range(len(z)):
            z[i] = x[i] * mask[i]
    else:
        copy(x, z)
    return 0.0


def drop_back(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """Times the mask."""
    units = line[UNITS]
    sent, arrived, mask = _sent(line, G, ld), rows(G, line[OUT], units, ld), rows(V, line[B], units, ld)
    if line[NEED_A]:
        for i in range(len(sent)):
            sent[i] += arrived[i] * mask[i]
    return 0.0


def sum_line(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """The sum or the mean of the units, or of as many neighbours as there are for each result."""
    count = line[COUNT] // line[UNITS]
    for each in range(line[UNITS]):
        x, z = rows(V, line[A] + each * count, count, ld), rows(V, line[OUT] + each, 1, ld)
        z[:] = 0
        for unit in range(count):
            for i in range(ld):
                z[i] += x[unit * ld + i]
        if line[FLAG]:
            for i in range(ld):
                z[i] /= count
    return 0.0


def sum_back(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """To each unit what arrives, or its share."""
    count = line[COUNT] // line[UNITS]
    sent = _sent(line, G, ld)
    if line[NEED_A]:
        share = sent.dtype.type(1.0 / count if line[FLAG] else 1.0)
        for unit in range(line[COUNT]):
            row, arrived = sent[unit * ld : (unit + 1) * ld], rows(G, line[OUT] + unit // count, 1, ld)
            for i in range(ld):
                row[i] += arrived[i] * share
    return 0.0


def spread_line(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """Each unit for as many neighbours."""
    count = line[UNITS] // line[COUNT]
    for unit in range(line[UNITS]):
        copy(rows(V, line[A] + unit // count, 1, ld), rows(V, line[OUT] + unit, 1, ld))
    return 0.0


def spread_back(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """The sum of what arrives."""
    count, sent = line[UNITS] // line[COUNT], _sent(line, G, ld)
    if line[NEED_A]:
        for unit in range(line[UNITS]):
            first = unit // count * ld
            row, arrived = sent[first : first + ld], rows(G, line[OUT] + unit, 1, ld)
            for i in range(ld):
                row[i] += arrived[i]
    return 0.0


def fill_line(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """A constant."""
    rows(V, line[OUT], line[UNITS], ld)[:] = constant(line, CONST)
    return 0.0


def parameter_line(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """A parameter, for every example."""
    z, values = rows(V, line[OUT], line[UNITS], ld), flat(P)
    for unit in range(line[UNITS]):
        z[unit * ld : (unit + 1) * ld] = values[line[PLACE] + unit]
    return 0.0


def signs_line(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """The side of a target: −1 or 1."""
    x, z = rows(V, line[A], line[UNITS], ld), rows(V, line[OUT], line[UNITS], ld)
    for i in range(len(z)):
        z[i] = 1.0 if x[i] > 0.0 else -1.0
    return 0.0


@compiled
def _factor(line: Words, n: int) -> float:
    """What the terms of a loss are multiplied by: its share in J, over outputs and examples where J is a mean."""
    factor = constant(line, CONST)
    if line[FLAG] & MEAN_OUTPUTS:
        factor /= line[UNITS]
    if line[FLAG] & MEAN_EXAMPLES:
        factor /= n
    return factor


@compiled
def _send(line: Words, slopes: Vector, G: Vector, ld: int, n: int, training: int) -> None:
    """∂J/∂ŷ of a batch on to the prediction; 0 to the columns behind its last example."""
    if not (training and line[NEED_A]):
        return
    sent = _sent(line, G, ld)
    for unit in range(line[UNITS]):
        for i in range(unit * ld, unit * ld + n):
            sent[i] += slopes[i]


def distance_line(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """Losses that measure a distance, and their share in J."""
    units = line[UNITS]
    x, y = rows(V, line[A], units, ld), rows(V, line[B] if line[B] >= 0 else line[A], units, ld)
    slopes, factor = rows(G, line[SPARE], units, ld), _factor(line, n)
    total = distances(
        line[KIND], x, y, slopes, units, ld, n, factor, constant(line, EXTRA), line[FLAG] & HALF
    )  # fmt: skip
    _send(line, slopes, G, ld, n, training)
    return total * factor


def binary_loss_line(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """Binary cross-entropies."""
    units = line[UNITS]
    x, y = rows(V, line[A], units, ld), rows(V, line[B] if line[B] >= 0 else line[A], units, ld)
    slopes, factor = rows(G, line[SPARE], units, ld), _factor(line, n)
    total = cross_entropies(line[KIND], x, y, slopes, units, ld, n, factor)
    _send(line, slopes, G, ld, n, training)
    return total * factor


def categorical_line(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """Categorical cross-entropy on probabilities."""
    units = line[UNITS]
    x, y = rows(V, line[A], units, ld), rows(V, line[B] if line[B] >= 0 else line[A], units, ld)
    slopes, factor = rows(G, line[SPARE], units, ld), _factor(line, n)
    total = categorical(x, y, slopes, units, ld, n, factor)
    _send(line, slopes, G, ld, n, training)
    return total * factor


def logits_line(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """Categorical cross-entropy on logits."""
    units = line[UNITS]
    x, y = rows(V, line[A], units, ld), rows(V, line[B] if line[B] >= 0 else line[A], units, ld)
    slopes, factor = rows(G, line[SPARE], units, ld), _factor(line, n)
    total = categorical_logits(x, y, slopes, units, ld, n, factor)
    _send(line, slopes, G, ld, n, training)
    return total * factor


FORWARD: Final[dict[int, Line]] = {
    codes.PRODUCT: product_line,
    codes.BIAS: bias_line,
    codes.EDGES: edges_line,
    codes.UNARY: unary_line,
    codes.BINARY: binary_line,
    codes.ROW: row_line,
    codes.COPY: copy_line,
    codes.SUM: sum_line,
    codes.SPREAD: spread_line,
    codes.DROP: drop_line,
    codes.FILL: fill_line,
    codes.PARAMETER: parameter_line,
    codes.SIGNS: signs_line,
    codes.FUNCTION: function_line,
    codes.DISTANCE: distance_line,
    codes.CROSS_ENTROPY: binary_loss_line,
    codes.CATEGORICAL: categorical_line,
    codes.CATEGORICAL_LOGITS: logits_line,
    codes.CONVOLUTION: convolution_line,
    codes.POOL: pool_line,
    codes.EXTREME: extreme_line,
    codes.MATRICES: matrices_line,
    codes.OVER_ROWS: over_rows_line,
    codes.RUNNING: running_line,
}
BACK: Final[dict[int, Line]] = {
    codes.PRODUCT: product_back,
    codes.BIAS: bias_back,
    codes.EDGES: edges_back_line,
    codes.UNARY: unary_back_line,
    codes.FUNCTION: function_slope,
    codes.BINARY: binary_back_line,
    codes.ROW: row_back,
    codes.COPY: copy_back,
    codes.SUM: sum_back,
    codes.SPREAD: spread_back,
    codes.DROP: drop_back,
    codes.PARAMETER: bias_back,
    codes.CONVOLUTION: convolution_back,
    codes.POOL: pool_back,
    codes.EXTREME: extreme_back,
    codes.MATRICES: matrices_back,
    codes.OVER_ROWS: over_rows_back,
}
