"""Typeset formulas: whole where there is room, else broken, in two columns, smaller, and never smaller than words."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize, QSizeF
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nnviz.lowering.formula import Formula, Number, Sum, Symbol, latex_name
from nnviz.session.examples import example
from nnviz.session.session import Session
from nnviz.session.walkthrough import walkthrough
from nnviz.ui.canvas_area import CanvasArea
from nnviz.ui.formulas import SCALES, Block, FormulaView, Line, arranged, typeset
from nnviz.ui.theme import Theme

pytestmark = pytest.mark.usefixtures("theme")


def blocks(count: int, width: float) -> tuple[Block, ...]:
    """So many formulas of 300 × 20, each of which can be broken into two lines of 150."""
    whole, part = (Line(None, "", QSizeF(size, 20.0)) for size in (300.0, 150.0))
    return tuple((whole,) if width >= 300.0 else (part, part) for _ in range(count))


@pytest.mark.parametrize(
    ("count", "room", "columns", "lines", "scale"),
    [
        (2, (400, 60), 1, 2, 1.0),
        (4, (700, 60), 2, 4, 1.0),
        (4, (600, 60), 2, 4, 0.9),  # rather somewhat smaller than broken
        (2, (200, 200), 1, 4, 1.0),
        (2, (200, 80), 1, 4, 0.7),
        (9, (150, 80), 1, 18, SCALES[-1]),  # to be scrolled
    ],
)
def test_formulas_take_the_room_there_is(
    count: int, room: tuple[int, int], columns: int, lines: int, scale: float
) -> None:
    sheet = arranged(lambda width: blocks(count, width), QSizeF(*room))
    assert len(sheet.columns) == columns
    assert sum(len(block) for column in sheet.columns for block in column) == lines
    assert sheet.scale == scale
    assert sheet.fits(QSizeF(*room)) == (count < 9)


def test_a_long_formula_is_broken_before_its_signs_of_equality(qtbot: QtBot) -> None:
    terms = tuple(Symbol(f"h{n}", n / 7) for n in range(1, 6))
    formula = Formula(Symbol("z", sum(term.value for term in terms)), Sum((*terms, Number(0.25))))
    assert " ".join(formula.parts()) == formula.whole()
    view = FormulaView()
    qtbot.addWidget(view)
    view.show_formulas([formula])
    view.resize(1200, 100)
    view.show()
    QApplication.processEvents()
    ((whole,),) = view.sheet.columns
    assert len(whole) == 1
    view.resize(330, 140)
    QApplication.processEvents()
    ((broken,),) = view.sheet.columns
    assert [line.text[:1] for line in broken[1:]] == ["="] * (len(broken) - 1) != []
    assert view.horizontalScrollBar().maximum() == 0


def test_the_name_of_a_matrix_is_typeset_also_with_a_sign_behind_it() -> None:
    assert latex_name("W⁽²⁾") == "{W^{(2)}}"
    for sign in ("^{+}", "^{\\top}", "_{h}"):
        assert typeset(latex_name("W⁽²⁾") + sign, 21.0, "#000000") is not None


def test_what_comes_through_a_node_is_typeset() -> None:
    lines = [line for step in walkthrough(example("mazur")).steps for line in step.formulas]
    (line,) = [line for line in lines if line.symbols().startswith("∂J/∂h₁ via ŷ₁")]
    assert line.symbols(latex=True).startswith(r"\frac{\partial J}{\partial h_{1}}\text{ via }\hat{y}_{1} =")
    assert typeset(line.symbols(latex=True), 21.0, "#000000") is not None


def test_the_four_lines_of_step_7_are_read_with_ease_in_low_and_high_windows(qtbot: QtBot) -> None:
    session = Session(example("mazur"))
    area = CanvasArea(session, "light")
    qtbot.addWidget(area)
    area.show()
    session.go_to_step(6)
    for height, columns in ((520, 2), (780, 1)):  # where there is room for it, one under the other
        area.resize(920, height)
        for _ in range(3):
            QApplication.processEvents()
        assert len(area.walk.formula.sheet.columns) == columns
        assert area.walk.formula.sheet.scale >= 0.8
    session.close()


def test_at_200_percent_the_canvas_of_a_small_window_is_no_strip(qtbot: QtBot, theme: Theme) -> None:
    theme.zoom(2.0)
    session = Session(example("iris"))
    area = CanvasArea(session, "light")
    qtbot.addWidget(area)
    area.resize(QSize(405, 490))
    area.show()
    assert area.focus.isVisible()
    session.go_to_step(5)
    for _ in range(3):
        QApplication.processEvents()
    assert not area.focus.isVisible()
    assert area.view.height() >= 200
    assert area.walk.formula.height() >= 60
    session.leave_walk()
    assert area.focus.isVisible()
    session.close()


@pytest.mark.parametrize("latex", ["{}2", "a = {}2", "\\left({}2, {}3\\right)", "x \\cdot ({}2)"])
def test_a_minus_that_is_a_sign_has_no_room_about_it(latex: str) -> None:
    def width(minus: str) -> float:
        drawing = typeset(latex.replace("{}", minus), 21.0, "#000000")
        assert drawing is not None
        return drawing.viewBoxF().width()

    signs = latex.count("{}")
    assert width("-") == pytest.approx(width("\\text{−}"), abs=0.5 * signs)
