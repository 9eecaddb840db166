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

STORED = json.loads((Path(__file__).parents[1] / "reference" / "operations.json").read_bytes())
REFERENCE, ARRAYS = STORED["cases"], STORED["arrays"]
PART = "a part of a normalisation, which PyTorch judges as a whole (normalising.json)"
REASONS = {"offset": PART, "spread": PART, "reduce": PART, "by_mode": PART}
"""Operations without a vector of their own, and what stands in for it."""
TIGHT = {"rtol": 1e-9, "atol": 1e-15}
"""The absolute part is the rounding of PyTorch where it subtracts two numbers near 1, as in the tail of a gelu."""


def computed(case: dict, upstream: list[float]) -> tuple[np.ndarray, list[np.ndarray | None]]:
    """Value and gradients of one row, through a plan; kernel and bias of a convolution belong to no row."""
    batched = [not is_kernel(case, place) for place in range(len(case["inputs"]))]
    inputs = [[row] if each else row for row, each in zip(case["inputs"], batched, strict=True)]
    value, gradients = run(case | {"inputs": inputs, "batched": batched}, np.array([upstream]))
    return value[0], [
        each if each is None or not of_rows else each[0] for each, of_rows in zip(gradients, batched, strict=True)
    ]


def is_kernel(case: dict, place: int) -> bool:
    return case["operation"] == "conv2d" and place > 0


def run(case: dict, upstream: np.ndarray) -> tuple[np.ndarray, list[np.ndarray | None]]:
    """Value and gradients of whole arrays, through a plan; ``batched`` ones have a row for each example."""
    builder = PlanBuilder()
    arrays = [np.array(each) for each in case["inputs"]]
    slots = [
        builder.place("input", f"x{place}", array.shape[batched:], batched=batched, key=str(place))
        for place, (array, batched) in enumerate(zip(arrays, case["batched"], strict=True))
    ]
    output = builder.emit(case["operation"], *slots, **case["options"])
    form = builder.form(output)
    arriving = builder.place("target", "u", form.shape, batched=form.batched, key="u")
    builder.differentiate(builder.emit("multiply", output, arriving), inputs=True, fixed=True)
    plan = builder.finish()
    many = [len(array) for array, batched in zip(arrays, case["batched"], strict=True) if batched]
    workspace = Workspace(plan, many[0] if many else len(upstream))
    for slot, array in zip((*slots, arriving), (*arrays, upstream), strict=True):
        workspace.views[slot][...] = array
    clear.forward(workspace)
    clear.backward(workspace)
    found = [plan.gradients.get(slot) for slot in slots]
    return workspace.views[output], [None if slot is None else workspace.views[slot] for slot in found]


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


@pytest.mark.parametrize("place", range(len(ARRAYS)), ids=lambda place: f"{ARRAYS[place]['operation']}-{place}")
def test_whole_arrays(place: int) -> None:
    case = ARRAYS[place]
    value, gradients = run(case, np.array(case["upstream"]))
    np.testing.assert_allclose(value, case["value"], **TIGHT)
    for found, expected in zip(gradients, case["gradients"], strict=False):
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-13)


def test_every_operation_with_a_rule_has_a_reference_or_a_reason() -> None:
    judged = {case["operation"] for case in REFERENCE + ARRAYS}
    assert judged | REASONS.keys() == {name for name, row in OPERATIONS.items() if row.rule}
    assert not judged & REASONS.keys()
    assert WRITTEN.keys() <= judged | REASONS.keys()
