"""What journeys share: one theme, and the application as it starts, with settings, journals and a log of its own.

A style that is taken off while windows wait to be deleted takes them along; hence one theme for all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nnviz.app import gui
from nnviz.hints import read_in
from nnviz.ui.dialogs import Answer, Asker
from nnviz.ui.theme import Theme
from nnviz.ui.window import MainWindow
from tests.journeys.processes import Process
from tests.ui.asking import ScriptedAsker

Start = Callable[..., MainWindow]
Spawn = Callable[..., Process]


@pytest.fixture(autouse=True)
def hints_of_the_window() -> Iterator[None]:
    """Hints name what the window has, as they do where it is started."""
    with read_in("window"):
        yield


@pytest.fixture(scope="module")
def theme(qapp: QApplication) -> Iterator[Theme]:
    """The light theme, for all journeys."""
    made = Theme(qapp, "light")
    yield made
    made.detach()


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file faults are written to, in a folder of the test's own."""
    monkeypatch.setattr("platformdirs.user_log_path", lambda *args, **kwargs: tmp_path / "log")
    return tmp_path / "log" / "faults.log"


@pytest.fixture
def start(qtbot: QtBot, theme: Theme, tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """``gui.start``; its windows are closed and deleted when the test is over."""
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    settings.setValue("welcomed", "yes")
    monkeypatch.setattr(gui, "Theme", lambda *_: theme)
    monkeypatch.setattr(QApplication, "setApplicationName", lambda *_: None)
    monkeypatch.setattr(QApplication, "setApplicationDisplayName", lambda *_: None)
    made: list[MainWindow] = []

    def begin(*paths: Path, asker: Asker | None = None, journals: Path = tmp_path / "journal") -> MainWindow:
        asker = asker or ScriptedAsker()
        window = gui.start([str(path) for path in paths], asker=asker, journals=journals, settings=settings)
        made.append(window)
        qtbot.waitExposed(window)
        QApplication.processEvents()  # opens what was named
        return window

    yield begin
    for window in made:
        end(window)


def end(window: MainWindow) -> None:
    """Close a window without saving, and delete it."""
    if not shiboken6.isValid(window):
        return
    window.asker = ScriptedAsker(Answer.DISCARD)
    window.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def told_by(window: MainWindow) -> ScriptedAsker:
    """What a window asks and tells, and its script of answers."""
    assert isinstance(window.asker, ScriptedAsker)
    return window.asker


@pytest.fixture
def spawn(tmp_path: Path) -> Iterator[Spawn]:
    """Runs a module of the journeys as a process of its own, at home in the test's folder; none outlives the test."""
    made: list[Process] = []

    def begin(*words: object) -> Process:
        made.append(Process(tmp_path / "home", *words))
        return made[-1]

    yield begin
    for process in made:
        process.end()
