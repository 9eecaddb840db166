"""Training by the fast executor is training by the clear one, to rounding; and equals itself bit for bit."""

from __future__ import annotations

from itertools import pairwise
from math import inf

import numba
import numpy as np
import pytest
from msgspec.structs import replace

import nnviz
from nnviz import rng
from nnviz.conventions import Conventions
from nnviz.engine.fast.kernels.randomness import shuffle
from nnviz.engine.fast.kernels.rules import RULES as KERNELS
from nnviz.engine.optimizers import RULES, SGD, Adam, RMSProp
from nnviz.engine.workspace import flatten
from nnviz.graph import Edge, Graph, Node
from nnviz.learning.clipping import ClipNorm, ClipValue
from nnviz.learning.examples import Examples
from nnviz.learning.executors import training_by
from nnviz.learning.fast import FastTraining
from nnviz.learning.fit import Training
from nnviz.learning.schedules import Plateau, Steps, WarmUp
from nnviz.learning.settings import EarlyStopping, TrainingSettings, TrainingState
from nnviz.lowering import lower
from nnviz.session.training import training_of
from tests.learning.runs import first_values, noisy, noisy_examples
from tests.lowering.drawings import example_of

SETTINGS = {
    "plain": {},
    "all rows": {"batch_size": 0},
    "in order": {"shuffle": False},
    "l2": {"l2": 0.01},
    "l1": {"l1": 0.01},
    "l1 by its sub-gradient": {"l1": 0.01, "l1_proximal": False},
    "max-norm": {"max_norm": 0.8},
    "clipped by value": {"clip": ClipValue(0.05)},
    "clipped by norm": {"clip": ClipNorm(0.1)},
    "steps": {"schedule": Steps(3, 0.5)},
    "plateau": {"schedule": Plateau(0.5, 1)},
    "warm-up": {"warm_up": WarmUp(3)},
    "early stopping": {"early_stopping": EarlyStopping(3)},
    "early stopping, last weights": {"early_stopping": EarlyStopping(3, 0.01, restore_best=False)},
}
VARIANTS = {
    **{name: rule(lr=0.02) for name, rule in RULES.items()},
    "momentum": SGD(0.02, 0.9),
    "nesterov": SGD(0.02, 0.9, nesterov=True),
    "centered": RMSProp(0.01, centered=True, momentum=0.5),
}


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NNVIZ_EXECUTOR")


def examples(document: nnviz.Document, rows: int, seed: int) -> Examples:
    draw = np.random.default_rng(seed)
    return Examples(
        {slot.key: draw.normal(size=(rows, slot.size)) for slot in document.plan.slots_of("input")},
        {slot.key: draw.normal(size=(rows, slot.size)) for slot in document.plan.slots_of("target")},
    )


DOCUMENT = nnviz.new("3-5-2", activation="tanh")
ROWS, OTHERS = examples(DOCUMENT, 23, 1), examples(DOCUMENT, 9, 2)


def run_by(kind: type[Training], settings: TrainingSettings, **how) -> Training:
    given = {"seed": 3, "validation": OTHERS} | how
    training = kind(DOCUMENT.plan, ROWS, settings, DOCUMENT.parameters, **given)
    for _ in training:
        pass
    return training


def weights(training: Training) -> np.ndarray:
    return flatten(training.plan, training.parameters)


def agree(clear: Training, fast: Training, tolerance: float = 1e-9) -> None:
    one, other = clear.record(), fast.record()
    assert (clear.stopped, one.best_epoch) == (fast.stopped, other.best_epoch)
    assert (clear.state.step, clear.state.epoch, clear.state.count) == (
        fast.state.step,
        fast.state.epoch,
        fast.state.count,
    )
    assert weights(fast) == pytest.approx(weights(clear), rel=tolerance, abs=tolerance)
    assert other.training == pytest.approx(one.training, rel=tolerance)
    assert other.validation == pytest.approx(one.validation, rel=tolerance)
    for slot, arrays in clear.state.memory.items():
        for key, array in arrays.items():
            room = {"rel": max(1e-8, tolerance), "abs": 1e-2 * tolerance}
            assert fast.state.memory[slot][key] == pytest.approx(array, **room)


PAIRS = [(rule, "plain") for rule in VARIANTS] + [(rule, name) for rule in ("momentum", "adam") for name in SETTINGS]


@pytest.mark.parametrize(("rule", "named"), PAIRS)
def test_rules_and_settings(rule, named):
    settings = TrainingSettings(**({"optimizer": VARIANTS[rule], "epochs": 12, "batch_size": 5} | SETTINGS[named]))
    agree(run_by(Training, settings), run_by(FastTraining, settings))


def test_every_rule_has_a_kernel():
    assert KERNELS.keys() == RULES.keys()


def test_dropout_drops_the_same_units():
    settings = TrainingSettings(Adam(0.01), epochs=8, batch_size=7)
    clear = noisy(settings)
    fast = FastTraining(clear.plan, noisy_examples(), settings, clear.parameters, seed=0, dropout={"drop": 0.3})
    again = Training(clear.plan, noisy_examples(), settings, clear.parameters, seed=0, dropout={"drop": 0.3})
    for each in (fast, again):
        for _ in each:
            pass
    agree(again, fast)


def test_how_often_it_reports_changes_no_bit():
    settings = TrainingSettings(Adam(0.01), epochs=9, batch_size=4, l2=0.01)
    whole = run_by(FastTraining, settings)
    slices = run_by(FastTraining, settings, slice_seconds=0.0)
    assert weights(whole).tobytes() == weights(slices).tobytes()
    assert whole.record().validation.tobytes() == slices.record().validation.tobytes()


@pytest.mark.parametrize("epochs_before", [1, 5])
def test_a_run_that_goes_on_has_the_bits_of_one_that_was_never_interrupted(epochs_before):
    def settings(epochs: int) -> TrainingSettings:
        return TrainingSettings(Adam(0.01), epochs=epochs, batch_size=4)

    whole = run_by(FastTraining, settings(8))
    first = run_by(FastTraining, settings(epochs_before))
    second = FastTraining(
        DOCUMENT.plan, ROWS, settings(8 - epochs_before), first.parameters, seed=3, validation=OTHERS, state=first.state
    )
    for _ in second:
        pass
    assert weights(second).tobytes() == weights(whole).tobytes()


@pytest.mark.parametrize("shuffle", [True, False])
def test_a_run_that_goes_on_within_an_epoch_takes_the_rows_that_are_left(shuffle):
    state = TrainingState(optimizer="sgd", count=2, step=2, rows=10, loss=0.3)
    settings = TrainingSettings(SGD(0.1), epochs=2, batch_size=5, shuffle=shuffle)
    agree(run_by(Training, settings, state=state), run_by(FastTraining, settings, state=state))


def test_a_run_stopped_within_an_epoch_goes_on_with_the_same_bits():
    settings = TrainingSettings(SGD(0.1), epochs=6, batch_size=5)
    first = FastTraining(
        DOCUMENT.plan, ROWS, settings, DOCUMENT.parameters, seed=3, validation=OTHERS, slice_seconds=0.0
    )
    first._budget = 7
    next(first)
    assert first.state.rows
    left = TrainingSettings(SGD(0.1), epochs=6 - first.state.epoch, batch_size=5)
    second = FastTraining(DOCUMENT.plan, ROWS, left, first.parameters, seed=3, validation=OTHERS, state=first.state)
    for _ in second:
        pass
    assert weights(second).tobytes() == weights(run_by(FastTraining, settings)).tobytes()


def test_every_epoch_is_told_once():
    training = FastTraining(
        DOCUMENT.plan, ROWS, TrainingSettings(SGD(0.01), epochs=50, batch_size=5), DOCUMENT.parameters, seed=3
    )
    told = np.concatenate([report.curve for report in training])
    assert told[:, 0].tolist() == list(range(1, 51))
    assert told[:, 1].tobytes() == training.record().training.tobytes()


def test_float32_is_float64_with_fewer_digits():
    settings = TrainingSettings(Adam(0.01), epochs=20, batch_size=5)
    double = run_by(FastTraining, settings)
    single = run_by(FastTraining, TrainingSettings(Adam(0.01), epochs=20, batch_size=5, precision="float32"))
    assert single.record().dtype == "float32"
    assert weights(single) == pytest.approx(weights(double), rel=2e-4, abs=2e-5)
    assert not np.array_equal(weights(single), weights(double))


@pytest.mark.parametrize("rate", [30.0, 1e4])
def test_what_diverges_keeps_the_last_finite_weights_and_names_step_and_node(rate):
    deep = nnviz.new("3-4-4-2", activation="relu")
    settings = TrainingSettings(SGD(rate), epochs=40, batch_size=5)
    rows = examples(deep, 23, 5)
    fast = FastTraining(deep.plan, rows, settings, deep.parameters, seed=3)
    for _ in fast:
        pass
    assert fast.stopped == "diverged"
    assert fast.error is not None
    assert fast.error.ids
    assert f"update {fast.state.step + 1}" in str(fast.error)
    slow = FastTraining(deep.plan, rows, settings, deep.parameters, seed=3, slice_seconds=0.0)
    slow._budget = 1
    kept = weights(slow)
    for _ in slow:
        slow._budget = 1  # one update a call: what stands before the one that fails
        kept = weights(slow)
    assert kept.tobytes() == weights(fast).tobytes()
    assert np.isfinite(kept).all()


@pytest.mark.parametrize("rate", [3.0, 5.0, 12.0])
def test_where_it_diverges_does_not_depend_on_where_calls_end(rate):
    deep = nnviz.new("3-4-4-2", activation="relu")
    settings = TrainingSettings(SGD(rate), epochs=400, batch_size=5)

    def run(first: int, others: int) -> Training:
        training = FastTraining(deep.plan, examples(deep, 23, 5), settings, deep.parameters, seed=3, slice_seconds=0.0)
        training._budget = first
        for _ in training:
            training._budget = others
        return training

    one, other = run(1, 1), run(2, 5000)
    assert one.stopped == other.stopped == "diverged"
    assert one.state.step == other.state.step
    assert weights(one).tobytes() == weights(other).tobytes()


def test_a_validation_loss_that_is_not_finite_is_told_alike():
    far = Examples(OTHERS.inputs, {key: array * 1e200 for key, array in OTHERS.targets.items()})
    settings = TrainingSettings(SGD(0.01), epochs=3, batch_size=5)
    given = {"seed": 3, "validation": far}
    (one,), (other,) = (
        list(kind(DOCUMENT.plan, ROWS, settings, DOCUMENT.parameters, **given)) for kind in (Training, FastTraining)
    )
    assert (
        (one.epoch, one.finished, one.validation) == (other.epoch, other.finished, other.validation) == (1, True, inf)
    )
    assert other.loss == pytest.approx(one.loss)


def test_the_last_report_judges_the_weights_of_its_own_epoch():
    iris = nnviz.example("iris")
    iris = iris.with_(training=replace(iris.training, epochs=60, early_stopping=EarlyStopping(2)))
    by = {executor: list(training_of(iris, executor=executor))[-1] for executor in ("clear", "fast")}
    assert by["fast"].epoch == by["clear"].epoch
    assert by["fast"].metrics == by["clear"].metrics


@pytest.mark.parametrize("operation", ["log", "sqrt"])
def test_what_stands_behind_the_last_example_of_a_batch_is_finite(operation):
    nodes = (
        Node("x", "input", options={"units": 2}), Node("drop", "dropout", options={"p": 0.0}), Node("f", operation),
        Node("o", "dense", options={"units": 1}), Node("loss", "squared_error"),
    )  # fmt: skip
    ids = [node.id for node in nodes]
    drawing = Graph(nodes, tuple(Edge(f"w{i}", *ends) for i, ends in enumerate(pairwise(ids))))
    plan, values = lower(drawing, Conventions()), first_values(drawing, 1)
    rows = Examples({"x": np.arange(1.0, 7.0).reshape(3, 2)}, {"loss": np.ones((3, 1))})
    settings = TrainingSettings(SGD(0.001), epochs=4, batch_size=2)
    clear, fast = (
        kind(plan, rows, settings, values, seed=3, dropout={"drop": 0.0}) for kind in (Training, FastTraining)
    )
    for each in (*clear, *fast):
        assert each.stopped in (None, "finished")
    assert weights(fast) == pytest.approx(weights(clear), rel=1e-9)


def test_a_network_without_anything_to_train_runs():
    drawing = Graph((Node("x", "input"), Node("J", "objective")), (Edge("e", "x", "J"),))
    plan = lower(drawing, Conventions())
    rows = Examples({"x": np.ones((3, 1))}, {})
    training = training_by(plan, rows, TrainingSettings(Adam(0.1), epochs=2), {}, seed=0)
    assert training.executor == "fast"
    assert [report.stopped for report in training][-1] == "finished"


@pytest.mark.parametrize("count", [1, 2, 7, 64, 513])
def test_the_order_of_rows_and_the_words_are_those_of_rng(count):
    seed, stream = np.uint64(9), np.uint64(rng.number_of("order"))
    raw, order = np.zeros(count, np.uint64), np.zeros(count, np.int64)
    _shuffled(order, raw, np.zeros(count, np.int64), seed, stream, 4)
    assert order.tolist() == rng.permutation(count, 9, "order", 4).tolist()
    assert raw.tolist() == rng.words(count, 9, "order", 4).tolist()


@numba.njit
def _shuffled(order, raw, ends, seed, stream, epoch):
    shuffle(order, raw, ends, seed, stream, epoch)


def test_what_is_not_covered_trains_by_the_clear_executor_and_says_so(monkeypatch):
    """As a kind without kernels would; all that there are have some."""
    monkeypatch.setattr("nnviz.engine.fast.codes.FUNCTION_KINDS", ())
    training = training_of(example_of("sin"))
    assert training.executor == "clear"
    assert "does not cover sin (node k)" in training.notice
    assert training.record().executor == "clear"


def test_a_broken_compiler_leaves_the_clear_executor_and_a_notice(monkeypatch):
    def broken(*given, **how):
        raise RuntimeError("no LLVM here")

    monkeypatch.setattr("nnviz.learning.fast.program_of", broken)
    training = training_by(DOCUMENT.plan, ROWS, TrainingSettings(SGD(0.1), epochs=1), DOCUMENT.parameters, seed=0)
    assert training.executor == "clear"
    assert "no LLVM here" in training.notice


def test_a_wish_to_stop_while_kernels_are_made_ready_is_heard():
    settings, asked = TrainingSettings(SGD(0.1), epochs=1), []
    training = training_by(
        DOCUMENT.plan, ROWS, settings, DOCUMENT.parameters, seed=0, going=lambda *told: bool(asked.append(told))
    )
    assert training.executor == "clear"
    assert len(asked) == 1
    assert asked[0][1] > 3
