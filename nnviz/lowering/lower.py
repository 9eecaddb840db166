"""Walks a drawing in order and emits its plan."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec

from nnviz.conventions import Conventions
from nnviz.engine.arrays import Shape, shape_text
from nnviz.engine.builder import PlanBuilder
from nnviz.engine.plan import Instruction, ParameterKind, Plan
from nnviz.errors import ConfigError, GraphError, ShapeError
from nnviz.graph import Edge, Graph, Node, ordered
from nnviz.graph.order import remembered
from nnviz.hints import NO_LOSS
from nnviz.lowering.forms import window_of
from nnviz.lowering.kinds import (
    KINDS,
    NORMALISED,
    ONE_ANSWER,
    ONE_UNIT,
    form_out,
    kind_of,
    options_of,
    own_shape,
    selected_range,
    units_of,
)
from nnviz.lowering.normalising import affine_of, affine_shapes, emit_normalisation
from nnviz.lowering.opening import expanded, owner
from nnviz.lowering.shapes import shapes, survey
from nnviz.lowering.targets import Derivatives, emit_goal, moving_slots
from nnviz.words import tr

_KEPT = 8


class ParameterSpec(msgspec.Struct, frozen=True, gc=False):
    """A parameter that a drawing calls for: its key, shape, kind, and whether it is trained."""

    key: str
    shape: Shape
    kind: ParameterKind
    trained: bool
    ids: tuple[str, ...]


def bias_key(node: Node) -> str:
    """The parameter key of a node's bias: its shared name, or the node's own."""
    return str(KINDS[node.kind].option(node, "bias_name")) or f"{node.id}.b"


def kernel_key(node: Node) -> str:
    """The parameter key of the kernel of a convolution."""
    return f"{node.id}.W"


def kernel_shape(node: Node, image: Shape) -> Shape:
    """The shape of its kernel for an image (channels, height, width): (out, in, size, size)."""
    told = options_of(node)
    return (int(told["channels"]), image[0], int(told["kernel"]), int(told["kernel"]))


@remembered
def parameter_specs(graph: Graph) -> tuple[ParameterSpec, ...]:
    """The parameters that a drawing calls for, as far as shapes are known, each key once, in drawing order.

    Raises
    ------
    ShapeError
        If two edges or nodes share a parameter and want it in different shapes.
    """
    known = shapes(graph)
    specs: dict[str, ParameterSpec] = {}
    users: dict[str, list[str]] = {}  # of those that are shared
    for node in graph.nodes:
        if node.kind in KINDS and _has_parameters(node) and node.id in known:
            for spec in _specs_of(graph, node, known):
                before = specs.setdefault(spec.key, spec)
                if before is not spec:
                    users.setdefault(spec.key, list(before.ids)).extend(spec.ids)
                    _check_shared(before, spec, users[spec.key])
    for key, ids in users.items():
        specs[key] = msgspec.structs.replace(specs[key], ids=tuple(ids))
    return tuple(specs.values())


def _has_parameters(node: Node) -> bool:
    return KINDS[node.kind].family == "neuron" or node.kind == "parameter" or node.kind in NORMALISED


def _specs_of(graph: Graph, node: Node, known: dict[str, Shape]) -> list[ParameterSpec]:
    if node.kind in NORMALISED:
        trained = affine_of(node) == "trained"
        return [
            ParameterSpec(key, shape, kind, trained, (node.id,))
            for key, (kind, shape) in affine_shapes(node, known[node.id]).items()
        ]
    if node.kind == "parameter":
        return [ParameterSpec(node.id, own_shape(node), "weight", _is_trained(node), (node.id,))]
    found = _weight_specs(graph, node, known)
    mode = KINDS[node.kind].option(node, "bias")
    if mode != "none":
        found.append(ParameterSpec(bias_key(node), known[node.id][:1], "bias", mode == "trained", (node.id,)))
    return found


def _weight_specs(graph: Graph, node: Node, known: dict[str, Shape]) -> list[ParameterSpec]:
    """Of a convolution its kernel; else a matrix for each edge along which units come in a line."""
    edges = graph.into(node.id)
    if node.kind == "conv2d":
        shape = kernel_shape(node, known[edges[0].source])
        return [ParameterSpec(kernel_key(node), shape, "weight", True, (node.id,))]
    units = units_of(node)
    return [
        ParameterSpec(edge.key, (known[edge.source][0], units), "weight", True, (edge.id,))
        for edge in edges
        if len(known.get(edge.source, ())) == 1
    ]


def _is_trained(node: Node) -> bool:
    return KINDS["parameter"].option(node, "mode") == "trained"


def _check_shared(before: ParameterSpec, spec: ParameterSpec, users: list[str]) -> None:
    """Refuse two that share a parameter but want it different."""
    if before.shape != spec.shape:
        raise ShapeError(
            tr("What shares {key} differs in size", key=spec.key),
            where=", ".join(dict.fromkeys((*users[:3], *spec.ids))),
            expected=_sizes(before.shape),
            found=_sizes(spec.shape),
            hint=tr("Give it a name of its own"),
            ids=tuple(users),
        )
    if (before.kind, before.trained) != (spec.kind, spec.trained):
        raise ConfigError(
            tr("What shares {key} disagrees on whether it is trained", key=spec.key),
            where=", ".join(dict.fromkeys((*users[:3], *spec.ids))),
            hint=tr("Set all of them to fixed or all to trained"),
            ids=tuple(users),
        )


def _sizes(shape: Shape) -> str:
    return " × ".join(map(str, shape))


_cache: list[tuple[Graph, Conventions, Derivatives, Plan]] = []
_OF_J = Derivatives()


def lower(graph: Graph, conventions: Conventions, asked: Derivatives = _OF_J) -> Plan:
    """The plan of a drawing; kept, and found again while drawing and conventions stay as they are.

    Parameters
    ----------
    graph : the drawing.
    conventions : how the loss is put together.
    asked : what is differentiated, and by what; J by the trained parameters unless told.

    Raises
    ------
    GraphError, ShapeError, ConfigError
        The first thing that keeps it from being computed. A network without a loss is lowered for prediction.
    """
    for entry in _cache:
        if (entry[0] is graph or entry[0] == graph) and entry[1:3] == (conventions, asked):
            return entry[3]
    with _collecting_nothing():
        plan = _lowered(graph, conventions, asked)
    _cache.insert(0, (graph, conventions, asked, plan))
    del _cache[_KEPT:]
    return plan


@contextmanager
def _collecting_nothing() -> Iterator[None]:
    """Without the collector of garbage: all that is made stays, and looking through it takes a fifth of the time."""
    collected = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collected:
            gc.enable()


def require_loss(plan: Plan) -> int:
    """The slot of J.

    Raises
    ------
    GraphError
        If the network has no loss, so that nothing can be differentiated or trained.
    """
    if plan.loss is None:
        raise GraphError(
            tr("The network has no loss"),
            expected=tr("a loss node that compares a prediction with a target"),
            hint=NO_LOSS,
        )
    return plan.loss


def require_slope(plan: Plan) -> None:
    """Refuse a network in which no trained parameter has a slope.

    Raises
    ------
    GraphError
        If there are trained parameters, and all their ways to J lead through a step.
    """
    steps = [instruction.node for instruction in plan.forward if instruction.operation == "step"]
    trained = [segment.slot for segment in plan.segments if segment.trained]
    if steps and trained and plan.loss is not None and not plan.gradients.keys() & set(trained):
        raise GraphError(
            tr("Nothing can be learnt through step"),
            where=", ".join(tr("node {id}", id=node) for node in steps[:3]),
            expected=tr("an activation that has a slope"),
            hint=tr("Take sigmoid instead, or learn by hand: a step jumps at 0 and is level elsewhere"),
            ids=tuple(dict.fromkeys(steps)),
        )


def _lowered(graph: Graph, conventions: Conventions, asked: Derivatives) -> Plan:
    known, errors = survey(graph)
    if errors:
        raise errors[0]
    parameter_specs(graph)  # refuses shared parameters that do not fit, before one is asked for
    graph = expanded(graph, known)
    builder = PlanBuilder()
    outputs: dict[str, int] = {}
    heads: list[tuple[int, float]] = []
    for node in ordered(graph):
        builder.for_node(owner(node.id))
        edges = graph.into(node.id)
        if kind_of(node).family == "loss":
            heads.append(_emit_loss(builder, node, [outputs[edge.source] for edge in edges], conventions))
            outputs[node.id] = heads[-1][0]
        else:
            emit = _EMITTERS.get(node.kind) or _EMITTERS[kind_of(node).family]
            outputs[node.id] = emit(builder, node, edges, outputs)
    loss = _total(builder, heads)
    _derive(builder, graph, asked, outputs, loss)
    return builder.finish(loss)


def _derive(builder: PlanBuilder, graph: Graph, asked: Derivatives, outputs: dict[str, int], loss: int | None) -> None:
    """The backward pass, forward mode, or both, as asked."""
    goal = loss if asked.of is None else emit_goal(builder, graph, asked.of, outputs)
    if goal is not None and (asked.twice or not asked.along):
        name = "J" if asked.of is None else asked.of.label(graph)
        inputs = asked.everything or asked.of is not None
        builder.differentiate(goal, name=name, inputs=inputs, fixed=asked.everything)
    if asked.along:
        name = asked.along[0] if len(asked.along) == 1 else "t"
        builder.advance(moving_slots(builder, graph, asked.along, outputs), name, twice=asked.twice)


def _emit_input(builder: PlanBuilder, node: Node, edges: tuple[Edge, ...], outputs: dict[str, int]) -> int:
    slot = builder.place("input", node.id, (units_of(node),), key=node.id)
    builder.mark(node.id, "a", slot)
    return slot


def _emit_neuron(builder: PlanBuilder, node: Node, edges: tuple[Edge, ...], outputs: dict[str, int]) -> int:
    units = units_of(node)
    sources = [outputs[edge.source] for edge in edges]
    shapes = [(builder.form(source).shape[0], units) for source in sources]
    wanted = [(edge.key, shape) for edge, shape in zip(edges, shapes, strict=True)]
    weights = builder.parameters(wanted, layer=node.id, kind="weight", trained=True)
    operands = [slot for pair in zip(sources, weights, strict=True) for slot in pair]
    bias = _bias(builder, node, units)
    z = builder.emit("weighted_sum", *operands, *bias, name=f"{node.id}.z", bias=bool(bias))
    return _activated(builder, node, z)


def _emit_conv2d(builder: PlanBuilder, node: Node, edges: tuple[Edge, ...], outputs: dict[str, int]) -> int:
    image, told = outputs[edges[0].source], options_of(node)
    shape = kernel_shape(node, builder.form(image).shape)
    kernel = builder.parameter(kernel_key(node), shape, layer=node.id, kind="weight", trained=True)
    operands = image, kernel, *_bias(builder, node, shape[0])
    bias, stride, padding = len(operands) == 3, int(told["stride"]), int(told["padding"])
    z = builder.emit("conv2d", *operands, name=f"{node.id}.z", bias=bias, stride=stride, padding=padding)
    return _activated(builder, node, z)


def _bias(builder: PlanBuilder, node: Node, units: int) -> list[int]:
    """The slot of the bias of a neuron, layer or convolution, if it has one."""
    mode = KINDS[node.kind].option(node, "bias")
    if mode == "none":
        return []
    return [builder.parameter(bias_key(node), (units,), layer=node.id, kind="bias", trained=mode == "trained")]


def _activated(builder: PlanBuilder, node: Node, z: int) -> int:
    a = builder.emit(str(KINDS[node.kind].option(node, "activation")), z, name=f"{node.id}.a")
    builder.mark(node.id, "z", z)
    builder.mark(node.id, "a", a)
    return a


def _emit_operation(builder: PlanBuilder, node: Node, edges: tuple[Edge, ...], outputs: dict[str, int]) -> int:
    operands = _met(builder, node, [outputs[edge.source] for edge in edges])
    name = f"{node.id}.a"
    if node.kind == "parameter":
        trained = _is_trained(node)
        value = builder.parameter(node.id, own_shape(node), layer=node.id, kind="weight", trained=trained)
        slot = builder.emit("every_row", value, name=name, silent=True)
    elif node.kind == "dropout":
        mask = builder.place("mask", f"{node.id}.mask", builder.form(operands[0]).shape, key=node.id)
        builder.mark(node.id, "mask", mask)
        slot = builder.emit(node.kind, *operands, mask, name=name)
    elif node.kind in ("sum", "mean"):
        slot = builder.emit(node.kind, _joined_slot(builder, operands, f"{node.id}.x"), name=name)
    elif node.kind in NORMALISED:
        slot = emit_normalisation(builder, node, operands[0])
    elif node.kind == "reshape":
        shape = form_out(node, [builder.form(operands[0]).shape])
        slot = builder.emit(node.kind, *operands, name=name, shape=shape_text(shape))
    elif node.kind == "select":
        start, stop = selected_range(node)
        slot = builder.emit(node.kind, *operands, name=name, start=start, stop=stop)
    else:
        slot = builder.emit(node.kind, *operands, name=name, silent=not operands, like=_told(node))
    builder.mark(node.id, "a", slot)
    return slot


def _met(builder: PlanBuilder, node: Node, operands: list[int]) -> list[int]:
    """What comes in, where an operation works unit by unit: a single unit is spread over the shape that it meets."""
    shapes = [builder.form(slot).shape for slot in operands]
    goal = next((shape for shape in shapes if shape != ONE_UNIT), ONE_UNIT)
    if not KINDS[node.kind].alike or goal == ONE_UNIT:
        return operands
    return [
        builder.emit("stretch", slot, name=f"{node.id}.{place}", silent=True, shape=shape_text(goal))
        if shape == ONE_UNIT
        else slot
        for place, (slot, shape) in enumerate(zip(operands, shapes, strict=True), 1)
    ]


def _told(node: Node) -> Instruction:
    """What a node's operation is told of its options, as an instruction that others can be like."""
    options = options_of(node)
    if node.kind in ("max_pool", "avg_pool"):
        return Instruction(node.kind, (), -1, options=tuple(zip(("size", "stride"), window_of(options), strict=True)))
    return Instruction(node.kind, (), -1, options=tuple((name, options[name]) for name in KINDS[node.kind].told))


def _emit_activation(builder: PlanBuilder, node: Node, edges: tuple[Edge, ...], outputs: dict[str, int]) -> int:
    z = _joined_slot(builder, [outputs[edge.source] for edge in edges], f"{node.id}.z")
    slot = builder.emit(node.kind, z, name=f"{node.id}.a", like=_told(node))
    builder.mark(node.id, "z", z)
    builder.mark(node.id, "a", slot)
    return slot


_Emit = Callable[[PlanBuilder, Node, tuple[Edge, ...], dict[str, int]], int]
_EMITTERS: dict[str, _Emit] = {
    "input": _emit_input,
    "conv2d": _emit_conv2d,
    "neuron": _emit_neuron,
    "operation": _emit_operation,
    "activation": _emit_activation,
}


def _joined_slot(builder: PlanBuilder, slots: list[int], name: str) -> int:
    return slots[0] if len(slots) == 1 else builder.emit("concatenate", *slots, name=name, silent=True)


def _emit_loss(builder: PlanBuilder, node: Node, predictions: list[int], conventions: Conventions) -> tuple[int, float]:
    """One head: terms, ℒ of each example, J; with its share in the total."""
    kind = KINDS[node.kind]
    prediction = _joined_slot(builder, predictions, f"{node.id}.ŷ")
    compared = [prediction]
    if kind.has_target:
        compared.append(_target(builder, node, prediction))
    name = f"{node.id}.terms"
    if node.kind == "squared_error":
        terms = builder.emit(node.kind, *compared, name=name, half=conventions.half)
    else:
        terms = builder.emit(node.kind, *compared, name=name, like=_told(node))
    mean = conventions.outputs == "mean" and node.kind not in ONE_ANSWER
    example = builder.emit("over_outputs", terms, name=f"{node.id}.ℒ", mean=mean)
    loss = builder.emit("over_examples", example, name=f"{node.id}.J", mean=conventions.examples == "mean")
    for role, slot in (("ŷ", prediction), ("terms", terms), ("example", example), ("loss", loss)):
        builder.mark(node.id, role, slot)
    return loss, float(kind.option(node, "weight"))


def _target(builder: PlanBuilder, node: Node, prediction: int) -> int:
    """The slot of the targets, as the loss reads them: a hinge reads 0 and 1 as −1 and 1."""
    target = builder.place("target", f"{node.id}.y", builder.form(prediction).shape, key=node.id)
    if node.kind == "hinge":
        target = builder.emit("signs", target, name=f"{node.id}.side", silent=True)
    builder.mark(node.id, "target", target)
    return target


def _total(builder: PlanBuilder, heads: list[tuple[int, float]]) -> int | None:
    """J of all heads: their weighted sum; a single head of weight 1 is J itself."""
    if not heads:
        return None
    weighted = [
        slot if weight == 1.0 else builder.emit("scale", slot, factor=weight, silent=True) for slot, weight in heads
    ]
    return weighted[0] if len(weighted) == 1 else builder.emit("add", *weighted, name="J", silent=True)
