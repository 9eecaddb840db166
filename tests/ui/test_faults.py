"""An exception nobody expected, wherever it falls: logged, shown once, survived."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QThread, QTimer
from PySide6.QtGui import QGuiApplication, QPaintEvent
from PySide6.QtWidgets import QApplication, QCheckBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from nnviz.errors import DataError, NnvizError
from nnviz.session.log import LARGEST, write_fault, write_line
from nnviz.ui import faults as module
from nnviz.ui.faults import LOGGED_EACH, FaultDialog, Faults
from nnviz.ui.theme import Theme
from tests.ui.accessibility import unnamed
from tests.ui.test_dialogs import words_of


class Boom(Exception):  # noqa: N818  (its name is looked for in what is shown)
    pass


class Window(QWidget):
    """Fails where it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.resize(300, 200)
        self.failing = False
        self.painted = 0
        self.button = QPushButton("Fail", self)
        self.button.clicked.connect(self.fail)

    def fail(self) -> None:
        raise Boom("in a slot")

    def paintEvent(self, event: QPaintEvent) -> None:
        self.painted += 1
        if self.failing:
            raise Boom("in a paint")


class Bench:
    def __init__(self, bot: QtBot) -> None:
        self.bot = bot
        self.window = Window()
        bot.addWidget(self.window)
        self.refusals: list[NnvizError] = []
        self.faults = Faults(kept=lambda: "Kept in the journal.", refused=self.refusals.append, parent=self.window)
        with bot.waitActive(self.window):
            self.window.show()

    def shown(self) -> FaultDialog:
        self.bot.waitUntil(lambda: self.faults.dialog is not None)
        assert self.faults.dialog
        return self.faults.dialog

    def close(self) -> None:
        assert self.faults.dialog
        self.faults.dialog.reject()
        QApplication.processEvents()

    def counted(self, count: int) -> None:
        self.bot.waitUntil(lambda: self.faults.count >= count)
        QApplication.processEvents()


@pytest.fixture
def bench(qtbot: QtBot, theme: Theme, log: Path) -> Iterator[Bench]:
    before = sys.excepthook, threading.excepthook, sys.unraisablehook
    made = Bench(qtbot)
    made.faults.install()
    yield made
    made.faults.remove()
    assert (sys.excepthook, threading.excepthook, sys.unraisablehook) == before


def in_slot(bench: Bench) -> None:
    bench.window.button.click()


def in_timer(bench: Bench) -> None:
    def late() -> None:
        raise Boom("in a timer")

    QTimer.singleShot(0, bench.window, late)


def in_paint(bench: Bench) -> None:
    bench.window.failing = True
    bench.window.update()


def in_thread(bench: Bench) -> None:
    def work() -> None:
        raise Boom("in a thread")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def in_qthread(bench: Bench) -> None:
    class Worker(QThread):
        def run(self) -> None:
            raise Boom("in a worker")

    worker = Worker()
    worker.start()
    assert worker.wait(5000)


def in_finaliser(bench: Bench) -> None:
    class Thing:
        def __del__(self) -> None:
            raise Boom("in a finaliser")

    Thing()


@pytest.mark.parametrize("inject", [in_slot, in_timer, in_paint, in_thread, in_qthread, in_finaliser])
def test_a_fault_is_shown_once_logged_and_survived(bench: Bench, log: Path, inject: Callable[[Bench], None]) -> None:
    inject(bench)
    dialog = bench.shown()
    words = words_of(dialog)
    assert "Boom: in a" in words
    assert "Kept in the journal." in words
    assert str(log) in words
    bench.window.failing = False
    bench.close()
    assert bench.faults.dialog is None
    assert "Boom: in a" in log.read_text(encoding="utf-8")
    assert "Traceback" in log.read_text(encoding="utf-8")
    painted = bench.window.painted
    bench.window.repaint()
    assert bench.window.painted > painted, "the window lives"
    assert bench.faults.dialog is None


def test_a_paint_that_always_fails_does_not_shut_the_user_out(bench: Bench) -> None:
    in_paint(bench)
    bench.shown()
    bench.close()
    for count in range(bench.faults.count + 1, bench.faults.count + 4):
        bench.window.update()
        bench.counted(count)
    assert bench.faults.dialog is None
    bench.window.failing = False


def test_the_same_fault_is_shown_again_after_a_deed_and_can_then_be_muted(bench: Bench) -> None:
    in_slot(bench)
    assert mute(bench.shown()).isHidden()
    bench.close()
    bench.bot.mouseClick(bench.window.button, module.Qt.MouseButton.LeftButton)
    assert not mute(bench.shown()).isHidden()
    mute(bench.shown()).setChecked(True)
    bench.close()
    bench.bot.mouseClick(bench.window.button, module.Qt.MouseButton.LeftButton)
    bench.counted(3)
    assert bench.faults.dialog is None


def mute(dialog: FaultDialog) -> QCheckBox:
    found = dialog.findChild(QCheckBox)
    assert isinstance(found, QCheckBox)
    return found


def test_another_fault_is_shown_at_once(bench: Bench) -> None:
    in_slot(bench)
    bench.shown()
    bench.close()
    in_timer(bench)
    assert "in a timer" in words_of(bench.shown())
    bench.close()


def test_further_faults_are_counted_in_the_dialog_that_is_open(bench: Bench, log: Path) -> None:
    in_slot(bench)
    dialog = bench.shown()
    in_timer(bench)
    in_thread(bench)
    bench.bot.waitUntil(lambda: dialog.further == 2)
    assert bench.faults.dialog is dialog
    assert "Further errors since: 2" in words_of(dialog)
    assert "in a timer" in dialog.details
    bench.close()
    assert "2 further errors" in log.read_text(encoding="utf-8")


def test_the_log_does_not_grow_with_a_fault_that_repeats(bench: Bench, log: Path) -> None:
    for _ in range(LOGGED_EACH + 5):
        in_slot(bench)
    bench.shown()
    bench.counted(LOGGED_EACH + 5)
    assert log.read_text(encoding="utf-8").count("Boom: in a slot") == LOGGED_EACH
    bench.close()


def test_the_details_are_copied(bench: Bench) -> None:
    in_slot(bench)
    dialog = bench.shown()
    button(dialog, "Copy details").click()
    copied = QGuiApplication.clipboard().text()
    assert "Traceback" in copied
    assert "nnviz 0.1.0, Python 3." in copied
    button(dialog, "Show details").click()
    assert copied in words_of(dialog)
    button(dialog, "Hide details").click()
    assert unnamed(dialog) == []
    bench.close()


def button(dialog: FaultDialog, words: str) -> QPushButton:
    return next(each for each in dialog.findChildren(QPushButton) if each.text() == words)


def test_words_of_an_error_are_plain(bench: Bench) -> None:
    bench.faults.report(Boom("<img src=x>" + "y" * 2000))
    dialog = bench.shown()
    assert "<img src=x>" in words_of(dialog)
    assert dialog.width() < 700
    bench.close()


def test_a_refusal_is_no_fault(bench: Bench, log: Path) -> None:
    bench.faults.report(DataError("No such column"))
    bench.bot.waitUntil(lambda: bool(bench.refusals))
    assert str(bench.refusals[0]) == "No such column."
    assert bench.faults.count == 0
    assert bench.faults.dialog is None
    assert not log.exists()


def test_an_end_that_was_asked_for_is_no_fault(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[object] = []
    monkeypatch.setattr(QApplication, "quit", lambda: ended.append("quit"))
    monkeypatch.setattr(QApplication, "exit", ended.append)
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    sys.excepthook(SystemExit, SystemExit(3), None)
    assert ended == ["quit", 3]
    assert bench.faults.count == 0


def test_closing_with_the_dialog_open_leaves_nothing(bench: Bench) -> None:
    in_slot(bench)
    bench.shown()
    bench.faults.remove()
    QApplication.processEvents()
    assert bench.faults.dialog is None


def test_the_log_begins_anew_when_it_is_large(log: Path) -> None:
    write_line("x" * (LARGEST + 1))
    write_line("first of the new")
    assert "first of the new" in log.read_text(encoding="utf-8")
    assert log.stat().st_size < 1000
    assert log.with_name("faults.old.log").stat().st_size > LARGEST


def test_a_log_that_cannot_be_written_raises_nothing(log: Path) -> None:
    log.parent.write_text("a file where the folder should be", encoding="utf-8")
    assert write_fault(Boom("lost")) == log
    assert not log.exists()
