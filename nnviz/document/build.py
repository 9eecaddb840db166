"""New networks from a line such as ``2-4-1``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnviz.document.arrays import frozen
from nnviz.document.document import Document, settled
from nnviz.document.rules import check_count, check_numbers, check_seed, sizes
from nnviz.errors import ConfigError, ShapeError
from nnviz.graph import Edge, Graph, Node
from nnviz.graph.values import Option
from nnviz.lowering import KINDS
from nnviz.lowering.kinds import ACTIVATIONS, BIAS_MODES, MAX_UNITS, WHOLE_ROW, units_of
from nnviz.words import tr

DRAWN_SINGLY: Final = 16
"""Up to so many units a layer is drawn as single perceptrons."""

MAX_LAYERS: Final = 1_000

LOSSES: Final = tuple(name for name, kind in KINDS.items() if kind.family == "loss")

_LETTERS = "hgkmpqrstuvc"  # of hidden layers, in order; further ones are called by number


def parse_layers(text: str) -> tuple[int, ...]:
    """The units of each layer, the input first.

    >>> parse_layers("4-8-3")
    (4, 8, 3)

    Raises
    ------
    ConfigError
        If it is not two or more whole numbers from 1, joined by hyphens.
    """
    if re.fullmatch(r"[0-9]{1,6}(-[0-9]{1,6})+", text, re.ASCII):
        layers = tuple(map(int, text.split("-")))
        if len(layers) <= MAX_LAYERS and all(1 <= units <= MAX_UNITS for units in layers):
            return layers
    raise ConfigError(
        tr("This describes no network"),
        expected=tr("units of each layer, from 1 to {limit:,}, such as 4-8-3", limit=MAX_UNITS),
        found=repr(text),
        hint=tr("Write inputs, hidden units and outputs with hyphens between them"),
    )


def new(
    shape: str,
    *,
    activation: str = "sigmoid",
    output: str = "identity",
    loss: str = "squared_error",
    bias: str = "trained",
    weights: Sequence[ArrayLike] | None = None,
    seed: int = 0,
    perceptrons: bool = True,
    title: str = "",
) -> Document:
    """A network whose layers are fully connected, with its loss.

    Inputs are called x1, x2 …; hidden units h1, h2 … (those of further hidden layers g1, k1, m1 …); outputs o1, o2 …,
    shown as ŷ1, ŷ2 …; weights w1, w2 … grouped by target, in order. Softmax outputs drawn singly are perceptrons with
    the identity that lead into one softmax node, for a softmax is a matter of the whole layer.

    Parameters
    ----------
    shape : units of each layer, such as ``"2-4-1"``.
    activation, output : of hidden layers and of the last.
    loss : the kind of the loss node.
    bias : ``"none"``, ``"fixed"`` or ``"trained"`` in every unit; they begin at 0.
    weights : one array a layer, (units before, units): ``weights[k][i, j]`` leads from i to j; drawn from N(0, σ²) by
        ``seed`` if None.
    perceptrons : draw layers of up to 16 units as single perceptrons, with an input node a feature; otherwise every
        layer is one node.

    Raises
    ------
    ConfigError
        If ``shape`` or a choice is not possible; shows what is.
    ShapeError
        If ``weights`` do not fit, or the network is too large.
    GraphError
        If it would have too many edges; draw layers instead.
    """
    layers = parse_layers(shape)
    _check_choices(activation=(activation, ACTIVATIONS), output=(output, ACTIVATIONS), loss=(loss, LOSSES))
    _check_choices(bias=(bias, BIAS_MODES))
    check_seed(seed)
    drawn = [_input_layer(layers[0], perceptrons)]
    for depth, units in enumerate(layers[1:-1], start=1):
        drawn.append(_neuron_layer(_stem(depth), units, activation, bias, perceptrons))
    drawn.append(_output_layer(layers[-1], output, bias, perceptrons))
    graph = _joined(drawn, output, loss)
    check_count(graph)
    document = settled(Document(title=title, graph=graph, seed=seed))
    return document if weights is None else _with_weights(document, drawn, layers, weights)


def _check_choices(**choices: tuple[str, Sequence[str]]) -> None:
    for name, (chosen, allowed) in choices.items():
        if chosen not in allowed:
            raise ConfigError(
                tr("There is no such {name}", name=name),
                expected=tr("one of {choices}", choices=", ".join(allowed)),
                found=repr(chosen),
            )


# Drawing


def _stem(depth: int) -> str:
    """How the ids of a hidden layer begin; the first is at depth 1."""
    return _LETTERS[depth - 1] if depth <= len(_LETTERS) else f"l{depth}_"


def _input_layer(units: int, perceptrons: bool) -> list[Node]:
    if perceptrons and units <= DRAWN_SINGLY:
        return [Node(id=f"x{number}", kind="input") for number in range(1, units + 1)]
    return [Node(id="x", kind="input", options={"units": units})]


def _neuron_layer(stem: str, units: int, activation: str, bias: str, perceptrons: bool, name: str = "") -> list[Node]:
    options: dict[str, Option] = {"activation": activation, "bias": bias}
    # A softmax is a matter of the whole layer: of one unit alone it would always be 1.
    if not perceptrons or units > DRAWN_SINGLY or activation in WHOLE_ROW:
        return [Node(id=stem.rstrip("_"), kind="dense", name=name, options={"units": units, **options})]
    several = units > 1
    return [
        Node(f"{stem}{number}", "perceptron", f"{name}{number}" if name and several else name, options)
        for number in range(1, units + 1)
    ]


def _output_layer(units: int, activation: str, bias: str, perceptrons: bool) -> list[Node]:
    if activation in WHOLE_ROW and perceptrons and units <= DRAWN_SINGLY:
        return _neuron_layer("o", units, "identity", bias, perceptrons)
    return _neuron_layer("o", units, activation, bias, perceptrons, name="ŷ")


def _joined(layers: list[list[Node]], output: str, loss: str) -> Graph:
    """The layers fully connected one to the next, then softmax and loss."""
    nodes = [node for layer in layers for node in layer]
    weighted = [(source.id, target.id) for before, layer in pairwise(layers) for target in layer for source in before]
    last = layers[-1]
    plain: list[tuple[str, str]] = []
    if output in WHOLE_ROW and last[0].kind == "perceptron":
        softmax = Node(id="softmax", kind=output, name="ŷ")
        plain += [(node.id, softmax.id) for node in last]
        nodes.append(softmax)
        last = [softmax]
    nodes.append(Node(id="loss", kind=loss))
    plain += [(node.id, "loss") for node in last]
    edges = [Edge(f"w{number}", *ends) for number, ends in enumerate(weighted, start=1)]
    edges += [Edge(f"e{number}", *ends) for number, ends in enumerate(plain, start=1)]
    return Graph(nodes=tuple(nodes), edges=tuple(edges))


# Weights


def _with_weights(
    document: Document, drawn: list[list[Node]], layers: tuple[int, ...], weights: Sequence[ArrayLike]
) -> Document:
    """The document with the numbers of whole layers, cut up for its edges."""
    shapes = list(pairwise(layers))
    if len(weights) != len(shapes):
        raise ShapeError(
            tr("The weights do not fit the network"),
            expected=tr("{count} arrays: {sizes}", count=len(shapes), sizes=", ".join(map(sizes, shapes))),
            found=tr("{count} arrays", count=len(weights)),
            hint=tr("Give one array for each layer behind the input"),
        )
    parameters = dict(document.parameters)
    for number, (given, shape) in enumerate(zip(weights, shapes, strict=True), start=1):
        matrix = frozen(given)
        check_numbers(matrix, shape, tr("layer {number}", number=number))
        for key, part in _cut(document.graph, drawn[number - 1], drawn[number], matrix):
            parameters[key] = frozen(part)
    return document.with_(parameters=parameters)


def _cut(
    graph: Graph, before: list[Node], layer: list[Node], matrix: NDArray[np.float64]
) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """The part of a layer's weights (units before, units) that each of its edges carries."""
    rows, columns = _slices(before), _slices(layer)
    for node in layer:
        for edge in graph.into(node.id):
            yield edge.key, matrix[rows[edge.source], columns[node.id]]


def _slices(layer: list[Node]) -> dict[str, slice]:
    found, start = {}, 0
    for node in layer:
        found[node.id] = slice(start, start + units_of(node))
        start += units_of(node)
    return found
