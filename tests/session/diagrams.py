"""Diagrams for the tests of pictures: the sketch of the design, layered networks of any size, boxes, several heads."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from nnviz.session.diagram import Diagram, DiagramEdge, DiagramNode, Label

LEGEND = (Label("weight", "weight w"), Label("gradient", "∂ = ∂J/∂w"))
SMALL_PRINT = (
    "J = Σ ½(y−ŷ)²",
    "one example",
    "biases fixed",
    "η = 0.5",
    "values to 4, gradients to 3 significant digits",
)
WORST_VALUE = "−0.00001230"
WORST_GRADIENT = "−0.0000123"


def below(number: int) -> str:
    """``number`` in subscript digits."""
    return "".join("₀₁₂₃₄₅₆₇₈₉"[int(digit)] for digit in str(number))


def shown(number: float, digits: int, signed: bool = False) -> str:
    """``number`` with significant digits, trailing zeros kept, and a true minus sign."""
    size = abs(number)
    decimals = digits - 1 - math.floor(math.log10(size)) if size else digits - 1
    text = f"{size:.{max(decimals, 0)}f}"
    return ("−" if number < 0 else "+" if signed else "") + text


def neuron(
    id: str,
    column: int,
    row: int,
    name: str,
    value: str,
    z: str = "",
    delta: str = "",
    bias: str = "",
    plates: tuple[tuple[Label, ...], ...] = (),
) -> DiagramNode:
    """A neuron with the lines that are given."""
    inside = [Label("name", name), Label("value", value)]
    inside += [Label("preactivation", f"z {z}")] if z else []
    inside += [Label("delta", f"δ {delta}")] if delta else []
    captions = (Label("bias", f"b = {bias}"),) if bias else ()
    return DiagramNode(id, "neuron", column, row, tuple(inside), captions, plates)


def loss(column: int, row: int = 0, name: str = "loss J", value: str = "0.2984", id: str = "J") -> DiagramNode:
    """A loss box."""
    return DiagramNode(id, "loss", column, row, (Label("name", name), Label("value", value)))


def weight(id: str, source: str, target: str, number: int, strength: float, text: str, gradient: str) -> DiagramEdge:
    """An edge with its weight over its gradient."""
    labels = (
        Label("weight", f"w{below(number)} = {text}", strength < 0),
        Label("gradient", f"∂ {gradient}", gradient[0] == "−"),
    )
    return DiagramEdge(id, source, target, strength, labels)


def target(number: int, wanted: str, term: str) -> tuple[Label, ...]:
    """The plate of a target: what was wanted and its term of the loss."""
    i = below(number)
    return (Label("target", f"target y{i} = {wanted}"), Label("loss_term", f"½(y{i}−ŷ{i})² = {term}"))


def mazur() -> Diagram:
    """The 2-2-2 step-by-step network with all its numbers, as in the sketch."""
    nodes = (
        neuron("x1", 0, 0, "x₁", "0.05"),
        neuron("x2", 0, 1, "x₂", "0.10"),
        neuron("h1", 1, 0, "h₁", "0.5933", "0.3775", "+0.00877", "0.35"),
        neuron("h2", 1, 1, "h₂", "0.5969", "0.3925", "+0.00995", "0.35"),
        neuron("o1", 2, 0, "ŷ₁", "0.7514", "1.106", "+0.138", "0.60", (target(1, "0.01", "0.2748"),)),
        neuron("o2", 2, 1, "ŷ₂", "0.7729", "1.225", "−0.0381", "0.60", (target(2, "0.99", "0.02356"),)),
        loss(3),
    )
    table = [
        ("x1", "h1", 0.15, "+0.000439"),
        ("x2", "h1", 0.20, "+0.000877"),
        ("x1", "h2", 0.25, "+0.000498"),
        ("x2", "h2", 0.30, "+0.000995"),
        ("h1", "o1", 0.40, "+0.0822"),
        ("h2", "o1", 0.45, "+0.0827"),
        ("h1", "o2", 0.50, "−0.0226"),
        ("h2", "o2", 0.55, "−0.0227"),
    ]
    edges = [weight(f"w{n}", a, b, n, w, f"{w:.4f}", g) for n, (a, b, w, g) in enumerate(table, 1)]
    edges += [DiagramEdge("o1-J", "o1", "J"), DiagramEdge("o2-J", "o2", "J")]
    headings = ((0, "input"), (1, "hidden · sigmoid"), (2, "output · sigmoid"))
    return Diagram(nodes, tuple(edges), headings, LEGEND, SMALL_PRINT)


def layered(sizes: Sequence[int], *, worst: bool = False, seed: int = 1, targets: bool = True) -> Diagram:
    """A fully connected network; ``worst`` writes the longest digits everywhere, else numbers spread by ``seed``."""

    def number(*key: int) -> float:
        mixed = math.sin(sum((k + 1) * 12.9898 * 78.233**i for i, k in enumerate(key, seed))) * 43758.5453
        return round((mixed - math.floor(mixed)) * 2 - 1, 4) or 0.5

    last = len(sizes) - 1
    nodes, edges = [], []
    for column, size in enumerate(sizes):
        letter = "x" if column == 0 else "ŷ" if column == last else "h"
        for row in range(size):
            value = WORST_VALUE if worst else shown(number(column, row), 4)
            hidden = column > 0
            z = (WORST_VALUE if worst else shown(number(column, row, 1) * 2, 4)) if hidden else ""
            delta = (WORST_GRADIENT if worst else shown(number(column, row, 2) * 0.1, 3, True)) if hidden else ""
            bias = (WORST_VALUE if worst else shown(number(column, row, 3), 4)) if hidden else ""
            wanted, term = (WORST_VALUE, WORST_VALUE.replace("−", "")) if worst else ("1", shown(abs(number(row)), 4))
            plates = (target(row + 1, wanted, term),) if column == last and targets else ()
            nodes.append(
                neuron(f"n{column}.{row}", column, row, f"{letter}{below(row + 1)}", value, z, delta, bias, plates)
            )
    count = 0
    for column in range(last):
        for b in range(sizes[column + 1]):
            for a in range(sizes[column]):
                count += 1
                strength = -0.0000123 if worst else number(column, a, b, 5)
                text = WORST_VALUE if worst else shown(strength, 4)
                gradient = WORST_GRADIENT if worst else shown(number(column, a, b, 6) * 0.1, 3, True)
                edges.append(
                    weight(f"w{count}", f"n{column}.{a}", f"n{column + 1}.{b}", count, strength, text, gradient)
                )
    nodes.append(loss(last + 1, value=WORST_VALUE if worst else "0.2984"))
    edges += [DiagramEdge(f"{last}.{row}-J", f"n{last}.{row}", "J") for row in range(sizes[-1])]
    headings = [(0, "input"), *((c, "hidden · tanh") for c in range(1, last)), (last, "output · sigmoid")]
    return Diagram(tuple(nodes), tuple(edges), tuple(headings), LEGEND, SMALL_PRINT)


def boxes() -> Diagram:
    """Layers as boxes whose edges carry shape and norms."""

    def layer(id: str, column: int, name: str, shape: str, note: str, mean: str) -> DiagramNode:
        inside = (Label("name", name), Label("shape", shape), Label("note", note), Label("preactivation", mean))
        return DiagramNode(id, "layer", column, 0, inside)

    def matrix(id: str, a: str, b: str, shape: str, norm: str, gradient: str) -> DiagramEdge:
        labels = (Label("shape", shape), Label("norm", f"‖W‖ = {norm}"), Label("gradient", f"‖∂J/∂W‖ = {gradient}"))
        return DiagramEdge(id, a, b, None, labels, layer=True)

    nodes = (
        layer("in", 0, "input", "784", "pixels", "mean 0.1307"),
        layer("d1", 1, "dense 1", "256", "relu", "mean 0.4213"),
        layer("d2", 2, "dense 2", "128", "relu", "mean 0.2907"),
        layer("d3", 3, "output", "10", "softmax", "mean 0.1000"),
        loss(4, value="0.3412"),
    )
    edges = (
        matrix("e1", "in", "d1", "784 × 256", "22.63", "0.318"),
        matrix("e2", "d1", "d2", "256 × 128", "14.02", "0.202"),
        matrix("e3", "d2", "d3", "128 × 10", "4.871", "0.144"),
        DiagramEdge("e4", "d3", "J"),
    )
    legend = (Label("norm", "‖W‖ size of the weights"), Label("gradient", "‖∂J/∂W‖"))
    print_ = ("J = mean cross-entropy", "batch of 128", "values to 4, gradients to 3 significant digits")
    return Diagram(nodes, edges, ((0, "input"), (1, "hidden"), (2, "hidden"), (3, "output")), legend, print_)


def circuit() -> Diagram:
    """f = (x + y)·z as operations on scalars, every edge with its value and its gradient."""

    def variable(id: str, row: int, name: str, value: str, gradient: str) -> DiagramNode:
        inside = (Label("name", name), Label("value", value), Label("delta", f"∂ {gradient}"))
        return DiagramNode(id, "neuron", 0, row, inside)

    def wire(id: str, a: str, b: str, value: str, gradient: str) -> DiagramEdge:
        return DiagramEdge(id, a, b, None, (Label("value", value), Label("gradient", f"∂ {gradient}")))

    nodes = (
        variable("x", 0, "x", "−2", "−4"),
        variable("y", 1, "y", "5", "−4"),
        variable("z", 2, "z", "−4", "+3"),
        DiagramNode("q", "operation", 1, 0, (Label("operation", "+"),), (Label("name", "q = x + y"),)),
        DiagramNode("f", "operation", 2, 0, (Label("operation", "×"),), (Label("name", "f = q · z"),)),
        DiagramNode("out", "operation", 3, 0, (Label("name", "f"), Label("value", "−12"))),
    )
    edges = (
        wire("a", "x", "q", "−2", "−4"),
        wire("b", "y", "q", "5", "−4"),
        wire("c", "q", "f", "3", "−4"),
        wire("d", "z", "f", "−4", "+3"),
        wire("e", "f", "out", "−12", "+1"),
    )
    legend = (Label("value", "value"), Label("gradient", "∂ = ∂f/∂value"))
    return Diagram(nodes, edges, (), legend, ("f = (x + y) · z",), title="A circuit, backwards")


def two_heads() -> Diagram:
    """Two outputs with a loss of their own each, summed."""
    plain = layered((2, 3, 2))
    nodes = tuple(node for node in plain.nodes if node.id != "J")
    heads = (loss(3, 0, "loss J₁", "0.2748", "J1"), loss(3, 1, "loss J₂", "0.0236", "J2"))
    total = DiagramNode("J", "operation", 4, 0, (Label("operation", "+"),), (Label("name", "J = 0.2984"),))
    edges = tuple(edge for edge in plain.edges if edge.target != "J")
    edges += (
        DiagramEdge("a", "n2.0", "J1"),
        DiagramEdge("b", "n2.1", "J2"),
        DiagramEdge("c", "J1", "J"),
        DiagramEdge("d", "J2", "J"),
    )
    return replace(plain, nodes=(*nodes, *heads, total), edges=edges)


def skipping() -> Diagram:
    """A network with an edge that jumps a layer."""
    plain = layered((2, 3, 1))
    jump = weight("w10", "n0.0", "n2.0", 10, -0.8, "−0.8000", "+0.0412")
    return replace(plain, edges=(*plain.edges, jump))


def backward_step(plain: Diagram, active_nodes: Sequence[str], active_edges: Sequence[str]) -> Diagram:
    """``plain`` in one step of the backward pass: what is not active faded, the step explained."""
    nodes = tuple(replace(node, faded=node.id not in active_nodes) for node in plain.nodes)
    edges = tuple(replace(edge, faded=edge.id not in active_edges) for edge in plain.edges)
    step = (
        "Gradient of w₅: how much J changes with the weight from h₁ to ŷ₁",
        "∂J/∂w₅ = ∂J/∂ŷ₁ · ∂ŷ₁/∂z₁ · ∂z₁/∂w₅ = (ŷ₁ − y₁) · ŷ₁(1 − ŷ₁) · h₁",
        "∂J/∂w₅ = (0.7514 − 0.01) · 0.7514 · (1 − 0.7514) · 0.5933 = 0.7414 · 0.1868 · 0.5933 = +0.0822",
    )
    return replace(plain, nodes=nodes, edges=edges, step=step, reserve_step=True, phase="backward")
