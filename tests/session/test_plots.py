"""Plots: round ticks, whole curves, the best epoch marked, everything inside the frame."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnviz.canvas.fonts import FontMeasure
from nnviz.learning.settings import Run, TrainingSettings
from nnviz.session.picture import Line, Picture, Polyline, Text
from nnviz.session.plots import loss_plot, plot_picture, ticks
from nnviz.session.style import style


def run(training: list[float], validation: list[float], best: int = 0) -> Run:
    """A record of a run with these curves."""
    curves = np.array(training), np.array(validation)
    return Run(TrainingSettings(), 0, "clear", "float64", 1, *curves, best, "finished")


def drawn(record: Run) -> Picture:
    return plot_picture(loss_plot(record), style("slides"), FontMeasure())


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_ticks_are_round_and_inside(low: float, width: float) -> None:
    found = ticks(low, low + width)
    assert 1 <= len(found) <= 8
    assert all(low - 1e-6 * width <= tick <= low + width * (1 + 1e-6) for tick in found)


def test_both_curves_are_drawn_and_named_and_told_apart_without_colour() -> None:
    picture = drawn(run([1.0, 0.5, 0.3], [1.1, 0.7, 0.8], best=2))
    curves = [item for item in picture.items if isinstance(item, Polyline)]
    assert [(curve.ref, curve.dashed, len(curve.points)) for curve in curves] == [
        ("training", False, 3),
        ("validation", True, 3),
    ]
    texts = [item.text for item in picture.items if isinstance(item, Text)]
    assert {"epoch", "loss J", "training", "validation", "best epoch 2"} <= set(texts)


def test_a_gap_is_left_where_a_loss_is_not_finite() -> None:
    curves = [item for item in drawn(run([1.0, 0.5, np.nan, 0.4, 0.3], [])).items if isinstance(item, Polyline)]
    assert [len(curve.points) for curve in curves] == [2, 2]


@pytest.mark.parametrize(
    ("training", "validation"), [([0.5], []), ([0.0, 0.0], [0.0, 0.0]), ([1e9, 1e-9], [1e8, 1e-8]), ([], [])]
)
def test_everything_stays_inside_the_frame(training: list[float], validation: list[float]) -> None:
    picture, measure = drawn(run(training, validation)), FontMeasure()
    for item in picture.items:
        if isinstance(item, Polyline):
            assert all(0 <= x <= picture.width and 0 <= y <= picture.height for x, y in item.points)
        elif isinstance(item, Line):
            assert min(item.x1, item.x2) >= 0
            assert max(item.x1, item.x2) <= picture.width
        elif isinstance(item, Text):
            width = measure.width(item.text, item.size, bold=item.bold)
            left = item.x - {"left": 0.0, "centre": width / 2, "right": width}[item.anchor]
            assert left >= 0
            assert left + width <= picture.width


def test_long_curves_are_thinned_but_keep_their_extremes() -> None:
    losses = np.sin(np.arange(200_000) / 50) + 2
    losses[123_456] = 9.0
    curve = next(item for item in drawn(run(list(losses), [])).items if isinstance(item, Polyline))
    assert len(curve.points) < 8_000
    peak = min(curve.points, key=lambda point: point[1])
    others = sorted(point[1] for point in curve.points)[1]
    assert peak[1] < others - 100
