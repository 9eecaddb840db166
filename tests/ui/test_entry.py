"""The field for names: as plain as what is typed into it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from nnviz.errors import ConfigError, DataError
from nnviz.ui.entry import TextField, short_sentence
from nnviz.ui.theme import Theme
from nnviz.ui.tips import LONGEST_TIP, literal, plain_tip


def no_empty(text: str) -> None:
    if not text.strip():
        raise DataError("A name is needed", expected="a letter or more", hint="Or press Escape")


@pytest.fixture
def field(qtbot: QtBot, theme: Theme) -> Iterator[TextField]:
    window = QWidget()
    qtbot.addWidget(window)
    made = TextField("Name", "h1", check=no_empty)
    QVBoxLayout(window).addWidget(made)
    with qtbot.waitActive(window):
        window.show()
    made.setFocus()
    made.selectAll()
    yield made
    window.close()


def test_a_name_is_committed_once(field: TextField, qtbot: QtBot) -> None:
    heard: list[str] = []
    field.text_changed.connect(heard.append)
    qtbot.keyClicks(field, "<img src=x> & ")
    field.insert("ŷ₁")
    assert heard == []
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert heard == ["<img src=x> & ŷ₁"]
    assert field.value == "<img src=x> & ŷ₁"


def test_what_is_typed_takes_the_place_of_the_old_however_one_came_to_the_field(field: TextField, qtbot: QtBot) -> None:
    field.clearFocus()
    qtbot.mouseClick(field, Qt.MouseButton.LeftButton)
    assert field.selectedText() == "h1"
    qtbot.mouseClick(field, Qt.MouseButton.LeftButton)  # a second click sets the cursor
    assert field.selectedText() == ""
    field.clearFocus()
    field.setFocus()
    qtbot.keyClicks(field, "h2")
    assert field.text() == "h2"


def test_a_refused_name_says_why(field: TextField, qtbot: QtBot) -> None:
    qtbot.keyClicks(field, " ")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert field.value == "h1"
    assert field.refusal == "A name is needed. Allowed: a letter or more. Or press Escape."
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == "h1"


def test_a_value_from_outside_mends_a_refusal_left_behind(field: TextField, qtbot: QtBot) -> None:
    qtbot.keyClicks(field, " ")
    assert not field.commit()
    field.clearFocus()
    field.set_value("h2")
    assert (field.text(), field.refusal) == ("h2", "")


def test_a_name_has_an_end(qtbot: QtBot) -> None:
    made = TextField("Name", longest=5)
    qtbot.addWidget(made)
    qtbot.keyClicks(made, "abcdefgh")
    assert made.text() == "abcde"


def test_a_field_without_a_name_is_refused(qtbot: QtBot) -> None:
    with pytest.raises(ConfigError):
        TextField("")


def test_a_short_sentence_leaves_out_what_can_be_seen() -> None:
    assert short_sentence(DataError("No", found="x")) == "No."


def test_a_tip_is_plain_and_not_endless() -> None:
    assert plain_tip("") == ""
    assert "&lt;b&gt;" in plain_tip("<b>")
    assert len(plain_tip("x" * 1000)) < LONGEST_TIP + 100
    assert plain_tip("a\nb").count("<p") == 2
    assert literal("a & b && c") == "a && b &&&& c"
