"""Batch and layer normalisation beside what PyTorch makes of the same numbers (``tests/reference``)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from nnviz.engine import clear
from nnviz.engine.builder import PlanBuilder
from nnviz.engine.optimizers import SGD
from nnviz.engine.plan import Plan
from nnviz.engine.workspace import Workspace, flat_statistics, flatten
from nnviz.graph import Node
from nnviz.learning.evaluation import evaluate
from nnviz.learning.examples import Examples
from nnviz.learning.fit import Training
from nnviz.learning.settings import TrainingSettings
from nnviz.lowering.normalising import emit_normalisation
from tests.learning.runs import chain, plan_of

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "normalising.json").read_bytes())
CASES = REFERENCE["cases"]
TIGHT = {"rtol": 1e-9, "atol": 1e-12}
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['kind']}-{len(case['shape'])}")


def lowered(case: dict) -> tuple[Plan, dict[str, int]]:
    """The plan of one normalisation, whose goal is its value times what arrives; and its slots."""
    builder = PlanBuilder()
    builder.for_node("k")
    shape = tuple(case["shape"])
    x = builder.place("input", "x", shape, key="x")
    out = emit_normalisation(builder, Node("k", case["kind"], options=case["options"]), x)
    upstream = builder.place("target", "u", shape, key="u")
    builder.differentiate(builder.emit("multiply", out, upstream), inputs=True, fixed=True)
    return builder.finish(), {"x": x, "out": out, "u": upstream}


def filled(case: dict, plan: Plan, slots: dict[str, int]) -> Workspace:
    x = np.array(case["x"])
    workspace = Workspace(plan, len(x))
    workspace.parameters[:] = flatten(plan, {"k.gain": np.array(case["gain"]), "k.shift": np.array(case["shift"])})
    workspace.views[slots["x"]][:] = x
    workspace.views[slots["u"]][:] = case["upstream"]
    return workspace


@pytest.mark.parametrize("mode", ["train", "evaluate"])
@each_case
def test_values_and_gradients(case: dict, mode: str) -> None:
    plan, slots = lowered(case)
    workspace = filled(case, plan, slots)
    if case["running"]:
        mean, variance = map(np.array, case["running"][-1])
        workspace.statistics[:] = flat_statistics(plan, {"k.mean": mean, "k.variance": variance})
    clear.set_mode(workspace, training=mode == "train")
    clear.forward(workspace)
    clear.backward(workspace)
    expected = case[mode]
    np.testing.assert_allclose(workspace.views[slots["out"]], expected["value"], **TIGHT)
    wanted = (slots["x"], plan.by_key["k.gain"].slot, plan.by_key["k.shift"].slot)
    for slot, gradient in zip(wanted, expected["gradients"], strict=True):
        np.testing.assert_allclose(workspace.views[plan.gradients[slot]], gradient, **TIGHT)


@each_case
def test_running_statistics_of_five_batches(case: dict) -> None:
    plan, slots = lowered(case)
    workspace = filled(case, plan, slots)
    clear.set_mode(workspace, training=True)
    for batch, expected in zip(case["batches"], case["running"], strict=True):
        workspace.views[slots["x"]][:] = batch
        clear.forward(workspace)
        workspace.statistics[:] = clear.moved_statistics(workspace)
        np.testing.assert_allclose(workspace.statistics, np.concatenate(expected), **TIGHT)
    assert len(workspace.statistics) == (2 * case["shape"][0] if case["kind"] == "batch_norm" else 0)


def test_fifty_steps_of_a_network() -> None:
    case = REFERENCE["network"]
    plan = plan_of(
        chain(
            Node("h", "dense", options={"units": 4}),
            Node("k", "batch_norm"),
            Node("t", "tanh"),
            Node("o", "dense", options={"units": 2}),
            units=3,
        )
    )
    examples = Examples({"x": np.array(case["x"])}, {"loss": np.array(case["y"])})
    settings = TrainingSettings(SGD(0.05), epochs=25, batch_size=5, shuffle=False)
    start = {key: np.array(values) for key, values in case["start"].items()}
    training = Training(plan, examples, settings, start, seed=0)
    list(training)
    assert training.state.step == 50
    for key, expected in case["end"].items():
        np.testing.assert_allclose(training.parameters[key], expected, rtol=1e-7, atol=1e-9, err_msg=key)
    for name in ("mean", "variance"):
        np.testing.assert_allclose(training.state.statistics[f"k.{name}"], case[name], rtol=1e-7, atol=1e-9)
    flat = flatten(plan, training.parameters)
    judged = evaluate(plan, examples, flat, flat_statistics(plan, training.state.statistics))
    assert judged.loss == pytest.approx(case["loss"], rel=1e-7)
