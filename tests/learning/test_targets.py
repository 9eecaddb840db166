"""Targets that mean nothing to their loss are refused where they stand, before anything is computed."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.errors import DataError
from nnviz.graph import Node
from nnviz.learning.examples import Examples
from nnviz.learning.fit import Training
from nnviz.learning.settings import TrainingSettings
from nnviz.learning.targets import PROBABILITIES, check_targets
from tests.learning.runs import chain, column, first_values, plan_of

BINARY = ("binary_cross_entropy", "binary_cross_entropy_logits")
CATEGORICAL = ("categorical_cross_entropy", "categorical_cross_entropy_logits")


def refused(kind: str, array: list[list[float]], **how) -> DataError:
    with pytest.raises(DataError) as caught:
        check_targets({"l": kind}, {"l": np.array(array)}, **how)
    assert caught.value.ids == ("l",)
    assert caught.value.expected
    assert caught.value.found
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize("kind", PROBABILITIES)
@pytest.mark.parametrize(("wrong", "found"), [(1.5, "1.5"), (-0.25, "-0.25"), (float("nan"), "nan")])
def test_a_target_that_is_no_probability(kind: str, wrong: float, found: str) -> None:
    error = refused(kind, [[0.0, 1.0], [1.0 - wrong, wrong]])
    assert "no probability" in error.what
    assert error.where == "node l, row 2, unit 1" if wrong == 1.5 else error.where.startswith("node l, row 2")
    assert refused(kind, [[wrong]]).where == "node l, row 1"
    assert found in str(refused(kind, [[wrong]])).replace("−", "-")


@pytest.mark.parametrize("kind", CATEGORICAL)
@pytest.mark.parametrize("row", [[0.0, 0.0], [1.0, 1.0], [0.5, 0.4], [0.5, 0.50001]])
def test_classes_that_do_not_sum_to_1(kind: str, row: list[float]) -> None:
    error = refused(kind, [[0.0, 1.0], [1.0, 0.0], row])
    assert (error.what, error.where) == ("The targets of a row do not sum to 1", "node l, row 3")
    assert "Binary cross-entropy" in error.hint


@pytest.mark.parametrize(
    ("rows", "place", "found"),
    [
        ([[1.0], [0.3]], "node l, row 2", "0.3"),
        ([[0.0], [2.0]], "node l, row 2", "2"),
        ([[1.0], [-1.0], [0.0]], "node l, row 3", "0"),
        ([[1.0, -1.0], [-1.0, 0.5]], "node l, row 2, unit 2", "0.5"),
    ],
)
def test_a_hinge_knows_two_sides(rows: list[list[float]], place: str, found: str) -> None:
    error = refused("hinge", rows)
    assert (error.where, error.found) == (place, found)


@pytest.mark.parametrize(
    ("kind", "rows"),
    [
        *((kind, [[0.0, 1.0], [0.25, 0.75]]) for kind in PROBABILITIES),
        *((kind, [[1.0, 1.0], [0.0, 0.0]]) for kind in BINARY),
        *((kind, [[1 / 3, 1 / 3, 1 / 3], [0.1, 0.2, 0.7]]) for kind in CATEGORICAL),
        ("hinge", [[0.0], [1.0]]),
        ("hinge", [[-1.0], [1.0]]),
        ("hinge", [[1.0], [1.0]]),
        ("squared_error", [[7.0], [-3.5]]),
        ("huber", [[1e300]]),
    ],
)
def test_what_is_allowed(kind: str, rows: list[list[float]]) -> None:
    check_targets({"l": kind}, {"l": np.array(rows)})


def test_columns_and_rows_are_named_as_the_reader_knows_them() -> None:
    where = refused("hinge", [[1.0, 0.3]], columns={"l": ("left", "right")}, rows=[7]).where
    assert where == "node l, row 7, column right"
    assert refused(BINARY[0], [[7.0]], columns={"l": ("y",)}).where == "node l, row 1, column y"
    assert refused(BINARY[0], [[7.0, 0.0]], columns={"l": ("classes",)}).where == "node l, row 1, unit 1"


def test_training_and_validation_refuse_them() -> None:
    graph = chain(Node("p", "perceptron", options={"activation": "sigmoid"}), loss="binary_cross_entropy")
    good = Examples({"x": column(1, 2)}, {"loss": column(0, 1)})
    wrong = Examples({"x": column(1, 2)}, {"loss": column(0, 3)})
    for examples, validation in ((wrong, good), (good, wrong)):
        with pytest.raises(DataError, match="no probability"):
            Training(
                plan_of(graph), examples, TrainingSettings(), first_values(graph, 0), seed=0, validation=validation
            )


# predictions that are no probabilities


@pytest.mark.parametrize(("loss", "units"), [("binary_cross_entropy", 1), ("categorical_cross_entropy", 2)])
def test_a_prediction_that_is_no_probability_stops_the_run_and_says_why(loss: str, units: int) -> None:
    """The lines begin inside 0 to 1 and are driven out of it."""
    options = {"units": units, "activation": "identity"}
    graph = chain(Node("p", "dense", options=options), loss=loss)
    parameters = {"w1": np.full((1, units), 0.1), "p.b": np.full(units, 0.4)}
    examples = Examples({"x": column(1.0, 2.0)}, {"loss": np.eye(units)[[0, 0]]})
    training = Training(plan_of(graph), examples, TrainingSettings(epochs=500), parameters, seed=0)
    last = list(training)[-1]
    assert last.stopped == "diverged"
    assert training.error.ids == ("loss",)
    assert "node loss" in training.error.where
    assert "A cross-entropy takes probabilities from 0 to 1, and 1." in training.error.hint
    assert "on logits" in training.error.hint
    assert all(np.isfinite(array).all() for array in training.parameters.values())


def test_in_validation_too() -> None:
    graph = chain(Node("p", "perceptron", options={"bias": "none"}), loss="binary_cross_entropy")
    training = Training(
        plan_of(graph),
        Examples({"x": column(1.0)}, {"loss": column(1.0)}),
        TrainingSettings(epochs=3),
        {"w1": column(0.5)},
        seed=0,
        validation=Examples({"x": column(-1.0)}, {"loss": column(1.0)}),
    )
    (report,) = training
    assert report.stopped == "diverged"
    assert "validation after epoch 1, node loss" in training.error.where
    assert "−0.7 came in" in training.error.hint.replace("-", "−")


def test_a_sure_and_right_answer_ends_no_run() -> None:
    options = {"activation": "sigmoid", "bias": "none"}
    graph = chain(Node("p", "perceptron", options=options), loss="binary_cross_entropy")
    examples = Examples({"x": column(60.0, -1000.0)}, {"loss": column(1.0, 0.0)})
    training = Training(plan_of(graph), examples, TrainingSettings(epochs=5), {"w1": column(1.0)}, seed=0)
    assert [report.loss for report in training] == [0.0] * 5
    assert training.parameters["w1"].item() == 1.0
