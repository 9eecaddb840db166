"""The focus bar: what it offers depends on the network."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from nnviz.session.session import Session
from nnviz.ui.focus_bar import FocusBar
from tests.lowering.drawings import example_of


def choose(combo: QComboBox, index: int) -> None:
    combo.setCurrentIndex(index)
    combo.activated.emit(index)


@pytest.mark.parametrize(
    ("kind", "offered"), [("batch_norm", True), ("dropout", True), ("layer_norm", False), ("dense", False)]
)
def test_the_mode_is_offered_where_it_changes_numbers(qtbot: QtBot, kind: str, offered: bool) -> None:
    session = Session(example_of(kind))
    bar = FocusBar(session)
    qtbot.addWidget(bar)
    assert bar.mode.isVisibleTo(bar) == offered
    session.close()


def test_training_on_a_single_row_is_refused_and_on_all_is_not(qtbot: QtBot) -> None:
    session = Session(example_of("batch_norm"))
    bar = FocusBar(session)
    qtbot.addWidget(bar)
    with qtbot.waitSignal(bar.refused) as told:
        choose(bar.mode, 1)
    assert "single row" in str(told.args[0])
    assert (session.focus.mode, bar.mode.currentIndex()) == ("evaluate", 0)
    choose(bar.rows, 2)
    choose(bar.mode, 1)
    assert (session.focus.rows, session.focus.mode) == ("all", "train")
    session.close()
