"""Drawings become plans, and what keeps one from becoming a plan is said with place and cure."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.conventions import Conventions
from nnviz.errors import ConfigError, GraphError, NnvizError, ShapeError
from nnviz.graph import Edge, Graph, Node
from nnviz.lowering import lower, parameter_specs, problems, shapes
from nnviz.lowering.lower import require_loss
from tests.networks import mazur, mixed

X = Node("x", "input", options={"units": 2})


def graph(*parts: Node | Edge) -> Graph:
    nodes = tuple(part for part in parts if isinstance(part, Node))
    return Graph(nodes, tuple(part for part in parts if isinstance(part, Edge)))


REFUSED = {
    "no input": (graph(Node("p", "add")), GraphError, "no input", ()),
    "unconnected": (graph(X, Node("p", "perceptron")), GraphError, "Nothing is connected to p", ("p",)),
    "cycle": (
        graph(
            X,
            Node("a", "perceptron"),
            Node("b", "perceptron"),
            Edge("w1", "x", "a"),
            Edge("w2", "a", "b"),
            Edge("w3", "b", "a"),
        ),
        GraphError,
        "circle",
        ("a", "b"),
    ),
    "sizes differ": (
        graph(
            X, Node("y", "input", options={"units": 3}), Node("s", "add"), Edge("e1", "x", "s"), Edge("e2", "y", "s")
        ),
        ShapeError,
        "differs in size",
        ("s",),
    ),
    "after a loss": (
        graph(X, Node("l", "squared_error"), Node("p", "perceptron"), Edge("e1", "x", "l"), Edge("w1", "l", "p")),
        GraphError,
        "Nothing can follow a loss",
        ("w1",),
    ),
    "two into dropout": (
        graph(X, Node("y", "input"), Node("d", "dropout"), Edge("e1", "x", "d"), Edge("e2", "y", "d")),
        GraphError,
        "Too many edges",
        ("d",),
    ),
    "unknown kind": (graph(X, Node("q", "quantum")), ConfigError, "no such kind", ("q",)),
    "unknown option": (graph(X, Node("d", "add", options={"speed": 1})), ConfigError, "no such option", ("d",)),
    "option of wrong type": (graph(Node("x", "input", options={"units": "2"})), ConfigError, "cannot be this", ("x",)),
    "option out of range": (graph(Node("x", "input", options={"units": 0})), ConfigError, "cannot be this", ("x",)),
    "shared, other shape": (
        graph(
            X,
            Node("y", "input"),
            Node("p", "perceptron"),
            Edge("w1", "x", "p", shared="s"),
            Edge("w2", "y", "p", shared="s"),
        ),
        ShapeError,
        "What shares s differs in size",
        ("w1", "w2"),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_drawing_that_cannot_be_computed_is_refused_at_its_place(name: str) -> None:
    drawn, kind, words, ids = REFUSED[name]
    with pytest.raises(kind, match=words) as caught:
        lower(drawn, Conventions())
    assert set(ids) <= set(caught.value.ids)
    assert caught.value.hint or caught.value.expected


def test_all_problems_are_told_at_once() -> None:
    drawn = graph(X, Node("p", "perceptron"), Node("d", "add", options={"speed": 1}))
    assert [error.ids for error in problems(drawn)] == [("p",), ("d",)]
    assert all(isinstance(error, NnvizError) for error in problems(drawn))


def test_a_network_without_a_loss_predicts_but_has_no_gradient() -> None:
    plan = lower(graph(X, Node("p", "perceptron"), Edge("w1", "x", "p")), Conventions())
    assert not plan.backward
    with pytest.raises(GraphError, match="no loss"):
        require_loss(plan)


def test_a_plan_is_kept_while_drawing_and_conventions_stay() -> None:
    document = mazur()
    assert document.with_(parameters={}, positions={"x1": (1.0, 2.0)}).plan is document.plan
    assert document.with_(conventions=Conventions()).plan is not document.plan


def test_parameters_come_in_flat_order_trained_first() -> None:
    plan = mixed().plan
    trained = [segment.trained for segment in plan.segments]
    assert trained == sorted(trained, reverse=True)
    assert [segment.start for segment in plan.segments] == list(
        np.cumsum([0, *(segment.stop - segment.start for segment in plan.segments)])[:-1]
    )
    assert plan.weight_mask.sum() == sum(
        segment.stop - segment.start for segment in plan.segments if segment.trained and segment.kind == "weight"
    )


def test_shapes_are_known_as_far_as_the_drawing_goes() -> None:
    drawn = graph(
        X, Node("d", "dense", options={"units": 5}), Node("s", "add"), Node("c", "concatenate"), Edge("e1", "s", "c")
    )
    assert shapes(drawn) == {"x": (2,), "d": (5,)}
    assert [spec.key for spec in parameter_specs(drawn)] == ["d.b"]


def test_a_plan_prints_as_a_table() -> None:
    printed = str(mazur().plan)
    assert "h1.z (n × 1) = weighted_sum(x1, w1, x2, w2, h1.b) bias=True" in printed
    assert "∂J/∂w5 (1 × 1) = outer_sum(h1.a, ∂J/∂o1.z)" in printed
