"""The small parts of the inspector: exact numbers that are never cut, choices, headers of pages."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import (
    QFont,
    QFontMetrics,
    QIcon,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QComboBox, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from nnviz.errors import shortened
from nnviz.numbers import NOT_COMPUTED
from nnviz.ui import icons
from nnviz.ui.page_form import LONGEST_LABEL
from nnviz.ui.plate_model import exact
from nnviz.ui.theme import GRID
from nnviz.ui.tips import plain_tip
from nnviz.words import tr

CONDENSED = "DejaVu Sans Condensed"
SMALLEST = 0.75
"""To how much of its size a number may shrink before it is scrolled to."""
LONGEST_TITLE = 60
"""Characters of a title; a name may have a thousand."""


class Reading(QLabel):
    """A number with all its digits, to be selected and copied; it sets itself smaller rather than be cut.

    With the focus, Ctrl+C copies all of it where nothing is selected.
    """

    def __init__(self, name: str, role: str = "", explained: str = "") -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setProperty("role", role)
        self.setAccessibleName(name)
        self._explained = explained
        self._fitting = False
        self._reason = ""
        self.show_text(NOT_COMPUTED)

    def show_number(self, number: float | None, *, signed: bool = False, reason: str = "") -> None:
        """Show a number, or a dash; ``reason`` tells in its tip why there is none."""
        self.show_text(exact(number, signed=signed), reason)

    def show_text(self, text: str, reason: str = "") -> None:
        """Show a text, which assistive technology reads too."""
        if (text, reason) == (self.text(), self._reason):
            return
        self._reason = reason
        self.setText(text)
        self.setAccessibleDescription(text)
        missing = (reason or tr("Not computed (yet)")) if text == NOT_COMPUTED else ""
        self.setToolTip(plain_tip("\n".join(line for line in (missing, self._explained) if line)))
        self._fit()

    def _fit(self) -> None:
        """The largest of: the type of the window, its condensed cut, and that set smaller, in which all can be seen."""
        if self._fitting or not self.width():
            return
        self._fitting = True
        wanted = _fitting_font(QApplication.font(), self.text(), self.contentsRect().width() - 2)
        if wanted != self.font():
            self.setFont(wanted)
        self._fitting = False

    def minimumSizeHint(self) -> QSize:
        """As narrow as a few digits."""
        return QSize(4 * GRID, super().minimumSizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy all where nothing is selected."""
        if event.matches(QKeySequence.StandardKey.Copy) and not self.hasSelectedText():
            QApplication.clipboard().setText(self.text())
            event.accept()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Show where the focus is."""
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(icons.colour("accent"), 2))
            painter.drawLine(1, self.height() - 1, self.width() - 1, self.height() - 1)
            painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit into the new width."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Fit in the new type."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.ApplicationFontChange):
            self._fit()


def _fitting_font(font: QFont, text: str, width: int) -> QFont:
    made = QFont(font)
    if QFontMetrics(made).horizontalAdvance(text) <= width:
        return made
    made.setFamily(CONDENSED)
    needed = QFontMetrics(made).horizontalAdvance(text)
    if needed > width:
        made.setPixelSize(max(1, math.floor(made.pixelSize() * max(SMALLEST, width / needed))))
    return made


class IconLabel(QWidget):
    """An icon as large as the title beside it, in the colours of the theme in force."""

    def __init__(self, icon: QIcon) -> None:
        super().__init__()
        self.icon = icon
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """A square somewhat higher than a line of text."""
        side = round(1.4 * self.fontMetrics().height())
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint it."""
        painter = QPainter(self)
        self.icon.paint(painter, self.rect())
        painter.end()


class WrappedLabel(QLabel):
    """Words on a few lines; a word that is longer than a line is parted where the line ends, and nowhere else."""

    def __init__(self, role: str) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setProperty("role", role)
        self._words: list[str] = []

    def tell(self, text: str) -> None:
        """Show a text, of which only the beginning if it is very long; all of it then stands in the tip."""
        short = shortened(text, LONGEST_TITLE)
        self._words = short.split(" ")
        self.setAccessibleName(text)
        self.setToolTip(plain_tip(text) if short != text else "")
        self._fit()

    def _fit(self) -> None:
        metrics, room = self.fontMetrics(), self.width()
        text = " ".join("\u200b".join(_pieces(word, metrics, room)) for word in self._words)
        if text != self.text():
            self.setText(text)
            self.updateGeometry()

    def minimumSizeHint(self) -> QSize:
        """As narrow as it must be."""
        return QSize(1, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Part long words anew."""
        super().resizeEvent(event)
        self._fit()


def _pieces(word: str, metrics: QFontMetrics, room: int) -> list[str]:
    """``word`` in pieces that fit into ``room`` each; as it is where nothing is known of the room yet."""
    if room < 2 * metrics.height() or metrics.horizontalAdvance(word) <= room:
        return [word]
    share = max(1, len(word) * room // metrics.horizontalAdvance(word) - 1)
    return [word[start : start + share] for start in range(0, len(word), share)]


class PageHeader(QWidget):
    """What a page is about: an icon if there is one, a name on at most a few lines, and a quiet line under it."""

    def __init__(self, icon: QIcon | None = None) -> None:
        super().__init__()
        self._told: tuple[str, str] = ("", "")
        self.title = WrappedLabel("title")
        self.subtitle = WrappedLabel("muted")
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.title)
        words.addWidget(self.subtitle)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID + GRID // 2)
        if icon is not None:
            row.addWidget(IconLabel(icon), 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)

    def tell(self, title: str, subtitle: str) -> None:
        """Show other words."""
        if (title, subtitle) == self._told:
            return
        self._told = title, subtitle
        for part, text in ((self.title, title), (self.subtitle, subtitle)):
            part.tell(text)


class QuietCombo(QComboBox):
    """A choice that the wheel scrolls past instead of changing it.

    Parameters
    ----------
    name : what is chosen, for assistive technology.
    choices : key and words of each.
    """

    def __init__(self, name: str, choices: list[tuple[str, str]], explained: str = "") -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setToolTip(plain_tip(explained))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        for key, words in choices:
            self.addItem(shortened(words, LONGEST_LABEL), key)

    @property
    def key(self) -> str:
        """The key of what is chosen; empty where nothing is."""
        return str(self.currentData() or "")

    def show_key(self, key: str) -> None:
        """Choose without a signal; nothing where there is no such key."""
        self.setCurrentIndex(self.findData(key))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Let the page scroll."""
        event.ignore()
