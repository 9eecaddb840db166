"""A walkthrough: every step of forward, loss, backward and update, to be gone through in both directions.

All steps are told from one computed trace, so going back is an index and cannot differ from going forward. What has
not been computed at a step is a dash there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnviz.document.document import Document
from nnviz.engine.penalties import l2_gradient
from nnviz.engine.workspace import flatten, unflatten
from nnviz.learning.memory import memory_from
from nnviz.lowering.explain import Step, backward_steps, forward_steps, update_steps
from nnviz.session.annotations import Annotator
from nnviz.session.computing import Focus, Trace, forward, steps
from nnviz.session.diagram import Diagram
from nnviz.session.drawing import SHOW, StepText, draw
from nnviz.words import tr

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Walkthrough:
    """The steps of one update, and what is known after each of them.

    Attributes
    ----------
    trace : the computed network before the update.
    steps : in order.
    after : parameters after the whole update, by key.
    """

    trace: Trace
    steps: tuple[Step, ...]
    after: dict[str, Numbers]

    def known(self, index: int) -> frozenset[int]:
        """The slots whose numbers are known after step ``index`` (−1: only what is given)."""
        given = {slot.index for slot in self.trace.plan.slots if slot.kind in ("input", "target", "parameter", "mask")}
        found = frozenset(given.union(*(step.reveals for step in self.steps[: index + 1])))
        return found if self.trace.known is None else found & self.trace.known

    def weights(self, index: int) -> dict[str, Numbers]:
        """The parameters that updates up to step ``index`` have already replaced, by key."""
        done = [step for step in self.steps[: index + 1] if step.phase == "update"]
        return {key: numbers for step in done for key, numbers in step.outgoing.items()}

    def annotator(self, index: int) -> Annotator:
        """The annotations after step ``index``."""
        return Annotator(self.trace.document, self.trace, self.known(index), self.weights(index))

    def diagram(self, index: int, show: tuple[str, ...] = SHOW) -> Diagram:
        """The picture's content at step ``index``: current operation lit, the rest faded, its formula below."""
        step = self.steps[index]
        title = tr(
            "{n} of {total} · {phase} · {title}",
            n=index + 1,
            total=len(self.steps),
            phase=tr(step.phase),
            title=step.title,
        )
        lines = (title, step.explanation, *(f"{line.symbols()}  →  {line.numbers()}" for line in step.formulas))
        return draw(self.annotator(index), show, StepText(step.phase, lines, frozenset(step.lit)), reserve_step=True)


def walkthrough(document: Document, focus: Focus | None = None) -> Walkthrough:
    """All steps of one update at a focus, by the document's optimizer; without loss or targets the forward pass.

    Raises
    ------
    GraphError, ShapeError, DataError
        What keeps the network from being computed.
    """
    trace = forward(document, focus)
    reader = trace.reader()
    if trace.known is not None or trace.plan.loss is None:
        return Walkthrough(trace, tuple(steps(trace)), dict(document.parameters))
    after = updated(trace)
    settings = document.training
    update = update_steps(reader, settings.optimizer, settings.l2, document.parameters, trace.gradients, after)
    return Walkthrough(trace, (*forward_steps(reader), *backward_steps(reader), *update), after)


def updated(trace: Trace) -> dict[str, Numbers]:
    """The parameters after one update from a computed trace; the document is left as it is."""
    document, plan = trace.document, trace.plan
    size, settings = plan.trained_size, document.training
    flat = flatten(plan, document.parameters)
    weights = flat[:size]
    gradient = np.array(trace.workspace.gradient, dtype=np.float64)
    memory, count = memory_from(plan, settings.optimizer, document.state)
    with np.errstate(all="ignore"):  # what overflows is shown as such
        if settings.l2:
            gradient += l2_gradient(weights, plan.weight_mask, settings.l2)
        settings.optimizer.update(weights, gradient, memory, count + 1)
    return unflatten(plan, flat)
