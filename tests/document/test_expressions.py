"""Expressions in documents: opened in place, kept true when names change, within limits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from nnviz.document.build import new
from nnviz.document.document import Document, Group
from nnviz.document.edits import (
    AddNode,
    Connect,
    Edit,
    Move,
    OpenExpression,
    RemoveParts,
    Rename,
    SetGroup,
    SetOptions,
    new_edge,
    new_node,
)
from nnviz.document.expression_edits import COLUMN, ROW
from nnviz.document.files import encode, open_document
from nnviz.document.history import History
from nnviz.document.rules import MAX_FORMULAS
from nnviz.errors import ConfigError, FormatError, GraphError
from nnviz.graph import Graph, Node
from nnviz.lowering import problems
from nnviz.lowering.expression import formula
from nnviz.session.computing import Focus, forward
from nnviz.session.derivatives import gradients
from tests.lowering.drawings import circuit


def after(document: Document, *edits: Edit) -> Document:
    for edit in edits:
        document = edit.apply(document)
    return document


def a_neuron(text: str = "2*(h1 - x1)^2 + 1/3") -> Document:
    """An expression of an input and a neuron, before a loss."""
    document = after(new("1-1-1"), RemoveParts(("o1",)))
    document = after(document, AddNode(Node("f", "expression", options={"formula": text}), (400.0, 100.0)))
    return after(document, Connect("a", "h1", "f"), Connect("b", "x1", "f"), Connect("c", "f", "loss"))


# opened


def test_a_new_one_is_called_f_and_says_what_to_write() -> None:
    document = after(Document(), new_node(Document(), "input"), new_node(Document(), "expression"))
    assert [node.id for node in document.graph.nodes] == ["x1", "f1"]
    assert str(problems(document.graph)[0]) == "f1 has no formula (node f1). Write for example x*y + sin(z)."


def test_opening_draws_the_operations_and_keeps_what_follows() -> None:
    document = a_neuron()
    opened = OpenExpression("f").apply(document)
    kinds = {node.id: node.kind for node in opened.graph.nodes}
    assert kinds == {
        "x1": "input",
        "h1": "perceptron",
        "loss": "squared_error",
        "constant1": "constant",
        "subtract1": "subtract",
        "square1": "square",
        "multiply1": "multiply",
        "constant2": "constant",
        "constant3": "constant",
        "divide1": "divide",
        "f": "add",
    }
    pairs = [(edge.source, edge.target) for edge in opened.graph.edges]
    assert pairs[-9:] == [
        *[("h1", "subtract1"), ("x1", "subtract1"), ("subtract1", "square1")],
        *[("constant1", "multiply1"), ("square1", "multiply1"), ("constant2", "divide1"), ("constant3", "divide1")],
        *[("multiply1", "f"), ("divide1", "f")],
    ]
    assert opened.graph.edge("c").source == "f"
    assert opened.graph.node("f").options == {}
    assert opened.parameters["h1.b"] is document.parameters["h1.b"]


def test_opening_is_one_act_and_can_be_undone() -> None:
    document = a_neuron()
    history = History(document)
    history.do(OpenExpression("f"))
    assert history.undo_title == "Open f into its operations"
    assert encode(history.undo()) == encode(document)
    assert encode(history.redo()) == encode(OpenExpression("f").apply(document))
    history.close()


def test_operations_stand_where_the_expression_stood_and_others_make_room() -> None:
    document = after(
        a_neuron(),
        Move({"x1": (0.0, 100.0), "h1": (200.0, 100.0), "loss": (700.0, 100.0)}),
        AddNode(Node("above", "input"), (400.0, -50.0)),
        AddNode(Node("below", "input"), (410.0, 250.0)),
    )
    places = OpenExpression("f").apply(document).positions
    assert places["subtract1"] == (400.0, 100.0 - 1.5 * ROW + ROW)
    assert places["square1"][0] == 400.0 + COLUMN
    assert places["multiply1"][0] == places["divide1"][0] == 400.0 + 2 * COLUMN
    assert places["f"][0] == 400.0 + 3 * COLUMN
    assert places["loss"] == (700.0 + 3 * COLUMN, 100.0)
    assert places["h1"] == (200.0, 100.0)
    assert places["above"] == (400.0, -50.0 - 1.5 * ROW)
    assert places["below"] == (410.0, 250.0 + 1.5 * ROW)
    mine = [place for name, place in places.items() if name in OpenExpression("f").apply(a_neuron()).positions]
    apart = [abs(x - u) + abs(y - v) for x, y in mine for u, v in mine if (x, y) != (u, v)]
    assert len(set(mine)) == len(mine)
    assert min(apart) >= ROW


def test_without_a_place_all_stand_where_a_layout_puts_them() -> None:
    document = circuit({"x": 1.0}, ("f", "expression", "x", {"formula": "2*x"}))
    assert OpenExpression("f").apply(document).positions == {}


def test_a_group_that_held_it_holds_its_operations() -> None:
    document = after(a_neuron("h1*2 + x1"), SetGroup(Group("g", "mine", ("h1", "f"))))
    assert OpenExpression("f").apply(document).groups == (Group("g", "mine", ("h1", "f", "constant1", "multiply1")),)


def test_a_name_alone_becomes_an_identity() -> None:
    document = circuit({"x": 3.0}, ("f", "expression", "x", {"formula": "(x)"}))
    opened = OpenExpression("f").apply(document)
    assert opened.graph.node("f").kind == "identity"
    assert forward(opened).loss == 3.0


def test_several_rows_keep_their_bits() -> None:
    document = circuit(
        {"x": 0.3, "y": -1.7},
        ("g", "expression", "xy", {"formula": "x*y + sin(x) - x^3"}),
        ("f", "expression", "gxy", {"formula": "g/(1 + exp(-x)) + max(g, y) + y*x"}),
    )
    for opened in (after(document, OpenExpression("g")), after(document, OpenExpression("f"), OpenExpression("g"))):
        assert forward(opened).loss == forward(document).loss
        found, wanted = gradients(opened), gradients(document)
        assert {key: found[key].tobytes() for key in wanted} == {key: wanted[key].tobytes() for key in wanted}


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        ((SetOptions("f", {"formula": ""}),), "f has no formula"),
        ((SetOptions("f", {"formula": "h1"}),), "x1 is connected to f"),
    ],
)
def test_what_cannot_be_computed_is_not_opened(edits: Sequence[Edit], words: str) -> None:
    document = after(a_neuron(), *edits)
    with pytest.raises((ConfigError, GraphError), match=words):
        OpenExpression("f").apply(document)


def test_it_cannot_be_opened_while_a_size_is_not_known() -> None:
    document = after(a_neuron("h1*x1"), AddNode(Node("n", "negate")), Connect("d", "n", "f"))
    document = SetOptions("f", {"formula": "h1*x1*n"}).apply(document)
    with pytest.raises(GraphError, match="Nothing is connected to n"):
        OpenExpression("f").apply(document)


# names that change


def text_after(document: Document, *edits: Edit) -> str:
    return formula(after(document, *edits).graph.node("f"))


def test_a_new_label_is_written_into_the_formula_that_used_the_old_one() -> None:
    document = after(a_neuron(), Rename("h1", "height"), SetOptions("f", {"formula": "height*x1 + sin(height)"}))
    assert text_after(document, Rename("h1", "depth")) == "depth*x1 + sin(depth)"
    assert text_after(document, Rename("h1", "h 1")) == "h1*x1 + sin(h1)"
    assert text_after(document, Rename("h1", "")) == "h1*x1 + sin(h1)"
    assert text_after(document, Rename("x1", "width")) == "height*x1 + sin(height)"
    assert not problems(after(document, Rename("h1", "<img> & \U0001f600")).graph)


def test_a_label_that_another_node_takes_gives_way_to_the_id() -> None:
    document = after(a_neuron(), Rename("h1", "height"), SetOptions("f", {"formula": "height*x1"}))
    renamed = after(document, Rename("x1", "height"))
    assert formula(renamed.graph.node("f")) == "h1*x1"
    assert problems(renamed.graph) == []


def test_an_edge_from_a_node_whose_id_is_the_label_of_another_changes_no_meaning() -> None:
    document = after(a_neuron(), Rename("h1", "x2"), SetOptions("f", {"formula": "x1 + x2"}))
    document = after(document, AddNode(Node("x2", "input")), Connect("d", "x2", "f"))
    assert formula(document.graph.node("f")) == "x1 + h1"
    assert "x2 is connected to f, but its formula does not name it" in str(problems(document.graph)[0])


def test_a_name_that_waits_for_its_node_finds_it() -> None:
    document = after(a_neuron(), SetOptions("f", {"formula": "h1 + x1 + later"}))
    assert "later is not connected to f" in str(problems(document.graph)[0])
    document = after(document, AddNode(Node("x2", "input", "later")), new_edge(document, "x1", "loss"))
    assert problems(after(document, Connect("d", "x2", "f")).graph) == []


def test_a_formula_that_would_be_too_long_refuses_the_name() -> None:
    document = after(a_neuron(), Rename("h1", "a"), SetOptions("f", {"formula": "x1" + "+a" * 60}))
    with pytest.raises(ConfigError, match="formula cannot be this"):
        Rename("h1", "b" * 100).apply(document)


def test_renaming_undoes_with_its_formulas() -> None:
    document = after(a_neuron(), Rename("h1", "height"), SetOptions("f", {"formula": "height*x1"}))
    history = History(document)
    history.do(Rename("h1", "depth"))
    assert encode(history.undo()) == encode(document)
    history.close()


def test_what_a_removed_node_was_called_is_a_problem() -> None:
    document = after(a_neuron("h1*x1"), RemoveParts(("x1",)))
    assert "x1 is not connected to f: “h1*▸x1”" in str(problems(document.graph)[-1])


def test_the_same_edge_twice_is_a_slip() -> None:
    with pytest.raises(GraphError, match="connected already"):
        Connect("d", "h1", "f").apply(a_neuron())


# files


def test_a_file_with_what_is_no_formula_is_refused_with_the_place(tmp_path: Path) -> None:
    path = tmp_path / "a.nnviz"
    path.write_bytes(encode(a_neuron("x1*h1")).replace(b"x1*h1", b"x1*)h1"))
    with pytest.raises(FormatError, match=r"Something is missing here: “x1\*▸\)h1”") as caught:
        open_document(path)
    assert "graph.nodes[" in caught.value.where


def test_formulas_have_a_limit_together() -> None:
    count = MAX_FORMULAS // 1_000
    nodes = tuple(Node(f"f{n}", "expression", options={"formula": "x" * 1_000}) for n in range(count))
    document = Document(graph=Graph((Node("x", "input"), *nodes)))
    assert AddNode(Node("g", "expression")).apply(document)
    with pytest.raises(GraphError, match="too long together"):
        AddNode(Node("g", "expression", options={"formula": "x"})).apply(document)


def test_a_row_can_be_typed_through_it() -> None:
    document = circuit({"w": 2.0}, ("g", "expression", "w", {"formula": "w"}))
    document = after(document, AddNode(Node("x", "input")), Connect("d", "x", "g"), SetOptions("g", {"formula": "w*x"}))
    trace = forward(document, Focus("typed", values=(3.0,)))
    assert trace.value("g").item() == 6.0
