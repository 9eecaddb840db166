"""Expressions in the window: a formula is typed, refused in words, told step by step, opened and brought back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nnviz.document.document import Document
from nnviz.document.edits import OpenExpression, Rename, SetOptions
from nnviz.document.files import encode
from nnviz.lowering import problems
from nnviz.lowering.expression import formula
from nnviz.session.annotations import Annotator
from nnviz.session.drawing import draw
from nnviz.session.signs import LONGEST_SIGN
from nnviz.ui.entry import TextField
from nnviz.ui.formula_part import FormulaPart
from nnviz.ui.theme import Theme
from tests.journeys.user import sitting
from tests.lowering.drawings import circuit
from tests.ui.accessibility import cut, unnamed
from tests.ui.test_inspector_panel import Opened

TEXT = "2*(x*y + max(z, 1)) - sin(x)"


def network(text: str = TEXT) -> Document:
    return circuit({"x": 3.0, "y": -4.0, "z": 2.0}, ("f", "expression", "xyz", {"formula": text}))


@pytest.fixture
def inspector(qtbot: QtBot, theme: Theme) -> Iterator[Opened]:
    made = Opened(qtbot, network(), ("f",))
    yield made
    made.session.close()


def field(inspector: Opened) -> TextField:
    made = inspector.node.options["formula"]
    assert isinstance(made, TextField)
    return made


def part(inspector: Opened) -> FormulaPart:
    assert inspector.node.formula is not None
    return inspector.node.formula


def write(inspector: Opened, text: str) -> None:
    inspector.type(field(inspector), text)


def text(document: Document) -> str:
    return formula(document.graph.node("f"))


# the inspector


def test_a_formula_is_typed_and_computed(inspector: Opened) -> None:
    write(inspector, "x*y + z^2")
    assert text(inspector.document) == "x*y + z^2"
    assert inspector.node.readings["value"].text() == "-8"
    assert unnamed(inspector.panel) == cut(inspector.panel) == []


def test_what_is_no_formula_stays_standing_with_the_place_and_changes_nothing(inspector: Opened, qtbot: QtBot) -> None:
    before = encode(inspector.document)
    write(inspector, "2x + y")
    assert field(inspector).refusal == (
        "There is no sign between these two: “2▸x + y”. Allowed: a sign such as + or *. For a product write *."
    )
    assert field(inspector).refusal in inspector.words()
    assert field(inspector).text() == "2x + y"
    assert encode(inspector.document) == before
    qtbot.keyClick(field(inspector), Qt.Key.Key_Escape)
    assert field(inspector).text() == TEXT


def test_a_name_that_means_nothing_is_taken_and_told(inspector: Opened) -> None:
    write(inspector, "x*y + z + q")
    told = "q is not connected to f: “x*y + z + ▸q”. Allowed: one of x, y, z."
    assert part(inspector).problem.text().startswith(told)
    assert part(inspector).problem.isVisible()
    assert not part(inspector).open.isEnabled()
    write(inspector, "x*y + z")
    assert not part(inspector).problem.isVisible()
    assert part(inspector).open.isEnabled()


def test_an_empty_one_says_what_to_write(inspector: Opened) -> None:
    write(inspector, "")
    assert part(inspector).problem.text() == "f has no formula. Write for example x*y + sin(z)."
    assert field(inspector).placeholderText() == "for example x*y + sin(z)"


def test_a_new_name_is_written_into_the_field(inspector: Opened) -> None:
    inspector.session.do(Rename("x", "width"))
    assert field(inspector).value == TEXT  # it named the node by its id
    write(inspector, "width*y + z")
    inspector.session.do(Rename("x", "breadth"))
    assert field(inspector).text() == "breadth*y + z"
    assert problems(inspector.document.graph) == []


# the drawing


def test_the_node_shows_its_formula_as_far_as_there_is_room() -> None:
    drawn = next(node for node in draw(Annotator(network(), None)).nodes if node.id == "f")
    assert drawn.inside[0].text == "2·(x·y + max(z, 1)) − sin…"
    assert len(drawn.inside[0].text) <= LONGEST_SIGN
    assert [label.text for label in drawn.captions if label.role == "name"] == ["f"]
    drawn = next(node for node in draw(Annotator(network(""), None)).nodes if node.id == "f")
    assert drawn.inside[0].text == "?"


# the window


def test_it_is_told_step_by_step_opened_and_brought_back(qtbot: QtBot, theme: Theme, log: Path, tmp_path: Path) -> None:
    with sitting(qtbot, theme, tmp_path, network()) as user:
        session, walk = user.session, user.window.walk
        before = encode(session.document)
        action = user.window.built.actions["open-expression"]
        assert "2·(x·y + max(z, 1)) − sin(x)" in user.view.about("f")
        assert not action.isEnabled()
        assert "Select an expression first" in action.toolTip()

        session.go_to_step(0)
        QApplication.processEvents()
        told = walk.formula.accessibleDescription()
        assert told.startswith("f = 2 · (x · y + max(z, 1)) − sin(x) = 2 · (3 · (−4) + max(2, 1)) − sin(3) = −20.14")
        assert "u₅ = sin(x)" in told
        blocks = [block for column in walk.formula.sheet.columns for block in column]
        assert len(blocks) == len(session.walk.steps[0].formulas) > 5
        session.leave_walk()

        session.select(("f",))
        QApplication.processEvents()
        inspected = user.window.inspector.page.findChildren(FormulaPart)
        user.click(inspected[0].open)
        opened = session.document
        assert opened.graph == OpenExpression("f").apply(network()).graph
        assert len(set(opened.positions.values())) == len(opened.graph.nodes)
        assert session.trace is not None
        assert session.trace.loss == pytest.approx(-20.14112000805987, rel=1e-15)
        user.press("Ctrl+Z")
        assert encode(session.document) == before

        user.press("Ctrl+A", "Ctrl+Shift+O")
        assert encode(session.document) == encode(opened)
        user.press("Ctrl+Z")
        session.do(SetOptions("f", {"formula": "x + q"}))
        assert "q is not connected to f" in user.window.problem_label.text()
        session.select(("f",))
        user.in_dialogs(lambda: user.press("Ctrl+Shift+O"), lambda: user.press("Return"))
        assert session.document.graph.node("f").kind == "expression"

        user.window.palette_panel.wished.emit("expression")
        assert session.document.graph.nodes[-1].id == "f1"
