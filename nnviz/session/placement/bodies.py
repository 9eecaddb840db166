"""What nodes are drawn as, and how large: circles where rows leave room for them, long bodies where not, boxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from nnviz.session.diagram import Diagram, DiagramNode
from nnviz.session.placement import blocks
from nnviz.session.placement.blocks import BRIEF, Line, Setter
from nnviz.session.placement.grid import CAPTION_GAP, Area, Column
from nnviz.session.placement.maps import maps_width, with_maps
from nnviz.session.placement.values import Block

ALIKE = 0.86
"""Circles that would differ by less than this are made equal."""
SMALLER = 0.8
"""Least size of a circle as a share of the largest: an input needs less room than a neuron with all its numbers."""


@dataclass(frozen=True, slots=True)
class Bodies:
    """All blocks that belong to nodes, by node: its body, its captions, its plates."""

    nodes: Mapping[str, Block]
    captions: Mapping[str, Block]
    plates: Mapping[str, list[Block]]

    def caption_height(self) -> float:
        """Room that the tallest caption needs on one side of its body."""
        return _caption_height(self.captions)

    def breadth(self, column: Column) -> float:
        """The breadth of a column."""
        widths = [self.nodes[node.id].width for node in column.nodes]
        widths += [plate.width for node in column.plates for plate in self.plates[node.id]]
        return max(widths, default=0.0)


def made_bodies(setter: Setter, diagram: Diagram, layers: Mapping[float, Column], area: Area) -> Bodies | None:
    """All blocks of a diagram's nodes; None if the rows of a column have no room for them."""
    draft = setter.once("draft", diagram, lambda: _draft(setter, diagram, layers))
    caption = _caption_height(draft.captions)
    neurons = _neurons(
        setter, draft.groups, [_height_limit(setter, group.rows, caption, area) for group in draft.groups]
    )
    if neurons is None:
        return None
    return Bodies(_widened(layers, draft.boxes | neurons, draft.plates), draft.captions, draft.plates)


@dataclass(frozen=True, slots=True)
class _Draft:
    """What is the same however much room there is: all blocks but those of neurons, and the lines of these."""

    boxes: dict[str, Block]
    captions: dict[str, Block]
    plates: dict[str, list[Block]]
    groups: list[_Group]


def _draft(setter: Setter, diagram: Diagram, layers: Mapping[float, Column]) -> _Draft:
    groups: list[_Group] = []
    for column in layers.values():
        neurons = [node for node in column.nodes if node.shape == "neuron"]
        if neurons:
            stacks = [blocks.node_lines(setter, node) for node in neurons]
            groups.append(_Group(neurons, stacks, _need(setter, stacks), len(column.nodes)))
    return _Draft(
        {node.id: box(setter, node) for node in diagram.nodes if node.shape != "neuron"},
        {node.id: blocks.caption_block(setter, node.captions) for node in diagram.nodes if _shown(setter, node)},
        {node.id: [blocks.node_plate(setter, each) for each in node.plates] for node in diagram.nodes},
        groups,
    )


# ------------------------------------------------------------------------------------------------- neurons
@dataclass(frozen=True, slots=True)
class _Group:
    """The neurons of one column, their lines, the radius that holds these, and how many rows the column has."""

    nodes: list[DiagramNode]
    stacks: list[list[Line]]
    need: float
    rows: int


def _neurons(setter: Setter, groups: Sequence[_Group], limits: Sequence[float]) -> dict[str, Block] | None:
    """All neurons as circles, or all as long bodies: those of a column alike, all columns of about one size.

    None if the rows, with bodies no higher than ``limits``, leave no room for what the rung asks for.
    """
    largest = max((group.need for group in groups), default=0.0)
    least = 0.0 if setter.rung.snug else SMALLER * largest
    needs = [largest if group.need > ALIKE * largest else max(group.need, least) for group in groups]
    circles = all(2 * need <= limit for need, limit in zip(needs, limits, strict=True))
    made: dict[str, Block] = {}
    for need, limit, group in zip(needs, limits, groups, strict=True):
        if circles and setter.rung.body != "long":
            shaped: list[Block] | None = _circles(setter, group.stacks, need)
        elif setter.rung.body == "circle":
            shaped = None
        elif setter.rung.brief == len(BRIEF) - 1:
            shaped = _circles(setter, group.stacks, min(need, limit / 2))
        else:
            shaped = _long(setter, group.stacks, limit)
        if shaped is None:
            return None
        made |= {node.id: block for node, block in zip(group.nodes, shaped, strict=True)}
    return made


def _pad(setter: Setter) -> float:
    """Space between the type in a neuron and its rim."""
    return 5.0 if setter.rung.snug else 12.0


def _need(setter: Setter, stacks: Sequence[list[Line]]) -> float:
    """Radius of the circle that holds any one of some stacks of lines."""
    return max(blocks.circle_for(blocks.extents(setter, stack), _pad(setter))[0] for stack in stacks)


def _circles(setter: Setter, stacks: Sequence[list[Line]], radius: float) -> list[Block]:
    radius = max(radius, 1.0 if setter.rung.brief == len(BRIEF) - 1 else 14.0)
    return [blocks.circle(setter, stack, radius, _pad(setter)) for stack in stacks]


def _long(setter: Setter, stacks: Sequence[list[Line]], limit: float) -> list[Block] | None:
    """Rounded bodies, hardly higher than their lines, where the rows leave no room for circles."""
    snug = setter.rung.snug
    least = max(blocks.stack_height(stack) for stack in stacks) + (6.0 if snug else 16.0)
    if least > limit:
        return None
    height = min(limit, least * (1.04 if snug else 1.12))
    radius = height * (0.24 if snug else 0.36)
    pad = _pad(setter) + 2.0
    width = max(blocks.rounded(setter, stack, height, radius, pad).width for stack in stacks)
    return [blocks.rounded(setter, stack, height, radius, pad, max(width, height)) for stack in stacks]


# ------------------------------------------------------------------------------------------------- boxes
def box(setter: Setter, node: DiagramNode) -> Block:
    """The body of a layer, an operation or a loss."""
    tight = 0.6 if setter.rung.snug else 1.0
    stack = blocks.node_lines(setter, node, maps_width(setter, node))
    if node.shape == "operation":
        radius = max((0.72 * line.size for line in stack), default=20.0)
        if all(line.role == "operation" and line.width < 1.3 * radius for line in stack):
            return blocks.circle(setter, stack, radius, 0.0)
        height = blocks.stack_height(stack) + 24.0 * tight
        return blocks.rounded(setter, stack, height, 0.4 * height, 12.0 * tight, height)
    if node.shape == "loss":
        block = blocks.plain_block(
            setter, stack, max(34.0 * tight**2, 20.0), 26.0 * tight, 1.6 * setter.style.box_radius
        )
        return replace(block, width=max(block.width, block.height * 1.15))
    pad_x, pad_y = 30.0 * tight, 18.0 * tight
    block = blocks.plain_block(setter, stack, pad_x, pad_y, setter.style.box_radius)
    return with_maps(setter, node, block, pad_x, pad_y)


def _widened(
    layers: Mapping[float, Column], nodes: Mapping[str, Block], plates: Mapping[str, list[Block]]
) -> dict[str, Block]:
    """Losses as broad as the plates above and below them, so that no edge on its way to a loss passes under a plate."""
    made = dict(nodes)
    for column in layers.values():
        broad = max((plate.width for node in column.plates for plate in plates[node.id]), default=0.0)
        for node in column.nodes:
            if node.shape == "loss" and made[node.id].width < broad:
                made[node.id] = replace(made[node.id], width=broad)
    return made


# ------------------------------------------------------------------------------------------------- room
def _height_limit(setter: Setter, count: int, caption: float, area: Area) -> float:
    """The greatest height of bodies with which ``count`` of them still stand one under the other."""
    between = row_gap(setter) + (caption if count > 2 else 0.0)
    return (area.height - 2 * caption - (count - 1) * between) / count


def _caption_height(captions: Mapping[str, Block]) -> float:
    return max((block.height + CAPTION_GAP for block in captions.values()), default=0.0)


def row_gap(setter: Setter) -> float:
    """Least space between two rows."""
    return 6.0 if setter.rung.level < -0.8 else 10.0 if setter.rung.snug else 22.0


def _shown(setter: Setter, node: DiagramNode) -> bool:
    """Whether the captions of a node are shown: a bias goes before the name and the value of a neuron do."""
    return bool(node.captions) and (setter.rung.brief < 2 or node.shape != "neuron")
