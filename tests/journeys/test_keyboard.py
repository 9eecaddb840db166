"""The window without a mouse: every key goes to what has the focus, and the focus comes wherever it is wanted."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QScrollArea, QWidget
from pytestqt.qtbot import QtBot

import nnviz
from nnviz.document.document import Document
from nnviz.session.examples import example
from nnviz.ui.theme import Theme
from tests.journeys.user import User, named, sitting

BACK = "Shift+Backtab"
"""What Shift+Tab is to Qt."""
EDGES = "x1 n1, x2 n1, n1 n2, n2 loss1"
ROWS = "0 0 0 0 1 1 1 0 1 1 1 1"


@pytest.fixture
def no_mouse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the mouse away: whoever reaches for it fails."""
    for part in ("click", "drag", "hover"):
        monkeypatch.delattr(User, part)


@pytest.mark.usefixtures("no_mouse")
def test_from_an_empty_canvas_to_a_trained_network_a_file_and_a_picture(
    qtbot: QtBot, theme: Theme, tmp_path: Path
) -> None:
    with sitting(qtbot, theme, tmp_path) as user:
        build(user)
        choose(user)
        user.press("F5")
        qtbot.waitUntil(lambda: not user.session.training, timeout=20_000)
        assert named(user.focus) == "Train"  # the field with the focus was switched off meanwhile
        user.in_dialogs(lambda: user.press("Ctrl+S"), user.name_file(tmp_path / "or"))
        user.in_dialogs(lambda: user.press("Ctrl+E"), lambda: agree(user), user.name_file(tmp_path / "or"))
    (run,) = nnviz.open(tmp_path / "or.nnviz").runs
    assert run.stopped == "finished"
    assert run.training[-1] < run.training[0] / 2
    assert QImage(str(tmp_path / "or.png")).width() == 1920


def build(user: User) -> None:
    """Blocks by searching for them, edges by choosing their ends, a weight by going to it on the canvas."""
    user.tab_to("Search building blocks")
    for kind in ("input", "input", "perc", "perc", "squared"):
        user.enter(kind)
    user.tab_to("Canvas", BACK)
    for edge in EDGES.split(", "):
        source, target = edge.split()
        walk_to(user, source)
        user.press("Ctrl+L")
        user.enter(target)
    edges = [(edge.source, edge.target) for edge in user.session.document.graph.edges]
    assert edges == [tuple(edge.split()) for edge in EDGES.split(", ")]
    walk_to(user, "w3")
    user.press("Return")
    user.enter("-1/2")
    assert user.session.document.parameters["w3"].item() == -0.5


def walk_to(user: User, part: str) -> None:
    """On the canvas, from part to part."""
    user.press("Escape")
    graph = user.session.document.graph
    for _ in (*graph.nodes, *graph.edges):
        user.press("Tab")
        if user.session.selection == (part,):
            return
    raise AssertionError(f"Tab does not come to {part}")


def choose(user: User) -> None:
    """One activation for all neurons, typed data, an optimizer and its settings."""
    user.press("Ctrl+K")
    user.enter("select all")
    user.tab_to("activation")
    user.press("T")
    assert [node.options.get("activation") for node in user.session.document.graph.nodes[2:4]] == ["tanh"] * 2

    def rows() -> None:
        for cell in ROWS.split():
            user.type(cell)
            user.press("Tab")
        user.press("Return")
        agree(user)

    user.in_dialogs(lambda: user.press("Ctrl+I"), rows)
    user.press("Ctrl+K")
    user.enter("go to train")
    assert named(user.focus) == "Table"  # the first control of the panel
    user.tab_to("Optimizer")
    user.press("Down")
    user.tab_to("Learning rate η")
    user.enter("0.05")
    user.tab_to("Epochs")
    user.enter("200")
    assert user.session.document.training.optimizer == nnviz.Adam(lr=0.05)


def agree(user: User) -> None:
    """Go to the button that closes the dialog, and press it."""
    user.tab_to(named(user.consent))
    user.press("Space")


@pytest.mark.parametrize(("document", "first"), [(Document(), "Escape"), (example("mazur"), "F10")])
def test_tab_goes_round_through_all_that_is_seen_and_back(
    qtbot: QtBot, theme: Theme, tmp_path: Path, document: Document, first: str
) -> None:
    with sitting(qtbot, theme, tmp_path, document) as user:
        user.press(first)
        onward, back = around(user, "Tab"), around(user, BACK)
        assert onward == back[::-1]
        assert {"Search building blocks", "inspector", "Learning rate η", "Labels shown"} < set(onward)
        assert ("Train" in onward) == bool(document.graph.nodes)  # without a loss it is switched off


def around(user: User, key: str) -> list[str]:
    """What a key brings the focus to, from the canvas to the canvas; going back, the inspector has another part."""
    while user.focus is user.view:
        user.press(key)
    met: list[str] = []
    while user.focus is not user.view:
        here = user.focus
        assert can_be_seen(here), named(here)
        if not user.window.inspector.isAncestorOf(here):
            met.append(named(here))
        elif met[-1] != "inspector":
            met.append("inspector")
        user.press(key)
        assert user.focus is not here, f"{key} ends at {named(here)}"
    return met


def can_be_seen(widget: QWidget) -> bool:
    """Whether it stands in the window, or in a panel of it that has been scrolled."""
    around = widget
    while around.parentWidget() is not None and not isinstance(around, QScrollArea):
        around = around.parentWidget()
    return not (around if isinstance(around, QScrollArea) else widget).visibleRegion().isEmpty()
