"""The palette: opened, searched, chosen from and left by keyboard alone."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from nnviz.ui.actions import Entry
from nnviz.ui.command_palette import CommandPalette, FindButton
from nnviz.ui.number_field import NumberField
from nnviz.ui.theme import Theme
from tests.ui.accessibility import unnamed

ENTRIES = [
    Entry("save", "Save", "File", "Ctrl+S", ""),
    Entry("step", "Step forward", "Walk", "Right", ""),
    Entry("stop", "Stop training", "Train", "", "No training runs"),
]


class Place:
    def __init__(self, bot: QtBot) -> None:
        self.window = QWidget()
        bot.addWidget(self.window)
        self.window.resize(800, 500)
        self.field = NumberField("Rate")
        QVBoxLayout(self.window).addWidget(self.field)
        self.ran: list[str] = []
        self.palette = CommandPalette(self.window, lambda: ENTRIES, self.ran.append)
        with bot.waitActive(self.window):
            self.window.show()
        self.field.setFocus()
        self.palette.open()
        self.bot = bot

    def press(self, key: Qt.Key) -> None:
        self.bot.keyClick(self.palette.field, key)


@pytest.fixture
def place(qtbot: QtBot, theme: Theme) -> Place:
    return Place(qtbot)


def test_everything_is_listed_at_first(place: Place) -> None:
    assert place.palette.isVisible()
    assert place.palette.field.hasFocus()
    assert [entry.id for entry in place.palette.shown()] == ["save", "step", "stop"]
    assert unnamed(place.palette) == []


def test_words_find_and_enter_runs(place: Place) -> None:
    place.bot.keyClicks(place.palette.field, "forw")
    place.press(Qt.Key.Key_Return)
    assert place.ran == ["step"]
    assert place.palette.isHidden()
    assert place.field.hasFocus(), "the focus is back where it was"


def test_arrows_choose(place: Place) -> None:
    place.press(Qt.Key.Key_Down)
    place.press(Qt.Key.Key_Enter)
    assert place.ran == ["step"]


def test_what_cannot_run_is_shown_and_does_not(place: Place) -> None:
    place.bot.keyClicks(place.palette.field, "training")
    assert [entry.missing for entry in place.palette.shown()] == ["No training runs"]
    place.press(Qt.Key.Key_Return)
    assert place.ran == []
    assert place.palette.isVisible()


def test_nothing_found_says_so(place: Place) -> None:
    place.bot.keyClicks(place.palette.field, "zzz")
    assert not place.palette.list.isVisible()
    place.press(Qt.Key.Key_Return)
    assert place.ran == []


def test_escape_leaves(place: Place) -> None:
    place.press(Qt.Key.Key_Escape)
    assert place.palette.isHidden()
    assert place.field.hasFocus()


def test_the_focus_going_elsewhere_closes_it(place: Place) -> None:
    place.field.setFocus()
    assert place.palette.isHidden()
    assert place.field.hasFocus()


def test_a_click_runs(place: Place) -> None:
    item = place.palette.list.item(1)
    at = place.palette.list.visualItemRect(item).center()
    place.bot.mouseClick(place.palette.list.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert place.ran == ["step"]


def test_it_lies_within_a_small_window(place: Place) -> None:
    place.palette.dismiss()
    place.window.resize(300, 200)
    place.palette.open()
    assert place.window.rect().contains(place.palette.geometry().topLeft())
    assert place.palette.width() < place.window.width()
    assert not place.palette.grab().isNull()


def test_the_button_that_looks_like_the_field_opens_it_and_gives_way(qtbot: QtBot) -> None:
    opened: list[bool] = []
    button = FindButton("Ctrl+K", lambda: opened.append(True))
    qtbot.addWidget(button)
    button.click()
    assert opened == [True]
    assert button.accessibleName()
    assert "Ctrl+K" in button.toolTip()
    assert button.sizeHint().width() < 60
