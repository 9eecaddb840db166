"""The crash journal: wherever the process ends, at most the last act is lost, and nothing is removed unasked."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random

import numpy as np
import pytest

from nnviz.document import recovery
from nnviz.document.build import new
from nnviz.document.document import Document, same
from nnviz.document.edits import Edit, Initialise, Move, SetParameter, SetTitle
from nnviz.document.files import encode
from nnviz.document.history import History
from nnviz.document.recovery import Journal, Recoverable, discard, found, recover
from nnviz.errors import FileError, FormatError
from nnviz.learning.settings import TrainingState
from tests.document.makers import a_document, random_edit, random_run, refusal
from tests.document.test_atomic import Failing

KILLS = int(os.environ.get("NNVIZ_KILLS", "100")) // 5


def crash(journal: Journal) -> Path:
    """Let go of a journal as a killed process does: the system closes the file, nothing else happens."""
    journal.close(keep=True)
    return journal.file


class Application:
    """A history and its journal, as a window holds them."""

    def __init__(self, document: Document, folder: Path, **options: object) -> None:
        self.history = History(document)
        self.journal = Journal(document, folder=folder, **options)  # type: ignore[arg-type]  # options are passed on as they come

    def do(self, edit: Edit) -> None:
        self.journal.did(edit, self.history.do(edit))

    def undo(self) -> None:
        self.journal.undid(self.history.undo())

    def redo(self) -> None:
        self.journal.redid(self.history.redo())

    def act(self, random: Random) -> None:
        chance = random.random()
        if chance < 0.6:
            self.do(random_edit(random, self.history.document))
        elif chance < 0.8:
            self.undo()
        else:
            self.redo()


@pytest.mark.parametrize("options", [{}, {"max_records": 5}, {"max_growth": 1}], ids=["long", "few lines", "few bytes"])
@pytest.mark.parametrize("seed", range(4))
def test_after_every_act_the_journal_holds_the_document(tmp_path: Path, seed: int, options: dict[str, int]) -> None:
    random = Random(seed)
    application = Application(new("2-2-1"), tmp_path, **options)
    for _ in range(40):
        application.act(random)
        assert encode(recover(application.journal.file)) == encode(application.history.document)
    assert len(list(tmp_path.iterdir())) == 1
    application.journal.close()
    assert list(tmp_path.iterdir()) == []


def test_a_last_line_torn_at_any_byte_costs_at_most_the_last_act(tmp_path: Path) -> None:
    application = Application(a_document(), tmp_path)
    application.do(SetTitle("first"))
    before = encode(application.history.document)
    size = application.journal.file.stat().st_size
    application.do(SetParameter("w3", np.array([[0.25]])))
    after = encode(application.history.document)
    data = crash(application.journal).read_bytes()
    for end in range(size, len(data) + 1):
        application.journal.file.write_bytes(data[:end])
        whole = end == len(data)
        assert encode(recover(application.journal.file)) == (after if whole else before)
    for place in range(size, len(data) - 1, 7):
        spoiled = bytearray(data)
        spoiled[place] ^= 1
        application.journal.file.write_bytes(spoiled)
        assert encode(recover(application.journal.file)) == before


def test_a_line_spoiled_in_the_middle_is_told(tmp_path: Path) -> None:
    application = Application(a_document(), tmp_path)
    for name in ("one", "two", "three"):
        application.do(SetTitle(name))
    lines = crash(application.journal).read_bytes().splitlines(keepends=True)
    for spoiled in (
        [*lines[:2], *lines[3:]],
        [*lines[:2], b"x" + lines[2], lines[3]],
        [*lines[:2], lines[3], lines[2]],
    ):
        application.journal.file.write_bytes(b"".join(spoiled))
        (told,) = found(tmp_path)
        assert (told.title, told.acts, told.complete) == ("one", 1, False)
    application.journal.file.write_bytes(b"".join(lines[:3]) + lines[3][:-3])
    (told,) = found(tmp_path)
    assert (told.title, told.acts, told.complete) == ("two", 2, True)


def test_what_is_found_is_told_with_time_and_contents(tmp_path: Path) -> None:
    application = Application(a_document(), tmp_path, path="/home/me/net.nnviz")
    application.do(SetTitle("Evening"))
    file = crash(application.journal)
    os.utime(file, (1_700_000_000, 1_700_000_000))
    (told,) = found(tmp_path)
    assert told == Recoverable(file, told.time, "Evening", "/home/me/net.nnviz", 9, 9, 1, False, True)
    assert told.time.timestamp() == 1_700_000_000
    assert same(recover(told), application.history.document)
    assert file.exists(), "recovering removes nothing"
    discard(told)
    assert found(tmp_path) == []
    discard(told)


def test_the_newest_comes_first(tmp_path: Path) -> None:
    for age, name in enumerate(("new", "old", "older")):
        file = crash(Journal(Document(title=name), folder=tmp_path, unsaved=True))
        os.utime(file, (1000 - age, 1000 - age))
    assert [told.title for told in found(tmp_path)] == ["new", "old", "older"]


def test_journals_of_living_processes_are_left_out(tmp_path: Path) -> None:
    journal = Journal(a_document(), folder=tmp_path, unsaved=True)
    assert found(tmp_path) == []
    crash(journal)
    assert len(found(tmp_path)) == 1


@pytest.mark.parametrize(("unsaved", "count"), [(False, 0), (True, 1)])
def test_what_holds_nothing_to_lose_is_not_offered(tmp_path: Path, unsaved: bool, count: int) -> None:
    crash(Journal(a_document(), folder=tmp_path, unsaved=unsaved))
    assert len(found(tmp_path)) == count


def test_after_saving_there_is_nothing_to_lose(tmp_path: Path) -> None:
    application = Application(a_document(), tmp_path)
    application.do(SetTitle("a"))
    application.journal.saved(application.history.document, "/tmp/a.nnviz")
    crash(application.journal)
    assert found(tmp_path) == []
    assert recover(application.journal.file).title == "a"


def test_undoing_behind_a_save_is_worth_recovering(tmp_path: Path) -> None:
    application = Application(a_document(), tmp_path)
    application.do(SetTitle("a"))
    application.journal.saved(application.history.document, "/tmp/a.nnviz")
    application.undo()
    crash(application.journal)
    (told,) = found(tmp_path)
    assert (told.title, told.path) == ("Everything", "/tmp/a.nnviz")


def test_what_changed_nothing_is_no_act(tmp_path: Path) -> None:
    application = Application(a_document(), tmp_path)
    application.do(SetTitle("a"))
    application.do(SetTitle("a"))
    application.undo()
    application.undo()
    application.redo()
    application.redo()
    assert recover(application.journal.file).title == "a"
    crash(application.journal)
    assert found(tmp_path)[0].acts == 3


def test_files_that_are_no_journals_are_left_alone(tmp_path: Path) -> None:
    others = {"notes.txt": b"x", "1-0123456789abcdef.journal": b"", "2-0123456789abcdef.journal": b"rubbish\n" * 3}
    for name, data in others.items():
        (tmp_path / name).write_bytes(data)
    assert found(tmp_path) == []
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == others
    assert found(tmp_path / "missing") == []
    with pytest.raises(FormatError, match="cannot be used"):
        recover(tmp_path / "2-0123456789abcdef.journal")
    with pytest.raises(FileError, match="cannot be read"):
        recover(tmp_path / "missing.journal")


def test_a_journal_whose_document_is_not_whole_is_refused(tmp_path: Path) -> None:
    journal = Journal(Document(), folder=tmp_path)
    broken = Document(parameters={"ghost": np.ones(1)})
    line, _ = recovery._line(recovery._Whole(broken, "", True), b"")
    crash(journal).write_bytes(line)
    with pytest.raises(FormatError, match="not in the network"):
        recover(journal.file)


def test_an_act_that_is_not_possible_ends_the_replay(tmp_path: Path) -> None:
    application = Application(a_document(), tmp_path)
    application.do(SetTitle("a"))
    application.journal.did(SetParameter("ghost", np.ones(1)), Document())
    crash(application.journal)
    (told,) = found(tmp_path)
    assert (told.title, told.acts, told.complete) == ("a", 1, False)


# Checkpoints


def trained(document: Document, seed: int) -> Document:
    return random_run(Random(seed), document).apply(document)


def test_a_running_training_leaves_a_checkpoint(tmp_path: Path) -> None:
    application = Application(a_document(), tmp_path)
    for seed in (1, 2):
        checkpoint = trained(application.history.document, seed)
        application.journal.checkpoint(checkpoint)
    application.do(Move({"x1": (5.0, 5.0)}))
    crash(application.journal)
    (told,) = found(tmp_path)
    assert told.training
    document = recover(told)
    assert {key: values.tobytes() for key, values in document.parameters.items()} == {
        key: values.tobytes() for key, values in checkpoint.parameters.items()
    }
    assert document.state.count == checkpoint.state.count
    assert document.positions["x1"] == (5.0, 5.0)
    assert len(document.runs) == len(application.history.document.runs)
    encode(document)


@pytest.mark.parametrize(
    "end",
    [
        lambda application: application.do(random_run(Random(5), application.history.document)),
        lambda application: application.journal.checkpoint(None),
        lambda application: application.do(Initialise()),
        lambda application: application.undo(),
    ],
    ids=["the run", "without a result", "other numbers", "undone"],
)
def test_a_checkpoint_counts_until_the_numbers_change(tmp_path: Path, end: Callable[[Application], None]) -> None:
    application = Application(a_document(), tmp_path)
    application.do(SetParameter("w3", np.zeros((1, 1))))
    application.journal.checkpoint(trained(application.history.document, 1))
    end(application)
    assert encode(recover(application.journal.file)) == encode(application.history.document)
    crash(application.journal)
    assert not found(tmp_path)[0].training


def test_a_checkpoint_survives_a_new_beginning(tmp_path: Path) -> None:
    application = Application(a_document(), tmp_path, max_records=3)
    checkpoint = trained(application.history.document, 1)
    application.journal.checkpoint(checkpoint)
    for place in range(10):
        application.do(Move({"x1": (float(place), 5.0)}))
    crash(application.journal)
    assert recover(application.journal.file).state.count == checkpoint.state.count
    assert found(tmp_path)[0].training


def test_a_checkpoint_for_another_network_is_passed_over(tmp_path: Path) -> None:
    application = Application(a_document(), tmp_path)
    application.journal.checkpoint(new("3-3").with_(state=TrainingState("sgd", {})))
    assert same(recover(application.journal.file), application.history.document)


def test_the_journal_stays_short(tmp_path: Path) -> None:
    application = Application(a_document(), tmp_path, max_records=10)
    sizes = []
    for place in range(100):
        application.do(Move({"x1": (float(place), 5.0)}))
        sizes.append(application.journal.file.stat().st_size)
    assert max(sizes[50:]) <= max(sizes[:50]) + 100


# Failures


@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC])
def test_whichever_call_fails_the_next_act_makes_it_good(tmp_path: Path, error: int) -> None:
    refused = 0
    for failing in range(1, 100):
        folder = tmp_path / str(failing)
        calls = Failing(failing, error, half=True)
        try:
            application = Application(a_document(), folder, calls=calls, max_records=2)
        except FileError:
            refused += 1
            continue
        for place in range(4):
            document = application.history.document
            told = refusal(application.do, SetTitle(f"act {place}"))
            recovered = recover(application.journal.file)
            if told is None:
                assert same(recovered, application.history.document)
            else:
                refused += 1
                assert isinstance(told, FileError)
                assert str(application.journal.file) in told.where
                kept = same(recovered, document) or same(recovered, application.history.document)
                assert kept, "what was recorded before is lost"
        calls.failing, made = 0, len(calls.made)
        application.do(SetTitle("good again"))
        assert same(recover(application.journal.file), application.history.document)
        assert [file.name for file in folder.iterdir()] == [application.journal.file.name]
        application.journal.close()
        if made < failing:
            break
    assert refused > 8


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="cannot be written"):
        Journal(Document(), folder=tmp_path / "file" / "journal")


def test_the_folder_is_private(tmp_path: Path) -> None:
    Journal(Document(), folder=tmp_path / "deep" / "journal").close()
    assert (tmp_path / "deep" / "journal").stat().st_mode & 0o077 == 0


def test_the_usual_folder_is_the_users_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    if sys.platform == "linux":
        assert recovery.default_folder() == tmp_path / "nnviz" / "journal"
    assert "platformdirs" not in recovery.__dict__


# Kills

WORKING = """
import os, random, select, signal, sys
from pathlib import Path
from nnviz.document.build import new
from nnviz.document.document import same
from nnviz.document.edits import SetTitle
from nnviz.document.history import History
from nnviz.document.recovery import Journal, discard, found, recover
from tests.document.makers import random_edit

folder, kills = Path(sys.argv[1]), int(sys.argv[2])
chance = random.Random(0)
most = 0
for kill in range(kills):
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            acts = random.Random(kill)
            history = History(new("2-2-1"))
            journal = Journal(history.document, folder=folder, unsaved=True, max_records=20)
            os.write(writing, b"!")
            while True:
                edit = random_edit(acts, history.document)
                journal.did(edit, history.do(edit))
                os.write(writing, b"!")
        finally:
            os._exit(1)
    os.close(writing)
    os.read(reading, 1)
    select.select([], [], [], chance.uniform(0, 0.08))
    os.kill(child, signal.SIGKILL)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    done = b""
    while data := os.read(reading, 65536):
        done += data
    os.close(reading)
    (told,) = found(folder)
    recovered = recover(told)
    acts = random.Random(kill)
    document = new("2-2-1")
    for _ in range(len(done)):
        document = random_edit(acts, document).apply(document)
    next_one = random_edit(acts, document).apply(document)
    assert same(recovered, document) or same(recovered, next_one), (kill, len(done))
    assert told.complete
    most = max(most, len(done))
    discard(told)
print(most, *[file.name for file in folder.iterdir() if not file.name.startswith(".nnviz-save")])
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills are tried where processes fork")
def test_a_killed_process_loses_at_most_its_last_act(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", WORKING, str(tmp_path), str(KILLS)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr
    most, *left = done.stdout.split()
    assert int(most) > 5, "no process came far enough"
    assert left == []
