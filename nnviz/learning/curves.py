"""Rows of numbers that grow while a training runs: millions of epochs are taken in and looked at as quickly as ten."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Numbers = NDArray[np.float64]

ROOM = 256
"""Rows for which there is room at first."""


class Rows:
    """Rows to which others are added at the end.

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
        self._room = np.empty((columns, ROOM))
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, rows: ArrayLike) -> None:
        """Add (rows, columns) at the end."""
        added = np.asarray(rows, dtype=np.float64)
        count = self._count + len(added)
        if count > self._room.shape[1]:
            wider = np.empty((len(self._room), 2 * count))  # twice: however many come, each is moved a few times only
            wider[:, : self._count] = self._room[:, : self._count]
            self._room = wider
        self._room[:, self._count : count] = added.T
        self._count = count

    @property
    def all(self) -> Numbers:
        """All of them, (rows, columns): a view, whose numbers stay as they are while others are added."""
        return self._room[:, : self._count].T
