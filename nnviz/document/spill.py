"""Documents put aside on disk, so that a long history does not fill the memory.

Each document becomes one small file; each distinct large array another, named by its SHA-256 and shared by all
documents that hold it. What comes back is equal bit for bit, and shares its large arrays with whatever still holds them
in memory.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, get_origin

import msgspec
import numpy as np
from numpy.typing import NDArray

from nnviz.data.table import Table
from nnviz.document.arrays import READABLE, array_from_plain, array_to_plain, frozen
from nnviz.document.atomic import file_error, is_alive
from nnviz.document.document import Document
from nnviz.errors import FormatError
from nnviz.words import tr

_FOLDER = re.compile(r"nnviz-history-(\d+)-.+")


class Spill:
    """A folder of documents put aside; removed when it is closed, or no longer used, or the process ends.

    Parameters
    ----------
    parent : where the folder is made; the system's place for temporary files if None. It is made when first needed.
    """

    def __init__(self, parent: Path | None = None) -> None:
        self._parent = parent
        self._folder: Path | None = None
        self._digests: dict[int, tuple[weakref.ref[NDArray[np.float64]], str]] = {}
        self._known: weakref.WeakValueDictionary[str, NDArray[np.float64]] = weakref.WeakValueDictionary()
        self._count = 0
        self._remove: weakref.finalize[..., Any] | None = None

    def put(self, document: Document) -> str:
        """Put a document aside and give the name under which it is found again.

        Raises
        ------
        FileError
            If there is no room for it.
        """
        try:
            folder = self._made()
            name = f"{self._count}.json"
            (folder / name).write_bytes(msgspec.json.encode(document, enc_hook=self._put_array))
        except OSError as error:
            raise file_error(error, self._folder or tempfile.gettempdir(), writing=True) from error
        self._count += 1
        return name

    def get(self, name: str) -> Document:
        """The document that was put aside under a name.

        Raises
        ------
        FileError
            If somebody has removed its files.
        FormatError
            If somebody has changed them.
        """
        file = self._made() / name
        try:
            return msgspec.json.decode(file.read_bytes(), type=Document, dec_hook=self._get_array)
        except OSError as error:
            raise file_error(error, file, writing=False) from error
        except msgspec.DecodeError as error:
            raise _changed(file) from error

    def drop(self, name: str) -> None:
        """Forget a document; its arrays stay, for others may hold them."""
        with contextlib.suppress(OSError):
            (self._made() / name).unlink(missing_ok=True)

    def close(self) -> None:
        """Remove everything."""
        if self._remove is not None:
            self._remove()
        self._folder = None

    def _made(self) -> Path:
        if self._folder is None:
            parent = self._parent or Path(tempfile.gettempdir())
            _sweep(parent)
            self._folder = Path(tempfile.mkdtemp(prefix=f"nnviz-history-{os.getpid()}-", dir=parent))
            self._remove = weakref.finalize(self, _remove_folder, self._folder, os.getpid())
        return self._folder

    def _put_array(self, values: object) -> object:
        if not isinstance(values, np.ndarray):
            raise TypeError(type(values).__name__)
        if values.size <= READABLE:
            return array_to_plain(values)
        return {"shape": list(values.shape), "file": self._stored(values)}

    def _stored(self, values: NDArray[np.float64]) -> str:
        """The SHA-256 of an array, which lies in a file of that name; computed once while the array lives."""
        seen = self._digests.get(id(values))
        if seen is not None and seen[0]() is values:
            return seen[1]
        raw = values.tobytes()
        digest = sha256(raw).hexdigest()
        file = self._made() / f"{digest}.float64"
        if not file.exists():
            file.write_bytes(raw)
        self._remember(values, digest)
        return digest

    def _remember(self, values: NDArray[np.float64], digest: str) -> None:
        key, digests = id(values), self._digests
        digests[key] = weakref.ref(values, lambda _: digests.pop(key, None)), digest
        self._known[digest + str(values.shape)] = values

    def _get_array(self, wanted: type, plain: Any) -> object:
        if get_origin(wanted) is not np.ndarray:
            raise TypeError(str(wanted))
        if not (isinstance(plain, dict) and "file" in plain):
            return array_from_plain(plain)
        digest, shape = plain["file"], tuple(plain["shape"])
        known = self._known.get(digest + str(shape))
        if known is not None:
            return known
        file = self._made() / f"{digest}.float64"
        raw = file.read_bytes()
        if sha256(raw).hexdigest() != digest:
            raise _changed(file)
        values = frozen(np.frombuffer(raw, dtype=np.float64).reshape(shape))
        self._remember(values, digest)
        return values


def arrays_of(document: Document) -> Iterator[NDArray[np.float64]]:
    """Every array that a document holds."""
    yield from document.parameters.values()
    for slot in document.state.memory.values():
        yield from slot.values()
    yield from document.state.statistics.values()
    if document.data is not None and isinstance(document.data.table, Table):
        yield from (column.values for column in document.data.table.columns)
    for run in document.runs:
        yield from (run.training, run.validation)


def _changed(file: Path) -> FormatError:
    return FormatError(
        tr("A step of the history cannot be read"),
        where=str(file),
        expected=tr("the file as it was written"),
        hint=tr("The document as it is now is not affected"),
    )


def _remove_folder(folder: Path, process: int) -> None:
    if os.getpid() == process:  # a forked child that ends must not take it away
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(parent: Path) -> None:
    """Remove the folders of processes that were killed."""
    with contextlib.suppress(OSError):
        for entry in parent.iterdir():
            found = _FOLDER.fullmatch(entry.name)
            if found and not is_alive(int(found[1])):
                shutil.rmtree(entry, ignore_errors=True)
