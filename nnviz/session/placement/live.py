"""Newer numbers in a placed diagram: type and strokes are made anew where they differ, and nothing else.

The lines of type are the same slots that a whole picture fills, with the same labels.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain

from nnviz.session.diagram import Diagram, DiagramEdge, Heats, Label
from nnviz.session.picture import Measure, Raster, Text
from nnviz.session.placement.draw import (
    Stroke,
    labels_of,
    ordered_strokes,
    ordered_texts,
    rasters_of,
    slots_of,
    strokes_of,
)
from nnviz.session.placement.ladder import Layout
from nnviz.session.placement.routes import strongest, thickness
from nnviz.session.style import Style


class LivePicture:
    """A placed diagram whose numbers change.

    Parameters
    ----------
    layout : where everything stands.
    diagram : what was placed there; its parts and their fading stay.
    """

    def __init__(self, layout: Layout, diagram: Diagram, style: Style, measure: Measure) -> None:
        self._layout, self._style, self._measure = layout, style, measure
        self._slots = slots_of(layout, diagram, style)
        self._labels: list[tuple[Label, ...]] = [() for _ in self._slots]
        self._texts: list[list[Text]] = [[] for _ in self._slots]
        self._placed = {edge.id: edge for edge in layout.edges}
        self._looks: list[tuple[float, bool] | None] = [None for _ in diagram.edges]
        self._lines: list[list[Stroke]] = [[] for _ in diagram.edges]
        self._strokes: tuple[Stroke, ...] = ()
        self._nodes = {node.id: node for node in layout.nodes}
        self._heats: dict[str, tuple[Heats, ...]] = {}
        self._rasters: dict[str, list[Raster]] = {}

    def texts(self, diagram: Diagram) -> tuple[Text, ...]:
        """All type; lines whose label is as it was are kept."""
        found = labels_of(self._layout, diagram)
        for index, (labels, before) in enumerate(zip(found, self._labels, strict=True)):
            if labels != before:
                self._texts[index] = [
                    slot.filled(labels[slot.row.slot], self._style, self._measure)
                    for slot in self._slots[index]
                    if slot.row.slot < len(labels)
                ]
        self._labels = found
        return tuple(ordered_texts(chain.from_iterable(self._texts)))

    def strokes(self, diagram: Diagram) -> tuple[Stroke, ...]:
        """The lines of all edges: the very same tuple for as long as none looks otherwise, so that it stays painted."""
        layout = replace(self._layout, strongest=strongest(diagram))
        looks = [self._look(edge, layout) for edge in diagram.edges]
        if looks != self._looks:
            for index, edge in enumerate(diagram.edges):
                if looks[index] != self._looks[index]:
                    self._lines[index] = strokes_of(edge, self._placed[edge.id], layout, self._style)
            self._looks = [*looks]
            self._strokes = tuple(ordered_strokes(chain.from_iterable(self._lines)))
        return self._strokes

    def rasters(self, diagram: Diagram) -> tuple[Raster, ...]:
        """All heat maps; those whose numbers look as they did are kept."""
        for node in diagram.nodes:
            if node.heats and node.heats != self._heats.get(node.id):
                self._rasters[node.id] = rasters_of(node, self._nodes[node.id], self._style)
                self._heats[node.id] = node.heats
        return tuple(chain.from_iterable(self._rasters.values()))

    def _look(self, edge: DiagramEdge, layout: Layout) -> tuple[float, bool]:
        """Width and sign, which is all that a number changes."""
        width = thickness(self._style, edge, layout.strongest, layout.lightness)
        return width, edge.strength is not None and edge.strength < 0
