"""The clear executor: numpy, one instruction at a time, every intermediate number kept.

Walkthroughs and annotations always use it, and it is the yardstick for every other executor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from nnviz import rng
from nnviz.engine.arrays import Array
from nnviz.engine.plan import Instruction
from nnviz.engine.registry import OPERATIONS, Compute, Options
from nnviz.engine.workspace import Workspace


class Call(NamedTuple):
    """An instruction with its arrays at hand."""

    compute: Compute
    inputs: Sequence[Array]
    out: Array
    options: Options


def bind(instructions: Sequence[Instruction], workspace: Workspace) -> list[Call]:
    """Look the arrays of instructions up once, so that they can be carried out many times.

    The calls hold for the number of rows that the workspace has now.
    """
    views = workspace.views
    return [
        Call(
            OPERATIONS[instruction.operation].compute,
            tuple(views[slot] for slot in instruction.inputs),
            views[instruction.output],
            dict(instruction.options),
        )
        for instruction in instructions
    ]


def carry_out(calls: Sequence[Call]) -> None:
    """Carry out bound instructions in order; the caller silences numpy's warnings, as :func:`run` does."""
    for compute, inputs, out, options in calls:
        compute(inputs, out, options)


def run(instructions: Sequence[Instruction], workspace: Workspace) -> None:
    """Carry out instructions in order. Overflow gives infinity, as in arithmetic on paper there is none to warn."""
    with np.errstate(all="ignore"):
        carry_out(bind(instructions, workspace))


def forward(workspace: Workspace) -> None:
    """The forward pass, loss included."""
    run(workspace.plan.forward, workspace)


def backward(workspace: Workspace) -> None:
    """The backward pass, after a forward pass."""
    run(workspace.plan.backward, workspace)


def tangent(workspace: Workspace) -> None:
    """Forward mode, after the passes whose numbers it takes; directions set."""
    run(workspace.plan.tangent, workspace)


def set_mode(
    workspace: Workspace,
    probabilities: Mapping[str, float] | None = None,
    *,
    training: bool,
    seed: int = 0,
    step: int = 0,
) -> None:
    """Set a workspace to training, with the dropout masks of one update, or to evaluation, where all masks are 1.

    In training a batch normalisation takes the statistics of its batch, in evaluation the running ones. Without
    ``probabilities`` nothing is dropped; else each unit of each example is dropped with its node's probability, and
    survivors carry 1 / (1 − p). The draw belongs to (seed, ``"dropout"``, step, node, element); elements run along the
    units of the first row, then of the second.
    """
    for slot in workspace.plan.slots_of("mode"):
        workspace.views[slot.index].fill(1.0 if training else 0.0)
    for slot in workspace.plan.slots_of("mask"):
        mask = workspace.views[slot.index]
        chance = 0.0 if probabilities is None else probabilities[slot.key]
        if training and chance > 0:
            drawn = rng.coins(mask.size, seed, "dropout", step, slot.key).reshape(mask.shape)
            np.copyto(mask, (drawn >= chance) / (1.0 - chance))
        else:
            mask.fill(1.0)


def moved_statistics(workspace: Workspace) -> Array:
    """The running statistics (plan.statistics_size,) after one update, from the batch of the last forward pass.

    r ← (1 − m)·r + m·batch, where of a variance the batch's is the unbiased one, as in PyTorch.
    """
    moved = workspace.statistics.copy()
    for each in workspace.plan.statistics:
        count = workspace.rows * each.positions
        factor = each.momentum * (count / (count - 1) if each.corrected else 1.0)
        place = moved[each.start : each.stop]
        place *= 1.0 - each.momentum
        place += factor * workspace.views[each.batch].reshape(-1)
    return moved


def first_nonfinite(workspace: Workspace, *, backward: bool = False) -> str:
    """The node whose value was the first that is not finite, or an empty string; with ``backward`` its gradients too.

    A gradient may be infinite though every value is finite: 2(ŷ − y) · x of two large numbers.
    """
    plan = workspace.plan
    for instruction in plan.forward + (plan.backward if backward else ()):
        if not np.isfinite(workspace.views[instruction.output]).all():
            return instruction.node
    return ""
