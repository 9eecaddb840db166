"""What panels with live numbers share: when to show them, and how a refusal reaches the window."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from nnviz.errors import NnvizError
from nnviz.session.session import Session
from nnviz.ui.listening import listen

PLACES = 3
"""How many take turns. Each has about five a second, which is as quickly as anybody reads numbers."""


class Pace(QObject):
    """Tells when to show newer numbers: at once after an edit; while a training runs, when it is one's turn.

    Not all at once, and never together with the canvas: what is shown in one turn keeps the window until it is painted.

    Signals
    -------
    due() : they are to be shown.
    """

    due = Signal()

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._place = len(session.listed) % PLACES
        self._waits = False
        listen(session.shown, self._hear)
        listen(session.run_changed, self._tell)
        listen(session.listed, self._take_turn)

    def _hear(self) -> None:
        if self._session.at_work:
            self._waits = True
        else:
            self._tell()

    def _take_turn(self, turn: int) -> None:
        if self._waits and turn % PLACES == self._place:
            self._tell()

    def _tell(self) -> None:
        self._waits = False
        self.due.emit()


class LivePanel(QWidget):
    """A panel that shows numbers of a session, by a :class:`Pace`.

    What is hidden computes nothing and catches up when it is shown.

    Signals
    -------
    refused(error) : an edit is not possible, for example because a training runs
        (:class:`~nnviz.session.session.TrainingRunsError`); told after the event that caused it, so that whoever
        listens may ask.
    """

    refused = Signal(object)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.setProperty("surface", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._stale = True
        Pace(session, self).due.connect(self.refresh)

    def show_now(self) -> None:
        """Show everything as it is now."""
        raise NotImplementedError

    def refresh(self) -> None:
        """Show everything as it is now, or as soon as somebody can see it."""
        self._stale = not self.isVisible()
        if not self._stale:
            self.show_now()

    def tell_refused(self, error: NnvizError) -> None:
        """Tell of a refusal after the present event: a dialog must not open inside the key or press that asked."""
        QTimer.singleShot(0, self, lambda: self.refused.emit(error))

    def showEvent(self, event: QShowEvent) -> None:
        """Show what has changed while nobody was looking."""
        super().showEvent(event)
        if self._stale:
            self.refresh()
