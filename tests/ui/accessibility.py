"""Walks of widgets: what has no name for assistive technology, and what is cut off."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

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
    """Every visible label and button within ``root`` that has less room than its words need."""
    found = []
    for widget in root.findChildren(QWidget):
        if (
            not isinstance(widget, QLabel | QAbstractButton)
            or isinstance(widget, ElidedLabel)
            or not widget.isVisible()
        ):
            continue
        wanted = widget.minimumSizeHint() if isinstance(widget, QLabel) else widget.sizeHint()
        height = widget.heightForWidth(widget.width()) if widget.hasHeightForWidth() else wanted.height()
        if widget.text() and (widget.width() < wanted.width() or widget.height() < height):
            found.append(f"{type(widget).__name__} {widget.text()!r}: {widget.size()} of {wanted}")
    return found
