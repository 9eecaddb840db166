"""The fixtures of conftest.py fail a test that leaks, and only such a test."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

LEAKS = {
    "thread": (
        """
        import threading

        def test_leaves_a_thread():
            threading.Thread(target=threading.Event().wait, name="forgotten", daemon=True).start()
        """,
        "leaked threads: ['forgotten']",
    ),
    "timer": (
        """
        from PySide6.QtCore import QTimer

        KEPT = []

        def test_leaves_a_timer(qapp):
            KEPT.append(QTimer())
            KEPT[0].start(60_000)
        """,
        "leaked timers: [<PySide6.QtCore.QTimer",
    ),
    "qthread": (
        """
        from PySide6.QtCore import QThread

        KEPT = []

        def test_leaves_a_thread_of_qt(qapp):
            KEPT.append(QThread())  # its loop runs until quit() is called
            KEPT[0].start()

        def test_ends_it():
            KEPT[0].quit()
            KEPT[0].wait()
        """,
        "leaked QThreads: [<PySide6.QtCore.QThread",
    ),
    "widget": (
        """
        from PySide6.QtWidgets import QWidget

        KEPT = []

        def test_leaves_a_widget(qapp):
            KEPT.append(QWidget(objectName="forgotten"))
        """,
        "leaked widgets: [\"QWidget('forgotten')\"]",
    ),
}

CLEAN = """
import gc
import threading
from PySide6.QtCore import QThread, QTimer
from PySide6.QtWidgets import QWidget

def test_joins_its_thread():
    thread = threading.Thread(target=str)
    thread.start()
    thread.join()

def test_stops_its_timer(qapp):
    timer = QTimer()
    timer.start(60_000)
    timer.stop()

def test_gives_its_widget_to_the_bot(qtbot):
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()

def test_ends_its_thread_of_qt(qapp):
    thread = QThread()
    thread.start()
    thread.quit()
    thread.wait()

def test_leaves_a_cycle(qapp):
    widget = QWidget()
    widget.itself = widget
"""


FATAL = """
import warnings
from PySide6.QtCore import qWarning

def test_warns():
    warnings.warn("old", DeprecationWarning)

def test_warns_through_qt(qapp):
    qWarning("unheard")
"""

HANG = """
import threading

def test_waits_for_ever():
    threading.Event().wait()
"""


@pytest.fixture
def ours(pytester: pytest.Pytester) -> pytest.Pytester:
    """A folder with our settings and fixtures, where tests that shall fail can be run."""
    pytester.makeconftest(Path(__file__).with_name("conftest.py").read_text(encoding="utf-8").replace("= 2.0", "= 0.1"))
    pytester.makepyprojecttoml((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pytester.mkdir("tests")
    return pytester


def test_leaks_fail_their_tests_and_nothing_else_fails(ours: pytest.Pytester) -> None:
    ours.makepyfile(
        **{f"test_{kind}": code for kind, (code, _) in LEAKS.items()},
        test_clean=CLEAN,
        test_none="def test_none(): pass",
    )
    result = ours.runpytest_subprocess(".")
    result.assert_outcomes(passed=len(LEAKS) + 1 + CLEAN.count("def test_") + 1, errors=len(LEAKS))
    told = result.stdout.str()
    assert [message for _, message in LEAKS.values() if message not in told] == []


def test_warnings_of_python_and_qt_are_fatal(ours: pytest.Pytester) -> None:
    ours.makepyfile(FATAL)
    ours.runpytest_subprocess(".").assert_outcomes(failed=2)


def test_a_hang_dies_with_a_traceback(ours: pytest.Pytester) -> None:
    ours.makepyfile(HANG)
    result = ours.runpytest_subprocess(".", "-o", "timeout=0.5")
    assert result.ret != 0
    result.stdout.fnmatch_lines(["*Timeout*", "*test_waits_for_ever*", "*threading.Event().wait()*"])


@pytest.mark.parametrize(("option", "platform"), [((), "offscreen"), (("--headed",), None)])
def test_no_screen_is_needed_unless_asked_for(
    ours: pytest.Pytester, option: tuple[str, ...], platform: str | None
) -> None:
    ours.makepyfile(f"import os\ndef test_platform(): assert os.environ.get('QT_QPA_PLATFORM') == {platform!r}")
    ours.runpytest_subprocess(".", *option).assert_outcomes(passed=1)
