"""Where nodes stand: one column a layer, rows spread evenly, plates of targets beside the outputs in the loss's column.

The widths of the gaps follow from the plates that must find room in them. A rung on which the bodies do not fit the
area gives None, and the next, tighter one is tried.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nnviz.session.diagram import Diagram, DiagramNode
from nnviz.session.placement import blocks
from nnviz.session.placement.blocks import Line, Setter
from nnviz.session.placement.geometry import overlapping, rows, stacked
from nnviz.session.placement.values import Block, PlacedNode, Standing

ARROW = 24.0
"""Length of the arrowhead of a thin edge; thick ones have longer ones."""


@dataclass(frozen=True, slots=True)
class Area:
    """The part of the frame that belongs to the network."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Breadth."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Height."""
        return self.bottom - self.top


@dataclass(slots=True)
class Column:
    """Nodes of one layer from the top, and the plates (by the node they belong to) that stand among them."""

    nodes: list[DiagramNode]
    plates: list[DiagramNode]


def columns_of(diagram: Diagram) -> dict[float, Column]:
    """The columns from the left; plates go to the column of the loss their node feeds, else to one of their own."""
    made: dict[float, Column] = {}
    for node in sorted(diagram.nodes, key=lambda node: (node.column, node.row, node.id)):
        made.setdefault(float(node.column), Column([], [])).nodes.append(node)
    losses = {node.id: node.column for node in diagram.nodes if node.shape == "loss"}
    for node in [node for column in list(made.values()) for node in column.nodes if node.plates]:
        fed = [losses[edge.target] for edge in diagram.edges if edge.source == node.id and edge.target in losses]
        right = [column for column in fed if column > node.column]
        home = float(min(right)) if right else node.column + 0.5
        made.setdefault(home, Column([], [])).plates.append(node)
    return dict(sorted(made.items()))


def arrange(diagram: Diagram, setter: Setter, area: Area, spread: float, extra: Mapping[int, float]) -> list[PlacedNode] | None:
    """Place all nodes of ``diagram`` in ``area``; None if they do not fit on this rung.

    ``spread`` is how much wider than those of the fullest column the rows of other columns may be set, ``extra`` width wanted in a gap (by the number of the column before it) beyond what its plates seem to need.
    """
    layers = columns_of(diagram)
    bodies = _bodies(setter, layers, area)
    if bodies is None:
        return None
    captions = {node.id: blocks.caption_block(setter, node.captions) for node in diagram.nodes if _captions(setter, node)}
    plates = {node.id: [blocks.node_plate(setter, plate) for plate in node.plates] for node in diagram.nodes if node.plates}
    bodies = _widened_losses(layers, bodies, plates)
    heights = _rows(setter, diagram, layers, bodies, captions, plates, area, spread)
    if heights is None:
        return None
    across = _across(setter, diagram, layers, bodies, captions, plates, heights, area, extra)
    if across is None:
        return None
    return _standing(layers, bodies, captions, plates, heights, across)


# ------------------------------------------------------------------------------------------------- bodies
def _bodies(setter: Setter, layers: Mapping[float, Column], area: Area) -> dict[str, Block] | None:
    """The body of each node; the neurons of a column are alike, and those of all columns of about one size."""
    made: dict[str, Block] = {}
    groups: list[tuple[list[DiagramNode], list[list[Line]], float]] = []
    for column in layers.values():
        neurons = [node for node in column.nodes if node.shape == "neuron"]
        if neurons:
            groups.append((neurons, [blocks.node_lines(setter, node) for node in neurons], height_limit(setter, column.nodes, area)))
        made |= {node.id: _box(setter, node, blocks.node_lines(setter, node)) for node in column.nodes if node.shape != "neuron"}
    needs = [_need(setter, stacks) for _, stacks, _ in groups]
    largest = max(needs, default=0.0)
    needs = [largest if need > ALIKE * largest else max(need, 0.0 if setter.rung.snug else SMALLER * largest) for need in needs]
    circles = all(2 * need <= limit for need, (_, _, limit) in zip(needs, groups, strict=True))
    if setter.rung.body == "long" or (not circles and setter.rung.brief < len(blocks.BRIEF) - 1):
        if setter.rung.body == "circle":
            return None
        shaped = [_long(setter, stacks, limit) for _, stacks, limit in groups]
    else:
        shaped = [_circles(setter, stacks, min(need, limit / 2)) for need, (_, stacks, limit) in zip(needs, groups, strict=True)]
    for (neurons, _, _), bodies in zip(groups, shaped, strict=True):
        if bodies is None:
            return None
        made |= {node.id: block for node, block in zip(neurons, bodies, strict=True)}
    return made


ALIKE = 0.86
"""Circles that would differ by less than this are made equal."""
SMALLER = 0.8
"""Least size of a circle as a share of the largest: an input needs less room than a neuron with all its numbers."""


def _pad(setter: Setter) -> float:
    """Space between the type in a neuron and its rim."""
    return 5.0 if setter.rung.snug else 12.0


def _need(setter: Setter, stacks: Sequence[list[Line]]) -> float:
    """Radius of the circle that holds any one of some stacks of lines."""
    return max(blocks.circle_for(blocks.extents(setter, stack), _pad(setter))[0] for stack in stacks)


def height_limit(setter: Setter, nodes: Sequence[DiagramNode], area: Area) -> float:
    """The greatest height of bodies with which the nodes of a column still stand one under the other."""
    count = max(len(nodes), 1)
    caption = _caption_height(setter, nodes)
    outer = caption * min(count, 2)
    between = row_gap(setter) + (caption if count > 2 else 0.0)
    return (area.height - outer - (count - 1) * between) / count


def row_gap(setter: Setter) -> float:
    """Least space between two rows."""
    return 6.0 if setter.rung.level < -0.8 else 10.0 if setter.rung.snug else 22.0


def _captions(setter: Setter, node: DiagramNode) -> bool:
    """Whether the captions of a node are shown: a bias goes before the name and the value of a neuron do."""
    return bool(node.captions) and (setter.rung.brief < 2 or node.shape != "neuron")


def _caption_height(setter: Setter, nodes: Sequence[DiagramNode]) -> float:
    found = [blocks.caption_block(setter, node.captions).height for node in nodes if _captions(setter, node)]
    return max(found, default=0.0) + (CAPTION_GAP if found else 0.0)


CAPTION_GAP = 5.0


def _circles(setter: Setter, stacks: Sequence[list[Line]], radius: float) -> list[Block] | None:
    radius = max(radius, min(14.0, setter.style.smallest))
    return [blocks.circle(setter, stack, radius, _pad(setter)) for stack in stacks]


def _long(setter: Setter, stacks: Sequence[list[Line]], limit: float) -> list[Block] | None:
    """Rounded bodies, hardly higher than their lines, where the rows leave no room for circles."""
    snug = setter.rung.snug
    least = max(blocks.stack_height(setter, stack) for stack in stacks) + (6.0 if snug else 16.0)
    if least > limit:
        return None
    height = min(limit, least * (1.04 if snug else 1.12))
    radius = height * (0.24 if snug else 0.36)
    pad = _pad(setter) + 2.0
    width = max(blocks.rounded(setter, stack, height, radius, pad).width for stack in stacks)
    return [blocks.rounded(setter, stack, height, radius, pad, max(width, height)) for stack in stacks]


def _box(setter: Setter, node: DiagramNode, stack: list[Line]) -> Block:
    """The body of a layer, an operation or a loss."""
    tight = 0.6 if setter.rung.snug else 1.0
    if node.shape == "operation":
        if len(stack) <= 1 and all(line.role == "operation" for line in stack):
            radius = max((0.72 * line.size for line in stack), default=20.0)
            return blocks.circle(setter, stack, radius, 0.0)
        height = blocks.stack_height(setter, stack) + 24.0 * tight
        return blocks.rounded(setter, stack, height, 0.4 * height, 12.0 * tight, height)
    if node.shape == "loss":
        block = blocks.plain_block(setter, stack, max(34.0 * tight**2, 20.0), 26.0 * tight, 1.6 * setter.style.box_radius)
        return replace(block, width=max(block.width, block.height * 1.15))
    return blocks.plain_block(setter, stack, 30.0 * tight, 18.0 * tight, setter.style.box_radius)


def _widened_losses(
    layers: Mapping[float, Column], bodies: dict[str, Block], plates: Mapping[str, list[Block]]
) -> dict[str, Block]:
    """Losses as broad as the plates above and below them, so that no edge on its way to a loss passes under a plate."""
    made = dict(bodies)
    for column in layers.values():
        broad = max((plate.width for node in column.plates for plate in plates[node.id]), default=0.0)
        for node in column.nodes:
            if node.shape == "loss" and made[node.id].width < broad:
                made[node.id] = replace(made[node.id], width=broad)
    return made


# ------------------------------------------------------------------------------------------------- rows
@dataclass(frozen=True, slots=True)
class Heights:
    """The y of every node and of every plate of a node."""

    nodes: dict[str, float]
    plates: dict[str, list[float]]
    above: dict[str, bool]


def _rows(
    setter: Setter,
    diagram: Diagram,
    layers: Mapping[float, Column],
    bodies: Mapping[str, Block],
    captions: Mapping[str, Block],
    plates: Mapping[str, list[Block]],
    area: Area,
    spread: float,
) -> Heights | None:
    """Spread each column's nodes; columns that also hold plates are stacked after the others are known."""
    made = Heights({}, {}, {})
    longest = max((len(column.nodes) for column in layers.values() if not column.plates), default=1)
    widest_pitch = _pitch(setter, layers, bodies, captions, area, longest)
    for column in layers.values():
        if not column.plates:
            _spread(column.nodes, bodies, captions, area, spread * widest_pitch, made)
    for column in layers.values():
        if column.plates and not _stack_with_plates(setter, diagram, column, bodies, plates, area, made):
            return None
    return made


def _span(nodes: Sequence[DiagramNode], bodies: Mapping[str, Block], captions: Mapping[str, Block], area: Area) -> float:
    """Distance from the first to the last centre of a column that fills the area."""
    caption = max((caption.height + CAPTION_GAP for caption in captions.values()), default=0.0)
    height = max((block.height for block in bodies.values()), default=0.0)
    return area.height - height - 2 * caption


def _pitch(
    setter: Setter, layers: Mapping[float, Column], bodies: Mapping[str, Block], captions: Mapping[str, Block], area: Area, longest: int
) -> float:
    """Distance of rows in the fullest columns: what the area gives, but no more than reads as one network."""
    if longest < 2:
        return area.height
    full = [column for column in layers.values() if len(column.nodes) == longest and not column.plates]
    given = min(_span(column.nodes, bodies, captions, area) for column in full) / (longest - 1)
    tallest = max(bodies[node.id].height for column in full for node in column.nodes)
    return min(given, max(2.15 * tallest, 300.0))


def _spread(
    nodes: Sequence[DiagramNode],
    bodies: Mapping[str, Block],
    captions: Mapping[str, Block],
    area: Area,
    most: float,
    made: Heights,
) -> None:
    count = len(nodes)
    own = _span(nodes, bodies, captions, area) / (count - 1) if count > 1 else 0.0
    step = min(own, most)
    centre = (area.top + area.bottom) / 2
    for index, node in enumerate(nodes):
        made.nodes[node.id] = centre + (index - (count - 1) / 2) * step
        made.above[node.id] = index < count / 2


def _stack_with_plates(
    setter: Setter,
    diagram: Diagram,
    column: Column,
    bodies: Mapping[str, Block],
    plates: Mapping[str, list[Block]],
    area: Area,
    made: Heights,
) -> bool:
    """Stack losses and plates: losses amid their sources, each plate level with its node or as near as there is room."""
    sources: dict[str, list[str]] = {}
    for edge in diagram.edges:
        sources.setdefault(edge.target, []).append(edge.source)
    centre = (area.top + area.bottom) / 2
    items: list[tuple[float, int, float, float, str, int]] = []
    for node in column.nodes:
        known = [made.nodes[source] for source in sources.get(node.id, []) if source in made.nodes]
        wish = (min(known) + max(known)) / 2 if known else centre
        items.append((wish, 1, bodies[node.id].height, 1000.0, node.id, -1))
    for node in column.plates:
        for index, plate in enumerate(plates[node.id]):
            items.append((made.nodes[node.id], 0, plate.height, 1.0, node.id, index))
    items.sort(key=lambda item: (round(item[0], 3), item[1]))
    gap = 12.0 if setter.rung.snug else 26.0
    if sum(item[2] for item in items) + gap * (len(items) - 1) > area.height:
        return False
    ys = stacked([item[0] for item in items], [item[2] for item in items], [item[3] for item in items], gap)
    ys = _pulled_in(ys, [item[2] for item in items], gap, area)
    for (_, _, _, _, id, index), y in zip(items, ys, strict=True):
        if index < 0:
            made.nodes[id] = y
            made.above[id] = True
        else:
            made.plates.setdefault(id, []).append(y)
    return True


def _pulled_in(ys: list[float], heights: list[float], gap: float, area: Area) -> list[float]:
    """Push what hangs over the top or the bottom back into the area, and its neighbours with it."""
    pulled, floor = list(ys), area.top
    for index, height in enumerate(heights):
        pulled[index] = max(pulled[index], floor + height / 2)
        floor = pulled[index] + height / 2 + gap
    ceiling = area.bottom
    for index in reversed(range(len(heights))):
        pulled[index] = min(pulled[index], ceiling - heights[index] / 2)
        ceiling = pulled[index] - heights[index] / 2 - gap
    return pulled


# ------------------------------------------------------------------------------------------------- columns
def _across(
    setter: Setter,
    diagram: Diagram,
    layers: Mapping[float, Column],
    bodies: Mapping[str, Block],
    captions: Mapping[str, Block],
    plates: Mapping[str, list[Block]],
    heights: Heights,
    area: Area,
    extra: Mapping[int, float],
) -> dict[float, float] | None:
    """The centre of every column; None if columns and what stands between them are too broad."""
    keys = list(layers)
    broad = [_breadth(layers[key], bodies, plates) for key in keys]
    needs = [(need + extra.get(gap, 0.0), most + extra.get(gap, 0.0)) for gap, (need, most) in enumerate(_gaps(setter, diagram, keys, heights))]
    overhang = [_overhang(setter, diagram, layers, keys, index, broad[index], captions) for index in (0, -1)] if keys else [0.0, 0.0]
    slack = area.width - sum(broad) - sum(need for need, _ in needs) - sum(overhang)
    give = 0.15 * sum(need for need, _ in needs) if setter.rung.snug else 0.0
    if slack < -give:
        return None
    gaps = _shared(needs, slack)
    spare = area.width - sum(broad) - sum(gaps) - sum(overhang)
    x = area.left + overhang[0] + max(spare, 0.0) / 2
    centres = {}
    for index, key in enumerate(keys):
        centres[key] = x + broad[index] / 2
        x += broad[index] + (gaps[index] if index < len(gaps) else 0.0)
    return centres


def _breadth(column: Column, bodies: Mapping[str, Block], plates: Mapping[str, list[Block]]) -> float:
    widths = [bodies[node.id].width for node in column.nodes]
    widths += [plate.width for node in column.plates for plate in plates[node.id]]
    return max(widths, default=0.0)


def _overhang(
    setter: Setter, diagram: Diagram, layers: Mapping[float, Column], keys: list[float], index: int, broad: float, captions: Mapping[str, Block]
) -> float:
    """How far captions and the heading of an outer column reach beyond its bodies."""
    widths = [captions[node.id].width for node in layers[keys[index]].nodes if node.id in captions]
    size = setter.size("heading")
    widths += [setter.width("heading", text, size) for column, text in diagram.headings if column == keys[index]]
    return max(max(widths, default=0.0) - broad, 0.0) / 2


def _gaps(setter: Setter, diagram: Diagram, keys: list[float], heights: Heights) -> list[tuple[float, float]]:
    """(least breadth, most breadth) of the gap after each column but the last."""
    home = {node.id: keys.index(float(node.column)) for node in diagram.nodes}
    loads: dict[int, list[Block]] = {}
    ends: dict[int, list[float]] = {}
    for edge in diagram.edges:
        if home[edge.target] > home[edge.source]:
            gap = home[edge.target] - 1
            if edge.labels:
                loads.setdefault(gap, []).append(blocks.edge_plates(setter, edge)[-1])
            ends.setdefault(gap, []).extend((heights.nodes[edge.source], heights.nodes[edge.target]))
    return [_gap(setter, loads.get(index, []), ends.get(index, [])) for index in range(len(keys) - 1)]


def _gap(setter: Setter, plates: Sequence[Block], ends: Sequence[float]) -> tuple[float, float]:
    rung = setter.rung
    if not plates:
        few = len(ends) <= 6
        return (56.0 if rung.snug else 100.0) if few else 130.0, 190.0 if few else 460.0
    if rung.dropping and rung.wrapped:
        return 64.0, 2000.0
    tallest, broadest = max(plate.height for plate in plates), max(plate.width for plate in plates)
    room = max(ends) - min(ends) + tallest
    rails = sum(plate.height + setter.gap for plate in plates) / (0.8 * room)
    rails = 1.0 if rails <= 1.0 else 1.0 if rung.dropping else rails
    need = rails * (broadest + setter.gap) + ARROW + (2 * setter.gap + 12.0 if rung.snug else 76.0)
    return need, 1.5 * need + (2000.0 if rung.dropping else 80.0)


def _shared(needs: Sequence[tuple[float, float]], slack: float) -> list[float]:
    """Give every gap its part of the spare width, up to its most; take from all alike if there is too little."""
    total = sum(need for need, _ in needs)
    if slack <= 0 or not needs:
        return [need * (1 + slack / total) for need, _ in needs] if total else []
    share = min(slack / sum(most - need for need, most in needs), 1.0)
    return [need + share * (most - need) for need, most in needs]


# ------------------------------------------------------------------------------------------------- standing
def _standing(
    layers: Mapping[float, Column],
    bodies: Mapping[str, Block],
    captions: Mapping[str, Block],
    plates: Mapping[str, list[Block]],
    heights: Heights,
    across: Mapping[float, float],
) -> list[PlacedNode]:
    beside = {node.id: across[key] for key, column in layers.items() for node in column.plates}
    made = []
    for key, column in layers.items():
        for node in column.nodes:
            body = Standing(bodies[node.id], across[key], heights.nodes[node.id])
            caption = _captioned(body, captions.get(node.id), heights.above[node.id])
            blocks_ = plates.get(node.id, [])
            stood = tuple(Standing(block, beside[node.id], y) for block, y in zip(blocks_, heights.plates.get(node.id, []), strict=True))
            made.append(PlacedNode(node.id, node.shape, node.column, body, caption, stood))
    return made


def _captioned(body: Standing, caption: Block | None, above: bool) -> Standing | None:
    if caption is None:
        return None
    reach = (body.block.height + caption.height) / 2 + CAPTION_GAP
    return Standing(caption, body.x, body.y - reach if above else body.y + reach)


def moved(nodes: Sequence[PlacedNode], diagram: Diagram, area: Area) -> list[PlacedNode]:
    """Put nodes where the user has them, the whole scaled alike in x and y to fill the area.

    Nodes without a place of their own keep the automatic one, read as a place at 100 %.
    """
    wished = {node.id: node.position for node in diagram.nodes}
    if all(position is None for position in wished.values()):
        return list(nodes)
    nodes = [_close(node) for node in nodes]
    places = np.array([wished[node.id] or (node.body.x, node.body.y) for node in nodes])
    low, high = places.min(axis=0), places.max(axis=0)
    reach = np.array([_reach(node) for node in nodes])
    box_low, box_high = np.array([area.left, area.top]), np.array([area.right, area.bottom])
    scale = _scale(places, reach, box_high - box_low)
    offset = (box_low + box_high) / 2 - scale * (low + high) / 2
    at = scale * places + offset
    under = (at - reach[:, :2]).min(axis=0), (at + reach[:, 2:]).max(axis=0)
    at += (box_low + box_high) / 2 - (under[0] + under[1]) / 2
    return [_shifted(node, x - node.body.x, y - node.body.y) for node, (x, y) in zip(nodes, at.tolist(), strict=True)]


def _close(node: PlacedNode) -> PlacedNode:
    """A node with its plates right beside it instead of in the loss's column."""
    body = node.body
    reach = [(body.block.width + plate.block.width) / 2 + 18.0 for plate in node.plates]
    return replace(node, plates=tuple(Standing(plate.block, body.x + dx, body.y) for plate, dx in zip(node.plates, reach, strict=True)))


def _reach(node: PlacedNode) -> tuple[float, float, float, float]:
    """How far a node with its captions and plates extends from its centre: left, up, right, down."""
    rects = [node.body.rect, *([node.captions.rect] if node.captions else []), *(plate.rect for plate in node.plates)]
    box = np.array(rects)
    x, y = node.body.x, node.body.y
    return (x - box[:, 0].min(), y - box[:, 1].min(), box[:, 2].max() - x, box[:, 3].max() - y)


def _scale(places: np.ndarray, reach: np.ndarray, room: np.ndarray) -> float:
    """The greatest common scale with which every node, at its own size, stays inside the room."""
    low, high = 0.0, 64.0
    for _ in range(40):
        middle = (low + high) / 2
        at = middle * places
        extent = (at + reach[:, 2:]).max(axis=0) - (at - reach[:, :2]).min(axis=0)
        low, high = (middle, high) if (extent <= room).all() else (low, middle)
    return low


def _shifted(node: PlacedNode, dx: float, dy: float) -> PlacedNode:
    def shift(standing: Standing) -> Standing:
        return Standing(standing.block, standing.x + dx, standing.y + dy)

    captions = shift(node.captions) if node.captions else None
    return replace(node, body=shift(node.body), captions=captions, plates=tuple(shift(plate) for plate in node.plates))


def collide(nodes: Sequence[PlacedNode]) -> bool:
    """Whether bodies or plates of different nodes overlap."""
    boxes = [(index, rect) for index, node in enumerate(nodes) for rect in (node.body.rect, *(plate.rect for plate in node.plates))]
    owners = np.array([index for index, _ in boxes])
    rects = rows([rect for _, rect in boxes])
    return bool((overlapping(rects, rects) & (owners[:, None] != owners[None, :])).any())


def edge_columns(diagram: Diagram) -> dict[str, tuple[int, int]]:
    """The columns of the two ends of every edge."""
    home = {node.id: node.column for node in diagram.nodes}
    return {edge.id: (home[edge.source], home[edge.target]) for edge in diagram.edges}


