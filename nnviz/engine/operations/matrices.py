"""Products of matrices, and the same numbers in another shape."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from nnviz.engine.arrays import Array, shape_of, shape_text
from nnviz.engine.operations.tangents import linear
from nnviz.engine.plan import Instruction
from nnviz.engine.registry import Derivative, Emitter, Form, Options, operation


def matmul(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """A B for each row of the batch: (n, m, k), (n, k, p) → (n, m, p); ``turn_a`` and ``turn_b`` take Aᵀ and Bᵀ."""
    a = _turned(inputs[0], bool(options.get("turn_a")))
    np.matmul(a, _turned(inputs[1], bool(options.get("turn_b"))), out=out)


def _turned(array: Array, turn: bool) -> Array:
    return array.swapaxes(-1, -2) if turn else array


def matmul_form(forms: Sequence[Form], options: Options) -> Form:
    """As many rows as A, as many columns as B."""
    a, b = forms[0].shape, forms[1].shape
    shape = (a[1 if options.get("turn_a") else 0], b[0 if options.get("turn_b") else 1])
    return Form(shape, any(form.batched for form in forms))


def matmul_rule(
    emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]
) -> list[Derivative | None]:
    """∂J/∂A = G Bᵀ and ∂J/∂B = Aᵀ G, each turned back where the operand was turned."""
    (a, b), told = instruction.inputs, dict(instruction.options)
    turn_a, turn_b = bool(told.get("turn_a")), bool(told.get("turn_b"))
    found: list[Derivative | None] = [None, None]
    if wanted[0]:
        back = (b, upstream, turn_b, True) if turn_a else (upstream, b, False, not turn_b)
        found[0] = Derivative(b, emit.emit("matmul", *back[:2], turn_a=back[2], turn_b=back[3]))
    if wanted[1]:
        back = (upstream, a, True, turn_a) if turn_b else (a, upstream, not turn_a, False)
        found[1] = Derivative(a, emit.emit("matmul", *back[:2], turn_a=back[2], turn_b=back[3]))
    return found


def reshape(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """The same numbers in the same order, in another shape."""
    out[...] = inputs[0].reshape(out.shape)


def reshape_form(forms: Sequence[Form], options: Options) -> Form:
    """The shape that it was told."""
    return Form(shape_of(str(options["shape"])), forms[0].batched)


def flatten_form(forms: Sequence[Form], options: Options) -> Form:
    """All numbers of an example in a line."""
    return Form((prod(forms[0].shape),), forms[0].batched)


def reshape_rule(
    emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]
) -> list[Derivative | None]:
    """What arrives, in the shape that came in."""
    shape = shape_text(emit.form(instruction.inputs[0]).shape)
    return [Derivative(None, emit.emit("reshape", upstream, shape=shape)) if wanted[0] else None]


def stretch(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """(n, 1) → (n, …): one number for every unit of what it meets."""
    out[...] = inputs[0].reshape(inputs[0].shape[:-1] + (1,) * len(shape_of(str(options["shape"]))))


def stretch_rule(
    emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]
) -> list[Derivative | None]:
    """Every unit used it, so that its gradient is the sum over the units."""
    if not wanted[0]:
        return [None]
    line = upstream if len(emit.form(upstream).shape) == 1 else emit.emit("flatten", upstream)
    return [Derivative(None, emit.emit("sum", line))]


operation(
    "matmul",
    matmul,
    matmul_rule,
    matmul_form,
    tangent=linear,
    symbol="·",
    convention="Example by example: the matrix that comes in first times the one that comes in second.",
)
operation(
    "reshape",
    reshape,
    reshape_rule,
    reshape_form,
    tangent=linear,
    symbol="reshape",
    convention="The numbers keep their order, the last index runs fastest. An image is channels × height × width, as "
    "in PyTorch.",
)
operation(
    "flatten",
    reshape,
    reshape_rule,
    flatten_form,
    tangent=linear,
    symbol="flatten",
    convention="The last index runs fastest.",
)
operation("stretch", stretch, stretch_rule, reshape_form, tangent=linear, symbol="↦")
