"""The palette (Ctrl+K): a field over the window in which any command is found by its words and run with Enter."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from nnviz.ui import icons
from nnviz.ui.actions import Entry, found
from nnviz.ui.theme import GRID
from nnviz.ui.widgets import label
from nnviz.words import tr

WIDTH, ROWS = 560, 9
_ENTRY = int(Qt.ItemDataRole.UserRole)
_MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class CommandPalette(QFrame):
    """Lies over ``window`` while it is open.

    Parameters
    ----------
    entries : gives what can be found, asked anew at each opening; a window may add nodes and files to its commands.
    run : runs the entry of an id (``BuiltCommands.run``).
    """

    def __init__(self, window: QWidget, entries: Callable[[], Sequence[Entry]], run: Callable[[str], object]) -> None:
        super().__init__(window)
        self.setProperty("surface", "raised")
        self.setAccessibleName(tr("Commands"))
        self._over = window
        self._entries = entries
        self._run = run
        self._known: Sequence[Entry] = ()
        self._before: QWidget | None = None
        self.field = QLineEdit()
        self.field.setPlaceholderText(tr("Search commands and nodes"))
        self.field.setAccessibleName(tr("Search commands and nodes"))
        self.field.addAction(icons.icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.field.textChanged.connect(self._list)
        self.field.installEventFilter(self)
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Commands found"))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setItemDelegate(_Delegate(self.list))
        self.list.itemClicked.connect(lambda item: self._choose())
        self._nothing = label(tr("No command has these words"), "muted")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(GRID, GRID, GRID, GRID)
        rows.setSpacing(GRID)
        for part in (self.field, self.list, self._nothing):
            rows.addWidget(part)
        self.hide()

    def open(self) -> None:
        """Show everything there is, and take what is typed."""
        self._before = QApplication.focusWidget()
        self._known = self._entries()
        self.field.clear()
        self._list("")
        self._place()
        self.show()
        self.raise_()
        self.field.setFocus()

    def shown(self) -> list[Entry]:
        """What is listed now, from the top."""
        return [self.list.item(row).data(_ENTRY) for row in range(self.list.count())]

    def _list(self, typed: str) -> None:
        self.list.clear()
        for entry in found(self._known, typed):
            item = QListWidgetItem(entry.words)
            item.setData(_ENTRY, entry)
            item.setData(int(Qt.ItemDataRole.AccessibleDescriptionRole), entry.missing or entry.shortcut)
            if entry.missing:
                item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEnabled)
            self.list.addItem(item)
        self.list.setVisible(bool(self.list.count()))
        self._nothing.setVisible(not self.list.count())
        self.list.setCurrentRow(0)
        self._place()

    def _place(self) -> None:
        """In the upper middle of the window, no wider and no taller than it."""
        window = self._over
        row = self.list.sizeHintForRow(0) if self.list.count() else 0
        self.list.setFixedHeight(min(self.list.count(), ROWS) * row + 2)
        width = min(round(WIDTH * self.fontMetrics().height() / 15), window.width() - 4 * GRID)
        self.setFixedWidth(width)
        self.adjustSize()
        self.move((window.width() - width) // 2, min(8 * GRID, max(0, window.height() - self.height())))

    def _choose(self) -> None:
        row = self.list.currentRow()
        if row < 0 or self.shown()[row].missing:
            return
        entry = self.shown()[row]
        self.dismiss()
        self._run(entry.id)

    def dismiss(self) -> None:
        """Close, and give the focus back to where it was."""
        if self.isHidden():
            return
        self.hide()
        if self._before is not None and isValid(self._before):
            self._before.setFocus()
        self._before = None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys that choose in the list go there from the field; a click elsewhere closes."""
        if event.type() == QEvent.Type.FocusOut and not self.isHidden():
            self._before = None  # the focus has gone where the user wants it
            self.dismiss()
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            event.setAccepted(event.key() in (*_MOVES, Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter))
            return event.isAccepted()
        return event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and self._pressed(event)

    def _pressed(self, event: QKeyEvent) -> bool:
        if event.key() in _MOVES:
            self.list.event(event)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose()
        elif event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            return False
        return True


class FindButton(QPushButton):
    """Looks like the field that it opens; of its words it shows as many as there is room for.

    Parameters
    ----------
    shortcut : what opens it too.
    """

    def __init__(self, shortcut: str, open_it: Callable[[], object]) -> None:
        super().__init__()
        self.setProperty("role", "find")
        self.setAccessibleName(tr("Find a command"))
        self.setToolTip(tr("Find a command or a node  ({keys})", keys=shortcut))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._words = tr("Search commands and nodes"), shortcut
        self.clicked.connect(lambda: open_it())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """It need not be wider than its words."""
        super().resizeEvent(event)
        self.setMaximumWidth(24 * self.fontMetrics().height())

    def sizeHint(self) -> QSize:
        """Room for the icon; it takes what a tool bar leaves."""
        return QSize(round(2.5 * self.fontMetrics().height()), super().sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """A field with an icon, what can be searched, and how else."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setPen(icons.colour("muted"))
        metrics = self.fontMetrics()
        side = round(1.2 * metrics.height())
        icons.paint(painter, QRect(GRID, (self.height() - side) // 2, side, side), "search", icons.colour("muted"))
        room = self.rect().adjusted(2 * GRID + side, 0, -GRID - GRID // 2, 0)
        words, keys = self._words
        beside = metrics.horizontalAdvance(words) + metrics.horizontalAdvance(keys) + 2 * GRID
        for text, side_of in ((words, Qt.AlignmentFlag.AlignLeft), (keys, Qt.AlignmentFlag.AlignRight)):
            if text is words or beside <= room.width():
                shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room.width())
                painter.drawText(room, int(side_of | Qt.AlignmentFlag.AlignVCenter), shown)
        painter.end()


class _Delegate(QStyledItemDelegate):
    """A line of the list: the words, quietly where in the menus, and at the right the shortcut or what is missing."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        entry: Entry = index.data(_ENTRY)
        blank = QStyleOptionViewItem(option)
        self.initStyleOption(blank, index)
        blank.text = ""
        option.widget.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, blank, painter, option.widget)
        rect = QRect(option.rect).adjusted(GRID + GRID // 2, 0, -GRID - GRID // 2, 0)
        quiet = icons.colour("disabled" if entry.missing else "muted")
        ink = icons.colour("disabled" if entry.missing else "text")
        right = entry.missing or entry.shortcut
        after = option.fontMetrics.horizontalAdvance(entry.words) + 3 * GRID
        before = option.fontMetrics.horizontalAdvance(right) + 2 * GRID
        self._write(painter, option, rect, Qt.AlignmentFlag.AlignLeft, entry.words, ink)
        self._write(painter, option, rect, Qt.AlignmentFlag.AlignRight, right, quiet)
        self._write(
            painter, option, rect.adjusted(after, 0, -before, 0), Qt.AlignmentFlag.AlignLeft, _place(entry), quiet
        )

    @staticmethod
    def _write(
        painter: QPainter,
        option: QStyleOptionViewItem,
        rect: QRect,
        side: Qt.AlignmentFlag,
        text: str,
        ink: QColor,
    ) -> None:
        painter.save()
        painter.setPen(ink)
        painter.setFont(option.font)
        elided = option.fontMetrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0, rect.width()))
        painter.drawText(rect, int(side | Qt.AlignmentFlag.AlignVCenter), elided)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        hint = super().sizeHint(option, index)
        return QSize(hint.width(), max(hint.height(), 4 * GRID))


def _place(entry: Entry) -> str:
    return entry.menu.replace("/", " → ")
