"""Running statistics by the fast executor: those of the clear one, and moved only with an update that is made."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from nnviz.engine.optimizers import SGD, Adam
from nnviz.graph import Graph, Node
from nnviz.learning.evaluation import evaluate
from nnviz.learning.examples import Examples
from nnviz.learning.fast import FastTraining
from nnviz.learning.fit import Training
from nnviz.learning.settings import EarlyStopping, TrainingSettings, TrainingState
from tests.learning.blas import Watched
from tests.learning.runs import bits, chain, column, first_values, plan_of
from tests.learning.test_fast import agree
from tests.learning.test_statistics import GRAPH, SETTINGS, examples_of, whole_bits

PICTURES = chain(
    Node("image", "reshape", options={"shape": "1×5×8"}),
    Node("conv", "conv2d", options={"channels": 3, "activation": "tanh"}),
    Node("k", "batch_norm"),
    Node("pool", "avg_pool"),
    Node("l", "layer_norm", options={"affine": "none"}),
    Node("line", "flatten"),
    Node("o", "dense", options={"units": 1}),
    units=40,
)
WIDE = chain(
    Node("h", "dense", options={"units": 128}),
    Node("k", "batch_norm", options={"affine": "fixed", "momentum": 0.3}),
    Node("o", "dense", options={"units": 1}),
    units=40,
)
"""So wide that BLAS makes a product of each update ahead, and one back."""


def rows_for(graph: Graph, rows: int = 11, seed: int = 0) -> Examples:
    if graph is GRAPH:
        return examples_of(rows, seed)
    x = np.random.default_rng(seed).normal(size=(rows, 40)) * 2 + 1
    return Examples({"x": x}, {"loss": x[:, :1] * x[:, 1:2]})


def made(kind: type[Training] = FastTraining, graph: Graph = GRAPH, settings=SETTINGS, rows: int = 11, **how):
    how = {"parameters": first_values(graph, 4), "dropout": {"drop": 0.3}} | how
    return kind(plan_of(graph), rows_for(graph, rows), settings, seed=7, **how)


def finished(*given, **how) -> Training:
    training = made(*given, **how)
    list(training)
    return training


def after(updates: int, **how) -> Training:
    """A run after so many updates, each in a call of its own, then stopped."""
    training = made(slice_seconds=0.0, **how)
    while training.state.step < updates:
        training._budget = 1
        next(training)
    training.stop()
    list(training)
    return training


@pytest.mark.parametrize(("precision", "tolerance"), [("float64", 1e-9), ("float32", 2e-3)])
@pytest.mark.parametrize("graph", [GRAPH, PICTURES, WIDE], ids=["units", "images", "wide"])
def test_a_run_agrees_with_the_clear_one(graph: Graph, precision: str, tolerance: float) -> None:
    """Training, validation by the running statistics, and these themselves. Adam would make much of a gradient of 0."""
    settings = replace(SETTINGS, optimizer=SGD(0.002, momentum=0.5), precision=precision)
    how = {"settings": settings, "validation": rows_for(graph, 200, seed=1)}
    clear, fast = (finished(kind, graph, **how) for kind in (Training, FastTraining))
    agree(clear, fast, tolerance)
    assert list(fast.state.statistics) == ["k.mean", "k.variance"]
    for key, values in clear.state.statistics.items():
        np.testing.assert_allclose(fast.state.statistics[key], values, rtol=tolerance, atol=tolerance)


def test_statistics_are_told_while_a_run_goes_on() -> None:
    training = made(slice_seconds=0.0)
    seen = []
    while training.state.step < 5:
        training._budget = 1
        next(training)
        seen.append(bits(training.statistics))
    assert len(set(seen)) == 5


def test_a_run_stopped_after_any_update_goes_on_as_if_it_had_not() -> None:
    whole = finished()
    for updates in range(whole.state.step):
        first = after(updates)
        rest = replace(SETTINGS, epochs=4 - first.state.epoch)
        second = finished(settings=rest, parameters=first.parameters, state=first.state)
        assert whole_bits(second) == whole_bits(whole)


def test_given_statistics_are_gone_on_from_and_stay_as_they_are() -> None:
    given = {"k.mean": np.array([1.0, 2.0, 3.0]), "k.variance": np.array([4.0, 5.0, 6.0])}
    before, state = bits(given), TrainingState(statistics=given)
    settings = replace(SETTINGS, optimizer=SGD(0.01))
    clear, fast = (finished(kind, settings=settings, state=state) for kind in (Training, FastTraining))
    agree(clear, fast)
    assert bits(given) == before != bits(fast.state.statistics)
    for key, values in clear.state.statistics.items():
        np.testing.assert_allclose(fast.state.statistics[key], values, rtol=1e-9)


def test_early_stopping_restores_those_of_the_best_epoch() -> None:
    watched = {"validation": examples_of(5, seed=3)}
    best = finished(settings=replace(SETTINGS, epochs=12), **watched).record().best_epoch
    assert best < 12, "the last epoch must not be the best, or nothing is put back"
    early = replace(SETTINGS, epochs=12, early_stopping=EarlyStopping(patience=50))
    restored = finished(settings=early, **watched)
    shorter = finished(settings=replace(SETTINGS, epochs=best), **watched)
    assert bits(restored.state.statistics) == bits(shorter.state.statistics)
    assert bits(restored.parameters) == bits(shorter.parameters)


def test_the_last_report_judges_by_the_last_statistics() -> None:
    training, others = made(validation=examples_of(6, seed=1)), examples_of(6, seed=1)
    last = list(training)[-1]
    flat, statistics = training._work.parameters, training._work.statistics
    assert last.validation == pytest.approx(evaluate(training.plan, others, flat, statistics).loss, rel=1e-12)


def test_an_update_that_diverges_leaves_the_last_finite_ones() -> None:
    settings = replace(SETTINGS, optimizer=SGD(1e30), epochs=50)
    training = finished(settings=settings)
    assert training.stopped == "diverged"
    assert training.state.step > 0
    assert bits(training.state.statistics) == bits(after(training.state.step, settings=settings).state.statistics)
    assert all(np.isfinite(array).all() for array in training.state.statistics.values())


def test_a_variance_that_overflows_alone_stops_the_run() -> None:
    """c² is infinite where c is not, and x̂ is then 0: neither loss nor gradient would tell."""
    graph = chain(Node("k", "batch_norm"), Node("p", "perceptron"))
    examples = Examples({"x": column(1e200, -1e200, 0.0)}, {"loss": column(1.0, 2.0, 3.0)})
    training = FastTraining(plan_of(graph), examples, TrainingSettings(epochs=3), first_values(graph, 0), seed=0)
    (report,) = training
    assert (report.stopped, report.step) == ("diverged", 0)
    assert training.error is not None
    assert training.error.ids == ("k",)
    assert training.state == TrainingState()


@pytest.mark.parametrize("product", [1, 2])
def test_an_update_that_is_given_up_moves_none(product: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the product ahead of the batch's statistics, and at the one behind them."""
    how = {"graph": WIDE, "settings": TrainingSettings(Adam(0.01), epochs=4, batch_size=8), "rows": 16}
    blas = Watched(monkeypatch)
    training = made(**how)
    training._budget = 100
    blas.told = lambda number: training.stop() if number == 2 * 3 + product else None
    list(training)
    assert (training.stopped, training.state.step) == ("stopped", 3)
    blas.told = lambda number: None
    assert whole_bits(training) == whole_bits(after(3, **how))
