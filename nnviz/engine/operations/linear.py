"""The weighted sum z = Σₑ xₑ Wₑ + b, and the products its derivatives are made of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nnviz.engine.arrays import Array
from nnviz.engine.operations.tangents import linear
from nnviz.engine.plan import Instruction
from nnviz.engine.registry import Derivative, Emitter, Form, Options, operation


def weighted_sum(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """z = x₁W₁ + x₂W₂ + … (+ b).

    inputs : x₁ (n, k₁), W₁ (k₁, units), x₂, W₂, …, and with option ``bias`` at the end b (units,); out : (n, units).
    """
    inputs[0].dot(inputs[1], out)
    for place in range(2, len(inputs) - 1, 2):
        out += inputs[place].dot(inputs[place + 1])
    if options["bias"]:
        out += inputs[-1]


def weighted_sum_form(forms: Sequence[Form], options: Options) -> Form:
    """As wide as its matrices; batched as its inputs."""
    return Form((forms[1].shape[1],), forms[0].batched)


def weighted_sum_rule(
    emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]
) -> list[Derivative | None]:
    """∂z/∂x = W, ∂z/∂W = x, ∂z/∂b = 1, each summed over what it is shared by (rows for W and b)."""
    slots, batched = instruction.inputs, emit.form(upstream).batched
    bias = len(slots) - 1 if dict(instruction.options)["bias"] else -1
    places = [place for place, want in enumerate(wanted) if want]
    products: list[tuple[str, tuple[int, ...]]] = [
        ("sum_rows", (upstream,))
        if place == bias
        else ("outer_sum", (slots[place - 1], upstream))
        if place % 2
        else ("back_through", (upstream, slots[place + 1]))
        for place in places
    ]
    forms = [Form(emit.form(slots[place]).shape, batched and place != bias and not place % 2) for place in places]
    found: list[Derivative | None] = [None] * len(slots)
    for place, sent in zip(places, emit.emit_all(products, forms), strict=True):
        found[place] = Derivative(None if place == bias else slots[place ^ 1], sent)
    return found


def weighted_sum_tangent(emit: Emitter, instruction: Instruction, tangents: Sequence[int | None]) -> int | None:
    """The product rule, as one weighted sum: ż = Σₑ (ẋₑ Wₑ + xₑ Ẇₑ) + ḃ."""
    slots, bias = instruction.inputs, bool(dict(instruction.options)["bias"])
    operands: list[int] = []
    for place in range(0, len(slots) - bias, 2):
        x, w = slots[place : place + 2]
        dx, dw = tangents[place : place + 2]
        operands += [] if dx is None else [dx, w]
        operands += [] if dw is None else [x, dw]
    moving = tangents[-1] if bias else None
    if not operands:
        return None if moving is None else emit.emit("every_row", moving)
    return emit.emit("weighted_sum", *operands, *(() if moving is None else (moving,)), bias=moving is not None)


def back_through(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """∂J/∂x = δ Wᵀ: (n, units), (k, units) → (n, k)."""
    inputs[0].dot(inputs[1].T, out)


def back_through_form(forms: Sequence[Form], options: Options) -> Form:
    """As wide as what came in."""
    return Form((forms[1].shape[0],), forms[0].batched)


def outer_sum(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """∂J/∂W = xᵀ δ, summed over the rows: (n, k), (n, units) → (k, units)."""
    inputs[0].T.dot(inputs[1], out)


def outer_sum_form(forms: Sequence[Form], options: Options) -> Form:
    """The shape of the matrix, once for all rows."""
    return Form((forms[0].shape[0], forms[1].shape[0]), False)


def sum_rows(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """∂J/∂b = Σ δ over the rows: (n, units) → (units,)."""
    np.add.reduce(inputs[0], axis=0, out=out)


def sum_rows_form(forms: Sequence[Form], options: Options) -> Form:
    """One row for all."""
    return Form(forms[0].shape, False)


operation("weighted_sum", weighted_sum, weighted_sum_rule, weighted_sum_form, tangent=weighted_sum_tangent, symbol="Σ")
operation("back_through", back_through, None, back_through_form, tangent=linear)
operation("outer_sum", outer_sum, None, outer_sum_form, tangent=linear)
operation("sum_rows", sum_rows, None, sum_rows_form, tangent=linear)
