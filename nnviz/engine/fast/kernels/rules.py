"""The optimizers' rules as kernels, one pass over all that is trained; formulas of :mod:`nnviz.engine.optimizers`.

They take what every kernel takes: here the line holds the rate and the rule's own settings by their bits, P are the
weights, D their gradient, V the memory, array behind array, ld how many are trained, n the number of the update. They
give 0, or not a number where a weight or the memory is no longer finite.
:data:`RULES` finds them by name.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from nnviz.engine.fast.kernels.jit import Line, Vector, Words, compiled, constant, flat


@compiled
def _array(pointer: Vector, place: int, ld: int) -> Vector:
    return flat(pointer)[place * ld : (place + 1) * ld]


@compiled
def _own(line: Words) -> tuple[float, float, float, float]:
    return constant(line, 1), constant(line, 2), constant(line, 3), constant(line, 4)


def sgd(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """Gradient descent; μ, and whether Nesterov."""
    w, g = _array(P, 0, ld), _array(D, 0, ld)
    rate = constant(line, 0)
    mu_, nesterov, _, _ = _own(line)
    eta, mu = w.dtype.type(rate), w.dtype.type(mu_)
    zero = w.dtype.type(0.0)
    lost = zero
    if mu_ == 0.0:
        for i in range(len(w)):
            moved = w[i] - eta * g[i]
            w[i] = moved
            lost += zero * moved
        return lost
    velocity = _array(V, 0, ld)
    for i in range(len(w)):
        v = velocity[i] * mu + g[i]
        velocity[i] = v
        moved = w[i] - eta * (g[i] + mu * v if nesterov != 0.0 else v)
        w[i] = moved
        lost += zero * moved + zero * v
    return lost


def adam(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """Adam, and AdamW; β₁, β₂, ε, κ."""
    w, g = _array(P, 0, ld), _array(D, 0, ld)
    rate = constant(line, 0)
    b1, b2, eps, decay = _own(line)
    kind = w.dtype.type
    beta2 = kind(b2)
    rest1, rest2 = kind(1.0 - b1), kind(1.0 - b2)
    root = np.sqrt(1.0 - b2**n)
    step, epsilon = kind(rate / (1.0 - b1**n) * root), kind(eps * root)  # both sides of the quotient times the root
    keep = kind(1.0 - rate * decay)
    m, v = _array(V, 0, ld), _array(V, 1, ld)
    zero = kind(0.0)
    lost = zero
    for i in range(len(w)):
        mean = m[i] + rest1 * (g[i] - m[i])
        square = v[i] * beta2 + rest2 * g[i] * g[i]
        m[i], v[i] = mean, square
        moved = w[i] * keep - step * mean / (np.sqrt(square) + epsilon)
        w[i] = moved
        lost += zero * moved + zero * mean + zero * square
    return lost


def rmsprop(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """RMSProp; α, ε, whether centered, μ."""
    w, g = _array(P, 0, ld), _array(D, 0, ld)
    rate = constant(line, 0)
    a, eps, is_centered, m_ = _own(line)
    kind = w.dtype.type
    alpha, rest, epsilon, mu, eta = kind(a), kind(1.0 - a), kind(eps), kind(m_), kind(rate)
    centered, heavy = is_centered != 0.0, m_ != 0.0
    squares, means = _array(V, 0, ld), _array(V, 1 if centered else 0, ld)
    velocity = _array(V, int(centered) + int(heavy), ld)
    zero = kind(0.0)
    lost = zero
    for i in range(len(w)):
        square = squares[i] * alpha + rest * g[i] * g[i]
        squares[i] = square
        if centered:
            mean = means[i] + rest * (g[i] - means[i])
            means[i] = mean
            square -= mean * mean
        step = g[i] / (np.sqrt(square) + epsilon)
        if heavy:
            step += velocity[i] * mu
            velocity[i] = step
        w[i] -= eta * step
        lost += zero * w[i] + zero * squares[i] + zero * means[i] + zero * step
    return lost


def adagrad(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """Adagrad; d, ε."""
    w, g = _array(P, 0, ld), _array(D, 0, ld)
    rate = constant(line, 0)
    decay, eps, _, _ = _own(line)
    kind = w.dtype.type
    eta, epsilon = kind(rate / (1.0 + (n - 1) * decay)), kind(eps)
    total = _array(V, 0, ld)
    zero = kind(0.0)
    lost = zero
    for i in range(len(w)):
        square = total[i] + g[i] * g[i]
        total[i] = square
        w[i] -= eta * (g[i] / (np.sqrt(square) + epsilon))
        lost += zero * w[i] + zero * square
    return lost


def adadelta(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """Adadelta; ρ, ε."""
    w, g = _array(P, 0, ld), _array(D, 0, ld)
    rate = constant(line, 0)
    r, eps, _, _ = _own(line)
    kind = w.dtype.type
    rho, rest, epsilon, eta = kind(r), kind(1.0 - r), kind(eps), kind(rate)
    squares, steps = _array(V, 0, ld), _array(V, 1, ld)
    zero = kind(0.0)
    lost = zero
    for i in range(len(w)):
        square = squares[i] * rho + rest * g[i] * g[i]
        squares[i] = square
        delta = np.sqrt(steps[i] + epsilon) / np.sqrt(square + epsilon) * g[i]
        steps[i] = steps[i] * rho + rest * delta * delta
        w[i] -= eta * delta
        lost += zero * w[i] + zero * square + zero * steps[i]
    return lost


def nadam(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """NAdam; β₁, β₂, ε, ψ."""
    w, g = _array(P, 0, ld), _array(D, 0, ld)
    rate = constant(line, 0)
    beta1, beta2, eps, psi = _own(line)
    kind = w.dtype.type
    here = beta1 * (1.0 - 0.5 * 0.96 ** (n * psi))
    ahead = beta1 * (1.0 - 0.5 * 0.96 ** ((n + 1) * psi))
    root, epsilon, eta = kind(np.sqrt(1.0 - beta2**n)), kind(eps), kind(rate)
    rest1, keep2, rest2 = kind(1.0 - beta1), kind(beta2), kind(1.0 - beta2)
    m, v, products = _array(V, 0, ld), _array(V, 1, ld), _array(V, 2, ld)
    zero = kind(0.0)
    lost = zero
    for i in range(len(w)):
        product = products[i] * kind(here)
        mean = m[i] + rest1 * (g[i] - m[i])
        square = v[i] * keep2 + rest2 * g[i] * g[i]
        products[i], m[i], v[i] = product, mean, square
        step = kind(1.0 - here) / (kind(1.0) - product) * g[i]
        step += kind(ahead) / (kind(1.0) - product * kind(ahead)) * mean
        w[i] -= eta * step / (np.sqrt(square) / root + epsilon)
        lost += zero * w[i] + zero * product + zero * mean + zero * square
    return lost


def adamax(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """Adamax; β₁, β₂, ε."""
    w, g = _array(P, 0, ld), _array(D, 0, ld)
    rate = constant(line, 0)
    b1, b2, eps, _ = _own(line)
    kind = w.dtype.type
    rest, beta2, epsilon = kind(1.0 - b1), kind(b2), kind(eps)
    step = kind(rate / (1.0 - b1**n))
    m, largest = _array(V, 0, ld), _array(V, 1, ld)
    zero = kind(0.0)
    lost = zero
    for i in range(len(w)):
        mean = m[i] + rest * (g[i] - m[i])
        size = max(largest[i] * beta2, abs(g[i]) + epsilon)
        m[i], largest[i] = mean, size
        w[i] -= step * mean / size
        lost += zero * w[i] + zero * mean + zero * size
    return lost


def radam(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """RAdam; β₁, β₂, ε."""
    w, g = _array(P, 0, ld), _array(D, 0, ld)
    rate = constant(line, 0)
    beta1, beta2, eps, _ = _own(line)
    kind = w.dtype.type
    limit = 2.0 / (1.0 - beta2) - 1.0
    power = beta2**n
    length = limit - 2.0 * n * power / (1.0 - power)
    certain = length > 5.0
    factor = 1.0
    if certain:
        upper = (length - 4.0) * (length - 2.0) * limit
        factor = np.sqrt(upper / ((limit - 4.0) * (limit - 2.0) * length)) * np.sqrt(1.0 - power)
    step, epsilon = kind(rate * factor / (1.0 - beta1**n)), kind(eps)
    rest1, keep2, rest2 = kind(1.0 - beta1), kind(beta2), kind(1.0 - beta2)
    m, v = _array(V, 0, ld), _array(V, 1, ld)
    zero = kind(0.0)
    lost = zero
    for i in range(len(w)):
        mean = m[i] + rest1 * (g[i] - m[i])
        square = v[i] * keep2 + rest2 * g[i] * g[i]
        m[i], v[i] = mean, square
        w[i] -= step * mean / (np.sqrt(square) + epsilon) if certain else step * mean
        lost += zero * w[i] + zero * mean + zero * square
    return lost


RULES: Final[dict[str, Line]] = {
    "sgd": sgd,
    "adam": adam,
    "adamw": adam,
    "rmsprop": rmsprop,
    "adagrad": adagrad,
    "adadelta": adadelta,
    "nadam": nadam,
    "adamax": adamax,
    "radam": radam,
}
