"""First weights: their spread, their independence of what else is there, and where they are refused."""

from __future__ import annotations

from math import sqrt

import msgspec
import numpy as np
import pytest

from nnviz.document.build import new
from nnviz.document.document import Document, fans_of, settled, wanted
from nnviz.document.edits import AddNode, Initialise, SetTraining, new_edge
from nnviz.engine.initialisers import (
    DRAWINGS,
    Constant,
    Fans,
    Glorot,
    He,
    Initialiser,
    LeCun,
    Normal,
    Orthogonal,
    Uniform,
    Zeros,
)
from nnviz.errors import ConfigError
from nnviz.graph import Edge, Graph, Node
from nnviz.learning.settings import TrainingSettings
from tests.learning.runs import iris_graph

FANS = Fans(200, 100)
SPREADS = {
    Normal(): 0.5,
    Normal(2.0): 2.0,
    Uniform(0.3): 0.3 / sqrt(3),
    Glorot(): sqrt(2 / 300),
    Glorot(uniform=True): sqrt(2 / 300),
    He(): sqrt(2 / 200),
    He(uniform=True): sqrt(2 / 200),
    LeCun(): sqrt(1 / 200),
    LeCun(uniform=True): sqrt(1 / 200),
    Orthogonal(): sqrt(1 / 200),
}


@pytest.mark.parametrize("drawing", SPREADS, ids=repr)
def test_mean_and_spread(drawing) -> None:
    weights = drawing.draw("w1", (200, 100), FANS, 7)
    assert weights.shape == (200, 100)
    spread = SPREADS[drawing]
    assert abs(weights.mean()) < 4 * spread / sqrt(weights.size)
    assert weights.std() == pytest.approx(spread, rel=0.02)
    if getattr(drawing, "uniform", False) or isinstance(drawing, Uniform):
        assert sqrt(3) * spread * 0.999 < np.abs(weights).max() <= sqrt(3) * spread * (1 + 1e-15)


@pytest.mark.parametrize("drawing", [each() for each in DRAWINGS], ids=repr)
def test_the_same_key_and_seed_give_the_same_numbers_and_others_others(drawing) -> None:
    weights = drawing.draw("w1", (3, 4), Fans(3, 4), 7)
    assert weights.tobytes() == drawing.draw("w1", (3, 4), Fans(3, 4), 7).tobytes()
    drawn = not isinstance(drawing, Zeros | Constant)
    assert (weights.tobytes() != drawing.draw("w2", (3, 4), Fans(3, 4), 7).tobytes()) == drawn
    assert (weights.tobytes() != drawing.draw("w1", (3, 4), Fans(3, 4), 8).tobytes()) == drawn


def test_zeros_and_constants() -> None:
    assert Zeros().draw("w", (2, 3), FANS, 0).tolist() == [[0.0] * 3] * 2
    assert Constant(-0.25).draw("w", (2, 1), FANS, 0).tolist() == [[-0.25], [-0.25]]


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 4), (1, 1), (1, 6), (6, 1), (4, 2, 3)])
def test_orthogonal_arrays(shape: tuple[int, ...]) -> None:
    weights = Orthogonal(2.0).draw("w", shape, FANS, 3)
    assert weights.shape == shape
    matrix = weights.reshape(shape[0], -1)
    gram = matrix @ matrix.T if matrix.shape[0] <= matrix.shape[1] else matrix.T @ matrix
    np.testing.assert_allclose(gram, 4 * np.eye(len(gram)), atol=1e-12)


def test_a_layer_has_the_same_scale_as_its_neurons_drawn_singly() -> None:
    scales = []
    for singly in (False, True):
        graph = iris_graph(singly=singly)
        fans = fans_of(graph, wanted(graph))
        scales.append({fan for key, fan in fans.items()})
    assert scales[0] == scales[1] == {Fans(4, 8), Fans(8, 3)}


def test_weights_that_meet_are_counted_together() -> None:
    nodes = (Node("x", "input", options={"units": 2}), Node("y", "input"), Node("d", "dense", options={"units": 3}))
    graph = Graph((*nodes, Node("p", "perceptron")), (Edge("w", "x", "d"), Edge("v", "y", "d"), Edge("u", "x", "p")))
    assert fans_of(graph, wanted(graph)) == {"w": Fans(3, 4), "v": Fans(3, 3), "u": Fans(2, 4)}


@pytest.mark.parametrize("drawing", Initialiser.__args__)  # type: ignore[attr-defined]  # a union has its members there
def test_a_document_draws_as_its_settings_say(drawing) -> None:
    document = new("3-4-2")
    settings = msgspec.structs.replace(document.training, initialiser=drawing())
    drawn = Initialise().apply(SetTraining(settings).apply(document))
    for spec in wanted(drawn.graph):
        fans = fans_of(drawn.graph, wanted(drawn.graph))
        expected = np.zeros(spec.shape)
        if spec.kind == "weight":
            expected = drawing().draw(spec.key, spec.shape, fans[spec.key], document.seed)
        assert drawn.parameters[spec.key].tobytes() == expected.tobytes()


def test_a_new_edge_is_drawn_as_the_settings_say() -> None:
    document = settled(Document(training=TrainingSettings(initialiser=Constant(0.75))))
    for edit in (AddNode(Node("x", "input")), AddNode(Node("p", "perceptron"))):
        document = edit.apply(document)
    document = new_edge(document, "x", "p").apply(document)
    assert document.parameters[document.graph.edges[0].key].item() == 0.75
    assert document.parameters["p.b"].item() == 0.0


def test_what_is_refused() -> None:
    for make in (lambda: Normal(-1.0), lambda: Uniform(float("nan")), lambda: Orthogonal(-2.0)):
        with pytest.raises(ConfigError, match="out of range"):
            make()
    with pytest.raises(ConfigError, match="out of range"):
        Constant(float("inf"))
