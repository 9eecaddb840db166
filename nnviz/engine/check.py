"""The gradient check: what the backward pass says against what the loss does when a weight is nudged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnviz.engine import clear
from nnviz.engine.workspace import Workspace

STEP = 1e-5


@dataclass(frozen=True, slots=True)
class GradientCheck:
    """For one parameter: ∂J/∂w by the backward pass, by central difference, and the largest deviation between them.

    ``error`` is max |g − n| / max(1, |g|) over its numbers.
    """

    key: str
    gradient: NDArray[np.float64]
    numeric: NDArray[np.float64]
    error: float


def gradient_check(workspace: Workspace, step: float = STEP) -> list[GradientCheck]:
    r"""Compare every ∂J/∂w of a filled workspace with a central difference.

    .. math:: n = \frac{J(w + h) - J(w - h)}{2h}

    The step h is 1e-5 · max(1, |w|): its error, of order h², and the rounding, of order 1e-16/h, are then both near
    1e-10. A step of 1e-12 measures rounding only. Costs two forward passes a trained number; the workspace ends as it
    began.

    Parameters
    ----------
    workspace : parameters, inputs, targets and masks set.
    step : h for |w| up to 1.

    Source: Nocedal and Wright, Numerical Optimization, 2006, section 8.1.
    """
    plan = workspace.plan
    clear.forward(workspace)
    clear.backward(workspace)
    numeric = np.array([_central_difference(workspace, index, step) for index in range(plan.trained_size)])
    clear.forward(workspace)
    clear.backward(workspace)
    found = []
    for segment in plan.segments:
        if segment.trained:
            gradient = np.array(workspace.gradient[segment.start : segment.stop], dtype=np.float64)
            differences = numeric[segment.start : segment.stop]
            error = float(np.max(np.abs(gradient - differences) / np.maximum(1.0, np.abs(gradient)), initial=0.0))
            found.append(
                GradientCheck(segment.key, gradient.reshape(segment.shape), differences.reshape(segment.shape), error)
            )
    return found


def _central_difference(workspace: Workspace, index: int, step: float) -> float:
    weights = workspace.parameters
    before = float(weights[index])
    width = step * max(1.0, abs(before))
    above, below = before + width, before - width
    losses = []
    for value in (above, below):
        weights[index] = value
        clear.forward(workspace)
        assert workspace.plan.loss is not None
        losses.append(float(workspace.views[workspace.plan.loss]))
    weights[index] = before
    return (losses[0] - losses[1]) / (above - below)
