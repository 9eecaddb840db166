"""What stands around the network: title, headings, step panel, small print, legend; never cut, never overlapping.

First the room they take is reckoned (:func:`reserve`), which leaves the area of the network; later they are drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from nnviz.session.diagram import Diagram
from nnviz.session.picture import Box, Item, Line, Measure, Text
from nnviz.session.placement.blocks import BOLD, ITALIC, MIDDLE, Setter
from nnviz.session.placement.folding import lines_of
from nnviz.session.placement.grid import BETWEEN, Area
from nnviz.session.placement.values import PlacedEdge, PlacedNode
from nnviz.session.style import PHASES, Style
from nnviz.words import tr

SEPARATOR = "   ·   "
LEADING = 1.32
PANEL_LINES = 3
"""Lines of body type for which a step panel has room; longer texts are set smaller."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading over its column: centre, baseline, size, face."""

    column: int
    x: float
    y: float
    size: float
    condensed: bool


@dataclass(frozen=True, slots=True)
class Furniture:
    """Where everything around the network stands, in a frame of the given height; ``area`` is what is left for it."""

    width: float
    height: float
    area: Area
    title: tuple[float, float, float] | None
    heading_y: float
    panel: tuple[float, float, float, float] | None
    strip: tuple[float, float, float, float]
    small_size: float
    legend_size: float
    stacked: bool
    headings: tuple[Heading, ...] = ()


# ------------------------------------------------------------------------------------------------- room
def reserve(diagram: Diagram, setter: Setter, width: float, height: float) -> Furniture:
    """Reckon the room of title, headings, panel and strip, from the outside inward."""
    margin = setter.margin
    top, title = 0.75 * margin, None
    if diagram.title:
        size = _fitting(setter.measure, diagram.title, setter.size("title"), width - 2 * margin, bold=True)
        title = (margin, top + 0.82 * size, size)
        top += 1.25 * size + 0.25 * margin
    heading_y = top
    if diagram.headings:
        heading_y = top + 0.82 * setter.size("heading")
        top += setter.heading_room
    strip, small, legend, stacked = _strip(diagram, setter, width, height, margin)
    bottom = strip[1] - (0.2 if setter.rung.snug else 0.45) * margin if strip[3] else height - margin
    panel = None
    if diagram.step or diagram.reserve_step:
        tall = _panel_height(setter)
        panel = (margin, bottom - tall, width - 2 * margin, tall)
        bottom = panel[1] - 0.35 * margin
    area = Area(margin, top, width - margin, bottom)
    return Furniture(width, height, area, title, heading_y, panel, strip, small, legend, stacked)


def _panel_height(setter: Setter) -> float:
    title, body = setter.size("step_title"), setter.size("step")
    return 30.0 + 1.3 * title + PANEL_LINES * 1.3 * body


def _strip(
    diagram: Diagram, setter: Setter, width: float, height: float, margin: float
) -> tuple[tuple[float, float, float, float], float, float, bool]:
    """The foot of the page: small print at the left, the legend at its right, or above it where that is too narrow."""
    small, legend = setter.size("small_print"), setter.size("legend")
    room = width - 2 * margin
    key = legend_width(diagram, setter.style, setter.measure, legend)
    if key > room:
        legend, key = legend * room / key, room
    beside = room - (key + 60.0 if key else 0.0)
    stacked = bool(key) and beside < 0.36 * room
    count = len(wrapped(small_print(diagram), setter.measure, small, room if stacked else beside))
    tall = count * LEADING * small
    key_tall = 1.9 * legend if key else 0.0
    total = tall + key_tall + 10.0 if stacked and count else max(tall, key_tall)
    foot = height - 0.6 * margin
    return (margin, foot - total, room, total), small, legend, stacked


def small_print(diagram: Diagram) -> tuple[str, ...]:
    """The items of the small print."""
    return tuple(item for item in diagram.small_print if item)


def wrapped(items: Sequence[str], measure: Measure, size: float, room: float) -> list[str]:
    """Items joined by dots in as few lines as hold them; an item too long for a line is broken at its spaces."""
    made: list[str] = []
    for item in items:
        if made and measure.width(made[-1] + SEPARATOR + item, size) <= room:
            made[-1] += SEPARATOR + item
        else:
            made += broken(item, measure, size, room)
    return made


def broken(
    text: str, measure: Measure, size: float, room: float, *, bold: bool = False, condensed: bool = False
) -> list[str]:
    """One text in lines, broken at spaces; a single word may stay too long."""
    made: list[str] = []
    for word in text.split(" "):
        if made and measure.width(f"{made[-1]} {word}", size, bold=bold, condensed=condensed) <= room:
            made[-1] += f" {word}"
        else:
            made.append(word)
    return made


def _fitting(
    measure: Measure, text: str, size: float, room: float, *, bold: bool = False, condensed: bool = False
) -> float:
    """``size``, or the smaller one at which ``text`` runs no wider than ``room``."""
    width = measure.width(text, size, bold=bold, condensed=condensed)
    return size if width <= room else size * room / width


# ------------------------------------------------------------------------------------------------- headings
def headed(
    furniture: Furniture, diagram: Diagram, setter: Setter, nodes: Sequence[PlacedNode], edges: Sequence[PlacedEdge]
) -> Furniture:
    """``furniture`` with a heading over each column, narrower or smaller where neighbours would touch.

    Headings stand in one line, not far above a network that is lower than its area; above each line of one that is
    folded.
    """
    if not diagram.headings:
        return furniture
    lines = lines_of(diagram, setter.rung.lines)
    home = {node.id: lines[node.column] for node in nodes}
    spans = _spans(diagram, nodes, edges, home)
    if any(below[0] < above[1] for above, below in pairwise(spans)):  # somebody has put them beside each other
        home, spans = dict.fromkeys(home, 0), [(min(top for top, _ in spans), max(bottom for _, bottom in spans))]
    limit, made = furniture.area.top, list[Heading]()
    for number, (top, bottom) in enumerate(spans):
        y = furniture.heading_y - furniture.area.top + max(top - 0.9 * setter.style.margin, limit)
        made += _headings(furniture, diagram, setter, [node for node in nodes if home[node.id] == number], y)
        limit = bottom + BETWEEN + setter.heading_room
    return replace(furniture, headings=tuple(made))


def _spans(
    diagram: Diagram, nodes: Sequence[PlacedNode], edges: Sequence[PlacedEdge], home: Mapping[str, int]
) -> list[tuple[float, float]]:
    """From where to where each line reaches, with its plates."""
    rects = [(home[node.id], rect) for node in nodes for rect in node.rects()]
    for edge, placed in zip(diagram.edges, edges, strict=True):
        if placed.plate is not None and home[edge.source] == home[edge.target]:
            rects.append((home[edge.source], placed.plate.rect))
    lines = [[rect for line, rect in rects if line == number] for number in sorted(set(home.values()))]
    return [(min(rect[1] for rect in line), max(rect[3] for rect in line)) for line in lines]


def _headings(
    furniture: Furniture, diagram: Diagram, setter: Setter, nodes: Sequence[PlacedNode], y: float
) -> list[Heading]:
    """The headings over the columns of some nodes, on one baseline."""
    xs: dict[int, list[float]] = {}
    for node in nodes:
        xs.setdefault(node.column, []).append(node.body.x)
    wanted = sorted(
        (sum(xs[column]) / len(xs[column]), column, text) for column, text in diagram.headings if column in xs
    )
    made = []
    for index, (x, column, text) in enumerate(wanted):
        left = (x + wanted[index - 1][0]) / 2 + 12.0 if index else 0.4 * setter.style.margin
        right = (
            (x + wanted[index + 1][0]) / 2 - 12.0
            if index + 1 < len(wanted)
            else furniture.width - 0.4 * setter.style.margin
        )
        size = setter.size("heading")
        room = 2 * min(x - left, right - x)
        if room < 2.0 * size:
            continue
        condensed = setter.measure.width(text, size) > room
        size = _fitting(setter.measure, text, size, room, condensed=condensed)
        made.append(Heading(column, x, y, size, condensed))
    return made


# ------------------------------------------------------------------------------------------------- drawing
def drawn(furniture: Furniture, diagram: Diagram, style: Style, measure: Measure) -> list[Item]:
    """Title, headings, panel, small print and legend as display items."""
    items: list[Item] = []
    if furniture.title and diagram.title:
        x, y, size = furniture.title
        items.append(Text(x, y, diagram.title, size, style.text, bold=True, role="title"))
    texts = dict(diagram.headings)
    for heading in furniture.headings:
        if heading.column in texts:
            items.append(
                Text(
                    heading.x,
                    heading.y,
                    texts[heading.column],
                    heading.size,
                    style.ink("heading"),
                    "centre",
                    condensed=heading.condensed,
                    role="heading",
                )
            )
    items += _panel(furniture, diagram, style, measure)
    items += _foot(furniture, diagram, style, measure)
    return items


def _foot(furniture: Furniture, diagram: Diagram, style: Style, measure: Measure) -> list[Item]:
    left, top, room, tall = furniture.strip
    key = legend_width(diagram, style, measure, furniture.legend_size)
    beside = room if furniture.stacked or not key else room - key - 60.0
    size = furniture.small_size
    rows = wrapped(small_print(diagram), measure, size, beside)
    pitch = LEADING * size
    high = len(rows) * pitch
    y = top + tall - high if furniture.stacked else top + (tall - high) / 2
    items: list[Item] = []
    for index, row in enumerate(rows):
        fitted = _fitting(measure, row, size, beside)
        baseline = y + (index + 0.5) * pitch + MIDDLE * size
        items.append(Text(left, baseline, row, fitted, style.ink("small_print"), role="small_print"))
    if key:
        middle = top + 0.95 * furniture.legend_size if furniture.stacked else top + tall / 2
        items += _legend(diagram, style, measure, furniture.legend_size, left + room - key, middle)
    return items


# ------------------------------------------------------------------------------------------------- legend
def signs(diagram: Diagram) -> bool:
    """Whether the legend must tell what dashes mean: some weight is negative."""
    return any(edge.strength is not None and edge.strength < 0 for edge in diagram.edges)


def legend_width(diagram: Diagram, style: Style, measure: Measure, size: float) -> float:
    """How wide the legend runs; 0 without one."""
    width = sum(_cell(measure, label.role, label.text, size) for label in diagram.legend)
    if signs(diagram):
        width += sum(_sign_width(measure, text, size) for text in _sign_words()) + (size if diagram.legend else 0.0)
    return width


def _cell(measure: Measure, role: str, text: str, size: float) -> float:
    return measure.width(text, size, bold=role in BOLD, italic=role in ITALIC) + 1.3 * size


def _sign_words() -> tuple[str, str]:
    return tr("positive"), tr("negative")


def _sign_width(measure: Measure, text: str, size: float) -> float:
    return 2.6 * size + measure.width(text, size) + 0.9 * size


def _legend(diagram: Diagram, style: Style, measure: Measure, size: float, x: float, middle: float) -> list[Item]:
    items: list[Item] = []
    if signs(diagram):
        for text, colour, dashed in zip(_sign_words(), (style.positive, style.negative), (False, True), strict=True):
            items.append(Line(x, middle, x + 2.1 * size, middle, colour, 4.5, dashed, ref="legend"))
            items.append(
                Text(
                    x + 2.5 * size, middle + MIDDLE * size, text, size, style.ink("legend"), ref="legend", role="legend"
                )
            )
            x += _sign_width(measure, text, size)
        x += size
    tall = 1.75 * size
    cells = [(label, _cell(measure, label.role, label.text, size)) for label in diagram.legend]
    total = sum(width for _, width in cells)
    if cells:
        items.append(
            Box(x, middle - tall / 2, total, tall, style.plate_radius, style.plate, None, ref="legend", role="legend")
        )
    texts: list[Item] = []
    for label, width in cells:
        if label.role in ITALIC:
            items += tinted(
                x, middle - tall / 2, width, tall, style.plate_radius, style.gradient_plate, "right", "legend"
            )
        texts.append(
            Text(
                x + width / 2,
                middle + MIDDLE * size,
                label.text,
                size,
                style.ink(label.role, label.negative),
                "centre",
                label.role in BOLD,
                label.role in ITALIC,
                ref="legend",
                role="legend",
            )
        )
        x += width
    if cells:
        items.append(
            Box(
                x - total,
                middle - tall / 2,
                total,
                tall,
                style.plate_radius,
                None,
                style.rim,
                style.hairline,
                ref="legend",
                role="legend",
            )
        )
    return [*items, *texts]


def tinted(
    x: float, y: float, width: float, height: float, radius: float, fill: str, side: str, ref: str
) -> list[Item]:
    """The tinted part of a plate: rounded where it meets the plate's rim, square where it meets the other part."""
    radius = min(radius, width / 2, height / 2)
    whole = Box(x, y, width, height, radius, fill, ref=ref, role="tint")
    if side == "right":
        return [whole, Box(x, y, radius, height, 0.0, fill, ref=ref, role="tint")]
    return [whole, Box(x, y, width, radius, 0.0, fill, ref=ref, role="tint")]


# ------------------------------------------------------------------------------------------------- panel
def _panel(furniture: Furniture, diagram: Diagram, style: Style, measure: Measure) -> list[Item]:
    if furniture.panel is None or not diagram.step:
        return []
    x, y, width, height = furniture.panel
    tint = style.phases.get(diagram.phase)
    fill, ink = (tint.fill, tint.ink) if tint else (style.panel, style.text)
    items: list[Item] = [
        Box(x, y, width, height, style.plate_radius, fill, None, ref="step", role="panel"),
        Box(x, y, 10.0, height, 5.0, ink, None, ref="step", role="panel_edge"),
    ]
    left, room = x + 36.0, width - 36.0 - 28.0
    chips, chips_width = _chips(diagram, style, measure, x + width - 28.0)
    size, condensed, rows = _set_panel(
        diagram, style, measure, room, height - 24.0, chips_width + 30.0 if chips else 0.0
    )
    pitch = 1.3 * size
    top = y + (height - pitch * len(rows)) / 2
    for index, (text, title) in enumerate(rows):
        baseline = top + (index + 0.5) * pitch + MIDDLE * size
        items.append(
            Text(
                left,
                baseline,
                text,
                size,
                ink if title else style.text,
                bold=title,
                condensed=condensed,
                ref="step",
                role="step",
            )
        )
    first = top + 0.5 * pitch
    for chip in chips:
        items.append(replace(chip, y=first + MIDDLE * chip.size))
    return items


def _set_panel(
    diagram: Diagram, style: Style, measure: Measure, room: float, height: float, beside_title: float
) -> tuple[float, bool, list[tuple[str, bool]]]:
    """The largest type, then the widest face, at which all lines of the step fit; never cut, however small."""
    size = style.sizes["step"]
    while True:
        for condensed in (False, True):
            rows: list[tuple[str, bool]] = []
            for index, text in enumerate(diagram.step):
                title = index == 0
                limit = room - beside_title if title else room
                rows += [(row, title) for row in broken(text, measure, size, limit, bold=title, condensed=condensed)]
            broad = max(
                (
                    measure.width(text, size, bold=title, condensed=condensed) - room + (beside_title if title else 0.0)
                    for text, title in rows
                ),
                default=0.0,
            )
            if (len(rows) * 1.3 * size <= height and broad <= 0.0) or size < 3.0:
                return size, condensed, rows
        size *= 0.94


def _chips(diagram: Diagram, style: Style, measure: Measure, right: float) -> tuple[list[Text], float]:
    """The four phases at the right of the panel's title, the current one in its ink."""
    if diagram.phase not in PHASES:
        return [], 0.0
    size = 0.78 * style.sizes["step"]
    words = {"forward": tr("forward"), "loss": tr("loss"), "backward": tr("backward"), "update": tr("update")}
    made, x = [], right
    for phase in reversed(PHASES):
        current = phase == diagram.phase
        ink = style.phases[phase].ink if current else style.muted
        made.append(Text(x, 0.0, words[phase], size, ink, "right", bold=current, ref="step", role="phase"))
        x -= measure.width(words[phase], size, bold=current) + 0.4 * size
        if phase != PHASES[0]:
            made.append(Text(x, 0.0, "·", size, style.muted, "right", ref="step", role="phase"))
            x -= measure.width("·", size) + 0.4 * size
    return made, right - x
