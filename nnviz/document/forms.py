"""What stands in a ``.nnviz`` file: the document in the shape of format version 1.

It differs from the document where people read it: a small table's classes stand as their names, not as codes. A new
format version gets forms of its own beside these, and a step that leads from the old ones to the new.
"""

from __future__ import annotations

import reprlib
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from nnviz.conventions import Conventions
from nnviz.data.choice import DataChoice, Split, TableFile
from nnviz.data.table import Column, Table
from nnviz.document.arrays import array_from_plain, array_to_plain, frozen
from nnviz.document.codec import Plain, encode_hook
from nnviz.document.document import Document, Group, Note
from nnviz.errors import ConfigError
from nnviz.graph import Graph
from nnviz.learning.settings import Run, TrainingSettings, TrainingState
from nnviz.words import one_of, tr

FORMAT: Final = "nnviz"
VERSION: Final = 1

READABLE_CELLS: Final = 10_000
"""Up to so many cells a table stands in numbers and names that people can read."""

_READABLE_CLASS = 60


class Cells(Plain):
    """The cells of a column as they stand in a file: numbers, names of classes, or bytes."""

    def __init__(self, plain: object) -> None:
        self.plain = plain

    def to_plain(self) -> object:
        """What stands in the file."""
        return self.plain

    @classmethod
    def from_plain(cls, plain: object) -> Cells:
        """Keep it until the classes are known too."""
        return cls(plain)


class ColumnForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A column in a file."""

    name: str
    values: Cells
    classes: tuple[str, ...] = ()


class TableForm(
    msgspec.Struct, frozen=True, tag="here", tag_field="where", forbid_unknown_fields=True, omit_defaults=True
):
    """An embedded table in a file."""

    name: str
    columns: tuple[ColumnForm, ...]
    source: str = ""


class DataForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The data choice in a file."""

    table: TableForm | TableFile
    inputs: dict[str, tuple[str, ...]] = {}
    targets: dict[str, tuple[str, ...]] = {}
    split: Split = Split()


class DocumentForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A document in a file, its fields in the order in which they are written."""

    format: str
    version: int
    title: str = ""
    graph: Graph = Graph()
    parameters: dict[str, NDArray[np.float64]] = {}
    positions: dict[str, tuple[float, float]] = {}
    notes: tuple[Note, ...] = ()
    groups: tuple[Group, ...] = ()
    conventions: Conventions = Conventions()
    training: TrainingSettings = TrainingSettings()
    seed: int = 0
    data: DataForm | None = None
    state: TrainingState = TrainingState()
    runs: tuple[Run, ...] = ()


_SHARED = tuple(f for f in DocumentForm.__struct_fields__ if f not in {"format", "version", "data"})


def to_tree(document: Document) -> dict[str, Any]:
    """The document as plain values, in the order of the file.

    Empty parts are left out. Settings that change numbers are always written, whatever their defaults, so that a later
    default changes no old document.
    """
    form = DocumentForm(
        format=FORMAT,
        version=VERSION,
        data=None if document.data is None else _data_form(document.data),
        **{field: getattr(document, field) for field in _SHARED},
    )
    tree: dict[str, Any] = msgspec.to_builtins(form, enc_hook=encode_hook)
    if document.state == TrainingState():
        del tree["state"]
    elif not document.state.statistics:
        del tree["state"]["statistics"]
    for run in tree["runs"]:
        if not run["products"]:
            del run["products"]
    return {key: value for key, value in tree.items() if value is not None and (value or isinstance(value, int))}


def from_form(form: DocumentForm) -> Document:
    """The document that stands in a file.

    Raises
    ------
    ConfigError
        If a cell of its table is no number, or no class of its column.
    """
    data = None if form.data is None else _data_of(form.data)
    return Document(data=data, **{field: getattr(form, field) for field in _SHARED})


def _data_form(data: DataChoice) -> DataForm:
    table = data.table if isinstance(data.table, TableFile) else _table_form(data.table)
    return DataForm(table=table, inputs=data.inputs, targets=data.targets, split=data.split)


def _table_form(table: Table) -> TableForm:
    readable = table.rows * len(table.columns) <= READABLE_CELLS
    return TableForm(
        name=table.name,
        columns=tuple(
            ColumnForm(name=column.name, values=Cells(_cells(column, readable)), classes=column.classes)
            for column in table.columns
        ),
        source=table.source,
    )


def _cells(column: Column, readable: bool) -> object:
    if not readable or column.values.ndim != 1 or not np.isfinite(column.values).all():
        return array_to_plain(column.values)
    if column.classes and max(map(len, column.classes)) <= _READABLE_CLASS:
        return [column.classes[int(code)] for code in column.values]
    return column.values.tolist()


def _data_of(form: DataForm) -> DataChoice:
    table = form.table if isinstance(form.table, TableFile) else _table_of(form.table)
    return DataChoice(table=table, inputs=form.inputs, targets=form.targets, split=form.split)


def _table_of(form: TableForm) -> Table:
    columns = tuple(
        Column(name=column.name, values=_values_of(column), classes=column.classes) for column in form.columns
    )
    return Table(name=form.name, columns=columns, source=form.source)


def _values_of(form: ColumnForm) -> NDArray[np.float64]:
    plain = form.values.plain
    if not (form.classes and isinstance(plain, list) and plain and all(type(cell) is str for cell in plain)):
        return array_from_plain(plain)
    codes = {name: code for code, name in enumerate(form.classes)}
    unknown = next((cell for cell in plain if cell not in codes), None)
    if unknown is not None:
        raise ConfigError(
            tr("A row has a class that does not exist"),
            where=tr("column {name}", name=form.name),
            expected=one_of(form.classes[:12]),
            found=reprlib.repr(unknown),
        )
    return frozen([codes[cell] for cell in plain])
