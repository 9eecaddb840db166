"""The history: undo and redo bring back equal bits, however many acts there were and wherever they lie.

``NNVIZ_ACTS`` sets how many random acts are replayed (1,000; 10,000 before a release).
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from nnviz.document import spill
from nnviz.document.build import new
from nnviz.document.document import Document, same
from nnviz.document.edits import Move, RemoveParts, Rename, SetParameter, SetTitle, edit_from_json, edit_to_json
from nnviz.document.files import encode
from nnviz.document.history import History
from nnviz.errors import FileError, FormatError, NnvizError
from tests.document.makers import a_document, random_edit

ACTS = int(os.environ.get("NNVIZ_ACTS", "1000"))


class Undoing(RuleBasedStateMachine):
    """A history with a tiny budget against a plain list of bytes."""

    def __init__(self) -> None:
        super().__init__()
        document = new("2-2-1")
        self.history = History(document, max_acts=2, max_bytes=300)
        self.model = [encode(document)]
        self.place = 0
        self.saved: int | None = 0
        self.acts: list[bytes | str] = []

    @initialize(acts=st.integers(0, 5), random=st.randoms(use_true_random=False))
    def begin(self, acts: int, random: Random) -> None:
        for _ in range(acts):
            self.do(random)

    @rule(random=st.randoms(use_true_random=False))
    def do(self, random: Random) -> None:
        edit = random_edit(random, self.history.document)
        before = self.history.document
        after = self.history.do(edit)
        self.acts.append(edit_to_json(edit))
        if after is before:
            return
        del self.model[self.place + 1 :]
        if self.saved is not None and self.saved > self.place:
            self.saved = None
        self.model.append(encode(after))
        self.place += 1
        assert self.history.undo_title == edit.title

    @rule(times=st.integers(1, 5))
    def undo(self, times: int) -> None:
        for _ in range(times):
            self.history.undo()
            self.acts.append("undo")
            self.place = max(0, self.place - 1)

    @rule(times=st.integers(1, 5))
    def redo(self, times: int) -> None:
        for _ in range(times):
            self.history.redo()
            self.acts.append("redo")
            self.place = min(len(self.model) - 1, self.place + 1)

    @rule()
    def save(self) -> None:
        self.history.mark_saved()
        self.saved = self.place

    @precondition(lambda self: len(self.acts) > 10)
    @rule()
    def replay(self) -> None:
        assert encode(replayed(new("2-2-1"), self.acts)) == self.model[self.place]

    @invariant()
    def agrees(self) -> None:
        assert encode(self.history.document) == self.model[self.place]
        assert self.history.can_undo == (self.place > 0)
        assert self.history.can_redo == (self.place < len(self.model) - 1)
        assert self.history.modified == (self.saved != self.place)
        assert bool(self.history.undo_title) == self.history.can_undo
        assert bool(self.history.redo_title) == self.history.can_redo

    def teardown(self) -> None:
        while self.history.can_undo:
            self.history.undo()
        assert encode(self.history.document) == self.model[0]
        self.history.close()


def replayed(document: Document, acts: list[bytes | str]) -> Document:
    """The document that a list of acts leads to, in a history without a budget."""
    history = History(document)
    for act in acts:
        if isinstance(act, bytes):
            history.do(edit_from_json(act, "replay"))
        else:
            getattr(history, act)()
    history.close()
    return history.document


TestUndoing = Undoing.TestCase
TestUndoing.settings = settings(
    max_examples=20, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)


@pytest.mark.timeout(max(120, ACTS // 10))
def test_a_thousand_random_acts_equal_a_replay(tmp_path: Path) -> None:
    random = Random(8)
    first = a_document()
    history = History(first, max_acts=50, max_bytes=20_000, folder=tmp_path)
    acts: list[bytes | str] = []
    for _ in range(ACTS):
        chance = random.random()
        if chance < 0.7:
            edit = random_edit(random, history.document)
            history.do(edit)
            acts.append(edit_to_json(edit))
        else:
            act = "undo" if chance < 0.88 else "redo"
            getattr(history, act)()
            acts.append(act)
        if len(history.document.graph.nodes) > 25:
            thinning = RemoveParts(tuple(node.id for node in history.document.graph.nodes[::2]))
            history.do(thinning)
            acts.append(edit_to_json(thinning))
    last = encode(history.document)
    assert encode(replayed(first, acts)) == last
    steps = 0
    while history.can_undo:
        history.undo()
        steps += 1
    assert steps > ACTS // 10
    assert encode(history.document) == encode(first)
    for _ in range(steps):
        history.redo()
    assert encode(history.document) == last
    history.close()
    assert list(tmp_path.iterdir()) == []


# The budget


def large(seed: int, count: int = 10_000) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(1, count))


def wide(count: int = 10_000) -> Document:
    return new(f"1-{count}", weights=[large(0, count)], bias="none")


def test_old_documents_go_to_disk_and_come_back_bit_for_bit(tmp_path: Path) -> None:
    history = History(wide(), max_bytes=300_000, folder=tmp_path)
    wanted = [history.document.parameters["w1"].tobytes()]
    for seed in range(1, 20):
        history.do(SetParameter("w1", large(seed)))
        wanted.append(history.document.parameters["w1"].tobytes())
        assert history.bytes_in_memory <= 300_000
    (folder,) = tmp_path.iterdir()
    assert len(list(folder.glob("*.float64"))) >= 16
    for place in range(18, -1, -1):
        assert history.undo().parameters["w1"].tobytes() == wanted[place]
        assert history.bytes_in_memory <= 300_000
    for place in range(1, 20):
        assert history.redo().parameters["w1"].tobytes() == wanted[place]
    history.close()
    assert list(tmp_path.iterdir()) == []


def test_shared_arrays_count_once_and_lie_on_disk_once(tmp_path: Path) -> None:
    history = History(wide(), max_acts=3, folder=tmp_path)
    for number in range(30):
        history.do(Rename("x1", f"name {number}"))
        assert history.bytes_in_memory == 80_000
    (folder,) = tmp_path.iterdir()
    assert len(list(folder.glob("*.float64"))) == 1
    array = history.document.parameters["w1"]
    while history.can_undo:
        assert history.undo().parameters["w1"] is array
    assert history.document.graph.node("x1").name == ""
    history.close()


def test_within_the_budget_nothing_touches_the_disk(tmp_path: Path) -> None:
    history = History(a_document(), folder=tmp_path)
    for number in range(1000):
        history.do(Move({"x1": (float(number), 1.0)}))
    assert list(tmp_path.iterdir()) == []
    history.do(SetTitle("one more"))
    assert len(list(tmp_path.iterdir())) == 1
    history.close()


def test_without_room_on_the_disk_documents_stay_in_memory(tmp_path: Path) -> None:
    history = History(wide(), max_bytes=100_000, folder=tmp_path / "missing")
    for seed in range(1, 6):
        history.do(SetParameter("w1", large(seed)))
    assert history.bytes_in_memory == 6 * 80_000
    while history.can_undo:
        history.undo()
    assert history.document.parameters["w1"].tobytes() == large(0).tobytes()


@pytest.mark.parametrize(("spoil", "kind"), [("remove", FileError), ("change", FormatError)])
def test_a_document_that_somebody_took_away(tmp_path: Path, spoil: str, kind: type[NnvizError]) -> None:
    history = History(wide(), max_bytes=100_000, folder=tmp_path)
    history.do(SetParameter("w1", large(1)))
    for file in tmp_path.rglob("*.float64"):
        file.unlink() if spoil == "remove" else file.write_bytes(b"x" * 80_000)
    present = history.document
    with pytest.raises(kind) as caught:
        history.undo()
    assert str(tmp_path) in caught.value.where
    assert history.document is present
    assert history.can_undo
    history.close()


def test_the_folder_goes_with_the_history(tmp_path: Path) -> None:
    history = History(wide(), max_acts=0, folder=tmp_path)
    history.do(SetTitle("a"))
    assert len(list(tmp_path.iterdir())) == 1
    del history
    assert list(tmp_path.iterdir()) == []


def test_folders_of_killed_processes_are_swept(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    for process in (dead.pid, os.getppid()):
        (tmp_path / f"nnviz-history-{process}-abc").mkdir()
    history = History(wide(), max_acts=0, folder=tmp_path)
    history.do(SetTitle("a"))
    left = {entry.name for entry in tmp_path.iterdir()}
    assert f"nnviz-history-{os.getppid()}-abc" in left
    assert f"nnviz-history-{dead.pid}-abc" not in left
    history.close()


def test_a_forked_child_takes_nothing_away(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    spill._remove_folder(tmp_path / "kept", os.getpid() + 1)
    assert (tmp_path / "kept").exists()


# Titles, marks, refusals


def test_what_changes_nothing_is_not_recorded() -> None:
    history = History(a_document())
    history.do(SetTitle("Everything"))
    assert not history.can_undo
    assert not history.modified
    history.do(SetTitle("New"))
    history.undo()
    history.do(SetTitle("Everything"))
    assert history.redo_title == "Change the title"


def test_a_refused_edit_leaves_the_history_as_it_was() -> None:
    history = History(a_document())
    history.do(SetTitle("New"))
    history.undo()
    with pytest.raises(NnvizError):
        history.do(Rename("ghost", ""))
    assert history.can_redo
    assert same(history.document, a_document())


def test_undo_and_redo_at_the_ends_stay() -> None:
    history = History(a_document())
    assert history.undo() is history.document
    assert history.redo() is history.document
    assert (history.undo_title, history.redo_title) == ("", "")


def test_the_saved_mark() -> None:
    history = History(Document(), saved=False)
    assert history.modified
    history.mark_saved()
    assert not history.modified
    history.do(SetTitle("a"))
    assert history.modified
    history.undo()
    assert not history.modified
    history.redo()
    history.mark_saved()
    history.undo()
    assert history.modified
    history.do(SetTitle("b"))
    history.undo()
    assert history.modified, "the saved document cannot be come back to any more"
