"""The terms of a loss, one for each output: from prediction ŷ and target y, (n, k) and (n, k) → (n, k).

A loss row gives the terms only; :mod:`nnviz.engine.operations.reductions` puts them together as the conventions say.
Targets are given, so nothing is sent back to them. An objective has none: its terms are what comes in.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nnviz.engine.arrays import Array
from nnviz.engine.operations.activations import always, identity, identity_rule, log_softmax, softmax
from nnviz.engine.operations.special import special
from nnviz.engine.operations.tangents import added, carried_by, linear, over_units, still, symmetric
from nnviz.engine.plan import Instruction
from nnviz.engine.registry import Derivative, Emitter, Options, Rule, operation


def squared_error(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """(y − ŷ)², or ½(y − ŷ)² with option ``half``."""
    np.subtract(inputs[1], inputs[0], out)
    np.square(out, out)
    if options["half"]:
        out *= 0.5


def squared_error_slope(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """∂/∂ŷ = 2(ŷ − y), or ŷ − y with option ``half``."""
    np.subtract(inputs[0], inputs[1], out)
    if not options["half"]:
        out *= 2.0


def binary_cross_entropy(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """−y ln ŷ − (1 − y) ln(1 − ŷ); a factor 0 makes its term 0, also where the logarithm is infinite.

    What is no probability, below 0 or above 1, has no cross-entropy: NaN.
    """
    prediction, target = inputs
    special().xlogy(target, prediction, out)
    out += special().xlog1py(1.0 - target, -prediction)
    np.negative(out, out)
    _refuse_outside(prediction, out)


def binary_cross_entropy_slope(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """∂/∂ŷ = (ŷ − y) / (ŷ (1 − ŷ)), and 0 where ŷ = y: at 0 and 1 as well, where a sure and right answer ends."""
    prediction, target = inputs
    bottom = (1.0 - prediction) * prediction
    out.fill(0.0)
    np.divide(prediction - target, bottom, out=out, where=prediction != target)


def binary_cross_entropy_curvature(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """∂²/∂ŷ² = y / ŷ² + (1 − y) / (1 − ŷ)²; a factor 0 makes its term 0."""
    prediction, target = inputs
    out.fill(0.0)
    np.divide(target, np.square(prediction), out=out, where=target != 0)
    other = np.zeros_like(out)
    np.divide(1.0 - target, np.square(1.0 - prediction), out=other, where=target != 1)
    out += other


def _refuse_outside(prediction: Array, out: Array) -> None:
    np.copyto(out, np.nan, where=(prediction < 0.0) | (prediction > 1.0))


def categorical_cross_entropy(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """−y ln ŷ for each class; a class with y = 0 adds 0. What is no probability gives NaN."""
    special().xlogy(inputs[1], inputs[0], out)
    np.negative(out, out)
    _refuse_outside(inputs[0], out)


def categorical_cross_entropy_slope(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """∂/∂ŷ = −y / ŷ, and 0 for a class with y = 0."""
    prediction, target = inputs
    out.fill(0.0)
    np.divide(target, prediction, out=out, where=target != 0)
    np.negative(out, out)


def categorical_cross_entropy_curvature(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """∂²/∂ŷ² = y / ŷ², and 0 for a class with y = 0."""
    prediction, target = inputs
    out.fill(0.0)
    np.divide(target, np.square(prediction), out=out, where=target != 0)


def binary_cross_entropy_logits(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """y ln(1 + e⁻ᶻ) + (1 − y) ln(1 + eᶻ): the cross-entropy of the probability σ(z), from z itself."""
    z, target = inputs
    np.logaddexp(-z, 0.0, out)
    out *= target
    out += (1.0 - target) * np.logaddexp(z, 0.0)


def binary_cross_entropy_logits_slope(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """∂/∂z = σ(z) − y, written (1 − y) σ(z) − y σ(−z), which loses no digits."""
    z, target = inputs
    special().expit(z, out)
    out *= 1.0 - target
    out -= target * special().expit(-z)


def categorical_cross_entropy_logits(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """−y ln softmax(z) for each class, from z itself; a class with y = 0 adds 0."""
    z, target = inputs
    log_softmax([z], out, options)
    np.multiply(target, out, out, where=target != 0)
    np.copyto(out, 0.0, where=target == 0)
    np.negative(out, out)


def categorical_cross_entropy_logits_back(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """∂J/∂zᵢ = softmax(z)ᵢ Σⱼ uⱼ yⱼ − uᵢ yᵢ, from z, y and the incoming gradient u: softmax(z) − y for one class."""
    z, target, upstream = inputs
    softmax([z], out, options)
    weighted = upstream * target
    out *= np.add.reduce(weighted, axis=-1, keepdims=True)
    out -= weighted


def absolute_error(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """|y − ŷ|."""
    np.subtract(inputs[1], inputs[0], out)
    np.abs(out, out)


def absolute_error_slope(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """∂/∂ŷ = −1, 0 or 1: the sign of ŷ − y."""
    np.subtract(inputs[0], inputs[1], out)
    np.sign(out, out)


def huber(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """½ d² where |d| ≤ δ, else δ (|d| − ½ δ), with d = y − ŷ."""
    delta = float(options["delta"])
    absolute_error(inputs, out, options)
    near = np.minimum(out, delta)
    out -= near  # what lies beyond δ
    out *= delta
    out += 0.5 * near * near


def huber_slope(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """∂/∂ŷ = ŷ − y, but no more than δ and no less than −δ."""
    delta = float(options["delta"])
    np.subtract(inputs[0], inputs[1], out)
    np.clip(out, -delta, delta, out)


def huber_curvature(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """∂²/∂ŷ² = 1 where |y − ŷ| ≤ δ, else 0."""
    absolute_error(inputs, out, options)
    np.less_equal(out, float(options["delta"]), out, casting="unsafe")


def signs(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """The side of a target: 1 where it is greater than 0, else −1; so 0 and 1 become −1 and 1."""
    np.greater(inputs[0], 0.0, out, casting="unsafe")
    out *= 2.0
    out -= 1.0


def hinge(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """max(0, 1 − y ŷ), with y = −1 or 1."""
    np.multiply(inputs[0], inputs[1], out)
    np.subtract(1.0, out, out)
    np.maximum(out, 0.0, out=out)


def hinge_slope(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """∂/∂ŷ = −y where y ŷ < 1, else 0."""
    np.multiply(inputs[0], inputs[1], out)
    np.less(out, 1.0, out, casting="unsafe")
    out *= -inputs[1]


def categorical_logits_rule(
    emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]
) -> list[Derivative | None]:
    """Each term depends on each z; see :func:`categorical_cross_entropy_logits_back`."""
    if not wanted[0]:
        return [None, None]
    sent = emit.emit("categorical_cross_entropy_logits_back", *instruction.inputs, upstream)
    return [Derivative(None, sent), None]


def loss_rule(slope: str) -> Rule:
    """The rule of a loss: incoming gradient times the slope of each term; nothing to the target."""

    def rule(emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]) -> list[Derivative | None]:
        if not wanted[0]:
            return [None, None]
        local = emit.emit(slope, *instruction.inputs, like=instruction)
        return [Derivative(local, emit.emit("multiply", upstream, local)), None]

    return rule


def squared_error_slope_rule(
    emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]
) -> list[Derivative | None]:
    """∂(2 (ŷ − y))/∂ŷ = 2, or 1 with option ``half``."""
    factor = 1.0 if dict(instruction.options)["half"] else 2.0
    return [Derivative(None, emit.emit("scale", upstream, factor=factor)) if wanted[0] else None, None]


def binary_logits_slope_rule(
    emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]
) -> list[Derivative | None]:
    """∂(σ(z) − y)/∂z = σ(z) (1 − σ(z))."""
    if not wanted[0]:
        return [None, None]
    local = emit.emit("sigmoid_slope", emit.emit("sigmoid", instruction.inputs[0]))
    return [Derivative(local, emit.emit("multiply", upstream, local)), None]


def categorical_logits_tangent(emit: Emitter, instruction: Instruction, tangents: Sequence[int | None]) -> int | None:
    """Of −yᵢ ln softmax(z)ᵢ: −yᵢ (żᵢ − Σⱼ softmax(z)ⱼ żⱼ)."""
    (z, target), moving = instruction.inputs, tangents[0]
    if moving is None:
        return None
    weighted = emit.emit("multiply", emit.emit("softmax", z), moving)
    spread = emit.emit("subtract", moving, over_units(emit, weighted))
    return emit.emit("negate", emit.emit("multiply", target, spread))


def categorical_logits_back_tangent(
    emit: Emitter, instruction: Instruction, tangents: Sequence[int | None]
) -> int | None:
    """Of softmax(z)ᵢ Σⱼ uⱼ yⱼ − uᵢ yᵢ: by u as it is, by z the derivative of the softmax alone."""
    (z, target, upstream), (dz, _, du) = instruction.inputs, tangents
    terms: list[int] = []
    if dz is not None:
        moved = emit.emit("softmax_back", emit.emit("softmax", z), dz)
        terms.append(emit.emit("multiply", moved, over_units(emit, emit.emit("multiply", upstream, target))))
    if du is not None:
        terms.append(emit.emit(instruction.operation, z, target, du))
    return added(emit, terms)


operation(
    "squared_error",
    squared_error,
    loss_rule("squared_error_slope"),
    tangent=symmetric,
    symbol="(y−ŷ)²",
    convention="No ½ unless chosen. PyTorch's MSELoss has no ½ and averages over outputs and examples.",
)
operation("squared_error_slope", squared_error_slope, tangent=carried_by(squared_error_slope_rule))
operation(
    "binary_cross_entropy",
    binary_cross_entropy,
    loss_rule("binary_cross_entropy_slope"),
    tangent=symmetric,
    symbol="H(y, ŷ)",
    convention="On probabilities, natural logarithm; nothing is clipped, so that a sure and wrong answer is infinitely "
    "bad (Keras clips ŷ at 1e-7, PyTorch each logarithm at −100). Below 0 and above 1 it is not a number. The "
    "derivative where ŷ = y is 0.",
)
operation(
    "binary_cross_entropy_slope",
    binary_cross_entropy_slope,
    tangent=carried_by(loss_rule("binary_cross_entropy_curvature")),
)
operation("binary_cross_entropy_curvature", binary_cross_entropy_curvature)
operation(
    "categorical_cross_entropy",
    categorical_cross_entropy,
    loss_rule("categorical_cross_entropy_slope"),
    tangent=symmetric,
    symbol="H(y, ŷ)",
    convention="On probabilities, one-hot targets, natural logarithm; always summed over the classes. Below 0 and "
    "above 1 it is not a number.",
)
operation(
    "categorical_cross_entropy_slope",
    categorical_cross_entropy_slope,
    tangent=carried_by(loss_rule("categorical_cross_entropy_curvature")),
)
operation("categorical_cross_entropy_curvature", categorical_cross_entropy_curvature)
operation(
    "binary_cross_entropy_logits",
    binary_cross_entropy_logits,
    loss_rule("binary_cross_entropy_logits_slope"),
    tangent=symmetric,
    symbol="H(y, σ(z))",
    convention="On logits z, natural logarithm: the probability is σ(z), and is never computed as such.",
)
operation(
    "binary_cross_entropy_logits_slope", binary_cross_entropy_logits_slope, tangent=carried_by(binary_logits_slope_rule)
)
operation(
    "categorical_cross_entropy_logits",
    categorical_cross_entropy_logits,
    categorical_logits_rule,
    tangent=categorical_logits_tangent,
    symbol="H(y, softmax z)",
    convention="On logits z, one-hot targets, natural logarithm; always summed over the classes. PyTorch's "
    "CrossEntropyLoss.",
)
operation(
    "categorical_cross_entropy_logits_back",
    categorical_cross_entropy_logits_back,
    tangent=categorical_logits_back_tangent,
)
operation(
    "absolute_error",
    absolute_error,
    loss_rule("absolute_error_slope"),
    tangent=symmetric,
    kink=always,
    symbol="|y−ŷ|",
    convention="The derivative at 0 is 0.",
)
operation("absolute_error_slope", absolute_error_slope)
operation(
    "huber",
    huber,
    loss_rule("huber_slope"),
    tangent=symmetric,
    symbol="huber",
    convention="½ (y − ŷ)² near 0, as in PyTorch's HuberLoss; δ is 1 unless chosen.",
    source="Huber, Annals of Mathematical Statistics 35, 1964",
)
operation("huber_slope", huber_slope, tangent=carried_by(loss_rule("huber_curvature")))
operation("huber_curvature", huber_curvature)
operation(
    "hinge",
    hinge,
    loss_rule("hinge_slope"),
    tangent=symmetric,
    kink=always,
    symbol="hinge",
    convention="Targets −1 and 1; 0 and 1 are read as −1 and 1, and shown so. The derivative where y ŷ = 1 is 0.",
    source="Cortes and Vapnik, Machine Learning 20, 1995",
)
operation("hinge_slope", hinge_slope)
operation("signs", signs, tangent=still)
operation(
    "objective", identity, identity_rule, tangent=linear, symbol="J", convention="No target: the value itself is J."
)
