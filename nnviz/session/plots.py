"""Plots as values: what a plot shows, and the display list it becomes. The same idea as a picture of a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nnviz.learning.settings import Run
from nnviz.numbers import MINUS, exact_text, value_text
from nnviz.session.picture import Anchor, Item, Line, Measure, Picture, Polyline, Text
from nnviz.session.style import Style
from nnviz.session.thinning import Parts, seen_of
from nnviz.words import tr

CurveRole = Literal["training", "validation"]


@dataclass(frozen=True, eq=False)
class Curve:
    """A line of points (xs, ys), both (points,); points that are not finite leave a gap.

    ``parts`` are those of a curve that grows, so that nobody has to look at all of it.
    """

    name: str
    role: CurveRole
    xs: NDArray[np.float64]
    ys: NDArray[np.float64]
    parts: Parts | None = None


@dataclass(frozen=True, eq=False)
class PlotSpec:
    """A plot: title, axis labels with units, curves, and vertical marks (x, words)."""

    title: str
    x_label: str
    y_label: str
    curves: tuple[Curve, ...]
    marks: tuple[tuple[float, str], ...] = ()


def loss_plot(run: Run, title: str = "") -> PlotSpec:
    """Training and validation loss of a run against the epoch, the best epoch marked."""
    epochs = np.arange(1, len(run.training) + 1, dtype=np.float64) + run.first_epoch
    curves = [Curve(tr("training"), "training", epochs, run.training)]
    if len(run.validation):
        curves.append(Curve(tr("validation"), "validation", epochs, run.validation))
    best = run.best_epoch
    marks = ((float(best), tr("best epoch {n}", n=best)),) if best else ()
    return PlotSpec(title or tr("Loss during training"), tr("epoch"), tr("loss J"), tuple(curves), marks)


@dataclass(frozen=True, slots=True)
class _Axes:
    """Where data lies in the frame."""

    left: float
    top: float
    right: float
    bottom: float
    xs: tuple[float, float]
    ys: tuple[float, float]

    def x(self, value: float) -> float:
        low, high = self.xs
        return self.left + (value - low) / (high - low) * (self.right - self.left)

    def y(self, value: float) -> float:
        low, high = self.ys
        return self.bottom - (value - low) / (high - low) * (self.bottom - self.top)


def plot_picture(spec: PlotSpec, style: Style, measure: Measure, width: float = 1920, height: float = 1080) -> Picture:
    """The plot as a display list: grid, axes with ticks and labels, curves named at their ends, marks, title."""
    unit = width / 1920
    axes = _axes(spec, style, measure, width, height, unit)
    items = [*_grid(axes, spec, style, unit), *_marks(axes, spec, style, unit), *_curves(axes, spec, style, unit)]
    items += _names(axes, spec, style, measure, unit)
    title = Text(axes.left, 84 * unit, spec.title, 40 * unit, style.text, bold=True, role="title")
    return Picture(width, height, style.ground, (*items, title))


def ticks(low: float, high: float, most: int = 7) -> list[float]:
    """Round numbers from ``low`` to ``high``: steps of 1, 2 or 5 times a power of ten, ``most`` at the most.

    >>> ticks(0, 0.93), ticks(-1.7e308, 1.7e308)
    ([0.0, 0.2, 0.4, 0.6, 0.8], [-1e+308, 0.0, 1e+308])
    """
    steps = max(1, most - 1)
    raw = min(high / steps - low / steps, 1e308)  # the next round numbers above are infinite
    power = 10.0 ** floor(log10(raw))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw * (1 - 1e-9))
    first = ceil(low / step - 1e-9)
    last = floor(high / step + 1e-9)
    digits = max(0, -floor(log10(step)))
    return [round(number * step, digits) for number in range(first, last + 1)]


def _axes(spec: PlotSpec, style: Style, measure: Measure, width: float, height: float, unit: float) -> _Axes:
    xs, ys = _range([curve.xs for curve in spec.curves]), _range([curve.ys for curve in spec.curves])
    low = 0.0 if ys[0] >= 0 else ys[0]
    ys = (low, ys[1] + 0.06 * (ys[1] - low))
    names = max((measure.width(curve.name, 30 * unit, bold=True) for curve in spec.curves), default=0)
    labels = max(measure.width(tick_text(tick), 28 * unit) for tick in ticks(*ys))
    left = 60 * unit + 40 * unit + labels + 24 * unit
    return _Axes(left, 176 * unit, width - 60 * unit - names - 20 * unit, height - 150 * unit, xs, ys)


def _range(columns: Sequence[NDArray[np.float64]]) -> tuple[float, float]:
    values = np.concatenate(columns) if columns else np.zeros(1)
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def tick_text(value: float) -> str:
    """The words of a tick: all its digits, a true minus, a power of ten where it would be long.

    >>> tick_text(0.2), tick_text(-5.0), tick_text(1e-7)
    ('0.2', '−5', '1.0×10⁻⁷')
    """
    text = exact_text(value)
    return value_text(value, 2) if "e" in text else text.replace("-", MINUS)


def _grid(axes: _Axes, spec: PlotSpec, style: Style, unit: float) -> list[Item]:
    items: list[Item] = []
    size = 28 * unit
    for tick in ticks(*axes.ys):
        y = axes.y(tick)
        items.append(Line(axes.left, y, axes.right, y, style.line, 1.5 * unit))
        items.append(_label(axes.left - 16 * unit, y + 0.35 * size, tick_text(tick), size, style.muted, "right"))
    for tick in ticks(*axes.xs, most=10):
        x = axes.x(tick)
        items.append(Line(x, axes.bottom, x, axes.bottom + 10 * unit, style.edge, 2 * unit))
        items.append(_label(x, axes.bottom + 48 * unit, tick_text(tick), size, style.muted, "centre"))
    items.append(Line(axes.left, axes.bottom, axes.right, axes.bottom, style.edge, 2.5 * unit))
    items.append(Line(axes.left, axes.top, axes.left, axes.bottom, style.edge, 2.5 * unit))
    items.append(
        _label((axes.left + axes.right) / 2, axes.bottom + 104 * unit, spec.x_label, 30 * unit, style.text, "centre")
    )
    items.append(_label(axes.left, axes.top - 26 * unit, spec.y_label, 30 * unit, style.text, "left"))
    return items


def _label(x: float, y: float, text: str, size: float, colour: str, anchor: Anchor) -> Text:
    return Text(x, y, text, size, colour, anchor, role="axis")


def _curves(axes: _Axes, spec: PlotSpec, style: Style, unit: float) -> list[Item]:
    items: list[Item] = []
    for curve in spec.curves:
        colour, dashed = _look(curve, style)
        for points in _pieces(axes, curve):
            items.append(Polyline(points, colour, 5 * unit, dashed, ref=curve.name))
    return items


def _look(curve: Curve, style: Style) -> tuple[str, bool]:
    return (style.positive, False) if curve.role == "training" else (style.negative, True)


def _pieces(axes: _Axes, curve: Curve) -> list[tuple[tuple[float, float], ...]]:
    """The curve as polylines between its gaps, thinned to two points a pixel column (lowest and highest)."""
    pieces: list[list[tuple[float, float]]] = [[]]
    for x, y in zip(*thinned(curve, int(axes.right - axes.left)), strict=True):
        if isfinite(y):
            pieces[-1].append((axes.x(float(x)), axes.y(float(y))))
        elif pieces[-1]:
            pieces.append([])
    return [tuple(piece) for piece in pieces if len(piece) > 1]


def thinned(curve: Curve, columns: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The points of a curve that can be seen in so many pixel columns (:mod:`nnviz.session.thinning`)."""
    if len(curve.xs) <= 2 * columns:
        return curve.xs, curve.ys
    kept = seen_of(curve.ys, columns, curve.parts)
    return curve.xs[kept], curve.ys[kept]


def _names(axes: _Axes, spec: PlotSpec, style: Style, measure: Measure, unit: float) -> list[Item]:
    """Each curve's name at its right end, moved apart where ends are close, clear of the horizontal axis."""
    size, items = 30 * unit, []
    pitch, lowest = 1.25 * size, axes.bottom - 0.5 * size
    placed: list[float] = []
    ends = [
        (axes.y(float(curve.ys[np.isfinite(curve.ys)][-1])), curve)
        for curve in spec.curves
        if np.isfinite(curve.ys).any()
    ]
    for place, (y, curve) in enumerate(sorted(ends, key=lambda end: end[0])):
        y = max(y, placed[-1] + pitch) if placed else y
        y = min(y, lowest - (len(ends) - 1 - place) * pitch)
        placed.append(y)
        colour, _ = _look(curve, style)
        items.append(Text(axes.right + 16 * unit, y + 0.35 * size, curve.name, size, colour, bold=True, role="curve"))
    return list(items)


def _marks(axes: _Axes, spec: PlotSpec, style: Style, unit: float) -> list[Item]:
    items: list[Item] = []
    for value, words in spec.marks:
        x = axes.x(value)
        right = x > (axes.left + axes.right) / 2
        items.append(Line(x, axes.top, x, axes.bottom, style.good, 3 * unit, dashed=True))
        items.append(
            Text(
                x + (-14 if right else 14) * unit,
                axes.top + 34 * unit,
                words,
                28 * unit,
                style.good,
                "right" if right else "left",
            )
        )
    return items
