"""Where nodes stand: one column a layer, from the left to the right, as far apart as the plates between them need.

A rung on which the bodies do not fit the area gives None, and the next, tighter one is tried.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from nnviz.session.diagram import Diagram, DiagramEdge
from nnviz.session.placement import blocks
from nnviz.session.placement.blocks import Setter
from nnviz.session.placement.bodies import Bodies, made_bodies
from nnviz.session.placement.grid import ARROW, CAPTION_GAP, Area, Column, columns_of
from nnviz.session.placement.levels import Levels, levels
from nnviz.session.placement.values import Block, PlacedNode, Standing

__all__ = ["Area", "arrange", "shifted"]

GIVE = 0.15
"""By how much snug gaps may be narrower than reckoned: plates at steep edges also find room beside nodes."""
PACKED = 0.8
"""Share of a gap's height that rows of plates can really fill."""


@dataclass(frozen=True, slots=True)
class _Sheet:
    """All that decides how far apart columns stand."""

    setter: Setter
    diagram: Diagram
    layers: Mapping[float, Column]
    bodies: Bodies
    levels: Levels

    @property
    def keys(self) -> list[float]:
        """The columns from the left."""
        return list(self.layers)


def arrange(
    diagram: Diagram, setter: Setter, area: Area, spread: float, extra: Mapping[int, float]
) -> list[PlacedNode] | None:
    """Place all nodes of ``diagram`` in ``area``; None if they do not fit on this rung.

    Parameters
    ----------
    spread : how much farther apart than those of the fullest column the rows of other columns may be set.
    extra : width wanted in a gap, by the number of the column before it, beyond what its plates seem to need.
    """
    layers = setter.once("columns", diagram, lambda: columns_of(diagram))
    bodies = made_bodies(setter, diagram, layers, area)
    if bodies is None:
        return None
    high = levels(setter, diagram, layers, bodies, area, spread)
    if high is None:
        return None
    sheet = _Sheet(setter, diagram, layers, bodies, high)
    across = _across(sheet, area, extra)
    return None if across is None else _standing(sheet, across)


# ------------------------------------------------------------------------------------------------- breadths
def _across(sheet: _Sheet, area: Area, extra: Mapping[int, float]) -> dict[float, float] | None:
    """The centre of every column; None if columns and what stands between them are too broad."""
    if not sheet.layers:
        return {}
    broad = [sheet.bodies.breadth(column) for column in sheet.layers.values()]
    needs = [(need + extra.get(gap, 0.0), most + extra.get(gap, 0.0)) for gap, (need, most) in enumerate(_gaps(sheet))]
    left, right = _overhang(sheet, 0, broad[0]), _overhang(sheet, -1, broad[-1])
    fixed, wanted = sum(broad) + left + right, sum(need for need, _ in needs)
    slack = area.width - fixed - wanted
    if slack < (-GIVE * wanted if sheet.setter.rung.snug else 0.0):
        return None
    gaps = _shared(needs, slack)
    x = area.left + left + max(area.width - fixed - sum(gaps), 0.0) / 2
    centres = {}
    for key, width, gap in zip(sheet.keys, broad, [*gaps, 0.0], strict=True):
        centres[key] = x + width / 2
        x += width + gap
    return centres


def _overhang(sheet: _Sheet, index: int, broad: float) -> float:
    """How far captions and the heading of an outer column reach beyond its bodies."""
    key = sheet.keys[index]
    widths = [
        sheet.bodies.captions[node.id].width for node in sheet.layers[key].nodes if node.id in sheet.bodies.captions
    ]
    size = sheet.setter.size("heading")
    widths += [sheet.setter.width("heading", text, size) for column, text in sheet.diagram.headings if column == key]
    return max(max(widths, default=0.0) - broad, 0.0) / 2


def _gaps(sheet: _Sheet) -> list[tuple[float, float]]:
    """(least breadth, most breadth) of the gap after each column but the last."""
    places = {key: place for place, key in enumerate(sheet.keys)}
    home = {node.id: places[node.column] for node in sheet.diagram.nodes}
    loads: dict[int, list[DiagramEdge]] = {}
    ends: dict[int, list[float]] = {}
    for edge in sheet.diagram.edges:
        if home[edge.target] > home[edge.source]:
            gap = home[edge.target] - 1
            if edge.labels:
                loads.setdefault(gap, []).append(edge)
            ends.setdefault(gap, []).extend((sheet.levels.nodes[edge.source], sheet.levels.nodes[edge.target]))
    return [_gap(sheet.setter, loads.get(index, []), ends.get(index, [])) for index in range(len(sheet.keys) - 1)]


def _gap(setter: Setter, labelled: Sequence[DiagramEdge], ends: Sequence[float]) -> tuple[float, float]:
    """(least, most) breadth of a gap that holds the plates of some edges, which end at some heights."""
    rung = setter.rung
    if not labelled:
        few = len(ends) <= 6
        return (56.0 if rung.snug else 100.0) if few else 130.0, 190.0 if few else 460.0
    if rung.dropping and rung.wrapped:
        return 64.0, 2000.0
    plates = [blocks.edge_plates(setter, edge)[-1] for edge in labelled]
    tallest, broadest = max(plate.height for plate in plates), max(plate.width for plate in plates)
    room = max(ends) - min(ends) + tallest
    rails = sum(plate.height + setter.gap for plate in plates) / (PACKED * room)
    rails = 1.0 if rung.dropping else max(rails, 1.0)
    need = rails * (broadest + setter.gap) + ARROW + (2 * setter.gap + 12.0 if rung.snug else 76.0)
    return need, 1.5 * need + (2000.0 if rung.dropping else 80.0)


def _shared(needs: Sequence[tuple[float, float]], slack: float) -> list[float]:
    """Give every gap its part of the spare width, up to its most; take from all alike if there is too little."""
    total = sum(need for need, _ in needs)
    if slack <= 0 or not needs:
        return [need * (1 + slack / total) for need, _ in needs] if total else []
    share = min(slack / sum(most - need for need, most in needs), 1.0)
    return [need + share * (most - need) for need, most in needs]


# ------------------------------------------------------------------------------------------------- standing
def _standing(sheet: _Sheet, across: Mapping[float, float]) -> list[PlacedNode]:
    """Every node in its place, with its captions and plates."""
    beside = {node.id: across[key] for key, column in sheet.layers.items() for node in column.plates}
    made = []
    for key, column in sheet.layers.items():
        for node in column.nodes:
            body = Standing(sheet.bodies.nodes[node.id], across[key], sheet.levels.nodes[node.id])
            captions = _captioned(body, sheet.bodies.captions.get(node.id), sheet.levels.above[node.id])
            plates = zip(sheet.bodies.plates[node.id], sheet.levels.plates.get(node.id, []), strict=True)
            stood = tuple(Standing(block, beside[node.id], y) for block, y in plates)
            made.append(PlacedNode(node.id, node.shape, node.column, body, captions, stood))
    return made


def _captioned(body: Standing, caption: Block | None, above: bool) -> Standing | None:
    if caption is None:
        return None
    reach = (body.block.height + caption.height) / 2 + CAPTION_GAP
    return Standing(caption, body.x, body.y - reach if above else body.y + reach)


def shifted(node: PlacedNode, dx: float, dy: float) -> PlacedNode:
    """A node elsewhere, with its captions and plates."""

    def shift(standing: Standing) -> Standing:
        return Standing(standing.block, standing.x + dx, standing.y + dy)

    captions = shift(node.captions) if node.captions else None
    return replace(node, body=shift(node.body), captions=captions, plates=tuple(shift(plate) for plate in node.plates))
