"""What weights cost beside the data, and what holds them small: L1, L2, max-norm. Biases and gains are never penalised.

A ``mask`` of shape (trained,) is 1 for a weight, else 0, as all arrays here are (trained,).
"""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray

from nnviz.engine.arrays import Array
from nnviz.engine.optimizers.row import Row
from nnviz.engine.plan import Plan
from nnviz.words import tr

PENALTIES: tuple[Row, ...] = (
    Row(
        name="L1",
        words=tr("λ Σ |w| over weights, not biases, nor γ and β"),
        lines=("w⁺ = sign(w)·max(|w| − η·λ, 0)",),
        convention=tr(
            "Proximal: after the rule each weight moves by η·λ towards 0 and stays there, which gives exact zeros; the "
            "threshold is the same for all weights, whatever the rule. Switch: its sub-gradient λ·sign(w), 0 at the "
            "kink, which gives no zeros"
        ),
        source="Daubechies, Defrise and De Mol 2004",
    ),
    Row(
        name="L2",
        words=tr("λ Σ w² over weights, not biases, nor γ and β"),
        lines=("g = ∂J∕∂w + 2·λ·w",),
        convention=tr(
            "PyTorch's weight_decay is 2·λ and decays those too. With L1 it is the elastic net. Penalties are shown "
            "apart from the data loss"
        ),
        source="Hoerl and Kennard 1970",
    ),
    Row(
        name=tr("max-norm"),
        words=tr("The incoming weights of each unit, bias left out, are scaled to the limit c where they are longer"),
        lines=("w⁺ = w·min(1, c∕‖w‖)",),
        convention=tr("After every update. Default none"),
        source="Srebro, Rennie and Jaakkola 2005; Srivastava et al. 2014",
    ),
)
"""What may hold weights small, for the reader."""


def l2_penalty(weights: Array, mask: Array, strength: float) -> float:
    """λ Σ w² over the weights, biases left out."""
    return float(strength * np.sum(np.square(weights) * mask))


def l2_gradient(weights: Array, mask: Array, strength: float) -> Array:
    """2 λ w, the penalty's own share of ∂J/∂w; PyTorch's ``weight_decay`` is this 2 λ, but decays biases too."""
    return cast(Array, 2.0 * strength * weights * mask)


def l1_penalty(weights: Array, mask: Array, strength: float) -> float:
    """λ Σ |w| over the weights, biases left out."""
    return float(strength * np.sum(np.abs(weights) * mask))


def l1_gradient(weights: Array, mask: Array, strength: float) -> Array:
    """λ sign(w), the penalty's own share of ∂J/∂w; 0 at the kink."""
    return cast(Array, strength * np.sign(weights) * mask)


def shrink(weights: Array, mask: Array, threshold: float) -> None:
    """The proximal step of L1, in place: w ← sign(w) max(|w| − threshold, 0), which gives exact zeros.

    The threshold is ηλ, one for all weights, whatever the optimizer. Source: Daubechies, Defrise and De Mol 2004.
    """
    if not threshold:
        return
    limit = threshold * mask
    small = (np.abs(weights) <= limit) & (mask != 0)  # not a number is not small, and stays
    weights[...] = np.where(small, 0.0, weights - np.copysign(limit, weights))


def units_of(plan: Plan) -> NDArray[np.intp]:
    """For each trained number the unit whose incoming weights it is one of, counted from 0; −1 for others.

    The last axis of a weight runs over the units of the node it leads to, the first of a kernel over its channels.
    """
    kernels = {each.inputs[1] for each in plan.forward if each.operation == "conv2d"}
    units = np.full(plan.trained_size, -1, dtype=np.intp)
    begins: dict[str, int] = {}
    count = 0
    for segment in plan.segments:
        if segment.trained and segment.kind == "weight":
            kernel = segment.slot in kernels
            width = segment.shape[0 if kernel else -1] if segment.shape else 1
            if segment.layer not in begins:
                begins[segment.layer], count = count, count + width
            places = np.arange(segment.stop - segment.start)
            units[segment.start : segment.stop] = begins[segment.layer] + (
                places // (len(places) // width) if kernel else places % width
            )
    return units


def project(weights: Array, units: NDArray[np.intp], limit: float) -> None:
    """Max-norm, in place: of each unit the incoming weights are scaled to length ``limit`` where they are longer.

    Source: Srebro, Rennie and Jaakkola 2005; Srivastava et al. 2014, section 5.1.
    """
    held = units >= 0
    if not held.any():
        return
    mine, of = weights[held], units[held]
    largest = np.abs(mine).max()
    if largest == 0.0:
        return
    norms = largest * np.sqrt(np.bincount(of, np.square(mine / largest)))  # squares of 1e200 would overflow
    scale = np.where(norms > limit, limit / np.where(norms > 0.0, norms, 1.0), 1.0)
    weights[held] = mine * scale[of]
