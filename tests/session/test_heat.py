"""Heat maps in boxes: the numbers of the row in focus and the weights of kernels, and nothing where none are known."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from nnviz.canvas.fonts import FontMeasure
from nnviz.document.document import Document, settled
from nnviz.document.edits import SetOptions, SetParameter
from nnviz.graph import Edge, Graph, Node
from nnviz.session.annotations import Annotator
from nnviz.session.computing import Focus, forward
from nnviz.session.diagram import Diagram, Heat, Heats
from nnviz.session.drawing import SHOW, Drawing, draw
from nnviz.session.heat import AMID, FINEST, image_heats, kernel_heats
from nnviz.session.picture import Picture, Raster, dashes
from nnviz.session.placement import place
from nnviz.session.placement.draw import colour_map
from nnviz.session.placement.free import free_layout, live_picture
from nnviz.session.style import names, style
from nnviz.session.walkthrough import walkthrough
from tests.images import convolutional
from tests.session import boxes
from tests.session.test_placement import check
from tests.session.test_style import contrast

MEASURE = FontMeasure()
LIGHT = style("light")


@pytest.fixture(scope="module")
def document() -> Document:
    """Five channels, so that not all are shown."""
    return SetOptions("conv1", {"channels": 5}).apply(convolutional(rows=7))


def heats_of(diagram: Diagram, node: str) -> dict[str, Heats]:
    return {heats.role: heats for each in diagram.nodes if each.id == node for heats in each.heats}


def drawn(document: Document, focus: Focus | None = None, **settings: object) -> Diagram:
    return draw(Annotator(document, forward(document, focus)), **settings)  # type: ignore[arg-type]  # options are passed on as they come


def rasters(picture: Picture, node: str = "") -> list[Raster]:
    return [item for item in picture.items if isinstance(item, Raster) and node in ("", item.ref)]


def grid(heat: Heat) -> np.ndarray:
    return np.frombuffer(heat.levels, np.uint8).reshape(heat.rows, heat.columns)


@pytest.mark.parametrize("node", ["conv1", "relu1", "pool1", "reshape1"])
def test_an_image_shows_the_row_in_focus_on_one_scale(document: Document, node: str) -> None:
    focus = Focus("example", 3)
    image = forward(document, focus).value(node)[0]
    heats = heats_of(drawn(document, focus), node)["image"]
    shown = min(len(image), 3)
    assert (len(heats.maps), heats.total) == (shown, len(image))
    scaled = 254 * (image - image.min()) / (image.max() - image.min())
    for channel, heat in enumerate(heats.maps):
        assert np.abs(grid(heat) - scaled[channel]).max() <= 0.5 + 1e-9


def test_an_input_that_is_only_reshaped_shows_its_image(document: Document) -> None:
    diagram = drawn(document)
    assert heats_of(diagram, "x1") == heats_of(diagram, "reshape1")
    assert not heats_of(diagram, "flatten1")


def test_a_small_image_that_comes_in_is_one_box_not_a_row_of_neurons() -> None:
    nodes = (Node("x", "input", options={"units": 16}), Node("r", "reshape", options={"shape": "1×4×4"}))
    small = settled(Document(graph=Graph((*nodes, Node("c", "conv2d")), (Edge("e1", "x", "r"), Edge("e2", "r", "c")))))
    diagram = drawn(small, Focus("typed", values=tuple(map(float, range(16)))))
    assert [node.id for node in diagram.nodes] == ["x", "r", "c"]
    assert grid(heats_of(diagram, "x")["image"].maps[0])[0].tolist() == [0, 17, 34, 51]


def test_kernels_are_shown_pair_by_pair_about_zero(document: Document) -> None:
    weights = document.parameters["conv1.W"]
    heats = heats_of(drawn(document), "conv1")["kernel"]
    assert heats.total == 5
    assert heats.rest.text == "… of 5"
    for pair, heat in enumerate(heats.maps):
        assert np.abs(grid(heat) - AMID * (1 + weights[pair, 0] / np.abs(weights).max())).max() <= 0.5 + 1e-9


def test_many_rows_have_no_image_but_kernels(document: Document) -> None:
    diagram = drawn(document, Focus("all"))
    assert set(heats_of(diagram, "conv1")) == {"kernel"}
    assert not heats_of(diagram, "pool1")
    assert not any("images" in item for item in diagram.small_print)
    assert any("images" in item for item in drawn(document).small_print)


def test_parts_that_are_not_wanted_have_no_maps(document: Document) -> None:
    values = drawn(document, show=[part for part in SHOW if part != "weight"])
    weights = drawn(document, show=[part for part in SHOW if part != "value"])
    assert set(heats_of(values, "conv1")) == {"image"}
    assert set(heats_of(weights, "conv1")) == {"kernel"}


def test_what_is_not_computed_yet_is_an_empty_frame(document: Document) -> None:
    walk = walkthrough(document)
    first = walk.diagram(0)
    assert all(heat.levels for heat in heats_of(first, "reshape1")["image"].maps)
    assert not any(heat.levels for heat in heats_of(first, "pool1")["image"].maps)
    assert all(not raster.colours for raster in rasters(place(first, LIGHT, MEASURE), "pool1"))
    bare = draw(Annotator(document, None))
    assert set(heats_of(bare, "conv1")) == {"kernel"}


@pytest.mark.parametrize("name", names())
def test_maps_lie_in_their_boxes_and_touch_neither_type_nor_each_other(document: Document, name: str) -> None:
    picture = place(drawn(document), style(name), MEASURE)
    check(picture)
    found = rasters(picture)
    assert {raster.ref for raster in found} == {"x1", "reshape1", "conv1", "relu1", "pool1"}
    bodies = {box.ref: boxes.rect(box) for box in boxes.of_role(picture, "node")}
    words = [(text.ref, boxes.ink(text, MEASURE)) for text in boxes.texts(picture)]
    for raster in found:
        left, top, right, bottom = frame(raster)
        body = bodies[raster.ref]
        assert body[0] < left < right < body[2]
        assert body[1] < top < bottom < body[3]
        assert raster.width / raster.columns == pytest.approx(raster.height / raster.rows)
        assert not any(boxes.touch(frame(raster), ink) for ref, ink in words if ref == raster.ref)
    assert not any(boxes.touch(frame(one), frame(other)) for one, other in combinations(found, 2))
    rest = [text.text for text in boxes.texts(picture, "conv1") if "of" in text.text]
    assert rest == ["… of 5", "… of 5"]


def frame(raster: Raster) -> boxes.Rect:
    half = raster.stroke_width / 2
    return (raster.x - half, raster.y - half, raster.x + raster.width + half, raster.y + raster.height + half)


def test_negative_weights_are_orange_and_dashed(document: Document) -> None:
    weights = document.parameters["conv1.W"]
    picture = place(drawn(document), LIGHT, MEASURE)
    kernels = [raster for raster in rasters(picture, "conv1") if raster.role == "kernel"]
    for pair, raster in enumerate(kernels):
        cells = weights[pair, 0].ravel() / np.abs(weights).max()
        assert set(raster.dashed) == {cell for cell, weight in enumerate(cells) if weight < -1 / (2 * AMID)}
        assert len(list(dashes(raster))) == len(raster.dashed)
    red, _, blue = colour_map(LIGHT.negative, LIGHT.plate, LIGHT.positive)[[0, 127, 254]].T.tolist()
    assert red[0] > blue[0]
    assert blue[2] > red[2]
    assert colour_map(LIGHT.negative, LIGHT.plate, LIGHT.positive)[127].tolist() == [255, 255, 255]


@pytest.mark.parametrize("name", names())
def test_dashes_stand_out_from_their_cells(name: str) -> None:
    look = style(name)
    weights = np.linspace(-1.0, -0.02, 25).reshape(1, 1, 5, 5)
    diagram = drawn(SetParameter("conv1.W", np.broadcast_to(weights, (8, 1, 5, 5))).apply(five()))
    raster = next(each for each in rasters(place(diagram, look, MEASURE)) if each.role == "kernel")
    for cell, dash in zip(raster.dashed, dashes(raster), strict=True):
        ground = "#" + raster.colours[3 * cell : 3 * cell + 3].hex()
        assert contrast(dash.colour, ground) >= 3.0


def five() -> Document:
    return SetOptions("conv1", {"kernel": 5}).apply(convolutional(rows=4))


def test_newer_numbers_are_those_of_a_picture_drawn_anew(document: Document) -> None:
    drawing = Drawing(Annotator(document, forward(document)))
    diagram = drawing.diagram()
    layout = free_layout(diagram, LIGHT, MEASURE, {})
    live = live_picture(layout, diagram, LIGHT, MEASURE)
    before = live.rasters(diagram)
    newer = drawing.newer(Annotator(document, forward(document, Focus("example", 2))), ())
    after = live.rasters(newer)
    assert after == live_picture(layout, newer, LIGHT, MEASURE).rasters(newer)
    changed = {raster.ref for raster, other in zip(after, before, strict=True) if raster != other}
    assert changed == {"x1", "reshape1", "conv1", "relu1", "pool1"}
    assert [r for r in after if r.role == "kernel"] == [r for r in before if r.role == "kernel"]
    assert live.rasters(replace(newer)) == after


@pytest.mark.parametrize("number", [0.0, 5.0, -1e308, float("nan"), float("inf")])
def test_numbers_without_a_scale_are_pictures_too(number: float) -> None:
    image = np.full((1, 2, 2), number)
    image[0, 0, 0] = 1e308 if number == -1e308 else number
    (heat,) = image_heats(image, image.shape).maps
    assert grid(heat)[1, 1] in (0, 254)
    (heat,) = kernel_heats(np.full((1, 1, 2, 2), 0.0)).maps
    assert (grid(heat) == AMID).all()


def test_large_images_are_thinned_out() -> None:
    image = np.arange(2 * 300 * 200.0).reshape(2, 300, 200)
    heats = image_heats(image, image.shape)
    assert all(max(heat.rows, heat.columns) <= FINEST for heat in heats.maps)
    assert all(len(heat.levels) == heat.rows * heat.columns for heat in heats.maps)
