"""The outline: nodes and edges as text, its selection that of the session, usable by keyboard alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from nnviz.document.document import Document
from nnviz.document.edits import RemoveParts, Rename, SetParameter, new_node
from nnviz.session.examples import example
from nnviz.session.session import Session, TrainingRunsError
from nnviz.ui.live_panel import PLACES
from nnviz.ui.outline_model import ID_ROLE, KIND_ROLE, NUMBERS_ROLE, OutlineModel
from nnviz.ui.outline_panel import OutlinePanel
from nnviz.ui.theme import Theme
from tests.networks import mazur, mixed
from tests.ui.accessibility import cut, unnamed


class Opened:
    """An outline in a window, and what it said."""

    def __init__(self, bot: QtBot, document: Document) -> None:
        self.bot = bot
        self.session = Session(document)
        self.window = QWidget()
        bot.addWidget(self.window)
        self.panel = OutlinePanel(self.session)
        rows = QVBoxLayout(self.window)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.panel)
        self.window.resize(280, 700)
        self.opened: list[str] = []
        self.refused: list[object] = []
        self.panel.opened.connect(self.opened.append)
        self.panel.refused.connect(self.refused.append)
        with bot.waitActive(self.window):
            self.window.show()

    def told(self, part: str, role: int = NUMBERS_ROLE) -> str:
        return str(self.panel.model.place_of(part).data(role)).replace("\u00a0", " ")

    def rows(self) -> list[str]:
        model = self.panel.model
        groups = model.groups()
        return [model.index(r, 0, g).data(ID_ROLE) for g in groups for r in range(model.rowCount(g))]


Open = Callable[[Document], Opened]


@pytest.fixture
def opened(qtbot: QtBot, theme: Theme) -> Iterator[Open]:
    made: list[Opened] = []

    def make(document: Document) -> Opened:
        made.append(Opened(qtbot, document))
        return made[-1]

    yield make
    for each in made:
        each.session.close()


def test_every_node_and_edge_is_listed_with_its_numbers(opened: Open) -> None:
    made = opened(mazur())
    graph = made.session.document.graph
    assert made.rows() == [node.id for node in graph.nodes] + [edge.id for edge in graph.edges]
    assert made.told("h1") == "a 0.5933   z 0.3775   δ +0.00877"
    assert made.told("x1") == "a 0.05"
    assert made.told("loss") == "J 0.2984"
    assert made.told("w5") == "w 0.4000   ∂ +0.0822"
    assert made.told("w5", KIND_ROLE) == "h₁ → o₁"
    assert made.told("e1") == "no weight"


def test_assistive_technology_reads_all_digits(opened: Open) -> None:
    made = opened(mazur())
    role = int(Qt.ItemDataRole.AccessibleTextRole)
    assert made.told("w5", role) == "w5, from h1 to o1, w 0.4, ∂J/∂w +0.08216704056423078"
    assert made.told("h1", role).startswith("h1, Perceptron, a 0.593269992107187")
    interface = QAccessible.queryAccessibleInterface(made.panel.view)
    texts = [interface.child(n).text(QAccessible.Text.Name) for n in range(interface.childCount())]
    assert any("∂J/∂w +0.08216704056423078" in text for text in texts)
    assert unnamed(made.panel) == []


def test_layers_and_matrices_tell_their_size(opened: Open) -> None:
    made = opened(example("iris"))
    assert made.told("h", KIND_ROLE) == "Dense layer, 8 units"
    assert made.told("w1", KIND_ROLE) == "x → h · 4 × 8 weights"
    assert made.told("w1").startswith("‖W‖ 2.273")


def test_the_model_keeps_the_rules_of_qt(qtbot: QtBot, theme: Theme) -> None:
    session = Session(mixed())
    model = OutlineModel(session.annotator())
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    session.do(RemoveParts(("soft",)))
    assert model.show(session.annotator())
    session.do(SetParameter("w1", np.zeros((3, 4))))
    assert not model.show(session.annotator())
    assert not model.place_of("soft").isValid()
    assert model.parent(QModelIndex()) == QModelIndex()
    assert tester.model() is model
    session.close()


def test_selecting_here_selects_there_and_back(opened: Open) -> None:
    made = opened(mazur())
    told: list[tuple[str, ...]] = []
    made.session.selected.connect(told.append)
    view = made.panel.view
    view.setFocus()
    view.setCurrentIndex(made.panel.model.place_of("w5"))
    assert made.session.selection == ("w5",)
    made.bot.keyClick(view, Qt.Key.Key_Down)
    assert made.session.selection == ("w6",)
    made.bot.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert made.session.selection == ("w6", "w7")
    assert told == [("w5",), ("w6",), ("w6", "w7")]
    made.session.select(("loss", "x1"))
    assert set(view.selected_ids()) == {"x1", "loss"}
    assert told[-1] == ("loss", "x1")
    made.session.select(())
    assert view.selected_ids() == []


def test_groups_cannot_be_selected_but_closed(opened: Open) -> None:
    made = opened(mazur())
    view = made.panel.view
    edges = made.panel.model.groups()[1]
    view.setFocus()
    view.setCurrentIndex(edges)
    assert made.session.selection == ()
    assert view.isExpanded(edges)
    made.bot.keyClick(view, Qt.Key.Key_Return)
    assert not view.isExpanded(edges)
    made.bot.keyClick(view, Qt.Key.Key_Right)
    assert view.isExpanded(edges)
    assert made.opened == []


def test_enter_and_a_double_click_open(opened: Open) -> None:
    made = opened(mazur())
    view = made.panel.view
    view.setFocus()
    view.setCurrentIndex(made.panel.model.place_of("h2"))
    made.bot.keyClick(view, Qt.Key.Key_Return)
    at = view.visualRect(made.panel.model.place_of("h1")).center()
    made.bot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    made.bot.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert made.opened == ["h2", "h1"]


def test_delete_removes_what_is_selected_as_one_act(opened: Open) -> None:
    made = opened(mazur())
    made.session.select(("h1", "w6"))
    made.panel.view.setFocus()
    made.bot.keyClick(made.panel.view, Qt.Key.Key_Delete)
    assert "h1" not in made.rows()
    assert "w6" not in made.rows()
    assert made.session.selection == ()
    made.session.undo()
    assert made.rows()[2] == "h1"
    assert made.panel.view.isExpanded(made.panel.model.groups()[0])


def test_delete_while_training_is_handed_on(opened: Open) -> None:
    made = opened(example("iris"))
    made.session.start_training()
    made.session.select(("h",))
    made.bot.keyClick(made.panel.view, Qt.Key.Key_Delete)
    made.bot.waitUntil(lambda: bool(made.refused))
    assert isinstance(made.refused[0], TrainingRunsError)
    made.session.stop_training()


def test_numbers_follow_edits_and_walks(opened: Open) -> None:
    made = opened(mazur())
    made.session.do(SetParameter("w5", np.array([[-2.0]])))
    assert made.told("w5").startswith("w −2.000")
    made.session.begin_walk()
    made.session.go_to_step(-1)
    assert made.told("w5") == "w −2.000   ∂ –"
    assert made.told("h1") == "a –   z –   δ –"


def test_an_empty_network_says_what_would_be_here(opened: Open) -> None:
    made = opened(Document())
    assert not made.panel.view.isVisible()
    made.session.do(new_node(made.session.document, "input"))
    assert made.panel.view.isVisible()
    assert made.rows() == ["x1"]


def test_hostile_names_are_text(opened: Open) -> None:
    made = opened(mazur())
    made.session.do(Rename("h1", "<img src=x>" + "W" * 900))
    place = made.panel.model.place_of("h1")
    assert str(place.data()).startswith("<img src=x>")
    assert "<img" not in str(place.data(int(Qt.ItemDataRole.ToolTipRole)))
    assert cut(made.panel) == []


def test_a_hidden_outline_computes_nothing(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    made = opened(mazur())
    made.panel.hide()
    asked: list[int] = []
    plain = Session.annotator
    monkeypatch.setattr(Session, "annotator", lambda self: (asked.append(1), plain(self))[1])
    made.session.do(SetParameter("w5", np.array([[0.9]])))
    made.session.select(("w5",))
    assert asked == []
    made.panel.show()
    assert made.told("w5").startswith("w 0.9000")
    assert made.panel.view.selected_ids() == ["w5"]


def test_live_numbers_come_now_and_then_in_a_turn_of_their_own(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    made = opened(mazur())
    monkeypatch.setattr(Session, "at_work", property(lambda self: True))
    shown: list[int] = []
    plain = made.panel.model.show
    monkeypatch.setattr(made.panel.model, "show", lambda annotator: (shown.append(1), plain(annotator))[1])
    made.session.live = {**made.session.document.parameters, "w5": np.array([[0.1]])}
    for _ in range(100):
        made.session.shown.emit()
    assert shown == []
    for turn in range(PLACES):
        made.session.listed.emit(turn)
    assert len(shown) == 1
    assert made.told("w5").startswith("w 0.1000")
    made.session.live = {**made.session.document.parameters, "w5": np.array([[0.7]])}
    made.session.shown.emit()
    for turn in range(PLACES):
        made.session.listed.emit(turn)
    assert made.told("w5").startswith("w 0.7000")
