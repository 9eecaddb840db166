"""Activations a = g(z), each with its slope g′ written from what the forward pass has kept."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nnviz.engine.arrays import Array
from nnviz.engine.operations.special import special
from nnviz.engine.plan import Instruction
from nnviz.engine.registry import Derivative, Emitter, Form, Options, Rule, operation


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


def sigmoid_slope(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """g′ = a (1 − a), from a."""
    np.subtract(1.0, inputs[0], out)
    out *= inputs[0]


def tanh_slope(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """g′ = 1 − a², from a."""
    np.square(inputs[0], out)
    np.subtract(1.0, out, out)


def relu_slope(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """g′ = 1 where z > 0, else 0 (0 at the kink), from z."""
    np.greater(inputs[0], 0.0, out, casting="unsafe")


def softmax_back(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """∂J/∂zᵢ = aᵢ (uᵢ − Σⱼ uⱼ aⱼ), from a and the incoming gradient u."""
    a, upstream = inputs
    np.multiply(upstream, a, out)
    np.subtract(upstream, np.add.reduce(out, axis=-1, keepdims=True), out)
    out *= a


def identity_rule(
    emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]
) -> list[Derivative | None]:
    """g′ = 1."""
    return [Derivative(None, upstream) if wanted[0] else None]


def slope_rule(slope: str, from_output: bool) -> Rule:
    """The rule of an elementwise activation: ∂J/∂z = ∂J/∂a · g′, with g′ computed from a or from z."""

    def rule(emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]) -> list[Derivative | None]:
        if not wanted[0]:
            return [None]
        local = emit.emit(slope, instruction.output if from_output else instruction.inputs[0])
        return [Derivative(local, emit.emit("multiply", upstream, local))]

    return rule


def softmax_rule(
    emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]
) -> list[Derivative | None]:
    """Each output depends on each input, so there is no single local slope; see :func:`softmax_back`."""
    return [Derivative(None, emit.emit("softmax_back", instruction.output, upstream)) if wanted[0] else None]


def softmax_back_form(forms: Sequence[Form], options: Options) -> Form:
    """The form of a."""
    return forms[0]


operation("identity", identity, identity_rule, symbol="z")
operation("sigmoid", sigmoid, slope_rule("sigmoid_slope", from_output=True), symbol="σ")
operation("tanh", tanh, slope_rule("tanh_slope", from_output=True), symbol="tanh")
operation(
    "relu", relu, slope_rule("relu_slope", from_output=False), symbol="relu", convention="The derivative at 0 is 0."
)
operation("softmax", softmax, softmax_rule, symbol="softmax")
operation("sigmoid_slope", sigmoid_slope)
operation("tanh_slope", tanh_slope)
operation("relu_slope", relu_slope)
operation("softmax_back", softmax_back, None, softmax_back_form)
