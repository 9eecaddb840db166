"""Losses: the terms of a batch from predictions and targets, and their slopes in the same pass.

x and y are the rows of predictions and targets, ``n`` of their ``ld`` columns examples; ``slopes`` takes ∂J/∂x, and
``scale`` is what each term is multiplied by in J. All give the sum of the terms, not multiplied.
"""

from __future__ import annotations

from nnviz.engine.fast.kernels.elementwise import log_of_share
from nnviz.engine.fast.kernels.jit import Vector, compiled, in_order
from nnviz.engine.fast.kernels.maths import exp, log, log1p, sigmoid

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
            total += _huber(abs(t[i] - p[i]), limit)
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


@in_order
def _huber(far: float, limit: float) -> float:
    near = min(far, limit)
    return (far - near) * limit + 0.5 * near * near


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
                g[i] = _logit_term(p[i], t[i])
            total += _total(g)
            for i in range(len(p)):
                g[i] = scale * _logit_slope(p[i], t[i])
        else:
            for i in range(len(p)):
                term = _times(t[i], log(p[i])) + _times(one - t[i], log1p(-p[i]))
                g[i] = term if p[i] >= zero and p[i] <= one else log(-one)
            total -= _total(g)
            for i in range(len(p)):
                d = p[i] - t[i]
                slope = scale * (d / (p[i] * (one - p[i])))
                g[i] = slope if d != zero else zero
    return total


@in_order
def _logit_term(z: float, y: float) -> float:
    """y ln(1 + e⁻ᶻ) + (1 − y) ln(1 + eᶻ)."""
    rest = log1p(exp(-abs(z)))
    return y * (max(-z, 0.0) + rest) + (1.0 - y) * (max(z, 0.0) + rest)


@in_order
def _logit_slope(z: float, y: float) -> float:
    """σ(z) − y without a difference of two numbers near 1."""
    return (1.0 - y) * sigmoid(z) - y * sigmoid(-z)


@compiled
def categorical(x: Vector, y: Vector, slopes: Vector, units: int, ld: int, n: int, factor: float) -> float:
    """Categorical cross-entropy on probabilities; not a number outside [0, 1]."""
    zero, one, scale = x.dtype.type(0.0), x.dtype.type(1.0), x.dtype.type(factor)
    total = 0.0
    for unit in range(units):
        p, t, g = x[unit * ld : unit * ld + n], y[unit * ld : unit * ld + n], slopes[unit * ld : unit * ld + n]
        for i in range(len(p)):
            term = _times(t[i], log(p[i]))
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
def _times(weight: float, logarithm: float) -> float:
    """The product, and 0 where the weight is 0, also where the logarithm is infinite."""
    found = weight * logarithm
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
                total -= y[i] * log_of_share(x[i], largest, rest)
            slopes[i] = scale * (slopes[i] / shares * marked - y[i])
    return total
