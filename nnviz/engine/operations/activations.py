"""Activations a = g(z), each with its slope g′ written from what the forward pass has kept.

Each is finite and right for every finite argument, and so is its slope; the one exception is a log-softmax whose value
lies below −1.8·10³⁰⁸, which is −∞.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import pi, sqrt

import numpy as np

from nnviz.engine.arrays import Array
from nnviz.engine.operations.special import special
from nnviz.engine.plan import Instruction
from nnviz.engine.registry import Derivative, Emitter, Options, Rule, operation

LEAK = 0.01
"""α of a leaky relu that is told none."""


def identity(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """g(z) = z."""
    out[...] = inputs[0]


def sigmoid(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """g(z) = 1 / (1 + e⁻ᶻ), right for every argument."""
    special().expit(inputs[0], out)


def tanh(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """g(z) = tanh z."""
    np.tanh(inputs[0], out)


def relu(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """g(z) = max(0, z)."""
    np.maximum(inputs[0], 0.0, out=out)


def softmax(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """gᵢ(z) = e^zᵢ / Σⱼ e^zⱼ along the last axis, shifted by the largest so that nothing overflows."""
    z = inputs[0]
    np.subtract(z, np.maximum.reduce(z, axis=-1, keepdims=True), out)
    np.exp(out, out)
    out /= np.add.reduce(out, axis=-1, keepdims=True)


def log_softmax(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """gᵢ(z) = zᵢ − ln Σⱼ e^zⱼ along the last axis, shifted by the largest; right where a softmax would be 0."""
    z = inputs[0]
    np.subtract(z, np.maximum.reduce(z, axis=-1, keepdims=True), out)
    out -= np.log(np.add.reduce(np.exp(out), axis=-1, keepdims=True))


def step(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """g(z) = 1 where z > 0, else 0."""
    np.greater(inputs[0], 0.0, out, casting="unsafe")


def leaky_relu(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """g(z) = z where z > 0, else α z."""
    np.multiply(inputs[0], _alpha(options, LEAK), out)
    np.copyto(out, inputs[0], where=inputs[0] > 0)


def elu(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """g(z) = z where z > 0, else α (eᶻ − 1)."""
    np.expm1(np.minimum(inputs[0], 0.0), out)
    out *= _alpha(options, 1.0)
    np.copyto(out, inputs[0], where=inputs[0] > 0)


def gelu(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """g(z) = z Φ(z), with Φ the distribution function of N(0, 1) (exact, by erf)."""
    special().ndtr(inputs[0], out)
    out *= inputs[0]


def silu(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """g(z) = z σ(z)."""
    special().expit(inputs[0], out)
    out *= inputs[0]


def softplus(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """g(z) = ln(1 + eᶻ)."""
    np.logaddexp(inputs[0], 0.0, out)


def sigmoid_slope(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """g′ = a (1 − a), from a."""
    np.subtract(1.0, inputs[0], out)
    out *= inputs[0]


def tanh_slope(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """g′ = 1 − a², from a."""
    np.square(inputs[0], out)
    np.subtract(1.0, out, out)


def leaky_relu_slope(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """g′ = 1 where z > 0, else α, from z."""
    out.fill(_alpha(options, LEAK))
    np.copyto(out, 1.0, where=inputs[0] > 0)


def elu_slope(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """g′ = 1 where z > 0, else α eᶻ, from z."""
    np.exp(np.minimum(inputs[0], 0.0), out)
    out *= _alpha(options, 1.0)
    np.copyto(out, 1.0, where=inputs[0] > 0)


def gelu_slope(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """g′ = Φ(z) + z φ(z), from z; φ is the density of N(0, 1)."""
    z = inputs[0]
    np.exp(-0.5 * z * z, out)
    out *= z / sqrt(2 * pi)
    out += special().ndtr(z)


def silu_slope(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """g′ = σ(z) (1 + z σ(−z)), from z."""
    np.multiply(inputs[0], special().expit(-inputs[0]), out)
    out += 1.0
    out *= special().expit(inputs[0])


def softmax_back(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """∂J/∂zᵢ = aᵢ (uᵢ − Σⱼ uⱼ aⱼ), from a and the incoming gradient u."""
    a, upstream = inputs
    np.multiply(upstream, a, out)
    np.subtract(upstream, np.add.reduce(out, axis=-1, keepdims=True), out)
    out *= a


def log_softmax_back(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """∂J/∂zᵢ = uᵢ − e^aᵢ Σⱼ uⱼ, from a and the incoming gradient u."""
    a, upstream = inputs
    np.exp(a, out)
    out *= -np.add.reduce(upstream, axis=-1, keepdims=True)
    out += upstream


def _alpha(options: Options, default: float) -> float:
    return float(options.get("alpha", default))


def identity_rule(
    emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]
) -> list[Derivative | None]:
    """g′ = 1."""
    return [Derivative(None, upstream) if wanted[0] else None]


def step_rule(
    emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]
) -> list[Derivative | None]:
    """No slope where it jumps, 0 elsewhere: nothing is sent back, so that no 0 stands for a gradient."""
    return [None]


def slope_rule(slope: str, from_output: bool = False) -> Rule:
    """The rule of an elementwise function: ∂J/∂z = ∂J/∂a · g′, with g′ computed from a or from z."""

    def rule(emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]) -> list[Derivative | None]:
        if not wanted[0]:
            return [None]
        local = emit.emit(slope, instruction.output if from_output else instruction.inputs[0], like=instruction)
        return [Derivative(local, emit.emit("multiply", upstream, local))]

    return rule


def whole_row_rule(back: str) -> Rule:
    """The rule where each output depends on each input, so that there is no single local slope: ``back`` does both."""

    def rule(emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]) -> list[Derivative | None]:
        return [Derivative(None, emit.emit(back, instruction.output, upstream)) if wanted[0] else None]

    return rule


operation("identity", identity, identity_rule, symbol="=")
operation("sigmoid", sigmoid, slope_rule("sigmoid_slope", from_output=True), symbol="σ")
operation("tanh", tanh, slope_rule("tanh_slope", from_output=True), symbol="tanh")
operation("relu", relu, slope_rule("step"), symbol="relu", convention="The derivative at 0 is 0.")
operation("softmax", softmax, whole_row_rule("softmax_back"), symbol="softmax")
operation(
    "log_softmax",
    log_softmax,
    whole_row_rule("log_softmax_back"),
    symbol="ln softmax",
    convention="Natural logarithm; computed in one, so that no logarithm of 0 is met.",
)
operation(
    "step",
    step,
    step_rule,
    symbol="step",
    convention="0 at 0. It has no slope where it jumps and 0 elsewhere: nothing can be learnt through it, and no "
    "gradient is sent back.",
    source="Rosenblatt, Psychological Review 65, 1958",
)
operation(
    "leaky_relu",
    leaky_relu,
    slope_rule("leaky_relu_slope"),
    symbol="leaky",
    convention="The derivative at 0 is α, as in PyTorch; α is 0.01 unless chosen.",
    source="Maas, Hannun and Ng, ICML workshop, 2013",
)
operation(
    "elu",
    elu,
    slope_rule("elu_slope"),
    symbol="elu",
    convention="The derivative at 0 is α, as in PyTorch; α is 1 unless chosen.",
    source="Clevert, Unterthiner and Hochreiter, ICLR 2016",
)
operation(
    "gelu",
    gelu,
    slope_rule("gelu_slope"),
    symbol="gelu",
    convention="Exact, by the error function; some use an approximation by tanh that differs by up to 5·10⁻⁴.",
    source="Hendrycks and Gimpel, arXiv 1606.08415, 2016",
)
operation(
    "silu",
    silu,
    slope_rule("silu_slope"),
    symbol="silu",
    convention="Also called swish, with β = 1.",
    source="Elfwing, Uchibe and Doya, Neural Networks 107, 2018",
)
operation(
    "softplus",
    softplus,
    slope_rule("sigmoid"),
    symbol="softplus",
    convention="ln(1 + eᶻ) everywhere; PyTorch takes z itself above 20, which differs by up to 2·10⁻⁹.",
    source="Dugas et al., NIPS 2000",
)
operation("sigmoid_slope", sigmoid_slope)
operation("tanh_slope", tanh_slope)
operation("leaky_relu_slope", leaky_relu_slope)
operation("elu_slope", elu_slope)
operation("gelu_slope", gelu_slope)
operation("silu_slope", silu_slope)
operation("softmax_back", softmax_back)
operation("log_softmax_back", log_softmax_back)
