"""What a picture of a network shows, before anything has a place: nodes, edges and the labels on them.

A diagram is made from annotations (:mod:`nnviz.session.annotations`) and turned into a
:class:`~nnviz.session.picture.Picture` by :mod:`nnviz.session.placement`. Its texts are final: symbols, digits and
signs are decided before, so that a placement moves type and never touches a number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from nnviz.words import tr

Role = Literal[
    "name",
    "value",
    "preactivation",
    "delta",
    "bias",
    "weight",
    "gradient",
    "shape",
    "norm",
    "target",
    "loss_term",
    "operation",
    "note",
]
Shape = Literal["neuron", "layer", "operation", "loss"]


@dataclass(frozen=True, slots=True)
class Label:
    """One line of text on a node, an edge or a plate, and what it tells (its role decides its look).

    ``room`` is a text as wide as this one will become, where it is kept free from the beginning.
    """

    role: Role
    text: str
    negative: bool = False
    room: str = ""


@dataclass(frozen=True, slots=True)
class Heat:
    """A heat map: levels of a colour map line by line, a byte each; none while its numbers are not known."""

    rows: int
    columns: int
    levels: bytes = b""


@dataclass(frozen=True, slots=True)
class Heats:
    """The first ``maps`` of ``total``, side by side: channels of an image, or kernels, whose levels diverge."""

    role: Literal["image", "kernel"]
    maps: tuple[Heat, ...]
    total: int

    @property
    def rest(self) -> Label:
        """What stands behind them where they are not all."""
        return Label("note", tr("… of {total}", total=self.total))


@dataclass(frozen=True, slots=True)
class DiagramNode:
    """A node: the labels and heat maps inside it, the captions above it and the plates (each some lines) beside it.

    ``column`` counts from the left, ``row`` orders the nodes of a column from the top. ``position`` is the place
    the user gave it (pixels at 100 %), or None where the automatic layout decides. ``faded`` is for what is not part
    of the current step.
    """

    id: str
    shape: Shape
    column: int
    row: int
    inside: tuple[Label, ...]
    captions: tuple[Label, ...] = ()
    plates: tuple[tuple[Label, ...], ...] = ()
    position: tuple[float, float] | None = None
    faded: bool = False
    heats: tuple[Heats, ...] = ()

    @property
    def lines(self) -> tuple[Label, ...]:
        """The labels inside, then one for each row of heat maps, shown where there are more of them."""
        return (*self.inside, *(heats.rest for heats in self.heats))


@dataclass(frozen=True, slots=True)
class DiagramEdge:
    """An edge: ``strength`` is its weight (sign and magnitude decide colour, dashes and thickness), None without one.

    ``labels`` stand on one plate: first the weight's line, then the gradient's. ``layer`` marks an edge that carries a
    whole matrix, whose labels are its shape and norms.
    """

    id: str
    source: str
    target: str
    strength: float | None = None
    labels: tuple[Label, ...] = ()
    layer: bool = False
    faded: bool = False


@dataclass(frozen=True, slots=True)
class Diagram:
    """A network ready to be placed: nodes, edges, headings by column, legend rows, small print and step text.

    ``legend`` is drawn as the sample plate of an edge: its labels are (what stands for a weight, what for a gradient).
    ``step`` are the lines that explain the current step of a walkthrough (title first, then formula with symbols,
    then with numbers); an empty tuple leaves no room for them unless ``reserve_step`` is set, which keeps the frame of
    all steps of one walkthrough equal.
    """

    nodes: tuple[DiagramNode, ...]
    edges: tuple[DiagramEdge, ...]
    headings: tuple[tuple[int, str], ...] = ()
    legend: tuple[Label, ...] = ()
    small_print: tuple[str, ...] = ()
    step: tuple[str, ...] = ()
    reserve_step: bool = False
    phase: Literal["", "forward", "loss", "backward", "update"] = ""
    title: str = ""
    priority: tuple[str, ...] = field(default=())
    """Edges whose labels are kept first when not all fit: selection, hovered neuron, largest; may be empty."""
