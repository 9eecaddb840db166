"""How a normalisation becomes instructions, and which parameters and running statistics it calls for.

.. code-block:: text

    μ = mean of x      c = x − μ      σ² = mean of c²      s = √(σ² + ε)      x̂ = c / s      y = γ·x̂ + β

Batch normalisation takes each feature's mean over rows and positions, with one γ and one β a feature; in evaluation μ
and σ² are the running ones. Layer normalisation takes the mean over an example, with a γ and a β for each number of it.
Both are PyTorch's. Sources: Ioffe and Szegedy 2015; Ba, Kiros and Hinton 2016.
"""

from __future__ import annotations

from math import prod

from nnviz.engine.arrays import Shape
from nnviz.engine.builder import PlanBuilder
from nnviz.engine.plan import ParameterKind
from nnviz.graph import Graph, Node
from nnviz.lowering.kinds import KINDS
from nnviz.lowering.shapes import shapes

GAIN, SHIFT, MEAN, VARIANCE = ".gain", ".shift", ".mean", ".variance"
"""What the keys of parameters and statistics end with, after the id of their node."""
FIRST = {MEAN: 0.0, VARIANCE: 1.0}
"""What running statistics are before the first update, as in PyTorch."""


def over_of(node: Node) -> str:
    """What its means are over, as :func:`nnviz.engine.operations.normalising.reduce` is told."""
    return "rows" if node.kind == "batch_norm" else "units"


def affine_of(node: Node) -> str:
    """Whether γ and β are trained, fixed, or left out (none)."""
    return str(KINDS[node.kind].option(node, "affine"))


def affine_shapes(node: Node, shape: Shape) -> dict[str, tuple[ParameterKind, Shape]]:
    """Kind and shape of γ and β by their keys, for examples of a shape; nothing where they are left out."""
    if affine_of(node) == "none":
        return {}
    own = shape[:1] if over_of(node) == "rows" else shape
    return {node.id + GAIN: ("gain", own), node.id + SHIFT: ("bias", own)}


def statistic_shapes(graph: Graph) -> dict[str, Shape]:
    """The shape of every running statistic that a drawing calls for, by key, as far as shapes are known."""
    keeping = [node for node in graph.nodes if node.kind == "batch_norm"]
    known = shapes(graph) if keeping else {}
    return {node.id + ending: known[node.id][:1] for node in keeping if node.id in known for ending in (MEAN, VARIANCE)}


def emit_normalisation(builder: PlanBuilder, node: Node, x: int) -> int:
    """Emit a normalisation of the slot ``x``; gives the slot of its result."""
    centred, variance = _emit_moments(builder, node, x)
    epsilon = float(KINDS[node.kind].option(node, "epsilon"))
    added = builder.emit("offset", variance, silent=True, amount=epsilon)
    root = builder.emit("sqrt", added, name=f"{node.id}.s", silent=True)
    spread = builder.emit("spread", root, x, silent=True, over=over_of(node), mean=False)
    plain = affine_of(node) == "none"
    name = f"{node.id}.{'a' if plain else 'x̂'}"
    normalised = builder.emit("divide", centred, spread, name=name, silent=not plain)
    builder.mark(node.id, "root", root)
    builder.mark(node.id, "normalised", normalised)
    return normalised if plain else _emit_affine(builder, node, normalised)


def _emit_moments(builder: PlanBuilder, node: Node, x: int) -> tuple[int, int]:
    """c = x − μ, and σ²."""
    mean = _mean_of(builder, node, x, "mean")
    around = builder.emit("spread", mean, x, silent=True, over=over_of(node), mean=False)
    centred = builder.emit("subtract", x, around, name=f"{node.id}.c", silent=True)
    variance = _mean_of(builder, node, builder.emit("square", centred, silent=True), "variance")
    for role, slot in (("mean", mean), ("centred", centred), ("variance", variance)):
        builder.mark(node.id, role, slot)
    return centred, variance


def _mean_of(builder: PlanBuilder, node: Node, slot: int, role: str) -> int:
    """The mean of a slot, or of a batch normalisation in evaluation the running statistic in its place."""
    over, shape = over_of(node), builder.form(slot).shape
    batch = builder.emit("reduce", slot, name=f"{node.id}.{role}", silent=True, over=over, mean=True)
    if over == "units":
        return batch
    corrected = role == "variance"
    return builder.by_mode(
        f"{node.id}.{role}",
        batch,
        first=FIRST[f".{role}"],
        momentum=float(KINDS[node.kind].option(node, "momentum")),
        positions=prod(shape[1:]),
        corrected=corrected,
    )


def _emit_affine(builder: PlanBuilder, node: Node, normalised: int) -> int:
    """γ·x̂ + β."""
    trained = affine_of(node) == "trained"
    gain, shift = (
        _for_all(builder, node, builder.parameter(key, shape, layer=node.id, kind=kind, trained=trained), normalised)
        for key, (kind, shape) in affine_shapes(node, builder.form(normalised).shape).items()
    )
    product = builder.emit("multiply", normalised, gain, silent=True)
    return builder.emit("add", product, shift, name=f"{node.id}.a")


def _for_all(builder: PlanBuilder, node: Node, parameter: int, like: int) -> int:
    if over_of(node) == "units":
        return builder.emit("every_row", parameter, silent=True)
    return builder.emit("spread", parameter, like, silent=True, over="rows", mean=False)
