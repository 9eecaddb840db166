"""The last net under the window: an exception nobody expected is logged and shown once, and the window lives.

It catches what Qt's slots, timers, events and paints let fall, what a thread ends with, and what a finaliser raises.
While its one dialog is open, further faults are counted in it and logged. A fault that comes again from the same place
is shown again only after the user has done something, so that a paint that fails sixty times a second cannot shut them
out; and then it can be muted. An :class:`NnvizError` is no fault but a refusal, and goes to the asker.
"""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Any

from psygnal import EmitLoopError
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QCheckBox, QWidget

from nnviz.errors import NnvizError, shortened
from nnviz.session.log import fault_text, log_path, write_fault, write_line
from nnviz.ui.dialogs import Message, Role, TextBlock
from nnviz.ui.widgets import label
from nnviz.words import tr

Place = tuple[str, str, int]
"""Where a fault comes from: its type, and file and line of the innermost frame."""

LOGGED_EACH = 20
"""How often a fault from one place is written to the log in full; after that it is only counted."""

_DEEDS = (QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress)


class Faults(QObject):
    """Catches, logs and shows what nobody expected; one object an application.

    Parameters
    ----------
    kept : tells in a sentence where the user's work is safe, such as "Your work is kept in the recovery journal.";
        asked at each fault, for what it says must be true at that moment. Without it nothing is promised.
    refused : hears of an :class:`NnvizError` that reached the net; usually shows it (``Asker.refuse``).
    parent : the window over which the dialog is shown.

    Signals
    -------
    counted : how many faults there have been, after each.
    """

    counted = Signal(int)
    _caught = Signal(object, str)

    def __init__(
        self,
        *,
        kept: Callable[[], str] | None = None,
        refused: Callable[[NnvizError], object] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._window = parent
        self._kept = kept or (lambda: "")
        self._refused = refused
        self._former: tuple[Any, Any, Any] | None = None
        self._lock = threading.Lock()
        self._times: dict[Place, int] = {}
        self._shown: set[Place] = set()
        self._muted: set[Place] = set()
        self._acted = True
        self.dialog: FaultDialog | None = None
        # Queued: a dialog opened in the middle of a paint would be painted in the middle of that paint.
        self._caught.connect(self._show, Qt.ConnectionType.QueuedConnection)

    @property
    def count(self) -> int:
        """How many faults there have been."""
        return sum(self._times.values())

    # ------------------------------------------------------------------------------------------- catching
    def install(self) -> None:
        """Become the hook of the interpreter."""
        if self._former is None:
            self._former = (sys.excepthook, threading.excepthook, sys.unraisablehook)
            sys.excepthook = self._hook
            threading.excepthook = self._thread_hook
            sys.unraisablehook = self._unraisable_hook

    def remove(self) -> None:
        """Give the hooks back and close the dialog."""
        if self._former is not None:
            sys.excepthook, threading.excepthook, sys.unraisablehook = self._former
            self._former = None
        self._watch(False)
        if self.dialog:
            self.dialog.close()

    def _hook(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if isinstance(error, KeyboardInterrupt):
            QApplication.quit()
        elif isinstance(error, SystemExit):
            QApplication.exit(error.code if isinstance(error.code, int) else 1)
        else:
            self.report(error.with_traceback(trace))
            # What failed may hold a painter, and while that is active nothing else can be painted.
            traceback.clear_frames(trace)

    def _thread_hook(self, told: threading.ExceptHookArgs) -> None:
        if told.exc_value is not None and not isinstance(told.exc_value, SystemExit):
            self.report(told.exc_value)

    def _unraisable_hook(self, told: sys.UnraisableHookArgs) -> None:
        if told.exc_value is not None:
            self.report(told.exc_value)

    def report(self, error: BaseException) -> None:
        """Log a fault and have it shown; any thread may call it, and it raises nothing."""
        error = unwrapped(error)
        if isinstance(error, NnvizError) and self._refused:
            self._caught.emit(error, "")
            return
        place = place_of(error)
        with self._lock:
            self._times[place] = self._times.get(place, 0) + 1
            times = self._times[place]
        if times <= LOGGED_EACH:
            write_fault(error)
        self._caught.emit(place, fault_text(error))

    # -------------------------------------------------------------------------------------------- showing
    def _show(self, what: object, details: str) -> None:
        """In the thread of the window, after whatever failed has been left."""
        if isinstance(what, NnvizError):
            if self._refused:
                self._refused(what)
            return
        if not isinstance(what, tuple):
            return
        self.counted.emit(self.count)
        if self.dialog:
            self.dialog.add(details)
        elif what not in self._muted and (what not in self._shown or self._acted):
            self._open(what, details)

    def _open(self, place: Place, details: str) -> None:
        self.dialog = FaultDialog(details, self._kept(), again=place in self._shown, parent=self._window)
        self._shown.add(place)
        self.dialog.finished.connect(lambda: self._closed(place))
        self.dialog.open()

    def _closed(self, place: Place) -> None:
        dialog, self.dialog = self.dialog, None
        if dialog is None:
            return
        if dialog.muted:
            self._muted.add(place)
        if dialog.further:
            write_line(tr("{count} further errors while this was being shown", count=dialog.further))
        dialog.deleteLater()
        self._acted = False
        self._watch(True)

    def _watch(self, wanted: bool) -> None:
        """Look whether the user does something; only after a fault, for it costs a little on every event."""
        application = QApplication.instance()
        if application:
            (application.installEventFilter if wanted else application.removeEventFilter)(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The first key or press of a button after the dialog: from now on the same fault is shown again."""
        if event.type() in _DEEDS:
            self._acted = True
            self._watch(False)
        return False


class FaultDialog(Message):
    """What happened in one line, that the work is safe, where the log is; the details at hand, to be copied."""

    def __init__(self, details: str, kept: str, *, again: bool, parent: QWidget | None) -> None:
        super().__init__(tr("Something went wrong inside nnviz"), icon="warning", ink="warning", parent=parent)
        self.details = details
        self.further = 0
        saved = tr("You can go on working. {kept}", kept=kept).rstrip()
        where = tr("The log is {path}", path=log_path())
        self.words.addWidget(
            TextBlock(f"{shortened(_headline(details), 200)}\n\n{saved}\n\n{where}", tr("What happened"))
        )
        self._more = label("", "muted", wrapped=True)
        self._more.hide()
        self.words.addWidget(self._more)
        self._mute = QCheckBox(tr("Do not show this error again"))
        self._mute.setVisible(again)
        self.words.addWidget(self._mute)
        self._text = TextBlock(details, tr("Details"), tallest=200, framed=True)
        self._text.hide()
        self.words.addWidget(self._text)
        self._add_buttons()

    def _add_buttons(self) -> None:
        self._toggle = self.buttons.addButton(tr("Show details"), Role.ActionRole)
        copy = self.buttons.addButton(tr("Copy details"), Role.ActionRole)
        for made in (self._toggle, copy):
            made.setAutoDefault(False)
        self._toggle.clicked.connect(self._turn)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.details))
        self.add_button(tr("Close"), Role.RejectRole, is_default=True)

    @property
    def muted(self) -> bool:
        """Whether the user does not want to see this one again."""
        return self._mute.isChecked()

    def add(self, details: str) -> None:
        """Count a further fault; the details keep the first few."""
        self.further += 1
        if self.further <= LOGGED_EACH and details not in self.details:
            self.details += "\n" + details
            self._text.show_text(self.details)
        self._more.setText(tr("Further errors since: {count}", count=self.further))
        self._more.show()

    def _turn(self) -> None:
        shown = self._text.isHidden()
        self._text.setVisible(shown)
        self._toggle.setText(tr("Hide details") if shown else tr("Show details"))
        self.adjustSize()


def unwrapped(error: BaseException) -> BaseException:
    """What a listener of a signal raised, with the whole way to it; psygnal wraps it in many words of its own."""
    whole = error.__traceback__
    while isinstance(error, EmitLoopError) and error.__cause__ is not None:
        error = error.__cause__
    return error.with_traceback(whole)


def _headline(details: str) -> str:
    """What names the error, and its message: all that follows the last traceback, whose own lines are indented."""
    lines = details.strip().rpartition("Traceback (most recent call last):\n")[2].splitlines()
    first = next((place for place, line in enumerate(lines) if not line.startswith(" ")), 0)
    return "\n".join(lines[first:])


def place_of(error: BaseException) -> Place:
    """Where ``error`` comes from, so that the same fault is known again."""
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1] if frames else None
    return type(error).__name__, last.filename if last else "", (last.lineno or 0) if last else 0
