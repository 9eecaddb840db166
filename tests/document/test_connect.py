"""What may be connected: refusals with their reasons, and targets that agree with them."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnviz.document import document as document_module
from nnviz.document.build import new
from nnviz.document.connect import allowed_targets, can_connect
from nnviz.document.document import Document, settled
from nnviz.document.edits import new_edge
from nnviz.errors import GraphError, ShapeError
from nnviz.graph import Edge, Graph, Node
from tests.document.makers import random_document, refusal

IMAGES = (
    Node("x", "input", options={"units": 64}),
    Node("r", "reshape"),
    Node("c", "conv2d"),
    Node("flat", "flatten"),
    Node("d", "dense"),
    Node("loss", "squared_error"),
    Node("join", "concatenate"),
    Node("g", "relu"),
    Node("m", "matmul"),
    Node("f", "expression"),
)


@pytest.mark.parametrize("target", ["d", "loss", "join", "f"])
def test_an_image_goes_where_units_are_wanted_by_way_of_flatten(target: str) -> None:
    document = settled(Document(graph=Graph(IMAGES, (Edge("e1", "x", "r"), Edge("e2", "r", "c")))))
    with pytest.raises(ShapeError, match=r"units in a line, found 1×6×6\. Put Flatten between") as caught:
        can_connect(document, "c", target)
    assert caught.value.ids == (target,)
    assert allowed_targets(document, "c") == {"flat", "g"}
    can_connect(document, "c", "flat")
    with pytest.raises(ShapeError, match="Put Reshape between, such as 1×8×8"):
        can_connect(settled(Document(graph=Graph(IMAGES))), "x", "c")
    with pytest.raises(ShapeError, match="Put Reshape between, such as 2×3"):
        can_connect(document, "r", "m")


def test_an_image_and_units_do_not_go_into_one_activation() -> None:
    graph = Graph(IMAGES, (Edge("e1", "x", "r"), Edge("e2", "r", "g")))
    with pytest.raises(ShapeError, match="Put Flatten between"):
        can_connect(Document(graph=graph), "x", "g")


def drawing() -> Document:
    """Inputs of two sizes, a neuron and a layer, sums, a dropout, a loss; some connected."""
    nodes = (
        Node("x1", "input"),
        Node("x2", "input", options={"units": 3}),
        Node("pair", "input", options={"units": 2}),
        Node("n1", "perceptron"),
        Node("n2", "perceptron"),
        Node("layer", "dense", options={"units": 3}),
        Node("sum", "add"),
        Node("drop", "dropout"),
        Node("join", "concatenate"),
        Node("loss", "squared_error"),
    )
    edges = (
        Edge("w1", "x1", "n1"),
        Edge("w2", "n1", "n2"),
        Edge("e1", "x1", "sum"),
        Edge("e2", "n1", "drop"),
        Edge("e3", "n2", "loss"),
        Edge("e4", "pair", "sum"),
    )
    return settled(Document(graph=Graph(nodes, edges)))


@pytest.mark.parametrize(
    ("source", "target", "kind", "reason"),
    [
        ("n2", "n1", GraphError, "run in a circle"),
        ("n1", "n1", GraphError, "run in a circle"),
        ("x1", "n1", GraphError, "connected already"),
        ("n2", "loss", GraphError, "connected already"),
        ("n1", "x1", GraphError, "into an input"),
        ("loss", "layer", GraphError, "follow a loss"),
        ("x1", "drop", GraphError, "no more than 1 edge"),
        ("n1", "drop", GraphError, "connected already"),
        ("x2", "sum", ShapeError, "sizes do not fit"),
        ("ghost", "n1", GraphError, "no node ghost"),
        ("n1", "ghost", GraphError, "no node ghost"),
    ],
)
def test_why_not(source: str, target: str, kind: type[GraphError], reason: str) -> None:
    with pytest.raises(kind, match=reason) as caught:
        can_connect(drawing(), source, target)
    if "ghost" not in (source, target):
        assert caught.value.ids == (source, target)
        assert caught.value.hint


@pytest.mark.parametrize(
    ("source", "target"),
    [("x2", "n1"), ("layer", "n1"), ("n2", "layer"), ("n1", "sum"), ("x2", "loss"), ("x2", "join"), ("drop", "n2")],
)
def test_what_may(source: str, target: str) -> None:
    can_connect(drawing(), source, target)


def test_a_number_may_be_added_to_itself() -> None:
    can_connect(drawing(), "x1", "sum")


def test_the_sizes_are_told() -> None:
    with pytest.raises(ShapeError) as caught:
        can_connect(drawing(), "x2", "sum")
    assert (caught.value.expected, caught.value.found) == ("2 units, as from pair", "3 units")


def test_a_single_unit_meets_any_size() -> None:
    for source in ("n1", "n2"):
        can_connect(drawing(), source, "sum")


def test_a_shared_weight_further_on_must_still_fit() -> None:
    nodes = (
        Node("x", "input"),
        Node("y", "input"),
        Node("c", "concatenate"),
        Node("a", "perceptron"),
        Node("b", "perceptron"),
    )
    edges = (Edge("e1", "x", "c"), Edge("w1", "c", "a", shared="s"), Edge("w2", "x", "b", shared="s"))
    document = settled(Document(graph=Graph(nodes, edges)))
    with pytest.raises(ShapeError, match="shares s"):
        can_connect(document, "y", "c")


def test_too_many_weights_are_refused_before_they_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    many = {"units": 100_000}
    document = Document(graph=Graph((Node("x", "input", options=many), Node("d", "dense", options=many))))
    document = settled(document)
    with pytest.raises(ShapeError, match="too many weights") as caught:
        can_connect(document, "x", "d")
    assert caught.value.expected == "at most 2,000,000 numbers"
    assert allowed_targets(document, "x") == set()
    exactly = Document(
        graph=Graph((Node("x", "input", options={"units": 1000}), Node("d", "dense", options={"units": 1998})))
    )
    with pytest.raises(ShapeError, match="too many weights"):
        settled(
            exactly.with_(
                graph=Graph((*exactly.graph.nodes, Node("n", "dense", options={"units": 5})), (Edge("w1", "x", "d"),))
            )
        )
    settled(exactly.with_(graph=Graph(exactly.graph.nodes, (Edge("w1", "x", "d"),))))
    assert document_module.MAX_PARAMETERS == 1000 * 1998 + 1998 + 2


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32))
def test_targets_agree_with_reasons_and_with_the_edit(seed: int) -> None:
    document = random_document(Random(seed), 25)
    for source in document.graph.nodes[:8]:
        targets = allowed_targets(document, source.id)
        for target in document.graph.nodes:
            edge = new_edge(document, source.id, target.id)
            told = refusal(can_connect, document, source.id, target.id)
            if told is None:
                assert target.id in targets
                assert len(edge.apply(document).graph.edges) == len(document.graph.edges) + 1
            else:
                assert target.id not in targets or "shares" in told.what
                assert str(refusal(edge.apply, document)) == str(told)


def test_the_targets_of_a_small_network() -> None:
    assert allowed_targets(new("2-2-1"), "h1") == {"loss", "h2"}
