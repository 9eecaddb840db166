"""Every kind of node in a document: it is computed, told, drawn, saved and trained, and its gradient is right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nnviz.conventions import PRESETS, Conventions
from nnviz.data.choice import DataChoice
from nnviz.document.document import Document, same, settled
from nnviz.document.files import open_document, save_document
from nnviz.errors import ConfigError, GraphError, ShapeError
from nnviz.graph import Edge, Graph, Node
from nnviz.lowering import KINDS, lower
from nnviz.session.annotations import annotate
from nnviz.session.computing import Focus, forward
from nnviz.session.derivatives import check_gradients, gradients
from nnviz.session.drawing import draw
from nnviz.session.training import train
from nnviz.session.walkthrough import walkthrough
from tests.lowering.drawings import circuit, example_of
from tests.networks import table

KINDS_WITH_SLOPE = sorted(KINDS.keys() - {"step"})


@pytest.mark.parametrize("focus", [Focus(), Focus("all")], ids=["one row", "all rows"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_line_told_evaluates_to_the_engines_number(kind: str, focus: Focus) -> None:
    for preset in ("ours", "worked example"):
        walk = walkthrough(example_of(kind, conventions=PRESETS[preset]), focus)
        for step in walk.steps:
            for line in step.formulas:
                np.testing.assert_allclose(line.evaluate(), line.value, rtol=1e-11, atol=1e-13, err_msg=step.title)
                assert line.symbols(latex=True)
        phases = {step.phase for step in walk.steps}
        assert phases == {"forward", "loss", "backward", "update"}


@pytest.mark.parametrize("kind", KINDS_WITH_SLOPE)
def test_every_gradient_is_the_central_difference(kind: str) -> None:
    checked = check_gradients(example_of(kind), Focus("all"))
    assert checked
    assert max(each.error for each in checked) < 1e-7


@pytest.mark.parametrize("kind", KINDS)
def test_a_document_with_it_is_saved_and_opened_again(kind: str, tmp_path: Path) -> None:
    document = example_of(kind)
    path = tmp_path / "one.nnviz"
    save_document(document, path)
    opened = open_document(path)
    assert same(opened, document)
    assert forward(opened, Focus("all")).loss == forward(document, Focus("all")).loss


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_annotated_and_drawn(kind: str) -> None:
    document = example_of(kind)
    trace = forward(document)
    notes = annotate(trace)
    assert all(note.number is not None for note in notes if note.role in ("value", "target", "loss_term", "loss"))
    annotator_notes = {note.target for note in notes}
    assert annotator_notes >= {node.id for node in document.graph.nodes}
    walk = walkthrough(document)
    last = draw(walk.annotator(len(walk.steps) - 1))
    assert {node.id.split("[")[0] for node in last.nodes} == set(document.graph.by_id)


@pytest.mark.parametrize("kind", KINDS_WITH_SLOPE)
def test_it_can_be_trained(kind: str) -> None:
    result = train(example_of(kind), epochs=3)
    assert result.error is None
    assert [report.epoch for report in result.reports] == [1, 2, 3]


# a step has no slope


def test_nothing_is_learnt_through_a_step_alone_and_that_is_said() -> None:
    document = example_of("step")
    assert np.isfinite(forward(document).loss)
    with pytest.raises(GraphError, match="Nothing can be learnt through step") as caught:
        train(document, epochs=1)
    assert caught.value.ids == ("k",)
    told = [step for step in walkthrough(document).steps if step.title == "The way back ends at k"]
    assert "no gradient is sent back" in told[0].explanation
    shown = [note.number for note in annotate(forward(document)) if note.role == "gradient"]
    assert set(shown) == {None}


def test_beside_a_step_others_learn() -> None:
    step = Node("p", "perceptron", options={"activation": "step"})
    nodes = (Node("x", "input"), step, Node("q", "perceptron"), Node("loss", "objective"))
    graph = Graph(nodes, (Edge("w1", "x", "p"), Edge("w2", "p", "q"), Edge("e1", "q", "loss")))
    plan = lower(graph, Conventions())
    slots = {segment.key: segment.slot for segment in plan.segments}
    assert {key for key, slot in slots.items() if slot in plan.gradients} == {"w2", "q.b"}


# shapes and options


def test_a_range_must_lie_in_what_comes_in() -> None:
    nodes = (Node("x", "input", options={"units": 2}), Node("s", "select", options={"first": 2, "units": 2}))
    with pytest.raises(ShapeError, match="not so many units"):
        lower(Graph(nodes, (Edge("e", "x", "s"),)), Conventions())


def test_a_difference_needs_two() -> None:
    nodes = (Node("x", "input"), Node("s", "subtract"))
    with pytest.raises(GraphError, match=r"Not enough is connected to s.*2 edges"):
        lower(Graph(nodes, (Edge("e", "x", "s"),)), Conventions())


def test_a_delta_must_be_positive() -> None:
    nodes = (Node("x", "input"), Node("l", "huber", options={"delta": 0.0}))
    with pytest.raises(ConfigError, match="delta cannot be this"):
        lower(Graph(nodes, (Edge("e", "x", "l"),)), Conventions())


def test_targets_that_are_shares_of_classes_and_sum_to_1_but_for_rounding_are_told_right() -> None:
    nodes = (Node("x", "input", options={"units": 3}), Node("a", "dense", options={"units": 2}))
    loss = Node("loss", "categorical_cross_entropy_logits")
    edges = (Edge("w", "x", "a"), Edge("e", "a", "loss"))
    columns = {"x1": [0.3, 1.0], "x2": [0.1, 2.0], "x3": [1.0, -1.0], "y1": [0.25, 0.6], "y2": [0.7500005, 0.4]}
    data = DataChoice(table(**columns), {"x": ("x1", "x2", "x3")}, {"loss": ("y1", "y2")})
    document = settled(Document(graph=Graph((*nodes, loss), edges), data=data))
    for focus in (Focus(), Focus("all")):
        lines = [line for step in walkthrough(document, focus).steps for line in step.formulas]
        assert any("Σy" in line.symbols() for line in lines)
        for line in lines:
            np.testing.assert_allclose(line.evaluate(), line.value, rtol=1e-11, atol=1e-13)


# parameters, constants, objectives


def test_a_function_of_its_parameters_needs_no_data_and_is_trained() -> None:
    document = circuit({"w": 1.0}, ("square", "square", ["w"]))
    assert forward(document).loss == 1.0
    assert gradients(document)["w"].tolist() == [2.0]
    result = train(document, epochs=5)
    rate = document.training.optimizer.lr
    assert result.document.parameters["w"][0] == pytest.approx((1 - 2 * rate) ** 5, rel=1e-12)


def test_a_fixed_parameter_stays() -> None:
    nodes = (Node("w", "parameter", options={"mode": "fixed"}), Node("v", "parameter"), Node("m", "multiply"))
    edges = (Edge("e1", "w", "m"), Edge("e2", "v", "m"), Edge("e3", "m", "J"))
    plan = lower(Graph((*nodes, Node("J", "objective")), edges), Conventions())
    assert {segment.key: segment.trained for segment in plan.segments} == {"v": True, "w": False}


def test_an_objective_has_no_target_and_no_plate() -> None:
    document = circuit({"x": 3.0}, ("f", "square", ["x"]))
    assert not document.plan.slots_of("target")
    drawn = draw(walkthrough(document).annotator(99))
    assert not any(label.role == "target" for node in drawn.nodes for plate in node.plates for label in plate)
    assert "ℒ = Σ [the value itself]" in drawn.small_print


def test_a_hinge_shows_the_sides_it_reads() -> None:
    trace = forward(example_of("hinge"), Focus("all"))
    assert set(np.unique(trace.value("loss", "target"))) <= {-1.0, 1.0}
    assert "targets 0 and 1 are read as −1 and 1" in draw(walkthrough(example_of("hinge")).annotator(0)).small_print
