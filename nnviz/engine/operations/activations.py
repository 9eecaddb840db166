"""Activations a = g(z), each with its slope g′ written from what the forward pass has kept, and its curvature g″.

Each is finite and right for every finite argument, and so are slope and curvature, with two limits. A log-softmax below
−1.8·10³⁰⁸, which float64 does not hold, is −1.8·10³⁰⁸, the nearest number there is; its slopes are right all the same.
The slopes of sigmoid and tanh are made of a, as by hand, and hold to the rounding of a number near 1: where a is 1 they
are 0, though 10⁻¹⁷ would be right.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import pi, sqrt

import numpy as np

from nnviz.engine.arrays import Array
from nnviz.engine.operations.special import special
from nnviz.engine.operations.tangents import added, carried_by, linear, over_units, still, symmetric
from nnviz.engine.plan import Instruction
from nnviz.engine.registry import Derivative, Emitter, Options, Rule, operation

LEAK = 0.01
"""α of a leaky relu that is told none."""


def identity(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """g(z) = z."""
    out[...] = inputs[0]


def sigmoid(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """g(z) = 1 / (1 + e⁻ᶻ), right for every argument: below 0 as eᶻ / (1 + eᶻ), which does not overflow.

    Not by scipy, which takes 0.15 s to import: the network that a window begins with needs nothing else of it.
    """
    z = inputs[0]
    above = np.exp(np.minimum(z, 0.0))
    np.exp(-np.abs(z), out)
    out += 1.0
    np.divide(above, out, out)


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
    """gᵢ(z) = zᵢ − ln Σⱼ e^zⱼ along the last axis, shifted by the largest; right where a softmax would be 0.

    A value below the lowest number of the type, as of −10³⁰⁸ beside 10³⁰⁸, is that lowest number.
    """
    z = inputs[0]
    np.subtract(z, np.maximum.reduce(z, axis=-1, keepdims=True), out)
    out -= np.log(np.add.reduce(np.exp(out), axis=-1, keepdims=True))
    np.maximum(out, np.finfo(out.dtype).min, out=out)


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


def elu_curvature(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """g″ = 0 where z > 0, else α eᶻ, from z."""
    np.exp(np.minimum(inputs[0], 0.0), out)
    out *= _alpha(options, 1.0)
    np.copyto(out, 0.0, where=inputs[0] > 0)


def gelu_curvature(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """g″ = φ(z) (2 − z²), from z; beyond ±40 it is 0, as φ is."""
    np.clip(inputs[0], -40.0, 40.0, out)
    np.square(out, out)
    density = np.exp(-0.5 * out) / sqrt(2 * pi)
    np.subtract(2.0, out, out)
    out *= density


def silu_curvature(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """g″ = σ(z) σ(−z) (2 − z tanh(z/2)), from z."""
    z = inputs[0]
    np.tanh(0.5 * z, out)
    out *= z
    np.subtract(2.0, out, out)
    out *= special().expit(z) * special().expit(-z)


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


def sigmoid_slope_rule(
    emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]
) -> list[Derivative | None]:
    """∂(a (1 − a))/∂a = 1 − 2 a."""
    if not wanted[0]:
        return [None]
    a = instruction.inputs[0]
    local = emit.emit("subtract", emit.emit("ones", a), emit.emit("scale", a, factor=2.0))
    return [Derivative(local, emit.emit("multiply", upstream, local))]


def tanh_slope_rule(
    emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]
) -> list[Derivative | None]:
    """∂(1 − a²)/∂a = −2 a."""
    if not wanted[0]:
        return [None]
    local = emit.emit("scale", instruction.inputs[0], factor=-2.0)
    return [Derivative(local, emit.emit("multiply", upstream, local))]


def log_softmax_tangent(emit: Emitter, instruction: Instruction, tangents: Sequence[int | None]) -> int | None:
    """ȧᵢ = żᵢ − Σⱼ e^aⱼ żⱼ."""
    moving = tangents[0]
    if moving is None:
        return None
    weighted = emit.emit("multiply", emit.emit("exp", instruction.output), moving)
    return emit.emit("subtract", moving, over_units(emit, weighted))


def softmax_back_tangent(emit: Emitter, instruction: Instruction, tangents: Sequence[int | None]) -> int | None:
    """Of aᵢ (uᵢ − Σ u a): by u as it is, by a: ȧᵢ (uᵢ − Σ u a) − aᵢ Σ u ȧ."""
    (a, upstream), (da, du) = instruction.inputs, tangents
    terms: list[int] = []
    if da is not None:
        spread = emit.emit("subtract", upstream, over_units(emit, emit.emit("multiply", upstream, a)))
        moved = over_units(emit, emit.emit("multiply", upstream, da))
        terms.append(emit.emit("subtract", emit.emit("multiply", da, spread), emit.emit("multiply", a, moved)))
    if du is not None:
        terms.append(emit.emit("softmax_back", a, du))
    return added(emit, terms)


def log_softmax_back_tangent(emit: Emitter, instruction: Instruction, tangents: Sequence[int | None]) -> int | None:
    """Of uᵢ − e^aᵢ Σ u: by u as it is, by a: −ȧᵢ e^aᵢ Σ u."""
    (a, upstream), (da, du) = instruction.inputs, tangents
    terms: list[int] = []
    if da is not None:
        moved = emit.emit("multiply", da, emit.emit("exp", a), over_units(emit, upstream))
        terms.append(emit.emit("negate", moved))
    if du is not None:
        terms.append(emit.emit("log_softmax_back", a, du))
    return added(emit, terms)


def always(options: Options) -> bool:
    """Of what has a kink whatever it is told."""
    return True


def elu_kink(options: Options) -> bool:
    """At 0 the slopes α and 1 meet; only where they are equal there is no kink."""
    return _alpha(options, 1.0) != 1.0


operation("identity", identity, identity_rule, tangent=linear, symbol="=")
operation("sigmoid", sigmoid, slope_rule("sigmoid_slope", from_output=True), tangent=symmetric, symbol="σ")
operation("tanh", tanh, slope_rule("tanh_slope", from_output=True), tangent=symmetric, symbol="tanh")
operation(
    "relu",
    relu,
    slope_rule("step"),
    tangent=symmetric,
    kink=always,
    symbol="relu",
    convention="The derivative at 0 is 0.",
)
operation("softmax", softmax, whole_row_rule("softmax_back"), tangent=symmetric, symbol="softmax")
operation(
    "log_softmax",
    log_softmax,
    whole_row_rule("log_softmax_back"),
    tangent=log_softmax_tangent,
    symbol="ln softmax",
    convention="Natural logarithm; computed in one, so that no logarithm of 0 is met.",
)
operation(
    "step",
    step,
    step_rule,
    tangent=still,
    kink=always,
    symbol="step",
    convention="0 at 0. It has no slope where it jumps and 0 elsewhere: nothing can be learnt through it, and no "
    "gradient is sent back.",
    source="Rosenblatt, Psychological Review 65, 1958",
)
operation(
    "leaky_relu",
    leaky_relu,
    slope_rule("leaky_relu_slope"),
    tangent=symmetric,
    kink=always,
    symbol="leaky",
    convention="The derivative at 0 is α, as in PyTorch; α is 0.01 unless chosen.",
    source="Maas, Hannun and Ng, ICML workshop, 2013",
)
operation(
    "elu",
    elu,
    slope_rule("elu_slope"),
    tangent=symmetric,
    kink=elu_kink,
    symbol="elu",
    convention="The derivative at 0 is α, as in PyTorch; α is 1 unless chosen.",
    source="Clevert, Unterthiner and Hochreiter, ICLR 2016",
)
operation(
    "gelu",
    gelu,
    slope_rule("gelu_slope"),
    tangent=symmetric,
    symbol="gelu",
    convention="Exact, by the error function; some use an approximation by tanh that differs by up to 5·10⁻⁴.",
    source="Hendrycks and Gimpel, arXiv 1606.08415, 2016",
)
operation(
    "silu",
    silu,
    slope_rule("silu_slope"),
    tangent=symmetric,
    symbol="silu",
    convention="Also called swish, with β = 1.",
    source="Elfwing, Uchibe and Doya, Neural Networks 107, 2018",
)
operation(
    "softplus",
    softplus,
    slope_rule("sigmoid"),
    tangent=symmetric,
    symbol="softplus",
    convention="ln(1 + eᶻ) everywhere; PyTorch takes z itself above 20, which differs by up to 2·10⁻⁹.",
    source="Dugas et al., NIPS 2000",
)
operation("sigmoid_slope", sigmoid_slope, tangent=carried_by(sigmoid_slope_rule))
operation("tanh_slope", tanh_slope, tangent=carried_by(tanh_slope_rule))
operation("leaky_relu_slope", leaky_relu_slope)
operation("elu_slope", elu_slope, tangent=carried_by(slope_rule("elu_curvature")))
operation("gelu_slope", gelu_slope, tangent=carried_by(slope_rule("gelu_curvature")))
operation("silu_slope", silu_slope, tangent=carried_by(slope_rule("silu_curvature")))
operation("elu_curvature", elu_curvature)
operation("gelu_curvature", gelu_curvature)
operation("silu_curvature", silu_curvature)
operation("softmax_back", softmax_back, tangent=softmax_back_tangent)
operation("log_softmax_back", log_softmax_back, tangent=log_softmax_back_tangent)
