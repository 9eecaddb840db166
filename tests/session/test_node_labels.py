"""Labels of nodes beside their weights and values: names of operations, which formulas and walkthroughs use."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product

import pytest

from nnviz.canvas.fonts import FontMeasure
from nnviz.document.document import Document, settled
from nnviz.graph import Edge, Graph, Node
from nnviz.lowering.kinds import KINDS
from nnviz.lowering.targets import Target
from nnviz.numbers import gradient_text, subscripted, value_text
from nnviz.session.annotations import Annotator, annotate
from nnviz.session.computing import Focus, forward
from nnviz.session.drawing import PARTS, SHOW, draw, norm
from nnviz.session.picture import Picture, Text
from nnviz.session.placement import place
from nnviz.session.placement.free import free_items, free_layout
from nnviz.session.style import style
from nnviz.session.walkthrough import walkthrough
from tests.images import convolutional
from tests.networks import circuit_of_inputs, mazur, mixed
from tests.session import boxes
from tests.session.test_placement import check_nothing_touches, check_type_fits, corner_inside
from tests.session.test_truth_circuits import CIRCUITS

MEASURE = FontMeasure()


def expressions() -> Document:
    """An expression, an operation and an activation in a row, with neither weights nor loss."""
    nodes = (
        Node("x", "parameter"),
        Node("y", "parameter"),
        Node("f", "expression", options={"formula": "x*y + sin(x)"}),
        Node("add1", "add", name="total"),
        Node("relu1", "relu"),
        Node("J", "objective"),
    )
    pairs = [("x", "f"), ("y", "f"), ("f", "add1"), ("y", "add1"), ("add1", "relu1"), ("relu1", "J")]
    return settled(
        Document(graph=Graph(nodes, tuple(Edge(f"e{number}", *pair) for number, pair in enumerate(pairs, 1))))
    )


DOCUMENTS = {
    "expression": expressions(),
    "mixed": mixed(),
    "mazur": mazur(),
    "images": convolutional(),
    **{name: CIRCUITS[name][0] for name in ("(x+y)·z", "sigmoid neuron", "2(xy + max(z, w))")},
}
drawn = pytest.mark.parametrize("name", DOCUMENTS)


def numbers_of(name: str) -> Annotator:
    return Annotator(DOCUMENTS[name], forward(DOCUMENTS[name]))


def captions(picture: Picture) -> list[Text]:
    """Texts of nodes that stand outside their bodies."""
    bodies = {box.ref: boxes.rect(box) for box in boxes.of_role(picture, "node")}
    texts = [text for text in boxes.texts(picture) if text.ref in bodies and text.role in ("name", "gradient", "bias")]
    return [text for text in texts if not boxes.touch(boxes.ink(text, MEASURE), bodies[text.ref])]


def check_captions(picture: Picture) -> None:
    """No caption touches a body, a plate, an arrowhead, another caption."""
    standing = [boxes.rect(box) for box in boxes.of_role(picture, "plate", "target")]
    inks = [boxes.ink(text, MEASURE) for text in captions(picture)]
    for index, own in enumerate(inks):
        assert not any(boxes.touch(own, other) for other in (*standing, *inks[:index])), own
        assert not any(boxes.touches_body(own, body) for body in boxes.of_role(picture, "node", "loss")), own
        assert not any(boxes.touches_polygon(own, head) for head in boxes.heads(picture)), own


@drawn
def test_every_node_that_a_step_speaks_of_bears_its_name(name: str) -> None:
    document = DOCUMENTS[name]
    shown = {
        node.id.partition("[")[0]: [label.text for label in (*node.inside, *node.captions)]
        for node in draw(numbers_of(name)).nodes
    }
    for step in walkthrough(document).steps:
        node = document.graph.by_id.get(step.node)
        if node is not None and KINDS[node.kind].family not in ("loss", "input", "neuron"):
            assert {node.label, subscripted(node.label)}.intersection(shown[node.id]), step.title


@drawn
@pytest.mark.parametrize("look", ["slides", "dark"])
def test_names_beside_operations_touch_nothing(name: str, look: str) -> None:
    diagram = draw(numbers_of(name))
    check_captions(place(diagram, style(look), MEASURE))
    solved = free_layout(diagram, style(look), MEASURE, {})
    check_captions(Picture(1.0, 1.0, None, free_items(solved, diagram, style(look), MEASURE)))


def test_a_name_beside_an_operation_is_quieter_than_its_sign_and_large_enough() -> None:
    picture = place(draw(numbers_of("expression")), style("slides"), MEASURE)
    names = {text.text: text for text in captions(picture)}
    assert {"f", "total", "relu1"} <= set(names)
    assert all(names[name].size >= 24 for name in ("f", "total", "relu1"))
    assert {names[name].colour for name in ("f", "total", "relu1")} == {style("slides").muted}


# the derivative by what a node gives


def shown_gradients(document: Document, show: Sequence[str], focus: Focus | None = None) -> dict[str, str]:
    """By drawn node the line that begins with ∂, inside it."""
    diagram = draw(Annotator(document, forward(document, focus)), show)
    lines = {node.id: [line.text for line in node.inside if line.role == "gradient"] for node in diagram.nodes}
    return {id: text for id, (text, *_) in ((id, found) for id, found in lines.items() if found)}


def test_the_derivative_by_every_neurons_value_can_be_shown_and_is_the_engines() -> None:
    document, trace = mazur(), forward(mazur())
    assert shown_gradients(document, SHOW) == {}
    shown = shown_gradients(document, PARTS)
    assert set(shown) == {"h1", "h2", "o1", "o2"}
    for node, text in shown.items():
        (number,) = trace.gradient(node)[0]  # type: ignore[index]  # each of them leads to J
        assert text == f"∂ {gradient_text(float(number))}"
    assert shown["h1"] == "∂ +0.0364"  # TRUTH A: 0.74136507 · 0.18681560 · 0.40 − 0.21707153 · 0.17551005 · 0.50
    notes = {note.target: note.number for note in annotate(trace) if note.role == "node_gradient"}
    assert notes["h1"] == pytest.approx(0.03635030639, abs=1e-9)


def test_a_circuit_shows_it_at_once_for_its_edges_have_no_numbers() -> None:
    document = CIRCUITS["(x+y)·z"][0]
    assert shown_gradients(document, SHOW) == {"q": "∂ −4.00", "f": "∂ +1.00"}
    assert shown_gradients(document, ("value",)) == {}
    diagram = draw(Annotator(document, forward(document)))
    assert [label.text for label in diagram.legend] == ["in nodes ∂J/∂value"]


def test_a_node_differentiated_in_the_place_of_j_is_by_every_inner_node_too() -> None:
    document = circuit_of_inputs()
    row = Focus("typed", values=(2.0, 3.0))
    assert shown_gradients(document, SHOW, row) == {}  # nothing is differentiated
    named = Focus("typed", values=(2.0, 3.0), of=Target("f"))
    assert shown_gradients(document, SHOW, named) == {"x": "∂ +7.00", "y": "∂ +2.00", "a": "∂ +2.00", "f": "∂ +1.00"}


def test_units_of_a_layer_have_theirs_and_a_box_the_size_of_all() -> None:
    shown = shown_gradients(mixed(), PARTS)
    assert {f"d[{unit}]" for unit in range(4)} <= set(shown)
    slopes = forward(mixed()).gradient("soft")
    assert slopes is not None
    assert shown["soft"] == f"‖∂J/∂a‖ = {value_text(norm(slopes[0]), 3)}"


@drawn
def test_with_all_of_them_nothing_touches(name: str) -> None:
    diagram = draw(numbers_of(name), PARTS)
    for picture in (
        place(diagram, style("slides"), MEASURE),
        Picture(
            1, 1, None, free_items(free_layout(diagram, style("dark"), MEASURE, {}), diagram, style("dark"), MEASURE)
        ),
    ):
        check_captions(picture)
        check_nothing_touches(picture)
        check_type_fits(picture)


@drawn
@pytest.mark.parametrize("look", ["slides", "dark"])
def test_gradients_in_nodes_are_tinted_as_on_plates_and_the_tint_stays_inside(name: str, look: str) -> None:
    picture = place(draw(numbers_of(name), PARTS), style(look), MEASURE)
    bodies = {box.ref: box for box in boxes.of_role(picture, "node")}
    tints = [box for box in boxes.of_role(picture, "tint") if box.ref in bodies]
    inside = [text for text in boxes.texts(picture) if text.role == "gradient" and text.ref in bodies]
    inside = [text for text in inside if text not in captions(picture)]
    assert len(tints) == len(inside) > 0
    for tint in tints:
        assert tint.fill == style(look).gradient_plate
        left, top, right, bottom = tint.x, tint.y, tint.x + tint.width, tint.y + tint.height
        assert any(left < text.x < right and top < text.y < bottom for text in inside)
        cut = tint.radius * (1 - math.sqrt(0.5))  # the middle of a rounded corner
        for x, y in product((left + cut, right - cut), (top + cut, bottom - cut)):
            assert corner_inside(bodies[tint.ref], x, y), (tint, bodies[tint.ref])


def test_newer_numbers_keep_to_the_lines_there_are() -> None:
    document = mazur()
    diagram = draw(Annotator(document, None), PARTS)
    assert [len(node.inside) for node in diagram.nodes] == [
        len(node.inside) for node in draw(numbers_of("mazur"), PARTS).nodes
    ]
