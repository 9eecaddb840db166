"""Data typed by hand: what a loss cannot be compared with is told where it was typed, and nothing typed is lost."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QTableWidgetItem
from pytestqt.qtbot import QtBot

from nnviz.document.build import new
from nnviz.session.session import Session
from nnviz.ui.table_dialog import TableDialog


@pytest.mark.usefixtures("theme")
def test_a_target_that_is_neither_side_of_a_hinge(qtbot: QtBot) -> None:
    session = Session(new("2-1", loss="hinge"))
    dialog = TableDialog(session)
    qtbot.addWidget(dialog)
    for column, text in enumerate(["1", "2", "0,3"]):
        dialog.table.setItem(0, column, QTableWidgetItem(text))
    dialog.take_over()
    assert "neither side (node loss, row 1, column y1)" in dialog.problem.text()
    assert "found 0.3" in dialog.problem.text()
    assert session.document.data is None
    assert dialog.rows()[0] == ["1", "2", "0,3"]
    dialog.table.setItem(0, 2, QTableWidgetItem("-1"))
    dialog.take_over()
    assert session.document.data is not None
    assert session.problem is None
