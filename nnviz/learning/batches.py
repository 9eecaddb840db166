"""Feeds a workspace one batch after another, and binds the plan's instructions once for each size of batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from nnviz import rng
from nnviz.engine import clear
from nnviz.engine.arrays import Array
from nnviz.engine.plan import Plan
from nnviz.engine.workspace import Workspace
from nnviz.errors import DataError
from nnviz.learning.examples import Examples
from nnviz.words import tr


class Calls(NamedTuple):
    """What is carried out for a batch of some size, and the arrays its rows are copied to."""

    forward: list[clear.Call]
    backward: list[clear.Call]
    copies: Sequence[tuple[Array, Array]]


class Batches:
    """The rows of an epoch in their order.

    Rows keep their order where one batch takes all of them, or where shuffling is switched off; else each epoch has a
    new one, drawn from (seed, ``"order"``, epoch). A last batch may be shorter.

    Parameters
    ----------
    size : examples a batch; 0 takes all.
    dropout : the probability p of every dropout node, by its id.
    """

    def __init__(
        self,
        workspace: Workspace,
        examples: Examples,
        *,
        size: int,
        shuffle: bool,
        seed: int,
        dropout: Mapping[str, float],
    ) -> None:
        self.rows = examples.rows
        self.size = min(size or self.rows, self.rows)
        self._work = workspace
        self._examples = examples
        self._shuffle = shuffle and self.size < self.rows
        self._seed = seed
        self._dropout = dropout
        self._has_mode = bool(workspace.plan.slots_of("mask") or workspace.plan.slots_of("mode"))
        self._calls: dict[int, Calls] = {}
        self._loaded: tuple[int, int] | None = None
        self._epoch = -1

    def load(self, start: int, *, epoch: int, step: int) -> tuple[int, Calls]:
        """Fill the workspace with the batch that begins at row ``start`` of an epoch (from 0), for update ``step``.

        Gives the row where it ends, and what to carry out.
        """
        stop = min(start + self.size, self.rows)
        self._work.resize(stop - start)
        calls = self._calls.get(stop - start) or self._bound(stop - start)
        if self._shuffle:
            self._copy_shuffled(calls, start, stop, epoch)
        elif self._loaded != (start, stop):
            for source, view in calls.copies:
                view[...] = source[start:stop]
            self._loaded = (start, stop)
        if self._has_mode:
            clear.set_mode(self._work, self._dropout, training=True, seed=self._seed, step=step)
        return stop, calls

    def _copy_shuffled(self, calls: Calls, start: int, stop: int, epoch: int) -> None:
        if epoch != self._epoch:
            self._order = rng.permutation(self.rows, self._seed, "order", epoch)
            self._epoch = epoch
        rows = self._order[start:stop]
        for source, view in calls.copies:
            source.take(rows, 0, view, "clip")  # the rows exist; "raise" would copy once more

    def _bound(self, count: int) -> Calls:
        """The calls for batches of ``count`` rows, for which the workspace stands ready."""
        plan, views = self._work.plan, self._work.views
        copies = [(self._examples.inputs[slot.key], views[slot.index]) for slot in plan.slots_of("input")]
        copies += [(self._examples.targets[slot.key], views[slot.index]) for slot in plan.slots_of("target")]
        self._calls[count] = Calls(clear.bind(plan.forward, self._work), clear.bind(plan.backward, self._work), copies)
        return self._calls[count]


def check_batches(plan: Plan, rows: int, size: int, begun: int = 0) -> None:
    """Refuse batches of one row where a batch normalisation needs two, the last and shorter one included.

    Parameters
    ----------
    rows : of an epoch.
    begun : rows of the first epoch that are done already.

    Raises
    ------
    DataError
        As :func:`check_spread`, naming the batch.
    """
    for start in (begun, 0):
        last = (rows - start) % size
        if size == 1 or last == 1:
            number = -(-(rows - start) // size) if last else 1
            where = tr("batch {n} of an epoch of {rows} rows", n=number + -(-start // size), rows=rows)
            check_spread(plan, 1, where, tr("Choose a batch size that leaves no single row over"))


def check_spread(plan: Plan, rows: int, where: str, hint: str) -> None:
    """Refuse to train on rows that give a batch normalisation one number for each feature, which has no variance.

    Raises
    ------
    DataError
        Naming the rows, by ``where``, and the node.
    """
    for each in plan.statistics:
        if rows * each.positions < 2:
            raise DataError(
                tr("Batch normalisation cannot train on a single row: it has no variance"),
                where=f"{where}, {tr('node {id}', id=each.layer)}",
                expected=tr("two rows or more"),
                found=tr("1 row"),
                hint=hint,
                ids=(each.layer,),
            )
