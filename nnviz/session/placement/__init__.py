"""Places a diagram: columns and rows, plates slid along their edges, furniture around; the result is a display list.

Terms. A *body* is what a node is drawn as, a *plate* the small board with an edge's numbers, a *rung* one way of
setting the type. Placement climbs down the rungs, from the sizes a style wants to the smallest it allows, to the first
on which every plate finds a place; on the last ones labels are left out, which the small print then says. All of it is
solved in a frame 1,920 wide and scaled to the frame wanted, without chance: the same diagram always looks the same.

Cost: some 20 ms for a small network, some 100 ms for 3-4-2, up to a second where hardly all labels fit (one search for
plates takes some 10 ms). :func:`draw` takes 2 ms: a layout can be kept while only numbers change, and
:func:`place_frames` solves once for all frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nnviz.errors import ConfigError
from nnviz.session.diagram import Diagram, Label
from nnviz.session.picture import Measure, Picture
from nnviz.session.placement.draw import drawn
from nnviz.session.placement.ladder import Layout, solve
from nnviz.session.placement.values import REFERENCE
from nnviz.session.style import Style
from nnviz.words import tr

__all__ = ["Layout", "draw", "envelope", "layout", "place", "place_frames"]


def place(diagram: Diagram, style: Style, measure: Measure, width: float = 1920, height: float = 1080) -> Picture:
    """Place ``diagram`` in a frame of ``width`` × ``height`` pixels; whole, whatever the frame."""
    return draw(layout(diagram, style, measure, width, height), diagram, style, measure, width, height)


def place_frames(
    diagrams: Sequence[Diagram], style: Style, measure: Measure, width: float = 1920, height: float = 1080
) -> list[Picture]:
    """Place the frames of one walkthrough: nothing moves from one to the next, whatever their digits.

    The frames share their nodes and edges; their texts, fading and step may differ.
    """
    if not diagrams:
        return []
    solved = layout(envelope(diagrams, style, measure), style, measure, width, height)
    return [draw(solved, diagram, style, measure, width, height) for diagram in diagrams]


def layout(diagram: Diagram, style: Style, measure: Measure, width: float = 1920, height: float = 1080) -> Layout:
    """Solve where everything goes, without drawing it; :func:`draw` takes it for any diagram of the same shape.

    Raises
    ------
    ConfigError
        If the frame has no area.
    """
    if not (width > 0 and height > 0):
        raise ConfigError(
            tr("A picture cannot have this size"),
            expected=tr("a positive width and height"),
            found=f"{width} × {height}",
        )
    return solve(diagram, style, measure, REFERENCE * height / width)


def draw(
    solved: Layout, diagram: Diagram, style: Style, measure: Measure, width: float = 1920, height: float = 1080
) -> Picture:
    """Draw ``diagram`` as it was placed, for example with newer numbers of about the same length."""
    return drawn(solved, diagram, style, measure, width, height)


def envelope(diagrams: Sequence[Diagram], style: Style, measure: Measure) -> Diagram:
    """One diagram that takes as much room as any of the frames: their widest texts, their largest weights."""
    first = diagrams[0]
    nodes = []
    for versions in zip(*(diagram.nodes for diagram in diagrams), strict=True):
        inside = _widest([node.inside for node in versions], measure)
        captions = _widest([node.captions for node in versions], measure)
        beside = max((node.plates for node in versions), key=len)
        plates = tuple(
            _widest([node.plates[index] for node in versions if index < len(node.plates)], measure)
            for index in range(len(beside))
        )
        nodes.append(replace(versions[0], inside=inside, captions=captions, plates=plates, faded=False))
    edges = []
    for wires in zip(*(diagram.edges for diagram in diagrams), strict=True):
        strengths = [edge.strength for edge in wires if edge.strength is not None]
        largest = max((abs(strength) for strength in strengths), default=None)
        signed = -largest if largest is not None and min(strengths) < 0 else largest
        edges.append(
            replace(wires[0], labels=_widest([edge.labels for edge in wires], measure), strength=signed, faded=False)
        )
    small_print = max(
        (diagram.small_print for diagram in diagrams), key=lambda items: measure.width("".join(items), 1.0)
    )
    title = max((diagram.title for diagram in diagrams), key=len)
    step = any(diagram.step or diagram.reserve_step for diagram in diagrams)
    return replace(
        first, nodes=tuple(nodes), edges=tuple(edges), small_print=small_print, title=title, step=(), reserve_step=step
    )


def _widest(versions: Sequence[tuple[Label, ...]], measure: Measure) -> tuple[Label, ...]:
    """Slot by slot the label that runs widest."""
    made = []
    for slot in range(max((len(labels) for labels in versions), default=0)):
        present = [labels[slot] for labels in versions if slot < len(labels)]
        made.append(max(present, key=lambda label: measure.width(label.room or label.text, 1.0)))
    return tuple(made)
