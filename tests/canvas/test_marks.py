"""Halos: even from end to end, wherever an edge bends or meets another halo."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import hypot

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from nnviz.canvas.view import NetworkView
from nnviz.session.picture import Line, Polyline
from nnviz.session.style import style
from tests.session.diagrams import layered, weight


@pytest.fixture(params=["light", "dark"])
def view(qtbot: QtBot, request: pytest.FixtureRequest) -> NetworkView:
    """A chain of three, and an edge w9 that runs round the one in the middle."""
    chain = layered((1, 1, 1), targets=False)
    made = NetworkView(style(request.param))
    qtbot.addWidget(made)
    made.resize(1400, 800)
    jump = weight("w9", "n0.0", "n2.0", 9, 0.5, "0.5000", "+0.0412")
    made.show_diagram(replace(chain, edges=(*chain.edges, jump)))
    return made


def beside_the_stroke(view: NetworkView, off: float) -> list[QPointF]:
    """Places of the widget along the bends of w9, ``off`` beside its line and away from its ends and its plate."""
    (path,) = [item for item in view.picture.items if isinstance(item, Polyline) and item.ref == "w9"]
    plate = next(rect for rect, _, ref in view.hits.boxes() if ref == "w9").adjusted(-20, -20, 20, 20)
    found = []
    for (x1, y1), (x2, y2) in pairwise(path.points[1:]):
        run = hypot(x2 - x1, y2 - y1)
        steps = int(run / 3)
        for step in range(steps):
            x, y = x1 + (x2 - x1) * step / steps, y1 + (y2 - y1) * step / steps
            if not plate.contains(x, y):
                found.append(view.to_widget(x - off * (y2 - y1) / run, y + off * (x2 - x1) / run))
    return found


def colours(image: QImage, places: list[QPointF]) -> set[str]:
    return {image.pixelColor(place.toPoint()).name() for place in places}


@pytest.mark.parametrize("how", ["selected", "hovered"])
def test_the_halo_of_a_bent_edge_is_even(view: NetworkView, how: str) -> None:
    plain = view.grab().toImage()
    if how == "selected":
        view.select(("w9",))
    else:
        view.hovered = "w9"
    marked = view.grab().toImage()
    line = next(item for item in view.picture.items if isinstance(item, Line) and item.ref == "w9")
    for off in (-7.0, 7.0):
        assert line.width / 2 < 7.0 - 1.5
        places = [place for place in beside_the_stroke(view, off) if colours(plain, [place]) == {view.look.ground}]
        assert len(places) > 40
        assert len(colours(marked, places)) == 1
        assert colours(marked, places) != {view.look.ground}
