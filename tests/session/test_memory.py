"""What an optimizer remembers of each weight: readable, none before the first update, stored and never worked back."""

from __future__ import annotations

import numpy as np
import pytest

import nnviz
from nnviz.document.document import Document
from nnviz.engine.optimizers import SGD, Adagrad, Adam, NAdam, Optimizer, RMSProp
from nnviz.learning.settings import TrainingSettings
from nnviz.session.computing import Focus
from nnviz.session.derivatives import gradients
from nnviz.session.memory import optimizer_state
from nnviz.session.session import Session
from nnviz.session.training import train
from nnviz.session.walkthrough import walkthrough
from tests.engine.test_optimizers import VARIANTS
from tests.networks import mazur, mixed


def by(rule: Optimizer) -> Document:
    return mazur().with_(training=TrainingSettings(rule))


@pytest.mark.parametrize("rule", VARIANTS, ids=repr)
def test_before_the_first_update_there_is_none_and_after_it_each_weight_has_its_own(rule: Optimizer) -> None:
    before = optimizer_state(by(rule))
    assert (before.count, before.optimizer) == (0, rule)
    assert all(set(memory.arrays.values()) <= {None} for memory in before.values())
    after = optimizer_state(train(by(rule), epochs=3).document)
    assert after.count == 3
    assert set(after) == {f"w{n}" for n in range(1, 9)}
    for memory in after.values():
        assert tuple(memory.arrays) == tuple(slot.name for slot in after.slots) == rule.slots
        assert all(array is not None and array.shape == (1, 1) for array in memory.arrays.values())
    assert {slot.symbol for slot in after.slots} <= {slot.symbol for slot in rule.row.slots}


def test_numbers_that_a_person_can_check() -> None:
    gradient = gradients(mazur())["w5"].item()
    state = nnviz.optimizer_state(train(by(Adam(0.01)), epochs=1).document)
    assert state["w5"].arrays["m"].item() == pytest.approx(0.1 * gradient, rel=1e-14)
    assert state["w5"].arrays["v"].item() == pytest.approx(0.001 * gradient**2, rel=1e-12)
    first = nnviz.optimizer_state(by(Adam(0.01)))
    assert first["w5"].rate.item() == pytest.approx(0.01 / abs(gradient), rel=1e-6)
    assert nnviz.optimizer_state(by(SGD(0.3)))["w5"].rate.item() == pytest.approx(0.3, rel=1e-14)
    total = nnviz.optimizer_state(train(by(Adagrad()), epochs=1).document)["w5"].arrays["sum"]
    assert total.item() == pytest.approx(gradient**2, rel=1e-14)


def test_the_effective_rate_is_what_the_next_update_does() -> None:
    document = train(mixed().with_(training=TrainingSettings(RMSProp(0.01, momentum=0.5))), epochs=2).document
    state = optimizer_state(document, Focus("all"))
    moved = walkthrough(document, Focus("all")).after
    for key, gradient in gradients(document, Focus("all")).items():
        step = np.abs(moved[key] - document.parameters[key])
        known = gradient != 0
        np.testing.assert_allclose((state[key].rate * np.abs(gradient))[known], step[known], rtol=1e-9, atol=1e-15)
        assert np.isnan(state[key].rate[~known]).all()


def test_another_rule_begins_with_none() -> None:
    document = train(by(Adam()), epochs=1).document
    state = optimizer_state(document.with_(training=TrainingSettings(RMSProp())))
    assert state.count == 0
    assert state["w1"].arrays == {"squares": None}


def test_what_is_remembered_is_told_without_data_too() -> None:
    document = train(by(Adam()), epochs=1).document
    state = optimizer_state(document.with_(data=None))
    assert state["w1"].rate is None
    assert state["w1"].arrays["m"] is not None


@pytest.mark.parametrize("rule", [SGD(0.1, 0.9), Adam(), NAdam(), RMSProp(centered=True, momentum=0.5)], ids=repr)
def test_stepping_back_shows_what_was_stored_bit_for_bit(rule: Optimizer) -> None:
    session = Session(train(by(rule), epochs=2).document)
    walk = session.begin_walk()

    def seen(index: int) -> tuple:
        session.go_to_step(index)
        assert session.walk is not None
        notes = tuple((note.target, note.role, note.number) for note in session.annotator().all())
        memory = [(key, session.walk.memory(index, key)) for key in ("w1", "w5", "w8")]
        return notes, [(key, slot, array.tobytes()) for key, arrays in memory for slot, array in arrays.items()]

    indices = list(range(-1, len(walk.steps)))
    forth = [seen(index) for index in indices]
    back = [seen(index) for index in reversed(indices)]
    assert back == forth[::-1]
    assert forth[0][1] != forth[-1][1]
    stored = session.document.state.memory
    assert forth[0][1] == [
        (key, slot, stored[slot][key].tobytes()) for key in ("w1", "w5", "w8") for slot in rule.slots
    ]
    trained = train(session.document, epochs=1).document.state.memory
    assert forth[-1][1] == [
        (key, slot, trained[slot][key].tobytes()) for key in ("w1", "w5", "w8") for slot in rule.slots
    ]


def test_a_walk_remembers_nothing_before_its_update_if_there_was_none() -> None:
    walk = walkthrough(by(Adam()))
    assert walk.memory(0, "w1") == {"m": None, "v": None}
    assert walk.memory(len(walk.steps) - 1, "w1").keys() == {"m", "v"}
    assert None not in walk.memory(len(walk.steps) - 1, "w1").values()
    assert walkthrough(by(Adam()), Focus("typed", values=(1.0, 2.0))).memory(0, "w1") == {"m": None, "v": None}
