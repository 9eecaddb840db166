"""Rows of numbers that grow while a training runs: millions of epochs are taken in and looked at as quickly as ten."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Numbers = NDArray[np.float64]

ROOM = 256
"""Rows for which there is room at first."""


class Rows:
    """Rows to which others are added at the end.

    They move into wider room little by little, long before it is needed: all at once, that of a million rows would keep
    a window for 50 ms.

    Parameters
    ----------
    columns : how many numbers a row has.

    >>> rows = Rows(2)
    >>> rows.add([[1.0, 0.5]])
    >>> rows.add([[2.0, 0.25], [3.0, 0.125]])
    >>> rows.all[:, 1]
    array([0.5  , 0.25 , 0.125])
    """

    def __init__(self, columns: int) -> None:
        self._room, self._wider = np.empty((ROOM, columns)), np.empty((2 * ROOM, columns))
        self._count = self._moved = 0

    def __len__(self) -> int:
        return self._count

    def add(self, rows: ArrayLike) -> None:
        """Add (rows, columns) at the end."""
        added = np.asarray(rows, dtype=np.float64)
        count = self._count + len(added)
        while count > len(self._room):
            self._move(self._count)
            self._room, self._moved = self._wider, 0
            self._wider = np.empty((2 * len(self._room), added.shape[1]))
        self._room[self._count : count] = added
        self._count = count
        self._move(min(self._moved + 2 * len(added), count))  # from half full on, that is all of them in time

    def _move(self, until: int) -> None:
        self._wider[self._moved : until] = self._room[self._moved : until]
        self._moved = max(until, self._moved)

    @property
    def all(self) -> Numbers:
        """All of them, (rows, columns): a view, whose numbers stay as they are while others are added."""
        return self._room[: self._count]
