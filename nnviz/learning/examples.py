"""Examples: rows of inputs and targets as arrays, checked once to fit a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nnviz.engine.plan import Plan
from nnviz.errors import DataError, ShapeError
from nnviz.learning.metrics import heads
from nnviz.learning.targets import check_targets
from nnviz.words import tr

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Examples:
    """For each input node its numbers, for each loss node its targets: (rows, width) each."""

    inputs: Mapping[str, Numbers]
    targets: Mapping[str, Numbers] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many examples there are; one where nothing comes in from outside."""
        given = (*self.inputs.values(), *self.targets.values())
        return len(given[0]) if given else 1

    def take(self, rows: NDArray[np.intp]) -> Examples:
        """The examples at these rows, in this order, as a copy."""
        return Examples(
            {node: array[rows] for node, array in self.inputs.items()},
            {node: array[rows] for node, array in self.targets.items()},
        )


def check_examples(plan: Plan, examples: Examples, rows: Sequence[int] | NDArray[np.intp] | None = None) -> None:
    """Refuse examples that do not fill every input and target of a plan.

    Parameters
    ----------
    rows : the numbers of the rows as a reader counts them; from 1, if not given.

    Raises
    ------
    DataError
        If there are none, a number is not finite, or a target means nothing to its loss.
    ShapeError
        If a node has none, too many or too few rows, or another width; the message names it.
    """
    wanted_from_outside = plan.slots_of("input") + plan.slots_of("target")
    if not examples.rows or (wanted_from_outside and not examples.inputs and not examples.targets):
        raise DataError(tr("There are no examples"), expected=tr("at least one row"))
    for slot in wanted_from_outside:
        given = (examples.inputs if slot.kind == "input" else examples.targets).get(slot.key)
        wanted = (examples.rows, *slot.shape)
        if given is None or given.shape != wanted:
            raise ShapeError(
                tr("The examples do not fill {node}", node=slot.key),
                where=tr("node {id}", id=slot.key),
                expected=_sizes(wanted),
                found=tr("nothing") if given is None else _sizes(given.shape),
                ids=(slot.key,),
            )
        if not np.isfinite(given).all():
            place = tuple(np.argwhere(~np.isfinite(given))[0])
            row = int(place[0]) + 1 if rows is None else int(rows[place[0]])
            raise DataError(
                tr("An example holds a number that is not finite"),
                where=tr("node {id}, row {row}", id=slot.key, row=row),
                expected=tr("finite numbers"),
                found=str(float(given[place])),
                hint=tr("Correct it, or leave the row out"),
                ids=(slot.key,),
            )
    check_targets({head.node: head.kind for head in heads(plan)}, examples.targets, rows=rows)


def _sizes(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))
