"""A user of the window, who has a mouse, keys and eyes, and calls no method of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, QSettings, Qt, QTimer
from PySide6.QtGui import QKeySequence, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialogButtonBox,
    QFileDialog,
    QListWidget,
    QPushButton,
    QScrollArea,
    QWidget,
)
from pytestqt.qtbot import QtBot

from nnviz.document.document import Document
from nnviz.session.picture import Text
from nnviz.session.session import Session
from nnviz.ui.dialogs import Answer, Asker
from nnviz.ui.kind_words import kind_words
from nnviz.ui.theme import Theme
from nnviz.ui.window import MainWindow
from tests.ui.asking import ScriptedAsker

W = TypeVar("W", bound=QWidget)
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
MOST_TABS = 80


@contextmanager
def sitting(qtbot: QtBot, theme: Theme, folder: Path, document: Document | None = None) -> Iterator[User]:
    """A user before a window on a document, by default an empty one; questions are asked in real dialogs."""
    settings = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
    window = MainWindow(Session(document or Document()), theme, Asker(), settings)
    with qtbot.waitActive(window):
        window.show()
    try:
        yield User(window, qtbot)
    finally:
        window.session.stop_training()
        window.asker = ScriptedAsker(Answer.DISCARD)
        window.close()
        window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


class User:
    """Types to what has the focus, clicks and drags what can be seen, and reads what stands there."""

    def __init__(self, window: MainWindow, bot: QtBot) -> None:
        self.window, self.bot = window, bot
        self.session, self.view = window.session, window.area.view

    # keys

    @property
    def focus(self) -> QWidget:
        """What the keys go to, once everything has happened that is due."""
        QApplication.processEvents()
        front = QApplication.activeModalWidget() or self.window
        if QApplication.activePopupWidget() is None and QApplication.activeWindow() is not front:
            front.activateWindow()  # as a window manager does when a popup or a dialog has gone
            self.bot.waitUntil(lambda: QApplication.activeWindow() is front)
        found = QApplication.focusWidget()
        assert found is not None, "nothing has the focus"
        return found

    def press(self, *shortcuts: str) -> None:
        """Press keys, each written as a menu writes it."""
        for shortcut in shortcuts:
            keys = QKeySequence(shortcut)[0]
            QTest.keyClick(self.focus, keys.key(), keys.keyboardModifiers())

    def type(self, text: str) -> None:
        """Type, letter by letter, for the first letter may open a field of its own."""
        for letter in text:
            QTest.keyClicks(self.focus, letter)

    def enter(self, text: str) -> None:
        """Type in place of what stands in the field, and take it over."""
        self.press("Ctrl+A")
        self.type(text)
        self.press("Return")

    def tab_to(self, name: str, key: str = "Tab") -> QWidget:
        """Press Tab until the control of this name has the focus."""
        met = [named(self.focus)]
        while met[-1] != name:
            assert len(met) < MOST_TABS, f"{name} is not reached by {key}: {met}"
            self.press(key)
            met.append(named(self.focus))
        return self.focus

    # mouse

    def click(self, widget: QWidget, at: QPoint | None = None, *, twice: bool = False, more: bool = False) -> None:
        """Click what is seen at a place of a widget, by default at its middle; with Ctrl for more than one."""
        self.reveal(widget)
        target, place = self._under(widget, at if at is not None else widget.rect().center())
        held = Qt.KeyboardModifier.ControlModifier if more else NONE
        QTest.mouseClick(target, LEFT, held, place)
        if twice:  # as Qt tells it: press, release, double-click, release
            QTest.mouseDClick(target, LEFT, held, place)
            QTest.mouseRelease(target, LEFT, held, place)

    def drag(self, widget: QWidget, start: QPoint, end: QPoint, other: QWidget | None = None) -> None:
        """Drag from a place of a widget to another one, or to one of another widget."""
        source, begin = self._under(widget, start)
        finish = source.mapFromGlobal((other or widget).mapToGlobal(end))
        QTest.mousePress(source, LEFT, NONE, begin)
        for share in (0.3, 0.6, 0.9, 1.0):
            QTest.mouseMove(source, (QPointF(begin) + QPointF(finish - begin) * share).toPoint())
        QTest.mouseRelease(source, LEFT, NONE, finish)

    def hover(self, widget: QWidget, at: QPoint) -> None:
        """Rest the pointer at a place."""
        QTest.mouseMove(*self._under(widget, at))

    @staticmethod
    def _under(widget: QWidget, at: QPoint) -> tuple[QWidget, QPoint]:
        """What the pointer meets there: the widget, or what lies in it; what covers it fails the test."""
        window = widget.window()  # not QApplication.widgetAt: the screen of the tests is smaller than the window
        place = widget.mapTo(window, at)
        found = window.childAt(place) or window
        assert found is widget or widget.isAncestorOf(found), f"{found} lies over {widget} at {at}"
        return found, found.mapFrom(window, place)

    @staticmethod
    def reveal(widget: QWidget) -> None:
        """Wait for what is due, and turn the wheel until a widget can be seen."""
        QApplication.processEvents()
        area = widget.parentWidget()
        while area is not None and not isinstance(area, QScrollArea):
            area = area.parentWidget()
        if area is None:
            return
        port = area.viewport()
        for _ in range(60):
            top = widget.mapTo(port, QPoint(0, 0)).y()
            if top >= 0 and top + widget.height() <= port.height():
                return
            QApplication.sendEvent(port, _wheel(port, 120 if top < 0 else -120))
        raise AssertionError(f"the wheel does not bring {named(widget)} into sight")

    # controls

    def find(self, kind: type[W], name: str) -> W:
        """The one visible control of a kind that is called so, in the open dialog or the window."""
        QApplication.processEvents()  # what was made just now is not seen yet
        around = QApplication.activeModalWidget() or self.window
        shown = [each for each in around.findChildren(kind) if each.isVisible()]
        found = [each for each in shown if named(each) == name]
        assert len(found) == 1, (name, [named(each) for each in shown])
        return found[0]

    def choose(self, name: str, words: str) -> None:
        """Open a choice with the mouse, go to an entry with the arrow keys, take it with Enter."""
        combo = self.find(QComboBox, name)
        self.click(combo)
        below = combo.findText(words) - combo.currentIndex()
        self.press(*(["Down"] * below if below > 0 else ["Up"] * -below), "Return")
        assert combo.currentText() == words

    def fill(self, field: QWidget, text: str) -> None:
        """Click into a field and type a number or a name."""
        self.click(field)
        self.enter(text)

    # the canvas

    def at(self, node: str) -> QPoint:
        """Where a node is seen."""
        return self.view.to_widget(*self.view.centres[node]).toPoint()

    def on_edge(self, edge: str) -> QPoint:
        """A place where an edge is seen and nothing else."""
        for start, end, ref in self.view.hits.legs():
            places = [start + (end - start) * share / 20 for share in range(1, 20)] if ref == edge else []
            for place in places:
                if self.view.hits.at(place, 4.0) == edge:
                    return self.view.to_widget(place.x(), place.y()).toPoint()
        raise AssertionError(f"{edge} is not seen alone anywhere")

    def drop(self, kind: str, x: int, y: int) -> None:
        """Drag a block from the palette to a place of the canvas."""
        self.drag(*self._block(kind), QPoint(x, y), self.view)

    def double_click(self, kind: str) -> None:
        """Double-click a block of the palette."""
        self.click(*self._block(kind), twice=True)

    def _block(self, kind: str) -> tuple[QWidget, QPoint]:
        blocks: QListWidget = self.window.palette_panel.list
        item = blocks.findItems(kind_words(kind).name, Qt.MatchFlag.MatchExactly)[0]
        if item.isHidden():
            heading = blocks.findItems(kind_words(kind).group, Qt.MatchFlag.MatchExactly)[0]
            blocks.scrollToItem(heading)
            self.click(blocks.viewport(), blocks.visualItemRect(heading).center())
        blocks.scrollToItem(item)  # as one turns the wheel until it is seen
        return blocks.viewport(), blocks.visualItemRect(item).center()

    def texts(self, part: str) -> list[str]:
        """What stands on the canvas at a node or an edge."""
        return [item.text for item in self.view.picture.items if isinstance(item, Text) and item.ref == part]

    # dialogs

    def in_dialogs(self, opens: Callable[[], object], *answers: Callable[[], object]) -> None:
        """Do what opens a dialog, and answer it and those that it opens, each in turn; an answer closes its own."""
        left, failed = list(answers), list[BaseException]()

        def look(before: QWidget | None = None, patience: int = 1000) -> None:
            dialog = QApplication.activeModalWidget()
            if dialog is before or dialog is None or not dialog.isAncestorOf(QApplication.focusWidget() or self.window):
                if patience:
                    QTimer.singleShot(5, lambda: look(before, patience - 1))
                return
            answer = left.pop(0)
            if left:
                QTimer.singleShot(5, lambda: look(dialog))
            try:
                answer()
                assert not dialog.isVisible(), f"{dialog.windowTitle()} stays open"
            except BaseException as fault:  # noqa: BLE001  (raised below, when no dialog waits any more)
                failed.append(fault)
                left.clear()
                dialog.close()

        QTimer.singleShot(0, look)
        opens()
        if failed:
            raise failed[0]
        assert not left, "a dialog did not open"

    @property
    def consent(self) -> QPushButton:
        """The button by which the open dialog is agreed to, whatever it says."""
        dialog = QApplication.activeModalWidget()
        assert dialog is not None
        boxes = dialog.findChildren(QDialogButtonBox)
        buttons = [(box.buttonRole(each), each) for box in boxes for each in box.buttons()]
        (found,) = (each for role, each in buttons if role == QDialogButtonBox.ButtonRole.AcceptRole)
        assert isinstance(found, QPushButton)
        return found

    def name_file(self, path: Path) -> Callable[[], None]:
        """An answer: type the name of a file, and take it."""

        def answer() -> None:
            assert isinstance(QApplication.activeModalWidget(), QFileDialog)
            self.enter(str(path))

        return answer


def named(widget: QWidget) -> str:
    """What a control is called: by assistive technology, or by the words on it."""
    return widget.accessibleName() or (widget.text().replace("&", "") if isinstance(widget, QAbstractButton) else "")


def _wheel(port: QWidget, turned: int) -> QWheelEvent:
    middle = QPointF(port.rect().center())
    return QWheelEvent(
        middle,
        port.mapToGlobal(middle),
        QPoint(),
        QPoint(0, turned),
        Qt.MouseButton.NoButton,
        NONE,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
