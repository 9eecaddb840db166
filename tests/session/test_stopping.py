"""A run that is ended before its last epoch, by its report or by Ctrl+C, keeps what it has trained."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import nnviz
from nnviz.app import training as command
from nnviz.app.cli import main
from nnviz.document.files import open_document
from nnviz.learning.report import Report
from nnviz.session import training
from nnviz.session.computing import parts_of
from nnviz.session.training import TrainingResult

LONG = 1_000_000


def after(epochs: int, act: Callable[[], object]) -> Callable[[Report], None]:
    """A report that acts at the end of that many epochs."""

    def report(each: Report) -> None:
        assert each.loss is not None
        if each.finished and each.epoch >= epochs:
            act()

    return report


def stop() -> None:
    raise StopIteration


def press() -> None:
    """What Ctrl+C does."""
    signal.raise_signal(signal.SIGINT)


def break_off() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("executor", ["clear", "fast"])
@pytest.mark.parametrize(("act", "interrupted"), [(stop, False), (press, True), (break_off, True)])
def test_what_was_trained_is_kept_and_can_be_trained_on(
    monkeypatch: pytest.MonkeyPatch, executor: str, act: Callable[[], object], interrupted: bool
) -> None:
    monkeypatch.delenv("NNVIZ_EXECUTOR")
    document = nnviz.example("mazur")
    result = nnviz.train(document, report=after(5, act), epochs=LONG, executor=executor)
    assert (result.run.executor, result.run.stopped, result.error) == (executor, "stopped", None)
    assert result.interrupted is interrupted
    assert result.reports[-1].stopped == "stopped"
    made = len(result.run.training)
    assert 5 <= made < LONG
    alone = nnviz.train(document, epochs=made, executor=executor)
    assert result.document.parameters["w1"].tobytes() == alone.document.parameters["w1"].tobytes()
    further = nnviz.train(result.document, epochs=3, executor=executor).document
    assert further.state.epoch == made + 3
    assert not alone.interrupted


@pytest.mark.parametrize("executor", ["clear", "fast"])
def test_the_accuracy_of_what_was_kept_is_known_however_it_ended(
    monkeypatch: pytest.MonkeyPatch, executor: str
) -> None:
    monkeypatch.delenv("NNVIZ_EXECUTOR")
    document = nnviz.example("iris")
    result = nnviz.train(document, report=after(5, stop), epochs=LONG, executor=executor)
    assert result.reports[-1].metrics == {}
    rows = [row for row in range(150) if row in parts_of(document).validation]
    right = [_likely(result.document, row) == document.data.table.column("species").values[row] for row in rows]
    assert result.metrics == {"accuracy": sum(right) / 30}
    assert nnviz.train(nnviz.example("mazur"), epochs=1).metrics == {}


def _likely(document: nnviz.Document, row: int) -> int:
    names = document.data.inputs["x"]
    given = {name: document.data.table.column(name).values[row] for name in names}
    return [answer.likely for answer in nnviz.answers(document, given)].index(True)


def test_answers_bear_the_names_of_classes() -> None:
    result = nnviz.train(nnviz.example("iris"), epochs=100)
    told = nnviz.answers(result.document, [5.1, 3.5, 1.4, 0.2])
    assert [answer.name for answer in told] == ["setosa", "versicolor", "virginica"]
    assert [answer.value for answer in told] == nnviz.predict(result.document, [5.1, 3.5, 1.4, 0.2])["o"].tolist()
    assert [answer.name for answer in told if answer.likely] == ["setosa"]


def test_a_stop_in_the_last_epoch_changes_nothing() -> None:
    result = nnviz.train(nnviz.example("mazur"), report=after(3, stop), epochs=3)
    assert result.run.stopped == "finished"


def test_ctrl_c_is_given_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    nnviz.train(nnviz.example("mazur"), report=after(1, press), epochs=LONG)
    assert signal.getsignal(signal.SIGINT) is before is signal.default_int_handler


def test_the_same_press_passed_on_twice_is_one() -> None:
    def both() -> None:
        press()
        press()

    assert nnviz.train(nnviz.example("mazur"), report=after(1, both), epochs=LONG).interrupted


def test_pressed_once_more_it_breaks_off_what_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "ONE_PRESS", -1.0)
    reached: list[str] = []

    def hanging() -> None:
        press()
        reached.append("after the first")
        press()
        reached.append("after the second")

    result = nnviz.train(nnviz.example("mazur"), report=after(1, hanging), epochs=LONG)
    assert reached == ["after the first"]
    assert result.interrupted


def test_who_handles_ctrl_c_already_goes_on_doing_so(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: heard.append(number))
    try:
        result = nnviz.train(nnviz.example("mazur"), report=after(2, press), epochs=2)
    finally:
        signal.signal(signal.SIGINT, before)
    assert heard == [signal.SIGINT]
    assert (result.run.stopped, result.interrupted) == ("finished", False)


def test_a_thread_trains_too() -> None:
    made: list[TrainingResult] = []
    thread = threading.Thread(target=lambda: made.append(nnviz.train(nnviz.example("mazur"), epochs=2)))
    thread.start()
    thread.join()
    assert made[0].run.stopped == "finished"


def test_the_command_line_saves_what_ctrl_c_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = command._figures
    monkeypatch.setattr(command, "_figures", lambda report: (report.epoch == 4 and press(), figures(report))[1])
    place = str(tmp_path / "made.nnviz")
    assert main(["train", "mazur", "--epochs", str(LONG), "-o", place]) == 0
    told = capsys.readouterr().out
    saved = open_document(place)
    assert f"Stopped after epoch {saved.state.epoch} · " in told
    assert saved.state.epoch < LONG
    alone = nnviz.train(nnviz.example("mazur"), epochs=saved.state.epoch).document
    np.testing.assert_array_equal(saved.parameters["w1"], alone.parameters["w1"])
