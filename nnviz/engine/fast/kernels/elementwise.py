"""Functions of one number and of two, unit by unit, and those across the units of an example.

``x``, ``out`` and their gradients are stretches of rows as flat arrays; ``kind`` is a place in
:data:`nnviz.engine.fast.codes.UNARY_KINDS` and the like. The slopes are those of the clear executor's table.
"""

from __future__ import annotations

from math import cos, erfc, pi, sin, sqrt
from math import pow as power

import numpy as np

from nnviz.engine.fast import codes
from nnviz.engine.fast.kernels.jit import Vector, compiled, copy, in_order
from nnviz.engine.fast.kernels.maths import exp, expm1, log, log1p, sigmoid, tanh

SIGMOID, TANH, RELU, LEAKY, STEP = range(len(codes.UNARY_KINDS))
ELU, SOFTPLUS, GELU, SILU, NEGATE, EXP, LOG, SQRT, ABS, SQUARE, SIN, COS, POWER = range(len(codes.FUNCTION_KINDS))
ADD, SUBTRACT, MULTIPLY, DIVIDE, POWERS, MAXIMUM, MINIMUM = range(len(codes.BINARY_KINDS))
_ROOT_HALF, _DENSITY = sqrt(0.5), 1.0 / sqrt(2.0 * pi)


@compiled
def unary(kind: int, x: Vector, told: float) -> None:
    """x = g(x), in place: two arrays that may be one would be gone through number by number."""
    zero, one = x.dtype.type(0.0), x.dtype.type(1.0)
    alpha = x.dtype.type(told)
    if kind == SIGMOID:
        for i in range(len(x)):
            x[i] = sigmoid(x[i])
    elif kind == TANH:
        for i in range(len(x)):
            x[i] = tanh(x[i])
    elif kind == RELU:
        for i in range(len(x)):
            x[i] = zero if x[i] < zero else x[i]
    elif kind == LEAKY:
        for i in range(len(x)):
            x[i] = x[i] if x[i] > zero else alpha * x[i]
    else:
        for i in range(len(x)):
            x[i] = one if x[i] > zero else zero


@compiled
def function(kind: int, x: Vector, told: float) -> None:
    """x = f(x), in place."""
    zero, alpha = x.dtype.type(0.0), x.dtype.type(told)
    if kind == ELU:
        for i in range(len(x)):
            x[i] = x[i] if x[i] > zero else alpha * expm1(min(x[i], zero))
    elif kind == SOFTPLUS:
        for i in range(len(x)):
            x[i] = max(x[i], zero) + log1p(exp(-abs(x[i])))
    elif kind == GELU:
        for i in range(len(x)):
            x[i] = x[i] * x.dtype.type(0.5 * erfc(-x[i] * _ROOT_HALF))
    elif kind == SILU:
        for i in range(len(x)):
            x[i] = x[i] * sigmoid(x[i])
    elif kind == NEGATE:
        for i in range(len(x)):
            x[i] = -x[i]
    elif kind == EXP:
        for i in range(len(x)):
            x[i] = exp(x[i])
    elif kind == LOG:
        for i in range(len(x)):
            x[i] = log(x[i])
    elif kind == SQRT:
        for i in range(len(x)):
            x[i] = sqrt(x[i])
    elif kind == ABS:
        for i in range(len(x)):
            x[i] = abs(x[i])
    elif kind == SQUARE:
        for i in range(len(x)):
            x[i] = x[i] * x[i]
    elif kind == SIN:
        for i in range(len(x)):
            x[i] = sin(x[i])
    elif kind == COS:
        for i in range(len(x)):
            x[i] = cos(x[i])
    else:
        for i in range(len(x)):
            x[i] = power(x[i], told)


@compiled
def unary_back(kind: int, x: Vector, out: Vector, g: Vector, told: float) -> None:
    """∂J/∂out → ∂J/∂x = ∂J/∂out · g′, in place."""
    zero, one = x.dtype.type(0.0), x.dtype.type(1.0)
    alpha = x.dtype.type(told)
    if kind == SIGMOID:
        for i in range(len(g)):
            g[i] *= out[i] * (one - out[i])
    elif kind == TANH:
        for i in range(len(g)):
            g[i] *= one - out[i] * out[i]
    elif kind == RELU:
        for i in range(len(g)):
            g[i] *= one if out[i] > zero else zero
    elif kind == LEAKY:
        for i in range(len(g)):
            g[i] *= one if out[i] > zero else alpha
    else:  # a step, which sends nothing
        for i in range(len(g)):
            g[i] = zero


@compiled
def function_back(kind: int, x: Vector, out: Vector, g: Vector, told: float) -> None:
    """∂J/∂out → ∂J/∂x = ∂J/∂out · f′, in place."""
    zero, one = x.dtype.type(0.0), x.dtype.type(1.0)
    alpha = x.dtype.type(told)
    if kind == ELU:
        for i in range(len(g)):
            g[i] *= one if out[i] > zero else out[i] + alpha
    elif kind == SOFTPLUS:
        for i in range(len(g)):
            g[i] *= -expm1(-min(out[i], x.dtype.type(80.0)))
    elif kind == SQUARE:
        for i in range(len(g)):
            g[i] *= x[i] + x[i]
    else:
        for i in range(len(g)):
            g[i] *= _slope(kind, x[i], out[i], told)


@compiled
def _slope(kind: int, x: float, out: float, told: float) -> float:
    """g′ of the functions that are used less."""
    if kind == GELU:
        return 0.5 * erfc(-x * _ROOT_HALF) + x * _DENSITY * exp(-0.5 * x * x)
    if kind == SILU:
        return sigmoid(x) * (1.0 + x * sigmoid(-x))
    if kind == NEGATE:
        return -1.0
    if kind == EXP:
        return out
    if kind == LOG:
        return 1.0 / x
    if kind == SQRT:
        return 0.5 / out
    if kind == ABS:
        return 1.0 if x > 0.0 else -1.0 if x < 0.0 else 0.0
    if kind == SIN:
        return cos(x)
    if kind == COS:
        return -sin(x)
    return 0.0 if told == 0.0 else told * power(x, told - 1.0)


@compiled
def binary(kind: int, x: Vector, y: Vector, out: Vector) -> None:
    """out = x ∘ y."""
    if kind == ADD:
        for i in range(len(x)):
            out[i] = x[i] + y[i]
    elif kind == SUBTRACT:
        for i in range(len(x)):
            out[i] = x[i] - y[i]
    elif kind == MULTIPLY:
        for i in range(len(x)):
            out[i] = x[i] * y[i]
    elif kind == DIVIDE:
        for i in range(len(x)):
            out[i] = x[i] / y[i]
    elif kind == POWERS:
        for i in range(len(x)):
            out[i] = power(x[i], y[i])
    elif kind == MAXIMUM:
        for i in range(len(x)):
            out[i] = x[i] if x[i] >= y[i] or x[i] != x[i] else y[i]
    else:
        for i in range(len(x)):
            out[i] = x[i] if x[i] <= y[i] or x[i] != x[i] else y[i]


@compiled
def binary_back(
    kind: int, side: int, x: Vector, y: Vector, out: Vector, arrived: Vector, sent: Vector, kept: int
) -> None:
    """∂J/∂x (side 0) or ∂J/∂y (side 1) = (kept · it +) ∂J/∂out · the slope."""
    if not kept:
        sent[:] = 0
    if kind in (ADD, SUBTRACT):
        slope = x.dtype.type(-1.0 if side and kind == SUBTRACT else 1.0)
        for i in range(len(arrived)):
            sent[i] += arrived[i] * slope
    elif kind == MULTIPLY:
        other = x if side else y
        for i in range(len(arrived)):
            sent[i] += arrived[i] * other[i]
    elif kind == DIVIDE and side:
        for i in range(len(arrived)):
            sent[i] -= arrived[i] * out[i] / y[i]
    elif kind == DIVIDE:
        for i in range(len(arrived)):
            sent[i] += arrived[i] / y[i]
    else:
        for i in range(len(arrived)):
            sent[i] += arrived[i] * _slope_of_two(kind, side, x[i], y[i], out[i])


@compiled
def _slope_of_two(kind: int, side: int, x: float, y: float, out: float) -> float:
    """Of powers and extremes."""
    if kind == POWERS and side:
        return 0.0 if x == 0.0 and y >= 0.0 else out * log(x)
    if kind == POWERS:
        return 0.0 if y == 0.0 else y * power(x, y - 1.0)
    if x == y:
        return 0.5
    return 1.0 if (out == y if side else out == x) else 0.0


@compiled
def softmax(logarithm: int, x: Vector, out: Vector, spare: Vector, units: int, ld: int) -> None:
    """The shares of the units of each example, or their logarithms, shifted by the largest; ``spare`` is one row."""
    zero = out.dtype.type(0.0)
    copy(x[:ld], spare)
    for unit in range(1, units):
        z = x[unit * ld : (unit + 1) * ld]
        for column in range(ld):
            spare[column] = max(spare[column], z[column])
    for unit in range(units):
        z, a = x[unit * ld : (unit + 1) * ld], out[unit * ld : (unit + 1) * ld]
        for column in range(ld):
            a[column] = z[column] - spare[column]
    _sum_of_powers(logarithm, out, spare, units, ld)
    if logarithm:
        for column in range(ld):
            spare[column] = log(spare[column])
    for unit in range(units):
        a = out[unit * ld : (unit + 1) * ld]
        if logarithm:
            for column in range(ld):
                a[column] = log_of_share(a[column], zero, spare[column])
        else:
            for column in range(ld):
                a[column] /= spare[column]


@in_order
def log_of_share(z: float, largest: float, rest: float) -> float:
    """Of a softmax: the difference of two large numbers first, and no less than the lowest number of the type."""
    found = (z - largest) - rest
    lowest = np.finfo(type(z)).min
    return lowest if found < lowest else found


@compiled
def _sum_of_powers(keep: int, x: Vector, total: Vector, units: int, ld: int) -> None:
    """The total of eˣ over the units; x is kept, or else becomes eˣ."""
    for column in range(ld):
        total[column] = 0
    for unit in range(units):
        a = x[unit * ld : (unit + 1) * ld]
        for column in range(ld):
            power = exp(a[column])
            total[column] += power
            a[column] = a[column] if keep else power


@compiled
def softmax_back(
    logarithm: int, out: Vector, arrived: Vector, sent: Vector, spare: Vector, units: int, ld: int, kept: int
) -> None:
    """aᵢ (uᵢ − Σ u a), or uᵢ − e^aᵢ Σ u of the logarithm; ``spare`` is one row."""
    zero = out.dtype.type(0.0)
    for column in range(ld):
        spare[column] = 0
    for unit in range(units):
        a, u = out[unit * ld : (unit + 1) * ld], arrived[unit * ld : (unit + 1) * ld]
        for column in range(ld):
            spare[column] += u[column] if logarithm else u[column] * a[column]
    for unit in range(units):
        a, u, s = (
            out[unit * ld : (unit + 1) * ld], arrived[unit * ld : (unit + 1) * ld], sent[unit * ld : (unit + 1) * ld]
        )  # fmt: skip
        if logarithm:
            for column in range(ld):
                s[column] = u[column] - exp(a[column]) * spare[column] + (s[column] if kept else zero)
        else:
            for column in range(ld):
                s[column] = a[column] * (u[column] - spare[column]) + (s[column] if kept else zero)
