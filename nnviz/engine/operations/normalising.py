"""What normalisations are made of: statistics over rows or over units, their way back, and the choice by mode.

An example of a slot has its features along its first axis: k units, or channels with positions behind them. Over
``rows`` means for each feature over all rows and positions; over ``units`` means for each row over everything in it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nnviz.engine.arrays import Array
from nnviz.engine.operations.tangents import linear, symmetric
from nnviz.engine.plan import Instruction
from nnviz.engine.registry import Derivative, Emitter, Form, Options, operation


def reduce(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """Sum, or with option ``mean`` the mean: over ``rows`` (n, c, …) → (c,), over ``units`` (n, c, …) → (n,)."""
    x = inputs[0]
    np.add.reduce(x, axis=_axes(x, options), out=out)
    if options["mean"]:
        out /= x.size // out.size if out.size else 1


def reduce_form(forms: Sequence[Form], options: Options) -> Form:
    """One number a feature, or one a row."""
    return Form((forms[0].shape[0],), False) if options["over"] == "rows" else Form((), True)


def reduce_rule(
    emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]
) -> list[Derivative | None]:
    """∂(sum)/∂x = 1, of a mean 1 / count: everything that was added gets the same."""
    x = instruction.inputs[0]
    return [Derivative(None, emit.emit("spread", upstream, x, like=instruction)) if wanted[0] else None]


def spread(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """What belongs to a feature or a row, for all its numbers in x; with option ``mean`` divided by their count."""
    behind = (1,) * (out.ndim - 1)
    shape = (1, -1, *behind[1:]) if options["over"] == "rows" else (-1, *behind)
    out[...] = inputs[0].reshape(shape)
    if options["mean"]:
        out /= out.size // inputs[0].size if inputs[0].size else 1


def spread_form(forms: Sequence[Form], options: Options) -> Form:
    """The form of x."""
    return forms[1]


def spread_rule(
    emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]
) -> list[Derivative | None]:
    """Each is used many times, so that its gradient is the sum over them; of x only the form is used."""
    return [Derivative(None, emit.emit("reduce", upstream, like=instruction)) if wanted[0] else None, None]


def spread_tangent(emit: Emitter, instruction: Instruction, tangents: Sequence[int | None]) -> int | None:
    """What moves is spread in its turn; of x only the form is used."""
    moving = tangents[0]
    return None if moving is None else emit.emit("spread", moving, instruction.inputs[1], like=instruction)


def offset(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """out = x + amount."""
    np.add(inputs[0], float(options["amount"]), out)


def offset_rule(
    emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]
) -> list[Derivative | None]:
    """∂(x + c)/∂x = 1."""
    return [Derivative(None, upstream) if wanted[0] else None]


def by_mode(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """The batch's own statistic where the mode is 1 (training), the running one where it is 0 (evaluation)."""
    batch, running, mode = inputs
    np.copyto(out, batch if mode else running)


def by_mode_rule(
    emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]
) -> list[Derivative | None]:
    """∂/∂batch = mode: in evaluation nothing depends on the batch."""
    mode = instruction.inputs[2]
    return [Derivative(mode, emit.emit("multiply", upstream, mode)) if wanted[0] else None, None, None]


def _axes(x: Array, options: Options) -> tuple[int, ...]:
    return (0, *range(2, x.ndim)) if options["over"] == "rows" else tuple(range(1, x.ndim))


operation("reduce", reduce, reduce_rule, reduce_form, tangent=linear, symbol="Σ")
operation("spread", spread, spread_rule, spread_form, tangent=spread_tangent, symbol="…")
operation("offset", offset, offset_rule, tangent=symmetric, symbol="+")
operation("by_mode", by_mode, by_mode_rule, tangent=symmetric, symbol="◧")
