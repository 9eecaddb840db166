"""The focus bar: what it offers depends on the network."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QComboBox
from pytestqt.qtbot import QtBot

from nnviz.session.examples import example
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


def test_choices_have_a_word_before_them_only_where_all_stays_in_one_line(qtbot: QtBot) -> None:
    session = Session(example("iris"))
    bar = FocusBar(session)
    qtbot.addWidget(bar)
    bar.show()
    words, lines = set[bool](), set[int]()
    for width in range(500, 1000, 20):
        bar.resize(width, 60)
        QApplication.processEvents()
        shown = {word.isVisible() for word in bar._words}
        assert len(shown) == 1
        if shown == {True}:
            lines.add(bar.heightForWidth(width))
        words |= shown
    assert words == {False, True}
    assert lines == {bar.sizeHint().height()}
    session.close()
