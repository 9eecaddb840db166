"""Losses: the terms of a batch from predictions and targets, and their slopes in the same pass.

x and y are the rows of predictions and targets, ``n`` of their ``ld`` columns examples; ``slopes`` takes ∂J/∂x, and
``scale`` is what each term is multiplied by in J. All give the sum of the terms, not multiplied.
"""

from __future__ import annotations

from nnviz.engine.fast.kernels.elementwise import log_of_one_and
from nnviz.engine.fast.kernels.jit import Vector, compiled
from nnviz.engine.fast.kernels.maths import exp, log, sigmoid

SQUARED, ABSOLUTE, HUBER, HINGE = range(4)


@compiled
def distances(
    kind: int, x: Vector, y: Vector, slopes: Vector, units: int, ld: int, n: int, scale: float, delta: float, half: int
) -> float:
    """Squared and absolute error, Huber, hinge; an objective, whose value itself is the term."""
    total = 0.0
    for unit in range(units):
        start, stop = unit * ld, unit * ld + n
        total += _distance(kind, x[start:stop], y[start:stop], slopes[start:stop], scale, delta, half)
    return total


@compiled
def _distance(kind: int, p: Vector, t: Vector, g: Vector, factor: float, delta: float, half: int) -> float:
    zero, one, scale = p.dtype.type(0.0), p.dtype.type(1.0), p.dtype.type(factor)
    total = 0.0
    if kind == SQUARED:
        share = p.dtype.type(0.5 if half else 1.0)
        for i in range(len(p)):
            d = p[i] - t[i]
            total += share * d * d
            g[i] = scale * (share + share) * d
    elif kind == ABSOLUTE:
        for i in range(len(p)):
            d = p[i] - t[i]
            total += abs(d)
            g[i] = scale if d > zero else -scale if d < zero else zero
    elif kind == HUBER:
        limit = p.dtype.type(delta)
        for i in range(len(p)):
            far = abs(t[i] - p[i])
            near = min(far, limit)
            total += (far - near) * limit + p.dtype.type(0.5) * near * near
            g[i] = scale * min(max(p[i] - t[i], -limit), limit)
    elif kind == HINGE:
        for i in range(len(p)):
            short = one - p[i] * t[i]
            total += max(short, zero)
            g[i] = -scale * t[i] if short > zero else zero
    else:
        for i in range(len(p)):
            total += p[i]
            g[i] = scale
    return total


@compiled
def cross_entropies(
    logits: int, x: Vector, y: Vector, slopes: Vector, units: int, ld: int, n: int, factor: float
) -> float:
    """Binary cross-entropy, on probabilities (not a number outside [0, 1]) or on logits."""
    zero, one, scale = x.dtype.type(0.0), x.dtype.type(1.0), x.dtype.type(factor)
    total = 0.0
    for unit in range(units):
        p, t, g = x[unit * ld : unit * ld + n], y[unit * ld : unit * ld + n], slopes[unit * ld : unit * ld + n]
        if logits:
            for i in range(len(p)):
                rest = log_of_one_and(exp(-abs(p[i])))
                g[i] = t[i] * (max(-p[i], zero) + rest) + (one - t[i]) * (max(p[i], zero) + rest)
            total += _total(g)
            for i in range(len(p)):
                g[i] = scale * ((one - t[i]) * sigmoid(p[i]) - t[i] * sigmoid(-p[i]))
        else:
            for i in range(len(p)):
                term = _times_log(t[i], p[i]) + _times_log(one - t[i], one - p[i])
                g[i] = term if p[i] >= zero and p[i] <= one else log(-one)
            total -= _total(g)
            for i in range(len(p)):
                d = p[i] - t[i]
                slope = scale * (d / (p[i] * (one - p[i])))
                g[i] = slope if d != zero else zero
    return total


@compiled
def categorical(x: Vector, y: Vector, slopes: Vector, units: int, ld: int, n: int, factor: float) -> float:
    """Categorical cross-entropy on probabilities; not a number outside [0, 1]."""
    zero, one, scale = x.dtype.type(0.0), x.dtype.type(1.0), x.dtype.type(factor)
    total = 0.0
    for unit in range(units):
        p, t, g = x[unit * ld : unit * ld + n], y[unit * ld : unit * ld + n], slopes[unit * ld : unit * ld + n]
        for i in range(len(p)):
            term = _times_log(t[i], p[i])
            g[i] = term if p[i] >= zero and p[i] <= one else log(-one)
        total -= _total(g)
        for i in range(len(p)):
            slope = -scale * (t[i] / p[i])
            g[i] = slope if t[i] != zero else zero
    return total


@compiled
def _total(terms: Vector) -> float:
    total = 0.0
    for i in range(len(terms)):
        total += terms[i]
    return total


@compiled
def _times_log(weight: float, x: float) -> float:
    """Weight · ln x, and 0 where the weight is 0."""
    found = weight * log(x)
    return found if weight != 0.0 else 0.0 * weight


@compiled
def categorical_logits(x: Vector, y: Vector, slopes: Vector, units: int, ld: int, n: int, factor: float) -> float:
    """−Σ y ln softmax(x), and softmax(x) Σ y − y."""
    total = 0.0
    scale = x.dtype.type(factor)
    for column in range(n):
        largest = x[column]
        for unit in range(1, units):
            largest = max(largest, x[unit * ld + column])
        shares, marked = x.dtype.type(0.0), x.dtype.type(0.0)
        for unit in range(units):
            i = unit * ld + column
            slopes[i] = exp(x[i] - largest)
            shares += slopes[i]
            marked += y[i]
        rest = log(shares)
        for unit in range(units):
            i = unit * ld + column
            if y[i] != 0.0:
                total -= y[i] * (x[i] - largest - rest)
            slopes[i] = scale * (slopes[i] / shares * marked - y[i])
    return total
