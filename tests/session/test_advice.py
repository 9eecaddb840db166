"""What is computed and hardly meant is said, with place and cure; and what is meant is left alone."""

from __future__ import annotations

import numpy as np
import pytest

import nnviz
from nnviz.data.choice import DataChoice, Split
from nnviz.data.table import Column, Table
from nnviz.document.document import Document, settled
from nnviz.graph import Edge, Graph, Node
from nnviz.lowering.kinds import ACTIVATIONS, KINDS
from nnviz.session.advice import MATCHES, advice
from nnviz.session.computing import parts_of
from nnviz.session.examples import example, example_names

ILL_MATCHED = [
    ("binary_cross_entropy", "identity", "sigmoid"),
    ("binary_cross_entropy", "tanh", "sigmoid"),
    ("binary_cross_entropy", "relu", "on logits"),
    ("binary_cross_entropy_logits", "sigmoid", "identity"),
    ("categorical_cross_entropy", "identity", "softmax"),
    ("categorical_cross_entropy", "sigmoid", "softmax"),
    ("categorical_cross_entropy_logits", "softmax", "identity"),
    ("squared_error", "softmax", "Categorical cross-entropy"),
    ("absolute_error", "softmax", "Categorical cross-entropy"),
    ("hinge", "sigmoid", "identity"),
]
WELL_MATCHED = [
    ("binary_cross_entropy", "sigmoid"),
    ("binary_cross_entropy_logits", "identity"),
    ("categorical_cross_entropy", "softmax"),
    ("categorical_cross_entropy_logits", "identity"),
    ("squared_error", "identity"),
    ("squared_error", "sigmoid"),
    ("hinge", "tanh"),
    ("objective", "softmax"),
]


@pytest.mark.parametrize(("loss", "activation", "cure"), ILL_MATCHED)
def test_a_loss_and_an_activation_that_do_not_go_together(loss: str, activation: str, cure: str) -> None:
    document = nnviz.new("2-3", output=activation, loss=loss)
    (hint,) = advice(document)
    assert hint.what == f"{KINDS[loss].words} and what comes in are ill-matched"
    assert hint.where == "node loss"
    assert hint.expected
    assert hint.found.startswith(f"{activation} of ")
    assert cure in hint.hint
    assert set(hint.ids) <= set(document.graph.by_id)


@pytest.mark.parametrize(("loss", "activation"), WELL_MATCHED)
def test_those_that_do(loss: str, activation: str) -> None:
    assert advice(nnviz.new("2-3", output=activation, loss=loss)) == []


def test_every_loss_with_targets_is_matched_and_every_activation_known() -> None:
    losses = [loss for match in MATCHES for loss in match.losses]
    assert sorted(losses) == sorted(name for name, kind in KINDS.items() if kind.has_target)
    assert {name for match in MATCHES for name in (*match.fitting, *match.unfit)} <= set(ACTIVATIONS)


def test_an_activation_drawn_by_itself_counts_and_an_operation_does_not() -> None:
    nodes = (Node("x", "input"), Node("s", "relu"), Node("m", "multiply"), Node("l", "binary_cross_entropy"))
    drawn = Graph(nodes, (Edge("e1", "x", "s"), Edge("e2", "x", "m"), Edge("e3", "s", "l")))
    assert [hint.ids for hint in advice(Document(graph=drawn))] == [("l", "s")]
    assert (
        advice(Document(graph=Graph(nodes, (Edge("e1", "x", "s"), Edge("e2", "x", "m"), Edge("e3", "m", "l"))))) == []
    )


@pytest.mark.parametrize("name", example_names())
def test_the_examples_need_no_hint(name: str) -> None:
    assert advice(example(name)) == []


def test_a_parameter_that_nothing_uses() -> None:
    nodes = (
        *(Node("x", "input"), Node("p", "perceptron"), Node("idle", "parameter"), Node("side", "perceptron")),
        Node("loss", "squared_error"),
    )
    edges = (Edge("w1", "x", "p"), Edge("w2", "x", "side"), Edge("e", "p", "loss"))
    (hint,) = advice(settled(Document(graph=Graph(nodes, edges))))
    assert hint.what == "J does not depend on some parameters"
    assert set(hint.ids) == {"idle", "w2", "side.b"}
    assert hint.where == "w2, side.b, idle" or set(hint.where.split(", ")) == set(hint.ids)


def test_behind_a_step_a_parameter_is_used_though_nothing_is_learnt() -> None:
    nodes = (Node("x", "input"), Node("p", "perceptron", options={"activation": "step"}), Node("l", "squared_error"))
    assert advice(Document(graph=Graph(nodes, (Edge("w1", "x", "p"), Edge("e", "p", "l"))))) == []


def test_a_class_that_no_training_row_has() -> None:
    codes = np.array([0.0] * 7 + [1.0] * 7 + [2.0])
    columns = (Column("x", np.arange(15.0)), Column("kind", codes, ("a", "b", "rare")))
    document = nnviz.new("1-3", output="softmax", loss="categorical_cross_entropy")
    data = DataChoice(Table("t", columns), {"x1": ("x",)}, {"loss": ("kind",)}, Split("random", 0.4))
    unseen = []
    for seed in range(12):
        drawn = document.with_(data=data, seed=seed)
        hints = advice(drawn)
        missing = 14 in parts_of(drawn).validation
        assert len(hints) == missing
        unseen += hints
    assert 0 < len(unseen) < 12
    assert unseen[0].what == "The validation rows hold a class that no training row has"
    assert (unseen[0].where, unseen[0].found, unseen[0].ids) == ("column kind", "rare", ("loss",))


def test_what_cannot_be_computed_has_problems_and_no_hints() -> None:
    graph = Graph((Node("x", "input"), Node("p", "perceptron"), Node("l", "binary_cross_entropy")), ())
    assert advice(Document(graph=graph)) == []
