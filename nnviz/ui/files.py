"""New, open, save and leave: what a window does with files, and with those opened last."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QSettings, Qt, Signal
from PySide6.QtWidgets import QMenu, QWidget

from nnviz.document.document import Document
from nnviz.errors import NnvizError
from nnviz.session.opening import open_whole
from nnviz.session.session import Session
from nnviz.ui.dialogs import Answer, Asker, FileKind
from nnviz.ui.tips import literal, plain_tip
from nnviz.ui.twins import Twins
from nnviz.ui.welcome import Welcome
from nnviz.words import tr

DOCUMENTS = FileKind(tr("nnviz documents"), ("nnviz",))
TABLES = FileKind(tr("Tables"), ("csv", "tsv", "txt"))
MOST_RECENT = 8


class Files(QObject):
    """The files of one window's document.

    Parameters
    ----------
    window : over which is asked.
    session : what is open.
    asker : gives whom to ask.
    settings : what is remembered between starts.
    locks : the folder of the locks by which windows notice each other; None for none.

    Signals
    -------
    opened() : another document is shown.
    table_chosen(path) : a table is to be learnt from.
    told(text) : a sentence for the status line.
    refused(error) : what was wished is not possible.
    """

    opened = Signal()
    table_chosen = Signal(object)
    told = Signal(str)
    refused = Signal(object)

    def __init__(
        self, window: QWidget, session: Session, asker: Callable[[], Asker], settings: QSettings, locks: Path | None
    ) -> None:
        super().__init__(window)
        self._window, self._session, self._asker, self._settings = window, session, asker, settings
        self.twins = Twins(locks)
        self.twins.hold(session.path)
        self.recent_menu = QMenu(tr("Open &recent"), window)
        self.recent_menu.aboutToShow.connect(self._fill_recent)

    @property
    def name(self) -> str:
        """What the document is called: its file, else its title."""
        session = self._session
        return session.path.name if session.path else session.document.title or tr("untitled")

    # opening

    def new(self) -> None:
        """The card with ways to begin."""
        welcome = Welcome(self.recent(), self._window)
        welcome.chosen.connect(self._begin_with)
        welcome.opening_wished.connect(self.open)
        welcome.exec()
        welcome.deleteLater()

    def _begin_with(self, make: Callable[[], Document | Path]) -> None:
        try:
            made = make()
        except NnvizError as error:
            self.refused.emit(error)
            return
        if isinstance(made, Path):
            self.open_path(made)
            return
        self.show(made)
        if made is self._session.document and made.graph.nodes and made.data is None:
            self.told.emit(tr("Double-click a weight to type it; Train ▸ Type weights shows all of them as tables"))

    def show(self, document: Document, path: Path | None = None) -> None:
        """Show another document, after asking what to do with unsaved changes."""
        if self.may_leave():
            self.twins.hold(path)
            self._session.replace(document, path)
            self.opened.emit()

    def open(self) -> None:
        """Choose a document or a table, and open it."""
        chosen = self._asker().open_file(self._window, tr("Open"), (DOCUMENTS, TABLES), self._folder())
        if chosen is not None:
            self.open_path(chosen)

    def open_path(self, path: Path) -> None:
        """Open a document, or offer a table to be learnt from."""
        try:
            if path.suffix.lower() != ".nnviz":
                self.table_chosen.emit(path)
                return
            document = open_whole(path)
            if self.may_leave() and self.alone(path, tr("Open it all the same")):
                self._session.replace(document, path)
                self.opened.emit()
                self.remember(path)
        except NnvizError as error:
            self.refused.emit(error)

    def alone(self, path: Path, yes: str) -> bool:
        """Whether no other window has this document open, or its user wants to go on all the same."""
        if self.twins.hold(path):
            return True
        text = tr("“{name}” is open in another window.", name=path.name)
        detail = tr("What one window saves, the other would overwrite.")
        goes_on = self._asker().question(self._window, text, detail, yes=yes)
        if goes_on:
            self.twins.release()
        return goes_on

    # saving

    def save(self) -> bool:
        """Save to the document's file, or ask for one."""
        return self.save_as() if self._session.path is None else self._save(self._session.path)

    def save_as(self) -> bool:
        """Ask for a file, and save there."""
        suggestion = self._session.path or self._folder() / f"{file_name(self._session.document.title)}.nnviz"
        chosen = self._asker().save_file(self._window, tr("Save as"), (DOCUMENTS,), suggestion)
        return chosen is not None and self._save(chosen)

    def _save(self, path: Path) -> bool:
        if not self.alone(path, tr("Save all the same")):
            return False
        try:
            self._session.save(path)
        except NnvizError as error:
            self.twins.hold(self._session.path)  # the document is still open where it was
            self.refused.emit(error)
            return False
        self.remember(path)
        self.told.emit(tr("Saved {path}", path=path))
        return True

    def may_leave(self) -> bool:
        """Whether the present document may be left: saved, discarded, or never touched."""
        if not self._session.modified and not self._session.training:
            return True
        answer = self._asker().save_changes(self._window, self.name)
        if answer is not Answer.SAVE:
            return answer is Answer.DISCARD
        self._session.stop_training()
        return self.save()

    # the last ones

    def recent(self) -> list[str]:
        """The files opened or saved last."""
        found = self._settings.value("recent", [])
        return [found] if isinstance(found, str) else [str(each) for each in found or []]  # type: ignore[attr-defined]  # a list, where it is no text

    def remember(self, path: Path) -> None:
        """Put a file before those opened or saved last."""
        self._settings.setValue("folder", str(path.parent))
        recent = [str(path), *(each for each in self.recent() if each != str(path))]
        self._settings.setValue("recent", recent[:MOST_RECENT])

    def _folder(self) -> Path:
        remembered = str(self._settings.value("folder", ""))
        return Path(remembered) if remembered and Path(remembered).is_dir() else Path.home()

    def _fill_recent(self) -> None:
        menu = self.recent_menu
        menu.clear()
        for path in self.recent():
            metrics = menu.fontMetrics()
            room = 60 * metrics.averageCharWidth()
            told = metrics.elidedText(" ".join(path.split()), Qt.TextElideMode.ElideMiddle, room)
            action = menu.addAction(literal(told))
            action.setToolTip(plain_tip(path))
            action.triggered.connect(lambda checked=False, path=path: self.open_path(Path(path)))
        if not self.recent():
            menu.addAction(tr("Nothing yet")).setEnabled(False)


def file_name(title: str) -> str:
    """A title as the name of a file."""
    kept = "".join(letter if letter.isalnum() or letter in " -_" else "-" for letter in title)[:60].strip(" -")
    return kept or tr("network")
