"""Weights as tables, however the network was drawn."""

from __future__ import annotations

import numpy as np

from nnviz.document.build import new
from nnviz.session.annotations import Annotator
from nnviz.session.blocks import blocks
from nnviz.session.computing import forward
from nnviz.session.examples import example
from nnviz.session.session import Session
from tests.networks import mazur, mixed


def test_perceptrons_fed_by_the_same_nodes_are_one_table() -> None:
    document = mazur()
    annotator = Annotator(document, forward(document))
    first, second = blocks(annotator)
    assert [node.id for node in (*first.sources, *first.targets)] == ["x1", "x2", "h1", "h2"]
    np.testing.assert_array_equal(first.weights(annotator), [[0.15, 0.25], [0.20, 0.30]])
    np.testing.assert_array_equal(second.weights(annotator), [[0.40, 0.50], [0.45, 0.55]])
    gradient = second.gradient(annotator)
    assert gradient is not None
    assert gradient[0][0] == annotator.gradient("w5").item()  # type: ignore[union-attr]  # there is one: all is computed


def test_layers_are_told_unit_by_unit() -> None:
    document = example("iris")
    annotator = Annotator(document, None)
    shapes = [block.weights(annotator).shape for block in blocks(annotator)]
    assert shapes == [(4, 8), (8, 3)]
    assert blocks(annotator)[1].gradient(annotator) == [[None] * 3] * 8


def test_what_is_typed_is_one_act_of_the_weights_that_differ() -> None:
    session = Session(new("2-3-1"))
    block = blocks(session.annotator())[0]
    weights = np.array([[0.3, 0.8, -0.25], [0.2, -0.1, 0.1]])
    before = session.document
    session.do(block.edit(session.annotator(), weights))
    np.testing.assert_array_equal(block.weights(session.annotator()), weights)
    assert session.undo_title == "Type weights"
    session.undo()
    assert session.document is before
    unchanged = block.edit(session.annotator(), block.weights(session.annotator()))
    assert unchanged.edits == ()


def test_every_weight_stands_in_one_table() -> None:
    document = mixed()
    annotator = Annotator(document, None)
    cells = [cell for block in blocks(annotator) for row in block.cells for cell in row]
    weights = [edge.key for edge in document.graph.edges if edge.key in document.parameters]
    assert len(set(cells)) == len(cells) == sum(document.parameters[key].size for key in weights)
