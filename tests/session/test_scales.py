"""Axes on a screen: places from 0 to 1, ticks within, ends that stay put, dashes of the right length."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnviz.session.plots import Curve, thinned
from nnviz.session.scales import SMALLEST, Scale, dashes, epoch_scale, loss_scale, rounded_up

losses = st.lists(st.floats(0, 1e300), min_size=1, max_size=40)


@given(losses, st.booleans(), st.booleans())
def test_every_loss_has_a_place(values: list[float], logarithmic: bool, growing: bool) -> None:
    column = np.array(values)
    scale = loss_scale([column], logarithmic=logarithmic, growing=growing)
    places = scale.places(column)
    shown = places[np.isfinite(places)]
    assert len(shown) == (np.sum(column >= SMALLEST) if scale.logarithmic else len(column))
    assert np.all((shown >= -1e-9) & (shown <= 1 + 1e-9))
    assert np.isfinite([scale.low, scale.high]).all()
    for place, words in scale.ticks(6):
        assert -0.01 <= place <= 1.01
        assert words


@given(st.floats(-9, 9), st.floats(0.05, 12))
def test_logarithmic_ticks_are_few_round_and_inside(low: float, width: float) -> None:
    found = Scale(low, low + width, logarithmic=True).ticks(5)
    assert 1 <= len(found) <= 8
    assert all(-1e-6 <= place <= 1 + 1e-6 for place, _ in found)


def test_a_growing_axis_stays_put_while_epochs_come() -> None:
    ends = [epoch_scale([np.arange(1.0, n + 1)], growing=True).high for n in range(1, 1001)]
    assert len(set(ends)) <= 20
    assert all(end >= n for n, end in enumerate(ends, 1))
    assert epoch_scale([np.arange(201.0, 301.0)], growing=False) == Scale(200.0, 300.0)


def test_values_and_places_are_inverse() -> None:
    for scale in (Scale(2.0, 6.0), Scale(-3.0, 1.0, logarithmic=True)):
        for place in (0.0, 0.3, 1.0):
            assert scale.places(np.array([scale.value(place)]))[0] == pytest.approx(place)


@given(st.floats(1e-6, 1e9))
def test_rounding_up(number: float) -> None:
    assert number * (1 - 1e-9) <= rounded_up(number) <= number * 2


def test_dashes_have_their_length_along_the_line() -> None:
    xs, ys = dashes(np.array([0.0, 30.0]), np.array([0.0, 40.0]), 8.0, 5.0, longest=1e9)
    lengths = np.hypot(xs[1::2] - xs[::2], ys[1::2] - ys[::2])
    assert lengths[:-1] == pytest.approx([8.0] * (len(lengths) - 1))
    gaps = np.hypot(xs[2::2] - xs[1:-1:2], ys[2::2] - ys[1:-1:2])
    assert gaps == pytest.approx([5.0] * len(gaps))


def test_a_noisy_line_is_dashed_along_x_and_gaps_stay() -> None:
    xs = np.arange(200.0)
    ys = np.where(xs % 2, 100.0, 0.0)
    ys[100] = np.nan
    cut, heights = dashes(xs, ys, 8.0, 5.0, longest=400.0)
    assert np.isfinite(heights).all()
    assert not np.any((cut[::2] < 100) & (cut[1::2] > 100))
    assert 0.5 < np.sum(cut[1::2] - cut[::2]) / 200 < 0.75
    assert [len(part) for part in dashes(xs[:1], ys[:1], 8.0, 5.0, longest=9.0)] == [0, 0]


def test_thinning_keeps_extremes_ends_and_gaps() -> None:
    ys = np.sin(np.arange(100_003) / 50)
    ys[77_777], ys[55_555] = 9.0, -9.0
    ys[40_000:41_000] = np.nan
    xs, kept = thinned(Curve("loss", "training", np.arange(100_003.0), ys), 500)
    assert len(xs) <= 1_010
    assert (np.nanmax(kept), np.nanmin(kept)) == (9.0, -9.0)
    assert (xs[0], xs[-1]) == (0.0, 100_002.0)
    assert np.isnan(kept).any()
    assert np.all(np.diff(xs) > 0)
