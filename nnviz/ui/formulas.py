"""Typeset formulas: LaTeX to SVG by ziamath, drawn by Qt, kept so that stepping does not wait.

The only module that imports ziamath. Where it cannot set a formula, the plain text stands there instead.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, inf
from typing import NamedTuple

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QFontInfo, QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QWidget

from nnviz.errors import shortened
from nnviz.lowering.formula import Formula
from nnviz.ui.theme import BODY
from nnviz.words import tr

SIZE = 21.0
"""Of a formula beside type of 13 pixels."""
GAP, GUTTER, INDENT = 10.0, 40.0, 28.0
"""Between lines, between two columns, and before a line that goes on."""
SCALES = (1.0, 0.9, 0.8, 0.7, 0.62)
"""By which formulas may be made smaller: at the last, letters are as high as those of the words beside them."""
WHOLE, EASY = 0.9, 0.8
"""Down to the first, a line is made smaller rather than broken; down to the second, it is read with ease."""
LONGEST, LONGEST_TEXT = 800, 200
"""Characters of LaTeX that are typeset, for more take seconds and fit nowhere; and of the text that is shown then."""

_SIGN = re.compile(r"(^|[=(,{&]\s*)-")
"""A minus that is a sign: ziamath gives it the room of one between two terms, where TeX does not."""
MOST_FORMULAS = 256
"""Formulas that are kept set, of some 0.14 MiB each: those of a long walkthrough, there and back."""


@lru_cache(maxsize=MOST_FORMULAS)
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
        drawing = QSvgRenderer(Latex(_SIGN.sub(r"\1{-}", latex), size=size, color=colour).svg().encode())
    except Exception:  # noqa: BLE001  (it raises whatever its parser met; the plain text says the same)
        return None
    return drawing if drawing.isValid() else None


@dataclass(frozen=True)
class Line:
    """One line of a formula as a drawing, if it can be one, and as text; its size where it is not scaled."""

    drawing: QSvgRenderer | None
    text: str
    size: QSizeF
    indent: float = 0.0

    @property
    def width(self) -> float:
        """With what it is set in by."""
        return self.indent + self.size.width()


Block = tuple[Line, ...]
"""A formula, broken into lines."""


class Sheet(NamedTuple):
    """Blocks in one column or two, and by how much they are scaled."""

    columns: tuple[tuple[Block, ...], ...]
    scale: float

    @property
    def size(self) -> QSizeF:
        """The room that it takes."""
        width = sum(_width(column) for column in self.columns) + GUTTER * (len(self.columns) - 1)
        return QSizeF(width, max(map(_height, self.columns), default=0.0)) * self.scale

    def fits(self, room: QSizeF) -> bool:
        """Whether nothing stands out of ``room``."""
        return self.size.width() <= room.width() and self.size.height() <= room.height()

    def is_easy_in(self, room: QSizeF) -> bool:
        """Whether it fits, and is hardly smaller than it is written."""
        return self.scale >= EASY and self.fits(room)


def arranged(blocks: Callable[[float], tuple[Block, ...]], room: QSizeF) -> Sheet:
    """Formulas as large as they can be seen whole in ``room``; at their least size they may stand out of it.

    Parameters
    ----------
    blocks : gives the formulas with lines broken to fit a width, as far as they can be.
    """
    tried = [*((scale, True) for scale in SCALES if scale >= WHOLE), *((scale, False) for scale in SCALES)]
    for scale, is_whole in tried:
        for count in (1, 2):
            width = (room.width() / scale - GUTTER * (count - 1)) / count
            sheet = Sheet(_columns(blocks(inf if is_whole else width), count), scale)
            if sheet.fits(room):
                return sheet
    return Sheet((blocks(room.width() / SCALES[-1]),), SCALES[-1])


def _columns(blocks: tuple[Block, ...], count: int) -> tuple[tuple[Block, ...], ...]:
    """All in one column, or in two that are as low as can be."""
    if count == 1 or len(blocks) < 2:
        return (blocks,)
    return min(
        ((blocks[:place], blocks[place:]) for place in range(1, len(blocks))), key=lambda both: max(map(_height, both))
    )


def _width(column: tuple[Block, ...]) -> float:
    return max((line.width for block in column for line in block), default=0.0)


def _height(column: tuple[Block, ...]) -> float:
    lines = [line for block in column for line in block]
    return sum(line.size.height() for line in lines) + GAP * max(0, len(lines) - 1)


class FormulaView(QScrollArea):
    """Shows the lines of a calculation, typeset.

    What has no room is broken into lines, set in two columns, made somewhat smaller, and at last scrolled.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._formulas: tuple[Formula, ...] = ()
        self._digits: int | None = None
        self._paper = _Paper()
        self.setWidget(self._paper)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)
        self.setAccessibleName(tr("Formula of this step"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    @property
    def sheet(self) -> Sheet:
        """What is shown."""
        return self._paper.sheet

    def show_formulas(self, formulas: Sequence[Formula], digits: int | None = None) -> None:
        """Show these lines, with numbers to so many significant digits."""
        self._formulas, self._digits = tuple(formulas), digits
        self.setAccessibleDescription("; ".join(formula.whole(digits=digits) for formula in formulas))
        self._arrange()

    def is_easy_in(self, room: QSizeF) -> bool:
        """Whether all would be seen in ``room``, and hardly smaller than it is written."""
        return arranged(self._blocks, room).is_easy_in(room)

    def _arrange(self) -> None:
        port = self.maximumViewportSize()
        sheet = arranged(self._blocks, QSizeF(port))
        if sheet.size.height() > port.height():
            port -= QSize(self.verticalScrollBar().sizeHint().width(), 0)
            sheet = arranged(self._blocks, QSizeF(port))
        self._paper.show_sheet(sheet, port)

    def _blocks(self, width: float) -> tuple[Block, ...]:
        return tuple(self._block(formula, width) for formula in self._formulas)

    def _block(self, formula: Formula, width: float) -> Block:
        """A formula on one line, or broken before its signs of equality as often as it must be."""
        digits = self._digits
        whole = self._line((formula.whole(latex=True, digits=digits), formula.whole(digits=digits)))
        if whole.width <= width:
            return (whole,)
        pairs = list(zip(formula.parts(latex=True, digits=digits), formula.parts(digits=digits), strict=True))
        lines = [self._line(pairs[0])]
        last = pairs[0]
        for pair in pairs[1:]:
            longer = (f"{last[0]} {pair[0]}", f"{last[1]} {pair[1]}")
            indent = INDENT if len(lines) > 1 else 0.0
            fits = self._line(longer, indent).width <= width
            last = longer if fits else pair
            lines[-1 if fits else len(lines) :] = [self._line(last, indent if fits else INDENT)]
        return tuple(lines)

    def _line(self, pair: tuple[str, str], indent: float = 0.0) -> Line:
        size = SIZE * QFontInfo(self.font()).pixelSize() / BODY
        drawing = typeset(pair[0], size, self.palette().text().color().name())
        text = shortened(pair[1], LONGEST_TEXT)
        if drawing is not None:
            return Line(drawing, text, drawing.viewBoxF().size(), indent)
        metrics = QFontMetricsF(self.font())
        return Line(None, text, QSizeF(metrics.horizontalAdvance(text) + 2, metrics.height()), indent)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """There is other room."""
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        """The type has another size, or another colour."""
        super().changeEvent(event)
        kinds = (QEvent.Type.FontChange, QEvent.Type.StyleChange, QEvent.Type.PaletteChange)
        if event.type() in kinds and hasattr(self, "_paper"):
            self._arrange()

    def sizeHint(self) -> QSize:
        """Two lines of a formula with fractions."""
        return QSize(480, 104)

    def minimumSizeHint(self) -> QSize:
        """One line."""
        return QSize(160, 72)


class _Paper(QWidget):
    """What a sheet is painted on."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "clear")
        self.sheet = Sheet((), 1.0)

    def show_sheet(self, sheet: Sheet, port: QSize) -> None:
        """Show another one, in a viewport of this size."""
        self.sheet = sheet
        self.resize(QSize(ceil(sheet.size.width()), ceil(sheet.size.height())).expandedTo(port))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the columns beside each other, in the middle of the height."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self.palette().text().color())
        painter.scale(self.sheet.scale, self.sheet.scale)
        x = 0.0
        for column in self.sheet.columns:
            y = max(0.0, (self.height() / self.sheet.scale - _height(column)) / 2)
            for line in (line for block in column for line in block):
                _draw(painter, line, QRectF(QPointF(x + line.indent, y), line.size))
                y += line.size.height() + GAP
            x += _width(column) + GUTTER


def _draw(painter: QPainter, line: Line, place: QRectF) -> None:
    if line.drawing is None:
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, line.text)
    else:
        line.drawing.render(painter, place)
