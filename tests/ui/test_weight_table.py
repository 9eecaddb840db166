"""The weights of a layer: every w and ∂J/∂w, typed, copied and pasted either way round, in panel and window."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtCore import QItemSelection, QItemSelectionModel, Qt
from PySide6.QtWidgets import QApplication, QLabel, QToolButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from nnviz.document.edits import RemoveParts, SetOptions, SetParameter
from nnviz.numbers import gradient_text, value_text
from nnviz.session.derivatives import gradients
from nnviz.session.examples import example
from nnviz.session.session import Session, TrainingRunsError
from nnviz.ui.inspector_edge import EdgePage
from nnviz.ui.inspector_panel import InspectorPanel
from nnviz.ui.number_block import block_text
from nnviz.ui.number_field import NumberField
from nnviz.ui.plate_delegate import GRADIENT_ROLE
from nnviz.ui.plate_table import PlateTable
from nnviz.ui.theme import Theme
from nnviz.ui.weight_dialog import WeightDialog
from nnviz.ui.weight_table import FROM, TO, WeightTable

CTRL = Qt.KeyboardModifier.ControlModifier


class Opened:
    """The weights w1 of Iris, 4 × 8, in an inspector."""

    def __init__(self, bot: QtBot) -> None:
        self.bot = bot
        self.session = Session(example("iris"))
        self.session.select(("w1",))
        self.window = QWidget()
        bot.addWidget(self.window)
        self.panel = InspectorPanel(self.session)
        rows = QVBoxLayout(self.window)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.panel)
        self.window.resize(330, 800)
        self.refused: list[object] = []
        self.panel.refused.connect(self.refused.append)
        with bot.waitActive(self.window):
            self.window.show()

    @property
    def widget(self) -> WeightTable:
        assert isinstance(self.panel.page, EdgePage)
        return self.panel.page.table

    @property
    def table(self) -> PlateTable:
        return self.widget.table

    @property
    def weights(self) -> np.ndarray:
        return self.session.document.parameters["w1"]

    def turn(self, end: str) -> None:
        self.widget.rows.show_key(end)
        self.widget.rows.activated.emit(self.widget.rows.currentIndex())

    def select(self, top: int, left: int, bottom: int, right: int) -> None:
        model = self.table.plates
        chosen = QItemSelection(model.index(top, left), model.index(bottom, right))
        self.table.selectionModel().select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.table.setFocus()

    def paste(self, text: str) -> None:
        QApplication.clipboard().setText(text)
        self.bot.keyClick(self.table, Qt.Key.Key_V, CTRL)

    def copied(self) -> str:
        self.bot.keyClick(self.table, Qt.Key.Key_C, CTRL)
        return QApplication.clipboard().text()

    def edit(self, row: int, column: int) -> NumberField:
        self.table.setFocus()
        self.table.setCurrentIndex(self.table.plates.index(row, column))
        self.bot.keyClick(self.table, Qt.Key.Key_Return)
        return self.table.findChild(NumberField)


@pytest.fixture
def opened(qtbot: QtBot, theme: Theme) -> Iterator[Opened]:
    made = Opened(qtbot)
    yield made
    made.session.close()


def test_every_weight_and_every_gradient_stands_there(opened: Opened) -> None:
    slopes = gradients(opened.session.document)["w1"]
    model = opened.table.plates
    assert (model.rowCount(), model.columnCount()) == (4, 8)
    for i in range(4):
        for j in range(8):
            index = model.index(i, j)
            assert index.data() == value_text(opened.weights[i, j])
            assert index.data(GRADIENT_ROLE) == gradient_text(slopes[i, j])
            told = index.data(int(Qt.ItemDataRole.AccessibleTextRole))
            assert repr(float(opened.weights[i, j])) in told
            assert f"{float(slopes[i, j]):+}" in told


def test_rows_can_be_what_the_edge_leads_to(opened: Opened) -> None:
    assert [opened.table.cells.row_name(row) for row in range(4)] == [
        "from sepal length",
        "from sepal width",
        "from petal length",
        "from petal width",
    ]
    opened.turn(TO)
    assert opened.table.cells.shape == (8, 4)
    assert opened.table.cells.row_name(0) == "to h₁"
    assert opened.table.cells.number(5, 2) == opened.weights[2, 5]
    opened.session.select(("w2",))
    assert opened.widget.rows.key == TO  # it stays chosen for the next edge
    assert opened.table.cells.shape == (3, 8)
    opened.turn(FROM)
    assert opened.table.cells.shape == (8, 3)


@pytest.mark.parametrize("typed", ["0.125", "0,125", "1/8"])
def test_a_cell_is_typed_into_as_any_number_is(opened: Opened, typed: str) -> None:
    field = opened.edit(1, 2)
    assert field.text() == repr(float(opened.weights[1, 2]))
    opened.bot.keyClicks(field, typed)
    opened.bot.keyClick(field, Qt.Key.Key_Return)
    assert opened.weights[1, 2] == 0.125
    assert opened.session.undo_title == "Set w1"
    opened.bot.waitUntil(lambda: opened.table.findChild(NumberField) is None)
    opened.session.undo()
    assert opened.table.cells.number(1, 2) == opened.weights[1, 2] != 0.125


def test_a_turned_cell_is_the_right_weight(opened: Opened) -> None:
    opened.turn(TO)
    field = opened.edit(6, 3)
    opened.bot.keyClicks(field, "7")
    opened.bot.keyClick(field, Qt.Key.Key_Return)
    assert opened.weights[3, 6] == 7.0


def test_a_wrong_number_stays_open_and_says_why_and_escape_forgets_it(opened: Opened) -> None:
    before = opened.session.document
    field = opened.edit(0, 0)
    opened.bot.keyClicks(field, "abc")
    opened.bot.keyClick(field, Qt.Key.Key_Return)
    assert field.isVisible()
    assert "not a number" in opened.widget.refusal.text()
    opened.bot.keyClick(field, Qt.Key.Key_Escape)
    opened.bot.waitUntil(lambda: opened.table.findChild(NumberField) is None)
    assert opened.session.document is before
    assert not opened.widget.refusal.isVisible()


def test_escape_takes_nothing_over(opened: Opened) -> None:
    before = opened.session.document
    field = opened.edit(0, 0)
    opened.bot.keyClicks(field, "5")
    opened.bot.keyClick(field, Qt.Key.Key_Escape)
    opened.bot.waitUntil(lambda: opened.table.findChild(NumberField) is None)
    assert opened.session.document is before


def test_a_whole_block_is_pasted_as_one_act(opened: Opened) -> None:
    block = np.arange(32.0).reshape(4, 8) / 8
    opened.table.clearSelection()
    opened.table.setFocus()
    opened.paste("\n".join(";".join(str(value).replace(".", ",") for value in row) for row in block))
    assert (opened.weights == block).all()
    assert opened.session.undo_title == "Set w1"
    opened.turn(TO)
    opened.paste(block_text((2 * block.T).tolist()))
    assert (opened.weights == 2 * block).all()
    opened.session.undo()
    assert (opened.weights == block).all()


def test_a_part_is_pasted_from_the_selected_cell_on(opened: Opened) -> None:
    before = opened.weights.copy()
    opened.select(1, 2, 1, 2)
    opened.paste("1\t2\n3\t4")
    assert opened.weights[1:3, 2:4].tolist() == [[1.0, 2.0], [3.0, 4.0]]
    changed = opened.weights != before
    assert changed.sum() == 4


def test_a_decimal_comma_is_one_number_where_one_cell_is_selected(opened: Opened) -> None:
    opened.select(0, 0, 0, 0)
    opened.paste("0,5")
    assert opened.weights[0, 0] == 0.5
    opened.select(0, 0, 0, 1)
    opened.paste("1,2")
    assert opened.weights[0, :2].tolist() == [1.0, 2.0]


def test_one_number_fills_a_selection(opened: Opened) -> None:
    opened.select(0, 0, 3, 1)
    opened.paste("0,5")
    assert (opened.weights[:, :2] == 0.5).all()


@pytest.mark.parametrize(
    ("selection", "text", "expected", "found"),
    [
        (None, "1\t2\n3\t4", "4 × 8 numbers", "2 × 2"),
        ((0, 0, 1, 1), "1\t2\t3", "2 × 2 numbers", "1 × 3"),
        ((3, 7, 3, 7), "1\t2", "4 × 8 numbers", "1 × 2"),
    ],
)
def test_a_block_of_the_wrong_shape_is_refused_with_both_shapes(
    opened: Opened, selection: tuple[int, int, int, int] | None, text: str, expected: str, found: str
) -> None:
    before = opened.session.document
    opened.table.setFocus()
    opened.table.clearSelection()
    if selection:
        opened.select(*selection)
    opened.paste(text)
    assert opened.session.document is before
    assert opened.widget.refusal.isVisible()
    assert expected in opened.widget.refusal.text()
    assert found in opened.widget.refusal.text()
    opened.select(0, 0, 0, 0)
    opened.paste("1")
    assert not opened.widget.refusal.isVisible()


def test_a_block_with_a_word_in_it_is_refused_with_its_place(opened: Opened) -> None:
    before = opened.session.document
    opened.select(0, 0, 1, 1)
    opened.paste("1\t2\n3\tx")
    assert "row 2, column 2" in opened.widget.refusal.text()
    assert opened.session.document is before


def test_a_block_is_copied_with_all_digits_and_pastes_back(opened: Opened) -> None:
    opened.table.selectAll()
    told = opened.copied()
    assert told == block_text(opened.weights.tolist())
    before = opened.weights.copy()
    opened.session.do(SetParameter("w1", np.zeros((4, 8))))
    opened.paste(told)
    assert (opened.weights == before).all()
    opened.select(2, 3, 3, 5)
    assert opened.copied() == block_text(before[2:4, 3:6].tolist())
    opened.table.copy_derivatives()
    slopes = gradients(opened.session.document)["w1"]
    assert QApplication.clipboard().text() == block_text(slopes[2:4, 3:6].tolist())


def test_delete_in_the_table_deletes_nothing(opened: Opened) -> None:
    before = opened.session.document
    opened.select(0, 0, 0, 0)
    opened.bot.keyClick(opened.table, Qt.Key.Key_Delete)
    opened.bot.keyClick(opened.table, Qt.Key.Key_Backspace)
    assert opened.session.document is before


def test_tab_leaves_the_table(opened: Opened) -> None:
    opened.select(0, 0, 0, 0)
    opened.bot.keyClick(opened.table, Qt.Key.Key_Tab)
    assert not opened.table.hasFocus()


def test_numbers_that_are_not_computed_are_dashes(opened: Opened) -> None:
    opened.session.begin_walk()
    opened.session.go_to_step(-1)
    assert opened.table.plates.index(0, 0).data(GRADIENT_ROLE) == "–"
    opened.select(0, 0, 0, 1)
    opened.table.copy_derivatives()
    assert QApplication.clipboard().text() == "\t"


def test_an_edit_while_training_is_handed_on_and_the_old_number_stays(opened: Opened) -> None:
    opened.session.start_training()
    opened.select(0, 0, 3, 7)
    opened.paste("0.5")
    opened.bot.waitUntil(lambda: bool(opened.refused))
    assert isinstance(opened.refused[0], TrainingRunsError)
    opened.session.stop_training()
    assert not (opened.weights == 0.5).any()


def test_the_table_shows_no_more_rows_than_fit_and_scrolls(opened: Opened) -> None:
    small = opened.table.height()
    opened.turn(TO)
    assert opened.table.height() > small
    opened.session.select(("w2",))
    opened.session.do(SetOptions("h", {"units": 300}))
    assert opened.table.cells.shape == (3, 300)
    opened.turn(FROM)
    assert opened.table.height() < 700


# a window of its own


@pytest.fixture
def enlarged(opened: Opened) -> Callable[[], WeightDialog]:
    def enlarge() -> WeightDialog:
        button = next(b for b in opened.widget.findChildren(QToolButton) if "window" in b.accessibleName())
        button.click()
        return next(w for w in opened.window.findChildren(WeightDialog) if w.isVisible())

    return enlarge


def test_the_table_in_a_window_is_live_and_edits(opened: Opened, enlarged: Callable[[], WeightDialog]) -> None:
    dialog = enlarged()
    table = dialog.table.table
    table.setFocus()
    QApplication.clipboard().setText("\n".join("\t".join(["0.25"] * 8) for _ in range(4)))
    table.paste()
    assert (opened.weights == 0.25).all()
    assert table.cells.number(0, 0) == opened.table.cells.number(0, 0) == 0.25
    opened.session.undo()
    assert table.cells.number(0, 0) == opened.weights[0, 0]
    dialog.close()


def test_the_window_closes_with_its_edge(opened: Opened, enlarged: Callable[[], WeightDialog]) -> None:
    dialog = enlarged()
    gone: list[int] = []
    dialog.destroyed.connect(lambda: gone.append(1))
    opened.session.do(RemoveParts(("w1",)))
    opened.bot.waitUntil(lambda: gone == [1])


def test_the_window_hands_refusals_on(opened: Opened, enlarged: Callable[[], WeightDialog]) -> None:
    dialog = enlarged()
    opened.session.start_training()
    QApplication.clipboard().setText("1")
    dialog.table.table.selectAll()
    dialog.table.table.paste()
    opened.bot.waitUntil(lambda: bool(opened.refused))
    opened.session.stop_training()
    assert all(label.textFormat() == Qt.TextFormat.PlainText for label in dialog.findChildren(QLabel))
    dialog.close()
