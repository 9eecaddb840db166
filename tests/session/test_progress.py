"""What is told of a training: its sentence, its curves, its best epoch."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from nnviz.document.document import Document
from nnviz.document.edits import SetParameter
from nnviz.learning.evaluation import Evaluation
from nnviz.learning.report import Report
from nnviz.learning.settings import EarlyStopping, Run, StopReason, TrainingSettings, TrainingState
from nnviz.learning.stopping import Watch, watched
from nnviz.session import progress
from nnviz.session.examples import example
from nnviz.session.figures import Figures, figures
from nnviz.session.plots import thinned
from nnviz.session.session import Session
from nnviz.session.training import train
from tests.networks import mazur


def run(training: list[float], validation: list[float], first: int = 0, best: int = 0, **told: object) -> Run:
    curves = np.array(training), np.array(validation)
    record = Run(TrainingSettings(), 0, "clear", "float64", 1, *curves, best, "finished", first)
    return replace(record, **told)


def test_pace_counts_the_updates_of_this_run_only() -> None:
    document = mazur().with_(state=TrainingState(step=400))
    report = Report(1400, 1400, 10_400, 0.1, True, 0.0123456, None, {}, 0.0, 0.5, np.zeros((0, 3)))
    told = progress.pace(document, 10_000, report, 9.0)
    assert told.sentence == "1,000 of 10,000 updates · 9 s left · J = 0.0123"
    penalised = replace(report, penalty=0.5)
    assert progress.pace(document, 10_000, penalised, None).sentence.endswith(" · J = 0.0123 · penalty 0.500")


@pytest.mark.parametrize(("batch", "epochs", "done", "updates"), [(16, 200, 0, 1600), (0, 7, 0, 7), (16, 2, 32, 14)])
def test_updates_of_a_run(batch: int, epochs: int, done: int, updates: int) -> None:
    document = example("iris")
    settings = replace(document.training, batch_size=batch, epochs=epochs)
    assert progress.updates_of(document.with_(training=settings, state=TrainingState(rows=done))) == updates


def test_updates_told_and_made_are_the_same() -> None:
    document = example("iris")
    document = document.with_(training=replace(document.training, epochs=3, early_stopping=None))
    assert train(document).document.state.step == progress.updates_of(document)


def test_updates_made_one_by_one_are_one_curve() -> None:
    session = Session(mazur())
    for _ in range(5):
        session.update_once()
    rows, best = progress.curves_of(session.document.runs)
    assert rows[:, 0].tolist() == [1, 2, 3, 4, 5]
    assert np.all(np.diff(rows[:, 1]) < 0)
    assert best == 0
    session.close()


def test_a_run_that_goes_on_is_joined_and_one_that_begins_anew_is_not() -> None:
    first, second = run([3.0, 2.0], [3.0, 2.5]), run([1.0], [2.6], first=2)
    rows, best = progress.curves_of((first, second))
    assert rows[:, 1].tolist() == [3.0, 2.0, 1.0]
    assert best == 2
    rows, best = progress.curves_of((first, run([9.0], [8.0], first=0, best=1)))
    assert rows[:, 1].tolist() == [9.0]
    assert best == 1


def test_the_best_epoch_of_a_single_run_is_what_its_record_says() -> None:
    assert progress.curves_of((run([1.0, 1.0], [0.50, 0.49], best=1),))[1] == 1


def test_a_run_without_validation_has_gaps_and_no_best_epoch() -> None:
    rows, best = progress.curves_of((run([3.0, 2.0], []), run([1.0], [0.5], first=2)))
    assert np.isnan(rows[:2, 2]).all()
    assert best == 3
    spec = progress.curves_plot(*progress.curves_of((run([3.0, 2.0], []),)))
    assert spec is not None
    assert [curve.role for curve in spec.curves] == ["training"]
    assert spec.marks == ()


def test_nothing_trained_is_no_plot() -> None:
    assert progress.plot_of(Document()) is None


def test_growing_curves_know_their_best_epoch_as_early_stopping_does() -> None:
    early = EarlyStopping(patience=99, min_delta=0.1)
    rows = np.array([[1, 1.0, 1.0], [2, 0.9, 0.95], [3, 0.8, 0.85], [4, 0.7, 0.84]])
    growing = progress.Curves(rows[:0], early)
    for count in (1, 2, 4):
        spec = growing.plot(rows[:count])
        assert spec is not None
        assert len(spec.curves[0].xs) == count
    assert spec.marks == ((3.0, "best epoch 3"),)
    assert progress.Curves(rows[:0]).plot(rows[:0]) is None


def test_the_best_epoch_while_it_grows_is_that_of_the_record() -> None:
    document = example("iris")
    result = train(document, epochs=60)
    live = np.column_stack([np.arange(1, 61), result.run.training, result.run.validation])
    spec = progress.Curves(live[:0], document.training.early_stopping).plot(live)
    assert spec is not None
    assert spec.marks[0][0] == result.run.best_epoch


@pytest.mark.parametrize("delta", [0.0, 0.05])
@pytest.mark.parametrize("before", [0, 5000])
def test_a_long_run_looks_the_same_whether_it_grew_or_not(delta: float, before: int) -> None:
    epochs, random = np.arange(1.0, 30_001.0), np.random.default_rng(0)
    rows = np.column_stack([epochs, *(random.random((2, len(epochs))) / np.sqrt(epochs))])
    rows[random.random(len(epochs)) < 0.01, 2] = np.nan
    early, watch = EarlyStopping(patience=9, min_delta=delta), Watch()
    for epoch, _, validation in rows[before:]:
        watch = watched(watch, int(epoch), float(validation), early) if np.isfinite(validation) else watch
    growing, live = progress.Curves(rows[:before], early), rows[before:]
    for end in (0, 1, 7, 7, 12_345, len(live)):
        spec = growing.plot(live[:end])
    whole = progress.curves_plot(rows, watch.epoch)
    assert spec is not None
    assert whole is not None
    assert spec.marks == whole.marks
    for grown, at_once in zip(spec.curves, whole.curves, strict=True):
        assert np.array_equal(grown.xs, at_once.xs)
        assert np.array_equal(grown.ys, at_once.ys, equal_nan=True)
        kept = thinned(grown, 600)[0].tolist()
        assert {float(np.nanargmin(grown.ys)) + 1, float(np.nanargmax(grown.ys)) + 1} <= set(kept)


@pytest.mark.parametrize(
    ("stopped", "words"),
    [
        ("finished", "Finished after"),
        ("early", "got no better"),
        ("stopped", "Stopped after"),
        ("diverged", "Diverged"),
    ],
)
def test_every_end_is_told(stopped: StopReason, words: str) -> None:
    told = progress.ended_sentence(run([0.5, 0.25], [], stopped=stopped), 2)
    assert words in told
    assert told.endswith("J = 0.250")


def test_restored_weights_are_told() -> None:
    settings = TrainingSettings(early_stopping=EarlyStopping())
    told = progress.ended_sentence(run([0.5, 0.4], [0.5, 0.6], best=1, settings=settings), 2)
    assert told.endswith("best weights (epoch 1) kept · validation J = 0.500")
    left = Figures(Evaluation(0.45, {"accuracy": 0.9}), Evaluation(0.5, {"accuracy": 0.875}))
    told = progress.ended_sentence(run([0.5, 0.4], [0.5, 0.6], best=1, settings=settings), 2, left)
    assert told.endswith("kept · J = 0.450 · validation J = 0.500 · accuracy 90.0\u00a0%, validation 87.5\u00a0%")


@pytest.mark.parametrize(
    ("stopped", "epoch", "kept"),
    [
        ("finished", 2, "best weights (epoch 1) kept"),
        ("early", 2, "best weights (epoch 1) kept"),
        ("stopped", 2, "last weights kept"),  # so that it can go on
        ("diverged", 2, "last weights kept"),  # amid an epoch
        ("diverged", 3, "best weights (epoch 1) kept"),  # the validation loss of the third
    ],
)
def test_it_is_told_whose_weights_are_kept(stopped: StopReason, epoch: int, kept: str) -> None:
    settings = TrainingSettings(early_stopping=EarlyStopping())
    record = run([0.5, 0.4], [0.5, 0.6], best=1, settings=settings, stopped=stopped)
    assert progress.kept_sentence(record, epoch).split(" · ")[1] == kept
    assert kept in progress.ended_sentence(record, epoch)


def test_the_best_epoch_is_told_with_its_validation_loss() -> None:
    told = progress.ended_sentence(run([0.5, 0.4, 0.3], [0.7, 0.5, 0.6], first=4, best=6), 7)
    assert (
        told == "Finished after epoch 7 · last weights kept · J = 0.300 · validation J = 0.600 · best 0.500 in epoch 6"
    )
    assert progress.ended_sentence(run([0.5], [0.5], best=1), 1).endswith(" · validation J = 0.500")


def test_validation_and_accuracy_are_told_while_it_runs() -> None:
    document = example("iris")
    report = Report(8, 1, 200, 0.005, True, 0.9, None, {}, 0.0, 0.01, np.zeros((0, 3)))
    known = Figures(validation=Evaluation(0.8, {"accuracy": 0.7}))
    told = progress.pace(document, 1600, report, None, known).sentence
    assert told.endswith("J = 0.900 · validation J = 0.800 · validation accuracy 70.0\u00a0%")


def test_figures_are_those_of_the_run_that_has_just_ended() -> None:
    document = example("iris")
    result = train(document, epochs=30, early_stopping=None)
    found = figures(result.document)
    assert found.validation is not None
    assert found.training is not None
    assert found.validation.loss == pytest.approx(result.run.validation[-1], rel=1e-12)
    assert found.validation.metrics == result.reports[-1].metrics
    assert 0.9 < found.training.metrics["accuracy"] <= 1.0
    assert figures(Document()) == figures(document.with_(data=None)) == Figures()


def test_a_session_keeps_figures_for_the_weights_that_a_run_left_and_for_no_others() -> None:
    session = Session(example("iris"))
    assert session.figures == Figures()
    session.update_once()
    left = session.figures
    assert left.training is not None
    assert "accuracy" in left.training.metrics
    assert session.figures is left
    session.do(SetParameter("w1", np.zeros((4, 8))))
    assert session.figures == Figures()
    session.undo()
    assert session.figures is left
    session.undo()
    assert session.figures == Figures()
    session.close()


def test_the_plan_is_told_or_nothing() -> None:
    assert progress.plan_sentence(mazur()) == "Ready: 100 epochs of 1 update"
    assert progress.plan_sentence(mazur().with_(data=None)) == ""
