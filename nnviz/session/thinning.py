"""Which points of a long curve can be seen: the lowest and the highest of each part, kept while the curve grows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Places = NDArray[np.intp]

FEWEST = 4096
"""Parts that a growing curve is kept in; when they are twice as many, each two become one. More than a screen shows."""


@dataclass(frozen=True, eq=False)
class Parts:
    """The places of the lowest and the highest point of parts of a curve, all of one size, and how low and high.

    Points that are not finite are the lowest and highest only where a part has no others, so that gaps stay.

    Attributes
    ----------
    size : points in a part; those at the end that fill none belong to none.
    lowest, highest : (parts,) places in the curve.
    lows, highs : (parts,) the numbers there; infinite where a part has no finite one.
    """

    size: int
    lowest: Places
    highest: Places
    lows: Numbers
    highs: Numbers

    @classmethod
    def single(cls, ys: Numbers, first: int = 0) -> Parts:
        """Each point as a part of its own; ``first`` is the place of the first one."""
        places, finite = np.arange(first, first + len(ys)), np.isfinite(ys)
        return cls(1, places, places, np.where(finite, ys, np.inf), np.where(finite, ys, -np.inf))

    def joined(self, many: int) -> Parts:
        """Each ``many`` neighbours as one; the last ones, if they are fewer, are left out."""
        if many == 1:
            return self
        count = len(self.lows) // many
        firsts, whole = np.arange(0, count * many, many), (count, many)
        low = firsts + self.lows[: count * many].reshape(whole).argmin(axis=1)
        high = firsts + self.highs[: count * many].reshape(whole).argmax(axis=1)
        return Parts(self.size * many, self.lowest[low], self.highest[high], self.lows[low], self.highs[high])

    def grown(self, ys: Numbers) -> Parts:
        """The parts of the same curve, of which ``ys`` is all there is now; only what is new is looked at."""
        seen = len(self.lows) * self.size
        new = Parts.single(ys[seen:], seen).joined(self.size)
        made = Parts(
            self.size,
            np.concatenate([self.lowest, new.lowest]),
            np.concatenate([self.highest, new.highest]),
            np.concatenate([self.lows, new.lows]),
            np.concatenate([self.highs, new.highs]),
        )
        while len(made.lows) >= 2 * FEWEST:
            made = made.joined(2)
        return made


NO_PARTS = Parts.single(np.zeros(0))
"""What a curve begins to grow from."""


def seen_of(ys: Numbers, columns: int, parts: Parts | None = None) -> Places:
    """The places of the points that can be seen in so many pixel columns: first, last, lowest and highest of each part.

    ``parts`` are those of a curve that grows, and save looking at all of it.
    """
    count = len(ys)
    found = parts or Parts.single(ys)
    found = found.joined(-(-count // (columns * found.size)))
    rest = Parts.single(ys[len(found.lows) * found.size :], len(found.lows) * found.size)
    rest = rest.joined(max(1, len(rest.lows)))
    ends = np.array([0, count - 1])
    return np.unique(np.concatenate([ends, found.lowest, found.highest, rest.lowest, rest.highest]))
