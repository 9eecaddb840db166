"""Operations, activations and losses beside what PyTorch makes of the same numbers (``tests/reference``)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from nnviz.engine import clear
from nnviz.engine.builder import PlanBuilder
from nnviz.engine.registry import OPERATIONS
from nnviz.engine.workspace import Workspace
from nnviz.lowering.explain.written import WRITTEN

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "operations.json").read_bytes())["cases"]
TIGHT = {"rtol": 1e-9, "atol": 1e-15}
"""The absolute part is the rounding of PyTorch where it subtracts two numbers near 1, as in the tail of a gelu."""


def computed(case: dict, upstream: list[float]) -> tuple[np.ndarray, list[np.ndarray | None]]:
    """Value and gradients of one row, through a plan."""
    builder = PlanBuilder()
    slots = [
        builder.place("input", f"x{place}", (len(row),), key=str(place)) for place, row in enumerate(case["inputs"])
    ]
    output = builder.emit(case["operation"], *slots, **case["options"])
    arriving = builder.place("target", "u", builder.form(output).shape, key="u")
    builder.differentiate(builder.emit("multiply", output, arriving), inputs=True)
    plan = builder.finish()
    workspace = Workspace(plan, 1)
    for slot, row in zip((*slots, arriving), (*case["inputs"], upstream), strict=True):
        workspace.views[slot][:] = row
    clear.forward(workspace)
    clear.backward(workspace)
    found = [plan.gradients.get(slot) for slot in slots]
    return workspace.views[output][0], [None if slot is None else workspace.views[slot][0] for slot in found]


@pytest.mark.parametrize("place", range(len(REFERENCE)), ids=lambda place: f"{REFERENCE[place]['operation']}-{place}")
def test_values_and_gradients(place: int) -> None:
    case = REFERENCE[place]
    value, gradients = computed(case, case["upstream"])
    np.testing.assert_allclose(value, case["value"], **TIGHT)
    for found, expected in zip(gradients, case["gradients"] or [], strict=False):
        assert found is not None
        np.testing.assert_allclose(found, expected, **TIGHT)
    if case["gradients"] is None:
        assert gradients == [None]


@pytest.mark.parametrize(
    "case", [case for case in REFERENCE if "whole" in case], ids=lambda case: str(case["inputs"][0])
)
def test_a_class_by_its_number_is_a_one_hot_target(case: dict) -> None:
    value, gradients = computed(case, [1.0] * len(case["value"]))
    np.testing.assert_allclose(value.sum(), case["whole"], **TIGHT)
    np.testing.assert_allclose(gradients[0], case["whole_gradient"], **TIGHT)


def test_every_operation_that_can_be_drawn_has_a_reference() -> None:
    assert WRITTEN.keys() - {"dropout"} == {case["operation"] for case in REFERENCE}
    assert OPERATIONS["dropout"].compute is OPERATIONS["multiply"].compute
