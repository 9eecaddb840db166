"""The same seed: equal bits after 200 epochs of everything that is drawn, by each executor, whatever happens around.

In many runs and in other processes, stopped and gone on from, paused, and in a session; with a window in
``tests/ui/test_same_bits.py``. ``NNVIZ_RUNS`` says how many runs and processes (20 by ``make test-proofs``).
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping

import numpy as np
import pytest
from msgspec.structs import replace

import nnviz
from nnviz.data.choice import DataChoice, Split
from nnviz.data.table import Column, Table
from nnviz.document.document import Document, same, settled
from nnviz.engine.optimizers import SGD, Adam
from nnviz.graph import Graph, Node
from nnviz.learning.clipping import ClipNorm
from nnviz.learning.examples import Examples
from nnviz.learning.fast import FastTraining
from nnviz.learning.fit import Training
from nnviz.learning.schedules import Plateau, WarmUp
from nnviz.learning.settings import EarlyStopping, TrainingSettings
from nnviz.session.runner import Runner
from nnviz.session.session import Session
from tests.learning.runs import NOISY, bits, chain, first_values, noisy_examples, plan_of

RUNS = int(os.environ.get("NNVIZ_RUNS", "2"))
WATCHED = EarlyStopping(patience=199)
"""Long enough that all epochs are run, after which the weights of an earlier one are put back."""
SETTINGS = {
    "adam": TrainingSettings(Adam(0.01), 200, batch_size=6, l2=0.01, early_stopping=WATCHED),
    "momentum": TrainingSettings(
        SGD(0.05, momentum=0.9, nesterov=True),
        200,
        batch_size=5,
        l1=0.001,
        max_norm=2.0,
        clip=ClipNorm(0.5),
        schedule=Plateau(patience=5),
        warm_up=WarmUp(10),
        early_stopping=WATCHED,
    ),
}
"""Both with dropout, shuffled rows and early stopping."""
WIDE = chain(
    Node("h", "dense", options={"units": 104, "activation": "tanh"}),
    Node("drop", "dropout", options={"p": 0.3}),
    Node("o", "dense", options={"units": 2, "activation": "softmax"}),
    loss="categorical_cross_entropy",
    units=40,
)
"""So wide that BLAS makes some of its products."""
PICTURES = chain(
    Node("image", "reshape", options={"shape": "1×5×8"}),
    Node("conv", "conv2d", options={"channels": 4, "padding": 1, "activation": "sigmoid"}),
    Node("norm", "batch_norm"),
    Node("pool", "max_pool"),
    Node("line", "flatten"),
    Node("drop", "dropout", options={"p": 0.3}),
    Node("o", "dense", options={"units": 2, "activation": "softmax"}),
    loss="categorical_cross_entropy",
    units=40,
)
"""Small images, whose windows are gone through, with running statistics."""
CARRIED: Mapping[str, tuple[type[Training], Graph, str, str]] = {
    "clear": (Training, NOISY, "float64", "numpy"),
    "registers": (FastTraining, NOISY, "float64", "registers"),
    "blas": (FastTraining, WIDE, "float64", "blas"),
    "float32": (FastTraining, WIDE, "float32", "blas"),
    "images": (FastTraining, PICTURES, "float64", "registers"),
}
"""Executor, network, type, and what multiplies matrices."""
every = pytest.mark.parametrize(("name", "by"), [(name, by) for name in SETTINGS for by in CARRIED])


@pytest.fixture(autouse=True)
def as_settings_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NNVIZ_EXECUTOR")


def examples(graph: Graph, rows: int, seed: int) -> Examples:
    if graph is NOISY:
        return noisy_examples(rows, seed)
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(rows, 40))
    return Examples({"x": x}, {"loss": np.eye(2)[(x[:, 0] > x[:, 1]).astype(int)]})


def made(name: str, by: str, *, seed: int = 4, **how) -> Training:
    kind, graph, precision, products = CARRIED[by]
    given = {"settings": SETTINGS[name], "parameters": first_values(graph, seed)} | how
    training = kind(
        plan_of(graph),
        examples(graph, 23, 0),
        replace(given.pop("settings"), precision=precision),
        given.pop("parameters"),
        seed=seed,
        validation=examples(graph, 9, 1),
        dropout={"drop": 0.3},
        **given,
    )
    assert (training.products, training.record().dtype) == (products, precision)
    return training


def run(name: str, by: str, seed: int = 4) -> Training:
    """A run that is over."""
    training = made(name, by, seed=seed)
    list(training)
    return training


def digest(*parts: Training) -> str:
    """What stands for the bits of weights, memory and statistics after the last of some runs, and for all curves."""
    curves = [curve for each in parts for curve in (each.record().training, each.record().validation)]
    state = parts[-1].state
    held = [
        bits(parts[-1].parameters),
        bits(state.statistics),
        *(bits(arrays) for _, arrays in sorted(state.memory.items())),
    ]
    training, validation = (np.concatenate(curves[place::2]) for place in (0, 1))
    return hashlib.sha256(b"".join([*held, training.tobytes(), validation.tobytes()])).hexdigest()


@every
def test_every_run_gives_the_same_bits_and_another_seed_others(name: str, by: str) -> None:
    first = run(name, by)
    assert (first.stopped, first.state.epoch, first.error) == ("finished", 200, None)
    assert 0 < first.record().best_epoch < 200
    assert {digest(run(name, by)) for _ in range(RUNS - 1)} == {digest(first)}
    assert digest(run(name, by, seed=5)) != digest(first)


def gone_on(name: str, by: str, *places: int) -> list[Training]:
    """A run that is ended at the first report after some updates, again and again, and goes on from there.

    Early stopping would watch anew.
    """
    settings = replace(SETTINGS[name], early_stopping=None)
    parts = [made(name, by, settings=settings, slice_seconds=0.0)]
    for place in places:
        stopped = parts[-1]
        for report in stopped:
            stopped._budget = 1  # updates of the next call of the kernels
            if report.step >= place:
                stopped.stop()
        left = replace(settings, epochs=200 - stopped.state.epoch)
        parts.append(
            made(name, by, settings=left, parameters=stopped.parameters, state=stopped.state, slice_seconds=0.0)
        )
    list(parts[-1])
    return parts


STOPS = (1, 2, 7, 400, 401, 555)
"""At the end of epochs and within them."""


@every
def test_a_run_that_was_stopped_goes_on_with_the_same_bits(name: str, by: str) -> None:
    parts = gone_on(name, by, *STOPS)
    assert [each.state.step for each in parts[:-1]] == list(STOPS)
    assert digest(*parts) == digest(*gone_on(name, by))


def told() -> list[str]:
    """What another process has to agree with: of each run that is made, and of each that is stopped and goes on."""
    kinds = [(name, by) for name in SETTINGS for by in CARRIED]
    return [digest(run(*kind)) for kind in kinds] + [digest(*gone_on(*kind, 7, 400)) for kind in kinds]


@pytest.mark.timeout(120 + 30 * RUNS)
def test_other_processes_with_other_hash_seeds_give_the_same_bits() -> None:
    script = "from tests.learning.test_same_bits import told; print(*told())"
    expected = told()
    for hash_seed in range(RUNS - 1):
        environment = os.environ | {"PYTHONHASHSEED": str(12345 * hash_seed), "PYTHONPATH": "."}
        command = [sys.executable, "-c", script]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stdout.split() == expected


def document(executor: str) -> Document:
    """The noisy network with a table, of which a part is watched, for as many epochs as take a while."""
    epochs = {"clear": 60, "fast": 5000}[executor]
    training = replace(SETTINGS["adam"], executor=executor, epochs=epochs, early_stopping=EarlyStopping(epochs - 1))
    rows = noisy_examples(40)
    x, size = rows.inputs["x"], rows.targets["size"][:, 0]
    kinds = Column("kind", rows.targets["kind"].argmax(axis=1).astype(float), ("a", "b", "c"))
    table = Table("noisy", (Column("x1", x[:, 0]), Column("x2", x[:, 1]), kinds, Column("size", size)))
    data = DataChoice(table, {"x": ("x1", "x2")}, {"kind": ("kind",), "size": ("size",)}, Split("stratified"))
    return settled(Document(graph=NOISY, data=data, seed=4, training=training))


executors = pytest.mark.parametrize("executor", ["clear", "fast"])


@executors
def test_a_run_that_is_paused_and_looked_at_gives_the_same_bits(executor: str) -> None:
    begun = document(executor)
    runner = Runner(begun)
    runner.pause()
    runner.start()
    while runner.news(state=True).report is None:
        runner._thread.join(0.001)
    assert runner.alive
    assert runner.paused
    while runner.alive:
        runner.resume()
        runner._thread.join(0.001)
        runner.pause()
        runner.news(state=True)
    expected = nnviz.train(begun).document
    assert expected.runs[-1].executor == executor
    assert same(runner.result().apply(begun), expected)


@executors
def test_a_session_gives_the_bits_of_the_library(executor: str) -> None:
    begun = document(executor)
    session = Session(begun)
    session.start_training()
    while session.runner:
        session.runner._thread.join(0.01)
        session.poll()
    assert same(session.document, nnviz.train(begun).document)
    session.close()
