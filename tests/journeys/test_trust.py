"""What people may rely on in the window as it starts: faults are survived, and refusals change nothing."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from nnviz.canvas import layer
from nnviz.document import recovery
from nnviz.document.atomic import FileCalls
from nnviz.document.document import same
from nnviz.document.edits import SetTitle
from nnviz.document.files import encode, open_document, save_document
from nnviz.document.recovery import recover
from nnviz.errors import FileError
from nnviz.session.examples import example, example_path
from nnviz.session.runner import Runner
from nnviz.ui import faults
from nnviz.ui.dialogs import Answer
from nnviz.ui.faults import FaultDialog, Faults
from nnviz.ui.twins import Twins
from nnviz.ui.window import MainWindow
from tests.journeys.conftest import Start, told_by
from tests.journeys.processes import Process
from tests.ui.asking import ScriptedAsker
from tests.ui.running import ENDLESS, until
from tests.ui.test_dialogs import words_of

LOCALES = ("de_DE", "fr_FR", "tr_TR", "ar_EG", "C")


@pytest.fixture(scope="module", autouse=True)
def typing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """Types numbers in several languages while the other tests run; the last one asks it."""
    process = Process(tmp_path_factory.mktemp("typing") / "home", "typist", *LOCALES)
    yield process
    process.end()


# Faults


class Boom(Exception):  # noqa: N818  (its name is looked for in what is shown)
    pass


def fail(*_: object, **__: object) -> None:
    raise Boom("first line\nx = 1")


def in_a_command(window: MainWindow, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(window.area.view, "fit", fail)
    window.built.run("fit")


def in_a_listener(window: MainWindow, patch: pytest.MonkeyPatch) -> None:
    """What listens to the session fails, and the signals' own error wraps it."""
    if fail not in window.session.changed:
        window.session.changed.connect(fail)
    title = window.session.document.title
    QTimer.singleShot(0, window, lambda: window.session.do(SetTitle(title + "!")))


def in_a_timer(window: MainWindow, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(window.session, "poll", fail)
    if not window.session.training:
        window.built.run("train")


def in_a_paint(window: MainWindow, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(layer, "paint", fail)
    window.area.view.update()


def in_the_worker(window: MainWindow, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Runner, "_tell", fail)
    window.built.run("train")


@pytest.mark.qt_log_ignore("Painter ended with 1 saved states")
@pytest.mark.parametrize(
    ("inject", "times"),
    [(in_a_command, 20), (in_a_timer, 20), (in_a_paint, 20), (in_a_listener, 5), (in_the_worker, 5)],
)
def test_a_fault_anywhere_is_told_once_and_survived(
    start: Start,
    qtbot: QtBot,
    tmp_path: Path,
    log: Path,
    monkeypatch: pytest.MonkeyPatch,
    inject: Callable[[MainWindow, pytest.MonkeyPatch], None],
    times: int,
) -> None:
    file = saved_mazur(tmp_path)
    window = start(file)
    net, session = window.findChild(Faults), window.session
    assert isinstance(net, Faults)
    opened = counted(monkeypatch)
    with pytest.MonkeyPatch.context() as patch:
        for count in range(1, times + 1):
            inject(window, patch)
            until(qtbot, lambda count=count: net.count >= count)
        session.changed.disconnect(fail, missing_ok=True)
    QApplication.processEvents()
    (dialog,) = opened
    assert dialog.isVisible()
    words = words_of(dialog)
    assert "Boom: " in words
    assert "first line x = 1" in words
    assert "Local variables" not in words, "documents are large, and whole ones would stand there"
    assert "Your work is kept" in words
    assert f"Further errors since: {net.count - 1}" in words
    assert log.read_text(encoding="utf-8").count(".Boom: ") == min(net.count, faults.LOGGED_EACH)
    dialog.reject()
    session.stop_training()
    assert opened == [dialog]
    works_on(window, qtbot, file)
    assert net.dialog is None


def saved_mazur(folder: Path) -> Path:
    """The worked example with so many epochs that no run ends by itself, in a file of its own."""
    document = example("mazur")
    document = document.with_(training=replace(document.training, epochs=ENDLESS))
    save_document(document, folder / "mazur.nnviz")
    return folder / "mazur.nnviz"


def counted(patch: pytest.MonkeyPatch) -> list[FaultDialog]:
    """Every dialog about a fault that is opened from now on."""
    opened: list[FaultDialog] = []

    class Counted(FaultDialog):
        def __init__(self, *args: object, **named: object) -> None:
            super().__init__(*args, **named)  # type: ignore[arg-type]  # options are passed on as they come
            opened.append(self)

    patch.setattr(faults, "FaultDialog", Counted)
    return opened


def works_on(window: MainWindow, qtbot: QtBot, file: Path) -> None:
    """Edit, undo, save, train and paint: all that a window is for."""
    session = window.session
    before = encode(session.document)
    window.area.add_node("input")
    assert len(session.document.graph.nodes) > len(open_document(file).graph.nodes)
    window.built.run("undo")
    assert encode(session.document) == before
    window.built.run("save")
    assert file.read_bytes() == before
    window.built.run("train")
    until(qtbot, lambda: len(session.curves) > 0)
    window.built.run("stop")
    assert session.document.state.step > 0
    image = window.area.view.grab().toImage()
    assert len({image.pixel(x, y) for x in range(0, image.width(), 5) for y in range(0, image.height(), 5)}) > 3


def test_a_fault_that_comes_up_while_closing_keeps_the_window_and_the_work(
    start: Start, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = saved_mazur(tmp_path)
    window = start(file, asker=ScriptedAsker(Answer.SAVE))
    window.session.do(SetTitle("not yet saved"))
    opened = counted(monkeypatch)
    with monkeypatch.context() as patch:
        patch.setattr(Runner, "_tell", fail)
        window.session.start_training()
        assert window.session.runner is not None
        window.session.runner._thread.join()
        window.built.run("quit")
    until(qtbot, lambda: len(opened) == 1)
    opened[0].reject()
    assert window.isVisible()
    assert window.session.journaled
    window.asker = ScriptedAsker(Answer.SAVE)
    assert window.close()
    assert open_document(file).title == "not yet saved"


# A journal that cannot be written


def test_a_journal_without_room_is_told_once_and_begun_again_when_there_is_room(
    start: Start, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = start(saved_mazur(tmp_path))
    session, asker = window.session, told_by(window)
    with monkeypatch.context() as full:
        full.setattr(FileCalls, "write", no_room)
        for number in range(8):
            window.area.view.setFocus()
            session.select(("h1",))
            QTest.keyClick(window.area.view, Qt.Key.Key_Right)
            QApplication.processEvents()
            assert session.document.positions["h1"], number
        assert [type(error) for error in asker.refusals] == [FileError]
        assert "no room on the disk" in str(asker.refusals[0])
        assert not session.journaled
    session.do(SetTitle("there is room again"))
    assert session.journaled
    recovered = recover(journal_of(tmp_path))
    assert encode(recovered) == encode(session.document)
    with monkeypatch.context() as full:
        full.setattr(FileCalls, "write", no_room)
        session.do(SetTitle("once more"))
    QApplication.processEvents()
    assert len(asker.refusals) == 2


def test_a_journal_that_cannot_be_begun_is_told_and_begun_later(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as full:
        full.setattr(FileCalls, "write", no_room)
        window = start()
    session, asker = window.session, told_by(window)
    assert len(asker.refusals) == 1
    assert not session.journaled
    session.do(SetTitle("there is room"))
    assert session.journaled
    (left,) = [recovery._told(journal_of(tmp_path))]
    assert left is not None
    assert left.title == "there is room"


def test_a_save_that_fails_leaves_everything_where_it_was(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, other = saved_mazur(tmp_path), tmp_path / "other.nnviz"
    window = start(file)
    window.session.do(SetTitle("not yet saved"))
    with monkeypatch.context() as full:
        full.setattr(FileCalls, "write", no_room)
        told_by(window).answers = [other]
        window.built.run("save-as")
    assert [type(error) for error in told_by(window).refusals] == [FileError]
    assert (window.session.path, window.session.modified, other.exists()) == (file, True, False)
    assert not Twins(tmp_path / "journal" / "locks").hold(file), "another window would still be warned"


def no_room(*_: object) -> int:
    raise OSError(errno.ENOSPC, "no room")


def journal_of(folder: Path) -> Path:
    (file,) = (folder / "journal").glob("*.journal")
    return file


# What the loader refuses

MAZUR = example_path("mazur").read_text(encoding="utf-8")
SPOILED = {
    "torn.nnviz": (
        MAZUR[: len(MAZUR) // 2],
        f"line {MAZUR[: len(MAZUR) // 2].count(chr(10)) + 1},",
        "Take an older copy",
    ),
    "picture.nnviz": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "line 1", "Choose a file that nnviz has saved"),
    "empty.nnviz": (b"", "is empty", "Take an older copy"),
    "number.nnviz": (MAZUR.replace("0.15", "NaN", 1), "line 29, column 13", "Put a finite number there"),
    "twice.nnviz": (MAZUR.replace('"title"', '"seed": 1, "title"', 1), "seed", "Remove one of the two"),
    "newer.nnviz": (MAZUR.replace('"version": 1', '"version": 9'), "version", "Update nnviz"),
    "deep.nnviz": ("[" * 100 + "]" * 100, "65 levels", "take another file"),
    "edge.nnviz": (MAZUR.replace('"target": "h1"', '"target": "ghost"', 1), "ghost", ""),
    "missing.nnviz": (None, "no such file", "Check the name"),
    "empty.csv": (b"", "is empty", "a line of column names"),
    "binary.csv": (bytes(range(256)), "not a text file", "Save the table as CSV"),
    "ragged.csv": ("a,b\n1,2\n1,2,3\n", "line 3", "between quotation marks"),
    "gap.csv": ("a,b\n1,\n2,3\n", "line 2, column b", "Correct this cell"),
    "infinite.csv": ("a,b\n1,2\n1,inf\n", "line 3, column b", "Correct this cell"),
    "missing.csv": (None, "No such file", ""),
}
"""What stands in each file, the place that the refusal names, and the cure."""


def spoiled(folder: Path, name: str) -> Path:
    text = SPOILED[name][0]
    file = folder / name
    if text is not None:
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def by_dialog(window: MainWindow, file: Path) -> None:
    told_by(window).answers = [file]
    window.built.run("open")


def by_drop_on_the_canvas(window: MainWindow, file: Path) -> None:
    drop(window.area.view, file)


def by_drop_on_the_window(window: MainWindow, file: Path) -> None:
    drop(window, file)


def by_recent_menu(window: MainWindow, file: Path) -> None:
    window.files.remember(file)
    window.files.recent_menu.aboutToShow.emit()
    window.files.recent_menu.actions()[0].trigger()


def drop(widget: QWidget, file: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file))])
    how = Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    entering, dropped = QDragEnterEvent(QPoint(50, 50), *how), QDropEvent(QPointF(50, 50), *how)
    for event in (entering, dropped):
        QApplication.sendEvent(widget, event)
        assert event.isAccepted()


WAYS = [by_dialog, by_drop_on_the_canvas, by_drop_on_the_window, by_recent_menu]


def test_what_cannot_be_opened_is_told_and_changes_nothing(start: Start, tmp_path: Path) -> None:
    window = start(saved_mazur(tmp_path))
    session = window.session
    file = session.path
    for modified in (False, True):
        if modified:
            session.do(SetTitle("under way"))
        before, journal = session.document, journal_of(tmp_path).read_bytes()
        for way, name in product(WAYS, SPOILED):
            way(window, spoiled(tmp_path, name))
            assert_refused(window, name)
            assert session.document is before, (way, name)
            assert (session.path, session.modified, window.isWindowModified()) == (file, modified, modified)
            assert bool(session.undo_title) == modified
        assert journal_of(tmp_path).read_bytes() == journal
    assert told_by(window).answers == [], "nobody was asked whether to leave the document"


def assert_refused(window: MainWindow, name: str) -> None:
    """The refusal stands where it belongs, and names file, place and cure."""
    _, place, cure = SPOILED[name]
    if name.endswith(".csv"):
        told = window.training_panel.data.notice.text
        assert window.docks["training"].isVisible()
    else:
        told = str(told_by(window).refusals.pop())
    for part in (name, place, cure):
        assert part in told
    assert told_by(window).refusals == []


@pytest.mark.parametrize("name", ["torn.nnviz", "ragged.csv"])
def test_what_cannot_be_opened_at_the_start_leaves_the_first_document(start: Start, tmp_path: Path, name: str) -> None:
    window = start(spoiled(tmp_path, name))
    assert_refused(window, name)
    assert same(window.session.document, example("mazur"))
    assert not window.session.modified
    assert window.session.path is None


# Numbers in other languages


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_dot_and_comma_are_the_decimal_mark_in_every_language(typing: Process) -> None:
    told = typing.rest()
    assert [each["locales"] for each in told] == [[name] * 2 for name in LOCALES for _ in range(2)]
    for each in told:
        assert each["typed"] in ("0.001", "0,001")
        assert each["held"] == [0.001, 0.001], each
        assert each["shown"] == ["0.001", "0.001"]
        assert each["refused"] == ["", ""]
        assert each["filed"] == 2
