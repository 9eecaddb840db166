"""Second derivatives beside what PyTorch makes of the same numbers (``tests/reference/second.py``)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from nnviz.engine import clear
from nnviz.engine.builder import PlanBuilder
from nnviz.engine.workspace import Workspace
from tests.engine.test_tangents import SMOOTH

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "second.json").read_bytes())["cases"]
WITHOUT_REFERENCE = {
    *("identity", "negate", "subtract", "add", "scale", "concatenate", "select", "sum", "mean", "every_row"),
    *("objective", "dropout", "over_outputs", "over_examples", "weighted_sum"),
    *("reduce", "spread", "offset", "by_mode"),
    *("reshape", "flatten", "stretch", "matmul", "conv2d", "avg_pool"),
}
"""Linear in each of their inputs: the product stands for them."""


@pytest.mark.parametrize("place", range(len(REFERENCE)), ids=lambda place: f"{REFERENCE[place]['operation']}-{place}")
def test_second_derivatives(place: int) -> None:
    case = REFERENCE[place]
    builder = PlanBuilder()
    slots = [
        builder.place("input", f"x{place}", (len(row),), key=str(place)) for place, row in enumerate(case["inputs"])
    ]
    output = builder.emit(case["operation"], *slots, **case["options"])
    arriving = builder.place("target", "u", builder.form(output).shape, key="u")
    builder.differentiate(builder.emit("multiply", output, arriving), inputs=True, fixed=True)
    moving = {
        slot: builder.place("tangent", f"v{slot}", builder.form(slot).shape, key=f"v{slot}")
        for slot in slots[: len(case["along"])]
    }
    builder.advance(moving, "v", twice=True)
    plan = builder.finish()
    workspace = Workspace(plan, 1)
    given = (*zip(slots, case["inputs"], strict=True), *zip(moving.values(), case["along"], strict=True))
    for slot, row in (*given, (arriving, case["upstream"])):
        workspace.views[slot][:] = row
    for run in (clear.forward, clear.backward, clear.tangent):
        run(workspace)
    for slot, expected in zip(moving, case["second"], strict=True):
        found = workspace.views[plan.tangents[plan.gradients[slot]]][0]
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-14)


def test_every_smooth_operation_has_a_reference() -> None:
    assert {case["operation"] for case in REFERENCE} == set(SMOOTH) - WITHOUT_REFERENCE
