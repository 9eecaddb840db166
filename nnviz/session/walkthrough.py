"""A walkthrough: every step of forward, loss, backward and update, to be gone through in both directions.

All steps are told from one computed trace, so going back is an index and cannot differ from going forward. What has
not been computed at a step is a dash there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from nnviz.document.document import Document
from nnviz.document.edits import Act, ApplyRun, Together
from nnviz.engine.clear import moved_statistics
from nnviz.engine.plan import GIVEN
from nnviz.engine.workspace import flatten, unflatten
from nnviz.learning.clipping import ClipNorm, ClipValue
from nnviz.learning.machine import blas_threads
from nnviz.learning.memory import memory_by_key, memory_from, remembered
from nnviz.learning.settings import Run, rule_name
from nnviz.learning.update import Update
from nnviz.lowering.explain import Change, Phase, Step, backward_steps, forward_steps, statistic_steps, update_steps
from nnviz.lowering.formula import Formula
from nnviz.session.annotations import Annotator
from nnviz.session.computing import Focus, Trace, forward, steps
from nnviz.session.derivatives import nothing
from nnviz.session.diagram import Diagram
from nnviz.session.drawing import SHOW, StepText, draw
from nnviz.words import tr

Numbers = NDArray[np.float64]
APART = 4
"""Formulas of a step that a picture writes under one another."""


@dataclass(frozen=True, eq=False)
class Walkthrough:
    """The steps of one update, and what is known after each of them.

    Attributes
    ----------
    trace : the computed network before the update.
    steps : in order.
    after : parameters after the whole update, by key.
    change : the update, stage by stage, as the engine made it once; None where there is none.
    """

    trace: Trace
    steps: tuple[Step, ...]
    after: dict[str, Numbers]
    change: Change | None = None

    def keeping(self) -> Act | None:
        """The act by which the document keeps the whole update and what the optimizer remembers of it, if there is one.

        It is no part of an epoch, for its rows are those in focus.
        """
        if self.change is None:
            return None
        document, change = self.trace.document, self.change
        before, none = document.state, np.zeros(0)
        moved = {key: values for key, values in self.weights(len(self.steps)).items() if key not in self.after}
        state = replace(
            before,
            optimizer=rule_name(change.optimizer),
            memory={slot: dict(arrays) for slot, arrays in change.remembered.items()},
            count=change.count,
            step=before.step + 1,
            statistics={**before.statistics, **moved},
        )
        made = "clear", "float64", blas_threads()
        run = Run(
            document.training,
            document.seed,
            *made,
            none,
            none,
            0,
            "stopped",
            first_epoch=before.epoch,
            products="numpy",
        )
        return Together((ApplyRun(self.after, state, run),), tr("Keep the update"))

    def known(self, index: int) -> frozenset[int]:
        """The slots whose numbers are known after step ``index`` (−1: only what is given)."""
        given = {slot.index for slot in self.trace.plan.slots if slot.kind in GIVEN}
        for instruction in self.trace.plan.forward:  # a constant, a parameter for every row, a target as it is read
            if instruction.silent and given.issuperset(instruction.inputs):
                given.add(instruction.output)
        found = frozenset(given.union(*(step.reveals for step in self.steps[: index + 1])))
        return found if self.trace.known is None else found & self.trace.known

    def to_come(self, index: int) -> frozenset[int]:
        """The slots by which the derivative is told after step ``index`` only, whatever is known by then.

        What one node passes on as it is lies in one slot with what arrived there, so that the slots that are known do
        not tell the two derivatives apart.
        """
        ahead = _gone_back(self.steps[index + 1 :]) - _gone_back(self.steps[: index + 1])
        found: set[int] = set()
        for step in self.trace.plan.steps:
            made = self.trace.plan.forward[step.forward]
            if made.node in ahead:
                found |= {slot for slot, sent in zip(made.inputs, step.outgoing, strict=True) if sent is not None}
        return frozenset(found)

    def weights(self, index: int) -> dict[str, Numbers]:
        """The parameters and statistics that updates up to step ``index`` have already replaced, by key."""
        done = [step for step in self.steps[: index + 1] if step.phase == "update"]
        return {key: numbers for step in done for key, numbers in step.outgoing.items()}

    def memory(self, index: int, key: str) -> dict[str, Numbers | None]:
        """What the optimizer remembers of a parameter after step ``index``, by the name of each array; None if nothing.

        What was stored before the update is kept beside what it made, so that stepping back shows the former again.
        """
        if self.change is not None and key in self.weights(index):
            return {slot: arrays[key] for slot, arrays in self.change.remembered.items()}
        document = self.trace.document
        return remembered(document.training.optimizer, document.state, key)

    def annotator(self, index: int, digits: int | None = None) -> Annotator:
        """The annotations after step ``index``, to so many significant digits."""
        known, to_come = self.known(index), self.to_come(index)
        return Annotator(self.trace.document, self.trace, known, self.weights(index), digits, to_come)

    def diagram(self, index: int, show: tuple[str, ...] = SHOW, digits: int | None = None) -> Diagram:
        """The picture's content at step ``index``: current operation lit, the rest faded, its formula below."""
        step = self.steps[index]
        title = tr(
            "{n} of {total} · {phase} · {title}",
            n=index + 1,
            total=len(self.steps),
            phase=tr(step.phase),
            title=step.title,
        )
        shown = step.formulas[-len(step.outgoing) :] if step.phase == "update" else step.formulas  # the new weights
        lines = (title, step.explanation, *_written(shown, digits))
        return draw(
            self.annotator(index, digits), show, StepText(step.phase, lines, frozenset(step.lit)), reserve_step=True
        )


def _gone_back(steps: Sequence[Step]) -> set[str]:
    """The nodes through which some steps go back."""
    return {step.node for step in steps if step.phase == "backward"}


def _written(formulas: Sequence[Formula], digits: int | None) -> list[str]:
    """Formulas under one another, symbols before numbers; many run on in one text that is broken between them only."""
    if len(formulas) <= APART:
        return [f"{line.symbols()}  →  {line.numbers(digits=digits)}" for line in formulas]
    return ["\u2003 ".join(line.whole(digits=digits).replace(" ", "\u00a0") for line in formulas)]


def walkthrough(document: Document, focus: Focus | None = None) -> Walkthrough:
    """All steps of one update at a focus, by the document's optimizer; without loss or targets the forward pass.

    Where the focus names a node to be differentiated, forward and backward pass of that node: an update takes J.

    Raises
    ------
    GraphError, ShapeError, DataError
        What keeps the network from being computed.
    """
    trace = forward(document, focus)
    reader = trace.reader()
    if trace.focus.of is not None or trace.known is not None or trace.plan.loss is None:
        return Walkthrough(trace, tuple(steps(trace)), dict(document.parameters))
    change = changed(trace)
    told = [*forward_steps(reader), *backward_steps(reader), *update_steps(reader, change)]
    if trace.focus.mode == "train":
        told += statistic_steps(reader, moved_statistics(trace.workspace))
    return Walkthrough(trace, tuple(told), {**document.parameters, **change.after}, change)


def missing_phase(trace: Trace, phase: Phase) -> str:
    """Why the walkthrough of a computed network has no such phase, as a sentence; empty where it has it."""
    is_named, plan = trace.focus.of is not None, trace.plan
    if phase == "forward" or (phase == "backward" and plan.steps and trace.knows(plan.goal)):
        return ""
    if phase == "backward":
        return nothing(trace)
    if is_named:
        return {
            "loss": tr("A node is differentiated, and the loss is left out"),
            "update": tr("A node is differentiated; an update takes J"),
        }[phase]
    if not trace.knows(plan.loss):
        return nothing(trace)
    has_update = any(segment.trained for segment in plan.segments)
    return "" if phase == "loss" or has_update else tr("No weight is trained, so that nothing is updated")


def changed(trace: Trace) -> Change:
    """One update from a computed trace, in the order of :mod:`nnviz.learning.update`; the document is left as it is."""
    document, plan = trace.document, trace.plan
    settings, state = document.training, document.state
    update = Update(plan, settings)
    memory, count = memory_from(plan, settings.optimizer, state)
    remembered = {slot: array.copy() for slot, array in memory.items()}
    gradient = np.array(trace.workspace.gradient, dtype=np.float64)
    weights = flatten(plan, document.parameters)[: plan.trained_size]
    stages = [weights.copy()]
    with np.errstate(all="ignore"):  # what overflows is shown as such
        update.begin_epoch(state.epoch, state.plateau)
        whole = update.penalised(weights, gradient)
        seen = update.clipped(whole)
        update.optimizer.update(weights, seen, remembered, count + 1)
        for step in (None, update.shrink, update.project):
            if step:
                step(weights)
            stages.append(weights.copy())
    before, moved, shrunk, after = (unflatten(plan, stage) for stage in stages)
    clip = settings.clip
    return Change(
        optimizer=update.optimizer,
        count=count + 1,
        before=before,
        gradients=unflatten(plan, gradient),
        seen=unflatten(plan, seen),
        memory=memory_by_key(plan, memory),
        remembered=memory_by_key(plan, remembered),
        moved=moved,
        shrunk=shrunk,
        after=after,
        l1=0.0 if settings.l1_proximal else settings.l1,
        l2=settings.l2,
        factor=clip.factor(whole) if isinstance(clip, ClipNorm) else 1.0,
        limit=clip.limit if isinstance(clip, ClipValue) else float("inf"),
        threshold=update.threshold,
        max_norm=settings.max_norm,
    )
