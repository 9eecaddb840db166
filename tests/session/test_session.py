"""The application without a window: edits, focus, stepping, training in a thread, files."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from nnviz.document.document import Document
from nnviz.document.edits import Move, SetData, SetOptions, SetParameter, SetTitle, SetTraining
from nnviz.document.files import encode
from nnviz.engine.optimizers import Adam
from nnviz.errors import ConfigError, DataError, FormatError
from nnviz.learning.settings import TrainingSettings
from nnviz.session.computing import Focus
from nnviz.session.derivatives import gradients
from nnviz.session.examples import example, example_path
from nnviz.session.session import Session, TrainingRunsError
from tests.networks import mazur, mixed, table


def weights(document: Document) -> bytes:
    return b"".join(document.parameters[key].tobytes() for key in sorted(document.parameters))


def run_to_the_end(session: Session) -> None:
    """Poll as a window's timer would; ends because the thread does."""
    assert session.runner is not None
    while session.training:
        session.poll()
        threading.Event().wait(0.002)


def test_an_edit_is_told_once_with_both_documents_and_can_be_undone() -> None:
    session = Session(mazur())
    told: list[tuple[Document, Document]] = []
    session.changed.connect(lambda before, after: told.append((before, after)))
    first = session.document
    session.do(SetParameter("w5", np.array([[0.9]])))
    assert [pair[0] is first for pair in told] == [True]
    assert session.modified
    session.do(SetParameter("w5", np.array([[0.9]])))
    assert len(told) == 1
    session.undo()
    assert session.document is first
    session.redo()
    assert session.document.parameters["w5"].item() == 0.9
    session.close()


def test_a_changed_weight_changes_the_shown_numbers() -> None:
    session = Session(mazur())
    before = session.annotator().loss()
    session.do(SetParameter("w5", np.array([[0.9]])))
    assert session.annotator().loss() != before
    session.close()


def test_stepping_forward_and_back_and_by_phases() -> None:
    session = Session(mazur())
    session.go_to_step(0)
    session.finish_phase()
    assert session.step == 3
    session.finish_phase()
    assert session.walk is not None
    assert session.walk.steps[session.step].phase == "loss"
    session.go_to_step(10_000)
    assert session.step == len(session.walk.steps) - 1
    session.go_to_step(-5)
    assert session.step == -1
    assert session.annotator().loss() is None
    session.do(SetParameter("w5", np.array([[0.9]])))
    assert session.walk is None
    session.close()


def test_one_update_is_one_act_and_undo_brings_back_equal_bits() -> None:
    session = Session(mazur().with_(training=TrainingSettings(optimizer=Adam(lr=0.1))))
    first = encode(session.document)
    session.update_once()
    after = encode(session.document)
    session.update_once()
    session.undo()
    assert encode(session.document) == after
    session.undo()
    assert encode(session.document) == first
    session.redo()
    assert encode(session.document) == after
    session.close()


def test_a_run_is_one_act_and_the_same_run_after_undo_gives_equal_bits() -> None:
    session = Session(example("iris"))
    session.do(SetTraining(TrainingSettings(optimizer=Adam(lr=0.01), epochs=5, batch_size=16)))
    session.start_training()
    run_to_the_end(session)
    after = encode(session.document)
    assert session.document.state.epoch == 5
    assert session.curves.shape == (5, 3)
    session.undo()
    assert session.document.state.step == 0
    session.redo()
    assert encode(session.document) == after
    session.undo()
    session.start_training()
    run_to_the_end(session)
    assert encode(session.document) == after
    session.close()


def test_while_it_trains_moves_pass_and_edits_ask() -> None:
    session = Session(example("iris"))
    session.start_training()
    session.do(Move({"x": (10.0, 20.0)}))
    for act in (session.undo, lambda: session.do(SetTraining(TrainingSettings())), lambda: session.go_to_step(0)):
        with pytest.raises(TrainingRunsError, match="running training"):
            act()
    while session.training and not len(session.curves):
        session.poll()
        threading.Event().wait(0.002)
    session.stop_training()
    assert session.document.positions["x"] == (10.0, 20.0)
    assert session.document.state.step > 0
    assert not session.training
    session.close()


def test_live_weights_are_shown_but_are_no_document() -> None:
    session = Session(example("iris"))
    before = session.document
    session.start_training()
    while session.live is None and session.training:
        session.poll()
    assert session.document is before
    assert weights(session.shown_document) != weights(before)
    session.stop_training()
    assert session.live is None
    session.close()


def test_pausing_changes_no_number() -> None:
    plain, paused = Session(mixed()), Session(mixed())
    for session in (plain, paused):
        session.do(SetTraining(TrainingSettings(epochs=30, batch_size=2)))
        session.start_training()
    paused.pause_training()
    assert paused.runner is not None
    assert paused.runner.paused
    paused.pause_training(False)
    for session in (plain, paused):
        run_to_the_end(session)
    assert encode(plain.document) == encode(paused.document)
    plain.close()
    paused.close()


def test_a_run_that_diverges_is_told_and_leaves_finite_weights() -> None:
    session = Session(mixed())
    session.do(SetTraining(TrainingSettings(optimizer=Adam(lr=1e300), epochs=50)))
    session.start_training()
    runner = session.runner
    run_to_the_end(session)
    assert runner is not None
    assert runner.error is not None
    assert all(np.isfinite(array).all() for array in session.document.parameters.values())
    session.close()


def test_looking_at_another_example_and_refusing_one_that_is_not_there() -> None:
    session = Session(example("iris"))
    session.look_at(Focus("example", 149))
    assert session.trace is not None
    assert session.trace.rows.tolist() == [149]
    with pytest.raises(DataError, match="no such example"):
        session.look_at(Focus("example", 150))
    assert session.focus == Focus("example", 149)
    session.close()


def test_a_network_without_data_shows_dashes_and_tells_why() -> None:
    session = Session(mazur().with_(data=None))
    assert session.trace is None
    assert "no data" in str(session.problem)
    assert session.annotator().loss() is None
    session.close()


def test_a_typed_row_shows_what_can_be_computed_without_targets() -> None:
    session = Session(mazur().with_(data=None))
    session.look_at(Focus("typed", values=(0.05, 0.1)))
    notes = {(note.target, note.role): note.number for note in session.annotator().all()}
    assert notes["h1", "value"] == pytest.approx(0.593269992107, abs=1e-12)
    assert notes["o2", "value"] == pytest.approx(0.772928465321, abs=1e-12)
    unknown = [("J", "loss"), ("w5", "gradient"), ("h1", "delta"), ("J", "target"), ("J", "loss_term")]
    assert [notes[key] for key in unknown if key in notes] == [None] * sum(key in notes for key in unknown)
    assert ("w5", "gradient") in notes
    walk = session.begin_walk()
    assert {step.phase for step in walk.steps} == {"forward"}
    session.go_to_step(len(walk.steps))
    known = {(note.target, note.role): note.number for note in session.annotator().all()}
    assert known == notes
    with pytest.raises(DataError, match="no targets"):
        gradients(session.document, session.focus)
    session.look_at(Focus())
    assert session.trace is None


def test_a_typed_row_is_kept_over_edits_that_leave_the_inputs() -> None:
    session = Session(mazur())
    session.look_at(Focus("typed", values=(1.0, 2.0)))
    session.do(SetParameter("w1", np.array([[2.0]])))
    assert session.focus.values == (1.0, 2.0)
    session.do(SetOptions("x1", {"units": 2}))
    assert session.focus == Focus()


def test_opening_saving_and_the_modified_mark(tmp_path: Path) -> None:
    session = Session(mazur())
    with pytest.raises(ConfigError, match="no file yet"):
        session.save()
    session.save(tmp_path / "a.nnviz")
    assert not session.modified
    session.do(SetParameter("w5", np.array([[0.9]])))
    assert session.modified
    session.undo()
    assert not session.modified
    (tmp_path / "bad.nnviz").write_text("{")
    session.do(SetParameter("w5", np.array([[0.9]])))
    with pytest.raises(FormatError):
        session.open(tmp_path / "bad.nnviz")
    assert session.document.parameters["w5"].item() == 0.9
    assert session.modified
    session.open(example_path("xor"))
    assert session.document.title.startswith("XOR")
    assert not session.modified
    assert session.undo_title == ""
    session.close()


def test_a_new_table_is_looked_at_and_a_typed_row_left() -> None:
    session = Session(example("pass"))
    data = session.document.data
    assert data is not None
    session.look_at(Focus("typed", values=(1.0, 2.0)))
    session.do(SetTitle("kept"))
    session.do(SetData(replace(data, split=replace(data.split, validation=0.4))))
    assert session.focus.rows == "typed"
    session.do(SetData(replace(data, table=table(lectures=[0.5], hours=[0.1], passed=[1.0]))))
    assert session.focus == Focus()
    session.close()
