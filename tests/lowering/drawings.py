"""Small networks for one kind of node each, and circuits of plain numbers, as documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from nnviz.conventions import Conventions
from nnviz.data.choice import DataChoice
from nnviz.data.table import Column, Table
from nnviz.document.document import Document, settled
from nnviz.graph import Edge, Graph, Node
from nnviz.graph.values import Option
from nnviz.lowering.kinds import KINDS

POSITIVE = ("log", "sqrt", "power")
"""Kinds that are fed by a sigmoid, for they take positive numbers only."""
OPTIONS: dict[str, dict[str, Option]] = {"expression": {"formula": "a*b - sin(a)/2 + max(a, b)^2"}}
"""What a kind must be told."""
PROBABILITIES = {"binary_cross_entropy": "sigmoid", "categorical_cross_entropy": "softmax"}


def circuit(
    values: Mapping[str, float], *gates: tuple[str, str, Sequence[str]] | tuple[str, str, Sequence[str], dict]
) -> Document:
    """Numbers that are parameters, gates of (id, kind, what comes in, options), the last of which is J."""
    nodes = [Node(name, "parameter") for name in values]
    edges: list[Edge] = []
    for name, kind, sources, *options in gates:
        nodes.append(Node(name, kind, options=options[0] if options else {}))
        edges += [Edge(f"e{len(edges) + place}", source, name) for place, source in enumerate(sources, 1)]
    nodes.append(Node("J", "objective"))
    edges.append(Edge("last", gates[-1][0], "J"))
    return settled(
        Document(
            graph=Graph(tuple(nodes), tuple(edges)),
            parameters={name: np.array([float(value)]) for name, value in values.items()},
        )
    )


def example_of(kind: str, rows: int = 3, conventions: Conventions | None = None) -> Document:
    """A network in which a kind stands between trained neurons and a loss; three examples of two numbers."""
    family = KINDS[kind].family
    if kind in IMAGES:
        return _image(kind, rows, conventions)
    if family == "loss":
        return _document([*_neurons(_activation_for(kind))], [("a", "loss")], kind, rows, conventions)
    nodes, ends = [*_neurons("tanh")], [("a", "loss")]
    if family == "neuron":
        options: dict[str, Option] = {"units": 2} if kind == "dense" else {}
        nodes, ends = [*nodes, Node("k", kind, options=options)], [("a", "k"), ("k", "loss")]
    elif KINDS[kind].most == 0 and kind != "input":
        nodes += [Node("k", kind, options={"units": 2}), Node("m", "multiply")]
        ends = [("a", "m"), ("k", "m"), ("m", "loss")]
    elif family != "input":
        nodes = [*_neurons("sigmoid" if kind in POSITIVE else "tanh"), *_second(kind)]
        nodes.append(Node("k", kind, options=OPTIONS.get(kind, {})))
        ends = [("a", "k"), *([("b", "k")] if len(nodes) > 3 else []), ("k", "loss")]
    return _document(nodes, ends, "squared_error", rows, conventions)


IMAGES: Mapping[str, dict[str, Option]] = {
    "reshape": {"shape": "1 x 4 x 4"},
    "flatten": {},
    "matmul": {},
    "conv2d": {"channels": 2, "padding": 1, "activation": "tanh"},
    "max_pool": {},
    "avg_pool": {"size": 3, "stride": 1},
}
"""Kinds that work on more than units in a line, and the options they are tried with."""


def _image(kind: str, rows: int, conventions: Conventions | None) -> Document:
    """Sixteen units as an image, what is tried, and its result in a line before the loss."""
    nodes = [_neurons("tanh")[0], Node("a", "dense", options={"units": 16, "activation": "tanh"})]
    shape = "4×4" if kind == "matmul" else "1×4×4"
    middle = [] if kind == "reshape" else [Node("r", "reshape", options={"shape": shape})]
    nodes += [*middle, Node("k", kind, options=IMAGES[kind])]
    nodes += [] if kind == "flatten" else [Node("f", "flatten")]
    ends = [(one.id, other.id) for one, other in pairwise((*nodes[1:], Node("loss", "")))]
    return _document(nodes, [*ends, *([("r", "k")] if kind == "matmul" else [])], "squared_error", rows, conventions)


def _neurons(activation: str) -> tuple[Node, Node]:
    x = Node("x", "input", options={"units": 2})
    return x, Node("a", "dense", options={"units": 2, "activation": activation})


def _second(kind: str) -> list[Node]:
    """Another layer, where the kind takes several."""
    if KINDS[kind].most == 1 or KINDS[kind].family == "activation":
        return []
    return [Node("b", "dense", options={"units": 2, "activation": "sigmoid"})]


def _activation_for(loss: str) -> str:
    return PROBABILITIES.get(loss, "identity")


def _document(
    nodes: list[Node], ends: list[tuple[str, str]], loss: str, rows: int, conventions: Conventions | None
) -> Document:
    from nnviz.lowering import shapes

    weighted = [("x", node.id) for node in nodes if node.id in ("a", "b")]
    edges = [Edge(f"w{place}", *pair) for place, pair in enumerate([*weighted, *ends], 1)]
    graph = Graph((*nodes, Node("loss", loss)), tuple(edges))
    width = shapes(graph)[graph.into("loss")[0].source][0]
    rng = np.random.default_rng(11)
    columns = [Column(name, rng.normal(size=rows)) for name in ("x1", "x2")]
    targets = [Column(f"y{place}", rng.integers(0, 2, rows).astype(float)) for place in range(width)]
    if loss.startswith("categorical"):
        targets = [Column("class", np.arange(rows, dtype=float) % width, ("no", "yes"))]
    chosen = {"loss": tuple(column.name for column in targets)} if KINDS[loss].has_target else {}
    data = DataChoice(Table("test", (*columns, *targets)), {"x": ("x1", "x2")}, chosen)
    return settled(Document(graph=graph, data=data, conventions=conventions or Conventions(), seed=2))
