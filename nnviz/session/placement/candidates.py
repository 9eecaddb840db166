"""The places a plate may take on its edge: which are free of all that stands fast, and how ill each looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from nnviz.session.diagram import Diagram
from nnviz.session.picture import ARROW_SPREAD
from nnviz.session.placement import blocks
from nnviz.session.placement.blocks import Setter
from nnviz.session.placement.geometry import Bools, Floats, apart, crossing, distances, overlapping, rows
from nnviz.session.placement.grid import Area
from nnviz.session.placement.values import Block, PlacedEdge, PlacedNode, Standing

PLACES, FEWER = 61, 31
"""Candidates an edge and shape; fewer where there are very many edges."""
OFF, MOST_OFF = 0.2, 16.0
"""How far a plate's centre keeps from edges that are not its own: a share of its height, but no more than this."""
CLOSE = 0.75
"""Within so many of its heights an edge that is not its own makes a plate look worse."""
TILE, IN_TILE, COMPARED = 80.0, 100, 40_000
"""Breadth of the stripes in which places are compared with what is near; how many at a time at the least, and at the
most times all that may be near."""
BARE = 26.0
"""Length of an edge that should show on either side of its plate."""

Ints = NDArray[np.intp]


@dataclass(slots=True)
class Candidates:
    """All places of all plates: for each labelled edge ``count`` of them, ``places`` for each of its shapes in turn."""

    places: int

    centres: Floats
    """(edges, count, 2)"""
    rects: Floats
    """(edges, count, 4)"""
    shares: Floats
    """(count,) how far along its edge, from 0 at the source to 1 at the target"""
    free: Bools
    """(edges, count) touches nothing that stands fast"""
    cost: Floats
    """(edges, count) how ill it looks"""


@dataclass(slots=True)
class Scene:
    """All that stands fast while plates look for their places."""

    diagram: Diagram
    nodes: Sequence[PlacedNode]
    edges: Sequence[PlacedEdge]
    setter: Setter
    area: Area
    broadest: float = 0.0

    def __post_init__(self) -> None:
        """Plates are all of one width unless room is short: a page of equal plates is calmer."""
        if not self.setter.rung.snug:
            widths = [blocks.edge_plates(self.setter, edge)[0].width for edge in self.diagram.edges if edge.labels]
            self.broadest = max(widths, default=0.0)

    def shapes(self, marked: Sequence[int]) -> list[list[Block]]:
        """The plates of some edges in each shape they may take, outer list by shape."""
        each = [blocks.edge_plates(self.setter, self.diagram.edges[index]) for index in marked]
        made = [[shapes[min(turn, len(shapes) - 1)] for shapes in each] for turn in range(max(map(len, each)))]
        return [
            [replace(plate, width=self.broadest) if plate.width > 0.72 * self.broadest > 0 else plate for plate in turn]
            for turn in made
        ]


def candidates(scene: Scene, marked: Sequence[int], shapes: Sequence[Sequence[Block]]) -> Candidates:
    """All places of the plates of some edges, in each of their shapes."""
    places = PLACES if len(marked) < 100 else FEWER
    shares = np.linspace(0.04, 0.96, places)
    axes = _axes(scene, marked)
    ways = np.stack([_along(scene.edges[index].path, axes[number], shares) for number, index in enumerate(marked)])
    centres = np.concatenate([ways] * len(shapes), axis=1)
    sizes = np.array([[(plate.width / 2, plate.height / 2) for plate in turn] for turn in shapes]).transpose(1, 0, 2)
    half = np.repeat(sizes, places, axis=1)
    rects = np.concatenate([centres - half, centres + half], axis=2)
    free = _free(scene, rects.reshape(-1, 4)).reshape(centres.shape[:2])
    useful = np.asarray(free.reshape(len(marked), len(shapes), places).any(axis=1))
    tall = 2 * half[:, :, 1]
    reach = max(CLOSE * float(tall.max()), MOST_OFF)
    near = np.concatenate([_foreign(scene, marked, ways, useful, reach)] * len(shapes), axis=1)
    free &= near >= np.minimum(OFF * tall, MOST_OFF)
    cost = 1.2 * np.clip(1.0 - near / (CLOSE * tall), 0.0, 1.0) + 0.5 * (np.arange(near.shape[1]) // places)
    cost += 0.8 * np.clip(1.0 - _bare(scene, marked, rects) / BARE, 0.0, 1.0).sum(axis=0)
    return Candidates(places, centres, rects, np.tile(shares, len(shapes)), free, cost)


def _bare(scene: Scene, marked: Sequence[int], rects: Floats) -> Floats:
    """How much of each edge shows before and behind its plate, shape (2, edges, count)."""
    ends = np.array([(scene.edges[index].path[0], _base(scene.edges[index])) for index in marked])
    made = []
    for end in (0, 1):
        x, y = ends[:, None, end, 0], ends[:, None, end, 1]
        dx = np.maximum(np.maximum(rects[:, :, 0] - x, x - rects[:, :, 2]), 0.0)
        dy = np.maximum(np.maximum(rects[:, :, 1] - y, y - rects[:, :, 3]), 0.0)
        made.append(np.hypot(dx, dy))
    return np.stack(made)


def _base(edge: PlacedEdge) -> tuple[float, float]:
    """Where the arrowhead of an edge begins."""
    (x1, y1), (x2, y2) = edge.path[-2:]
    back = edge.arrow / max(float(np.hypot(x2 - x1, y2 - y1)), 1e-9)
    return (x2 - back * (x2 - x1), y2 - back * (y2 - y1))


def _axes(scene: Scene, marked: Sequence[int]) -> list[tuple[float, float] | None]:
    """The span in x on which an edge's places are laid, common to all edges between two columns, or None: by length."""
    at = {node.id: (node.body.x, node.body.block.width / 2) for node in scene.nodes}
    made: list[tuple[float, float] | None] = []
    for index in marked:
        (x1, half1), (x2, half2) = at[scene.diagram.edges[index].source], at[scene.diagram.edges[index].target]
        straight = len(scene.edges[index].path) == 2
        made.append((x1 + half1, x2 - half2) if straight and x2 - half2 - x1 - half1 > 40.0 else None)
    return made


def _along(path: Sequence[tuple[float, float]], axis: tuple[float, float] | None, shares: Floats) -> Floats:
    """Points of a path at shares of its axis in x, or of its length, shape (len(shares), 2)."""
    points = np.array(path)
    if axis is not None:
        (x1, y1), (x2, y2) = path
        x = axis[0] + shares * (axis[1] - axis[0])
        return np.column_stack([x, y1 + (y2 - y1) * (x - x1) / (x2 - x1)])
    lengths = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    at = shares * lengths[-1]
    return np.column_stack([np.interp(at, lengths, points[:, 0]), np.interp(at, lengths, points[:, 1])])


def _free(scene: Scene, rects: Floats) -> Bools:
    """Which rectangles touch no body, caption, plate of a node or arrowhead, and lie in the area."""
    nodes, gap, area = scene.nodes, scene.setter.gap, scene.area
    bodies = [(node.body, node.body.block.radius) for node in nodes]
    cores = rows([_core(body, radius) for body, radius in bodies])
    free = (apart(rects, cores) >= np.array([radius for _, radius in bodies]) + gap).all(axis=1)
    others = rows(
        [standing.rect for node in nodes for standing in ([node.captions] if node.captions else []) + list(node.plates)]
    )
    free &= ~overlapping(rects, others, gap).any(axis=1)
    free &= (
        (rects[:, 0] >= area.left)
        & (rects[:, 1] >= area.top)
        & (rects[:, 2] <= area.right)
        & (rects[:, 3] <= area.bottom)
    )
    heads, breadth = _heads(scene.edges)
    reach = breadth + 0.4 * gap
    for part in _tiles(np.flatnonzero(free), rects[:, :2], len(heads)):
        near = _near(rects[part], heads, reach)
        free[part] = ~crossing(rects[part], heads[near], reach).any(axis=1)
    return np.asarray(free)


def _tiles(indices: Ints, points: Floats, others: int) -> list[Ints]:
    """``indices`` in parts whose points lie near each other, so that each part is compared with few of the others."""
    x, y = points[indices].T
    ordered, step = indices[np.lexsort((y, x // TILE))], max(IN_TILE, COMPARED // max(others, 1))
    return [ordered[at : at + step] for at in range(0, len(ordered), step)]


def _near(rects: Floats, segments: Floats, reach: float) -> Ints:
    """The numbers of the segments that come within ``reach`` of the box around all of some rectangles, or may do so."""
    (left, top), (right, bottom) = rects[:, :2].min(axis=0) - reach, rects[:, 2:].max(axis=0) + reach
    x, y, run, rise = segments[:, 0], segments[:, 1], segments[:, 2] - segments[:, 0], segments[:, 3] - segments[:, 1]
    steep = np.abs(run) < 1e-6
    run = np.where(steep, 1.0, run)
    shares = np.stack([(left - x) / run, (right - x) / run]).clip(0.0, 1.0)  # what of each lies between the sides
    shares[:, steep] = [[0.0], [1.0]]
    ys = y + shares * rise
    beside = (np.minimum(x, segments[:, 2]) > right) | (np.maximum(x, segments[:, 2]) < left)
    return np.flatnonzero(~beside & (ys.min(axis=0) <= bottom) & (ys.max(axis=0) >= top))


def _core(body: Standing, radius: float) -> tuple[float, float, float, float]:
    left, top, right, bottom = body.rect
    return (left + radius, top + radius, right - radius, bottom - radius)


def _heads(edges: Sequence[PlacedEdge]) -> tuple[Floats, float]:
    """The middle lines of all arrowheads, and half their breadth."""
    made, breadth = [], 0.0
    for edge in edges:
        made.append((*_base(edge), *edge.path[-1]))
        breadth = max(breadth, ARROW_SPREAD * edge.arrow)
    return rows(made), breadth


def _legs(edges: Sequence[PlacedEdge]) -> tuple[Floats, Ints]:
    """The straight legs of all paths, and the edge each belongs to."""
    made, owners = [], []
    for index, edge in enumerate(edges):
        for (x1, y1), (x2, y2) in zip(edge.path, edge.path[1:], strict=False):
            made.append((x1, y1, x2, y2))
            owners.append(index)
    return rows(made), np.array(owners, dtype=np.intp)


def _foreign(scene: Scene, marked: Sequence[int], ways: Floats, useful: Bools, reach: float) -> Floats:
    """Distance from each place (edges, places, 2) to the nearest edge that is not its own; 0 where it is of no use.

    Beyond ``reach`` it may be told as infinite.
    """
    legs, owners = _legs(scene.edges)
    centres, own = ways.reshape(-1, 2), np.repeat(np.array(marked), ways.shape[1])
    nearest = np.zeros(len(centres))
    for part in _tiles(np.flatnonzero(useful.ravel()), centres, len(legs)):
        near = _near(centres[part][:, [0, 1, 0, 1]], legs, reach)
        away = distances(centres[part], legs[near])
        away[own[part, None] == owners[None, near]] = np.inf
        nearest[part] = away.min(axis=1, initial=np.inf)
    return nearest.reshape(useful.shape)
