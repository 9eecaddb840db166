"""A solved layout and one diagram as a display list: colours, strokes and fading are decided here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from nnviz.session.diagram import Diagram, DiagramEdge, DiagramNode, Label
from nnviz.session.picture import Box, Item, Line, Measure, Picture, Polyline, Text
from nnviz.session.placement import furniture as around
from nnviz.session.placement.blocks import BOLD, ITALIC
from nnviz.session.placement.ladder import Layout, labels_shown, noted
from nnviz.session.placement.routes import thickness
from nnviz.session.placement.values import Block, PlacedEdge, PlacedNode, Row, Standing, halves
from nnviz.session.style import Style

CAPITALS = 0.73
"""Height of digits over their baseline, as a share of the type size."""

Fitting = tuple[Text, float]
"""A line of type and how wide it may run."""


def drawn(layout: Layout, diagram: Diagram, style: Style, measure: Measure, width: float, height: float) -> Picture:
    """Draw ``diagram`` as ``layout`` places it, in a frame of ``width`` × ``height`` pixels."""
    items = [
        *network(layout, diagram, style, measure),
        *around.drawn(layout.furniture, _noted(layout, diagram), style, measure),
    ]
    unit = min(width / layout.furniture.width, height / layout.furniture.height)
    left, top = (width - unit * layout.furniture.width) / 2, (height - unit * layout.furniture.height) / 2
    return Picture(width, height, style.ground, tuple(scaled(item, unit, left, top) for item in items))


def _noted(layout: Layout, diagram: Diagram) -> Diagram:
    """``diagram`` with a note in its small print if something was left out."""
    return noted(diagram, layout.rung, labels_shown(layout.edges), sum(bool(edge.labels) for edge in diagram.edges))


def network(layout: Layout, diagram: Diagram, style: Style, measure: Measure) -> list[Item]:
    """Strokes, then boxes, then type; of edges the faded ones first.

    ``diagram`` may be newer than the layout: a number that has grown is set smaller, so that it keeps to its block.
    """
    edges = {edge.id: edge for edge in layout.edges}
    nodes = {node.id: node for node in layout.nodes}
    fed = {edge.target for edge in diagram.edges}
    strokes: list[Line | Polyline] = []
    boxes: list[Item] = []
    texts: list[Fitting] = []
    for faded in (True, False):
        lines = [
            stroke
            for edge in diagram.edges
            if edge.faded is faded
            for stroke in _strokes(edge, edges[edge.id], layout, style)
        ]
        strokes += sorted(lines, key=lambda line: (isinstance(line, Polyline), line.dashed, line.colour, line.width))
        for edge in diagram.edges:
            if edge.faded is faded:
                _edge_plate(edge, edges[edge.id], style, boxes, texts)
    for node in diagram.nodes:
        _node(node, nodes[node.id], style, node.id in fed, boxes, texts)
    texts.sort(key=lambda each: (each[0].opacity, each[0].colour))
    return [*strokes, *boxes, *(_fitted(text, room, measure) for text, room in texts)]


# ------------------------------------------------------------------------------------------------- edges
def _strokes(edge: DiagramEdge, placed: PlacedEdge, layout: Layout, style: Style) -> list[Line | Polyline]:
    """The stroke of an edge; a detour is a path and a last straight leg that carries the arrowhead."""
    negative = edge.strength is not None and edge.strength < 0
    colour = style.edge if edge.strength is None else style.negative if negative else style.positive
    width = thickness(style, edge, layout.strongest, layout.lightness)
    opacity = style.fade if edge.faded else 1.0
    (x1, y1), (x2, y2) = placed.path[-2:]
    made: list[Line | Polyline] = [Line(x1, y1, x2, y2, colour, width, negative, placed.arrow, opacity, edge.id)]
    if len(placed.path) > 2:
        made.append(Polyline(placed.path[:-1], colour, width, negative, opacity, edge.id))
    return made


def _edge_plate(edge: DiagramEdge, placed: PlacedEdge, style: Style, boxes: list[Item], texts: list[Fitting]) -> None:
    """The plate of an edge. Its ground is never faded: it must hide the line behind it."""
    if placed.plate is None:
        return
    block, opacity = placed.plate.block, style.fade if edge.faded else 1.0
    left, top, _, bottom = placed.plate.rect
    boxes.append(Box(left, top, block.width, block.height, block.radius, style.plate, ref=edge.id, role="plate_ground"))
    if block.tint is not None:
        fill = mixed(style.gradient_plate, style.plate, opacity)
        start = placed.plate.y + block.tint
        boxes += around.tinted(left, start, block.width, bottom - start, block.radius, fill, "below", edge.id)
    boxes.append(
        Box(
            left,
            top,
            block.width,
            block.height,
            block.radius,
            None,
            style.rim,
            style.hairline,
            opacity=opacity,
            ref=edge.id,
            role="plate",
        )
    )
    texts += _type(placed.plate, edge.labels, style, opacity, edge.id)


# ------------------------------------------------------------------------------------------------- nodes
def _node(
    node: DiagramNode, placed: PlacedNode, style: Style, fed: bool, boxes: list[Item], texts: list[Fitting]
) -> None:
    opacity = style.fade if node.faded else 1.0
    block = placed.body.block
    left, top, _, _ = placed.body.rect
    lost = node.shape == "loss"
    fill = style.loss_fill if lost else style.node if fed else style.plate
    stroke = style.loss if lost else style.outline_colour
    boxes.append(
        Box(
            left,
            top,
            block.width,
            block.height,
            block.radius,
            fill,
            stroke,
            style.outline,
            lost,
            opacity,
            node.id,
            "loss" if lost else "node",
        )
    )
    texts += _type(placed.body, node.inside, style, opacity, node.id, lost)
    if placed.captions is not None:
        if placed.haloed:
            left, top, _, _ = placed.captions.rect
            size = placed.captions.block
            boxes.append(Box(left, top, size.width, size.height, 6.0, style.ground, ref=node.id, role="halo"))
        texts += _type(placed.captions, node.captions, style, opacity, node.id)
    for standing, labels in zip(placed.plates, node.plates, strict=False):
        left, top, _, _ = standing.rect
        size = standing.block
        boxes.append(
            Box(
                left,
                top,
                size.width,
                size.height,
                size.radius,
                style.target_fill,
                style.rim,
                style.hairline,
                False,
                opacity,
                node.id,
                "target",
            )
        )
        texts += _type(standing, labels, style, opacity, node.id)


def _room(block: Block, row: Row) -> float:
    """How wide a block with rounded corners is about a line, over the whole height of its digits.

    Two lines beside each other fill their block from both ends, so that each keeps to twice its way from the end.
    """
    reach = max(abs(row.y), abs(row.y - CAPITALS * row.size)) - (block.height / 2 - block.radius)
    lost = block.radius - math.sqrt(max(block.radius**2 - max(reach, 0.0) ** 2, 0.0))
    return block.width - 2 * max(lost, abs(row.x))


def _fitted(text: Text, room: float, measure: Measure) -> Text:
    """A line that keeps to its room, smaller if need be."""
    face = {"bold": text.bold, "italic": text.italic, "condensed": text.condensed}
    width = measure.width(text.text, text.size, **face)
    return text if width <= room or room <= 0 else replace(text, size=text.size * room / width)


def _type(
    standing: Standing, labels: Sequence[Label], style: Style, opacity: float, ref: str, lost: bool = False
) -> list[Fitting]:
    """The lines of a block, with the labels this frame has for them, and how wide each may run."""
    made: list[Fitting] = []
    for row in standing.block.rows:
        if row.slot >= len(labels):
            continue
        label = labels[row.slot]
        text = halves(label.text, row.parts)[row.part]
        ink = style.loss if lost else style.ink(row.role, label.negative)
        set_text = Text(
            standing.x + row.x,
            standing.y + row.y,
            text,
            row.size,
            ink,
            "centre",
            row.role in BOLD,
            row.role in ITALIC,
            row.condensed,
            opacity,
            ref,
            label.role,
        )
        made.append((set_text, _room(standing.block, row)))
    return made


# ------------------------------------------------------------------------------------------------- helpers
def mixed(colour: str, ground: str, share: float) -> str:
    """``colour`` laid over ``ground`` at an opacity, as an opaque colour."""
    parts = [round(share * int(colour[i : i + 2], 16) + (1 - share) * int(ground[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{part:02x}" for part in parts)


def scaled(item: Item, unit: float, left: float, top: float) -> Item:
    """An item in pixels of the wanted frame."""
    if isinstance(item, Line):
        return replace(
            item,
            x1=left + unit * item.x1,
            y1=top + unit * item.y1,
            x2=left + unit * item.x2,
            y2=top + unit * item.y2,
            width=unit * item.width,
            arrow=unit * item.arrow,
        )
    if isinstance(item, Polyline):
        return replace(
            item, points=tuple((left + unit * x, top + unit * y) for x, y in item.points), width=unit * item.width
        )
    if isinstance(item, Box):
        return replace(
            item,
            x=left + unit * item.x,
            y=top + unit * item.y,
            width=unit * item.width,
            height=unit * item.height,
            radius=unit * item.radius,
            stroke_width=unit * item.stroke_width,
        )
    return replace(item, x=left + unit * item.x, y=top + unit * item.y, size=unit * item.size)
