"""The points of a long curve that are seen: the same whether it was looked at once or while it grew."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from nnviz.session import thinning
from nnviz.session.thinning import NO_PARTS, Parts, seen_of

Numbers = NDArray[np.float64]


def losses(count: int, seed: int, gaps: float) -> Numbers:
    """Losses like those of a run, of which some are not finite and some are equal."""
    random = np.random.default_rng(seed)
    ys = np.round(1.0 / np.sqrt(1.0 + np.arange(count)) + 0.1 * random.random(count), 2)
    ys[random.random(count) < gaps] = random.choice([np.nan, np.inf, -np.inf])
    return ys


def grown(ys: Numbers, steps: list[int]) -> Parts:
    """The parts of a curve that grew by so many points at a time, and then to its end."""
    parts = NO_PARTS
    for end in [*np.cumsum(steps).tolist(), len(ys)]:
        parts = parts.grown(ys[: min(end, len(ys))])
    return parts


def looked_at(ys: Numbers, size: int) -> tuple[list[int], list[int]]:
    """The places of the lowest and the highest of each part, by looking at all of them."""
    low, high = np.where(np.isfinite(ys), ys, np.inf), np.where(np.isfinite(ys), ys, -np.inf)
    starts = range(0, len(ys) // size * size, size)
    lowest = [start + int(np.argmin(low[start : start + size])) for start in starts]
    return lowest, [start + int(np.argmax(high[start : start + size])) for start in starts]


curves = st.builds(losses, st.integers(1, 3000), st.integers(0, 99), st.sampled_from([0.0, 0.01, 0.7]))


@given(curves, st.lists(st.integers(0, 700), max_size=8), st.sampled_from([4, 32, 10_000]))
def test_parts_that_grew_are_those_of_the_whole_curve(ys: Numbers, steps: list[int], fewest: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(thinning, "FEWEST", fewest)
        parts = grown(ys, steps)
    lowest, highest = looked_at(ys, parts.size)
    assert parts.lowest.tolist() == lowest
    assert parts.highest.tolist() == highest
    assert len(lowest) < 2 * fewest


@given(curves, st.lists(st.integers(0, 700), max_size=8), st.integers(2, 300))
def test_what_is_seen_of_a_curve_that_grew_is_what_is_seen_of_the_whole(
    ys: Numbers, steps: list[int], columns: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(thinning, "FEWEST", 32)
        parts = grown(ys, steps)
    size = parts.size * -(-len(ys) // (columns * parts.size))
    lowest, highest = looked_at(ys, size)
    whole = len(ys) // size * size
    rest = [whole + place for places in looked_at(ys[whole:], max(1, len(ys) - whole)) for place in places]
    assert seen_of(ys, columns, parts).tolist() == sorted({0, len(ys) - 1, *lowest, *highest, *rest})


def test_what_was_seen_is_not_looked_at_again() -> None:
    ys = losses(50_000, 0, 0.0)
    parts = grown(ys[:40_000], [30_000])
    forgotten = ys.copy()
    forgotten[: len(parts.lows) * parts.size] = np.nan
    assert np.array_equal(parts.grown(forgotten).lows, parts.grown(ys).lows)
