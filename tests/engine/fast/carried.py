"""One operation between what is given and J, carried by the kernels and by the clear executor, number for number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import DTypeLike

from nnviz.engine import clear
from nnviz.engine.builder import PlanBuilder
from nnviz.engine.fast import codes
from nnviz.engine.fast.places import AT_G, AT_MASKS, AT_V
from nnviz.engine.fast.program import _Writer
from nnviz.engine.fast.run import Run, Told, rows_of
from nnviz.engine.penalties import units_of
from nnviz.engine.plan import OptionValue, Plan
from nnviz.engine.registry import Form
from nnviz.engine.workspace import Workspace, flatten

Given = Sequence[np.ndarray]


def told_for(plan: Plan, rows: int, **changes) -> Told:
    """One update an epoch along plain gradient descent."""
    given = {"chances": {slot.key: 0.4 for slot in plan.slots_of("mask")}, "seed": 7}
    return Told("sgd", (0.0, 0.0), rows, False, True, plan.weight_mask, units_of(plan), **(given | changes))


@dataclass(frozen=True)
class Drawn:
    """A plan in which an operation stands before J, and the slots of its operands and of its value."""

    plan: Plan
    slots: Sequence[int]
    output: int


TAILS: Mapping[str, Mapping[str, OptionValue]] = {
    "over_outputs": {"mean": False},
    "over_examples": {"mean": False},
    "scale": {"factor": 1.0},
}
"""What stands behind a loss, where alone the kernels know it."""


def drawn(operation: str, forms: Sequence[Form], moving: int, options: Mapping, tails: Mapping = TAILS) -> Drawn:
    """The operation, whose first ``moving`` operands get a gradient; its value times numbers ``u``, summed to J.

    Losses, and what stands behind them, are J by themselves.
    """
    builder = PlanBuilder()
    slots = [_placed(builder, operation, place, form, place < moving) for place, form in enumerate(forms)]
    output = slots[0]
    if operation in TAILS:
        terms, tails = builder.emit("objective", output), {**tails, operation: options}
    else:
        output = terms = builder.emit(operation, *slots, **options)
    if operation not in (*codes.LOSS_KINDS, *TAILS):
        terms = _terms(builder, output)
    for tail in TAILS:
        terms = builder.emit(tail, terms, **tails[tail])
    builder.differentiate(terms, inputs=True)
    return Drawn(builder.finish(terms), slots, output)


def _placed(builder: PlanBuilder, operation: str, place: int, form: Form, moves: bool) -> int:
    if not form.batched:
        return builder.parameter(str(place), form.shape, layer="k", kind="weight", trained=True)
    kind = "mask" if operation == "dropout" and place else "input" if moves else "target"
    return builder.place(kind, f"x{place}", (form.shape or (1,)) if operation in TAILS else form.shape, key=str(place))


def _terms(builder: PlanBuilder, output: int) -> int:
    """What is to be summed, in a line; one number for all rows, or for all units, is used by each."""
    form = builder.form(output)
    shape = form.shape or (1,)
    upstream = builder.place("target", "u", shape, key="u")
    if form != builder.form(upstream):
        output = builder.emit("spread", output, upstream, over="units" if form.batched else "rows", mean=False)
    terms = builder.emit("multiply", output, upstream)
    if len(shape) != 1:
        terms = builder.emit("reshape", terms, shape=str(prod(shape)))
    return builder.emit("objective", terms)


@dataclass(frozen=True)
class Numbers:
    """J, the value of the operation (rows, …), and ∂J by each operand, or None where it gets none.

    The kernels keep no terms of a loss, which are J by themselves: its value is None there.
    """

    loss: float
    value: np.ndarray | None
    gradients: list[np.ndarray | None]


def by_clear(
    case: Drawn, operands: Given, upstream: np.ndarray | None = None, dtype: DTypeLike = np.float64
) -> Numbers:
    plan = case.plan
    workspace = Workspace(plan, _rows_of(case, operands, upstream), dtype)
    for slot, array in zip(case.slots, operands, strict=True):
        workspace.views[slot][...] = array.reshape(workspace.views[slot].shape)
    for slot in plan.slots_of("target"):
        if slot.key == "u":
            workspace.views[slot.index][...] = upstream
    with np.errstate(all="ignore"):
        clear.forward(workspace)
        clear.backward(workspace)
    found = [plan.gradients.get(slot) for slot in case.slots]
    gradients = [None if slot is None else workspace.views[slot] for slot in found]
    return Numbers(float(workspace.views[plan.loss]), workspace.views[case.output], gradients)


def by_kernels(
    case: Drawn, operands: Given, upstream: np.ndarray | None = None, dtype: DTypeLike = np.float64, pieces: int = 1
) -> Numbers:
    """As they stand in the rows of V and G after one update; huge products as for a batch of so many ``pieces``."""
    plan, count = case.plan, _rows_of(case, operands, upstream)
    writer = _Writer(plan)
    program = writer.written().in_pieces(pieces)
    of = {str(place): array for place, array in enumerate(operands)} | {"u": upstream}
    inputs, targets = ({slot.key: of[slot.key] for slot in plan.slots_of(kind)} for kind in ("input", "target"))
    rows = rows_of(program, inputs, targets, count, dtype)
    parameters = flatten(plan, {each.key: np.asarray(of[each.key], float) for each in plan.segments})
    run = Run(program, told_for(plan, count), rows, None, parameters, np.zeros((0, plan.trained_size)))
    V, G = (run._arrays[place].reshape(program.rows, -1) for place in (AT_V, AT_G))
    run._give({AT_MASKS: np.zeros(0, np.int64)})  # masks are given, not drawn
    for slot in plan.slots_of("mask"):
        V[writer.rows[slot.index] :][: slot.size, :count] = of[slot.key].T
    run.advance(1, [0.0])

    def read(rows: np.ndarray, slot: int) -> np.ndarray:
        form = plan.slots[slot]
        return rows[writer.rows[slot] :][: form.size, :count].T.reshape(count, *form.shape)

    def gradient(slot: int) -> np.ndarray | None:
        if slot not in plan.gradients:
            return None
        segment = writer.segments.get(slot)
        if segment is None:
            return read(G, slot)
        return run.gradient[segment.start : segment.stop].reshape(segment.shape)

    value = read(V, case.output) if case.output in writer.rows else None
    loss = float(run.curves[0, 0]) if len(run.curves) else float(np.nan)
    return Numbers(loss, value, [gradient(slot) for slot in case.slots])


def _rows_of(case: Drawn, operands: Given, upstream: np.ndarray | None) -> int:
    batched = [len(array) for slot, array in zip(case.slots, operands, strict=True) if case.plan.slots[slot].batched]
    return batched[0] if batched or upstream is None else len(upstream)
