"""A run of training by the kernels: memory of its own, calls of some milliseconds, weights in the plan's order.

Between two calls everything stands at a whole update. An update that meets a number
that is not finite is taken back: those before it are made once more from a copy of what the call began with, to the
same bits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import DTypeLike, NDArray

from nnviz.engine.arrays import Array
from nnviz.engine.fast import codes, epochs
from nnviz.engine.fast.epochs import (
    BEST,
    BEST_LOSS,
    COUNT,
    DIVERGED,
    ENDED,
    EPOCH,
    LOADED,
    LOSS,
    ORDERED,
    ROW,
    SET,
    STATUS,
    STEP,
    WAIT,
)
from nnviz.engine.fast.jit import Line, kernel, loading
from nnviz.engine.fast.kernels import BACK, FORWARD
from nnviz.engine.fast.program import Interrupted, Program, Words
from nnviz.engine.fast.randomness import mask_line
from nnviz.engine.fast.rules import RULES
from nnviz.engine.fast.updates import UNITS_FROM, hold, prepare
from nnviz.rng import number_of

Numbers = NDArray[np.float64]

JUDGED = 128
"""Validation rows that are computed at a time."""
FEW = 1 << 18
"""Bytes up to which examples stand unit by unit: what a core keeps near."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Examples as the kernels read them, in the program's order: (examples, inputs) and (examples, targets).

    Where they are few, or read in their order, they stand unit by unit, turned: a batch then is a copy of stretches.
    """

    X: Array
    Y: Array
    count: int
    by_unit: int


def rows_of(
    program: Program,
    inputs: Mapping[str, Array],
    targets: Mapping[str, Array],
    count: int,
    dtype: DTypeLike,
    *,
    in_order: bool = False,
) -> Rows:
    """Examples by node, side by side."""
    X, Y = (
        np.concatenate([np.zeros((count, 0)), *(np.reshape(given[key], (count, -1)) for key, _ in order)], axis=1)
        for given, order in ((inputs, program.inputs), (targets, program.targets))
    )
    by_unit = epochs.IN_ORDER if in_order else int(X.nbytes <= FEW)
    X, Y = (np.ascontiguousarray(each.T if by_unit else each, dtype) for each in (X, Y))
    return Rows(X, Y, count, by_unit)


@dataclass(frozen=True, eq=False)
class Told:
    """What a run is told.

    Attributes
    ----------
    rule : the optimizer's rule in :data:`nnviz.engine.fast.rules.RULES`; ``own`` its settings, up to four.
    batch, shuffled, mean : rows an update, whether each epoch has a new order, whether J is a mean over examples.
    l1, l1_proximal, l2, clip_value, clip_norm, max_norm : 0 for none.
    weights, units : for every trained number in the plan's order 1 for a weight and 0 for a bias, and the unit whose
        incoming weights it is one of, −1 for a bias.
    patience : epochs without betterment; 0 for no early stopping. ``min_delta`` and ``restores`` belong to it.
    seed, chances : of the random streams; p of each dropout node.
    """

    rule: str
    own: Sequence[float]
    batch: int
    shuffled: bool
    mean: bool
    weights: Numbers
    units: NDArray[np.intp]
    seed: int
    chances: Mapping[str, float]
    l1: float = 0.0
    l1_proximal: bool = True
    l2: float = 0.0
    clip_value: float = 0.0
    clip_norm: float = 0.0
    max_norm: float = 0.0
    patience: int = 0
    min_delta: float = 0.0
    restores: bool = False

    @property
    def prepares(self) -> bool:
        """Whether something is done to the gradient before the rule."""
        return bool(self.l2 or (self.l1 and not self.l1_proximal) or self.clip_value or self.clip_norm)

    @property
    def holds(self) -> bool:
        """Whether something is done to the weights after the rule."""
        return bool((self.l1 and self.l1_proximal) or self.max_norm)


Going = Callable[[int, int], bool]
"""Told how many kernels are ready and how many are wanted; says whether to go on."""


@dataclass(frozen=True, eq=False)
class Kernels:
    """Addresses: for each line of a table the kernel that goes forward and the one that goes back; the rule and what
    stands before and after it; that of masks. 0 for none.
    """

    ahead: Words
    back: Words
    update: Words
    mask: int


def kernels_of(program: Program, told: Told, *, single: bool, going: Going) -> Kernels:
    """The kernels that a run needs; what was never used on this machine is compiled.

    Raises
    ------
    Interrupted
        If ``going``, asked before each kernel, says no.
    TornError
        If a kernel cannot be had.
    """
    lines = program.table.tolist()
    ahead = [FORWARD[line[codes.OP]] for line in lines]
    back = [BACK[line[codes.OP]] if line[codes.BACK] else None for line in lines]
    update = [RULES[told.rule], prepare if told.prepares else None, hold if told.holds else None]
    mask = mask_line if program.masks else None
    wanted = list(dict.fromkeys(filter(None, [*ahead, *back, *update, mask])))
    addresses: dict[Line | None, int] = {None: 0}
    for done, each in enumerate(wanted):
        if not going(done, len(wanted) + 1):
            raise Interrupted
        with loading():
            addresses[each] = kernel(each, single=single)
    going(len(wanted), len(wanted) + 1)  # what calls them all is compiled with the run

    def placed(some: Sequence[Line | None]) -> Words:
        return np.array([addresses[each] for each in some], dtype=np.int64)

    return Kernels(placed(ahead), placed(back), placed(update), addresses[mask])


class Run:
    """One run; see the module.

    Attributes
    ----------
    P : (plan.size,) all parameters in the kernel's order.
    memory : (arrays, trained) the optimizer's memory in the kernel's order.
    where, figures : where the run stands, see :mod:`nnviz.engine.fast.epochs`.
    """

    def __init__(
        self,
        program: Program,
        told: Told,
        rows: Rows,
        validation: Rows | None,
        flat: Array,
        memory: Array,
        *,
        gemm: int = 0,
        going: Going = lambda done, total: True,
    ) -> None:
        dtype = rows.X.dtype
        self.program, self.told = program, told
        trained = memory.shape[1]
        self._order = program.order
        self._inner = program.order[:trained]
        self.P = np.empty(len(flat), dtype)
        self.P[self._order] = flat
        self.memory = np.empty(memory.shape, dtype)
        self.memory[:, self._inner] = memory
        self.where = np.zeros(epochs.PLACES, dtype=np.int64)
        self.where[[LOADED, SET, ORDERED]] = -1
        self.figures = np.array([0.0, inf])
        self.curves = np.zeros((0, 2))
        count = rows.count
        kernels = kernels_of(program, told, single=dtype == np.float32, going=going)
        self._code = (
            program.code(gemm), kernels.ahead, kernels.back, program.ones, program.clear_rows, program.clear_parameters
        )  # fmt: skip
        self._data = (rows.X, rows.Y, program.input_row, program.target_row, told.batch, rows.by_unit, np.arange(count))
        judged = validation or Rows(rows.X, rows.Y, 0, rows.by_unit)
        self._judged = (
            judged.X,
            judged.Y,
            program.input_row,
            program.target_row,
            JUDGED,
            judged.by_unit,
            np.arange(judged.count),
        )
        self._work = self._room(told.batch, trained, dtype)
        self._judging = self._room(min(JUDGED, judged.count), 0, dtype)
        self._fixed = np.array(
            [told.batch, told.shuffled, told.mean, told.patience > 0, told.patience, told.restores], dtype=np.int64
        )
        self._update = (kernels.update, *self._settings(dtype))
        words = count if told.shuffled else 0
        seed = np.uint64(told.seed), np.uint64(number_of("order"))
        self._chance = (*seed, np.zeros(words, np.uint64), np.zeros(words, np.int64), kernels.mask, self._masks())
        self.best = self.P[:trained].copy()
        self.best_memory = self.memory.copy()
        with loading():
            self._call(0, [0.0])  # compiles what calls the kernels, where that was never done

    def _room(self, columns: int, trained: int, dtype: DTypeLike) -> tuple[Array, Array, Array, Array]:
        lanes = 64 // np.dtype(dtype).itemsize
        numbers = self.program.rows * (-(-columns // lanes) * lanes)
        return self.P, np.zeros(trained, dtype), np.zeros(numbers, dtype), np.zeros(numbers, dtype)

    def _of_trained(self, values: NDArray[np.generic], dtype: DTypeLike) -> Array:
        turned = np.empty(len(values), dtype)
        turned[self._inner] = values
        return turned

    def _settings(self, dtype: DTypeLike) -> tuple[Words, Words, Array, Array]:
        """Settings of the rule and of what stands around it, by their bits; which numbers are weights; room a unit."""
        told = self.told
        own, around = np.zeros(5), np.zeros(UNITS_FROM)
        own[1 : 1 + len(told.own)] = told.own
        around[1:] = told.l1, told.l1_proximal, told.l2, told.clip_value, told.clip_norm, told.max_norm
        units = self._of_trained(told.units, np.int64)
        room = np.zeros(int(told.units.max(initial=-1)) + 1, dtype)
        settings = np.concatenate([around.view(np.int64), units.astype(np.int64)])
        return own.view(np.int64), settings, self._of_trained(told.weights, dtype), room

    def _masks(self) -> Words:
        """A line for each dropout: seed, stream and node as the words they are, p by its bits, units, first row."""
        lines = self.program.table[self.program.table[:, codes.OP] == codes.DROP]
        made = np.zeros((len(lines), codes.WIDTH), dtype=np.int64)
        for place, line in enumerate(lines):
            node = self.program.masks[line[codes.PLACE]]
            names = np.array([self.told.seed, number_of("dropout"), number_of(node)], dtype=np.uint64)
            made[place, :3] = names.view(np.int64)
            made[place, 3] = np.float64(self.told.chances[node]).view(np.int64)
            made[place, 4:6] = line[codes.UNITS], line[codes.B]
        return made.ravel()

    def advance(self, budget: int, rates: Sequence[float]) -> int:
        """Make up to ``budget`` updates, over as many epochs as there are rates; gives how the call ended.

        ``curves`` holds training and validation loss of the epochs that ended. Where a number was not finite all stands
        as before that update.
        """
        before = (self.P.copy(), self.memory.copy(), self.where.copy(), self.figures.copy(), self._kept())
        self._call(budget, rates)
        status = int(self.where[STATUS])
        if status == DIVERGED:
            made = int(self.where[STEP] - before[2][STEP])
            self._put(before)
            if made:
                self._call(made, rates)
        return status

    def _kept(self) -> tuple[Array, Array]:
        return (self.best.copy(), self.best_memory.copy()) if self.told.restores else (self.best, self.best_memory)

    def _put(self, before: tuple[Array, Array, Words, Numbers, tuple[Array, Array]]) -> None:
        self.P[:], self.memory[:], self.where[:], self.figures[:], best = before
        self.best[:], self.best_memory[:] = best
        self.where[[LOADED, SET, ORDERED]] = -1

    def _call(self, budget: int, rates: Sequence[float]) -> None:
        given = np.asarray(rates, dtype=np.float64)
        curves = np.full((len(given), 2), np.nan)
        addresses, own, settings, weights, room = self._update
        told = (addresses, own, settings, given, weights, room)
        epochs.train(
            self._code, self._data, self._work, told, self._chance, self._fixed, self.told.min_delta, self.memory,
            self.where, self.figures, budget, curves, self._judged, self._judging, self.best,
            self.best_memory,
        )  # fmt: skip
        self.curves = curves[: self.where[ENDED]]

    def put_back_best(self) -> None:
        """The weights and the memory of the best epoch."""
        self.P[: len(self.best)] = self.best
        self.memory[:] = self.best_memory
        self.where[COUNT] = self.where[epochs.BEST_COUNT]

    @property
    def flat(self) -> NDArray[np.float64]:
        """All parameters in the plan's order; a copy."""
        return self.P[self._order].astype(np.float64)

    @property
    def gradient(self) -> NDArray[np.float64]:
        """The last ∂J/∂w, penalties included, in the plan's order; a copy."""
        return self._work[1][self._inner].astype(np.float64)

    @property
    def memory_flat(self) -> NDArray[np.float64]:
        """The optimizer's memory in the plan's order; a copy."""
        return self.memory[:, self._inner].astype(np.float64)


__all__ = ["BEST", "BEST_LOSS", "COUNT", "EPOCH", "LOSS", "ROW", "STEP", "WAIT", "Rows", "Run", "Told", "rows_of"]
