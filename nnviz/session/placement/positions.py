"""Nodes where a user has put them, the whole scaled to fill the area."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from nnviz.session.diagram import Diagram
from nnviz.session.placement.columns import shifted
from nnviz.session.placement.geometry import Floats, overlapping, rows
from nnviz.session.placement.grid import Area
from nnviz.session.placement.values import PlacedNode, Standing

BESIDE = 18.0
"""Space between a body and a plate right beside it."""


def positioned(diagram: Diagram) -> bool:
    """Whether a user has put any of the nodes somewhere."""
    return any(node.position is not None for node in diagram.nodes)


def moved(nodes: Sequence[PlacedNode], diagram: Diagram, area: Area) -> list[PlacedNode]:
    """Put nodes where the user has them, scaled alike in x and y so that the whole fills the area.

    Nodes without a place of their own keep the automatic one, read as a place at 100 %.
    """
    wished = {node.id: node.position for node in diagram.nodes}
    nodes = [_close(node) for node in nodes]
    places = np.array([wished[node.id] or (node.body.x, node.body.y) for node in nodes], dtype=np.float64)
    reach = np.array([_reach(node) for node in nodes])
    low, high = np.array([area.left, area.top]), np.array([area.right, area.bottom])
    at = _scale(places, reach, high - low) * places
    at += (low + high) / 2 - ((at - reach[:, :2]).min(axis=0) + (at + reach[:, 2:]).max(axis=0)) / 2
    return [shifted(node, x - node.body.x, y - node.body.y) for node, (x, y) in zip(nodes, at.tolist(), strict=True)]


def _close(node: PlacedNode) -> PlacedNode:
    """A node with its plates right beside it instead of in the loss's column."""
    body = node.body
    across = [(body.block.width + plate.block.width) / 2 + BESIDE for plate in node.plates]
    plates = [Standing(plate.block, body.x + dx, body.y) for plate, dx in zip(node.plates, across, strict=True)]
    return replace(node, plates=tuple(plates))


def _reach(node: PlacedNode) -> tuple[float, float, float, float]:
    """How far a node with its captions and plates extends from its centre: left, up, right, down."""
    box = rows(node.rects())
    x, y = node.body.x, node.body.y
    return (x - box[:, 0].min(), y - box[:, 1].min(), box[:, 2].max() - x, box[:, 3].max() - y)


def _scale(places: Floats, reach: Floats, room: Floats) -> float:
    """The greatest common scale with which every node, at its own size, stays inside the room."""
    low, high = 0.0, 64.0
    for _ in range(40):
        middle = (low + high) / 2
        at = middle * places
        extent = (at + reach[:, 2:]).max(axis=0) - (at - reach[:, :2]).min(axis=0)
        low, high = (middle, high) if (extent <= room).all() else (low, middle)
    return low


def collide(nodes: Sequence[PlacedNode]) -> bool:
    """Whether bodies or plates of different nodes overlap."""
    boxes = [(index, each.rect) for index, node in enumerate(nodes) for each in (node.body, *node.plates)]
    owners = np.array([index for index, _ in boxes])
    rects = rows([rect for _, rect in boxes])
    return bool((overlapping(rects, rects) & (owners[:, None] != owners[None, :])).any())
