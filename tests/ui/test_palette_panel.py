"""The palette: every kind, found by typing, wished by keyboard or mouse, dragged onto the canvas."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, QSettings, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QHBoxLayout, QListWidgetItem, QWidget
from pytestqt.qtbot import QtBot

from nnviz.canvas.view import NetworkView
from nnviz.document.build import new
from nnviz.lowering.kinds import KINDS
from nnviz.session.annotations import Annotator
from nnviz.session.drawing import draw
from nnviz.session.session import Session
from nnviz.session.style import style
from nnviz.ui.kind_icons import kind_pixmap
from nnviz.ui.kind_list import KIND_ROLE, parted
from nnviz.ui.kind_words import GROUPS, choice_words, kind_tip, kind_words, matches, option_tip
from nnviz.ui.palette_panel import PalettePanel
from nnviz.ui.theme import Theme
from tests.networks import mazur
from tests.ui.accessibility import unnamed

LEFT = Qt.MouseButton.LeftButton


class Beside:
    """A palette beside a canvas, and what they said."""

    def __init__(self, bot: QtBot) -> None:
        self.session = Session(mazur())
        self.window = QWidget()
        bot.addWidget(self.window)
        self.panel = PalettePanel(self.session)
        self.canvas = NetworkView(style("light"))
        row = QHBoxLayout(self.window)
        self.panel.setFixedWidth(200)
        row.addWidget(self.panel)
        row.addWidget(self.canvas, 1)
        self.window.resize(900, 760)
        self.wished: list[str] = []
        self.dropped: list[tuple[str, float, float]] = []
        self.panel.wished.connect(self.wished.append)
        self.canvas.kind_dropped.connect(lambda kind, x, y: self.dropped.append((kind, x, y)))
        with bot.waitActive(self.window):
            self.window.show()
        self.bot = bot

    def item(self, kind: str) -> QListWidgetItem:
        rows = (self.panel.list.item(row) for row in range(self.panel.list.count()))
        return next(item for item in rows if item.data(KIND_ROLE) == kind)

    def middle(self, kind: str) -> QPoint:
        return self.panel.list.visualItemRect(self.item(kind)).center()

    def drag(self, kind: str, to: QPoint) -> None:
        """From a row of the palette to a place of the window, the button still down."""
        port = self.panel.list.viewport()
        start = self.middle(kind)
        QTest.mousePress(port, LEFT, Qt.KeyboardModifier.NoModifier, start)
        for place in (
            start + QPoint(30, 5),
            port.mapFrom(self.window, to) - QPoint(9, 9),
            port.mapFrom(self.window, to),
        ):
            QTest.mouseMove(port, place)

    def drop(self, to: QPoint) -> None:
        port = self.panel.list.viewport()
        QTest.mouseRelease(port, LEFT, Qt.KeyboardModifier.NoModifier, port.mapFrom(self.window, to))


@pytest.fixture
def beside(qtbot: QtBot, theme: Theme) -> Iterator[Beside]:
    made = Beside(qtbot)
    yield made
    made.session.close()


# words

ENTROPIES = {f"{what}_cross_entropy{end}" for what in ("binary", "categorical") for end in ("", "_logits")}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_explained(kind: str) -> None:
    told = kind_tip(kind).splitlines()
    assert told[0] == kind_words(kind).name
    assert len(told) >= 2
    for spec in KINDS[kind].options:
        assert "default" in option_tip(spec)
        assert option_tip(spec) in told


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("relu", {"relu", "leaky_relu"}),
        ("mse", {"squared_error"}),
        ("dense", {"dense"}),
        ("cross-entropy", ENTROPIES),
        ("LOSSES", {kind.name for kind in KINDS.values() if kind.family == "loss"}),
        ("linear", {"dense", "identity", "matmul"}),
        ("", set(KINDS)),
        ("xyzzy", set()),
    ],
)
def test_a_kind_is_found_by_name_group_and_other_words(typed: str, found: set[str]) -> None:
    assert {kind for kind in KINDS if matches(kind, typed)} == found


def test_a_long_name_is_parted_where_a_word_ends() -> None:
    assert parted("Binary cross-entropy", lambda text: len(text) <= 14) == "Binary\ncross-entropy"
    assert parted("Binary cross-entropy", lambda text: len(text) <= 12) == "Binary\ncross-entropy"
    assert parted("Dropout", lambda text: False) == "Dropout"


# the panel


def test_every_kind_stands_there_once_under_headings_that_cannot_be_chosen(beside: Beside) -> None:
    assert sorted(beside.panel.list.shown_kinds()) == sorted(KINDS)
    rows = [beside.panel.list.item(row) for row in range(beside.panel.list.count())]
    headings = [row for row in rows if not row.data(KIND_ROLE)]
    assert [row.text() for row in headings] == list(GROUPS)
    assert all(row.flags() == Qt.ItemFlag.ItemIsEnabled for row in headings)
    assert all(not row.icon().isNull() and row.toolTip() for row in rows if row.data(KIND_ROLE))
    assert unnamed(beside.panel) == []


def test_typing_filters_and_escape_shows_all_again(beside: Beside) -> None:
    beside.bot.keyClicks(beside.panel.search, "entropy")
    assert set(beside.panel.list.shown_kinds()) == ENTROPIES
    beside.bot.keyClicks(beside.panel.search, "zz")
    assert beside.panel.list.shown_kinds() == []
    assert not beside.panel.list.isVisible()
    beside.bot.keyClick(beside.panel.search, Qt.Key.Key_Escape)
    assert len(beside.panel.list.shown_kinds()) == len(KINDS)
    assert beside.panel.list.isVisible()


def test_what_is_called_as_typed_goes_before_what_has_to_do_with_it(beside: Beside) -> None:
    beside.bot.keyClicks(beside.panel.search, "add")
    assert beside.panel.list.shown_kinds() == ["add"]


def test_enter_in_the_search_wishes_the_first_found_but_nothing_where_nothing_was_typed(beside: Beside) -> None:
    beside.bot.keyClick(beside.panel.search, Qt.Key.Key_Return)
    assert beside.wished == []
    beside.bot.keyClicks(beside.panel.search, "drop")
    beside.bot.keyClick(beside.panel.search, Qt.Key.Key_Return)
    assert beside.wished == ["dropout"]


def test_by_keyboard_alone(beside: Beside) -> None:
    panel = beside.panel
    panel.search.setFocus()
    beside.bot.keyClick(panel.search, Qt.Key.Key_Down)
    assert panel.list.hasFocus()
    beside.bot.keyClick(panel.list, Qt.Key.Key_Down)
    beside.bot.keyClick(panel.list, Qt.Key.Key_Return)
    assert beside.wished == ["perceptron"]
    for _ in range(3):
        beside.bot.keyClick(panel.list, Qt.Key.Key_Down)
    beside.bot.keyClick(panel.list, Qt.Key.Key_Enter)
    assert beside.wished == ["perceptron", "squared_error"]  # over the heading between them
    beside.bot.keyClick(panel.list, Qt.Key.Key_S)
    assert panel.search.hasFocus()
    assert panel.search.text() == "s"


def test_a_group_is_folded_by_mouse_and_keys_and_a_search_looks_into_it(beside: Beside) -> None:
    blocks = beside.panel.list
    heading = blocks.findItems("Losses", Qt.MatchFlag.MatchExactly)[0]
    beside.bot.mouseClick(blocks.viewport(), LEFT, pos=blocks.visualItemRect(heading).center())
    assert blocks.folded == ("Losses",)
    assert "hinge" not in blocks.shown_kinds()
    assert "folded" in heading.data(int(Qt.ItemDataRole.AccessibleTextRole))
    beside.bot.keyClicks(beside.panel.search, "hinge")
    assert blocks.shown_kinds() == ["hinge"]
    beside.bot.keyClick(beside.panel.search, Qt.Key.Key_Escape)
    assert "hinge" not in blocks.shown_kinds()
    blocks.setFocus()
    blocks.setCurrentItem(heading)
    beside.bot.keyClick(blocks, Qt.Key.Key_Right)
    assert "hinge" in blocks.shown_kinds()
    beside.bot.keyClick(blocks, Qt.Key.Key_Down)
    beside.bot.keyClick(blocks, Qt.Key.Key_Left)  # from a kind, as in a tree
    assert (blocks.folded, blocks.currentItem()) == (("Losses",), heading)
    beside.bot.keyClick(blocks, Qt.Key.Key_Return)
    assert blocks.folded == ()
    assert beside.wished == []


def test_what_is_folded_is_remembered(beside: Beside, tmp_path: Path) -> None:
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    panel = beside.panel
    panel.restore(settings)
    assert {"input", "perceptron", "dense", "squared_error"} <= set(panel.list.shown_kinds())
    assert len(panel.list.shown_kinds()) < 20  # all of a first network is seen without scrolling
    for folded in ((), ("Functions", "Losses")[::-1]):
        panel.list.fold(folded)
        panel.remember(settings)
        panel.list.fold(GROUPS)
        panel.restore(settings)
        assert panel.list.folded == folded


def test_every_icon_differs_from_all_others(theme: Theme) -> None:
    pictures = {kind: kind_pixmap(kind, 24).toImage() for kind in KINDS}
    blank = QImage(pictures["input"].size(), pictures["input"].format())
    blank.fill(Qt.GlobalColor.transparent)
    alike = [(one, two) for one, two in combinations(KINDS, 2) if pictures[one] == pictures[two]]
    assert alike == []
    assert blank not in pictures.values()


def test_a_double_click_wishes_once(beside: Beside) -> None:
    port = beside.panel.list.viewport()
    at = beside.middle("dense")
    beside.bot.mouseClick(port, LEFT, pos=at)
    beside.bot.mouseDClick(port, LEFT, pos=at)
    assert beside.wished == ["dense"]


def test_a_kind_is_dragged_onto_the_canvas_where_the_pointer_is(beside: Beside) -> None:
    to = beside.canvas.mapTo(beside.window, QPoint(300, 200))
    beside.drag("perceptron", to)
    assert QApplication.overrideCursor().shape() == Qt.CursorShape.DragCopyCursor
    beside.drop(to)
    at = beside.canvas.to_scene(QPointF(300, 200))
    assert beside.dropped == [("perceptron", at.x(), at.y())]
    assert beside.wished == []
    assert QApplication.overrideCursor() is None


def test_a_drop_on_nothing_that_takes_it_does_nothing(beside: Beside) -> None:
    to = beside.panel.search.mapTo(beside.window, QPoint(40, 10))
    beside.drag("dense", to)
    assert QApplication.overrideCursor().shape() == Qt.CursorShape.ForbiddenCursor
    beside.drop(to)
    assert beside.dropped == []
    assert QApplication.overrideCursor() is None


def test_escape_gives_a_drag_up(beside: Beside) -> None:
    to = beside.canvas.mapTo(beside.window, QPoint(300, 200))
    beside.drag("dense", to)
    beside.bot.keyClick(beside.panel.list, Qt.Key.Key_Escape)
    assert QApplication.overrideCursor() is None
    beside.drop(to)
    assert beside.dropped == []


def test_a_heading_cannot_be_dragged(beside: Beside) -> None:
    panel = beside.panel
    port = panel.list.viewport()
    heading = panel.list.visualItemRect(panel.list.item(0)).center()
    QTest.mousePress(port, LEFT, Qt.KeyboardModifier.NoModifier, heading)
    QTest.mouseMove(port, heading + QPoint(60, 5))
    assert QApplication.overrideCursor() is None
    QTest.mouseRelease(port, LEFT, Qt.KeyboardModifier.NoModifier, heading + QPoint(60, 5))
    assert beside.dropped == []


def test_a_palette_that_is_hidden_ends_its_drag(beside: Beside) -> None:
    to = beside.canvas.mapTo(beside.window, QPoint(300, 200))
    beside.drag("dense", to)
    beside.panel.hide()
    assert QApplication.overrideCursor() is None


def test_an_activation_that_changes_nothing_has_one_name_wherever_it_is_shown() -> None:
    """The one that files and the command line write; who seeks *linear* finds it (see above)."""
    document = new("2-3-1", activation="identity")
    assert choice_words("identity") == kind_words("identity").name.casefold() == "identity"
    assert [words for _, words in draw(Annotator(document, None)).headings] == [
        "input",
        "hidden · identity",
        "output · identity",
    ]
