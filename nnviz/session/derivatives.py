"""Derivatives of a document at a focus: of J or any node, by any parameter, input or node, both ways, and twice.

Gradients come from the backward pass, tangents from forward mode, second derivatives from forward mode through the
backward pass. Where no way that has a slope leads from one number to another, the derivative is None, and
:func:`missing` tells the reason; a 0 is a number that was computed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec.structs import replace
from numpy.typing import ArrayLike, NDArray

from nnviz.document.document import Document
from nnviz.engine import check, clear
from nnviz.engine.plan import Plan
from nnviz.errors import ConfigError, ShapeError
from nnviz.lowering import shapes
from nnviz.lowering.targets import Derivatives, Target, read_key, read_target
from nnviz.session.computing import Focus, Trace, loaded, require_goal
from nnviz.words import tr

Numbers = NDArray[np.float64]
_MOST = 16
Way = tuple[int, ...] | Numbers
"""How something moves: one number of it by 1, given its place (() for the only one), or all of it as an array says."""
Of = str | tuple[str, int] | Target | None


def gradients(
    document: Document, focus: Focus | None = None, *, of: Of = None, by: str | Sequence[str] | None = None
) -> dict[str, Numbers | None]:
    """∂J/∂w of every trained parameter at a focus, by key, each in the shape of its parameter.

    >>> import nnviz
    >>> document = nnviz.example("mazur")
    >>> round(nnviz.gradients(document, of="h1")["w1"].item(), 9), nnviz.gradients(document, of="h1")["w5"]
    (0.012065035, None)

    Parameters
    ----------
    of : what is differentiated in the place of J: a node, or one of its units as ``("o", 2)`` or ``"o[2]"``. Over
        several rows it is the mean, as everywhere. A node is differentiated by the inputs too.
    by : parameters, inputs or nodes by which it is differentiated instead, a node giving (rows, units); the keys of
        the answer.

    Returns
    -------
    The derivatives; None where no way that has a slope leads to what is differentiated (:func:`missing` tells why).

    Raises
    ------
    GraphError, ShapeError, DataError, ConfigError
        What keeps the network from being computed, a missing loss included; an unknown name.
    """
    trace = differentiated(document, focus, of=of, by=by)
    return {name: trace.gradient_at(slot) for name, slot in asked_slots(trace, by).items()}


def check_gradients(
    document: Document, focus: Focus | None = None, *, of: Of = None, by: str | Sequence[str] | None = None
) -> list[check.GradientCheck]:
    """Compare :func:`gradients` with central differences (:func:`nnviz.engine.check.gradient_check`)."""
    trace = differentiated(document, focus, of=of, by=by)
    return check.gradient_check(trace.workspace, asked_slots(trace, by))


def differentiated(
    document: Document, focus: Focus | None = None, *, of: Of = None, by: str | Sequence[str] | None = None
) -> Trace:
    """The run that :func:`gradients` reads.

    Raises
    ------
    GraphError, ShapeError, DataError
        What keeps it from being computed, a missing loss included.
    """
    focus = _aimed(document, focus, of)
    trace = loaded(document, focus, Derivatives(focus.of, everything=by is not None))
    clear.forward(trace.workspace)
    clear.backward(trace.workspace)
    require_goal(trace)
    return trace


def asked_slots(trace: Trace, by: str | Sequence[str] | None) -> dict[str, int]:
    """What is differentiated by, as it was named, with its slot; if nothing is told, trained parameters.

    Of a node that is differentiated in the place of J, inputs too.
    """
    plan, document = trace.plan, trace.document
    if by is None:
        found = {segment.key: segment.slot for segment in plan.segments if segment.trained}
        inputs = plan.slots_of("input") if trace.focus.of is not None else ()
        return found | {slot.key: slot.index for slot in inputs}
    named = {}
    for name in (by,) if isinstance(by, str) else by:
        key, place = read_key(document.graph, document.parameters, name)
        if place:
            raise ShapeError(tr("Name the whole, not a part of it"), expected=key, found=name)
        named[name] = slot_of(plan, key)
    return named


def slot_of(plan: Plan, key: str) -> int:
    """The slot of a parameter, or of a node's value; of a loss its J."""
    return plan.by_key[key].slot if key in plan.by_key else value_slot(plan, key)


def targets(document: Document) -> list[Target]:
    """What can be differentiated in the place of J: every node, of a wide one each of its first 16 units."""
    found: list[Target] = []
    widths = {node: shape[0] if shape else 1 for node, shape in shapes(document.graph).items() if len(shape) < 2}
    for node in document.graph.nodes:
        width = widths.get(node.id, 0)
        found += [Target(node.id)] if width == 1 else [Target(node.id, unit + 1) for unit in range(min(width, _MOST))]
    return found


def value_slot(plan: Plan, node: str) -> int:
    """The slot of a node's value, of a loss its J."""
    return plan.marks[node, "loss"] if (node, "loss") in plan.marks else plan.marks[node, "a"]


def missing(plan: Plan, slot: int, goal: int, name: str = "J") -> str:
    """Why ``goal`` has no derivative by ``slot``: the one does not depend on the other, or a step is between."""
    if _leads(plan, slot, goal):
        return tr("every way to {goal} leads through a step", goal=name)
    return tr("{goal} does not depend on it", goal=name)


def _leads(plan: Plan, slot: int, goal: int) -> bool:
    """Whether a way leads from a slot to the goal, with a slope or without."""
    reached = {slot}
    for instruction in plan.forward:
        if reached.intersection(instruction.inputs):
            reached.add(instruction.output)
    return goal in reached


def nothing(trace: Trace) -> str:
    """Why a computed network has no derivative at all, as a sentence; empty where it has one."""
    plan, goal, name = trace.plan, trace.plan.goal, trace.plan.goal_name
    if goal is None:
        return tr("There is no loss, and no node was chosen to be differentiated")
    if not trace.knows(goal):
        return tr("A typed row has no targets, hence no J; a node can be differentiated")
    slots = asked_slots(trace, None).values()
    if any(slot in plan.gradients for slot in slots):
        return ""
    if not slots and trace.focus.of is None:
        return tr("No weight is trained; a node can be differentiated by the inputs")
    if not slots:
        return tr("No weight is trained, and there is no input")
    if any(_leads(plan, slot, goal) for slot in slots):
        return tr("Every way to {goal} leads through a step, which has no slope", goal=name)
    return tr("{goal} depends on nothing by which it could be differentiated", goal=name)


def tangents(
    document: Document, by: str | Mapping[str, ArrayLike], focus: Focus | None = None
) -> dict[str, Numbers | None]:
    """∂(node)/∂w of every node by one number, computed in the direction of the forward pass.

    >>> import nnviz
    >>> document = nnviz.example("mazur")
    >>> round(nnviz.tangents(document, by="w1")["o1"].item(), 9), nnviz.tangents(document, by="w1")["h2"]
    (0.000901575, None)

    Parameters
    ----------
    by : a parameter, input or node that is one number, or one number of it: ``"w1"``, ``"x[2]"``, ``"W[1,2]"``. Or a
        direction: for each of them how fast it moves, an array of its shape. What belongs to rows moves in every row.

    Returns
    -------
    For each node (rows, units), for a loss node one number, its own J; under ``"J"`` that of all losses. None where no
    way that has a slope leads there.

    Raises
    ------
    ConfigError
        If a name is unknown, or an operation cannot be carried forward; it is named.
    ShapeError
        If several numbers are meant and no direction is given, or it does not fit.
    """
    focus, moving = focus or Focus(), _direction(document, by)
    trace = loaded(document, focus, Derivatives(along=tuple(moving)))
    run_along(trace, moving)
    found = {node.id: tangent_at(trace, value_slot(trace.plan, node.id)) for node in document.graph.nodes}
    if trace.plan.loss is not None:
        found.setdefault("J", tangent_at(trace, trace.plan.loss))
    return found


def tangent_at(trace: Trace, slot: int) -> Numbers | None:
    """The tangent of a slot, or None where there is none or it could not be computed."""
    found = trace.plan.tangents.get(slot)
    if found is None or (trace.known is not None and found not in trace.known):
        return None
    return np.array(trace.workspace.views[found], dtype=np.float64)


def second_derivatives(
    document: Document,
    by: str,
    focus: Focus | None = None,
    *,
    of: Of = None,
    and_by: str | Sequence[str] | None = None,
) -> dict[str, Numbers | None]:
    """A row of the matrix of second derivatives: ∂²J/∂(by)∂w for every trained parameter w, by key.

    Computed by carrying the direction ``by`` through the backward pass (Pearlmutter, Neural Computation 6, 1994).

    Parameters
    ----------
    by : one number: ``"w1"``, ``"x[2]"``, ``"W[1,2]"``; an input or node moves in every row.
    of : what is differentiated in the place of J, as in :func:`gradients`.
    and_by : parameters, inputs or nodes in the place of the trained parameters.

    Returns
    -------
    The derivatives in the shapes of :func:`gradients`; None where that has none, 0 where the slope stays as it is.

    Raises
    ------
    ConfigError
        If an operation on the way has a kink, or no second derivative; node and operation are named.
    GraphError, ShapeError, DataError
        What keeps the network from being computed.
    """
    focus, moving = _aimed(document, focus, of), _direction(document, by)
    trace = loaded(document, focus, Derivatives(focus.of, everything=True, along=tuple(moving), twice=True))
    require_goal(trace)
    run_along(trace, moving)
    depends = all(slot_of(trace.plan, key) in trace.plan.gradients for key in moving)
    return {name: _second(trace, slot) if depends else None for name, slot in asked_slots(trace, and_by).items()}


def second_derivative(
    document: Document, by: str, and_by: str, focus: Focus | None = None, *, of: Of = None
) -> float | None:
    """∂²J/∂(by)∂(and_by), each one number, as in :func:`second_derivatives`; None where J does not depend on both.

    >>> import nnviz
    >>> document = nnviz.example("mazur")
    >>> round(nnviz.second_derivative(document, by="w5", and_by="w6"), 9)
    -0.01229742
    """
    key, place = read_key(document.graph, document.parameters, and_by)
    row = second_derivatives(document, by, focus, of=of, and_by=key)[key]
    if row is None:
        return None
    chosen = np.zeros(document.parameters[key].shape if key in document.parameters else row.shape[1:])
    _point(chosen, key, place)
    return float(np.sum(row * chosen))


def _second(trace: Trace, slot: int) -> Numbers | None:
    """The tangent of a gradient; 0 where there is a gradient that does not move."""
    gradient = trace.plan.gradients.get(slot)
    if gradient is None:
        return None
    moved = tangent_at(trace, gradient)
    return np.zeros(trace.workspace.views[gradient].shape) if moved is None else moved


def _aimed(document: Document, focus: Focus | None, of: Of) -> Focus:
    """The focus with what is to be differentiated, where that is said apart from it."""
    focus = focus or Focus()
    return focus if of is None else replace(focus, of=read_target(document.graph, of))


# Directions


def _direction(document: Document, by: str | Mapping[str, ArrayLike]) -> dict[str, Way]:
    """What moves, by key, and how."""
    if isinstance(by, str):
        key, place = read_key(document.graph, document.parameters, by)
        return {key: place}
    found: dict[str, Way] = {}
    for name, numbers in by.items():
        found[read_key(document.graph, document.parameters, name)[0]] = np.asarray(numbers, dtype=np.float64)
    if not found:
        raise ConfigError(tr("Nothing moves"), expected=tr("at least one parameter, input or node"))
    return found


def run_along(trace: Trace, moving: Mapping[str, Way]) -> None:
    """Run a loaded network with its directions: values, gradients if the plan has them, tangents."""
    workspace = trace.workspace
    for slot in trace.plan.slots_of("tangent"):
        if slot.key:
            one = np.zeros(slot.shape)
            _point(one, slot.key, moving[slot.key])
            workspace.views[slot.index][...] = one
    clear.forward(workspace)
    clear.backward(workspace)
    clear.tangent(workspace)


def _point(direction: Numbers, key: str, way: Way) -> None:
    """Fill a direction of one example.

    Raises
    ------
    ShapeError
        If there is no such place, several places and none is named, or the array does not fit.
    """
    if isinstance(way, np.ndarray):
        if way.size != direction.size:
            raise _does_not_fit(key, direction, str(way.shape))
        direction[...] = way.reshape(direction.shape)
        return
    if not way and direction.size == 1:
        direction[...] = 1.0
    elif len(way) == direction.ndim and all(place < size for place, size in zip(way, direction.shape, strict=True)):
        direction[way] = 1.0
    else:
        raise _does_not_fit(key, direction, str([each + 1 for each in way]) if way else tr("none named"))


def _does_not_fit(key: str, direction: Numbers, found: str) -> ShapeError:
    last = ", ".join(map(str, direction.shape))
    return ShapeError(
        tr("This is not one number of {key}", key=key),
        expected=tr("a place from [{first}] to [{last}]", first=", ".join("1" * direction.ndim), last=last)
        if direction.ndim
        else tr("{key} alone", key=key),
        found=found,
        ids=(key,),
    )
