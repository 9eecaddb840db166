"""Heat maps in boxes: how large they are, and where they stand under the lines of type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from nnviz.session.diagram import DiagramNode, Heats, Label
from nnviz.session.placement.blocks import MIDDLE, Setter
from nnviz.session.placement.values import Block, Row, Spot

IMAGE, LONE, CELL, LARGEST = 2.6, 4.0, 0.9, 3.6
"""In sizes of type: a side of an image among several, of the only one, of a cell of a kernel, of the largest kernel."""
SNUG = 0.85
"""How much smaller all of them are where room is short."""
BESIDE, ABOVE = 0.3, 0.36
"""In sizes of type: space between two maps, and above a row of them."""
ROLE = "note"


@dataclass(frozen=True, slots=True)
class _Strip:
    """The maps of one group that are shown, and the breadth of what stands behind them."""

    group: int
    sizes: tuple[tuple[float, float], ...]
    rest: float

    def width(self, gap: float) -> float:
        """How wide all of it runs."""
        parts = [width for width, _ in self.sizes] + ([self.rest] if self.rest else [])
        return sum(parts) + gap * (len(parts) - 1)

    @property
    def height(self) -> float:
        """How high it stands."""
        return max(height for _, height in self.sizes)


def maps_width(setter: Setter, node: DiagramNode) -> float:
    """How wide the heat maps of a node run; 0 without any."""
    gap = BESIDE * setter.size(ROLE)
    return max((strip.width(gap) for strip in _strips(setter, node)), default=0.0)


def with_maps(setter: Setter, node: DiagramNode, block: Block, pad_x: float, pad_y: float) -> Block:
    """``block``, which has such padding around its lines, with the heat maps of its node under them."""
    strips = list(_strips(setter, node))
    if not strips:
        return block
    em = setter.size(ROLE)
    more = sum(strip.height + ABOVE * em for strip in strips)
    y = block.height / 2 - pad_y - more / 2
    rows, spots = [row.moved(0.0, -more / 2) for row in block.rows], list[Spot]()
    for strip in strips:
        y += ABOVE * em
        x = -strip.width(BESIDE * em) / 2
        for number, (width, height) in enumerate(strip.sizes):
            spots.append(Spot(strip.group, number, x, y + (strip.height - height) / 2, width, height))
            x += width + BESIDE * em
        if strip.rest:
            slot, baseline = len(node.inside) + strip.group, y + strip.height / 2 + MIDDLE * em
            rows.append(Row(slot, ROLE, x + strip.rest / 2, baseline, em, setter.rung.condensed))
        y += strip.height
    width = max(block.width, maps_width(setter, node) + 2 * pad_x)
    return replace(block, width=width, height=block.height + more, rows=tuple(rows), spots=tuple(spots))


def _strips(setter: Setter, node: DiagramNode) -> Iterator[_Strip]:
    for group, heats in enumerate(node.heats):
        shown = heats.maps[: setter.rung.maps]
        if shown:
            rest = _rest_width(setter, heats.rest) if len(shown) < heats.total else 0.0
            yield _Strip(group, tuple(_size(setter, heats, heat.rows, heat.columns) for heat in shown), rest)


def _rest_width(setter: Setter, rest: Label) -> float:
    return setter.width(ROLE, rest.text, setter.size(ROLE))


def _size(setter: Setter, heats: Heats, rows: int, columns: int) -> tuple[float, float]:
    """Width and height of one map; its cells are square."""
    longest = max(rows, columns)
    side = LONE if heats.total == 1 else IMAGE
    em = setter.size(ROLE) * (SNUG if setter.rung.snug else 1.0)
    cell = em * (min(CELL, LARGEST / longest) if heats.role == "kernel" else side / longest)
    return columns * cell, rows * cell
