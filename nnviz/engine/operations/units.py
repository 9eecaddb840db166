"""Operations across the units of a node, and numbers that need nothing to come in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nnviz.engine.arrays import Array
from nnviz.engine.operations.tangents import linear, still
from nnviz.engine.plan import Instruction
from nnviz.engine.registry import Derivative, Emitter, Form, Options, Rule, operation


def total(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """The sum of the units: (n, k) → (n, 1)."""
    np.add.reduce(inputs[0], axis=-1, keepdims=True, out=out)


def mean(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """The mean of the units: (n, k) → (n, 1)."""
    total(inputs, out, options)
    out /= inputs[0].shape[-1]


def one_unit_form(forms: Sequence[Form], options: Options) -> Form:
    """One unit."""
    return Form((1,), forms[0].batched)


def spread_units(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """(n, 1) → (n, width): the same for every unit, divided by the width for a mean."""
    out[...] = inputs[0]
    if options["mean"]:
        out /= int(options["width"])


def spread_units_form(forms: Sequence[Form], options: Options) -> Form:
    """As wide as the units were."""
    return Form((int(options["width"]),), forms[0].batched)


def spread_rule(mean: bool) -> Rule:
    """The rule of a sum: ∂a/∂xᵢ = 1, or 1/k of a mean."""

    def rule(emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]) -> list[Derivative | None]:
        width = emit.form(instruction.inputs[0]).shape[0]
        return [Derivative(None, emit.emit("spread_units", upstream, width=width, mean=mean)) if wanted[0] else None]

    return rule


def select(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """out = x[…, start:stop], from 0, ``stop`` left out."""
    out[...] = inputs[0][..., int(options["start"]) : int(options["stop"])]


def select_form(forms: Sequence[Form], options: Options) -> Form:
    """As wide as the part."""
    return Form((int(options["stop"]) - int(options["start"]),), forms[0].batched)


def select_rule(
    emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]
) -> list[Derivative | None]:
    """The units that were taken get the incoming gradient, the others 0."""
    width, start = emit.form(instruction.inputs[0]).shape[0], int(dict(instruction.options)["start"])
    return [Derivative(None, emit.emit("put_back", upstream, width=width, start=start)) if wanted[0] else None]


def put_back(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """(n, k) → (n, width): from unit ``start`` on what comes in, 0 elsewhere."""
    start = int(options["start"])
    out.fill(0.0)
    out[..., start : start + inputs[0].shape[-1]] = inputs[0]


def constant(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """out = value, in every unit of every row."""
    out.fill(float(options["value"]))


def constant_form(forms: Sequence[Form], options: Options) -> Form:
    """As many units as it was told."""
    return Form((int(options["units"]),), True)


def every_row(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """(k,) → (n, k): a number that belongs to the network, for each row."""
    out[...] = inputs[0]


def every_row_form(forms: Sequence[Form], options: Options) -> Form:
    """One for each row."""
    return Form(forms[0].shape, True)


def every_row_rule(
    emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]
) -> list[Derivative | None]:
    """It is used by every row, so that its gradient is the sum over the rows."""
    return [Derivative(None, emit.emit("sum_rows", upstream)) if wanted[0] else None]


operation("sum", total, spread_rule(mean=False), one_unit_form, tangent=linear, symbol="Σ")
operation("mean", mean, spread_rule(mean=True), one_unit_form, tangent=linear, symbol="mean")
operation("spread_units", spread_units, None, spread_units_form, tangent=linear)
operation("select", select, select_rule, select_form, tangent=linear, symbol="[ ]")
operation("put_back", put_back, None, spread_units_form, tangent=linear)
operation("constant", constant, None, constant_form, tangent=still)
operation("every_row", every_row, every_row_rule, every_row_form, tangent=linear)
