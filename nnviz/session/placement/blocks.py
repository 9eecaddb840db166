"""Blocks of type: the lines of a node, a plate or a caption, stacked and surrounded by a body that just holds them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal, TypeVar, cast

from nnviz.session.diagram import DiagramEdge, DiagramNode, Label
from nnviz.session.heat import MOST_MAPS
from nnviz.session.picture import Measure
from nnviz.session.placement.values import Block, Row, halves
from nnviz.session.style import Style

T = TypeVar("T")

BOLD = frozenset({"value", "weight", "norm", "operation", "loss_value", "title", "step_title"})
ITALIC = frozenset({"gradient", "delta"})
TINTED = frozenset({"gradient"})
BROKEN = {False: frozenset({"weight"}), True: frozenset({"norm", "gradient"})}
"""Labels that may be broken in two, on the plates of plain edges and of edges between layers."""
BROKEN_INSIDE = frozenset({"note", "norm", "gradient"})
"""Labels that may be broken in two inside boxes."""
BRIEF: tuple[frozenset[str] | None, ...] = (
    None,
    frozenset({"name", "value", "operation", "delta"}),
    frozenset({"name", "value", "operation"}),
    frozenset({"value", "operation"}),
    frozenset(),
)
"""What stays inside neurons on ever briefer rungs."""
MIDDLE = 0.335
"""Baseline under the middle of a line, as a share of its size: capitals and digits then look centred."""

LEAN = 0.07
"""How far a stack of lines may leave the middle of its circle, as a share of its height: more would look fallen."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One way of setting a diagram, from roomy to crammed.

    ``level`` 1 is the sizes a style wants, 0 its floors, -1 the smallest; ``condensed`` the narrow faces; ``wrapped``
    lets a plate break its weight after the equals sign, and a box what is wide in it; ``snug`` is narrow padding and
    plates of their own widths; ``body`` is what neurons are drawn as: circles, long bodies, or whichever the rows leave
    room for; ``dropping`` leaves out labels that find no place, ``brief`` lines in nodes; ``lines`` is in how many
    lines the network is folded, ``maps`` how many heat maps stand side by side. ``plate_level`` is the level of edge
    plates where it differs.
    """

    level: float
    condensed: bool = False
    wrapped: bool = False
    snug: bool = False
    body: Literal["circle", "long", "either"] = "either"
    dropping: bool = False
    brief: int = 0
    lines: int = 1
    maps: int = MOST_MAPS
    plate_level: float | None = None


@dataclass(frozen=True, slots=True)
class Setter:
    """A style, a measure and a rung: all that decides how large a line of type is. Remembers what it has set."""

    style: Style
    measure: Measure
    rung: Rung
    _made: dict[tuple[str, int], tuple[object, object]] = field(default_factory=dict, compare=False)

    def once(self, what: str, of: object, make: Callable[[], T]) -> T:
        """What ``make`` gives; if the same was asked of this very thing before, what it gave then."""
        known = self._made.get((what, id(of)))
        if known is None:
            known = self._made[what, id(of)] = (of, make())  # held, so that its id stays its own
        return cast(T, known[1])

    def size(self, role: str, level: float | None = None) -> float:
        """Type size of a role on this rung."""
        want, floor, least = self.style.sizes[role], self.style.floors[role], self.style.smallest
        at = self.rung.level if level is None else level
        return floor + at * (want - floor) if at >= 0 else max(floor + at * (floor - least), min(floor, least))

    def width(self, role: str, text: str, size: float) -> float:
        """Advance of ``text`` in the face of its role."""
        return self.measure.width(text, size, bold=role in BOLD, italic=role in ITALIC, condensed=self.rung.condensed)

    @property
    def margin(self) -> float:
        """Space kept free at the rim of the frame."""
        return self.style.margin * (0.58 if self.rung.snug else 1.0)

    @property
    def heading_room(self) -> float:
        """Height that headings take above their columns."""
        return 1.06 * self.size("heading") + (10.0 if self.rung.snug else 0.5 * self.margin)

    @property
    def gap(self) -> float:
        """Clear space kept around plates."""
        return 5.0 if self.rung.snug else 10.0

    @property
    def pad(self) -> float:
        """Space between type and the side of its plate."""
        share = 1.0 if not self.rung.snug else 0.42 if self.rung.condensed else 0.6
        return share * self.style.plate_padding


@dataclass(frozen=True, slots=True)
class Line:
    """A line not placed yet: what it shows, how wide it runs, how high its band is."""

    slot: int
    role: str
    size: float
    width: float
    band: float
    part: int = 0
    parts: int = 1


def lines(
    setter: Setter,
    labels: Sequence[tuple[int, str, Label]],
    *,
    pitch: float,
    level: float | None = None,
    broken: Set[str] = frozenset(),
    least: float = 0.0,
) -> list[Line]:
    """The lines of some labels, given as (index, role to set it in, label).

    Labels of the roles ``broken`` are broken in two, if that makes the whole narrower, which is ``least`` wide.
    """
    spans = []
    for slot, role, label in labels:
        size, text = setter.size(role, level), label.room or label.text
        pieces: Sequence[str] = halves(text, 2) if role in broken and " " in text else (text,)
        spans.append((slot, role, size, text, pieces, [setter.width(role, piece, size) for piece in pieces]))
    limit = max([least, *(width for *_, widths in spans for width in widths)])
    made = []
    for slot, role, size, text, pieces, widths in spans:
        if len(pieces) > 1 and (whole := setter.width(role, text, size)) <= limit:
            pieces, widths = (text,), [whole]
        for part, width in enumerate(widths):
            made.append(Line(slot, role, size, width, pitch * size, part, len(pieces)))
    return made


def stacked_rows(setter: Setter, stack: Sequence[Line]) -> tuple[Row, ...]:
    """The lines one under the other, centred on (0, 0)."""
    y = -sum(line.band for line in stack) / 2
    made = []
    for line in stack:
        baseline = y + line.band / 2 + MIDDLE * line.size
        face = (line.size, setter.rung.condensed)
        made.append(Row(line.slot, line.role, 0.0, baseline, *face, line.part, line.parts, line.width))
        y += line.band
    return tuple(made)


def extents(setter: Setter, stack: Sequence[Line]) -> tuple[tuple[float, float, float], ...]:
    """(half width, top, bottom) of the ink of each stacked line."""
    return tuple(
        (line.width / 2, row.y - setter.measure.ascent(line.size), row.y + setter.measure.descent(line.size))
        for line, row in zip(stack, stacked_rows(setter, stack), strict=True)
    )


@lru_cache(maxsize=1024)
def circle_for(inks: tuple[tuple[float, float, float], ...], pad: float) -> tuple[float, float]:
    """(radius, shift of the lines) of the smallest circle whose chords hold every line with ``pad`` to spare."""
    best = (math.inf, 0.0)
    for shift in _shifts(inks):
        radius = _radius(inks, shift)
        if radius < best[0] - 1e-9:
            best = (radius, shift)
    return best[0] + pad, best[1]


def _shifts(inks: Sequence[tuple[float, float, float]]) -> list[float]:
    """Shifts of a stack worth trying, the smallest first."""
    reach = max((bottom for _, _, bottom in inks), default=0.0)
    return [sign * LEAN * reach * step / 6 for step in range(7) for sign in (1, -1)]


def _radius(inks: Sequence[tuple[float, float, float]], shift: float) -> float:
    return max(
        (math.hypot(half, max(abs(top + shift), abs(bottom + shift))) for half, top, bottom in inks), default=0.0
    )


def rounded_width(inks: Sequence[tuple[float, float, float]], height: float, radius: float, pad: float) -> float:
    """Width of the rounded box of ``height`` and corner ``radius`` that holds every line with ``pad`` to spare."""
    needed = 0.0
    inner = max(radius - pad, 0.0)
    for half, top, bottom in inks:
        into_corner = max(abs(top), abs(bottom)) - (height / 2 - radius)
        lost = inner - math.sqrt(max(inner**2 - max(into_corner, 0.0) ** 2, 0.0))
        needed = max(needed, half + lost)
    return 2 * (needed + pad)


def node_lines(setter: Setter, node: DiagramNode, least: float = 0.0) -> list[Line]:
    """The lines inside a node, which is ``least`` wide; a brief rung keeps only the first ones that matter."""
    labels = [(slot, _inside_role(node, label), label) for slot, label in enumerate(node.inside)]
    kept = BRIEF[setter.rung.brief]
    if kept is not None and node.shape in ("neuron", "operation"):
        labels = [each for each in labels if each[1] in kept]
    broken = BROKEN_INSIDE if setter.rung.wrapped and node.shape == "layer" else frozenset()
    return lines(setter, labels, pitch=1.12 if setter.rung.snug else 1.2, broken=broken, least=least)


def _inside_role(node: DiagramNode, label: Label) -> str:
    if node.shape == "loss" and label.role in ("name", "value"):
        return f"loss_{label.role}"
    return label.role


def _caption_role(label: Label) -> str:
    """A name beside its node is quieter than one in it: it only tells which node a formula speaks of."""
    return "node_caption" if label.role == "name" else label.role


def circle(setter: Setter, stack: Sequence[Line], radius: float, pad: float) -> Block:
    """A circle of a given radius around some lines, as near to its middle as they fit."""
    inks = extents(setter, stack)
    fitting = [shift for shift in _shifts(inks) if _radius(inks, shift) <= radius - pad + 1e-6]
    shift = fitting[0] if fitting else circle_for(inks, 0.0)[1]
    rows = tuple(row.moved(0.0, shift) for row in stacked_rows(setter, stack))
    return Block(2 * radius, 2 * radius, radius, rows)


def rounded(
    setter: Setter, stack: Sequence[Line], height: float, radius: float, pad: float, width: float = 0.0
) -> Block:
    """A rounded box of a given height around some lines, at least ``width`` wide."""
    needed = rounded_width(extents(setter, stack), height, radius, pad)
    return Block(max(needed, width), height, radius, stacked_rows(setter, stack))


def stack_height(stack: Iterable[Line]) -> float:
    """Height of some stacked lines."""
    return sum(line.band for line in stack)


def plain_block(setter: Setter, stack: Sequence[Line], pad_x: float, pad_y: float, radius: float) -> Block:
    """A box around some lines with equal padding: a target's plate, a layer, a caption."""
    width = max((line.width for line in stack), default=0.0) + 2 * pad_x
    height = stack_height(stack) + 2 * pad_y
    return Block(width, height, min(radius, height / 2), stacked_rows(setter, stack))


def edge_plate(setter: Setter, edge: DiagramEdge, wrapped: bool = False) -> Block:
    """The plate of an edge: its weight (``wrapped``: broken at the equals sign) over its gradient, which is tinted."""
    numbered = [(slot, label.role, label) for slot, label in enumerate(edge.labels)]
    broken = BROKEN[edge.layer] if wrapped else frozenset()
    pitch = 1.16 if setter.rung.snug else 1.27
    stack = lines(setter, numbered, pitch=pitch, level=setter.rung.plate_level, broken=broken)
    block = plain_block(setter, stack, setter.pad, 0.0 if setter.rung.snug else 2.0, setter.style.plate_radius)
    return replace(block, tint=_tint(stack, block.height))


def edge_plates(setter: Setter, edge: DiagramEdge) -> list[Block]:
    """The shapes a plate may take on this rung, the one liked best first."""
    return setter.once("plates", edge, lambda: _edge_plates(setter, edge))


def _edge_plates(setter: Setter, edge: DiagramEdge) -> list[Block]:
    made = [edge_plate(setter, edge)]
    narrow = edge_plate(setter, edge, wrapped=True) if setter.rung.wrapped else made[0]
    if narrow.width < 0.85 * made[0].width:
        made = [narrow] if edge.layer else [*made, narrow]
    return made


def _tint(stack: Sequence[Line], height: float) -> float | None:
    """Where the tinted tail begins, from the centre of the plate; None without one."""
    tail = 0.0
    for line in reversed(stack):
        if line.role not in TINTED:
            break
        tail += line.band
    if tail == 0.0:
        return None
    return height / 2 - tail - (height - sum(line.band for line in stack)) / 2


def node_plate(setter: Setter, labels: Sequence[Label]) -> Block:
    """A plate beside a node, such as a target's; on a wrapped rung its lines are broken too."""
    numbered = [(slot, label.role, label) for slot, label in enumerate(labels)]
    broken = frozenset(label.role for label in labels) if setter.rung.wrapped else frozenset()
    stack = lines(setter, numbered, pitch=1.16 if setter.rung.snug else 1.24, broken=broken)
    return plain_block(setter, stack, setter.pad + 2.0, 2.0 if setter.rung.snug else 6.0, setter.style.plate_radius)


def caption_block(setter: Setter, labels: Sequence[Label]) -> Block:
    """The captions of a node: one under the other, or on snug rungs side by side, for there height is short."""
    stack = lines(setter, [(slot, _caption_role(label), label) for slot, label in enumerate(labels)], pitch=1.14)
    if not setter.rung.snug or len(stack) < 2:
        return replace(plain_block(setter, stack, 2.0, 0.0, 0.0), framed=False)
    space = 0.6 * max(line.size for line in stack)
    width = sum(line.width for line in stack) + space * (len(stack) - 1)
    x, made = -width / 2, []
    for line in stack:
        (row,) = stacked_rows(setter, [line])
        made.append(row.moved(x + line.width / 2, 0.0))
        x += line.width + space
    return Block(width + 4.0, max(line.band for line in stack), 0.0, tuple(made), framed=False)
