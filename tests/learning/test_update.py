"""One update in its order: penalties, clipping, rule, proximal step, max-norm; and runs with all of it, interrupted."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace

from nnviz.document.document import same
from nnviz.document.edits import ApplyRun
from nnviz.engine.optimizers import RULES, SGD, Adagrad, Adam, Optimizer, RMSProp, empty_memory
from nnviz.engine.penalties import l1_gradient, l2_gradient, project, shrink, units_of
from nnviz.engine.workspace import flatten
from nnviz.errors import ConfigError
from nnviz.graph import Edge, Graph, Node
from nnviz.learning.clipping import ClipNorm, ClipValue, length
from nnviz.learning.examples import Examples
from nnviz.learning.fit import Training
from nnviz.learning.schedules import Constant, Cosine, Exponential, Plateau, Plateaued, Schedule, Steps, WarmUp
from nnviz.learning.settings import TrainingSettings, TrainingState
from nnviz.learning.update import Update
from nnviz.session.session import Session
from nnviz.session.training import training_of
from tests.learning.runs import NOISY, bits, column, line, noisy, noisy_examples, plan_of
from tests.learning.test_fit import state_bits
from tests.networks import mazur

PLAN = plan_of(NOISY)
RULES_AT_WORK: list[Optimizer] = [
    *(rule(lr=0.01) for rule in RULES.values()),
    SGD(0.01, 0.9),
    SGD(0.01, 0.9, True),
    Adagrad(0.1, lr_decay=0.1, initial=0.5),
    RMSProp(0.01, centered=True, momentum=0.5),
]
EVERYTHING = TrainingSettings(
    epochs=4,
    batch_size=6,
    l1=0.003,
    l2=0.01,
    max_norm=0.8,
    clip=ClipNorm(0.5),
    schedule=Plateau(0.5, patience=0, threshold=0.3),
    warm_up=WarmUp(1, 0.5),
)


def one_update(settings: TrainingSettings, gradient: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Weights before and after a first update from N(0, 1)."""
    rng = np.random.default_rng(3)
    weights = rng.normal(size=PLAN.trained_size)
    gradient = rng.normal(size=PLAN.trained_size) if gradient is None else gradient
    before, update = weights.copy(), Update(PLAN, settings)
    memory = empty_memory(settings.optimizer, len(weights), weights.dtype)
    update.make(weights, update.penalised(weights, gradient), memory, 1)
    return before, weights


# --- the order


def test_the_order_of_an_update() -> None:
    """Written down once more: gradient, penalties, clipping, rule, proximal step, max-norm."""
    settings = replace(EVERYTHING, optimizer=SGD(0.1), schedule=Constant(), warm_up=None)
    rng = np.random.default_rng(3)
    weights = rng.normal(size=PLAN.trained_size)
    gradient = rng.normal(size=PLAN.trained_size)
    mask = PLAN.weight_mask == 1
    g = gradient + np.where(mask, 2 * 0.01 * weights, 0)
    g = g * min(1, 0.5 / (np.sqrt(np.sum(g**2)) + 1e-6))
    expected = weights - 0.1 * g
    expected[mask] = np.sign(expected[mask]) * np.maximum(np.abs(expected[mask]) - 0.1 * 0.003, 0)
    for unit in range(units_of(PLAN).max() + 1):
        mine = units_of(PLAN) == unit
        expected[mine] *= min(1, 0.8 / np.sqrt(np.sum(expected[mine] ** 2)))
    _, after = one_update(settings, gradient)
    np.testing.assert_allclose(after, expected, rtol=1e-13)


def test_a_sub_gradient_is_clipped_with_the_rest() -> None:
    settings = TrainingSettings(SGD(1.0), l1=5.0, l1_proximal=False, clip=ClipValue(0.25))
    before, after = one_update(settings, np.zeros(PLAN.trained_size))
    expected = before - 0.25 * np.sign(before) * PLAN.weight_mask
    np.testing.assert_allclose(after, expected, rtol=1e-15)


def test_biases_are_left_alone_by_penalties_and_max_norm() -> None:
    settings = TrainingSettings(SGD(0.1), l1=0.5, l2=0.5, max_norm=0.01)
    before, after = one_update(settings, np.zeros(PLAN.trained_size))
    biases = PLAN.weight_mask == 0
    assert biases.any()
    assert after[biases].tobytes() == before[biases].tobytes()
    assert (after[~biases] != before[~biases]).all()


@pytest.mark.parametrize("schedule", [Exponential(0.5), Constant()])
def test_the_proximal_step_is_taken_at_the_rate_in_force(schedule: Schedule) -> None:
    update = Update(PLAN, TrainingSettings(SGD(0.2), l1=0.5, schedule=schedule))
    update.begin_epoch(1, Plateaued())
    rate = 0.1 if schedule == Exponential(0.5) else 0.2
    assert (update.optimizer.lr, update.threshold) == (rate, rate * 0.5)


# --- L1


def test_the_proximal_step_gives_exact_zeros_and_the_sub_gradient_none() -> None:
    settings = TrainingSettings(SGD(0.05), epochs=60, batch_size=6, l1=0.05)
    proximal, plain = noisy(settings), noisy(replace(settings, l1_proximal=False))
    list(proximal)
    list(plain)
    weights, others = (flatten(PLAN, run.parameters)[: PLAN.trained_size] for run in (proximal, plain))
    mask = PLAN.weight_mask == 1
    assert np.count_nonzero(weights[mask] == 0.0) >= 5
    assert not np.signbit(weights[weights == 0.0]).any()
    assert np.count_nonzero(others[mask] == 0.0) == 0


def test_shrinking_keeps_what_is_no_number() -> None:
    weights = np.array([3.0, -3.0, 0.5, -0.5, np.nan, np.inf, 0.5])
    shrink(weights, np.array([1.0, 1, 1, 1, 1, 1, 0]), 1.0)
    np.testing.assert_array_equal(weights, [2.0, -2.0, 0.0, 0.0, np.nan, np.inf, 0.5])


def test_with_l1_a_minimum_is_where_the_proximal_operator_says() -> None:
    """J = (w − 1)² + λ|w| is least at 1 − λ/2, for L1 either way."""
    graph, parameters = line(0.3)
    examples = Examples({"x": column(1.0)}, {"loss": column(1.0)})
    for proximal in (True, False):
        settings = TrainingSettings(SGD(0.1), 200, l1=0.5, l1_proximal=proximal)
        training = Training(plan_of(graph), examples, settings, parameters, seed=0)
        last = list(training)[-1]
        assert training.parameters["w1"].item() == pytest.approx(0.75, rel=1e-12)
        assert last.penalty == pytest.approx(0.5 * 0.75, rel=1e-12)


# --- max-norm


def test_max_norm_holds_after_every_update() -> None:
    training = noisy(TrainingSettings(SGD(0.5), epochs=5, batch_size=6, max_norm=0.7), slice_seconds=0.0)
    units, reached = units_of(PLAN), 0
    for _ in training:
        weights = flatten(PLAN, training.parameters)[: PLAN.trained_size]
        norms = np.sqrt(np.bincount(units[units >= 0], weights[units >= 0] ** 2))
        assert norms.max() <= 0.7 * (1 + 1e-15) + 1e-15
        reached += norms.max() > 0.7 * (1 - 1e-12)
    assert reached > 10


def test_the_units_are_those_of_the_target_of_an_edge() -> None:
    graph = Graph(
        (Node("x", "input", options={"units": 2}), Node("y", "input"), Node("d", "dense", options={"units": 3})),
        (Edge("w", "x", "d"), Edge("v", "y", "d")),
    )
    assert units_of(plan_of(graph)).tolist() == [0, 1, 2, 0, 1, 2, 0, 1, 2, -1, -1, -1]


def test_max_norm_of_large_numbers_and_of_none() -> None:
    weights = np.array([3e300, 4e300, 0.0, 7.0])
    project(weights, np.array([0, 0, 1, -1]), 10.0)
    np.testing.assert_allclose(weights, [6.0, 8.0, 0.0, 7.0], rtol=1e-15)
    for odd in (np.array([np.inf, 1.0]), np.array([np.nan, 1.0])):
        with np.errstate(invalid="ignore"):
            project(odd, np.array([0, 0]), 1.0)
        assert not np.isfinite(odd).all()
    nothing = np.zeros(2)
    project(nothing, np.array([0, -1]), 1.0)
    assert nothing.tolist() == [0, 0]


# --- clipping


def test_the_length_of_a_gradient_whose_squares_overflow() -> None:
    assert length(np.array([3e200, 4e200])) == pytest.approx(5e200, rel=1e-15)
    assert length(np.array([3.0, 4.0])) == 5.0
    assert ClipNorm(1.0).clipped(np.array([3e200, -4e200])) == pytest.approx([0.6, -0.8], rel=1e-15)


def test_clipping_is_off_by_default_and_a_limit_that_is_not_reached_changes_nothing() -> None:
    plain, wide, narrow = (
        noisy(TrainingSettings(SGD(0.1), epochs=2, clip=clip)) for clip in (None, ClipNorm(1e6), ClipNorm(1e-3))
    )
    for run in (plain, wide, narrow):
        list(run)
    assert bits(plain.parameters) == bits(wide.parameters) != bits(narrow.parameters)


def test_a_clipped_run_moves_no_further_than_it_may() -> None:
    run = noisy(TrainingSettings(SGD(0.1), epochs=1, batch_size=0, clip=ClipNorm(1e-3)))
    begin = flatten(PLAN, run.parameters)
    list(run)
    moved = np.linalg.norm(flatten(PLAN, run.parameters) - begin)
    assert moved == pytest.approx(0.1 * 1e-3, rel=1e-2)


# --- shares


def test_data_and_penalties_are_reported_apart_and_add_up() -> None:
    settings = TrainingSettings(l1=0.3, l2=0.2, l1_proximal=False)
    rng = np.random.default_rng(0)
    weights, gradient = rng.normal(size=(2, PLAN.trained_size))
    weights[0] = 0.0
    update = Update(PLAN, settings)
    shares = update.shares(weights, gradient)
    np.testing.assert_array_equal(shares.data, gradient)
    np.testing.assert_array_equal(shares.l1, l1_gradient(weights, PLAN.weight_mask, 0.3))
    np.testing.assert_array_equal(shares.l2, l2_gradient(weights, PLAN.weight_mask, 0.2))
    np.testing.assert_allclose(sum(shares), update.penalised(weights, gradient), rtol=1e-14)
    mask = PLAN.weight_mask
    cost = 0.3 * np.abs(weights[mask == 1]).sum() + 0.2 * np.square(weights[mask == 1]).sum()
    assert update.penalty(weights) == pytest.approx(cost, rel=1e-14)


def test_a_penalty_is_the_derivative_of_its_cost() -> None:
    rng = np.random.default_rng(5)
    weights = rng.normal(size=PLAN.trained_size)
    update = Update(PLAN, TrainingSettings(l1=0.3, l2=0.2))
    shares = update.shares(weights, np.zeros_like(weights))
    for place in range(0, len(weights), 5):
        step = np.zeros_like(weights)
        step[place] = 1e-6
        slope = (update.penalty(weights + step) - update.penalty(weights - step)) / 2e-6
        assert shares.l1[place] + shares.l2[place] == pytest.approx(slope, rel=1e-7, abs=1e-9)


# --- schedules in a run


def test_the_report_tells_the_rate_in_force() -> None:
    settings = TrainingSettings(SGD(0.1), epochs=6, batch_size=6, schedule=Steps(2, 0.5), warm_up=WarmUp(2, 0.5))
    reports = list(noisy(settings, slice_seconds=0.0))
    found = [{round(r.rate, 15) for r in reports if r.epoch == epoch} for epoch in range(1, 7)]
    assert found == [{0.05}, {0.075}, {0.1}, {0.1}, {0.05}, {0.05}]


def test_a_rate_changes_what_is_learnt_as_a_run_at_that_rate_would() -> None:
    falling = noisy(TrainingSettings(SGD(0.1), epochs=2, batch_size=6, schedule=Steps(1, 0.25)))
    first = noisy(TrainingSettings(SGD(0.1), epochs=1, batch_size=6))
    list(falling)
    list(first)
    second = noisy(TrainingSettings(SGD(0.025), epochs=1, batch_size=6), parameters=first.parameters, state=first.state)
    list(second)
    assert bits(falling.parameters) == bits(second.parameters)


def test_a_plateau_watches_validation_where_there_is_some_else_training() -> None:
    settings = TrainingSettings(SGD(0.1), epochs=8, batch_size=6, schedule=Plateau(0.5, patience=0, threshold=0.9))
    for validation in (None, noisy_examples(9, seed=1)):
        run = noisy(settings, validation=validation)
        reports = list(run)
        seen, rates = Plateaued(), []
        for report in reports:
            rates.append(settings.schedule.rate(0.1, 0, seen))
            loss = report.loss if validation is None else report.validation
            seen = settings.schedule.saw(seen, 0.1, loss)
        assert [report.rate for report in reports] == rates
        assert len(set(rates)) > 2
        assert run.state.plateau == seen


def test_a_plateau_ignores_the_warm_up() -> None:
    settings = TrainingSettings(SGD(0.1), epochs=3, schedule=Plateau(), warm_up=WarmUp(3))
    run = noisy(settings)
    list(run)
    assert run.state.plateau == Plateaued()


def test_divergence_names_the_rate_in_force() -> None:
    graph, parameters = line(1.0)
    examples = Examples({"x": column(3.0)}, {"loss": column(1.0)})
    settings = TrainingSettings(SGD(1e6), 500, schedule=Steps(10, 0.5))
    training = Training(plan_of(graph), examples, settings, parameters, seed=0)
    last = list(training)[-1]
    assert last.step > 20
    assert f"learning rate {1e6 * 0.5 ** (last.step // 10):.0f}" in str(training.error)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Steps(every=0),
        lambda: Steps(factor=0.0),
        lambda: Exponential(factor=1.5),
        lambda: Cosine(epochs=0),
        lambda: Cosine(lowest=-1.0),
        lambda: Plateau(threshold=1.0),
        lambda: Plateau(patience=-1),
        lambda: WarmUp(epochs=0),
        lambda: WarmUp(start=0.0),
        lambda: ClipValue(0.0),
        lambda: ClipNorm(float("inf")),
        lambda: Plateaued(share=2.0),
        lambda: TrainingSettings(l1=-1e-9),
        lambda: TrainingSettings(max_norm=float("nan")),
    ],
)
def test_what_settings_refuse(make) -> None:
    with pytest.raises(ConfigError, match="is out of range"):
        make()


# --- interrupted


@pytest.mark.parametrize("rule", RULES_AT_WORK, ids=repr)
def test_a_run_of_every_rule_goes_on_as_if_it_had_not_been_stopped(rule: Optimizer) -> None:
    settings = replace(EVERYTHING, optimizer=rule)
    whole = noisy(settings)
    rates = {report.epoch: report.rate for report in whole}
    assert len(set(rates.values())) > 1
    for after in (1, 4, 7, 11, 15):
        first = noisy(settings, slice_seconds=0.0)
        for _ in range(after):
            next(first)
        first.stop()
        list(first)
        rest = replace(settings, epochs=4 - first.state.epoch)
        second = noisy(rest, parameters=first.parameters, state=first.state)
        assert all(report.rate == rates[report.epoch] for report in second)
        assert bits(second.parameters) == bits(whole.parameters)
        assert state_bits(second.state) == state_bits(whole.state)


@pytest.mark.parametrize("rule", RULES_AT_WORK, ids=repr)
def test_undo_takes_the_memory_back_and_redo_brings_it_again(rule: Optimizer) -> None:
    session = Session(mazur("trained").with_(training=replace(EVERYTHING, optimizer=rule)))
    documents = [session.document]
    for _ in range(3):
        run = training_of(session.document)
        list(run)
        session.do(ApplyRun(run.parameters, run.state, run.record()))
        documents.append(session.document)
    for document in reversed(documents[:-1]):
        session.undo()
        assert same(session.document, document)
    for document in documents[1:]:
        again = training_of(session.document)
        list(again)
        assert bits(again.parameters) == bits(document.parameters)
        assert state_bits(again.state) == state_bits(document.state)
        session.redo()
        assert same(session.document, document)


def test_the_state_of_a_plateau_stands_in_a_file() -> None:
    run = noisy(replace(EVERYTHING, optimizer=Adam(0.01)))
    list(run)
    kept = msgspec.json.decode(msgspec.json.encode(run.state.plateau), type=Plateaued)
    assert kept == run.state.plateau != Plateaued()
    assert TrainingState().plateau == Plateaued()


def test_settings_of_an_older_file_still_load() -> None:
    older = (
        b'{"optimizer": {"rule": "sgd", "lr": 0.5, "momentum": 0.0}, "epochs": 7, "batch_size": 0, "shuffle": true,'
        b' "l2": 0.1, "early_stopping": null, "sigma": 0.25}'
    )
    read = msgspec.json.decode(older, type=TrainingSettings)
    assert read == TrainingSettings(SGD(0.5), 7, l2=0.1, sigma=0.25)
