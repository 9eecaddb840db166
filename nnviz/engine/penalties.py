"""What weights cost beside the data: L2. Biases are never penalised."""

from __future__ import annotations

from typing import cast

import numpy as np

from nnviz.engine.arrays import Array


def l2_penalty(weights: Array, mask: Array, strength: float) -> float:
    """λ Σ w² over the weights, biases left out by ``mask`` (1 weight, 0 bias); all of shape (trained,)."""
    return float(strength * np.sum(np.square(weights) * mask))


def l2_gradient(weights: Array, mask: Array, strength: float) -> Array:
    """2 λ w, the penalty's own share of ∂J/∂w; PyTorch's ``weight_decay`` is this 2 λ, but decays biases too."""
    return cast(Array, 2.0 * strength * weights * mask)
