"""A row that breaks into lines: in order, nothing over anything else, as high as it needs."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget
from pytestqt.qtbot import QtBot

from nnviz.ui.flow import Flow

pytestmark = pytest.mark.usefixtures("theme")


class Part(QWidget):
    """80 by 20, or more."""

    def __init__(self, expands: bool = False) -> None:
        super().__init__()
        policy = QSizePolicy.Policy.Expanding if expands else QSizePolicy.Policy.Fixed
        self.setSizePolicy(policy, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(40 if expands else 80)

    def sizeHint(self) -> QSize:
        return QSize(80, 20)


def row(qtbot: QtBot, width: int, *parts: Part, spring: int = -1) -> QWidget:
    holder = QWidget()
    qtbot.addWidget(holder)
    flow = Flow(holder, spacing=10)
    for place, part in enumerate(parts):
        if place == spring:
            flow.add_spring()
        flow.addWidget(part)
    holder.resize(width, flow.heightForWidth(width))
    holder.show()
    QApplication.processEvents()
    return holder


def test_what_fits_stands_in_one_line_and_the_rest_below(qtbot: QtBot) -> None:
    parts = [Part() for _ in range(3)]
    holder = row(qtbot, 260, *parts)
    assert [(part.x(), part.y()) for part in parts] == [(0, 0), (90, 0), (180, 0)]
    assert holder.height() == 20
    holder = row(qtbot, 259, *(parts := [Part() for _ in range(3)]))
    assert [(part.x(), part.y()) for part in parts] == [(0, 0), (90, 0), (0, 30)]
    assert holder.height() == 50


def test_what_expands_takes_the_room_that_is_left(qtbot: QtBot) -> None:
    first, second = Part(), Part(expands=True)
    holders = [row(qtbot, 300, first, second)]
    assert (second.x(), second.width()) == (90, 210)
    first, second = Part(), Part(expands=True)
    holders.append(row(qtbot, 130, first, second))
    assert (second.x(), second.y(), second.width()) == (90, 0, 40)


def test_behind_the_spring_things_stand_at_the_right_unless_alone_in_a_line(qtbot: QtBot) -> None:
    parts = [Part() for _ in range(3)]
    parts[1].hide()
    holders = [row(qtbot, 300, *parts, spring=1)]
    assert (parts[2].x(), parts[2].y()) == (220, 0)
    parts = [Part() for _ in range(2)]
    holders.append(row(qtbot, 120, *parts, spring=1))
    assert (parts[1].x(), parts[1].y()) == (0, 30)


def test_it_can_be_as_narrow_as_its_widest_part(qtbot: QtBot) -> None:
    holder = row(qtbot, 300, Part(), Part())
    assert holder.minimumSizeHint() == QSize(80, 20)
    assert holder.sizeHint() == QSize(170, 20)
