"""A table typed by hand: one column for each input unit and each target, in the order of the drawing."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from nnviz.data.choice import DataChoice, Split, TableFile
from nnviz.data.table import Column, Table
from nnviz.document.document import Document
from nnviz.errors import DataError
from nnviz.learning.targets import check_targets
from nnviz.lowering import shapes
from nnviz.lowering.kinds import KINDS
from nnviz.numbers import exact_text, read_number
from nnviz.words import tr


def places(document: Document) -> list[tuple[str, str, int]]:
    """The columns a network wants: (node, name of the column, which unit); inputs first, then targets."""
    known, graph = shapes(document.graph), document.graph
    found: list[tuple[str, str, int]] = []
    for node in graph.nodes:
        if KINDS[node.kind].family == "input":
            width = known[node.id][0]
            found += [(node.id, node.label + (str(unit + 1) if width > 1 else ""), unit) for unit in range(width)]
    targets = 0
    losses = [node for node in graph.nodes if KINDS[node.kind].has_target]
    for node in losses:
        for edge in graph.into(node.id):
            for _ in range(prod(known.get(edge.source, (1,)))):
                targets += 1
                found.append((node.id, f"y{targets}", 0))
    return found


def typed_rows(document: Document) -> list[list[str]]:
    """The present data as text, row by row, where it fits these columns; else one empty row."""
    data, wanted = document.data, places(document)
    if data is None or isinstance(data.table, TableFile):
        return [[""] * len(wanted)]
    names = [name for node in dict.fromkeys(node for node, _, _ in wanted) for name in _chosen(data, node)]
    columns = [data.table.by_name.get(name) for name in names]
    if len(columns) != len(wanted) or any(column is None or column.classes for column in columns):
        return [[""] * len(wanted)]
    return [
        [exact_text(float(column.values[row])) for column in columns if column is not None]
        for row in range(min(data.table.rows, 1_000))
    ]


def _chosen(data: DataChoice, node: str) -> tuple[str, ...]:
    return data.inputs.get(node) or data.targets.get(node) or ()


def typed_data(document: Document, rows: Sequence[Sequence[str]]) -> DataChoice:
    """The data choice that typed rows make; rows without any text are left out.

    Raises
    ------
    DataError
        If a cell is empty or no number, or a target means nothing to its loss, naming row and column; or if no row is
        filled.
    """
    wanted = places(document)
    filled = [(number, row) for number, row in enumerate(rows, 1) if any(cell.strip() for cell in row)]
    if not filled or not wanted:
        raise DataError(tr("There is no row"), expected=tr("at least one row of numbers"), found=tr("none"))
    names = _unique([name for _, name, _ in wanted])
    numbers = np.array(
        [[_number(cell, number, name) for cell, name in zip(row, names, strict=True)] for number, row in filled]
    )
    table = Table(tr("typed by hand"), tuple(Column(name, numbers[:, place]) for place, name in enumerate(names)))
    chosen: dict[str, tuple[str, ...]] = {}
    for (node, _, _), name in zip(wanted, names, strict=True):
        chosen[node] = (*chosen.get(node, ()), name)
    families = {node: KINDS[document.graph.node(node).kind].family for node in chosen}
    inputs = {node: columns for node, columns in chosen.items() if families[node] == "input"}
    targets = {node: columns for node, columns in chosen.items() if families[node] == "loss"}
    typed = {node: np.column_stack([table.column(name).values for name in names]) for node, names in targets.items()}
    kinds = {node: document.graph.node(node).kind for node in typed}
    check_targets(kinds, typed, targets, [number for number, _ in filled])
    split = document.data.split if document.data is not None and len(filled) > 4 else Split()
    return DataChoice(table, inputs, targets, split)


def _number(cell: str, row: int, column: str) -> float:
    try:
        return read_number(cell)
    except DataError as error:
        raise DataError(
            tr("This cell is no number"),
            where=tr("row {row}, column {column}", row=row, column=column),
            expected=error.expected,
            found=error.found,
        ) from None


def _unique(names: list[str]) -> list[str]:
    """Names of columns, the same one never twice."""
    made: list[str] = []
    for name in names:
        made.append(name if name not in made else f"{name} ({len(made) + 1})")
    return made
