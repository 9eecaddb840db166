"""Iris 4-8-3 on raw inputs, as it stands in the examples: how well it learns, over ten seeds."""

from __future__ import annotations

from statistics import median

import pytest

from nnviz.engine.optimizers import Adam
from nnviz.learning.settings import TrainingSettings
from tests.learning.runs import iris_training

SETTINGS = TrainingSettings(Adam(lr=0.01), epochs=200, batch_size=16)


@pytest.mark.parametrize("singly", [False, True], ids=["layers", "perceptrons"])
def test_accuracy_over_ten_seeds(singly: bool) -> None:
    found = []
    for seed in range(10):
        reports = list(iris_training(SETTINGS, seed, singly=singly))
        assert reports[-1].stopped == "finished"
        found.append(reports[-1].metrics["accuracy"])
    assert median(found) >= 0.95
    assert min(found) >= 0.90
