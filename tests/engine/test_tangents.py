"""Forward mode and second derivatives: every operation against the backward pass and against central differences."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.engine import clear
from nnviz.engine.builder import PlanBuilder
from nnviz.engine.registry import OPERATIONS
from nnviz.engine.workspace import Workspace
from nnviz.errors import ConfigError
from tests.engine.test_conformance import CASES, drawn, filled

STEP = 1e-5
KINKED = {"relu", "leaky_relu", "abs", "maximum", "minimum", "absolute_error", "hinge", "step", "max_pool"}
WITHOUT_TANGENT: set[str] = set()
"""Operations that forward mode refuses by name: one belongs here only until somebody has written its tangent rule."""
WITHOUT_SECOND: set[str] = set()
"""Operations that can be carried forward, but not through the backward pass."""
CARRIED = [name for name in CASES if name not in WITHOUT_TANGENT]
SMOOTH = [name for name in CARRIED if name not in KINKED | WITHOUT_SECOND]


def moving(builder: PlanBuilder, slots: list[int]) -> dict[int, int]:
    """Each slot with a slot for its direction."""
    forms = {slot: builder.form(slot) for slot in slots}
    return {
        slot: builder.place("tangent", f"d{slot}", form.shape, batched=form.batched, key=f"d{slot}")
        for slot, form in forms.items()
    }


def once(name: str, seed: int) -> tuple[Workspace, dict[int, int], int]:
    """A run with a backward pass, and tangents of the values."""
    rng = np.random.default_rng([seed, sum(name.encode())])
    trial = CASES[name](rng)
    builder, slots, goal = drawn(name, trial)
    builder.differentiate(goal, inputs=True, fixed=True)
    directions = moving(builder, slots)
    builder.advance(directions, "t")
    workspace = filled(builder, trial, slots, goal, rng)
    run(workspace)
    return workspace, directions, goal


def run(workspace: Workspace) -> None:
    clear.forward(workspace)
    clear.backward(workspace)
    clear.tangent(workspace)


def test_every_operation_with_a_rule_can_be_carried_forward() -> None:
    lacking = {name for name, row in OPERATIONS.items() if row.rule and not row.tangent}
    told = f"no tangent rule, so that forward mode and second derivatives refuse them: {lacking - WITHOUT_TANGENT}"
    assert lacking == WITHOUT_TANGENT, told


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", CARRIED)
def test_forward_and_backward_agree(name: str, seed: int) -> None:
    workspace, directions, goal = once(name, seed)
    views, plan = workspace.views, workspace.plan
    ahead = float(views[plan.tangents[goal]].sum())
    terms = [views[plan.gradients[slot]] * views[direction] for slot, direction in directions.items()]
    size = sum(float(np.abs(term).sum()) for term in terms)
    assert ahead == pytest.approx(sum(float(term.sum()) for term in terms), rel=1e-12, abs=1e-12 * max(size, 1e-3))


@pytest.mark.parametrize("name", CARRIED)
def test_a_tangent_is_the_central_difference_along_its_direction(name: str) -> None:
    workspace, directions, goal = once(name, 7)
    found = workspace.views[workspace.plan.tangents[goal]].copy()
    ends = []
    for sign in (1, -1):
        nudge(workspace, directions, sign * STEP)
        clear.forward(workspace)
        ends.append(workspace.views[goal].copy())
        nudge(workspace, directions, -sign * STEP)
    np.testing.assert_allclose(found, (ends[0] - ends[1]) / (2 * STEP), rtol=1e-7, atol=1e-7)


def nudge(workspace: Workspace, directions: dict[int, int], step: float) -> None:
    for slot, direction in directions.items():
        workspace.views[slot] += step * workspace.views[direction]


def twice(name: str, seed: int) -> tuple[Workspace, dict[int, int]]:
    """A run whose goal is the square of the operation's output, so that the incoming gradient moves too."""
    rng = np.random.default_rng([seed, sum(name.encode())])
    trial = CASES[name](rng)
    if name == "elu":
        trial.options = {}
    builder, slots, product = drawn(name, trial)
    goal = builder.emit("square", product)
    builder.differentiate(goal, inputs=True, fixed=True)
    directions = moving(builder, slots)
    builder.advance(directions, "t", twice=True)
    workspace = filled(builder, trial, slots, goal, rng)
    run(workspace)
    return workspace, directions


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", SMOOTH)
def test_a_second_derivative_is_the_central_difference_of_the_first(name: str, seed: int) -> None:
    workspace, directions = twice(name, seed)
    plan, views = workspace.plan, workspace.views
    found = {slot: views[plan.tangents[plan.gradients[slot]]].copy() for slot in directions}
    ends = []
    for sign in (1, -1):
        nudge(workspace, directions, sign * STEP)
        clear.forward(workspace)
        clear.backward(workspace)
        ends.append({slot: views[plan.gradients[slot]].copy() for slot in directions})
        nudge(workspace, directions, -sign * STEP)
    for slot, second in found.items():
        numeric = (ends[0][slot] - ends[1][slot]) / (2 * STEP)
        scale = max(1.0, *(float(np.abs(end[slot]).max()) for end in ends))
        np.testing.assert_allclose(second, numeric, rtol=1e-6, atol=1e-6 * scale)


def test_every_curvature_is_asked_for() -> None:
    used = set()
    for name in SMOOTH:
        for seed in range(6):
            used |= {instruction.operation for instruction in twice(name, seed)[0].plan.tangent}
    assert {name for name in OPERATIONS if name.endswith("curvature")} <= used


@pytest.mark.parametrize("name", sorted(KINKED))
def test_what_has_a_kink_is_refused_by_name(name: str) -> None:
    assert {name for name, row in OPERATIONS.items() if row.kink and row.kink({})} == KINKED
    builder = PlanBuilder()
    x = builder.place("input", "x", (1, 2, 2) if name == "max_pool" else (2,), key="x")
    builder.for_node("n1")
    others = [builder.place("target", "y", (2,), key="y")] * (name in ("absolute_error", "hinge"))
    told = {"size": 2, "stride": 1} if name == "max_pool" else {}
    goal = builder.emit(name, builder.emit("square", x), *others, **told)
    builder.differentiate(goal, inputs=True, fixed=True)
    with pytest.raises(ConfigError, match=f"{name} has no second derivative.*node n1") as refusal:
        builder.advance(moving(builder, [x]), "x", twice=True)
    assert refusal.value.ids == ("n1",)


def test_a_kink_that_does_not_move_is_in_nobodys_way() -> None:
    builder = PlanBuilder()
    x, w = (builder.place("input", name, (2,), key=name) for name in "xw")
    goal = builder.emit("square", builder.emit("multiply", builder.emit("relu", x), w))
    builder.differentiate(goal, inputs=True, fixed=True)
    builder.advance(moving(builder, [w]), "w", twice=True)
    plan = builder.finish(goal)
    assert plan.gradients[w] in plan.tangents


def test_an_elu_has_a_kink_unless_its_slopes_meet() -> None:
    kink = OPERATIONS["elu"].kink
    assert kink is not None
    assert (kink({}), kink({"alpha": 1.0}), kink({"alpha": 0.5})) == (False, False, True)


def test_an_operation_without_a_tangent_rule_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    row = OPERATIONS["tanh"]
    monkeypatch.setitem(OPERATIONS, "tanh", type(row)(row.name, row.compute, row.form, row.rule))
    builder = PlanBuilder()
    x = builder.place("input", "x", (2,), key="x")
    builder.for_node("h")
    builder.emit("tanh", x)
    with pytest.raises(ConfigError, match=r"tanh cannot be carried forward \(node h\)"):
        builder.advance(moving(builder, [x]), "x")


def test_nothing_moves_behind_a_step() -> None:
    builder = PlanBuilder()
    x = builder.place("input", "x", (2,), key="x")
    jump = builder.emit("step", x)
    builder.advance(moving(builder, [x]), "x")
    assert jump not in builder.finish().tangents


def test_a_tangent_takes_the_local_derivative_of_the_backward_pass() -> None:
    builder = PlanBuilder()
    x = builder.place("input", "x", (2,), key="x")
    goal = builder.emit("sigmoid", x)
    builder.differentiate(goal, inputs=True, fixed=True)
    builder.advance(moving(builder, [x]), "x")
    plan = builder.finish(goal)
    assert [instruction.operation for instruction in plan.tangent] == ["multiply"]
    assert plan.steps[0].locals[0] in plan.tangent[0].inputs
    assert "tangent" in str(plan)


def test_a_wrong_tangent_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    row = OPERATIONS["log_softmax"]
    wrong = type(row)(row.name, row.compute, row.form, row.rule, tangent=OPERATIONS["softmax"].tangent)
    monkeypatch.setitem(OPERATIONS, "log_softmax", wrong)
    with pytest.raises(AssertionError):
        test_forward_and_backward_agree("log_softmax", 2)
