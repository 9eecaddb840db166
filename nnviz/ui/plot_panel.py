"""The loss against the epoch, live while a training runs.

The panel draws a :class:`~nnviz.session.plots.PlotSpec` and computes no number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QCheckBox, QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from nnviz.document.document import Document
from nnviz.numbers import exact_text, value_text
from nnviz.session.plots import PlotSpec
from nnviz.session.progress import Curves, curves_of, moment, plot_of
from nnviz.session.runner import News
from nnviz.session.session import Session
from nnviz.ui.listening import listen
from nnviz.ui.theme import GRID, Theme
from nnviz.ui.widgets import Settled, icon_button, label, unbroken
from nnviz.words import tr

if TYPE_CHECKING:
    from nnviz.ui.loss_canvas import LossCanvas

Numbers = NDArray[np.float64]

BESIDE = 30
"""Heights of a line of text; in a narrower panel the choices stand under the words."""
MADE_READY_MS = 500
"""After which the plot is made, if it was not needed before: so that a training need not wait for it either."""


class PlotPanel(QWidget):
    """Training and validation loss of the session's run, or of its document's last ones.

    Parameters
    ----------
    session : whose training is shown.
    theme : the look of the application; its changes are followed.

    Attributes
    ----------
    spec : what is shown, or None while there is nothing.
    updates : how often it was drawn anew; a benchmark reads it.

    Signals
    -------
    filled(is_filled) : there is something to be seen now, or no longer.
    """

    filled = Signal(bool)

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "ground")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.session, self._theme = session, theme
        self.spec: PlotSpec | None = None
        self.updates = 0
        self._growing: Curves | None = None
        self._moment = moment(session.document)
        self._stale = False
        self._drawn = 0
        self.readout = label("", "small", wrapped=True)
        self.log_scale = QCheckBox(tr("log scale"))
        self.log_scale.setToolTip(tr("Show the loss by powers of ten, so that small differences are seen"))
        self.copy = icon_button("copy", tr("Copy the numbers of the curves"), self.copy_numbers)
        self._canvas: LossCanvas | None = None
        self._is_down = False
        self.empty = label(tr("Train to see the loss here: of training and validation, live"), "muted", wrapped=True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._lay_out()
        self._listen()
        self.refresh()

    def _lay_out(self) -> None:
        self._bar = QWidget()
        choices = QHBoxLayout()
        choices.setSpacing(GRID)
        choices.addWidget(self.log_scale)
        choices.addStretch()
        choices.addWidget(self.copy)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._bar)
        self._row.setContentsMargins(2 * GRID, GRID // 2, GRID, 0)
        self._row.setSpacing(GRID)
        words = Settled(self.readout)
        words.setMinimumWidth(1)  # however long, they make no panel wide: they break
        self._row.addWidget(words, 1)
        self._row.addLayout(choices)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._bar)
        whole.addWidget(self._pages, 1)

    def _listen(self) -> None:
        listen(self.session.run_changed, self._begin)
        listen(self.session.changed, self._follow)
        listen(self.session.told, self._hear)

    @property
    def canvas(self) -> LossCanvas:
        """The plot itself; made when it is first asked for, which the window's first paint does not."""
        if self._canvas is None:
            from nnviz.ui.loss_canvas import LossCanvas  # lazily: pyqtgraph takes 0.25 s

            self._canvas = LossCanvas()
            ignored = QSizePolicy.Policy.Ignored  # so that a panel that shows no plot is no higher for having one
            self._canvas.setSizePolicy(ignored, ignored)
            self._pages.addWidget(self._canvas)
            self._canvas.set_logarithmic(self.log_scale.isChecked())
            self._canvas.pointed.connect(self._read_out)
            self.log_scale.toggled.connect(self._canvas.set_logarithmic)
            self._theme.changed.connect(self._canvas.dress)
        return self._canvas

    def _hear(self, news: News) -> None:
        if len(self.session.curves) != self._drawn:
            self.refresh()

    def _begin(self) -> None:
        """A training began, paused, went on or ended."""
        self._moment = moment(self.session.document)
        if not self.session.training:
            self._growing = None
        elif self._growing is None:
            self._growing = Curves(_before(self.session.document), self.session.document.training.early_stopping)
        self.refresh()

    def _follow(self, before: Document, after: Document) -> None:
        if before.runs is not after.runs:
            self._moment = moment(after)
            self.refresh()

    def refresh(self) -> None:
        """Show what the session knows now; a hidden panel waits until it is shown."""
        if self._is_down:
            return
        if self.updates and not self.isVisible():
            self._stale = True
            return
        self._stale = False
        self._drawn = len(self.session.curves)
        self.updates += 1
        spec = self._growing.plot(self.session.curves) if self._growing else plot_of(self.session.document)
        self._pages.setCurrentWidget(self.canvas if spec else self.empty)
        self._bar.setVisible(spec is not None)
        turned = (spec is None) != (self.spec is None)
        self.spec = spec
        if turned:
            self.filled.emit(spec is not None)
        if spec:
            self.canvas.draw(spec, growing=self._growing is not None)
            self._read_out(None)

    def _read_out(self, epoch: float | None) -> None:
        """Tell the losses at an epoch, or at the last."""
        if self.spec:
            told = readout(self.spec, epoch, self._moment)
            if epoch is None:
                now = self.session.figures.accuracy if self.session.training else []  # at rest, of the weights kept
                told = " · ".join([*now, told, *best_words(self.spec)])
            self.readout.setText(unbroken(told))
            self._keep_lines()
            self.canvas.setAccessibleDescription(told)

    def _keep_lines(self) -> None:
        """Room for the most lines there have been at this width: nothing moves while numbers change."""
        needed = self.readout.heightForWidth(self.readout.width())
        if needed > self.readout.minimumHeight():
            self.readout.setMinimumHeight(needed)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The words stand beside the choices, or in a narrow panel over them."""
        super().resizeEvent(event)
        beside = self.width() >= BESIDE * self.fontMetrics().height()
        way = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        if event.size().width() != event.oldSize().width():
            self._row.setDirection(way)
            self.readout.setMinimumHeight(0)

    def copy_numbers(self) -> None:
        """Put all points into the clipboard, parted by tabs, with every digit."""
        if self.spec:
            QGuiApplication.clipboard().setText(as_lines(self.spec))

    def take_down(self) -> None:
        """Empty the plot for good while its window is whole.

        pyqtgraph's items hold each other; left to the end of the window, they would go in any order, and take Python's
        side of one with them that Qt still asks.
        """
        self._is_down = True
        if self._canvas is not None and not self._canvas.closed:
            self._theme.changed.disconnect(self._canvas.dress)
            self._pages.setCurrentWidget(self.empty)
            self._canvas.close()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while the panel was hidden."""
        super().showEvent(event)
        if self._stale:
            self.refresh()
        QTimer.singleShot(MADE_READY_MS, self, self._make_ready)

    def _make_ready(self) -> None:
        if not self._is_down:
            _ = self.canvas


def readout(spec: PlotSpec, epoch: float | None = None, moment: str = "") -> str:
    """The losses at an epoch in words; at the last one by default. ``moment`` tells when that of training was taken."""
    when = {"training": f" ({moment})" if moment else ""}
    xs = spec.curves[0].xs
    at = len(xs) - 1 if epoch is None else int(np.argmin(np.abs(xs - epoch)))
    told = [
        f"{curve.name} {value_text(float(curve.ys[at]))}{when.get(curve.role, '')}"
        for curve in spec.curves
        if np.isfinite(curve.ys[at])
    ]
    return tr("epoch {n:,}", n=int(xs[at])) + "".join(f" · {each}" for each in told)


def best_words(spec: PlotSpec) -> list[str]:
    """The validation loss of the epoch that is marked as the best, if one is."""
    curves = [curve for curve in spec.curves if curve.role == "validation"]
    found = [(words, curve.ys[curve.xs == epoch]) for epoch, words in spec.marks for curve in curves]
    return [f"{words}: {value_text(float(loss[0]))}" for words, loss in found if len(loss)]


def as_lines(spec: PlotSpec) -> str:
    """All points of a plot as lines of a table, parted by tabs, with every digit; a gap is empty."""
    columns = [spec.curves[0].xs, *(curve.ys for curve in spec.curves)]
    lines = ["\t".join([spec.x_label, *(curve.name for curve in spec.curves)])]
    for row in zip(*columns, strict=True):
        lines.append("\t".join(exact_text(float(value)) if np.isfinite(value) else "" for value in row))
    return "\n".join(lines) + "\n"


def _before(document: Document) -> Numbers:
    """The curves that a run which begins now goes on from, (epochs, 3)."""
    rows, _ = curves_of(document.runs)
    goes_on = len(rows) and rows[-1, 0] == document.state.epoch
    return rows if goes_on else rows[:0]
