"""Placement on a canvas without a frame: every node stands exactly where it is put, in pixels at 100 %.

A window pans and zooms over it. Nodes without a place of their own get the one they would have on a slide.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nnviz.session.diagram import Diagram
from nnviz.session.picture import Item, Measure
from nnviz.session.placement import columns, plates, routes
from nnviz.session.placement.blocks import Rung, Setter
from nnviz.session.placement.captions import captioned, plated
from nnviz.session.placement.columns import Area
from nnviz.session.placement.draw import network
from nnviz.session.placement.furniture import reserve
from nnviz.session.placement.ladder import Layout, folded, maps_tried, solve
from nnviz.session.placement.live import LivePicture
from nnviz.session.placement.values import REFERENCE, PlacedNode
from nnviz.session.style import Style

Point = tuple[float, float]
Rect = tuple[float, float, float, float]

FULL = (
    *(Rung(level, body="circle") for level in (1.0, 0.6, 0.2)),
    *(Rung(0.0, condensed=condensed, snug=True, body="circle") for condensed in (False, True)),
    *(Rung(level, condensed=True, snug=True, body="long") for level in (0.0, -0.5, -0.9)),
)
"""Ways of setting type, from roomy to crammed: the first in which no body touches another and all labels find room."""
WRAPPED = tuple(
    Rung(level, condensed=condensed, wrapped=True, snug=True)
    for condensed in (False, True)
    for level in (0.6, 0.2, 0.0)
)
"""The same for boxes, which may be narrower."""
DROPPING = (
    Rung(0.0, condensed=True, snug=True, dropping=True, body="circle", plate_level=0.0),
    Rung(-0.5, condensed=True, snug=True, dropping=True, body="long", plate_level=-0.5),
)
MOST = 90
"""Labelled edges beyond which it is not even tried to show all labels."""
MOST_COLUMNS = 20
"""Columns beyond which no slide is broad enough: what cannot be folded goes on to the right instead."""
WIDE, ENDLESS = 20_000.0, 1e8
MARGIN = 48.0


@dataclass(frozen=True, slots=True)
class FreeLayout:
    """A solved canvas: the layout, where each node's centre stands, and the box around all of it."""

    layout: Layout
    centres: Mapping[str, Point]
    bounds: Rect


def bare(diagram: Diagram) -> Diagram:
    """A diagram without title, headings, legend, small print and step: a window tells those elsewhere."""
    return replace(diagram, title="", headings=(), legend=(), small_print=(), step=(), reserve_step=False)


def free_layout(
    diagram: Diagram, style: Style, measure: Measure, positions: Mapping[str, Point], *, like: FreeLayout | None = None
) -> FreeLayout:
    """Place a diagram with every node centred where ``positions`` says.

    Parameters
    ----------
    positions : centres by diagram id, in pixels at 100 %; nodes that are missing get the automatic place.
    like : while something is dragged, the layout whose sizes of type are kept; labels without a place are left out.
    """
    plain = bare(diagram)
    if not plain.nodes:
        return FreeLayout(_empty(plain, style, measure), {}, (0.0, 0.0, REFERENCE, 1080.0))
    deep = len({node.column for node in plain.nodes}) > MOST_COLUMNS
    solved = None if positions else (folded if deep else solve)(plain, style, measure, 1080.0)
    if solved is not None:
        return FreeLayout(solved, _centres(solved.nodes), _bounds(solved))
    missing = [node.id for node in plain.nodes if node.id not in positions]
    if missing:
        loose = Setter(style, measure, FULL[0])
        automatic = _centres(_endless(plain, loose) if deep else solve(plain, style, measure, 1080.0).nodes)
        positions = {**{id: automatic[id] for id in missing}, **positions}
    rungs = _rungs(plain, like)
    for rung in rungs:
        solved_or_none = _attempt(plain, Setter(style, measure, rung), positions, last=rung is rungs[-1])
        if solved_or_none is not None:
            return FreeLayout(solved_or_none, _centres(solved_or_none.nodes), _bounds(solved_or_none))
    raise AssertionError("a rung that drops labels always finds a placement")


def free_items(solved: FreeLayout, diagram: Diagram, style: Style, measure: Measure) -> tuple[Item, ...]:
    """The display list of a diagram as it was placed, perhaps with newer numbers, in pixels at 100 %."""
    layout = replace(solved.layout, strongest=routes.strongest(diagram))
    return tuple(network(layout, bare(diagram), style, measure))


def live_picture(solved: FreeLayout, diagram: Diagram, style: Style, measure: Measure) -> LivePicture:
    """The same for numbers that change many times a second."""
    return LivePicture(solved.layout, bare(diagram), style, measure)


def _rungs(diagram: Diagram, like: FreeLayout | None) -> tuple[Rung, ...]:
    if like is not None:
        return (replace(like.layout.rung, dropping=True),)
    many = sum(bool(edge.labels) for edge in diagram.edges) > MOST
    if not any(node.shape == "layer" for node in diagram.nodes):
        return DROPPING if many else (*FULL, *DROPPING)
    dropping = (replace(rung, maps=0) for rung in DROPPING)
    rungs = () if many else (*_with_maps(diagram, (*FULL[:3], *WRAPPED, *FULL[3:5])), *_with_maps(diagram, FULL[5:]))
    return (*rungs, *dropping)


def _with_maps(diagram: Diagram, rungs: Sequence[Rung]) -> Iterator[Rung]:
    """Rungs with ever fewer heat maps beside each other, if there are any."""
    return (replace(rung, maps=shown) for shown in maps_tried(diagram) for rung in rungs)


def _attempt(diagram: Diagram, setter: Setter, positions: Mapping[str, Point], *, last: bool) -> Layout | None:
    """The diagram set in one way, or None if bodies touch or labels find no room; the ``last`` way takes all."""
    nodes = [columns.shifted(node, *_way(node, positions[node.id])) for node in _endless(diagram, setter)]
    if not last and _crowded(nodes):
        return None
    area = Area(-WIDE, -WIDE, WIDE, WIDE)
    largest = routes.strongest(diagram)
    light = routes.lightness(diagram)
    edges = routes.routed(diagram, nodes, setter.style, largest, light, area)
    nodes = captioned(plated(nodes, edges, area), edges, area)
    try:
        placed = plates.place_plates(diagram, nodes, edges, setter, area)
    except plates.NoRoomError:
        return None
    furniture = reserve(diagram, setter, REFERENCE, 1080.0)
    return Layout(setter.rung, furniture, tuple(nodes), tuple(placed), largest, light)


def _endless(diagram: Diagram, setter: Setter) -> Sequence[PlacedNode]:
    """The nodes in columns as broad and as high as they need."""
    areas = (Area(0.0, 0.0, wide, wide) for wide in (WIDE, ENDLESS))
    found = (columns.arrange(diagram, setter, area, 1.0, {}) for area in areas)
    arranged = next((nodes for nodes in found if nodes is not None), None)
    assert arranged is not None, "an area without end holds every column"
    return arranged


def _crowded(nodes: Sequence[PlacedNode]) -> bool:
    """Whether the bodies of two nodes touch."""
    lefts, tops, rights, bottoms = np.array([node.body.rect for node in nodes]).T
    over = (lefts[:, None] < rights) & (lefts < rights[:, None]) & (tops[:, None] < bottoms) & (tops < bottoms[:, None])
    return int(over.sum()) > len(nodes)


def _way(node: PlacedNode, goal: Point) -> Point:
    return goal[0] - node.body.x, goal[1] - node.body.y


def _empty(diagram: Diagram, style: Style, measure: Measure) -> Layout:
    return solve(diagram, style, measure, 1080.0)


def _centres(nodes: Sequence[PlacedNode]) -> dict[str, Point]:
    return {node.id: (node.body.x, node.body.y) for node in nodes}


def _bounds(layout: Layout) -> Rect:
    """The box around bodies, captions and plates, with a margin."""
    rects = [node.body.rect for node in layout.nodes]
    rects += [node.captions.rect for node in layout.nodes if node.captions is not None]
    rects += [plate.rect for node in layout.nodes for plate in node.plates]
    rects += [edge.plate.rect for edge in layout.edges if edge.plate is not None]
    rects += [(x, y, x, y) for edge in layout.edges if len(edge.path) > 2 for x, y in edge.path]
    lefts, tops, rights, bottoms = zip(*rects, strict=True)
    return min(lefts) - MARGIN, min(tops) - MARGIN, max(rights) + MARGIN, max(bottoms) + MARGIN
