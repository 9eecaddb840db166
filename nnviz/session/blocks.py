"""The weights of a network as tables, however it was drawn: neurons fed by the same nodes share one.

A block of perceptrons drawn one by one then reads like a layer: rows are the units its weights come from, columns those
they lead to. Of a kernel rows are the places of its window, channel by channel, columns the channels that go out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnviz.document.edits import SetParameter, Together
from nnviz.engine.arrays import Shape
from nnviz.graph import Graph, Node
from nnviz.lowering.kinds import KINDS
from nnviz.lowering.lower import kernel_key
from nnviz.numbers import entry_name, subscripted
from nnviz.session.annotations import Annotator
from nnviz.words import tr

Numbers = NDArray[np.float64]
Cell = tuple[str, tuple[int, ...]]
"""One weight: its parameter's key and its place there."""


@dataclass(frozen=True)
class Block:
    """The weights from some nodes to the neurons that take in just these, unit by unit.

    Attributes
    ----------
    sources, targets : the nodes, in drawing order.
    cells : for each unit of the sources, for each unit of the targets, which weight leads there.
    labels : for each key how its edge is called; of a kernel W.
    window : of a kernel its channels, height and width, which the rows go through; else empty.
    """

    sources: tuple[Node, ...]
    targets: tuple[Node, ...]
    cells: tuple[tuple[Cell, ...], ...]
    labels: Mapping[str, str]
    window: Shape = ()

    def name(self, annotator: Annotator, row: int, column: int) -> str:
        """The name of one weight, as the canvas writes it."""
        key, place = self.cells[row][column]
        label = self.labels[key]
        if annotator.parameters[key].size == 1:
            return subscripted(label)
        row, column, *inner = place
        return f"{label}[{', '.join(str(each + 1) for each in place)}]" if inner else entry_name(label, row, column)

    def weights(self, annotator: Annotator) -> Numbers:
        """The weights, (units of the sources, units of the targets)."""
        return np.array([[annotator.parameters[key][place] for key, place in row] for row in self.cells])

    def gradient(self, annotator: Annotator) -> list[list[float | None]]:
        """∂J/∂w of each, None where it is not known."""
        found = {key: annotator.gradient(key) for row in self.cells for key, _ in row}
        return [[_at(found[key], place) for key, place in row] for row in self.cells]

    def edit(self, annotator: Annotator, weights: Numbers) -> Together:
        """The edit that makes the weights these; a shared weight takes the last number that differs."""
        after: dict[str, Numbers] = {}
        before = self.weights(annotator)
        for (row, column), number in np.ndenumerate(weights):
            if number != before[row, column]:
                key, place = self.cells[row][column]
                after.setdefault(key, np.array(annotator.parameters[key]))[place] = number
        return Together(tuple(SetParameter(key, values) for key, values in after.items()), tr("Type weights"))


def blocks(annotator: Annotator) -> tuple[Block, ...]:
    """The blocks of a network whose shapes are known, in drawing order of their first neuron; then its kernels."""
    graph = annotator.graph
    fed: dict[tuple[str, ...], list[Node]] = {}
    for node in graph.nodes:
        if KINDS[node.kind].weighs and graph.into(node.id) and _is_known(annotator, node):
            fed.setdefault(_sources(graph, node), []).append(node)
    kernels = [kernel_block(annotator, node) for node in graph.nodes if node.kind == "conv2d"]
    return (
        *(_block(annotator, sources, targets) for sources, targets in fed.items()),
        *(block for block in kernels if block is not None),
    )


def kernel_block(annotator: Annotator, node: Node) -> Block | None:
    """The kernel of a convolution as a block; None while its shape is not known."""
    key = kernel_key(node)
    if key not in annotator.parameters:
        return None
    channels, *window = annotator.parameters[key].shape
    cells = tuple(tuple((key, (each, *place)) for each in range(channels)) for place in np.ndindex(*window))
    sources = tuple(annotator.graph.node(edge.source) for edge in annotator.graph.into(node.id))
    return Block(sources, (node,), cells, {key: "W"}, tuple(window))


def _is_known(annotator: Annotator, node: Node) -> bool:
    edges = annotator.graph.into(node.id)
    sources = {edge.source for edge in edges}
    return len(sources) == len(edges) and all(edge.key in annotator.parameters for edge in edges)


def _sources(graph: Graph, node: Node) -> tuple[str, ...]:
    feeding = {edge.source for edge in graph.into(node.id)}
    return tuple(each.id for each in graph.nodes if each.id in feeding)


def _block(annotator: Annotator, sources: tuple[str, ...], targets: list[Node]) -> Block:
    graph = annotator.graph
    edges = [edge for target in targets for edge in graph.into(target.id)]
    keys = {(edge.source, edge.target): edge.key for edge in edges}
    cells = tuple(
        tuple(
            (keys[source, target.id], (i, j))
            for target in targets
            for j in range(annotator.parameters[keys[source, target.id]].shape[1])
        )
        for source in sources
        for i in range(annotator.width(source))
    )
    labels = {edge.key: edge.label for edge in edges}
    return Block(tuple(graph.node(source) for source in sources), tuple(targets), cells, labels)


def _at(values: Numbers | None, place: tuple[int, ...]) -> float | None:
    """The number at a place; None of what is not known."""
    return None if values is None else float(values[place])
