"""What the window asks its user, through one object that a test replaces, and the dialogs it shows.

All words are plain text: a file called ``<img src=x>`` is named so, and nothing is loaded. Texts can be selected, wrap
anywhere and never widen a dialog beyond :data:`WIDTH`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QLibraryInfo, Qt, qVersion
from PySide6.QtGui import QTextOption
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTabWidget,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

import nnviz
from nnviz import resources
from nnviz.errors import NnvizError, shortened
from nnviz.ui import icons
from nnviz.ui.actions import ShortcutRow
from nnviz.ui.theme import GRID, fitting, scaled
from nnviz.ui.widgets import heading, label, make_primary, scrolling
from nnviz.words import tr

WIDTH = 440
"""Width of the words of a message, in device-independent pixels at scale 1."""
TALLEST_TEXT = 320
_ICON_SIDE = 28

Role = QDialogButtonBox.ButtonRole


class Answer(Enum):
    """What to do with unsaved work."""

    SAVE = "save"
    DISCARD = "discard"
    CANCEL = "cancel"


class FileKind(NamedTuple):
    """A kind of file in a file dialog: its name and its suffixes without dot, the first being the usual one."""

    name: str
    suffixes: tuple[str, ...]

    def filter_text(self) -> str:
        """As Qt's file dialog wants it.

        >>> FileKind("Networks", ("nnviz",)).filter_text()
        'Networks (*.nnviz)'
        """
        return f"{self.name} ({' '.join(f'*.{suffix}' for suffix in self.suffixes)})"


class Asker:
    """Asks the user. The window holds one and calls nothing else; a test puts one of its own in its place."""

    def save_changes(self, parent: QWidget | None, name: str) -> Answer:
        """Whether to keep unsaved changes of the document ``name`` before it is closed; Escape is cancel."""
        dialog = Message(
            tr("Save the changes to “{name}”?", name=shortened(name, 80)),
            tr("If you do not save them, they are lost."),
            icon="question",
            parent=parent,
        )
        save = dialog.add_button(tr("Save"), Role.AcceptRole, is_default=True)
        discard = dialog.add_button(tr("Discard"), Role.DestructiveRole)
        dialog.add_button(tr("Cancel"), Role.RejectRole)
        answers: dict[QPushButton | None, Answer] = {save: Answer.SAVE, discard: Answer.DISCARD}
        return answers.get(dialog.asked(), Answer.CANCEL)

    def question(
        self, parent: QWidget | None, text: str, detail: str, *, yes: str, no: str = "", icon: str = "question"
    ) -> bool:
        """Ask for a yes or no in words of their own, such as "Stop first" and "Cancel". Escape is no."""
        dialog = Message(text, detail, icon=icon, parent=parent)
        agreed = dialog.add_button(yes, Role.AcceptRole, is_default=True)
        dialog.add_button(no or tr("Cancel"), Role.RejectRole)
        return dialog.asked() is agreed

    def choose(self, parent: QWidget | None, text: str, detail: str, choices: Sequence[str]) -> int | None:
        """Which of ``choices`` to take, the first being the likely one; None where none is."""
        dialog = Message(text, detail, icon="question", parent=parent)
        buttons = [dialog.add_button(choice, Role.AcceptRole, is_default=not at) for at, choice in enumerate(choices)]
        dialog.add_button(tr("Cancel"), Role.RejectRole)
        chosen = dialog.asked()
        return buttons.index(chosen) if chosen in buttons else None

    def refuse(self, parent: QWidget | None, error: NnvizError, doing: str = "") -> None:
        """Tell that something cannot be done: ``doing`` in a few words, then the error's sentence, place and cure."""
        dialog = Message(doing or tr("This cannot be done"), str(error), icon="error", ink="loss", parent=parent)
        dialog.add_button(tr("Close"), Role.RejectRole, is_default=True)
        dialog.asked()

    def tell(self, parent: QWidget | None, text: str, detail: str = "") -> None:
        """Tell something that must be known before going on."""
        dialog = Message(text, detail, icon="information", parent=parent)
        dialog.add_button(tr("Close"), Role.RejectRole, is_default=True)
        dialog.asked()

    def open_file(
        self, parent: QWidget | None, title: str, kinds: Sequence[FileKind], folder: Path | None = None
    ) -> Path | None:
        """Which file to open; None where the user thinks better of it."""
        dialog = _file_dialog(parent, title, kinds, folder)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        return _chosen(dialog)

    def save_file(
        self, parent: QWidget | None, title: str, kinds: Sequence[FileKind], suggestion: Path | None = None
    ) -> Path | None:
        """Where to save, with a suffix of one of ``kinds``; an existing file has been agreed to. None where nowhere."""
        dialog = _file_dialog(parent, title, kinds, suggestion.parent if suggestion else None)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setLabelText(QFileDialog.DialogLabel.LookIn, tr("Save in:"))
        dialog.setDefaultSuffix(kinds[0].suffixes[0])
        dialog.filterSelected.connect(lambda text: dialog.setDefaultSuffix(_suffix(kinds, text)))
        if suggestion:
            dialog.selectFile(suggestion.name)
        chosen = _chosen(dialog)
        return self._with_suffix(parent, chosen, kinds) if chosen else None

    def _with_suffix(self, parent: QWidget | None, chosen: Path, kinds: Sequence[FileKind]) -> Path | None:
        """Some dialogs of a system add no suffix; what is added here has not been asked about yet."""
        known = {suffix for kind in kinds for suffix in kind.suffixes}
        if chosen.suffix.lower().removeprefix(".") in known:
            return chosen
        named = chosen.with_name(f"{chosen.name}.{kinds[0].suffixes[0]}")
        question = tr("Replace “{name}”?", name=shortened(named.name, 80))
        detail = tr("A file of this name exists already; what is in it would be lost.")
        return named if not named.exists() or self.question(parent, question, detail, yes=tr("Replace")) else None


def _file_dialog(parent: QWidget | None, title: str, kinds: Sequence[FileKind], folder: Path | None) -> QFileDialog:
    dialog = QFileDialog(parent, title, str(folder or Path.home()))
    dialog.setNameFilters([kind.filter_text() for kind in kinds])
    return dialog


def _suffix(kinds: Sequence[FileKind], filter_text: str) -> str:
    return next((kind.suffixes[0] for kind in kinds if kind.filter_text() == filter_text), kinds[0].suffixes[0])


def _chosen(dialog: QFileDialog) -> Path | None:
    accepted = dialog.exec()
    files = dialog.selectedFiles()
    dialog.deleteLater()
    return Path(files[0]) if accepted and files else None


class TextBlock(QTextEdit):
    """Plain text that wraps anywhere, can be selected, and is as tall as it needs up to a height; then it scrolls."""

    def __init__(self, text: str, name: str, *, tallest: int = TALLEST_TEXT, framed: bool = False) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setAccessibleName(name)
        self.setProperty("frame", "" if framed else "none")
        self._around = 2 * GRID if framed else 2
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabChangesFocus(True)
        self.document().setDocumentMargin(0)
        self._tallest = tallest
        self.setMinimumWidth(scaled(WIDTH))
        self.show_text(text)

    def show_text(self, text: str) -> None:
        """Show other words."""
        self.setPlainText(text)
        measured = self.document().clone()
        measured.setDefaultFont(self.font())
        measured.setTextWidth(self.minimumWidth() - self._around)
        self.setFixedHeight(min(round(measured.size().height()) + self._around, scaled(self._tallest)))


class Message(QDialog):
    """A question or a statement: an icon, one sentence, perhaps more about it, and buttons that say what they do."""

    def __init__(self, text: str, detail: str = "", *, icon: str, ink: str = "accent", parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("nnviz"))
        self.setAccessibleName(text)
        self.setAccessibleDescription(detail)
        self._pressed: QPushButton | None = None
        self.buttons = QDialogButtonBox()
        self.words = QVBoxLayout()
        self.words.setSpacing(GRID)
        self.words.addWidget(_sentence(text))
        if detail:
            self.words.addWidget(TextBlock(detail, tr("More about it")))
        picture = label()
        picture.setPixmap(icons.pixmap(icon, scaled(_ICON_SIDE), ink, self.devicePixelRatioF()))
        picture.setAccessibleName("")
        told = QHBoxLayout()
        told.setSpacing(2 * GRID)
        told.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        told.addLayout(self.words, 1)
        _stack(self, told, self.buttons)

    def add_button(self, text: str, role: Role, *, is_default: bool = False) -> QPushButton:
        """Add a button; the system's habits decide its place."""
        made = self.buttons.addButton(text, role)
        made.setAutoDefault(is_default)
        if is_default:
            make_primary(made)
        made.clicked.connect(lambda: self._press(made))
        if is_default:
            made.setFocus()
        return made

    def _press(self, pressed: QPushButton) -> None:
        self._pressed = pressed
        self.accept() if self.buttons.buttonRole(pressed) != Role.RejectRole else self.reject()

    def asked(self) -> QPushButton | None:
        """Wait for an answer: the button that was pressed, None for Escape. The dialog is gone afterwards."""
        self.exec()
        self.deleteLater()
        return self._pressed


def _sentence(text: str) -> QWidget:
    """The one sentence of a message; bold, and wrapping even where a name has no gap."""
    if any(len(word) > 32 for word in text.split()):
        block = TextBlock(text, tr("Message"))
        block.setStyleSheet("font-weight: bold")
        block.show_text(text)
        return block
    made = label(text, "strong", wrapped=True)
    made.setMinimumWidth(scaled(WIDTH))
    return made


class About(QDialog):
    """What nnviz is, which versions run here, and under which licences it and what travels with it stand."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("About nnviz"))
        tabs = QTabWidget()
        tabs.setDocumentMode(True)
        tabs.setAccessibleName(tr("About and licences"))
        for title, text in licences():
            tabs.addTab(_page(text, title), title)
        self.tabs = tabs
        head = QVBoxLayout()
        head.setSpacing(GRID // 2)
        head.addWidget(label("nnviz", "title"))
        head.addWidget(
            label(tr("Build a neural network by hand, see it whole, and check it number by number."), "muted")
        )
        head.addWidget(label(versions(), "small"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        _stack(self, head, tabs, buttons)
        make_primary(buttons.button(QDialogButtonBox.StandardButton.Close))
        self.resize(fitting(640, 560))


def versions() -> str:
    """Versions of what runs here, for a report."""
    return tr(
        "Version {version} · Qt {qt} · PySide6 {pyside}", version=nnviz.__version__, qt=qVersion(), pyside=_pyside()
    )


def _pyside() -> str:
    from PySide6 import __version__ as found

    return found


def licences() -> list[tuple[str, str]]:
    """Title and text of every licence a user must be able to read."""
    return [
        ("nnviz", tr("nnviz is free software under the MIT licence.") + "\n\n" + _MIT),
        ("Qt", _qt_licence()),
        (tr("Type"), _read("fonts", "SOURCE.md") + "\n\n" + _read("fonts", "LICENSE-DejaVu.txt")),
        (tr("Icons"), _read("icons", "SOURCE.md") + "\n\n" + _read("icons", "LICENSE-Apache-2.0.txt")),
        (tr("Data sets"), _read("datasets", "SOURCE.md")),
    ]


_MIT = """\
Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated \
documentation files (the “Software”), to deal in the Software without restriction, including without limitation the \
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit \
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the \
Software.

THE SOFTWARE IS PROVIDED “AS IS”, WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE \
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR \
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR \
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE."""


def _qt_licence() -> str:
    return tr(
        "The window is made with Qt {qt} through PySide6 {pyside}, unchanged, under the GNU Lesser General Public "
        "License, version 3 (https://www.gnu.org/licenses/lgpl-3.0.html). Qt is © The Qt Company Ltd. and other "
        "contributors.\n\nYou may replace Qt by a version of your own: nnviz loads it as a separate library from\n"
        "{place}\nand its own source is open. Qt's sources are at https://download.qt.io and "
        "https://code.qt.io.",
        qt=qVersion(),
        pyside=_pyside(),
        place=QLibraryInfo.path(QLibraryInfo.LibraryPath.LibrariesPath),
    )


def _read(*parts: str) -> str:
    try:
        return resources.path(*parts).read_text(encoding="utf-8").strip()
    except (NnvizError, OSError) as error:
        return str(error)


class ShortcutHelp(QDialog):
    """Every shortcut, by menu, in two columns."""

    def __init__(self, rows: Iterable[ShortcutRow], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Keyboard shortcuts"))
        by_menu: dict[str, list[ShortcutRow]] = {}
        for row in rows:
            by_menu.setdefault(row.menu or tr("Everywhere"), []).append(row)
        columns = QHBoxLayout()
        columns.setSpacing(5 * GRID)
        columns.setContentsMargins(0, 0, 2 * GRID, 0)
        holder = QWidget()
        holder.setLayout(columns)
        for part in _halves(list(by_menu.items())):
            columns.addLayout(_shortcut_column(part), 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        make_primary(buttons.button(QDialogButtonBox.StandardButton.Close))
        area = scrolling(holder, margin=0)
        area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # arrow keys scroll it
        area.setAccessibleName(tr("Keyboard shortcuts"))
        _stack(self, label(tr("Keyboard shortcuts"), "title"), area, buttons)
        self.resize(fitting(840, 656))


def _halves(groups: list[tuple[str, list[ShortcutRow]]]) -> list[list[tuple[str, list[ShortcutRow]]]]:
    """Two columns of about the same length, the order kept."""
    total = sum(len(rows) + 2 for _, rows in groups)
    left: list[tuple[str, list[ShortcutRow]]] = []
    height = 0
    for group in groups:
        if left and height + (len(group[1]) + 2) / 2 > total / 2:
            break
        left.append(group)
        height += len(group[1]) + 2
    return [left, groups[len(left) :]]


def _shortcut_column(groups: list[tuple[str, list[ShortcutRow]]]) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(2 * GRID)
    for menu, rows in groups:
        grid = QGridLayout()
        grid.setVerticalSpacing(GRID // 2)
        grid.setColumnStretch(0, 1)
        grid.addWidget(heading(menu), 0, 0)
        for at, row in enumerate(rows, 1):
            grid.addWidget(label(row.words, wrapped=True), at, 0)
            grid.addLayout(_keys(row), at, 1, Qt.AlignmentFlag.AlignVCenter)
        column.addLayout(grid)
    column.addStretch(1)
    return column


def _keys(row: ShortcutRow) -> QHBoxLayout:
    keys = QHBoxLayout()
    keys.setSpacing(GRID // 2)
    keys.addStretch(1)
    for shortcut in row.shortcuts:
        cap: QLabel = label(shortcut, "key")
        cap.setAccessibleName(f"{row.words}: {shortcut}")
        keys.addWidget(cap)
    return keys


def _page(text: str, name: str) -> QTextEdit:
    page = QTextEdit()
    page.setPlainText(text)
    page.document().setDocumentMargin(GRID)
    page.setReadOnly(True)
    page.setTabChangesFocus(True)
    page.setAccessibleName(name)
    page.setProperty("frame", "none")
    return page


def _stack(dialog: QDialog, *parts: QWidget | QHBoxLayout | QVBoxLayout) -> None:
    """Lay the parts of a dialog out from top to bottom, on the grid."""
    rows = QVBoxLayout(dialog)
    rows.setContentsMargins(*(3 * GRID,) * 4)
    rows.setSpacing(2 * GRID)
    for part in parts:
        rows.addWidget(part) if isinstance(part, QWidget) else rows.addLayout(part)
