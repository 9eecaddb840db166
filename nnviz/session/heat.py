"""From images and kernels to the heat maps that stand in the boxes of a drawing.

A level is a place on a colour map, from 0 to 254, so that a picture needs no numbers of the network; 127 is amid it.
"""

from __future__ import annotations

from math import isfinite

import numpy as np
from numpy.typing import NDArray

from nnviz.engine.arrays import Shape
from nnviz.session.diagram import Heat, Heats

Numbers = NDArray[np.float64]

MOST_MAPS = 3
"""Maps that stand side by side: the first channels of an image, the first kernels of a convolution."""
FINEST = 128
"""Lines and columns of a map; of a larger image every second, third … is shown."""
AMID = 127


def image_heats(values: Numbers | None, shape: Shape) -> Heats:
    """The channels of an image, (channels, rows, columns): one scale, from its least number to its largest.

    Parameters
    ----------
    values : the image of one row, or None while it is not known: then the maps are empty frames.
    """
    levels = None if values is None else _sequential(values[:MOST_MAPS], *_reach(values))
    return Heats("image", _maps(levels, shape), shape[0])


def kernel_heats(weights: Numbers) -> Heats:
    """The kernels of a convolution, (channels out, channels in, rows, columns), pair by pair: one scale, amid it 0."""
    pairs = weights.reshape(-1, *weights.shape[2:])
    largest = max(map(abs, _reach(pairs)))
    return Heats("kernel", _maps(_diverging(pairs[:MOST_MAPS], largest), pairs.shape), len(pairs))


def _maps(levels: NDArray[np.uint8] | None, shape: Shape) -> tuple[Heat, ...]:
    step = -(-max(shape[1:]) // FINEST)
    rows, columns = (-(-length // step) for length in shape[1:])
    if levels is None:
        return tuple(Heat(rows, columns) for _ in range(min(shape[0], MOST_MAPS)))
    return tuple(Heat(rows, columns, each[::step, ::step].tobytes()) for each in levels)


def _reach(values: Numbers) -> tuple[float, float]:
    """The least and the largest number."""
    least, largest = float(values.min()), float(values.max())
    if isfinite(least) and isfinite(largest):
        return least, largest
    known = values[np.isfinite(values)]
    return (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)


def _sequential(values: Numbers, least: float, largest: float) -> NDArray[np.uint8]:
    """Levels of numbers from the least to the largest there are; all of them 0 where those are equal.

    >>> _sequential(np.array([-1.0, 0.0, 3.0]), -1.0, 3.0).tolist()
    [0, 64, 254]
    """
    # Halved first: the difference of two numbers may be too large for one.
    return _levels(2 * AMID * ((values / 2 - least / 2) / ((largest / 2 - least / 2) or 1.0)))


def _diverging(values: Numbers, largest: float) -> NDArray[np.uint8]:
    """Levels of numbers whose 0 is amid.

    >>> _diverging(np.array([-0.5, 0.0, 0.25]), 0.5).tolist()
    [0, 127, 191]
    """
    return _levels(AMID * (1.0 + values / (largest or 1.0)))


def _levels(places: Numbers) -> NDArray[np.uint8]:
    """Whole levels; what is no number is the lowest."""
    within = np.fmin(np.fmax(places, 0.0), 2.0 * AMID)
    made: NDArray[np.uint8] = (within + 0.5).astype(np.uint8)
    return made
