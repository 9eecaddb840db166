"""The engine against the scalar judge and against central differences, on random drawings."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from nnviz.engine import check, clear
from nnviz.engine.workspace import Workspace, unflatten
from nnviz.errors import ConfigError
from nnviz.graph import Graph, ordered
from nnviz.lowering.kinds import KINDS
from nnviz.lowering.targets import Derivatives
from tests.engine.test_tangents import KINKED, WITHOUT_SECOND, WITHOUT_TANGENT
from tests.oracle.graphs import Case, random_case
from tests.oracle.scalar import Oracle

CASES = [(seed, False) for seed in range(60)] + [(seed, True) for seed in range(140)]
"""Seeds of drawings of layers and neurons, and of drawings of every kind."""


@pytest.mark.parametrize(("seed", "every_kind"), CASES)
def test_engine_and_judge_agree(seed: int, every_kind: bool) -> None:
    case = random_case(seed, every_kind=every_kind)
    given = (case.parameters, case.inputs, case.targets, case.masks, case.statistics, case.training)
    judged = Oracle(case.graph, case.conventions, *given)
    workspace = case.workspace()
    clear.forward(workspace)
    clear.backward(workspace)
    assert float(workspace.views[case.plan.loss]) == pytest.approx(judged.loss, rel=1e-12, abs=1e-14)
    found = unflatten(case.plan, workspace.gradient)
    assert found.keys() == {segment.key for segment in case.plan.segments if segment.trained}
    for key, gradient in found.items():
        np.testing.assert_allclose(gradient, judged.gradients[key], rtol=1e-10, atol=1e-12, err_msg=key)


@pytest.mark.parametrize(("seed", "every_kind"), CASES)
def test_every_gradient_is_the_central_difference(seed: int, every_kind: bool) -> None:
    workspace = random_case(seed, every_kind=every_kind).workspace()
    checked = check.gradient_check(workspace)
    assert checked or not workspace.plan.trained_size
    assert max((each.error for each in checked), default=0.0) < 1e-7


@pytest.mark.parametrize(("seed", "every_kind"), CASES)
def test_forward_mode_is_the_backward_pass_the_other_way(seed: int, every_kind: bool) -> None:
    case = random_case(seed, every_kind=every_kind)
    backward = case.workspace(Derivatives(everything=True))
    clear.forward(backward)
    clear.backward(backward)
    try:
        workspace, moving = aimed(case, seed)
    except ConfigError as refusal:
        assert refusal.found in WITHOUT_TANGENT  # noqa: PT017  (told apart from a success)
        return
    clear.forward(workspace)
    clear.tangent(workspace)
    terms = [
        backward.views[slot] * workspace.views[direction]
        for key, direction in moving.items()
        if (slot := backward.plan.gradients.get(backward.plan.by_key[key].slot)) is not None
    ]
    found, size = workspace.plan.tangents.get(workspace.plan.loss), sum(float(np.abs(term).sum()) for term in terms)
    ahead = 0.0 if found is None else float(workspace.views[found])
    assert (found is None) == (not terms)
    assert ahead == pytest.approx(sum(float(term.sum()) for term in terms), rel=1e-12, abs=1e-12 * max(size, 1e-3))


@pytest.mark.parametrize(("seed", "every_kind"), CASES[::4])
def test_second_derivatives_are_central_differences_of_gradients(seed: int, every_kind: bool) -> None:
    case = random_case(seed, every_kind=every_kind)
    try:
        workspace, moving = aimed(case, seed, everything=True, twice=True)
    except ConfigError as refusal:
        assert refusal.found in KINKED | {"elu"} | WITHOUT_TANGENT | WITHOUT_SECOND  # noqa: PT017  (told apart from a success)
        return
    plan, views = workspace.plan, workspace.views
    run = (clear.forward, clear.backward, clear.tangent)
    for each in run:
        each(workspace)
    found = {
        key: np.array(views[plan.tangents[slot]]) if slot in plan.tangents else 0.0
        for key in moving
        if (slot := plan.gradients.get(plan.by_key[key].slot)) is not None
    }
    ends = []
    for sign in (1, -2):
        for key, direction in moving.items():
            views[plan.by_key[key].slot] += sign * 1e-5 * views[direction]
        for each in run:
            each(workspace)
        ends.append({key: np.array(views[plan.gradients[plan.by_key[key].slot]]) for key in found})
    for key, second in found.items():
        numeric = (ends[0][key] - ends[1][key]) / 2e-5
        np.testing.assert_allclose(second, numeric, rtol=1e-5, atol=1e-5 * max(1.0, np.abs(numeric).max()))


def aimed(case: Case, seed: int, **asked: bool) -> tuple[Workspace, dict[str, int]]:
    """A workspace in which all parameters move, each in a direction of its own, and the slots of the directions."""
    workspace = case.workspace(Derivatives(along=tuple(case.parameters), **asked))
    moving = {slot.key: slot.index for slot in workspace.plan.slots_of("tangent") if slot.key}
    rng = np.random.default_rng(seed)
    for slot in moving.values():
        workspace.views[slot][...] = rng.normal(size=workspace.views[slot].shape)
    return workspace, moving


def test_the_drawings_hold_everything() -> None:
    cases = [random_case(seed, every_kind=every_kind) for seed, every_kind in CASES]
    assert len(cases) == 200
    assert sum(has_fork(case.graph) for case in cases) > 50
    assert sum(has_skip(case.graph) for case in cases) > 50
    kinds = Counter(node.kind for case in cases for node in case.graph.nodes)
    assert kinds.keys() == KINDS.keys()
    assert sum(any(edge.shared for edge in case.graph.edges) for case in cases) > 10
    assert sum(sum(KINDS[node.kind].family == "loss" for node in case.graph.nodes) > 1 for case in cases) > 10
    assert sum(any("bias_name" in node.options for node in case.graph.nodes) for case in cases) > 10
    assert len({case.conventions for case in cases}) == 8


def has_fork(graph: Graph) -> bool:
    return any(len({edge.target for edge in graph.out_of(node.id)}) > 1 for node in graph.nodes)


def has_skip(graph: Graph) -> bool:
    """Whether an edge leads where a longer way leads as well."""
    order = [node.id for node in ordered(graph)]
    depth = dict.fromkeys(order, 0)
    for node in order:
        depth[node] = max((depth[edge.source] + 1 for edge in graph.into(node)), default=0)
    return any(depth[edge.target] > depth[edge.source] + 1 for edge in graph.edges)


def test_a_wrong_gradient_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = random_case(1).workspace()
    honest = clear.backward

    def wrong(each: Workspace) -> None:
        honest(each)
        each.gradient += 1e-6

    monkeypatch.setattr(clear, "backward", wrong)
    assert max(each.error for each in check.gradient_check(workspace)) > 1e-7
