"""Tables: named columns of numbers or classes, frozen."""

from __future__ import annotations

from functools import cached_property

import msgspec
import numpy as np
from numpy.typing import NDArray

from nnviz.errors import DataError, shortened
from nnviz.words import counted, one_of, tr


class Column(msgspec.Struct, frozen=True, eq=False, forbid_unknown_fields=True):
    """One column: ``values`` (rows,) in float64. Where there are ``classes``, a value is the index of a row's class."""

    name: str
    values: NDArray[np.float64]
    classes: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """How many units it fills: one for a number, one a class for classes (two classes may also share one)."""
        return len(self.classes) or 1

    def check_classes(self) -> None:
        """Refuse a row whose class is none of the column's.

        Raises
        ------
        DataError
            Naming column and row.
        """
        codes, count = self.values, len(self.classes)
        wrong = np.flatnonzero(~((codes == np.floor(codes)) & (codes >= 0) & (codes < count)))
        if count and len(wrong):
            raise DataError(
                tr("A row has a class that does not exist"),
                where=tr("column {name}, row {row}", name=self.name, row=int(wrong[0]) + 1),
                expected=tr("a class from 0 to {high}", high=count - 1),
                found=str(float(codes[wrong[0]])),
                hint=tr("Correct the row, or give the column one more class"),
            )

    def __repr__(self) -> str:
        rows = counted(len(self.values), tr("row"), tr("rows"))
        held = tr("classes {names}", names=", ".join(self.classes)) if self.classes else tr("numbers")
        return f"<Column {self.name!r}: {rows}, {shortened(held)}>"

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Column)
            and (self.name, self.classes) == (other.name, other.classes)
            and self.values.tobytes() == other.values.tobytes()
        )

    __hash__ = None  # type: ignore[assignment]  # equal by arrays, which have no hash


class Table(msgspec.Struct, frozen=True, dict=True, tag="here", tag_field="where", forbid_unknown_fields=True):
    """Columns of equal length. ``name`` is for display, ``source`` tells where it came from."""

    name: str
    columns: tuple[Column, ...]
    source: str = ""

    def __repr__(self) -> str:
        rows = counted(self.rows, tr("row"), tr("rows"))
        names = ", ".join(f"{each.name} ({len(each.classes)})" if each.classes else each.name for each in self.columns)
        return f"<Table {self.name!r}: {rows}, {shortened(names)}>"

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.columns[0].values) if self.columns else 0

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """Every column by its name."""
        return {column.name: column for column in self.columns}

    def column(self, name: str) -> Column:
        """The column of that name.

        Raises
        ------
        DataError
            If there is none; the message lists the names there are.
        """
        if name not in self.by_name:
            raise DataError(
                tr("There is no such column"),
                where=self.name,
                expected=one_of(list(self.by_name)[:12]),
                found=repr(name),
            )
        return self.by_name[name]
