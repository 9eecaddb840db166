from __future__ import annotations

import numpy as np
import pytest

from nnviz.engine.workspace import flatten
from nnviz.errors import DataError, ShapeError
from nnviz.learning import evaluation
from nnviz.learning.evaluation import evaluate
from nnviz.learning.examples import Examples, check_examples
from nnviz.learning.metrics import heads, hits, is_one_of_many
from tests.learning.runs import NOISY, first_values, noisy_examples, plan_of


def test_the_largest_of_several_speaks() -> None:
    predictions = np.array([[0.1, 0.7, 0.2], [0.4, 0.4, 0.2], [0.3, 0.3, 0.4]])
    targets = np.eye(3)[[1, 0, 0]]
    assert is_one_of_many(targets)
    assert hits(predictions, targets, True) == 2.0


def test_one_unit_says_yes_from_a_half_on() -> None:
    targets = np.array([[1.0], [1.0], [0.0], [0.0]])
    assert not is_one_of_many(targets)
    assert hits(np.array([[0.5], [0.4999], [0.5], [0.1]]), targets, False) == 2.0


def test_units_that_speak_for_themselves() -> None:
    targets = np.array([[1.0, 1.0], [0.0, 0.0]])
    assert not is_one_of_many(targets)
    assert hits(np.array([[0.9, 0.1], [0.2, 0.3]]), targets, False) == 1.5


@pytest.mark.parametrize("targets", [[[0.5, 0.5]], [[1.0, 1.0]], [[0.0, 0.0]], [[2.0, -1.0]]])
def test_marks_that_are_not_one_of_many(targets: list[list[float]]) -> None:
    assert not is_one_of_many(np.array(targets))


def test_accuracy_is_scikit_learns() -> None:
    from sklearn.metrics import accuracy_score

    rng = np.random.default_rng(0)
    predictions, truth = rng.random((50, 4)), rng.integers(0, 4, 50)
    found = hits(predictions, np.eye(4)[truth], True) / 50
    assert found == accuracy_score(truth, predictions.argmax(axis=1))


def test_heads_are_found_in_a_plan() -> None:
    found = heads(plan_of(NOISY))
    assert [(head.node, head.kind) for head in found] == [
        ("kind", "categorical_cross_entropy"),
        ("size", "squared_error"),
    ]


def test_evaluation_in_chunks_is_the_evaluation_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    examples = noisy_examples(50)
    for conventions in ({}, {"examples": "sum"}):
        plan = plan_of(NOISY, **conventions)
        flat = flatten(plan, first_values(NOISY, 1))
        monkeypatch.setattr(evaluation, "CHUNK", 1024)
        whole = evaluate(plan, examples, flat)
        monkeypatch.setattr(evaluation, "CHUNK", 7)
        parts = evaluate(plan, examples, flat)
        assert parts.loss == pytest.approx(whole.loss, rel=1e-12)
        assert parts.metrics == whole.metrics
        assert whole.metrics.keys() == {"accuracy"}


def test_nothing_is_dropped_when_judged() -> None:
    plan, examples = plan_of(NOISY), noisy_examples()
    flat = flatten(plan, first_values(NOISY, 1))
    assert evaluate(plan, examples, flat) == evaluate(plan, examples, flat)


def test_examples_that_do_not_fit_are_refused() -> None:
    plan, good = plan_of(NOISY), noisy_examples(5)
    check_examples(plan, good)
    with pytest.raises(DataError, match="no examples"):
        check_examples(plan, good.take(np.arange(0)))
    with pytest.raises(DataError, match="no examples"):
        check_examples(plan, Examples({}, {}))
    with pytest.raises(ShapeError, match=r"fill size .*Expected 5 × 1, found nothing"):
        check_examples(plan, Examples(good.inputs, {"kind": good.targets["kind"]}))
    with pytest.raises(ShapeError, match=r"fill kind .*Expected 5 × 3, found 5 × 2"):
        check_examples(plan, Examples(good.inputs, {**good.targets, "kind": np.zeros((5, 2))}))
    with pytest.raises(ShapeError, match=r"fill size .*found 4 × 1"):
        check_examples(plan, Examples(good.inputs, {**good.targets, "size": np.zeros((4, 1))}))
    broken = good.inputs["x"].copy()
    broken[2, 1] = np.nan
    with pytest.raises(DataError, match=r"not finite \(node x, row 3\)"):
        check_examples(plan, Examples({"x": broken}, good.targets))
