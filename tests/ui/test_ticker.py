"""The clock of a running training: it ticks while one runs, raises its faults here, and leaves nothing behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from nnviz.session.runner import Runner
from nnviz.session.session import Session
from nnviz.ui.live_panel import PLACES, Pace
from nnviz.ui.ticker import LISTED, PAUSED_MS, RUNNING_MS, Ticker
from tests.ui.running import ENDLESS, iris, until, until_idle

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture
def session() -> Iterator[Session]:
    made = Session(iris(ENDLESS))
    yield made
    made.close()


def test_it_ticks_only_while_a_training_runs(session: Session, qtbot: QtBot) -> None:
    ticker = Ticker(session)
    assert not ticker.running
    session.start_training()
    assert ticker.running
    until(qtbot, lambda: len(session.curves) > 3)
    session.stop_training()
    assert not ticker.running
    assert session.document.state.step > 0


def test_it_ends_a_run_that_has_come_to_its_end(qtbot: QtBot) -> None:
    session = Session(iris(3))
    ticker = Ticker(session)
    session.start_training()
    until_idle(qtbot, session)
    assert not ticker.running
    assert session.document.state.epoch == 3
    session.close()


def test_it_slows_down_while_the_training_is_paused(session: Session) -> None:
    ticker = Ticker(session)
    session.start_training()
    session.pause_training()
    assert (ticker.running, ticker.interval) == (True, PAUSED_MS)
    session.pause_training(False)
    assert ticker.interval == RUNNING_MS
    session.stop_training()


def test_panels_that_list_numbers_take_turns_with_the_canvas_and_each_other(session: Session, qtbot: QtBot) -> None:
    ticker, place, log = Ticker(session), QWidget(), []
    qtbot.addWidget(place)
    paces = [Pace(session, place) for _ in range(PLACES)]
    for number, pace in enumerate(paces):
        pace.due.connect(lambda number=number: log.append(number))
    session.shown.connect(lambda: log.append("shown"))
    session.told.connect(lambda news: log.append("told"))
    ticker.stop()  # its own clock; here it ticks by hand
    session.start_training()
    ticks = []
    for _ in range(4 * LISTED * PLACES):
        log.clear()
        ticker.tick()
        ticks.append([*log])
        until(qtbot, lambda count=session.runner.updates: session.runner.updates > count)  # type: ignore[union-attr]  # a training runs
    assert max(map(len, ticks)) == 1
    listed = [tick[0] for tick in ticks[LISTED - 1 :: LISTED] if tick]
    assert set(listed) == set(range(PLACES))
    assert {tick[0] for tick in ticks if tick and tick[0] not in listed} == {"shown", "told"}


def test_after_an_edit_every_panel_shows_numbers_at_once(session: Session, qtbot: QtBot) -> None:
    place, due = QWidget(), []
    qtbot.addWidget(place)
    for number in range(2):
        Pace(session, place).due.connect(lambda number=number: due.append(number))
    session.shown.emit()
    assert due == [0, 1]


def test_while_a_training_is_paused_every_panel_shows_numbers_at_once(session: Session, qtbot: QtBot) -> None:
    place, due = QWidget(), []
    qtbot.addWidget(place)
    session.start_training()
    session.pause_training()
    for number in range(2):
        Pace(session, place).due.connect(lambda number=number: due.append(number))
    session.shown.emit()
    assert due == [0, 1]
    session.pause_training(False)
    due.clear()
    session.shown.emit()
    assert due == []


def test_a_fault_of_the_thread_is_raised_in_the_window(
    session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Runner, report: object) -> None:
        raise ZeroDivisionError("in the thread")

    monkeypatch.setattr(Runner, "_tell", fail)
    ticker = Ticker(session)
    with qtbot.captureExceptions() as caught:
        session.start_training()
        until_idle(qtbot, session)
    assert [kind for kind, _, _ in caught] == [ZeroDivisionError]
    assert not ticker.running


def test_it_may_be_made_while_a_training_runs_and_stopped_before_it_ends(session: Session, qtbot: QtBot) -> None:
    session.start_training()
    ticker = Ticker(session)
    until(qtbot, lambda: len(session.curves) > 0)
    ticker.stop()
    assert not ticker.running
    session.pause_training()
    assert not ticker.running


def test_a_training_goes_on_between_ticks_and_stops_at_once_when_held(session: Session, qtbot: QtBot) -> None:
    ticker = Ticker(session)
    session.start_training()
    for count in (1, 50, 100):
        until(qtbot, lambda count=count: len(session.curves) > count)
    ticker.stop()
    session.poll()
    assert session.runner is not None
    session.runner.hold()
    session.stop_training()
    assert threading.active_count() == len(threading.enumerate())
    assert not session.training


def test_starting_and_closing_thirty_times_leaves_no_thread(qtbot: QtBot) -> None:
    before = threading.active_count()
    for number in range(30):
        session = Session(iris(ENDLESS))
        ticker = Ticker(session)
        session.start_training()
        if number % 3 == 0:
            until(qtbot, lambda session=session: len(session.curves) > 0)
        if number % 2:
            session.pause_training()
        ticker.stop()
        session.close()
        assert threading.active_count() == before


def test_a_window_that_never_rests_does_not_end_all_training(qtbot: QtBot) -> None:
    session = Session(iris(2))
    session.start_training()
    runner = session.runner
    assert runner is not None
    runner.hold()
    until(qtbot, lambda: not runner.alive)
    session.poll()
    assert session.document.state.epoch == 2
    session.close()


def test_what_was_computed_of_live_weights_is_found_again(session: Session, qtbot: QtBot) -> None:
    ticker = Ticker(session)
    session.start_training()
    until(qtbot, lambda: session.live is not None)
    assert session.shown_document is session.shown_document
    assert session.trace is session.trace
    assert session.shown_document.parameters is session.live
    ticker.stop()
    session.stop_training()
    assert session.shown_document is session.document
