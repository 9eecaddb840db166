"""The canvas: real mouse and keys give the right wishes; what is under the pointer is found."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from nnviz.canvas.view import NetworkView
from nnviz.document.connect import allowed_targets
from nnviz.document.edits import Move
from nnviz.graph import Graph
from nnviz.session.drawing import SHOW, draw
from nnviz.session.examples import example
from nnviz.session.session import Session
from nnviz.session.style import style


@pytest.fixture
def session() -> Iterator[Session]:
    """The worked example."""
    made = Session(example("mazur"))
    yield made
    made.close()


@pytest.fixture
def view(qtbot: QtBot, session: Session) -> NetworkView:
    """The worked example on a canvas."""
    made = NetworkView(style("light"))
    qtbot.addWidget(made)
    made.resize(1040, 600)
    made.allowed_targets = lambda source: allowed_targets(session.document, source)
    made.selection_wished.connect(made.select)
    made.show_diagram(draw(session.annotator()))
    made.show()
    qtbot.waitExposed(made)
    return made


def at(view: NetworkView, node: str) -> QPoint:
    return view.to_widget(*view.centres[node]).toPoint()


def drag(view: NetworkView, start: QPoint, end: QPoint) -> None:
    QTest.mousePress(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    for share in (0.3, 0.7, 1.0):
        QTest.mouseMove(view, (QPointF(start) + (QPointF(end) - QPointF(start)) * share).toPoint())
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, end)


def test_everything_is_fitted_and_stays_so_when_the_window_grows(view: NetworkView) -> None:
    for size in ((1040, 600), (500, 300)):
        view.resize(*size)
        for node in view.centres:
            assert view.rect().contains(at(view, node))


def test_a_click_selects_a_node_and_an_edge_and_nothing(view: NetworkView) -> None:
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at(view, "h1"))
    assert view.selection == ("h1",)
    plate = next(rect for rect, _, ref in view.hits.boxes() if ref == "w5")
    where = view.to_widget(plate.center().x(), plate.center().y()).toPoint()
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, where)
    assert view.selection == ("w5",)
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(4, 4))
    assert view.selection == ()


def test_what_is_kept_painted_is_painted_anew_where_it_looks_otherwise(view: NetworkView, session: Session) -> None:
    view.clearFocus()
    plain = view.grab().toImage()
    assert view.grab().toImage() == plain
    view.select(("h1",))
    chosen = view.grab().toImage()
    assert chosen != plain
    view.zoom_by(0.5)
    assert view.grab().toImage() != chosen
    view.fit()
    assert view.grab().toImage() == chosen
    view.set_look(style("dark"))
    assert view.grab().toImage() != chosen
    view.set_look(style("light"))
    view.select(())
    assert view.grab().toImage() == plain


def test_shift_adds_and_takes_out(view: NetworkView) -> None:
    for node, selected in (("h1", ("h1",)), ("h2", ("h1", "h2")), ("h1", ("h2",))):
        QTest.mouseClick(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, at(view, node))
        assert view.selection == selected


def test_dragging_a_node_wishes_new_places_for_all_and_undo_needs_one_act(
    view: NetworkView, session: Session, qtbot: QtBot
) -> None:
    before = view.positions()
    with qtbot.waitSignal(view.moved) as wish:
        drag(view, at(view, "h1"), at(view, "h1") + QPoint(60, -30))
    places = wish.args[0]
    assert set(places) == set(session.document.graph.by_id)
    assert places["h1"][0] == pytest.approx(before["h1"][0] + 60 / view.zoom, abs=3)
    assert places["h2"] == pytest.approx(before["h2"])
    session.do(Move(places))
    view.show_diagram(draw(session.annotator()))
    assert view.centres["h1"] == pytest.approx(places["h1"])


def test_a_click_that_trembles_moves_nothing(view: NetworkView, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(view.moved):
        drag(view, at(view, "h1"), at(view, "h1") + QPoint(2, 1))


def test_an_edge_is_drawn_from_the_handle_to_a_target(view: NetworkView, qtbot: QtBot) -> None:
    QTest.mouseMove(view, at(view, "x1"))
    handle = view.handle_at("x1")
    assert handle is not None
    start = view.to_widget(handle.x(), handle.y()).toPoint()
    QTest.mouseMove(view, start)
    with qtbot.waitSignal(view.connect_wished) as wish:
        drag(view, start, at(view, "o1"))
    assert wish.args == ["x1", "o1"]


def test_with_the_edge_tool_a_press_on_a_node_draws(view: NetworkView, qtbot: QtBot) -> None:
    view.drawing_edges = True
    with qtbot.waitSignal(view.connect_wished) as wish:
        drag(view, at(view, "x1"), at(view, "o2"))
    assert wish.args == ["x1", "o2"]


def test_why_an_edge_is_refused_is_told_on_the_way(view: NetworkView, qtbot: QtBot) -> None:
    view.drawing_edges = True
    view.refusal = lambda source, target: f"{source} to {target}: no"
    with qtbot.waitSignal(view.told) as told:
        drag(view, at(view, "h1"), at(view, "x1"))
    assert told.args == ["h1 to x1: no"]


def test_a_frame_selects_what_lies_inside(view: NetworkView) -> None:
    left, right = at(view, "h1"), at(view, "h2")
    drag(view, left + QPoint(-75, -85), right + QPoint(75, 85))
    assert set(view.selection) == {"h1", "h2"}


def test_escape_gives_a_gesture_up(view: NetworkView, qtbot: QtBot) -> None:
    start = at(view, "h1")
    before = view.positions()
    with qtbot.assertNotEmitted(view.moved):
        QTest.mousePress(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
        QTest.mouseMove(view, start + QPoint(80, 0))
        QTest.keyClick(view, Qt.Key.Key_Escape)
        QTest.mouseRelease(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start + QPoint(80, 0))
    assert view.positions()["h1"] == pytest.approx(before["h1"])


def test_tab_walks_through_all_parts_and_arrows_move(view: NetworkView, qtbot: QtBot) -> None:
    view.setFocus()
    seen = []
    for _ in range(17):
        QTest.keyClick(view, Qt.Key.Key_Tab)
        seen.append(view.selection[0])
    assert seen[0] == "x1"
    assert len(set(seen)) == 17
    view.select(("h1",))
    x, y = view.positions()["h1"]
    with qtbot.waitSignal(view.moved) as wish:
        QTest.keyClick(view, Qt.Key.Key_Right)
    assert wish.args[0]["h1"] == pytest.approx((x + 20, y))


def test_the_wheel_zooms_about_the_pointer(view: NetworkView) -> None:
    place = QPointF(300, 200)
    scene = view.to_scene(place)
    view.zoom_by(1.5, place)
    assert view.to_scene(place).x() == pytest.approx(scene.x())
    view.fit()
    assert view.zoom <= 1


def test_new_numbers_move_nothing(view: NetworkView, session: Session) -> None:
    before = dict(view.centres)
    document = session.document
    session.replace(document.with_(parameters={**document.parameters, "w5": document.parameters["w5"] * 2}))
    view.show_diagram(draw(session.annotator()), relayout=False)
    assert dict(view.centres) == before
    assert any(getattr(item, "text", "") == "w₅ = 0.8000" for item in view.picture.items)


def test_other_lines_are_more_than_newer_numbers(view: NetworkView, session: Session) -> None:
    before = view.picture
    assert not view.show_newer(draw(session.annotator(), tuple(part for part in SHOW if part != "delta")))
    assert view.picture == before
    assert view.show_newer(draw(session.annotator()))
    assert view.picture == before


def test_an_empty_canvas_can_be_shown(view: NetworkView, session: Session) -> None:
    session.replace(session.document.with_(graph=Graph(), parameters={}, data=None, positions={}))
    view.show_diagram(draw(session.annotator()))
    assert view.grab().width() > 0
    assert view.positions() == {}
