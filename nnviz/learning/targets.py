"""Targets that a loss can be compared with: a probability lies between 0 and 1, a hinge knows two sides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from nnviz.errors import DataError
from nnviz.lowering.kinds import ONE_ANSWER
from nnviz.numbers import exact_text
from nnviz.words import tr

Numbers = NDArray[np.float64]

PROBABILITIES = ("binary_cross_entropy", "binary_cross_entropy_logits", *ONE_ANSWER)
"""Losses whose targets are probabilities."""
WHOLE = 1e-6
"""How far from 1 the probabilities of all classes may sum: what three digits of thirds and the like need not keep."""


def check_targets(
    kinds: Mapping[str, str],
    targets: Mapping[str, Numbers],
    columns: Mapping[str, Sequence[str]] | None = None,
    rows: Sequence[int] | NDArray[np.intp] | None = None,
) -> None:
    """Refuse targets (rows, units) that mean nothing to their loss.

    Parameters
    ----------
    kinds : the kind of each loss, by the id of its node.
    columns : of which columns the targets were made; one a unit are named in a message.
    rows : the numbers of the rows as a reader counts them; from 1, if not given.

    Raises
    ------
    DataError
        Naming node, row and column, what is allowed and what was found.
    """
    for node, array in targets.items():
        place = _Place(node, array.shape[1], (columns or {}).get(node, ()), rows)
        if kinds[node] in PROBABILITIES:
            _check_probabilities(array, place)
        if kinds[node] in ONE_ANSWER:
            _check_sums(array, place)
        if kinds[node] == "hinge":
            _check_sides(array, place)


class _Place:
    """Says where a number stands."""

    def __init__(
        self, node: str, width: int, columns: Sequence[str], rows: Sequence[int] | NDArray[np.intp] | None
    ) -> None:
        self.ids = (node,)
        self._columns = columns if len(columns) == width else ()
        self._width, self._rows = width, rows

    def text(self, row: int, unit: int | None = None) -> str:
        """The place of one number, or of a whole row."""
        number = row + 1 if self._rows is None else int(self._rows[row])
        told = tr("node {id}, row {row}", id=self.ids[0], row=number)
        if unit is None or (self._width == 1 and not self._columns):
            return told
        if self._columns:
            return tr("{place}, column {name}", place=told, name=self._columns[unit])
        return tr("{place}, unit {unit}", place=told, unit=unit + 1)


def _check_probabilities(array: Numbers, place: _Place) -> None:
    wrong = np.argwhere(~((array >= 0.0) & (array <= 1.0)))
    if len(wrong):
        row, unit = map(int, wrong[0])
        raise DataError(
            tr("A target of a cross-entropy is no probability"),
            where=place.text(row, unit),
            expected=tr("a number from 0 to 1"),
            found=exact_text(float(array[row, unit])),
            hint=tr("Correct it, or take Squared error for a quantity"),
            ids=place.ids,
        )


def _check_sums(array: Numbers, place: _Place) -> None:
    sums = array.sum(axis=1)
    wrong = np.flatnonzero(np.abs(sums - 1.0) > WHOLE)
    if len(wrong):
        row = int(wrong[0])
        raise DataError(
            tr("The targets of a row do not sum to 1"),
            where=place.text(row),
            expected=tr("1 for the right class and 0 for the others, or a probability for each"),
            found=" + ".join(map(exact_text, array[row, :8].tolist())) + (" + …" if array.shape[1] > 8 else ""),
            hint=tr("Take Binary cross-entropy where each unit answers for itself"),
            ids=place.ids,
        )


def _check_sides(array: Numbers, place: _Place) -> None:
    """Either −1 and 1, or 0 and 1: all three together would leave open which side 0 is on."""
    sides = (-1.0, 1.0) if (array == -1.0).any() else (0.0, 1.0)
    wrong = np.argwhere(~np.isin(array, sides))
    if len(wrong):
        row, unit = map(int, wrong[0])
        raise DataError(
            tr("A target of a hinge is neither side"),
            where=place.text(row, unit),
            expected=tr("−1 and 1, or 0 and 1, the same everywhere"),
            found=exact_text(float(array[row, unit])),
            hint=tr("Mark one side with 1 and the other with −1"),
            ids=place.ids,
        )
