"""From the terms of a loss to one number: over the outputs of an example, over the examples, over several losses."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nnviz.engine.arrays import Array
from nnviz.engine.operations.tangents import linear
from nnviz.engine.plan import Instruction
from nnviz.engine.registry import Derivative, Emitter, Form, Options, operation


def over_outputs(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """ℒ of each example from its terms: (n, k) → (n,), their sum, or their mean with option ``mean``."""
    np.add.reduce(inputs[0], axis=1, out=out)
    if options["mean"]:
        out /= inputs[0].shape[1]


def over_outputs_form(forms: Sequence[Form], options: Options) -> Form:
    """One number a row."""
    return Form((), True)


def over_outputs_rule(
    emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]
) -> list[Derivative | None]:
    """∂ℒ/∂term = 1 (sum) or 1/k (mean)."""
    width = emit.form(instruction.inputs[0]).shape[0]
    mean = bool(dict(instruction.options)["mean"])
    outgoing = emit.emit("spread_outputs", upstream, width=width, mean=mean)
    return [Derivative(None, outgoing) if wanted[0] else None]


def spread_outputs(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """(n,) → (n, k): the same for every term, divided by k for a mean."""
    out[...] = inputs[0][:, None]
    if options["mean"]:
        out /= int(options["width"])


def spread_outputs_form(forms: Sequence[Form], options: Options) -> Form:
    """As wide as the terms were."""
    return Form((int(options["width"]),), True)


def over_examples(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """J from ℒ of each example: (n,) → (), their mean, or their sum without option ``mean``."""
    np.add.reduce(inputs[0], axis=0, out=out)
    if options["mean"]:
        out /= inputs[0].shape[0]


def over_examples_form(forms: Sequence[Form], options: Options) -> Form:
    """One number for all rows."""
    return Form((), False)


def over_examples_rule(
    emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]
) -> list[Derivative | None]:
    """∂J/∂ℒ = 1/n (mean) or 1 (sum)."""
    mean = bool(dict(instruction.options)["mean"])
    return [Derivative(None, emit.emit("spread_examples", upstream, mean=mean)) if wanted[0] else None]


def spread_examples(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """() → (n,): the same for every row, divided by n for a mean."""
    out.fill(float(inputs[0]) / (out.shape[0] if options["mean"] else 1))


def spread_examples_form(forms: Sequence[Form], options: Options) -> Form:
    """One number a row."""
    return Form((), True)


operation("over_outputs", over_outputs, over_outputs_rule, over_outputs_form, tangent=linear, symbol="Σ")
operation("spread_outputs", spread_outputs, None, spread_outputs_form, tangent=linear)
operation("over_examples", over_examples, over_examples_rule, over_examples_form, tangent=linear, symbol="J")
operation("spread_examples", spread_examples, None, spread_examples_form, tangent=linear)
