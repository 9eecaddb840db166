"""What stands around an optimizer's rule, in the order of :mod:`nnviz.learning.update`: penalties and clipping before
it, the proximal step and max-norm after it. Two kernels, which runs without these settings do not need.

Here the line holds the settings by their bits, then for each number the unit whose incoming weight it is (−1: a
bias); P are the weights, D their gradient, V is 1 for a weight and 0 for a bias, G has room for a number a unit, ld is
how many are trained, n how many units there are.
"""

from __future__ import annotations

from math import copysign, inf, nan, sqrt

from nnviz.engine.fast.kernels.jit import Vector, Words, compiled, constant, f64, flat
from nnviz.engine.fast.places import CLIP_NORM, CLIP_VALUE, L1, L1_PROXIMAL, L2, MAX_NORM, RATE, UNITS_FROM


def prepare(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """g + 2 λ₂ w (+ λ₁ sign w where L1 is a sub-gradient), clipped; 0, or not a number where g was not finite."""
    w, g, mask = flat(P)[:ld], flat(D)[:ld], flat(V)[:ld]
    kind = g.dtype.type
    if constant(line, L2) != 0.0:
        twice = kind(2.0 * constant(line, L2))
        for i in range(ld):
            g[i] += twice * w[i] * mask[i]
    if constant(line, L1) != 0.0 and constant(line, L1_PROXIMAL) == 0.0:
        strength, zero = kind(constant(line, L1)), kind(0.0)
        for i in range(ld):
            g[i] += (strength if w[i] > zero else -strength if w[i] < zero else zero) * mask[i]
    if _length(g) == inf:  # squares that overflow are looked at one by one
        for i in range(ld):
            if abs(g[i]) == inf or g[i] != g[i]:
                return nan
    _clip(constant(line, CLIP_VALUE), constant(line, CLIP_NORM), g)
    return 0.0


@compiled
def _clip(value: float, norm: float, g: Vector) -> None:
    """By value, or by the length of the whole gradient."""
    if value > 0.0:
        limit = g.dtype.type(value)
        for i in range(len(g)):
            g[i] = min(max(g[i], -limit), limit)
    if norm > 0.0:
        factor = g.dtype.type(min(1.0, norm / (_true_length(g) + 1e-6)))
        for i in range(len(g)):
            g[i] *= factor


@compiled
def _length(g: Vector) -> float:
    """‖g‖; infinite where it, or a square, is no longer a number, and where a number is none."""
    total = 0.0
    for i in range(len(g)):
        total += f64(g[i]) * f64(g[i])
    return sqrt(total) if total < inf else inf


@compiled
def _true_length(g: Vector) -> float:
    """‖g‖ also where squares overflow."""
    length = _length(g)
    if length < inf:
        return length
    largest, total = 0.0, 0.0
    for i in range(len(g)):
        largest = max(largest, abs(f64(g[i])))
    for i in range(len(g)):
        part = f64(g[i]) / largest
        total += part * part
    return largest * sqrt(total)


def hold(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """The proximal step of L1, then max-norm."""
    w, mask = flat(P)[:ld], flat(V)[:ld]
    if constant(line, L1) != 0.0 and constant(line, L1_PROXIMAL) != 0.0:
        threshold, zero = w.dtype.type(constant(line, RATE) * constant(line, L1)), w.dtype.type(0.0)
        for i in range(ld):
            limit = threshold * mask[i]
            small = abs(w[i]) <= limit and mask[i] != zero
            w[i] = zero if small else w[i] - copysign(limit, w[i])
    if constant(line, MAX_NORM) > 0.0:
        _project(constant(line, MAX_NORM), w, flat(line)[UNITS_FROM : UNITS_FROM + ld], flat(G)[:n])
    return 0.0


@compiled
def _project(limit: float, w: Vector, units: Words, norms: Vector) -> None:
    """Scale the incoming weights of each unit to the limit where they are longer."""
    largest = 0.0
    for i in range(len(w)):
        if units[i] >= 0:
            largest = max(largest, abs(f64(w[i])))
    if largest == 0.0:
        return
    for unit in range(len(norms)):
        norms[unit] = 0.0
    for i in range(len(w)):
        if units[i] >= 0:
            part = f64(w[i]) / largest
            norms[units[i]] += part * part
    for unit in range(len(norms)):
        length = largest * sqrt(norms[unit])
        norms[unit] = limit / length if length > limit else 1.0
    for i in range(len(w)):
        if units[i] >= 0:
            w[i] *= norms[units[i]]
