"""The boxes of a picture: nothing touches, nothing is cut, type is large enough, nothing jumps between frames."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nnviz.canvas.fonts import FontMeasure
from nnviz.errors import ConfigError
from nnviz.graph import Node
from nnviz.session import signs
from nnviz.session.annotations import Annotator
from nnviz.session.computing import Focus, forward
from nnviz.session.diagram import Diagram, DiagramEdge, DiagramNode, Label
from nnviz.session.drawing import draw as drawn
from nnviz.session.examples import example
from nnviz.session.picture import Box, Line, Picture, Polyline, Text
from nnviz.session.placement import draw, layout, place, place_frames
from nnviz.session.placement.free import free_items, free_layout
from nnviz.session.style import style
from tests.images import convolutional
from tests.session import boxes, diagrams
from tests.session.diagrams import backward_step, layered, mazur, neuron

MEASURE = FontMeasure()
SLIDES = style("slides")
NETWORKS = [(2, 2, 2), (2, 3, 1), (3, 4, 2), (4, 4, 4, 2)]
SIZES = [(1920, 1080), (3840, 2160), (1280, 720), (800, 600), (1080, 1080), (600, 1200), (1920, 400)]


def placed(diagram: Diagram, width: float = 1920, height: float = 1080, name: str = "slides") -> Picture:
    return place(diagram, style(name), MEASURE, width, height)


def check_nothing_touches(picture: Picture) -> None:
    """No plate touches a plate, a body, an arrowhead, a target's plate or a caption."""
    plates = boxes.of_role(picture, "plate")
    bodies = boxes.of_role(picture, "node", "loss")
    others = [boxes.rect(box) for box in boxes.of_role(picture, "target")]
    others += [boxes.ink(text, MEASURE) for text in boxes.texts(picture) if text.role in ("bias", "heading")]
    heads = boxes.heads(picture)
    for index, plate in enumerate(plates):
        own = boxes.rect(plate)
        assert not any(boxes.touch(own, boxes.rect(other)) for other in plates[index + 1 :]), plate
        assert not any(boxes.touches_body(own, body) for body in bodies), plate
        assert not any(boxes.touches_polygon(own, head) for head in heads), plate
        assert not any(boxes.touch(own, other) for other in others), plate


def check_nodes_apart(picture: Picture) -> None:
    """No body or target's plate touches another."""
    standing = boxes.of_role(picture, "node", "loss", "target")
    for index, box in enumerate(standing):
        assert not any(boxes.touch(boxes.rect(box), boxes.rect(other)) for other in standing[index + 1 :]), box


def check_inside(picture: Picture) -> None:
    """Everything lies in the frame."""
    for x, y in boxes.points(picture):
        assert 0 <= x <= picture.width
        assert 0 <= y <= picture.height
    for text in boxes.texts(picture):
        left, top, right, bottom = boxes.ink(text, MEASURE)
        assert left >= 0
        assert top >= 0
        assert right <= picture.width
        assert bottom <= picture.height


def check_type_fits(picture: Picture) -> None:
    """Every line of type lies within the body or plate it belongs to; in a circle within its chord."""
    for box in boxes.of_role(picture, "node", "loss", "plate", "target"):
        left, top, right, bottom = box.x, box.y, box.x + box.width, box.y + box.height
        for text in boxes.texts(picture, box.ref):
            ink = boxes.ink(text, MEASURE)
            middle = ((ink[0] + ink[2]) / 2, (ink[1] + ink[3]) / 2)
            if not (left <= middle[0] <= right and top <= middle[1] <= bottom):
                continue  # its caption or plate
            assert left <= ink[0] <= ink[2] <= right, (box, text)
            for x, y in ((ink[0], ink[1]), (ink[2], ink[1]), (ink[0], ink[3]), (ink[2], ink[3])):
                if box.role == "node":
                    assert corner_inside(box, x, y), (box, text)


def check_frames(picture: Picture) -> None:
    """No number touches the frame of the body or plate it stands in, not even one that has grown."""
    for box in boxes.of_role(picture, "node", "loss", "plate", "target"):
        rim = box.stroke_width / 2 + 2.0
        for text in boxes.texts(picture, box.ref):
            ink = boxes.ink(text, MEASURE)
            x, y = (ink[0] + ink[2]) / 2, (ink[1] + ink[3]) / 2
            if box.x <= x <= box.x + box.width and box.y <= y <= box.y + box.height:
                assert box.x + rim <= ink[0] <= ink[2] <= box.x + box.width - rim, (box, text)


def corner_inside(box: Box, x: float, y: float) -> bool:
    radius = box.radius
    dx = max(box.x + radius - x, x - (box.x + box.width - radius), 0.0)
    dy = max(box.y + radius - y, y - (box.y + box.height - radius), 0.0)
    return math.hypot(dx, dy) <= radius + 0.01


def check_centres(picture: Picture) -> None:
    """The centre of a plate lies on its own edge and off all others."""
    lines = [item for item in picture.items if isinstance(item, Line) and item.ref]
    unit = picture.width / 1920
    for plate in boxes.of_role(picture, "plate"):
        centre = (plate.x + plate.width / 2, plate.y + plate.height / 2)
        own = [line for line in lines if line.ref == plate.ref]
        bent = any(isinstance(item, Polyline) and item.ref == plate.ref for item in picture.items)
        assert bent or min(boxes.from_segment(centre, line) for line in own) < 0.01
        foreign = [boxes.from_segment(centre, line) for line in lines if line.ref != plate.ref]
        assert min(foreign, default=math.inf) > 8 * unit, plate


def check(picture: Picture) -> None:
    check_nothing_touches(picture)
    check_nodes_apart(picture)
    check_inside(picture)
    check_type_fits(picture)
    check_centres(picture)


def labels_shown(picture: Picture) -> int:
    return len(boxes.of_role(picture, "plate"))


# ------------------------------------------------------------------------------------------------- the measure
@pytest.mark.parametrize("worst", [False, True], ids=["ordinary", "worst"])
@pytest.mark.parametrize("sizes", NETWORKS, ids=str)
def test_all_labels_of_small_networks_are_placed_and_nothing_touches(sizes: Sequence[int], worst: bool) -> None:
    diagram = layered(sizes, worst=worst)
    picture = placed(diagram)
    check(picture)
    assert labels_shown(picture) == sum(bool(edge.labels) for edge in diagram.edges)
    assert min(text.size for text in boxes.texts(picture)) >= 18


@pytest.mark.parametrize("worst", [False, True], ids=["ordinary", "worst"])
@pytest.mark.parametrize("sizes", [(2, 2, 2), (2, 3, 1), (3, 4, 2)], ids=str)
def test_slides_keep_their_sizes_up_to_3_4_2(sizes: Sequence[int], worst: bool) -> None:
    picture = placed(layered(sizes, worst=worst))
    for text in boxes.texts(picture):
        assert text.size >= (30 if text.role in ("weight", "gradient", "value") else 24), text


@pytest.mark.parametrize("name", ["light", "dark", "slides", "print", "high-contrast"])
def test_every_style_places_the_sketch(name: str) -> None:
    picture = placed(mazur(), name=name)
    check(picture)
    assert labels_shown(picture) == 8


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_any_frame_holds_the_whole(width: float, height: float) -> None:
    for diagram in (mazur(), layered((3, 4, 2))):
        picture = placed(diagram, width, height)
        assert (picture.width, picture.height) == (width, height)
        check_nothing_touches(picture)
        check_inside(picture)
        check_type_fits(picture)


def test_a_frame_of_the_same_shape_is_the_same_picture_scaled() -> None:
    small, large = placed(mazur(), 1280, 720), placed(mazur(), 3840, 2160)
    for a, b in zip(small.items, large.items, strict=True):
        if isinstance(a, Box) and isinstance(b, Box):
            assert (3 * a.x, 3 * a.y, 3 * a.width) == pytest.approx((b.x, b.y, b.width))


@pytest.mark.parametrize(("width", "height"), [(1920, 60), (40, 30), (5000, 200)])
def test_a_frame_too_small_for_its_network_still_holds_all_of_it(width: float, height: float) -> None:
    check_inside(placed(layered((3, 4, 2)), width, height))


@pytest.mark.parametrize(("width", "height"), [(0, 100), (100, -1)])
def test_a_frame_without_area_is_refused(width: float, height: float) -> None:
    with pytest.raises(ConfigError, match="positive"):
        placed(mazur(), width, height)


# ------------------------------------------------------------------------------------------------- the order
@pytest.mark.parametrize("sizes", [(2, 2, 2), (2, 3, 1)], ids=str)
def test_plates_read_in_the_order_of_their_names(sizes: Sequence[int]) -> None:
    diagram = layered(sizes)
    picture = placed(diagram)
    middle = {plate.ref: plate.y for plate in boxes.of_role(picture, "plate")}
    count = sizes[0] * sizes[1]
    assert sorted(middle, key=middle.__getitem__)[:0] == []
    first = [f"w{number}" for number in range(1, count + 1)]
    assert sorted(first, key=middle.__getitem__) == first


def test_rows_of_equal_columns_are_level() -> None:
    picture = placed(mazur())
    at = {box.ref: box.y + box.height / 2 for box in boxes.of_role(picture, "node")}
    assert at["x1"] == pytest.approx(at["h1"]) == pytest.approx(at["o1"])
    assert at["x2"] == pytest.approx(at["h2"]) == pytest.approx(at["o2"])


def test_the_same_diagram_gives_the_same_picture() -> None:
    assert placed(layered((3, 4, 2))) == placed(layered((3, 4, 2)))


# ------------------------------------------------------------------------------------------------- density
def test_what_does_not_fit_is_left_out_and_counted() -> None:
    diagram = layered((8, 8, 8))
    picture = placed(diagram)
    shown = labels_shown(picture)
    assert 20 < shown < 128
    assert any(f"{shown} of 128 labels shown" in text.text for text in boxes.texts(picture))
    assert min(text.size for text in boxes.texts(picture)) >= 18
    check_nothing_touches(picture)
    check_inside(picture)
    check_type_fits(picture)


def test_what_is_asked_for_keeps_its_label() -> None:
    plain = layered((8, 8, 8))
    hidden = {edge.id for edge in plain.edges if edge.labels} - {
        box.ref for box in boxes.of_role(placed(plain), "plate")
    }
    wanted = sorted(hidden)[:3]
    shown = {box.ref for box in boxes.of_role(placed(replace(plain, priority=tuple(wanted))), "plate")}
    assert set(wanted) <= shown


def test_a_thousand_edges_are_drawn_in_full_with_the_labels_that_fit() -> None:
    diagram = layered((16, 32, 16), targets=False)
    picture = placed(diagram)
    assert sum(isinstance(item, Line) and item.arrow > 0 for item in picture.items) == len(diagram.edges)
    check_nothing_touches(picture)
    check_inside(picture)


# ------------------------------------------------------------------------------------------------- walkthroughs
def geometry(picture: Picture) -> list[tuple[float, ...]]:
    """Where everything of the network stands, whatever its text and opacity."""
    kept = [item for item in picture.items if not (isinstance(item, Text | Box) and item.ref == "step")]
    made: list[tuple[float, ...]] = []
    for item in kept:
        if isinstance(item, Box):
            made.append((item.x, item.y, item.width, item.height))
        elif isinstance(item, Line):
            made.append((item.x1, item.y1, item.x2, item.y2, item.width, item.arrow))
        elif isinstance(item, Text):
            made.append((item.x, item.y, item.size))
    return sorted(made)


@pytest.mark.parametrize("digits", [6, 17])
def test_longer_numerals_find_room(digits: int) -> None:
    document = example("mazur")
    diagram = drawn(Annotator(document, forward(document), digits=digits))
    picture = placed(diagram)
    check(picture)
    assert labels_shown(picture) == 8
    free = free_layout(diagram, SLIDES, MEASURE, {})
    canvas = Picture(1.0, 1.0, None, free_items(free, diagram, SLIDES, MEASURE))
    check_nothing_touches(canvas)
    check_type_fits(canvas)
    assert labels_shown(canvas) == 8


def test_fading_and_step_texts_move_nothing() -> None:
    plain = replace(mazur(), reserve_step=True)
    step = backward_step(mazur(), ("h1", "o1", "J"), ("w5", "o1-J"))
    other = replace(step, phase="forward", step=("A title", "f"))
    assert geometry(placed(plain)) == geometry(placed(step)) == geometry(placed(other))


def test_frames_with_other_digits_do_not_jump() -> None:
    full = replace(layered((2, 3, 1), worst=True), reserve_step=True)

    def empty(label: Label) -> Label:
        return Label(label.role, "–") if label.role != "name" else label

    blank = replace(
        full,
        nodes=tuple(replace(node, inside=tuple(map(empty, node.inside))) for node in full.nodes),
        edges=tuple(replace(edge, labels=edge.labels[:1]) for edge in full.edges),
    )
    first, second = place_frames([blank, full], SLIDES, MEASURE)
    for role in ("node", "loss", "plate", "target"):
        assert [boxes.rect(box) for box in boxes.of_role(first, role)] == [
            boxes.rect(b) for b in boxes.of_role(second, role)
        ]
    check(second)
    assert place_frames([], SLIDES, MEASURE) == []


def test_a_layout_can_be_drawn_again_with_newer_numbers() -> None:
    solved = layout(mazur(), SLIDES, MEASURE)
    newer = replace(mazur(), edges=tuple(replace(edge, labels=edge.labels[:1]) for edge in mazur().edges))
    assert geometry(draw(solved, mazur(), SLIDES, MEASURE)) != []
    plates = boxes.of_role(draw(solved, newer, SLIDES, MEASURE), "plate")
    assert plates == boxes.of_role(draw(solved, mazur(), SLIDES, MEASURE), "plate")


@pytest.mark.parametrize("sizes", [(2, 2, 2), (3, 4, 2)])
def test_numbers_that_grow_after_the_placement_keep_to_their_blocks(sizes: Sequence[int]) -> None:
    solved = layout(layered(sizes), SLIDES, MEASURE)
    grown = draw(solved, layered(sizes, worst=True), SLIDES, MEASURE)
    before = {text.ref: text.size for text in boxes.texts(draw(solved, layered(sizes), SLIDES, MEASURE))}
    assert any(text.size < 0.9 * before[text.ref] for text in boxes.texts(grown))
    check_frames(grown)


@pytest.mark.parametrize("focus", [Focus(), Focus("all")], ids=["one row", "means over all rows"])
def test_numbers_of_boxes_that_grow_keep_to_their_frames(focus: Focus) -> None:
    document = convolutional(rows=6)
    diagram = drawn(Annotator(document, forward(document, focus)))
    solved, free = layout(diagram, SLIDES, MEASURE), free_layout(diagram, SLIDES, MEASURE, {})
    for number in ("−0.1235", "−0.00001234", "−1.234×10⁻¹²"):
        grown = replace(diagram, nodes=tuple(with_mean(node, number) for node in diagram.nodes))
        for picture in (
            draw(solved, grown, SLIDES, MEASURE),
            Picture(1.0, 1.0, None, free_items(free, grown, SLIDES, MEASURE)),
        ):
            check_frames(picture)
            sizes = [text.size for text in boxes.texts(picture) if number in text.text]
            assert len(sizes) == 7
            assert number != "−0.1235" or min(sizes) >= 24


def with_mean(node: DiagramNode, number: str) -> DiagramNode:
    """A box whose mean has become another."""
    inside = (Label(each.role, f"⌀ {number}") if each.text.startswith("⌀") else each for each in node.inside)
    return replace(node, inside=tuple(inside))


@pytest.mark.parametrize("value", [-123.4567, 1e-30])
def test_a_constant_is_as_large_as_other_numbers(value: float) -> None:
    node = Node("k", "constant", options={"value": value})
    label = Label("operation", signs.symbol(node))
    picture = placed(Diagram((DiagramNode("k", "operation", 0, 0, (label,)),), ()))
    check(picture)
    assert min(text.size for text in boxes.texts(picture)) >= 36


def test_what_is_not_in_the_step_fades_to_a_quarter() -> None:
    picture = placed(backward_step(mazur(), ("h1", "o1", "J"), ("w5", "o1-J")))
    opacity = {(box.ref, box.role): box.opacity for box in boxes.of_role(picture, "node", "plate", "loss", "target")}
    assert opacity["w5", "plate"] == opacity["h1", "node"] == opacity["J", "loss"] == opacity["o1", "target"] == 1.0
    assert opacity["w1", "plate"] == opacity["x1", "node"] == opacity["o2", "target"] == 0.25
    lines = {item.ref: item.opacity for item in picture.items if isinstance(item, Line) and item.arrow > 0}
    assert (lines["w5"], lines["w6"]) == (1.0, 0.25)
    assert {text.opacity for text in boxes.texts(picture, "w6")} == {0.25}


@pytest.mark.parametrize("length", [1, 40, 400, 4000])
def test_a_long_step_is_wrapped_or_shrunk_but_never_cut(length: int) -> None:
    words = " + ".join(["0.7514 · 0.2486 · 0.5933"] * (length // 20 + 1))
    picture = placed(replace(mazur(), step=("Title " * (length // 40 + 1), words, words), phase="backward"))
    (panel,) = boxes.of_role(picture, "panel")
    for text in boxes.texts(picture, "step"):
        left, top, right, bottom = boxes.ink(text, MEASURE)
        assert panel.x <= left
        assert right <= panel.x + panel.width
        assert panel.y <= top
        assert bottom <= panel.y + panel.height
    told = "".join(text.text.replace(" ", "") for text in boxes.texts(picture, "step") if text.role == "step")
    assert told.count(words.replace(" ", "")) == 2
    check_nothing_touches(picture)


def test_the_step_panel_is_tinted_by_its_phase() -> None:
    fills = {}
    for phase in ("forward", "loss", "backward", "update"):
        step = replace(backward_step(mazur(), (), ()), phase=phase)  # type: ignore[arg-type]  # one of the phases, by its name
        (panel,) = boxes.of_role(placed(step), "panel")
        fills[phase] = panel.fill
    assert len(set(fills.values())) == 4


# ------------------------------------------------------------------------------------------------- furniture
def test_small_print_headings_and_legend_do_not_touch() -> None:
    long = replace(mazur(), small_print=diagrams.SMALL_PRINT * 4, title="A title " * 30)
    picture = placed(long)
    around = [text for text in boxes.texts(picture) if text.role in ("small_print", "heading", "title", "legend")]
    inks = [boxes.ink(text, MEASURE) for text in around]
    for index, one in enumerate(inks):
        assert not any(boxes.touch(one, other) for other in inks[index + 1 :])
    check(picture)
    printed = " ".join(text.text for text in around if text.role == "small_print")
    assert all(printed.count(item) == 4 for item in diagrams.SMALL_PRINT)


def test_headings_of_narrow_columns_stay_apart() -> None:
    wordy = layered((2, 2, 2, 2, 2))
    wordy = replace(
        wordy, headings=tuple((column, "a rather long heading of a column") for column, _ in wordy.headings)
    )
    inks = [boxes.ink(text, MEASURE) for text in boxes.texts(placed(wordy)) if text.role == "heading"]
    assert len(inks) == 5
    assert not any(boxes.touch(a, b) for a, b in pairwise(inks))


def test_edges_to_the_loss_do_not_run_through_targets() -> None:
    for count in (1, 2, 3, 4, 6):
        picture = placed(layered((2, count)))
        targets = [boxes.rect(box) for box in boxes.of_role(picture, "target")]
        assert len(targets) == count
        for line in (item for item in picture.items if isinstance(item, Line) and item.ref.endswith("-J")):
            way = [(line.x1, line.y1), (line.x2, line.y2), (line.x2, line.y2)]
            assert not any(boxes.touches_polygon(target, way) for target in targets)


def test_the_loss_has_a_double_border_and_nothing_else_has() -> None:
    picture = placed(mazur())
    assert {box.role for box in picture.items if isinstance(box, Box) and box.double} == {"loss"}


def test_negative_weights_are_orange_and_dashed_and_explained() -> None:
    picture = placed(diagrams.skipping())
    lines = [item for item in picture.items if isinstance(item, Line) and item.arrow > 0]
    assert {(line.colour, line.dashed) for line in lines} == {
        (SLIDES.positive, False),
        (SLIDES.negative, True),
        (SLIDES.edge, False),
    }
    assert {"positive", "negative"} <= {text.text for text in boxes.texts(picture, "legend")}
    assert "negative" not in {text.text for text in boxes.texts(placed(mazur()), "legend")}


def test_strokes_grow_with_the_weight_within_clamps() -> None:
    widths = {}
    for strength in (1e-9, 0.2, 0.5, 1.0):
        edges = tuple(replace(edge, strength=strength if edge.id == "w1" else edge.strength) for edge in mazur().edges)
        picture = placed(replace(mazur(), edges=edges))
        widths[strength] = next(i.width for i in picture.items if isinstance(i, Line) and i.ref == "w1")
    assert sorted(widths.values()) == list(widths.values())
    assert (min(widths.values()), max(widths.values())) == (SLIDES.thinnest, SLIDES.thickest)


# ------------------------------------------------------------------------------------------------- other shapes
@pytest.mark.parametrize(
    "diagram",
    [diagrams.boxes(), diagrams.circuit(), diagrams.two_heads(), diagrams.skipping()],
    ids=["boxes", "circuit", "two heads", "skip edge"],
)
@pytest.mark.parametrize("name", ["light", "slides"])
def test_boxes_operations_heads_and_skips_are_placed(diagram: Diagram, name: str) -> None:
    picture = placed(diagram, name=name)
    check(picture)
    assert labels_shown(picture) == sum(bool(edge.labels) for edge in diagram.edges)


def test_a_skip_edge_runs_round_the_nodes_between() -> None:
    chain = layered((1, 1, 1))
    jump = diagrams.weight("w9", "n0.0", "n2.0", 9, 0.5, "0.5000", "+0.0412")
    picture = placed(replace(chain, edges=(*chain.edges, jump)))
    (between,) = [box for box in boxes.of_role(picture, "node") if box.ref == "n1.0"]
    (path,) = [item for item in picture.items if isinstance(item, Polyline)]
    last = next(item for item in picture.items if isinstance(item, Line) and item.ref == "w9")
    ways = [*path.points, (last.x2, last.y2)]
    for start, end in pairwise(ways):
        assert not boxes.touches_polygon(boxes.rect(between), [start, end, end])
    check_nothing_touches(picture)


def test_two_edges_between_the_same_nodes_are_told_apart() -> None:
    square = diagrams.circuit()
    twice = replace(square, edges=(*square.edges, DiagramEdge("again", "x", "q", None, square.edges[0].labels)))
    picture = placed(twice)
    a, b = (next(i for i in picture.items if isinstance(i, Line) and i.ref == ref) for ref in ("a", "again"))
    assert math.hypot(a.x2 - b.x2, a.y2 - b.y2) > 8
    check_nothing_touches(picture)


def test_nothing_one_node_and_a_lone_node_are_pictures() -> None:
    assert not [item for item in placed(Diagram((), ())).items if isinstance(item, Box)]
    one = placed(Diagram((neuron("a", 0, 0, "x₁", "0.05"),), ()))
    (body,) = boxes.of_role(one, "node")
    assert (body.x + body.width / 2, body.y + body.height / 2) == pytest.approx((960, 540), abs=30)
    lone = replace(mazur(), nodes=(*mazur().nodes, neuron("h3", 1, 2, "h₃", "–")))
    check(placed(lone))


def test_a_target_without_a_loss_stands_beside_its_output() -> None:
    plain = mazur()
    nodes = tuple(node for node in plain.nodes if node.shape != "loss")
    picture = placed(replace(plain, nodes=nodes, edges=tuple(edge for edge in plain.edges if edge.target != "J")))
    assert len(boxes.of_role(picture, "target")) == 2
    check(picture)


# ------------------------------------------------------------------------------------------------- positions
def test_positions_of_the_user_are_kept_up_to_scale() -> None:
    at = {
        "x1": (0, 0),
        "x2": (0, 200),
        "h1": (260, -60),
        "h2": (260, 260),
        "o1": (540, 10),
        "o2": (540, 190),
        "J": (820, 100),
    }
    nodes = tuple(replace(node, position=at[node.id]) for node in mazur().nodes)
    picture = placed(replace(mazur(), nodes=nodes))
    centres = {b.ref: (b.x + b.width / 2, b.y + b.height / 2) for b in boxes.of_role(picture, "node", "loss")}
    scale = (centres["J"][0] - centres["x1"][0]) / 820
    for id, (x, y) in at.items():
        assert centres[id][0] - centres["x1"][0] == pytest.approx(scale * x)
        assert centres[id][1] - centres["x1"][1] == pytest.approx(scale * y)
    check_nothing_touches(picture)
    check_inside(picture)
    assert labels_shown(picture) == 8


# ------------------------------------------------------------------------------------------------- any network
sizes_strategy = st.lists(st.integers(1, 5), min_size=1, max_size=4)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sizes=sizes_strategy, seed=st.integers(1, 50), targets=st.booleans(), frame=st.sampled_from(SIZES))
def test_any_layered_network_is_placed(sizes: list[int], seed: int, targets: bool, frame: tuple[int, int]) -> None:
    picture = placed(layered(sizes, seed=seed, targets=targets), *frame)
    check_nothing_touches(picture)
    check_nodes_apart(picture)
    check_inside(picture)
    check_type_fits(picture)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_acyclic_wiring_is_placed(data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.integers(1, 3), min_size=2, max_size=4))
    nodes = [neuron(f"{c}.{r}", c, r, f"n{c}{r}", "0.1234") for c, count in enumerate(rows) for r in range(count)]
    pairs = [(a.id, b.id) for a in nodes for b in nodes if a.column < b.column]
    chosen = data.draw(st.lists(st.sampled_from(pairs), max_size=10))
    edges = [
        diagrams.weight(f"w{i}", a, b, i, (-1) ** i * 0.4, "0.4000", "−0.0100") for i, (a, b) in enumerate(chosen, 1)
    ]
    picture = placed(Diagram(tuple(nodes), tuple(edges)))
    check_nothing_touches(picture)
    check_inside(picture)
    check_type_fits(picture)


def test_layers_too_tall_for_type_become_dots_rather_than_an_error() -> None:
    tall = [DiagramNode(f"n{row}", "neuron", 0, row, (Label("name", f"n{row}"),)) for row in range(120)]
    picture = placed(Diagram(tuple(tall), ()))
    assert len(boxes.of_role(picture, "node")) == 120
    check_nodes_apart(picture)
    check_inside(picture)
