"""The list of kinds in the palette: headings, names that are never cut, dragging."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFont,
    QFontMetrics,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from nnviz.ui import icons
from nnviz.ui.kind_drag import KindDrag
from nnviz.ui.kind_icons import kind_icon
from nnviz.ui.kind_words import kind_tip, kind_words, kinds_meant, palette_kinds
from nnviz.ui.page_form import capitals
from nnviz.ui.theme import BODY, GRID, SMALL
from nnviz.ui.tips import plain_tip
from nnviz.ui.widgets import SMALL_ICON
from nnviz.words import tr

KIND_ROLE = int(Qt.ItemDataRole.UserRole)
FOLDED_ROLE = KIND_ROLE + 1
"""How many kinds are folded away under a heading."""
Index = QModelIndex | QPersistentModelIndex
_PADDING = 10
"""What the style sheet keeps free to the left and right of an item."""
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class KindList(QListWidget):
    """The kinds, under headings that fold them away; headings can be neither chosen nor dragged.

    Signals
    -------
    wished(kind) : a kind was double-clicked or entered.
    typed(text) : a letter was typed.
    resized() : there is other room for names.
    """

    wished = Signal(str)
    typed = Signal(str)
    resized = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Building blocks"))
        self.setAccessibleDescription(tr("Enter adds one to the canvas; with the mouse, drag it or double-click it"))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self._headings: list[tuple[QListWidgetItem, list[QListWidgetItem]]] = []
        self._longest: int | None = None
        self._pressed: QPoint | None = None
        self._drag: KindDrag | None = None
        self._folded: set[str] = set()
        self._sought = ""
        self.setItemDelegate(_KindDelegate(self))
        self._fill()
        self._fit_type()
        self.itemActivated.connect(self._activated)
        self.itemClicked.connect(self._turn)

    def _fill(self) -> None:
        for group, kinds in palette_kinds().items():
            title = QListWidgetItem(group)
            title.setFlags(Qt.ItemFlag.ItemIsEnabled)
            title.setToolTip(plain_tip(tr("{name}: fold or unfold", name=group)))
            self.addItem(title)
            self._headings.append((title, [self._add(kind.name) for kind in kinds]))

    def _add(self, kind: str) -> QListWidgetItem:
        words = kind_words(kind)
        item = QListWidgetItem(kind_icon(kind), words.name)
        item.setData(KIND_ROLE, kind)
        item.setData(int(Qt.ItemDataRole.AccessibleDescriptionRole), words.does)
        item.setToolTip(plain_tip(kind_tip(kind)))
        self.addItem(item)
        return item

    def _fit_type(self) -> None:
        """Icons as large as the type is."""
        self._longest = None
        side = max(SMALL_ICON, round(1.15 * self.fontMetrics().height()))
        self.setIconSize(QSize(side, side))
        self.scheduleDelayedItemsLayout()

    # what is shown

    def show_matching(self, text: str) -> bool:
        """Show the kinds that ``text`` means, folded or not; False if there are none."""
        self._sought = text.strip()
        self._show()
        return bool(self.shown_kinds())

    @property
    def folded(self) -> tuple[str, ...]:
        """The groups that are folded away, in order."""
        return tuple(title.text() for title, _ in self._headings if title.text() in self._folded)

    def fold(self, groups: Iterable[str]) -> None:
        """Fold these groups away, and no others."""
        self._folded = set(groups)
        self._show()

    def _turn(self, item: QListWidgetItem) -> None:
        """Fold the group of a heading, or unfold it."""
        if not _kind(item) and not self._sought:
            self.fold(self._folded ^ {item.text()})

    def _show(self) -> None:
        known = kinds_meant((_kind(item) for _, items in self._headings for item in items), self._sought)
        for title, items in self._headings:
            found = [_kind(item) in known for item in items]
            folded = title.text() in self._folded and not self._sought
            for item, is_found in zip(items, found, strict=True):
                item.setHidden(folded or not is_found)
            title.setHidden(not any(found))
            title.setData(FOLDED_ROLE, len(items) if folded else 0)
            told = tr("{name}, folded", name=title.text()) if folded else title.text()
            title.setData(int(Qt.ItemDataRole.AccessibleTextRole), told)
        if self.currentRow() >= 0 and self.currentItem().isHidden():
            self.setCurrentRow(-1)

    def shown_kinds(self) -> list[str]:
        """The kinds to be seen, from the top."""
        return [_kind(item) for _, items in self._headings for item in items if not item.isHidden()]

    def enter(self) -> bool:
        """Make the first kind current if nothing is, where all are folded a heading; False if there is none."""
        kinds = [item for _, items in self._headings for item in items if not item.isHidden()]
        shown = kinds or [title for title, _ in self._headings if not title.isHidden()]
        if shown and self.currentRow() < 0:
            self.setCurrentItem(shown[0])
        return bool(shown)

    def _activated(self, item: QListWidgetItem) -> None:
        if _kind(item):
            self.wished.emit(_kind(item))

    def _fold_by_key(self, key: int) -> None:
        """Left folds the group of what is current and goes to its heading, right unfolds it, as in a tree."""
        item = self.currentItem()
        title = next((title for title, items in self._headings if item is title or item in items), None)
        if title is not None and (key == Qt.Key.Key_Right) == (title.text() in self._folded):
            self._turn(title)
            self.setCurrentItem(title)

    # keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter wishes or folds, a letter searches, arrows go on, those to the side fold."""
        text = event.text()
        bare = not event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier & ~Qt.KeyboardModifier.KeypadModifier
        if event.key() in _ENTER and self.currentRow() >= 0:
            self._activated(self.currentItem())
            self._turn(self.currentItem())
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._fold_by_key(event.key())
        elif text and text.isprintable() and not text.isspace() and bare:
            self.typed.emit(text)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Tab lands on a kind, never on nothing."""
        super().focusInEvent(event)
        self.enter()

    # mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember what was pressed: it may be going to be dragged."""
        super().mousePressEvent(event)
        on_kind = event.button() == Qt.MouseButton.LeftButton and self._kind_at(event.position().toPoint())
        self._pressed = event.position().toPoint() if on_kind else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Begin a drag, or go on with it."""
        if self._drag is not None and self._drag.running:
            self._drag.move(event)
        elif self._pressed is not None:
            self._begin(event)
        else:
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Drop."""
        drag, self._drag, self._pressed = self._drag, None, None
        if drag is not None and drag.running:
            drag.release(event)
        super().mouseReleaseEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """A drag ends with the place it came from."""
        if self._drag is not None and self._drag.running:
            self._drag.cancel()
        self._drag = self._pressed = None
        super().hideEvent(event)

    def _begin(self, event: QMouseEvent) -> None:
        assert self._pressed is not None
        way = (event.position().toPoint() - self._pressed).manhattanLength()
        if way < QApplication.startDragDistance():
            return
        kind = self._kind_at(self._pressed)
        self._pressed = None
        if kind:
            self._drag = KindDrag(self, kind)
            self._drag.move(event)

    def _kind_at(self, at: QPoint) -> str:
        item = self.itemAt(at)
        return "" if item is None else _kind(item)

    # size

    def wanted_width(self) -> int:
        """How wide the list must be for the longest name on one line."""
        names = (self.item(row).text() for row in range(self.count()))
        spare = self.viewport().width() - self.text_room() + self.verticalScrollBar().sizeHint().width()
        return max(map(self.fontMetrics().horizontalAdvance, names)) + spare

    def least_width(self) -> int:
        """How wide it must be for the icons alone."""
        scale = max(1, self.fontInfo().pixelSize()) / BODY
        return self.iconSize().width() + round(2 * _PADDING * scale) + self.verticalScrollBar().sizeHint().width()

    @property
    def names_fit(self) -> bool:
        """Whether every word of every name has room; where one has not, icons stand alone, and tips name them."""
        if self._longest is None:  # asked for with every row that is measured or painted
            words = [word for row in range(self.count()) for word in re.split(r"(?<=-)| ", self.item(row).text())]
            self._longest = max(map(self.fontMetrics().horizontalAdvance, words))
        return self._longest <= self.text_room()

    def text_room(self) -> int:
        """How wide a name may be in a row."""
        scale = max(1, self.fontInfo().pixelSize()) / BODY
        return round(self.viewport().width() - self.iconSize().width() - (2 * _PADDING + 2 * GRID) * scale)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Names may fit now, or no longer."""
        super().resizeEvent(event)
        self.resized.emit()

    def changeEvent(self, event: QEvent) -> None:
        """The type has another size."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange) and hasattr(self, "_headings"):
            self._fit_type()


class _KindDelegate(QStyledItemDelegate):
    """Paints headings small and quiet, and a name that is too long for its row on two lines."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        view, made = self._option(option, index)
        if index.data(KIND_ROLE):
            view.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, made, painter, view)
            return
        side, hidden = round(0.8 * view.iconSize().width()), int(index.data(FOLDED_ROLE) or 0)
        sign, ink = "chevron-right" if hidden else "chevron-down", icons.colour("muted")
        room = option.rect.adjusted(GRID + 2, 0, -GRID, -GRID // 2)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(icons.colour("accent"), 1))
            painter.drawRect(option.rect.adjusted(1, 1, -2, -2))
        if not view.names_fit:
            left = option.rect.x() + round(_PADDING * max(1, view.fontInfo().pixelSize()) / BODY)
            icons.paint(painter, QRect(left, room.y(), view.iconSize().width(), room.height()), sign, ink)
            return
        painter.save()
        painter.setFont(self._small(option))
        painter.setPen(ink)
        place = QRect(room.right() - side, room.bottom() - painter.fontMetrics().height(), side, side)
        icons.paint(painter, place, sign, ink)
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, str(index.data()))
        if hidden:
            count = room.adjusted(0, 0, -side - GRID // 2, 0)
            painter.drawText(count, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom, str(hidden))
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        view, made = self._option(option, index)
        if index.data(KIND_ROLE):
            return view.style().sizeFromContents(QStyle.ContentsType.CT_ItemViewItem, made, QSize(), view)
        if not view.names_fit:
            return QSize(0, 2 * GRID + GRID // 2)
        metrics = QFontMetrics(self._small(option))
        above = GRID if index.row() == 0 else 2 * GRID
        return QSize(metrics.horizontalAdvance(str(index.data())) + 2 * GRID, metrics.height() + above + GRID // 2)

    def _option(self, option: QStyleOptionViewItem, index: Index) -> tuple[KindList, QStyleOptionViewItem]:
        view = self.parent()
        assert isinstance(view, KindList)
        made = QStyleOptionViewItem(option)
        self.initStyleOption(made, index)
        if not view.names_fit:
            made.text = ""
            return view, made
        two = parted(made.text, lambda text: made.fontMetrics.horizontalAdvance(text) <= view.text_room())
        made.text = two.replace("\n", "\u2028")  # what Qt parts lines by inside an item
        return view, made

    @staticmethod
    def _small(option: QStyleOptionViewItem) -> QFont:
        font = capitals(option.font)
        font.setBold(True)
        font.setPixelSize(max(1, round(font.pixelSize() * SMALL / BODY)))
        return font


def parted(name: str, fits: Callable[[str], bool]) -> str:
    r"""``name`` on one line if it fits, else on two, parted at a space, else behind a hyphen, as late as possible.

    >>> parted("Categorical cross-entropy", lambda text: len(text) <= 18)
    'Categorical\ncross-entropy'
    """
    if fits(name):
        return name
    places = [place + 1 for place, letter in enumerate(name[:-1]) if letter in " -"]
    good = [place for place in places if fits(name[:place].rstrip())]
    spaces = [place for place in good if name[place - 1] == " " and fits(name[place:])]
    place = max(spaces or good, default=min(places, default=0))
    return f"{name[:place].rstrip()}\n{name[place:]}" if place else name


def _kind(item: QListWidgetItem) -> str:
    return str(item.data(KIND_ROLE) or "")
