"""Large products are BLAS's, small ones are done in registers: which way is taken, and that its numbers are right."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import numpy as np
import pytest

import nnviz
from nnviz.engine.fast import blas
from nnviz.engine.fast.codes import LARGE
from nnviz.engine.optimizers import Adam
from nnviz.learning.executors import training_by
from nnviz.learning.fast import FastTraining
from nnviz.learning.fit import Training
from nnviz.learning.settings import TrainingSettings
from tests.learning.blas import Watched
from tests.learning.test_fast import agree, examples, weights


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NNVIZ_EXECUTOR")


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    return Watched(monkeypatch)


def pair(
    shape: str, batch: int, precision: str = "float64", *, validation: int = 9, singly: bool = False, **how
) -> tuple[Training, Training]:
    """The same run by both executors, some batches and a shorter one an epoch."""
    document = nnviz.new(shape, activation="tanh", perceptrons=singly, seed=2)
    rows, others = examples(document, 3 * batch + 1, 1), examples(document, validation, 2)
    settings = TrainingSettings(Adam(0.01), epochs=3, batch_size=batch, precision=precision, **how)
    made = [
        kind(document.plan, rows, settings, document.parameters, seed=3, validation=others)
        for kind in (Training, FastTraining)
    ]
    for training in made:
        list(training)
    clear, fast = made
    return clear, fast


NETWORKS = [
    ("4-8-3", 5, "registers"),
    ("20-30-3", 16, "registers"),
    ("62-64-2", 8, "registers"),  # 63 · 64 · 8 is below LARGE
    ("63-64-2", 8, "blas"),  # 64 · 64 · 8 is LARGE
    ("63-64-2", 3, "blas"),  # as many columns: whole registers
    ("40-64-3", 17, "blas"),
    ("70-90-80-5", 33, "blas"),
]


@pytest.mark.parametrize(("shape", "batch", "path"), NETWORKS)
def test_numbers_on_both_ways(shape: str, batch: int, path: str, watched: Watched) -> None:
    clear, fast = pair(shape, batch, validation=batch)
    assert (clear.executor, clear.products, clear.record().products) == ("clear", "numpy", "numpy")
    assert (fast.executor, fast.products, fast.record().products) == ("fast", path, path)
    assert (watched.calls > 0) == (path == "blas")
    assert fast.notice == ""
    agree(clear, fast)


@pytest.mark.parametrize(
    ("shape", "batch", "path"),
    [("30-64-2", 16, "registers"), ("31-64-2", 16, "blas"), ("31-64-2", 5, "blas"), ("70-90-80-5", 33, "blas")],
)
def test_numbers_on_both_ways_in_float32(shape: str, batch: int, path: str, watched: Watched) -> None:
    clear, fast = pair(shape, batch, "float32", validation=batch)
    assert (fast.executor, fast.products, fast.record().dtype) == ("fast", path, "float32")
    assert (watched.calls > 0) == (path == "blas")
    agree(clear, fast, 1e-3)


def test_how_many_products_are_large(watched: Watched) -> None:
    """Of 40-64-3 forward and ∂J/∂W of the first layer, but not of the last batch, which has one row."""
    assert 41 * 64 * 16 >= LARGE > max(65 * 3 * 16, 41 * 64 * 8)
    _, fast = pair("40-64-3", 16, validation=8)
    assert (fast.state.epoch, fast.state.step) == (3, 3 * 4)
    assert watched.calls == 3 * (4 - 1) * 2


def test_neurons_drawn_one_by_one_are_large_matrices_too(watched: Watched) -> None:
    clear, fast = pair("16-16-2", 130, singly=True)
    assert fast.products == "blas"
    assert watched.calls
    agree(clear, fast)


def test_validation_rows_alone_may_be_enough_for_blas(watched: Watched) -> None:
    clear, fast = pair("20-30-3", 8, validation=300)
    assert (fast.products, watched.calls) == ("blas", 3 * 2)  # twice 128 rows an epoch; 44 are few
    agree(clear, fast)


@pytest.fixture
def forgotten() -> Iterator[None]:
    blas.gemm.cache_clear()
    yield
    blas.gemm.cache_clear()


def lost_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scipy.linalg.cython_blas.__pyx_capi__", {})


def lost_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.linalg.cython_blas", None)


@pytest.mark.parametrize("lose", [lost_address, lost_module])
@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.usefixtures("forgotten")
def test_without_blas_large_products_are_right_and_slow_and_that_is_said(lose, precision, monkeypatch) -> None:
    lose(monkeypatch)
    clear, fast = pair("70-90-80-5", 33, precision)
    assert (fast.executor, fast.products, fast.record().products) == ("fast", "registers", "registers")
    assert fast.record().threads == 1
    assert "slower" in fast.notice
    agree(clear, fast, 1e-9 if precision == "float64" else 1e-3)


@pytest.mark.usefixtures("forgotten")
def test_without_blas_small_networks_miss_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    lost_address(monkeypatch)
    _, fast = pair("4-8-3", 5)
    assert (fast.products, fast.notice) == ("registers", "")


@pytest.mark.usefixtures("forgotten")
def test_what_is_said_reaches_whoever_asked_for_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    lost_address(monkeypatch)
    document = nnviz.new("70-90-5", perceptrons=False)
    training = training_by(
        document.plan, examples(document, 40, 1), TrainingSettings(epochs=1), document.parameters, seed=0
    )
    assert training.executor == "fast"
    assert "slower" in training.notice
    list(training)
    assert np.isfinite(weights(training)).all()
