"""The plot of a loss against the epoch; the one module that imports pyqtgraph, which takes a quarter of a second.

pyqtgraph is given places between 0 and 1 only (:mod:`nnviz.session.scales`), and of each curve the lowest and highest
point of every pixel column, so that a run of a million epochs, or of losses near the largest number there is, costs
what any other does. Axes are painted anew only when their ticks differ.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pyqtgraph as pg  # type: ignore[import-untyped]  # it has none; nobody else imports it
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QFont, QFontMetricsF, QGuiApplication, QKeyEvent, QMouseEvent, QPen
from PySide6.QtWidgets import QGraphicsEllipseItem

from nnviz.session.plots import Curve, CurveRole, PlotSpec, thinned
from nnviz.session.scales import Scale, dashes, epoch_scale, loss_scale
from nnviz.ui import icons
from nnviz.ui.theme import GRID
from nnviz.words import tr

Numbers = NDArray[np.float64]

LINE = 2.0
"""Width of a curve in pixels."""
GRID_ALPHA = 60
END = 3.0
"""Radius of the dot at the end of a curve in pixels."""
UNDER = 0.03
"""Share of the height that is left free under the lowest place, so that a curve near 0 is seen."""
DASH = (8.0, 5.0)
"""Lengths of a dash and of a gap in pixels."""
LONGEST_PATH = 500
"""Points."""
LONGEST_DASHED = 4.0
"""In widths of the plot: a noisy curve longer than this is dashed along the epochs alone."""
INKS: dict[CurveRole, str] = {"training": "accent", "validation": "warning"}


_FAR = 10**9
_KEYS = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_PageUp: -10,
    Qt.Key.Key_PageDown: 10,
    Qt.Key.Key_Home: -_FAR,
    Qt.Key.Key_End: _FAR,
}


class _Axis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """An axis that writes the words of ticks at its very ends too, which stand out over it by half their size."""

    def boundingRect(self) -> QRectF:
        """As of every axis, with room for half a word around it."""
        found: QRectF = super().boundingRect()
        return found.adjusted(-2 * GRID, -2 * GRID, 2 * GRID, 2 * GRID)


class LossCanvas(pg.GraphicsLayoutWidget):  # type: ignore[misc]  # pyqtgraph has no types
    """Axes, curves with their names at their ends, marks, and a line that follows the mouse.

    Signals
    -------
    pointed : the epoch under the mouse, or None when it leaves.
    """

    pointed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Loss plot"))
        self.viewport().setAccessibleName(tr("Loss plot"))
        self.viewport().setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFrameShape(self.Shape.NoFrame)
        self._spec: PlotSpec | None = None
        self._growing = False
        self._logarithmic = False
        self._type = QFont(QGuiApplication.font())
        self._xs, self._ys = Scale(0.0, 1.0), Scale(0.0, 1.0)
        self._box = pg.ViewBox(enableMenu=False, enableMouse=False, defaultPadding=0.0)
        self._left, self._bottom = _Axis("left"), _Axis("bottom")
        self._curves: dict[CurveRole, pg.PlotCurveItem] = {}
        self._ends: dict[CurveRole, QGraphicsEllipseItem] = {}
        self._names: dict[CurveRole, pg.TextItem] = {}
        self._mark, self._pointer = pg.InfiniteLine(angle=90), pg.InfiniteLine(angle=90)
        self._mark_words = pg.TextItem()
        self._axes: object = None
        self._pointed: int | None = None
        self._arrange()
        self.dress()

    def _arrange(self) -> None:
        layout = self.ci.layout
        layout.setContentsMargins(GRID, GRID // 2, 2 * GRID, GRID // 2)
        layout.setSpacing(0)
        for item, row, column in ((self._left, 0, 0), (self._box, 0, 1), (self._bottom, 1, 1)):
            self.addItem(item, row, column)
        for axis in (self._left, self._bottom):
            axis.linkToView(self._box)
            axis.enableAutoSIPrefix(False)
            axis.setGrid(GRID_ALPHA)
            axis.setZValue(-10)
            axis.setCacheMode(axis.CacheMode.DeviceCoordinateCache)
        self._box.setRange(xRange=(0.0, 1.0), yRange=(-UNDER, 1.0), padding=0.0)
        for item in (self._mark, self._mark_words, self._pointer):
            self._box.addItem(item, ignoreBounds=True)
            item.hide()
        self._box.sigResized.connect(self._refit)
        self.setMouseTracking(True)

    # looks

    def dress(self) -> None:
        """Take over the colours and the type of the theme in force."""
        self._type = QFont(QGuiApplication.font())
        self._type.setPixelSize(max(9, self._type.pixelSize() - 1))
        self.setBackground(icons.colour("ground"))
        for axis in (self._left, self._bottom):
            axis.setPen(pg.mkPen(icons.colour("control")))
            axis.setTextPen(pg.mkPen(icons.colour("muted")))
            axis.setStyle(tickFont=self._type, tickLength=4, autoExpandTextSpace=False)
            axis.label.setFont(self._type)
        self._mark.setPen(pg.mkPen(icons.colour("good"), width=1, style=Qt.PenStyle.DashLine))
        self._pointer.setPen(pg.mkPen(icons.colour("muted"), width=1))
        self._dress_words(self._mark_words, "good")
        for role in self._curves:
            self._dress_curve(role)
        self._axes = None
        self._redraw()

    def _dress_words(self, words: Any, ink: str) -> None:
        words.setFont(self._type)
        words.setColor(icons.colour(ink))
        ground = QColor(icons.colour("ground"))
        ground.setAlpha(200)
        words.fill = pg.mkBrush(ground)

    def _dress_curve(self, role: CurveRole) -> None:
        ink = icons.colour(INKS[role])
        self._ends[role].setBrush(ink)
        self._dress_words(self._names[role], INKS[role])

    def set_logarithmic(self, logarithmic: bool) -> None:
        """Show the loss by powers of ten, or as it is."""
        self._logarithmic = logarithmic
        self._redraw()

    # what is to be seen, for who cannot see it: tests

    def texts(self) -> list[str]:
        """The words in the plot: axes, names of curves, marks."""
        words = [item.toPlainText() for item in (*self._names.values(), self._mark_words) if item.isVisible()]
        return [*words, self._left.labelText, self._bottom.labelText]

    def ticks(self, side: Literal["left", "bottom"]) -> list[str]:
        """The words of an axis' ticks."""
        scale = self._ys if side == "left" else self._xs
        return [words for _, words in scale.ticks(self._most_ticks(side))]

    def points(self, role: CurveRole) -> int:
        """How many points of a curve are drawn."""
        return len(self._curves[role].getData()[0])

    # drawing

    def draw(self, spec: PlotSpec, *, growing: bool) -> None:
        """Show a plot; while it grows, its axes end at round numbers."""
        self._spec, self._growing = spec, growing
        self._pointed = None
        self._pointer.hide()
        self._redraw()

    def _redraw(self) -> None:
        spec = self._spec
        if spec is None:
            return
        columns = max(50, int(self._box.width() / LINE))  # what is narrower than the line cannot be seen
        curves = {curve.role: Curve(curve.name, curve.role, *thinned(curve, columns)) for curve in spec.curves}
        losses = [curve.ys for curve in curves.values()]
        self._xs = epoch_scale([curve.xs for curve in spec.curves], growing=self._growing)
        self._ys = loss_scale(losses, logarithmic=self._logarithmic, growing=self._growing)
        self._leave_room(spec)
        self._draw_axes(spec)
        self._draw_curves(curves)
        self._draw_marks(spec)
        self.scene().prepareForPaint()  # else the first paint finds out where things stand, and asks for a second
        for words in (*self._names.values(), self._mark_words):
            words.updateTransform()

    def _refit(self) -> None:
        """The plot has another size; what Qt keeps of the axes would show them where they stood as well."""
        for axis in (self._left, self._bottom):
            axis.setCacheMode(axis.CacheMode.NoCache)
            axis.setCacheMode(axis.CacheMode.DeviceCoordinateCache)
        self._redraw()

    def _draw_axes(self, spec: PlotSpec) -> None:
        metrics = QFontMetricsF(self._type)
        upright = self._ys.ticks(self._most_ticks("left"))
        flat = self._xs.ticks(self._most_ticks("bottom"))
        flat = [tick for tick in flat if tick[1].isdecimal()] or flat  # there is no half an epoch
        axes = (upright, flat, spec.x_label, spec.y_label)
        if axes == self._axes:
            return
        self._axes = axes
        widest = max((metrics.horizontalAdvance(words) for _, words in upright), default=0.0)
        self._left.setWidth(round(widest + metrics.height() + 2 * GRID))
        self._bottom.setHeight(round(2 * metrics.height() + GRID))
        style = {"color": icons.colour("muted").name(), "font-size": f"{self._type.pixelSize()}px"}
        for axis, ticks, words in ((self._left, upright, spec.y_label), (self._bottom, flat, spec.x_label)):
            axis.setTicks([ticks])
            axis.setLabel(words, **style)

    def _most_ticks(self, side: Literal["left", "bottom"]) -> int:
        """How many ticks there is room for."""
        metrics = QFontMetricsF(self._type)
        if side == "left":
            return max(2, int(self._box.height() / (2 * metrics.height())))
        return max(2, int(self._box.width() / (10 * metrics.averageCharWidth())))

    def _draw_curves(self, shown: dict[CurveRole, Curve]) -> None:
        for role in shown:  # in their order, which is that in which they lie over each other
            if role not in self._curves:
                self._add_curve(role, shown[role].name)
        for role, line in self._curves.items():
            for item in (line, self._ends[role], self._names[role]):
                item.setVisible(role in shown)
        heights: dict[CurveRole, float] = {}
        for role, curve in shown.items():
            xs, ys = self._xs.places(curve.xs), self._ys.places(curve.ys)
            self._draw_line(role, xs, ys)
            finite = np.flatnonzero(np.isfinite(ys))
            for item in (self._ends[role], self._names[role]):
                item.setVisible(bool(len(finite)))
            if len(finite):
                x, y = float(xs[finite[-1]]), float(ys[finite[-1]])
                self._ends[role].setPos(x, y)
                self._names[role].setPos(x + GRID / max(1.0, self._box.width()), y)
                heights[role] = y
        for role, height in self._apart(heights).items():
            self._names[role].setPos(self._names[role].pos().x(), height)

    def _draw_line(self, role: CurveRole, xs: Numbers, ys: Numbers) -> None:
        """A short curve as a path with Qt's own dashes, a long one line by line with ours, smoothed when it has grown.

        A long noisy path is painted ten times more slowly than its lines; in a short one the joints would show.
        """
        line, dashed, is_long = self._curves[role], role == "validation", len(xs) > LONGEST_PATH
        pen = pg.mkPen(icons.colour(INKS[role]), width=LINE)
        if is_long:
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        elif dashed:
            pen.setDashPattern([length / LINE for length in DASH])
        line.setPen(pen)
        line.setSegmentedLineMode("on" if is_long else "off")
        if is_long and dashed:
            width, height = max(1.0, self._box.width()), max(1.0, self._box.height())
            cut_xs, cut_ys = dashes(xs * width, ys * height, *DASH, longest=LONGEST_DASHED * width)
            xs, ys = cut_xs / width, cut_ys / height
        smooth, connect = not (is_long and self._growing), "pairs" if is_long and dashed else "finite"
        line.setData(xs, ys, connect=connect, antialias=smooth)

    def _add_curve(self, role: CurveRole, name: str) -> None:
        self._curves[role] = pg.PlotCurveItem(antialias=True)
        end = QGraphicsEllipseItem(-END, -END, 2 * END, 2 * END)
        end.setFlag(QGraphicsEllipseItem.GraphicsItemFlag.ItemIgnoresTransformations)
        end.setPen(QPen(Qt.PenStyle.NoPen))
        self._ends[role] = end
        self._names[role] = pg.TextItem(name, anchor=(0.0, 0.5))
        for item in (self._curves[role], self._ends[role], self._names[role]):
            self._box.addItem(item, ignoreBounds=True)
        self._dress_curve(role)

    def _leave_room(self, spec: PlotSpec) -> None:
        """Behind the ends of the curves, their names must fit."""
        metrics, width = QFontMetricsF(self._type), max(1.0, self._box.width())
        names = max(metrics.horizontalAdvance(curve.name) for curve in spec.curves)
        ends = self._xs.places(np.array([curve.xs[-1] for curve in spec.curves if len(curve.xs)]))
        share = min(0.5, (names + 3 * GRID) / width)
        self._box.setRange(xRange=(0.0, max(1.0, float(ends.max(initial=0.0)) / (1.0 - share))), padding=0.0)

    def _apart(self, heights: dict[CurveRole, float]) -> dict[CurveRole, float]:
        """The heights of names, moved apart where curves end close together, within the frame."""
        pitch = 1.3 * QFontMetricsF(self._type).height() / max(1.0, self._box.height())
        order = sorted(heights, key=lambda role: heights[role])
        placed: dict[CurveRole, float] = {}
        lowest = 0.5 * pitch
        for role in order:
            placed[role] = max(heights[role], lowest)
            lowest = placed[role] + pitch
        highest = 1.0 - 0.5 * pitch
        for role in reversed(order):
            placed[role] = min(placed[role], highest)
            highest = placed[role] - pitch
        return placed

    def _draw_marks(self, spec: PlotSpec) -> None:
        for item in (self._mark, self._mark_words):
            item.setVisible(bool(spec.marks))
        for value, words in spec.marks[:1]:
            place = float(self._xs.places(np.array([value]))[0])
            self._mark.setPos(place)
            if self._mark_words.toPlainText() != words:
                self._mark_words.setText(words, icons.colour("good"))
            self._mark_words.setAnchor((1.04, 0.0) if place > 0.5 else (-0.04, 0.0))
            self._mark_words.setPos(place, 1.0)

    # mouse and keys

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the mouse along the epochs."""
        super().mouseMoveEvent(event)
        if self._spec is None or self._growing:
            return
        place = self._box.mapSceneToView(self.mapToScene(event.position().toPoint())).x()
        self._point_at(self._nearest(self._xs.value(place)) if 0.0 <= place <= 1.0 else None)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Who comes by the tab key sees where the arrow keys begin."""
        super().focusInEvent(event)
        by_tab = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        if by_tab and self._spec is not None and not self._growing:
            self._point_at(len(self._spec.curves[0].xs) - 1)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Point at nothing."""
        super().focusOutEvent(event)
        if self._pointed is not None:
            self._point_at(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go along the epochs by the arrow keys; Escape points at nothing."""
        xs = self._spec.curves[0].xs if self._spec is not None else ()
        if event.key() == Qt.Key.Key_Escape and self._pointed is not None:
            self._point_at(None)
        elif event.key() in _KEYS and len(xs) and not self._growing:
            at = len(xs) - 1 if self._pointed is None else self._pointed
            self._point_at(min(max(at + _KEYS[Qt.Key(event.key())], 0), len(xs) - 1))
        else:
            event.ignore()  # pyqtgraph would take keys that belong to the window

    def _nearest(self, epoch: float) -> int:
        assert self._spec is not None
        return int(np.argmin(np.abs(self._spec.curves[0].xs - epoch)))

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing."""
        super().leaveEvent(event)
        self._point_at(None)

    def _point_at(self, place: int | None) -> None:
        """Point at an epoch by its place in the curves."""
        self._pointed = place
        self._pointer.setVisible(place is not None)
        if place is None or self._spec is None:
            self.pointed.emit(None)
            return
        epoch = float(self._spec.curves[0].xs[place])
        self._pointer.setPos(float(self._xs.places(np.array([epoch]))[0]))
        self.pointed.emit(epoch)
