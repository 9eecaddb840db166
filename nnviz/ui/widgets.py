"""The small parts panels are made of: words, lines, rows, buttons; flat, on the grid, each with an accessible name.

Every label shows plain text: a name such as ``<img src=x>`` is six letters and some signs, never a picture.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QAction, QKeySequence, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QDockWidget,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nnviz.ui import icons
from nnviz.ui.entry import EntryField
from nnviz.ui.theme import GRID
from nnviz.ui.tips import literal, plain_tip
from nnviz.words import tr

ICON, SMALL_ICON, LARGE_ICON = 20, 16, 40
"""Sides of icons in tool bars, in rows, and in empty places, in device-independent pixels."""


def label(text: str = "", role: str = "", *, wrapped: bool = False) -> QLabel:
    """Plain text. Roles: title, heading, muted, small, strong, gradient, good, refusal, key."""
    made = QLabel()
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setText(text)
    made.setWordWrap(wrapped)
    if role:
        made.setProperty("role", role)
    return made


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
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.contentsRect(), int(self.alignment() | Qt.TextFlag.TextSingleLine), self.shown())
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What does not fit now stands in the tip."""
        super().resizeEvent(event)
        self._explain()

    def _explain(self) -> None:
        self.setToolTip(plain_tip(self.text()) if self.shown() != self.text() else "")


class Form(QWidget):
    """Headings and rows of a label and what it names, the labels in one column; refusals stand under their row."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GRID + GRID // 2)
        self._grid.setVerticalSpacing(GRID)
        self._grid.setColumnStretch(1, 1)

    def add_heading(self, text: str) -> QLabel:
        """Begin a group."""
        made = heading(text)
        made.setContentsMargins(0, GRID if self._grid.count() else 0, 0, 0)
        self._grid.addWidget(made, self._grid.rowCount(), 0, 1, 2)
        return made

    def add_row(self, text: str, control: QWidget) -> QLabel:
        """Add a control under a label; ``text`` becomes its accessible name where it has none. Gives the label."""
        named = label(text, "muted")
        named.setBuddy(control)
        if not control.accessibleName():
            control.setAccessibleName(text)
        row = self._grid.rowCount()
        self._grid.addWidget(named, row, 0)
        self._grid.addWidget(control, row, 1)
        if isinstance(control, EntryField):
            self._grid.addWidget(refusal_label(control), row + 1, 1)
        return named

    def add_wide(self, control: QWidget) -> None:
        """Add something over both columns."""
        self._grid.addWidget(control, self._grid.rowCount(), 0, 1, 2)

    def finish(self) -> None:
        """Let what room is left stay empty under the last row."""
        self._grid.setRowStretch(self._grid.rowCount(), 1)


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


def action_button(action: QAction, *, role: str = "") -> QPushButton:
    """A button with words that runs a command and is enabled with it."""
    made = button(action.text(), action.trigger, role=role)
    made.setEnabled(action.isEnabled())
    made.setToolTip(action.toolTip())
    action.enabledChanged.connect(made.setEnabled)
    return made


def tool_button(action: QAction, *, size: int = ICON, words: bool = False) -> QToolButton:
    """A button with the icon of a command, named after it; ``words`` shows its words beside the icon."""
    made = QToolButton()
    made.setDefaultAction(action)
    made.setIconSize(QSize(size, size))
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    beside = Qt.ToolButtonStyle.ToolButtonTextBesideIcon if words else Qt.ToolButtonStyle.ToolButtonIconOnly
    made.setToolButtonStyle(beside)
    made.setAccessibleName(plain_words(action.text()))
    return made


def icon_button(icon: str, name: str, on_click: Callable[[], object], *, size: int = SMALL_ICON) -> QToolButton:
    """A button that shows only an icon; ``name`` is its tip and what assistive technology calls it."""
    made = QToolButton()
    made.setIcon(icons.icon(icon))
    made.setIconSize(QSize(size, size))
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


def scrolling(content: QWidget, margin: int = 2 * GRID) -> QScrollArea:
    """``content`` in a frameless area that scrolls up and down, ``margin`` around it."""
    holder = QWidget()
    holder.setProperty("surface", "clear")
    rows = QVBoxLayout(holder)
    rows.setContentsMargins(margin, margin * 3 // 4, margin, margin)
    rows.addWidget(content)
    rows.addStretch(1)
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.viewport().setAutoFillBackground(False)
    area.setWidget(holder)
    return area


class DockTitle(QWidget):
    """The title of a dock: its words, and buttons to float and to close it that can be reached and read."""

    def __init__(self, dock: QDockWidget) -> None:
        super().__init__(dock)
        self.setProperty("role", "dock-title")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        name = dock.windowTitle()
        self._words = ElidedLabel(name)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * GRID, GRID // 2, GRID // 2, GRID // 2)
        row.setSpacing(0)
        row.addWidget(self._words, 1)
        row.addWidget(
            icon_button("float", tr("Float {name}", name=name), lambda: dock.setFloating(not dock.isFloating()))
        )
        row.addWidget(icon_button("close", tr("Close {name}", name=name), dock.close))
        dock.windowTitleChanged.connect(self._words.setText)
