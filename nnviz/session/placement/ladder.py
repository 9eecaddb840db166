"""Climbs down the rungs, from roomy to crammed, to the first on which everything finds its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from nnviz.session.diagram import Diagram
from nnviz.session.heat import MOST_MAPS
from nnviz.session.picture import Measure
from nnviz.session.placement import columns, folding, plates, positions, routes
from nnviz.session.placement.blocks import BRIEF, Rung, Setter
from nnviz.session.placement.captions import captioned, plated
from nnviz.session.placement.columns import Area
from nnviz.session.placement.furniture import Furniture, headed, reserve
from nnviz.session.placement.grid import edge_columns
from nnviz.session.placement.values import REFERENCE, PlacedEdge, PlacedNode
from nnviz.session.style import Style
from nnviz.words import tr

COMFORTABLE = [Rung(level, body="circle") for level in (1.0, 0.8, 0.6, 0.4, 0.2, 0.0)]
SNUG = [
    Rung(level, condensed=condensed, snug=True, body="circle")
    for condensed in (False, True)
    for level in (0.4, 0.2, 0.0)
]
SNUG += [Rung(0.0, condensed=True, snug=True, body="long")]
SNUG += [Rung(0.0, condensed=True, wrapped=True, snug=True, body=body) for body in ("circle", "long")]
LAYERED = [Rung(level, wrapped=True, snug=True) for level in (0.6, 0.4, 0.2, 0.0)]
"""For rows of boxes, where breadth is short and height is not."""
LEVELS = (-0.15, -0.3, -0.45, -0.6, -0.75, -0.9, -1.0)
"""Levels at which everything is shrunk below the floors, tried by halving."""
DROPPING = [
    Rung(level, condensed=True, wrapped=wrapped, snug=True, dropping=True, maps=0, plate_level=-1.0)
    for level, wrapped in ((-0.4, False), (-0.7, False), (-1.0, False), (-1.0, True))
]
"""Where not all labels find a place."""
CRAMPED = [
    replace(rung, brief=brief)
    for brief in range(1, len(BRIEF))
    for rung in (Rung(-1.0, condensed=True, snug=True, maps=0), *DROPPING)
]
"""Where rows leave no room for all lines in nodes: then some of those are left out, labels only if they must."""
LINES = range(2, 7)
FOLDED = [
    *(Rung(level, body="circle") for level in (1.0, 0.6, 0.2)),
    *LAYERED,
    Rung(0.0, wrapped=True, snug=True, condensed=True),
    Rung(0.0, condensed=True, snug=True),
]
"""For each line of a chain that is too long for one; the last two are the narrowest and the lowest above the floors."""
AMPLE = [*FOLDED[:2], *LAYERED[:2]]
"""Those whose type is a good deal larger than the floors."""
CRUMPLED = [Rung(level, condensed=True, wrapped=True, snug=True) for level in (-0.5, -1.0)]
"""The same with type below its floors."""
SPREADS = (1.6, 2.6, 1.0)
MOST = 90
"""Labelled edges beyond which it is not even tried to show the labels of all."""
RETRIES = 5
"""How often a gap whose plates found no place is given more width, as long as that helps, before a rung is given up."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A solved placement in a frame, usually ``REFERENCE`` wide: of one diagram, or of all frames of a walkthrough."""

    rung: Rung
    furniture: Furniture
    nodes: tuple[PlacedNode, ...]
    edges: tuple[PlacedEdge, ...]
    strongest: float
    lightness: float
    swapped: float = 0.0
    """Share of neighbouring plates that do not read in the order of their names."""


def solve(diagram: Diagram, style: Style, measure: Measure, height: float) -> Layout:
    """Place everything in a frame ``REFERENCE`` wide and ``height`` high, or in one of that shape that is larger."""
    task = _task(diagram, style, measure, height)
    task.breadth = _breadth(task)
    if task.breadth > REFERENCE and (found := folded(diagram, style, measure, height)) is not None:
        return found
    return _solved(replace(task, height=height * task.breadth / REFERENCE))


def folded(diagram: Diagram, style: Style, measure: Measure, height: float) -> Layout | None:
    """The same in several lines, if they hold all of it."""
    task = _task(diagram, style, measure, height)
    return _folded(task, FOLDED, maps_tried(diagram)) or _folded(task, CRUMPLED, (0,))


def _breadth(task: _Task) -> float:
    """``REFERENCE``, or what so many columns need that height is no help."""
    crammed, breadth = task.setter(CRAMPED[-1]), REFERENCE
    while columns.arrange(task.diagram, crammed, Area(0.0, 0.0, 0.9 * breadth, 1e9), 1.0, {}) is None:
        breadth *= 1.5
    return breadth


def _solved(task: _Task) -> Layout:
    layers = any(node.shape == "layer" for node in task.diagram.nodes)
    found = None
    if sum(bool(edge.labels) for edge in task.diagram.edges) <= MOST:
        found = _comfortable(task, layers) or _whole(task, layers) or _shrunk(task)
    found = found or _first(task, DROPPING) or _first(task, CRAMPED)
    return found or _solved(replace(task, height=1.25 * task.height, narrow=0))


@dataclass(slots=True)
class _Task:
    """What all attempts have in common, and which gap was too narrow in the last one."""

    diagram: Diagram
    style: Style
    measure: Measure
    breadth: float
    height: float
    strongest: float
    lightness: float
    narrow: int = 0
    setters: dict[Rung, Setter] = field(default_factory=dict)

    def setter(self, rung: Rung) -> Setter:
        """The one of a rung, which remembers what it has set in frames that were too small."""
        return self.setters.setdefault(rung, Setter(self.style, self.measure, rung))


def _task(diagram: Diagram, style: Style, measure: Measure, height: float) -> _Task:
    found = routes.strongest(diagram), routes.lightness(diagram)
    return _Task(diagram, style, measure, REFERENCE, height, *found)


def _comfortable(task: _Task, layers: bool) -> Layout | None:
    """The comfortable rung that is best read: large type, and plates in the order of their names."""
    best: tuple[float, Layout] | None = None
    for rung in (replace(rung, wrapped=wrapped) for rung in COMFORTABLE for wrapped in (False, True)[: 1 + layers]):
        smaller = 0.25 * (1.0 - rung.level)
        if best is not None and best[0] <= smaller:
            break
        found = _climb(task, rung)
        if found is not None and (best is None or found.swapped + smaller < best[0]):
            best = (found.swapped + smaller, found)
    return best[1] if best else None


def _first(task: _Task, rungs: Sequence[Rung]) -> Layout | None:
    """The first rung that holds everything."""
    return next((found for found in (_climb(task, rung) for rung in rungs) if found), None)


def _whole(task: _Task, layers: bool) -> Layout | None:
    """Everything in one line or several, whichever has the larger type above the floors; below them in several."""
    maps, row = maps_tried(task.diagram), LAYERED if layers else []
    return (
        _first(task, row[:2])
        or _folded(task, AMPLE, maps[:1])
        or _first(task, row[2:])
        or _folded(task, FOLDED, maps)
        or _first(task, [replace(rung, maps=shown) for shown in maps for rung in (*row[-1:], *SNUG)])
        or _folded(task, CRUMPLED, (0,))
    )


def _folded(task: _Task, rungs: Sequence[Rung], maps: Sequence[int]) -> Layout | None:
    """The first of some rungs in the fewest lines that hold everything, with as many heat maps as can be."""
    for shown in maps:
        for count in LINES:
            mine = [replace(rung, lines=count, maps=shown) for rung in rungs]
            # What the last two do not hold, none does.
            if folding.lines_of(task.diagram, count) and _first(task, mine[-2:]):
                return _first(task, mine)
    return None


def maps_tried(diagram: Diagram) -> Sequence[int]:
    """How many heat maps are shown beside each other: as many as there is room for."""
    return range(MOST_MAPS, -1, -1) if any(node.heats for node in diagram.nodes) else (0,)


def _shrunk(task: _Task) -> Layout | None:
    """The largest type below the floors with which all labels find a place; weights are broken if all else fails."""
    best, low, high = None, 0, len(LEVELS) - 1
    while low <= high:
        middle = (low + high) // 2
        found = _climb(task, Rung(LEVELS[middle], condensed=True, snug=True, maps=0))
        best = found or best
        low, high = (low, middle - 1) if found else (middle + 1, high)
    return best or _broken(task)


def _broken(task: _Task) -> Layout | None:
    """The same with broken weights, from the smallest type upward, for that little room is hardly enough for more."""
    best = None
    for level in reversed(LEVELS):
        found = _climb(task, Rung(level, condensed=True, wrapped=True, snug=True, maps=0))
        if found is None:
            break
        best = found
    return best


def _climb(task: _Task, rung: Rung) -> Layout | None:
    """One rung, with rows set more and less wide."""
    setter = task.setter(rung)
    count = len(task.diagram.edges)
    told = noted(task.diagram, rung, count, count + 1) if rung.dropping or rung.brief else task.diagram
    furniture = reserve(told, setter, task.breadth, task.height)
    if furniture.area.height <= 0 or furniture.area.width <= 0:
        return None
    best: Layout | None = None
    for spread in SPREADS[:1] if rung.dropping else SPREADS:
        found = _attempt(task, setter, furniture, spread)
        if found is not None and (best is None or found.swapped < best.swapped):
            best = found
        if best is not None and (best.swapped == 0.0 or rung.wrapped):
            break
    return best


def _attempt(task: _Task, setter: Setter, furniture: Furniture, spread: float) -> Layout | None:
    """One setting; a gap whose plates found no place is given more width some times before it is given up."""
    extra: dict[int, float] = {}
    left: dict[int, list[int]] = {}
    for _ in range(RETRIES):
        nodes = _nodes(task.diagram, setter, furniture, spread, extra)
        if nodes is None:
            return None
        edges = routes.routed(task.diagram, nodes, setter.style, task.strongest, task.lightness, furniture.area)
        if positions.positioned(task.diagram):
            nodes = plated(nodes, edges, furniture.area)
        nodes = captioned(nodes, edges, furniture.area)
        try:
            placed = plates.place_plates(task.diagram, nodes, edges, setter, furniture.area, task.narrow)
        except plates.NoRoomError as full:
            task.narrow = full.gap
            counts = left.setdefault(full.gap, [])
            counts.append(full.conflicts)
            stuck = len(counts) > 2 and counts[-1] >= max(counts[-3], 5) and not setter.rung.wrapped
            if full.conflicts > full.most or stuck or positions.positioned(task.diagram):
                return None
            extra[full.gap] = extra.get(full.gap, 0.0) + 30.0
            continue
        wrong = plates.swapped(placed, edge_columns(task.diagram))
        furniture = headed(furniture, task.diagram, setter, nodes, placed)
        return Layout(setter.rung, furniture, tuple(nodes), tuple(placed), task.strongest, task.lightness, wrong)
    return None


def _nodes(
    diagram: Diagram, setter: Setter, furniture: Furniture, spread: float, extra: dict[int, float]
) -> list[PlacedNode] | None:
    """The nodes in their columns, or where the user has put them."""
    nodes = folding.arranged(diagram, setter, furniture.area, spread, extra)
    if nodes is None or not positions.positioned(diagram):
        return nodes
    nodes = positions.moved(nodes, diagram, furniture.area)
    return nodes if setter.rung.dropping or not positions.collide(nodes) else None


def noted(diagram: Diagram, rung: Rung, shown: int, total: int) -> Diagram:
    """``diagram`` whose small print begins with what is left out of the picture, if anything is."""
    notes = [tr("{count} of {total} labels shown", count=shown, total=total)] if shown < total else []
    notes += [tr("some lines in nodes left out")] if rung.brief else []
    return replace(diagram, small_print=(*notes, *diagram.small_print))


def labels_shown(edges: Sequence[PlacedEdge]) -> int:
    """How many plates are shown."""
    return sum(edge.plate is not None for edge in edges)
