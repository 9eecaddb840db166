"""The outline: every node and edge with its numbers as text, for the keyboard and for assistive technology."""

from __future__ import annotations

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    Signal,
)
from PySide6.QtWidgets import (
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from nnviz.document.edits import RemoveParts
from nnviz.errors import NnvizError
from nnviz.session.session import Session
from nnviz.ui.listening import listen
from nnviz.ui.live_panel import LivePanel
from nnviz.ui.outline_model import OutlineModel
from nnviz.ui.outline_view import OutlineView
from nnviz.ui.theme import GRID
from nnviz.ui.widgets import EmptyState
from nnviz.words import tr


class OutlinePanel(LivePanel):
    """A list of nodes and edges whose selection is that of the session.

    Signals
    -------
    opened(id) : Enter was pressed on a part, or it was double-clicked.
    """

    opened = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.model = OutlineModel(session.annotator(), self)
        self.view = OutlineView(self.model)
        self._empty = EmptyState("perceptron", tr("No nodes yet"), tr("What is drawn on the canvas is listed here"))
        self._pages = QStackedWidget()
        self._pages.addWidget(self.view)
        self._pages.addWidget(self._empty)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(GRID // 2, GRID // 2, GRID // 2, 0)
        rows.addWidget(self._pages)
        self._syncing = False
        self.view.selectionModel().selectionChanged.connect(self._take_selection)
        self.view.opened.connect(self.opened)
        self.view.removal_wished.connect(self._remove)
        listen(session.selected, self._selected)

    def show_now(self) -> None:
        """Show rows, numbers and selection."""
        self._syncing = True
        try:
            if self.model.show(self.session.annotator()):
                self.view.expandAll()
            else:
                self.view.renew()
        finally:
            self._syncing = False
        self._pages.setCurrentWidget(self.view if self.session.document.graph.nodes else self._empty)
        self._selected(self.session.selection)

    # selection

    def _selected(self, ids: tuple[str, ...]) -> None:
        """Select what the session has selected."""
        if not self.isVisible():
            self._stale = True
            return
        if set(ids) == set(self.view.selected_ids()):
            return
        chosen = QItemSelection()
        for part in ids:
            place = self.model.place_of(part)
            if place.isValid():
                chosen.select(place, place)
        self._syncing = True
        try:
            self.view.selectionModel().select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
            if ids and self.model.place_of(ids[-1]).isValid():
                here = self.model.place_of(ids[-1])
                self.view.selectionModel().setCurrentIndex(here, QItemSelectionModel.SelectionFlag.NoUpdate)
                self.view.scrollTo(here)
        finally:
            self._syncing = False

    def _take_selection(self, *_: object) -> None:
        """Somebody has selected rows here."""
        if not self._syncing:
            ids = tuple(self.view.selected_ids())
            if set(ids) != set(self.session.selection):
                self.session.select(ids)

    def _remove(self) -> None:
        ids = tuple(self.view.selected_ids())
        if not ids:
            return
        try:
            self.session.do(RemoveParts(ids))
        except NnvizError as error:
            self.tell_refused(error)
