"""Addition, multiplication, concatenation, and the plumbing that derivative rules are made of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nnviz.engine.arrays import Array
from nnviz.engine.operations.tangents import linear, still, symmetric
from nnviz.engine.plan import Instruction
from nnviz.engine.registry import Derivative, Emitter, Form, Options, operation


def add(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """out = x₁ + x₂ + …"""
    if len(inputs) == 1:
        out[...] = inputs[0]
    else:
        np.add(inputs[0], inputs[1], out)
    for array in inputs[2:]:
        out += array


def add_rule(emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]) -> list[Derivative | None]:
    """∂(x₁ + x₂)/∂x₁ = 1: every input gets the incoming gradient as it is."""
    return [Derivative(None, upstream) if want else None for want in wanted]


def multiply(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """out = x₁ · x₂ · … element by element."""
    if len(inputs) == 1:
        out[...] = inputs[0]
    else:
        np.multiply(inputs[0], inputs[1], out)
    for array in inputs[2:]:
        out *= array


def multiply_rule(
    emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]
) -> list[Derivative | None]:
    """∂(x₁·x₂)/∂x₁ = x₂: the product of all the others."""
    found: list[Derivative | None] = []
    for place, want in enumerate(wanted):
        others = [slot for other, slot in enumerate(instruction.inputs) if other != place]
        if not want:
            found.append(None)
        elif not others:
            found.append(Derivative(None, upstream))
        else:
            local = others[0] if len(others) == 1 else emit.emit("multiply", *others)
            found.append(Derivative(local, emit.emit("multiply", upstream, local)))
    return found


def concatenate(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """Join along the last axis: (n, k₁), (n, k₂) … → (n, k₁ + k₂ + …)."""
    np.concatenate(inputs, axis=-1, out=out)


def concatenate_form(forms: Sequence[Form], options: Options) -> Form:
    """Widths add up."""
    return Form((sum(form.shape[-1] for form in forms),), forms[0].batched)


def concatenate_rule(
    emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]
) -> list[Derivative | None]:
    """Each input gets its own part of the incoming gradient."""
    found: list[Derivative | None] = []
    start = 0
    for slot, want in zip(instruction.inputs, wanted, strict=True):
        stop = start + emit.form(slot).shape[-1]
        found.append(Derivative(None, emit.emit("select", upstream, start=start, stop=stop)) if want else None)
        start = stop
    return found


def concatenate_tangent(emit: Emitter, instruction: Instruction, tangents: Sequence[int | None]) -> int | None:
    """The tangents side by side, 0 for an input that does not move."""
    if all(tangent is None for tangent in tangents):
        return None
    parts = zip(instruction.inputs, tangents, strict=True)
    return emit.emit("concatenate", *(emit.emit("zeros", x) if tangent is None else tangent for x, tangent in parts))


def zeros(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """out = 0: the tangent of what does not move beside what does."""
    out.fill(0.0)


def ones(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """out = 1: ∂J/∂J, where the backward pass begins."""
    out.fill(1.0)


def scale(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """out = factor · x."""
    np.multiply(inputs[0], float(options["factor"]), out)


def scale_rule(
    emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]
) -> list[Derivative | None]:
    """∂(c·x)/∂x = c."""
    factor = dict(instruction.options)["factor"]
    return [Derivative(None, emit.emit("scale", upstream, factor=factor)) if wanted[0] else None]


operation("add", add, add_rule, tangent=symmetric, symbol="+")
operation("multiply", multiply, multiply_rule, tangent=symmetric, symbol="×")
operation("concatenate", concatenate, concatenate_rule, concatenate_form, tangent=concatenate_tangent, symbol="⧺")
operation("ones", ones, tangent=still)
operation("zeros", zeros, tangent=still)
operation("scale", scale, scale_rule, tangent=linear)
operation(
    "dropout",
    multiply,
    multiply_rule,
    tangent=symmetric,
    symbol="⊘",
    convention="Inverted: each unit of each example is zero with probability p, survivors are divided by 1 − p; "
    "identity in evaluation.",
    source="Srivastava et al., JMLR 15, 2014",
)
