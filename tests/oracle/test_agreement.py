"""The engine against the scalar judge and against central differences, on random drawings."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from nnviz.engine import check, clear
from nnviz.engine.workspace import Workspace, unflatten
from nnviz.lowering.kinds import KINDS
from tests.oracle.graphs import random_case
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


def test_the_drawings_hold_everything() -> None:
    cases = [random_case(seed, every_kind=every_kind) for seed, every_kind in CASES]
    kinds = Counter(node.kind for case in cases for node in case.graph.nodes)
    assert kinds.keys() == KINDS.keys()
    assert sum(any(edge.shared for edge in case.graph.edges) for case in cases) > 10
    assert sum(sum(KINDS[node.kind].family == "loss" for node in case.graph.nodes) > 1 for case in cases) > 10
    assert sum(any("bias_name" in node.options for node in case.graph.nodes) for case in cases) > 10
    assert len({case.conventions for case in cases}) == 8


def test_a_wrong_gradient_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = random_case(1).workspace()
    honest = clear.backward

    def wrong(each: Workspace) -> None:
        honest(each)
        each.gradient += 1e-6

    monkeypatch.setattr(clear, "backward", wrong)
    assert max(each.error for each in check.gradient_check(workspace)) > 1e-7
