"""Journeys through the window by real mouse and keys: what a lecturer and a student do from the first minute."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QComboBox, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

import nnviz
from nnviz.canvas.render import picture_to_image
from nnviz.data.choice import Split
from nnviz.document.files import encode
from nnviz.lowering.kinds import KINDS
from nnviz.numbers import gradient_text, subscripted, value_text
from nnviz.session.examples import example
from nnviz.session.from_table import network_for
from nnviz.session.picture import Picture, Text
from nnviz.ui.export_dialog import ExportDialog
from nnviz.ui.inspector_parts import Reading
from nnviz.ui.number_field import NumberField
from nnviz.ui.theme import Theme
from tests.journeys.user import User, sitting
from tests.networks import MAZUR_WEIGHTS, table
from tests.ui.accessibility import unnamed
from tests.ui.asking import ScriptedAsker

STEPS = 23
GRADIENT = 0.0821670405642308
AFTER = (
    *(0.1497807161327628, 0.19956143226552567, 0.24975114363236958, 0.29950228726473915),
    *(0.35891647971788465, 0.4086661860762334, 0.5113012702387375, 0.5613701211079891),
)
"""The weights of the worked example after one update, by hand."""


@pytest.fixture
def user(qtbot: QtBot, theme: Theme, tmp_path: Path) -> Iterator[User]:
    with sitting(qtbot, theme, tmp_path) as made:
        yield made


def weights(user: User) -> list[float]:
    return [float(user.session.document.parameters[f"w{number}"].item()) for number in range(1, 9)]


# The first journey


def test_the_worked_example_is_built_stepped_updated_undone_and_exported(user: User, tmp_path: Path) -> None:
    draw(user)
    give_numbers(user)
    assert weights(user) == list(MAZUR_WEIGHTS)
    give_data(user)
    settle(user)
    the_gradient_can_be_read(user)
    before = encode(user.session.document)
    step_there_and_back(user)
    update_and_undo(user)
    assert encode(user.session.document) == before
    six_digits(user)
    user.in_dialogs(lambda: user.press("Ctrl+S"), user.name_file(tmp_path / "built"))
    assert (tmp_path / "built.nnviz").read_bytes() == before
    picture = export(user, tmp_path / "built")
    image = QImage(str(tmp_path / "built.png"))
    assert image.width() == 1280
    drawn = picture_to_image(picture, 1280 / picture.width)
    assert image.convertToFormat(drawn.format()) == drawn
    every_number_is_the_engines(picture, nnviz.open(tmp_path / "built.nnviz"))


def draw(user: User) -> None:
    """Blocks by drag and by double-click, put into columns; edges in the mode for it, and from handles."""
    for kind, x, y in (("input", 110, 130), ("input", 110, 420), ("perceptron", 450, 130), ("perceptron", 450, 420)):
        user.drop(kind, x, y)
        (*_, last) = user.session.document.graph.nodes
        assert (user.at(last.id) - QPoint(x, y)).manhattanLength() <= 1  # it stays under the pointer
    for kind in ("perceptron", "perceptron", "squared_error"):
        user.double_click(kind)
    ids = [node.id for node in user.session.document.graph.nodes]
    inputs, hidden, outputs, loss = ids[:2], ids[2:4], ids[4:6], ids[6]
    for node, y in zip(outputs, (130, 420), strict=True):
        user.drag(user.view, user.at(node), QPoint(700, y))
    user.press("Ctrl+D")
    for sources, targets in ((inputs, hidden), (hidden, outputs)):
        for target in targets:
            for source in sources:
                user.drag(user.view, user.at(source), user.at(target))
    user.press("Ctrl+D")
    for output in outputs:
        user.hover(user.view, user.at(output))
        handle = user.view.handle_at(output)
        assert handle is not None
        user.drag(user.view, user.view.to_widget(handle.x(), handle.y()).toPoint(), user.at(loss))
    assert [edge.key for edge in user.session.document.graph.edges[:8]] == [f"w{n}" for n in range(1, 9)]


def give_numbers(user: User) -> None:
    """Activation and mode of the biases of all neurons at once, then each bias and each weight."""
    neurons = [node.id for node in user.session.document.graph.nodes if node.kind == "perceptron"]
    for neuron in neurons:
        user.click(user.view, user.at(neuron), more=True)
    user.choose("activation", "sigmoid")
    user.choose("bias", "fixed")
    user.press("Ctrl+Shift+L")
    user.click(user.view, QPoint(5, 5))
    for neuron, bias in zip(neurons, ("0,35", ".35", "0.6", "3/5"), strict=True):
        user.click(user.view, user.at(neuron))
        user.fill(user.find(NumberField, "Bias"), bias)
    for number, weight in enumerate(("0,15", "1/5", ".25", "0.3", "0.4", "0.45", "1/2", "0.55"), 1):
        user.click(user.view, user.on_edge(f"w{number}"))
        user.fill(user.find(NumberField, f"Weight w{number}"), weight)


def give_data(user: User) -> None:
    """One example, typed cell by cell."""

    def rows() -> None:
        for cell in ("0.05", "0,10", "0.01", "0.99"):
            user.type(cell)
            user.press("Tab")
        user.click(user.consent)

    user.in_dialogs(lambda: user.press("Ctrl+I"), rows)


def settle(user: User) -> None:
    """The conventions of the example, and its learning rate."""
    user.click(user.view, QPoint(5, 5))
    user.choose("preset", "worked example")
    user.fill(user.find(NumberField, "Learning rate η"), "0.5")


def the_gradient_can_be_read(user: User) -> None:
    """∂J/∂w₅ on the edge to three digits, in the inspector and under the resting pointer to all."""
    assert user.texts("w5") == ["w₅ = 0.4000", "∂ +0.0822"]
    user.click(user.view, user.on_edge("w5"))
    shown = user.find(Reading, "Gradient").text()
    assert shown.startswith("+0.0821670")
    assert float(shown) == pytest.approx(GRADIENT, rel=1e-12)
    user.hover(user.view, QPoint(5, 5))
    user.hover(user.view, user.on_edge("w5"))
    assert f"∂J/∂w₅ = {shown.removeprefix('+')}" in user.view.toolTip()


def step_there_and_back(user: User) -> None:
    """Every step forward by its key and back by its button; each looks the same from both sides."""
    seen = []
    for number in range(STEPS):
        user.press("F10")
        assert user.session.step == number
        seen.append(user.view.picture)
    assert user.session.walk is not None
    assert len(user.session.walk.steps) == STEPS
    assert user.texts("w5") == ["w₅ = 0.3589", "∂ +0.0822"]
    back = user.find(QToolButton, "Step back")
    for number in reversed(range(STEPS)):
        assert user.view.picture == seen[number]
        user.click(back)
    assert not back.isEnabled()
    assert user.texts("w5") == ["w₅ = 0.4000", "∂ –"]
    user.press("Shift+F11")
    assert user.texts("w5") == ["w₅ = 0.4000", "∂ +0.0822"]


def update_and_undo(user: User) -> None:
    """One update by its button, undone by its keys."""
    user.click(user.find(QPushButton, "One update"))
    assert weights(user) == pytest.approx(AFTER, rel=1e-12)
    assert user.texts("w5")[0] == "w₅ = 0.3589"
    user.press("Ctrl+Z")
    assert user.texts("w5") == ["w₅ = 0.4000", "∂ +0.0822"]


def six_digits(user: User) -> None:
    """Chosen above the canvas: ∂J/∂w₅ as a calculator shows it."""
    user.choose("Digits shown", "6")
    assert user.texts("w5") == ["w₅ = 0.400000", "∂ +0.0821670"]
    user.press("Ctrl+,", "Ctrl+.")
    assert user.texts("w5") == ["w₅ = 0.400000", "∂ +0.0821670"]


def export(user: User, path: Path) -> Picture:
    """Export through both dialogs; gives the picture that the first of them previewed."""
    previewed = []

    def settings() -> None:
        user.choose("Width in pixels", "1280")
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, ExportDialog)
        previewed.append(dialog.picture())
        user.click(user.consent)

    user.in_dialogs(lambda: user.press("Ctrl+E"), settings, user.name_file(path))
    return previewed[0]


def every_number_is_the_engines(picture: Picture, document: nnviz.Document) -> None:
    """What stands at every edge and neuron of a picture is what the library computes from the saved file."""
    trace, gradients = nnviz.forward(document), nnviz.gradients(document)
    assert any("numbers to 6 significant digits" in item.text for item in picture.items if isinstance(item, Text))
    stands = [(item.ref, item.text) for item in picture.items if isinstance(item, Text)]
    for edge in document.graph.edges[:8]:
        weight, gradient = document.parameters[edge.key].item(), gradients[edge.key].item()
        expected = [f"{subscripted(edge.key)} = {value_text(weight, 6)}", f"∂ {gradient_text(gradient, 6)}"]
        assert [text for ref, text in stands if ref == edge.id] == expected
    for node in document.graph.nodes:
        texts = [text for ref, text in stands if ref == node.id]
        if KINDS[node.kind].family == "neuron":
            z, delta = trace.value(node.id, "z").item(), trace.gradient(node.id, "z")
            assert delta is not None
            assert {value_text(trace.value(node.id).item(), 6), f"z {value_text(z, 6)}"} < set(texts)
            assert f"δ {gradient_text(delta.item(), 6)}" in texts
            assert f"b = {value_text(document.parameters[f'{node.id}.b'].item(), 6)}" in texts
        elif KINDS[node.kind].family == "loss":
            assert value_text(trace.loss, 6) in texts
    assert trace.loss == pytest.approx(0.2983711087600027, rel=1e-12)
    assert gradients["w5"].item() == pytest.approx(GRADIENT, rel=1e-12)


# Smaller ones


def test_a_drawn_edge_that_would_make_a_cycle_says_why_and_changes_nothing(user: User) -> None:
    asker = user.window.asker = ScriptedAsker()
    user.drop("input", 150, 200)
    user.drop("perceptron", 500, 200)
    first, second = (node.id for node in user.session.document.graph.nodes)
    user.press("Ctrl+D")
    user.drag(user.view, user.at(first), user.at(second))
    before = user.session.document
    user.drag(user.view, user.at(second), user.at(first))
    assert user.session.document is before
    assert len(asker.refusals) == 1


def test_the_digits_chosen_are_remembered(qtbot: QtBot, theme: Theme, tmp_path: Path) -> None:
    with sitting(qtbot, theme, tmp_path, example("mazur")) as user:
        user.choose("Digits shown", "all")
    with sitting(qtbot, theme, tmp_path, example("mazur")) as user:
        assert user.texts("w5") == ["w₅ = 0.4", f"∂ +{nnviz.gradients(example('mazur'))['w5'].item()!r}"]
        assert user.find(QComboBox, "Digits shown").currentText() == "all"


def test_every_control_has_a_name(qtbot: QtBot, theme: Theme, tmp_path: Path) -> None:
    with sitting(qtbot, theme, tmp_path, example("iris")) as user:
        assert unnamed(user.window) == []


def test_every_command_that_needs_no_dialog_runs(qtbot: QtBot, theme: Theme, tmp_path: Path) -> None:
    dialogs = {
        "open",
        "save",
        "save-as",
        "export",
        "quit",
        "shortcuts",
        "about",
        "type-data",
        "new",
        "train",
    }
    with sitting(qtbot, theme, tmp_path, example("mazur")) as user:
        asker = user.window.asker = ScriptedAsker()
        for id in user.window.built.actions:
            if id not in {*dialogs, "train"}:
                user.session.select(("h1",) if "h1" in user.session.document.graph.by_id else ())
                user.window.built.run(id)
        assert asker.refusals == []


def test_an_adam_run_undone_redone_and_run_again_gives_the_same_bits(
    qtbot: QtBot, theme: Theme, tmp_path: Path
) -> None:
    """Weights, both memories of Adam, its count and the place in the random streams: all of it stands in the bytes."""
    document = network_for(table(a=[0, 0, 1, 1], b=[0, 1, 0, 1], y=[0, 1, 1, 0]), ["y"], "2-3-1", split=Split())
    with sitting(qtbot, theme, tmp_path, document) as user:
        user.choose("Optimizer", "Adam")
        user.fill(user.find(NumberField, "Batch size"), "1")
        user.fill(user.find(NumberField, "Epochs"), "9")
        untrained = encode(user.session.document)
        once, twice = run(user), run(user)
        state = user.session.document.state
        assert (state.optimizer, state.count, state.epoch) == ("adam", 72, 18)
        assert [any(map(np.any, arrays.values())) for arrays in state.memory.values()] == [True, True]
        user.press("Ctrl+Z")
        assert encode(user.session.document) == once
        user.press("Ctrl+Z")
        assert encode(user.session.document) == untrained
        user.press("Ctrl+Shift+Z", "Ctrl+Y")
        assert encode(user.session.document) == twice
        user.press("Ctrl+Z")
        assert run(user) == twice


def run(user: User) -> bytes:
    """Train by the button until the run ends by itself; gives what it left, as it would be saved."""
    user.click(user.find(QPushButton, "Train"))
    user.bot.waitUntil(lambda: not user.session.training, timeout=20_000)
    return encode(user.session.document)


def test_a_stopped_training_is_one_act(qtbot: QtBot, theme: Theme, tmp_path: Path) -> None:
    with sitting(qtbot, theme, tmp_path, example("iris")) as user:
        before = encode(user.session.document)
        user.press("F5")
        qtbot.waitUntil(lambda: len(user.session.curves) > 3, timeout=20_000)
        user.press("Shift+F5")
        assert not user.session.training
        assert user.session.document.state.step > 0
        user.press("Ctrl+Z")
        assert encode(user.session.document) == before
