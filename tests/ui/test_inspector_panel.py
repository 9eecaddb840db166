"""The inspector: exact numbers, options, edits that can be undone, refusals in words, nothing cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from nnviz.conventions import PRESETS, Conventions
from nnviz.data.choice import DataChoice
from nnviz.document.build import new
from nnviz.document.document import Document, settled
from nnviz.document.edits import (
    Act,
    ApplyRun,
    RemoveParts,
    Rename,
    SetData,
    SetOptions,
    SetParameter,
    SetStatistics,
    SetTraining,
    ShareWeight,
    new_node,
)
from nnviz.document.files import encode
from nnviz.engine.optimizers import SGD, Adam
from nnviz.graph import Edge, Graph, Node
from nnviz.learning.settings import TrainingSettings
from nnviz.lowering.kinds import KINDS
from nnviz.lowering.targets import Target
from nnviz.numbers import NOT_COMPUTED
from nnviz.session.answers import answers
from nnviz.session.computing import Focus
from nnviz.session.derivatives import gradients
from nnviz.session.examples import example
from nnviz.session.session import Session, TrainingRunsError
from nnviz.session.training import training_of
from nnviz.session.typed_table import typed_data
from nnviz.ui.inspector_document import HALF, OWN, DocumentPage
from nnviz.ui.inspector_edge import EdgePage
from nnviz.ui.inspector_node import NodePage
from nnviz.ui.inspector_panel import InspectorPanel
from nnviz.ui.inspector_parts import QuietCombo, Reading
from nnviz.ui.inspector_several import SeveralPage
from nnviz.ui.live_panel import PLACES
from nnviz.ui.number_field import NumberField
from nnviz.ui.row_prediction import MOST_FIELDS
from nnviz.ui.theme import Theme
from tests.lowering.drawings import circuit, example_of
from tests.networks import circuit_of_inputs, mazur, mixed, sum_times_z, table
from tests.ui.accessibility import cut, unnamed

EVIL = "<img src=x onerror=alert(1)> & <b>" + "W" * 900


class Opened:
    """An inspector of a document in a window."""

    def __init__(self, bot: QtBot, document: Document, selection: tuple[str, ...] = (), width: int = 320) -> None:
        self.bot = bot
        self.session = Session(document)
        self.session.select(selection)
        self.window = QWidget()
        bot.addWidget(self.window)
        self.panel = InspectorPanel(self.session)
        rows = QVBoxLayout(self.window)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.panel)
        self.window.resize(width, 700)
        self.refused: list[object] = []
        self.panel.refused.connect(self.refused.append)
        with bot.waitActive(self.window):
            self.window.show()

    @property
    def node(self) -> NodePage:
        assert isinstance(self.panel.page, NodePage)
        return self.panel.page

    @property
    def edge(self) -> EdgePage:
        assert isinstance(self.panel.page, EdgePage)
        return self.panel.page

    @property
    def whole(self) -> DocumentPage:
        assert isinstance(self.panel.page, DocumentPage)
        return self.panel.page

    @property
    def several(self) -> SeveralPage:
        assert isinstance(self.panel.page, SeveralPage)
        return self.panel.page

    @property
    def document(self) -> Document:
        return self.session.document

    def type(self, field: QWidget, text: str) -> None:
        field.setFocus()
        field.selectAll()  # type: ignore[attr-defined]  # a line edit, looked for by its name
        if not text:
            field.clear()  # type: ignore[attr-defined]  # a line edit, looked for by its name
        elif text.isascii():
            self.bot.keyClicks(field, text)
        else:
            field.insert(text)  # type: ignore[attr-defined]  # QTest has keys for ASCII only
        self.bot.keyClick(field, Qt.Key.Key_Return)

    def choose(self, combo: QuietCombo, key: str) -> None:
        combo.show_key(key)
        combo.activated.emit(combo.currentIndex())

    def words(self) -> str:
        return "\n".join(each.text() for each in self.panel.findChildren(QLabel) if each.isVisible())


Open = Callable[..., Opened]


@pytest.fixture
def opened(qtbot: QtBot, theme: Theme) -> Iterator[Open]:
    made: list[Opened] = []

    def make(document: Document, selection: tuple[str, ...] = (), width: int = 320) -> Opened:
        made.append(Opened(qtbot, document, selection, width))
        return made[-1]

    yield make
    for each in made:
        each.session.close()


# one parameter, and every kind


def test_a_parameter_is_typed_and_shows_its_gradient(opened: Open) -> None:
    made = opened(circuit({"w": 1.5}, ("f", "square", ["w"])), ("w",))
    assert made.node.bias is not None
    assert made.node.bias.text() == "1.5"
    assert made.node.readings["gradient"].text() == "+3"
    made.type(made.node.bias, "2")
    assert made.document.parameters["w"].tolist() == [2.0]
    assert made.node.readings["gradient"].text() == "+4"
    made.choose(made.node.options["mode"], "fixed")
    assert not made.node.readings["gradient"].isVisible()


def test_the_numbers_of_a_wide_parameter_are_typed(opened: Open) -> None:
    made = opened(example_of("parameter"), ("k",))
    assert made.node.table is not None
    made.node.table.block_wished.emit(1, 0, np.array([[0.25]]))
    assert made.document.parameters["k"][1] == 0.25


def test_a_normalisation_shows_gain_shift_and_running_statistics(opened: Open) -> None:
    made = opened(example_of("batch_norm"), ("k",))
    table = made.node.table
    assert table is not None
    assert [table.cells.column_name(column) for column in range(5)] == ["a, ∂J/∂a", "γ, ∂J/∂γ", "β, ∂J/∂β", "μ", "σ²"]
    assert [table.cells.number(0, column) for column in range(1, 5)] == [1.0, 0.0, 0.0, 1.0]
    assert table.cells.derivative(0, 1) == gradients(made.document)["k.gain"][0]
    moved = {"k.mean": np.array([0.25, -1.0]), "k.variance": np.array([2.0, 3.0])}
    made.session.do(SetStatistics(moved))
    assert [table.cells.number(1, column) for column in (3, 4)] == [-1.0, 3.0]
    assert [table.cells.has_derivative(column) for column in range(5)] == [True, True, True, False, False]


def test_gain_and_shift_are_typed_one_by_one_or_pasted_together(opened: Open) -> None:
    made = opened(example_of("batch_norm"), ("k",))
    table = made.node.table
    assert table is not None
    table.block_wished.emit(1, 2, np.array([[0.25]]))
    assert made.document.parameters["k.shift"].tolist() == [0.0, 0.25]
    QApplication.clipboard().setText("2\t3\n4\t5")
    table.paste()
    assert made.document.parameters["k.gain"].tolist() == [2.0, 4.0]
    assert made.document.parameters["k.shift"].tolist() == [3.0, 5.0]
    made.session.undo()
    assert made.document.parameters["k.gain"].tolist() == [1.0, 1.0]
    assert made.document.parameters["k.shift"].tolist() == [0.0, 0.25]


def test_without_gain_and_shift_nothing_can_be_typed(opened: Open) -> None:
    made = opened(example_of("layer_norm"), ("k",))
    made.choose(made.node.options["affine"], "none")
    assert made.node.table is not None
    assert made.node.table.cells.shape == (2, 1)
    assert len(made.node.table.cells.editable) == 0


def test_a_normalisation_of_one_unit_has_its_table_too(opened: Open) -> None:
    made = opened(
        settled(Document(graph=Graph((Node("x", "input"), Node("k", "batch_norm")), (Edge("e", "x", "k"),)))), ("k",)
    )
    assert made.node.table is not None
    assert made.node.table.cells.shape == (1, 5)
    made.node.table.block_wished.emit(0, 1, np.array([[3.0]]))
    assert made.document.parameters["k.gain"].tolist() == [3.0]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_page_with_its_options(opened: Open, kind: str) -> None:
    document = example_of(kind)
    node = next(node for node in document.graph.nodes if node.kind == kind)
    made = opened(document, (node.id,))
    assert set(made.node.options) == {spec.name for spec in KINDS[kind].options}
    assert unnamed(made.panel) == []


# one edge


def test_an_edge_shows_its_weight_and_its_gradient_with_all_digits(opened: Open) -> None:
    made = opened(mazur(), ("w5",))
    assert made.edge.weight.text() == "0.4"
    exact = gradients(made.document)["w5"].item()
    assert made.edge.gradient.text() == f"+{exact!r}"
    assert made.edge.gradient.text().startswith("+0.0821670")
    assert made.edge.gradient.property("role") == "gradient"


def test_the_next_weight_is_what_one_update_makes_bit_for_bit(opened: Open) -> None:
    made = opened(mazur().with_(training=TrainingSettings(optimizer=Adam(lr=0.1), l2=0.01)), ("w5",))
    for _ in range(2):
        told = float(made.edge.next.text())
        made.session.update_once()
        assert made.document.parameters["w5"].item() == told


@pytest.mark.parametrize(("typed", "value"), [("0,9", 0.9), ("1/3", 1 / 3), ("−2e-3", -0.002)])
def test_a_typed_weight_is_one_act_and_can_be_undone(opened: Open, typed: str, value: float) -> None:
    made = opened(mazur(), ("w5",))
    before = encode(made.document)
    made.type(made.edge.weight, typed)
    assert made.document.parameters["w5"].item() == value
    assert made.session.undo_title == "Set w5"
    assert made.edge.gradient.text() == f"{gradients(made.document)['w5'].item():+}"
    made.session.undo()
    assert encode(made.document) == before
    assert made.edge.weight.text() == "0.4"


def test_what_is_no_number_says_why_and_changes_nothing(opened: Open) -> None:
    made = opened(mazur(), ("w5",))
    before = made.document
    made.type(made.edge.weight, "abc")
    assert made.document is before
    assert made.edge.weight.text() == "abc"
    assert "not a number" in made.words()


def test_an_edge_without_a_weight_says_so(opened: Open) -> None:
    made = opened(mazur(), ("e1",))
    assert "carries no weight" in made.words()
    assert not hasattr(made.edge, "weight")


def test_sharing_a_weight_and_giving_it_back(opened: Open) -> None:
    made = opened(mazur(), ("w5",))
    made.session.do(SetOptions("o1", {"bias_name": ""}))
    made.type(made.edge.shared, "w6")
    assert made.document.graph.edge("w5").key == "w6"
    assert "One weight with w6" in made.words()
    assert made.edge.weight.value == 0.45
    made.type(made.edge.weight, "0.7")
    assert made.document.parameters["w6"].item() == 0.7
    made.type(made.edge.shared, "h1")
    assert made.document.graph.edge("w5").key == "w6"
    assert "cannot bear the id of a node" in made.words()
    made.bot.keyClick(made.edge.shared, Qt.Key.Key_Escape)
    made.session.do(ShareWeight(("w5",)))
    assert made.edge.shared.text() == ""


def test_both_ends_of_an_edge_can_be_gone_to(opened: Open) -> None:
    made = opened(mazur(), ("w5",))
    link = next(each for each in made.edge.findChildren(QPushButton) if "o1" in each.accessibleName())
    link.click()
    assert made.session.selection == ("o1",)
    assert made.node.id == "o1"


def test_an_operation_shows_the_derivative_by_what_it_gives(opened: Open) -> None:
    made = opened(sum_times_z(), ("q",))
    made.session.look_at(Focus("typed", values=(-2.0, 5.0, -4.0), of=Target("f")))
    assert made.node.readings["node_gradient"].text() == "-4"
    assert "∂f/∂q" in made.words()
    made.session.begin_walk()
    made.session.go_to_step(1)
    assert made.node.readings["node_gradient"].text() == NOT_COMPUTED
    made.session.go_to_step(2)
    assert made.node.readings["node_gradient"].text() == "-4"


def test_a_wide_operation_shows_the_derivative_by_each_unit(opened: Open) -> None:
    made = opened(example_of("multiply"), ("k",))
    found = gradients(made.document, by="k")["k"]
    assert made.node.table is not None
    assert found is not None
    assert [made.node.table.cells.derivative(row, 0) for row in range(2)] == found[0].tolist()
    assert made.node.table.cells.column_name(0) == "a, ∂J/∂a"


def test_a_walk_shows_dashes_for_what_is_not_computed_yet(opened: Open) -> None:
    made = opened(mazur(), ("w5",))
    made.session.begin_walk()
    made.session.go_to_step(-1)
    assert (made.edge.gradient.text(), made.edge.next.text()) == (NOT_COMPUTED, NOT_COMPUTED)
    made.session.go_to_step(10_000)
    assert made.edge.gradient.text().startswith("+0.0821670")
    assert made.edge.weight.text() == repr(made.session.walk.after["w5"].item()) if made.session.walk else False
    made.session.leave_walk()
    assert made.edge.weight.text() == "0.4"


# one node


def test_a_neuron_shows_value_z_delta_and_bias_with_all_digits(opened: Open) -> None:
    made = opened(mazur(bias="trained"), ("h1",))
    trace = made.session.trace
    assert trace is not None
    shown = {role: reading.text() for role, reading in made.node.readings.items()}
    assert shown["value"] == repr(trace.value("h1").item())
    assert shown["preactivation"] == repr(trace.value("h1", "z").item()) == "0.3775"
    delta = trace.gradient("h1", "z")
    assert delta is not None
    assert shown["delta"] == f"{delta.item():+}"
    assert shown["bias_gradient"] == f"{gradients(made.document)['h1.b'].item():+}"
    assert made.node.bias is not None
    assert made.node.bias.text() == "0.35"
    told = float(shown["next"])
    made.session.update_once()
    assert made.document.parameters["h1.b"].item() == told


@pytest.mark.parametrize("mode", ["none", "fixed", "trained"])
def test_a_bias_shows_what_its_mode_has(opened: Open, mode: str) -> None:
    made = opened(mazur(), ("h1",))
    combo = made.node.options["bias"]
    assert isinstance(combo, QuietCombo)
    made.choose(combo, mode)
    assert KINDS["perceptron"].option(made.document.graph.node("h1"), "bias") == mode
    assert made.node.bias is not None
    assert made.node.bias.isVisible() == (mode != "none")
    assert made.node.readings["bias_gradient"].isVisible() == (mode == "trained")
    assert made.node.options["bias_name"].isVisible() == (mode != "none")


def test_options_are_edits_and_undo_shows_the_old_ones(opened: Open) -> None:
    made = opened(mazur(), ("h1",))
    combo = made.node.options["activation"]
    assert isinstance(combo, QuietCombo)
    made.choose(combo, "tanh")
    assert made.document.graph.node("h1").options["activation"] == "tanh"
    assert made.node.readings["value"].text() == repr(float(np.tanh(0.3775)))
    made.session.undo()
    assert combo.key == "sigmoid"


def test_every_option_of_every_kind_has_a_control_with_its_default_in_the_tip(opened: Open) -> None:
    for kind, row in KINDS.items():
        made = opened(Document())
        edit = new_node(made.document, kind)
        made.session.do(edit)
        made.session.select((edit.node.id,))
        assert set(made.node.options) == {spec.name for spec in row.options}
        for spec in row.options:
            assert "default" in made.node.options[spec.name].toolTip()
            assert made.node.options[spec.name].accessibleName()
        assert unnamed(made.panel) == []


def test_more_units_make_a_table_and_the_field_keeps_the_focus(opened: Open) -> None:
    made = opened(mazur(), ("x1",))
    made.session.do(new_node(made.document, "dense", name="h"))
    made.session.select(("layer1",))
    units = made.node.options["units"]
    assert made.node.table is None
    made.type(units, "3")
    assert made.node.table is not None
    assert made.node.table.cells.shape[0] == 3
    focus = QApplication.focusWidget()
    assert isinstance(focus, NumberField)
    assert focus is made.node.options["units"]
    assert focus.value == 3


def test_units_that_cannot_be_are_refused_in_the_field(opened: Open) -> None:
    made = opened(example("iris"), ("h",))
    units = made.node.options["units"]
    made.type(units, "2.5")
    assert "whole number" in made.words()
    made.type(units, "100000")
    assert made.document.graph.node("h").options["units"] == 100000
    made.session.undo()
    made.session.do(SetOptions("x", {"units": 4}))
    made.type(made.node.options["units"], "0")
    assert made.document.graph.node("h").options["units"] == 8


def test_a_layer_shows_every_unit_and_its_biases_can_be_typed(opened: Open) -> None:
    made = opened(example("iris"), ("h",))
    table = made.node.table
    assert table is not None
    trace = made.session.trace
    assert trace is not None
    assert [table.cells.number(row, 0) for row in range(8)] == trace.value("h")[0].tolist()
    assert [table.cells.derivative(row, 2) for row in range(8)] == gradients(made.document)["h.b"].tolist()
    table.selectRow(0)
    QApplication.clipboard().setText("\n".join(str(n / 8) for n in range(8)))
    table.clearSelection()
    table.paste()
    assert made.document.parameters["h.b"].tolist() == [n / 8 for n in range(8)]
    QApplication.clipboard().setText("1\t2\t3")
    table.paste()
    assert "8 × 1" in made.words()
    assert "1 × 3" in made.words()


def test_a_loss_shows_prediction_target_and_term_of_each_output(opened: Open) -> None:
    made = opened(mazur(), ("loss",))
    table = made.node.table
    assert table is not None
    assert [table.cells.row_name(row) for row in range(2)] == ["y₁", "y₂"]
    assert [table.cells.text(row, 1) for row in range(2)] == ["0.01", "0.99"]
    trace = made.session.trace
    assert trace is not None
    assert table.cells.number(0, 2) == trace.value("loss", "terms")[0, 0]
    assert made.node.readings["loss"].text() == repr(trace.loss)


def test_several_rows_are_told_as_means(opened: Open) -> None:
    made = opened(example("iris"), ("o",))
    assert "means" not in made.words()
    made.session.look_at(Focus("all"))
    assert "means" in made.words()
    assert "120 rows" in made.words()


def test_what_cannot_be_computed_is_a_dash(opened: Open) -> None:
    made = opened(mazur().with_(data=None), ("h1",))
    assert {reading.text() for reading in made.node.readings.values()} == {NOT_COMPUTED}
    assert made.node.bias is not None
    assert made.node.bias.text() == "0.35"


def test_all_of_a_number_is_copied_where_nothing_is_selected(opened: Open) -> None:
    made = opened(mazur(), ("h1",))
    reading = made.node.readings["delta"]
    reading.setFocus()
    made.bot.keyClick(reading, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text() == reading.text()
    assert float(QApplication.clipboard().text()) == float(reading.text())


# names


@pytest.mark.parametrize("part", ["h1", "w5"])
def test_hostile_and_endless_names_are_text(opened: Open, part: str) -> None:
    made = opened(mazur(), (part,), width=280)
    made.session.do(Rename(part, EVIL))
    made.session.do(Rename("o1", EVIL))
    for each in made.panel.findChildren(QLabel):
        assert each.textFormat() == Qt.TextFormat.PlainText
    for each in made.panel.findChildren(QWidget):
        assert "<img" not in each.toolTip()
    assert "<img src=x" in made.words()
    assert made.panel.page.width() <= 280


def test_a_node_is_renamed_and_an_empty_name_shows_its_id(opened: Open) -> None:
    made = opened(mazur(), ("h1",))
    made.type(made.node.name, "ĥ")
    assert made.document.graph.node("h1").name == "ĥ"
    assert made.session.undo_title == "Rename h1"
    made.type(made.node.name, "")
    assert made.document.graph.node("h1").name == ""
    assert made.node.name.placeholderText() == "h1"


# the document


def test_nothing_selected_shows_the_document(opened: Open) -> None:
    made = opened(mazur())
    assert "7 nodes · 10 edges · 12 parameters, 8 trained" in made.words()
    assert made.whole.loss.text() == repr(made.session.trace.loss) if made.session.trace else False
    made.type(made.whole.title, "A title")
    made.type(made.whole.seed, "42")
    assert (made.document.title, made.document.seed) == ("A title", 42)
    made.type(made.whole.seed, "-1")
    assert made.document.seed == 42
    assert "a whole number, 0 or more" in made.words()


def test_a_seed_keeps_all_of_its_digits(opened: Open) -> None:
    made = opened(mazur().with_(seed=2**64 - 1))
    assert made.whole.seed.text() == "18446744073709551615"
    made.type(made.whole.seed, "18446744073709551614")
    assert made.document.seed == 2**64 - 2
    made.type(made.whole.seed, "18446744073709551616")
    assert made.document.seed == 2**64 - 2
    assert "from 0 to 18446744073709551615" in made.words()
    for wrong in ("1.5", "abc", "1,000", ""):
        made.type(made.whole.seed, wrong)
        assert made.document.seed == 2**64 - 2


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_sets_all_conventions(opened: Open, preset: str) -> None:
    made = opened(mazur())
    made.choose(made.whole.preset, preset)
    assert made.document.conventions == PRESETS[preset]
    assert made.whole.half.key == (HALF if PRESETS[preset].half else "")
    assert made.whole.outputs.key == PRESETS[preset].outputs
    assert made.whole.examples.key == PRESETS[preset].examples
    assert made.whole.preset.key == preset


def test_single_conventions_are_edits_and_own_is_no_preset(opened: Open) -> None:
    made = opened(mazur())
    made.choose(made.whole.outputs, "mean")
    assert made.document.conventions == Conventions(half=True, outputs="mean", examples="sum")
    assert made.whole.preset.key == OWN
    made.choose(made.whole.half, "")
    made.choose(made.whole.examples, "mean")
    assert made.whole.preset.key == "pytorch"
    made.choose(made.whole.preset, OWN)
    assert made.whole.preset.key == "pytorch"


def test_problems_lead_to_their_place_and_go_when_they_are_mended(opened: Open) -> None:
    made = opened(mazur())
    assert made.whole.problems.told() == []
    made.session.do(new_node(made.document, "perceptron"))
    assert "Nothing is connected to n1" in made.words()
    next(each for each in made.whole.problems.findChildren(QPushButton) if each.isVisible()).click()
    assert made.session.selection == ("n1",)
    made.session.undo()
    assert made.whole.problems.told() == []
    made.session.replace(mazur().with_(data=None))
    assert made.whole.problems.told() == []  # a row can be typed just below


def test_hints_are_told_where_there_are_no_problems_and_lead_to_their_place(opened: Open) -> None:
    made = opened(new("2-1", output="identity", loss="binary_cross_entropy"))
    made.session.do(SetData(typed_data(made.document, [["1", "2", "1"]])))
    (told,) = made.whole.problems.told()
    assert told.startswith("Binary cross-entropy and what comes in are ill-matched (node loss)")
    (link,) = made.whole.problems.findChildren(QPushButton)[-1:]
    made.bot.waitUntil(link.isVisible)
    link.click()
    assert "loss" in made.session.selection
    made.session.select(())
    made.session.do(SetOptions(made.session.document.graph.into("loss")[0].source, {"activation": "sigmoid"}))
    assert made.whole.problems.told() == []


def test_a_target_that_means_nothing_to_the_loss_is_a_problem(opened: Open) -> None:
    made = opened(new("2-1", output="sigmoid", loss="binary_cross_entropy"))
    data = DataChoice(table(a=[1, 2], b=[2, 3], y=[1, 7]), {"x1": ("a",), "x2": ("b",)}, {"loss": ("y",)})
    made.session.do(SetData(data))
    (told,) = made.whole.problems.told()
    assert "no probability (node loss, row 2, column y). Expected a number from 0 to 1, found 7" in told
    assert made.session.trace is None


# a row typed in


def test_a_row_typed_in_gives_its_prediction(opened: Open) -> None:
    made = opened(example("iris"))
    row = made.whole.row
    assert [field.accessibleName() for field in row.entry.fields] == [  # type: ignore[union-attr]  # a line edit, looked for by its name
        f"Input {column}"
        for column in made.document.data.inputs["x"]  # type: ignore[union-attr]  # this page has one
    ]
    before = made.document
    made.type(row.entry.fields[0], "6,5")  # type: ignore[union-attr]  # this page has one
    expected = answers(made.document, [6.5, *row.values[1:]])
    assert [number for _, number in row.shown_answers] == [repr(answer.value) for answer in expected]
    assert [name.startswith("→") for name, _ in row.shown_answers] == [answer.likely for answer in expected]
    assert made.document is before


def test_the_answer_lives_while_one_types_and_when_weights_change(opened: Open) -> None:
    made = opened(mazur())
    row = made.whole.row
    field = row.entry.fields[0]  # type: ignore[union-attr]  # this page has one
    field.setFocus()
    field.selectAll()
    made.bot.keyClicks(field, "0.9")
    assert row.shown_answers[0][1] == repr(answers(made.document, [0.9, 0.1])[0].value)
    made.bot.keyClick(field, Qt.Key.Key_Return)
    made.session.do(SetParameter("w5", np.array([[-2.0]])))
    assert row.shown_answers[0][1] == repr(answers(made.document, [0.9, 0.1])[0].value)
    row.reset()
    assert row.values == [0.05, 0.1]


def test_a_whole_row_can_be_pasted_into_one_field(opened: Open) -> None:
    made = opened(example("iris"))
    field = made.whole.row.entry.fields[1]  # type: ignore[union-attr]  # this page has one
    field.setFocus()
    for text, found in (("6,1\t2,8\t4,7\t1,2", [6.1, 2.8, 4.7, 1.2]), ("1 2 3 4", [1.0, 2.0, 3.0, 4.0])):
        QApplication.clipboard().setText(text)
        made.bot.keyClick(field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
        assert made.whole.row.values == found
    QApplication.clipboard().setText("1\t2\t3")
    made.bot.keyClick(field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert made.whole.row.values == [1.0, 2.0, 3.0, 4.0]
    assert "4 numbers, one for each input" in made.words()
    made.bot.keyClick(field, Qt.Key.Key_Escape)
    field.selectAll()
    QApplication.clipboard().setText("0,25")
    made.bot.keyClick(field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    made.bot.keyClick(field, Qt.Key.Key_Return)
    assert made.whole.row.values == [1.0, 0.25, 3.0, 4.0]


def test_what_is_typed_is_shown_on_the_canvas_until_an_example_is_chosen_again(opened: Open) -> None:
    made = opened(example("iris"))
    made.session.look_at(Focus("example", 149))
    assert made.whole.row.values == [5.9, 3.0, 5.1, 1.8]
    made.type(made.whole.row.entry.fields[0], "1")  # type: ignore[union-attr]  # this page has one
    assert made.session.focus == Focus("typed", values=(1.0, 3.0, 5.1, 1.8))
    trace = made.session.trace
    assert trace is not None
    assert trace.value("x")[0, 0] == 1.0
    made.session.look_at(Focus("example", 0))
    assert made.whole.row.values == [5.1, 3.5, 1.4, 0.2]


def test_escape_in_a_typed_row_brings_the_old_number_back(opened: Open) -> None:
    made = opened(mazur())
    field = made.whole.row.entry.fields[0]  # type: ignore[union-attr]  # this page has one
    field.setFocus()
    field.selectAll()
    made.bot.keyClicks(field, "4")
    assert made.session.focus.values[0] == 4.0
    made.bot.keyClick(field, Qt.Key.Key_Escape)
    assert made.whole.row.values[0] == field.value == 0.05


def test_a_long_row_is_one_text(opened: Open) -> None:
    made = opened(mazur().with_(data=None))
    made.session.do(SetOptions("x1", {"units": MOST_FIELDS}))
    entry = made.whole.row.entry
    assert not hasattr(entry, "fields")
    text = entry.text  # type: ignore[union-attr]  # this page has one
    text.setPlainText(" ".join(["0.5"] * (MOST_FIELDS + 1)))
    expected = answers(made.document, [0.5] * (MOST_FIELDS + 1))
    assert [number for _, number in made.whole.row.shown_answers] == [repr(answer.value) for answer in expected]
    text.setPlainText("1 2 3")
    assert "This row has 3 numbers" in made.words()
    text.setPlainText("a b")
    assert "not a number" in made.words()


def test_without_an_input_the_row_says_what_is_missing(opened: Open) -> None:
    made = opened(Document())
    assert "Once the network has an input" in made.words()
    assert made.whole.row.shown_answers == []


# several


def test_several_parts_are_counted_and_changed_together(opened: Open) -> None:
    made = opened(mazur(), ("h1", "h2", "w5", "loss"))
    assert "4 selected" in made.words()
    assert "3 nodes · 1 edge" in made.words()
    combo = made.several.options["activation"]
    assert combo.key == "sigmoid"
    made.choose(combo, "relu")
    assert [made.document.graph.node(node).options["activation"] for node in ("h1", "h2")] == ["relu", "relu"]
    made.session.undo()
    made.session.do(SetOptions("h1", {"activation": "tanh"}))
    assert made.several.options["activation"].key == ""
    made.several.remove.click()
    assert {node.id for node in made.document.graph.nodes} == {"x1", "x2", "o1", "o2"}
    assert isinstance(made.panel.page, DocumentPage)
    made.session.undo()
    assert len(made.document.graph.nodes) == 7


def test_selected_edges_share_a_weight_and_part_again(opened: Open) -> None:
    made = opened(mazur(), ("w5", "w6"))
    assert made.several.share.isVisible()
    assert not made.several.part.isVisible()
    made.several.share.click()
    assert [made.document.graph.edge(edge).key for edge in ("w5", "w6")] == ["w5", "w5"]
    assert made.document.parameters["w5"].item() == 0.4
    made.several.part.click()
    assert made.document.parameters["w6"].item() == 0.4
    assert made.document.graph.edge("w6").key == "w6"


def test_weights_of_different_size_are_refused_with_a_reason(opened: Open) -> None:
    made = opened(mixed(), ("w1", "w2"))
    made.several.share.click()
    made.bot.waitUntil(lambda: bool(made.refused))
    assert "differs in size" in str(made.refused[0])


# when


def test_edits_while_training_are_handed_to_the_window(opened: Open) -> None:
    made = opened(example("iris"), ("h",))
    made.session.start_training()
    units = made.node.options["units"]
    made.type(units, "9")
    made.choose(made.node.options["activation"], "relu")  # type: ignore[arg-type]  # this page has one
    made.bot.waitUntil(lambda: len(made.refused) == 2)
    assert all(isinstance(error, TrainingRunsError) for error in made.refused)
    assert units.text() == "8"
    assert made.node.options["activation"].key == "tanh"  # type: ignore[union-attr]  # this page has one
    made.type(made.node.name, "hidden")
    assert made.document.graph.node("h").name == "hidden"
    made.session.stop_training()


def test_next_weights_are_not_told_while_a_training_runs(opened: Open) -> None:
    made = opened(mazur(), ("w5",))
    assert made.edge.next.text() != NOT_COMPUTED
    made.session.start_training()
    assert made.edge.next.text() == NOT_COMPUTED
    made.session.stop_training()
    assert made.edge.next.text() != NOT_COMPUTED


def test_live_numbers_are_shown_now_and_then_in_a_turn_of_their_own(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = opened(mazur(), ("w5",))
    monkeypatch.setattr(Session, "at_work", property(lambda self: True))
    made.session.live = {**made.document.parameters, "w5": np.array([[0.123]])}
    counted: list[int] = []
    plain = made.edge.refresh
    monkeypatch.setattr(made.edge, "refresh", lambda annotator: (counted.append(1), plain(annotator)))
    for _ in range(100):
        made.session.shown.emit()
    assert counted == []
    for turn in range(PLACES):
        made.session.listed.emit(turn)
    assert len(counted) == 1
    assert made.edge.weight.text() == "0.123"
    made.session.live = {**made.document.parameters, "w5": np.array([[0.456]])}
    made.session.shown.emit()
    for turn in range(2 * PLACES):
        made.session.listed.emit(turn)
    assert len(counted) == 2
    assert made.edge.weight.text() == "0.456"


def test_a_hidden_inspector_computes_nothing_and_catches_up(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    made = opened(mazur(), ("w5",))
    made.panel.hide()
    asked: list[int] = []
    plain = Session.annotator
    monkeypatch.setattr(Session, "annotator", lambda self: (asked.append(1), plain(self))[1])
    made.session.do(SetParameter("w5", np.array([[0.9]])))
    assert asked == []
    made.panel.show()
    assert made.edge.weight.text() == "0.9"


@pytest.mark.parametrize(
    ("selection", "edit"),
    [
        (("w5",), RemoveParts(("w5",))),
        (("w5",), RemoveParts(("h1",))),
        (("h1",), RemoveParts(("h1", "w5"))),
        (("h1", "h2"), RemoveParts(("h2",))),
        (("w5",), SetOptions("h1", {"activation": "relu"})),
    ],
)
def test_whatever_goes_while_a_walk_runs_the_page_follows(opened: Open, selection: tuple[str, ...], edit: Act) -> None:
    made = opened(mazur(), selection)
    made.session.go_to_step(12)
    made.session.do(edit)
    made.session.undo()
    made.session.redo()
    assert made.panel.page.fits()


def test_what_was_deleted_under_python_is_not_called(qtbot: QtBot, theme: Theme) -> None:
    import shiboken6

    session = Session(mazur())
    panel = InspectorPanel(session)
    qtbot.addWidget(panel)
    panel.show()
    shiboken6.delete(panel)
    session.do(SetParameter("w5", np.array([[0.9]])))
    session.select(("w5",))
    session.close()


# the look


@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0])
@pytest.mark.parametrize("selection", [(), ("h",), ("w1",), ("loss",), ("e1",), ("h", "o"), ("w1", "w2")])
def test_nothing_is_cut_and_everything_is_named(
    opened: Open, theme: Theme, selection: tuple[str, ...], scale: float
) -> None:
    theme.zoom(scale)
    made = opened(example("iris"), selection, width=280 if scale < 2 else 400)
    QApplication.processEvents()
    assert unnamed(made.panel) == []
    assert cut(made.panel) == []
    for reading in made.panel.findChildren(Reading):
        if reading.isVisible():
            assert QFontMetrics(reading.font()).horizontalAdvance(reading.text()) <= reading.width()
    assert made.panel.area.horizontalScrollBar().maximum() == 0


def test_the_longest_numbers_there_are_can_be_read_whole(opened: Open, theme: Theme) -> None:
    theme.zoom(1.5)
    made = opened(mazur(), ("w5",), width=280)
    made.edge.gradient.show_number(-1.2345678901234567e-300, signed=True)
    reading = made.edge.gradient
    assert QFontMetrics(reading.font()).horizontalAdvance(reading.text()) <= reading.width()
    made.window.resize(600, 700)
    assert reading.font().pixelSize() == QApplication.font().pixelSize()


def test_a_wide_page_has_labels_beside_and_a_narrow_one_above(opened: Open) -> None:
    made = opened(mazur(), ("w5",), width=320)
    assert not made.edge.form.stacked
    made.window.setMinimumWidth(1)
    made.window.resize(180, 700)
    assert made.edge.form.stacked
    made.window.resize(400, 700)
    assert not made.edge.form.stacked


def test_the_wheel_changes_no_choice(opened: Open) -> None:
    from PySide6.QtCore import QPointF
    from PySide6.QtGui import QWheelEvent

    made = opened(mazur(), ("h1",))
    combo = made.node.options["activation"]
    before = made.document
    at = QPointF(combo.rect().center())
    wheel = QWheelEvent(
        at,
        combo.mapToGlobal(at),
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    combo.setFocus()
    QApplication.sendEvent(combo, wheel)
    assert made.document is before


# what a derivative is made of, and what the optimizer remembers


def visible(reading: Reading) -> str | None:
    return reading.text() if reading.isVisible() else None


def with_settings(document: Document, **settings: object) -> Document:
    return document.with_(training=msgspec.structs.replace(document.training, **settings))


def test_an_edge_tells_the_shares_of_data_and_penalties_where_there_are_any(opened: Open) -> None:
    made = opened(mazur(), ("w5",))
    assert [visible(each) for each in made.edge.shares.readings.values()] == [None] * 4
    assert visible(made.edge.shares.part) is None
    made.session.do(SetTraining(with_settings(mazur(), l2=0.1).training))
    readings = made.edge.shares.readings
    assert visible(readings["data"]) == made.edge.gradient.text()
    assert visible(readings["l1"]) is None
    assert readings["l2"].text() == "+0.08000000000000002"
    assert visible(readings["total"]) == "+0.1621670405642397" or readings["total"].text().startswith("+0.16216704056")
    made.session.do(SetTraining(with_settings(mazur(), l1=0.3).training))
    assert (visible(readings["l1"]), visible(readings["l2"])) == ("+0.3", None)


def test_an_edge_that_shares_its_weight_tells_its_own_part(opened: Open) -> None:
    made = opened(ShareWeight(("w5", "w7"), "both").apply(mazur()), ("w5",))
    parts = []
    for edge in ("w5", "w7"):
        made.session.select((edge,))
        parts.append(float(made.edge.shares.part.text().replace("−", "-")))
        assert made.edge.shares.part.isVisible()
    assert sum(parts) == pytest.approx(gradients(made.document)["both"].item(), rel=1e-14)
    made.session.select(("w6",))
    assert visible(made.edge.shares.part) is None


def test_an_edge_tells_what_the_optimizer_remembers_a_dash_before_the_first_update(opened: Open) -> None:
    made = opened(mazur().with_(training=TrainingSettings(Adam(0.01))), ("w5",))
    rows = made.edge.memory_rows
    assert [visible(each) for each in rows.readings] == [NOT_COMPUTED, NOT_COMPUTED, None]
    assert {"m", "v"} <= set(made.words().splitlines())
    gradient = gradients(mazur())["w5"].item()
    assert float(rows.rate.text()) == pytest.approx(0.01 / abs(gradient), rel=1e-6)
    made.session.do(train_act(made.document))
    assert float(rows.readings[0].text()) == pytest.approx(0.1 * gradient, rel=1e-14)
    made.session.do(SetTraining(TrainingSettings()))
    assert [visible(each) for each in (*rows.readings, rows.rate)] == [None] * 4


def train_act(document: Document) -> ApplyRun:
    training = training_of(with_settings(document, epochs=1))
    list(training)
    return ApplyRun(training.parameters, training.state, training.record())


def test_in_a_walkthrough_the_memory_is_that_of_the_step(opened: Open) -> None:
    begun = mazur().with_(training=TrainingSettings(SGD(0.5, 0.9)))
    made = opened(train_act(begun).apply(begun), ("w5",))
    rows = made.edge.memory_rows
    walk = made.session.begin_walk()
    last = len(walk.steps) - 1
    seen = []
    for index in (0, last, 0):
        made.session.go_to_step(index)
        seen.append(rows.readings[0].text())
    assert seen[0] == seen[2] != seen[1]
    assert walk.change is not None
    assert float(seen[1]) == walk.change.remembered["velocity"]["w5"].item()


def test_a_layers_edge_tells_of_the_weight_chosen_in_its_table(opened: Open) -> None:
    document = with_settings(example("iris"), l2=0.1)
    made = opened(train_act(document).apply(document), ("w1",))
    made.session.do(SetTraining(with_settings(document, optimizer=Adam()).training))
    weights = made.document.parameters["w1"]
    for row, column in ((0, 0), (2, 5)):
        made.edge.table.table.setCurrentIndex(made.edge.table.table.model().index(row, column))
        found = float(made.edge.shares.readings["l2"].text().replace("−", "-"))
        assert found == pytest.approx(2 * 0.1 * weights[row, column], rel=1e-14)
        stored = made.document.state.memory["m"]["w1"][row, column]
        assert float(made.edge.memory_rows.readings[0].text().replace("−", "-")) == stored


def test_a_node_tells_what_is_remembered_of_its_bias_where_it_is_trained(opened: Open) -> None:
    begun = mazur("trained").with_(training=TrainingSettings(Adam(0.01)))
    made = opened(train_act(begun).apply(begun), ("h1",))
    rows = made.node.memory_rows
    assert rows is not None
    stored = made.document.state.memory["m"]["h1.b"].item()
    assert float(rows.readings[0].text().replace("−", "-")) == stored
    assert visible(rows.rate) is not None
    made.session.do(SetOptions("h1", {"bias": "fixed"}))
    rows = made.node.memory_rows
    assert rows is not None
    assert [visible(each) for each in (*rows.readings, rows.rate)] == [None] * 4


@pytest.mark.parametrize(
    ("document", "shown"),
    [
        (mazur(), ["loss J", "preset", "square", "outputs", "examples"]),
        (example("iris"), ["loss J", "preset", "examples"]),
        (example_of("binary_cross_entropy"), ["loss J", "preset", "outputs", "examples"]),
        (circuit_of_inputs(), []),
    ],
    ids=["squared error", "one of many", "cross-entropy", "no loss"],
)
def test_the_conventions_shown_are_those_that_change_the_loss(
    opened: Open, document: Document, shown: list[str]
) -> None:
    page = opened(document).whole
    told = [row.label.text() for row in page._loss_rows if row.label is not None and row.label.isVisible()]
    assert told == shown
    assert page._loss_heading.isVisible() is bool(shown)


def test_a_stride_of_0_is_told_in_words(opened: Open) -> None:
    made = opened(example_of("max_pool"), ("k",))
    stride = made.node.options["stride"]
    assert stride.text() == "window size"
    made.type(stride, "1")
    assert made.document.graph.node("k").options["stride"] == 1
    made.type(stride, "window size")
    assert made.document.graph.node("k").options["stride"] == 0
