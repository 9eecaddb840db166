"""Annotations: what stands on an edge or a node, as number and as text. Pictures, tables and JSON are made from them.

An annotation whose number has not been computed yet has ``number`` None and shows a dash.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isnan, prod
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from nnviz import numbers
from nnviz.document.document import Document
from nnviz.engine.arrays import Shape
from nnviz.graph import Edge, Node
from nnviz.lowering import shapes
from nnviz.lowering.kinds import KINDS, NORMALISED
from nnviz.lowering.lower import bias_key, kernel_key
from nnviz.lowering.normalising import FIRST, MEAN, VARIANCE, affine_of, affine_shapes
from nnviz.lowering.uses import uses
from nnviz.session.computing import Trace
from nnviz.session.derivatives import missing
from nnviz.session.shares import penalty_share
from nnviz.words import tr

Numbers = NDArray[np.float64]
Role = Literal[
    "weight",
    "gradient",
    "penalty_share",
    "value",
    "preactivation",
    "delta",
    "node_gradient",
    "bias",
    "bias_gradient",
    "gain",
    "gain_gradient",
    "shift",
    "shift_gradient",
    "running_mean",
    "running_variance",
    "target",
    "loss_term",
    "loss",
]
ROLES: tuple[Role, ...] = get_args(Role)
GRADIENTS: tuple[Role, ...] = (
    "gradient",
    "penalty_share",
    "delta",
    "node_gradient",
    "bias_gradient",
    "gain_gradient",
    "shift_gradient",
)
_GAINS: tuple[tuple[Role, Role, str], ...] = (("gain", "gain_gradient", "γ"), ("shift", "shift_gradient", "β"))


@dataclass(frozen=True, slots=True)
class Annotation:
    """One number on the drawing.

    Attributes
    ----------
    target : id of the node or edge.
    index : which number of it: () for the only one, (j,) unit j, (i, j) weight from i to j, of an image (c, i, j).
    role : what it is.
    symbol : its name as a reader sees it.
    number : all its digits, or None where it has not been computed.
    mean : whether it is a mean over several rows.
    digits : how many significant digits are shown; None is the rule for its role.
    """

    target: str
    index: tuple[int, ...]
    role: Role
    symbol: str
    number: float | None
    mean: bool = False
    digits: int | None = None

    @property
    def text(self) -> str:
        """The number as it is shown."""
        if self.role in GRADIENTS:
            return numbers.gradient_text(self.number, self.digits)
        written = numbers.given_text if self.role == "target" else numbers.value_text
        return written(self.number, self.digits)

    @property
    def sign(self) -> int:
        """−1, 0 or 1; 0 too where there is no number."""
        return 0 if self.number is None or isnan(self.number) else int(np.sign(self.number))


class Annotator:
    """Makes annotations of a document.

    Parameters
    ----------
    document : what was drawn.
    trace : its computed numbers, or None where nothing can be computed yet: then all but the parameters is unknown.
    known : limits numbers to slots already computed, as a walkthrough needs; None is all.
    weights : parameters and running statistics that replace the document's, by key.
    digits : how many significant digits are shown, 2 to 17; None is 4 of values and 3 of gradients.
    to_come : slots by which the derivative is told later, though one that is known already may be the same number.

    Raises
    ------
    ConfigError
        If so many digits cannot be shown.
    """

    def __init__(
        self,
        document: Document,
        trace: Trace | None,
        known: frozenset[int] | None = None,
        weights: Mapping[str, Numbers] | None = None,
        digits: int | None = None,
        to_come: frozenset[int] = frozenset(),
    ) -> None:
        self.document = document
        self.graph = document.graph
        self.trace = trace
        self.known = trace.known if known is None and trace is not None else known
        self.parameters = {**document.parameters, **(weights or {})}
        self.digits = numbers.checked_digits(digits)
        self._to_come = to_come
        self.many = trace is not None and len(trace.rows) > 1
        self._shapes = shapes(self.graph)
        self._uses: dict[str, dict[str, int]] | None = None

    @property
    def goal(self) -> str:
        """What is differentiated, as a reader sees it: J, unless a node was named."""
        return "J" if self.trace is None else numbers.subscripted(self.trace.plan.goal_name)

    def shape(self, node: str) -> Shape:
        """The shape of what a node gives; one unit while that is not known."""
        return self._shapes.get(node) or (1,)

    def width(self, node: str) -> int:
        """How many units a node has, of an image how many numbers; 1 while that is not known."""
        return prod(self.shape(node))

    def all(self) -> list[Annotation]:
        """Every annotation of the drawing, node by node, then edge by edge."""
        parts = (self.of_node, self.of_output, self.of_kernel)
        found = [note for node in self.graph.nodes for part in parts for note in part(node)]
        return found + [note for edge in self.graph.edges for note in self.of_edge(edge)]

    def of_node(self, node: Node) -> list[Annotation]:
        """Value, z, δ, bias of a node; of a parameter its gradient; terms, targets and J of a loss.

        Of an input the derivative by it, where a node is differentiated in the place of J. Of a normalisation γ, β,
        their gradients, and the running statistics.
        """
        family = KINDS[node.kind].family
        if family == "loss":
            return self._of_loss(node)
        shape = self.shape(node.id)
        found = self._column(node.id, "value", numbers.subscripted(node.label), self.values(node.id), shape)
        if family == "neuron":
            found += self._column(node.id, "preactivation", "z", self._marked(node.id, "z"), shape)
            found += self._column(node.id, "delta", "δ", self._marked(node.id, "z", gradient=True), shape)
            found += self._of_bias(node)
        symbol = f"∂{self.goal}/∂{numbers.subscripted(node.label)}"
        if node.kind == "parameter":
            found += self._matrix(node.id, "gradient", symbol, self.gradient(node.id), shape)
        if family == "input" and self.by_inputs:
            found += self._column(node.id, "gradient", symbol, self._marked(node.id, "a", gradient=True), shape)
        if node.kind in NORMALISED and node.id in self._shapes:
            found += self._of_normalisation(node)
        return found

    def values(self, node: str) -> Numbers | None:
        """What a node gives, (rows, …), or None while it is not known."""
        return self._marked(node, "a")

    def of_output(self, node: Node) -> list[Annotation]:
        """∂J by each number that an inner node gives; nothing for inputs, parameters, constants and losses."""
        if not is_inner(node):
            return []
        symbol = f"∂{self.goal}/∂{numbers.subscripted(node.label)}"
        return self._column(node.id, "node_gradient", symbol, self.output_gradient(node.id), self.shape(node.id))

    def output_gradient(self, node: str) -> Numbers | None:
        """∂J by what a node gives, (rows, …), or None while it is not known."""
        return self._marked(node, "a", gradient=True)

    def of_edge(self, edge: Edge) -> list[Annotation]:
        """w and ∂J/∂w of an edge, and the share of penalties where there are any; nothing where there is no weight."""
        if not KINDS[self.graph.node(edge.target).kind].weighs:
            return []
        shape = (self.width(edge.source), self.width(edge.target))
        found = self._matrix(edge.id, "weight", "", self.parameters.get(edge.key), shape)
        found += self._matrix(edge.id, "gradient", f"∂{self.goal}/∂", self.gradient(edge.key), shape)
        if self.penalised and edge.key in self.parameters:
            l1, l2 = penalty_share(self.document.training, self.parameters[edge.key])
            found += self._matrix(edge.id, "penalty_share", tr("∂ penalty/∂"), l1 + l2, shape)
        single = numbers.subscripted(edge.label)
        return [
            replace(note, symbol=note.symbol + (numbers.entry_name(edge.label, *note.index) if note.index else single))
            for note in found
        ]

    @property
    def penalised(self) -> bool:
        """Whether weights cost something beside J, and J is what is differentiated."""
        is_other = self.trace is not None and self.trace.plan.goal != self.trace.plan.loss
        return not is_other and bool(self.document.training.l1 or self.document.training.l2)

    @property
    def by_inputs(self) -> bool:
        """Whether inputs have derivatives: where a node is differentiated in the place of J."""
        return self.trace is not None and self.trace.focus.of is not None

    def part(self, edge: Edge) -> Numbers | None:
        """What one edge adds to the derivative by a weight that it shares with others; None while it is not known."""
        if self.trace is None:
            return None
        if self._uses is None:
            self._uses = uses(self.trace.plan, self.graph)
        return self._numbers(self._uses.get(edge.key, {}).get(edge.id))

    def of_kernel(self, node: Node) -> list[Annotation]:
        """W and ∂J/∂W of a convolution, weight by weight; nothing for other nodes."""
        key = kernel_key(node)
        weights = self.parameters.get(key)
        if weights is None:
            return []
        return self._matrix(node.id, "weight", "W", weights, weights.shape) + self._matrix(
            node.id, "gradient", f"∂{self.goal}/∂W", self.gradient(key), weights.shape
        )

    def gradient(self, key: str) -> Numbers | None:
        """∂J/∂w of a parameter, or None while it is not known."""
        if self.trace is None or key not in self.trace.plan.by_key:
            return None
        return self._derivative(self.trace.plan.by_key[key].slot)

    def reason(self, key: str) -> str:
        """Why there is no ∂J by a parameter or input though all is computed: no way leads to J, or a step is between.

        Empty where there is one.
        """
        plan = None if self.trace is None else self.trace.plan
        if plan is None or plan.goal is None:
            return ""
        if key in plan.by_key:
            slot, wanted = plan.by_key[key].slot, plan.by_key[key].trained
        else:
            slot, wanted = plan.marks.get((key, "a"), -1), self.by_inputs
        return missing(plan, slot, plan.goal, self.goal) if wanted and slot not in plan.gradients else ""

    def loss(self) -> float | None:
        """J of the whole network, or None while it is not known."""
        found = None if self.trace is None else self._numbers(self.trace.plan.loss)
        return None if found is None else float(found)

    def _numbers(self, slot: int | None) -> Numbers | None:
        """The numbers of a slot, or None while they are not known."""
        if slot is None or self.trace is None or not (self.known is None or slot in self.known):
            return None
        return np.array(self.trace.workspace.views[slot], dtype=np.float64)

    def _marked(self, node: str, role: str, *, gradient: bool = False) -> Numbers | None:
        if self.trace is None or (node, role) not in self.trace.plan.marks:
            return None
        slot = self.trace.plan.marks[node, role]
        return self._derivative(slot) if gradient else self._numbers(slot)

    def _derivative(self, slot: int) -> Numbers | None:
        """The derivative by a slot, or None while it is not known."""
        if slot in self._to_come or self.trace is None:
            return None
        return self._numbers(self.trace.plan.gradients.get(slot))

    def _of_bias(self, node: Node) -> list[Annotation]:
        mode = KINDS[node.kind].option(node, "bias")
        if mode == "none":
            return []
        key = bias_key(node)
        shape = self.shape(node.id)[:1]
        found = self._matrix(node.id, "bias", "b", self.parameters.get(key), shape)
        if mode == "trained":
            found += self._matrix(node.id, "bias_gradient", f"∂{self.goal}/∂b", self.gradient(key), shape)
        return found

    def _of_normalisation(self, node: Node) -> list[Annotation]:
        shape = self._shapes[node.id]
        found: list[Annotation] = []
        for (role, gradient, letter), (key, (_, own)) in zip(_GAINS, affine_shapes(node, shape).items(), strict=False):
            found += self._matrix(node.id, role, letter, self.parameters.get(key), own)
            if affine_of(node) == "trained":
                found += self._matrix(node.id, gradient, f"∂{self.goal}/∂{letter}", self.gradient(key), own)
        if node.kind == "batch_norm":
            found += self._running(node, "running_mean", tr("running μ"), MEAN, shape[:1])
            found += self._running(node, "running_variance", tr("running σ²"), VARIANCE, shape[:1])
        return found

    def _running(self, node: Node, role: Role, symbol: str, ending: str, shape: tuple[int, ...]) -> list[Annotation]:
        key = node.id + ending
        kept = self.parameters.get(key, self.document.state.statistics.get(key))
        return self._matrix(node.id, role, symbol, np.full(shape, FIRST[ending]) if kept is None else kept, shape)

    def _of_loss(self, node: Node) -> list[Annotation]:
        width = sum(self.width(edge.source) for edge in self.graph.into(node.id))
        found: list[Annotation] = []
        if KINDS[node.kind].has_target:
            found += self._column(node.id, "target", "y", self._marked(node.id, "target"), (width,))
        found += self._column(node.id, "loss_term", "ℒ", self._marked(node.id, "terms"), (width,))
        loss = self._marked(node.id, "loss")
        shown = None if loss is None else float(loss)
        return [*found, Annotation(node.id, (), "loss", "J", shown, digits=self.digits)]

    def _column(self, node: str, role: Role, symbol: str, rows: Numbers | None, shape: Shape) -> list[Annotation]:
        """One annotation a unit: the number of the only row, or over many rows their mean, of a derivative their sum.

        Each row's δ carries its 1/n where J is a mean, so their sum is what moves a bias.
        """
        summed = role in GRADIENTS
        with np.errstate(all="ignore"):  # what overflows is shown as such
            shown = None if rows is None else rows.sum(axis=0) if summed else rows.mean(axis=0)
        return [
            Annotation(
                node,
                () if prod(shape) == 1 else index,
                role,
                symbol,
                None if shown is None else float(shown[index]),
                self.many and not summed,
                self.digits,
            )
            for index in np.ndindex(*shape)
        ]

    def _matrix(self, target: str, role: Role, symbol: str, values: Numbers | None, shape: Shape) -> list[Annotation]:
        single = prod(shape) == 1
        return [
            Annotation(
                target,
                () if single else index,
                role,
                symbol,
                None if values is None else float(values[index]),
                digits=self.digits,
            )
            for index in np.ndindex(*shape)
        ]


def is_inner(node: Node) -> bool:
    """Whether a node computes its value from other nodes, and others may go on with it."""
    kind = KINDS[node.kind]
    return kind.family in ("neuron", "operation", "activation") and kind.most != 0


def annotate(trace: Trace) -> list[Annotation]:
    """Every annotation of a computed network."""
    return Annotator(trace.document, trace).all()
