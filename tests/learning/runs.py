"""Trainings for the tests: of a drawing and arrays, without a document."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pytest

from nnviz.conventions import Conventions
from nnviz.data.arrays import arrays_for
from nnviz.data.choice import Split
from nnviz.data.datasets import iris
from nnviz.data.splits import split_rows
from nnviz.document.document import STARTS
from nnviz.engine import initialisers
from nnviz.engine.plan import Plan
from nnviz.graph import Edge, Graph, Node
from nnviz.learning.examples import Examples
from nnviz.learning.fast import FastTraining
from nnviz.learning.fit import Training
from nnviz.learning.settings import TrainingSettings
from nnviz.lowering import lower, parameter_specs

by_both = pytest.mark.parametrize("kind", [Training, FastTraining], ids=["clear", "fast"])
"""Each executor."""
CARRIED_BY = {Training: ("clear", "numpy"), FastTraining: ("fast", "registers")}
"""What a run says of itself, where no product is large."""


def column(*values: float) -> np.ndarray:
    return np.array(values, dtype=float)[:, None]


def chain(*layers: Node, loss: str = "squared_error", units: int = 1) -> Graph:
    """Input ``x``, layers one after another with edges ``w1``, ``w2`` …, and a loss."""
    nodes = (Node("x", "input", options={"units": units}), *layers, Node("loss", loss))
    edges = [Edge(f"w{n}", one.id, other.id) for n, (one, other) in enumerate(pairwise(nodes), 1)]
    return Graph(nodes, tuple(edges))


def first_values(graph: Graph, seed: int, sigma: float = 0.5) -> dict[str, np.ndarray]:
    """Weights from N(0, σ²) by their keys, biases 0, gains 1, as a document has them."""
    return {
        spec.key: STARTS[spec.kind](spec.shape)
        if spec.kind in STARTS
        else initialisers.normal(spec.key, spec.shape, seed, sigma)
        for spec in parameter_specs(graph)
    }


def line(w: float, b: float | None = None) -> tuple[Graph, dict[str, np.ndarray]]:
    """p = w·x (+ b) with a squared error."""
    bias = "none" if b is None else "trained"
    graph = chain(Node("p", "perceptron", options={"bias": bias}))
    return graph, {"w1": column(w)} | ({} if b is None else {"p.b": np.array([b])})


NOISY = Graph(
    (
        Node("x", "input", options={"units": 2}),
        Node("h", "dense", options={"units": 5, "activation": "tanh"}),
        Node("drop", "dropout", options={"p": 0.3}),
        Node("o", "dense", options={"units": 3, "activation": "softmax"}),
        Node("v", "perceptron", options={"activation": "identity"}),
        Node("kind", "categorical_cross_entropy"),
        Node("size", "squared_error", options={"weight": 0.5}),
    ),
    (
        Edge("w1", "x", "h"),
        Edge("e1", "h", "drop"),
        Edge("w2", "drop", "o"),
        Edge("w3", "drop", "v"),
        Edge("w4", "x", "v"),
        Edge("e2", "o", "kind"),
        Edge("e3", "v", "size"),
    ),
)
"""Two heads, a skip and dropout: everything of a run that is drawn from the seed matters to it."""


def noisy_examples(rows: int = 23, seed: int = 0) -> Examples:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 2))
    kind = np.eye(3)[(x[:, 0] > 0).astype(int) + (x[:, 1] > 0)]
    return Examples({"x": x}, {"kind": kind, "size": x[:, :1] * x[:, 1:]})


def noisy(settings: TrainingSettings, *, seed: int = 4, **how) -> Training:
    how = {"parameters": first_values(NOISY, seed), "dropout": {"drop": 0.3}} | how
    return Training(lower(NOISY, Conventions()), noisy_examples(), settings, seed=seed, **how)


def bits(parameters: Mapping[str, np.ndarray]) -> bytes:
    return b"".join(key.encode() + array.tobytes() for key, array in sorted(parameters.items()))


def iris_graph(activation: str = "tanh", *, singly: bool) -> Graph:
    """4-8-3 with softmax and cross-entropy, as two layers or perceptron by perceptron."""
    if not singly:
        return chain(
            Node("h", "dense", options={"units": 8, "activation": activation}),
            Node("o", "dense", options={"units": 3, "activation": "softmax"}),
            loss="categorical_cross_entropy",
            units=4,
        )
    inputs = [Node(f"x{i}", "input") for i in range(1, 5)]
    hidden = [Node(f"h{i}", "perceptron", options={"activation": activation}) for i in range(1, 9)]
    outputs = [Node(f"o{i}", "perceptron") for i in range(1, 4)]
    pairs = [(s, t) for sources, targets in ((inputs, hidden), (hidden, outputs)) for t in targets for s in sources]
    edges = [Edge(f"w{n}", s.id, t.id) for n, (s, t) in enumerate(pairs, 1)]
    edges += [Edge(f"e{node.id}", node.id, "soft") for node in outputs] + [Edge("e", "soft", "loss")]
    last = (Node("soft", "softmax"), Node("loss", "categorical_cross_entropy"))
    return Graph((*inputs, *hidden, *outputs, *last), tuple(edges))


def iris_training(settings: TrainingSettings, seed: int, *, singly: bool = False, **how) -> Training:
    """Iris 4-8-3 on raw inputs, stratified 80/20; the seed decides split, first weights and order."""
    graph, table = iris_graph(singly=singly), iris()
    names = [each.name for each in table.columns[:4]]
    inputs = {f"x{n}": [name] for n, name in enumerate(names, 1)} if singly else {"x": names}
    whole = Examples(
        arrays_for(table, inputs, {node: len(columns) for node, columns in inputs.items()}),
        arrays_for(table, {"loss": ["species"]}, {"loss": 3}),
    )
    parts = split_rows(table, Split("stratified"), seed, ["species"])
    return Training(
        plan_of(graph),
        whole.take(parts.training),
        settings,
        first_values(graph, seed, settings.sigma),
        seed=seed,
        validation=whole.take(parts.validation),
        **how,
    )


def plan_of(graph: Graph, **conventions) -> Plan:
    return lower(graph, Conventions(**conventions))
