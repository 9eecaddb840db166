"""A wish to stop is heard within a call of the kernels, and leaves a whole update from which a run can go on."""

from __future__ import annotations

from math import isnan

import numpy as np
import pytest
from msgspec.structs import replace

import nnviz
from nnviz.engine.fast.places import HALTED, STEP
from nnviz.engine.optimizers import SGD, Adam
from nnviz.learning.evaluation import Evaluator
from nnviz.learning.fast import FastTraining
from nnviz.learning.settings import EarlyStopping, TrainingSettings
from tests.learning.blas import Watched
from tests.learning.test_fast import examples, weights

DOCUMENT = nnviz.new("40-64-3", activation="tanh", perceptrons=False, seed=1)
"""Of whose products one is large: an update has two of it, and each 128 validation rows have one."""
ROWS, OTHERS = examples(DOCUMENT, 32, 1), examples(DOCUMENT, 300, 2)
SETTINGS = TrainingSettings(Adam(0.01), epochs=6, batch_size=16, early_stopping=EarlyStopping(50))
AN_UPDATE, AN_EPOCH = 2, 2 * 2 + 3


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NNVIZ_EXECUTOR")


@pytest.fixture
def blas(monkeypatch: pytest.MonkeyPatch) -> Watched:
    return Watched(monkeypatch)


def made(settings: TrainingSettings = SETTINGS, **how) -> FastTraining:
    given = {"parameters": DOCUMENT.parameters, "seed": 3, "validation": OTHERS} | how
    return FastTraining(DOCUMENT.plan, ROWS, settings, given.pop("parameters"), **given)


def stopped_at(call: int, blas: Watched) -> FastTraining:
    """A run whose one call of the kernels would make all updates, and that is asked to stop at some product."""
    training = made()
    training._budget = 1000
    blas.told = lambda number: training.stop() if number == call else None
    list(training)
    return training


def one_by_one(updates: int) -> FastTraining:
    """A run of so many updates, each in a call of its own."""
    training = made(replace(SETTINGS, early_stopping=None), slice_seconds=0.0)
    while training.state.step < updates:
        training._budget = 1
        next(training)
    return training


def same(one: FastTraining, other: FastTraining) -> None:
    assert weights(one).tobytes() == weights(other).tobytes()
    assert (one.state.step, one.state.epoch, one.state.rows) == (other.state.step, other.state.epoch, other.state.rows)
    assert one.state.loss == other.state.loss
    for slot, arrays in one.state.memory.items():
        for key, array in arrays.items():
            assert array.tobytes() == other.state.memory[slot][key].tobytes()


@pytest.mark.parametrize("product", range(AN_UPDATE))
def test_an_update_that_is_being_made_is_given_up(product: int, blas: Watched) -> None:
    training = stopped_at(AN_EPOCH + AN_UPDATE + 1 + product, blas)
    assert training.stopped == "stopped"
    assert blas.calls == AN_EPOCH + AN_UPDATE + 1 + product
    assert training.state.step == 3
    same(training, one_by_one(3))


@pytest.mark.parametrize("product", range(3))
def test_a_stop_while_an_epoch_is_judged_takes_its_last_update_back(product: int, blas: Watched) -> None:
    training = stopped_at(AN_EPOCH + 2 * AN_UPDATE + 1 + product, blas)
    assert training.stopped == "stopped"
    assert blas.calls == AN_EPOCH + 2 * AN_UPDATE + 1 + product + AN_EPOCH + AN_UPDATE  # three updates once more
    assert (training.state.step, training.state.epoch, training.state.rows) == (3, 1, 16)
    same(training, one_by_one(3))
    record = training.record()
    assert len(record.training) == len(record.validation) == 1


@pytest.mark.parametrize("call", range(1, 2 * AN_EPOCH + 1))
def test_a_run_that_goes_on_has_the_bits_of_one_that_was_never_stopped(call: int, blas: Watched) -> None:
    first = stopped_at(call, blas)
    settings = replace(SETTINGS, early_stopping=None)
    second, whole = (
        made(
            replace(settings, epochs=settings.epochs - first.state.epoch),
            parameters=first.parameters,
            state=first.state,
        ),
        made(settings),
    )
    for each in (second, whole):
        list(each)
        assert each.stopped == "finished"
    same(second, whole)


def test_a_wish_that_is_known_before_a_call_makes_no_update() -> None:
    run = made()._run
    run.halt[0] = 1
    assert run.advance(1000, [0.01] * 6) == HALTED
    assert run.where[STEP] == 0


def test_what_a_divergence_takes_back_is_made_again_whatever_is_wished(monkeypatch: pytest.MonkeyPatch) -> None:
    def diverged(*, wished: bool) -> FastTraining:
        training = made(TrainingSettings(SGD(50.0), epochs=400, batch_size=16), validation=None)
        run, training._budget = training._run, 1000
        call = run._call

        def calling(*given) -> None:
            call(*given)
            run.halt[0] = wished

        monkeypatch.setattr(run, "_call", calling)
        list(training)
        return training

    one, other = diverged(wished=False), diverged(wished=True)
    assert one.stopped == other.stopped == "diverged"
    assert one.state.step > 1
    same(one, other)


def test_the_first_call_makes_one_update_whose_pace_is_then_known() -> None:
    training = made(slice_seconds=0.0)
    next(training)
    assert training.state.step == 1


def test_many_validation_rows_let_a_call_end_with_its_epoch() -> None:
    settings = replace(SETTINGS, early_stopping=None)
    heavy, light = made(settings), made(settings, validation=None)
    for each in (heavy, light):
        each._budget = 6
    assert (len(heavy._rates()), len(light._rates())) == (1, 4)


def test_metrics_are_not_waited_for_by_a_run_that_was_stopped() -> None:
    asked = []

    def going() -> bool:
        asked.append(True)
        return len(asked) < 2

    plenty = examples(DOCUMENT, 5000, 2)
    judged = Evaluator(DOCUMENT.plan, plenty, made()._work.parameters)(going)
    assert isnan(judged.loss)
    assert judged.metrics == {}
    assert len(asked) == 2


def test_a_large_network_is_judged_by_few_rows_at_a_time() -> None:
    wide = nnviz.new("600-600-2", perceptrons=False)
    evaluator = Evaluator(wide.plan, examples(wide, 2000, 1), np.zeros(wide.plan.size))
    assert evaluator._chunk * wide.plan.size <= 2**28
    assert Evaluator(DOCUMENT.plan, OTHERS, np.zeros(DOCUMENT.plan.size))._chunk == 1024
