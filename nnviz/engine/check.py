"""The gradient check: what the backward pass says against what the goal does when a number is nudged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnviz.engine import clear
from nnviz.engine.arrays import Array
from nnviz.engine.workspace import Workspace

STEP = 1e-5


@dataclass(frozen=True, slots=True)
class GradientCheck:
    """For one parameter or node: ∂J/∂w by the backward pass, by central difference, and their largest deviation.

    ``error`` is max |g − n| / max(1, |g|) over its numbers.
    """

    key: str
    gradient: NDArray[np.float64]
    numeric: NDArray[np.float64]
    error: float


def gradient_check(
    workspace: Workspace, slots: Mapping[str, int] | None = None, step: float = STEP
) -> list[GradientCheck]:
    r"""Compare every ∂J/∂w of a filled workspace with a central difference.

    .. math:: n = \frac{J(w + h) - J(w - h)}{2h}

    The step h is 1e-5 · max(1, |w|): its error, of order h², and the rounding, of order 1e-16/h, are then both near
    1e-10. A step of 1e-12 measures rounding only. Costs two forward passes a number; the workspace ends as it began.
    What has no gradient, for no way leads from it to J that has a slope, is left out.

    Parameters
    ----------
    workspace : parameters, inputs, targets and masks set; its plan's goal stands for J.
    slots : what is nudged, by the name it is told under; None is every trained parameter.
    step : h for |w| up to 1.

    Source: Nocedal and Wright, Numerical Optimization, 2006, section 8.1.
    """
    plan = workspace.plan
    if slots is None:
        slots = {segment.key: segment.slot for segment in plan.segments if segment.trained}
    found = []
    for key, slot in slots.items():
        if slot in plan.gradients:
            numeric = _central_differences(workspace, slot, step)
            clear.forward(workspace)
            clear.backward(workspace)
            gradient = np.array(workspace.views[plan.gradients[slot]], dtype=np.float64)
            error = float(np.max(np.abs(gradient - numeric) / np.maximum(1.0, np.abs(gradient)), initial=0.0))
            found.append(GradientCheck(key, gradient, numeric, error))
    return found


def _central_differences(workspace: Workspace, slot: int, step: float) -> NDArray[np.float64]:
    """The central difference by each number of a slot; what computes the slot itself is not run."""
    clear.forward(workspace)
    makers = [place for place, made in enumerate(workspace.plan.forward) if made.output == slot]
    calls = clear.bind(workspace.plan.forward[makers[0] + 1 if makers else 0 :], workspace)
    numbers = workspace.views[slot]
    found = np.empty(numbers.shape)
    with np.errstate(all="ignore"):
        for index in np.ndindex(numbers.shape):
            found[index] = _central_difference(workspace, calls, numbers, index, step)
    return found


def _central_difference(
    workspace: Workspace, calls: list[clear.Call], numbers: Array, index: tuple[int, ...], step: float
) -> float:
    before = float(numbers[index])
    width = step * max(1.0, abs(before))
    above, below = before + width, before - width
    goals = []
    for value in (above, below):
        numbers[index] = value
        clear.carry_out(calls)
        assert workspace.plan.goal is not None
        goals.append(float(workspace.views[workspace.plan.goal]))
    numbers[index] = before
    return (goals[0] - goals[1]) / (above - below)
