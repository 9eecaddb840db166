"""Networks for tests, drawn by hand: the 2-2-2 worked example and others."""

from __future__ import annotations

import numpy as np

from nnviz.conventions import PRESETS, Conventions
from nnviz.data.choice import DataChoice
from nnviz.data.table import Column, Table
from nnviz.document.document import Document, settled
from nnviz.engine.optimizers import SGD
from nnviz.graph import Edge, Graph, Node
from nnviz.learning.settings import TrainingSettings

MAZUR_WEIGHTS = (0.15, 0.20, 0.25, 0.30, 0.40, 0.45, 0.50, 0.55)


def table(**columns: list[float]) -> Table:
    """A table of number columns."""
    return Table("test", tuple(Column(name, np.array(values, dtype=float)) for name, values in columns.items()))


def mazur(bias: str = "fixed", shared: bool = False) -> Document:
    """The 2-2-2 worked example of TRUTH A, its biases fixed, trained, or trained and shared by layer."""
    neurons = []
    for node, name in (("h1", "b1"), ("h2", "b1"), ("o1", "b2"), ("o2", "b2")):
        options = {"activation": "sigmoid", "bias": bias} | ({"bias_name": name} if shared else {})
        neurons.append(Node(node, "perceptron", options=options))
    pairs = [
        (s, t) for layer, ts in ((("x1", "x2"), ("h1", "h2")), (("h1", "h2"), ("o1", "o2"))) for t in ts for s in layer
    ]
    edges = [Edge(f"w{n}", s, t) for n, (s, t) in enumerate(pairs, 1)]
    edges += [Edge("e1", "o1", "loss"), Edge("e2", "o2", "loss")]
    graph = Graph((Node("x1", "input"), Node("x2", "input"), *neurons, Node("loss", "squared_error")), tuple(edges))
    parameters = {f"w{n}": np.array([[w]]) for n, w in enumerate(MAZUR_WEIGHTS, 1)}
    biases = {"b1": 0.35, "b2": 0.60} if shared else {"h1.b": 0.35, "h2.b": 0.35, "o1.b": 0.60, "o2.b": 0.60}
    parameters |= {key: np.array([value]) for key, value in biases.items()}
    return settled(
        Document(
            graph=graph,
            parameters=parameters,
            conventions=PRESETS["worked example"],
            data=DataChoice(
                table(x1=[0.05], x2=[0.10], y1=[0.01], y2=[0.99]),
                {"x1": ("x1",), "x2": ("x2",)},
                {"loss": ("y1", "y2")},
            ),
            training=TrainingSettings(optimizer=SGD(lr=0.5)),
        )
    )


def mixed(conventions: Conventions | None = None) -> Document:
    """A network with every kind: layers and neurons, a skip, a shared weight, add, multiply, dropout, two heads."""
    nodes = (
        Node("x", "input", options={"units": 3}),
        Node("d", "dense", options={"units": 4, "activation": "tanh"}),
        Node("drop", "dropout", options={"p": 0.5}),
        Node("p", "perceptron", options={"activation": "relu", "bias": "fixed"}),
        Node("q", "perceptron", options={"activation": "sigmoid", "bias": "none"}),
        Node("s", "add"),
        Node("m", "multiply"),
        Node("c", "concatenate"),
        Node("soft", "dense", options={"units": 3, "activation": "softmax"}),
        Node("t", "tanh"),
        Node("ce", "categorical_cross_entropy", options={"weight": 0.5}),
        Node("se", "squared_error"),
    )
    edges = (
        Edge("w1", "x", "d"),
        Edge("e1", "d", "drop"),
        Edge("w2", "drop", "p"),
        Edge("w3", "drop", "q"),
        Edge("w4", "p", "q", shared="own"),
        Edge("e2", "p", "s"),
        Edge("e3", "q", "s"),
        Edge("e4", "p", "m"),
        Edge("e5", "q", "m"),
        Edge("e6", "s", "c"),
        Edge("e7", "m", "c"),
        Edge("e8", "x", "c"),
        Edge("w5", "c", "soft"),
        Edge("e9", "soft", "ce"),
        Edge("e10", "s", "t"),
        Edge("e11", "t", "se"),
    )
    rng = np.random.default_rng(5)
    columns = {name: list(rng.normal(size=6)) for name in ("a", "b", "c", "v")}
    kind = Column("kind", np.array([0.0, 1, 2, 0, 1, 2]), ("x", "y", "z"))
    return settled(
        Document(
            graph=Graph(nodes, edges),
            conventions=conventions or Conventions(),
            data=DataChoice(
                Table("test", (*table(**columns).columns, kind)),
                {"x": ("a", "b", "c")},
                {"ce": ("kind",), "se": ("v",)},
            ),
            seed=3,
        )
    )


def behind_a_step() -> Document:
    """x → h (sigmoid) → s (step) → p, with a neuron q that leads nowhere."""
    nodes = (
        Node("x", "input"),
        Node("h", "perceptron", options={"activation": "sigmoid", "bias": "none"}),
        Node("s", "step"),
        Node("p", "perceptron", options={"bias": "none"}),
        Node("q", "perceptron", options={"bias": "none"}),
        Node("loss", "squared_error"),
    )
    edges = (
        Edge("w1", "x", "h"),
        Edge("e1", "h", "s"),
        Edge("w2", "s", "p"),
        Edge("w3", "x", "q"),
        Edge("e2", "p", "loss"),
    )
    data = DataChoice(table(x=[2.0], y=[1.0]), {"x": ("x",)}, {"loss": ("y",)})
    parameters = {"w1": np.array([[0.5]]), "w2": np.array([[0.7]]), "w3": np.array([[1.0]])}
    return settled(Document(graph=Graph(nodes, edges), parameters=parameters, data=data))


def circuit_of_inputs() -> Document:
    """f = (x + y) · x, with neither weights nor loss."""
    nodes = (Node("x", "input"), Node("y", "input"), Node("a", "add"), Node("f", "multiply"))
    edges = (Edge("e1", "x", "a"), Edge("e2", "y", "a"), Edge("e3", "a", "f"), Edge("e4", "x", "f"))
    return settled(Document(graph=Graph(nodes, edges)))


def sum_times_z() -> Document:
    """q = x + y, f = q · z, with neither weights nor loss."""
    nodes = (*(Node(name, "input") for name in "xyz"), Node("q", "add"), Node("f", "multiply"))
    edges = (Edge("e1", "x", "q"), Edge("e2", "y", "q"), Edge("e3", "q", "f"), Edge("e4", "z", "f"))
    return settled(Document(graph=Graph(nodes, edges)))
