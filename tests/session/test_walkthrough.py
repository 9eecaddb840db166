"""Stepping: what is not computed yet is a dash, what is current is lit, and back is the same as forward."""

from __future__ import annotations

import msgspec
import pytest

from nnviz.document.document import Document
from nnviz.document.edits import SetOptions
from nnviz.engine.optimizers import Adam
from nnviz.lowering.targets import Target
from nnviz.numbers import NOT_COMPUTED
from nnviz.session.computing import Focus
from nnviz.session.diagram import Diagram
from nnviz.session.walkthrough import Walkthrough, walkthrough
from tests.lowering.drawings import circuit
from tests.networks import mazur, mixed, sum_times_z


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
def test_at_the_end_every_number_is_known(document: Document) -> None:
    walk = walkthrough(document)
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


def of_f() -> Walkthrough:
    """f = (x + y) · z is differentiated, at x = −2, y = 5, z = −4."""
    return walkthrough(sum_times_z(), Focus("typed", values=(-2.0, 5.0, -4.0), of=Target("f")))


def derivatives(walk: Walkthrough, title: str) -> dict[str, str]:
    """What stands for ∂f by each node at a step."""
    place = next(place for place, step in enumerate(walk.steps) if step.title == title)
    notes = walk.annotator(place).all()
    return {note.target: note.text for note in notes if note.role in ("gradient", "node_gradient")}


def test_a_derivative_that_a_sum_passes_on_is_a_dash_until_it_is_passed_on() -> None:
    walk = of_f()
    assert derivatives(walk, "Value of f") == dict.fromkeys("xyzqf", NOT_COMPUTED)
    shown = {"f": "+1.00", "q": "−4.00", "z": "+3.00"}
    assert derivatives(walk, "Back through f") == {**shown, "x": NOT_COMPUTED, "y": NOT_COMPUTED}
    assert derivatives(walk, "Back through q") == {**shown, "x": "−4.00", "y": "−4.00"}


def test_a_long_chain_of_sums_is_told_link_by_link() -> None:
    gates = [("a", "add", ("x", "y")), ("b", "identity", "a"), ("c", "subtract", ("b", "y"))]
    walk = walkthrough(circuit({"x": 3.0, "y": 1.0}, *gates))
    unknown = {
        node: [name for name in "ba" if derivatives(walk, f"Back through {node}")[name] == NOT_COMPUTED]
        for node in "cba"
    }
    assert unknown == {"c": ["a"], "b": [], "a": []}


def test_delta_of_an_identity_is_a_dash_until_its_step() -> None:
    walk = walkthrough(SetOptions("o1", {"activation": "identity"}).apply(mazur()))
    place = next(place for place, step in enumerate(walk.steps) if step.title == "δ of o₁")
    before, after = (
        [note.text for note in walk.annotator(each).all() if (note.target, note.role) == ("o1", "delta")]
        for each in (place - 1, place)
    )
    assert before == [NOT_COMPUTED]
    assert after != before


def test_the_chain_rule_leads_through_the_node_that_comes_next() -> None:
    walk = of_f()
    steps = {step.title: step for step in walk.steps}
    line = "∂f/∂x = ∂f/∂q · ∂q/∂x = ∂f/∂q · 1 = (−4) · 1 = −4.000"
    assert [each.whole() for each in steps["∂f/∂x"].formulas] == [line]
    assert steps["∂f/∂x"].lit == ("x", "e1", "q")
    assert line in [each.whole() for each in steps["Back through q"].formulas]


def test_the_minus_of_a_difference_is_its_local_derivative() -> None:
    walk = walkthrough(circuit({"x": 3.0, "y": 1.0}, ("d", "subtract", "xy"), ("f", "square", "d")))
    told = [line.whole() for step in walk.steps for line in step.formulas]
    assert "∂J/∂y = ∂J/∂d · ∂d/∂y = ∂J/∂d · (−1) = 4 · (−1) = −4.000" in told


def test_nodes_that_a_gradient_comes_from_are_lit() -> None:
    walk = walkthrough(circuit({"x": 3.0, "y": 1.0}, ("p", "multiply", "xy"), ("q", "square", "p"), ("f", "add", "pq")))
    steps = {step.title: step for step in walk.steps}
    assert {"q", "f"} <= set(steps["Back through p"].lit)
    assert "p" in steps["Gradient of x"].lit
