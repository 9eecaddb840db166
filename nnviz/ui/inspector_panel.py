"""The inspector: exact numbers and options of what is selected, or of the document; every edit can be undone."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from nnviz.session.session import Session
from nnviz.ui.inspector_document import DocumentPage
from nnviz.ui.inspector_edge import EdgePage
from nnviz.ui.inspector_kernel import KernelPage
from nnviz.ui.inspector_node import NodePage
from nnviz.ui.inspector_page import Page
from nnviz.ui.inspector_several import SeveralPage
from nnviz.ui.listening import listen
from nnviz.ui.live_panel import LivePanel
from nnviz.ui.tab_order import enter, tab_into
from nnviz.ui.theme import GRID
from nnviz.ui.weight_dialog import WeightDialog
from nnviz.ui.weight_table import FROM
from nnviz.ui.widgets import scrolling
from nnviz.words import tr


class InspectorPanel(LivePanel):
    """Shows the selection of a session: nothing (the document), a node, an edge, or several parts.

    Signals
    -------
    opening_wished : the expression that is shown is to be replaced by its operations.
    """

    opening_wished = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.setAccessibleName(tr("Inspector"))
        self.page: Page = DocumentPage(session)
        self._subject: tuple[str, ...] | None = None
        self._table_rows = FROM
        self._lay_out()
        listen(session.selected, self._selected)
        self._turn_page()

    def _lay_out(self) -> None:
        self.area = scrolling(self.page, margin=2 * GRID)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.area)

    def sizeHint(self) -> QSize:
        """As wide as a weight with all its digits needs."""
        return QSize(320, 480)

    # which page

    def _selected(self, ids: tuple[str, ...]) -> None:
        """Other parts are selected: turn the page at once, even unseen, so that it can be gone to."""
        self._turn_page()
        self.refresh()

    def show_now(self) -> None:
        """Show the numbers of the page, and another page if the present one no longer fits."""
        self._turn_page()
        if self.page.fits():
            self.page.refresh(self.session.annotator())

    def _turn_page(self) -> None:
        graph = self.session.document.graph
        ids = tuple(id for id in self.session.selection if id in graph.by_id or id in graph.edges_by_id)
        if ids != self._subject or not self.page.fits():
            self._subject = ids
            self._replace(self._made(ids))

    def _made(self, ids: tuple[str, ...]) -> Page:
        if len(ids) > 1:
            return SeveralPage(self.session, ids)
        if not ids:
            return DocumentPage(self.session)
        if ids[0] in self.session.document.graph.by_id:
            kind = self.session.document.graph.node(ids[0]).kind
            node = (KernelPage if kind == "conv2d" else NodePage)(self.session, ids[0])
            node.opening_wished.connect(self.opening_wished)
            return node
        page = EdgePage(self.session, ids[0], self._table_rows)
        page.rows_changed.connect(self._remember_rows)
        page.enlarging_wished.connect(self._enlarge)
        return page

    def _replace(self, page: Page) -> None:
        """Put another page in place; a field of the old one may still be at work, so that it goes a little later."""
        old, self.page = self.page, page
        focus = QApplication.focusWidget()
        name = focus.accessibleName() if focus is not None and old.isAncestorOf(focus) else None
        holder = old.parentWidget()
        layout = holder.layout() if holder is not None else None
        assert layout is not None
        layout.replaceWidget(old, page)
        tab_into(page, self)
        page.refused.connect(self.tell_refused)
        old.hide()
        old.deleteLater()
        page.show()
        self.area.verticalScrollBar().setValue(0)
        if name is not None:
            (_called(page, name) or self).setFocus()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Hand the focus on to the first control. Not a focus proxy: Tab would go on from there, past other panels."""
        enter(self.page)

    def go_to_input(self, node: str) -> None:
        """Put the cursor where a value for the input ``node`` is typed."""
        self.session.select(())
        if isinstance(self.page, DocumentPage):
            self.page.row.go_to(node)

    def _remember_rows(self, end: str) -> None:
        self._table_rows = end

    def _enlarge(self, edge: str) -> None:
        dialog = WeightDialog(self.session, edge, self._table_rows, self.window())
        dialog.refused.connect(self.refused)
        dialog.show()


def _called(page: Page, name: str) -> QWidget | None:
    """The control of that name."""
    return next(
        (each for each in page.findChildren(QWidget) if each.accessibleName() == name and _takes_focus(each)), None
    )


def _takes_focus(widget: QWidget) -> bool:
    policy = widget.focusPolicy()
    return bool(policy.value & Qt.FocusPolicy.TabFocus.value) and widget.isEnabled() and not widget.isHidden()
