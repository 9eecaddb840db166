"""Optimizers, clipping and schedules as runs of either executor, beside what PyTorch makes of the same numbers.

J is the sum of w · g, so that ∂J/∂w is the g that stands in the file; each example is one update.
"""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.conventions import Conventions
from nnviz.engine.optimizers import RULES, SGD
from nnviz.graph import Edge, Graph, Node
from nnviz.learning.clipping import ClipNorm, ClipValue
from nnviz.learning.examples import Examples
from nnviz.learning.fit import Training
from nnviz.learning.schedules import WarmUp
from nnviz.learning.settings import TrainingSettings
from nnviz.lowering import lower
from tests.engine.test_optimizers_reference import BY_NAME, REFERENCE
from tests.learning.runs import CARRIED_BY, by_both


def path(kind: type[Training], gradients: np.ndarray, start: np.ndarray, **settings) -> np.ndarray:
    """The weights after each update."""
    units = {"units": len(start)}
    graph = Graph(
        (
            Node("g", "input", options=units),
            Node("w", "parameter", options=units),
            Node("product", "multiply"),
            Node("J", "objective"),
        ),
        (Edge("e1", "g", "product"), Edge("e2", "w", "product"), Edge("e3", "product", "J")),
    )
    told = TrainingSettings(**{"epochs": 1, "batch_size": 1, "shuffle": False} | settings)
    plan = lower(graph, Conventions(examples="sum"))
    training = kind(plan, Examples({"g": gradients}, {}), told, {"w": start}, seed=0, slice_seconds=0.0)
    found = []
    for _ in training:
        found.append(training.parameters["w"])
        training._budget = 1  # updates of the next call of the kernels
    assert (training.executor, training.products) == CARRIED_BY[kind]
    return np.array(found)


@by_both
@pytest.mark.parametrize(
    "case", REFERENCE["optimizers"], ids=lambda case: f"{case['rule']}-{case['function']}-{len(case['settings'])}"
)
def test_fifty_updates(case: dict, kind: type[Training]) -> None:
    rule = RULES[case["rule"]](**case["settings"])
    weights = path(kind, np.array(case["gradients"]), np.array(case["start"]), optimizer=rule)
    assert len(weights) == 50
    for count, expected in case["weights"].items():
        np.testing.assert_allclose(weights[int(count) - 1], expected, rtol=1e-12, atol=1e-13, err_msg=count)


@by_both
@pytest.mark.parametrize("case", REFERENCE["clipping"], ids=lambda case: f"{case['by']}-{case['limit']}")
def test_clipping(case: dict, kind: type[Training]) -> None:
    clip = {"value": ClipValue, "norm": ClipNorm}[case["by"]](case["limit"])
    gradient = np.array([case["gradient"]])
    (moved,) = path(kind, gradient, np.zeros(gradient.shape[1]), optimizer=SGD(1.0), clip=clip)
    np.testing.assert_allclose(-moved, case["clipped"], rtol=1e-14)


@by_both
@pytest.mark.parametrize(
    "case", REFERENCE["schedules"], ids=lambda case: case["schedule"] + "-warm" * bool(case["warm_up"])
)
def test_schedules(case: dict, kind: type[Training]) -> None:
    moved = path(
        kind,
        np.ones((1, 1)),
        np.zeros(1),
        optimizer=SGD(0.1),
        epochs=len(case["rates"]),
        schedule=BY_NAME[case["schedule"]](**case["settings"]),
        warm_up=WarmUp(**case["warm_up"]) if case["warm_up"] else None,
    )
    np.testing.assert_allclose(-moved[:, 0], np.cumsum(case["rates"]), rtol=1e-12)
