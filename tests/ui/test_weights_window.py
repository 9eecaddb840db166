"""The window of all weights: typed and pasted layer by layer."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nnviz.document.build import new
from nnviz.document.document import Document
from nnviz.session.session import Session
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
