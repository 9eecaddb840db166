"""Tangent rules that fit most rows: how a direction of the inputs is carried forward to the output.

Where the matrix of derivatives is symmetric, as it is of everything that works element by element, carrying forward and
sending back are one thing: the row's own rule does both, and there is one formula.
"""

from __future__ import annotations

from collections.abc import Sequence

from nnviz.engine.plan import Instruction
from nnviz.engine.registry import OPERATIONS, Emitter, Rule, TangentRule


def carried_by(rule: Rule) -> TangentRule:
    """The tangent rule that a symmetric derivative rule is: a tangent stands in the place of the incoming gradient."""

    def tangent(emit: Emitter, instruction: Instruction, tangents: Sequence[int | None]) -> int | None:
        terms: list[int] = []
        for place, moving in enumerate(tangents):
            if moving is not None:
                sent = rule(emit, instruction, moving, [other == place for other in range(len(tangents))])[place]
                terms += [sent.outgoing] if sent is not None else []
        return added(emit, terms)

    return tangent


def symmetric(emit: Emitter, instruction: Instruction, tangents: Sequence[int | None]) -> int | None:
    """Carried by the row's own rule."""
    rule = OPERATIONS[instruction.operation].rule
    assert rule is not None, f"{instruction.operation} has no rule that could carry a tangent"
    return carried_by(rule)(emit, instruction, tangents)


def linear(emit: Emitter, instruction: Instruction, tangents: Sequence[int | None]) -> int | None:
    """What is linear in each input: the operation itself, with one input after the other replaced by its tangent."""
    terms: list[int] = []
    for place, tangent in enumerate(tangents):
        if tangent is not None:
            inputs = [*instruction.inputs]
            inputs[place] = tangent
            terms.append(emit.emit(instruction.operation, *inputs, like=instruction))
    return added(emit, terms)


def still(emit: Emitter, instruction: Instruction, tangents: Sequence[int | None]) -> None:
    """What moves with nothing: a number that does not depend on its inputs, or a jump, which has no slope."""
    return


def added(emit: Emitter, terms: Sequence[int]) -> int | None:
    """The sum of what several inputs contribute."""
    if not terms:
        return None
    return terms[0] if len(terms) == 1 else emit.emit("add", *terms)


def over_units(emit: Emitter, slot: int) -> int:
    """The sum over the units, given to each of them: (n, k) → (n, k)."""
    return emit.emit("spread_units", emit.emit("sum", slot), width=emit.form(slot).shape[-1], mean=False)
