"""Batch and layer normalisation: any shape, both modes, what they own, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from nnviz.document.document import first_values, wanted
from nnviz.document.edits import SetOptions
from nnviz.engine import clear
from nnviz.engine.builder import PlanBuilder
from nnviz.engine.workspace import Workspace
from nnviz.errors import ConfigError, DataError
from nnviz.graph import Edge, Graph, Node
from nnviz.learning.settings import TrainingSettings
from nnviz.lowering.explain import Reader
from nnviz.lowering.explain.normalised import backward_steps, forward_steps
from nnviz.lowering.kinds import NORMALISED
from nnviz.lowering.normalising import emit_normalisation, statistic_shapes
from nnviz.session.annotations import annotate
from nnviz.session.computing import Focus, forward, predict
from nnviz.session.derivatives import check_gradients
from nnviz.session.drawing import draw
from nnviz.session.shares import shares
from nnviz.session.walkthrough import walkthrough
from tests.lowering.drawings import example_of

Random = np.random.Generator
STEP = 1e-5
kinds = pytest.mark.parametrize("kind", NORMALISED)
TRAIN = Focus("all", mode="train")


def workspace_of(
    kind: str, rng: Random, *, training: bool, dtype: type = np.float64
) -> tuple[Workspace, dict[str, int]]:
    """One normalisation of a random shape, whose goal is its value times random numbers."""
    builder = PlanBuilder()
    builder.for_node("k")
    shape = tuple(rng.integers(1, 4, rng.integers(1, 4)).tolist())
    x = builder.place("input", "x", shape, key="x")
    affine = rng.choice(["trained", "fixed", "none"])
    node = Node("k", kind, options={"affine": str(affine), "epsilon": 0.01})
    out = emit_normalisation(builder, node, x)
    factor = builder.place("target", "f", shape, key="f")
    goal = builder.emit("multiply", out, factor)
    builder.differentiate(goal, inputs=True, fixed=True)
    workspace = Workspace(builder.finish(), int(rng.integers(2, 5)), dtype)
    workspace.parameters[:] = rng.normal(size=workspace.plan.size)
    workspace.statistics[:] = rng.uniform(0.3, 2.0, workspace.plan.statistics_size)
    for slot in (x, factor):
        workspace.views[slot][...] = rng.normal(size=workspace.views[slot].shape)
    clear.set_mode(workspace, training=training)
    return workspace, {"x": x, "out": out, "goal": goal}


def differences(workspace: Workspace, array: np.ndarray, goal: int) -> np.ndarray:
    found = np.empty_like(array)
    for index in np.ndindex(array.shape):
        before, sides = array[index], []
        for step in (STEP, -STEP):
            array[index] = before + step
            clear.forward(workspace)
            sides.append(workspace.views[goal].sum())
        array[index] = before
        found[index] = (sides[0] - sides[1]) / (2 * STEP)
    return found


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("seed", range(20))
@kinds
def test_gradients_are_central_differences_whatever_the_shape(kind: str, seed: int, training: bool) -> None:
    workspace, slots = workspace_of(kind, np.random.default_rng(seed), training=training)
    plan, views = workspace.plan, workspace.views
    wanted_slots = [slots["x"], *(segment.slot for segment in plan.segments if segment.trained)]
    numeric = [differences(workspace, views[slot], slots["goal"]) for slot in wanted_slots]
    clear.forward(workspace)
    clear.backward(workspace)
    assert views[slots["out"]].shape == views[slots["x"]].shape
    for slot, expected in zip(wanted_slots, numeric, strict=True):
        found = views[plan.gradients[slot]]
        assert found.shape == views[slot].shape
        assert np.all(np.abs(found - expected) <= 1e-7 * np.maximum(1.0, np.abs(found)))


@kinds
def test_float32_stays_float32(kind: str) -> None:
    workspace, slots = workspace_of(kind, np.random.default_rng(1), training=True, dtype=np.float32)
    clear.forward(workspace)
    clear.backward(workspace)
    assert all(view.dtype == np.float32 for view in workspace.views)
    assert clear.moved_statistics(workspace).dtype == np.float32
    assert np.isfinite(workspace.views[slots["out"]]).all()


@kinds
def test_what_comes_out_has_mean_0_and_variance_1(kind: str) -> None:
    document = SetOptions("k", {"affine": "none", "epsilon": 1e-300}).apply(example_of(kind, rows=5))
    out = forward(document, TRAIN).value("k")
    axis = 0 if kind == "batch_norm" else 1
    np.testing.assert_allclose(out.mean(axis), 0.0, atol=1e-12)
    np.testing.assert_allclose(out.var(axis), 1.0, rtol=1e-12)


def test_a_number_checked_by_hand() -> None:
    """Values 1 and 3: mean 2, variance 1, so that they become ∓ 1 / √1.00001; running 0.2 and 0.9 + 0.1 · 2 = 1.1."""
    builder = PlanBuilder()
    builder.for_node("k")
    x = builder.place("input", "x", (1,), key="x")
    out = emit_normalisation(builder, Node("k", "batch_norm", options={"affine": "none"}), x)
    workspace = Workspace(builder.finish(), 2)
    workspace.views[x][:, 0] = [1.0, 3.0]
    clear.set_mode(workspace, training=True)
    clear.forward(workspace)
    np.testing.assert_allclose(workspace.views[out][:, 0], np.array([-1.0, 1.0]) / np.sqrt(1.00001), rtol=1e-15)
    np.testing.assert_allclose(clear.moved_statistics(workspace), [0.2, 1.1], rtol=1e-15)
    clear.set_mode(workspace, training=False)
    clear.forward(workspace)
    np.testing.assert_allclose(workspace.views[out][:, 0], np.array([1.0, 3.0]) / np.sqrt(1.00001), rtol=1e-15)


def test_evaluation_is_not_touched_by_a_batch_that_overflows() -> None:
    document = example_of("batch_norm")
    far = predict(document, (1e300, 1e300))["k"]
    assert np.isfinite(far).all()


def test_a_copy_of_a_workspace_keeps_the_running_statistics() -> None:
    workspace = workspace_of("batch_norm", np.random.default_rng(2), training=False)[0]
    twin = workspace.copy()
    assert twin.statistics.tobytes() == workspace.statistics.tobytes()
    assert twin.statistics is not workspace.statistics


# told, drawn, checked in training too


@pytest.mark.parametrize("affine", ["trained", "fixed", "none"])
@pytest.mark.parametrize("focus", [Focus(), Focus("all"), TRAIN], ids=["one row", "all rows", "training"])
@kinds
def test_every_line_told_evaluates_to_the_engines_number(kind: str, focus: Focus, affine: str) -> None:
    document = SetOptions("k", {"affine": affine}).apply(example_of(kind))
    walk = walkthrough(document, focus)
    for step in walk.steps:
        assert len(step.formulas) <= 4, "the bar of the walkthrough shows four"
        for line in step.formulas:
            np.testing.assert_allclose(line.evaluate(), line.value, rtol=1e-11, atol=1e-13, err_msg=step.title)
            assert line.symbols(latex=True)
    titles = [step.title for step in walk.steps]
    assert ("Gradients of γ and β of k" in titles) == ("New γ and β of k" in titles) == (affine == "trained")
    assert ("Running statistics of k" in titles) == (kind == "batch_norm" and focus is TRAIN)


@pytest.mark.parametrize("focus", [Focus("all"), TRAIN], ids=["evaluation", "training"])
@kinds
def test_the_gradient_check_holds_in_both_modes(kind: str, focus: Focus) -> None:
    checked = check_gradients(example_of(kind, rows=5), focus)
    assert {"k.gain", "k.shift"} <= {each.key for each in checked}
    assert max(each.error for each in checked) < 1e-7


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 3, 2)])
@kinds
def test_the_lines_hold_for_examples_of_any_shape(kind: str, shape: tuple[int, ...], rows: int, training: bool) -> None:
    graph = Graph((Node("x", "input"), Node("k", kind)), (Edge("e", "x", "k"),))
    builder = PlanBuilder()
    x = builder.place("input", "x", shape, key="x")
    builder.mark("x", "a", x)
    builder.for_node("k")
    out = emit_normalisation(builder, graph.node("k"), x)
    builder.mark("k", "a", out)
    builder.for_node("")
    factor = builder.place("target", "f", shape, key="f")
    builder.differentiate(builder.emit("multiply", out, factor), inputs=True, fixed=True)
    workspace = Workspace(builder.finish(), rows)
    rng = np.random.default_rng(3)
    for array in (workspace.parameters, workspace.views[x], workspace.views[factor]):
        array[...] = rng.normal(size=array.shape)
    clear.set_mode(workspace, training=training)
    clear.forward(workspace)
    clear.backward(workspace)
    reader = Reader(graph, workspace)
    steps = [*forward_steps(reader, graph.node("k")), *backward_steps(reader, graph.node("k"))]
    lines = [line for step in steps for line in step.formulas]
    assert len(lines) == (10 if kind == "batch_norm" and not training else 12)
    for line in lines:
        np.testing.assert_allclose(line.evaluate(), line.value, rtol=1e-11, atol=1e-12, err_msg=line.symbols())


def test_evaluation_says_whose_statistics_it_takes() -> None:
    document = example_of("batch_norm")
    lines = [line.symbols() for step in walkthrough(document).steps for line in step.formulas]
    assert {"μ = running mean", "σ² = running variance"} <= set(lines)
    lines = [line.symbols() for step in walkthrough(document, TRAIN).steps for line in step.formulas]
    assert {"μ = mean a", "σ² = mean c²", "running mean⁺(k) = (1 − m) · running mean + m · μ"} <= set(lines)
    for focus, words in ((Focus(), "evaluation: normalised by running μ, σ²"), (TRAIN, "normalised over these rows")):
        assert words in draw(walkthrough(document, focus).annotator(0)).small_print


def test_one_line_after_the_other_becomes_known() -> None:
    walk = walkthrough(example_of("batch_norm"), TRAIN)
    steps = {step.title: index for index, step in enumerate(walk.steps)}
    plan = walk.trace.plan
    assert plan.marks["k", "mean"] not in walk.known(steps["Mean and variance for k"] - 1)
    assert plan.marks["k", "variance"] in walk.known(steps["Mean and variance for k"])
    assert plan.marks["k", "a"] not in walk.known(steps["Mean and variance for k"])
    assert plan.marks["k", "a"] in walk.known(steps["Value of k"])
    gain = plan.gradients[plan.by_key["k.gain"].slot]
    assert gain not in walk.known(steps["Gradients of γ and β of k"] - 1)
    assert gain in walk.known(steps["Gradients of γ and β of k"])


def test_an_update_shows_the_new_statistics() -> None:
    walk = walkthrough(example_of("batch_norm"), TRAIN)
    first, last = (
        {note.role: note.number for note in walk.annotator(index).all() if note.target == "k" and note.index == (0,)}
        for index in (0, len(walk.steps) - 1)
    )
    assert (first["running_mean"], first["running_variance"], first["gain"], first["shift"]) == (0.0, 1.0, 1.0, 0.0)
    assert 0.0 != last["running_mean"] == 0.1 * walk.trace.value("a").mean(0)[0]
    assert last["gain"] != 1.0


# what it owns


@kinds
def test_the_gain_begins_at_1_and_the_shift_at_0(kind: str) -> None:
    document = example_of(kind)
    specs = {spec.key: (spec.kind, spec.shape, spec.trained) for spec in wanted(document.graph)}
    assert specs["k.gain"] == ("gain", (2,), True)
    assert specs["k.shift"] == ("bias", (2,), True)
    assert document.parameters["k.gain"].tolist() == [1.0, 1.0]
    assert document.parameters["k.shift"].tolist() == [0.0, 0.0]
    fixed = SetOptions("k", {"affine": "fixed"}).apply(document)
    assert not any(spec.trained for spec in wanted(fixed.graph) if spec.key.startswith("k."))
    assert "k.gain" not in SetOptions("k", {"affine": "none"}).apply(document).parameters
    assert first_values(document, wanted(document.graph), []) == {}


def test_penalties_leave_gain_and_shift_alone() -> None:
    document = example_of("batch_norm")
    document = document.with_(training=replace(TrainingSettings(), l1=0.1, l2=0.2, l1_proximal=False))
    parts = shares(document, TRAIN)
    assert not parts["k.gain"].l1.any()
    assert not parts["k.gain"].l2.any()
    assert not parts["k.shift"].l2.any()
    assert parts["w1"].l2.any()


def test_which_statistics_there_are() -> None:
    assert statistic_shapes(example_of("batch_norm").graph) == {"k.mean": (2,), "k.variance": (2,)}
    assert statistic_shapes(example_of("layer_norm").graph) == {}


def test_notes_of_both() -> None:
    roles = {
        kind: {note.role for note in annotate(forward(example_of(kind))) if note.target == "k"} for kind in NORMALISED
    }
    assert roles["layer_norm"] == {"value", "node_gradient", "gain", "gain_gradient", "shift", "shift_gradient"}
    assert roles["batch_norm"] - roles["layer_norm"] == {"running_mean", "running_variance"}


# what is refused


def test_training_on_one_row_is_refused_where_it_is_shown() -> None:
    document = example_of("batch_norm")
    with pytest.raises(DataError, match="cannot train on a single row") as caught:
        forward(document, Focus(mode="train"))
    assert caught.value.ids == ("k",)
    assert "batch or all rows" in caught.value.hint
    assert forward(example_of("layer_norm"), Focus(mode="train")).loss > 0


@pytest.mark.parametrize(("option", "value"), [("epsilon", 0.0), ("momentum", 1.5), ("affine", "some")])
def test_options_have_ranges(option: str, value: float | str) -> None:
    with pytest.raises(ConfigError, match=option):
        SetOptions("k", {option: value}).apply(example_of("batch_norm"))
