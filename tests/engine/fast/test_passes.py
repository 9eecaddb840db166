"""The fast executor's J and ∂J/∂w are those of the clear one, on every operation and on random drawings."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.engine import clear
from nnviz.engine.fast import codes
from nnviz.engine.fast.places import DIVERGED
from nnviz.engine.fast.program import program_of
from nnviz.engine.fast.run import Run, rows_of
from nnviz.engine.workspace import Workspace, flatten
from tests.engine.fast.carried import told_for
from tests.oracle.graphs import Case, random_case


def clear_gradient(case: Case) -> tuple[float, np.ndarray]:
    plan = case.plan
    work = Workspace(plan, rows_in(case))
    work.parameters[:] = flatten(plan, case.parameters)
    work.load(case.inputs, case.targets)
    chances = {slot.key: 0.4 for slot in plan.slots_of("mask")}
    clear.set_mode(work, chances, training=True, seed=7, step=0)
    clear.forward(work)
    clear.backward(work)
    return float(work.views[plan.loss]), work.gradient


def rows_in(case: Case) -> int:
    return len(next(iter(case.inputs.values())))


def first_update(case: Case, dtype=np.float64) -> tuple[Run, int]:
    """A run after its first update, whose rate is 0, and what that ended with."""
    plan, count = case.plan, rows_in(case)
    program = program_of(plan).in_pieces(count)
    rows = rows_of(program, case.inputs, case.targets, count, dtype)
    nothing = np.zeros((0, plan.trained_size))
    run = Run(program, told_for(plan, count), rows, None, flatten(plan, case.parameters), nothing)
    return run, run.advance(1, [0.0])


def fast_gradient(case: Case, dtype=np.float64) -> tuple[float, np.ndarray]:
    run, _ = first_update(case, dtype)
    return float(run.curves[0, 0]), run.gradient


def compare(case: Case, tolerance: float = 1e-11) -> None:
    loss, gradient = clear_gradient(case)
    fast_loss, fast = fast_gradient(case)
    assert fast_loss == pytest.approx(loss, rel=tolerance, abs=tolerance)
    scale = np.maximum(1.0, np.abs(gradient))
    assert np.abs(fast - gradient).max(initial=0.0) <= tolerance * scale.max(initial=1.0)


@pytest.mark.parametrize("seed", range(60))
def test_random_layers_and_neurons(seed):
    compare(random_case(seed))


@pytest.mark.parametrize("seed", range(200, 300))
def test_random_drawings_of_every_kind(seed):
    case = random_case(seed, every_kind=True)
    if has_variance(case):
        compare(case)
    else:
        assert first_update(case)[1] == DIVERGED


def has_variance(case: Case) -> bool:
    """Not so where a batch normalisation sees one number; such a run is refused before it begins."""
    return all(rows_in(case) * each.positions > 1 for each in case.plan.statistics)


@pytest.mark.parametrize("seed", range(60))
def test_products_done_piece_by_piece_are_the_same(seed, monkeypatch):
    """As huge ones are: here each unit is a piece of its own."""
    monkeypatch.setattr("nnviz.engine.fast.program.PIECE", 1)
    case = random_case(seed)
    units = [line[codes.UNITS] for line in program_of(case.plan).in_pieces(4).table if line[codes.OP] == codes.PRODUCT]
    assert set(units) <= {1}
    compare(case)
