"""One group of settings in a panel: a heading, rows, edits of the session, and what keeps them from being changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QToolTip, QVBoxLayout, QWidget

from nnviz.document.document import Document
from nnviz.document.edits import Act
from nnviz.errors import NnvizError
from nnviz.session.session import Session
from nnviz.ui.entry import EntryField
from nnviz.ui.listening import listen
from nnviz.ui.page_form import PageForm
from nnviz.ui.theme import GRID, set_state
from nnviz.ui.tips import plain_tip
from nnviz.ui.widgets import button, icon_button, label, refusal_label
from nnviz.words import tr

Offer = tuple[str, Callable[[], object]]


class Section(QWidget):
    """A group of settings of the session's document.

    While a training runs, its rows are switched off and say why. A subclass fills :attr:`form` and shows the document
    in :meth:`refresh`, which is called after every edit.
    """

    def __init__(self, session: Session, title: str) -> None:
        super().__init__()
        self.session = session
        self.setAccessibleName(title)
        self.form = PageForm()
        self.notice = Notice()
        self._aligned = 0
        self.form.add_heading(title)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(GRID)
        rows.addWidget(self.form)
        rows.addWidget(self.notice)
        listen(session.changed, self._changed)
        listen(session.run_changed, self._lock)

    @property
    def label_width(self) -> int:
        """How wide its widest label is."""
        return max(form.label_width for form in self._forms())

    def align(self, width: int) -> None:
        """Make the column of labels as wide as in the other sections, now and when a form is replaced."""
        self._aligned = width
        for form in self._forms():
            form.align_labels(width)

    def replace_form(self, rows: QVBoxLayout, old: PageForm | None, new: PageForm) -> None:
        """Put a form within the section in the place of another."""
        if old is not None:
            rows.removeWidget(old)
            old.hide()
            old.deleteLater()
        rows.addWidget(new)
        new.show()  # the layout would do it a turn of the event loop later
        new.align_labels(self._aligned)

    def _forms(self) -> list[PageForm]:
        return [self.form, *self.form.findChildren(PageForm)]

    def refresh(self) -> None:
        """Show the document as it is now."""
        raise NotImplementedError

    def restore(self) -> None:
        """Show the document once more, whatever stands in the controls."""
        self.refresh()

    def do(self, edit: Act, field: EntryField | None = None) -> None:
        """Make an edit; where it is refused, the field says so, or the section's notice."""
        try:
            self.session.do(edit)
        except NnvizError as error:
            if field is not None:
                field.refuse(error)
            else:
                self.restore()
                self.notice.tell(str(error))

    def _changed(self, before: Document, after: Document) -> None:
        self.refresh()

    def _lock(self) -> None:
        """Switch the rows off while a training runs."""
        running = self.session.training
        self.form.setEnabled(not running)
        for widget in self.form.findChildren(QWidget):
            (widget.installEventFilter if running else widget.removeEventFilter)(self)
        self.form.setAccessibleDescription(why_locked() if running else "")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """What is switched off says why in place of its own tip."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and isinstance(watched, QWidget):
            QToolTip.showText(event.globalPos(), plain_tip(why_locked()), watched)
            return True
        return False


def why_locked() -> str:
    """Why a setting cannot be changed while a training runs."""
    return tr("The running training works with this. Stop it first, then change it")


class Notice(QWidget):
    """A sentence that belongs to a place, with what can be done about it; hidden while there is nothing to say.

    Attributes
    ----------
    offers : the buttons that do something about it.
    extra : a widget over them, or None.

    Signals
    -------
    told : other words stand here now, and may have to be brought into view.
    """

    told = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "card")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.words = label("", "refusal", wrapped=True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.body = QVBoxLayout()
        self.body.setSpacing(GRID // 2)
        self.offers: list[QPushButton] = []
        self.extra: QWidget | None = None
        top = QHBoxLayout()
        top.setContentsMargins(GRID, 0, 0, 0)  # the words begin where those of the links below do
        top.setSpacing(GRID // 2)
        top.addWidget(self.words, 1)
        top.addWidget(icon_button("close", tr("Dismiss"), self.clear), 0, Qt.AlignmentFlag.AlignTop)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(GRID // 2, GRID, GRID // 2, GRID)
        rows.setSpacing(GRID // 2)
        rows.addLayout(top)
        rows.addLayout(self.body)
        self.tell("")

    @property
    def text(self) -> str:
        """What is said; empty if nothing is."""
        return self.words.text()

    def tell(
        self, text: str, offers: Sequence[Offer] = (), extra: QWidget | None = None, *, is_refusal: bool = True
    ) -> None:
        """Say something, with buttons that do something about it and perhaps a widget over them.

        What ``is_refusal`` stands in its colour; else nothing is wrong.
        """
        is_news = bool(text) and text != self.words.text()
        set_state(self.words, "role", "refusal" if is_refusal else "small")
        self._empty()
        self.words.setText(text)
        self.setAccessibleName(text)
        self.words.setAccessibleName(text or tr("Message"))
        self.extra = extra
        if extra is not None:
            self.body.addWidget(extra)
        for words, act in offers:
            made = button(words, act, role="link")
            self.offers.append(made)
            self.body.addWidget(made, 0, Qt.AlignmentFlag.AlignLeft)
        self.setVisible(bool(text))
        if is_news:
            self.told.emit()

    def clear(self) -> None:
        """Say nothing."""
        self.tell("")

    def _empty(self) -> None:
        for widget in (*self.offers, *filter(None, (self.extra,))):
            self.body.removeWidget(widget)
            widget.hide()
            widget.deleteLater()  # later: the press of one of them may be under way
        self.offers, self.extra = [], None


def paired(first: EntryField, words: str, second: EntryField) -> QWidget:
    """Two short fields in one row, the second under a label of its own; refusals stand under them."""
    named = label(words, "muted")
    named.setBuddy(second)
    row = QHBoxLayout()
    row.setSpacing(GRID)
    row.addWidget(first, 1)
    row.addWidget(named)
    row.addWidget(second, 1)
    made = QWidget()
    made.setAccessibleName(first.accessibleName())
    rows = QVBoxLayout(made)
    rows.setContentsMargins(0, 0, 0, 0)
    rows.setSpacing(GRID // 2)
    rows.addLayout(row)
    for field in (first, second):
        rows.addWidget(refusal_label(field))
    return made
