"""Where a training begins: another seed, the weights drawn again, the weights it began from."""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace

from nnviz.document.document import same
from nnviz.document.edits import SetSeed, edit_from_json, edit_to_json
from nnviz.learning.settings import TrainingState
from nnviz.session.examples import example
from nnviz.session.starting import begins_here, new_seed, reset
from nnviz.session.training import train
from tests.networks import mazur


def test_weights_set_by_hand_come_back() -> None:
    before = mazur()
    before = before.with_(training=replace(before.training, epochs=5))
    after = train(before).document
    assert begins_here(before, after)
    back = reset(after, before.parameters).apply(after)
    assert back.state == TrainingState()
    assert same(back.with_(runs=()), before)


def test_without_them_they_are_drawn_from_the_seed() -> None:
    before = example("iris")
    after = train(before, epochs=2).document
    back = reset(after).apply(after)
    assert all(np.array_equal(back.parameters[key], before.parameters[key]) for key in before.parameters)
    other = mazur()
    assert reset(other, {"w1": np.ones((1, 1))}).apply(other).parameters["w1"].item() != 0.15


def test_a_new_seed_draws_other_weights_and_the_old_one_the_old() -> None:
    before = example("iris")
    after = new_seed(before).apply(before)
    assert after.seed == before.seed + 1
    assert not np.array_equal(after.parameters["w1"], before.parameters["w1"])
    back = reset(after).apply(SetSeed(before.seed).apply(after))
    assert np.array_equal(back.parameters["w1"], before.parameters["w1"])


def test_a_reset_can_be_replayed_from_a_journal() -> None:
    before = mazur()
    after = train(before, epochs=5).document
    edit = reset(after, before.parameters)
    again = edit_from_json(edit_to_json(edit), "here")  # type: ignore[arg-type]  # edits of a start are edits of a document
    assert same(again.apply(after), edit.apply(after))


def test_opening_a_trained_document_is_no_beginning() -> None:
    before = mazur()
    assert not begins_here(example("iris"), train(before, epochs=2).document)
    after = train(before, epochs=2).document
    assert not begins_here(after, before)
