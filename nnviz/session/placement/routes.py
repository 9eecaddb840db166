"""The way of every edge from rim to rim: straight, except where it would run through a node that is not its own."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from nnviz.session.diagram import Diagram, DiagramEdge
from nnviz.session.picture import Point
from nnviz.session.placement.geometry import Floats, crossing, leaving, rows
from nnviz.session.placement.grid import ARROW, BETWEEN, TURN, Area, edge_columns
from nnviz.session.placement.values import PlacedEdge, PlacedNode, Rect, Standing
from nnviz.session.style import Style

BOXES = ("loss", "layer")
"""Shapes whose edges come in over the whole of a side."""
ROUNDING = 90.0
"""How far before a bend a detour begins to turn."""


def thickness(style: Style, edge: DiagramEdge, strongest: float, lightness: float) -> float:
    """Width of an edge's stroke: proportional to its weight between the style's clamps, in half pixels.

    Weights up to 1 are drawn on one scale whatever the network; larger ones make their network's largest the thickest.
    ``lightness`` thins all strokes of a network that has very many.
    """
    if edge.strength is None:
        return 0.8 * style.thickest if edge.layer else style.thinnest + 0.5
    share = abs(edge.strength) / max(strongest, 1.0)
    share = share if share < 1.0 else 1.0  # also where an update has left no number
    wide = lightness * (style.thinnest + share * (style.thickest - style.thinnest))
    return max(round(2 * wide) / 2, 1.5)


def strongest(diagram: Diagram) -> float:
    """The largest weight of a diagram as it is drawn now, from which its strokes are measured; 1 without one."""
    sizes = (abs(edge.strength) for edge in diagram.edges if edge.strength is not None)
    return max(filter(math.isfinite, sizes), default=1.0)  # an update may have left what is no number


def lightness(diagram: Diagram) -> float:
    """How thin strokes must be, from 1 downward, where many edges run between the same two columns."""
    counts: dict[tuple[int, int], int] = {}
    for ends in edge_columns(diagram).values():
        counts[ends] = counts.get(ends, 0) + 1
    return min(1.0, math.sqrt(30.0 / max(counts.values(), default=1)))


def arrow_length(width: float, crowd: int) -> float:
    """Length of an arrowhead: longer for thick edges, shorter where many meet."""
    return (ARROW + 1.3 * max(width - 3.0, 0.0)) * min(1.0, max(0.45, 6.0 / max(crowd, 1)))


def routed(
    diagram: Diagram, nodes: Sequence[PlacedNode], style: Style, strongest: float, light: float, area: Area
) -> list[PlacedEdge]:
    """Place every edge of ``diagram`` between its placed nodes."""
    if not diagram.edges:
        return []
    by_id = {node.id: node for node in nodes}
    starts, ends = _aims(diagram, by_id)
    source = np.array([_body(by_id[edge.source].body) for edge in diagram.edges])
    target = np.array([_body(by_id[edge.target].body) for edge in diagram.edges])
    tails = leaving(starts, ends, source, style.outline / 2)
    tips = leaving(ends, starts, target, style.outline / 2 + 1.0)
    crowd = Counter(edge.target for edge in diagram.edges)
    leaving_each = Counter(edge.source for edge in diagram.edges)
    ways = _detours(diagram, nodes, tails, tips, area)
    for index, edge in enumerate(diagram.edges):
        if leaving_each[edge.source] == crowd[edge.target] == 1 and (way := _turned(edge, by_id, nodes)):
            ways[index] = way
    bent = _around(ways, source, target, style)
    made = []
    for index, (edge, tail, tip) in enumerate(zip(diagram.edges, tails.tolist(), tips.tolist(), strict=True)):
        path = bent.get(index, (tuple(tail), tuple(tip)))
        width = thickness(style, edge, strongest, light)
        made.append(PlacedEdge(edge.id, path, arrow_length(width, crowd[edge.target])))
    return made


def _body(standing: Standing) -> tuple[float, float, float, float, float]:
    block = standing.block
    return (standing.x, standing.y, block.width / 2, block.height / 2, block.radius)


# ------------------------------------------------------------------------------------------------- aims
def _aims(diagram: Diagram, by_id: Mapping[str, PlacedNode]) -> tuple[Floats, Floats]:
    """The points inside source and target between which each edge would run, shape (edges, 2) each."""
    entries = _entries(diagram, by_id)
    twins = _twins(diagram)
    starts, ends = [], []
    for edge in diagram.edges:
        a, b = by_id[edge.source], by_id[edge.target]
        shift = twins.get(edge.id, 0.0)
        starts.append(_port(a, b, shift * a.body.block.height))
        ends.append(_port(b, a, shift * b.body.block.height + entries.get(edge.id, 0.0)))
    return np.array(starts), np.array(ends)


def _port(of: PlacedNode, toward: PlacedNode, dy: float) -> Point:
    """Where a way to or from a node begins, inside it: at the middle of the side of a box, at the centre of a circle.

    For a long body it is the centre of the rounded end that faces the other node.
    """
    body = of.body
    inset = 2.0 if of.shape in BOXES else max(body.block.radius, body.block.height / 4)
    free = max(body.block.width / 2 - inset, 0.0)
    return (body.x + max(-free, min(free, toward.body.x - body.x)), body.y + dy)


def _entries(diagram: Diagram, by_id: Mapping[str, PlacedNode]) -> dict[str, float]:
    """Where edges enter a box: spread over its side in the order of their sources, not all into one point."""
    incoming: dict[str, list[DiagramEdge]] = {}
    for edge in diagram.edges:
        if by_id[edge.target].shape in BOXES:
            incoming.setdefault(edge.target, []).append(edge)
    made = {}
    for id, edges in incoming.items():
        edges.sort(key=lambda edge: (by_id[edge.source].body.y, edge.id))
        block = by_id[id].body.block
        step = min(64.0, (block.height - 2 * block.radius) / max(len(edges) - 1, 1))
        for index, edge in enumerate(edges):
            made[edge.id] = (index - (len(edges) - 1) / 2) * step
    return made


def _twins(diagram: Diagram) -> dict[str, float]:
    """Shares of the height by which edges between the same two nodes are set apart."""
    groups: dict[tuple[str, str], list[str]] = {}
    for edge in diagram.edges:
        groups.setdefault((edge.source, edge.target), []).append(edge.id)
    made = {}
    for ids in groups.values():
        step = 0.5 / len(ids)
        for index, id in enumerate(ids if len(ids) > 1 else []):
            made[id] = (index - (len(ids) - 1) / 2) * step
    return made


# ------------------------------------------------------------------------------------------------- detours
def _detours(
    diagram: Diagram, nodes: Sequence[PlacedNode], tails: Floats, tips: Floats, area: Area
) -> dict[int, list[Point]]:
    """Waypoints of the edges, by their numbers, that would run through a node of a column between their own two."""
    bodies = rows([node.body.rect for node in nodes])
    meets = crossing(bodies, np.hstack([tails, tips]), 8.0)
    x = np.array([node.body.x for node in nodes])
    at = {node.id: node.body.x for node in nodes}
    made = {}
    for number, edge in enumerate(diagram.edges):
        between = (np.abs(x - at[edge.source]) > 1.0) & (np.abs(x - at[edge.target]) > 1.0)
        blocked = np.flatnonzero(meets[:, number] & between).tolist()
        if blocked:
            way = _waypoints(nodes, blocked, tails[number], tips[number], area)
            if way:
                made[number] = way
    return made


def _turned(edge: DiagramEdge, by_id: Mapping[str, PlacedNode], nodes: Sequence[PlacedNode]) -> list[Point]:
    """Waypoints of the edge from the end of a line to the beginning of the next; none for any other edge."""
    source, target = by_id[edge.source].body, by_id[edge.target].body
    above, below = sorted((source, target), key=lambda body: body.y)
    if target.rect[2] >= source.rect[0] or below.rect[1] - above.rect[3] < BETWEEN:
        return []
    left, right = target.rect[0] - TURN, source.rect[2] + TURN
    y = _channel([rect for node in nodes for rect in node.rects() if rect[0] < right and rect[2] > left], above, below)
    return [(right, source.y), (right, y), (left, y), (left, target.y)]


def _channel(rects: Sequence[Rect], above: Standing, below: Standing) -> float:
    """Where an edge runs between two lines: in the highest free strip between two bodies, near the upper line."""
    strips, low, end = [], above.rect[3], below.rect[1]
    between = sorted((top, bottom) for _, top, _, bottom in rects if bottom > low and top < end)
    for top, bottom in between:
        strips.append((low, top))
        low = max(low, bottom)
    low, high = max([*strips, (low, end)], key=lambda strip: strip[1] - strip[0])
    return low + min(BETWEEN, high - low) / 2


def _waypoints(
    nodes: Sequence[PlacedNode], blocked: Sequence[int], tail: Floats, tip: Floats, area: Area
) -> list[Point]:
    """For each column in the way, the two ends of the free passage nearest to the straight line."""
    way: list[Point] = []
    for x in sorted({nodes[i].body.x for i in blocked}, reverse=bool(tip[0] < tail[0])):
        column = [node for node in nodes if abs(node.body.x - x) < 1.0]
        straight = float(tail[1] + (tip[1] - tail[1]) * (x - tail[0]) / ((tip[0] - tail[0]) or 1.0))
        passage = _passage(column, straight, area)
        if passage is None:
            return []
        half = max(node.body.block.width for node in column) / 2
        side = half if tip[0] >= tail[0] else -half
        way += [(x - side, passage), (x + side, passage)]
    return way


def _passage(column: Sequence[PlacedNode], straight: float, area: Area) -> float | None:
    """The y nearest to ``straight`` at which nothing of the column stands."""
    clear = 20.0
    taken = []
    for node in column:
        taken += [(rect[1] - clear, rect[3] + clear) for rect in node.rects()]
    found, low = [], area.top
    for top, bottom in [*sorted(taken), (area.bottom, math.inf)]:
        if top > low:
            found.append(min(max(straight, low), top))
        low = max(low, bottom)
    return min(found, key=lambda y: abs(y - straight), default=None)


def _around(
    ways: Mapping[int, list[Point]], sources: Floats, targets: Floats, style: Style
) -> dict[int, tuple[Point, ...]]:
    """Paths through waypoints with rounded bends, from rim to rim; the last leg of each is straight.

    ``sources`` and ``targets`` are the bodies of all edges, as :func:`.geometry.outside` takes them.
    """
    if not ways:
        return {}
    first, last = np.array([way[0] for way in ways.values()]), np.array([way[-1] for way in ways.values()])
    a, b = sources[[*ways]], targets[[*ways]]
    sense = np.where(first[:, 0] >= a[:, 0], 1.0, -1.0)
    starts, ends = a[:, :2].copy(), b[:, :2].copy()
    starts[:, 0] += sense * np.maximum(a[:, 2] - a[:, 4], 0.0)
    ends[:, 0] -= sense * np.maximum(b[:, 2] - b[:, 4], 0.0)
    tails = leaving(starts, first, a, style.outline / 2).tolist()
    tips = leaving(ends, last, b, style.outline / 2 + 1.0).tolist()
    made = {}
    for (number, way), tail, tip in zip(ways.items(), tails, tips, strict=True):
        corners = [tuple(tail), *way, tuple(tip)]
        bends = zip(corners, corners[1:], corners[2:], strict=False)
        made[number] = (corners[0], *(point for bend in bends for point in _bend(*bend)), corners[-1])
    return made


def _bend(before: Point, bend: Point, after: Point) -> list[Point]:
    """A quadratic curve that cuts a corner."""
    first, last = _toward(bend, before), _toward(bend, after)
    curve = []
    for step in range(9):
        t = step / 8
        a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t * t
        curve.append((a * first[0] + b * bend[0] + c * last[0], a * first[1] + b * bend[1] + c * last[1]))
    return curve


def _toward(a: Point, b: Point) -> Point:
    run = math.dist(a, b) or 1.0
    share = min(ROUNDING, 0.45 * run) / run
    return (a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1]))
