"""Chooses one place for each plate so that none overlaps another: min-conflicts with a tabu list, without chance.

All arrays are over (edges, places); which places there are and what each costs comes from ``candidates``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nnviz.session.placement.candidates import Candidates, Ints
from nnviz.session.placement.geometry import Bools, Floats, overlapping

BIG = 1000.0
"""What an overlap costs; all that is said about looks costs less."""
PATIENCE = 150
"""Moves without fewer overlaps after which a search gives up."""
PUSHES = 12
"""Places for which a plate without one tries to push another aside."""

Counts = NDArray[np.int32]


def best_share(found: Candidates, gap: float) -> tuple[float, bool]:
    """The place along their edges at which plates would be spaced best, and whether they have room there.

    Only their heights count here: a plate that meets a node at that place moves along its edge by itself.
    """
    if len(found.rects) == 1:
        return 0.5, True
    rects, shares = found.rects[:, : found.places], found.shares[: found.places]
    order = np.argsort(rects[:, :, 1] + rects[:, :, 3], axis=0, kind="stable")
    tops, bottoms = np.take_along_axis(rects[:, :, 1], order, 0), np.take_along_axis(rects[:, :, 3], order, 0)
    tall = float((rects[:, 0, 3] - rects[:, 0, 1]).max())
    even = np.minimum((tops[1:] - bottoms[:-1]).min(axis=0), 0.8 * tall) / tall
    swapped = (np.diff(order, axis=0) < 0).sum(axis=0) / len(rects)
    score = -even + 2.0 * swapped + 0.6 * np.abs(shares - 0.66)
    best = int(np.argmin(score))
    return float(shares[best]), bool(even[best] * tall >= gap)


def pull_to_rails(found: Candidates, gap: float) -> Floats:
    """Make the group's plates want to stand in a few upright rows, the first near the target; shape (count,)."""
    crowd = found.free.sum(axis=0)[: found.places]
    rects = found.rects[:, : found.places]
    last = int(np.flatnonzero(crowd >= 0.6 * crowd.max())[-1])
    x = found.centres[:, :, 0].mean(axis=0)
    step = float((rects[:, 0, 2] - rects[:, 0, 0]).max()) + gap
    rails = np.arange(x[last], min(x[0], x[last]) - 1.0, -step)
    away = np.abs(x[:, None] - rails[None, :]).min(axis=1) / step
    return np.asarray(2.0 * away - 0.4 * found.shares)


def settle(rects: Floats, free: Bools, wishes: Floats, gap: float) -> tuple[Ints, int]:
    """Choose a free place for each edge so that no two rectangles come nearer than ``gap``.

    Parameters
    ----------
    rects : (edges, places, 4)
    free, wishes : (edges, places); whether a place may be taken, and how ill it looks

    Returns
    -------
    The place of each edge, and in how many conflicts its plates are at the least (each counted for both): 0 if all
    found a place.
    """
    if not free.any(axis=1).all():
        return np.zeros(len(free), dtype=np.intp), 2 * len(free)
    board = _Board(rects, free, wishes, gap)
    conflicts = board.search()
    if conflicts == 0:
        board.polish()
    return np.asarray(board.use[board.chosen] % free.shape[1], dtype=np.intp), conflicts


class _Board:
    """A choice of one candidate an edge, and how often each candidate meets a chosen one."""

    def __init__(self, rects: Floats, free: Bools, wishes: Floats, gap: float) -> None:
        self.use = np.flatnonzero(free.ravel())
        self.owner = self.use // free.shape[1]
        self.cost = wishes.ravel()[self.use]
        flat = rects.reshape(-1, 4)[self.use]
        clash = overlapping(flat, flat, gap)
        clash[self.owner[:, None] == self.owner[None, :]] = False
        self.meets: Counts = clash.astype(np.int32)
        self.own = [np.flatnonzero(self.owner == edge) for edge in range(len(free))]
        self.chosen: Ints = np.array([own[np.argmin(self.cost[own])] for own in self.own], dtype=np.intp)
        self.counts: Counts = self.meets[self.chosen].sum(axis=0, dtype=np.int32)

    def search(self) -> int:
        """Move plates that overlap until none does or no progress is seen; the fewest conflicts that were left."""
        banned = np.zeros(len(self.use), dtype=np.intp)
        least, since, turn = 2 * len(self.chosen) ** 2, 0, 0
        while True:
            conflicts = int(self.counts[self.chosen].sum())
            since = 0 if conflicts < least else since + 1
            least = min(conflicts, least)
            if conflicts == 0 or since > PATIENCE:
                return least
            turn += 1
            self._step(banned, turn)

    def _step(self, banned: Ints, turn: int) -> None:
        """The best move of a plate in conflict; where it came from is banned for some turns."""
        hurt = self.counts[self.chosen] > 0
        score = BIG * (self.counts - self.counts[self.chosen][self.owner]) + self.cost
        score[~hurt[self.owner] | (banned > turn)] = np.inf
        score[self.chosen] = np.inf
        move = int(np.argmin(score))
        if np.isfinite(score[move]):
            banned[self.chosen[self.owner[move]]] = turn + 6 + int(0.5 * hurt.sum())
            self._put(move)

    def _put(self, place: int) -> None:
        edge = self.owner[place]
        self.counts += self.meets[place] - self.meets[self.chosen[edge]]
        self.chosen[edge] = place

    def polish(self) -> None:
        """Move plates one by one to where they look better, as long as nothing then overlaps."""
        for _ in range(8):
            before = self.chosen.copy()
            for edge, own in enumerate(self.own):
                open_ = own[self.counts[own] == 0]
                best = open_[np.argmin(self.cost[open_])]
                if self.cost[best] < self.cost[self.chosen[edge]] - 1e-9:
                    self._put(int(best))
            if (before == self.chosen).all():
                return


def greedy(found: Candidates, gap: float) -> dict[int, int]:
    """Places in the order of the edges' rank, each where it looks best among what is free; what finds none is left out.

    A plate that finds none may push one other aside, if that one has somewhere else to go.
    """
    taking = _Taking(found, gap)
    for edge in range(len(found.rects)):
        if not taking.take(edge):
            taking.push(edge)
    return taking.chosen


class _Taking:
    """The state of a greedy choice: who stands where, and how many chosen plates each place would overlap."""

    def __init__(self, found: Candidates, gap: float) -> None:
        self.found, self.gap = found, gap
        self.cost = found.cost + 0.8 * np.abs(found.shares - 0.66)
        self.hits: Counts = np.zeros(found.free.shape, dtype=np.int32)
        self.chosen: dict[int, int] = {}

    def take(self, edge: int, blocked: Bools | None = None, spared: Counts | None = None) -> bool:
        """Give ``edge`` its best free place, not where ``blocked``; ``spared`` are hits that do not count."""
        hits = self.hits[edge] if spared is None else self.hits[edge] - spared
        open_ = self.found.free[edge] & (hits == 0)
        if blocked is not None:
            open_ &= ~blocked
        if not open_.any():
            return False
        self._put(edge, int(np.argmin(np.where(open_, self.cost[edge], np.inf))))
        return True

    def push(self, edge: int) -> None:
        """Give ``edge`` a place that only one other plate overlaps, if that one can step aside."""
        rects = self.found.rects
        for place in np.flatnonzero(self.found.free[edge] & (self.hits[edge] == 1))[:PUSHES].tolist():
            wanted = rects[edge, place][None]
            other = self._hit_by(wanted)
            spared = overlapping(rects[other, self.chosen[other]][None], rects[other], self.gap)[0].astype(np.int32)
            before = self.chosen[other]
            if self.take(other, overlapping(wanted, rects[other], self.gap)[0], spared):
                self._count(other, before, -1)
                self._put(edge, place)
                return

    def _hit_by(self, wanted: Floats) -> int:
        """The edge whose plate stands where another is wanted."""
        rects = self.found.rects
        return next(at for at, own in self.chosen.items() if overlapping(rects[at, own][None], wanted, self.gap)[0, 0])

    def _put(self, edge: int, place: int) -> None:
        self.chosen[edge] = place
        self._count(edge, place, 1)

    def _count(self, edge: int, place: int, by: int) -> None:
        flat = self.found.rects.reshape(-1, 4)
        touched = overlapping(self.found.rects[edge, place][None], flat, self.gap)[0]
        self.hits += by * touched.reshape(self.hits.shape)
