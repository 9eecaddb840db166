"""What the processes do that the journeys start, close and kill: ``python -m tests.journeys.children ACT …``.

Each is the application as :mod:`nnviz.app.gui` makes it, driven by timers of its own event loop. What they have to tell
they print, a line of JSON at a time.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from random import Random

import numpy as np
from msgspec.structs import replace
from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from nnviz.app import gui
from nnviz.document.document import Document
from nnviz.document.edits import Move, RemoveParts, Rename, SetParameter, SetTitle, SetTraining, Together, new_node
from nnviz.document.files import encode
from nnviz.session import session as module
from nnviz.session.runner import News
from nnviz.session.session import Session
from nnviz.ui.dialogs import Answer, Asker
from nnviz.ui.window import MainWindow

HANG_MS = 60_000


def tell(**what: object) -> None:
    """Print one line of JSON at once."""
    print(json.dumps(what), flush=True)


class Told(Asker):
    """Tells every question, and answers no; unsaved changes are discarded."""

    def save_changes(self, parent: QWidget | None, name: str) -> Answer:
        return Answer.DISCARD

    def question(
        self, parent: QWidget | None, text: str, detail: str, *, yes: str, no: str = "", icon: str = "question"
    ) -> bool:
        tell(asked=text, detail=detail)
        return False

    def choose(self, parent: QWidget | None, text: str, detail: str, choices: Sequence[str]) -> int | None:
        tell(asked=text, detail=detail)
        return None

    def refuse(self, parent: QWidget | None, error: Exception, doing: str = "") -> None:
        tell(refused=str(error))


def soon(window: QObject, act: Callable[[], object], milliseconds: float = 0) -> None:
    QTimer.singleShot(round(milliseconds), window, act)


# Starting and closing while it trains

MOMENTS = ("running", "paused", "finishing", "beginning")
ENDS: dict[str, Callable[[MainWindow], object]] = {
    "close": lambda window: window.close(),
    "quit": lambda window: QApplication.quit(),
    "command": lambda window: window.built.run("quit"),
    "all": lambda window: QApplication.closeAllWindows(),
}


def closes(path: str, count: str) -> None:
    """Start the application, let it train, and end it in the middle, ``count`` times: each a process of its own."""
    random = Random(int(count))
    for number in range(int(count)):
        moment, end = MOMENTS[number % 4], [*ENDS][(number + number // 4) % 4]
        wait = random.uniform(0, 400)
        reading, writing = os.pipe()
        child = os.fork()  # what has been imported needs not be imported again
        if not child:
            os.close(reading)
            sys.exit(_train_and_close(path, moment, end, wait, writing))
        os.close(writing)
        with os.fdopen(reading) as pipe:
            _, status = os.waitpid(child, 0)
            gone = time.monotonic()
            begun = pipe.read()
        code = os.waitstatus_to_exitcode(status)
        tell(moment=moment, end=end, wait=wait, code=code, seconds=gone - float(begun) if begun else None)


def _train_and_close(path: str, moment: str, end: str, wait: float, pipe: int) -> int:
    def begin(window: MainWindow) -> None:
        if moment == "finishing":
            window.session.do(SetTraining(replace(window.session.document.training, epochs=1 + round(wait / 20))))
        window.built.run("train")
        assert window.session.training
        if moment == "paused":
            soon(window, lambda: window.built.run("train"), wait / 2)
        if moment == "finishing":
            _when(window, lambda: window.session.runner is None or not window.session.runner.alive, over)
        else:
            soon(window, lambda: over(window), 0 if moment == "beginning" else wait)

    def over(window: MainWindow) -> None:
        os.write(pipe, str(time.monotonic()).encode())
        ENDS[end](window)

    return _run(path, begin)


def _when(window: MainWindow, true: Callable[[], bool], act: Callable[[MainWindow], object]) -> None:
    """Act at the first moment at which something is true."""
    soon(window, lambda: act(window) if true() else _when(window, true, act))


def _run(path: str, begin: Callable[[MainWindow], object]) -> int:
    """``gui.run`` itself, with an asker that discards and something to do once the document is open."""
    start = gui.start

    def started(paths: Sequence[str]) -> MainWindow:
        window = start(paths, asker=Told())
        soon(window, lambda: _when(window, lambda: window.session.path is not None, begin))
        QTimer.singleShot(HANG_MS, window, lambda: os._exit(99))
        return window

    gui.start = started  # type: ignore[assignment]  # replaced on purpose
    return gui.run([path])


# Editing, training, and being killed


def act(random: Random, session: Session) -> None:
    """One random act, an edit, an undo or a redo: the same in every process that begins with the same document."""
    document, way = session.document, random.randrange(8)
    node = random.choice(document.graph.nodes).id if document.graph.nodes else ""
    key = random.choice([*document.parameters, ""])
    if way == 0 or not node:
        session.do(new_node(document, "perceptron", (random.random(), 1.0)))
    elif way == 1:
        session.do(Together((Rename(node, f"n{random.random()}"), Move({node: (random.random(), 2.0)})), "Both"))
    elif way == 2 and key:
        session.do(SetParameter(key, np.full(document.parameters[key].shape, random.random())))
    elif way == 3 and len(document.graph.nodes) > 4:
        session.do(RemoveParts((node,)))
    elif way == 4:
        session.undo()
    elif way == 5:
        session.redo()
    else:
        session.do(SetTitle(f"title {random.random()}"))


def digest(document: Document) -> str:
    return hashlib.sha256(encode(document)).hexdigest()


def edits(path: str, seed: str) -> None:
    """Do one act after the other until killed, and tell each that is finished."""
    random = Random(int(seed))

    def go_on(window: MainWindow) -> None:
        act(random, window.session)
        tell(done=digest(window.session.document))
        soon(window, lambda: go_on(window))

    _run(path, go_on)


def trains(path: str, checkpoint_seconds: str) -> None:
    """Train until killed, and tell at each tick how many updates have been made."""
    module.CHECKPOINT_SECONDS = float(checkpoint_seconds)

    def begin(window: MainWindow) -> None:
        poll = window.session.poll

        def tell_step() -> News | None:
            news = poll()
            tell(at=time.monotonic(), step=news.report.step if news and news.report else 0)
            return news

        window.session.poll = tell_step  # type: ignore[method-assign]  # replaced on purpose
        tell(at=time.monotonic(), step=0)
        window.built.run("train")

    _run(path, begin)


# Two windows, one file


def holds(path: str) -> None:
    """Open a document and keep it open until killed."""
    window = gui.start([path], asker=Told())
    soon(window, lambda: tell(open=str(window.session.path)))
    QApplication.exec()


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
