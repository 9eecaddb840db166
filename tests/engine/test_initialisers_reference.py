"""First weights beside those that PyTorch draws: the same mean, spread and limits (``tests/reference``)."""

from __future__ import annotations

import json
from math import sqrt
from pathlib import Path

import numpy as np
import pytest

from nnviz.engine.initialisers import DRAWINGS, Fans
from nnviz.engine.optimizers import tag_of

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "initialisers.json").read_bytes())["cases"]
BY_NAME = {tag_of(each): each for each in DRAWINGS}


def named(case: dict) -> str:
    return "-".join([case["draw"], *case["settings"], f"{case['into']}x{case['out']}"])


@pytest.mark.parametrize("case", REFERENCE, ids=named)
def test_mean_spread_and_limits(case: dict) -> None:
    into, out = case["into"], case["out"]
    weights = BY_NAME[case["draw"]](**case["settings"]).draw("w", (into, out), Fans(into, out), 3)
    doubt = 4 * case["spread"] / sqrt(weights.size)
    assert weights.mean() == pytest.approx(case["mean"], abs=2 * doubt)
    assert weights.std() == pytest.approx(case["spread"], abs=2 * doubt)
    if case["draw"] in ("zeros", "constant") or case["settings"].get("uniform") or case["draw"] == "uniform":
        assert np.abs(weights).max() == pytest.approx(case["largest"], rel=1e-3)
    if case["draw"] == "orthogonal":
        lengths = np.linalg.svd(weights, compute_uv=False)
        assert [lengths.min(), lengths.max()] == pytest.approx(case["singular"], rel=1e-12)


def test_every_way_to_draw_has_a_reference() -> None:
    assert {case["draw"] for case in REFERENCE} == BY_NAME.keys()
    assert {case["draw"] for case in REFERENCE if case["settings"].get("uniform")} == {"glorot", "he", "lecun"}
