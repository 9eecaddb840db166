"""Labels of nodes beside their weights and values: names of operations, which formulas and walkthroughs use."""

from __future__ import annotations

import pytest

from nnviz.canvas.fonts import FontMeasure
from nnviz.document.document import Document, settled
from nnviz.graph import Edge, Graph, Node
from nnviz.lowering.kinds import KINDS
from nnviz.numbers import subscripted
from nnviz.session.annotations import Annotator
from nnviz.session.computing import forward
from nnviz.session.drawing import draw
from nnviz.session.picture import Picture, Text
from nnviz.session.placement import place
from nnviz.session.placement.free import free_items, free_layout
from nnviz.session.style import style
from nnviz.session.walkthrough import walkthrough
from tests.images import convolutional
from tests.networks import mazur, mixed
from tests.session import boxes
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
