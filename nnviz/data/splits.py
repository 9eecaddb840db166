"""Parts rows into training, validation and test.

The parts are not saved with a document: they are computed again from its seed. They are therefore drawn from our own
counter-based randomness, which never changes, and not by scikit-learn, whose shuffling is free to change between
versions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnviz import rng
from nnviz.data.choice import Split
from nnviz.data.table import Column, Table
from nnviz.errors import DataError
from nnviz.hints import NO_CLASSES
from nnviz.words import tr

Rows = NDArray[np.intp]


class Parts(NamedTuple):
    """The rows of each part, ascending; every row of the table stands in exactly one."""

    training: Rows
    validation: Rows
    test: Rows


def split_rows(table: Table, split: Split, seed: int, targets: Sequence[str] = ()) -> Parts:
    """The rows of each part, the same for the same table, split and seed.

    Validation and test get their shares of the rows, rounded to the nearest whole number but at least 1 where a share
    is wanted; training gets the rest. A stratified split parts the rows of each class by the same shares; what rounding
    leaves over goes to the classes that are shortest of their share.

    Parameters
    ----------
    targets : where ``split.by`` is empty, the first of these columns that has classes is the one whose shares are kept.

    Raises
    ------
    DataError
        If there are too few rows, or too few of one class, for every part to get one; or if no column has classes.
    """
    everything = np.arange(table.rows)
    if split.kind == "none":
        return Parts(everything, everything[:0], everything[:0])
    _check_count(table.rows, split, tr("the table {name}", name=table.name))
    order = rng.permutation(table.rows, seed, "split")
    groups = [order]
    if split.kind == "stratified":
        column = _class_column(table, split, targets)
        groups = [order[column.values[order] == index] for index in range(len(column.classes))]
        for name, group in zip(column.classes, groups, strict=True):
            if len(group):
                _check_count(len(group), split, tr("class {name} of column {column}", name=name, column=column.name))
    return _parted(groups, split, table.rows)


def _wanted(split: Split) -> int:
    return 1 + (split.validation > 0) + (split.test > 0)


def _check_count(count: int, split: Split, what: str) -> None:
    if count < _wanted(split):
        raise DataError(
            tr("There are too few rows to split"),
            where=what,
            expected=tr("at least {n}, one for each part", n=_wanted(split)),
            found=str(count),
            hint=tr("Add rows, or leave out a part of the split"),
        )


def _class_column(table: Table, split: Split, targets: Sequence[str]) -> Column:
    names = [split.by] if split.by else list(targets)
    columns = [table.column(name) for name in names]
    found = next((column for column in columns if column.classes), None)
    if found is None:
        raise DataError(
            tr("A stratified split needs a column with classes"),
            where=table.name,
            found=", ".join(names[:12]) or tr("none"),
            hint=NO_CLASSES,
        )
    return found


def _parted(groups: list[Rows], split: Split, count: int) -> Parts:
    """Cut each group into its parts. The first rows go to validation, the next to test, the rest to training."""
    sizes = np.array([len(group) for group in groups])
    validation = _allotted(sizes, split.validation, count, np.maximum(sizes - _wanted(split) + 1, 0))
    test = _allotted(sizes, split.test, count, np.maximum(sizes - validation - 1, 0))
    cuts = list(zip(groups, validation, validation + test, strict=True))
    return Parts(
        np.sort(np.concatenate([group[end:] for group, _, end in cuts])),
        np.sort(np.concatenate([group[:start] for group, start, _ in cuts])),
        np.sort(np.concatenate([group[start:end] for group, start, end in cuts])),
    )


def _allotted(sizes: NDArray[np.intp], share: float, count: int, most: NDArray[np.intp]) -> NDArray[np.intp]:
    """How many rows of each group a part gets: its share rounded down, and one more by largest remainder."""
    total = 0 if share == 0 else max(1, int(np.floor(count * share + 0.5)))
    exact = sizes * share
    given: NDArray[np.intp] = np.minimum(np.floor(exact).astype(np.intp), most)
    for group in np.argsort(given - exact, kind="stable"):
        if given.sum() < total and given[group] < most[group]:
            given[group] += 1
    return given
