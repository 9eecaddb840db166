"""Journeys through the window by real mouse and keys: what a lecturer and a student do from the first minute."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, QSettings, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from nnviz.conventions import PRESETS
from nnviz.document.document import Document
from nnviz.document.edits import SetConventions, SetData, SetOptions, SetParameter, SetTraining
from nnviz.document.files import encode
from nnviz.engine.optimizers import SGD
from nnviz.learning.settings import TrainingSettings
from nnviz.session.examples import example
from nnviz.session.session import Session
from nnviz.session.typed_table import typed_data
from nnviz.ui.dialogs import Answer
from nnviz.ui.number_field import NumberField
from nnviz.ui.theme import Theme
from nnviz.ui.window import MainWindow
from tests.ui.accessibility import unnamed
from tests.ui.asking import ScriptedAsker


@pytest.fixture
def window(qtbot: QtBot, theme: Theme, tmp_path: Path) -> Iterator[MainWindow]:
    """A window on an empty document."""
    with opened(qtbot, theme, tmp_path, Document()) as made:
        yield made


@contextmanager
def opened(qtbot: QtBot, theme: Theme, folder: Path, document: Document) -> Iterator[MainWindow]:
    settings = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
    made = MainWindow(Session(document), theme, ScriptedAsker(), settings)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.session.stop_training()
    made.asker.answers = [Answer.DISCARD]  # type: ignore[attr-defined]
    made.close()
    made.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def at(window: MainWindow, node: str) -> QPoint:
    view = window.area.view
    return view.to_widget(*view.centres[node]).toPoint()


def draw_edge(window: MainWindow, source: str, target: str) -> None:
    view = window.area.view
    start, end = at(window, source), at(window, target)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    for share in (0.4, 1.0):
        QTest.mouseMove(view, (QPointF(start) + (QPointF(end) - QPointF(start)) * share).toPoint())
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, end)


def field(window: MainWindow, value_of: str) -> NumberField:
    """The number field of the inspector that is called so."""
    fields = [each for each in window.inspector.findChildren(NumberField) if each.isVisible()]
    found = [each for each in fields if value_of in each.accessibleName().casefold()]
    assert found, [each.accessibleName() for each in fields]
    return found[0]


def test_the_worked_example_is_built_stepped_updated_and_undone(window: MainWindow, qtbot: QtBot) -> None:
    session, area = window.session, window.area
    for column, (kind, count) in enumerate((("input", 2), ("perceptron", 2), ("perceptron", 2), ("squared_error", 1))):
        for row in range(count):
            area.add_node(kind, 300.0 + 420 * column, 250.0 + 480 * row)
    ids = [node.id for node in session.document.graph.nodes]
    inputs, hidden, outputs, loss = ids[:2], ids[2:4], ids[4:6], ids[6]
    window.built.run("draw-edges")
    area.view.fit()
    for sources, targets in ((inputs, hidden), (hidden, outputs)):
        for target in targets:
            for source in sources:
                draw_edge(window, source, target)
    for output in outputs:
        draw_edge(window, output, loss)
    window.built.run("draw-edges")
    edges = session.document.graph.edges
    assert [edge.key for edge in edges[:8]] == [f"w{n}" for n in range(1, 9)]

    for node in (*hidden, *outputs):
        session.do(SetOptions(node, {"activation": "sigmoid", "bias": "fixed"}))
        session.do(SetParameter(f"{node}.b", np.array([0.35 if node in hidden else 0.6])))
    for number, weight in enumerate(("0,15", "1/5", ".25", "0.3", "0.4", "0.45", "1/2", "0.55"), 1):
        session.select((f"w{number}",))
        typed = field(window, "weight")
        typed.setFocus()
        typed.selectAll()
        QTest.keyClicks(typed, weight)
        QTest.keyClick(typed, Qt.Key.Key_Return)
    assert session.document.parameters["w1"].item() == 0.15
    session.do(SetData(typed_data(session.document, [["0.05", "0.10", "0.01", "0.99"]])))
    session.do(SetConventions(PRESETS["worked example"]))
    session.do(SetTraining(TrainingSettings(optimizer=SGD(lr=0.5))))
    shown = [getattr(item, "text", "") for item in area.view.picture.items]
    assert "∂ +0.0822" in shown
    note = next(note for note in session.annotator().all() if note.target == "w5" and note.role == "gradient")
    assert note.number == pytest.approx(0.082167040564, abs=5.1e-13)

    before = encode(session.document)
    for _ in range(23):
        window.built.run("step-forward")
    assert session.step == 22
    for _ in range(23):
        window.built.run("step-back")
    assert session.step == -1
    window.built.run("leave-walk")
    window.built.run("one-update")
    assert session.document.parameters["w5"].item() == pytest.approx(0.35891647971788465, rel=1e-12)
    window.built.run("undo")
    assert encode(session.document) == before


def test_refused_edges_say_why_and_change_nothing(window: MainWindow) -> None:
    for kind, x in (("input", 300.0), ("perceptron", 800.0)):
        window.area.add_node(kind, x, 300.0)
    first, second = (node.id for node in window.session.document.graph.nodes)
    window.area.connect_nodes(first, second)
    before = window.session.document
    window.area.connect_nodes(second, first)
    assert window.session.document is before
    asker = window.asker
    assert isinstance(asker, ScriptedAsker)
    assert len(asker.refusals) == 1


def test_everything_by_keyboard(window: MainWindow, qtbot: QtBot) -> None:
    view, session = window.area.view, window.session
    window.area.add_node("input")
    window.area.add_node("perceptron")
    view.setFocus()
    first = session.document.graph.nodes[0].id
    session.select((first,))
    window.built.run("connect")
    QTest.keyClick(window._targets.field, Qt.Key.Key_Return)
    assert len(session.document.graph.edges) == 1
    session.select((first,))
    view.setFocus()
    x = view.positions()[first][0]
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.positions()[first][0] == pytest.approx(x + 20)
    QTest.keyClick(view, Qt.Key.Key_Delete)
    assert len(session.document.graph.nodes) == 1
    window.built.run("undo")
    assert len(session.document.graph.edges) == 1


def test_every_control_has_a_name(qtbot: QtBot, theme: Theme, tmp_path: Path) -> None:
    with opened(qtbot, theme, tmp_path, example("iris")) as window:
        assert unnamed(window) == []


def test_every_command_that_needs_no_dialog_runs(qtbot: QtBot, theme: Theme, tmp_path: Path) -> None:
    dialogs = {
        "open",
        "save",
        "save-as",
        "export",
        "quit",
        "shortcuts",
        "welcome",
        "about",
        "type-data",
        "new",
        "train",
    }
    with opened(qtbot, theme, tmp_path, example("mazur")) as window:
        for id in window.built.actions:
            if id not in dialogs:
                window.session.select(("h1",) if "h1" in window.session.document.graph.by_id else ())
                window.built.run(id)
        assert window.asker.refusals == []  # type: ignore[attr-defined]


def test_iris_trains_in_the_window_and_undo_restores_it(qtbot: QtBot, theme: Theme, tmp_path: Path) -> None:
    with opened(qtbot, theme, tmp_path, example("iris")) as window:
        session = window.session
        before = encode(session.document)
        window.built.run("train")
        qtbot.waitUntil(lambda: len(session.curves) > 3, timeout=20_000)
        window.built.run("stop")
        qtbot.waitUntil(lambda: not session.training)
        assert session.document.state.step > 0
        window.built.run("undo")
        assert encode(session.document) == before
