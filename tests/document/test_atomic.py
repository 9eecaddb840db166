"""A file is at every moment wholly the old or wholly the new: whichever call fails, whenever the process is killed.

``NNVIZ_KILLS`` sets how many kills (100; 1,000 before a release).
"""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nnviz.document import atomic
from nnviz.document.atomic import FileCalls, part_name, sweep, write_atomic
from nnviz.document.edits import SetTitle
from nnviz.document.files import open_document, save_document
from nnviz.document.history import History
from nnviz.errors import FileError
from tests.document.makers import refusal
from tests.document.test_files import _with_table

KILLS = int(os.environ.get("NNVIZ_KILLS", "100"))
OLD, NEW = b"old" * 1000, b"new" * 5000

CALLS = [name for name in vars(FileCalls) if not name.startswith("_")]


class Failing(FileCalls):
    """File calls of which the k-th fails; a failing write may have written half."""

    def __init__(self, failing: int, error: int, half: bool = False) -> None:
        self.made: list[str] = []
        self.failing, self.error, self.half = failing, error, half

    def __getattribute__(self, name: str) -> Any:
        call = super().__getattribute__(name)
        return self._counted(name, call) if name in CALLS else call

    def _counted(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any) -> Any:
            self.made.append(name)
            if len(self.made) != self.failing:
                return call(*arguments)
            if name == "write" and self.half:
                call(arguments[0], arguments[1][: len(arguments[1]) // 2])
            if name == "close":
                call(*arguments)  # the handle is gone all the same
            raise OSError(self.error, os.strerror(self.error))

        return counted


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


@pytest.mark.parametrize("exists", [True, False], ids=["replacing", "new"])
@pytest.mark.parametrize("half", [True, False], ids=["half written", "nothing written"])
@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC, errno.EACCES], ids=["EIO", "ENOSPC", "EACCES"])
def test_whichever_call_fails_the_old_file_is_whole(tmp_path: Path, error: int, half: bool, exists: bool) -> None:
    path = tmp_path / "net.nnviz"
    failed = set()
    for failing in range(1, 100):
        path.unlink(missing_ok=True)
        if exists:
            path.write_bytes(OLD)
        calls = Failing(failing, error, half)
        told = refusal(write_atomic, path, NEW, calls)
        if told is None:
            assert path.read_bytes() == NEW
        else:
            failed.add(calls.made[failing - 1])
            assert path.exists() == exists
            assert not exists or path.read_bytes() == OLD
            assert isinstance(told, FileError)
            assert str(path) in told.where
            assert told.found
            assert told.hint
        assert names(tmp_path) == (["net.nnviz"] if path.exists() else [])
        if len(calls.made) < failing:
            break
    assert failed >= {"create", "write", "sync", "close", "replace"}


def test_whichever_call_fails_the_document_stays_unsaved(tmp_path: Path) -> None:
    path = tmp_path / "net.nnviz"
    history = History(_with_table(70_000))
    save_document(history.document, path)
    before = path.read_bytes()
    history.do(SetTitle("another"))
    for failing in range(1, 100):
        calls = Failing(failing, errno.EIO)
        if refusal(save_document, history.document, path, calls) is None:
            assert open_document(path).title == "another"
            path.write_bytes(before)
        else:
            assert history.modified
            assert path.read_bytes() == before
            assert len(names(tmp_path)) == 2
        if len(calls.made) < failing:
            break
    assert failing > 5


def test_the_reason_is_told_in_words(tmp_path: Path) -> None:
    path = tmp_path / "net.nnviz"
    told = {}
    for error in (errno.EIO, errno.ENOSPC, errno.EACCES):
        with pytest.raises(FileError) as caught:
            write_atomic(path, NEW, Failing(2, error))
        told[error] = str(caught.value)
    assert "the disk reports an error" in told[errno.EIO]
    assert "no room on the disk" in told[errno.ENOSPC]
    assert "no permission" in told[errno.EACCES]
    assert all(str(path) in text for text in told.values())


class Reluctant(FileCalls):
    """Writes seven bytes at a time."""

    def write(self, handle: int, data: memoryview) -> int:
        return super().write(handle, data[:7])


def test_a_system_that_writes_little_at_a_time(tmp_path: Path) -> None:
    write_atomic(tmp_path / "x", NEW, Reluctant())
    assert (tmp_path / "x").read_bytes() == NEW


def test_an_interruption_leaves_nothing(tmp_path: Path) -> None:
    class Interrupted(FileCalls):
        def sync(self, handle: int) -> None:
            raise KeyboardInterrupt

    (tmp_path / "x").write_bytes(OLD)
    with pytest.raises(KeyboardInterrupt):
        write_atomic(tmp_path / "x", NEW, Interrupted())
    assert (tmp_path / "x").read_bytes() == OLD
    assert names(tmp_path) == ["x"]


# Modes, links, special files


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("kept", [0o600, 0o640, 0o664, 0o755])
def test_the_mode_is_kept(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "x"
    path.write_bytes(OLD)
    path.chmod(kept)
    write_atomic(path, NEW)
    assert mode(path) == kept


def test_a_new_file_has_the_usual_mode(tmp_path: Path) -> None:
    (tmp_path / "usual").write_bytes(OLD)
    write_atomic(tmp_path / "x", NEW)
    assert mode(tmp_path / "x") == mode(tmp_path / "usual")


def test_what_is_written_beside_a_private_file_is_private(tmp_path: Path) -> None:
    seen = []

    class Watching(FileCalls):
        def sync(self, handle: int) -> None:
            seen.extend(mode(file) for file in tmp_path.glob(".nnviz-save-*"))

    (tmp_path / "x").write_bytes(OLD)
    (tmp_path / "x").chmod(0o600)
    write_atomic(tmp_path / "x", NEW, Watching())
    assert seen == [0o600]


def test_links_are_followed(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "real").write_bytes(OLD)
    (tmp_path / "link").symlink_to(Path("far") / "real")
    (tmp_path / "link2").symlink_to("link")
    write_atomic(tmp_path / "link2", NEW)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "link2").is_symlink()
    assert (tmp_path / "far" / "real").read_bytes() == NEW
    assert names(tmp_path / "far") == ["real"]


def test_a_link_to_nothing_yet(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("real")
    write_atomic(tmp_path / "link", NEW)
    assert (tmp_path / "real").read_bytes() == NEW
    assert (tmp_path / "link").is_symlink()


class Guarded(FileCalls):
    """Nobody may write (the tests may run as the superuser, who always may)."""

    def may_write(self, path: str) -> bool:
        return False


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def _pipe(path: Path) -> Path:
    os.mkfifo(path)
    return path


def _circle(path: Path) -> Path:
    path.symlink_to(path.name)
    return path / "inside"


@pytest.mark.parametrize(
    ("make", "found"),
    [
        (_folder, "a folder"),
        (_pipe, "a device or pipe"),
        (_circle, "circle"),
        (lambda path: path / "missing" / "x", "no such file or folder"),
        (lambda path: path.with_name("x" * 300), "too long"),
        (lambda path: path.with_name("null\0"), ""),
    ],
)
def test_places_where_nothing_can_be_written(tmp_path: Path, make: Callable[[Path], Path], found: str) -> None:
    path = make(tmp_path / "x")
    before = names(tmp_path)
    with pytest.raises(FileError) as caught:
        write_atomic(path, NEW)
    assert found in caught.value.found
    assert caught.value.hint
    assert names(tmp_path) == before


def test_a_protected_file_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(OLD)
    with pytest.raises(FileError, match="protected from writing"):
        write_atomic(tmp_path / "x", NEW, Guarded())
    assert (tmp_path / "x").read_bytes() == OLD


# Leftovers


def _of(process: int) -> str:
    return part_name().replace(f"-{os.getpid()}-", f"-{process}-")


def test_leftovers_of_killed_processes_are_swept(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    elsewhere = _of(dead.pid).replace(atomic._machine(), "00000000")
    kept = {_of(os.getppid()), part_name(), elsewhere, ".nnviz-save-notes.txt", "net.nnviz"}
    for name in (*kept, _of(dead.pid), _of(dead.pid)):
        (tmp_path / name).write_bytes(b"?")
    write_atomic(tmp_path / "net.nnviz", NEW)
    assert set(names(tmp_path)) == kept


def test_sweeping_where_there_is_nothing(tmp_path: Path) -> None:
    sweep(str(tmp_path / "missing"))


# Kills

SAVING = """
import os, random, select, signal, sys
from pathlib import Path
from nnviz.document.atomic import write_atomic
from nnviz.document.files import decode, encode
from nnviz.document.edits import SetTitle
from tests.document.makers import a_document

path, kills = Path(sys.argv[1]) / "net.nnviz", int(sys.argv[2])
texts = [encode(SetTitle(name).apply(a_document())) + b" " * 300_000 for name in ("one", "two two")]
write_atomic(path, texts[0])
chance = random.Random(0)
left = 0
for kill in range(kills):
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, b"!")
            while True:
                for text in texts:
                    write_atomic(path, text)
        finally:
            os._exit(1)
    os.read(reading, 1)
    select.select([], [], [], chance.uniform(0, 0.01))
    os.kill(child, signal.SIGKILL)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    os.close(reading), os.close(writing)
    assert path.read_bytes() in texts, kill
    left += len(list(path.parent.iterdir())) > 1
decode(path.read_bytes(), "x")
write_atomic(path, texts[1])
print(left, *[file.name for file in path.parent.iterdir()])
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills are tried where processes fork")
def test_kills_during_save_lose_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SAVING, str(tmp_path), str(KILLS)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr
    interrupted, *left = done.stdout.split()
    assert int(interrupted) > KILLS // 10, "hardly a kill fell into a save"
    assert left == ["net.nnviz"], "leftovers were not swept"
