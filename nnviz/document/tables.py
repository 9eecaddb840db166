"""Tables too large to stand inside a document: a file of their own beside it, verified by size and SHA-256.

The file begins with one line of JSON (names, classes, number of rows), then come the columns, one after another, each
as little-endian float64. Its name carries the first digits of its SHA-256: another table never takes its place, and a
table that is there already is not written again. Nothing is read unless the caller asks for it.
"""

from __future__ import annotations

import os
import re
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal

import msgspec
import numpy as np

from nnviz.data.choice import DataChoice, TableFile
from nnviz.data.table import Column, Table
from nnviz.document.arrays import frozen
from nnviz.document.atomic import CALLS, FileCalls, read_limited, write_atomic
from nnviz.document.check import check_document
from nnviz.document.codec import Reader, to_json
from nnviz.document.document import Document
from nnviz.document.rules import check_text
from nnviz.errors import FileError, FormatError
from nnviz.words import tr

EMBEDDED: Final = 2**20
"""Up to so many bytes of numbers and names a table stands inside its document."""

MAX_TABLE: Final = 512 * 2**20

_LONGEST_HEADER = 64 * 2**20


class _ColumnHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    name: str
    classes: tuple[str, ...] = ()


class _TableHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first line of a table's file."""

    format: Literal["nnviz table"]
    version: Literal[1]
    name: str
    source: str
    rows: int
    columns: tuple[_ColumnHead, ...]


_READER: Reader[_TableHead] = Reader(_TableHead)


def is_embedded(table: Table) -> bool:
    """Whether a table is small enough to stand inside its document."""
    names = sum(len(text.encode("utf-8", "replace")) for c in table.columns for text in (c.name, *c.classes))
    return 8 * table.rows * len(table.columns) + names <= EMBEDDED


def write_table(table: Table, folder: str | os.PathLike[str], calls: FileCalls = CALLS) -> TableFile:
    """Write a table into a file of its own in ``folder``, unless it is there already.

    Raises
    ------
    FileError
        If it cannot be written.
    FormatError
        If it is larger than :data:`MAX_TABLE`.
    """
    data = _bytes_of(table)
    digest = sha256(data).hexdigest()
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", Path(table.name).stem).strip("-")[:40] or "table"
    named = TableFile(file=f"{stem}-{digest[:12]}.nntable", size=len(data), sha256=digest)
    path = Path(folder) / named.file
    if not _holds(path, named):
        write_atomic(path, data, calls)
    return named


def load_table(document: Document, path: str | os.PathLike[str]) -> Document:
    """The document with the table that its file only names; unchanged if it holds its table already.

    Parameters
    ----------
    path : the document's file, beside which the table is looked for; or the folder, or the table's file, that the user
        points to.

    Raises
    ------
    FileError
        If there is no such file, or it cannot be read.
    FormatError
        If it is not the table that the document was saved with.
    """
    data = document.data
    if data is None or not isinstance(data.table, TableFile):
        return document
    file = _looked_for(Path(path), data.table)
    table = read_table(file, data.table)
    loaded = document.with_(data=DataChoice(table=table, inputs=data.inputs, targets=data.targets, split=data.split))
    check_document(loaded, file.name)
    return loaded


def read_table(path: Path, named: TableFile) -> Table:
    """The table in a file, which must have the size and SHA-256 that are stated.

    Raises
    ------
    FileError, FormatError
        As :func:`load_table`.
    """
    if not path.exists():
        raise FileError(
            tr("The table of this document is missing"),
            where=str(path),
            expected=tr("a file of {size:,} bytes", size=named.size),
            hint=tr("Put it beside the document, or say where it is"),
        )
    data = read_limited(path, min(named.size, MAX_TABLE))
    if len(data) != named.size or sha256(data).hexdigest() != named.sha256:
        raise FormatError(
            tr("This is not the table that the document was saved with"),
            where=str(path),
            expected=tr("{size:,} bytes with the SHA-256 {digest}…", size=named.size, digest=named.sha256[:12]),
            found=tr("{size:,} bytes or more", size=len(data)) if len(data) > named.size else _found(data),
            hint=tr("Take the file that belongs to the document, or choose the data anew"),
        )
    return _table_of(data, path.name)


def _found(data: bytes) -> str:
    return tr("{size:,} bytes with {digest}…", size=len(data), digest=sha256(data).hexdigest()[:12])


def _looked_for(path: Path, named: TableFile) -> Path:
    if path.is_dir():
        return path / named.file
    return path if path.suffix == ".nntable" else path.parent / named.file


def _holds(path: Path, named: TableFile) -> bool:
    try:
        return path.stat().st_size == named.size and sha256(path.read_bytes()).hexdigest() == named.sha256
    except OSError:
        return False


def _bytes_of(table: Table) -> bytes:
    for text in (table.name, table.source, *(column.name for column in table.columns)):
        check_text(text)
    head = _TableHead(
        format="nnviz table",
        version=1,
        name=table.name,
        source=table.source,
        rows=table.rows,
        columns=tuple(_ColumnHead(column.name, column.classes) for column in table.columns),
    )
    size = 8 * table.rows * len(table.columns)
    if size > MAX_TABLE - _LONGEST_HEADER:
        raise FormatError(
            tr("The table is too large"),
            where=table.name,
            expected=tr("at most {limit} MiB", limit=(MAX_TABLE - _LONGEST_HEADER) // 2**20),
            found=tr("{size:,} bytes", size=size),
            hint=tr("Use fewer rows or columns"),
        )
    numbers = [column.values.astype("<f8").tobytes() for column in table.columns]
    return b"".join((to_json(head), b"\n", *numbers))


def _table_of(data: bytes, where: str) -> Table:
    line, _, rest = data.partition(b"\n")
    head = _READER.read(line, where)
    count = len(head.columns)
    if head.rows < 0 or len(rest) != 8 * head.rows * count:
        raise FormatError(
            tr("The table is torn"),
            where=where,
            expected=tr("{count} columns of {rows} rows", count=count, rows=head.rows),
            found=tr("{size:,} bytes", size=len(rest)),
            hint=tr("Choose the data anew"),
        )
    numbers = np.frombuffer(rest, dtype="<f8").reshape(count, head.rows) if count else np.empty((0, 0))
    columns = tuple(
        Column(name=column.name, values=frozen(values), classes=column.classes)
        for column, values in zip(head.columns, numbers, strict=True)
    )
    return Table(name=head.name, columns=columns, source=head.source)
