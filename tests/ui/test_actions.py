"""Commands as data: one list makes menus, tool bar, shortcuts, help and palette, and cannot be at odds with itself."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMainWindow, QToolBar, QToolButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from nnviz.errors import ConfigError, DataError, NnvizError
from nnviz.ui.actions import BuiltCommands, Command, Entry, build, check, found, portable
from nnviz.ui.number_field import NumberField
from nnviz.ui.theme import Theme
from nnviz.ui.widgets import action_button

COMMANDS = (
    Command("save", "&Save…", "File", "parts.save", ("Ctrl+S",), icon="save", needs=("dirty",), explained="Writes it."),
    Command("picture", "&Picture", "File/Export", "parts.save", ("Ctrl+E", "F9")),
    Command("quit", "&Quit", "File", "parts.save", opens_group=True),
    Command("grid", "Show &grid", "View", "set_grid", ("G",), checkable=True, checked="grid"),
    Command("hidden", "Only by name", "", "parts.save", ("Ctrl+Alt+H",)),
    Command("fail", "Fail", "View", "fail"),
    Command("peek", "Peek", "View", "parts.save", commits=False),
)


class Parts:
    def __init__(self) -> None:
        self.saved = 0

    def save(self) -> None:
        self.saved += 1


class Window(QMainWindow):
    def __init__(self) -> None:
        super().__init__()
        self.parts = Parts()
        self.dirty = True
        self.grid = False
        centre = QWidget()
        self.field = NumberField("Rate", 0.5, parent=centre)
        QVBoxLayout(centre).addWidget(self.field)
        self.setCentralWidget(centre)
        self.refusals: list[NnvizError] = []
        self.ran: list[str] = []
        self.commands: BuiltCommands = build(
            COMMANDS, self, refused=self.refusals.append, reasons={"dirty": "Nothing has changed"}
        )
        self.commands.ran.connect(self.ran.append)

    def set_grid(self, state: bool) -> None:
        self.grid = state

    def fail(self) -> None:
        raise DataError("It cannot")


@pytest.fixture
def window(qtbot: QtBot, theme: Theme) -> Window:
    made = Window()
    qtbot.addWidget(made)
    with qtbot.waitActive(made):
        made.show()
    return made


def changed(**fields: Any) -> Command:
    return Command(**({"id": "x", "words": "X", "menu": "File", "handler": "set_grid"} | fields))


@pytest.mark.parametrize(
    ("second", "problem"),
    [
        (changed(id="save"), "id save"),
        (changed(shortcuts=("ctrl+s",)), r"Ctrl\+S"),
        (changed(shortcuts=("F9",)), "F9"),
        (changed(shortcuts=("Ctrl+Nonsense",)), "not a shortcut"),
        (changed(words="&…"), "no words"),
    ],
)
def test_a_list_at_odds_with_itself_is_refused(second: Command, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        check([*COMMANDS, second])


def test_a_shortcut_twice_in_one_command_is_refused_too() -> None:
    with pytest.raises(ConfigError):
        check([changed(shortcuts=("Ctrl+K", "ctrl+k"))])


def test_shortcuts_have_one_form() -> None:
    assert portable("shift+CTRL+s") == portable("Ctrl+Shift+S") == "Ctrl+Shift+S"


@pytest.mark.parametrize("fields", [{"handler": "nowhere"}, {"needs": ("parts.nothing",)}, {"checked": "no"}])
def test_a_name_that_is_not_there_is_found_when_building(window: Window, fields: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"A command names what is not there \(x\)"):
        build([changed(**fields)], window, refused=lambda error: None)


def test_an_icon_that_is_not_there_is_found_when_building(window: Window) -> None:
    with pytest.raises(ConfigError, match="unicorn"):
        build([changed(icon="unicorn")], window, refused=lambda error: None)


def test_a_command_runs_its_handler_and_tells(window: Window) -> None:
    window.commands.run("save")
    assert window.parts.saved == 1
    assert window.ran == ["save"]


def test_what_it_needs_enables_it_and_the_tip_says_what_is_missing(window: Window) -> None:
    window.dirty = False
    window.commands.refresh()
    action = window.commands.actions["save"]
    assert not action.isEnabled()
    assert "Nothing has changed" in action.toolTip()
    assert "Writes it." in action.toolTip()
    assert "Ctrl+S" in action.toolTip()
    window.commands.run("save")
    assert window.parts.saved == 0


def test_a_need_is_asked_at_the_moment_of_running(window: Window) -> None:
    window.dirty = False
    window.commands.run("save")
    window.dirty = True
    window.commands.run("save")
    assert window.parts.saved == 1


def test_a_switch_passes_its_state_and_follows_the_owner(window: Window) -> None:
    window.commands.run("grid")
    assert window.grid is True
    assert window.commands.actions["grid"].isChecked()
    window.grid = False
    window.commands.refresh()
    assert not window.commands.actions["grid"].isChecked()
    assert window.ran == ["grid"], "following is not running"


def test_a_refusal_goes_where_refusals_go(window: Window) -> None:
    window.commands.run("fail")
    assert [str(error) for error in window.refusals] == ["It cannot."]
    assert window.ran == []


def test_what_is_being_typed_is_committed_first(window: Window, qtbot: QtBot) -> None:
    heard: list[tuple[float, int]] = []
    window.field.value_changed.connect(lambda value: heard.append((value, window.parts.saved)))
    window.field.setFocus()
    window.field.selectAll()
    qtbot.keyClicks(window.field, "0.7")
    window.commands.run("peek")
    assert heard == []
    window.commands.run("save")
    assert heard == [(0.7, 1)], "after peek, before save"


def test_a_refused_number_holds_the_command_back(window: Window, qtbot: QtBot) -> None:
    window.field.setFocus()
    qtbot.keyClicks(window.field, "x")
    window.commands.run("save")
    window.commands.run("grid")
    assert window.parts.saved == 0
    assert not window.commands.actions["grid"].isChecked()
    assert window.field.refusal


def test_shortcuts_work_also_for_what_stands_in_no_menu(window: Window, qtbot: QtBot) -> None:
    window.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_H, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
    qtbot.keyClick(window, Qt.Key.Key_F9)
    assert window.ran == ["hidden", "picture"]


def test_a_letter_typed_into_a_field_is_no_shortcut(window: Window, qtbot: QtBot) -> None:
    window.field.setFocus()
    qtbot.keyClick(window.field, Qt.Key.Key_G)
    assert window.grid is False
    qtbot.keyClick(window.field, Qt.Key.Key_Escape)


def test_menus(window: Window) -> None:
    window.commands.fill_menu_bar(window.menuBar(), order=("File", "Edit", "View"))
    assert [action.text() for action in window.menuBar().actions()] == ["File", "Edit", "View"]
    file = window.commands.menus["File"].actions()
    assert [action.text() for action in file if not action.isSeparator()] == ["&Save…", "Export", "&Quit"]
    assert file[file.index(window.commands.actions["quit"]) - 1].isSeparator()
    assert window.commands.menus["File/Export"].actions() == [window.commands.actions["picture"]]


def test_a_menu_asks_anew_before_it_opens(window: Window) -> None:
    window.commands.fill_menu_bar(window.menuBar())
    window.dirty = False
    window.commands.menus["File"].aboutToShow.emit()
    assert not window.commands.actions["save"].isEnabled()


def test_a_tool_bar_has_named_buttons_that_can_be_reached(window: Window) -> None:
    bar = QToolBar("Tools")
    window.addToolBar(bar)
    window.commands.fill_tool_bar(bar, ("save", "|", "grid"))
    buttons = [bar.widgetForAction(window.commands.actions[name]) for name in ("save", "grid")]
    assert [button.accessibleName() for button in buttons] == ["Save", "Show grid"]
    assert all(isinstance(button, QToolButton) for button in buttons)
    assert all(button.focusPolicy() == Qt.FocusPolicy.TabFocus for button in buttons)
    assert bar.actions()[1].isSeparator()


def test_a_button_with_words_follows_its_command(window: Window, qtbot: QtBot) -> None:
    made = action_button(window.commands.actions["save"])
    qtbot.addWidget(made)
    made.click()
    assert window.parts.saved == 1
    window.dirty = False
    window.commands.refresh()
    assert not made.isEnabled()


def test_the_help_lists_every_shortcut(window: Window) -> None:
    rows = window.commands.shortcut_rows()
    assert [(row.menu, row.words) for row in rows] == [
        ("File", "Save"), ("File", "Picture"), ("View", "Show grid"), ("", "Only by name"),
    ]  # fmt: skip
    assert rows[1].shortcuts == ("Ctrl+E", "F9")


def test_the_palette_lists_every_command(window: Window) -> None:
    window.dirty = False
    entries = window.commands.entries()
    assert [entry.id for entry in entries] == [command.id for command in COMMANDS]
    assert entries[0] == Entry("save", "Save", "File", "Ctrl+S", "Nothing has changed")


ENTRIES = [
    Entry("a", "Step forward", "Walk", "", ""),
    Entry("b", "Forward pass only", "View", "", ""),
    Entry("c", "Export picture", "File/Export", "", ""),
    Entry("d", "Fast forward", "Walk", "", "No loss"),
    Entry("e", "Reforward", "Walk", "", ""),
]


@pytest.mark.parametrize(
    ("typed", "ids"),
    [
        ("forward", ["b", "a", "e", "d"]),
        ("FOR st", ["a", "d"]),
        ("export", ["c"]),
        ("walk step", ["a"]),
        ("file pict", ["c"]),
        ("nothing", []),
        ("", ["a", "b", "c", "e", "d"]),
    ],
)
def test_what_is_found(typed: str, ids: list[str]) -> None:
    assert [entry.id for entry in found(ENTRIES, typed)] == ids


def test_the_mark_in_the_name_of_a_menu_is_for_the_menu_bar_alone(qtbot: QtBot) -> None:
    owner = QMainWindow()
    qtbot.addWidget(owner)
    built = build([Command("fit", "&Fit", "&View", "update", ("Ctrl+0",))], owner, refused=print)
    assert [row.menu for row in built.shortcut_rows()] == ["View"]
    assert [entry.menu for entry in built.entries()] == ["View"]


def test_other_words_find_a_command_after_its_own() -> None:
    entries = [
        Entry("a", "Begin", "Train", "", "", "fit learn"),
        Entry("b", "Fit", "View", "", ""),
        Entry("c", "Differentiate", "Walk", "", "", "derivative gradient"),
    ]
    assert [entry.id for entry in found(entries, "fit")] == ["b", "a"]
    assert [entry.id for entry in found(entries, "deriv")] == ["c"]
    assert found(entries, "fitness") == []
