"""Networks for images are long chains of boxes: their type stays as large as any reader needs, on slides and canvas."""

from __future__ import annotations

from functools import cache

import pytest

from nnviz.canvas.fonts import FontMeasure
from nnviz.canvas.publish import picture_of
from nnviz.session.annotations import Annotator
from nnviz.session.computing import forward
from nnviz.session.diagram import Diagram
from nnviz.session.drawing import draw
from nnviz.session.picture import Picture
from nnviz.session.placement.free import free_items, free_layout
from nnviz.session.style import style
from tests.images import convolutional, deep
from tests.session import boxes
from tests.session.test_placement import check

MEASURE = FontMeasure()
CANVAS = (918.0, 649.0)
"""Pixels of the canvas in a window of ordinary size."""
CHAINS = {"one convolution": deep(3)}


@cache
def diagram(name: str) -> Diagram:
    document = convolutional(rows=6, chain=CHAINS[name])
    return draw(Annotator(document, forward(document)))


@pytest.mark.parametrize("name", CHAINS)
def test_slides_keep_their_sizes(name: str) -> None:
    picture = picture_of(convolutional(rows=6, chain=CHAINS[name]))
    check(picture)
    assert min(text.size for text in boxes.texts(picture)) >= 24


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("name", CHAINS)
def test_type_is_large_enough_on_a_canvas_that_shows_all(name: str, look: str) -> None:
    solved = free_layout(diagram(name), style(look), MEASURE, {})
    left, top, right, bottom = solved.bounds
    zoom = min(CANVAS[0] / (right - left), CANVAS[1] / (bottom - top), 1.0)
    items = free_items(solved, diagram(name), style(look), MEASURE)
    picture = Picture(1.0, 1.0, None, items)
    assert min(zoom * text.size for text in boxes.texts(picture)) >= 11
