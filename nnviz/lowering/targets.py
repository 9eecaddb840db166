"""What derivatives a plan computes: of which number, by what, in which direction.

J is differentiated unless another number is named: a node, of several units one of them. Over several examples the
value of a node is a mean, and so is what is differentiated.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from nnviz.engine.builder import PlanBuilder
from nnviz.errors import ConfigError, GraphError, ShapeError
from nnviz.graph import Graph
from nnviz.lowering.kinds import KINDS
from nnviz.words import one_of, tr


class Target(NamedTuple):
    """A number that is differentiated in the place of J: a node; of several units one, from 1 (0: there is but one)."""

    node: str
    unit: int = 0

    def label(self, graph: Graph) -> str:
        """Its name as a reader sees it: h1, or o[2] for the second unit of o."""
        name = graph.node(self.node).label
        return f"{name}[{self.unit}]" if self.unit else name


class Derivatives(NamedTuple):
    """What a plan computes beside the values.

    Attributes
    ----------
    of : what is differentiated, by trained parameters and inputs; None is J, by trained parameters alone.
    everything : the backward pass also goes towards inputs, constants and fixed parameters.
    along : parameter keys and node ids that move in forward mode; () for the backward pass alone.
    twice : forward mode goes on through the backward pass, which gives second derivatives.
    """

    of: Target | None = None
    everything: bool = False
    along: tuple[str, ...] = ()
    twice: bool = False


def emit_goal(builder: PlanBuilder, graph: Graph, target: Target, outputs: Mapping[str, int]) -> int:
    """The slot of the one number that a target means: of the examples in use the mean.

    Raises
    ------
    GraphError
        If there is no such node.
    ShapeError
        If it has several units and none is named, or not so many.
    """
    node = graph.node(target.node)
    slot = outputs[node.id]
    if KINDS[node.kind].family == "loss":
        return _only(builder, target, slot)
    shape = builder.form(slot).shape
    width = shape[0] if len(shape) == 1 else 0
    if not width or not (1 <= target.unit <= width or (width == 1 and target.unit == 0)):
        raise _no_such_unit(target, width)
    builder.for_node(node.id)
    if width > 1:
        slot = builder.emit("select", slot, silent=True, start=target.unit - 1, stop=target.unit)
    each = builder.emit("over_outputs", slot, silent=True, mean=False)
    return builder.emit("over_examples", each, silent=True, mean=True)


def _only(builder: PlanBuilder, target: Target, slot: int) -> int:
    if target.unit > 1:
        raise _no_such_unit(target, 1)
    return slot


def _no_such_unit(target: Target, width: int) -> ShapeError:
    if not width:
        expected = tr("a node whose units stand in a line")
    else:
        expected = tr("one of its units, 1 to {n}", n=width) if width > 1 else tr("its only unit, 1")
    return ShapeError(
        tr("{node} is more than one number", node=target.node)
        if not (target.unit and width)
        else tr("{node} has no unit {unit}", node=target.node, unit=target.unit),
        where=tr("node {id}", id=target.node),
        expected=expected,
        found=tr("none named") if not target.unit else str(target.unit),
        hint=tr("Only a single number can be differentiated: name a unit, such as {node}[1]", node=target.node)
        if width
        else tr("Put Flatten behind it, and name a unit of that"),
        ids=(target.node,),
    )


def read_target(graph: Graph, told: str | tuple[str, int] | Target | None) -> Target | None:
    """A target from what a user says: ``"h1"``, ``"o[2]"`` or ``("o", 2)`` for a unit of o, None or ``"J"`` for J.

    Raises
    ------
    GraphError
        If there is no such node.
    """
    if told is None:
        return None
    name, unit = _read_unit(told) if isinstance(told, str) else told
    if name in graph.by_id:
        return Target(name, unit)
    named = [node.id for node in graph.nodes if node.name == name]
    if len(named) == 1:
        return Target(named[0], unit)
    if name == "J" and not unit:
        return None
    raise GraphError(
        tr("There is no node {id}", id=name),
        expected=one_of(list(graph.by_id)[:20]),
        found=repr(name),
        hint=_unit_meant(graph, name),
    )


def _unit_meant(graph: Graph, name: str) -> str:
    """Of a name such as ``o1``, where a layer o is drawn as a whole, how its unit is named."""
    layer = name.rstrip("0123456789")
    unit = name.removeprefix(layer)
    if unit and int(unit) and any(layer in (node.id, node.name) for node in graph.nodes):
        return tr("A unit of a layer is named {layer}[{unit}]", layer=layer, unit=int(unit))
    return ""


def _read_unit(told: str) -> tuple[str, int]:
    name, bracket, rest = told.partition("[")
    digits = rest.removesuffix("]")
    if not bracket or not rest.endswith("]") or not (digits.isascii() and digits.isdecimal()):
        return told, 0
    if int(digits) < 1:
        raise ConfigError(tr("Units are counted from 1"), expected=f"{name}[1]", found=told)
    return name, int(digits)


def read_key(graph: Graph, parameters: Collection[str], told: str) -> tuple[str, tuple[int, ...]]:
    """What something is differentiated by: a parameter's key or a node's id, and which number of it, counted from 0.

    ``"w1"`` and ``"x1"`` name the whole; ``"x[2]"`` a unit, ``"W[1,2]"`` the weight from unit 1 to unit 2.

    Raises
    ------
    ConfigError
        If there is no such parameter and no such node, or the number in brackets is none.
    """
    name, bracket, rest = told.partition("[") if told not in parameters else (told, "", "")
    key = _key(graph, parameters, name)
    if key is None:
        raise ConfigError(
            tr("There is no weight, bias or node {name}", name=name),
            expected=one_of([*parameters, *graph.by_id][:20]),
            found=repr(told),
        )
    parts = rest.removesuffix("]").split(",") if bracket else []
    if not all(part.strip().isdecimal() and int(part) > 0 for part in parts) or (bracket and not rest.endswith("]")):
        raise ConfigError(
            tr("This is no number of {name}", name=name),
            expected=tr("places counted from 1, such as {name}[1]", name=name),
            found=repr(told),
        )
    return key, tuple(int(part) - 1 for part in parts)


def _key(graph: Graph, parameters: Collection[str], name: str) -> str | None:
    """A parameter's key or a node's id, by itself or by the name that a reader sees, where only one bears it."""
    if name in parameters or name in graph.by_id:
        return name
    edges = {edge.key for edge in graph.edges if name in (edge.id, edge.name) and edge.key in parameters}
    found = [*edges, *(node.id for node in graph.nodes if node.name == name)]
    return found[0] if len(found) == 1 else None


def moving_slots(
    builder: PlanBuilder, graph: Graph, along: tuple[str, ...], outputs: Mapping[str, int]
) -> dict[int, int]:
    """For each parameter or node that moves its slot, and a new slot for its direction, filled from outside."""
    found: dict[int, int] = {}
    for key in along:
        slot = builder.parameter_slot(key)
        if slot is None:
            slot = outputs[graph.node(key).id]
        form = builder.form(slot)
        found[slot] = builder.place("tangent", f"∂{key}", form.shape, batched=form.batched, key=key)
    return found
