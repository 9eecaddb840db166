"""Documents as files: one readable JSON text, read strictly, written whole or not at all.

Reading goes size → UTF-8 and a scan of the bytes → format and version → types → the rules of a document. Whatever
refuses does so with a :class:`~nnviz.errors.FileError` (it could not be read) or a :class:`~nnviz.errors.FormatError`
(it is not what it should be) that names file and place. Nothing in a file is ever executed.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import msgspec

from nnviz.data.choice import DataChoice
from nnviz.data.table import Table
from nnviz.document.atomic import CALLS, FileCalls, read_limited, write_atomic
from nnviz.document.check import check_document
from nnviz.document.codec import Reader, check_utf8, half_character, not_json, placed
from nnviz.document.document import Document
from nnviz.document.forms import FORMAT, VERSION, DocumentForm, from_form, to_tree
from nnviz.document.layout import laid_out
from nnviz.document.scan import MAX_PIECES, scan
from nnviz.document.tables import is_embedded, write_table
from nnviz.errors import FormatError, NnvizError
from nnviz.words import tr

MAX_BYTES: Final = 64 * 2**20


class _Header(msgspec.Struct):
    """What is read first: whether this is a document of ours, and of which version."""

    format: object = None
    version: object = None


_HEADER = msgspec.json.Decoder(_Header)
_READER: Reader[DocumentForm] = Reader(DocumentForm)


def open_document(path: str | os.PathLike[str]) -> Document:
    """Read a ``.nnviz`` file.

    A table that lies in a file of its own is not opened: :func:`nnviz.document.tables.load_table` does that.

    Raises
    ------
    FileError
        If the file is missing or cannot be read.
    FormatError
        If it is no document, torn, too new or too large, or anything in it is not as it must be.
    """
    return decode(read_limited(path, MAX_BYTES), Path(path).name)


def save_document(document: Document, path: str | os.PathLike[str], calls: FileCalls = CALLS) -> None:
    """Write a ``.nnviz`` file, whole or not at all.

    A table above 1 MiB is written into a file of its own beside it, under a name made from its contents, so that it
    never replaces another.

    Raises
    ------
    FileError
        If it cannot be written; what was there before is as it was.
    FormatError
        If the document is not whole, or too large for a file.
    """
    write_atomic(path, encode(_with_table_beside(document, path, calls)), calls)


def encode(document: Document) -> bytes:
    """The bytes of a document's file; equal documents give equal bytes.

    Raises
    ------
    FormatError
        If the document is not whole, too large for a file, or has a table above 1 MiB.
    """
    where = tr("the document")
    check_document(document, where)
    if document.data is not None and isinstance(document.data.table, Table) and not is_embedded(document.data.table):
        raise FormatError(
            tr("The table is too large to stand inside a document"),
            where=f"{where}: data.table",
            expected=tr("at most 1 MiB"),
            hint=tr("Save the document as a file: the table is then written beside it"),
        )
    try:
        data = laid_out(to_tree(document))
    except UnicodeEncodeError as error:
        raise half_character(error) from None
    _check_size(len(data), where, tr("Give the layers fewer units, or reset the training to forget its memory"))
    if len(data) > MAX_PIECES:
        scan(data, where)
    return data


def decode(data: bytes, where: str) -> Document:
    """The document whose file holds ``data``.

    Parameters
    ----------
    where : the name of the file, for messages.

    Raises
    ------
    FormatError
        If it is no document, torn, too new or too large, or anything in it is not as it must be.
    """
    _check_size(len(data), where, tr("This is no document made by nnviz: take another file"))
    data = data.removeprefix(b"\xef\xbb\xbf")  # some editors put a mark before UTF-8
    check_utf8(data, where)
    scan(data, where)
    _check_header(data, where)
    form = _READER.parse(data, where)
    try:
        document = from_form(form)
    except NnvizError as error:
        raise placed(error, f"{where}: data.table") from error
    check_document(document, where)
    return document


def _check_size(size: int, where: str, hint: str) -> None:
    if size > MAX_BYTES:
        raise FormatError(
            tr("The file is too large"),
            where=where,
            expected=tr("at most {limit} MiB", limit=MAX_BYTES // 2**20),
            found=tr("more than {limit:,} bytes", limit=MAX_BYTES),
            hint=hint,
        )


def _check_header(data: bytes, where: str) -> None:
    """Refuse what is not ours before complaining of details, and what is newer before misreading it."""
    try:
        header = _HEADER.decode(data)
    except msgspec.ValidationError:
        header = _Header()
    except msgspec.DecodeError as error:
        raise not_json(error, data, where) from error
    if header.format != FORMAT or type(header.version) is not int:
        raise FormatError(
            tr("This is no nnviz document"),
            where=f"{where}: {'version' if header.format == FORMAT else 'format'}",
            expected=tr('"format": "nnviz" and "version": a whole number'),
            found=f"{header.format!r}, {header.version!r}",
            hint=tr("Choose a file that nnviz has saved"),
        )
    if not 1 <= header.version <= VERSION:
        raise FormatError(
            tr("The document was saved by a newer nnviz, in format version {version}", version=header.version)
            if header.version > VERSION
            else tr("There is no such format version"),
            where=f"{where}: version",
            expected=tr("format version {version} at most", version=VERSION),
            found=str(header.version),
            hint=tr("Update nnviz to open it") if header.version > VERSION else tr("Take an older copy of the file"),
        )


def _with_table_beside(document: Document, path: str | os.PathLike[str], calls: FileCalls) -> Document:
    """The document as it is to be saved: with a large table named, and written beside it."""
    data = document.data
    if data is None or not isinstance(data.table, Table) or is_embedded(data.table):
        return document
    check_document(document, tr("the document"))
    folder = os.path.dirname(os.path.realpath(path))
    file = write_table(data.table, folder, calls)
    return document.with_(data=DataChoice(table=file, inputs=data.inputs, targets=data.targets, split=data.split))
