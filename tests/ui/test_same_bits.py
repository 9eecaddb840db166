"""The same seed: a run in the window, with every panel open and looking on, has the bits of the library's."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QSettings
from pytestqt.qtbot import QtBot

import nnviz
from nnviz.document.document import same
from nnviz.session.session import Session
from nnviz.ui.dialogs import Answer
from nnviz.ui.theme import Theme
from nnviz.ui.window import MainWindow
from tests.learning.test_same_bits import as_settings_say, document, executors
from tests.ui.asking import ScriptedAsker
from tests.ui.running import until, until_idle

__all__ = ["as_settings_say"]


@executors
def test_a_run_in_the_window_paused_and_gone_on_has_the_bits_of_the_library(
    executor: str, qtbot: QtBot, theme: Theme, tmp_path: Path
) -> None:
    begun = document(executor)
    expected = nnviz.train(begun).document  # has kernels compiled, if need be
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    window = MainWindow(Session(begun), theme, ScriptedAsker(Answer.DISCARD), settings)
    try:
        with qtbot.waitExposed(window):
            window.show()
        for dock in window.docks.values():
            dock.show()
            dock.raise_()
        session = window.session
        session.start_training()
        session.pause_training()
        until(qtbot, lambda: len(session.curves) > 0)
        assert session.training
        session.pause_training(False)
        until_idle(qtbot, session)
        assert same(session.document, expected)
        assert session.document.runs[-1].executor == executor
    finally:
        window.session.stop_training()
        window.close()
        window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
