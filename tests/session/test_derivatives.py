"""Derivatives of any node by anything, forward mode and second derivatives, through documents."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import nnviz
from nnviz.conventions import PRESETS
from nnviz.data.choice import DataChoice
from nnviz.document.document import Document, settled
from nnviz.document.edits import RemoveParts, SetParameter
from nnviz.errors import ConfigError, DataError, GraphError, NnvizError, ShapeError
from nnviz.graph import Edge, Graph, Node
from nnviz.lowering.targets import Target, read_target
from nnviz.session.annotations import Annotator, annotate
from nnviz.session.computing import Focus, forward, steps
from nnviz.session.derivatives import (
    check_gradients,
    gradients,
    nothing,
    second_derivative,
    second_derivatives,
    tangents,
    targets,
)
from nnviz.session.session import Session
from nnviz.session.small_print import small_print
from nnviz.session.walkthrough import walkthrough
from tests.networks import behind_a_step, circuit_of_inputs, mazur, mixed
from tests.session.test_truth import GRADIENTS, PRINTED
from tests.session.test_truth_circuits import CIRCUITS

A1, A2, O1 = 0.593269992107, 0.596884378260, 0.751365069552
SLOPE_H1, SLOPE_O1 = A1 * (1 - A1), O1 * (1 - O1)


def without_loss() -> Document:
    document = mazur()
    assert document.data is not None
    graph = Graph(document.graph.nodes[:-1], document.graph.edges[:-2])
    return document.with_(graph=graph, data=DataChoice(document.data.table, document.data.inputs, {}))


TYPED = Focus("typed", values=(2.0, 3.0), of=Target("f"))


# inputs


def test_a_network_without_weights_has_derivatives_by_its_inputs() -> None:
    document = circuit_of_inputs()
    found = gradients(document, TYPED)
    assert {key: array.item() for key, array in found.items()} == {"x": 7.0, "y": 2.0}
    shown = {note.symbol: note.number for note in annotate(forward(document, TYPED)) if note.role == "gradient"}
    assert shown == {"∂f/∂x": 7.0, "∂f/∂y": 2.0}
    assert max(each.error for each in check_gradients(document, TYPED)) < 1e-9


def test_the_way_back_tells_the_derivative_by_each_input() -> None:
    walk = walkthrough(circuit_of_inputs(), TYPED)
    told = {step.title: [line.whole() for line in step.formulas] for step in walk.steps if step.phase == "backward"}
    assert told == {
        "Back through f": ["∂f/∂a = ∂f/∂f · x = 1 · 2 = 2.000", "∂f/∂x via f = ∂f/∂f · a = 1 · 5 = 5.000"],
        "Back through a": [
            "∂f/∂x via a = ∂f/∂a · ∂a/∂x = ∂f/∂a · 1 = 2 · 1 = 2.000",
            "∂f/∂y = ∂f/∂a · ∂a/∂y = ∂f/∂a · 1 = 2 · 1 = 2.000",
        ],
        "∂f/∂x": ["∂f/∂x = ∂f/∂a · ∂a/∂x + ∂f/∂f · a = ∂f/∂a · 1 + ∂f/∂f · a = 2 · 1 + 1 · 5 = 7.000"],
        "∂f/∂y": ["∂f/∂y = ∂f/∂a · ∂a/∂y = ∂f/∂a · 1 = 2 · 1 = 2.000"],
    }
    before, after = (
        next(note.number for note in walk.annotator(step).all() if note.symbol == "∂f/∂x") for step in (3, 4)
    )
    assert (before, after) == (None, 7.0)


@pytest.mark.parametrize("focus", [Focus(), Focus("all"), Focus("example", 3, "train")], ids=str)
@pytest.mark.parametrize("of", ["d[2]", "soft[3]", "m", "ce"])
def test_every_formula_on_the_way_to_the_inputs_is_what_the_engine_computed(of: str, focus: Focus) -> None:
    document = mixed()
    named = Focus(focus.rows, focus.index, focus.mode, of=read_target(document.graph, of))
    trace = forward(document, named)
    told = list(steps(trace))
    for step in told:
        for line in step.formulas:
            np.testing.assert_allclose(line.evaluate(), line.value, rtol=1e-12, atol=1e-15, err_msg=step.title)
            assert line.symbols(latex=True).count("{") == line.symbols(latex=True).count("}")
    last = told[-1].outgoing["x"]
    np.testing.assert_array_equal(last, gradients(document, focus, of=of, by="x")["x"])
    shown = [note.number for note in annotate(trace) if (note.target, note.role) == ("x", "gradient")]
    np.testing.assert_allclose(shown, last.sum(axis=0), rtol=1e-15)


def test_weights_get_the_same_bits_as_before_and_j_is_not_differentiated_by_inputs() -> None:
    named = gradients(mazur(), of="loss")
    assert {key: array.tobytes() for key, array in named.items() if key[0] == "w"} == {
        key: array.tobytes() for key, array in gradients(mazur()).items()
    }
    assert list(named)[-2:] == ["x1", "x2"]
    assert not [note for note in annotate(forward(mazur())) if (note.target, note.role) == ("x1", "gradient")]


def test_why_there_is_no_derivative_is_a_sentence() -> None:
    row = Focus("typed", values=(2.0, 3.0))
    assert "no loss" in nothing(forward(circuit_of_inputs(), row))
    assert nothing(forward(circuit_of_inputs(), TYPED)) == ""
    assert "no targets" in nothing(forward(mazur(), Focus("typed", values=(1.0, 2.0))))
    assert "through a step" in nothing(forward(behind_a_step(), Focus(of=Target("s"))))
    graph = Graph((Node("c", "constant", options={"value": 2.0}), Node("e", "exp")), (Edge("e1", "c", "e"),))
    fixed = settled(Document(graph=graph))
    assert nothing(forward(fixed, Focus(of=Target("e")))) == "No weight is trained, and there is no input"


# any node


def test_a_node_by_its_weights_by_hand() -> None:
    found = gradients(mazur(), of="h1")
    assert found["w1"].item() == pytest.approx(0.05 * SLOPE_H1, rel=1e-11)
    assert found["w2"].item() == pytest.approx(0.10 * SLOPE_H1, rel=1e-11)
    assert all(found[key] is None for key in ("w3", "w4", "w5", "w6", "w7", "w8"))


def test_a_node_by_inputs_and_nodes_by_hand() -> None:
    found = gradients(mazur(), of="o1", by=["h1", "x1", "o1.b"])
    assert list(found) == ["h1", "x1", "o1.b"]
    assert found["h1"].item() == pytest.approx(0.40 * SLOPE_O1, rel=1e-11)
    assert found["x1"].item() == pytest.approx(
        SLOPE_O1 * (0.40 * SLOPE_H1 * 0.15 + 0.45 * A2 * (1 - A2) * 0.25), rel=1e-11
    )
    assert found["o1.b"].item() == pytest.approx(SLOPE_O1, rel=1e-11)  # fixed: training leaves it, calculus does not
    assert gradients(mazur(), by="loss")["loss"].item() == 1.0


def test_j_stays_the_default_and_can_be_named() -> None:
    weights = list(mazur().parameters)[:8]
    named = gradients(mazur(), of="loss")
    for found in (gradients(mazur()), gradients(mazur(), of="J"), {key: named[key] for key in weights}):
        assert {key: array.item() for key, array in found.items()} == pytest.approx(GRADIENTS, **PRINTED)


@pytest.mark.parametrize("focus", [Focus(), Focus("all"), Focus("example", 3, "train")], ids=str)
@pytest.mark.parametrize("of", [None, "d[2]", ("soft", 3), "m", "ce", "x[1]"], ids=str)
def test_every_target_agrees_with_central_differences(of: str | tuple[str, int] | None, focus: Focus) -> None:
    by = [*mixed().parameters, "x", "d", "drop", "s", "soft"]
    checked = check_gradients(mixed(), focus, of=of, by=by)
    assert checked
    assert max(check.error for check in checked) < 1e-7


def test_the_mean_over_examples_is_differentiated() -> None:
    document = mixed()
    rows = forward(document, Focus("all")).value("d")
    trace = forward(document, Focus("all", of=Target("d", 2)))
    assert trace.goal == pytest.approx(rows[:, 1].mean(), rel=1e-14)
    assert gradients(document, Focus("all"), of="d[2]", by="d")["d"].tolist() == [[0, 1 / 6, 0, 0]] * 6


def test_a_network_without_a_loss_becomes_differentiable() -> None:
    document = without_loss()
    with pytest.raises(GraphError, match="name a node"):
        gradients(document)
    assert gradients(document, of="h1")["w1"].item() == pytest.approx(0.05 * SLOPE_H1, rel=1e-11)
    assert [step.phase for step in steps(forward(document, Focus(of=Target("h1"))))].count("backward") == 5


def test_a_typed_row_has_derivatives_of_its_nodes() -> None:
    row = Focus("typed", values=(0.05, 0.1))
    with pytest.raises(DataError, match="no targets"):
        gradients(mazur(), row)
    assert gradients(mazur(), row, of="h1")["w1"].item() == pytest.approx(0.05 * SLOPE_H1, rel=1e-11)
    assert tangents(mazur(), "w1", row)["o1"] is not None
    assert tangents(mazur(), "w1", row)["loss"] is None


REFUSED = {
    "no such node": (lambda: gradients(mazur(), of="h9"), GraphError, "h9"),
    "several units": (lambda: gradients(mixed(), of="d"), ShapeError, r"one of its units, 1 to 4"),
    "no such unit": (lambda: gradients(mixed(), of=("d", 5)), ShapeError, "d has no unit 5"),
    "unit 0": (lambda: gradients(mixed(), of="d[0]"), ConfigError, "counted from 1"),
    "a loss is one number": (lambda: gradients(mixed(), of="ce[2]"), ShapeError, "its only unit"),
    "no such thing to go by": (lambda: gradients(mazur(), by="w9"), ConfigError, "w9"),
    "a part of it": (lambda: gradients(mixed(), by="x[2]"), ShapeError, "the whole"),
    "several numbers move": (lambda: tangents(mixed(), "w1"), ShapeError, r"\[1, 1\] to \[3, 4\]"),
    "no such number": (lambda: tangents(mixed(), "w1[4,1]"), ShapeError, r"\[4, 1\]"),
    "a place in words": (lambda: tangents(mixed(), "w1[a]"), ConfigError, "counted from 1"),
    "a direction of another size": (lambda: tangents(mixed(), {"w1": [1.0, 2.0]}), ShapeError, "w1"),
    "no direction": (lambda: tangents(mixed(), {}), ConfigError, "Nothing moves"),
    "a kink": (lambda: second_derivatives(mixed(), "w1[1,1]"), ConfigError, "relu has no second.*node p"),
    "a step": (lambda: second_derivatives(behind_a_step(), "w1"), ConfigError, "step has no second.*node s"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_says_what_was_expected(name: str) -> None:
    act, error, words = REFUSED[name]
    with pytest.raises(error, match=words) as refusal:
        act()
    assert isinstance(refusal.value, NnvizError)


# forward mode


def test_forward_mode_gives_the_worked_example() -> None:
    for key, expected in GRADIENTS.items():
        assert tangents(mazur(), key)["J"].item() == pytest.approx(expected, **PRINTED)
    found = tangents(mazur(), "w1")
    assert found["h1"].item() == pytest.approx(0.05 * SLOPE_H1, rel=1e-11)
    assert found["o1"].item() == pytest.approx(0.05 * SLOPE_H1 * 0.40 * SLOPE_O1, rel=1e-11)
    assert found["h2"] is found["x1"] is None


@pytest.mark.parametrize("name", CIRCUITS)
def test_forward_mode_gives_the_circuits(name: str) -> None:
    document, _, slopes = CIRCUITS[name]
    for by, expected in slopes.items():
        assert tangents(document, by)["J"].item() == pytest.approx(expected, rel=1e-12)


def test_a_node_may_move_by_itself() -> None:
    found = tangents(mazur(), "h1")
    assert found["h1"].item() == 1.0
    assert found["x1"] is None
    assert found["o1"].item() == pytest.approx(0.40 * SLOPE_O1, rel=1e-11)
    assert found["J"].item() == pytest.approx(0.036350306393, **PRINTED)


def test_a_direction_is_the_sum_of_its_parts() -> None:
    whole = tangents(mazur(), {"w1": [[2.0]], "x2": 3.0})
    parts = tangents(mazur(), "w1")["J"] * 2.0 + tangents(mazur(), "x2")["J"] * 3.0
    assert whole["J"] == pytest.approx(parts, rel=1e-14)


def test_forward_and_backward_agree_over_all_examples() -> None:
    for preset in PRESETS.values():
        document, focus = mixed(preset), Focus("all")
        back = gradients(document, focus, by=["w1", "x"])
        assert tangents(document, "w1[2,3]", focus)["J"] == pytest.approx(back["w1"][1, 2], rel=1e-12)
        assert tangents(document, "x[2]", focus)["J"] == pytest.approx(back["x"][:, 1].sum(), rel=1e-12)


# twice


def test_a_second_derivative_by_hand() -> None:
    """∂²J/∂w5∂w6 of ½(a − t)² is h1·h2·(σ′² + (a − t)·σ″)."""
    curve = SLOPE_O1 * (1 - 2 * O1)
    expected = A1 * A2 * (SLOPE_O1**2 + (O1 - 0.01) * curve)
    assert second_derivative(mazur(), "w5", "w6") == pytest.approx(expected, rel=1e-10)
    assert second_derivative(mazur(), "w6", "w5") == pytest.approx(expected, rel=1e-10)
    assert second_derivative(mazur(), "w5", "w7") == 0.0  # both move J, but neither slope moves with the other


def test_a_row_of_second_derivatives_is_the_central_difference_of_gradients() -> None:
    document, step = mazur(), 1e-5
    ends = []
    for sign in (1, -1):
        moved = {**document.parameters, "w1": document.parameters["w1"] + sign * step}
        ends.append(gradients(document.with_(parameters=moved), of="o2", by=["w1", "w8", "x1", "h2"]))
    row = second_derivatives(document, "w1", of="o2", and_by=["w1", "w8", "x1", "h2"])
    for key, found in row.items():
        np.testing.assert_allclose(found, (ends[0][key] - ends[1][key]) / (2 * step), rtol=1e-8, atol=1e-10)


def test_second_derivatives_by_one_of_several_numbers() -> None:
    document, focus = mixed(), Focus("all")
    assert second_derivative(document, "w5[2,1]", "w5[5,3]", focus) == pytest.approx(
        second_derivative(document, "w5[5,3]", "w5[2,1]", focus), rel=1e-12
    )
    node_first = second_derivative(document, "q", "soft.b[2]", focus, of="soft[1]")
    assert node_first == pytest.approx(second_derivative(document, "soft.b[2]", "q", focus, of="soft[1]"), rel=1e-12)
    assert node_first != 0.0


# not computed


def test_what_was_not_computed_is_none() -> None:
    document = behind_a_step()
    found = gradients(document)
    assert found["w1"] is None  # behind the step
    assert found["w3"] is None  # leads nowhere
    assert found["w2"].item() == pytest.approx(2 * (0.7 - 1.0))
    assert tangents(document, "w1")["p"] is None
    annotator = Annotator(document, forward(document))
    reasons = {key: annotator.reason(key) for key in ("w1", "w2", "w3")}
    assert reasons == {"w1": "every way to J leads through a step", "w2": "", "w3": "J does not depend on it"}
    assert Annotator(document, None).reason("w1") == ""
    assert second_derivative(document, "w2", "w1") is None
    assert second_derivative(document, "w3", "w2") is None
    assert second_derivative(document, "w2", "w2") == pytest.approx(2.0)


def test_a_zero_that_was_computed_is_a_zero() -> None:
    document = behind_a_step().with_(parameters=behind_a_step().parameters | {"w1": np.array([[-0.5]])})
    assert forward(document).value("s").item() == 1.0  # a sigmoid is positive
    dead = mazur().with_(parameters=mazur().parameters | {"w5": np.zeros((1, 1)), "w7": np.zeros((1, 1))})
    assert gradients(dead)["w1"].item() == 0.0


def test_an_update_without_a_gradient_says_so() -> None:
    told = {
        line.left.text: line
        for step in walkthrough(behind_a_step()).steps
        if step.phase == "update"
        for line in step.formulas
    }
    assert told["w1⁺"].symbols() == "w₁⁺ = w₁ − η · 0"
    assert told["w2⁺"].symbols() == "w₂⁺ = w₂ − η · ∂J/∂w₂"
    assert all(line.evaluate() == line.value for line in told.values())


# what a reader sees


@pytest.mark.parametrize("of", [Target("d", 2), Target("m"), Target("soft", 1), Target("t"), Target("se")], ids=str)
@pytest.mark.parametrize("focus", [Focus(), Focus("all")], ids=str)
def test_every_formula_of_a_target_evaluates_to_the_engines_number(of: Target, focus: Focus) -> None:
    walk = walkthrough(mixed(), Focus(focus.rows, of=of))
    assert {step.phase for step in walk.steps} == {"forward", "backward"}
    for step in walk.steps:
        for line in step.formulas:
            np.testing.assert_allclose(line.evaluate(), line.value, rtol=1e-12, atol=1e-15, err_msg=step.title)
            assert "∂J" not in line.symbols()


def test_annotations_and_small_print_name_the_target() -> None:
    trace = forward(mazur(), Focus(of=Target("h1")))
    notes = {(note.target, note.role): note for note in annotate(trace)}
    assert notes["w1", "gradient"].symbol == "∂h₁/∂w₁"
    assert notes["w1", "gradient"].number == pytest.approx(0.05 * SLOPE_H1, rel=1e-11)
    assert notes["w5", "gradient"].text == "–"
    printed = small_print(walkthrough(mazur(), Focus(of=Target("h1"))).annotator(0))
    assert "∂ and δ are of h₁, not of J" in printed
    assert not any("not of J" in line for line in small_print(walkthrough(mazur()).annotator(0)))


# in a session


@pytest.fixture
def session() -> Iterator[Session]:
    made = Session(mazur())
    made.differentiate(Target("h1"))
    yield made
    made.close()


def test_other_rows_keep_the_target_and_a_walk_ends_at_it(session: Session) -> None:
    session.look_at(Focus("typed", values=(1.0, 2.0), of=session.focus.of))
    session.do(SetParameter("w1", np.array([[0.5]])))
    assert (session.focus.rows, session.focus.of, session.goal) == ("typed", Target("h1"), "h₁")
    walk = session.begin_walk()
    assert {step.phase for step in walk.steps} == {"forward", "backward"}
    assert walk.steps[-1].formulas[-1].symbols() == "∂h₁/∂x₂ = δ(h₁) · w₂"


def test_an_update_still_takes_j(session: Session) -> None:
    session.update_once()
    assert session.document.parameters["w5"].item() == pytest.approx(0.35891647971788465, rel=1e-12)
    assert session.focus.of == Target("h1")


def test_a_target_that_is_removed_gives_way_to_j(session: Session) -> None:
    session.do(RemoveParts(("h1",)))
    assert (session.focus.of, session.goal) == (None, "J")
    session.undo()
    assert session.trace is not None


def test_a_target_that_cannot_be_is_refused_and_nothing_changes(session: Session) -> None:
    with pytest.raises(ShapeError, match="no unit 2"):
        session.differentiate(Target("h2", 2))
    assert session.focus.of == Target("h1")


def test_every_node_can_be_differentiated() -> None:
    assert [target.node for target in targets(mazur())] == ["x1", "x2", "h1", "h2", "o1", "o2", "loss"]
    for target in targets(mixed()):
        assert forward(mixed(), Focus("all", of=target)).plan.goal is not None


def test_the_library_offers_it() -> None:
    assert nnviz.tangents is tangents
    assert nnviz.second_derivative is second_derivative
