"""From a file on the desktop to the class of a row typed by hand: what a self-learner does with a CSV."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QLabel, QListWidget, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

import nnviz
from nnviz.document.document import Document
from nnviz.document.files import encode
from nnviz.engine.workspace import flatten
from nnviz.session.training import training_of
from nnviz.ui.inspector_parts import Reading
from nnviz.ui.number_field import NumberField
from nnviz.ui.theme import Theme
from tests.journeys.user import User, sitting

FISH = {"perch": (1.0, 1.0), "pike": (2.0, 3.0), "bream": (3.0, 1.5)}
"""The middle of each class."""
ROWS_OF_EACH = 50


@pytest.fixture
def user(qtbot: QtBot, theme: Theme, tmp_path: Path) -> Iterator[User]:
    with sitting(qtbot, theme, tmp_path) as made:
        yield made


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Three classes that overlap, the class as a word in the middle of each row."""
    random = np.random.default_rng(3)
    rows = [
        f"{weight:.3f},{fish},{length:.3f}"
        for fish, middle in FISH.items()
        for weight, length in random.normal(middle, 0.7, (ROWS_OF_EACH, 2))
    ]
    path = tmp_path / "fish.csv"
    path.write_text("\n".join(["weight,fish,length", *rows]) + "\n", encoding="utf-8")
    return path


def test_a_dropped_table_is_learned_stopped_early_asked_undone_and_redone(user: User, table: Path) -> None:
    drop(user, table)
    make_network(user)
    first = encode(user.session.document)
    pick_columns(user)
    settle(user)
    untrained = user.session.document
    user.press("F5")
    user.bot.waitUntil(lambda: not user.session.training, timeout=30_000)
    the_best_epoch_is_restored(user, untrained)
    last = encode(user.session.document)
    ask(user, (1.5, 3.0))  # length and weight: in the order of the columns as they were picked
    assert encode(user.session.document) == last  # a row that is only asked about is no part of it
    acts = press_while_it_can_be(user, "undo", "Ctrl+Z")
    assert encode(user.session.document) == first
    assert press_while_it_can_be(user, "redo", "Ctrl+Y") == acts
    assert encode(user.session.document) == last


def drop(user: User, path: Path) -> None:
    """Drag a file from elsewhere over the canvas, and let it go there."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    place, copy = QPointF(200, 200), Qt.DropAction.CopyAction
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    entered = QDragEnterEvent(place.toPoint(), copy, data, left, none)
    entered.ignore()
    QApplication.sendEvent(user.view, entered)
    assert entered.isAccepted()
    QApplication.sendEvent(user.view, QDropEvent(place, copy, data, left, none))


def make_network(user: User) -> None:
    """Take the network that is offered for the table."""
    assert user.find(QComboBox, "What is to be learned").currentText() == "fish"
    user.click(user.find(QPushButton, "Make a network 2-8-3 for it"))
    document = user.session.document
    assert [node.kind for node in document.graph.nodes] == ["input", "dense", "dense", "categorical_cross_entropy"]
    assert document.data is not None
    assert document.data.inputs == {"x": ("weight", "length")}
    assert document.data.targets == {"loss": ("fish",)}


def pick_columns(user: User) -> None:
    """Take a column out, which is told, and put it in again, where it is the last one."""
    user.click(user.find(QToolButton, "Choose the columns of every input and target"))
    for names in (("length",), ("length", "weight")):
        user.click(user.find(QPushButton, "Columns of input x"))
        popup = QApplication.activePopupWidget()
        assert popup is not None
        (columns,) = popup.findChildren(QListWidget)
        while not columns.currentItem().text().startswith("weight"):
            user.press("Down")
        user.press("Space", "Return")
        data = user.session.document.data
        assert data is not None
        assert data.inputs == {"x": names}
        assert bool(user.window.training_panel.data.notice.text) == (len(names) < 2)


def settle(user: User) -> None:
    """How the rows are parted, how it is trained, and when that stops."""
    user.fill(user.find(NumberField, "Validation share"), "0.3")
    user.choose("Optimizer", "Adam")
    user.fill(user.find(NumberField, "Learning rate η"), "0.03")
    user.fill(user.find(NumberField, "Batch size"), "16")
    user.fill(user.find(NumberField, "Epochs"), "200")
    early = user.find(QCheckBox, "Early stopping")
    user.click(early, QPoint(8, early.height() // 2))
    user.fill(user.find(NumberField, "Patience of early stopping"), "5")
    training = user.session.document.training
    assert training.optimizer == nnviz.Adam(lr=0.03)
    assert training.early_stopping == nnviz.EarlyStopping(patience=5)


def the_best_epoch_is_restored(user: User, untrained: Document) -> None:
    """The run stopped before its end, and left to the last bit what the library reports of its best epoch."""
    (run,) = user.session.document.runs
    assert run.stopped == "early"
    reports = [report for report in training_of(untrained, snapshots=True) if report.validation is not None]
    best = min(reports, key=lambda report: report.validation or 0.0)
    assert best.epoch == run.best_epoch == len(reports) - 5 < 195
    assert [report.validation for report in reports] == list(run.validation)
    assert best.snapshot is not None
    left = flatten(user.session.document.plan, user.session.document.parameters)
    assert np.array_equal(left, best.snapshot)
    assert not np.array_equal(left, reports[-2].snapshot)  # the last one is of the restored weights already
    assert f"epoch {run.best_epoch}" in user.window.training_panel.controls.sentence.text().replace("\u00a0", " ")


def ask(user: User, row: tuple[float, ...]) -> None:
    """Type the middle of a class into the inspector, and read there which it is."""
    user.press("Escape")
    data = user.session.document.data
    assert data is not None
    for name, value in zip(data.inputs["x"], row, strict=True):
        user.fill(user.find(NumberField, f"Input {name}"), str(value))
    labels = [label.text() for label in user.window.inspector.findChildren(QLabel) if label.isVisible()]
    assert [text for text in labels if text.startswith("→ ")] == ["→ bream"]
    (given,) = nnviz.predict(user.session.document, row).values()
    told = [float(user.find(Reading, f"Prediction of {fish}").text()) for fish in sorted(FISH)]
    assert told == list(given)


def press_while_it_can_be(user: User, command: str, keys: str) -> int:
    """Undo, or redo, everything; gives how many acts it was."""
    count = 0
    while user.window.built.actions[command].isEnabled():
        user.press(keys)
        count += 1
    return count
