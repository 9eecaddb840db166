"""A row of inputs as a user gives it: numbers in the order of the inputs, or by their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from nnviz.document.document import Document
from nnviz.errors import DataError, ShapeError
from nnviz.numbers import exact_text
from nnviz.words import tr

Given = Sequence[float] | Mapping[str, float]


def row_of(document: Document, given: Given) -> tuple[float, ...]:
    """One number for each unit of the inputs, in their order.

    Parameters
    ----------
    given : these numbers; or a dict in which each stands under the name of its column or of its unit (``x1``). What
        else stands in a dict is not looked at.

    Raises
    ------
    DataError
        If something is no number, or a unit has none.
    ShapeError
        If there are several rows, or too many or too few numbers.
    """
    values = _by_name(document, given) if isinstance(given, Mapping) else given
    try:
        row = np.asarray(values if hasattr(values, "__array__") else list(values), dtype=np.float64)
    except (TypeError, ValueError):
        what = tr("A row of inputs is made of numbers")
        raise DataError(what, expected=_expected(document), found=repr(given)) from None
    if row.ndim != 1:
        raise ShapeError(
            tr("A prediction is made of one row"),
            expected=_expected(document),
            found=tr("an array of shape {shape}", shape=row.shape),
            hint=tr("For several rows: [nnviz.predict(document, row) for row in rows]"),
        )
    if len(row) != sum(slot.shape[0] for slot in document.plan.slots_of("input")):
        raise ShapeError(
            tr("The number of values does not fit the inputs"),
            expected=_expected(document),
            found=tr("{n}: {values}", n=len(row), values=" ".join(map(exact_text, row))),
        )
    return tuple(map(float, row))


def _expected(document: Document) -> str:
    slots = document.plan.slots_of("input")
    names = ", ".join(document.graph.node(slot.key).label for slot in slots[:12])
    count = sum(slot.shape[0] for slot in slots)
    return tr("1 value, for {name}", name=names) if count == 1 else tr("{n} values, for {names}", n=count, names=names)


def _by_name(document: Document, given: Mapping[str, float]) -> list[float]:
    """The numbers of a dict in the order of the inputs."""
    units = _names_of_units(document)
    for names in units:
        if given.keys().isdisjoint(names):
            raise DataError(
                tr("The row has no number for {name}", name=names[0]),
                expected=tr("a number for each of {names}", names=", ".join(first for first, *_ in units[:12])),
                found=", ".join(map(str, given)),
            )
    return [next(given[name] for name in names if name in given) for names in units]


def _names_of_units(document: Document) -> list[list[str]]:
    """The names of each unit of the inputs: its column's, where a column fills just this unit, and its own."""
    columns = document.data.inputs if document.data is not None else {}
    found: list[list[str]] = []
    for slot in document.plan.slots_of("input"):
        label, width = document.graph.node(slot.key).label, slot.shape[0]
        own = [[f"{label}{unit + 1}" if width > 1 else label] for unit in range(width)]
        filled = columns.get(slot.key, ())
        found += [[name, *names] for name, names in zip(filled, own, strict=True)] if len(filled) == width else own
    return found
