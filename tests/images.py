"""Small pictures, and a convolutional network for them, built act by act."""

from __future__ import annotations

from nnviz.data.choice import DataChoice, Split
from nnviz.data.datasets import bars
from nnviz.document.document import Document, settled
from nnviz.document.edits import SetData, SetTraining, new_edge, new_node
from nnviz.engine.initialisers import He
from nnviz.engine.optimizers import Adam
from nnviz.graph import Edge, Graph, Node
from nnviz.graph.values import Option
from nnviz.learning.settings import TrainingSettings

Chain = tuple[tuple[str, dict[str, Option]], ...]

CHAIN: Chain = (
    ("input", {"units": 64}),
    ("reshape", {"shape": "1×8×8"}),
    ("conv2d", {"channels": 8}),
    ("relu", {}),
    ("max_pool", {}),
    ("flatten", {}),
    ("dense", {"units": 2, "activation": "softmax"}),
    ("categorical_cross_entropy", {}),
)


def deep(*channels: int) -> Chain:
    """A chain with a convolution, a relu and a pooling for each number of channels."""
    blocks = [(("conv2d", {"channels": count, "padding": 1}), *CHAIN[3:5]) for count in channels]
    return (*CHAIN[:2], *(link for block in blocks for link in block), *CHAIN[5:])


def convolutional(rows: int = 300, epochs: int = 20, chain: Chain = CHAIN) -> Document:
    """Reshape, convolution, relu, pooling, flatten, dense, softmax, cross-entropy, in a row."""
    settings = TrainingSettings(Adam(lr=0.02), epochs=epochs, batch_size=16, initialiser=He())
    document = SetTraining(settings).apply(Document(title="bars", seed=1))
    ids: list[str] = []
    for kind, options in chain:
        added = new_node(document, kind, **options)
        document = added.apply(document)
        ids.append(added.node.id)
        if len(ids) > 1:
            document = new_edge(document, ids[-2], ids[-1]).apply(document)
    table = bars(rows)
    pixels = tuple(column.name for column in table.columns[:-1])
    data = DataChoice(table, {ids[0]: pixels}, {ids[-1]: ("bar",)}, Split("random", 0.25))
    return SetData(data).apply(document)


def normalised(document: Document, kind: str) -> Document:
    """The network with a normalisation in the place of its relu."""
    nodes = tuple(Node("bn", kind) if node.kind == "relu" else node for node in document.graph.nodes)
    new = {"relu1": "bn"}
    edges = tuple(
        Edge(edge.id, new.get(edge.source, edge.source), new.get(edge.target, edge.target))
        for edge in document.graph.edges
    )
    return settled(document.with_(graph=Graph(nodes, edges)))
