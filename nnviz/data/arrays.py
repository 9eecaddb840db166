"""From the columns of a table to the arrays that fill the units of nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from nnviz.data.table import Column, Table
from nnviz.errors import DataError, ShapeError
from nnviz.numbers import exact_text
from nnviz.words import tr


def arrays_for(
    table: Table, names_by_node: Mapping[str, Sequence[str]], widths: Mapping[str, int]
) -> dict[str, NDArray[np.float64]]:
    """For each node the numbers of its columns, side by side: (rows, width).

    A column of numbers fills one unit, as it stands. A column of k classes fills k units, 1 at the row's class and 0
    elsewhere; if a node has room for just one unit instead, its columns of two classes fill one each, 0 for the first
    class and 1 for the second.

    Parameters
    ----------
    names_by_node : the columns of each node, in order.
    widths : how many units each node has.

    Raises
    ------
    DataError
        If there is no such column, or a row has a class that does not exist.
    ShapeError
        If the columns of a node do not fill its units; the message names both.
    """
    return {
        node: _side_by_side([table.column(name) for name in names], widths[node], node)
        for node, names in names_by_node.items()
    }


def as_classes(table: Table, name: str) -> Table:
    """The table with a column of numbers turned into classes, in the order of the numbers (digits 0 … 9, for example).

    Raises
    ------
    DataError
        If there is no such column.
    """
    column = table.column(name)
    if column.classes:
        return table
    found, places = np.unique(column.values, return_inverse=True)
    classes = Column(name, places.astype(np.float64), tuple(map(exact_text, found)))
    return Table(table.name, tuple(classes if each is column else each for each in table.columns), table.source)


def _side_by_side(columns: list[Column], width: int, node: str) -> NDArray[np.float64]:
    whole = sum(column.width for column in columns)
    pairs = sum(len(column.classes) == 2 for column in columns)
    if not columns:
        raise DataError(tr("No column fills {node}", node=node), where=tr("node {id}", id=node), ids=(node,))
    if width not in (whole, whole - pairs):
        told = ", ".join(f"{column.name} ({column.width})" for column in columns[:12])
        raise ShapeError(
            tr("The columns do not fill the units of {node}", node=node),
            where=tr("node {id}", id=node),
            expected=tr("{n} units", n=width),
            found=tr("{n}: {columns}", n=whole, columns=told),
            hint=tr("Change the units of the node, or choose other columns"),
            ids=(node,),
        )
    return np.concatenate([_units(column, single=width != whole) for column in columns], axis=1)


def _units(column: Column, *, single: bool) -> NDArray[np.float64]:
    """(rows, 1) for numbers, or for two classes that share a unit; else (rows, classes)."""
    column.check_classes()
    if not column.classes or (single and len(column.classes) == 2):
        return column.values[:, None]
    return np.eye(len(column.classes))[column.values.astype(np.intp)]
