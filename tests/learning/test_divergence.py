"""A run that meets a number that is not finite: stopped there, said in words, the last finite weights kept."""

from __future__ import annotations

import os
from functools import partial

import numpy as np
import pytest

from nnviz.conventions import Conventions
from nnviz.engine import clear
from nnviz.engine.optimizers import RULES, SGD, Adam, Optimizer, RMSProp, empty_memory
from nnviz.engine.workspace import Workspace, flatten
from nnviz.learning.examples import Examples
from nnviz.learning.fit import Training
from nnviz.learning.settings import TrainingSettings
from nnviz.learning.weights import all_finite
from tests.learning.runs import column, line, plan_of
from tests.oracle.graphs import Case, random_case

EPOCHS = 60
TRIALS = int(os.environ.get("NNVIZ_TRIALS", "60"))


def random_rule(rng: np.random.Generator) -> Optimizer:
    rate = float(10 ** rng.uniform(-1, 6))
    descents = [SGD, partial(SGD, momentum=0.9), partial(SGD, momentum=0.9, nesterov=True)]
    others = [*RULES.values(), partial(RMSProp, momentum=0.9), partial(RMSProp, centered=True)]
    rules = descents if rng.random() < 0.5 else others  # most others only crawl, however large the rate
    return rules[rng.integers(len(rules))](rate)


def straight(rng: np.random.Generator) -> Case:
    """A line through three points, whose weights grow by about the same factor each time."""
    graph, parameters = line(1.0, 0.5)
    inputs, targets = ({key: rng.normal(size=(3, 1))} for key in ("x", "loss"))
    return Case(graph, Conventions(), parameters, inputs, targets, {})


def replay(case: Case, rule: Optimizer, chances: dict[str, float]) -> tuple[int, str, bytes]:
    """Update by update with fresh workspaces: how many could be made, the node that could not, the weights before."""
    plan = case.plan
    flat = flatten(plan, case.parameters)
    memory = empty_memory(rule, plan.trained_size, flat.dtype)
    examples = Examples(case.inputs, case.targets)
    for step in range(EPOCHS):
        workspace = Workspace(plan, examples.rows)
        workspace.parameters[:] = flat
        workspace.load(case.inputs, case.targets)
        clear.set_mode(workspace, chances, training=True, seed=0, step=step)
        clear.forward(workspace)
        clear.backward(workspace)
        if not (np.isfinite(workspace.views[plan.loss]) and np.isfinite(workspace.gradient).all()):
            for each in plan.forward + plan.backward:
                if not np.isfinite(workspace.views[each.output]).all():
                    return step, each.node, flat.tobytes()
        after = flat.copy()
        later = {slot: array.copy() for slot, array in memory.items()}
        with np.errstate(all="ignore"):
            rule.update(after[: plan.trained_size], workspace.gradient, later, step + 1)
        for array in (after[: plan.trained_size], *later.values()):
            if not np.isfinite(array).all():
                wrong = int(np.flatnonzero(~np.isfinite(array))[0])
                layer = next(each.layer for each in plan.segments if each.start <= wrong < each.stop)
                return step, layer, flat.tobytes()
        flat, memory = after, later
    return EPOCHS, "", flat.tobytes()


def trial(seed: int) -> tuple[Training, tuple[int, str, bytes]]:
    rng = np.random.default_rng([seed, 7])
    case, rule = (straight(rng) if seed % 3 == 0 else random_case(seed)), random_rule(rng)
    chances = {node.id: 0.4 for node in case.graph.nodes if node.kind == "dropout"}
    settings = TrainingSettings(rule, EPOCHS)
    training = Training(
        case.plan, Examples(case.inputs, case.targets), settings, case.parameters, seed=0, dropout=chances
    )
    return training, replay(case, rule, chances)


@pytest.mark.parametrize("seed", range(TRIALS))
def test_the_last_finite_weights_stay_and_step_and_node_are_named(seed: int) -> None:
    training, (step, node, kept) = trial(seed)
    reports = list(training)
    assert flatten(training.plan, training.parameters).tobytes() == kept
    assert training.state.step == reports[-1].step == step
    if step == EPOCHS:
        assert (training.stopped, training.error) == ("finished", None)
        return
    assert training.stopped == reports[-1].stopped == training.record().stopped == "diverged"
    assert f"update {step + 1}, node {node}, learning rate " in str(training.error)
    assert training.error.ids == (node,)
    state = training.state
    assert all(np.isfinite(a).all() for arrays in state.memory.values() for a in arrays.values())
    assert np.isfinite(training.record().training).all()


def test_the_trials_hold_both_ends() -> None:
    steps = [trial(seed)[1][0] for seed in range(120)]
    assert sum(step < EPOCHS for step in steps) > 15
    assert sum(step == EPOCHS for step in steps) > 15
    assert sum(10 < step < EPOCHS for step in steps) >= 5


def test_the_message_tells_what_to_do() -> None:
    graph, parameters = line(1.0)
    settings = TrainingSettings(SGD(1e6), 100)
    training = Training(
        plan_of(graph), Examples({"x": column(3.0)}, {"loss": column(1.0)}), settings, parameters, seed=0
    )
    last = list(training)[-1]
    assert str(training.error) == (
        f"A number was not finite, and training stopped (update {last.step + 1}, node loss, learning rate 1000000). "
        "The last finite weights are kept. Try a smaller learning rate, or smaller inputs."
    )
    assert np.isfinite(training.parameters["w1"]).all()
    assert (last.loss, last.finished) == (None, False)


def test_going_on_after_divergence_diverges_at_the_same_place() -> None:
    graph, parameters = line(1.0)
    settings = TrainingSettings(SGD(1e6), 100)
    examples = Examples({"x": column(3.0)}, {"loss": column(1.0)})
    first = Training(plan_of(graph), examples, settings, parameters, seed=0)
    list(first)
    second = Training(plan_of(graph), examples, settings, first.parameters, seed=0, state=first.state)
    (report,) = second
    assert (report.stopped, str(second.error)) == ("diverged", str(first.error))


def test_the_memory_alone_may_overflow() -> None:
    """g² is infinite though g and w are finite."""
    graph, parameters = line(0.0)
    examples = Examples({"x": column(1e100)}, {"loss": column(1e100)})
    training = Training(plan_of(graph), examples, TrainingSettings(Adam(0.1), 5), parameters, seed=0)
    (report,) = training
    assert (report.stopped, report.step) == ("diverged", 0)
    assert "update 1, node p" in str(training.error)
    assert training.parameters["w1"].item() == 0.0


@pytest.mark.parametrize(
    ("numbers", "finite"),
    [
        ([], True),
        ([1.0, -2.0], True),
        ([1e200, 1e300], True),
        ([1.0, np.inf], False),
        ([np.nan], False),
        ([-np.inf, np.inf], False),
    ],
)
def test_large_numbers_are_finite(numbers: list[float], finite: bool) -> None:
    with np.errstate(all="ignore"):
        assert all_finite(np.array(numbers)) == finite
