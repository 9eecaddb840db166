"""First values of parameters, drawn from a stream that belongs to the parameter's key."""

from __future__ import annotations

from math import prod

import numpy as np
from numpy.typing import NDArray

from nnviz import rng
from nnviz.engine.arrays import Shape


def normal(key: str, shape: Shape, seed: int, sigma: float = 0.5) -> NDArray[np.float64]:
    """Weights from N(0, σ²): the same key, shape and seed give the same numbers, whatever else the network holds."""
    return sigma * rng.normal(prod(shape), seed, "initialise", node=key).reshape(shape)


def zeros(shape: Shape) -> NDArray[np.float64]:
    """Biases begin at 0."""
    return np.zeros(shape)
