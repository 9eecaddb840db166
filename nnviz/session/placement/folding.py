"""Long chains in lines one under the other, as text is, where one line would make its type too small.

A line ends only where a single edge leads on: that one runs round to the beginning of the next (:mod:`.routes`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from nnviz.session.diagram import Diagram
from nnviz.session.placement import columns
from nnviz.session.placement.blocks import Setter
from nnviz.session.placement.bodies import box
from nnviz.session.placement.grid import BETWEEN, TURN, Area, Column, columns_of
from nnviz.session.placement.values import PlacedNode

SHORTEST = 4
"""Columns a line has at the least, on average."""


def lines_of(diagram: Diagram, count: int) -> dict[int, int]:
    """For each column the number of its line, of ``count`` about equally long ones; empty if it cannot be cut so."""
    taken = sorted({node.column for node in diagram.nodes})
    begins = [0]
    allowed = _beginnings(diagram, taken) if 1 < count <= len(taken) / SHORTEST else []
    for line in range(1, count):
        later = [place for place in allowed if place > begins[-1]]
        if not later:
            return {}
        begins.append(min(later, key=lambda place: abs(place - line * len(taken) / count)))
    return {column: sum(begin <= place for begin in begins) - 1 for place, column in enumerate(taken)}


def _beginnings(diagram: Diagram, taken: list[int]) -> list[int]:
    """The places, among the columns taken, at which a line may begin: one edge leads there, from the column before."""
    place = {column: number for number, column in enumerate(taken)}
    at = {node.id: place[node.column] for node in diagram.nodes}
    crossing = [0] * (len(taken) + 1)
    for edge in diagram.edges:
        for between in range(at[edge.source] + 1, at[edge.target] + 1):
            crossing[between] += 1
    near = {at[edge.target] for edge in diagram.edges if at[edge.target] == at[edge.source] + 1}
    return [number for number in sorted(near) if crossing[number] == 1]


def arranged(
    diagram: Diagram, setter: Setter, area: Area, spread: float, extra: Mapping[int, float]
) -> list[PlacedNode] | None:
    """Place all nodes in as many lines as the rung has, see :func:`.columns.arrange`; None if they do not fit."""
    if setter.rung.lines == 1:
        return _fitting(columns.arrange(diagram, setter, area, spread, extra), area)
    parts, made, before = (
        setter.once("parts", diagram, lambda: _parts(diagram, setter.rung.lines)),
        list[PlacedNode](),
        0,
    )
    if not parts:
        return None
    for part, band in zip(parts, _bands(parts, setter, area), strict=True):
        own = {gap - before: width for gap, width in extra.items() if gap >= before}
        placed = _fitting(columns.arrange(part, setter, band, spread, own), band)
        if placed is None:
            return None
        made += placed
        before += len(columns_of(part))
    return made


def _parts(diagram: Diagram, count: int) -> list[Diagram]:
    """What stands in each of so many lines; nothing if it cannot be cut so."""
    lines = lines_of(diagram, count)
    return [
        _part(diagram, {column for column in lines if lines[column] == number})
        for number in range(count if lines else 0)
    ]


def _fitting(nodes: list[PlacedNode] | None, area: Area) -> list[PlacedNode] | None:
    """The nodes, unless a box is higher than the area."""
    if nodes is None or any(node.body.block.height > area.height for node in nodes):
        return None
    return nodes


def _bands(parts: Sequence[Diagram], setter: Setter, area: Area) -> list[Area]:
    """The part of the area that belongs to each line, by the height of its boxes.

    Between two lines there is room for an edge, and for headings.
    """
    gap = BETWEEN + (setter.heading_room if parts[0].headings else 0.0)
    needs = [max(_boxes_height(setter, column) for column in columns_of(part).values()) for part in parts]
    spare = (area.height - gap * (len(parts) - 1) - sum(needs)) / len(parts)
    top, made = area.top, []
    for need in needs:
        made.append(Area(area.left + TURN, top, area.right - TURN, top + need + spare))
        top += need + spare + gap
    return made


def _boxes_height(setter: Setter, column: Column) -> float:
    """The height of all boxes of a column; neurons take what there is."""
    return sum(box(setter, node).height for node in column.nodes if node.shape != "neuron")


def _part(diagram: Diagram, own: set[int]) -> Diagram:
    """What of a diagram stands in some columns."""
    nodes = tuple(node for node in diagram.nodes if node.column in own)
    ids = {node.id for node in nodes}
    edges = tuple(edge for edge in diagram.edges if edge.source in ids and edge.target in ids)
    return replace(diagram, nodes=nodes, edges=edges)
