"""Reads tables from CSV files: what stands there, or a refusal that names the line and the column.

Nothing is guessed silently and nothing is repaired: a gap, a text among numbers or a line of another length is refused,
because a network would learn from the repair and nobody would know.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from nnviz.data.table import Column, Table
from nnviz.errors import DataError, FileError
from nnviz.words import tr

if TYPE_CHECKING:
    from pandas import DataFrame

MAX_BYTES = 512 * 2**20
MAX_COLUMNS = 10_000
MAX_CLASSES = 1_000

_CHUNK = 2**20
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_DIGITS = {
    ".": re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"),
    ",": re.compile(r"[+-]?([0-9]+,?[0-9]*|,[0-9]+)([eE][+-]?[0-9]+)?"),
}
_GAPS = {"", "na", "n/a", "nan", "null", "none", "?", "-"}
_INFINITE = {"inf", "infinity"}


@dataclass(frozen=True, eq=False)
class _Source:
    """A file's bytes, and how they are to be read; ``names`` are the columns once the first line is known."""

    path: Path
    data: bytes
    encoding: Literal["utf-8", "cp1252"]
    delimiter: Literal[",", ";", "\t"] = ","
    decimal: Literal[".", ","] = "."
    names: tuple[str, ...] = ()

    def lines(self) -> Iterator[tuple[int, list[str]]]:
        """The number of each line that is not blank, and its fields."""
        text = io.TextIOWrapper(io.BytesIO(self.data), self.encoding, newline="")
        reader = csv.reader(text, delimiter=self.delimiter, skipinitialspace=True)
        before = 0
        for fields in reader:
            if len(fields) > 1 or (fields and fields[0].strip()):
                yield before + 1, fields
            before = reader.line_num

    def line(self, row: int) -> tuple[int, list[str]]:
        """The line of a data row (from 0) and its fields; line 0 where it cannot be told."""
        for place, found in enumerate(self.lines()):
            if place == row + 1:
                return found
        return 0, []

    def where(self, line: int, column: str = "") -> str:
        """The place of a mistake, in words."""
        if not line:
            return tr("{file}, column {column}", file=self.path.name, column=column) if column else self.path.name
        if not column:
            return tr("{file}, line {line}", file=self.path.name, line=line)
        return tr("{file}, line {line}, column {column}", file=self.path.name, line=line, column=column)

    @cached_property
    def is_number(self) -> Callable[[str], object]:
        """Whether a text is a number with this file's decimal mark."""
        return _DIGITS[self.decimal].fullmatch


def read_csv(path: str | PathLike[str]) -> Table:
    """The table in a CSV file.

    The first line names the columns. Fields are parted by comma, semicolon or tab, whichever the first line has most
    of; where it is no comma, the cells decide whether a comma is the decimal mark. UTF-8, or Windows-1252 where it is
    not UTF-8. A column of numbers only becomes a column of numbers; any other column holds classes, in the order of
    their texts. At most 512 MiB, 10,000 columns, 1,000 classes a column.

    Raises
    ------
    FileError
        If the file cannot be read.
    DataError
        If it is no such table; the message names the line, the column, what was expected and what stood there.
    """
    try:
        source = _with_header(_opened(Path(path)))
        frame = _parsed(source)
        if source.delimiter != "," and _has_comma_decimals(frame):
            source = replace(source, decimal=",")
            frame = _parsed(source)
        return Table(source.path.stem, _columns(source, frame), source.path.name)
    except csv.Error as error:
        raise DataError(tr("This is not a table"), where=str(path), found=str(error)) from None


def _opened(path: Path) -> _Source:
    """The file's bytes, checked to be text."""
    data = _bytes_of(path).removeprefix(codecs.BOM_UTF8)
    if not data.strip():
        raise _empty(path)
    encoding = _encoding_of(data)
    if encoding is None or _CONTROL.search(data):
        raise DataError(
            tr("This is not a text file"),
            where=str(path),
            expected=tr("a table as comma-separated text (CSV, UTF-8)"),
            found=repr(data[:16]),
            hint=tr("Save the table as CSV, UTF-8, and read that"),
        )
    return _Source(path, data, encoding)


def _empty(path: Path) -> DataError:
    return DataError(tr("The file is empty"), where=str(path), expected=tr("a line of column names, then rows"))


def _bytes_of(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size <= MAX_BYTES:
            return path.read_bytes()
    except (OSError, ValueError) as error:
        told = error.strerror if isinstance(error, OSError) else str(error)
        hint = tr("Check the name and its folder")
        raise FileError(tr("The file cannot be read"), where=str(path), found=told or str(error), hint=hint) from None
    raise DataError(
        tr("The file is too large"),
        where=str(path),
        expected=tr("at most {n} MiB", n=MAX_BYTES // 2**20),
        found=tr("{n} MiB", n=-(-size // 2**20)),
        hint=tr("Take a part of the rows"),
    )


def _encoding_of(data: bytes) -> Literal["utf-8", "cp1252"] | None:
    for encoding in ("utf-8", "cp1252"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            for start in range(0, len(data), _CHUNK):
                decoder.decode(data[start : start + _CHUNK])
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return "utf-8" if encoding == "utf-8" else "cp1252"
    return None


def _with_header(source: _Source) -> _Source:
    """The source with its delimiter and column names, after a look at the first two lines."""
    text = io.TextIOWrapper(io.BytesIO(source.data), source.encoding)
    first = next((line for line in text if line.strip()), "")
    marks = Counter(re.sub(r'"[^"]*"', "", first))
    delimiters: tuple[Literal[",", ";", "\t"], ...] = (",", ";", "\t")
    source = replace(source, delimiter=max(delimiters, key=lambda mark: marks[mark]))
    lines = source.lines()
    line, fields = next(lines, (0, []))
    if not line:
        raise _empty(source.path)
    source = replace(source, names=tuple(field.strip() for field in fields))
    _check_names(source, line)
    following = next(lines, None)
    if following is None:
        raise DataError(
            tr("There are column names, but no rows"),
            where=source.where(line),
            expected=tr("rows of values below the column names"),
        )
    _check_length(source, *following)
    return source


def _check_names(source: _Source, line: int) -> None:
    if len(source.names) > MAX_COLUMNS:
        raise DataError(
            tr("There are too many columns"),
            where=source.where(line),
            expected=tr("at most {n}", n=f"{MAX_COLUMNS:,}"),
            found=f"{len(source.names):,}",
        )
    if _begins_with_values(source):
        raise DataError(
            tr("The first line holds numbers, not column names"),
            where=source.where(line),
            expected=tr("a name for each column"),
            found=", ".join(source.names[:12]),
            hint=tr("Put a line of names above the rows"),
        )
    for place, name in enumerate(source.names):
        if not name:
            raise DataError(
                tr("A column has no name"),
                where=source.where(line, str(place + 1)),
                expected=tr("a name for each column"),
            )
    for name, count in Counter(source.names).items():
        if count > 1:
            raise DataError(
                tr("Several columns have the same name"),
                where=source.where(line, name),
                expected=tr("a name of its own for each column"),
                found=tr("{name} {n} times", name=name, n=count),
            )


def _begins_with_values(source: _Source) -> bool:
    """Whether there are numbers among the names that do not simply count up, as 0, 1, 2 or 2019, 2020, 2021 do."""
    marks = "." if source.delimiter == "," else ".,"
    numbers = [name for name in source.names if any(_DIGITS[mark].fullmatch(name) for mark in marks)]
    counting = len(numbers) > 1 and all(name.isdecimal() for name in numbers)
    return bool(numbers) and not (counting and len({int(name) - place for place, name in enumerate(numbers)}) == 1)


def _check_length(source: _Source, line: int, fields: Sequence[str]) -> None:
    if len(fields) != len(source.names):
        raise DataError(
            tr("A line has another number of fields than there are columns"),
            where=source.where(line),
            expected=tr("{n} fields", n=len(source.names)),
            found=tr("{n}: {fields}", n=len(fields), fields=", ".join(fields[:12])),
            hint=tr("Put fields that contain {mark} between quotation marks", mark=repr(source.delimiter)),
        )


def _parsed(source: _Source, only_texts: Sequence[int] | None = None) -> DataFrame:
    """The rows by pandas: numbers where a whole column is numbers, else texts; the columns are numbered.

    ``only_texts`` reads just these columns, as the texts that stand there.
    """
    import pandas  # lazily: it takes 0.5 s to import, and only who reads a table needs it

    read: Callable[..., DataFrame] = pandas.read_csv
    # Decimal fractions become the nearest float64: from 3.1 on always, and the option is on its way out.
    always_exact = tuple(map(int, pandas.__version__.split(".")[:2])) >= (3, 1)
    try:
        return read(
            io.BytesIO(source.data),
            sep=source.delimiter,
            decimal=source.decimal,
            encoding=source.encoding,
            header=0,
            names=range(len(source.names)),
            usecols=only_texts,
            dtype=None if only_texts is None else str,
            na_filter=False,
            low_memory=False,
            skipinitialspace=True,
            **({} if always_exact else {"float_precision": "round_trip"}),
        )
    except (ValueError, OverflowError) as error:
        raise _unparsed(source, error) from None


def _unparsed(source: _Source, error: Exception) -> DataError:
    """Why pandas refused: the first line of another length, a quotation that does not end, or in pandas' own words."""
    line = 0
    for place, (line, fields) in enumerate(source.lines()):
        if place:
            _check_length(source, line, fields)
    if "EOF inside string" in str(error):
        return DataError(
            tr("A quotation mark is opened and never closed"),
            where=source.where(line),
            hint=tr("Close it, or write it twice where it belongs to the text"),
        )
    return DataError(tr("This is not a table"), where=source.where(0), found=str(error))


def _has_comma_decimals(frame: DataFrame) -> bool:
    """Whether more cells are numbers with a decimal comma than with a decimal point."""
    commas = points = 0
    for number in range(frame.shape[1]):
        column = frame[number]
        if column.dtype.kind == "f":
            points += len(column)
        elif column.dtype.kind not in "iub":
            texts = [str(cell).strip() for cell in column]
            commas += sum("," in text and _DIGITS[","].fullmatch(text) is not None for text in texts)
            points += sum("." in text and _DIGITS["."].fullmatch(text) is not None for text in texts)
    return commas > points


def _columns(source: _Source, frame: DataFrame) -> tuple[Column, ...]:
    texts = [number for number in range(len(source.names)) if frame[number].dtype.kind not in "iuf"]
    as_text = _parsed(source, texts) if texts else None
    columns = []
    for number, name in enumerate(source.names):
        if as_text is not None and number in as_text:
            columns.append(_from_texts(source, number, [str(cell).strip() for cell in as_text[number]]))
        else:
            columns.append(_from_numbers(source, number, name, frame[number].to_numpy(dtype=np.float64)))
    return tuple(columns)


def _from_numbers(source: _Source, number: int, name: str, values: NDArray[np.float64]) -> Column:
    wrong = np.flatnonzero(~np.isfinite(values))
    if len(wrong):
        raise _mistake(source, number, int(wrong[0]), tr("A number is not finite"), tr("a finite number"))
    values = np.ascontiguousarray(values)
    values.setflags(write=False)
    return Column(name, values)


def _from_texts(source: _Source, number: int, texts: list[str]) -> Column:
    """A column in which some text is no number for pandas: classes, or numbers with a mistake among them."""
    name = source.names[number]
    numeric = [source.is_number(text) is not None for text in texts]
    filled = sum(text.lower() not in _GAPS for text in texts)
    if sum(numeric) * 2 > filled:
        if not all(numeric):
            row = numeric.index(False)
            raise _mistake(source, number, row, _told(texts[row]), tr("a number, as in the other rows"))
        values = np.array([float(text.replace(",", ".")) for text in texts], dtype=np.float64)
        return _from_numbers(source, number, name, values)
    if any(all(pattern.fullmatch(text) for text in texts) for pattern in _DIGITS.values()):
        raise DataError(
            tr("The decimal marks of this file differ"),
            where=source.where(0, name),
            expected=tr("one decimal mark in all columns"),
            found=repr(texts[0]),
            hint=tr("Write all numbers with a dot, or all with a comma"),
        )
    for row, text in enumerate(texts):
        if text.lower() in ("", "nan"):
            raise _mistake(source, number, row, tr("A cell is empty"), tr("a value in every cell"))
    return _classes(source, name, texts)


def _told(text: str) -> str:
    if text.lower() in _GAPS:
        return tr("A cell is empty")
    return tr("A number is not finite") if text.lower().lstrip("+-") in _INFINITE else tr("There is text among numbers")


def _classes(source: _Source, name: str, texts: list[str]) -> Column:
    classes = tuple(sorted(set(texts)))
    if len(classes) > MAX_CLASSES:
        raise DataError(
            tr("A column has too many different texts to be classes"),
            where=source.where(0, name),
            expected=tr("numbers, or at most {n} different texts", n=f"{MAX_CLASSES:,}"),
            found=f"{len(classes):,}",
            hint=tr("Remove this column from the file"),
        )
    places = {text: float(place) for place, text in enumerate(classes)}
    values = np.array([places[text] for text in texts], dtype=np.float64)
    values.setflags(write=False)
    return Column(name, values, classes)


def _mistake(source: _Source, number: int, row: int, what: str, expected: str) -> DataError:
    """The refusal of one cell; of its whole line, if the cell is missing because the line is too short."""
    line, fields = source.line(row)
    if line:
        _check_length(source, line, fields)
    return DataError(
        what,
        where=source.where(line, source.names[number]),
        expected=expected,
        found=repr(fields[number]) if number < len(fields) else "",
        hint=tr("Correct this cell, or remove its row or its column"),
    )
