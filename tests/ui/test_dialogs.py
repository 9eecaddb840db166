"""Questions and statements: plain words, named buttons, Escape the careful answer, nothing wider than a screen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QLabel, QPushButton, QTextEdit, QWidget
from pytestqt.qtbot import QtBot

from nnviz import resources
from nnviz.errors import FormatError
from nnviz.ui.actions import ShortcutRow
from nnviz.ui.dialogs import About, Answer, Asker, FileKind, Message, Role, ShortcutHelp, TextBlock, licences
from nnviz.ui.theme import Theme
from tests.ui.accessibility import cut, unnamed
from tests.ui.asking import ScriptedAsker

pytestmark = pytest.mark.usefixtures("theme")
NASTY = "<img src=x>" + "🙂" + "w" * 1000
KINDS = (FileKind("Networks", ("nnviz",)), FileKind("Pictures", ("png", "svg")))


class Meanwhile:
    """Does something to the dialog that is about to open, in its own event loop, and keeps what it read there."""

    def __init__(self, act: Callable[[Any], object]) -> None:
        self._act = act
        self.words = ""
        self.unnamed: list[str] = []
        self.size = QSize()
        self._timer = QTimer()
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._go)
        self._timer.start(0)

    def _go(self) -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, QDialog)
        self.words = words_of(dialog)
        self.unnamed = unnamed(dialog)
        self.size = dialog.size()
        self._act(dialog)


def words_of(dialog: QWidget) -> str:
    labels = [each.text() for each in dialog.findChildren(QLabel)]
    return "\n".join(labels + [each.toPlainText() for each in dialog.findChildren(QTextEdit)])


def press(words: str) -> Callable[[QWidget], object]:
    def act(dialog: QWidget) -> None:
        next(each for each in dialog.findChildren(QPushButton) if each.text() == words).click()

    return act


def escape(dialog: QDialog) -> None:
    dialog.reject()


@pytest.mark.parametrize(
    ("act", "answer"),
    [
        (press("Save"), Answer.SAVE),
        (press("Discard"), Answer.DISCARD),
        (press("Cancel"), Answer.CANCEL),
        (escape, Answer.CANCEL),
    ],
)
def test_unsaved_work(qtbot: QtBot, act: Callable[[Any], object], answer: Answer) -> None:
    meanwhile = Meanwhile(act)
    assert Asker().save_changes(None, "<b>net</b>.nnviz") is answer
    assert "Save the changes to “<b>net</b>.nnviz”?" in meanwhile.words
    assert meanwhile.unnamed == []


def test_enter_is_the_likely_answer_and_escape_the_careful_one(qtbot: QtBot) -> None:
    meanwhile = Meanwhile(lambda dialog: qtbot.keyClick(dialog, Qt.Key.Key_Return))
    assert Asker().save_changes(None, "net") is Answer.SAVE
    meanwhile = Meanwhile(lambda dialog: qtbot.keyClick(dialog, Qt.Key.Key_Escape))
    assert Asker().save_changes(None, "net") is Answer.CANCEL
    assert meanwhile.words


@pytest.mark.parametrize(("act", "agreed"), [(press("Stop first"), True), (press("Cancel"), False), (escape, False)])
def test_a_question_in_its_own_words(act: Callable[[Any], object], agreed: bool) -> None:
    meanwhile = Meanwhile(act)
    assert Asker().question(None, "A training runs", "It has to end first.", yes="Stop first") is agreed
    assert "It has to end first." in meanwhile.words


@pytest.mark.parametrize(
    ("act", "chosen"), [(press("one"), 0), (press("two"), 1), (press("Cancel"), None), (escape, None)]
)
def test_a_choice(act: Callable[[Any], object], chosen: int | None) -> None:
    meanwhile = Meanwhile(act)
    assert Asker().choose(None, "Which?", "", ["one", "two"]) == chosen
    assert "Which?" in meanwhile.words


def test_a_refusal_says_the_same_sentence_as_the_command_line() -> None:
    error = FormatError("This is not a network", where="net.nnviz, line 3", found=NASTY, hint="Open another one")
    meanwhile = Meanwhile(press("Close"))
    Asker().refuse(None, error, "The file was not opened")
    assert str(error) in meanwhile.words
    assert "The file was not opened" in meanwhile.words
    assert meanwhile.unnamed == []


def test_a_statement() -> None:
    meanwhile = Meanwhile(press("Close"))
    Asker().tell(None, "Already open", "In another window.")
    assert "Already open" in meanwhile.words


def test_names_of_any_length_and_kind_are_shown_as_text_within_the_screen(qtbot: QtBot) -> None:
    meanwhile = Meanwhile(escape)
    Asker().tell(None, NASTY, "\n".join([NASTY] * 30))
    assert NASTY in meanwhile.words
    assert meanwhile.size.width() < 600
    assert meanwhile.size.height() < 800


def test_nothing_interprets_markup(qtbot: QtBot) -> None:
    dialog = Message("<h1>big</h1>", "<img src=x>", icon="error", parent=None)
    qtbot.addWidget(dialog)
    assert all(each.textFormat() == Qt.TextFormat.PlainText for each in dialog.findChildren(QLabel))
    block = dialog.findChild(TextBlock)
    assert isinstance(block, TextBlock)
    assert block.toPlainText() == "<img src=x>"


@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0])
def test_nothing_is_cut_at_any_size_of_type(theme: Theme, qtbot: QtBot, scale: float) -> None:
    theme.zoom(scale)
    dialog = Message("Save the changes to “mazur.nnviz”?", "If not, they are lost. " * 8, icon="question", parent=None)
    dialog.add_button("Save", Role.AcceptRole, is_default=True)
    dialog.add_button("Discard everything", Role.DestructiveRole)
    rows = [ShortcutRow("File", f"Save number {at}", ("Ctrl+Shift+S",)) for at in range(9)]
    for shown in (dialog, About(), ShortcutHelp(rows)):
        qtbot.addWidget(shown)
        shown.show()
        QApplication.processEvents()
        assert cut(shown) == []


def test_the_shortcut_help_lists_every_row_and_can_be_read_aloud(qtbot: QtBot) -> None:
    rows = [ShortcutRow(menu, f"{menu} {at}", (f"Ctrl+{at}",)) for menu in ("File", "Edit", "") for at in range(4)]
    dialog = ShortcutHelp(rows)
    qtbot.addWidget(dialog)
    words = words_of(dialog)
    assert all(row.words in words and row.shortcuts[0] in words for row in rows)
    assert "Everywhere" in words
    assert unnamed(dialog) == []


def test_about_shows_every_licence(qtbot: QtBot) -> None:
    dialog = About()
    qtbot.addWidget(dialog)
    pages = {dialog.tabs.tabText(at): dialog.tabs.widget(at).toPlainText() for at in range(dialog.tabs.count())}  # type: ignore[attr-defined]  # its pages are texts
    assert list(pages) == ["nnviz", "Qt", "Type", "Icons", "Data sets"]
    assert "Lesser General Public" in pages["Qt"]
    assert "Bitstream Vera" in pages["Type"]
    assert "Apache License" in pages["Icons"]
    assert "CC BY 4.0" in pages["Data sets"]
    assert unnamed(dialog) == []


def test_the_licence_shown_is_the_licence_of_the_project() -> None:
    file = (Path(__file__).resolve().parents[2] / "LICENSE").read_text(encoding="utf-8")
    flat = " ".join(dict(licences())["nnviz"].replace("“", '"').replace("”", '"').split())
    assert all(" ".join(part.split()) in flat for part in file.split("\n\n")[2:])


def test_a_missing_licence_file_is_told_where_it_should_be(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(resources, "root", lambda: tmp_path)
    assert "is missing" in dict(licences())["Type"]


class Picker:
    """Stands for the file dialog: notes how it was set up and picks a file."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, picked: Path | None) -> None:
        self.dialogs: list[dict[str, Any]] = []

        def run(dialog: QFileDialog) -> int:
            self.dialogs.append(
                {
                    "filters": dialog.nameFilters(),
                    "suffix": dialog.defaultSuffix(),
                    "saving": dialog.acceptMode() == QFileDialog.AcceptMode.AcceptSave,
                    "folder": Path(dialog.directory().absolutePath()),
                    "place": dialog.labelText(QFileDialog.DialogLabel.LookIn),
                }
            )
            return bool(picked)

        monkeypatch.setattr(QFileDialog, "exec", run)
        monkeypatch.setattr(QFileDialog, "selectedFiles", lambda dialog: [str(picked)] if picked else [])


def test_a_file_to_open(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    picker = Picker(monkeypatch, tmp_path / "a.nnviz")
    assert Asker().open_file(None, "Open", KINDS, tmp_path) == tmp_path / "a.nnviz"
    (dialog,) = picker.dialogs
    assert dialog["filters"] == ["Networks (*.nnviz)", "Pictures (*.png *.svg)"]
    assert (dialog["suffix"], dialog["saving"], dialog["folder"]) == ("", False, tmp_path)


def test_no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    Picker(monkeypatch, None)
    assert Asker().open_file(None, "Open", KINDS) is None
    assert Asker().save_file(None, "Save", KINDS, tmp_path / "a.nnviz") is None


@pytest.mark.parametrize(
    ("picked", "saved"), [("a.nnviz", "a.nnviz"), ("a.SVG", "a.SVG"), ("a", "a.nnviz"), ("a.b", "a.b.nnviz")]
)
def test_a_saved_file_has_a_suffix(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, picked: str, saved: str) -> None:
    picker = Picker(monkeypatch, tmp_path / picked)
    assert Asker().save_file(None, "Save", KINDS, tmp_path / "net.nnviz") == tmp_path / saved
    assert picker.dialogs[0]["suffix"] == "nnviz"
    assert picker.dialogs[0]["saving"]
    assert picker.dialogs[0]["place"] == "Save in:"


@pytest.mark.parametrize("agreed", [True, False])
def test_a_suffix_added_afterwards_overwrites_nothing_unasked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, agreed: bool
) -> None:
    (tmp_path / "a.nnviz").write_text("work", encoding="utf-8")
    Picker(monkeypatch, tmp_path / "a")
    asker = Asker()
    asked: list[str] = []

    def question(parent: QWidget | None, text: str, detail: str, **words: str) -> bool:
        asked.append(text)
        return agreed

    monkeypatch.setattr(asker, "question", question)
    assert asker.save_file(None, "Save", KINDS) == (tmp_path / "a.nnviz" if agreed else None)
    assert asked == ["Replace “a.nnviz”?"]


def test_the_scripted_asker_of_the_tests_answers_in_order() -> None:
    asker = ScriptedAsker(Answer.DISCARD, True, 1, None, Path("a"))
    assert asker.save_changes(None, "net") is Answer.DISCARD
    assert asker.question(None, "Sure?", "", yes="Yes") is True
    assert asker.choose(None, "Which?", "", ["a", "b"]) == 1
    assert asker.open_file(None, "Open", KINDS) is None
    assert asker.save_file(None, "Save", KINDS) == Path("a")
    asker.refuse(None, FormatError("No"))
    assert [str(error) for error in asker.refusals] == ["No."]
    with pytest.raises(AssertionError, match="no answer for: Sure"):
        asker.question(None, "Sure?", "", yes="Yes")
