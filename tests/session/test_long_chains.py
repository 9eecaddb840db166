"""Networks for images are long chains of boxes: their type stays as large as any reader needs, on slides and canvas."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from nnviz.canvas.fonts import FontMeasure
from nnviz.canvas.publish import picture_of
from nnviz.session.annotations import Annotator
from nnviz.session.computing import forward
from nnviz.session.diagram import Diagram
from nnviz.session.drawing import draw
from nnviz.session.picture import Line, Picture, Point, Polyline
from nnviz.session.placement import place
from nnviz.session.placement.free import FreeLayout, free_items, free_layout
from nnviz.session.style import style
from tests.images import convolutional, deep
from tests.session import boxes
from tests.session.diagrams import layered
from tests.session.test_placement import check

MEASURE = FontMeasure()
LIGHT = style("light")
CANVAS = (918.0, 649.0)
"""Pixels of the canvas in a window of ordinary size."""
CHAINS = {
    "short": tuple(link for link in deep(3) if link[0] != "relu"),
    "one": deep(3),
    "two": deep(3, 5),
    "three": deep(3, 5, 8),
}


@cache
def diagram(name: str) -> Diagram:
    document = convolutional(rows=6, chain=CHAINS[name])
    return draw(Annotator(document, forward(document)))


def canvas(solved: FreeLayout, name: str, look: str = "light") -> Picture:
    return Picture(1.0, 1.0, None, free_items(solved, diagram(name), style(look), MEASURE))


def turns(picture: Picture) -> list[list[Point]]:
    """The ways of the edges that lead from line to line."""
    last = {item.ref: (item.x2, item.y2) for item in picture.items if isinstance(item, Line)}
    return [[*item.points, last[item.ref]] for item in picture.items if isinstance(item, Polyline)]


def check_turns(picture: Picture) -> None:
    """An edge to the next line begins at the right of a body, ends at the left of one, and crosses nothing."""
    bodies = [boxes.rect(box) for box in boxes.of_role(picture, "node", "loss")]
    words = [boxes.ink(text, MEASURE) for text in boxes.texts(picture) if text.role == "heading"]
    for way in turns(picture):
        for start, end in pairwise(way):
            inner = [start, end, end]
            assert not any(boxes.touches_polygon(word, inner) for word in words)
            assert not any(boxes.touches_polygon(body, inner) for body in bodies)
        assert way[0][0] < way[1][0]
        assert way[-2][0] < way[-1][0] < way[0][0]
    assert not any(boxes.touch(word, body) for word in words for body in bodies)


@pytest.mark.parametrize("name", CHAINS)
def test_slides_keep_their_sizes(name: str) -> None:
    picture = picture_of(convolutional(rows=6, chain=CHAINS[name]))
    check(picture)
    check_turns(picture)
    assert min(text.size for text in boxes.texts(picture)) >= 24
    assert bool(turns(picture)) == (name != "short")


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("name", CHAINS)
def test_type_is_large_enough_on_a_canvas_that_shows_all(name: str, look: str) -> None:
    solved = free_layout(diagram(name), style(look), MEASURE, {})
    left, top, right, bottom = solved.bounds
    zoom = min(CANVAS[0] / (right - left), CANVAS[1] / (bottom - top), 1.0)
    picture = canvas(solved, name, look)
    check_turns(picture)
    assert min(zoom * text.size for text in boxes.texts(picture)) >= 11


def test_a_chain_of_forty_boxes_is_folded_too() -> None:
    document = convolutional(rows=6, chain=(*deep()[:2], *[("relu", {})] * 36, *deep()[2:]))
    drawn = draw(Annotator(document, forward(document)))
    picture = picture_of(document)
    check(picture)
    assert min(text.size for text in boxes.texts(picture)) >= 18
    assert len(turns(picture)) > 2
    check_turns(picture)
    solved = free_layout(drawn, LIGHT, MEASURE, {})
    assert len(turns(Picture(1.0, 1.0, None, free_items(solved, drawn, LIGHT, MEASURE)))) > 2


def test_a_folded_network_whose_nodes_have_places_of_their_own_stays_as_it_is() -> None:
    plain = free_layout(diagram("two"), LIGHT, MEASURE, {})
    fixed = free_layout(diagram("two"), LIGHT, MEASURE, plain.centres)
    assert np.array(list(fixed.centres.values())) == pytest.approx(np.array(list(plain.centres.values())))
    assert len(turns(canvas(fixed, "two"))) == 1
    check_turns(canvas(fixed, "two"))
    assert min(text.size for text in boxes.texts(canvas(fixed, "two"))) >= 24


def test_headings_stand_over_their_columns_wherever_somebody_has_put_those() -> None:
    plain = diagram("two")
    wide = replace(plain, nodes=tuple(replace(node, position=(400.0 * node.column, 0.0)) for node in plain.nodes))
    picture = place(wide, LIGHT, MEASURE)
    check_turns(picture)
    headings = [text for text in boxes.texts(picture) if text.role == "heading"]
    assert len({heading.y for heading in headings}) == 1
    assert headings[0].y < min(box.y for box in boxes.of_role(picture, "node"))


def test_neurons_all_of_which_are_connected_are_not_folded() -> None:
    assert not turns(place(layered((4, 4, 4, 4, 4, 4, 4, 4, 2)), LIGHT, MEASURE))
