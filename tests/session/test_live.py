"""Newer numbers in a placed diagram are the picture that is drawn anew, item by item."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from nnviz.canvas.fonts import FontMeasure
from nnviz.document.document import Document
from nnviz.session.annotations import Annotator
from nnviz.session.computing import Focus, forward
from nnviz.session.drawing import SHOW, Drawing, StepText, draw
from nnviz.session.examples import example
from nnviz.session.picture import Line, Polyline, Text
from nnviz.session.placement.free import FreeLayout, free_items, free_layout, live_picture
from nnviz.session.style import style
from tests.lowering.drawings import example_of
from tests.networks import mazur, mixed
from tests.session.test_drawing import layers

MEASURE = FontMeasure()
LOOK = style("light")
DOCUMENTS = {
    "neurons": mazur(),
    "layers": example("iris"),
    "boxes": layers(4, 20, 3),
    "heads, operations and a shared weight": mixed(),
    "labels left out": layers(9, 12, 3),
    "normalised": example_of("batch_norm", rows=8),
}


def annotated(document: Document, digits: int | None = None) -> Annotator:
    return Annotator(document, forward(document, Focus("all")), digits=digits)


def trained(document: Document, times: int) -> list[Document]:
    """The document with other weights, each some way from the last, so that signs, widths and digits change."""
    rng = np.random.default_rng(3)
    made = [document]
    for _ in range(times):
        moved = {key: array + rng.normal(0.0, 0.7, array.shape) for key, array in made[-1].parameters.items()}
        made.append(document.with_(parameters=moved))
    return made[1:]


def plated(placed: FreeLayout) -> frozenset[str]:
    return frozenset(edge.id for edge in placed.layout.edges if edge.plate is not None)


@pytest.mark.parametrize("show", [SHOW, ("value", "target")], ids=["all", "values"])
@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_newer_numbers_are_those_of_a_picture_drawn_anew(document: Document, show: tuple[str, ...]) -> None:
    drawing = Drawing(annotated(document), show)
    diagram = drawing.diagram()
    placed = free_layout(diagram, LOOK, MEASURE, {})
    live = live_picture(placed, diagram, LOOK, MEASURE)
    for newer in trained(document, 4):
        annotator = annotated(newer)
        assert drawing.fits(annotator, show)
        shown = drawing.newer(annotator, plated(placed))
        anew = free_items(placed, draw(annotator, show), LOOK, MEASURE)
        assert live.texts(shown) == tuple(item for item in anew if isinstance(item, Text))
        assert live.strokes(shown) == tuple(item for item in anew if isinstance(item, Line | Polyline))


def test_what_has_not_changed_is_kept() -> None:
    document = mazur()
    drawing = Drawing(annotated(document))
    placed = free_layout(drawing.diagram(), LOOK, MEASURE, {})
    live = live_picture(placed, drawing.diagram(), LOOK, MEASURE)
    moved = document.with_(parameters={**document.parameters, "w5": np.array([[0.4001]])})
    (one, strokes), (two, same) = (
        (live.texts(diagram), live.strokes(diagram))
        for each in (document, moved)
        for diagram in [drawing.newer(annotated(each), plated(placed))]
    )
    assert strokes is same
    kept = {id(text) for text in one} & {id(text) for text in two}
    assert {text.text for text in two if id(text) not in kept} >= {"w₅ = 0.4001"}
    assert len(kept) > len(two) / 2


def test_only_numbers_may_differ() -> None:
    document = mazur()
    drawing = Drawing(annotated(document))
    assert drawing.fits(annotated(document), SHOW)
    assert not drawing.fits(annotated(document), SHOW[1:])
    assert not drawing.fits(annotated(document, digits=6), SHOW)
    assert not drawing.fits(annotated(document.with_(positions={"h1": (3.0, 4.0)})), SHOW)
    assert not drawing.fits(annotated(example("pass")), SHOW)
    step = StepText("forward", (), frozenset({"h1"}))
    assert not Drawing(annotated(document), SHOW, step).fits(annotated(document), SHOW)


def test_captions_that_grow_while_it_trains_keep_to_their_places() -> None:
    document = example("iris")
    drawing = Drawing(annotated(document))
    placed = free_layout(drawing.diagram(), LOOK, MEASURE, {})
    live = live_picture(placed, drawing.diagram(), LOOK, MEASURE)
    worst = {key: np.full(array.shape, -1.23456e-5) for key, array in document.parameters.items()}
    annotator = annotated(document.with_(parameters=worst))
    biases = [text for text in live.texts(drawing.newer(annotator, plated(placed))) if text.role == "bias"]
    assert [text.text for text in biases] == ["b = −0.00001235"] * 11
    for text in biases:
        (node,) = (each for each in placed.layout.nodes if each.id == text.ref)
        assert node.captions is not None
        left, _, right, _ = node.captions.rect
        half = MEASURE.width(text.text, text.size, condensed=text.condensed) / 2
        assert left - 0.01 <= text.x - half <= text.x + half <= right + 0.01


def test_strokes_stay_in_their_order() -> None:
    document = example("iris")
    drawing = Drawing(annotated(document))
    placed = free_layout(drawing.diagram(), LOOK, MEASURE, {})
    live = live_picture(placed, drawing.diagram(), LOOK, MEASURE)
    (newer,) = trained(document, 1)
    strokes = live.strokes(drawing.newer(annotated(newer), plated(placed)))
    pens = [(line.dashed, line.colour, line.width) for line in strokes if isinstance(line, Line)]
    assert all(before <= after for before, after in pairwise(pens))


@pytest.mark.parametrize("scale", [0.1, 8.0])
def test_strokes_are_as_thick_while_weights_change_as_where_they_have_come_to_rest(scale: float) -> None:
    document = example("iris")
    drawing = Drawing(annotated(document))
    placed = free_layout(drawing.diagram(), LOOK, MEASURE, {})
    live = live_picture(placed, drawing.diagram(), LOOK, MEASURE)
    grown = {key: array * scale for key, array in document.parameters.items()}
    newer = Annotator(document.with_(parameters=grown), None)
    moving = live.strokes(drawing.newer(newer, plated(placed)))
    diagram = draw(newer)
    anew = free_items(free_layout(diagram, LOOK, MEASURE, {}), diagram, LOOK, MEASURE)
    same_places = free_items(placed, diagram, LOOK, MEASURE)
    widths = {item.ref: item.width for item in anew if isinstance(item, Line)}
    assert {line.ref: line.width for line in moving} == widths
    assert {item.ref: item.width for item in same_places if isinstance(item, Line)} == widths
