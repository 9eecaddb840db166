"""Figures that people judge a network by, beside its loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from nnviz.engine.arrays import Array
from nnviz.engine.plan import Plan

THRESHOLDS = {
    "binary_cross_entropy": 0.5,
    "binary_cross_entropy_logits": 0.0,
    "categorical_cross_entropy": 0.5,
    "categorical_cross_entropy_logits": 0.0,
    "hinge": 0.0,
}
"""For each loss whose outputs speak for classes, the number from which one unit says yes."""
CLASSIFYING = tuple(THRESHOLDS)


class Head(NamedTuple):
    """An output that is judged: the loss node, the kind of its loss, the slots of prediction and target."""

    node: str
    kind: str
    prediction: int
    target: int


def heads(plan: Plan) -> tuple[Head, ...]:
    """The losses of a plan that compare with targets, in order."""
    marks = plan.marks
    terms = {slot: node for (node, role), slot in marks.items() if role == "terms"}
    return tuple(
        Head(terms[each.output], each.operation, marks[terms[each.output], "ŷ"], marks[terms[each.output], "target"])
        for each in plan.forward
        if each.output in terms and (terms[each.output], "target") in marks
    )


def is_one_of_many(target: Array) -> bool:
    """Whether each row of targets, (rows, units), marks exactly one of several classes."""
    return target.shape[1] > 1 and bool((target.sum(axis=1) == 1.0).all() and ((target == 0) | (target == 1)).all())


def hits(prediction: Array, target: Array, one_of_many: bool, threshold: float = 0.5) -> float:
    """How many rows are classified right; both (rows, units).

    One unit says the second class from ``threshold`` on. Of several units the largest speaks (the first of equals)
    where the target marks one of them; where it may mark any number, each unit speaks for itself and a row counts the
    share of its units that are right.

    >>> hits(np.array([[0.2, 0.7, 0.1], [0.5, 0.3, 0.2]]), np.array([[0.0, 1.0, 0.0], [0.0, 1.0, 0.0]]), True)
    1.0
    >>> hits(np.array([[0.5], [0.49]]), np.array([[1.0], [1.0]]), False)
    1.0
    """
    if one_of_many:
        return float(np.count_nonzero(prediction.argmax(axis=1) == target.argmax(axis=1)))
    right = (prediction >= threshold) == (target >= 0.5)
    return float(np.count_nonzero(right) / target.shape[1])


def names(judged: Sequence[Head]) -> list[str]:
    """What the accuracy of each head is called: by its node as well, where there are several."""
    return ["accuracy"] if len(judged) == 1 else [f"accuracy {head.node}" for head in judged]
