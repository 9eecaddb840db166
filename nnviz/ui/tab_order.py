"""Where Tab goes: it would come last to what is made later than its window, wherever that stands.

The chain of the focus is never walked along: PySide takes what ``nextInFocusChain`` gives for a part of the widget that
was asked, and all of them for deleted when that widget is.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


def tab_into(part: QWidget, place: QWidget) -> QWidget:
    """Let Tab come to the controls of ``part`` behind ``place``: a control, or a widget that was made in time.

    Gives the last of them.
    """
    behind, policy = place, place.focusPolicy()
    place.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # behind what takes no focus Qt puts nothing
    for control in filter(_takes_tab, part.findChildren(QWidget)):
        if control.window() is place.window():  # it is not in the list that a choice has opened once
            QWidget.setTabOrder(behind, control)
            behind = control
    place.setFocusPolicy(policy)
    return behind


def enter(part: QWidget) -> None:
    """Give the focus to the first control of ``part`` that can take it."""
    next(tab_stops(part), part).setFocus(Qt.FocusReason.TabFocusReason)


def tab_stops(part: QWidget) -> Iterator[QWidget]:
    """The controls of ``part`` that can take the focus, once ``part`` itself can."""
    controls = filter(_takes_tab, part.findChildren(QWidget))
    return (each for each in controls if each.isEnabledTo(part) and each.isVisibleTo(part))


def _takes_tab(widget: QWidget) -> bool:
    return bool(widget.focusPolicy().value & Qt.FocusPolicy.TabFocus.value)
