"""Activations, slopes and curvatures at the ends of float64 and float32, beside ``tests/reference/ends.py``."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from nnviz.engine import clear
from nnviz.engine.builder import PlanBuilder
from nnviz.engine.operations.activations import log_softmax
from nnviz.engine.registry import OPERATIONS
from nnviz.engine.workspace import Workspace
from nnviz.lowering.kinds import ACTIVATIONS, WHOLE_ROW

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "ends.json").read_bytes())["cases"]
FROM_VALUE = {("sigmoid", "slope"), ("sigmoid", "curvature"), ("tanh", "slope"), ("tanh", "curvature")}
FROM_VALUE |= {("softplus", "curvature")}
"""Made of a, not of z: right to the rounding of a number near 1."""


@pytest.mark.parametrize("case", REFERENCE, ids=lambda case: f"{case['operation']}-{case['type']}")
def test_finite_and_right_at_the_ends(case: dict) -> None:
    limits = np.finfo(case["type"])
    for role, found in computed(case).items():
        room = 2 * limits.eps if (case["operation"], role) in FROM_VALUE else limits.tiny
        assert np.isfinite(found).all()
        np.testing.assert_allclose(found, case[role], rtol=16 * limits.eps, atol=room, err_msg=role)


def computed(case: dict) -> dict[str, np.ndarray]:
    """Value, slope and curvature of one row, as far as there are."""
    builder, width = PlanBuilder(), (len(case["z"]),)
    z = builder.place("input", "z", width, key="z")
    output = builder.emit(case["operation"], z)
    direction = builder.place("tangent", "dz", width, key="z")
    builder.differentiate(output, inputs=True, fixed=True)
    if OPERATIONS[case["operation"]].kink is None or case["curvature"]:
        builder.advance({z: direction}, "z", twice=True)
    plan = builder.finish(output)
    workspace = Workspace(plan, 1, case["type"])
    workspace.views[z][:], workspace.views[direction][:] = case["z"], 1.0
    for run in (clear.forward, clear.backward, clear.tangent):
        run(workspace)
    slope = plan.gradients.get(z)
    curvature = plan.tangents.get(-1 if slope is None else slope)
    slots = {"value": output, "slope": slope, "curvature": curvature}
    return {role: workspace.views[slot][0] for role, slot in slots.items() if slot is not None}


def test_every_activation_is_there() -> None:
    assert {case["operation"] for case in REFERENCE} == set(ACTIVATIONS) - set(WHOLE_ROW)
    for case in REFERENCE:
        assert set(computed(case)) == {role for role in ("value", "slope", "curvature") if case[role]}


@pytest.mark.parametrize(("kind", "far"), [("float64", 1e308), ("float32", 3e38)])
def test_a_log_softmax_is_finite_for_all_arguments(kind: str, far: float) -> None:
    z = np.array([[far, -far, 0.0], [far, far, far], [-far, -far, -far], [0.0, 1.0, -far]], kind)
    out = np.empty_like(z)
    with np.errstate(all="ignore"):
        log_softmax([z], out, {})
    lowest, third = np.finfo(kind).min, -np.log(np.array(3, kind))
    assert out[0].tolist() == [0.0, lowest, -z[0, 0]]  # −2·far is no number of the type: the nearest there is
    assert out[1:3].tolist() == [[third] * 3] * 2
    np.testing.assert_allclose(out[3], [-1.3132616875, -0.3132616875, -far], rtol=1e-6)
