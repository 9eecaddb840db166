"""The terms of a loss, one for each output: from prediction ŷ and target y, (n, k) and (n, k) → (n, k).

A loss row gives the terms only; :mod:`nnviz.engine.operations.reductions` puts them together as the conventions say.
Targets are given, so nothing is sent back to them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nnviz.engine.arrays import Array
from nnviz.engine.operations.special import special
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
    """−y ln ŷ − (1 − y) ln(1 − ŷ); a factor 0 makes its term 0, also where the logarithm is infinite."""
    prediction, target = inputs
    special().xlogy(target, prediction, out)
    out += special().xlog1py(1.0 - target, -prediction)
    np.negative(out, out)


def binary_cross_entropy_slope(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """∂/∂ŷ = (ŷ − y) / (ŷ (1 − ŷ))."""
    prediction, target = inputs
    np.subtract(1.0, prediction, out)
    out *= prediction
    np.divide(prediction - target, out, out)


def categorical_cross_entropy(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """−y ln ŷ for each class; a class with y = 0 adds 0."""
    special().xlogy(inputs[1], inputs[0], out)
    np.negative(out, out)


def categorical_cross_entropy_slope(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """∂/∂ŷ = −y / ŷ, and 0 for a class with y = 0."""
    prediction, target = inputs
    out.fill(0.0)
    np.divide(target, prediction, out=out, where=target != 0)
    np.negative(out, out)


def loss_rule(slope: str) -> Rule:
    """The rule of a loss: incoming gradient times the slope of each term; nothing to the target."""

    def rule(emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]) -> list[Derivative | None]:
        if not wanted[0]:
            return [None, None]
        local = emit.emit(slope, *instruction.inputs, like=instruction)
        return [Derivative(local, emit.emit("multiply", upstream, local)), None]

    return rule


operation(
    "squared_error",
    squared_error,
    loss_rule("squared_error_slope"),
    symbol="(y−ŷ)²",
    convention="No ½ unless chosen. PyTorch's MSELoss has no ½ and averages over outputs and examples.",
)
operation("squared_error_slope", squared_error_slope)
operation(
    "binary_cross_entropy",
    binary_cross_entropy,
    loss_rule("binary_cross_entropy_slope"),
    symbol="H(y, ŷ)",
    convention="On probabilities, natural logarithm; nothing is clipped (Keras clips at 1e-7).",
)
operation("binary_cross_entropy_slope", binary_cross_entropy_slope)
operation(
    "categorical_cross_entropy",
    categorical_cross_entropy,
    loss_rule("categorical_cross_entropy_slope"),
    symbol="H(y, ŷ)",
    convention="On probabilities, one-hot targets, natural logarithm; always summed over the classes.",
)
operation("categorical_cross_entropy_slope", categorical_cross_entropy_slope)
