"""Running statistics in the running application: undone, gone on from, shown live, reset, recovered."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from nnviz.document.arrays import same_arrays
from nnviz.document.document import Document, same
from nnviz.document.edits import AddNode, Connect, Initialise, RemoveParts
from nnviz.document.files import encode, open_document, save_document
from nnviz.document.recovery import Journal, recover
from nnviz.engine.optimizers import Adam
from nnviz.errors import DataError
from nnviz.graph import Node
from nnviz.learning.settings import TrainingSettings, TrainingState
from nnviz.session.computing import Focus, forward, predict
from nnviz.session.session import Session
from nnviz.session.starting import reset
from nnviz.session.training import train
from tests.lowering.drawings import example_of
from tests.session.test_session import run_to_the_end

SETTINGS = TrainingSettings(Adam(0.05), epochs=3, batch_size=4)


def normalised(**settings: int) -> Document:
    return example_of("batch_norm", rows=8).with_(training=replace(SETTINGS, **settings))


def test_a_run_with_its_statistics_is_undone_and_done_again_bit_for_bit() -> None:
    session = Session(normalised())
    first = encode(session.document)
    session.start_training()
    run_to_the_end(session)
    after = encode(session.document)
    assert set(session.document.state.statistics) == {"k.mean", "k.variance"}
    session.undo()
    assert encode(session.document) == first
    session.redo()
    assert encode(session.document) == after
    session.close()


def test_updates_one_by_one_are_the_run(tmp_path: Path) -> None:
    """Each through a file, so that nothing is carried on but what is saved."""
    whole = train(normalised()).document
    document = normalised()
    for _ in range(6):
        session = Session(document)
        session.update_once()
        save_document(session.document, tmp_path / "one.nnviz")
        session.close()
        document = open_document(tmp_path / "one.nnviz")
    assert same_arrays(document.parameters, whole.parameters)
    assert same_arrays(document.state.statistics, whole.state.statistics)


def test_prediction_and_examples_are_shown_by_the_running_ones() -> None:
    document = train(normalised()).document
    mean, variance = (document.state.statistics[f"k.{name}"] for name in ("mean", "variance"))
    trace = forward(document, Focus("all"))
    gain, shift = document.parameters["k.gain"], document.parameters["k.shift"]
    expected = (trace.value("a") - mean) / np.sqrt(variance + 1e-5) * gain + shift
    np.testing.assert_allclose(trace.value("k"), expected, rtol=1e-12)
    assert same_arrays(trace.statistics, document.state.statistics)
    first = forward(document, Focus("typed", values=(0.5, -1.0)))
    np.testing.assert_allclose(predict(document, (0.5, -1.0))["k"], first.value("k")[0], rtol=0)


def test_live_numbers_are_those_of_live_weights_with_their_statistics() -> None:
    session = Session(normalised(epochs=10**7))
    session.look_at(Focus("all"))
    session.start_training()
    while session.live is None:
        session.poll()
    shown = session.shown_document
    assert set(shown.state.statistics) == {"k.mean", "k.variance"}
    assert shown.state.step == session.document.state.step == 0
    again = forward(session.document.with_(parameters=shown.parameters, state=shown.state), Focus("all"))
    assert session.trace is not None
    assert session.trace.loss == again.loss
    session.stop_training()
    assert session.shown_document is session.document
    session.close()


def test_a_reset_puts_the_statistics_back() -> None:
    before = normalised()
    after = train(before).document
    assert same(reset(after, before.parameters).apply(after).with_(runs=()), before)
    assert reset(after).apply(after).state == TrainingState()
    assert Initialise().apply(after).state == TrainingState()
    moved = train(after).document
    back = reset(moved, after.parameters, after.state.statistics).apply(moved)
    assert same_arrays(back.state.statistics, after.state.statistics)
    assert back.state.step == 0


def test_a_checkpoint_holds_them(tmp_path: Path) -> None:
    before = normalised()
    after = train(before).document
    journal = Journal(before, folder=tmp_path)
    journal.checkpoint(before.with_(parameters=after.parameters, state=after.state))
    journal.close(keep=True)
    recovered = recover(journal.file)
    assert same_arrays(recovered.state.statistics, after.state.statistics)
    whole = train(after).document
    assert same_arrays(train(recovered.with_(training=after.training)).document.parameters, whole.parameters)


def test_a_single_row_is_refused_before_anything_runs() -> None:
    session = Session(normalised(batch_size=7))
    with pytest.raises(DataError, match="batch 2 of an epoch of 8 rows, node k"):
        session.start_training()
    assert not session.training
    with pytest.raises(DataError, match="Show a batch or all rows"):
        session.look_at(Focus(mode="train"))
    session.look_at(Focus("all", mode="train"))
    assert session.trace is not None
    session.close()


def test_a_normalisation_drawn_while_one_row_is_trained_on_is_told_as_a_problem() -> None:
    session = Session(example_of("layer_norm"))
    session.look_at(Focus(mode="train"))
    session.do(RemoveParts((session.document.graph.into("loss")[0].id,)))
    for edit in (AddNode(Node("n", "batch_norm")), Connect("e8", "k", "n"), Connect("e9", "n", "loss")):
        session.do(edit)
    assert session.trace is None
    assert "single row" in str(session.problem)
    session.look_at(Focus())
    assert session.problem is None
    session.close()


def test_an_update_kept_from_a_walkthrough_of_all_rows_is_the_one_that_training_makes() -> None:
    kept, made = (Session(normalised(batch_size=0)) for _ in range(2))
    kept.look_at(Focus("all", mode="train"))
    kept.begin_walk()
    kept.keep_update()
    made.update_once()
    one, other = kept.document, made.document
    assert same_arrays(one.parameters, other.parameters)
    assert set(one.state.statistics) == {"k.mean", "k.variance"}
    assert same_arrays(one.state.statistics, other.state.statistics)
    assert one.state.memory.keys() == other.state.memory.keys() == {"m", "v"}
    assert all(same_arrays(arrays, other.state.memory[slot]) for slot, arrays in one.state.memory.items())
    assert (one.state.count, one.state.step) == (other.state.count, other.state.step) == (1, 1)
    for session in (kept, made):
        session.close()
