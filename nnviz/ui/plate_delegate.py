"""Paints and edits one cell of a :class:`~nnviz.ui.plate_table.PlateTable`."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QAbstractItemModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFont, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from nnviz.ui import icons
from nnviz.ui.number_field import NumberField
from nnviz.ui.theme import GRID

Index = QModelIndex | QPersistentModelIndex

GRADIENT_ROLE = int(Qt.ItemDataRole.UserRole) + 1
"""The derivative of a cell as text; None where it has none."""
NUMBER_ROLE = GRADIENT_ROLE + 1
"""All digits of the number of a cell."""
NAME_ROLE = GRADIENT_ROLE + 2
"""What the number is called."""

MARK_ROLE = GRADIENT_ROLE + 3
"""What stands before the number; empty for nothing."""

_TINT = 0.09
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_LEAVING = (*_ENTER, Qt.Key.Key_Tab, Qt.Key.Key_Backtab)
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class PlateDelegate(QStyledItemDelegate):
    """A number upright over its derivative in italics on a tinted plate; typed into by the one field for numbers.

    Signals
    -------
    typed(row, column, number) : a number was committed in a cell.
    told(text) : why what is being typed is not taken; empty when it is.
    done(way, down) : typing in a cell has ended with a key that goes on to the next one (way 1) or the one before (−1),
        along its row or ``down`` its column.
    """

    typed = Signal(int, int, float)
    told = Signal(str)
    done = Signal(int, bool)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint number and derivative."""
        view = cast(QAbstractItemView, self.parent())
        derivative = index.data(GRADIENT_ROLE)
        rect = option.rect
        state = option.state
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, icons.colour("tint"))
        above = QRect(rect) if derivative is None else QRect(rect.x(), rect.y(), rect.width(), (rect.height() + 1) // 2)
        painter.setPen(icons.colour("text"))
        painter.setFont(_set(option.font, bold=bool(index.flags() & Qt.ItemFlag.ItemIsEditable)))
        painter.drawText(_inside(above), _RIGHT, str(index.data()))
        if mark := str(index.data(MARK_ROLE) or ""):
            painter.setPen(icons.colour("muted"))
            painter.setFont(option.font)
            painter.drawText(_inside(above), _LEFT, mark)
        if derivative is not None:
            below = QRect(rect.x(), above.bottom() + 1, rect.width(), rect.height() - above.height())
            ink = icons.colour("gradient")
            plate = icons.colour("gradient")
            plate.setAlphaF(_TINT)
            painter.fillRect(below, plate)
            painter.setPen(ink)
            painter.setFont(_set(option.font, italic=True))
            painter.drawText(_inside(below), _RIGHT, str(derivative))
        if state & QStyle.StateFlag.State_HasFocus and view.hasFocus():
            painter.setPen(QPen(icons.colour("accent"), 2))
            painter.drawRect(rect.adjusted(1, 1, -1, -1))
        painter.restore()

    # editing

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        """The one field for numbers."""
        number = index.data(NUMBER_ROLE)
        field = _CellField(str(index.data(NAME_ROLE)), 0.0 if number is None else float(number), parent=parent)
        row, column = index.row(), index.column()
        field.value_changed.connect(lambda value: self.typed.emit(row, column, value))
        field.refusal_changed.connect(self.told)
        return field

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        """Nothing: what is being typed stays while the numbers around it change."""

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        """Commit what was typed, if it is a number."""
        cast(NumberField, editor).commit()

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        """Over the cell, and as wide as all digits need."""
        field = cast(NumberField, editor)
        room = cast(QWidget, field.parentWidget()).rect()
        wanted = field.fontMetrics().horizontalAdvance(field.text()) + 4 * GRID
        rect = QRect(option.rect)
        rect.setWidth(min(max(rect.width(), wanted), room.width()))
        rect.moveLeft(max(0, min(rect.left(), room.width() - rect.width())))
        field.setGeometry(rect)

    def eventFilter(self, editor: QObject, event: QEvent) -> bool:
        """Stay where a number is refused, else go on with Tab and Enter; Escape forgets what was typed."""
        if isinstance(editor, NumberField) and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in _LEAVING and not editor.commit():
                return True
            if event.key() in _LEAVING:
                self.closeEditor.emit(editor)
                shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
                back = shifted or event.key() == Qt.Key.Key_Backtab
                self.done.emit(-1 if back else 1, event.key() in _ENTER)
                return True  # else the key would go on to the table, which opens the next cell with it
            if event.key() == Qt.Key.Key_Escape:
                editor.restore()
        return super().eventFilter(editor, event)


class _CellField(NumberField):
    """A field whose number is replaced by what is typed first."""

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.selectAll()


def _set(font: QFont, *, bold: bool = False, italic: bool = False) -> QFont:
    made = QFont(font)
    made.setBold(bold)
    made.setItalic(italic)
    return made


def _inside(rect: QRect) -> QRect:
    return rect.adjusted(GRID // 2, 0, -(GRID - 2), 0)
