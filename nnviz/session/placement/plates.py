"""Finds a place on its edge for every plate, so that none touches a plate, a node or an arrowhead.

Each plate may slide along its own edge: some sixty places an edge are candidates. Those that touch what cannot move
are struck out; what is left is a choice of one candidate an edge without two that overlap. The plates between two
columns want to stand in one upright row, near the target and in the order of their names; where there is no room for
that, in a few such rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from nnviz.session.diagram import Diagram
from nnviz.session.placement.blocks import Setter
from nnviz.session.placement.candidates import Candidates, Scene, candidates
from nnviz.session.placement.geometry import overlapping, rows
from nnviz.session.placement.grid import Area, columns_of
from nnviz.session.placement.search import best_share, greedy, pull_to_rails, settle
from nnviz.session.placement.values import Block, PlacedEdge, PlacedNode, Standing

CONSIDERED = 240
"""Edges that are considered for labels where not all can be shown; more than fit a frame at the smallest size."""


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
        placed = _dropped(scene, ranked(diagram, marked)[:CONSIDERED])
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


def _search(scene: Scene, marked: Sequence[int], first: int) -> dict[int, Standing]:
    """A place for every plate, none overlapping another.

    Edges between the same two columns are settled together, one group after the other, for plates of different groups
    seldom meet.
    """
    made: dict[int, Standing] = {}
    gap = scene.setter.gap
    for column, group in sorted(_groups(scene.diagram, marked), key=lambda group: group[0] != first):
        shapes = scene.shapes(group)
        found = candidates(scene, group, shapes)
        if made:
            taken = rows([plate.rect for plate in made.values()])
            found.free &= ~overlapping(found.rects.reshape(-1, 4), taken, gap).any(axis=1).reshape(found.free.shape)
        share, roomy = best_share(found, gap)
        wishes = found.cost + (4.0 * np.abs(found.shares - share) if roomy else pull_to_rails(found, gap))
        settled, conflicts = settle(found.rects, found.free, wishes, gap)
        if conflicts:
            raise NoRoomError(column, conflicts, int(0.8 * len(group)))
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


def _dropped(scene: Scene, marked: Sequence[int]) -> dict[int, Standing]:
    """Places for as many plates as find one, the first in rank before the others."""
    if not marked:
        return {}
    shapes = scene.shapes(marked)
    found = candidates(scene, marked, shapes)
    return _stood(marked, shapes, found, greedy(found, scene.setter.gap))


def _groups(diagram: Diagram, marked: Sequence[int]) -> list[tuple[int, list[int]]]:
    """Labelled edges by the two columns they join, with the number of the column before their last gap."""
    columns = list(columns_of(diagram))
    home = {node.id: columns.index(float(node.column)) for node in diagram.nodes}
    made: dict[tuple[int, int], list[int]] = {}
    for index in marked:
        edge = diagram.edges[index]
        made.setdefault((home[edge.source], home[edge.target]), []).append(index)
    return [(target - 1, group) for (_, target), group in sorted(made.items())]


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
