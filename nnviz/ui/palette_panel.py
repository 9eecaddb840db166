"""The palette: every kind of node, to be dragged onto the canvas, double-clicked, or found by typing."""

from __future__ import annotations

from PySide6.QtCore import QSettings, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QLineEdit,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from nnviz.session.session import Session
from nnviz.ui import icons
from nnviz.ui.kind_list import KindList
from nnviz.ui.kind_words import ACTIVATIONS, ARITHMETIC, FUNCTIONS, OPERATIONS
from nnviz.ui.theme import GRID
from nnviz.ui.tips import plain_tip
from nnviz.ui.widgets import EmptyState
from nnviz.words import tr

FOLDED = (ACTIVATIONS, OPERATIONS, ARITHMETIC, FUNCTIONS)


class PalettePanel(QWidget):
    """A search field above the kinds of nodes, grouped.

    Signals
    -------
    wished(kind) : a node of this kind is wished somewhere on the canvas (double-click or Enter). One that is dragged
        is told by the canvas, where it is dropped.
    """

    wished = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.setProperty("surface", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.search = _SearchField()
        self.list = KindList()
        self._nothing = EmptyState("search", tr("No block is called this"), tr("Escape shows all of them again"))
        self._pages = QStackedWidget()
        self._pages.addWidget(self.list)
        self._pages.addWidget(self._nothing)
        self._lay_out()
        self.search.textChanged.connect(self._filter)
        self.search.left_down.connect(self._enter_list)
        self.search.returnPressed.connect(self._wish_first)
        self.list.wished.connect(self.wished)
        self.list.resized.connect(self._give_way)
        self.list.typed.connect(self._type_on)

    def _lay_out(self) -> None:
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, GRID + GRID // 2, 0, 0)
        rows.setSpacing(GRID // 2)
        above = QVBoxLayout()
        above.setContentsMargins(GRID + GRID // 2, 0, GRID + GRID // 2, 0)
        above.addWidget(self.search)
        rows.addLayout(above)
        self._pages.setContentsMargins(GRID // 2, 0, GRID // 2, 0)
        rows.addWidget(self._pages, 1)
        self.setFocusProxy(self.search)

    def restore(self, settings: QSettings) -> None:
        """Fold the groups that were folded last; at first those that a first network does without."""
        remembered = settings.value("palette/folded")
        self.list.fold(FOLDED if remembered is None else str(remembered).split("\n"))

    def remember(self, settings: QSettings) -> None:
        """Keep which groups are folded."""
        settings.setValue("palette/folded", "\n".join(self.list.folded))

    def sizeHint(self) -> QSize:
        """Wide enough for every name, as high as there is room."""
        return QSize(self.list.wanted_width() + GRID, 480)

    def minimumSizeHint(self) -> QSize:
        """Wide enough for the icons."""
        return QSize(self.list.least_width() + GRID, 120)

    def _give_way(self) -> None:
        """Where names have no room, the field to type one in has none either."""
        self.search.setVisible(self.list.names_fit or bool(self.search.text()))
        self.setFocusProxy(self.search if self.search.isVisibleTo(self) else self.list)

    def _filter(self, text: str) -> None:
        found = self.list.show_matching(text)
        self._pages.setCurrentWidget(self.list if found else self._nothing)

    def _enter_list(self) -> None:
        if self.list.enter():
            self.list.setFocus(Qt.FocusReason.TabFocusReason)

    def _wish_first(self) -> None:
        kinds = self.list.shown_kinds()
        if self.search.text().strip() and kinds:
            self.wished.emit(kinds[0])

    def _type_on(self, text: str) -> None:
        """Somebody types while the list has the focus: they are searching."""
        self.search.show()
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)
        self.search.insert(text)


class _SearchField(QLineEdit):
    """Filters as one types; Escape empties it, Down goes into the list."""

    left_down = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setPlaceholderText(tr("Search blocks"))
        self.setAccessibleName(tr("Search building blocks"))
        self.setToolTip(plain_tip(tr("Filter the blocks by name; Enter adds the first one, Down goes into the list")))
        self.setClearButtonEnabled(False)
        self.addAction(icons.icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            event.accept()
        elif event.key() == Qt.Key.Key_Down:
            self.left_down.emit()
            event.accept()
        else:
            super().keyPressEvent(event)
