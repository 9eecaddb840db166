"""Random drawings with numbers: skips, forks, shared weights and biases, every kind of node, several heads."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from nnviz.conventions import Conventions
from nnviz.engine.plan import Plan
from nnviz.engine.workspace import Workspace, flat_statistics, flatten
from nnviz.graph import Edge, Graph, Node
from nnviz.lowering import KINDS, lower, parameter_specs
from nnviz.lowering.kinds import NORMALISED
from nnviz.lowering.targets import Derivatives

ACTIVATIONS = ("identity", "sigmoid", "tanh", "relu", "softmax")
OTHER_LOSSES = (
    "absolute_error",
    "huber",
    "binary_cross_entropy_logits",
    "categorical_cross_entropy_logits",
    "hinge",
    "objective",
)
IMAGES = ("reshape", "flatten", "matmul", "conv2d", "max_pool", "avg_pool")
GATES = tuple(
    name
    for name, kind in KINDS.items()
    if (kind.family in ("operation", "activation") or name == "conv2d")
    and name not in (*ACTIVATIONS, "add", "multiply", "concatenate", "dropout")
)


@dataclass(frozen=True)
class Case:
    """A drawing and all numbers it needs; ``masks`` by dropout node, (rows, width); statistics and mode."""

    graph: Graph
    conventions: Conventions
    parameters: dict[str, np.ndarray]
    inputs: dict[str, np.ndarray]
    targets: dict[str, np.ndarray]
    masks: dict[str, np.ndarray]
    statistics: dict[str, np.ndarray] = field(default_factory=dict)
    training: bool = False

    @property
    def plan(self) -> Plan:
        return lower(self.graph, self.conventions)

    def workspace(self, asked: Derivatives | None = None) -> Workspace:
        rows = len(next(iter(self.inputs.values())))
        plan = lower(self.graph, self.conventions, asked or Derivatives())
        workspace = Workspace(plan, rows)
        workspace.parameters[:] = flatten(plan, self.parameters)
        workspace.load(self.inputs, self.targets)
        for slot in plan.slots_of("mask"):
            workspace.views[slot.index][:] = self.masks[slot.key]
        for slot in plan.slots_of("mode"):
            workspace.views[slot.index].fill(self.training)
        workspace.statistics[:] = flat_statistics(plan, self.statistics)
        return workspace


class _Drawer:
    def __init__(self, rng: np.random.Generator, every_kind: bool = False) -> None:
        self.rng = rng
        self.every_kind = every_kind
        self.nodes: list[Node] = []
        self.edges: list[Edge] = []
        self.widths: dict[str, int] = {}
        self.shapes: dict[str, tuple[int, int]] = {}
        self.biases: dict[str, tuple[int, str]] = {}

    def pick(self, *choices):
        return choices[self.rng.integers(len(choices))]

    def node(self, kind: str, width: int, sources: list[str], **options) -> str:
        name = f"n{len(self.nodes)}"
        self.nodes.append(Node(name, kind, options=options))
        self.widths[name] = width
        for source in sources:
            self.edge(source, name, kind in ("perceptron", "dense"))
        return name

    def edge(self, source: str, target: str, weighs: bool) -> None:
        name, shared = f"e{len(self.edges)}", ""
        if weighs:
            shape = (self.widths[source], self.widths[target])
            same = [key for key, other in self.shapes.items() if other == shape]
            shared = self.pick(*same) if same and self.rng.random() < 0.3 else ""
            self.shapes.setdefault(shared or name, shape)
        self.edges.append(Edge(name, source, target, shared=shared))

    def sources(self, count: int, width: int | None = None) -> list[str]:
        fitting = [name for name, each in self.widths.items() if width in (None, each)]
        return [self.pick(*fitting) for _ in range(count)]

    def neuron(self, width: int, activation: str) -> str:
        mode = self.pick("none", "fixed", "trained", "trained")
        same = [key for key, other in self.biases.items() if other == (width, mode)]
        options = {"activation": activation, "bias": mode}
        if mode != "none" and self.rng.random() < 0.4:
            options["bias_name"] = self.pick(*same) if same else f"bias{len(self.biases)}"
            self.biases[options["bias_name"]] = (width, mode)
        if width > 1 or self.rng.random() < 0.5:
            return self.node("dense", width, self.sources(self.pick(1, 2, 3)), units=width, **options)
        return self.node("perceptron", 1, self.sources(self.pick(1, 2, 3)), **options)

    def anything(self) -> None:
        if self.every_kind and self.rng.random() < 0.7:
            self.gate(self.pick(*GATES))
            return
        kind = self.pick("neuron", "neuron", "neuron", "add", "multiply", "concatenate", "dropout", *ACTIVATIONS)
        if kind == "neuron":
            self.neuron(self.pick(1, 1, 2, 3), self.pick(*ACTIVATIONS))
        elif kind in ("add", "multiply"):
            width = self.widths[self.sources(1)[0]]
            self.node(kind, width, self.sources(self.pick(1, 2, 3), width))
        elif kind == "dropout":
            source = self.sources(1)
            self.node(kind, self.widths[source[0]], source, p=0.4)
        else:
            sources = self.sources(self.pick(1, 2))
            self.node(kind, sum(self.widths[source] for source in sources), sources)

    def gate(self, kind: str) -> None:
        """One node of a kind that is not among the first, fed with numbers that it takes."""
        if kind in IMAGES:
            self.image(kind)
            return
        width = self.pick(1, 2, 3)
        if kind == "constant":
            self.node(kind, width, [], units=width, value=self.pick(-1.5, 0.5, 2.0))
        elif kind == "parameter":
            self.shapes[self.node(kind, width, [], units=width, mode=self.pick("trained", "fixed"))] = (0, width)
        elif kind == "expression":
            widths = [width, *(self.pick(1, width) for _ in range(self.pick(0, 1, 2)))]
            names = [self.neuron(each, "tanh") for each in widths]
            self.node(kind, width, names, formula=self.formula(names))
        elif kind in ("subtract", "divide", "power", "maximum", "minimum"):
            count = 2 if kind in ("subtract", "divide") else self.pick(1, 2)
            options = {"exponent": self.pick(-1.0, 0.5, 3.0)} if kind == "power" else {}
            widths = [width, *(self.pick(1, width) for _ in range(count - 1))]
            self.rng.shuffle(widths)
            self.node(kind, width, [self.neuron(each, "sigmoid") for each in widths], **options)
        elif kind in ("log", "sqrt"):
            self.node(kind, width, [self.neuron(width, "sigmoid")])
        elif kind in ("exp", "negate", "abs", "square", "sin", "cos"):
            self.node(kind, width, [self.neuron(width, "tanh")])
        elif kind in ("sum", "mean"):
            self.node(kind, 1, self.sources(self.pick(1, 2)))
        elif kind in NORMALISED:
            source = self.sources(1)
            told = {"affine": self.pick("trained", "trained", "fixed", "none"), "epsilon": self.pick(0.1, 0.5)}
            self.node(kind, self.widths[source[0]], source, **told)
        elif kind == "select":
            source = self.sources(1)
            first = int(self.rng.integers(self.widths[source[0]]))
            units = int(self.rng.integers(1, self.widths[source[0]] - first + 1))
            self.node(kind, units, source, first=first + 1, units=units)
        else:
            sources = self.sources(self.pick(1, 2))
            alpha = {"alpha": self.pick(0.1, 0.7)} if kind in ("leaky_relu", "elu") else {}
            self.node(kind, sum(self.widths[source] for source in sources), sources, **alpha)

    def formula(self, names: list[str]) -> str:
        """Some term of each name, joined by signs."""
        terms = [self.term(name, names, 2) for name in names]
        return "".join(f"{self.pick(' + ', ' - ', '*') if place else ''}{term}" for place, term in enumerate(terms))

    def term(self, name: str, names: list[str], depth: int) -> str:
        if not depth:
            return name
        inner = self.term(name, names, depth - 1)
        other = (
            self.term(self.pick(*names), names, depth - 1) if self.rng.random() < 0.5 else self.pick("0.5", "2", "3")
        )
        return self.pick(
            *(f"{function}({inner})" for function in ("exp", "sin", "cos", "tanh", "sigmoid", "softplus", "square")),
            *(f"relu({inner} + 0.1)", f"abs({inner} - 0.3)", f"sqrt({inner}^2 + 1)", f"ln(1 + ({inner})^2)"),
            *(f"max({inner}, {other}, 0.05)", f"min({inner}, {other})", f"({inner})^3", f"-({inner})"),
            *(f"({inner} + {other})", f"({inner} - {other})", f"{inner}*{other}", f"{inner}/(2 + {other}^2)"),
        )

    def image(self, kind: str) -> None:
        """Units as an image or matrix, what is tried, and its result in a line; only the ends are met by others."""
        if kind == "matmul":
            m, k, n = self.pick(1, 2), self.pick(1, 2), self.pick(1, 2)
            sources, width = [self.shaped(m, k), self.shaped(k, n)], m * n
        else:
            image = self.pick(1, 2), self.pick(2, 3), self.pick(2, 3)
            sources, width = [self.shaped(*image)], math.prod(image)
        if kind == "conv2d":
            width, options = self.convolution(image)
            sources = [self.hidden(kind, width, sources, **options)]
        elif kind in ("max_pool", "avg_pool"):
            stride = self.pick(0, 1)
            width = image[0] * (image[1] - 1 if stride else 1) * (image[2] - 1 if stride else 1)
            sources = [self.hidden(kind, width, sources, stride=stride)]
        elif kind == "matmul":
            sources = [self.hidden(kind, width, sources)]
        self.node("flatten", width, sources)

    def hidden(self, kind: str, width: int, sources: list[str], **options) -> str:
        """A node that nobody else may take for units in a line."""
        name = self.node(kind, width, sources, **options)
        del self.widths[name]
        return name

    def shaped(self, *shape: int) -> str:
        width = math.prod(shape)
        return self.hidden("reshape", width, [self.neuron(width, "tanh")], shape="×".join(map(str, shape)))

    def convolution(self, image: tuple[int, ...]) -> tuple[int, dict]:
        channels, size, stride, padding = self.pick(1, 2), self.pick(1, 2), self.pick(1, 2), self.pick(0, 1)
        options = {"channels": channels, "kernel": size, "stride": stride, "padding": padding}
        told = {"activation": self.pick("identity", "tanh"), "bias": self.pick("none", "fixed", "trained")}
        sides = [(length + 2 * padding - size) // stride + 1 for length in image[1:]]
        return channels * math.prod(sides), options | told

    def head(self) -> None:
        kind = self.pick("squared_error", "binary_cross_entropy", "categorical_cross_entropy")
        if self.every_kind and self.rng.random() < 0.6:
            kind = self.pick(*OTHER_LOSSES)
        width = self.pick(2, 3) if kind.startswith("categorical") else self.pick(1, 2, 3)
        activation = {"binary_cross_entropy": "sigmoid", "categorical_cross_entropy": "softmax"}.get(kind, "tanh")
        sources = [self.neuron(width, activation)]
        if kind == "squared_error":
            sources += self.sources(self.pick(0, 1))
        told = {"delta": self.pick(0.3, 1.0)} if kind == "huber" else {}
        weight = self.pick(1.0, 1.0, 0.5, 3.0)
        self.node(kind, sum(self.widths[source] for source in sources), sources, weight=weight, **told)


def random_case(seed: int, *, every_kind: bool = False) -> Case:
    """The drawing of a seed: 1 to 3 inputs, up to 8 nodes between, 1 to 3 heads, 1 to 4 rows.

    With ``every_kind`` from all kinds there are; without, from those of layers and neurons, sums and products.
    """
    rng = np.random.default_rng(seed)
    drawer = _Drawer(rng, every_kind)
    for _ in range(drawer.pick(1, 2, 3)):
        width = drawer.pick(1, 2, 3)
        drawer.node("input", width, [], units=width)
    for _ in range(rng.integers(0, 9)):
        drawer.anything()
    heads = drawer.pick(1, 1, 2, 3)
    inner = dict(drawer.widths)
    for _ in range(heads):
        drawer.head()
        drawer.widths = {name: each for name, each in drawer.widths.items() if name in inner}
    graph = Graph(tuple(drawer.nodes), tuple(drawer.edges))
    conventions = Conventions(bool(rng.integers(2)), drawer.pick("sum", "mean"), drawer.pick("mean", "sum"))
    return _with_numbers(graph, conventions, rng)


def _with_numbers(graph: Graph, conventions: Conventions, rng: np.random.Generator) -> Case:
    rows = int(rng.integers(1, 5))
    plan = lower(graph, conventions)
    filled = {
        (slot.kind, slot.key): rng.normal(size=(rows, *slot.shape)) * 0.8
        for kind in ("input", "target", "mask")
        for slot in plan.slots_of(kind)
    }
    for node in graph.nodes:
        if node.kind.startswith("binary") or node.kind == "hinge":
            shape = filled["target", node.id].shape
            halves = rng.integers(0, 3, shape) / 2
            filled["target", node.id] = np.floor(halves) if node.kind == "hinge" else halves
        if node.kind.startswith("categorical"):
            width = filled["target", node.id].shape[1]
            filled["target", node.id] = np.eye(width)[rng.integers(0, width, rows)]
        if node.kind == "dropout":
            filled["mask", node.id] = (rng.random(filled["mask", node.id].shape) >= 0.4) / 0.6
    return Case(
        graph,
        conventions,
        {spec.key: rng.normal(size=spec.shape) * 0.6 for spec in parameter_specs(graph)},
        {key: array for (kind, key), array in filled.items() if kind == "input"},
        {key: array for (kind, key), array in filled.items() if kind == "target"},
        {key: array for (kind, key), array in filled.items() if kind == "mask"},
        {each.key: rng.uniform(0.3, 2.0, each.shape) for each in plan.statistics},
        rows > 1 and bool(rng.integers(2)),
    )
