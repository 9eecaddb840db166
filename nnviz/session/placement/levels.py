"""How high everything stands: rows spread evenly, plates of targets level with their outputs where there is room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nnviz.session.diagram import Diagram, DiagramNode
from nnviz.session.placement.blocks import Setter
from nnviz.session.placement.bodies import Bodies, row_gap
from nnviz.session.placement.geometry import stacked
from nnviz.session.placement.grid import Area, Column

FARTHEST = 2.15
"""Greatest distance of rows, in heights of a body: beyond it a network falls apart."""
FAR = 300.0
LOSS_WEIGHT = 1000.0
"""How much more a loss insists on its place amid its sources than a plate on its own."""


@dataclass(frozen=True, slots=True)
class Levels:
    """The y of every node and of every plate of a node, and whether the captions stand above it."""

    nodes: dict[str, float] = field(default_factory=dict)
    plates: dict[str, list[float]] = field(default_factory=dict)
    above: dict[str, bool] = field(default_factory=dict)


def levels(
    setter: Setter, diagram: Diagram, layers: Mapping[float, Column], bodies: Bodies, area: Area, spread: float
) -> Levels | None:
    """Spread each column's nodes, then stack the columns that also hold plates; None if such a stack is too high."""
    made = Levels()
    plain = [column for column in layers.values() if not column.plates]
    pitch = spread * _pitch(plain, bodies, area)
    for column in plain:
        _spread(setter, plain, column, bodies, area, pitch, made)
    mixed = [column for column in layers.values() if column.plates]
    return made if all(_stack(setter, diagram, column, bodies, area, made) for column in mixed) else None


def _span(plain: Sequence[Column], count: int, bodies: Bodies, area: Area) -> float:
    """Distance from the first to the last centre of a column that fills the area.

    It is the same for all columns of ``count`` nodes, so that their rows are level.
    """
    alike = [node for column in plain if len(column.nodes) == count for node in column.nodes]
    tallest = max((bodies.nodes[node.id].height for node in alike), default=0.0)
    return area.height - tallest - 2 * bodies.caption_height()


def _pitch(plain: Sequence[Column], bodies: Bodies, area: Area) -> float:
    """Distance of rows in the fullest columns: what the area gives, but no more than reads as one network."""
    longest = max((len(column.nodes) for column in plain), default=1)
    if longest < 2:
        return area.height
    full = [node for column in plain if len(column.nodes) == longest for node in column.nodes]
    tallest = max(bodies.nodes[node.id].height for node in full)
    return min(_span(plain, longest, bodies, area) / (longest - 1), max(FARTHEST * tallest, FAR))


def _spread(
    setter: Setter, plain: Sequence[Column], column: Column, bodies: Bodies, area: Area, most: float, made: Levels
) -> None:
    """Set the nodes of a column apart, at most ``most`` unless they are higher, amid the area."""
    count = len(column.nodes)
    own = _span(plain, count, bodies, area) / (count - 1) if count > 1 else 0.0
    tallest = max(bodies.nodes[node.id].height for node in column.nodes) if count else 0.0
    step = min(own, max(most, tallest + bodies.caption_height() + row_gap(setter)))
    for index, node in enumerate(column.nodes):
        made.nodes[node.id] = (area.top + area.bottom) / 2 + (index - (count - 1) / 2) * step
        made.above[node.id] = count > 2 or index < count / 2  # of many, all on one side: whose each is, is seen


@dataclass(frozen=True, slots=True)
class _Item:
    """Something in a stack: where it would like to be, how high it is, how much it insists; plate -1 is the node."""

    wish: float
    height: float
    weight: float
    id: str
    plate: int


def _stack(setter: Setter, diagram: Diagram, column: Column, bodies: Bodies, area: Area, made: Levels) -> bool:
    """Stack losses amid their sources, and each plate level with its node or as near as there is room."""
    items = [
        _Item(_amid(diagram, node, area, made), bodies.nodes[node.id].height, LOSS_WEIGHT, node.id, -1)
        for node in column.nodes
    ]
    for node in column.plates:
        for index, plate in enumerate(bodies.plates[node.id]):
            items.append(_Item(made.nodes[node.id], plate.height, 1.0, node.id, index))
    items.sort(key=lambda item: (round(item.wish, 3), item.plate < 0))
    heights = [item.height for item in items]
    gap = 12.0 if setter.rung.snug else 26.0
    if sum(heights) + gap * (len(items) - 1) > area.height:
        return False
    ys = stacked([item.wish for item in items], heights, [item.weight for item in items], gap)
    for item, y in zip(items, _pulled_in(ys, heights, gap, area), strict=True):
        if item.plate < 0:
            made.nodes[item.id] = y
            made.above[item.id] = True
        else:
            made.plates.setdefault(item.id, []).append(y)
    return True


def _amid(diagram: Diagram, node: DiagramNode, area: Area, made: Levels) -> float:
    """The middle of a node's sources, or of the area if they are not placed."""
    known = [made.nodes[edge.source] for edge in diagram.edges if edge.target == node.id and edge.source in made.nodes]
    return (min(known) + max(known)) / 2 if known else (area.top + area.bottom) / 2


def _pulled_in(ys: Sequence[float], heights: Sequence[float], gap: float, area: Area) -> list[float]:
    """Push what hangs over the top or the bottom back into the area, and its neighbours with it."""
    pulled, floor = list(ys), area.top
    for index, height in enumerate(heights):
        pulled[index] = max(pulled[index], floor + height / 2)
        floor = pulled[index] + height / 2 + gap
    ceiling = area.bottom
    for index in reversed(range(len(heights))):
        pulled[index] = min(pulled[index], ceiling - heights[index] / 2)
        ceiling = pulled[index] - heights[index] / 2 - gap
    return pulled
