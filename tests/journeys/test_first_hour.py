"""What people stumble over in their first hour, and what the window says and offers there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from nnviz.document.build import new
from nnviz.document.document import Document
from nnviz.document.edits import SetTitle
from nnviz.session.examples import example
from nnviz.session.starting import LOSSLESS
from nnviz.ui.looks import known_scale
from nnviz.ui.number_field import NumberField
from nnviz.ui.theme import Theme
from nnviz.ui.weights_window import WeightsWindow
from tests.journeys.user import User, sitting
from tests.networks import circuit_of_inputs
from tests.ui.asking import ScriptedAsker


def press(user: User, words: str) -> None:
    user.click(user.find(QPushButton, words))


def settle() -> None:
    for _ in range(3):
        QApplication.processEvents()


# files


def test_with_all_acts_undone_nothing_is_asked(qtbot: QtBot, theme: Theme, tmp_path: Path) -> None:
    with sitting(qtbot, theme, tmp_path, example("xor")) as user:
        user.session.do(SetTitle("Mine"))
        asker = user.window.asker = ScriptedAsker()
        user.press("Ctrl+Z")
        assert user.session.redo_title
        user.window.show_document(Document())
        assert asker.asked == []
        assert user.session.document == Document()


def test_new_offers_the_ways_to_begin_an_empty_canvas_among_them(qtbot: QtBot, theme: Theme, tmp_path: Path) -> None:
    with sitting(qtbot, theme, tmp_path, example("xor")) as user:
        user.in_dialogs(lambda: user.press("Ctrl+N"), lambda: press(user, "Empty canvas, to draw on"))
        assert user.session.document == Document()
        user.in_dialogs(lambda: user.press("Ctrl+N"), lambda: press(user, "Make it"))
        assert len(user.session.document.graph.nodes) == 7


# looks


def test_every_look_is_chosen_in_the_menu_and_remembered(qtbot: QtBot, theme: Theme, tmp_path: Path) -> None:
    before = theme.choice
    with sitting(qtbot, theme, tmp_path) as user:
        actions = user.window.built.actions
        for name, choice in (("dark", "dark"), ("contrast", "high-contrast"), ("system", "system"), ("light", "light")):
            actions[f"theme-{name}"].trigger()
            assert (theme.choice, user.window.settings.value("theme")) == (choice, choice)
            chosen = [each for each in ("system", "light", "dark", "contrast") if actions[f"theme-{each}"].isChecked()]
            assert chosen == [name]
        actions["larger"].trigger()
        assert known_scale(user.window.settings.value("scale")) == theme.scale == 1.125
    theme.zoom(1.0)
    theme.choose(before)


# the status line


def test_the_status_line_does_not_miss_data_beside_the_answer_to_a_typed_row(
    qtbot: QtBot, theme: Theme, tmp_path: Path
) -> None:
    with sitting(qtbot, theme, tmp_path, new("2-3-1", activation="identity", bias="none")) as user:
        status = user.window.problem_label
        assert "type one under “Try a row”" in status.text()
        user.fill(user.find(NumberField, "Input x₁"), "4")
        assert status.text() == "No problems"
        press(user, "Reset the row")
        assert "No row" in status.text()


def test_without_a_loss_training_is_off_and_the_window_says_what_to_add(
    qtbot: QtBot, theme: Theme, tmp_path: Path
) -> None:
    with sitting(qtbot, theme, tmp_path, circuit_of_inputs()) as user:
        user.fill(user.find(NumberField, "Input x"), "4")
        assert user.window.problem_label.text() == f"No problems · {LOSSLESS}"
        for command in ("train", "one-update"):
            action = user.window.built.actions[command]
            assert not action.isEnabled()
            assert "Squared error" in action.toolTip()


# a walkthrough's update


def step_to_the_end(user: User) -> None:
    user.press("Shift+F10")
    assert user.session.step == 22


def test_leaving_after_an_update_that_was_only_shown_says_so(qtbot: QtBot, theme: Theme, tmp_path: Path) -> None:
    with sitting(qtbot, theme, tmp_path, example("mazur")) as user:
        before, keep = user.session.document, user.window.area.walk.keep
        user.press("F10")
        assert not keep.isVisible()
        assert not user.window.built.actions["keep-update"].isEnabled()
        user.press("Shift+F11")
        assert user.window.statusBar().currentMessage() == ""
        step_to_the_end(user)
        assert keep.isVisible()
        user.press("Shift+F11")
        assert "only shown" in user.window.statusBar().currentMessage()
        assert user.session.document is before


@pytest.mark.parametrize("name", ["mazur", "iris"])
def test_an_update_is_kept_as_an_act(qtbot: QtBot, theme: Theme, tmp_path: Path, name: str) -> None:
    with sitting(qtbot, theme, tmp_path, example(name)) as user:
        before = user.session.document
        user.press("Shift+F10")
        assert user.session.walk is not None
        after = user.session.walk.after
        press(user, "Keep the update") if name == "mazur" else user.press("Ctrl+F11")
        document = user.session.document
        assert all(np.array_equal(document.parameters[key], after[key]) for key in after)
        assert (document.state.step, document.state.count) == (1, 1)
        assert document.state.memory.keys() == ({"m", "v"} if name == "iris" else set())
        assert user.session.walk is None
        assert "undo takes it back" in user.window.statusBar().currentMessage()
        assert user.session.undo_title == "Keep the update"
        user.press("Ctrl+Z")
        assert user.session.document is before


def test_after_one_update_the_loss_before_and_after_it_is_told(qtbot: QtBot, theme: Theme, tmp_path: Path) -> None:
    with sitting(qtbot, theme, tmp_path, example("mazur")) as user:
        height = user.window.docks["plots"].height()
        user.press("F6")
        settle()
        assert "J 0.298 before its update → 0.291" in user.window.training_panel.controls.sentence.text()
        told = user.window.plots.readout.text().replace("\u00a0", " ")
        assert told == "epoch 1 · training 0.2984 (before its update)"
        assert user.window.docks["plots"].height() > 2 * height  # while there was nothing, the canvas had the room
        user.press("Ctrl+Z")
        settle()
        assert user.window.docks["plots"].height() == height


def test_of_batches_the_loss_of_an_epoch_is_a_mean(qtbot: QtBot, theme: Theme, tmp_path: Path) -> None:
    with sitting(qtbot, theme, tmp_path, example("iris")) as user:
        user.press("F6")
        assert user.window.training_panel.controls.sentence.text() == "Stopped within epoch 1 · last weights kept"
        for _ in range(7):
            user.press("F6")
        assert "(running\u00a0mean)" in user.window.plots.readout.text()
        assert "→" not in user.window.training_panel.controls.sentence.text()


# a network from a blackboard


def test_a_network_is_typed_from_a_blackboard_and_tells_its_answer(qtbot: QtBot, theme: Theme, tmp_path: Path) -> None:
    """2-3-1, identity, without biases: what it answers to 4 and 5, in 21 acts."""

    def fill_card() -> None:
        user.choose("Activation of hidden units", "identity")
        user.choose("Biases", "none")
        press(user, "Make it")

    with sitting(qtbot, theme, tmp_path, example("mazur")) as user:
        user.in_dialogs(lambda: user.press("Ctrl+N"), fill_card)
        assert "Double-click a weight" in user.window.statusBar().currentMessage()
        user.press("Ctrl+W")
        (weights,) = user.window.findChildren(WeightsWindow)
        weights.activateWindow()  # as a window manager does
        qtbot.waitUntil(lambda: QApplication.focusWidget() is weights.tables[0].table)
        for number in ["0.3", "0.8", "-0.25", "0.2", "-0.1", "0.1", "-0.5", "0.5", "0.3"]:
            for letter in number:
                QTest.keyClicks(QApplication.focusWidget(), letter)
            QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        weights.close()
        user.fill(user.find(NumberField, "Input x₁"), "4")
        user.fill(user.find(NumberField, "Input x₂"), "5")
        (answer,) = user.session.annotator().of_node(user.session.document.graph.node("o1"))[:1]
        assert answer.number == pytest.approx(0.1, rel=1e-12)
        assert "0.1000" in user.texts("o1")
        assert user.window.inspector.page.problems.told() == []
