"""A solved layout and one diagram as a display list: colours, strokes and fading are decided here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from nnviz.session.diagram import Diagram, DiagramEdge, DiagramNode, Label
from nnviz.session.heat import AMID
from nnviz.session.picture import Box, Item, Line, Measure, Picture, Polyline, Raster, Text, brightness, rgb
from nnviz.session.placement import furniture as around
from nnviz.session.placement.blocks import BOLD, ITALIC, MIDDLE, TINTED
from nnviz.session.placement.ladder import Layout, labels_shown, noted
from nnviz.session.placement.routes import thickness
from nnviz.session.placement.values import Block, PlacedEdge, PlacedNode, Row, Standing, halves
from nnviz.session.style import Style

RIM = 5.0
"""Space that a number keeps from the frame around it, however long it grows."""
TINT = 4.0
"""How far the tint of a gradient in a body reaches beyond its type."""
CAPITALS = 0.73
"""Height of digits over their baseline, as a share of the type size."""

Stroke = Line | Polyline


@dataclass(frozen=True, slots=True)
class Slot:
    """A line of type in its place: which label of its block it shows, in what type, and how wide it may run."""

    row: Row
    x: float
    y: float
    room: float
    opacity: float
    ref: str
    lost: bool = False

    def filled(self, label: Label, style: Style, measure: Measure) -> Text:
        """The line with the label that this frame has for it; smaller if need be, so that it keeps to its room."""
        row = self.row
        text = halves(label.text, row.parts)[row.part]
        bold, italic = row.role in BOLD, row.role in ITALIC
        width = measure.width(text, row.size, bold=bold, italic=italic, condensed=row.condensed)
        size = row.size if width <= self.room or self.room <= 0 else row.size * self.room / width
        ink = style.loss if self.lost else style.ink(row.role, label.negative)
        face = (bold, italic, row.condensed)
        return Text(self.x, self.y, text, size, ink, "centre", *face, self.opacity, self.ref, label.role)


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
    """Strokes, then boxes, heat maps, type; of edges the faded ones first.

    ``diagram`` may be newer than the layout: a number that has grown is set smaller, so that it keeps to its block.
    """
    edges = {edge.id: edge for edge in layout.edges}
    strokes = [stroke for edge in diagram.edges for stroke in strokes_of(edge, edges[edge.id], layout, style)]
    texts = [
        slot.filled(labels[slot.row.slot], style, measure)
        for slots, labels in zip(slots_of(layout, diagram, style), labels_of(layout, diagram), strict=True)
        for slot in slots
        if slot.row.slot < len(labels)
    ]
    placed = {node.id: node for node in layout.nodes}
    rasters = [raster for node in diagram.nodes for raster in rasters_of(node, placed[node.id], style)]
    return [*ordered_strokes(strokes), *boxes_of(layout, diagram, style), *rasters, *ordered_texts(texts)]


def ordered_strokes(strokes: Iterable[Stroke]) -> list[Stroke]:
    """The faded ones first; those that share a pen beside each other, for they are painted at once."""

    def key(line: Stroke) -> tuple[float, bool, bool, str, float]:
        return (line.opacity, isinstance(line, Polyline), line.dashed, line.colour, line.width)

    return sorted(strokes, key=key)


def ordered_texts(texts: Iterable[Text]) -> list[Text]:
    """Those of one colour beside each other."""
    return sorted(texts, key=lambda text: (text.opacity, text.colour))


def boxes_of(layout: Layout, diagram: Diagram, style: Style) -> list[Item]:
    """Bodies and plates, which no number changes; plates of faded edges first."""
    edges = {edge.id: edge for edge in layout.edges}
    nodes = {node.id: node for node in layout.nodes}
    fed = {edge.target for edge in diagram.edges}
    boxes: list[Item] = []
    for edge in _faded_first(diagram.edges):
        _edge_plate(edge, edges[edge.id], style, boxes)
    for node in diagram.nodes:
        _node(node, nodes[node.id], style, node.id in fed, boxes)
    return boxes


def _faded_first(edges: Sequence[DiagramEdge]) -> list[DiagramEdge]:
    return sorted(edges, key=lambda edge: not edge.faded)


def slots_of(layout: Layout, diagram: Diagram, style: Style) -> list[list[Slot]]:
    """Where type stands, block by block: the plates of edges, then bodies, captions and plates of nodes."""
    edges = {edge.id: edge for edge in layout.edges}
    nodes = {node.id: node for node in layout.nodes}
    made = []
    for edge in _faded_first(diagram.edges):
        if (plate := edges[edge.id].plate) is not None:
            made.append(_slots(plate, style.fade if edge.faded else 1.0, edge.id))
    for node in diagram.nodes:
        placed, opacity = nodes[node.id], style.fade if node.faded else 1.0
        made.append(_slots(placed.body, opacity, node.id, node.shape == "loss"))
        beside = [each for each in (placed.captions, *placed.plates) if each is not None]
        made += [_slots(standing, opacity, node.id) for standing in beside]
    return made


def labels_of(layout: Layout, diagram: Diagram) -> list[tuple[Label, ...]]:
    """The labels of the same blocks, in the same order."""
    plated = {edge.id for edge in layout.edges if edge.plate is not None}
    nodes = {node.id: node for node in layout.nodes}
    made = [edge.labels for edge in _faded_first(diagram.edges) if edge.id in plated]
    for node in diagram.nodes:
        placed = nodes[node.id]
        made += [node.lines, *([node.captions] if placed.captions is not None else [])]
        made += [node.plates[index] if index < len(node.plates) else () for index in range(len(placed.plates))]
    return made


# ------------------------------------------------------------------------------------------------- edges
def strokes_of(edge: DiagramEdge, placed: PlacedEdge, layout: Layout, style: Style) -> list[Stroke]:
    """The stroke of an edge; a detour is a path and a last straight leg that carries the arrowhead."""
    negative = edge.strength is not None and edge.strength < 0
    colour = style.edge if edge.strength is None else style.negative if negative else style.positive
    width = thickness(style, edge, layout.strongest, layout.lightness)
    opacity = style.fade if edge.faded else 1.0
    (x1, y1), (x2, y2) = placed.path[-2:]
    made: list[Stroke] = [Line(x1, y1, x2, y2, colour, width, negative, placed.arrow, opacity, edge.id)]
    if len(placed.path) > 2:
        made.append(Polyline(placed.path[:-1], colour, width, negative, opacity, edge.id))
    return made


def _edge_plate(edge: DiagramEdge, placed: PlacedEdge, style: Style, boxes: list[Item]) -> None:
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


# ------------------------------------------------------------------------------------------------- nodes
def _node(node: DiagramNode, placed: PlacedNode, style: Style, fed: bool, boxes: list[Item]) -> None:
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
    boxes += _tints(placed.body, node.id, style, mixed(style.gradient_plate, fill, opacity))
    if placed.captions is not None and placed.haloed:
        left, top, _, _ = placed.captions.rect
        size = placed.captions.block
        boxes.append(Box(left, top, size.width, size.height, 6.0, style.ground, ref=node.id, role="halo"))
    for standing in placed.plates[: len(node.plates)]:
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


def _tints(body: Standing, ref: str, style: Style, fill: str) -> Iterator[Box]:
    """Under each gradient in a body the tint that gradients have on the plates of edges."""
    for row in body.block.rows:
        if row.role in TINTED:
            width, height = row.width + 2 * TINT, 1.1 * row.size
            top = body.y + row.y - MIDDLE * row.size - height / 2
            yield Box(body.x + row.x - width / 2, top, width, height, RIM, fill, ref=ref, role="tint")


def rasters_of(node: DiagramNode, placed: PlacedNode, style: Style) -> list[Raster]:
    """The heat maps of a node: images from the paper's colour to that of type, kernels blue and orange."""
    opacity = style.fade if node.faded else 1.0
    dark, bright = sorted((style.plate, style.text), key=lambda colour: brightness(*rgb(colour)))
    made = []
    for spot in placed.body.block.spots:
        heats = node.heats[spot.group]
        heat, diverging = heats.maps[spot.number], heats.role == "kernel"
        ends = (style.negative, style.plate, style.positive) if diverging else (style.plate, style.text)
        levels = np.frombuffer(heat.levels, np.uint8)
        place = (placed.body.x + spot.x, placed.body.y + spot.y, spot.width, spot.height, heat.rows, heat.columns)
        dashed = tuple(np.flatnonzero(levels < AMID).tolist()) if diverging else ()
        frame = (style.rim, style.hairline)
        colours = colour_map(*ends)[levels].tobytes()
        made.append(Raster(*place, colours, *frame, dashed, (bright, dark), opacity, node.id, heats.role))
    return made


@lru_cache(maxsize=32)
def colour_map(*colours: str) -> NDArray[np.uint8]:
    """Red, green and blue at each level from the first colour to the last, evenly through those between."""
    ends = np.array([rgb(colour) for colour in colours], dtype=np.float64)
    places = np.linspace(0, len(colours) - 1, 2 * AMID + 1)
    channels = [np.interp(places, np.arange(len(colours)), ends[:, channel]) for channel in range(3)]
    return np.rint(np.stack(channels, axis=1)).astype(np.uint8)


def _room(block: Block, row: Row) -> float:
    """How wide a block with rounded corners is within its frame about a line, over the whole height of its digits.

    Two lines beside each other fill their block from both ends, so that each keeps to twice its way from the end.
    """
    reach = max(abs(row.y), abs(row.y - CAPITALS * row.size)) - (block.height / 2 - block.radius)
    lost = block.radius - math.sqrt(max(block.radius**2 - max(reach, 0.0) ** 2, 0.0))
    within = block.width - 2 * max(lost, abs(row.x))
    return max(within - 2 * RIM, row.width) if block.framed else within


def _slots(standing: Standing, opacity: float, ref: str, lost: bool = False) -> list[Slot]:
    """The lines of a block."""
    block = standing.block
    return [
        Slot(row, standing.x + row.x, standing.y + row.y, _room(block, row), opacity, ref, lost) for row in block.rows
    ]


# ------------------------------------------------------------------------------------------------- helpers
def mixed(colour: str, ground: str, share: float) -> str:
    """``colour`` laid over ``ground`` at an opacity, as an opaque colour."""
    parts = [round(share * over + (1 - share) * under) for over, under in zip(rgb(colour), rgb(ground), strict=True)]
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
    if isinstance(item, Box | Raster):
        moved = replace(
            item,
            x=left + unit * item.x,
            y=top + unit * item.y,
            width=unit * item.width,
            height=unit * item.height,
            stroke_width=unit * item.stroke_width,
        )
        return replace(moved, radius=unit * moved.radius) if isinstance(moved, Box) else moved
    return replace(item, x=left + unit * item.x, y=top + unit * item.y, size=unit * item.size)
