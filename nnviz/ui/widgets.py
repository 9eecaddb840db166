"""The small parts panels are made of: words, lines, rows, buttons; flat, on the grid, each with an accessible name.

Every label shows plain text: a name such as ``<img src=x>`` is six letters and some signs, never a picture.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize, Qt, QTimer
from PySide6.QtGui import QAction, QKeySequence, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QDockWidget,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nnviz.ui import icons
from nnviz.ui.entry import EntryField
from nnviz.ui.theme import GRID, set_state
from nnviz.ui.tips import breakable, literal, plain_tip
from nnviz.words import tr

SMALL_ICON, LARGE_ICON = 16, 40
"""Sides of icons in rows and in empty places; those of buttons stand in the style sheet."""


def label(text: str = "", role: str = "", *, wrapped: bool = False) -> QLabel:
    """Plain text. Roles: title, heading, muted, small, strong, gradient, good, refusal, key."""
    made = _WrappedLabel() if wrapped else QLabel()
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setText(text)
    made.setWordWrap(wrapped)
    if role:
        made.setProperty("role", role)
    return made


class _WrappedLabel(QLabel):
    """Words on several lines, none of which makes its panel wider."""

    def __init__(self) -> None:
        super().__init__()
        self._whole = ""

    def setText(self, text: str) -> None:
        """Show ``text``, parted within a word where that is longer than a line."""
        self._whole = text
        super().setText(breakable(text))

    def text(self) -> str:
        """What was said, without the places where it may be parted."""
        return self._whole


def heading(text: str) -> QLabel:
    """What a group of rows is about: small, bold, quiet."""
    return label(text, "heading")


def hairline(*, upright: bool = False) -> QFrame:
    """A line that parts two surfaces."""
    line = QFrame()
    line.setProperty("role", "hairline")
    (line.setFixedWidth if upright else line.setFixedHeight)(1)
    return line


class ElidedLabel(QLabel):
    """One line of plain text that gives way: what does not fit is an ellipsis, and all of it stands in the tip."""

    def __init__(self, text: str = "", role: str = "", where: Qt.TextElideMode = Qt.TextElideMode.ElideRight) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setProperty("role", role)
        self._where = where
        self.setText(text)

    def setText(self, text: str) -> None:
        """Show ``text``, which keeps its whole length for assistive technology and the clipboard."""
        super().setText(text)
        self.setAccessibleName(text)
        self._explain()

    def shown(self) -> str:
        """What is to be seen of the text at the present width."""
        flat = " ".join(self.text().split())
        return self.fontMetrics().elidedText(flat, self._where, self.contentsRect().width())

    def minimumSizeHint(self) -> QSize:
        """Gives way to nothing."""
        return QSize(0, super().sizeHint().height() if "\n" not in self.text() else self.fontMetrics().height())

    def sizeHint(self) -> QSize:
        """As wide as all of the text."""
        return QSize(self.fontMetrics().horizontalAdvance(self.text()) + 2, self.minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what fits."""
        painter = QPainter(self)
        ink = self.palette().color(self.foregroundRole())
        painter.setPen(ink if self.isEnabled() else icons.colour("disabled"))
        painter.drawText(self.contentsRect(), int(self.alignment() | Qt.TextFlag.TextSingleLine), self.shown())
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What does not fit now stands in the tip."""
        super().resizeEvent(event)
        self._explain()

    def _explain(self) -> None:
        self.setToolTip(plain_tip(self.text()) if self.shown() != self.text() else "")


def unbroken(sentence: str) -> str:
    """A sentence of parts between dots whose lines end at the dots, and before brackets, only."""
    parted = sentence.replace(" · ", "\u00a0·\n").replace(" (", "\n(")
    return " ".join(part.replace(" ", "\u00a0") for part in parted.splitlines())


class Settled(QWidget):
    """Room for words that change many times a second: what stands around it is laid out anew only if they need more.

    A label alone asks for that with each new text, up to the window: 2 ms.
    """

    def __init__(self, words: QLabel) -> None:
        super().__init__()
        words.setParent(self)
        self.setSizePolicy(words.sizePolicy())
        self._words, self._needed = words, QSize()

    def hasHeightForWidth(self) -> bool:
        """As the words."""
        return self._words.hasHeightForWidth()

    def heightForWidth(self, width: int) -> int:
        """As high as the words."""
        return max(self._words.heightForWidth(width), self._words.minimumHeight())

    def minimumSizeHint(self) -> QSize:
        """As large as the words must be."""
        return self._words.minimumSizeHint().expandedTo(self._words.minimumSize())

    def sizeHint(self) -> QSize:
        """As large as the words wish to be."""
        return self._words.sizeHint().expandedTo(self._words.minimumSize())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The words fill it."""
        super().resizeEvent(event)
        self._words.setGeometry(self.rect())

    def event(self, event: QEvent) -> bool:
        """Other words: ask for other room if they need it."""
        if event.type() == QEvent.Type.LayoutRequest:
            needed = QSize(self.minimumSizeHint().width(), self.heightForWidth(self.width()))
            if needed != self._needed:
                self._needed = needed
                self.updateGeometry()
        return super().event(event)


def refusal_label(field: EntryField) -> QLabel:
    """The place under ``field`` where it says why it does not take what was typed; hidden while it does."""
    made = label(field.refusal, "refusal", wrapped=True)
    made.setVisible(bool(field.refusal))

    def show(reason: str) -> None:
        made.setText(reason)
        made.setVisible(bool(reason))

    field.refusal_changed.connect(show)
    return made


class EmptyState(QWidget):
    """What stands where there is nothing yet: an icon, what this place is for, and a way to fill it."""

    def __init__(self, icon: str, title: str, hint: str = "", action: QAction | None = None) -> None:
        super().__init__()
        self._icon = icon
        self._picture = label()
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(*(3 * GRID,) * 4)
        rows.setSpacing(GRID)
        rows.addStretch(1)
        rows.addWidget(self._picture)
        for text, role in ((title, "strong"), (hint, "muted")):
            if text:
                words = label(text, role, wrapped=True)
                words.setAlignment(Qt.AlignmentFlag.AlignCenter)
                rows.addWidget(words)
        if action:
            rows.addSpacing(GRID)
            rows.addWidget(action_button(action), 0, Qt.AlignmentFlag.AlignCenter)
        rows.addStretch(1)
        self.setAccessibleName(f"{title}. {hint}" if hint else title)
        self._paint_icon()

    def changeEvent(self, event: QEvent) -> None:
        """Paint the icon anew in the colours of another theme."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.PaletteChange) and hasattr(self, "_picture"):
            self._paint_icon()

    def _paint_icon(self) -> None:
        self._picture.setPixmap(icons.pixmap(self._icon, LARGE_ICON, "muted", self.devicePixelRatioF()))


def button(text: str, on_click: Callable[[], object] | None = None, *, role: str = "") -> QPushButton:
    """A button with words. Roles: primary (at most one in a panel), link."""
    made = QPushButton(text)
    made.setAutoDefault(False)  # Enter in a field commits the field and presses nothing
    if role:
        made.setProperty("role", role)
    if on_click:
        made.clicked.connect(lambda: on_click())
    return made


def make_primary(made: QPushButton) -> None:
    """Make it the one that Enter presses in a dialog, and let it look so."""
    set_state(made, "role", "primary")
    made.setDefault(True)
    made.setFocus()


def action_button(action: QAction, *, role: str = "") -> QPushButton:
    """A button with words that runs a command and is enabled with it."""
    made = button(action.text(), action.trigger, role=role)
    made.setEnabled(action.isEnabled())
    made.setToolTip(action.toolTip())
    action.enabledChanged.connect(made.setEnabled)
    return made


def icon_button(icon: str, name: str, on_click: Callable[[], object]) -> QToolButton:
    """A button that shows only an icon; ``name`` is its tip and what assistive technology calls it."""
    made = QToolButton()
    made.setIcon(icons.icon(icon))
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    made.setAccessibleName(name)
    made.setToolTip(plain_tip(name))
    made.clicked.connect(lambda: on_click())
    return made


def phase_button(text: str, phase: str) -> QToolButton:
    """One of the phases of a walkthrough (forward, loss, backward, update), lit in its colours while checked."""
    made = QToolButton()
    made.setText(literal(text))
    made.setCheckable(True)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    made.setProperty("role", "phase")
    made.setProperty("phase", phase)
    made.setAccessibleName(text)
    return made


def plain_words(text: str) -> str:
    """The words of an action without the marks of its mnemonic and the dots that promise a dialog."""
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&").removesuffix("…")


def shortcut_text(action: QAction) -> str:
    """The first shortcut of ``action`` as this system writes it; empty where it has none."""
    return action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)


def scrolling(content: QWidget, margin: int = 2 * GRID, *, centred: bool = False) -> QScrollArea:
    """``content`` in a frameless area that scrolls up and down, ``margin`` around it; at its top, or in its middle."""
    holder = QWidget()
    holder.setProperty("surface", "clear")
    rows = QVBoxLayout(holder)
    rows.setContentsMargins(margin, margin * 3 // 4, margin, margin)
    if centred:
        rows.addStretch(1)
    rows.addWidget(content)
    rows.addStretch(1)
    area = _UprightArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.viewport().setAutoFillBackground(False)
    area.setWidget(holder)
    return area


class _UprightArea(QScrollArea):
    """Never narrower than what is in it, for it cannot be scrolled sideways."""

    def minimumSizeHint(self) -> QSize:
        hint, content = super().minimumSizeHint(), self.widget()
        inside = content.minimumSizeHint().width() if content is not None else 0
        return QSize(inside + self.verticalScrollBar().sizeHint().width(), hint.height())


class DockTitle(QWidget):
    """The title of a dock: its words, and buttons to float and to close it that can be reached and read.

    A dock in a column of tabs has its words on its tab already, and one that is as narrow as an icon no room for them:
    there the title gives way.
    """

    NARROW = 8
    """Heights of a line; a narrower dock is without title."""

    def __init__(self, dock: QDockWidget) -> None:
        super().__init__(dock)
        self.setProperty("role", "dock-title")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._dock, self._folded = dock, False
        name = dock.windowTitle()
        self._words = ElidedLabel(name)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * GRID, GRID // 2, GRID // 2, GRID // 2)
        row.setSpacing(0)
        row.addWidget(self._words, 1)
        float_it = icon_button("float", tr("Float {name}", name=name), lambda: dock.setFloating(not dock.isFloating()))
        self._parts = (self._words, float_it, icon_button("close", tr("Close {name}", name=name), dock.close))
        for part in self._parts[1:]:
            row.addWidget(part)
        dock.windowTitleChanged.connect(self._words.setText)
        for signal in (dock.visibilityChanged, dock.topLevelChanged, dock.dockLocationChanged):
            signal.connect(lambda _: self.fit())
            signal.connect(lambda _: QTimer.singleShot(0, self, self._fit_all))  # the others know of it a little later

    @property
    def folded(self) -> bool:
        """Whether it has given way."""
        return self._folded

    def _fit_all(self) -> None:
        """Where one dock goes, another may be left alone."""
        window = self._dock.parentWidget()
        for title in window.findChildren(DockTitle) if window is not None else ():
            title.fit()

    def fit(self) -> None:
        """Give way or come back, as the place of the dock wants it."""
        window = self._dock.parentWidget()
        tabbed = isinstance(window, QMainWindow) and bool(window.tabifiedDockWidgets(self._dock))
        narrow = self._dock.width() < self.NARROW * self.fontMetrics().height()
        folded = not self._dock.isFloating() and (tabbed or narrow)
        if folded == self._folded:
            return
        self._folded = folded
        for part in self._parts:
            part.setVisible(not folded)
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Nothing where it has given way."""
        return QSize(0, 0) if self._folded else super().sizeHint()

    def minimumSizeHint(self) -> QSize:
        """As narrow as an icon: a dock may be."""
        return QSize(0, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The dock may be narrow now."""
        super().resizeEvent(event)
        self.fit()
