"""How each operation is written: the formula of its value, and of its local derivatives, as trees.

One row each in :data:`WRITTEN`. Walkthroughs fill the trees with numbers, the reference of operations writes them with
symbols, and a test evaluates every one and compares it with the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import pi, sqrt

import numpy as np

from nnviz.engine.operations.activations import LEAK
from nnviz.engine.operations.special import special
from nnviz.engine.plan import OptionValue
from nnviz.lowering.explain import tensors
from nnviz.lowering.formula import (
    Apply,
    Cases,
    Difference,
    Expression,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    Total,
    Value,
    natural_log,
)
from nnviz.numbers import subscripted


@dataclass(frozen=True, eq=False)
class Use:
    """One use of an operation: what comes in (of a loss: prediction and target), its value, its options.

    ``rows`` and ``place`` are given where a term of a loss is written output by output: the whole prediction and the
    whole target, and which of the outputs is meant.
    """

    inputs: tuple[Symbol, ...]
    out: Symbol
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    rows: tuple[Symbol, ...] = ()
    place: int = 0

    def told(self, name: str, default: float = 1.0) -> Symbol:
        """An option that is a number, by its letter."""
        return Symbol({"alpha": "α", "delta": "δ"}[name], float(self.options.get(name, default)))


@dataclass(frozen=True, slots=True)
class Written:
    """One row.

    Attributes
    ----------
    value : the value of one use.
    slopes : its derivative by each input (of a loss: by the prediction), where each unit depends on its own alone.
    back : what is sent to an input (its place is given), made of what arrives, where units depend on one another.
    """

    value: Callable[[Use], Expression]
    slopes: Callable[[Use], tuple[Expression, ...]] | None = None
    back: Callable[[Use, int, Expression], Expression] | None = None


ZERO, HALF, ONE, TWO = Number(0), Number(0.5), Number(1), Number(2)

# Functions, each computed by itself, not by the engine


def function(name: str, latex: str, compute: Callable[..., Value], *arguments: Expression) -> Apply:
    """A function of one argument or several."""
    return Apply(name, latex, compute, arguments[0], arguments[1:])


def _operator(name: str) -> str:
    return f"\\operatorname{{{name}}}"


def logistic(x: Value) -> Value:
    """1 / (1 + e⁻ˣ), without overflow."""
    small = np.exp(-np.abs(x))
    found: Value = np.where(np.asarray(x) >= 0, 1.0, small) / (1.0 + small)
    return found


def soft_positive(x: Value) -> Value:
    """ln(1 + eˣ), without overflow."""
    found: Value = np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))
    return found


def normal_share(x: Value) -> Value:
    """Φ: the share of N(0, 1) below x."""
    found: Value = 0.5 * special().erfc(-np.asarray(x) / sqrt(2))
    return found


def normal_density(x: Value) -> Value:
    """φ: the density of N(0, 1)."""
    found: Value = np.exp(-np.square(x) / 2) / sqrt(2 * pi)
    return found


def shares(x: Value) -> Value:
    """Softmax along the last axis."""
    powers = np.exp(x - np.max(x, axis=-1, keepdims=True))
    found: Value = powers / np.sum(powers, axis=-1, keepdims=True)
    return found


def log_shares(x: Value) -> Value:
    """Its logarithm."""
    shifted = np.asarray(x - np.max(x, axis=-1, keepdims=True))
    found: Value = shifted - np.log(np.sum(np.exp(shifted), axis=-1, keepdims=True))
    return np.maximum(found, np.finfo(np.float64).min)


def over_units(array: Value) -> Value:
    """The sum over the units, kept as one unit."""
    return np.asarray(np.sum(array, axis=-1, keepdims=True))


def mean_of_units(array: Value) -> Value:
    """The mean over the units, kept as one unit."""
    return np.asarray(np.mean(array, axis=-1, keepdims=True))


def sigma(x: Expression) -> Apply:
    """σ(x)."""
    return function("σ", "\\sigma", logistic, x)


def ln(x: Expression) -> Apply:
    """ln(x)."""
    return function("ln", "\\ln", natural_log, x)


def exp(x: Expression) -> Apply:
    """eˣ."""
    return function("exp", "e^", np.exp, x)


def magnitude(x: Expression) -> Apply:
    """|x|."""
    return function("|{}|", "\\left|{}\\right|", np.abs, x)


def larger(*arguments: Expression) -> Apply:
    """max(…)."""
    return function("max", "\\max", _largest, *arguments)


def smaller(*arguments: Expression) -> Apply:
    """min(…)."""
    return function("min", "\\min", _smallest, *arguments)


def sign(x: Expression) -> Apply:
    """−1, 0 or 1."""
    return function("sign", _operator("sign"), np.sign, x)


def _largest(*arguments: Value) -> Value:
    return np.asarray(np.max(np.broadcast_arrays(*arguments), axis=0))


def _smallest(*arguments: Value) -> Value:
    return np.asarray(np.min(np.broadcast_arrays(*arguments), axis=0))


def minus(x: Expression, y: Expression) -> Difference:
    """x − y."""
    return Difference(x, y)


def times(*factors: Expression) -> Expression:
    """The product."""
    return factors[0] if len(factors) == 1 else Product(factors)


def positive(x: Expression, then: Expression, otherwise: Expression) -> Expression:
    """``then`` where x > 0, else ``otherwise``."""
    return Cases(x, ">", ZERO, then, otherwise)


# Operations


def _sum(use: Use) -> Expression:
    return use.inputs[0] if len(use.inputs) == 1 else Sum(use.inputs)


def _ones(use: Use) -> tuple[Expression, ...]:
    return (ONE,) * len(use.inputs)


def _others(use: Use) -> tuple[Expression, ...]:
    """Of a product: for each factor the product of all others."""
    rest = [[*use.inputs[:place], *use.inputs[place + 1 :]] for place in range(len(use.inputs))]
    return tuple(times(*others) if others else ONE for others in rest)


def _quotient(use: Use) -> Expression:
    return Quotient(use.inputs[0], use.inputs[1])


def _quotient_slopes(use: Use) -> tuple[Expression, ...]:
    x, y = use.inputs
    return Quotient(ONE, y), Negative(Quotient(x, Power(y, 2)))


def _power(use: Use) -> Expression:
    return Power(use.inputs[0], _exponent(use))


def _power_slopes(use: Use) -> tuple[Expression, ...]:
    x, p = use.inputs[0], _exponent(use)
    lower = Number(p.value - 1.0) if isinstance(p, Number) else minus(p, ONE)
    by_base = times(p, Power(x, lower))
    return (by_base,) if len(use.inputs) == 1 else (by_base, times(use.out, ln(x)))


def _exponent(use: Use) -> Expression:
    return use.inputs[1] if len(use.inputs) == 2 else Number(float(use.options["exponent"]))


def _extreme_slopes(use: Use) -> tuple[Expression, ...]:
    return tuple(_share_of_equal(use, x) for x in use.inputs)


def _share_of_equal(use: Use, x: Symbol) -> Expression:
    """1 for the one that is chosen, else 0; several that are equal share it evenly."""
    count = np.sum([np.equal(use.out.value, other.value) for other in use.inputs], axis=0)
    share = np.where(np.equal(use.out.value, x.value), 1.0 / np.maximum(count, 1), 0.0)
    return Symbol(f"[{subscripted(x.text)} = {subscripted(use.out.text)}]", share)


def _joined(use: Use) -> Expression:
    values = np.concatenate([np.atleast_1d(each.value) for each in use.inputs], axis=-1)
    return Symbol("(" + ", ".join(subscripted(each.text) for each in use.inputs) + ")", values)


def _part_of(use: Use, place: int, arrived: Expression) -> Expression:
    """The units of what arrives that belong to one of several inputs."""
    widths = [np.shape(np.atleast_1d(each.value))[-1] for each in use.inputs]
    start = sum(widths[:place])

    def compute(value: Value) -> Value:
        return np.asarray(np.atleast_1d(value)[..., start : start + widths[place]])

    return _units(start, start + widths[place], compute, arrived)


def _range(use: Use) -> tuple[int, int]:
    return int(use.options["start"]), int(use.options["stop"])


def _selected(use: Use) -> Expression:
    start, stop = _range(use)

    def compute(value: Value) -> Value:
        return np.asarray(np.atleast_1d(value)[..., start:stop])

    return _units(start, stop, compute, use.inputs[0])


def _units(start: int, stop: int, compute: Callable[..., Value], argument: Expression) -> Apply:
    """x[2], or x[2…4]: units counted from 1."""
    taken = f"[{start + 1}]" if stop == start + 1 else f"[{start + 1}…{stop}]"
    return Apply("{}" + taken, "{}_{" + taken.replace("…", "\\dots ") + "}", compute, argument)


def _put_back(use: Use, place: int, arrived: Expression) -> Expression:
    """What arrives at the units that were taken, 0 at the others."""
    start, stop = _range(use)
    like = np.atleast_1d(use.inputs[0].value)

    def compute(value: Value) -> Value:
        out = np.zeros_like(like)
        out[..., start:stop] = value
        return out

    return function("put back", "\\text{put back}", compute, arrived)


def _to_each(use: Use, place: int, arrived: Expression) -> Expression:
    """The same for every unit; of a single one once."""
    shape = np.shape(use.inputs[0].value)
    if not shape or shape[-1] == 1:
        return Product((arrived, ONE))
    return function("to each", "\\text{to each}", lambda value: np.broadcast_to(value, shape), arrived)


def _mean_to_each(use: Use, place: int, arrived: Expression) -> Expression:
    width = np.shape(np.atleast_1d(use.inputs[0].value))[-1]
    return _to_each(use, place, Quotient(arrived, Symbol("k", float(width))))


# Activations


def _leaky(use: Use) -> Expression:
    z = use.inputs[0]
    return positive(z, z, times(use.told("alpha", LEAK), z))


def _elu(use: Use) -> Expression:
    z = use.inputs[0]
    return positive(z, z, times(use.told("alpha"), minus(exp(z), ONE)))


def _gelu_slope(use: Use) -> tuple[Expression, ...]:
    z = use.inputs[0]
    return (Sum((_phi(z), times(z, function("φ", "\\varphi", normal_density, z)))),)


def _phi(z: Expression) -> Apply:
    return function("Φ", "\\Phi", normal_share, z)


def _silu_slope(use: Use) -> tuple[Expression, ...]:
    z = use.inputs[0]
    return (times(sigma(z), Sum((ONE, times(z, sigma(Negative(z)))))),)


def softplus(z: Expression) -> Apply:
    """ln(1 + eᶻ)."""
    return function("softplus", _operator("softplus"), soft_positive, z)


def _softmax_back(use: Use, place: int, arrived: Expression) -> Expression:
    a = use.out
    return times(a, minus(arrived, Total(times(arrived, a), "Σ", "\\sum", over_units)))


def _log_softmax_back(use: Use, place: int, arrived: Expression) -> Expression:
    return minus(arrived, times(exp(use.out), Total(arrived, "Σ", "\\sum", over_units)))


# Losses: inputs are a prediction and its target


def _squared_error(use: Use) -> Expression:
    p, y = use.inputs
    square = Power(minus(y, p), 2)
    return times(HALF, square) if use.options["half"] else square


def _squared_error_slope(use: Use) -> tuple[Expression, ...]:
    p, y = use.inputs
    return (minus(p, y) if use.options["half"] else times(TWO, minus(p, y)),)


def _huber(use: Use) -> Expression:
    p, y = use.inputs
    far, delta = magnitude(minus(y, p)), use.told("delta")
    straight = times(delta, minus(far, times(HALF, delta)))
    return Cases(far, "≤", delta, times(HALF, Power(minus(y, p), 2)), straight)


def _huber_slope(use: Use) -> tuple[Expression, ...]:
    p, y = use.inputs
    delta = use.told("delta")
    return (Cases(magnitude(minus(y, p)), "≤", delta, minus(p, y), times(delta, sign(minus(p, y)))),)


def _binary_slope(use: Use) -> tuple[Expression, ...]:
    p, y = use.inputs
    return (Quotient(minus(p, y), times(p, minus(ONE, p))),)


def _binary(use: Use) -> Expression:
    p, y = use.inputs
    return minus(Negative(times(y, ln(p))), times(minus(ONE, y), ln(minus(ONE, p))))


def _binary_logits(use: Use) -> Expression:
    z, y = use.inputs
    return Sum((times(y, softplus(Negative(z))), times(minus(ONE, y), softplus(z))))


def _one_of(name: str, latex: str, compute: Callable[[Value], Value], use: Use) -> Apply:
    """One of the outputs of a function of the whole row, which is written with its index."""
    assert use.rows, "a term of this loss needs the whole prediction"
    index = str(use.place + 1)
    return function(
        subscripted(f"p{index}").replace("p", name, 1),
        f"{latex}_{{{index}}}",
        lambda row: np.asarray(compute(row)[..., use.place]),  # type: ignore[index]  # a row has units
        use.rows[0],
    )


def _categorical_logits(use: Use) -> Expression:
    return Negative(times(use.inputs[1], _one_of("ln softmax", "\\ln " + _operator("softmax"), log_shares, use)))


def _categorical_logits_back(use: Use, place: int, arrived: Expression) -> Expression:
    share: Expression = _one_of("softmax", _operator("softmax"), shares, use)
    marked = np.sum(use.rows[1].value, axis=-1)
    if not np.all(marked == 1.0):  # a target that is no single class
        share = times(share, Symbol("Σy", marked))
    return times(arrived, minus(share, use.inputs[1]))


def _hinge_slope(use: Use) -> tuple[Expression, ...]:
    p, y = use.inputs
    return (positive(minus(ONE, times(y, p)), Negative(y), ZERO),)


WRITTEN: dict[str, Written] = {
    "add": Written(_sum, _ones),
    "subtract": Written(lambda use: minus(*use.inputs), lambda use: (ONE, Number(-1))),
    "multiply": Written(lambda use: times(*use.inputs), _others),
    "dropout": Written(lambda use: times(*use.inputs), _others),
    "divide": Written(_quotient, _quotient_slopes),
    "power": Written(_power, _power_slopes),
    "negate": Written(lambda use: Negative(use.inputs[0]), lambda use: (Number(-1),)),
    "exp": Written(lambda use: exp(use.inputs[0]), lambda use: (use.out,)),
    "log": Written(lambda use: ln(use.inputs[0]), lambda use: (Quotient(ONE, use.inputs[0]),)),
    "sqrt": Written(
        lambda use: function("√", "\\sqrt", np.sqrt, use.inputs[0]),
        lambda use: (Quotient(ONE, times(TWO, use.out)),),
    ),
    "abs": Written(lambda use: magnitude(use.inputs[0]), lambda use: (sign(use.inputs[0]),)),
    "square": Written(lambda use: Power(use.inputs[0], 2), lambda use: (times(TWO, use.inputs[0]),)),
    "maximum": Written(lambda use: larger(*use.inputs), _extreme_slopes),
    "minimum": Written(lambda use: smaller(*use.inputs), _extreme_slopes),
    "sin": Written(lambda use: _sine(use.inputs[0]), lambda use: (_cosine(use.inputs[0]),)),
    "cos": Written(lambda use: _cosine(use.inputs[0]), lambda use: (Negative(_sine(use.inputs[0])),)),
    "sum": Written(lambda use: Total(use.inputs[0], "Σ", "\\sum", over_units), back=_to_each),
    "mean": Written(
        lambda use: Total(use.inputs[0], "mean", "\\operatorname{mean}", mean_of_units), back=_mean_to_each
    ),
    "concatenate": Written(_joined, back=_part_of),
    "select": Written(_selected, back=_put_back),
    "reshape": Written(tensors.reshape, back=tensors.reshape_back),
    "flatten": Written(tensors.flatten, back=tensors.reshape_back),
    "matmul": Written(tensors.matmul, back=tensors.matmul_back),
    "conv2d": Written(tensors.convolution, back=tensors.convolution_back),
    "max_pool": Written(tensors.max_pool, back=tensors.max_pool_back),
    "avg_pool": Written(tensors.average_pool, back=tensors.average_pool_back),
    "identity": Written(lambda use: use.inputs[0], _ones),
    "sigmoid": Written(lambda use: sigma(use.inputs[0]), lambda use: (times(use.out, minus(ONE, use.out)),)),
    "tanh": Written(
        lambda use: function("tanh", "\\tanh", np.tanh, use.inputs[0]), lambda use: (minus(ONE, Power(use.out, 2)),)
    ),
    "relu": Written(lambda use: larger(ZERO, use.inputs[0]), lambda use: (positive(use.inputs[0], ONE, ZERO),)),
    "step": Written(lambda use: positive(use.inputs[0], ONE, ZERO)),
    "leaky_relu": Written(_leaky, lambda use: (positive(use.inputs[0], ONE, use.told("alpha", LEAK)),)),
    "elu": Written(_elu, lambda use: (positive(use.inputs[0], ONE, times(use.told("alpha"), exp(use.inputs[0]))),)),
    "gelu": Written(lambda use: times(use.inputs[0], _phi(use.inputs[0])), _gelu_slope),
    "silu": Written(lambda use: times(use.inputs[0], sigma(use.inputs[0])), _silu_slope),
    "softplus": Written(lambda use: softplus(use.inputs[0]), lambda use: (sigma(use.inputs[0]),)),
    "softmax": Written(
        lambda use: function("softmax", _operator("softmax"), shares, use.inputs[0]), back=_softmax_back
    ),
    "log_softmax": Written(
        lambda use: function("ln softmax", "\\ln " + _operator("softmax"), log_shares, use.inputs[0]),
        back=_log_softmax_back,
    ),
    "squared_error": Written(_squared_error, _squared_error_slope),
    "absolute_error": Written(
        lambda use: magnitude(minus(use.inputs[1], use.inputs[0])), lambda use: (sign(minus(*use.inputs)),)
    ),
    "huber": Written(_huber, _huber_slope),
    "binary_cross_entropy": Written(_binary, _binary_slope),
    "binary_cross_entropy_logits": Written(_binary_logits, lambda use: (minus(sigma(use.inputs[0]), use.inputs[1]),)),
    "categorical_cross_entropy": Written(
        lambda use: Negative(times(use.inputs[1], ln(use.inputs[0]))),
        lambda use: (Negative(Quotient(use.inputs[1], use.inputs[0])),),
    ),
    "categorical_cross_entropy_logits": Written(_categorical_logits, back=_categorical_logits_back),
    "hinge": Written(lambda use: larger(ZERO, minus(ONE, times(use.inputs[1], use.inputs[0]))), _hinge_slope),
    "objective": Written(lambda use: use.inputs[0], _ones),
}
"""How every operation is written that a drawing can call for by a kind of its own."""


def written(operation: str, use: Use) -> Expression:
    """The value of one use of an operation."""
    return WRITTEN[operation].value(use)


def passed_back(operation: str, use: Use, place: int, arrived: Expression) -> Expression:
    """What one use sends to one of its inputs: what arrives, times the local derivative."""
    row = WRITTEN[operation]
    if row.back is not None:
        return row.back(use, place, arrived)
    assert row.slopes is not None, f"{operation} sends nothing back"
    return Product((arrived, row.slopes(use)[place]))


def _sine(x: Expression) -> Apply:
    return function("sin", "\\sin", np.sin, x)


def _cosine(x: Expression) -> Apply:
    return function("cos", "\\cos", np.cos, x)
