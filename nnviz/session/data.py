"""A table of one's own as the data of a document: ``nnviz.use_data``, which the command line calls with a CSV file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace
from numpy.typing import ArrayLike

from nnviz.data.choice import DataChoice, Split
from nnviz.data.columns import as_table
from nnviz.data.table import Table
from nnviz.document.document import Document
from nnviz.document.edits import SetData
from nnviz.errors import ConfigError
from nnviz.session.computing import parts_of
from nnviz.session.fitting import Columns, chosen
from nnviz.words import one_of, tr

_SPLITS = ("none", "random", "stratified")


def parted(split: Split, kind: str | None = None, validation: float | None = None, *, by_class: bool = False) -> Split:
    """A split with another kind or share; who names a share wants a split, so that ``"none"`` does not stay then.

    Parameters
    ----------
    by_class : whether classes are learned, which are then stratified.

    Raises
    ------
    ConfigError
        If there is no such kind, or the share is out of range.
    """
    if kind not in (None, *_SPLITS):
        raise ConfigError(tr("There is no such split"), expected=one_of(_SPLITS), found=repr(kind))
    if kind is None and validation and split.kind == "none":
        kind = "stratified" if by_class else "random"
    changed = {"kind": kind, "validation": validation}
    return replace(split, **{name: value for name, value in changed.items() if value is not None})


def learns_classes(data: DataChoice) -> bool:
    """Whether a column that is learned has classes."""
    known = data.table.by_name if isinstance(data.table, Table) else {}
    return any(known[name].classes for names in data.targets.values() for name in names if name in known)


def use_data(
    document: Document,
    table: Table | Mapping[str, ArrayLike],
    *,
    target: str | Sequence[str] | None = None,
    inputs: str | Sequence[str] | None = None,
    split: str | None = None,
    validation: float | None = None,
) -> Document:
    """The document with a table to learn from; the given one stays as it was.

    Columns fill the network's inputs and targets in order and as they are: nothing is scaled. A column of numbers fills
    one unit, a column of k classes k units (1 at the row's class, 0 elsewhere), a column of two classes also a single
    one (0 for the first, 1 for the second); ``table.column(name).classes`` tells their order. Network, loss and weights
    are not changed.

    >>> from nnviz.document.build import new
    >>> made = use_data(new("2-3-1"), {"a": [0, 0, 1, 1], "b": [0, 1, 0, 1], "y": [0, 1, 1, 0]}, target="y")
    >>> made.data.inputs, made.data.targets, made.data.split.kind
    ({'x1': ('a',), 'x2': ('b',)}, {'loss': ('y',)}, 'none')

    Parameters
    ----------
    table : of :func:`~nnviz.data.files.read_csv`, or a dict with a list or an array for each column.
    target : the column to be learned, or several; by default those the document learns already, by their names.
    inputs : the columns to learn from; by default those the document has already where ``target`` is left out too, else
        all that are not learned.
    split : ``"none"``, ``"random"``, or ``"stratified"`` (each class keeps its share). By default the document's own;
        a table of 10 rows or more is split at random, stratified where classes are learned.
    validation : the share of the rows that is never trained on, from 0 to below 1; 0.2 by default where there is a
        split. Which rows they are is drawn from the document's seed.

    Raises
    ------
    DataError
        If there is no such column, or the columns do not fill the units; the message counts both.
    GraphError, ShapeError, ConfigError
        If the network cannot be computed, or there is no such split.
    """
    choice = chosen(document, as_table(table), _names(target), _names(inputs))
    parts = parted(choice.split, split, validation, by_class=learns_classes(choice))
    made = SetData(replace(choice, split=parts)).apply(document)
    parts_of(made)
    return made


def _names(given: str | Sequence[str] | None) -> Columns | None:
    return (given,) if isinstance(given, str) else None if given is None else tuple(given)
