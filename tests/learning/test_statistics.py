"""Running statistics in a run: moved by every update, carried on, taken back, and never those of a diverged one."""

from __future__ import annotations

import re

import numpy as np
import pytest
from msgspec.structs import replace

from nnviz.engine import clear
from nnviz.engine.optimizers import SGD, Adam
from nnviz.engine.workspace import Workspace, flat_statistics, flatten
from nnviz.errors import DataError
from nnviz.graph import Node
from nnviz.learning.evaluation import evaluate
from nnviz.learning.examples import Examples
from nnviz.learning.fit import Training
from nnviz.learning.settings import EarlyStopping, TrainingSettings, TrainingState
from tests.learning.runs import bits, chain, column, first_values, plan_of

GRAPH = chain(
    Node("h", "dense", options={"units": 3}),
    Node("k", "batch_norm"),
    Node("t", "tanh"),
    Node("l", "layer_norm"),
    Node("drop", "dropout", options={"p": 0.3}),
    Node("o", "dense", options={"units": 1}),
    units=2,
)
SETTINGS = TrainingSettings(Adam(0.05), epochs=4, batch_size=4)


def examples_of(rows: int = 11, seed: int = 0) -> Examples:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 2)) * 2 + 1
    return Examples({"x": x}, {"loss": x[:, :1] * x[:, 1:]})


def values_of(seed: int = 4) -> dict[str, np.ndarray]:
    return first_values(GRAPH, seed)


def run_of(settings: TrainingSettings = SETTINGS, rows: int = 11, **how) -> Training:
    how = {"parameters": values_of(), "dropout": {"drop": 0.3}} | how
    return Training(plan_of(GRAPH), examples_of(rows), settings, seed=7, **how)


def whole_bits(training: Training) -> tuple:
    state = training.state
    memory = {slot: bits(arrays) for slot, arrays in state.memory.items()}
    return bits(training.parameters), bits(state.statistics), memory, state.step, state.epoch, state.rows, state.loss


# --- moved


def test_every_update_moves_them_by_its_own_batch() -> None:
    """PyTorch's form, written down once more in the plainest way: unbiased, over the rows of the batch."""
    settings = replace(SETTINGS, optimizer=SGD(0.0), shuffle=False)
    training = run_of(settings)
    list(training)
    x, values = examples_of().inputs["x"], values_of()
    z = x @ values["w1"] + values["h.b"]
    mean, variance = np.zeros(3), np.ones(3)
    for _ in range(4):
        for batch in (z[:4], z[4:8], z[8:]):
            mean = 0.9 * mean + 0.1 * batch.mean(0)
            variance = 0.9 * variance + 0.1 * batch.var(0, ddof=1)
    found = training.state.statistics
    np.testing.assert_allclose(found["k.mean"], mean, rtol=1e-12)
    np.testing.assert_allclose(found["k.variance"], variance, rtol=1e-12)
    assert list(found) == ["k.mean", "k.variance"]


def test_validation_is_judged_by_them() -> None:
    training = run_of(validation=examples_of(6, seed=1))
    last = list(training)[-1]
    plan = training.plan
    flat, statistics = flatten(plan, training.parameters), flat_statistics(plan, training.state.statistics)
    assert last.validation == evaluate(plan, examples_of(6, seed=1), flat, statistics).loss
    assert last.validation != evaluate(plan, examples_of(6, seed=1), flat).loss


def test_a_training_batch_is_normalised_by_itself() -> None:
    settings = replace(SETTINGS, batch_size=0, epochs=1)
    (report,) = run_of(settings, dropout={"drop": 0.0})
    plan = plan_of(GRAPH)
    workspace = Workspace(plan, 11)
    workspace.parameters[:] = flatten(plan, values_of())
    workspace.load(examples_of().inputs, examples_of().targets)
    clear.set_mode(workspace, training=True)
    clear.forward(workspace)
    assert report.loss == float(workspace.views[plan.loss])


# --- carried on


def test_a_run_stopped_after_any_update_goes_on_as_if_it_had_not() -> None:
    whole = run_of()
    list(whole)
    for after in range(whole.state.step):
        first = run_of(slice_seconds=0.0)
        for _ in range(after):
            next(first)
        first.stop()
        list(first)
        rest = replace(SETTINGS, epochs=4 - first.state.epoch)
        second = run_of(rest, parameters=first.parameters, state=first.state)
        list(second)
        assert whole_bits(second) == whole_bits(whole)


def test_given_statistics_are_gone_on_from_and_stay_as_they_are() -> None:
    given = {"k.mean": np.array([1.0, 2.0, 3.0]), "k.variance": np.array([4.0, 5.0, 6.0])}
    before = bits(given)
    training = run_of(state=TrainingState(statistics=given))
    next(training)
    assert bits(given) == before != bits(training.state.statistics)
    assert (training.state.statistics["k.mean"] > 0.5).all()


# --- taken back


def test_early_stopping_restores_those_of_the_best_epoch() -> None:
    watched = {"validation": examples_of(5, seed=3)}
    plain = list(run_of(replace(SETTINGS, epochs=12), **watched))
    best = int(np.argmin([report.validation for report in plain]))
    assert best < 11, "the last epoch must not be the best, or nothing is put back"
    early = replace(SETTINGS, epochs=12, early_stopping=EarlyStopping(patience=50))
    restored, shorter = run_of(early, **watched), run_of(replace(SETTINGS, epochs=best + 1), **watched)
    list(restored)
    list(shorter)
    assert bits(restored.state.statistics) == bits(shorter.state.statistics)
    assert bits(restored.parameters) == bits(shorter.parameters)


def test_an_update_that_diverges_leaves_the_last_finite_ones() -> None:
    settings = replace(SETTINGS, optimizer=SGD(1e30), epochs=50)
    training, shorter = run_of(settings), run_of(settings, slice_seconds=0.0)
    list(training)
    assert training.stopped == "diverged"
    assert training.state.step > 0
    for _ in range(training.state.step):
        next(shorter)
    assert bits(training.state.statistics) == bits(shorter.state.statistics)
    assert all(np.isfinite(array).all() for array in training.state.statistics.values())


def test_a_variance_that_overflows_alone_stops_the_run() -> None:
    """c² is infinite where c is not, and x̂ is then 0: neither loss nor gradient would tell."""
    graph = chain(Node("k", "batch_norm"), Node("p", "perceptron"))
    examples = Examples({"x": column(1e200, -1e200, 0.0)}, {"loss": column(1.0, 2.0, 3.0)})
    training = Training(plan_of(graph), examples, TrainingSettings(epochs=3), first_values(graph, 0), seed=0)
    (report,) = training
    assert (report.stopped, report.step) == ("diverged", 0)
    assert training.error is not None
    assert training.error.ids == ("k",)
    assert training.state == TrainingState()


# --- a batch of one row


@pytest.mark.parametrize(
    ("rows", "size", "batch"),
    [(1, 0, 1), (5, 1, 1), (5, 2, 3), (9, 4, 3), (7, 3, 3)],
)
def test_a_batch_of_one_row_is_refused_before_the_run(rows: int, size: int, batch: int) -> None:
    wanted = f"batch {batch} of an epoch of {rows} rows, node k"
    with pytest.raises(DataError, match=re.escape(wanted)) as caught:
        run_of(replace(SETTINGS, batch_size=size), rows)
    error = caught.value
    assert (error.expected, error.found, error.ids) == ("two rows or more", "1 row", ("k",))
    assert "batch size" in error.hint


@pytest.mark.parametrize(("rows", "size"), [(2, 0), (6, 2), (8, 3), (9, 20)])
def test_others_are_not(rows: int, size: int) -> None:
    assert list(run_of(replace(SETTINGS, batch_size=size), rows))[-1].stopped == "finished"


def test_the_rest_of_an_unfinished_epoch_counts_too() -> None:
    """Five of eight rows are done; batches of two then leave one over, though eight rows do not."""
    settings, state = replace(SETTINGS, batch_size=2), TrainingState(step=1, rows=5)
    with pytest.raises(DataError, match="batch 5 of an epoch of 8 rows"):
        run_of(settings, 8, state=state)
    run_of(settings, 8)


def test_layer_normalisation_takes_one_row() -> None:
    graph = chain(Node("h", "dense", options={"units": 3}), Node("l", "layer_norm"), Node("o", "perceptron"), units=2)
    training = Training(plan_of(graph), examples_of(1), SETTINGS, first_values(graph, 0), seed=0)
    assert list(training)[-1].stopped == "finished"
