"""The bundled type: loaded once from files, measured without hinting, drawn without ever falling back.

Text is set with :class:`QRawFont` made from the file itself, so a font of the same name that the system has cannot take
its place, and widths are exactly proportional to size: what a placement measures at one size holds at every other.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication, QPointF, Qt
from PySide6.QtGui import (
    QFont,
    QFontDatabase,
    QFontMetricsF,
    QGlyphRun,
    QGuiApplication,
    QPainterPath,
    QRawFont,
    QTransform,
)

from nnviz import resources
from nnviz.errors import SetupError
from nnviz.words import tr

FAMILY = "DejaVu Sans"
UNIT = 1000.0
"""The size at which glyphs are measured: the finer, the less the fixed-point advances of Qt round."""

ASCENT = 0.82
"""Top of the highest letters used (ŷ ½ ‖ ℒ) over the baseline, as a share of the type size; a test measures it."""
DESCENT = 0.24
"""Bottom of the lowest letters used (y, ‖, parentheses) under the baseline, as a share of the type size."""


MOST_TEXTS = 8192
"""Texts that are kept set, as many as a network of a thousand edges has in all faces tried. All caches of type together
take some 50 MiB when they are full."""


class Face(NamedTuple):
    """Which of the eight bundled fonts."""

    bold: bool = False
    italic: bool = False
    condensed: bool = False


class Run(NamedTuple):
    """A text shaped in one face, at size 1: glyphs, where each begins, and the whole advance."""

    glyphs: list[int]
    offsets: tuple[float, ...]
    width: float
    complete: bool


_kept: list[QGuiApplication] = []


def application() -> QGuiApplication:
    """The application object Qt needs before it measures type; made when there is none, without a screen if need be.

    Raises
    ------
    SetupError
        If a Qt application without graphics runs in this process already.
    """
    running = QCoreApplication.instance()
    if running is None:
        return _start()
    if not isinstance(running, QGuiApplication):
        raise SetupError(
            tr("A Qt application without graphics is running"), expected="QGuiApplication", found=type(running).__name__
        )
    return running


def _start() -> QGuiApplication:
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    # A process that has loaded widgets may show them later, and there can be only one application object.
    widgets = sys.modules.get("PySide6.QtWidgets")
    made: QGuiApplication = widgets.QApplication(["nnviz"]) if widgets else QGuiApplication(["nnviz"])
    _kept.append(made)
    return made


@lru_cache(maxsize=1)
def load() -> str:
    """Make the bundled faces known to Qt's font database, for widgets; give the family's name.

    Raises
    ------
    SetupError
        If a font file cannot be used.
    """
    application()
    for name in resources.names("fonts", ".ttf"):
        if QFontDatabase.addApplicationFont(str(resources.path("fonts", f"{name}.ttf"))) < 0:
            raise SetupError(
                tr("A font that belongs to nnviz cannot be loaded"), where=name, hint=tr("Install nnviz again")
            )
    return FAMILY


def file_name(face: Face) -> str:
    """The file of one face, for example ``DejaVuSansCondensed-BoldOblique.ttf``."""
    cut = ("Bold" if face.bold else "") + ("Oblique" if face.italic else "")
    return "DejaVuSans" + ("Condensed" if face.condensed else "") + (f"-{cut}" if cut else "") + ".ttf"


@lru_cache(maxsize=256)
def raw(face: Face, size: float) -> QRawFont:
    """One face at a size in pixels (any fraction), unhinted; made from the one that is read, whose file it shares."""
    font = QRawFont(_read(face))
    font.setPixelSize(size)
    return font


@lru_cache(maxsize=8)
def _read(face: Face) -> QRawFont:
    """A face read from its file: 1 ms and 0.7 MiB, of which every size would take its own."""
    application()
    font = QRawFont(str(resources.path("fonts", file_name(face))), UNIT, QFont.HintingPreference.PreferNoHinting)
    if not font.isValid():
        raise SetupError(
            tr("A font that belongs to nnviz cannot be loaded"), where=file_name(face), hint=tr("Install nnviz again")
        )
    return font


@lru_cache(maxsize=MOST_TEXTS)
def shaped(text: str, face: Face) -> Run:
    """``text`` as glyphs of one face at size 1. ``complete`` is False where the face lacks one of its characters."""
    letters = list(map(_letters(face).__getitem__, text))  # of live numbers there are thousands a second
    glyphs = [glyph for glyph, _ in letters]
    *offsets, width = accumulate([advance for _, advance in letters], initial=0.0)
    return Run(glyphs, tuple(offsets), width, 0 not in glyphs)


class _Letters(dict[str, tuple[int, float]]):
    """Each letter's glyph and advance at size 1: live numbers are new texts all the time, of few letters."""

    def __init__(self, face: Face) -> None:
        self._font = raw(face, UNIT)

    def __missing__(self, letter: str) -> tuple[int, float]:
        glyph = next(iter(self._font.glyphIndexesForString(letter)), 0)  # Qt drops marks of byte order
        self[letter] = found = (glyph, self._font.advancesForGlyphIndexes([glyph])[0].x() / UNIT)
        return found


@lru_cache(maxsize=8)
def _letters(face: Face) -> _Letters:
    return _Letters(face)


def glyph_run(placed: Iterable[tuple[str, float, float]], face: Face, size: float) -> QGlyphRun:
    """Texts of one face and size as one run: each with the x and y of its baseline's left end, and complete."""
    glyphs, positions = [], []
    for text, x, y in placed:
        run = shaped(text, face)
        glyphs += run.glyphs
        positions += _positions(run.offsets, x, y, size)
    drawn = QGlyphRun()
    drawn.setRawFont(raw(face, size))
    drawn.setGlyphIndexes(glyphs)
    drawn.setPositions(positions)
    return drawn


@lru_cache(maxsize=MOST_TEXTS // 2)
def _positions(offsets: tuple[float, ...], x: float, y: float, size: float) -> list[QPointF]:
    """Where glyphs stand. Kept, for a live number changes its digits and seldom their places."""
    return [QPointF(x + offset * size, y) for offset in offsets]


@lru_cache(maxsize=512)
def outline(text: str, face: Face, size: float) -> QPainterPath:
    """``text`` as outlines from its baseline's left end, for sizes at which Qt draws no glyphs."""
    font, run = raw(face, UNIT), shaped(text, face)
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    for glyph, offset in zip(run.glyphs, run.offsets, strict=True):
        path.addPath(font.pathForGlyph(glyph).translated(offset * UNIT, 0.0))
    return QTransform.fromScale(size / UNIT, size / UNIT).map(path)


@lru_cache(maxsize=64)
def fallback(face: Face) -> QFont:
    """A font at 100 pixels for words a user wrote in a script the bundled faces lack; the system fills the gaps."""
    font = QFont(load())
    font.setPixelSize(100)
    font.setBold(face.bold)
    font.setItalic(face.italic)
    font.setStretch(QFont.Stretch.SemiCondensed if face.condensed else QFont.Stretch.Unstretched)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font


@lru_cache(maxsize=MOST_TEXTS)
def text_width(text: str, face: Face) -> float:
    """Advance of ``text`` at size 1."""
    run = shaped(text, face)
    return run.width if run.complete else QFontMetricsF(fallback(face)).horizontalAdvance(text) / 100.0


class FontMeasure:
    """Measures the bundled type for placements (:class:`nnviz.session.picture.Measure`)."""

    def width(
        self, text: str, size: float, *, bold: bool = False, italic: bool = False, condensed: bool = False
    ) -> float:
        """Advance of ``text`` in pixels at a type size of ``size`` pixels."""
        return text_width(text, Face(bold, italic, condensed)) * size

    def ascent(self, size: float) -> float:
        """Pixels from the baseline to the top of the highest letters used."""
        return ASCENT * size

    def descent(self, size: float) -> float:
        """Pixels from the baseline to the bottom of the lowest letters used."""
        return DESCENT * size
