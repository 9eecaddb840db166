"""The list in the outline: two groups of rows, each a name over its numbers."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
)

from nnviz.ui import icons
from nnviz.ui.inspector_parts import CONDENSED
from nnviz.ui.outline_model import ID_ROLE, KIND_ROLE, NUMBERS_ROLE, OutlineModel
from nnviz.ui.page_form import capitals
from nnviz.ui.theme import BODY, GRID, SMALL
from nnviz.words import tr

Index = QModelIndex | QPersistentModelIndex

_MOST_SEEN = 200
"""Rows that no screen is high enough to show at once."""
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_LINE = "a −0.0000   z −0.0000   δ −0.00000"


class OutlineView(QTreeView):
    """The list itself.

    Signals
    -------
    opened(id) : Enter or a double-click on a part.
    removal_wished() : Delete was pressed.
    """

    opened = Signal(str)
    removal_wished = Signal()

    def __init__(self, model: OutlineModel) -> None:
        super().__init__()
        self.setAccessibleName(tr("Outline of the network"))
        self.setAccessibleDescription(tr("Nodes and edges with their numbers; Enter opens one, Delete removes it"))
        self.setModel(model)
        self.setItemDelegate(_LineDelegate(self))
        self.setHeaderHidden(True)
        self.setUniformRowHeights(True)
        self.setIndentation(0)
        self.setRootIsDecorated(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setExpandsOnDoubleClick(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.expandAll()
        self.doubleClicked.connect(self._open)
        self.clicked.connect(self._toggle)

    def selected_ids(self) -> list[str]:
        """The selected parts, from the top."""
        places = sorted((place.internalId(), place.row(), place) for place in self.selectionModel().selectedRows())
        return [str(place.data(ID_ROLE)) for _, _, place in places if place.data(ID_ROLE)]

    def renew(self) -> None:
        """Show the rows that can be seen anew."""
        model = self.model()
        assert isinstance(model, OutlineModel)
        rect = self.viewport().rect()
        first, last = self.indexAt(rect.topLeft()), self.indexAt(rect.bottomLeft())
        for group in model.groups():
            rows = model.rowCount(group)
            top = first.row() if first.parent() == group else 0
            bottom = last.row() if last.parent() == group else rows - 1
            seen = first.parent() == group or last.parent() == group or self.visualRect(group).intersects(rect)
            if rows and seen:
                model.tell_changed(model.index(top, 0, group), model.index(min(bottom, top + _MOST_SEEN), 0, group))

    def _open(self, place: QModelIndex) -> None:
        part = str(place.data(ID_ROLE) or "")
        if part:
            self.opened.emit(part)

    def _toggle(self, place: QModelIndex) -> None:
        if not place.data(ID_ROLE):
            self.setExpanded(place, not self.isExpanded(place))

    def event(self, event: QEvent) -> bool:
        """Delete belongs to the list while it has the focus."""
        deletes = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Delete
        if event.type() == QEvent.Type.ShortcutOverride and deletes:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens, Delete removes, arrows walk, letters find."""
        if event.key() in _ENTER and self.currentIndex().isValid():
            self._open(self.currentIndex())
            self._toggle(self.currentIndex())
        elif event.key() == Qt.Key.Key_Delete:
            self.removal_wished.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Numbers may need another line now."""
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()

    def lines(self) -> int:
        """On how many lines the numbers of a row may stand at this width."""
        needed = QFontMetrics(condensed(small(self.font()))).horizontalAdvance(_LINE)
        return 1 if needed <= self.viewport().width() - 3 * GRID else 2


def small(font: QFont) -> QFont:
    """The smaller type of the window."""
    made = QFont(font)
    made.setPixelSize(max(1, round(made.pixelSize() * SMALL / BODY)))
    return made


def condensed(font: QFont) -> QFont:
    """The narrower cut of the type."""
    made = QFont(font)
    made.setFamily(CONDENSED)
    return made


class _LineDelegate(QStyledItemDelegate):
    """Paints the name and, quieter, the kind on one line, the numbers under them."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        view = self.parent()
        assert isinstance(view, OutlineView)
        made = QStyleOptionViewItem(option)
        self.initStyleOption(made, index)
        made.text = ""
        view.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, made, painter, view)
        room = option.rect.adjusted(GRID, 4, -GRID // 2, -4)
        painter.save()
        if index.data(ID_ROLE):
            _paint_part(painter, option.font, room, index)
        else:
            _paint_group(painter, option.font, room, str(index.data()), view.isExpanded(cast(QModelIndex, index)))
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        view = self.parent()
        assert isinstance(view, OutlineView)
        below = QFontMetrics(small(view.font())).height()
        return QSize(8 * GRID, view.fontMetrics().height() + view.lines() * below + 10)


def _paint_part(painter: QPainter, font: QFont, room: QRect, index: Index) -> None:
    bold = QFont(font)
    bold.setBold(True)
    metrics = QFontMetrics(bold)
    name = metrics.elidedText(str(index.data()), Qt.TextElideMode.ElideRight, round(room.width() * 0.6))
    painter.setFont(bold)
    painter.setPen(icons.colour("text"))
    top = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
    painter.drawText(room, top | Qt.TextFlag.TextSingleLine, name)
    beside = room.adjusted(metrics.horizontalAdvance(name) + GRID, 0, 0, 0)
    painter.setFont(font)
    painter.setPen(icons.colour("muted"))
    kind = QFontMetrics(font).elidedText(str(index.data(KIND_ROLE)), Qt.TextElideMode.ElideRight, beside.width())
    painter.drawText(beside, top | Qt.TextFlag.TextSingleLine, kind)
    painter.setPen(icons.colour("text"))
    below = room.adjusted(0, metrics.height() + 1, 0, 0)
    told = str(index.data(NUMBERS_ROLE))
    type_ = small(font)
    fits = QFontMetrics(type_).horizontalAdvance(told) <= below.width()
    painter.setFont(type_ if fits else condensed(type_))
    painter.drawText(below, top | Qt.TextFlag.TextWordWrap, told)


def _paint_group(painter: QPainter, font: QFont, room: QRect, words: str, expanded: bool) -> None:
    made = capitals(small(font))
    made.setBold(True)
    painter.setFont(made)
    painter.setPen(icons.colour("muted"))
    side = QFontMetrics(made).height()
    arrow = QRect(room.left() - 2, room.bottom() - side, side, side)
    icons.icon("chevron-down" if expanded else "chevron-right", "muted").paint(painter, arrow)
    painter.drawText(room.adjusted(side + 2, 0, 0, 0), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, words)
