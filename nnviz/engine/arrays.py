"""The array types of the engine, in one place."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
"""Numbers of a network: float64, or float32 where a run chose it."""

Shape = tuple[int, ...]
"""The shape of one example, without the batch: (3,) for a layer of three, () for a single number."""


def shape_text(shape: Shape) -> str:
    """A shape as it is written, and as a plan keeps it.

    >>> shape_text((1, 8, 8))
    '1×8×8'
    """
    return "×".join(map(str, shape))


def shape_of(text: str) -> Shape:
    """The shape that :func:`shape_text` wrote.

    >>> shape_of("1×8×8")
    (1, 8, 8)
    """
    return tuple(map(int, text.split("×")))
