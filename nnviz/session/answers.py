"""What a network answers to one row, in the words of its data: names of outputs and classes."""

from __future__ import annotations

from dataclasses import dataclass

from nnviz.data.choice import TableFile
from nnviz.document.document import Document
from nnviz.lowering.kinds import KINDS
from nnviz.session.computing import predict
from nnviz.session.typed_row import Given


@dataclass(frozen=True, slots=True)
class Answer:
    """One output: its name (a class where the data has classes), its value, and whether it is the likely class."""

    name: str
    value: float
    likely: bool = False


def answers(document: Document, values: Given) -> list[Answer]:
    """The answer to one row of inputs, output by output, by the names of classes where the data has classes.

    >>> from nnviz.session.examples import example
    >>> [(each.name, each.likely) for each in answers(example("iris"), [5.1, 3.5, 1.4, 0.2])]
    [('setosa', False), ('versicolor', False), ('virginica', True)]

    Parameters
    ----------
    values : as for :func:`~nnviz.session.computing.predict`.

    Raises
    ------
    DataError, ShapeError
        As for :func:`~nnviz.session.computing.predict`.
    """
    found = [
        (document.graph.node(node).label + (str(place + 1) if row.size > 1 else ""), float(value))
        for node, row in predict(document, values).items()
        for place, value in enumerate(row.ravel())
    ]
    classes = _classes(document)
    if len(classes) == len(found) > 1:
        best = max(value for _, value in found)
        return [Answer(name, value, value == best) for name, (_, value) in zip(classes, found, strict=True)]
    return [Answer(name, value) for name, value in found]


def _classes(document: Document) -> tuple[str, ...]:
    """The classes that the outputs stand for, where there is one loss over one class column."""
    losses = [node.id for node in document.graph.nodes if KINDS[node.kind].family == "loss"]
    if document.data is None or isinstance(document.data.table, TableFile) or len(losses) != 1:
        return ()
    columns = document.data.targets.get(losses[0], ())
    return document.data.table.column(columns[0]).classes if len(columns) == 1 else ()
