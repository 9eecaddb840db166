"""What panels with live numbers share: when to show them, and how a refusal reaches the window."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from nnviz.errors import NnvizError
from nnviz.session.session import Session
from nnviz.ui.listening import listen

FRAME_MS = 33
"""Between two refreshes while a training runs: about 30 a second."""


class LivePanel(QWidget):
    """A panel that shows numbers of a session: at once after an edit, about 30 times a second while a training runs.

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
        self._pace = QTimer(self)
        self._pace.setSingleShot(True)
        self._pace.setInterval(FRAME_MS)
        self._pace.timeout.connect(self._catch_up)
        for signal in (session.shown, session.run_changed):
            listen(signal, self._shown)

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

    def _shown(self) -> None:
        if not self.session.training:
            self.refresh()
        elif self._pace.isActive() or not self.isVisible():
            self._stale = True
        else:
            self.refresh()
            self._pace.start()

    def _catch_up(self) -> None:
        if self._stale and self.isVisible():
            self.refresh()
            if self.session.training:
                self._pace.start()

    def showEvent(self, event: QShowEvent) -> None:
        """Show what has changed while nobody was looking."""
        super().showEvent(event)
        if self._stale:
            self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        """Rest."""
        self._pace.stop()
        super().hideEvent(event)
