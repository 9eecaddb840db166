"""Diagrams: every number on the drawing is the engine's, layers open up to 16 units, and parts can be left out."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nnviz
from nnviz.data.choice import DataChoice
from nnviz.document.document import Document, settled
from nnviz.errors import ConfigError
from nnviz.graph import Edge, Graph, Node
from nnviz.numbers import gradient_text, value_text
from nnviz.session.annotations import Annotation, Annotator
from nnviz.session.computing import Focus, Trace, forward
from nnviz.session.derivatives import gradients
from nnviz.session.drawing import SHOW, draw
from nnviz.session.walkthrough import walkthrough
from tests.networks import mazur, mixed, table


def annotated(trace: Trace) -> Annotator:
    return Annotator(trace.document, trace)


def layers(*sizes: int, activation: str = "tanh") -> Document:
    """Dense layers on one row of data."""
    names = ["x", *(f"d{place}" for place in range(1, len(sizes)))]
    nodes = [Node("x", "input", options={"units": sizes[0]})]
    nodes += [
        Node(n, "dense", options={"units": s, "activation": activation})
        for n, s in zip(names[1:], sizes[1:], strict=True)
    ]
    edges = [Edge(f"w{place}", a, b) for place, (a, b) in enumerate(pairwise(names), 1)]
    graph = Graph((*nodes, Node("loss", "squared_error")), (*edges, Edge("e1", names[-1], "loss")))
    inputs = {f"a{place}": [0.1 * place - 0.3] for place in range(sizes[0])}
    targets = {f"t{place}": [0.5] for place in range(sizes[-1])}
    data = DataChoice(table(**inputs, **targets), {"x": tuple(inputs)}, {"loss": tuple(targets)})
    return settled(Document(graph=graph, data=data, seed=4))


def test_small_layers_open_and_each_connection_has_its_own_numbers() -> None:
    document = layers(4, 8, 3)
    diagram = draw(annotated(forward(document)))
    assert len([node for node in diagram.nodes if node.shape == "neuron"]) == 15
    weighted = [edge for edge in diagram.edges if edge.strength is not None]
    assert len(weighted) == 4 * 8 + 8 * 3
    edge = next(edge for edge in weighted if edge.id == "w2[7,2]")
    assert (edge.source, edge.target) == ("d1[7]", "d2[2]")
    assert edge.labels[0].text == f"w⁽²⁾₈₃ = {value_text(float(document.parameters['w2'][7, 2]))}"
    assert edge.labels[1].text == f"∂ {gradient_text(float(gradients(document)['w2'][7, 2]))}"


def test_layers_above_sixteen_units_are_boxes_with_shape_and_norms() -> None:
    document = layers(20, 17, 2)
    diagram = draw(annotated(forward(document)))
    assert [node.shape for node in diagram.nodes] == ["layer", "layer", "layer", "loss"]
    edge = diagram.edges[0]
    assert edge.layer
    size = float(np.linalg.norm(gradients(document)["w1"]))
    assert [label.text for label in edge.labels] == [
        "20 × 17",
        f"‖W‖ = {value_text(float(np.linalg.norm(document.parameters['w1'])))}",
        f"‖∂J/∂W‖ = {value_text(size, 3)}",
    ]


def test_units_before_a_box_have_a_line_each_with_its_row() -> None:
    document = layers(3, 20, 2)
    edges = draw(annotated(forward(document))).edges[:3]
    assert [(edge.id, edge.source, edge.target) for edge in edges] == [(f"w1[{i}]", f"x[{i}]", "d1") for i in range(3)]
    size = float(np.linalg.norm(document.parameters["w1"][1]))
    assert [label.text for label in edges[1].labels[:2]] == ["1 × 20", f"‖W‖ = {value_text(size)}"]


def test_sixteen_units_are_still_drawn_as_neurons() -> None:
    assert len(draw(annotated(forward(layers(16, 16, 1)))).nodes) == 34


@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 3), st.sampled_from(["tanh", "relu", "sigmoid", "softmax"]))
@settings(max_examples=25)
def test_every_shown_gradient_is_the_central_difference_of_the_shown_loss(a: int, b: int, c: int, g: str) -> None:
    document = layers(a, b, c, activation=g)
    notes = [note for note in annotated(forward(document)).all() if note.role == "gradient"]
    assert len(notes) == a * b + b * c
    step = 1e-6
    for note in notes[:: max(1, len(notes) // 6)]:
        losses = []
        for side in (step, -step):
            nudged = dict(document.parameters)
            nudged[note.target] = nudged[note.target].copy()
            nudged[note.target][note.index or (0, 0)] += side
            moved = annotated(forward(document.with_(parameters=nudged)))
            losses.append(next(each.number for each in moved.all() if each.role == "loss"))
        assert note.number is not None
        assert note.number == pytest.approx((losses[0] - losses[1]) / (2 * step), rel=1e-5, abs=1e-8)


@pytest.mark.parametrize("document", [mazur(), layers(3, 3, 2)], ids=["neurons", "layers"])
@pytest.mark.parametrize("digits", [2, 6, 17])
def test_all_numbers_take_the_digits_chosen(document: Document, digits: int) -> None:
    annotator = Annotator(document, forward(document), digits=digits)
    diagram = draw(annotator)
    shown = [label.text.split()[-1] for edge in diagram.edges for label in edge.labels]
    expected = [
        text
        for edge in document.graph.edges
        for notes in [annotator.of_edge(edge)]
        for weight, slope in zip(*(sorted_by_target(notes, role) for role in ("weight", "gradient")), strict=True)
        for text in (value_text(weight, digits), gradient_text(slope, digits))
    ]
    assert shown == expected
    (loss,) = (node for node in diagram.nodes if node.shape == "loss")
    assert loss.inside[1].text == value_text(annotator.loss(), digits)
    assert diagram.small_print[-1] == ("all digits" if digits == 17 else f"numbers to {digits} significant digits")


def sorted_by_target(notes: list[Annotation], role: str) -> list[float | None]:
    return [note.number for note in sorted(notes, key=lambda note: note.index[::-1]) if note.role == role]


def test_a_walkthrough_takes_the_digits_chosen() -> None:
    walk = walkthrough(mazur())
    index = next(number for number, step in enumerate(walk.steps) if step.title == "Gradient of w₅")
    assert "= 0.0821670" in " ".join(walk.diagram(index, digits=6).step)
    assert "∂ +0.0821670" in {label.text for edge in walk.diagram(index, digits=6).edges for label in edge.labels}


def test_without_data_weights_stand_there_and_all_else_is_a_dash() -> None:
    document = mazur().with_(data=None)
    diagram = draw(Annotator(document, None))
    labels = [label.text for node in diagram.nodes for label in node.inside if label.role == "value"]
    assert labels == ["–"] * 7
    assert [edge.labels[1].text for edge in diagram.edges[:8]] == ["∂ –"] * 8
    assert diagram.edges[4].labels[0].text == "w₅ = 0.4000"
    assert "not computed: no data" in diagram.small_print


def test_parts_can_be_left_out_and_unknown_ones_are_refused() -> None:
    annotator = annotated(forward(mazur()))
    diagram = draw(annotator, ("weight",))
    assert all(len(edge.labels) == 1 for edge in diagram.edges[:8])
    assert all(len(node.inside) == 1 for node in diagram.nodes)
    assert not diagram.legend[1:]
    with pytest.raises(ConfigError, match="nothing of that name"):
        draw(annotator, (*SHOW, "colour"))


def test_the_small_print_tells_every_convention() -> None:
    told = draw(annotated(forward(mazur()))).small_print
    assert told == (
        "ℒ = Σ ½(y−ŷ)²",
        "J = Σ ℒ over examples",
        "one example",
        "biases fixed",
        "η = 0.5",
        "values to 4, gradients to 3 significant digits",
    )
    many = draw(annotated(forward(mixed(), Focus("all", 0, "train")))).small_print
    assert "all 6 training examples, values are means" in many
    assert "dropout on" in many
    assert any(told.startswith("J = 0.5·loss ce + loss se = ") for told in many)


def test_headings_tell_kind_and_activation() -> None:
    assert draw(annotated(forward(mazur()))).headings == (
        (0, "input"),
        (1, "hidden · sigmoid"),
        (2, "output · sigmoid"),
    )


def test_hostile_names_are_text() -> None:
    document = mazur()
    name = "<img src=x> 🙂 " + "n" * 985
    nodes = tuple(Node(n.id, n.kind, name if n.id == "h1" else n.name, n.options) for n in document.graph.nodes)
    diagram = draw(annotated(forward(document.with_(graph=Graph(nodes, document.graph.edges)))))
    assert any(label.text == name for node in diagram.nodes for label in node.inside)


def test_a_network_that_is_not_finished_is_drawn_with_dashes() -> None:
    graph = Graph((Node("x", "input"), Node("p", "perceptron"), Node("s", "add")), (Edge("w1", "x", "p"),))
    document = settled(Document(graph=graph))
    diagram = draw(Annotator(document, None))
    assert [node.id for node in diagram.nodes] == ["x", "p", "s"]
    assert diagram.edges[0].labels[0].text == f"w₁ = {value_text(float(document.parameters['w1'].item()))}"


def test_a_bias_that_begins_as_0_has_room_for_all_its_digits() -> None:
    trained = nnviz.example("iris")
    captions = [label for node in draw(Annotator(trained, None)).nodes for label in node.captions]
    biases = [label for label in captions if label.role == "bias"]
    assert {(label.text, len(label.room)) for label in biases} == {("b = 0", len("b = −0.1235"))}
    fixed = [label for node in draw(Annotator(mazur(), None)).nodes for label in node.captions]
    assert {label.room for label in fixed if label.role == "bias"} == {""}
