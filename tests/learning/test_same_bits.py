"""The same seed: equal bits after 200 epochs of everything that is drawn, in many runs and in other processes.

``NNVIZ_RUNS`` says how many runs (20 by ``make test-proofs``).
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import pytest

from nnviz.engine.optimizers import SGD, Adam
from nnviz.learning.clipping import ClipNorm
from nnviz.learning.fit import Training
from nnviz.learning.schedules import Plateau, WarmUp
from nnviz.learning.settings import EarlyStopping, TrainingSettings
from tests.learning.runs import bits, noisy, noisy_examples

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


def run(name: str, seed: int = 4) -> Training:
    """A run that is over."""
    training = noisy(SETTINGS[name], seed=seed, validation=noisy_examples(9, seed=1))
    list(training)
    return training


def digest(training: Training) -> str:
    """What stands for the bits of weights, memory and curves."""
    state, record = training.state, training.record()
    parts = [bits(training.parameters), *(bits(arrays) for _, arrays in sorted(state.memory.items()))]
    return hashlib.sha256(b"".join([*parts, record.training.tobytes(), record.validation.tobytes()])).hexdigest()


@pytest.mark.parametrize("name", SETTINGS)
def test_every_run_gives_the_same_bits_and_another_seed_others(name: str) -> None:
    first = run(name)
    assert (first.stopped, first.state.epoch, first.error) == ("finished", 200, None)
    assert 0 < first.record().best_epoch < 200
    assert {digest(run(name)) for _ in range(RUNS - 1)} == {digest(first)}
    assert digest(run(name, seed=5)) != digest(first)


def test_other_processes_with_other_hash_seeds_give_the_same_bits() -> None:
    script = "from tests.learning.test_same_bits import SETTINGS, digest, run; print(*map(digest, map(run, SETTINGS)))"
    expected = [digest(run(name)) for name in SETTINGS]
    for hash_seed in ("12345", "0", "1")[: RUNS - 1]:
        environment = os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": "."}
        command = [sys.executable, "-c", script]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stdout.split() == expected
