"""The clear executor and its workspace: binding, masks, lengths of batches."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.engine import clear
from nnviz.engine.workspace import Workspace
from nnviz.errors import ShapeError
from tests.oracle.graphs import random_case


@pytest.mark.parametrize("seed", range(10))
def test_bound_calls_give_the_same_bits_as_a_run(seed: int) -> None:
    one, other = (random_case(seed).workspace() for _ in range(2))
    clear.forward(one)
    clear.backward(one)
    calls = clear.bind(other.plan.forward + other.plan.backward, other)
    for _ in range(3):
        clear.carry_out(calls)
    assert one.gradient.tobytes() == other.gradient.tobytes()
    assert all(a.tobytes() == b.tobytes() for a, b in zip(one.views, other.views, strict=True))


def test_a_shorter_batch_gives_what_a_workspace_of_its_size_gives() -> None:
    case = next(case for case in map(random_case, range(50)) if len(next(iter(case.inputs.values()))) == 4)
    large, small = Workspace(case.plan, 9), case.workspace()
    large.parameters[:] = small.parameters
    for rows in (9, 4, 9, 4):
        large.resize(rows)
    for mine, its in zip(large.views, small.views, strict=True):
        mine[...] = its
    for workspace in (large, small):
        clear.forward(workspace)
        clear.backward(workspace)
    assert large.gradient.tobytes() == small.gradient.tobytes()


def test_a_length_has_its_views_again() -> None:
    workspace = random_case(0).workspace()
    rows, views = workspace.rows, workspace.views
    workspace.resize(1)
    workspace.resize(rows)
    assert all(a is b for a, b in zip(workspace.views, views, strict=True))


@pytest.mark.parametrize("rows", [0, -1, 5])
def test_a_batch_that_does_not_fit_is_refused(rows: int) -> None:
    with pytest.raises(ShapeError, match=rf"does not fit\. Expected 1 to 3 rows, found {rows}"):
        Workspace(random_case(0).plan, 3).resize(rows)


def test_parameters_can_be_shared() -> None:
    first = random_case(0).workspace()
    second = Workspace(first.plan, 2, parameters=first.parameters)
    first.parameters[0] = 42.0
    assert second.parameters[0] == 42.0


def masks(case_seed: int, **how) -> dict[str, np.ndarray]:
    workspace = random_case(case_seed).workspace()
    slots = workspace.plan.slots_of("mask")
    clear.set_mode(workspace, {slot.key: 0.4 for slot in slots}, **how)
    return {slot.key: workspace.views[slot.index].copy() for slot in slots}


WITH_DROPOUT = next(seed for seed in range(50) if len(random_case(seed).masks) > 1)


def test_dropout_is_inverted_and_reproducible() -> None:
    drawn = [masks(WITH_DROPOUT, training=True, seed=1, step=step) for step in range(200)]
    for node in drawn[0]:
        values = np.stack([each[node] for each in drawn])
        assert set(np.unique(values)) <= {0.0, 1 / 0.6}
        assert values.mean() == pytest.approx(1.0, abs=0.1)
    again = masks(WITH_DROPOUT, training=True, seed=1, step=7)
    assert all((again[node] == drawn[7][node]).all() for node in again)
    assert any((drawn[0][node] != drawn[step][node]).any() for node in again for step in range(1, 20))


def test_nothing_is_dropped_in_evaluation() -> None:
    assert all((mask == 1.0).all() for mask in masks(WITH_DROPOUT, training=False, seed=1, step=0).values())


def test_the_first_number_that_is_not_finite_names_its_node() -> None:
    workspace = random_case(0).workspace()
    clear.forward(workspace)
    clear.backward(workspace)
    assert clear.first_nonfinite(workspace, backward=True) == ""
    instruction = workspace.plan.backward[3]
    workspace.views[instruction.output][...] = np.inf
    assert clear.first_nonfinite(workspace) == ""
    assert clear.first_nonfinite(workspace, backward=True) == instruction.node
    instruction = workspace.plan.forward[1]
    workspace.views[instruction.output][...] = np.nan
    assert clear.first_nonfinite(workspace) == instruction.node
