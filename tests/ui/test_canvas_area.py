"""The canvas shows the session's numbers: newer ones quickly, and the very ones of a picture drawn anew."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nnviz.document.document import Document
from nnviz.document.edits import Move, SetParameter
from nnviz.lowering.targets import Target
from nnviz.session.computing import Focus
from nnviz.session.drawing import draw
from nnviz.session.picture import Line, Picture, Text
from nnviz.session.placement.free import free_items
from nnviz.session.session import Session
from nnviz.ui.canvas_area import CanvasArea
from nnviz.ui.focus_bar import known_digits
from nnviz.ui.ticker import Ticker
from tests.networks import circuit_of_inputs, mazur
from tests.session.test_drawing import layers
from tests.ui.running import ENDLESS, iris, until

pytestmark = pytest.mark.usefixtures("theme")


@pytest.fixture
def area(qtbot: QtBot) -> Iterator[CanvasArea]:
    made = opened(qtbot, mazur())
    yield made
    made.session.close()


def opened(qtbot: QtBot, document: Document) -> CanvasArea:
    made = CanvasArea(Session(document), "light")
    qtbot.addWidget(made)
    made.resize(1100, 700)
    made.show()
    qtbot.waitExposed(made)
    return made


def texts(picture: Picture) -> list[tuple[str, str, float]]:
    return [(item.ref, item.text, item.size) for item in picture.items if isinstance(item, Text)]


def strokes(picture: Picture) -> list[Line]:
    return [item for item in picture.items if isinstance(item, Line)]


def at(area: CanvasArea, part: str) -> list[str]:
    return [text for ref, text, _ in texts(area.view.picture) if ref == part]


def anew(area: CanvasArea) -> Picture:
    """The picture of the session's numbers, drawn from nothing into the same places."""
    view = area.view
    assert view._layout is not None
    diagram = draw(area.session.annotator(), area.focus.shown_parts())
    return Picture(1.0, 1.0, None, free_items(view._layout, diagram, view.look, view._measure))


def faded(area: CanvasArea) -> set[str]:
    """The parts of which anything is faded."""
    return {item.ref for item in area.view.picture.items if item.opacity < 1.0}


def test_what_is_selected_is_not_faded_in_a_step_that_is_about_other_parts(area: CanvasArea) -> None:
    area.session.go_to_step(0)
    before, places = faded(area), area.view.centres
    assert {"o1", "w8"} <= before
    area.session.select(("o1", "w8"))
    assert faded(area) == before - {"o1", "w8"}
    assert {item.opacity for item in area.view.picture.items if item.ref in ("o1", "w8")} == {1.0}
    area.session.go_to_step(1)
    assert not faded(area) & {"o1", "w8"}
    assert area.view.centres == places
    area.session.go_to_step(0)
    area.session.select(())
    assert faded(area) == before


def test_live_numbers_are_those_of_a_picture_drawn_anew(qtbot: QtBot) -> None:
    area = opened(qtbot, iris(ENDLESS))
    ticker, seen = Ticker(area.session), set[str]()

    def has_moved() -> bool:
        seen.update(at(area, "w1[0,0]"))
        if area.session.live is not None:
            assert texts(area.view.picture) == texts(anew(area))
        return len(seen) > 8

    area.session.start_training()
    until(qtbot, has_moved)
    last = dict(area.session.document.parameters)
    area.session.stop_training()
    assert any(not np.array_equal(last[key], array) for key, array in area.session.document.parameters.items())
    assert area.view.picture == anew(area)
    ticker.stop()
    area.session.close()


def test_the_numbers_at_which_a_training_is_paused_get_the_room_they_need(qtbot: QtBot) -> None:
    area = opened(qtbot, iris(ENDLESS))
    ticker, session = Ticker(area.session), area.session
    session.start_training()
    placed = area.view._layout
    until(qtbot, lambda: session.live is not None and len(session.curves) > 20)
    assert area.view._layout is placed  # while it trains nothing moves
    session.pause_training()
    until(qtbot, lambda: area.view._layout is not placed)
    assert area.view.picture == anew(area)
    ticker.stop()
    session.close()


def test_a_typed_number_moves_nothing_and_shows_at_once(area: CanvasArea) -> None:
    before = dict(area.view.centres)
    area.session.do(SetParameter("w5", np.array([[-0.25]])))
    assert "w₅ = −0.2500" in at(area, "w5")
    assert area.view.picture == anew(area)
    assert dict(area.view.centres) == before
    area.session.undo()
    assert "w₅ = 0.4000" in at(area, "w5")
    assert area.view.picture == anew(area)


def test_where_edges_are_many_strokes_follow_the_numbers(qtbot: QtBot) -> None:
    area = opened(qtbot, layers(16, 16, 16))
    numbers = area.session.document.parameters["w2"]
    before = strokes(area.view.picture)
    area.session.do(SetParameter("w2", -numbers))
    assert texts(area.view.picture) == texts(anew(area))
    assert strokes(area.view.picture) == before
    qtbot.waitUntil(lambda: area.view.picture == anew(area))
    area.session.do(SetParameter("w2", numbers))
    area.hide()
    assert area.view.picture == anew(area)
    area.session.close()


def test_newer_numbers_stay_when_the_look_changes_or_a_node_is_dragged(area: CanvasArea) -> None:
    area.session.do(Move(area.view.positions()))
    area.session.do(SetParameter("w8", np.array([[0.7]])))
    area.set_look("dark")
    assert "w₈ = 0.7000" in at(area, "w8")
    area.session.do(SetParameter("w8", np.array([[0.9]])))
    node = area.view.to_widget(*area.view.centres["x1"]).toPoint()
    QTest.mousePress(area.view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, node)
    QTest.mouseMove(area.view, node + QPoint(-20, 10))
    QTest.mouseMove(area.view, node + QPoint(-40, 20))
    assert "w₈ = 0.9000" in at(area, "w8")
    QTest.mouseRelease(area.view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, node + QPoint(-40, 20))
    assert "w₈ = 0.9000" in at(area, "w8")


def test_after_a_walkthrough_nothing_is_faded(area: CanvasArea) -> None:
    area.session.go_to_step(3)
    assert {item.opacity for item in area.view.picture.items} == {0.25, 1.0}
    area.session.leave_walk()
    assert area.view.picture == anew(area)
    area.session.look_at(Focus("all"))
    assert {item.opacity for item in area.view.picture.items} == {1.0}


def test_other_digits_find_their_room(area: CanvasArea) -> None:
    area.focus.digits.setCurrentIndex(area.focus.digits.findText("6"))
    area.focus.digits.activated.emit(area.focus.digits.currentIndex())
    assert at(area, "w5") == ["w₅ = 0.400000", "∂ +0.0821670"]
    sizes = {size for ref, _, size in texts(area.view.picture) if ref == "w5"}
    area.show_document()
    assert sizes == {size for ref, _, size in texts(area.view.picture) if ref == "w5"}
    area.focus.more_digits()
    assert area.focus.digits.currentText() == "7"
    for _ in range(20):
        area.focus.more_digits()
    assert (area.focus.digits.currentText(), area.session.digits) == ("all", 17)
    for _ in range(20):
        area.focus.fewer_digits()
    assert area.session.digits == 2


@pytest.mark.parametrize(
    ("remembered", "digits"), [("6", 6), (17, 17), ("auto", None), (None, None), ("99", None), ("six", None)]
)
def test_digits_of_spoiled_settings_are_the_rule(remembered: object, digits: int | None) -> None:
    assert known_digits(remembered) == digits


def settle() -> None:
    """Let bars find their heights, which hang on each other."""
    for _ in range(5):
        QApplication.processEvents()


@pytest.mark.parametrize("height", [500, 1000])
def test_the_first_step_does_not_move_the_buttons(area: CanvasArea, height: int) -> None:
    area.resize(1100, height)
    settle()
    assert not area.walk._panel.isVisible()
    before = area.walk._buttons["forward"].mapTo(area, QPoint())
    area.walk.step_forward()
    settle()
    assert area.walk._panel.isVisible()
    assert area.walk._buttons["forward"].mapTo(area, QPoint()) == before


def test_a_phase_that_does_not_exist_cannot_be_gone_to_and_its_tip_says_why(area: CanvasArea) -> None:
    def closed() -> dict[str, str]:
        return {phase: chip.toolTip() for phase, chip in area.walk._chips.items() if not chip.isEnabled()}

    assert closed() == {}
    area.session.differentiate(Target("o1"))
    assert list(closed()) == ["loss", "update"]
    assert "an update takes J" in closed()["update"]
    area.session.look_at(Focus("typed", values=(1.0, 2.0)))
    assert list(closed()) == ["loss", "backward", "update"]
    assert "no targets" in closed()["backward"]
    area.session.replace(circuit_of_inputs())
    area.session.look_at(Focus("typed", values=(1.0, 2.0)))
    assert "no node was chosen" in closed()["backward"]
    area.session.differentiate(Target("f"))
    assert list(closed()) == ["loss", "update"]
    area.walk.go_to_phase("backward")
    assert area.walk._where.text().startswith("3 of 6")


def test_the_derivative_by_every_nodes_value_is_among_the_labels_to_choose(area: CanvasArea) -> None:
    assert "∂ +0.0364" not in at(area, "h1")  # ∂J/∂h₁
    area.focus.labels.setCurrentText("all, with ∂ of nodes")
    area.focus.labels.activated.emit(area.focus.labels.currentIndex())
    assert "∂ +0.0364" in at(area, "h1")
