"""A seeded monkey at the real window: whatever it does, no fault is shown and the document stays whole.

``NNVIZ_EVENTS`` sets how many events (250; 100,000 by ``make monkey``), ``NNVIZ_SEED`` another monkey. A long run tells
now and then how far it is and what memory it has taken at most, which must come to a level.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from nnviz.canvas.hits import owner
from nnviz.document.document import Document, same
from nnviz.document.edits import AddNode, Move, Together
from nnviz.document.files import decode, encode
from nnviz.document.recovery import recover
from nnviz.errors import NnvizError
from nnviz.session.examples import example_names, example_path
from nnviz.ui.dialogs import Answer, Asker
from nnviz.ui.faults import Faults
from nnviz.ui.window import MainWindow
from tests.document.makers import random_edit
from tests.journeys.conftest import Start
from tests.journeys.test_trust import SPOILED, spoiled

EVENTS = int(os.environ.get("NNVIZ_EVENTS", "250"))
SEED = int(os.environ.get("NNVIZ_SEED", "1"))
BATCH = 25
TOLD = 5_000
EPISODE = 250
"""Events after which the history is undone to its beginning, and another document is opened."""

TYPED = "0123456789.,-+/*()eE abcxyz<>&%"
KEYS = (
    *(Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Return, Qt.Key.Key_Escape),
    *(Qt.Key.Key_Delete, Qt.Key.Key_Backspace),
    *(Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown),
    *(Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_Space, Qt.Key.Key_Menu),
    *(Qt.Key.Key_F5, Qt.Key.Key_F6, Qt.Key.Key_F9, Qt.Key.Key_F10, Qt.Key.Key_F11),
)
LETTERS = tuple(Qt.Key(key) for key in range(Qt.Key.Key_A, Qt.Key.Key_Z + 1))
HELD = (Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier)
NONE, LEFT = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
BUTTONS = (*[LEFT] * 6, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton)


class WhimsicalAsker(Asker):
    """Answers at random; opens what is there, what is spoiled and what is missing."""

    def __init__(self, random: Random, folder: Path) -> None:
        self._random, self._folder = random, folder

    def save_changes(self, parent: QWidget | None, name: str) -> Answer:
        return self._random.choice([*Answer])

    def question(
        self, parent: QWidget | None, text: str, detail: str, *, yes: str, no: str = "", icon: str = "question"
    ) -> bool:
        return self._random.random() < 0.5

    def choose(self, parent: QWidget | None, text: str, detail: str, choices: Sequence[str]) -> int | None:
        return self._random.choice([None, *range(len(choices))])

    def refuse(self, parent: QWidget | None, error: NnvizError, doing: str = "") -> None:
        assert str(error)

    def tell(self, parent: QWidget | None, text: str, detail: str = "") -> None:
        pass

    def open_file(self, *_: object, **__: object) -> Path | None:
        files = [None, *(spoiled(self._folder, name) for name in SPOILED)]
        return self._random.choice([*files, *sorted(self._folder.glob("*.nnviz"))])

    def save_file(self, *_: object, **__: object) -> Path | None:
        names = ["saved.nnviz", "saved2.nnviz", "saved.png", "saved.svg", "no/such/folder/saved.nnviz"]
        return self._random.choice([None, *(self._folder / name for name in names)])


class Monkey:
    """Does what it likes with all that can be seen."""

    def __init__(self, window: MainWindow, random: Random, folder: Path) -> None:
        self.window, self.random = window, random
        self.folder = folder
        self.done: list[str] = []
        self.first = encode(window.session.document)
        window.session.changed.connect(self._note_first)
        self.stand_still()
        self._deeds: dict[Callable[[], str], int] = {
            self.click: 24,
            self.drag: 14,
            self.turn: 8,
            self.type: 16,
            self.press: 18,
            self.command: 7,
            self.edit: 3,
            self.select: 4,
        }

    def act(self) -> None:
        deed = self.random.choices(list(self._deeds), list(self._deeds.values()))[0]
        self.done.append(deed())
        if self.random.random() < 0.4:
            settle()

    # where

    def _widget(self) -> QWidget:
        """Something to be seen: in a popup if there is one, else the canvas, else anything."""
        popup = QApplication.activePopupWidget()
        if popup is None and self.random.random() < 0.4:
            return self.window.area.view
        tops = [popup] if popup is not None else [each for each in QApplication.topLevelWidgets() if each.isVisible()]
        top = self.random.choice(tops)
        inner = [each for each in top.findChildren(QWidget) if each.isVisible() and each.window() is top]
        return self.random.choice([top, *inner])

    def _place(self, widget: QWidget) -> QPoint:
        view = self.window.area.view
        if widget is view and view.centres and self.random.random() < 0.6:
            at = view.to_widget(*self.random.choice(list(view.centres.values())))
            return at.toPoint() + QPoint(self.random.randrange(-40, 80), self.random.randrange(-20, 20))
        return QPoint(self.random.randrange(max(1, widget.width())), self.random.randrange(max(1, widget.height())))

    def _held(self, chance: float = 0.2) -> Qt.KeyboardModifier:
        return self.random.choice(HELD) if self.random.random() < chance else NONE

    # what

    def click(self) -> str:
        widget, button = self._widget(), self.random.choice(BUTTONS)
        act = QTest.mouseDClick if self.random.random() < 0.2 else QTest.mouseClick
        place = self._place(widget)
        act(widget, button, self._held(), place)
        return f"{act.__name__} {type(widget).__name__} {place.toTuple()}"

    def drag(self) -> str:
        widget, button = self._widget(), self.random.choice(BUTTONS)
        held, begin = self._held(), self._place(widget)
        QTest.mousePress(widget, button, held, begin)
        for _ in range(self.random.randrange(1, 4)):
            if not widget.isVisible():
                break
            QTest.mouseMove(widget, self._place(widget))
        end = self._place(widget)
        if self.random.random() < 0.9:
            QTest.mouseRelease(widget, button, held, end)
        return f"drag {type(widget).__name__} {begin.toTuple()} {end.toTuple()}"

    def turn(self) -> str:
        widget, notches = self._widget(), self.random.choice([-720, -120, -7, 7, 120, 720])
        at = QPointF(self._place(widget))
        event = QWheelEvent(
            at,
            QPointF(widget.mapToGlobal(at.toPoint())),
            QPoint(0, self.random.choice([0, 0, notches])),
            QPoint(0, notches),
            Qt.MouseButton.NoButton,
            self._held(),
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(widget, event)
        return f"wheel {type(widget).__name__} {notches}"

    def type(self) -> str:
        text = "".join(self.random.choice(TYPED) for _ in range(self.random.randrange(1, 5)))
        widget = self._focus()
        QTest.keyClicks(widget, text)
        return f"type {type(widget).__name__} {text!r}"

    def press(self) -> str:
        widget, held = self._focus(), self._held(0.3)
        key = self.random.choice(LETTERS if held != NONE and self.random.random() < 0.5 else KEYS)
        QTest.keyClick(widget, key, held)
        return f"press {type(widget).__name__} {key.name} {held.name}"

    def _focus(self) -> QWidget:
        return QApplication.activePopupWidget() or QApplication.focusWidget() or self.window

    def command(self) -> str:
        name = self.random.choice(list(self.window.built.actions))
        if name in ("theme", "larger", "smaller") and self.random.random() < 0.8:
            name = "undo"  # a whole style sheet takes as long as a hundred clicks
        self.window.built.run(name)
        return f"command {name}"

    def edit(self) -> str:
        """An edit of any kind that panels and files can make, with the strangest of numbers and names."""
        session = self.window.session
        edit = random_edit(self.random, session.document)
        while isinstance(edit, AddNode | Together):  # their nodes have no place, and a whole layout takes long
            edit = random_edit(self.random, session.document)
        try:
            session.do(edit)
        except NnvizError as error:
            return f"refused {type(edit).__name__}: {error}"
        return f"edit {type(edit).__name__}"

    def select(self) -> str:
        graph = self.window.session.document.graph
        parts = [*(node.id for node in graph.nodes), *(edge.id for edge in graph.edges)]
        chosen = tuple(self.random.sample(parts, min(len(parts), self.random.choice([0, 1, 1, 2, 5]))))
        self.window.session.select(chosen)
        return f"select {chosen}"

    # between

    def poke(self, dialog: QDialog) -> int:
        """In place of a dialog's own event loop: show it, do something in it, and close it."""
        dialog.show()
        QApplication.processEvents()
        for _ in range(self.random.randrange(4)):
            if dialog.isVisible():
                inner = [each for each in dialog.findChildren(QWidget) if each.isVisible()]
                widget = self.random.choice([dialog, *inner])
                QTest.mouseClick(widget, LEFT, NONE, self._place(widget))
                QTest.keyClicks(QApplication.focusWidget() or dialog, self.random.choice(TYPED))
        dialog.done(0)
        return dialog.result()

    def tidy(self) -> None:
        """Close what lies over the window, and show every panel."""
        while (popup := QApplication.activePopupWidget()) is not None:
            popup.close()
        for top in QApplication.topLevelWidgets():
            if top.isVisible() and top is not self.window and isinstance(top, QDialog):
                top.close()
        for dock in self.window.docks.values():
            dock.setFloating(False)
            dock.show()
        self.window.activateWindow()
        settle()

    def begin_anew(self) -> None:
        """Undo everything and do it again, behind the window's back; then go on with another document."""
        session = self.window.session
        session.stop_training()
        history, before, acts = session._history, encode(session.document), 0
        while history.can_undo:
            history.undo()
            acts += 1
        assert encode(history.document) == self.first
        for _ in range(acts):
            history.redo()
        assert encode(history.document) == before
        self.window.asker, asker = self._discarding(), self.window.asker
        name = self.random.choice(example_names())
        copied = shutil.copy(example_path(name), self.folder)  # for the monkey saves what it has done
        self.window.open_path(Path(copied))
        self.window.asker = asker
        self.stand_still()

    def stand_still(self) -> None:
        """Give every node a place: to lay a network out anew takes as long as a hundred clicks."""
        self.window.session.do(Move(self.window.area.view.positions()))

    def _note_first(self, before: Document, after: Document) -> None:
        """A document without a past is the first of its history."""
        if not self.window.session.undo_title and not self.window.session.redo_title:
            self.first = encode(after)

    def _discarding(self) -> Any:
        asker = WhimsicalAsker(self.random, Path())
        asker.save_changes = lambda *_: Answer.DISCARD  # type: ignore[method-assign]  # replaced on purpose
        return asker


def settle() -> None:
    """Let happen what is due; outside an event loop, what is to be deleted would be kept for ever."""
    QApplication.processEvents()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@contextmanager
def caged(monkey: Monkey) -> Iterator[None]:
    """The window does not close, dialogs do not wait for anybody, and popups do not stay."""
    watch = QTimer()
    watch.timeout.connect(lambda: (popup := QApplication.activePopupWidget()) and popup.close())
    watch.start(300)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(QDialog, "exec", lambda dialog: monkey.poke(dialog))
        patch.setattr(monkey.window, "close", lambda: None)
        try:
            yield
        finally:
            watch.stop()


@pytest.mark.qt_log_ignore("does not support grabbing the mouse", "event.* not accepted by receiving widget")
@pytest.mark.timeout(120 + EVENTS / 10)
def test_a_monkey_breaks_nothing(start: Start, tmp_path: Path, log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    random = Random(SEED)
    window = start(asker=WhimsicalAsker(random, tmp_path))
    monkey = Monkey(window, random, tmp_path)
    number = 0
    try:
        with caged(monkey):
            for number in range(1, EVENTS + 1):
                monkey.act()
                if number % BATCH == 0:
                    monkey.tidy()
                    check(window, log, tmp_path / "journal")
                    monkey.done.clear()
                if number % EPISODE == 0:
                    monkey.begin_anew()
                if number % TOLD == 0:
                    with capsys.disabled():
                        print(f"{number:,} of {EVENTS:,} events, {peak_mib()} MiB at most", flush=True)
    except BaseException:
        print(f"seed {SEED}, event {number}", *monkey.done, sep="\n    ")
        raise


def peak_mib() -> int:
    """The most memory the process has held so far."""
    import resource  # not on Windows, where no long run is made

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (2**20 if sys.platform == "darwin" else 2**10)


def check(window: MainWindow, log: Path, journals: Path) -> None:
    """What holds after any deed."""
    net, session = window.findChild(Faults), window.session
    assert isinstance(net, Faults)
    assert net.count == 0, log.read_text(encoding="utf-8")
    document = session.document
    data = encode(document)
    assert same(decode(data, "the document"), document)
    parts = {*document.graph.by_id, *document.graph.edges_by_id}
    assert set(session.selection) <= parts
    assert {owner(node.id) for node in window.area.view.diagram.nodes} == {*document.graph.by_id}
    assert window.isWindowModified() == session.modified
    if not session.training:
        (journal,) = journals.glob("*.journal")
        assert encode(recover(journal)) == data
