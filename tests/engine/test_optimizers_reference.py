"""Optimizers, clipping and schedules beside what PyTorch makes of the same numbers (``tests/reference``)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from nnviz.engine.optimizers import RULES, empty_memory, tag_of
from nnviz.learning.clipping import Clip, ClipNorm, ClipValue
from nnviz.learning.schedules import SCHEDULES, Plateau, Plateaued, WarmUp, rate_at

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "optimizers.json").read_bytes())
BY_NAME = {tag_of(each): each for each in SCHEDULES}


@pytest.mark.parametrize(
    "case", REFERENCE["optimizers"], ids=lambda case: f"{case['rule']}-{case['function']}-{len(case['settings'])}"
)
def test_fifty_updates(case: dict) -> None:
    rule = RULES[case["rule"]](**case["settings"])
    weights = np.array(case["start"])
    memory = empty_memory(rule, len(weights), weights.dtype)
    path = {}
    for count, gradient in enumerate(case["gradients"], 1):
        rule.update(weights, np.array(gradient), memory, count)
        path[str(count)] = weights.copy()
    assert len(path) == 50
    for count, expected in case["weights"].items():
        np.testing.assert_allclose(path[count], expected, rtol=1e-12, atol=1e-13, err_msg=count)


def test_every_rule_has_a_reference_of_its_defaults() -> None:
    defaults = {case["rule"] for case in REFERENCE["optimizers"] if case["settings"].keys() <= {"lr"}}
    assert defaults == set(RULES)


def test_every_schedule_and_every_way_to_clip_has_a_reference() -> None:
    plateaus = {tag_of(Plateau)} if REFERENCE["plateaus"] else set()
    assert {case["schedule"] for case in REFERENCE["schedules"]} | plateaus == BY_NAME.keys()
    assert any(case["warm_up"] for case in REFERENCE["schedules"])
    assert {case["by"] for case in REFERENCE["clipping"]} == set(map(tag_of, Clip.__args__))  # type: ignore[attr-defined]  # a union has its members there


@pytest.mark.parametrize("case", REFERENCE["clipping"], ids=lambda case: f"{case['by']}-{case['limit']}")
def test_clipping(case: dict) -> None:
    clip = {"value": ClipValue, "norm": ClipNorm}[case["by"]](case["limit"])
    given = np.array(case["gradient"])
    np.testing.assert_allclose(clip.clipped(given), case["clipped"], rtol=1e-14)
    assert given.tolist() == case["gradient"]


@pytest.mark.parametrize(
    "case", REFERENCE["schedules"], ids=lambda case: case["schedule"] + "-warm" * bool(case["warm_up"])
)
def test_schedules(case: dict) -> None:
    schedule = BY_NAME[case["schedule"]](**case["settings"])
    warm_up = WarmUp(**case["warm_up"]) if case["warm_up"] else None
    rates = [rate_at(schedule, warm_up, 0.1, epoch, Plateaued()) for epoch in range(len(case["rates"]))]
    np.testing.assert_allclose(rates, case["rates"], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("case", REFERENCE["plateaus"], ids=["patient", "resting"])
def test_plateaus(case: dict) -> None:
    schedule, seen, rates = Plateau(**case["settings"]), Plateaued(), []
    for loss in case["losses"]:
        rates.append(schedule.rate(0.1, 0, seen))
        seen = schedule.saw(seen, 0.1, loss)
    np.testing.assert_allclose(rates, case["rates"], rtol=1e-12)
    assert len(set(rates)) >= 3
