"""The window of all weights: typed and pasted layer by layer."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nnviz.document.build import new
from nnviz.document.document import Document
from nnviz.session.session import Session
from nnviz.ui.live_panel import PLACES
from nnviz.ui.weights_window import WeightsWindow

pytestmark = pytest.mark.usefixtures("theme")


def test_a_pasted_block_is_one_act_and_undo_is_shown(qtbot: QtBot) -> None:
    session = Session(new("2-3-1"))
    window = WeightsWindow(session)
    qtbot.addWidget(window)
    window.show()
    before = session.document
    QApplication.clipboard().setText("0,3\t0,8\t-0,25\n0,2\t-0,1\t0,1")
    table = window.tables[0].table
    table.setCurrentIndex(table.model().index(0, 0))
    qtbot.keyClick(table, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    shown = window.blocks[0].weights(session.annotator())
    np.testing.assert_array_equal(shown, [[0.3, 0.8, -0.25], [0.2, -0.1, 0.1]])
    assert table.cells.number(0, 1) == 0.8
    with qtbot.waitActive(window):
        window.activateWindow()
    qtbot.keyClick(table, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert session.document is before
    assert table.cells.number(0, 1) != 0.8


def test_while_a_training_runs_one_table_after_the_other_is_shown(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = Session(new("2-3-1"))
    window = WeightsWindow(session)
    qtbot.addWidget(window)
    window.show()
    monkeypatch.setattr(Session, "training", property(lambda self: True))
    session.live = {key: np.full_like(array, 7.0) for key, array in session.document.parameters.items()}
    shown = [[table.table.cells.number(0, 0) == 7.0 for table in window.tables]]
    for _ in window.tables:
        session.shown.emit()
        for turn in range(PLACES):
            session.listed.emit(turn)
        shown.append([table.table.cells.number(0, 0) == 7.0 for table in window.tables])
    assert [sum(each) for each in shown] == [0, 1, 2]


Typing = tuple[WeightsWindow, Session]


@pytest.fixture
def typing(qtbot: QtBot) -> Iterator[Typing]:
    """The weights of 2-3-1, the first cell chosen."""
    session = Session(new("2-3-1", bias="none"))
    window = WeightsWindow(session)
    with qtbot.waitActive(window):
        window.show()
    yield window, session
    window.close()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def type_all(bot: QtBot, numbers: str, key: Qt.Key) -> None:
    for number in numbers.split():
        for letter in number:
            bot.keyClicks(QApplication.focusWidget(), letter)  # the first opens the cell
        bot.keyClick(QApplication.focusWidget(), key)


@pytest.mark.parametrize(
    ("numbers", "key"),
    [
        ("0.3 0.8 -0.25 0.2 -0.1 0.1 -0.5 0.5 0.3", Qt.Key.Key_Tab),
        ("0.3 0.2 0.8 -0.1 -0.25 0.1 -0.5 0.5 0.3", Qt.Key.Key_Return),
    ],
    ids=["rows", "columns"],
)
def test_all_weights_are_typed_in_one_go_and_what_follows_overwrites_none(
    qtbot: QtBot, typing: Typing, numbers: str, key: Qt.Key
) -> None:
    window, session = typing
    type_all(qtbot, numbers, key)
    annotator = session.annotator()
    first, second = (block.weights(annotator) for block in window.blocks)
    assert first.tolist() == [[0.3, 0.8, -0.25], [0.2, -0.1, 0.1]]
    assert second.tolist() == [[-0.5], [0.5], [0.3]]
    before = session.document
    type_all(qtbot, "7", key)
    assert session.document is before


def test_shift_tab_goes_back_over_the_border_of_a_table(qtbot: QtBot, typing: Typing) -> None:
    window, _ = typing
    first, second = (table.table for table in window.tables)
    second.enter(1)
    qtbot.keyClick(second, Qt.Key.Key_Backtab)
    assert first.hasFocus()
    assert (first.currentIndex().row(), first.currentIndex().column()) == (1, 2)
    assert not second.currentIndex().isValid()
    qtbot.keyClick(first, Qt.Key.Key_Tab)
    assert second.hasFocus()
    qtbot.keyClick(second, Qt.Key.Key_Tab)
    assert second.currentIndex().row() == 1


def test_a_refused_number_is_not_left_by_tab(qtbot: QtBot, typing: Typing) -> None:
    window, session = typing
    before = session.document
    type_all(qtbot, "1..2", Qt.Key.Key_Tab)
    assert window.tables[0].refusal.isVisible()
    assert window.tables[0].table.currentIndex().column() == 0
    assert session.document is before


def test_headings_and_cells_say_from_where_to_where(typing: Typing) -> None:
    window, _ = typing
    table = window.tables[0].table
    across, down = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
    assert [table.plates.headerData(column, across) for column in range(3)] == ["to h₁", "to h₂", "to h₃"]
    assert [table.plates.headerData(row, down) for row in range(2)] == ["from x₁", "from x₂"]
    assert [[table.cells.mark(row, column) for column in range(3)] for row in range(2)] == [
        ["w₁", "w₃", "w₅"],
        ["w₂", "w₄", "w₆"],
    ]


def test_it_closes_when_the_drawing_changes(qtbot: QtBot) -> None:
    session = Session(new("2-1"))
    window = WeightsWindow(session)
    window.show()
    with qtbot.waitSignal(window.destroyed):
        session.replace(Document())


def test_an_empty_network_says_what_to_do(qtbot: QtBot) -> None:
    window = WeightsWindow(Session(Document()))
    qtbot.addWidget(window)
    assert window.tables == ()
