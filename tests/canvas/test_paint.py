"""Painting: batches keep the order, arrowheads and opacity are right, the same picture gives the same pixels."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtGui import QColor, QImage

from nnviz.canvas import paint as painting
from nnviz.canvas.fonts import FontMeasure
from nnviz.canvas.paint import batches
from nnviz.canvas.render import picture_to_image
from nnviz.session.picture import Box, Item, Line, Picture, Polyline, Raster, Text, arrowhead, stroke_end
from nnviz.session.placement import place
from nnviz.session.style import style
from tests.session.diagrams import layered, mazur

BLACK, RED, BLUE = "#000000", "#ff0000", "#0000ff"


def image(*items: Item, ground: str | None = "#ffffff", scale: float = 1.0) -> QImage:
    return picture_to_image(Picture(100, 60, ground, items), scale)


def colour(drawn: QImage, x: float, y: float) -> str:
    return QColor(drawn.pixel(int(x), int(y))).name()


def test_neighbours_with_one_pen_are_one_batch_and_the_order_stays() -> None:
    a, b, c = (Line(0, y, 9, y, BLACK, 2) for y in (1, 2, 3))
    other = Line(0, 4, 9, 4, RED, 2)
    assert [len(batch) for batch in batches([a, b, other, c])] == [2, 1, 1]
    assert [item for batch in batches([a, b, other, c]) for item in batch] == [a, b, other, c]


def test_a_network_of_a_thousand_edges_is_a_few_batches() -> None:
    picture = place(layered((16, 32, 16), targets=False), style("light"), FontMeasure())
    lines = [batch for batch in batches(picture.items) if isinstance(batch[0], Line)]
    assert sum(map(len, lines)) > 1000
    assert len(lines) < 60


def test_lines_boxes_and_text_are_painted() -> None:
    drawn = image(
        Line(10, 10, 90, 10, BLACK, 4),
        Box(10, 20, 20, 20, 0, RED, BLUE, 4),
        Polyline(((60, 50), (90, 50)), BLUE, 4),
        Text(50, 50, "█", 20, BLACK),
    )
    assert colour(drawn, 50, 10) == BLACK
    assert colour(drawn, 20, 30) == RED
    assert colour(drawn, 10, 30) == BLUE
    assert colour(drawn, 80, 50) == BLUE
    assert colour(drawn, 56, 44) == BLACK
    assert colour(drawn, 95, 55) == "#ffffff"


def test_dashes_leave_the_ground_between() -> None:
    drawn = image(Line(0, 30, 100, 30, BLACK, 4, dashed=True))
    row = [colour(drawn, x, 30) for x in range(100)]
    assert {BLACK, "#ffffff"} <= set(row)
    assert row.count(BLACK) > row.count("#ffffff")


def test_the_arrowhead_ends_at_the_tip_and_the_stroke_before_it() -> None:
    line = Line(10, 30, 90, 30, BLACK, 6, arrow=20)
    assert arrowhead(line)[0] == (90, 30)
    assert stroke_end(line)[0] == pytest.approx(90 - 0.98 * 20)
    assert stroke_end(Line(0, 0, 5, 0, BLACK, 1)) == (5, 0)
    drawn = image(line)
    assert colour(drawn, 86, 30) == BLACK
    assert colour(drawn, 91, 30) == "#ffffff"
    assert colour(drawn, 72, 30 + 5) == BLACK
    assert colour(drawn, 88, 30 + 3) == "#ffffff"


def test_an_arrow_of_no_length_is_no_error() -> None:
    assert arrowhead(Line(5, 5, 5, 5, BLACK, 2, arrow=10))[0] == (5, 5)
    image(Line(5, 5, 5, 5, BLACK, 2, arrow=10))


def test_faded_strokes_and_heads_do_not_darken_each_other() -> None:
    drawn = image(Line(10, 30, 90, 30, BLACK, 6, arrow=20, opacity=0.25))
    shades = {colour(drawn, x, 30) for x in range(12, 84) if abs(x - 70) > 2}
    assert shades == {"#bfbfbf"}


def test_a_double_border_is_two_lines() -> None:
    drawn = image(Box(10, 10, 80, 40, 0, None, RED, 2, double=True))
    row = [colour(drawn, 50, y) == RED for y in range(8, 24)]
    assert sum(a and not b for a, b in pairwise(row)) == 2


def test_later_items_cover_earlier_ones() -> None:
    assert colour(image(Box(0, 0, 50, 50, 0, RED), Box(0, 0, 50, 50, 0, BLUE)), 20, 20) == BLUE


def test_text_hangs_on_its_anchor() -> None:
    for anchor, ink in (("left", (50, 61)), ("centre", (44, 55)), ("right", (38, 49))):
        drawn = image(Text(50, 40, "█", 15, BLACK, anchor))  # type: ignore[arg-type]  # one of the anchors there are
        dark = [x for x in range(100) if colour(drawn, x, 35) == BLACK]
        assert dark[0] == pytest.approx(ink[0], abs=2)
        assert dark[-1] == pytest.approx(ink[1], abs=2)


def test_words_in_another_script_are_still_drawn() -> None:
    image(Text(10, 40, "漢字", 20, BLACK))


def test_a_draft_leaves_text_out() -> None:
    from PySide6.QtGui import QPainter

    drawn = QImage(100, 60, QImage.Format.Format_RGB32)
    drawn.fill(QColor("#ffffff"))
    painter = QPainter(drawn)
    items = (Text(20, 40, "█", 30, BLACK), Box(70, 0, 30, 60, 0, RED))
    painting.paint(painter, Picture(100, 60, None, items), draft=True)
    painter.end()
    assert colour(drawn, 30, 30) == "#ffffff"
    assert colour(drawn, 80, 30) == RED


def test_the_painter_is_left_as_it_was() -> None:
    from PySide6.QtGui import QPainter

    drawn = QImage(10, 10, QImage.Format.Format_RGB32)
    painter = QPainter(drawn)
    painter.setOpacity(0.5)
    painting.paint(painter, place(mazur(), style("light"), FontMeasure()))
    assert painter.opacity() == 0.5
    painter.end()


def test_cells_of_a_raster_are_flat_and_crisp_at_any_size() -> None:
    shades = bytes([10, 20, 30, 200, 100, 50, 0, 255, 0, 90, 90, 90, 255, 255, 255, 0, 0, 128])
    for scale in (1.0, 0.37, 2.5):
        raster = Raster(5.0, 5.0, 90.0, 50.0, 2, 3, shades, "#ff0000", 0.5)
        drawn = image(raster, scale=scale)
        for cell in range(6):
            row, column = divmod(cell, 3)
            for dx, dy in ((0.12, 0.5), (0.5, 0.12), (0.88, 0.88), (0.5, 0.5)):
                x, y = scale * (5 + 30 * (column + dx)), scale * (5 + 25 * (row + dy))
                assert colour(drawn, x, y) == "#" + shades[3 * cell : 3 * cell + 3].hex()


def test_dashed_cells_bear_a_stroke_and_empty_rasters_only_a_frame() -> None:
    dashed = Raster(10.0, 10.0, 60.0, 30.0, 1, 2, bytes([0, 0, 0, 250, 250, 250]), "#ff0000", 2.0, (0, 1))
    drawn = image(dashed)
    assert (colour(drawn, 25, 25), colour(drawn, 55, 25)) == ("#ffffff", "#000000")
    assert (colour(drawn, 25, 15), colour(drawn, 55, 15)) == ("#000000", "#fafafa")
    empty = image(Raster(10.0, 10.0, 60.0, 30.0, 1, 2, b"", "#ff0000", 2.0))
    assert (colour(empty, 40, 25), colour(empty, 10, 25)) == ("#ffffff", "#ff0000")


def test_a_faded_raster_is_pale() -> None:
    faded = Raster(10.0, 10.0, 60.0, 30.0, 1, 1, bytes(3), "#000000", 1.0, opacity=0.25)
    assert colour(image(faded), 40, 25) == "#c0c0c0"
