"""Weights from a table that people write: rows are what they come from, columns what they lead to.

The layers stand one block after another, parted by empty lines. Between numbers stands a tab, a semicolon or a comma;
the decimal mark is a dot, or a comma where it does not part the numbers.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnviz.document.arrays import frozen
from nnviz.document.atomic import read_limited
from nnviz.document.rules import sizes
from nnviz.errors import DataError, FormatError, ShapeError
from nnviz.numbers import read_number
from nnviz.words import tr

MAX_BYTES: Final = 64 * 2**20


class _Row(NamedTuple):
    line: int
    cells: list[str]


def read_weights(path: str | os.PathLike[str], layers: Sequence[int]) -> tuple[NDArray[np.float64], ...]:
    """The weights of every layer from a file.

    Parameters
    ----------
    layers : the units of each layer, the input first; (2, 4, 1) asks for a block of 2 × 4 and one of 4 × 1.

    Returns
    -------
    tuple of arrays, (layers[i], layers[i + 1]) each

    Raises
    ------
    FileError, FormatError
        If the file cannot be read, is too large or no text.
    ShapeError
        If a block has the wrong number of rows or columns, or blocks are missing; names block and line.
    DataError
        If a cell holds no number; names line and column.
    """
    name = Path(path).name
    blocks = _blocks(_text(path, name), name)
    shapes = list(pairwise(layers))
    if len(blocks) != len(shapes):
        raise ShapeError(
            tr("The number of blocks does not fit the network"),
            where=name,
            expected=tr("{count} blocks: {sizes}", count=len(shapes), sizes=", ".join(map(sizes, shapes))),
            found=tr("{count} blocks", count=len(blocks)),
            hint=tr("Put the weights of each layer into a block of its own, parted by empty lines"),
        )
    return tuple(
        _matrix(block, shape, tr("{file}, block {number}", file=name, number=number))
        for number, (block, shape) in enumerate(zip(blocks, shapes, strict=True), start=1)
    )


def _text(path: str | os.PathLike[str], name: str) -> str:
    data = read_limited(path, MAX_BYTES)
    if len(data) > MAX_BYTES:
        raise FormatError(tr("The file is too large"), where=name, expected=tr("at most {n} MiB", n=MAX_BYTES // 2**20))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FormatError(
            tr("The file is not text"), where=name, expected=tr("a table of numbers in UTF-8, such as CSV")
        ) from None


def _blocks(text: str, name: str) -> list[list[_Row]]:
    """The rows of each block, with their line numbers."""
    mark = next((mark for mark in "\t;" if mark in text), ",")
    blocks: list[list[_Row]] = [[]]
    for number, line in enumerate(text.splitlines(), start=1):
        cells = _cells(line, mark, tr("{file}, line {line}", file=name, line=number))
        if any(cell.strip() for cell in cells):
            blocks[-1].append(_Row(number, cells))
        elif blocks[-1]:
            blocks.append([])
    return [block for block in blocks if block]


def _cells(line: str, mark: str, where: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=mark), [])
    except csv.Error as error:
        raise DataError(
            tr("This line cannot be read"),
            where=where,
            expected=tr("numbers with {mark!r} between", mark=mark),
            found=str(error),
        ) from None


def _matrix(block: list[_Row], shape: tuple[int, int], where: str) -> NDArray[np.float64]:
    if len(block) != shape[0]:
        raise ShapeError(
            tr("The number of rows does not fit the network"),
            where=tr("{where}, from line {line}", where=where, line=block[0].line),
            expected=tr("{count} rows, one for each unit the weights come from", count=shape[0]),
            found=tr("{count} rows", count=len(block)),
            hint=tr("The block is to have {sizes} numbers", sizes=sizes(shape)),
        )
    for row in block:
        if len(row.cells) != shape[1]:
            raise ShapeError(
                tr("The number of columns does not fit the network"),
                where=tr("{where}, line {line}", where=where, line=row.line),
                expected=tr("{count} columns, one for each unit the weights lead to", count=shape[1]),
                found=tr("{count} columns", count=len(row.cells)),
                hint=tr("Part the numbers by tabs or semicolons if they have decimal commas"),
            )
    return frozen([[_number(cell, where, row.line, place) for place, cell in enumerate(row.cells)] for row in block])


def _number(cell: str, where: str, line: int, place: int) -> float:
    try:
        return read_number(cell)
    except DataError as error:
        told = tr("{where}, line {line}, column {column}", where=where, line=line, column=place + 1)
        raise DataError(error.what, where=told, expected=error.expected, found=error.found) from None
