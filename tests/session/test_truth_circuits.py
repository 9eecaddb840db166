"""TRUTH C and D: circuits and small exercises, drawn as graphs of nodes, through documents and the session's functions.

The numbers of a circuit are parameters, so that the gradient of J by each of them is what training would use.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from nnviz.conventions import Conventions
from nnviz.data.choice import DataChoice
from nnviz.document.document import Document, settled
from nnviz.document.edits import OpenExpression
from nnviz.engine.optimizers import SGD
from nnviz.graph import Edge, Graph, Node
from nnviz.learning.settings import TrainingSettings
from nnviz.session.computing import forward, predict
from nnviz.session.derivatives import gradients
from nnviz.session.training import train
from nnviz.session.walkthrough import walkthrough
from tests.lowering.drawings import circuit
from tests.networks import table

TWO = ("two", "constant", (), {"value": 2.0})


def const(name: str, value: float) -> tuple[str, str, Sequence[str], dict]:
    return name, "constant", (), {"value": value}


CIRCUITS = {
    "(x+y)·z": (
        circuit({"x": -2, "y": 5, "z": -4}, ("q", "add", "xy"), ("f", "multiply", "qz")),
        -12,
        {"x": -4, "y": -4, "z": 3},
    ),
    "sigmoid neuron": (
        circuit(
            {"w0": 2, "x0": -1, "w1": -3, "x1": -2, "w2": -3},
            ("p", "multiply", ("w0", "x0")),
            ("q", "multiply", ("w1", "x1")),
            ("s", "add", ("p", "q", "w2")),
            ("f", "sigmoid", "s"),
        ),
        0.7310585786300049,
        {
            "x0": 0.3932238664829637,
            "x1": -0.5898357997244456,
            "w0": -0.19661193324148185,
            "w1": -0.3932238664829637,
            "w2": 0.19661193324148185,
        },
    ),
    "2(xy + max(z, w))": (
        circuit(
            {"x": 3, "y": -4, "z": 2, "w": -1},
            TWO,
            ("p", "multiply", "xy"),
            ("m", "maximum", "zw"),
            ("s", "add", "pm"),
            ("f", "multiply", ("two", "s")),
        ),
        -20,
        {"x": -8, "y": 6, "z": 2, "w": 0},
    ),
    "a fraction": (
        circuit(
            {"x": 3, "y": -4},
            ("sy", "sigmoid", "y"),
            ("top", "add", ("x", "sy")),
            ("sx", "sigmoid", "x"),
            ("s", "add", "xy"),
            ("ss", "square", "s"),
            ("bottom", "add", ("sx", "ss")),
            ("f", "divide", ("top", "bottom")),
        ),
        1.5456448841066441,
        {"x": 2.0595697955721652, "y": 1.5922327514838093},
    ),
    "micrograd": (
        circuit(
            {"a": -4, "b": 2},
            const("one", 1),
            TWO,
            const("three", 3),
            const("ten", 10),
            ("c1", "add", "ab"),
            ("ab", "multiply", "ab"),
            ("b3", "power", "b", {"exponent": 3.0}),
            ("d1", "add", ("ab", "b3")),
            ("c2", "add", ("c1", "c1", "one")),
            ("na", "negate", "a"),
            ("c3", "add", ("c2", "one", "c2", "na")),
            ("ba", "add", "ba"),
            ("rba", "relu", ("ba",)),
            ("dd", "multiply", ("d1", "two")),
            ("d2", "add", ("d1", "dd", "rba")),
            ("d3x", "multiply", ("three", "d2")),
            ("bma", "subtract", "ba"),
            ("rbma", "relu", ("bma",)),
            ("d3", "add", ("d2", "d3x", "rbma")),
            ("e", "subtract", ("c3", "d3")),
            ("f", "square", "e"),
            ("half", "divide", ("f", "two")),
            ("inv", "divide", ("ten", "f")),
            ("g", "add", ("half", "inv")),
        ),
        24.70408163265306,
        {"a": 138.83381924198252, "b": 645.5772594752186},
    ),
    "tanh neuron": (
        circuit(
            {"x1": 2, "x2": 0, "w1": -3, "w2": 1, "b": 6.8813735870195432},
            ("p", "multiply", ("x1", "w1")),
            ("q", "multiply", ("x2", "w2")),
            ("s", "add", ("p", "q", "b")),
            ("o", "tanh", "s"),
        ),
        0.7071067811865476,
        {"x1": -1.5, "x2": 0.5, "w1": 1, "w2": 0},
    ),
    "a + a": (circuit({"a": 3}, ("b", "add", "aa")), 6, {"a": 2}),
    "fork": (
        circuit({"a": -2, "b": 3}, ("d", "multiply", "ab"), ("e", "add", "ab"), ("f", "multiply", "de")),
        -6,
        {"a": -3, "b": -8},
    ),
    "(a+b)(b+1)": (
        circuit(
            {"a": 2, "b": 1},
            const("one", 1),
            ("p", "add", "ab"),
            ("q", "add", ("b", "one")),
            ("e", "multiply", "pq"),
        ),
        6,
        {"a": 2, "b": 5},
    ),
}


def formula(name: str, sources: Sequence[str], text: str) -> tuple[str, str, Sequence[str], dict]:
    return name, "expression", sources, {"formula": text}


# The same circuits as formulas, with the numbers of above.
FORMULAS = {
    "(x+y)·z": circuit({"x": -2, "y": 5, "z": -4}, formula("f", "xyz", "(x + y)*z")),
    "sigmoid neuron": circuit(
        {"w0": 2, "x0": -1, "w1": -3, "x1": -2, "w2": -3},
        formula("f", ("w0", "x0", "w1", "x1", "w2"), "sigmoid(w0*x0 + w₁·x₁ + w2)"),
    ),
    "2(xy + max(z, w))": circuit({"x": 3, "y": -4, "z": 2, "w": -1}, formula("f", "xyzw", "2*(x*y + max(z, w))")),
    "a fraction": circuit({"x": 3, "y": -4}, formula("f", "xy", "(x + σ(y)) / (σ(x) + (x + y)^2)")),
    "micrograd": circuit(
        {"a": -4, "b": 2},
        formula("c1", "ab", "a + b"),
        formula("d1", "ab", "a*b + b^3"),
        formula("c2", ("c1",), "c1 + c1 + 1"),
        formula("c3", ("c2", "a"), "c2 + 1 + c2 + (-a)"),
        formula("d2", ("d1", "a", "b"), "d1 + d1*2 + relu(b + a)"),
        formula("d3", ("d2", "a", "b"), "d2 + 3*d2 + relu(b - a)"),
        formula("f", ("c3", "d3"), "(c3 - d3)**2"),
        formula("g", "f", "f/2.0 + 10.0/f"),
    ),
    "tanh neuron": circuit(
        {"x1": 2, "x2": 0, "w1": -3, "w2": 1, "b": 6.8813735870195432},
        formula("o", ("x1", "x2", "w1", "w2", "b"), "tanh(x1*w1 + x2*w2 + b)"),
    ),
    "a + a": circuit({"a": 3}, formula("b", "a", "a + a")),
    "fork": circuit({"a": -2, "b": 3}, formula("f", "ab", "a*b*(a + b)")),
    "(a+b)(b+1)": circuit({"a": 2, "b": 1}, formula("e", "ab", "(a + b)·(b + 1)")),
}


def test_every_circuit_is_a_formula_too() -> None:
    assert FORMULAS.keys() == CIRCUITS.keys()


@pytest.mark.parametrize("name", FORMULAS)
def test_circuits_as_formulas(name: str) -> None:
    _, value, slopes = CIRCUITS[name]
    opened = FORMULAS[name]
    for node in FORMULAS[name].graph.nodes:
        opened = OpenExpression(node.id).apply(opened) if node.kind == "expression" else opened
    for document in (FORMULAS[name], opened):
        assert forward(document).loss == pytest.approx(value, rel=1e-12)
        found = gradients(document)
        assert {key: found[key].item() for key in slopes} == pytest.approx(slopes, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("name", CIRCUITS)
def test_circuits(name: str) -> None:
    document, value, slopes = CIRCUITS[name]
    assert forward(document).loss == pytest.approx(value, rel=1e-12)
    for _ in range(2):  # running backward twice must not accumulate
        found = gradients(document)
        assert {key: found[key].item() for key in slopes} == pytest.approx(slopes, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("name", CIRCUITS)
def test_circuits_are_told_line_by_line(name: str) -> None:
    for step in (*walkthrough(CIRCUITS[name][0]).steps, *walkthrough(FORMULAS[name]).steps):
        for line in step.formulas:
            np.testing.assert_allclose(line.evaluate(), line.value, rtol=1e-11, atol=1e-13, err_msg=step.title)


def test_a_fork_tells_what_both_ways_bring() -> None:
    lines = [line.whole() for step in walkthrough(CIRCUITS["fork"][0]).steps for line in step.formulas]
    told = "∂J/∂d · ∂d/∂a + ∂J/∂e · ∂e/∂a = ∂J/∂d · b + ∂J/∂e · 1 = 1 · 3 + (−6) · 1 = −3.000"
    assert f"∂J/∂a = {told}" in lines
    assert "ℒ = f = −6.000" in lines


# TRUTH D


def test_one_weight_one_bias_one_update() -> None:
    document = circuit({"w": 3, "b": 1}, const("x", 2), const("t", 9), *_error("w", "b"))
    assert (forward(document).value("p").item(), forward(document).loss) == (7, 4)
    assert {key: each.item() for key, each in gradients(document).items()} == {"w": -8, "b": -4}
    after = train(document, epochs=1, optimizer=SGD(lr=0.05)).document
    assert after.parameters["w"].item() == pytest.approx(3.4, rel=1e-12)
    assert after.parameters["b"].item() == pytest.approx(1.2, rel=1e-12)
    assert forward(after).value("p").item() == pytest.approx(8, rel=1e-12)
    assert forward(after).loss == pytest.approx(1, rel=1e-12)


def _error(w: str, b: str) -> tuple[tuple[str, str, Sequence[str]], ...]:
    return (
        ("wx", "multiply", (w, "x")),
        ("p", "add", ("wx", b)),
        ("d", "subtract", ("p", "t")),
        ("l", "square", ("d",)),
    )


def test_two_sigmoids_in_a_chain() -> None:
    neuron = {"activation": "sigmoid"}
    nodes = (Node("x", "input"), Node("h", "perceptron", options=neuron), Node("o", "perceptron", options=neuron))
    edges = (Edge("w1", "x", "h"), Edge("w2", "h", "o"), Edge("e", "o", "loss"))
    document = settled(
        Document(
            graph=Graph((*nodes, Node("loss", "squared_error")), edges),
            parameters={
                "w1": np.array([[0.1]]),
                "h.b": np.array([-0.1]),
                "w2": np.array([[0.3]]),
                "o.b": np.array([0.3]),
            },
            data=DataChoice(table(x=[0.05], y=[0.01]), {"x": ("x",)}, {"loss": ("y",)}),
            conventions=Conventions(half=True),
        )
    )
    trace = forward(document)
    assert trace.value("h").item() == pytest.approx(0.4762678458734389, rel=1e-12)
    assert trace.value("o").item() == pytest.approx(0.6089451469677643, rel=1e-12)
    assert trace.loss == pytest.approx(0.17936764453811835, rel=1e-12)
    assert {key: each.item() for key, each in gradients(document).items()} == pytest.approx(
        {
            "w2": 0.06792883494534965,
            "o.b": 0.14262737981140286,
            "w1": 0.000533647725798534,
            "h.b": 0.010672954515970678,
        },
        rel=1e-12,
    )


def test_a_line_through_the_origin() -> None:
    nodes = (
        Node("x", "input"),
        Node("p", "perceptron", options={"bias": "none"}),
        Node("loss", "squared_error"),
    )
    document = settled(
        Document(
            graph=Graph(nodes, (Edge("w", "x", "p"), Edge("e", "p", "loss"))),
            parameters={"w": np.array([[0.0]])},
            data=DataChoice(table(x=[1, 2, 3, 4], y=[2.1, 3.9, 6.2, 7.8]), {"x": ("x",)}, {"loss": ("y",)}),
            training=TrainingSettings(optimizer=SGD(lr=0.05), epochs=1, batch_size=0),
        )
    )
    losses, weights = [], []
    for _ in range(3):
        result = train(document)
        losses.append(result.reports[0].loss)
        document = result.document
        weights.append(document.parameters["w"].item())
    assert weights == pytest.approx([1.4925, 1.865625, 1.95890625], rel=1e-12)
    assert losses == pytest.approx([29.725, 1.880546875, 0.1402685547], rel=1e-10)
    assert train(document).reports[0].loss == pytest.approx(0.0315011597, rel=1e-8)
    best = train(document, epochs=200).document.parameters["w"].item()
    assert best == pytest.approx(1.99, rel=1e-12)


def test_xor_by_hand() -> None:
    nodes = (
        Node("x", "input", options={"units": 2}),
        Node("a", "select", options={"first": 1}),
        Node("b", "select", options={"first": 2}),
        Node("one", "constant"),
        Node("two", "constant", options={"value": 2.0}),
        Node("s", "add"),
        Node("t", "subtract"),
        Node("h1", "relu"),
        Node("h2", "relu"),
        Node("m", "multiply"),
        Node("y", "subtract"),
    )
    pairs = ["x a", "x b", "a s", "b s", "s t", "one t", "s h1", "t h2", "two m", "h2 m", "h1 y", "m y"]
    edges = tuple(Edge(f"e{place}", *pair.split()) for place, pair in enumerate(pairs))
    document = settled(Document(graph=Graph(nodes, edges)))
    answers = [predict(document, (a, b))["y"].item() for a in (0.0, 1.0) for b in (0.0, 1.0)]
    assert answers == [0, 1, 1, 0]


def test_softmax_of_two_numbers() -> None:
    nodes = (Node("x", "input", options={"units": 2}), Node("p", "softmax"))
    document = settled(Document(graph=Graph(nodes, (Edge("e", "x", "p"),))))
    found = predict(document, (2.0, 4.0))["p"].tolist()
    assert found == pytest.approx([0.11920292202211756, 0.8807970779778824], rel=1e-15)
