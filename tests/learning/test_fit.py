"""Training as an iterator of reports: what it tells, how it ends, how it goes on."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from nnviz.engine import clear
from nnviz.engine.optimizers import SGD, Adam
from nnviz.engine.penalties import l2_gradient
from nnviz.engine.workspace import Workspace, flatten
from nnviz.errors import ConfigError, DataError, GraphError
from nnviz.graph import Graph, Node
from nnviz.learning.examples import Examples
from nnviz.learning.fit import Training
from nnviz.learning.settings import EarlyStopping, TrainingSettings, TrainingState
from tests.learning.runs import (
    NOISY,
    bits,
    chain,
    column,
    first_values,
    line,
    noisy,
    noisy_examples,
    plan_of,
)

SETTINGS = [
    TrainingSettings(SGD(0.1), epochs=4, batch_size=5),
    TrainingSettings(SGD(0.1, momentum=0.9), epochs=4, batch_size=7, shuffle=False),
    TrainingSettings(Adam(0.01), epochs=4, batch_size=6, l2=0.01),
    TrainingSettings(Adam(0.01), epochs=4),
]
IDS = ["sgd", "momentum", "adam", "all at once"]


# --- what a report tells


def test_reports_of_a_whole_run() -> None:
    training = noisy(SETTINGS[0], validation=noisy_examples(9, seed=1))
    reports = list(training)
    assert [r.epoch for r in reports] == [1, 2, 3, 4]
    assert [r.step for r in reports] == [5, 10, 15, 20]
    assert [r.progress for r in reports] == [0.25, 0.5, 0.75, 1.0]
    assert all(r.finished and r.epochs == 4 and r.rate == 0.1 and r.penalty == 0 for r in reports)
    assert [r.stopped for r in reports] == [None, None, None, "finished"]
    assert all(0 <= r.metrics["accuracy"] <= 1 for r in reports)
    record = training.record()
    assert record.training.tolist() == [r.loss for r in reports]
    assert record.validation.tolist() == [r.validation for r in reports]
    assert record.best_epoch == 1 + int(np.argmin(record.validation))
    assert (record.executor, record.dtype, record.stopped, record.seed) == ("clear", "float64", "finished", 4)
    assert (record.first_epoch, record.settings) == (0, SETTINGS[0])
    assert record.threads >= 1


def test_without_validation_rows() -> None:
    training = noisy(SETTINGS[0])
    assert all(r.validation is None and r.metrics == {} for r in training)
    assert (len(training.record().validation), training.record().best_epoch) == (0, 0)


@pytest.mark.parametrize("settings", SETTINGS, ids=IDS)
@pytest.mark.parametrize("examples", ["mean", "sum"])
def test_every_number_by_an_independent_replay(settings: TrainingSettings, examples: str) -> None:
    """Batches, order, dropout, penalty, updates and the running loss, written down once more in the plainest way."""
    from nnviz import rng

    plan, whole, seed = plan_of(NOISY, examples=examples), noisy_examples(), 9
    training = Training(plan, whole, settings, first_values(NOISY, 2), seed=seed, dropout={"drop": 0.3})
    reports = list(training)
    flat = flatten(plan, first_values(NOISY, 2))
    weights = flat[: plan.trained_size]
    memory = {slot: np.zeros_like(weights) for slot in settings.optimizer.slots}
    size, step = settings.batch_size or 23, 0
    for epoch in range(4):
        order = rng.permutation(23, seed, "order", epoch) if settings.shuffle and size < 23 else np.arange(23)
        losses = []
        for start in range(0, 23, size):
            batch = whole.take(order[start : start + size])
            workspace = Workspace(plan, batch.rows)
            workspace.parameters[:] = flat
            workspace.load(batch.inputs, batch.targets)
            clear.set_mode(workspace, {"drop": 0.3}, training=True, seed=seed, step=step)
            clear.forward(workspace)
            clear.backward(workspace)
            gradient = workspace.gradient + l2_gradient(weights, plan.weight_mask, settings.l2)
            step += 1
            settings.optimizer.update(weights, gradient, memory, step)
            losses.append(float(workspace.views[plan.loss]) * (batch.rows if examples == "mean" else 1))
        assert reports[epoch].loss == pytest.approx(sum(losses) / (23 if examples == "mean" else 1), rel=1e-12)
    assert flatten(plan, training.parameters).tobytes() == flat.tobytes()


def test_snapshots_are_copies_and_only_on_request() -> None:
    training = noisy(SETTINGS[0], snapshots=True)
    reports = list(training)
    assert len({report.snapshot.tobytes() for report in reports}) == 4
    assert reports[-1].snapshot.tobytes() == flatten(training.plan, training.parameters).tobytes()
    assert next(noisy(SETTINGS[0])).snapshot is None


def test_parameters_given_and_taken_are_copies() -> None:
    given = first_values(NOISY, 4)
    before = bits(given)
    training = noisy(SETTINGS[0], parameters=given)
    first = training.parameters
    next(training)
    assert bits(given) == bits(first) == before
    assert bits(training.parameters) != before


# --- the same bits, whatever happens around


@pytest.mark.parametrize("settings", SETTINGS, ids=IDS)
def test_reports_after_every_update_change_nothing(settings: TrainingSettings) -> None:
    coarse, fine = noisy(settings), noisy(settings, slice_seconds=0.0, snapshots=True)
    whole, single = list(coarse), list(fine)
    assert [r.step for r in single] == list(range(1, whole[-1].step + 1))
    assert bits(coarse.parameters) == bits(fine.parameters)
    assert [r.loss for r in single if r.finished] == [r.loss for r in whole]
    assert all(r.loss is not None and r.validation is None for r in single if not r.finished)


def test_the_same_bits_twice_and_in_a_thread_and_others_with_another_seed() -> None:
    runs = [noisy(SETTINGS[2]), noisy(SETTINGS[2]), noisy(SETTINGS[2])]
    list(runs[0])
    list(runs[1])
    thread = threading.Thread(target=list, args=(runs[2],))
    thread.start()
    thread.join()
    assert len({bits(run.parameters) for run in runs}) == 1
    other = noisy(SETTINGS[2], seed=5, parameters=first_values(NOISY, 4))
    list(other)
    assert bits(other.parameters) != bits(runs[0].parameters)


# --- stopping and going on


def continued(training: Training, settings: TrainingSettings, epochs: int) -> Training:
    import msgspec

    rest = msgspec.structs.replace(settings, epochs=epochs)
    return noisy(rest, parameters=training.parameters, state=training.state)


@pytest.mark.parametrize("settings", SETTINGS, ids=IDS)
def test_a_run_stopped_after_any_update_goes_on_as_if_it_had_not(settings: TrainingSettings) -> None:
    whole = noisy(settings)
    losses = [report.loss for report in whole]
    for after in range(whole.state.step):
        first = noisy(settings, slice_seconds=0.0)
        for _ in range(after):
            next(first)
        first.stop()
        last = list(first)[-1]
        assert (last.stopped, first.state.step, first.error) == ("stopped", after, None)
        second = continued(first, settings, 4 - first.state.epoch)
        seen = [report.loss for report in second]
        assert bits(second.parameters) == bits(whole.parameters)
        assert state_bits(second.state) == state_bits(whole.state)
        assert [*first.record().training, *seen] == losses
        assert second.record().first_epoch == first.state.epoch


def state_bits(state: TrainingState) -> tuple:
    memory = {slot: bits(arrays) for slot, arrays in state.memory.items()}
    return state.optimizer, memory, state.count, state.step, state.epoch, state.rows, state.loss, state.plateau


def test_a_state_survives_a_file() -> None:
    import msgspec

    first = noisy(SETTINGS[2], slice_seconds=0.0)
    for _ in range(6):
        next(first)
    state = first.state
    kept = msgspec.structs.asdict(state)
    assert (kept["optimizer"], kept["count"], kept["step"], kept["epoch"], kept["rows"]) == ("adam", 6, 6, 1, 12)
    assert kept["loss"] > 0
    assert {slot: sorted(arrays) for slot, arrays in kept["memory"].items()} == {
        slot: sorted(first_values(NOISY, 0)) for slot in ("m", "v")
    }


def test_stopping_before_the_first_update() -> None:
    training = noisy(SETTINGS[0])
    training.stop()
    (report,) = training
    assert (report.stopped, report.step, report.epoch, report.loss, report.finished) == ("stopped", 0, 1, None, False)
    assert bits(training.parameters) == bits(first_values(NOISY, 4))
    assert training.state == TrainingState()
    assert training.record().stopped == "stopped"


def test_stopping_in_the_last_update_is_finishing() -> None:
    training = noisy(SETTINGS[0], slice_seconds=0.0)
    for _ in range(19):
        next(training)
    reports = [next(training)]
    training.stop()
    assert reports[0].stopped == "finished"
    assert list(training) == []


def test_stop_from_another_thread_takes_hold() -> None:
    training = noisy(TrainingSettings(SGD(0.01), epochs=10**9, batch_size=5))
    begun = threading.Event()
    seen = []

    def work() -> None:
        for report in training:
            seen.append(report)
            begun.set()

    thread = threading.Thread(target=work)
    thread.start()
    assert begun.wait(30)
    training.stop()
    thread.join(30)
    assert not thread.is_alive()
    assert seen[-1].stopped == training.stopped == "stopped"


def test_another_rule_begins_with_an_empty_memory() -> None:
    first = noisy(SETTINGS[1])
    list(first)
    second = continued(first, SETTINGS[2], 1)
    assert state_bits(second.state) == state_bits(first.state)  # nothing is lost before the first update
    list(second)
    assert (second.state.optimizer, second.state.count, second.state.step) == ("adam", 4, first.state.step + 4)
    assert second.state.memory.keys() == {"m", "v"}
    fresh = noisy(SETTINGS[2], parameters=first.parameters, state=TrainingState(step=first.state.step, epoch=4))
    next(fresh)
    third = continued(first, SETTINGS[2], 1)
    next(third)
    assert bits(third.parameters) == bits(fresh.parameters)


def test_an_unfinished_epoch_of_a_larger_table_begins_anew() -> None:
    training = noisy(SETTINGS[0], state=TrainingState(optimizer="sgd", step=9, epoch=1, rows=40, loss=3.0))
    (first, *_) = training
    assert (first.step, first.epoch, first.finished) == (14, 2, True)


# --- early stopping

APART = Examples({"x": column(1, 2, 3)}, {"loss": column(1, 2, 3)})
AGAINST = Examples({"x": column(1, 2)}, {"loss": column(0.3, 0.6)})  # best at w = 0.3, which training passes by


def watched_run(epochs: int, early: EarlyStopping | None, **how) -> Training:
    graph, parameters = line(0.0)
    settings = TrainingSettings(SGD(0.01, momentum=0.5), epochs, early_stopping=early)
    return Training(plan_of(graph), APART, settings, parameters, seed=0, validation=AGAINST, snapshots=True, **how)


def test_early_stopping_restores_the_best() -> None:
    plain = list(watched_run(60, None))
    best = int(np.argmin([r.validation for r in plain]))
    assert 1 < best < 20
    training = watched_run(60, EarlyStopping(patience=3))
    reports = list(training)
    assert len(reports) == best + 1 + 3
    assert [r.stopped for r in reports] == [None] * (best + 3) + ["early"]
    assert training.record().best_epoch == best + 1
    assert training.parameters["w1"].item() == plain[best].snapshot[0]
    assert reports[-1].snapshot[0] == plain[best].snapshot[0]
    state = training.state
    assert (state.count, state.step, state.epoch) == (best + 1, best + 4, best + 4)
    shorter = watched_run(best + 1, None)
    list(shorter)
    assert state_bits(state)[1] == state_bits(shorter.state)[1]  # the memory belongs to the weights


def test_the_best_is_restored_also_at_the_last_epoch() -> None:
    plain = list(watched_run(60, None))
    best = int(np.argmin([r.validation for r in plain]))
    training = watched_run(best + 3, EarlyStopping(patience=50))
    assert list(training)[-1].stopped == "finished"
    assert training.parameters["w1"].item() == plain[best].snapshot[0]


def test_without_restoring_the_last_weights_stay() -> None:
    plain = list(watched_run(60, None))
    training = watched_run(60, EarlyStopping(patience=3, restore_best=False))
    reports = list(training)
    assert training.parameters["w1"].item() == plain[len(reports) - 1].snapshot[0]


def test_a_run_that_is_stopped_keeps_its_last_weights() -> None:
    plain = list(watched_run(60, None))
    best = int(np.argmin([r.validation for r in plain]))
    training = watched_run(60, EarlyStopping(patience=50))
    for _ in range(best + 3):
        next(training)
    training.stop()
    list(training)
    assert training.parameters["w1"].item() == plain[best + 2].snapshot[0]


def test_early_stopping_needs_something_to_watch() -> None:
    settings = TrainingSettings(early_stopping=EarlyStopping())
    with pytest.raises(ConfigError, match="nothing to watch"):
        noisy(settings)


def test_a_validation_loss_that_is_not_finite_ends_the_run_and_is_never_best() -> None:
    """The network learns that large x is 1; the watched row says 0, so far out that ln(1 − ŷ) becomes infinite."""
    graph = chain(
        Node("p", "perceptron", options={"activation": "sigmoid", "bias": "none"}), loss="binary_cross_entropy"
    )
    how = {
        "seed": 0,
        "validation": Examples({"x": column(300.0)}, {"loss": column(0.0)}),
        "snapshots": True,
    }
    examples = Examples({"x": column(1.0)}, {"loss": column(1.0)})
    for early in (None, EarlyStopping(patience=50)):
        settings = TrainingSettings(SGD(0.05), 50, early_stopping=early)
        training = Training(plan_of(graph), examples, settings, {"w1": column(0.0)}, **how)
        reports = list(training)
        assert 2 < len(reports) < 50
        assert (reports[-1].stopped, reports[-1].validation) == ("diverged", np.inf)
        assert f"validation after epoch {len(reports)}, node loss" in str(training.error)
        assert training.error.ids == ("loss",)
        assert len(training.record().validation) == len(training.record().training) == len(reports) - 1
        assert training.state.epoch == len(reports)  # by which it is told from a run that diverged amid an epoch
        kept = reports[0] if early else reports[-1]
        assert training.parameters["w1"].item() == kept.snapshot[0]


# --- refusals


def test_a_network_without_a_loss_is_refused() -> None:
    graph = Graph((Node("x", "input"), Node("o", "perceptron")), chain(Node("o", "perceptron")).edges[:1])
    with pytest.raises(GraphError, match="no loss"):
        Training(plan_of(graph), APART, TrainingSettings(), first_values(graph, 0), seed=0)


def test_no_examples_are_refused() -> None:
    graph, parameters = line(0.0)
    with pytest.raises(DataError, match="no examples"):
        Training(plan_of(graph), APART.take(np.arange(0)), TrainingSettings(), parameters, seed=0)


# --- rows that must not be seen


def test_rows_of_the_test_part_change_nothing() -> None:
    from nnviz.data.choice import Split
    from nnviz.data.splits import split_rows
    from nnviz.data.table import Column, Table

    whole = noisy_examples(40)
    parts = split_rows(Table("t", (Column("x", np.zeros(40)),)), Split("random", 0.2, 0.3), 0)
    poisoned = whole.take(np.arange(40))
    for array in (*poisoned.inputs.values(), *poisoned.targets.values()):
        array[parts.test] = 1e300
    found = []
    for examples in (whole, poisoned):
        training = Training(
            plan_of(NOISY),
            examples.take(parts.training),
            SETTINGS[2],
            first_values(NOISY, 0),
            seed=0,
            validation=examples.take(parts.validation),
            dropout={"drop": 0.3},
        )
        found.append(([(r.loss, r.validation) for r in training], bits(training.parameters)))
    assert found[0] == found[1]
