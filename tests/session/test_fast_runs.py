"""A session whose runs are carried by the fast executor: one act, equal bits, stopped at once, said where it cannot."""

from __future__ import annotations

from threading import Event
from time import monotonic, perf_counter

import numpy as np
import pytest
from msgspec.structs import replace

from nnviz.document.document import same
from nnviz.document.edits import SetTraining
from nnviz.engine.optimizers import Adam
from nnviz.session.examples import example
from nnviz.session.runner import Runner
from nnviz.session.session import Session
from nnviz.session.training import training_of
from nnviz.session.walkthrough import walkthrough
from tests.lowering.drawings import example_of


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NNVIZ_EXECUTOR")


def finished(session: Session, seconds: float = 60.0) -> None:
    until = monotonic() + seconds
    while session.training and monotonic() < until:
        session.poll()
        Event().wait(0.002)  # for what compiles kernels comes behind everything else
    assert not session.training


def test_a_run_is_one_act_that_is_undone_redone_and_made_again_to_the_same_bits():
    session = Session(example("iris"))
    session.do(SetTraining(replace(session.document.training, optimizer=Adam(0.01), epochs=60)))
    before = session.document
    session.start_training()
    finished(session)
    after = session.document
    assert after.runs[-1].executor == "fast"
    assert after.state.memory.keys() == {"m", "v"}
    session.undo()
    assert same(session.document, before)
    session.redo()
    assert same(session.document, after)
    session.undo()
    session.start_training()
    finished(session)
    assert same(session.document, after)
    session.close()


def test_every_epoch_stands_in_the_curve():
    session = Session(example("iris"))
    session.do(SetTraining(replace(session.document.training, epochs=500, early_stopping=None)))
    session.start_training()
    finished(session)
    assert session.curves[:, 0].tolist() == list(range(1, 501))
    assert np.isfinite(session.curves).all()
    session.close()


def test_a_long_run_stops_within_a_moment_and_keeps_what_it_has_reached():
    document = example("iris")
    document = document.with_(training=replace(document.training, epochs=10**9, early_stopping=None))
    runner = Runner(document)
    runner.start()
    until = monotonic() + 60.0
    while runner.news().report is None and monotonic() < until:
        runner._thread.join(0.01)
    begun = perf_counter()
    runner.stop()
    assert not runner.alive
    assert perf_counter() - begun < 2.0
    assert runner.result().state.step > 0
    assert runner.result().run.stopped == "stopped"


@pytest.mark.parametrize(("executor", "waits"), [("fast", False), ("clear", True)])
def test_only_a_run_that_needs_the_interpreter_waits_for_the_window(executor, waits):
    document = example("iris")
    endless = replace(document.training, epochs=10**9, early_stopping=None, executor=executor)
    runner = Runner(document.with_(training=endless))
    runner.start()
    until = monotonic() + 60.0
    while not runner.updates and monotonic() < until:
        runner._thread.join(0.01)
    runner.hold()
    assert runner._free.is_set() is not waits
    runner.stop()
    assert runner.updates > 0


@pytest.mark.parametrize("executor", ["fast", "clear"])
def test_a_paused_training_shows_the_weights_at_which_it_waits(executor, monkeypatch):
    if executor == "clear":
        monkeypatch.setenv("NNVIZ_EXECUTOR", "clear")
    document = example("iris")
    session = Session(document.with_(training=replace(document.training, epochs=10**9, early_stopping=None)))
    session.start_training()
    until = monotonic() + 60.0
    while session.live is None and monotonic() < until:
        session.poll()
    runner = session.runner
    seen = runner.updates
    while runner.updates < seen + 500 and monotonic() < until:  # nobody asks meanwhile
        runner._thread.join(0.01)
    session.pause_training()

    def shown() -> bool:
        return all(session.live[key].tobytes() == array.tobytes() for key, array in runner._training.parameters.items())

    while not shown() and monotonic() < until:
        session.poll()
        runner._thread.join(0.01)
    assert shown()
    assert session.shown_document.parameters["w1"].tobytes() != document.parameters["w1"].tobytes()
    session.close()


def test_one_update_has_the_bits_of_the_walkthrough():
    session = Session(example("mazur"))
    after = walkthrough(session.document).after
    session.update_once()
    assert session.document.runs[-1].executor == "clear"
    assert {key: array.tobytes() for key, array in session.document.parameters.items()} == {
        key: array.tobytes() for key, array in after.items()
    }
    session.close()


def test_what_is_not_covered_trains_all_the_same_and_the_run_says_why(monkeypatch):
    monkeypatch.setattr("nnviz.engine.fast.codes.FUNCTION_KINDS", ())
    runner = Runner(example_of("sin"))
    runner.start()
    runner._thread.join(60.0)
    assert not runner.alive
    assert "does not cover" in runner.notice
    assert runner.result().run.executor == "clear"


def test_the_parts_that_are_made_ready_are_told(monkeypatch):
    runner = Runner(example("iris"))
    told = []

    def training(document, *, slice_seconds, going):
        assert going(2, 9)
        told.append(runner.news().preparing)
        return training_of(document, slice_seconds=slice_seconds, going=going)

    monkeypatch.setattr("nnviz.session.runner.training_of", training)
    runner.start()
    runner._thread.join(60.0)
    assert told == [(2, 9)]
    assert runner.news().preparing is None


def test_a_stop_while_kernels_are_made_ready_ends_the_run(monkeypatch):
    runner = Runner(example("iris"))
    monkeypatch.setattr(runner, "_asked_to_stop", True)
    runner._training.stop()
    runner.start()
    runner._thread.join(60.0)
    assert not runner.alive
    assert runner.result().state.step == 0
