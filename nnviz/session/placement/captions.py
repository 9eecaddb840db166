"""Moves what stands beside a node, its captions and its plates, to where no edge crosses it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from nnviz.session.placement.columns import CAPTION_GAP, Area
from nnviz.session.placement.geometry import Floats, crossing, overlapping, rows
from nnviz.session.placement.values import PlacedEdge, PlacedNode, Standing

Rect = tuple[float, float, float, float]


def captioned(nodes: Sequence[PlacedNode], edges: Sequence[PlacedEdge], area: Area) -> list[PlacedNode]:
    """``nodes`` with every caption where it is crossed least; what is crossed all the same gets a halo."""
    legs = rows([(*a, *b) for edge in edges for a, b in zip(edge.path, edge.path[1:], strict=False)])
    made = list(nodes)
    for index, node in enumerate(nodes):
        if node.captions is not None:
            made[index] = _settled(made, index, legs, area)
    return made


def plated(nodes: Sequence[PlacedNode], edges: Sequence[PlacedEdge], area: Area) -> list[PlacedNode]:
    """``nodes`` that stand where a user has put them, each plate on that side of its node where there is room for it."""
    legs = rows([(*a, *b) for edge in edges for a, b in zip(edge.path, edge.path[1:], strict=False)])
    made = list(nodes)
    for index, node in enumerate(nodes):
        for number, plate in enumerate(node.plates):
            others = _taken(made, index) + [made[index].body.rect, *(each.rect for each in made[index].plates[:number])]
            beside = [*made[index].plates[:number], _beside(node.body, plate, rows(others), legs, area), *node.plates[number + 1 :]]
            made[index] = replace(made[index], plates=tuple(beside))
    return made


def _beside(body: Standing, plate: Standing, others: Floats, legs: Floats, area: Area) -> Standing:
    """The place around a body where a plate hides least, the right side liked best."""
    across = (body.block.width + plate.block.width) / 2 + 18.0
    along = (body.block.height + plate.block.height) / 2 + 18.0
    half, third = 0.6 * along, 0.9 * along
    spots = [(across, 0.0), (across, -half), (across, half), (across, -third), (across, third), (0.0, along), (0.0, -along)]
    spots += [(-across, 0.0), (-across, -half), (-across, half)]
    places = [Standing(plate.block, body.x + dx, body.y + dy) for dx, dy in spots]
    rects = rows([place.rect for place in places])
    hidden = overlapping(rects, others, 4.0).sum(axis=1)
    hidden = 3 * hidden + (crossing(rects, legs, 2.0).sum(axis=1) if len(legs) else 0)
    out = (rects[:, 0] < area.left) | (rects[:, 2] > area.right) | (rects[:, 1] < area.top) | (rects[:, 3] > area.bottom)
    return places[int(np.argmin(hidden + 100 * out + 0.1 * np.arange(len(places))))]


def _settled(nodes: Sequence[PlacedNode], index: int, legs: Floats, area: Area) -> PlacedNode:
    node = nodes[index]
    places = _places(node)
    rects = rows([place.rect for place in places])
    crossed = crossing(rects, legs, 1.0).sum(axis=1) if len(legs) else np.zeros(len(places))
    others = rows(_taken(nodes, index))
    blocked = overlapping(rects, others, 3.0).any(axis=1) if len(others) else np.zeros(len(places), dtype=bool)
    blocked |= (rects[:, 0] < area.left - 12.0) | (rects[:, 2] > area.right + 12.0) | (rects[:, 1] < area.top - 1.0)
    blocked |= rects[:, 3] > area.bottom + 1.0
    best = int(np.argmin(1000.0 * blocked + crossed + 0.2 * np.arange(len(places))))
    return replace(node, captions=places[best], haloed=bool(crossed[best] > 0))


def _places(node: PlacedNode) -> list[Standing]:
    """Where a caption may stand: as it was, across the node, and for small bodies beside that."""
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
    """What other nodes occupy."""
    made: list[Rect] = []
    for number, node in enumerate(nodes):
        if number != index:
            made += [node.body.rect, *(plate.rect for plate in node.plates)]
            made += [node.captions.rect] if node.captions else []
    return made
