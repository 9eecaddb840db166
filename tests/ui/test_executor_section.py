"""Who carries a training, chosen in the panel and saved with the document; what is said while kernels are compiled."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from nnviz.session.runner import News, Runner
from nnviz.session.session import Session
from nnviz.ui.executor_section import ExecutorSection
from nnviz.ui.run_controls import RunControls
from tests.ui.running import ENDLESS, iris, until

pytestmark = pytest.mark.usefixtures("theme")


def test_executor_and_precision_are_choices_that_can_be_undone(qtbot: QtBot) -> None:
    session = Session(iris(5))
    section = ExecutorSection(session)
    qtbot.addWidget(section)
    assert (section.executor.currentData(), section.precision.currentData()) == ("fast", "float64")
    for menu, wanted in ((section.executor, "clear"), (section.precision, "float32")):
        menu.setCurrentIndex(menu.findData(wanted))
        menu.activated.emit(menu.currentIndex())
    training = session.document.training
    assert (training.executor, training.precision) == ("clear", "float32")
    session.undo()
    section.refresh()
    assert section.precision.currentData() == "float64"
    assert "16 digits" in section.precision.toolTip()
    assert [section.executor.itemText(place) for place in (0, 1)] == ["compiled, fast", "step by step, slower"]
    assert "xecutor" not in section.accessibleName() + section.executor.accessibleName() + section.executor.toolTip()
    session.close()


def test_the_wait_for_kernels_is_explained(qtbot: QtBot) -> None:
    session = Session(iris(ENDLESS))
    controls = RunControls(session)
    qtbot.addWidget(controls)
    session.start_training()
    until(qtbot, lambda: session.poll() is not None)
    controls.tell(News(None, session.curves[:0], None, {}, None, None, preparing=(3, 9)))
    assert "3 of 9" in controls.sentence.text().replace("\u00a0", " ")
    assert 0 < controls.bar.value() < controls.bar.maximum()
    session.stop_training()
    session.close()


def test_why_the_clear_executor_trains_is_said_once(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session(iris(2))
    controls = RunControls(session)
    qtbot.addWidget(controls)
    monkeypatch.setattr(Runner, "_settle", lambda runner: setattr(runner._training, "notice", "It does not cover this"))
    for expected in (True, False):
        session.start_training()
        until(qtbot, lambda: session.poll() is None or not session.training)
        assert ("does not cover" in controls.notice.words.text()) is expected
        assert controls.notice.words.property("role") == "small" or not expected, "nothing is wrong"
        controls.notice.clear()
    session.close()


def test_why_the_clear_executor_trains_is_said_while_it_does(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session(iris(ENDLESS))
    controls = RunControls(session)
    qtbot.addWidget(controls)
    monkeypatch.setattr(Runner, "_settle", lambda runner: setattr(runner._training, "notice", "It does not cover this"))
    session.start_training()
    until(qtbot, lambda: session.poll() is not None and "does not cover" in controls.notice.words.text())
    assert session.training
    session.stop_training()
    session.close()
