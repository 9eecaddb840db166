"""Typeset formulas: LaTeX to SVG by ziamath, drawn by Qt, kept so that stepping does not wait.

The only module that imports ziamath. Where it cannot set a formula, the plain text stands there instead.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from functools import lru_cache

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontInfo, QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QSizePolicy, QWidget

from nnviz.errors import shortened
from nnviz.lowering.formula import Formula
from nnviz.ui.theme import BODY
from nnviz.words import tr

SIZE = 21.0
"""Of a formula beside type of 13 pixels."""
GAP = 10.0
FEW = 4
"""Lines that are made as small as they must be to stand there at once."""
LEAST = 0.7
"""Of its size, below which a formula with many lines is scrolled rather than made smaller."""
LONGEST, LONGEST_TEXT = 800, 200
"""Characters of LaTeX that are typeset, for more take seconds and fit nowhere; and of the text that is shown then."""


@lru_cache(maxsize=2048)
def typeset(latex: str, size: float, colour: str) -> QSvgRenderer | None:
    """A formula as a drawing, or None where it cannot be set."""
    if len(latex) > LONGEST:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of how it finds its font; a paint must not fail of it
        from ziamath.config import config  # lazily: 0.3 s, which the first paint should not wait for
        from ziamath.zmath import Latex

    config.svg2 = False  # Qt draws SVG 1.1
    try:
        drawing = QSvgRenderer(Latex(latex, size=size, color=colour).svg().encode())
    except Exception:  # noqa: BLE001  (it raises whatever its parser met; the plain text says the same)
        return None
    return drawing if drawing.isValid() else None


class FormulaView(QWidget):
    """Shows the lines of a calculation, typeset; wide ones are scaled down to fit, never cut.

    More than a few lines ask for the height at which they can be read, so that whoever holds them can scroll.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._formulas: tuple[Formula, ...] = ()
        self.setAccessibleName(tr("Formula of this step"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_formulas(self, formulas: Sequence[Formula]) -> None:
        """Show these lines."""
        self._formulas = tuple(formulas)
        self.setAccessibleDescription("; ".join(formula.whole() for formula in formulas))
        self.updateGeometry()
        self.update()

    def natural_width(self) -> float:
        """How wide the widest line is where it need not be scaled down."""
        return max((self._size(drawing, text).width() for drawing, text in self._drawn()), default=0.0)

    def _drawn(self) -> list[tuple[QSvgRenderer | None, str]]:
        """Each line as a drawing, if it can be one, and as text."""
        size = SIZE * QFontInfo(self.font()).pixelSize() / BODY
        ink = self.palette().text().color().name()
        lines = [(line.whole(latex=True), shortened(line.whole(), LONGEST_TEXT)) for line in self._formulas]
        return [(typeset(latex, size, ink), text) for latex, text in lines]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the lines below each other, the whole scaled to fit."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = self.palette().text().color()
        drawn = self._drawn()
        sizes = [self._size(drawing, text) for drawing, text in drawn]
        height = _height(sizes)
        scale = min(self._scale(sizes), self.height() / max(height, 1.0))
        painter.scale(scale, scale)
        y = max(0.0, (self.height() / scale - height) / 2)
        painter.setPen(colour)
        for (drawing, text), size in zip(drawn, sizes, strict=True):
            place = QRectF(0.0, y, size.width(), size.height())
            if drawing is None:
                painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, text)
            else:
                drawing.render(painter, place)
            y += size.height() + GAP

    def _size(self, drawing: QSvgRenderer | None, text: str) -> QRectF:
        if drawing is not None:
            return drawing.viewBoxF()
        metrics = QFontMetricsF(self.font())
        return QRectF(0, 0, metrics.horizontalAdvance(text) + 2, metrics.height())

    def _scale(self, sizes: Sequence[QRectF]) -> float:
        """How far the lines must shrink for the widest to fit."""
        return min(1.0, self.width() / max((size.width() for size in sizes), default=1.0))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In another width lines have another height."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Two lines of a formula with fractions, or as many as there are."""
        return QSize(480, max(104, self._wanted(1.0)))

    def minimumSizeHint(self) -> QSize:
        """Nothing for a few lines, which shrink; all of many as small as they can be read."""
        return QSize(160, self._wanted(LEAST) if len(self._formulas) > FEW else 0)

    def _wanted(self, share: float) -> int:
        sizes = [self._size(drawing, text) for drawing, text in self._drawn()]
        return math.ceil(min(self._scale(sizes), share) * _height(sizes))


def _height(sizes: Sequence[QRectF]) -> float:
    return sum(size.height() for size in sizes) + GAP * max(0, len(sizes) - 1)
