"""Blocks of numbers as they travel through a clipboard: read from what a sheet or a program wrote, written for both."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from nnviz.errors import DataError, NnvizError, ShapeError
from nnviz.expressions import read_expression
from nnviz.numbers import exact_text
from nnviz.words import tr

MOST_CHARACTERS = 64 * 2**20
"""What a clipboard may hold; as much as a file of weights."""

_BRACKETS = re.compile(r"[\[\]{}]+[ \t]*,?")
_ROW_ENDS = re.compile(r"[\]}][ \t]*,?")
_SPACED_COMMA = re.compile(r",\s+")


def read_block(text: str, columns: int | None = None) -> NDArray[np.float64]:
    """The numbers in ``text``, one row a line.

    Between numbers stands a tab, a semicolon, a comma or space; the decimal mark is a dot, or a comma where it does not
    part the numbers. Rows in brackets, as programs print them, are read too.

    Parameters
    ----------
    columns : how many numbers a row should have, where that is known. It decides whether ``1,2`` is one number or two.

    Raises
    ------
    DataError
        If a cell holds no number; names its row and column.
    ShapeError
        If there is no number at all, or rows differ in length; names the row.
    """
    if len(text) > MOST_CHARACTERS:
        raise DataError(
            tr("This is too large to be pasted"),
            expected=tr("at most {n} MiB", n=MOST_CHARACTERS // 2**20),
        )
    lines = [line for line in _without_brackets(text).splitlines() if line.strip(" \t;,")]
    if not lines:
        raise ShapeError(
            tr("There are no numbers here"),
            expected=tr("rows of numbers, parted by tabs, semicolons or commas"),
            hint=tr("Copy the numbers first"),
        )
    rows = _parted(lines, columns)
    for place, row in enumerate(rows, start=1):
        if len(row) != len(rows[0]):
            raise ShapeError(
                tr("The rows differ in length"),
                where=tr("row {n}", n=place),
                expected=tr("{count} numbers as in the first row", count=len(rows[0])),
                found=str(len(row)),
                hint=tr("Part the numbers by tabs or semicolons if they have decimal commas"),
            )
    return np.array([[_number(cell, i, j) for j, cell in enumerate(row, 1)] for i, row in enumerate(rows, 1)])


def block_text(rows: Iterable[Iterable[float | None]]) -> str:
    r"""Rows of numbers with all their digits, parted by tabs, for a sheet or :func:`read_block`; empty where None is.

    >>> block_text([[0.15, 0.2], [1 / 3, -2.0]])
    '0.15\t0.2\n0.3333333333333333\t-2'
    """
    return "\n".join("\t".join("" if number is None else exact_text(number) for number in row) for row in rows)


def _without_brackets(text: str) -> str:
    """Rows that a program wrote in brackets as lines."""
    if not re.search(r"[\[{]", text):
        return text
    return _BRACKETS.sub(" ", _ROW_ENDS.sub("\n", text))


def _parted(lines: list[str], columns: int | None) -> list[list[str]]:
    for mark in "\t;":
        if any(mark in line for line in lines):
            return [_cells(line.split(mark)) for line in lines]
    ways = [[_cells(way(line)) for line in lines] for way in _ways(lines)]
    return next((rows for rows in ways if len(rows[0]) == columns), ways[0])


def _ways(lines: list[str]) -> list[Callable[[str], list[str]]]:
    """How lines without tabs and semicolons may be parted, the likeliest first."""
    text = "\n".join(lines)
    if "," not in text:
        return [str.split]
    if _SPACED_COMMA.search(text.strip()) and any(_SPACED_COMMA.search(line.strip()) for line in lines):
        return [_SPACED_COMMA.split]
    if any(re.search(r"[^\s,][ \t]+[^\s,]", line) for line in lines):
        return [str.split]
    # One comma a line without a dot may be the decimal mark of one number: the wanted width tells.
    return [_at_commas] if "." in text else [_at_commas, _as_one]


def _at_commas(line: str) -> list[str]:
    return line.split(",")


def _as_one(line: str) -> list[str]:
    return [line]


def _cells(cells: list[str]) -> list[str]:
    """The cells of a line, without the empty one that a mark at its end makes."""
    return cells[:-1] if len(cells) > 1 and not cells[-1].strip() else cells


def _number(cell: str, row: int, column: int) -> float:
    try:
        return read_expression(cell)
    except NnvizError as error:
        where = tr("row {row}, column {column}", row=row, column=column)
        raise DataError(error.what, where=where, found=f"“{cell.strip()}”") from None
