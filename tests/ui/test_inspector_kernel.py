"""The inspector's page of a convolution: kernel and biases as tables, typed and taken back; matrices of one's own."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from nnviz.document.document import Document, settled
from nnviz.document.edits import SetOptions, SetParameter
from nnviz.graph import Edge, Graph, Node
from nnviz.session.annotations import Annotator
from nnviz.session.blocks import kernel_block
from nnviz.session.derivatives import gradients
from nnviz.session.session import Session
from nnviz.ui.inspector_kernel import KernelPage
from nnviz.ui.inspector_node import NodePage
from nnviz.ui.inspector_panel import InspectorPanel
from nnviz.ui.kind_icons import kind_pixmap
from nnviz.ui.outline_model import node_line
from nnviz.ui.theme import Theme
from nnviz.ui.weights_window import WeightsWindow
from tests.images import convolutional, deep, normalised
from tests.lowering.drawings import IMAGES
from tests.ui.accessibility import unnamed


class Opened:
    """An inspector of a document, with one node selected."""

    def __init__(self, bot: QtBot, document: Document, node: str) -> None:
        self.session = Session(document)
        self.session.select((node,))
        self.panel = InspectorPanel(self.session)
        bot.addWidget(self.panel)
        self.panel.resize(348, 900)  # as wide as its dock is at first
        with bot.waitExposed(self.panel):
            self.panel.show()

    @property
    def page(self) -> KernelPage:
        assert isinstance(self.panel.page, KernelPage)
        return self.panel.page


@pytest.fixture
def opened(qtbot: QtBot, theme: Theme) -> Iterator[Opened]:
    document = SetOptions("conv1", {"channels": 2}).apply(convolutional(rows=8))
    made = Opened(qtbot, document, "conv1")
    yield made
    made.session.close()


def test_every_weight_of_the_kernel_stands_over_its_derivative(opened: Opened) -> None:
    table, document = opened.page.kernel, opened.session.document
    assert table is not None
    kernel, gradient = document.parameters["conv1.W"], gradients(document)["conv1.W"]
    for pair in ((0, 0), (1, 0)):
        cells = table.grid.table.cells
        assert table.pair == pair
        assert cells.shape == (3, 3)
        for row, column in np.ndindex(3, 3):
            assert cells.number(row, column) == kernel[*pair, row, column]
            assert cells.derivative(row, column) == gradient[*pair, row, column]
        assert cells.name(1, 2) == f"W[{pair[0] + 1}, 1, 2, 3]"
        table.go(1)
    assert table.pair == (0, 0)
    assert unnamed(opened.panel) == []


def test_headings_of_the_grid_are_not_cut(opened: Opened) -> None:
    assert opened.page.kernel is not None
    table = opened.page.kernel.grid.table
    columns, rows, metrics = table.horizontalHeader(), table.verticalHeader(), table.fontMetrics()
    for place in range(3):
        assert metrics.horizontalAdvance(table.cells.column_name(place)) < columns.sectionSize(place)
        assert metrics.horizontalAdvance(table.cells.row_name(place)) < rows.width()
    assert columns.length() <= table.viewport().width()
    assert not table.verticalScrollBar().isVisible()


def test_of_a_single_channel_there_is_nothing_to_choose(opened: Opened) -> None:
    table = opened.page.kernel
    assert table is not None
    assert not table.coming_in.isVisible()
    assert table.going_out.isVisible()


def test_channels_are_chosen_and_gone_through(qtbot: QtBot, theme: Theme) -> None:
    made = Opened(qtbot, convolutional(rows=6, chain=deep(2, 3)), "conv2")
    table, kernel = made.page.kernel, made.session.document.parameters["conv2.W"]
    assert table is not None
    seen = []
    for _ in range(6):
        seen.append(table.pair)
        assert table.grid.table.cells.number(2, 0) == kernel[*table.pair, 2, 0]
        table.go(1)
    assert seen == list(np.ndindex(3, 2))
    table.coming_in.setCurrentIndex(1)
    table.coming_in.activated.emit(1)
    table.going_out.setCurrentIndex(2)
    table.going_out.activated.emit(2)
    assert table.pair == (2, 1)
    assert table.grid.table.cells.number(0, 1) == kernel[2, 1, 0, 1]
    table.go(-1)
    assert (table.going_out.currentText(), table.coming_in.currentText()) == ("3 of 3", "1 of 2")
    made.session.do(SetParameter("conv2.W", kernel + 1.0))
    assert table.grid.table.cells.number(0, 1) == kernel[2, 0, 0, 1] + 1.0
    made.session.close()


def test_a_typed_weight_of_the_kernel_is_one_act(opened: Opened) -> None:
    before = opened.session.document.parameters["conv1.W"]
    table = opened.page.kernel
    assert table is not None
    table.go(1)
    table.grid.table.block_wished.emit(1, 2, np.array([[0.25]]))
    after = opened.session.document.parameters["conv1.W"]
    assert after[1, 0, 1, 2] == 0.25
    assert np.count_nonzero(after != before) == 1
    assert table.grid.table.cells.number(1, 2) == 0.25
    opened.session.undo()
    assert opened.session.document.parameters["conv1.W"].tobytes() == before.tobytes()
    assert table.pair == (1, 0)


def test_biases_stand_by_channel_and_can_be_typed(opened: Opened) -> None:
    biases = opened.page.channels
    assert biases is not None
    assert biases.cells.shape == (2, 1)
    assert biases.cells.derivative(1, 0) == gradients(opened.session.document)["conv1.b"][1]
    biases.block_wished.emit(1, 0, np.array([[0.5]]))
    assert opened.session.document.parameters["conv1.b"].tolist() == [0.0, 0.5]
    assert biases.cells.number(1, 0) == 0.5


def test_a_normalised_image_has_a_gain_for_each_channel(qtbot: QtBot, theme: Theme) -> None:
    document = SetOptions("conv1", {"channels": 2}).apply(convolutional(rows=8))
    made = Opened(qtbot, normalised(document, "batch_norm"), "bn")
    page = made.panel.page
    assert isinstance(page, NodePage)
    assert page.channels is not None
    assert page.table is not None
    assert page.channels.cells.shape == (2, 4)
    assert page.table.cells.shape == (72, 1)
    page.channels.block_wished.emit(1, 0, np.array([[0.5, 0.25]]))
    assert made.session.document.parameters["bn.gain"].tolist() == [1.0, 0.5]
    assert made.session.document.parameters["bn.shift"].tolist() == [0.0, 0.25]
    made.session.do(SetOptions("bn", {"affine": "none"}))
    assert page.channels.cells.shape == (2, 2)
    made.session.close()


def test_other_channels_make_another_page_and_a_cut_edge_one_without_a_kernel(opened: Opened) -> None:
    opened.session.do(SetOptions("conv1", {"channels": 3, "kernel": 2}))
    table = opened.page.kernel
    assert table is not None
    assert table.grid.table.cells.shape == (2, 2)
    assert table.going_out.count() == 3
    opened.session.do(SetOptions("conv1", {"bias": "none"}))
    assert opened.page.channels is None
    opened.session.do(SetOptions("conv1", {"bias": "fixed"}))
    biases = opened.page.channels
    assert biases is not None
    biases.block_wished.emit(2, 0, np.array([[0.5]]))
    assert opened.session.document.parameters["conv1.b"].tolist() == [0.0, 0.0, 0.5]
    opened.session.do(SetOptions("reshape1", {"shape": "64"}))
    assert opened.page.kernel is None


def test_all_weights_as_tables_show_the_kernel_too(opened: Opened, qtbot: QtBot) -> None:
    window = WeightsWindow(opened.session)
    qtbot.addWidget(window)
    assert [table.table.cells.shape for table in window.tables] == [(18, 2), (9, 2)]
    window.tables[1].weights_wished.emit(np.zeros((9, 2)))
    assert not opened.session.document.parameters["conv1.W"].any()
    window.close()


def test_numbers_of_an_image_bear_their_places(opened: Opened) -> None:
    table = opened.page.table
    assert table is not None
    trace = opened.session.trace
    assert trace is not None
    assert table.cells.row_name(36 + 7) == "conv1[2, 2, 2]"
    assert table.cells.number(36 + 7, 0) == trace.value("conv1")[0, 1, 1, 1]
    line = node_line(opened.session.annotator(), opened.session.document.graph.node("conv1"))
    assert line.kind == "Convolution, 2×6×6"
    assert "a[1, 1, 1]" in line.read


def test_a_matrix_of_ones_own_is_typed_number_by_number(qtbot: QtBot, theme: Theme) -> None:
    nodes = (Node("w", "parameter", options={"shape": "2×3"}), Node("f", "flatten"), Node("s", "sum"))
    edges = (Edge("e1", "w", "f"), Edge("e2", "f", "s"), Edge("e3", "s", "J"))
    made = Opened(qtbot, settled(Document(graph=Graph((*nodes, Node("J", "objective")), edges))), "w")
    assert isinstance(made.panel.page, NodePage)
    table = made.panel.page.table
    assert table is not None
    assert [table.cells.row_name(row) for row in (0, 5)] == ["w[1, 1]", "w[2, 3]"]
    table.block_wished.emit(4, 0, np.array([[7.0], [8.0]]))
    assert made.session.document.parameters["w"][1].tolist()[1:] == [7.0, 8.0]
    made.session.do(SetOptions("w", {"shape": "1×1"}))
    page = made.panel.page
    assert page.bias is not None
    page.bias.value_changed.emit(0.5)
    assert made.session.document.parameters["w"].tolist() == [[0.5]]
    made.session.do(SetParameter("w", np.array([[0.75]])))
    assert page.bias.value == 0.75
    made.session.close()


def test_a_shape_that_is_none_is_refused_in_the_field(opened: Opened) -> None:
    opened.session.select(("reshape1",))
    assert isinstance(opened.panel.page, NodePage)
    field = opened.panel.page.options["shape"]
    field.text_changed.emit("eight by eight")
    assert opened.session.document.graph.node("reshape1").options["shape"] == "1×8×8"
    field.text_changed.emit("2 x 4 x 8")
    assert opened.session.document.graph.node("reshape1").options["shape"] == "2 x 4 x 8"
    assert opened.session.document.parameters["conv1.W"].shape == (2, 2, 3, 3)


def test_a_kernel_whose_shape_is_not_known_is_no_block() -> None:
    node = Node("c", "conv2d")
    document = settled(Document(graph=Graph((Node("x", "input"), node))))
    assert kernel_block(Annotator(document, None), node) is None


def test_icons_tell_the_kinds_apart(theme: Theme) -> None:
    pictures = {kind: kind_pixmap(kind, 24).toImage() for kind in IMAGES}
    drawn = {bytes(picture.constBits()) for picture in pictures.values()}
    assert len(drawn) == len(IMAGES)
