"""The crash journal: after every act it holds all that is needed to bring the document back.

A journal is one file that only grows. Its first line holds the whole document, each further line one act: an edit, an
undo, a redo, or a checkpoint of a training that is still running. Every line is synced before the act counts as done
and carries a checksum over itself and all before it, so a line that a kill has torn is seen, and at most the last act
is lost. A journal that has grown long begins anew with the document as it is.

While its process lives, a journal is locked; what :func:`found` lists are the others. Nothing is removed but by
:func:`discard`, or by :meth:`Journal.close` when nothing needs to be kept.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import sys
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from nnviz.document.arrays import same_arrays
from nnviz.document.atomic import CALLS, FileCalls, file_error, is_alive, write_all, write_atomic
from nnviz.document.check import check_document
from nnviz.document.codec import Reader, to_json
from nnviz.document.document import Document, same_state, wanted
from nnviz.document.edits import Edit
from nnviz.document.history import History
from nnviz.document.value_edits import check_result, frozen_state
from nnviz.errors import FormatError, NnvizError
from nnviz.learning.settings import TrainingState
from nnviz.words import tr

MAX_RECORDS: Final = 2_000
MAX_GROWTH: Final = 16 * 2**20

_NAME = re.compile(r"(\d+)-[0-9a-f]{16}\.journal")
_CHECKSUM = 16


class _Whole(msgspec.Struct, frozen=True, tag="whole", tag_field="record", forbid_unknown_fields=True):
    """The document a journal begins with; ``path`` is its file, if it has one."""

    document: Document
    path: str
    unsaved: bool


class _Did(msgspec.Struct, frozen=True, tag="did", tag_field="record", forbid_unknown_fields=True):
    edit: Edit


class _Undid(msgspec.Struct, frozen=True, tag="undid", tag_field="record", forbid_unknown_fields=True):
    pass


class _Redid(msgspec.Struct, frozen=True, tag="redid", tag_field="record", forbid_unknown_fields=True):
    pass


class _Checkpoint(msgspec.Struct, frozen=True, tag="checkpoint", tag_field="record", forbid_unknown_fields=True):
    """Where a running training stands; counts until an act changes the numbers, or the next checkpoint."""

    parameters: dict[str, NDArray[np.float64]]
    state: TrainingState


class _NoCheckpoint(msgspec.Struct, frozen=True, tag="no checkpoint", tag_field="record", forbid_unknown_fields=True):
    """The training ended without a result."""


_Record = _Whole | _Did | _Undid | _Redid | _Checkpoint | _NoCheckpoint
_READER: Reader[_Record] = Reader(_Record)


class Journal:
    """The journal of one open document.

    Parameters
    ----------
    document : the document as it is now.
    path : its file, if it has one.
    unsaved : whether it differs from its file, so that it is worth recovering before the first act.
    folder : where journals lie; the user's place for states if None.
    max_records, max_growth : after so many lines or bytes it begins anew.

    Raises
    ------
    FileError
        From here and from every method that writes: the act could not be recorded. The next one tries again, with the
        whole document.
    """

    def __init__(
        self,
        document: Document,
        *,
        path: str | os.PathLike[str] = "",
        unsaved: bool = False,
        folder: Path | None = None,
        calls: FileCalls = CALLS,
        max_records: int = MAX_RECORDS,
        max_growth: int = MAX_GROWTH,
    ) -> None:
        self._calls = calls
        self._max_records, self._max_growth = max_records, max_growth
        self._path, self._unsaved = os.fspath(path), unsaved
        self._handle: int | None = None
        self._digest = b""
        self._records = self._size = self._whole = 0
        self._done = self._known = 0  # acts behind the whole document: in force now, and before some were undone
        self._document = document
        self._checkpoint: _Checkpoint | None = None
        self.file = _made(folder or default_folder()) / f"{os.getpid()}-{secrets.token_hex(8)}.journal"
        self._begin(document)

    def did(self, edit: Edit, document: Document) -> None:
        """Record an edit that has led to ``document``; one that changed nothing is no act."""
        if document is self._document:
            return
        self._take(_Did(edit), document)
        self._done = self._known = self._done + 1 if self._records else 0

    def undid(self, document: Document) -> None:
        """Record an undo that has led to ``document``."""
        if document is self._document:
            return
        self._take(_Undid() if self._done else None, document)
        self._done -= 1 if self._records else 0

    def redid(self, document: Document) -> None:
        """Record a redo that has led to ``document``."""
        if document is self._document:
            return
        self._take(_Redid() if self._done < self._known else None, document)
        self._done += 1 if self._records else 0

    def checkpoint(self, document: Document | None) -> None:
        """Record where a running training stands; None when it ends without a result."""
        if document is None and self._checkpoint is None:
            return
        self._checkpoint = None if document is None else _Checkpoint(document.parameters, document.state)
        self._write(self._checkpoint or _NoCheckpoint(), self._document)

    def saved(self, document: Document, path: str | os.PathLike[str]) -> None:
        """Note that ``document`` is now equal to its file."""
        self._path, self._unsaved = os.fspath(path), False
        self._begin(document)

    def close(self, *, keep: bool = False) -> None:
        """End the journal and, unless it is to be kept, remove it: there is nothing left to recover."""
        self._let_go()
        if not keep:
            with contextlib.suppress(OSError):
                self.file.unlink(missing_ok=True)

    def _take(self, act: _Record | None, document: Document) -> None:
        """Record an act; or the whole document, where the journal does not hold what the act refers to."""
        if not _same_numbers(self._document, document):
            self._checkpoint = None
        self._document = document
        self._write(act, document)

    def _write(self, record: _Record | None, document: Document) -> None:
        too_long = self._records >= self._max_records or self._size > self._whole + max(self._whole, self._max_growth)
        if record is None or too_long or self._handle is None:
            self._unsaved = True
            self._begin(document)
            return
        line, digest = _line(record, self._digest)
        try:
            write_all(self._handle, line, self._calls)
            self._calls.sync(self._handle)
        except OSError as error:
            self._let_go()  # a torn line may stand at the end now; nothing can follow it
            raise file_error(error, self.file, writing=True) from error
        self._digest = digest
        self._records += 1
        self._size += len(line)

    def _begin(self, document: Document) -> None:
        """Write the journal anew, beginning with the whole document; whole or not at all."""
        self._let_go()
        self._done = self._known = self._records = 0
        self._document = document
        data, digest = _line(_Whole(document, self._path, self._unsaved), b"")
        if self._checkpoint is not None:
            more, digest = _line(self._checkpoint, digest)
            data += more
        write_atomic(self.file, data, self._calls)
        self._digest = digest
        self._size = self._whole = len(data)
        with contextlib.suppress(OSError):  # what is recorded so far is safe; without a handle the next act begins anew
            self._handle = self._calls.append(str(self.file))
            _lock(self._handle)

    def _let_go(self) -> None:
        handle, self._handle = self._handle, None
        if handle is not None:
            with contextlib.suppress(OSError):
                self._calls.close(handle)


class Recoverable(NamedTuple):
    """What a journal of a process that no longer runs holds.

    Attributes
    ----------
    file : the journal.
    time : of its last line.
    title, path : of the document, and its file if it has one.
    nodes, edges : how many it has.
    acts : how many acts were recorded after the document was opened or saved.
    training : whether a training was running.
    complete : whether all that was recorded can be read, but for a last line that was torn.
    """

    file: Path
    time: datetime
    title: str
    path: str
    nodes: int
    edges: int
    acts: int
    training: bool
    complete: bool


def found(folder: Path | None = None) -> list[Recoverable]:
    """What can be recovered, the newest first; journals of living processes and those with nothing to lose left out."""
    journals = _journals(folder or default_folder())
    told = [each for file in journals if not _is_held(file) and (each := _told(file)) is not None]
    return sorted(told, key=lambda each: each.time, reverse=True)


def recover(journal: Recoverable | Path) -> Document:
    """The document that a journal holds, with all its acts and the last checkpoint of a training that was running.

    Raises
    ------
    FileError
        If the journal cannot be read.
    FormatError
        If not even its first line can be used.
    """
    return _replayed(journal.file if isinstance(journal, Recoverable) else journal).document


def discard(journal: Recoverable | Path) -> None:
    """Remove a journal for good.

    Raises
    ------
    FileError
        If it cannot be removed.
    """
    file = journal.file if isinstance(journal, Recoverable) else journal
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        raise file_error(error, file, writing=True) from error


def default_folder() -> Path:
    """Where journals lie if nothing else is said."""
    import platformdirs  # lazily: it is needed once, when the first document is opened

    return Path(platformdirs.user_state_dir("nnviz", appauthor=False)) / "journal"


# Reading


class _Replay(NamedTuple):
    whole: _Whole
    document: Document
    acts: int
    training: bool
    complete: bool


def _told(file: Path) -> Recoverable | None:
    """What a journal holds; None if there is nothing to recover from it."""
    try:
        replay = _replayed(file)
        time = datetime.fromtimestamp(file.stat().st_mtime).astimezone()
    except (NnvizError, OSError):
        return None
    if not (replay.acts or replay.training or replay.whole.unsaved):
        return None
    document = replay.document
    nodes, edges = len(document.graph.nodes), len(document.graph.edges)
    return Recoverable(
        file, time, document.title, replay.whole.path, nodes, edges, replay.acts, replay.training, replay.complete
    )


def _replayed(file: Path) -> _Replay:
    """Apply every act that a journal holds, up to the first line that cannot be used."""
    with contextlib.closing(_Lines(file)) as lines:
        whole = lines.next_record()
        if not isinstance(whole, _Whole):
            raise _unusable(file)
        check_document(whole.document, file.name)
        history = History(whole.document)
        try:
            return _replay(whole, history, lines)
        finally:
            history.close()


def _replay(whole: _Whole, history: History, lines: _Lines) -> _Replay:
    acts, checkpoint, complete = 0, None, True
    try:
        while (record := lines.next_record()) is not None:
            before = history.document
            if isinstance(record, _Checkpoint | _NoCheckpoint):
                checkpoint = record if isinstance(record, _Checkpoint) else None
                continue
            _act(record, history)
            acts += 1
            if not _same_numbers(before, history.document):
                checkpoint = None
    except NnvizError:  # a line that is whole but cannot be used; what came before it can
        complete = False
    document = history.document if checkpoint is None else _with_checkpoint(history.document, checkpoint)
    return _Replay(whole, document, acts, document is not history.document, complete and lines.at_end)


def _act(record: _Record, history: History) -> None:
    if isinstance(record, _Did):
        history.do(record.edit)
    elif isinstance(record, _Undid):
        history.undo()
    elif isinstance(record, _Redid):
        history.redo()
    else:
        raise FormatError(tr("A journal holds two documents"))


def _with_checkpoint(document: Document, checkpoint: _Checkpoint) -> Document:
    """The document with the numbers of a checkpoint, if they are for this network."""
    try:
        check_result(checkpoint.parameters, checkpoint.state, wanted(document.graph), document.graph)
    except NnvizError:
        return document
    return document.with_(parameters=checkpoint.parameters, state=frozen_state(checkpoint.state))


class _Lines:
    """The records of a journal, up to the first line whose checksum does not fit."""

    def __init__(self, file: Path) -> None:
        self._name = file.name
        self._digest = b""
        self.at_end = False
        try:
            self._stream = file.open("rb")
        except OSError as error:
            raise file_error(error, file, writing=False) from error

    def next_record(self) -> _Record | None:
        """The next record; None at the end, or where a line is torn or changed."""
        line = self._stream.readline()
        payload = line[_CHECKSUM + 1 : -1]
        digest = _chained(self._digest, payload)
        if line != digest.hex().encode() + b" " + payload + b"\n":
            self.at_end = not line.endswith(b"\n")  # what a kill tears is the end of the last line
            return None
        self._digest = digest
        return _READER.read(payload, self._name)

    def close(self) -> None:
        self._stream.close()


def _line(record: _Record, before: bytes) -> tuple[bytes, bytes]:
    """The line of a record, and the checksum over it and all lines before."""
    payload = to_json(record)
    digest = _chained(before, payload)
    return digest.hex().encode() + b" " + payload + b"\n", digest


def _chained(before: bytes, payload: bytes) -> bytes:
    return blake2b(before + payload, digest_size=_CHECKSUM // 2).digest()


def _same_numbers(one: Document, other: Document) -> bool:
    return same_arrays(one.parameters, other.parameters) and same_state(one.state, other.state)


def _unusable(file: Path) -> FormatError:
    return FormatError(
        tr("This journal cannot be used"), where=file.name, expected=tr("a whole document in its first line")
    )


# Folders and locks


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise file_error(error, folder, writing=True) from error
    return folder


def _journals(folder: Path) -> list[Path]:
    try:
        return sorted(entry for entry in folder.iterdir() if _NAME.fullmatch(entry.name))
    except OSError:
        return []


def _lock(handle: int) -> None:
    """Show to other processes that this one lives; the system lets go when it ends, however it ends."""
    if sys.platform == "win32":
        return
    import fcntl

    with contextlib.suppress(OSError):
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_held(file: Path) -> bool:
    """Whether the process that writes a journal lives."""
    found_name = _NAME.fullmatch(file.name)
    writer_lives = found_name is not None and is_alive(int(found_name[1]))
    if sys.platform == "win32":
        return writer_lives
    import fcntl

    try:
        with file.open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # a file system without locks
        return writer_lives
    return False
