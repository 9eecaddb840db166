"""The card with ways to begin: each way gives a document or a file, or asks for one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from nnviz.document.document import Document
from nnviz.ui.welcome import EXAMPLES, Welcome

pytestmark = pytest.mark.usefixtures("theme")

Made = Document | Path


@pytest.fixture
def taken() -> list[Callable[[], Made]]:
    return []


@pytest.fixture
def card(qtbot: QtBot, taken: list[Callable[[], Made]]) -> Welcome:
    made = Welcome(["/home/ada/A & B.nnviz"])
    qtbot.addWidget(made)
    made.chosen.connect(taken.append)
    return made


def press(card: Welcome, words: str) -> None:
    buttons = [each for each in card.findChildren(QPushButton) if words in (each.accessibleName(), each.text())]
    assert len(buttons) == 1
    buttons[0].click()


@pytest.mark.parametrize(("name", "words", "explained"), EXAMPLES)
def test_an_example_is_opened(
    card: Welcome, taken: list[Callable[[], Made]], name: str, words: str, explained: str
) -> None:
    press(card, words)
    (made,) = (make() for make in taken)
    assert isinstance(made, Document)
    assert made.title
    assert not card.isVisible()


def test_a_network_is_made_from_its_sizes(card: Welcome, taken: list[Callable[[], Made]]) -> None:
    card.sizes.setText(" 3-5-2 ")
    card.output.setCurrentText("softmax")
    press(card, "Make it")
    (made,) = (make() for make in taken)
    assert isinstance(made, Document)
    kinds = [node.kind for node in made.graph.nodes]
    assert [kinds.count(kind) for kind in ("input", "perceptron", "softmax")] == [3, 5 + 2, 1]


def test_a_recent_file_is_named_in_full(card: Welcome, taken: list[Callable[[], Made]]) -> None:
    press(card, "A && B.nnviz")
    assert [make() for make in taken] == [Path("/home/ada/A & B.nnviz")]


def test_a_file_of_ones_own_is_asked_for(card: Welcome, qtbot: QtBot) -> None:
    with qtbot.waitSignal(card.opening_wished):
        press(card, "Open a document or a table (CSV)…")
