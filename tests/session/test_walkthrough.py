"""Stepping: what is not computed yet is a dash, what is current is lit, and back is the same as forward."""

from __future__ import annotations

import msgspec
import pytest

from nnviz.engine.optimizers import Adam
from nnviz.numbers import NOT_COMPUTED
from nnviz.session.diagram import Diagram
from nnviz.session.walkthrough import walkthrough
from tests.lowering.drawings import circuit
from tests.networks import mazur, mixed


def texts(diagram: Diagram) -> list[str]:
    nodes = [label.text for node in diagram.nodes for label in (*node.inside, *node.captions)]
    nodes += [label.text for node in diagram.nodes for plate in node.plates for label in plate]
    return nodes + [label.text for edge in diagram.edges for label in edge.labels]


def test_the_backward_pass_of_the_worked_example_is_one_delta_a_neuron_and_one_step_a_weight() -> None:
    walk = walkthrough(mazur())
    phases = [step.phase for step in walk.steps]
    assert phases == ["forward"] * 4 + ["loss"] * 2 + ["backward"] * 13 + ["update"] * 4
    titles = [step.title for step in walk.steps if step.phase == "backward"]
    assert titles[1:4] == ["δ of o₁", "Gradient of w₅", "Gradient of w₆"]


def test_nothing_is_shown_before_it_is_computed() -> None:
    walk = walkthrough(mazur())
    first = texts(walk.diagram(0))
    assert "0.5933" in first
    assert "0.5969" not in first
    assert not any("0.2984" in text or "0.0822" in text for text in first)
    assert first.count(f"∂ {NOT_COMPUTED}") == 8
    last = texts(walk.diagram(len(walk.steps) - 1))
    assert not any(NOT_COMPUTED in text for text in last)


def test_each_step_reveals_something_or_updates() -> None:
    walk = walkthrough(mazur())
    for index in range(1, len(walk.steps)):
        grown = walk.known(index) - walk.known(index - 1)
        assert grown or walk.steps[index].phase == "update", walk.steps[index].title


@pytest.mark.parametrize("document", [mazur(), mixed()], ids=["mazur", "mixed"])
def test_at_the_end_every_number_is_known(document: object) -> None:
    walk = walkthrough(document)  # type: ignore[arg-type]
    assert all(note.number is not None for note in walk.annotator(len(walk.steps) - 1).all())


def test_the_update_replaces_weights_one_neuron_after_the_other() -> None:
    walk = walkthrough(mazur())
    before, after = texts(walk.diagram(len(walk.steps) - 2)), texts(walk.diagram(len(walk.steps) - 1))
    assert "w₈ = 0.5500" in before
    assert "w₈ = 0.5614" in after


def test_a_picture_of_an_update_tells_the_new_weights_only() -> None:
    document = mazur()
    document = document.with_(training=msgspec.structs.replace(document.training, optimizer=Adam()))
    walk = walkthrough(document)
    assert len(walk.steps[-1].formulas) == 7
    lines = walk.diagram(len(walk.steps) - 1).step
    assert [line.split(" = ")[0] for line in lines[2:]] == ["w₇⁺", "w₈⁺"]


def test_what_is_not_current_fades() -> None:
    walk = walkthrough(mazur())
    index = next(index for index, step in enumerate(walk.steps) if step.title == "Gradient of w₅")
    diagram = walk.diagram(index)
    assert {edge.id for edge in diagram.edges if not edge.faded} == {"w5"}
    assert {node.id for node in diagram.nodes if not node.faded} == {"h1", "o1"}


def test_many_formulas_of_a_step_run_on_and_are_broken_between_them_only() -> None:
    text = {"formula": "2*(x*y + max(z, 1)) - sin(x)"}
    walk = walkthrough(circuit({"x": 3.0, "y": -4.0, "z": 2.0}, ("f", "expression", "xyz", text)))
    _, _, line = walk.diagram(0).step
    told = [part.replace("\u00a0", " ").strip("\u2003") for part in line.split(" ")]
    assert told == [formula.whole() for formula in walk.steps[0].formulas]
    assert len(walk.diagram(1).step) == 2 + len(walk.steps[1].formulas)
