"""Which columns of a table go to which node of a network; where they do not fit, which network would.

Nothing is guessed silently: what is chosen here is shown and can be changed, and a table that does not fit is refused
in a sentence that says how large it and the network are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from msgspec.structs import replace

from nnviz.data.arrays import arrays_for
from nnviz.data.choice import DataChoice, Split, TableFile
from nnviz.data.table import Column, Table
from nnviz.document.document import Document
from nnviz.errors import DataError, NnvizError
from nnviz.hints import FIT_INPUTS, FIT_TARGET, NAME_TARGET, OTHER_CLASSES
from nnviz.learning.metrics import CLASSIFYING
from nnviz.session.computing import all_examples, parts_of, table_of
from nnviz.words import one_of, tr

Columns = tuple[str, ...]
Choice = dict[str, Columns]
Place = Literal["network", "data", "regularise"]
Side = Literal["inputs", "targets"]

HIDDEN = 8
"""Units of the hidden layer of a network that is offered for a table."""
SPLIT_FROM = 10
"""Rows from which a table that was just chosen is parted into training and validation."""

_TARGET_NAME = re.compile(r"(y|t|target|output|class|label|species)[ _]?\d*", re.IGNORECASE)


# What stands in a table


def table_words(table: Table) -> str:
    """How large a table is, in words.

    >>> from nnviz.data.datasets import iris
    >>> table_words(iris())
    '150 rows · 5 columns, 1 of classes'
    """
    classes = sum(bool(column.classes) for column in table.columns)
    columns = tr("{n:,} columns", n=len(table.columns)) if len(table.columns) != 1 else tr("1 column")
    rows = tr("{n:,} rows", n=table.rows) if table.rows != 1 else tr("1 row")
    return f"{rows} · {columns}" + (tr(", {n:,} of classes", n=classes) if classes else "")


def target_choices(table: Table) -> list[Columns]:
    """What could be learned from a table, the likeliest first: columns called so, classes, the last, then each one.

    >>> from nnviz.data.datasets import iris
    >>> target_choices(iris())[0]
    ('species',)
    """
    names = [column.name for column in table.columns]
    called = [name for name in names if _TARGET_NAME.fullmatch(name)]
    classes = [column.name for column in table.columns if column.classes]
    likely = [tuple(called)] if called else []
    likely += [(name,) for name in (*called, *reversed(classes), *reversed(names))]
    return [choice for choice in dict.fromkeys(likely) if len(choice) < len(names) or len(names) == 1]


def sizes_for(table: Table, targets: Sequence[str]) -> str:
    """The layers of a network that learns ``targets`` from the other columns, such as ``"4-8-3"``.

    >>> from nnviz.data.datasets import iris
    >>> sizes_for(iris(), ["species"])
    '4-8-3'
    """
    inputs = sum(column.width for column in table.columns if column.name not in targets)
    outputs = sum(table.column(name).width for name in targets)
    return f"{inputs}-{HIDDEN}-{outputs}"


# What fits


def widths_of(document: Document) -> tuple[dict[str, int], dict[str, int]]:
    """How many units every input takes, and every loss for its targets, by node.

    Raises
    ------
    GraphError, ShapeError, ConfigError
        What keeps the network from being computed.
    """
    plan = document.plan
    inputs, targets = ({slot.key: slot.shape[0] for slot in plan.slots_of(role)} for role in ("input", "target"))
    return inputs, targets


def fitted(document: Document, table: Table) -> DataChoice:
    """The table as the document's data: columns that fill its inputs and targets, and a split.

    Columns keep their nodes where the document has data with the same names; else the likeliest targets are taken whose
    other columns, in order, fill all inputs in order.

    Raises
    ------
    GraphError, ShapeError, ConfigError
        What keeps the network from being computed.
    DataError
        If no columns fit; the message says how large the table and the network are.
    """
    inputs, targets = widths_of(document)
    kept = _kept(document, table, inputs, targets)
    if kept is not None:
        return kept
    for chosen in _candidates(document, table, sum(targets.values())):
        others = [column for column in table.columns if column.name not in chosen]
        into, out = _dealt(others, inputs), _dealt([table.column(name) for name in chosen], targets)
        if into is not None and out is not None:
            return DataChoice(table, into, out, split_for(document, table, chosen))
    raise _misfit(table, sum(inputs.values()), sum(targets.values()))


def chosen(
    document: Document, table: Table, targets: Sequence[str] | None = None, inputs: Sequence[str] | None = None
) -> DataChoice:
    """The table as the document's data, its columns named: dealt in order to the network's inputs and to its losses.

    Parameters
    ----------
    targets : the columns to be learned; if None, those of the document's own data, by name.
    inputs : the columns to learn from; if None, those of the document's own data where ``targets`` is None too, else
        all that are not learned.

    Raises
    ------
    GraphError, ShapeError, ConfigError
        What keeps the network from being computed.
    DataError
        If there is no such column, if columns and units do not fit, or if nothing says what is to be learned.
    """
    into, out = widths_of(document)
    if targets is None and out and document.data is None:
        expected = one_of([column.name for column in table.columns[:12]])
        raise DataError(tr("Nothing says what is to be learned"), where=table.name, expected=expected, hint=NAME_TARGET)
    if targets is None:
        targets, own = _own(document.data)
        _check_same(document.data, table, (*(inputs or own), *targets))
        kept = None if inputs else _kept(document, table, into, out)
        if kept is not None:
            return kept
        inputs = inputs or own
    columns = [table.column(name) for name in inputs or ()]
    answers = [table.column(name) for name in targets]
    columns = columns or [column for column in table.columns if column.name not in targets]
    dealt_in = _filling(document, table, columns, into, "inputs")
    dealt_out = _filling(document, table, answers, out, "targets")
    return DataChoice(table, dealt_in, dealt_out, split_for(document, table, targets))


def _own(data: DataChoice | None) -> tuple[Columns, Columns]:
    """The columns that a document learns, and those it learns from."""
    if data is None:
        return (), ()
    learned, used = ([name for names in choice.values() for name in names] for choice in (data.targets, data.inputs))
    return tuple(learned), tuple(used)


def _check_same(data: DataChoice | None, table: Table, names: Sequence[str]) -> None:
    """Refuse a table without the columns that a document has, or with other classes, whose units have a meaning."""
    missing = [name for name in names if name not in table.by_name]
    if missing:
        raise DataError(
            tr("The table lacks columns that the document has"),
            where=table.name,
            expected=", ".join(missing[:12]),
            found=", ".join(list(table.by_name)[:12]),
            hint=NAME_TARGET,
        )
    known = data.table.by_name if data is not None and isinstance(data.table, Table) else {}
    for column in (table.column(name) for name in names if name in known):
        if column.classes != known[column.name].classes:
            raise DataError(
                tr("A column has other classes than the document"),
                where=tr("{table}, column {name}", table=table.name, name=column.name),
                expected=", ".join(known[column.name].classes[:12]) or tr("numbers"),
                found=", ".join(column.classes[:12]) or tr("numbers"),
                hint=OTHER_CLASSES,
            )


def _filling(
    document: Document, table: Table, columns: Sequence[Column], widths: Mapping[str, int], side: Side
) -> Choice:
    """Columns dealt to nodes in order, or a refusal that counts both."""
    dealt = _dealt(columns, widths)
    if dealt is not None:
        return dealt
    nodes = [f"{document.graph.node(node).label} ({width})" for node, width in widths.items()]
    given = [f"{column.name} ({column.width})" for column in columns]
    raise DataError(
        tr("The columns do not fill the inputs") if side == "inputs" else tr("The columns do not fill the targets"),
        where=table.name,
        expected=tr("units: {nodes}", nodes=", ".join(nodes[:12]) or tr("none")),
        found=", ".join(given[:12]) or tr("none"),
        hint=FIT_INPUTS if side == "inputs" else FIT_TARGET,
        ids=tuple(widths),
    )


def adopted(document: Document, table: Table) -> DataChoice:
    """The table as the document's data where it does not fit: columns keep their nodes if there are such names."""
    known, old = table.by_name, document.data
    inputs, targets = (
        {node: names for node, names in choice.items() if all(name in known for name in names)}
        for choice in ((old.inputs, old.targets) if old else ({}, {}))
    )
    learned = [name for names in targets.values() for name in names]
    return DataChoice(table, inputs, targets, split_for(document, table, learned))


def split_for(document: Document, table: Table, targets: Sequence[str]) -> Split:
    """The document's split if it can be kept; for a table of some size, 20 % validation instead of none."""
    old = document.data.split if document.data else Split()
    by_class = any(table.column(name).classes for name in targets)
    if table.rows < SPLIT_FROM:
        return Split()
    if old.kind == "random" or (old.kind == "stratified" and by_class and not old.by):
        return old
    return Split("stratified" if by_class else "random")


def _kept(document: Document, table: Table, inputs: Mapping[str, int], targets: Mapping[str, int]) -> DataChoice | None:
    old = document.data
    if old is None or isinstance(old.table, TableFile) or not (set(inputs) <= set(old.inputs)):
        return None
    if not set(targets) <= set(old.targets):
        return None
    into, out = {node: old.inputs[node] for node in inputs}, {node: old.targets[node] for node in targets}
    try:
        arrays_for(_head(table), into, inputs)
        arrays_for(_head(table), out, targets)
    except NnvizError:
        return None
    learned = [name for names in out.values() for name in names]
    return DataChoice(table, into, out, split_for(document, table, learned))


def _head(table: Table) -> Table:
    """One row of a table is enough to see whether its columns fill a node."""
    return Table(table.name, tuple(Column(each.name, each.values[:1], each.classes) for each in table.columns))


def _candidates(document: Document, table: Table, units: int) -> Iterator[Columns]:
    """Columns that may be the targets: the likeliest first, classes first where classes are learned."""
    if not units:  # nothing is compared: all columns go into inputs
        yield ()
        return
    learns_classes = any(node.kind in CLASSIFYING for node in document.graph.nodes)
    choices = target_choices(table)
    if learns_classes:
        choices.sort(key=lambda names: not all(table.column(name).classes for name in names))
    yield from choices
    names = [column.name for column in table.columns]
    if units < len(names):
        yield tuple(names[len(names) - units :])


def _dealt(columns: Sequence[Column], widths: Mapping[str, int]) -> Choice | None:
    """Columns dealt to nodes in order so that each is filled and none is left over; None where that cannot be."""
    left, dealt = list(columns), {}
    for node, width in widths.items():
        taken: list[Column] = []
        while left and not fills(taken, width):
            taken.append(left.pop(0))
        if not fills(taken, width):
            return None
        dealt[node] = tuple(column.name for column in taken)
    return None if left else dealt


def fills(columns: Sequence[Column], width: int) -> bool:
    """Whether columns fill the units of a node; two classes take two units, or share one."""
    whole = sum(column.width for column in columns)
    pairs = sum(len(column.classes) == 2 for column in columns)
    return bool(columns) and width in (whole, whole - pairs)


def _misfit(table: Table, inputs: int, targets: int) -> DataError:
    likely = target_choices(table)[0]
    wanted, _, outputs = sizes_for(table, likely).split("-")
    return DataError(
        tr(
            "{name} does not fit this network: its columns fill {a} input and {b} target units ({names}), the network"
            " has {c} and {d}",
            name=table.name,
            a=wanted,
            b=outputs,
            names=", ".join(likely),
            c=inputs,
            d=targets,
        )
    )


# What keeps a training from beginning


def data_problem(document: Document) -> NnvizError | None:
    """What is wrong with the data of a network that is otherwise in order; None if nothing is.

    Looks at one row and at the split, so that it may be asked after every edit.
    """
    try:
        inputs, targets = widths_of(document)
    except NnvizError:
        return None
    if document.plan.loss is None or not (inputs or targets):
        return None
    try:
        table = table_of(document)
        assert document.data is not None
        all_examples(document.with_(data=replace(document.data, table=_head(table))))
        parts_of(document)
    except NnvizError as error:
        return error
    return None if table.rows else DataError(tr("The table has no rows"), where=table.name)


def lacks_validation(document: Document) -> bool:
    """Whether early stopping is on and there are no validation rows for it to watch."""
    if document.training.early_stopping is None:
        return False
    try:
        return not len(parts_of(document).validation)
    except NnvizError:
        return False


def place_of(document: Document) -> Place:
    """Where that is mended which keeps ``document`` from being trained."""
    if data_problem(document):
        return "data"
    return "regularise" if lacks_validation(document) else "network"
