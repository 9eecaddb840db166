"""Randomness: a pure function of its coordinates, equal in every process."""

from __future__ import annotations

import subprocess
import sys

import numpy as np

from nnviz import rng


def test_the_numbers_of_a_place_never_change() -> None:
    assert rng.words(3, 0, "initialise", 0, "w1").tolist() == PINNED
    assert rng.normal(1, 0, "initialise", node="w1")[0] == rng.normal(5, 0, "initialise", node="w1")[0]


PINNED = [17323640770223488565, 11510620041450576350, 13826809473729566163]


def test_an_element_does_not_depend_on_how_many_are_drawn() -> None:
    long = rng.words(100, 7, "dropout", 3, "d")
    assert rng.words(13, 7, "dropout", 3, "d").tolist() == long[:13].tolist()


def test_each_coordinate_matters() -> None:
    base = {"seed": 1, "stream": "a", "step": 2, "node": "n"}
    others = [{"seed": 2}, {"stream": "b"}, {"step": 3}, {"node": "m"}]
    drawn = {tuple(rng.words(4, **(base | other)).tolist()) for other in [{}, *others]}  # type: ignore[arg-type]  # options are passed on as they come
    assert len(drawn) == 5


def test_uniform_and_normal_have_their_moments() -> None:
    uniform, normal = rng.uniform(100_000, 5, "t"), rng.normal(100_000, 5, "t")
    assert uniform.min() >= 0
    assert uniform.max() < 1
    assert abs(uniform.mean() - 0.5) < 0.005
    assert abs(normal.mean()) < 0.02
    assert abs(normal.std() - 1) < 0.01


def test_a_permutation_holds_every_row_once() -> None:
    assert sorted(rng.permutation(50, 1, "order", 4).tolist()) == list(range(50))
    assert rng.permutation(50, 1, "order", 4).tolist() != rng.permutation(50, 1, "order", 5).tolist()


def test_another_process_with_another_hash_seed_draws_the_same() -> None:
    code = "from nnviz import rng; print(rng.normal(4, 9, 'initialise', 2, 'w').tobytes().hex())"
    hidden = {"PYTHONHASHSEED": "123", "PYTHONPATH": "."}
    drawn = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=hidden)
    assert drawn.stdout.strip() == np.asarray(rng.normal(4, 9, "initialise", 2, "w")).tobytes().hex()
