"""The one field for numbers: any locale, exact, committed when it should be, refusing in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QEvent, QLocale, QPoint, QPointF, Qt
from PySide6.QtGui import QFocusEvent, QGuiApplication, QKeySequence, QShortcut, QWheelEvent
from PySide6.QtWidgets import QApplication, QDialog, QDialogButtonBox, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from nnviz.errors import ConfigError, DataError
from nnviz.expressions import Allowed
from nnviz.ui.entry import commit_pending
from nnviz.ui.number_field import NumberField, cut_to_fit, stepped
from nnviz.ui.theme import Theme

RATE = Allowed(low=0, low_open=True)
LOCALES = {
    "C": QLocale.c(),
    "de": QLocale(QLocale.Language.German, QLocale.Country.Germany),
    "fr": QLocale(QLocale.Language.French, QLocale.Country.France),
    "tr": QLocale(QLocale.Language.Turkish, QLocale.Country.Turkey),
    "ar": QLocale(QLocale.Language.Arabic, QLocale.Country.Egypt),
}


@pytest.fixture(params=LOCALES)
def locale(request: pytest.FixtureRequest) -> Iterator[str]:
    before = QLocale()
    QLocale.setDefault(LOCALES[request.param])
    yield request.param
    QLocale.setDefault(before)


class Heard:
    """The field in a window beside something else, and what its signals said."""

    def __init__(self, bot: QtBot, **options: object) -> None:
        self.window = QWidget()
        bot.addWidget(self.window)
        rows = QVBoxLayout(self.window)
        self.field = NumberField("Rate", **options)  # type: ignore[arg-type]  # options are passed on as they come
        self.other = NumberField("Other")
        self.empty = QWidget()
        self.empty.setMinimumHeight(20)
        for each in (self.field, self.other, self.empty):
            rows.addWidget(each)
        self.changing: list[float] = []
        self.changed: list[float] = []
        self.refusals: list[str] = []
        self.field.value_changing.connect(self.changing.append)
        self.field.value_changed.connect(self.changed.append)
        self.field.refusal_changed.connect(self.refusals.append)
        self.bot = bot
        with bot.waitActive(self.window):
            self.window.show()
        self.field.setFocus()

    def type(self, text: str) -> None:
        self.field.selectAll()
        self.bot.keyClicks(self.field, text)

    def enter(self) -> None:
        self.bot.keyClick(self.field, Qt.Key.Key_Return)


@pytest.fixture
def heard(qtbot: QtBot, theme: Theme) -> Callable[..., Heard]:
    return lambda **options: Heard(qtbot, **options)


Make = Callable[..., Heard]


@pytest.mark.parametrize("text", ["0.001", "0,001", "1/1000", "1e-3", "(3-2)*0,001"])
def test_the_same_number_in_every_locale(heard: Make, locale: str, text: str) -> None:
    made = heard(value=0.5)
    made.type(text)
    made.enter()
    assert made.field.value == 0.001
    assert made.changed == [0.001]
    assert made.field.text() == "0.001"


@pytest.mark.parametrize("text", ["abc", "1e999", "-1", "0", "1..2", ""])
def test_what_cannot_be_is_refused_in_words_and_the_value_stays(heard: Make, locale: str, text: str) -> None:
    made = heard(value=0.5, allowed=RATE)
    made.field.clear()
    made.type(text)
    made.field.setModified(True)
    made.enter()
    assert made.field.value == 0.5
    assert made.changed == []
    assert made.field.refusal
    assert made.field.property("refused") is True
    assert made.field.text() == text, "what was typed is there to be mended"
    assert "a number above 0" in made.field.refusal
    assert made.field.accessibleDescription() == made.field.refusal


def test_a_name_is_required(qtbot: QtBot) -> None:
    with pytest.raises(ConfigError, match="needs a name"):
        NumberField(" ")


def test_a_number_of_another_range_is_refused_and_mended(heard: Make) -> None:
    made = heard(value=2, allowed=Allowed(1, 8, whole=True))
    made.type("2.5")
    made.enter()
    assert made.refusals == ["2.5 is not allowed here. Allowed: a whole number from 1 to 8."]
    made.type("6/2")
    assert made.field.refusal == "", "while it is being mended, it is not called wrong"
    made.enter()
    assert made.field.whole_value == 3
    assert made.field.property("refused") is False


def test_enter_commits_once_and_only_a_difference(heard: Make) -> None:
    made = heard(value=0.5)
    made.type("0.50")
    made.enter()
    made.enter()
    assert made.changed == []
    assert made.field.text() == "0.5"


def test_losing_the_focus_commits(heard: Make) -> None:
    made = heard()
    made.type("1/4")
    made.other.setFocus()
    assert made.changed == [0.25]


def test_a_click_on_what_takes_no_focus_commits_too(heard: Make) -> None:
    made = heard()
    made.type("0,25")
    assert made.changed == []
    made.bot.mouseClick(made.empty, Qt.MouseButton.LeftButton)
    assert made.changed == [0.25]
    assert made.field.hasFocus()


def test_a_click_into_the_field_does_not_commit(heard: Make) -> None:
    made = heard()
    made.type("0,2")
    made.bot.mouseClick(made.field, Qt.MouseButton.LeftButton)
    assert made.changed == []
    assert made.field.pending


def test_clicking_away_from_a_refused_number_keeps_both(heard: Make) -> None:
    made = heard(value=0.5)
    made.type("1/")
    made.bot.mouseClick(made.empty, Qt.MouseButton.LeftButton)
    made.other.setFocus()
    assert (made.field.value, made.field.text()) == (0.5, "1/")
    assert made.field.refusal.startswith("This number is not finished")


def test_the_fields_own_menu_does_not_commit(heard: Make) -> None:
    made = heard()
    made.type("0,2")
    QApplication.sendEvent(made.field, QFocusEvent(QEvent.Type.FocusOut, Qt.FocusReason.PopupFocusReason))
    assert made.changed == []


def test_a_command_commits_first(heard: Make) -> None:
    made = heard(value=0.5)
    made.type("0.75")
    assert commit_pending() is True
    assert made.changed == [0.75]
    made.type("x")
    assert commit_pending() is False
    assert made.field.value == 0.75


def test_nothing_is_pending_elsewhere(qtbot: QtBot) -> None:
    assert commit_pending() is True


def test_escape_restores_and_takes_back_what_was_previewed(heard: Make) -> None:
    made = heard(value=0.5)
    made.type("0.7")
    assert made.changing[-1] == 0.7
    made.bot.keyClick(made.field, Qt.Key.Key_Escape)
    assert made.field.text() == "0.5"
    assert made.changing[-1] == 0.5
    assert made.changed == []


def test_a_refused_number_takes_back_what_was_previewed(heard: Make) -> None:
    made = heard(value=0.5)
    made.type("7x")
    assert made.changing == [7.0]
    made.enter()
    assert made.changing == [7.0, 0.5]


def test_escape_mends_a_refused_field(heard: Make) -> None:
    made = heard(value=0.5)
    made.type("x")
    made.enter()
    made.bot.keyClick(made.field, Qt.Key.Key_Escape)
    assert made.field.refusal == ""
    assert made.field.text() == "0.5"


def test_escape_closes_a_dialog_only_when_nothing_was_typed(qtbot: QtBot) -> None:
    dialog, field = dialog_with_field(qtbot)
    qtbot.keyClicks(field, "9")
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_enter_in_a_dialog_is_held_back_while_refused(qtbot: QtBot) -> None:
    dialog, field = dialog_with_field(qtbot)
    qtbot.keyClicks(field, "x")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert dialog.isVisible()
    field.selectAll()
    qtbot.keyClicks(field, "3")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert dialog.result() == QDialog.DialogCode.Accepted
    assert field.value == 3


def dialog_with_field(bot: QtBot) -> tuple[QDialog, NumberField]:
    dialog = QDialog()
    bot.addWidget(dialog)
    field = NumberField("Epochs", 2)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok)
    buttons.accepted.connect(dialog.accept)
    rows = QVBoxLayout(dialog)
    rows.addWidget(field)
    rows.addWidget(buttons)
    with bot.waitActive(dialog):
        dialog.show()
    field.setFocus()
    field.selectAll()
    return dialog, field


def test_arrow_keys_step_and_commit_when_let_go(heard: Make) -> None:
    made = heard(value=0.1, step=0.1)
    for _ in range(2):
        made.bot.keyPress(made.field, Qt.Key.Key_Up)
    assert made.changing == [0.2, 0.3]
    assert made.changed == []
    made.bot.keyRelease(made.field, Qt.Key.Key_Up)
    assert made.changed == [0.3]
    made.bot.keyClick(made.field, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert made.field.value == 0.29
    made.bot.keyClick(made.field, Qt.Key.Key_PageUp)
    assert made.field.value == 1.29


def test_steps_stay_in_the_range(heard: Make) -> None:
    made = heard(value=1, allowed=Allowed(1, 8, whole=True))
    made.bot.keyClick(made.field, Qt.Key.Key_Down)
    made.bot.keyClick(made.field, Qt.Key.Key_PageUp)
    assert made.field.value == 1
    made.bot.keyClick(made.field, Qt.Key.Key_Up)
    assert made.field.value == 2


def test_a_step_from_what_cannot_be_read_does_nothing(heard: Make) -> None:
    made = heard(value=1)
    made.type("x")
    made.field.step_by(1)
    assert made.field.text() == "x"


@pytest.mark.parametrize(
    ("value", "steps", "wanted"),
    [(0.01, 1, 0.02), (0.09, 1, 0.1), (0.1, -1, 0.09), (-0.1, 1, -0.09), (-0.1, -1, -0.2), (0, 1, 0.1), (1, 0.1, 1.1)],
)
def test_rates_step_by_their_leading_digit(value: float, steps: float, wanted: float) -> None:
    assert stepped(value, steps, None) == wanted


def turn_wheel(field: NumberField, notches: float) -> QWheelEvent:
    event = QWheelEvent(
        QPointF(5, 5), QPointF(5, 5), QPoint(), QPoint(0, round(120 * notches)),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(field, event)
    return event


def test_the_wheel_changes_only_a_field_that_was_entered(heard: Make) -> None:
    made = heard(value=0.1, step=0.1)
    made.other.setFocus()
    assert not turn_wheel(made.field, 1).isAccepted()
    assert made.field.value == 0.1
    made.field.setFocus()
    assert turn_wheel(made.field, 1).isAccepted()
    assert made.changed == [0.2]
    for _ in range(4):
        turn_wheel(made.field, -0.25)
    assert made.changed == [0.2, 0.1], "four quarters on a touchpad are one notch"


def test_all_digits_are_copied_and_cut_ones_return_with_the_focus(heard: Make) -> None:
    made = heard(value=-0.35891647971788465)
    made.field.setFixedWidth(90)
    made.other.setFocus()
    QApplication.processEvents()
    shown = made.field.text()
    assert shown.startswith("-0.3")
    assert shown.endswith("…")
    assert "-0.35891647971788465" in made.field.toolTip()
    made.field.setFocus(Qt.FocusReason.TabFocusReason)
    assert made.field.selectedText() == "-0.35891647971788465"
    made.field.copy()
    assert QGuiApplication.clipboard().text() == "-0.35891647971788465"
    assert made.changed == []


@pytest.mark.parametrize(
    ("told", "room", "shown"),
    [
        ("0.25", 4, "0.25"),
        ("1.23456789e-05", 9, "1.23…e-05"),
        ("-123.456", 7, "-123.4…"),
        ("9007199254740991", 5, "9007199254740991"),
        ("0.123", 1, "0.1…"),
    ],
)
def test_digits_are_cut_never_rounded_and_never_those_that_carry_the_size(told: str, room: int, shown: str) -> None:
    assert cut_to_fit(told, lambda text: len(text) <= room) == shown


def test_a_value_from_outside_is_shown_without_a_signal(heard: Make) -> None:
    made = heard(value=1)
    made.field.set_value(1 / 3)
    assert made.field.text() == "0.3333333333333333"
    assert (made.changed, made.changing) == ([], [])


def test_a_value_from_outside_does_not_take_what_is_being_typed(heard: Make) -> None:
    made = heard(value=1)
    made.type("5")
    made.field.set_value(5)
    assert made.field.text() == "5"
    made.enter()
    assert made.changed == [], "it is what stands already"


def test_a_listener_may_refuse_what_the_field_let_pass(heard: Make) -> None:
    made = heard(value=1)

    def listener(number: float) -> None:
        made.field.set_value(1)
        made.field.refuse(DataError("Another edge is called so"))

    made.field.value_changed.connect(listener)
    made.type("5")
    made.enter()
    assert made.field.value == 1
    assert made.field.refusal == "Another edge is called so."


def test_a_check_of_another_kind(heard: Make) -> None:
    def check(number: float) -> None:
        if number == 13:
            raise DataError("Not this one")

    made = heard(value=1, check=check)
    made.type("13")
    made.enter()
    assert made.field.refusal == "Not this one."
    assert made.changing == [1.0] or made.changing == []


def test_undo_belongs_to_the_document_while_nothing_is_typed(heard: Make) -> None:
    made = heard(value=1)
    undone: list[bool] = []
    QShortcut(QKeySequence("Ctrl+Z"), made.window).activated.connect(lambda: undone.append(True))
    made.bot.keyClick(made.field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert undone == [True]
    made.bot.keyClick(made.field, Qt.Key.Key_End)
    made.bot.keyClicks(made.field, "5")
    made.bot.keyClick(made.field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert undone == [True]
    assert made.field.text() == "1"


def test_arrow_keys_are_the_fields_even_where_the_window_has_such_a_shortcut(heard: Make) -> None:
    made = heard(value=1, step=1)
    stolen: list[bool] = []
    QShortcut(QKeySequence("Up"), made.window).activated.connect(lambda: stolen.append(True))
    made.bot.keyClick(made.field, Qt.Key.Key_Up)
    assert (made.field.value, stolen) == (2, [])


def test_a_minus_stands_before_its_number_where_people_write_from_the_right(heard: Make) -> None:
    made = heard(value=-1)
    made.window.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    assert made.field.layoutDirection() == Qt.LayoutDirection.LeftToRight


def test_the_menu_of_the_field_is_there(heard: Make) -> None:
    made = heard(value=1)
    menu = made.field.createStandardContextMenu()
    assert any("Copy" in action.text() for action in menu.actions())
    menu.deleteLater()
