"""Makes the examples in ``resources/examples``; a test compares the files with what this makes.

Each is a network somebody meets in a lecture. Their weights and data are typed here, so that they can be checked.
"""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

import numpy as np

from nnviz.conventions import PRESETS
from nnviz.data.choice import DataChoice, Split
from nnviz.data.datasets import bars as bars_table
from nnviz.data.datasets import iris as iris_table
from nnviz.data.table import Column, Table
from nnviz.document.document import Document, settled
from nnviz.document.files import save_document
from nnviz.engine.initialisers import He
from nnviz.engine.optimizers import SGD, Adam
from nnviz.graph import Edge, Graph, Node
from nnviz.graph.values import Option
from nnviz.learning.settings import EarlyStopping, TrainingSettings
from nnviz.session.from_table import network_for


def numbers(name: str, source: str = "", **columns: tuple[float, ...]) -> Table:
    """A table of number columns."""
    made = tuple(Column(column, np.array(values, dtype=float)) for column, values in columns.items())
    return Table(name, made, source)


def edges(pairs: list[tuple[str, str]], into_loss: tuple[str, ...]) -> tuple[Edge, ...]:
    """Weighted edges w1, w2 …, then plain ones e1, e2 … into the loss."""
    weighted = [Edge(f"w{place}", source, target) for place, (source, target) in enumerate(pairs, 1)]
    return (*weighted, *(Edge(f"e{place}", source, "loss") for place, source in enumerate(into_loss, 1)))


def full(*layers: tuple[str, ...]) -> list[tuple[str, str]]:
    """Every pair of neighbouring layers, grouped by target."""
    return [(s, t) for before, after in pairwise(layers) for t in after for s in before]


def mazur() -> Document:
    """The 2-2-2 step-by-step network: logistic units, ½ squared error, biases fixed, η = 0.5 (M. Mazur, 2015)."""
    neuron: dict[str, Option] = {"activation": "sigmoid", "bias": "fixed"}
    nodes = [Node("x1", "input"), Node("x2", "input"), Node("h1", "perceptron", options=neuron)]
    nodes += [Node("h2", "perceptron", options=neuron), Node("o1", "perceptron", "ŷ1", neuron)]
    nodes += [Node("o2", "perceptron", "ŷ2", neuron), Node("loss", "squared_error")]
    layers = full(("x1", "x2"), ("h1", "h2"), ("o1", "o2"))
    weights = (0.15, 0.20, 0.25, 0.30, 0.40, 0.45, 0.50, 0.55)
    parameters = {f"w{place}": np.array([[weight]]) for place, weight in enumerate(weights, 1)}
    parameters |= {"h1.b": np.array([0.35]), "h2.b": np.array([0.35])}
    parameters |= {"o1.b": np.array([0.60]), "o2.b": np.array([0.60])}
    table = numbers("one example", "M. Mazur, 2015", x1=(0.05,), x2=(0.10,), y1=(0.01,), y2=(0.99,))
    return settled(
        Document(
            title="Backpropagation, step by step",
            graph=Graph(tuple(nodes), edges(layers, ("o1", "o2"))),
            parameters=parameters,
            data=DataChoice(table, {"x1": ("x1",), "x2": ("x2",)}, {"loss": ("y1", "y2")}),
            training=TrainingSettings(optimizer=SGD(lr=0.5), epochs=10_000),
            conventions=PRESETS["worked example"],
        )
    )


def will_i_pass() -> Document:
    """*Will I pass this class?* 2-3-1, linear, no bias: 4 lectures and 5 hours predict 0.1, the truth is 1."""
    neuron: dict[str, Option] = {"activation": "identity", "bias": "none"}
    nodes = [Node("x1", "input"), Node("x2", "input")]
    nodes += [Node(f"h{place}", "perceptron", options=neuron) for place in (1, 2, 3)]
    nodes += [Node("o1", "perceptron", "ŷ", neuron), Node("loss", "squared_error")]
    layers = full(("x1", "x2"), ("h1", "h2", "h3"), ("o1",))
    weights = (0.3, 0.2, 0.8, -0.1, -0.25, 0.1, -0.5, 0.5, 0.3)
    table = numbers("one student", lectures=(4.0,), hours=(5.0,), passed=(1.0,))
    return settled(
        Document(
            title="Will I pass this class?",
            graph=Graph(tuple(nodes), edges(layers, ("o1",))),
            parameters={f"w{place}": np.array([[weight]]) for place, weight in enumerate(weights, 1)},
            data=DataChoice(table, {"x1": ("lectures",), "x2": ("hours",)}, {"loss": ("passed",)}),
            training=TrainingSettings(optimizer=SGD(lr=0.01), epochs=100),
        )
    )


def xor() -> Document:
    """XOR, solved by hand: h1 = relu(a + b), h2 = relu(a + b − 1), ŷ = h1 − 2·h2."""
    relu: dict[str, Option] = {"activation": "relu", "bias": "fixed"}
    nodes = [Node("a", "input"), Node("b", "input"), Node("h1", "perceptron", options=relu)]
    nodes += [Node("h2", "perceptron", options=relu)]
    nodes += [Node("o1", "perceptron", "ŷ", {"activation": "identity", "bias": "none"}), Node("loss", "squared_error")]
    layers = full(("a", "b"), ("h1", "h2"), ("o1",))
    weights = (1.0, 1.0, 1.0, 1.0, 1.0, -2.0)
    parameters = {f"w{place}": np.array([[weight]]) for place, weight in enumerate(weights, 1)}
    parameters |= {"h1.b": np.array([0.0]), "h2.b": np.array([-1.0])}
    table = numbers("XOR", a=(0.0, 0.0, 1.0, 1.0), b=(0.0, 1.0, 0.0, 1.0), xor=(0.0, 1.0, 1.0, 0.0))
    return settled(
        Document(
            title="XOR, solved by hand",
            graph=Graph(tuple(nodes), edges(layers, ("o1",))),
            parameters=parameters,
            data=DataChoice(table, {"a": ("a",), "b": ("b",)}, {"loss": ("xor",)}),
            training=TrainingSettings(optimizer=SGD(lr=0.1), epochs=100),
        )
    )


def iris() -> Document:
    """Iris 4-8-3: raw measurements, stratified 80/20, Adam, stopped early."""
    document = network_for(iris_table(), ("species",), "4-8-3", activation="tanh")
    settings = TrainingSettings(
        optimizer=Adam(lr=0.01), epochs=200, batch_size=16, early_stopping=EarlyStopping(patience=50)
    )
    return document.with_(title="Iris 4-8-3", training=settings)


def bars() -> Document:
    """Bars: 8×8 pictures of a bar, lying or standing, told apart by a convolution with three kernels."""
    nodes = (
        Node("x", "input", "pixels", {"units": 64}),
        Node("image", "reshape", options={"shape": "1×8×8"}),
        Node("conv", "conv2d", options={"channels": 3}),
        Node("relu", "relu"),
        Node("pool", "max_pool"),
        Node("flat", "flatten"),
        Node("o", "dense", "ŷ", {"units": 2, "activation": "softmax"}),
        Node("loss", "categorical_cross_entropy"),
    )
    pairs = [(source.id, target.id) for source, target in pairwise(nodes)]
    chain = [
        Edge("w1" if target == "o" else f"e{place}", source, target) for place, (source, target) in enumerate(pairs, 1)
    ]
    table = bars_table()
    pixels = tuple(column.name for column in table.columns[:-1])
    return settled(
        Document(
            title="Bars, lying or standing",
            graph=Graph(nodes, tuple(chain)),
            data=DataChoice(table, {"x": pixels}, {"loss": ("bar",)}, Split("stratified", 0.25)),
            training=TrainingSettings(optimizer=Adam(lr=0.01), epochs=100, batch_size=16, initialiser=He()),
        )
    )


EXAMPLES = {"mazur": mazur, "pass": will_i_pass, "xor": xor, "iris": iris, "bars": bars}


def main() -> None:
    """Write all of them into the folder given, or into ``resources/examples``."""
    folder = (
        Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent / "resources" / "examples"
    )
    for name, make in EXAMPLES.items():
        save_document(make(), folder / f"{name}.nnviz")
        print(folder / f"{name}.nnviz")


if __name__ == "__main__":
    main()
