"""The axes of a plot on a screen: from numbers to places between 0 and 1, ticks in words, ends that stay put for long.

A plot that grows while it is watched would crawl if its axes followed every point; here they go on in steps of round
numbers. Places between 0 and 1 let a drawing library work with numbers of its own size whatever the losses are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from sys import float_info

import numpy as np
from numpy.typing import NDArray

from nnviz.session.plots import tick_text, ticks

Numbers = NDArray[np.float64]

HEADROOM = 0.06
"""What is left free over the highest point, as a share of the axis."""
QUARTERS = 4
"""A logarithmic axis that grows ends at a quarter of a power of ten."""
SMALLEST = 1e-300
"""The least number that a logarithmic axis shows: a power of ten, and those below it, must still be numbers."""
_ROUND = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0, 10.0)
_WITHIN_A_POWER = (1.0, 2.0, 5.0)


@dataclass(frozen=True, slots=True)
class Scale:
    """One axis: the numbers at its ends, or, if it is logarithmic, their powers of ten."""

    low: float
    high: float
    logarithmic: bool = False

    def places(self, values: Numbers) -> Numbers:
        """Where values lie between 0 and 1; NaN for what a logarithmic axis cannot show.

        >>> Scale(0.0, 4.0).places(np.array([1.0, 4.0])), Scale(-2.0, 0.0, True).places(np.array([0.1, 0.0]))
        (array([0.25, 1.  ]), array([0.5, nan]))
        """
        if self.logarithmic:
            shown = np.log10(np.where(values >= SMALLEST, values, np.nan))
        else:
            shown = np.where(np.isfinite(values), values, np.nan)
        # Each part is divided first: the difference of two numbers near the largest there is would be infinite.
        width = self.high / 2 - self.low / 2
        return np.asarray((shown / 2 - self.low / 2) / width, dtype=np.float64)

    def value(self, place: float) -> float:
        """The number at a place between 0 and 1."""
        found = self.low + place * (self.high - self.low)
        return float(10.0**found) if self.logarithmic else found

    def ticks(self, most: int) -> list[tuple[float, str]]:
        """Places and words of at most about ``most`` ticks.

        >>> Scale(-2.0, 0.0, True).ticks(4)
        [(0.0, '0.01'), (0.5, '0.1'), (1.0, '1')]
        """
        values = _power_ticks(self.low, self.high, most) if self.logarithmic else ticks(self.low, self.high, most)
        places = self.places(np.array(values, dtype=np.float64))
        return [(float(place), tick_text(value)) for place, value in zip(places, values, strict=True)]


def _power_ticks(low: float, high: float, most: int) -> list[float]:
    """Powers of ten between two exponents; with their 2 and 5 if there are few; round numbers if there are fewer."""
    first, last = ceil(low - 1e-9), floor(high + 1e-9)
    if last - first >= 2:
        stride = max(1, ceil((last - first + 1) / max(1, most)))
        return [10.0**power for power in range(first, last + 1, stride)]
    within = [factor * 10.0**power for power in range(floor(low), ceil(high) + 1) for factor in _WITHIN_A_POWER]
    found = [value for value in within if low - 1e-9 <= log10(value) <= high + 1e-9]
    return found if 2 < len(found) <= most else [tick for tick in ticks(10.0**low, 10.0**high, most) if tick > 0]


def epoch_scale(columns: Sequence[Numbers], *, growing: bool) -> Scale:
    """The axis of the epochs: from before the first to the last, or on to the next round number while it grows.

    >>> epoch_scale([np.arange(1.0, 109.0)], growing=True)
    Scale(low=0.0, high=150.0, logarithmic=False)
    """
    low = min((float(column[0]) for column in columns if len(column)), default=1.0) - 1.0
    high = max((float(column[-1]) for column in columns if len(column)), default=1.0)
    return Scale(low, low + rounded_up(max(high - low, 5.0)) if growing else high)


def loss_scale(columns: Sequence[Numbers], *, logarithmic: bool, growing: bool) -> Scale:
    """The axis of the losses: from 0, or logarithmic; with some room over the highest point.

    >>> loss_scale([np.array([0.5, 0.2])], logarithmic=False, growing=False)
    Scale(low=0.0, high=0.53, logarithmic=False)
    """
    values = np.concatenate(columns) if columns else np.zeros(0)
    shown = values[np.isfinite(values) & ((values >= SMALLEST) | (not logarithmic))]
    if logarithmic and len(shown):
        return _power_scale(float(np.log10(shown.min())), float(np.log10(shown.max())), growing=growing)
    low, high = (float(shown.min()), float(shown.max())) if len(shown) else (0.0, 1.0)
    low = min(low, 0.0)
    if high - low < float_info.min:
        high = low + max(1.0, HEADROOM * abs(low))  # beside a very large number 1 is nothing
    return Scale(low, min(high + HEADROOM * (high - low), float_info.max))


def _power_scale(low: float, high: float, *, growing: bool) -> Scale:
    if growing:
        low, high = floor(low * QUARTERS) / QUARTERS, ceil(high * QUARTERS) / QUARTERS
    room = max(0.1, HEADROOM * (high - low))
    return Scale(max(low - room, log10(SMALLEST)), min(high + room, float(float_info.max_10_exp)), logarithmic=True)


def rounded_up(number: float) -> float:
    """The next round number that is not below a positive ``number``.

    >>> rounded_up(108.0), rounded_up(150.0), rounded_up(0.41)
    (150.0, 150.0, 0.5)
    """
    power = 10.0 ** floor(log10(number))
    return float(next(factor * power for factor in _ROUND if factor * power >= number * (1 - 1e-9)))


def dashes(xs: Numbers, ys: Numbers, on: float, off: float, *, longest: float) -> tuple[Numbers, Numbers]:
    """A line cut into dashes: the ends of each piece, two and two, for a drawing library that draws no dashes quickly.

    Parameters
    ----------
    xs, ys : (points,) in pixels; where one is not finite there is a gap.
    on, off : lengths of a dash and of the gap behind it, along the line.
    longest : where the line is longer than this, as a noisy one is, the lengths count along x alone.

    >>> xs, ys = dashes(np.array([0.0, 10.0]), np.array([0.0, 0.0]), 4.0, 2.0, longest=99.0)
    >>> xs
    array([ 0.,  4.,  6., 10.])
    """
    finite = np.isfinite(xs) & np.isfinite(ys)
    cuts = np.flatnonzero(~finite)
    runs = [run for run in np.split(np.arange(len(xs)), cuts) if len(run)]
    pieces = [_dashed(xs[run], ys[run], on, off, longest) for run in (run[finite[run]] for run in runs) if len(run) > 1]
    if not pieces:
        return np.zeros(0), np.zeros(0)
    return np.concatenate([piece[0] for piece in pieces]), np.concatenate([piece[1] for piece in pieces])


def _dashed(xs: Numbers, ys: Numbers, on: float, off: float, longest: float) -> tuple[Numbers, Numbers]:
    steps = np.hypot(np.diff(xs), np.diff(ys))
    if steps.sum() > longest:
        steps = np.abs(np.diff(xs))
    along = np.concatenate([[0.0], np.cumsum(steps)])
    begins = np.arange(0.0, along[-1], on + off)
    marks = np.unique(np.concatenate([along, begins, np.minimum(begins + on, along[-1])]))
    drawn = ((marks[:-1] + marks[1:]) / 2) % (on + off) < on
    at_x, at_y = np.interp(marks, along, xs), np.interp(marks, along, ys)
    return _pairs(at_x, drawn), _pairs(at_y, drawn)


def _pairs(at: Numbers, drawn: NDArray[np.bool_]) -> Numbers:
    return np.column_stack([at[:-1][drawn], at[1:][drawn]]).ravel()
