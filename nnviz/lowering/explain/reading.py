"""Reads a computed workspace: slots as numbers and as named symbols. And what a step is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import prod
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nnviz.engine.plan import BackwardStep, Instruction, Plan
from nnviz.engine.workspace import Workspace
from nnviz.graph import Graph
from nnviz.lowering.formula import Constant, Expression, Formula, Partial, Symbol, Total, Value
from nnviz.lowering.kinds import KINDS, Family
from nnviz.lowering.opening import EXPRESSION, owner
from nnviz.numbers import matrix_name, subscripted

Phase = Literal["forward", "loss", "backward", "update"]
Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Step:
    """One step of a walkthrough.

    Attributes
    ----------
    phase, node : when, and at which drawn node.
    title, explanation : in words.
    formulas : the lines of the calculation; the last is the one the step is about.
    incoming : the gradient that arrives (backward only).
    local : the local derivative, where it is one array.
    outgoing : what is sent on, by parameter key or node id (backward), or the new numbers (update).
    lit : ids of the nodes and edges it is about.
    reveals : slots whose numbers are known from this step on.
    """

    phase: Phase
    node: str
    title: str
    explanation: str
    formulas: tuple[Formula, ...]
    incoming: Numbers | None = None
    local: Numbers | None = None
    outgoing: Mapping[str, Numbers] = field(default_factory=dict)
    lit: tuple[str, ...] = ()
    reveals: tuple[int, ...] = ()

    @property
    def formula(self) -> str:
        """All lines with symbols, in plain text."""
        return "; ".join(formula.symbols() for formula in self.formulas)

    @property
    def numbers(self) -> str:
        """All lines with numbers, in plain text."""
        return "; ".join(formula.numbers() for formula in self.formulas)


class Reader:
    """Gives the numbers of slots, and the symbols under which a reader of the drawing knows them."""

    def __init__(self, graph: Graph, workspace: Workspace) -> None:
        self.graph = graph
        self.plan: Plan = workspace.plan
        self.rows = workspace.rows
        self._views = workspace.views
        self.place = {node.id: place for place, node in enumerate(graph.nodes)}
        self.maker = {made.output: made for made in (*self.plan.forward, *self.plan.backward)}
        self._roles = {slot: mark for mark, slot in self.plan.marks.items()}
        self._roles |= {slot: (node, role) for (node, role), slot in self.plan.marks.items() if role == "a"}
        self._stretched = {made.output: made.inputs[0] for made in self.plan.forward if made.operation == "stretch"}
        self._keys = {segment.slot: segment.key for segment in self.plan.segments}

    @property
    def goal(self) -> str:
        """What is differentiated, as a reader sees it: J, unless a node was named."""
        return subscripted(self.plan.goal_name)

    def partial(self, by: str, value: Value, of: str = "") -> Partial:
        """∂J/∂(by), or ∂ of the node that was named."""
        return Partial(by, value, of, self.plan.goal_name)

    def array(self, slot: int) -> Numbers:
        """A copy of the numbers of a slot, with its rows."""
        return np.array(self._views[slot], dtype=np.float64)

    def value(self, slot: int) -> Value:
        """The numbers of a slot: without the rows where there is one; a single number as a float, if it is no image."""
        array, place = self.array(slot), self.plan.slots[slot]
        if place.batched and self.rows == 1:
            array = array[0]
        single = array.size == 1 and len(place.shape) <= (1 if place.batched else 2)
        return float(array.reshape(())) if single else array

    def column(self, slot: int, place: int) -> Value:
        """One output of a batched slot: a float for one row, else (rows,)."""
        column = self.array(slot)[:, place]
        return float(column[0]) if len(column) == 1 else column

    def width(self, slot: int) -> int:
        """How many units a slot has."""
        return self.plan.slots[slot].size

    def label(self, node: str) -> str:
        """The name of a node as a reader sees it."""
        return self.graph.node(node).label

    def family(self, node: str) -> Family:
        """The family of a node's kind."""
        return KINDS[self.graph.node(node).kind].family

    def is_inside(self, instruction: Instruction) -> bool:
        """Whether an instruction is one of those that an expression stands for."""
        return self.graph.node(instruction.node).kind == EXPRESSION

    def is_operation(self, instruction: Instruction) -> bool:
        """Whether an instruction is what a drawn operation or activation node stands for, not plumbing around it."""
        return self.family(instruction.node) in ("operation", "activation") and not instruction.silent

    @property
    def training(self) -> bool:
        """Whether the workspace is set to training, as far as the plan cares."""
        return any(self.array(slot.index).any() for slot in self.plan.slots_of("mode"))

    def scalar(self, slot: int) -> bool:
        """Whether a slot is one number in all."""
        return self.width(slot) == 1 and (self.rows == 1 or not self.plan.slots[slot].batched)

    def parameter(self, key: str) -> tuple[str, str]:
        """A parameter's symbol and what it belongs to: (w5, ''), of a layer (W⁽²⁾, ''), a node's (b, h1) or (W, c1)."""
        edge = self.graph.edges_by_id.get(key)
        if edge is not None:
            return matrix_name(edge.label) if prod(self.plan.by_key[key].shape) > 1 else edge.label, ""
        if key in self.graph.by_id:
            return self.label(key), ""
        node, _, ending = key.partition(".")
        return (_OWN[ending], self.label(node)) if ending in _OWN else (key, "")

    def symbol(self, slot: int) -> Symbol:
        """A slot as a symbol: a parameter by its key, a node's output by its name, z by its node."""
        if slot in self._stretched:
            one = self.symbol(self.spread(slot))
            return one if self.rows == 1 else replace(one, value=self.value(slot))
        if slot in self._keys:
            name, of = self.parameter(self._keys[slot])
            return Symbol(name, self.value(slot), of)
        node, role = self._roles.get(slot, ("", ""))
        if role == "a":
            return self._output(node, self.value(slot))
        if role in ("z", "mask"):
            return Symbol(role, self.value(slot), self.label(node))
        return Symbol(_LOSS_SYMBOLS.get(role, self.plan.slots[slot].name), self.value(slot))

    def _output(self, node: str, value: Value) -> Symbol:
        """A node's output by its name; inside an expression u₁, u₂ …, and constants as they are."""
        drawn, inner = owner(node), node.partition(".")[2]
        if inner.startswith("c"):
            return Constant(inner, value)
        return Symbol(inner, value, self.label(drawn)) if inner else Symbol(self.label(drawn), value)

    def arrived(self, step: BackwardStep) -> Partial:
        """∂J by what the instruction of a step has made: the gradient that arrives there."""
        made = self.symbol(self.plan.forward[step.forward].output)
        return self.partial(made.text, self.value(step.incoming), made.of)

    def sent_back(self, sent: int, node: str, to: int) -> Partial:
        """What one node sends back to a slot that it reads: ∂J by that, or where others read it too its share in it."""
        symbol, value = self.symbol(to), self.value(sent)
        if self.plan.gradients[self.spread(to)] == sent:
            return self.partial(symbol.text, value, symbol.of)
        return self.share(value, node, symbol.text)

    def share(self, value: Value, node: str, to: str) -> Partial:
        """The part of ∂J by one node that comes back through another."""
        return Partial(to, value, "", self.plan.goal_name, self.label(node))

    def spread(self, slot: int) -> int:
        """The slot of the one unit that was spread over a slot; of any other the slot itself."""
        return self._stretched.get(slot, slot)

    def gathered(self) -> dict[int, int]:
        """For each slot over which one unit was spread: the slot of the gradient of that unit, summed up."""
        steps = [(self.plan.forward[step.forward], step.outgoing[0]) for step in self.plan.steps]
        return {made.output: sent for made, sent in steps if made.operation == "stretch" and sent is not None}

    def summed(self, expression: Expression) -> Total:
        """The sum over all units, row by row."""
        if self.rows == 1:
            return Total(expression, "Σ", "\\sum", lambda array: float(array.sum()))
        return Total(expression, "Σ", "\\sum", lambda array: array.reshape(len(array), -1).sum(axis=1, keepdims=True))

    def around(self, node: str) -> tuple[str, ...]:
        """A node, the edges that come in, and where they come from."""
        edges = self.graph.into(node)
        return (node, *(edge.id for edge in edges), *(edge.source for edge in edges))

    def onward(self, node: str) -> tuple[str, ...]:
        """The edges that leave a node, and where they lead."""
        edges = self.graph.out_of(node)
        return (*(edge.id for edge in edges), *(edge.target for edge in edges))

    def around_back(self, node: str) -> tuple[str, ...]:
        """What is around a node, and where several send something back to it, those: here it is added up."""
        return (*self.around(node), *(self.onward(node) if len(self.graph.out_of(node)) > 1 else ()))


_OWN = {"b": "b", "W": "W", "gain": "γ", "shift": "β"}
_LOSS_SYMBOLS = {"example": "ℒ", "loss": "J", "terms": "ℒ", "target": "y", "ŷ": "ŷ"}


def option(instruction: Instruction, name: str) -> bool:
    """Whether a switch of an instruction is on."""
    return bool(dict(instruction.options)[name])


def numbered(letter: str, place: int, width: int) -> str:
    """``ŷ`` where there is one, ``ŷ1``, ``ŷ2`` … where there are several."""
    return f"{letter}{place + 1}" if width > 1 else letter
