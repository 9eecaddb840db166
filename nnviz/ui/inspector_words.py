"""What the pages of the inspector say about units, rows and the next update; no widget is made here."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from nnviz.data.choice import TableFile
from nnviz.document.document import Document
from nnviz.engine.arrays import Shape
from nnviz.graph import Node
from nnviz.lowering.kinds import KINDS
from nnviz.numbers import subscripted
from nnviz.words import tr

NEXT_TIP = tr("What one update from the rows shown would make of it, by the optimizer chosen under Train")


class UnitNames(Sequence[str]):
    """The names of the units of a node, made when they are asked for: a layer may have very many."""

    def __init__(self, label: str, width: int, columns: Sequence[str] = ()) -> None:
        self._label = label
        self._width = width
        self._columns = columns

    def __len__(self) -> int:
        return self._width

    def __getitem__(self, unit: int) -> str:  # type: ignore[override]  # read by number only, never by a slice
        if not 0 <= unit < self._width:
            raise IndexError(unit)
        if self._columns:
            return self._columns[unit]
        return unit_name(self._label, unit, self._width)


class PlaceNames(Sequence[str]):
    """The names of the numbers of an image or matrix, line by line, counted from 1; made when they are asked for.

    >>> list(PlaceNames("c", (1, 2, 2)))
    ['c[1, 1, 1]', 'c[1, 1, 2]', 'c[1, 2, 1]', 'c[1, 2, 2]']
    """

    def __init__(self, label: str, shape: Shape) -> None:
        self._label = label
        self._shape = shape

    def __len__(self) -> int:
        return prod(self._shape)

    def __getitem__(self, place: int) -> str:  # type: ignore[override]  # read by number only, never by a slice
        if not 0 <= place < len(self):
            raise IndexError(place)
        return f"{self._label}[{', '.join(str(int(index) + 1) for index in np.unravel_index(place, self._shape))}]"


def unit_name(label: str, unit: int, width: int) -> str:
    """The name of one unit, its number set low where the name has none yet.

    >>> unit_name("h", 2, 8), unit_name("h1", 0, 1), unit_name("layer1", 2, 8)
    ('h₃', 'h₁', 'layer1[3]')
    """
    if width == 1:
        return subscripted(label)
    return f"{label}[{unit + 1}]" if label[-1:].isdigit() else subscripted(f"{label}{unit + 1}")


def unit_names(document: Document, node: Node, width: int) -> UnitNames:
    """The names of the units of a node: of an input the columns that fill it, if there is one for each."""
    columns: tuple[str, ...] = ()
    if document.data is not None and KINDS[node.kind].family == "input":
        named = document.data.inputs.get(node.id, ())
        columns = named if len(named) == width else ()
    return UnitNames(node.label, width, columns)


def output_names(document: Document, loss: Node, width: int) -> list[str]:
    """The names of what a loss compares: classes, or the columns of its targets, or places."""
    data = document.data
    columns = () if data is None else data.targets.get(loss.id, ())
    if len(columns) == width:
        return list(columns)
    if data is not None and len(columns) == 1 and not isinstance(data.table, TableFile):
        classes = data.table.column(columns[0]).classes
        if len(classes) == width:
            return list(classes)
    return [str(place + 1) for place in range(width)]
