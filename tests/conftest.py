"""What every test runs under: no screen, and nothing left behind.

A test that leaves a thread, a running timer or a window behind fails, for in the application the same leak aborts the
process at exit or keeps a closed document alive.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

GRACE = 2.0  # seconds a thread that was told to stop may take; a test that leaves none behind never waits


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--headed", action="store_true", help="show the windows of the tests on the screen")


def pytest_configure(config: pytest.Config) -> None:
    # The platform is read once, when the first application object is made.
    if config.getoption("--headed"):
        os.environ.pop("QT_QPA_PLATFORM", None)
    else:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    # Runs are carried by the clear executor, whose pace leaves a window something to see; the tests of the fast one,
    # and of the choice between them, say so. Its kernels are compiled once for all tests and the processes they start.
    os.environ["NNVIZ_EXECUTOR"] = "clear"
    os.environ.setdefault("NNVIZ_KERNELS", str(config.rootpath / ".pytest_cache" / "kernels"))
    _tame_hypothesis()


def _tame_hypothesis() -> None:
    """The same examples in every run, and no verdict about time: how fast a machine is says nothing about the code."""
    from hypothesis import HealthCheck, settings

    settings.register_profile("nnviz", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("nnviz")


@pytest.fixture(autouse=True)
def no_leaked_threads() -> Iterator[None]:
    """Fail a test that leaves a thread running."""
    before = set(threading.enumerate())
    yield
    left = [thread for thread in threading.enumerate() if thread not in before]
    for thread in left:
        thread.join(GRACE)
    names = sorted(thread.name for thread in left if thread.is_alive())
    if names:
        pytest.fail(f"leaked threads: {names}", pytrace=False)


@pytest.fixture(autouse=True)
def no_leaked_qt(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test that leaves a timer running, a QThread running or a window undeleted.

    Timers and threads are noted as they start, for Qt keeps no list of them. The plugin pytest-qt has loaded Qt
    already; a test that makes no application object pays for two replaced methods only.
    """
    core = sys.modules.get("PySide6.QtCore")
    if core is None:
        yield
        return
    started: list[Any] = []
    for kind in (core.QTimer, core.QThread):
        monkeypatch.setattr(kind, "start", _noting(kind.start, started))
    widgets = _windows()
    yield
    monkeypatch.undo()
    if core.QCoreApplication.instance() is None:
        return
    _check_started(core, started)
    _check_windows(widgets)


def _noting(start: Any, started: list[Any]) -> Any:
    """``start`` that also notes whom it was called on."""

    def noted(self: Any, *args: Any, **kwargs: Any) -> Any:
        started.append(self)
        return start(self, *args, **kwargs)

    return noted


def _check_started(core: Any, started: list[Any]) -> None:
    import shiboken6

    alive = [each for each in started if shiboken6.isValid(each)]
    timers = [timer for timer in alive if isinstance(timer, core.QTimer) and timer.isActive()]
    threads = [thread for thread in alive if isinstance(thread, core.QThread) and not thread.wait(int(GRACE * 1000))]
    for timer in timers:
        timer.stop()  # so that the next test does not pay for it
    if timers or threads:
        pytest.fail(f"leaked timers: {timers}, leaked QThreads: {threads}", pytrace=False)


def _windows() -> set[Any]:
    """All top-level widgets that exist now."""
    widgets = sys.modules.get("PySide6.QtWidgets")
    application = widgets and widgets.QApplication.instance()
    return set(widgets.QApplication.topLevelWidgets()) if isinstance(application, widgets.QApplication) else set()


def _check_windows(before: set[Any]) -> None:
    from PySide6.QtCore import QCoreApplication, QEvent

    def left() -> list[str]:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        return [f"{type(w).__name__}({w.objectName()!r})" for w in _windows() - before]

    if left():
        gc.collect()  # a window in a cycle of references is gone with the next collection: no leak
        names = left()
        if names:
            for widget in _windows() - before:
                widget.deleteLater()
            pytest.fail(f"leaked widgets: {names}", pytrace=False)
