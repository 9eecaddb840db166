"""A run that meets a number that is not finite: stopped there, said in words, the last finite weights kept."""

from __future__ import annotations

import os
from functools import partial
from math import cos, pi, sqrt

import numpy as np
import pytest
from msgspec.structs import replace

from nnviz import rng as draws
from nnviz.conventions import Conventions
from nnviz.engine import clear
from nnviz.engine.optimizers import RULES, SGD, Adam, Optimizer, RMSProp, empty_memory
from nnviz.engine.workspace import Workspace, flatten
from nnviz.learning.clipping import ClipNorm, ClipValue
from nnviz.learning.evaluation import is_mean
from nnviz.learning.examples import Examples
from nnviz.learning.fit import Training
from nnviz.learning.schedules import SCHEDULES, Constant, Cosine, Exponential, Plateau, Steps, WarmUp
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


def random_settings(rng: np.random.Generator) -> TrainingSettings:
    """A rule, and each of the rest in a third of all settings."""

    def perhaps(*choices):
        return choices[rng.integers(len(choices))] if rng.random() < 1 / 3 else None

    return TrainingSettings(
        random_rule(rng),
        EPOCHS,
        batch_size=perhaps(1, 2) or 0,
        shuffle=bool(rng.integers(2)),
        l1=perhaps(1e-3, 1.0) or 0.0,
        l1_proximal=bool(rng.integers(2)),
        l2=perhaps(1e-3, 1.0, 1e3) or 0.0,
        clip=perhaps(ClipValue(1e3), ClipNorm(1e-2), ClipNorm(1e4)),
        schedule=perhaps(Steps(5, 0.5), Exponential(0.9), Cosine(20), Plateau(0.5, 2)) or Constant(),
        warm_up=perhaps(WarmUp(8, 0.01)),
    )


def straight(rng: np.random.Generator) -> Case:
    """A line through three points, whose weights grow by about the same factor each time."""
    graph, parameters = line(1.0, 0.5)
    inputs, targets = ({key: rng.normal(size=(3, 1))} for key in ("x", "loss"))
    return Case(graph, Conventions(), parameters, inputs, targets, {})


class Replay:
    """A run once more in the plainest way: a fresh workspace an update, every formula written out again.

    Attributes
    ----------
    step, node : updates that could be made, and the node that could not; empty if all could.
    flat : the parameters before that.
    """

    def __init__(self, case: Case, settings: TrainingSettings, chances: dict[str, float]) -> None:
        self.plan, self.settings, self.chances = case.plan, settings, chances
        self.examples = Examples(case.inputs, case.targets)
        self.flat = flatten(self.plan, case.parameters)
        self.memory = empty_memory(settings.optimizer, self.plan.trained_size, self.flat.dtype)
        self.statistics = Workspace(self.plan, 1).statistics
        self.step, self.node = 0, ""
        self.loss, self.best, self.waited, self.share = 0.0, np.inf, 0, 1.0
        with np.errstate(all="ignore"):
            self.run()

    def run(self) -> None:
        rows = self.examples.rows
        size = min(self.settings.batch_size or rows, rows)
        for epoch in range(EPOCHS):
            shuffled = self.settings.shuffle and size < rows
            order = draws.permutation(rows, 0, "order", epoch) if shuffled else np.arange(rows)
            losses, rate = [], self.rate(epoch)
            for start in range(0, rows, size):
                batch = self.examples.take(order[start : start + size])
                if not self.update(batch, rate):
                    return
                losses.append(self.loss * (batch.rows if is_mean(self.plan) else 1))
            self.see(epoch, sum(losses) / (rows if is_mean(self.plan) else 1))

    def rate(self, epoch: int) -> float:
        """η in force, by the formulas of the documentation."""
        warm, schedule, lr = self.settings.warm_up, self.settings.schedule, self.settings.optimizer.lr
        epochs = warm.epochs if warm else 0
        after = max(epoch - epochs, 0)
        rate = {
            Constant: lambda: lr,
            Steps: lambda: lr * schedule.factor ** (after // schedule.every),
            Exponential: lambda: lr * schedule.factor**after,
            Cosine: lambda: lr * (1.0 + cos(pi * (after % (2 * schedule.epochs)) / schedule.epochs)) / 2.0,
            Plateau: lambda: lr * self.share,
        }[type(schedule)]()
        return rate * (warm.start + (1.0 - warm.start) * epoch / epochs) if warm and epoch < epochs else rate

    def see(self, epoch: int, loss: float) -> None:
        """What a plateau makes of an epoch's loss."""
        schedule, warm = self.settings.schedule, self.settings.warm_up
        if not isinstance(schedule, Plateau) or (warm and epoch < warm.epochs):
            return
        better = loss < self.best * (1.0 - schedule.threshold)
        self.best, self.waited = (loss, 0) if better else (self.best, self.waited + 1)
        if self.waited > schedule.patience:
            lr, self.waited = self.settings.optimizer.lr, 0
            now, new = lr * self.share, lr * self.share * schedule.factor
            self.share = new / lr if now - new > 1e-8 else self.share

    def update(self, batch: Examples, rate: float) -> bool:
        """One update; gives whether all stayed finite, and else notes the node."""
        plan, settings = self.plan, self.settings
        workspace = Workspace(plan, batch.rows)
        workspace.parameters[:] = self.flat
        workspace.statistics[:] = self.statistics
        workspace.load(batch.inputs, batch.targets)
        clear.set_mode(workspace, self.chances, training=True, seed=0, step=self.step)
        clear.forward(workspace)
        clear.backward(workspace)
        self.loss = float(workspace.views[plan.loss])
        after, later = self.flat.copy(), {slot: array.copy() for slot, array in self.memory.items()}
        weights = after[: plan.trained_size]
        gradient = workspace.gradient + 2.0 * settings.l2 * weights * plan.weight_mask
        if not settings.l1_proximal:
            gradient = gradient + settings.l1 * np.sign(weights) * plan.weight_mask
        statistics = self.moved(workspace)
        if not (np.isfinite(self.loss) and np.isfinite(gradient).all() and np.isfinite(statistics).all()):
            made = plan.forward + plan.backward
            wrong = [each.node for each in made if not np.isfinite(workspace.views[each.output]).all()]
            self.node = wrong[0] if wrong else self.layer(gradient)
            return False
        replace(settings.optimizer, lr=rate).update(weights, self.clipped(gradient), later, self.step + 1)
        if settings.l1 and settings.l1_proximal:
            threshold = rate * settings.l1
            pulled = np.where(np.abs(weights) <= threshold, 0.0, weights - np.sign(weights) * threshold)
            weights[:] = np.where(plan.weight_mask == 1.0, pulled, weights)
        for array in (weights, *later.values()):
            if not np.isfinite(array).all():
                self.node = self.layer(array)
                return False
        self.flat, self.memory, self.step, self.statistics = after, later, self.step + 1, statistics
        return True

    def moved(self, workspace: Workspace) -> np.ndarray:
        """Running statistics after the update: a share m of those of the batch, its variance unbiased."""
        moved = self.statistics.copy()
        for each in self.plan.statistics:
            count = workspace.rows * each.positions
            unbiased = count / (count - 1) if each.corrected else 1.0
            batch = workspace.views[each.batch].reshape(-1)
            place = slice(each.start, each.stop)
            moved[place] = moved[place] * (1.0 - each.momentum) + each.momentum * unbiased * batch
        return moved

    def clipped(self, gradient: np.ndarray) -> np.ndarray:
        clip = self.settings.clip
        if isinstance(clip, ClipNorm):
            largest = np.abs(gradient).max(initial=0.0)
            squares = sqrt(float(gradient.dot(gradient)))
            if np.isinf(squares):
                squares = float(largest) * sqrt(float(np.square(gradient / largest).sum()))
            return gradient * min(1.0, clip.limit / (squares + 1e-6))
        return np.minimum(np.maximum(gradient, -clip.limit), clip.limit) if clip else gradient

    def layer(self, array: np.ndarray) -> str:
        wrong = int(np.flatnonzero(~np.isfinite(array))[0])
        return next(each.layer for each in self.plan.segments if each.start <= wrong < each.stop)


def trial(seed: int) -> tuple[Training, Replay]:
    rng = np.random.default_rng([seed, 7])
    case = straight(rng) if seed % 3 == 0 else random_case(seed, every_kind=bool(seed % 2))
    settings = random_settings(rng)
    if case.plan.statistics:  # a batch of one row cannot be normalised
        case = random_case(seed) if len(next(iter(case.inputs.values()))) == 1 else case
        settings = replace(settings, batch_size=0)
    chances = {node.id: 0.4 for node in case.graph.nodes if node.kind == "dropout"}
    training = Training(
        case.plan, Examples(case.inputs, case.targets), settings, case.parameters, seed=0, dropout=chances
    )
    return training, Replay(case, settings, chances)


@pytest.mark.parametrize("seed", range(TRIALS))
def test_the_last_finite_weights_stay_and_step_and_node_are_named(seed: int) -> None:
    training, replay = trial(seed)
    reports = list(training)
    assert flatten(training.plan, training.parameters).tobytes() == replay.flat.tobytes()
    assert training.state.step == reports[-1].step == replay.step
    if not replay.node:
        assert (training.stopped, training.error) == ("finished", None)
        return
    assert training.stopped == reports[-1].stopped == training.record().stopped == "diverged"
    assert f"update {replay.step + 1}, node {replay.node}, learning rate " in str(training.error)
    assert training.error.ids == (replay.node,)
    state = training.state
    assert all(np.isfinite(a).all() for arrays in state.memory.values() for a in arrays.values())
    assert np.isfinite(training.record().training).all()


def test_the_trials_hold_both_ends_and_everything_that_is_varied() -> None:
    trials = [trial(seed) for seed in range(120)]
    assert sum(bool(replay.node) for _, replay in trials) > 15
    assert sum(not replay.node for _, replay in trials) > 15
    assert sum(bool(replay.node) and replay.step > 10 for _, replay in trials) >= 5
    settings = [training.settings for training, _ in trials]
    assert {type(each.schedule) for each in settings} == set(SCHEDULES)
    assert {type(each.clip) for each in settings} == {ClipValue, ClipNorm, type(None)}
    assert {type(each.optimizer) for each in settings} == set(RULES.values())
    for name in ("l1", "l2", "warm_up", "batch_size"):
        assert sum(bool(getattr(each, name)) for each in settings) > 15
    assert sum(bool(training.plan.slots_of("mask")) for training, _ in trials) > 10


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
