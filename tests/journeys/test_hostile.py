"""Hostile names come out as text wherever they stand in the window, and push nothing out; nor do sizes and numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtGui import Qt as Gui
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QApplication,
    QLabel,
    QMenu,
    QScrollArea,
    QWidget,
)

from nnviz.canvas.publish import picture_of
from nnviz.data.choice import DataChoice
from nnviz.data.table import Table
from nnviz.document.build import new
from nnviz.document.document import Document
from nnviz.document.edits import RemoveParts, Rename, SetData, SetParameter, SetTitle, Together
from nnviz.errors import FileError
from nnviz.session.examples import example
from nnviz.ui.faults import Faults
from nnviz.ui.window import MainWindow
from tests.journeys.conftest import Start, told_by

NEVER = Qt.ScrollBarPolicy.ScrollBarAlwaysOff
NAMES = (
    "<img src=x>",
    "<b>a</b> &amp; &File",
    "😀👩‍👩‍👧é",
    "x" * 990,
    "many words " * 90,
    "\u202eright שלום",
    "two\nlines\rthree\u2028four",
    "$\\frac{1}{0}$ \\end{x} %s {0}",
    "a[*]b",
)


def named(*names: str) -> Document:
    """The worked example with all that a user may name called by these, in turn."""
    document, called = example("mazur"), cycle(names)
    data = document.data
    assert data is not None
    assert isinstance(data.table, Table)
    columns = {column.name: f"{at}{next(called)}"[:1000] for at, column in enumerate(data.table.columns)}
    table = Table(
        next(called), tuple(replace(each, name=columns[each.name]) for each in data.table.columns), next(called)
    )
    inputs, targets = (
        {node: tuple(columns[column] for column in chosen) for node, chosen in part.items()}
        for part in (data.inputs, data.targets)
    )
    edits = [
        SetTitle(names[0]),
        *(Rename(part.id, next(called)) for part in (*document.graph.nodes, *document.graph.edges)),
        SetData(DataChoice(table, inputs, targets, data.split)),
    ]
    for edit in edits:
        document = edit.apply(document)
    return document


def test_hostile_names_are_shown_as_text_and_push_nothing_out(start: Start) -> None:
    window = start()
    room: dict[str, QSize] = {}
    for names in (("n",), NAMES):
        window.session.replace(named(*names))
        for number, stage in enumerate(stages(window)):
            for _ in range(3):  # what is shown or hidden asks its parent for room, and that its own, an event each
                QApplication.processEvents()
            plain = room.setdefault(f"{number} {stage}", window.minimumSizeHint())
            wrong = [*misread(window), *outside(window)]
            assert wrong == [], stage
            assert plain.expandedTo(window.minimumSizeHint()) == plain, stage


def stages(window: MainWindow) -> Iterator[str]:
    """Takes a window through its pages; at each there is something else to be looked at."""
    session = window.session
    window.resize(1024, 700)
    yield "document"
    for part in ("x1", "o2", "loss", "w6"):
        session.select((part,))
        window.area.view.setToolTip(window.area.view.about(part))
        yield f"page of {part}"
    session.select(("h1", "h2", "w1"))
    yield "page of several"
    for name in ("outline", "training"):
        window.docks[name].show()
        window.docks[name].raise_()
        yield name
    window.training_panel.data._show_pickers()
    yield "columns"
    for _ in range(4):
        window.walk.finish_phase()
        yield "walkthrough"
    window.walk.leave()
    window.built.run("find")
    window._finder.field.setText("go to")
    yield "command palette"
    window._finder.dismiss()
    session.do(RemoveParts(("w5",)))
    session.do(RemoveParts(("loss",)))
    yield "problem"
    window.tell(session.document.title)
    yield "status"


def misread(window: QWidget) -> list[str]:
    """Words of a user that Qt takes for markup or for the mark of a shortcut."""
    found = []
    for widget in (window, *window.findChildren(QWidget)):
        told = f"{type(widget).__name__} {widget.accessibleName()[:30]!r}"
        if is_markup(widget.toolTip()):
            found.append(f"tip of {told}: {widget.toolTip()[:60]}")
        if isinstance(widget, QLabel) and widget.textFormat() != Qt.TextFormat.PlainText and is_markup(widget.text()):
            found.append(f"{told}: {widget.text()[:60]}")
        if isinstance(widget, QAbstractButton) and re.search("(?<!&)&File", widget.text()):
            found.append(f"shortcut in {told}: {widget.text()[:60]}")
        if isinstance(widget, QAbstractItemView):
            found += [f"tip in {told}: {tip[:60]}" for tip in item_tips(widget) if is_markup(tip)]
        if isinstance(widget, QMenu) and widget.sizeHint().width() > window.width():
            found.append(f"menu {widget.title()!r} is {widget.sizeHint().width()} wide")
    for action in window.findChildren(QAction):
        if re.search("(?<!&)&File|\n", action.text().removeprefix("&File")) or is_markup(action.toolTip()):
            found.append(f"action {action.text()[:60]!r}")
    if len(window.windowTitle()) > 150 or len(window.windowTitle().splitlines()) > 1:
        found.append(f"title {window.windowTitle()[:60]!r}")
    return found


def is_markup(text: str) -> bool:
    return Gui.mightBeRichText(text) and ("<img" in text or "<b>" in text)


def item_tips(view: QAbstractItemView) -> list[str]:
    model, tips = view.model(), []
    for row in range(model.rowCount()):
        here = model.index(row, 0)
        inner = [model.index(child, 0, here) for child in range(model.rowCount(here))]
        tips += [str(place.data(Qt.ItemDataRole.ToolTipRole) or "") for place in (here, *inner)]
    return tips


def outside(window: QWidget) -> list[str]:
    """What lies beyond the window's edges, or is wider than the area that scrolls it up and down only."""
    found = []
    for widget in window.findChildren(QWidget):
        if not widget.isVisible() or widget.window() is not window:
            continue
        told = f"{type(widget).__name__} {widget.accessibleName()[:30]!r}"
        right = widget.mapTo(window, QPoint(widget.width(), 0)).x()
        if right > window.width() and not is_scrolled(widget):
            found.append(f"{told} reaches {right} of {window.width()}")
        upright = isinstance(widget, QScrollArea) and widget.horizontalScrollBarPolicy() == NEVER
        if upright and widget.widget().width() > widget.viewport().width():
            found.append(f"in {told} of {widget.viewport().width()} stands {widget.widget().width()}")
    return found


def is_scrolled(widget: QWidget) -> bool:
    parent = widget.parentWidget()
    return parent is not None and (isinstance(parent, QAbstractScrollArea) or is_scrolled(parent))


def test_hostile_names_of_files_are_shown_as_text(start: Start, tmp_path: Path) -> None:
    window = start()
    window.resize(1024, 700)
    least = window.minimumSizeHint()
    for name in NAMES:
        file = tmp_path / f"{name[:80].replace('/', '-')}.nnviz"
        told_by(window).answers = [file]
        window.built.run("save-as")
        assert window.session.path == file
        window.files.recent_menu.aboutToShow.emit()
        window.files.recent_menu.actions()[0].trigger()
        QApplication.processEvents()
        assert told_by(window).refusals == []
        assert [*misread(window), *outside(window)] == [], name
        assert least.expandedTo(window.minimumSizeHint()) == least, name
        assert len(window.files.recent_menu.actions()[0].text()) < 200
    window.refuse(FileError("This cannot be read", where="y" * 4000))
    assert least.expandedTo(window.minimumSizeHint()) == least


def test_a_long_problem_gives_way_in_the_status_line(start: Start) -> None:
    window = start()
    window.resize(1024, 700)
    least = window.minimumSizeHint()
    document = named("x" * 990)
    assert document.data is not None
    window.session.replace(document.with_(data=replace(document.data, inputs={"x1": ("ghost",), "x2": ("ghost",)})))
    QApplication.processEvents()
    assert "x" * 900 in window.problem_label.text()
    assert least.expandedTo(window.minimumSizeHint()) == least
    assert outside(window) == []


def test_a_network_deeper_than_any_slide_is_broad_is_shown_and_drawn(start: Start) -> None:
    window = start()
    document = new("-".join("1" * 30))
    window.session.replace(document)
    centres = [window.area.view.centres[node.id] for node in document.graph.nodes]
    assert len({(round(x), round(y)) for x, y in centres}) >= 30
    window.built.run("layout")
    assert picture_of(document).items


@pytest.mark.parametrize(
    ("make", "weight"),
    [
        (lambda: example("pass"), 1e200),  # what comes out is ∞ − ∞
        (lambda: new("20-2-1"), 1.7e308),  # the norm of a layer is ∞
        (lambda: example("mazur"), 1e-320),
    ],
    ids=["large", "largest", "small"],
)
def test_numbers_beyond_all_bounds_are_shown(start: Start, make: Callable[[], Document], weight: float) -> None:
    window = start()
    session, document = window.session, make()
    session.replace(document)
    signs = cycle((weight, -weight))
    typed = (SetParameter(key, np.full(values.shape, next(signs))) for key, values in document.parameters.items())
    session.do(Together(tuple(typed), "All"))
    session.select((document.graph.edges[0].id,))
    window.built.run("walk-end")
    window.grab()
    window.built.run("leave-walk")
    window.grab()
    net = window.findChild(Faults)
    assert isinstance(net, Faults)
    assert net.count == 0
