"""Walks of widgets: what has no name for assistive technology, and what is cut off."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QComboBox,
    QDockWidget,
    QLabel,
    QLineEdit,
    QStyle,
    QStyleOptionComboBox,
    QTabBar,
    QWidget,
)

from nnviz.ui.widgets import ElidedLabel

_INNER = ("qt_", "QTabBar", "QComboBoxPrivate")


def unnamed(root: QWidget) -> list[str]:
    """Every control within ``root`` that can have the focus and has no accessible name."""
    found = []
    for widget in (root, *root.findChildren(QWidget)):
        if widget.focusPolicy() == Qt.FocusPolicy.NoFocus or _is_inner(widget):
            continue
        interface = QAccessible.queryAccessibleInterface(widget)
        if not interface or not interface.text(QAccessible.Text.Name).strip():
            found.append(f"{type(widget).__name__}({widget.objectName()!r}) in {type(widget.parent()).__name__}")
    return found


def _is_inner(widget: QWidget) -> bool:
    """Parts that Qt makes for itself: a tab bar is read tab by tab, the list of a combo box with its box."""
    if widget.window().inherits("QComboBoxPrivateContainer"):
        return True
    return widget.objectName().startswith(_INNER) or type(widget).__name__ in _INNER or widget.inherits("QTabBar")


def cut(root: QWidget) -> list[str]:
    """Every visible label, button, choice and tab within ``root`` that has less room than its words need."""
    found = []
    for widget in root.findChildren(QWidget):
        if isinstance(widget, ElidedLabel) or not _is_seen(widget):
            continue
        if isinstance(widget, QLabel | QAbstractButton) and widget.text() and not _has_room(widget):
            found.append(f"{type(widget).__name__} {widget.text()!r}: {widget.size()} of {widget.sizeHint()}")
        if isinstance(widget, QComboBox) and _width(widget, widget.currentText()) > _room_for_choice(widget):
            found.append(f"choice {widget.currentText()!r}: {widget.size()}")
        if isinstance(widget, QTabBar) and not widget.visibleRegion().isEmpty():  # Qt keeps bars of before elsewhere
            found += [f"tab {widget.tabText(tab)!r}" for tab in range(widget.count()) if not _shows(widget, tab)]
    return found


def _is_seen(widget: QWidget) -> bool:
    """Whether it is visible, and not in a dock behind another tab, which Qt calls visible too."""
    dock: QWidget | None = widget
    while dock is not None and not isinstance(dock, QDockWidget):
        dock = dock.parentWidget()
    return widget.isVisible() and (dock is None or not dock.visibleRegion().isEmpty())


def _has_room(widget: QLabel | QAbstractButton) -> bool:
    wanted = widget.minimumSizeHint() if isinstance(widget, QLabel) else widget.sizeHint()
    height = widget.heightForWidth(widget.width()) if widget.hasHeightForWidth() else wanted.height()
    return widget.width() >= wanted.width() and widget.height() >= height


def _width(widget: QWidget, text: str) -> int:
    return widget.fontMetrics().horizontalAdvance(text)


def _room_for_choice(box: QComboBox) -> int:
    option = QStyleOptionComboBox()
    box.initStyleOption(option)
    part = QStyle.SubControl.SC_ComboBoxEditField
    return box.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, box).width()


def _shows(bar: QTabBar, tab: int) -> bool:
    inside = bar.tabRect(tab)
    return bar.rect().contains(inside) and inside.width() > _width(bar, bar.tabText(tab))


def hidden(root: QWidget) -> list[str]:
    """Every visible control within ``root`` that lies to the right or left of what can be seen, or under another."""
    found = []
    for widget in root.findChildren(QWidget):
        if isinstance(widget, QLabel | QAbstractButton | QComboBox | QLineEdit) and _is_seen(widget):
            above = widget.parentWidget()
            while above is not None and above is not root:
                left = widget.mapTo(above, QPoint(0, 0)).x()
                cell = isinstance(above, QAbstractScrollArea) and above.horizontalScrollBar().maximum() > 0
                if not cell and (left < 0 or left + widget.width() > above.width()):
                    found.append(f"{type(widget).__name__} {widget.accessibleName()!r} in {type(above).__name__}")
                above = above.parentWidget() if not cell else None
    return [*found, *_overlapping(root)]


def _overlapping(root: QWidget) -> list[str]:
    found = []
    for parent in (root, *root.findChildren(QWidget)):
        parts = [each for each in parent.children() if isinstance(each, QWidget) and _is_seen(each)]
        parts = [
            each for each in parts if not each.isWindow() and parent.layout() and parent.layout().indexOf(each) >= 0
        ]
        for place, one in enumerate(parts):
            for other in parts[place + 1 :]:
                if one.geometry().intersects(other.geometry()):
                    found.append(f"{type(one).__name__} over {type(other).__name__} in {type(parent).__name__}")
    return found
