"""Starts the window: application object, theme, faults, recovery, first document; and ends it cleanly."""

from __future__ import annotations

import contextlib
import gc
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSettings, QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from nnviz import resources
from nnviz.canvas.render import encoded
from nnviz.document import recovery
from nnviz.document.atomic import write_atomic
from nnviz.document.document import Document
from nnviz.errors import NnvizError
from nnviz.hints import read_in
from nnviz.session.examples import example
from nnviz.session.runner import News
from nnviz.session.session import Session
from nnviz.ui.dialogs import Asker
from nnviz.ui.faults import Faults
from nnviz.ui.looks import known_scale
from nnviz.ui.theme import Theme
from nnviz.ui.window import MainWindow
from nnviz.words import tr

FIRST = "mazur"
"""The small solved network that a first start shows."""
SELDOM = 10_000
"""New objects after which garbage is looked for among them."""
ROUNDS = 4
"""How often events are processed before a snapshot: a layout within another gets its room in the round after it."""


def start(
    paths: Sequence[str] = (),
    *,
    asker: Asker | None = None,
    journals: Path | None = None,
    settings: QSettings | None = None,
) -> MainWindow:
    """Make the application and its window, and show it; :func:`run` also runs the event loop.

    Parameters
    ----------
    paths : a document or table to open.
    journals : the folder of crash journals; the user's own by default.
    settings : what is remembered between starts; the user's own by default.
    """
    application = QApplication.instance() or QApplication(["nnviz"])
    assert isinstance(application, QApplication)
    application.setApplicationName("nnviz")
    application.setApplicationDisplayName("nnviz")
    application.setDesktopFileName("nnviz")
    application.setWindowIcon(QIcon(str(resources.path("icons", "nnviz.svg"))))
    settings = settings or QSettings("nnviz", "nnviz")
    theme = Theme(application, _known_theme(str(settings.value("theme", ""))), known_scale(settings.value("scale")))
    asker = asker or Asker()
    folder = journals or recovery.default_folder()
    left, document = _recovered(asker, folder)
    path = Path(left.path) if left is not None and left.path else None
    session = Session(document, path, journals=folder, unsaved=left is not None)
    if left is not None and session.journaled:  # only now: the new journal holds what it held
        with contextlib.suppress(NnvizError):
            recovery.discard(left)
    window = MainWindow(session, theme, asker, settings, locks=folder / "locks")
    kept = tr("Your work is kept in the recovery journal.")
    faults = Faults(kept=lambda: kept if session.journaled else "", refused=window.refuse, parent=window)
    faults.install()
    window.destroyed.connect(faults.remove)
    window.show()
    if paths:
        QTimer.singleShot(0, window, lambda: window.open_path(Path(paths[0])))
    elif left is None and settings.value("welcomed") is None:
        settings.setValue("welcomed", "yes")
        QTimer.singleShot(0, window, window.files.new)
    return window


def run(paths: Sequence[str] = ()) -> int:
    """Show the window and wait until it is closed; gives the exit code."""
    with read_in("window"):
        window = start(paths)
        spare(window.session)
        application = QApplication.instance()
        assert application is not None
        code = application.exec()
    window.session.close()
    window.deleteLater()
    return code


def spare(session: Session) -> None:
    """Let garbage be looked for seldom, and only among what comes after the beginning of the first training.

    Then all there is of modules and widgets is there for good. To look through it takes 100 ms, in which a window
    stands still, every few seconds of showing live numbers; through the texts that are kept for them, 15 ms.
    """

    def told(news: News) -> None:
        if news.report is not None:
            session.told.disconnect(told)
            gc.freeze()
            gc.set_threshold(SELDOM)

    session.told.connect(told)


def snapshot(place: Path, document: Document, step: int | None = None) -> None:
    """Show the window with ``document``, write a picture of it as a PNG, and close it.

    No screen is needed, nobody is asked, and what the user's own windows remember and recover stays as it is.

    Parameters
    ----------
    step : which step of the walkthrough is shown, from 1; none by default.

    Raises
    ------
    FileError
        If the picture cannot be written there.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("QT_LOGGING_RULES", "default.warning=false")  # of what a platform without a screen cannot do
    with read_in("window"), tempfile.TemporaryDirectory(prefix="nnviz-") as folder:
        settings = QSettings(f"{folder}/settings.ini", QSettings.Format.IniFormat)
        settings.setValue("welcomed", "yes")
        window = start(journals=Path(folder), settings=settings)
        try:
            picture = _photographed(window, document, step)
        finally:
            window.close()
            window.session.close()
            window.deleteLater()
    write_atomic(place, picture)


def _photographed(window: MainWindow, document: Document, step: int | None) -> bytes:
    window.show_document(document)
    if step is not None:
        window.session.go_to_step(step - 1)
    for _ in range(ROUNDS):
        QApplication.processEvents()
    return encoded(window.grab().toImage())


def _recovered(asker: Asker, folder: Path) -> tuple[recovery.Recoverable | None, Document]:
    """What a crash left, if its user wants it back, else the first example; what is left open here stays."""
    for left in sorted(_left(folder), key=lambda each: each.time, reverse=True):
        told = tr(
            "{title}: {nodes} nodes, {edges} edges, {acts} unsaved acts, last at {time}{training}",
            title=left.title or tr("untitled"),
            nodes=left.nodes,
            edges=left.edges,
            acts=left.acts,
            time=left.time.strftime("%d %b %Y, %H:%M:%S"),
            training=tr("; a training was running") if left.training else "",
        )
        question = tr("nnviz did not end properly. Recover the work?")
        chosen = asker.choose(None, question, told, (tr("Recover"), tr("Discard")))
        try:
            if chosen == 0:
                return left, recovery.recover(left)
            if chosen == 1:
                recovery.discard(left)
        except NnvizError as error:
            asker.refuse(None, error)
    return None, example(FIRST)


def _known_theme(remembered: str) -> str:
    """The theme chosen last, or that of the system; settings may be of another version, or spoiled."""
    return remembered if remembered in ("light", "dark", "high-contrast") else "system"


def _left(folder: Path) -> list[recovery.Recoverable]:
    with contextlib.suppress(NnvizError, OSError):
        return recovery.found(folder)
    return []
