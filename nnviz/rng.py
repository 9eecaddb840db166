"""Randomness as a pure function of (seed, stream, step, node, element).

There is no generator that moves on: the numbers of one place are computed from its coordinates alone, so stepping back,
pausing, another process or another executor draw the same. The function is Philox 4×64-10, a counter-based generator:
the seed and the stream's name make its key, step and node its counter, and element i is the i-th number drawn from
there. Only raw 64-bit words are taken from numpy, whose sequence numpy keeps for ever; all else is arithmetic here.

Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

_DOUBLE = 2.0**-53
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
"""The constants of SplitMix64."""


def number_of(name: str) -> int:
    """A 64-bit number for a name, the same in every process (Python's own ``hash`` is not)."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little")


def words(count: int, seed: int, stream: str, step: int = 0, node: str = "") -> NDArray[np.uint64]:
    """``count`` uniform 64-bit words of one place.

    Parameters
    ----------
    count : how many elements, from element 0.
    seed : the document's seed, 0 to 2**64 - 1.
    stream : what the numbers are for: ``"initialise"``, ``"order"``, ``"dropout"``, ``"split"`` ...
    step : the update or epoch that draws; 0 or more.
    node : the drawing's id (or parameter key) the numbers belong to.
    """
    place = np.array([0, step, number_of(node), 0], dtype=np.uint64)
    key = np.array([seed, number_of(stream)], dtype=np.uint64)
    return np.random.Philox(key=key, counter=place).random_raw(count).astype(np.uint64, copy=False)


def uniform(count: int, seed: int, stream: str, step: int = 0, node: str = "") -> NDArray[np.float64]:
    """``count`` numbers of one place, uniform in [0, 1) with 53 random bits; shape (count,)."""
    return (words(count, seed, stream, step, node) >> np.uint64(11)).astype(np.float64) * _DOUBLE


def coins(count: int, seed: int, stream: str, step: int = 0, node: str = "") -> NDArray[np.float64]:
    """``count`` numbers of one place, uniform in [0, 1), for masks, which need many at each update; shape (count,).

    Element i is the i-th number of SplitMix64 from a state that Philox gives for the place: a tenth of the arithmetic,
    and as much a function of the coordinates alone.

    Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
    """
    with np.errstate(over="ignore"):  # words wrap around
        word = words(1, seed, stream, step, node) + np.arange(1, count + 1, dtype=np.uint64) * GOLDEN
        word = (word ^ (word >> np.uint64(30))) * MIX[0]
        word = (word ^ (word >> np.uint64(27))) * MIX[1]
        word ^= word >> np.uint64(31)
    return np.asarray((word >> np.uint64(11)) * _DOUBLE, dtype=np.float64)


def normal(count: int, seed: int, stream: str, step: int = 0, node: str = "") -> NDArray[np.float64]:
    """``count`` numbers of one place from N(0, 1), by the inverse distribution function; shape (count,).

    The inverse is used, not rejection, so that each element depends on its own coordinates only.
    """
    from scipy.special import ndtri  # lazily: scipy.special costs 60 ms, and looking into a file needs none of it

    middle = (words(count, seed, stream, step, node) >> np.uint64(11)).astype(np.float64)
    return np.asarray(ndtri((middle + 0.5) * _DOUBLE), dtype=np.float64)


def permutation(count: int, seed: int, stream: str, step: int = 0, node: str = "") -> NDArray[np.intp]:
    """The rows 0 … count-1 in a random order of one place; shape (count,)."""
    return np.argsort(words(count, seed, stream, step, node), kind="stable")
