"""Operations on numbers, element by element: difference, quotient, power, functions of one number, extremes.

What has no value (the logarithm of a negative number, 0 / 0) is NaN or infinity, as in IEEE arithmetic: a run stops
there and names the node.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from nnviz.engine.arrays import Array
from nnviz.engine.operations.activations import always, slope_rule
from nnviz.engine.operations.tangents import carried_by, linear, symmetric
from nnviz.engine.plan import Instruction
from nnviz.engine.registry import Compute, Derivative, Emitter, Options, Rule, TangentRule, operation


def unary(function: Callable[[Array, Array], object], told: str) -> Compute:
    """The row's ``compute`` of a function that numpy has, with what it computes as its docstring."""

    def compute(inputs: Sequence[Array], out: Array, options: Options) -> None:
        function(inputs[0], out)

    compute.__doc__ = told
    return compute


def subtract(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """out = x₁ − x₂."""
    np.subtract(inputs[0], inputs[1], out)


def divide(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """out = x₁ / x₂."""
    np.divide(inputs[0], inputs[1], out)


def power(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """out = x₁ ^ x₂, or x ^ exponent with option ``exponent`` where one comes in."""
    np.power(inputs[0], _exponent(inputs, options), out)


def maximum(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """out = max(x₁, x₂, …)."""
    np.maximum.reduce(inputs, axis=0, out=out)


def minimum(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """out = min(x₁, x₂, …)."""
    np.minimum.reduce(inputs, axis=0, out=out)


# The numbers that derivatives are made of


def divide_slope(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """∂(x₁/x₂)/∂x₂ = −(x₁/x₂) / x₂, from the quotient and x₂."""
    np.divide(inputs[0], inputs[1], out)
    np.negative(out, out)


def power_slope(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """∂(x ^ p)/∂x = p · x ^ (p − 1); 0 where p = 0."""
    exponent = np.asarray(_exponent(inputs, options), out.dtype)
    np.power(inputs[0], exponent - 1, out)
    out *= exponent
    np.copyto(out, 0.0, where=exponent == 0)


def power_exponent_slope(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """∂(x ^ p)/∂p = a · ln x, from a = x ^ p, x and p; 0 where x = 0 and p ≥ 0."""
    a, x, p = inputs
    np.log(x, out)
    out *= a
    np.copyto(out, 0.0, where=(x == 0) & (p >= 0))


def square_slope(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """∂x²/∂x = 2 x."""
    np.multiply(inputs[0], 2.0, out)


def sqrt_slope(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """∂√x/∂x = 1 / (2 √x), from √x."""
    np.divide(0.5, inputs[0], out)


def cos_slope(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """∂ cos x/∂x = −sin x."""
    np.sin(inputs[0], out)
    np.negative(out, out)


def power_curvature(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """∂²(x ^ p)/∂x² = p (p − 1) x ^ (p − 2); 0 where p = 0 or 1."""
    exponent = np.asarray(_exponent(inputs, options), out.dtype)
    np.power(inputs[0], exponent - 2, out)
    out *= exponent * (exponent - 1)
    np.copyto(out, 0.0, where=(exponent == 0) | (exponent == 1))


def power_mixed_curvature(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """∂²(x ^ p)/∂x∂p = x ^ (p − 1) (1 + p ln x), from x and p."""
    x, p = inputs
    np.log(x, out)
    out *= p
    out += 1.0
    out *= np.power(x, p - 1)


def share_of_equal(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """∂a/∂x of an extreme: 1/m where x is one of m that are the extreme, else 0; from a, x and all."""
    a, x, *others = inputs
    np.equal(a, x, out, casting="unsafe")
    out /= np.maximum(np.sum([np.equal(a, other) for other in others], axis=0), 1)


def _exponent(inputs: Sequence[Array], options: Options) -> Array | float:
    return inputs[1] if len(inputs) == 2 else float(options["exponent"])


# Rules


def subtract_rule(
    emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]
) -> list[Derivative | None]:
    """∂(x₁ − x₂)/∂x₁ = 1, ∂/∂x₂ = −1."""
    return [
        Derivative(None, upstream) if wanted[0] else None,
        Derivative(None, emit.emit("negate", upstream)) if wanted[1] else None,
    ]


def negate_rule(
    emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]
) -> list[Derivative | None]:
    """∂(−x)/∂x = −1."""
    return [Derivative(None, emit.emit("negate", upstream)) if wanted[0] else None]


def divide_rule(
    emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]
) -> list[Derivative | None]:
    """∂(x₁/x₂)/∂x₁ = 1/x₂, ∂/∂x₂ = −(x₁/x₂)/x₂."""
    bottom = instruction.inputs[1]
    return [
        _times(emit, upstream, emit.emit("reciprocal", bottom)) if wanted[0] else None,
        _times(emit, upstream, emit.emit("divide_slope", instruction.output, bottom)) if wanted[1] else None,
    ]


def power_rule(
    emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]
) -> list[Derivative | None]:
    """∂(x ^ p)/∂x = p · x ^ (p − 1), ∂/∂p = x ^ p · ln x."""
    found: list[Derivative | None] = [None] * len(wanted)
    if wanted[0]:
        found[0] = _times(emit, upstream, emit.emit("power_slope", *instruction.inputs, like=instruction))
    if wanted[1:] == [True]:
        local = emit.emit("power_exponent_slope", instruction.output, *instruction.inputs)
        found[1] = _times(emit, upstream, local)
    return found


def reciprocal_rule(
    emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]
) -> list[Derivative | None]:
    """∂(1/x)/∂x = −(1/x)²."""
    if not wanted[0]:
        return [None]
    return [_times(emit, upstream, emit.emit("negate", emit.emit("square", instruction.output)))]


def divide_slope_rule(
    emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]
) -> list[Derivative | None]:
    """Of s = −q/x: ∂s/∂q = −1/x, ∂s/∂x = −s/x, which is the same function of s."""
    x = instruction.inputs[1]
    return [
        _times(emit, upstream, emit.emit("negate", emit.emit("reciprocal", x))) if wanted[0] else None,
        _times(emit, upstream, emit.emit("divide_slope", instruction.output, x)) if wanted[1] else None,
    ]


def power_slope_rule(
    emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]
) -> list[Derivative | None]:
    """∂(p · x ^ (p − 1))/∂x = p (p − 1) x ^ (p − 2), ∂/∂p = x ^ (p − 1) (1 + p ln x)."""
    found: list[Derivative | None] = [None] * len(wanted)
    if wanted[0]:
        found[0] = _times(emit, upstream, emit.emit("power_curvature", *instruction.inputs, like=instruction))
    if wanted[1:] == [True]:
        found[1] = _times(emit, upstream, emit.emit("power_mixed_curvature", *instruction.inputs))
    return found


def power_exponent_slope_rule(
    emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]
) -> list[Derivative | None]:
    """Of a · ln x: ∂/∂a = ln x, ∂/∂x = a/x; p only says where it is 0."""
    a, x, _ = instruction.inputs
    return [
        _times(emit, upstream, emit.emit("log", x)) if wanted[0] else None,
        _times(emit, upstream, emit.emit("divide", a, x)) if wanted[1] else None,
        None,
    ]


def sqrt_slope_rule(
    emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]
) -> list[Derivative | None]:
    """Of s = ½ / a: ∂s/∂a = −s/a."""
    if not wanted[0]:
        return [None]
    return [_times(emit, upstream, emit.emit("divide_slope", instruction.output, instruction.inputs[0]))]


def cos_slope_rule(
    emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]
) -> list[Derivative | None]:
    """∂(−sin x)/∂x = −cos x."""
    if not wanted[0]:
        return [None]
    return [_times(emit, upstream, emit.emit("negate", emit.emit("cos", instruction.inputs[0])))]


def exp_rule(emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]) -> list[Derivative | None]:
    """∂eˣ/∂x = eˣ, which the forward pass has kept."""
    return [_times(emit, upstream, instruction.output) if wanted[0] else None]


def extreme_rule(
    emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]
) -> list[Derivative | None]:
    """1 for the largest (smallest), 0 for the others; where several are equal they share it evenly."""
    slots = instruction.inputs
    return [
        _times(emit, upstream, emit.emit("share_of_equal", instruction.output, slot, *slots)) if want else None
        for slot, want in zip(slots, wanted, strict=True)
    ]


def _times(emit: Emitter, upstream: int, local: int) -> Derivative:
    return Derivative(local, emit.emit("multiply", upstream, local))


def _function(
    name: str,
    function: Callable[[Array, Array], object],
    told: str,
    rule: Rule | None,
    symbol: str = "",
    convention: str = "",
    kink: Callable[[Options], bool] | None = None,
    tangent: TangentRule | None = symmetric,
) -> None:
    operation(name, unary(function, told), rule, tangent=tangent, kink=kink, symbol=symbol, convention=convention)


_TIES = "Where several are equal, they share the derivative evenly, as in PyTorch."

operation("subtract", subtract, subtract_rule, tangent=symmetric, symbol="−")
operation(
    "divide",
    divide,
    divide_rule,
    tangent=symmetric,
    symbol="÷",
    convention="x / 0 is infinite, 0 / 0 is not a number.",
)
operation(
    "power",
    power,
    power_rule,
    tangent=symmetric,
    symbol="xʸ",
    convention="0 ^ 0 = 1. The derivative by x is 0 where the exponent is 0; by the exponent it is 0 where x is 0 and "
    "the exponent is not negative. A negative x has whole powers only.",
)
operation("maximum", maximum, extreme_rule, tangent=symmetric, kink=always, symbol="max", convention=_TIES)
operation("minimum", minimum, extreme_rule, tangent=symmetric, kink=always, symbol="min", convention=_TIES)
_function("negate", np.negative, "out = −x.", negate_rule, "−x")
_function("exp", np.exp, "out = eˣ.", exp_rule, "eˣ")
_function(
    "log",
    np.log,
    "out = ln x.",
    slope_rule("reciprocal"),
    "ln",
    convention="Natural logarithm; ln 0 is −∞, that of a negative number is not a number.",
)
_function(
    "sqrt",
    np.sqrt,
    "out = √x.",
    slope_rule("sqrt_slope", from_output=True),
    "√",
    convention="The derivative at 0 is infinite; the root of a negative number is not a number.",
)
_function("abs", np.abs, "out = |x|.", slope_rule("sign"), "|x|", convention="The derivative at 0 is 0.", kink=always)
_function("square", np.square, "out = x².", slope_rule("square_slope"), "x²")
_function("sin", np.sin, "out = sin x.", slope_rule("cos"), "sin", convention="x in radians.")
_function("cos", np.cos, "out = cos x.", slope_rule("cos_slope"), "cos", convention="x in radians.")
_function("reciprocal", np.reciprocal, "out = 1 / x.", None, tangent=carried_by(reciprocal_rule))
_function("sign", np.sign, "out = −1, 0 or 1.", None, tangent=None)
operation("divide_slope", divide_slope, tangent=carried_by(divide_slope_rule))
operation("power_slope", power_slope, tangent=carried_by(power_slope_rule))
operation("power_exponent_slope", power_exponent_slope, tangent=carried_by(power_exponent_slope_rule))
operation("square_slope", square_slope, tangent=linear)
operation("sqrt_slope", sqrt_slope, tangent=carried_by(sqrt_slope_rule))
operation("cos_slope", cos_slope, tangent=carried_by(cos_slope_rule))
operation("power_curvature", power_curvature)
operation("power_mixed_curvature", power_mixed_curvature)
operation("share_of_equal", share_of_equal)
