"""Another number than J is differentiated: every ∂ of the window says so, and J is one click away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nnviz.document.edits import SetTitle
from nnviz.lowering.targets import Target
from nnviz.session.computing import Focus
from nnviz.session.derivatives import gradients
from nnviz.session.examples import example
from nnviz.session.session import Session
from nnviz.ui.actions import found
from nnviz.ui.export_dialog import ExportDialog
from nnviz.ui.inspector_edge import EdgePage
from nnviz.ui.inspector_node import NodePage
from nnviz.ui.theme import Theme
from nnviz.ui.weights_window import WeightsWindow
from nnviz.ui.window import MainWindow
from tests.networks import behind_a_step, circuit_of_inputs, mazur, mixed
from tests.ui.asking import ScriptedAsker


@pytest.fixture
def window(qtbot: QtBot, theme: Theme, tmp_path: Path, log: Path) -> Iterator[MainWindow]:
    """The window with the worked example."""
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    made = MainWindow(Session(mazur()), theme, ScriptedAsker(), settings)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.ticker.stop()
    made.session.close()
    made.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def chosen(window: MainWindow, words: str) -> None:
    """An entry of Ctrl+K, by its words."""
    (entry,) = [entry for entry in window._findable() if entry.words == words]
    window._run_found(entry.id)


def test_a_node_is_chosen_among_the_commands_and_every_derivative_follows(window: MainWindow) -> None:
    window.session.select(("w5",))
    chosen(window, "Differentiate o₁")
    assert window.session.focus.of == Target("o1")
    page = window.inspector.page
    assert isinstance(page, EdgePage)
    exact = gradients(mazur(), of="o1")["w5"].item()
    assert page.gradient.text() == f"{exact:+}"
    assert page.next.text() == "–"
    labels = {row.label.text() for row in page.form._rows if row.label is not None}
    assert "∂o₁/∂w" in labels
    window.session.select(("w7",))
    assert "o₁ does not depend on it" in window.inspector.page.gradient.toolTip()
    assert "o₁ does not depend on it" in window.area._about("w7")
    window.session.select(("w5",))
    assert window.area.focus.goal.text() == "∂ of o₁"
    assert window.area.focus.back.isVisible()
    assert window.session.annotator().goal == "o₁"
    window.area.focus.back.click()
    assert window.session.focus == Focus()
    assert not window.area.focus.back.isVisible()
    assert window.inspector.page.gradient.text() == f"{gradients(mazur())['w5'].item():+}"


def test_the_list_has_what_is_selected_first_and_leads_back_and_all_parts_say_so(window: MainWindow) -> None:
    window.session.select(("h2",))
    window.built.run("differentiate")
    shown = [entry.words for entry in window.differentiating._list.shown()]
    assert shown[0] == "Differentiate h₂"
    assert len(shown) == 7
    window.differentiating._list._choose()
    assert window.session.focus.of == Target("h2")
    assert window.differentiating.entries()[0].words == "Differentiate J again"
    assert "Differentiate h₂" not in [entry.words for entry in window.differentiating.entries()]
    chosen(window, "Differentiate J again")
    assert window.session.focus.of is None
    say_so_on_pages_and_tables(window)
    offer_units_one_by_one(window)


def say_so_on_pages_and_tables(window: MainWindow) -> None:
    window.session.select(("h1",))
    window.session.differentiate(Target("h1"))
    page = window.inspector.page
    assert isinstance(page, NodePage)
    assert page.readings["bias_gradient"].accessibleName() == "∂h₁/∂b"
    weights = WeightsWindow(window.session, window)
    cells = weights._cells(weights.blocks[0])
    assert cells.derivative_name(0, 0) == "∂h₁/∂w"
    assert cells.derivative(0, 0) == gradients(mazur(), of="h1")["w1"].item()
    assert cells.derivative(0, 1) is None
    weights.close()


def offer_units_one_by_one(window: MainWindow) -> None:
    window.session.replace(mixed())
    assert "Differentiate d[4]" in [entry.words for entry in window.differentiating.entries()]
    assert window.differentiating.run("of:d[4]")
    assert window.session.focus.of == Target("d", 4)
    assert window.differentiating.run("of:d")
    assert window.session.focus.of == Target("d", 4)
    assert "name a unit" in str(window.asker.refusals[-1])
    assert not window.differentiating.run("node:d")


def test_inputs_show_their_derivatives_on_canvas_inspector_outline_and_in_the_walk(window: MainWindow) -> None:
    session = window.session
    session.replace(circuit_of_inputs())
    session.look_at(Focus("typed", values=(2.0, 3.0)))
    session.select(("x",))
    assert "gradient" not in window.inspector.page.readings
    chosen(window, "Differentiate f")
    assert window.inspector.page.readings["gradient"].text() == "+7"
    assert window.inspector.page.readings["gradient"].accessibleName() == "∂f/∂x"
    drawn = {node.id: [label.text for label in node.inside] for node in window.area._drawing.diagram().nodes}
    assert (drawn["x"], drawn["y"]) == (["x", "2", "∂ +7.00"], ["y", "3", "∂ +2.00"])
    assert "∂f/∂x = 7" in window.area._about("x")
    window.area.walk.to_end()
    assert session.walk.steps[session.step].title == "∂f/∂y"
    assert "∂f/∂y" in window.area.walk._where.text()


def test_where_there_is_no_derivative_the_bar_above_the_canvas_says_why(window: MainWindow) -> None:
    window.session.replace(behind_a_step())
    assert window.area.focus.note.text() == ""
    chosen(window, "Differentiate s")
    assert window.area.focus.note.text() == "Every way to s leads through a step, which has no slope"
    window.session.select(("x",))
    assert "every way to s leads through a step" in window.inspector.page.readings["gradient"].toolTip()


WANTED = {
    "deriv": "Differentiate",
    "grad": "Differentiate",
    "backprop": "Step forward",
    "accuracy": "Go to Loss",
    "validation": "Go to Validation share",
    "learning rate": "Go to Learning rate η",
    "early stopping": "Go to Patience of early stopping",
    "csv": "Open",
    "fit": "Train or pause",
}


@pytest.mark.parametrize("typed", WANTED)
def test_the_words_of_the_field_find_what_does_it(window: MainWindow, typed: str) -> None:
    window.session.replace(example("iris"))
    assert WANTED[typed] in [entry.words for entry in found(window._findable(), typed) if not entry.missing]


def test_a_setting_is_gone_to(window: MainWindow) -> None:
    window.activateWindow()
    chosen(window, "Go to Learning rate η")
    field = QApplication.focusWidget()
    assert field is not None
    assert field.accessibleName() == "Learning rate η"
    window.docks["training"].hide()
    chosen(window, "Go to Epochs")
    assert window.docks["training"].isVisible()
    assert QApplication.focusWidget().accessibleName() == "Epochs"


def test_while_a_training_runs_the_status_line_tells_no_number_of_before(window: MainWindow) -> None:
    assert window.state_label.text().startswith("0 updates · ")
    window.session.start_training()
    assert window.state_label.text().startswith("training · ")
    window.session.stop_training()
    assert "update" in window.state_label.text()


def test_a_picture_is_named_after_the_document(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    suggested: list[str] = []
    monkeypatch.setattr(window.asker, "save_file", lambda *told: suggested.append(told[-1].name))
    window.session.do(SetTitle("My net: first"))
    dialog = ExportDialog(window.session, window.asker, window.settings, window)
    dialog.export()
    dialog.deleteLater()
    assert suggested == ["My net- first.png"]
