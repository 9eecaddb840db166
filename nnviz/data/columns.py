"""Tables from what Python holds already: a dict of lists or arrays, a column each."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from numbers import Real

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnviz.data.files import MAX_CLASSES
from nnviz.data.table import Column, Table
from nnviz.errors import DataError
from nnviz.words import tr


def as_table(given: object) -> Table:
    """A table as it is; a dict as a table, by the rules of :func:`~nnviz.data.files.read_csv`.

    Numbers stay the numbers they are, whole ones too; texts, and True and False, are classes, in the order of their
    texts. Nothing is repaired.

    >>> made = as_table({"hours": [1, 2.5], "result": ["passed", "failed"]})
    >>> made.column("hours").values.tolist(), made.column("result").classes
    ([1.0, 2.5], ('failed', 'passed'))

    Parameters
    ----------
    given : of a dict each value one column: a list, an array or a pandas Series, one entry a row.

    Raises
    ------
    DataError
        If it is neither, or a column is no such column; the message names column and row.
    """
    if isinstance(given, Table):
        return given
    if not isinstance(given, Mapping):
        raise DataError(
            tr("This is not a table"),
            expected=tr("a table of nnviz.read_csv, or a dict with a list or an array for each column"),
            found=type(given).__name__,
            hint=tr('For example {"x1": X[:, 0], "x2": X[:, 1], "y": y}; of a pandas DataFrame, dict(frame)'),
        )
    columns = tuple(_column(name, values) for name, values in given.items())
    _check_rows(columns)
    return Table(tr("columns"), columns)


def _column(name: object, given: ArrayLike) -> Column:
    # A list is looked at entry by entry: numpy would make texts of the numbers that stand among texts.
    values = np.asarray(given) if hasattr(given, "dtype") else np.asarray(given, dtype=object)
    if not isinstance(name, str) or values.ndim != 1:
        raise DataError(
            tr("This is not a column"),
            where=tr("column {name}", name=name),
            expected=tr("a text as its name, and one entry a row"),
            found=" × ".join(map(str, values.shape)) or type(given).__name__,
            hint=tr("Give each column of an array a name of its own"),
        )
    entries = values.tolist()
    if entries and all(isinstance(entry, str | bool | np.bool_) for entry in entries):
        return _classes(name, [str(entry) for entry in entries])
    wrong = next((row for row, entry in enumerate(entries) if not _is_number(entry)), None)
    if wrong is not None:
        raise DataError(
            tr("This is not a number"),
            where=tr("column {name}, row {row}", name=name, row=wrong + 1),
            expected=tr("a finite number in every row, or a text in every row"),
            found=repr(entries[wrong]),
            hint=tr("Correct it, or leave the row out"),
        )
    return Column(name, _frozen(values))


def _is_number(entry: object) -> bool:
    return not isinstance(entry, bool) and isinstance(entry, Real) and isfinite(entry)


def _classes(name: str, texts: list[str]) -> Column:
    classes, places = np.unique(texts, return_inverse=True)
    if len(classes) > MAX_CLASSES:
        raise DataError(
            tr("A column has too many different texts to be classes"),
            where=tr("column {name}", name=name),
            expected=tr("numbers, or at most {n} different texts", n=f"{MAX_CLASSES:,}"),
            found=f"{len(classes):,}",
            hint=tr("Leave this column out"),
        )
    return Column(name, _frozen(places), tuple(classes.tolist()))


def _frozen(values: ArrayLike) -> NDArray[np.float64]:
    """A copy of (rows,) that nobody can change."""
    made = np.array(values, dtype=np.float64)
    made.setflags(write=False)
    return made


def _check_rows(columns: tuple[Column, ...]) -> None:
    rows = {column.name: len(column.values) for column in columns}
    if not rows or not all(rows.values()):
        raise DataError(tr("There are no rows"), expected=tr("at least one column, and a row in each"))
    if len(set(rows.values())) > 1:
        told = ", ".join(tr("{name}: {n}", name=name, n=count) for name, count in list(rows.items())[:12])
        raise DataError(tr("The columns are not equally long"), expected=tr("one entry a row in each"), found=told)
