"""Finds a place on its edge for every plate, so that none touches a plate, a node or an arrowhead.

Each plate may slide along its own edge: some forty places an edge are candidates. Those that touch what cannot move
are struck out; what is left is a choice of one candidate an edge without two that overlap. It is looked for in three
ways, the tidiest first: all plates between two columns in one upright row; in a few such rows; anywhere. The last two
are a min-conflicts search with a tabu list, made without chance, so that the same diagram always looks the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from nnviz.session.diagram import Diagram
from nnviz.session.placement import blocks
from nnviz.session.placement.blocks import Setter
from nnviz.session.placement.grid import Area
from nnviz.session.placement.geometry import Bools, Floats, apart, crossing, distances, overlapping, rows
from nnviz.session.placement.values import Block, PlacedEdge, PlacedNode, Standing
from nnviz.session.picture import ARROW_SPREAD

PLACES, FEWER = 61, 31
"""Candidates an edge and shape; fewer where there are very many edges."""
CONSIDERED = 240
"""Edges that are considered for labels where not all can be shown; more than fit a frame at the smallest size."""
BIG = 1000.0
OFF, MOST_OFF = 0.2, 16.0
"""How far a plate's centre keeps from edges that are not its own: a share of its height, but no more than this."""
PUSHES = 12
"""Places for which a plate without one tries to push another aside."""
BARE = 26.0
"""Length of an edge that should show on either side of its plate."""
PATIENCE = 150
"""Moves without fewer overlaps after which a search gives up."""

Ints = NDArray[np.intp]


class NoRoomError(Exception):
    """Inside the search only: the plates of one gap found no places.

    ``gap`` is the number of the column before it, ``conflicts`` how many plates were in one at the least (counted for
    each), ``most`` with how many a little more width may still help.
    """

    def __init__(self, gap: int, conflicts: int, most: int) -> None:
        super().__init__(gap)
        self.gap = gap
        self.conflicts = conflicts
        self.most = most


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


def place_plates(
    diagram: Diagram,
    nodes: Sequence[PlacedNode],
    edges: Sequence[PlacedEdge],
    setter: Setter,
    area: Area,
    first: int = 0,
) -> list[PlacedEdge]:
    """``edges`` with their plates. Gap ``first`` is tried first: the one that failed before most likely fails again.

    Raises
    ------
    NoRoomError
        If not all find a place and the rung does not allow to leave any out.
    """
    marked = [index for index, edge in enumerate(diagram.edges) if edge.labels]
    scene = Scene(diagram, nodes, edges, setter, area)
    if setter.rung.dropping:
        placed = _greedy(scene, ranked(diagram, marked)[:CONSIDERED]) if marked else {}
    else:
        placed = _search(scene, marked, first)
    return [replace(edge, plate=placed.get(index)) for index, edge in enumerate(edges)]


def ranked(diagram: Diagram, marked: Sequence[int]) -> list[int]:
    """Labelled edges in the order in which they keep their labels: those asked for first, then the strongest."""
    wished = {id: rank for rank, id in enumerate(diagram.priority)}

    def key(index: int) -> tuple[int, float, int]:
        edge = diagram.edges[index]
        return (wished.get(edge.id, len(wished)), -abs(edge.strength or 0.0), index)

    return sorted(marked, key=key)


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


# ------------------------------------------------------------------------------------------------- candidates
def _candidates(scene: Scene, marked: Sequence[int], shapes: Sequence[Sequence[Block]]) -> Candidates:
    places = PLACES if len(marked) < 100 else FEWER
    shares = np.linspace(0.04, 0.96, places)
    axes = _axes(scene, marked)
    ways = np.stack([_along(scene.edges[index].path, axes[number], shares) for number, index in enumerate(marked)])
    centres = np.concatenate([ways] * len(shapes), axis=1)
    sizes = np.array([[(plate.width / 2, plate.height / 2) for plate in turn] for turn in shapes]).transpose(1, 0, 2)
    half = np.repeat(sizes, places, axis=1)
    rects = np.concatenate([centres - half, centres + half], axis=2)
    free = _free(scene, rects.reshape(-1, 4)).reshape(centres.shape[:2])
    useful = free.reshape(len(marked), len(shapes), places).any(axis=1)
    near = np.concatenate([_foreign(scene, marked, ways, useful)] * len(shapes), axis=1)
    tall = 2 * half[:, :, 1]
    free &= near >= np.minimum(OFF * tall, MOST_OFF)
    cost = 1.2 * np.clip(1.0 - near / (0.75 * tall), 0.0, 1.0) + 0.5 * (np.arange(near.shape[1]) // places)
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
    for part in _slices(np.flatnonzero(free), len(heads)):
        free[part] = ~crossing(rects[part], heads, breadth + 0.4 * gap).any(axis=1)
    return np.asarray(free)


def _slices(indices: Ints, others: int) -> list[Ints]:
    """Parts of ``indices`` small enough to be compared with all ``others`` at once."""
    step = max(1, 400_000 // max(others, 1))
    return [indices[at : at + step] for at in range(0, len(indices), step)]


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


def _foreign(scene: Scene, marked: Sequence[int], ways: Floats, useful: Bools) -> Floats:
    """Distance from each place (edges, places, 2) to the nearest edge that is not its own; 0 where it is of no use."""
    legs, owners = _legs(scene.edges)
    centres, own = ways.reshape(-1, 2), np.repeat(np.array(marked), ways.shape[1])
    nearest = np.zeros(len(centres))
    for part in _slices(np.flatnonzero(useful.ravel()), len(legs)):
        away = distances(centres[part], legs)
        away[own[part, None] == owners[None, :]] = np.inf
        nearest[part] = away.min(axis=1)
    return nearest.reshape(useful.shape)


# ------------------------------------------------------------------------------------------------- search
def _search(scene: Scene, marked: Sequence[int], first: int) -> dict[int, Standing]:
    """A place for every plate, none overlapping another.

    Edges between the same two columns are settled together, one group after the other, for plates of different groups
    seldom meet.
    """
    made: dict[int, Standing] = {}
    gap = scene.setter.gap
    for column, group in sorted(_groups(scene.diagram, marked), key=lambda group: group[0] != first):
        shapes = scene.shapes(group)
        found = _candidates(scene, group, shapes)
        if made:
            taken = rows([plate.rect for plate in made.values()])
            found.free &= ~overlapping(found.rects.reshape(-1, 4), taken, gap).any(axis=1).reshape(found.free.shape)
        share, roomy = _best_share(found, gap)
        wishes = found.cost + (4.0 * np.abs(found.shares - share) if roomy else _pull_to_rails(found, gap))
        settled = settle(found.rects, found.free, wishes, gap)
        if isinstance(settled, int):
            raise NoRoomError(column, settled, int(0.8 * len(group)))
        made |= _stood(group, shapes, found, dict(enumerate(settled.tolist())))
    return made


def _stood(
    marked: Sequence[int], shapes: Sequence[Sequence[Block]], found: Candidates, chosen: Mapping[int, int]
) -> dict[int, Standing]:
    """The chosen places as plates, by the number of their edge."""
    made = {}
    for number, place in chosen.items():
        x, y = found.centres[number, place].tolist()
        made[marked[number]] = Standing(shapes[place // found.places][number], x, y)
    return made


def _groups(diagram: Diagram, marked: Sequence[int]) -> list[tuple[int, list[int]]]:
    """Labelled edges by the two columns they join, with the number of the column before their last gap."""
    columns = sorted({node.column for node in diagram.nodes})
    home = {node.id: columns.index(node.column) for node in diagram.nodes}
    made: dict[tuple[int, int], list[int]] = {}
    for index in marked:
        edge = diagram.edges[index]
        made.setdefault((home[edge.source], home[edge.target]), []).append(index)
    return [(target - 1, group) for (_, target), group in sorted(made.items())]


def _best_share(found: Candidates, gap: float) -> tuple[float, bool]:
    """The place along their edges at which the plates of a group would be spaced best, and whether they have room there.

    Only their heights count here: a plate that meets a node at that place moves along its edge by itself.
    """
    if len(found.rects) == 1:
        return 0.5, True
    rects, shares = found.rects[:, : found.places], found.shares[: found.places]
    order = np.argsort(rects[:, :, 1] + rects[:, :, 3], axis=0, kind="stable")
    tops, bottoms = np.take_along_axis(rects[:, :, 1], order, 0), np.take_along_axis(rects[:, :, 3], order, 0)
    tall = float((rects[:, 0, 3] - rects[:, 0, 1]).max())
    even = np.minimum((tops[1:] - bottoms[:-1]).min(axis=0), 0.8 * tall) / tall
    swapped = (np.diff(order, axis=0) < 0).sum(axis=0) / len(rects)
    score = -even + 2.0 * swapped + 0.6 * np.abs(shares - 0.66)
    best = int(np.argmin(score))
    return float(shares[best]), bool(even[best] * tall >= gap)


def _pull_to_rails(found: Candidates, gap: float) -> Floats:
    """Make the group's plates want to stand in a few upright rows, the first near the target; shape (count,)."""
    crowd = found.free.sum(axis=0)[: found.places]
    rects = found.rects[:, : found.places]
    last = int(np.flatnonzero(crowd >= 0.6 * crowd.max())[-1])
    x = found.centres[:, :, 0].mean(axis=0)
    step = float((rects[:, 0, 2] - rects[:, 0, 0]).max()) + gap
    rails = np.arange(x[last], min(x[0], x[last]) - 1.0, -step)
    away = np.abs(x[:, None] - rails[None, :]).min(axis=1) / step
    return np.asarray(2.0 * away - 0.4 * found.shares)


def settle(rects: Floats, free: Bools, wishes: Floats, gap: float) -> Ints | int:
    """Choose a free place for each edge so that no two rectangles come nearer than ``gap``; the cheapest that is found.

    Min-conflicts search with a tabu list, then a polish. ``rects`` (edges, places, 4), ``free`` and ``wishes`` (edges,
    places). If conflicts stay, how many plates are in one at the least, counted for each conflict.
    """
    edges, places = free.shape
    if not free.any(axis=1).all():
        return 2 * edges
    use = np.flatnonzero(free.ravel())
    owner = use // places
    cost = wishes.ravel()[use]
    flat = rects.reshape(-1, 4)[use]
    clash = overlapping(flat, flat, gap)
    clash[owner[:, None] == owner[None, :]] = False
    meets = clash.astype(np.int32)
    chosen = np.array([own[np.argmin(cost[own])] for own in (np.flatnonzero(owner == edge) for edge in range(edges))])
    counts = meets[chosen].sum(axis=0)
    banned = np.zeros(len(use), dtype=np.intp)
    least, since = edges * edges, 0
    for turn in range(2000):
        hurt = counts[chosen] > 0
        conflicts = int(counts[chosen].sum())
        since = 0 if conflicts < least else since + 1
        least = min(conflicts, least)
        if conflicts == 0 or since > PATIENCE:
            break
        score = BIG * (counts - counts[chosen][owner]) + cost
        score[~hurt[owner] | (banned > turn)] = np.inf
        score[chosen] = np.inf
        move = int(np.argmin(score))
        if not np.isfinite(score[move]):
            continue
        old = chosen[owner[move]]
        banned[old] = turn + 6 + int(0.5 * hurt.sum())
        counts += meets[move] - meets[old]
        chosen[owner[move]] = move
    if counts[chosen].any():
        return least
    return use[_polished(chosen, counts, meets, owner, cost)] % places


def _polished(chosen: Ints, counts: NDArray[np.int32], meets: NDArray[np.int32], owner: Ints, cost: Floats) -> Ints:
    """Move plates one by one to where they look better, as long as nothing then overlaps."""
    for _ in range(8):
        before = chosen.copy()
        for edge in range(len(chosen)):
            own = np.flatnonzero(owner == edge)
            open_ = own[counts[own] == 0]
            best = open_[np.argmin(cost[open_])]
            if cost[best] < cost[chosen[edge]] - 1e-9:
                counts += meets[best] - meets[chosen[edge]]
                chosen[edge] = best
        if (before == chosen).all():
            break
    return chosen


def _greedy(scene: Scene, marked: Sequence[int]) -> dict[int, Standing]:
    """Plates in the order of their rank, each where it looks best among what is free; what finds no place is left out.

    A plate that finds none may push one other aside, if that one has somewhere else to go.
    """
    shapes = scene.shapes(marked)
    found = _candidates(scene, marked, shapes)
    rects, gap = found.rects.reshape(-1, 4), scene.setter.gap
    free, count = found.free.ravel(), found.free.shape[1]
    cost = (found.cost + 0.8 * np.abs(found.shares - 0.66)).ravel()
    blocks_ = np.zeros(len(rects), dtype=np.int32)
    chosen: dict[int, int] = {}

    def put(edge: int, place: int, sign: int) -> None:
        blocks_[overlapping(rects[place : place + 1], rects, gap)[0]] += sign
        if sign > 0:
            chosen[edge] = place

    for edge in range(len(marked)):
        own = np.arange(edge * count, (edge + 1) * count)[free[edge * count : (edge + 1) * count]]
        open_ = own[blocks_[own] == 0]
        if len(open_):
            put(edge, int(open_[np.argmin(cost[open_])]), 1)
            continue
        for place in own[blocks_[own] == 1][:PUSHES].tolist():
            other = next(
                each
                for each, at in chosen.items()
                if overlapping(rects[at : at + 1], rects[place : place + 1], gap)[0, 0]
            )
            away = np.arange(other * count, (other + 1) * count)[free[other * count : (other + 1) * count]]
            held = overlapping(rects[chosen[other] : chosen[other] + 1], rects[away], gap)[0].astype(np.int32)
            away = away[(blocks_[away] - held == 0) & ~overlapping(rects[place : place + 1], rects[away], gap)[0]]
            if len(away):
                put(other, chosen[other], -1)
                put(other, int(away[np.argmin(cost[away])]), 1)
                put(edge, place, 1)
                break
    return _stood(marked, shapes, found, {edge: place % count for edge, place in chosen.items()})


def swapped(edges: Sequence[PlacedEdge], groups: Mapping[str, tuple[int, int]]) -> float:
    """Share of the pairs of plates between the same two columns that do not read in the order of their names."""
    columns: dict[tuple[int, int], list[float]] = {}
    for edge in edges:
        if edge.plate is not None:
            columns.setdefault(groups[edge.id], []).append(edge.plate.y)
    wrong = pairs = 0
    for ys in columns.values():
        at = np.array(ys)
        wrong += int(np.triu(at[:, None] > at[None, :] + 1.0, 1).sum())
        pairs += len(ys) * (len(ys) - 1) // 2
    return wrong / max(pairs, 1)
