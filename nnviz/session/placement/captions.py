"""Moves what stands beside a node, its captions and its plates, to where no edge crosses it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from nnviz.session.placement.geometry import Bools, Floats, crossing, overlapping, rows
from nnviz.session.placement.grid import CAPTION_GAP, Area
from nnviz.session.placement.positions import BESIDE
from nnviz.session.placement.values import PlacedEdge, PlacedNode, Rect, Standing


def captioned(nodes: Sequence[PlacedNode], edges: Sequence[PlacedEdge], area: Area) -> list[PlacedNode]:
    """``nodes`` with every caption where it is crossed least; what is crossed all the same gets a halo."""
    legs = _legs(edges)
    made = list(nodes)
    for index, node in enumerate(nodes):
        if node.captions is not None:
            made[index] = _settled(made, index, legs, area)
    return made


def plated(nodes: Sequence[PlacedNode], edges: Sequence[PlacedEdge], area: Area) -> list[PlacedNode]:
    """``nodes`` that stand where a user has put them, each plate on the side of its node where there is most room."""
    legs = _legs(edges)
    made = list(nodes)
    for index, node in enumerate(nodes):
        plates = list(node.plates)
        for number, plate in enumerate(plates):
            others = [*_taken(made, index), node.body.rect, *(each.rect for each in plates[:number])]
            plates[number] = _beside(node.body, plate, rows(others), legs, area)
        made[index] = replace(node, plates=tuple(plates))
    return made


def _legs(edges: Sequence[PlacedEdge]) -> Floats:
    return rows([(*a, *b) for edge in edges for a, b in pairwise(edge.path)])


def _beside(body: Standing, plate: Standing, others: Floats, legs: Floats, area: Area) -> Standing:
    """The place around a body where a plate hides least, the right side liked best."""
    across = (body.block.width + plate.block.width) / 2 + BESIDE
    along = (body.block.height + plate.block.height) / 2 + BESIDE
    spots = [(across, share * along) for share in (0.0, -0.6, 0.6, -0.9, 0.9)]
    spots += [(0.0, along), (0.0, -along), (-across, 0.0), (-across, -0.6 * along), (-across, 0.6 * along)]
    places = [Standing(plate.block, body.x + dx, body.y + dy) for dx, dy in spots]
    rects = rows([place.rect for place in places])
    hidden = 3 * overlapping(rects, others, 4.0).sum(axis=1) + crossing(rects, legs, 2.0).sum(axis=1)
    cost = hidden + 100 * _outside(rects, area, 0.0) + 0.1 * np.arange(len(places))
    return places[int(np.argmin(cost))]


def _outside(rects: Floats, area: Area, slack: float) -> Bools:
    """Which rectangles hang out of the area by more than ``slack``."""
    low = (rects[:, 0] < area.left - slack) | (rects[:, 1] < area.top - slack)
    return np.asarray(low | (rects[:, 2] > area.right + slack) | (rects[:, 3] > area.bottom + slack))


def _settled(nodes: Sequence[PlacedNode], index: int, legs: Floats, area: Area) -> PlacedNode:
    """A node whose caption stands where it touches nothing and the fewest edges cross it."""
    places = _places(nodes[index])
    rects = rows([place.rect for place in places])
    crossed = crossing(rects, legs, 1.0).sum(axis=1)
    others = [*_taken(nodes, index), *(plate.rect for plate in nodes[index].plates)]
    blocked = overlapping(rects, rows(others), 3.0).any(axis=1) | _outside(rects, area, 1.0)
    best = int(np.argmin(1000.0 * blocked + crossed + 0.1 * np.arange(len(places))))
    return replace(nodes[index], captions=places[best], haloed=bool(crossed[best] > 0))


def _places(node: PlacedNode) -> list[Standing]:
    """Where a caption may stand: as it was, across the node, askew if it is broad, at its sides."""
    assert node.captions is not None
    caption, body = node.captions, node.body
    reach = (body.block.height + caption.block.height) / 2 + CAPTION_GAP
    sides = (-reach, reach) if caption.y < body.y else (reach, -reach)
    shifts = [0.0]
    if caption.block.width > 0.8 * body.block.width:
        aside = (caption.block.width + 0.5 * body.block.width) / 2
        shifts += [aside, -aside]
    made = [Standing(caption.block, body.x + shift, body.y + side) for shift in shifts for side in sides]
    across = (body.block.width + caption.block.width) / 2 + CAPTION_GAP
    return made + [Standing(caption.block, body.x + side, body.y) for side in (across, -across)]


def _taken(nodes: Sequence[PlacedNode], index: int) -> list[Rect]:
    """What all nodes but one occupy."""
    return [rect for number, node in enumerate(nodes) if number != index for rect in node.rects()]
