"""A run of training by the kernels: memory of its own, calls of some milliseconds, weights in the plan's order.

Between two calls everything stands at a whole update. An update that meets a number
that is not finite is taken back: those before it are made once more from a copy of what the call began with, to the
same bits. So is the one that ended an epoch, where a wish to stop comes while the epoch is judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from nnviz.engine.arrays import Array
from nnviz.engine.fast import codes, places, store
from nnviz.engine.fast.backward import Words
from nnviz.engine.fast.making import Going, make_ready
from nnviz.engine.fast.places import COUNT, ENDED, LOADED, ORDERED, SET, STATUS, STEP
from nnviz.engine.fast.program import Program
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
    by_unit = places.IN_ORDER if in_order else int(X.nbytes <= FEW)
    X, Y = (np.ascontiguousarray(each.T if by_unit else each, dtype) for each in (X, Y))
    return Rows(X, Y, count, by_unit)


def whole_registers(examples: int, dtype: DTypeLike) -> int:
    """How many columns a batch has: so many numbers as fill whole registers."""
    lanes = 64 // np.dtype(dtype).itemsize
    return -(-examples // lanes) * lanes


@dataclass(frozen=True, eq=False)
class Told:
    """What a run is told.

    Attributes
    ----------
    rule : the optimizer's rule in :data:`nnviz.engine.fast.kernels.rules.RULES`; ``own`` its settings, up to four.
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


@dataclass(frozen=True, eq=False)
class Kernels:
    """Addresses: for each line of a table the kernel that goes forward and the one that goes back; the rule and what
    stands before and after it; that of masks. 0 for none. And the kernel that calls them all.
    """

    ahead: Words
    back: Words
    update: Words
    mask: int
    train: Callable[..., float]


def kernels_of(program: Program, told: Told, *, single: bool, going: Going) -> Kernels:
    """The kernels that a run needs; what was never used on this machine is compiled.

    Raises
    ------
    Interrupted
        If ``going``, asked now and then, says no.
    TornError
        If a kernel cannot be had.
    """
    lines = program.table.tolist()
    ahead = [f"ahead-{line[codes.OP]}" for line in lines]
    back = [f"back-{line[codes.OP]}" if line[codes.BACK] else "" for line in lines]
    update = [f"rule-{told.rule}", "prepare" if told.prepares else "", "hold" if told.holds else ""]
    mask = "mask" if program.masks else ""
    wanted = list(dict.fromkeys(filter(None, [*ahead, *back, *update, mask, "train"])))
    make_ready(wanted, single=single, going=going)
    addresses = {"": 0} | {name: store.address_of(name, single=single) for name in wanted}

    def placed(names: Sequence[str]) -> Words:
        return np.array([addresses[name] for name in names], dtype=np.int64)

    train = store.callable_at(addresses["train"])
    return Kernels(placed(ahead), placed(back), placed(update), addresses[mask], train)


class Run:
    """One run; see the module.

    Attributes
    ----------
    P : (plan.size,) all parameters in the kernel's order.
    memory : (arrays, trained) the optimizer's memory in the kernel's order.
    where, figures : where the run stands, see :mod:`nnviz.engine.fast.places`.
    halt : (1,) anything but 0, from whichever thread, ends a call before its next update.
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
        statistics: Array | None = None,
        gemm: int = 0,
        going: Going = lambda done, total: True,
    ) -> None:
        dtype = rows.X.dtype
        self.program, self.told = program, told
        trained = memory.shape[1]
        self._order = program.order
        self._inner = program.order[:trained]
        self.P = np.zeros(len(flat) + 2 * program.statistics, dtype)
        self.P[self._order] = flat
        if statistics is not None:
            self.statistics[:] = statistics
        self.memory = np.empty(memory.shape, dtype)
        self.memory[:, self._inner] = memory
        self.where = np.zeros(places.PLACES, dtype=np.int64)
        self.where[[LOADED, SET, ORDERED]] = -1
        self.figures = np.array([0.0, inf])
        self.halt = np.zeros(1, dtype=np.int64)
        self.curves = np.zeros((0, 2))
        self.best = self.P.copy()
        self.best_memory = self.memory.copy()
        best = (self.best, self.best_memory) if told.restores else ()
        self._now = (self.P, self.memory, self.where, self.figures, *best)
        self._before = tuple(each.copy() for each in self._now)
        judged = validation or Rows(rows.X, rows.Y, 0, rows.by_unit)
        self._kernels = kernels_of(program, told, single=dtype == np.float32, going=going)
        self._gradient = np.zeros(trained, dtype)
        self._fixed = self._settled(rows, judged)
        self._arrays = [np.zeros(0)] * places.ARRAYS
        self._given = np.zeros((places.ARRAYS, 3), dtype=np.int64)
        self._give(self._program_arrays(gemm) | self._data_arrays(rows, judged) | self._update_arrays(dtype))
        self._give(self._room(told.batch, min(JUDGED, judged.count), dtype) | self._standing())

    def _give(self, arrays: Mapping[int, NDArray[Any]]) -> None:
        """Tell the kernels where arrays stand; they are kept as long as the run."""
        for place, array in arrays.items():
            assert array.flags.c_contiguous, place
            self._arrays[place] = array
            self._given[place] = array.ctypes.data, len(array), array.shape[1] if array.ndim == 2 else 0

    def _program_arrays(self, gemm: int) -> dict[int, NDArray[Any]]:
        program, kernels = self.program, self._kernels
        return {
            places.AT_TABLE: program.code(gemm),
            places.AT_AHEAD: kernels.ahead,
            places.AT_BACK: kernels.back,
            places.AT_ONES: program.ones,
            places.AT_CLEAR_ROWS: program.clear_rows,
            places.AT_CLEAR_PARAMETERS: program.clear_parameters,
            places.AT_MASKS: self._masks(),
        }

    def _data_arrays(self, rows: Rows, judged: Rows) -> dict[int, NDArray[Any]]:
        words = rows.count if self.told.shuffled else 0
        return {
            places.AT_X: rows.X,
            places.AT_Y: rows.Y,
            places.AT_ORDER: np.arange(rows.count),
            places.AT_JUDGED_X: judged.X,
            places.AT_JUDGED_Y: judged.Y,
            places.AT_JUDGED_ORDER: np.arange(judged.count),
            places.AT_WORDS: np.zeros(words, np.uint64),
            places.AT_ENDS: np.zeros(words, np.int64),
        }

    def _standing(self) -> dict[int, NDArray[Any]]:
        """What changes while the run goes on."""
        return {
            places.AT_P: self.P,
            places.AT_D: self._gradient,
            places.AT_MEMORY: self.memory,
            places.AT_WHERE: self.where,
            places.AT_FIGURES: self.figures,
            places.AT_BEST: self.best,
            places.AT_BEST_MEMORY: self.best_memory,
            places.AT_FIXED: self._fixed,
        }

    def _settled(self, rows: Rows, judged: Rows) -> Words:
        """What is fixed for the run, in whole numbers."""
        told, fixed = self.told, np.zeros(places.FIXED, dtype=np.int64)
        fixed[places.BATCH], fixed[places.SHUFFLED], fixed[places.MEAN] = told.batch, told.shuffled, told.mean
        fixed[places.WATCHED], fixed[places.PATIENCE] = told.patience > 0, told.patience
        fixed[places.RESTORES] = told.restores
        fixed[places.INPUT_ROW], fixed[places.TARGET_ROW] = self.program.input_row, self.program.target_row
        fixed[places.BY_UNIT], fixed[places.JUDGED_BY_UNIT] = rows.by_unit, judged.by_unit
        fixed[places.JUDGED_COLUMNS], fixed[places.MASK] = JUDGED, self._kernels.mask
        streams = np.array([told.seed, number_of("order")], dtype=np.uint64)
        fixed[[places.SEED, places.STREAM]] = streams.view(np.int64)
        fixed[places.STATISTICS] = len(self._order)
        fixed[places.STATISTICS_COUNT] = self.program.statistics
        fixed[places.MIN_DELTA] = np.float64(told.min_delta).view(np.int64)
        return fixed

    def _room(self, batch: int, judged: int, dtype: DTypeLike) -> dict[int, NDArray[Any]]:
        """Rows for all values and their gradients, of a batch and of what is judged at a time."""
        numbers, judging = (self.program.rows * whole_registers(columns, dtype) for columns in (batch, judged))
        return {
            places.AT_V: np.zeros(numbers, dtype),
            places.AT_G: np.zeros(numbers, dtype),
            places.AT_JUDGED_V: np.zeros(judging, dtype),
            places.AT_JUDGED_G: np.zeros(judging, dtype),
        }

    def _of_trained(self, values: NDArray[np.generic], dtype: DTypeLike) -> Array:
        turned = np.empty(len(values), dtype)
        turned[self._inner] = values
        return turned

    def _update_arrays(self, dtype: DTypeLike) -> dict[int, NDArray[Any]]:
        """Settings of the rule and of what stands around it, by their bits; which numbers are weights; room a unit."""
        told = self.told
        own, around = np.zeros(5), np.zeros(places.UNITS_FROM)
        own[1 : 1 + len(told.own)] = told.own
        around[1:] = told.l1, told.l1_proximal, told.l2, told.clip_value, told.clip_norm, told.max_norm
        units = self._of_trained(told.units, np.int64)
        return {
            places.AT_RULE: self._kernels.update,
            places.AT_OWN: own.view(np.int64),
            places.AT_SETTINGS: np.concatenate([around.view(np.int64), units.astype(np.int64)]),
            places.AT_WEIGHTS: self._of_trained(told.weights, dtype),
            places.AT_ROOM: np.zeros(int(told.units.max(initial=-1)) + 1, dtype),
        }

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

        ``curves`` holds training and validation loss of the epochs that ended. Where a number was not finite, or an
        epoch could not be judged, all stands as before that update.
        """
        _copy(self._now, self._before)
        step = int(self.where[STEP])
        self._call(budget, rates, self.halt)
        status = int(self.where[STATUS])
        if status in (places.DIVERGED, places.UNJUDGED):
            made = int(self.where[STEP]) - step - (status == places.UNJUDGED)
            _copy(self._before, self._now)
            self.where[[LOADED, SET, ORDERED]] = -1
            if made:
                self._call(made, rates, np.zeros_like(self.halt))
        return status

    def _call(self, budget: int, rates: Sequence[float], halt: Words) -> None:
        given = np.array(rates, dtype=np.float64)
        curves = np.full((len(given), 2), np.nan)
        self._give({places.AT_RATES: given, places.AT_CURVES: curves, places.AT_HALT: halt})
        self._kernels.train(self._given.ctypes.data, self.P.ctypes.data, None, None, None, 0, budget, 1)
        self.curves = curves[: self.where[ENDED]]

    def put_back_best(self) -> None:
        """The weights, the memory and the running statistics of the best epoch."""
        self.P[:] = self.best
        self.memory[:] = self.best_memory
        self.where[COUNT] = self.where[places.BEST_COUNT]

    def give(self, parameters: Array, memory: Iterable[Array]) -> None:
        """All parameters and the optimizer's memory in the plan's order, into arrays of the run's type."""
        np.take(self.P, self._order, out=parameters, mode="clip")  # the places exist; "raise" would copy once more
        for own, array in zip(self.memory, memory, strict=True):
            np.take(own, self._inner, out=array, mode="clip")

    @property
    def statistics(self) -> Array:
        """The running statistics in the plan's order; a view."""
        return self.P[len(self._order) :][: self.program.statistics]

    @property
    def gradient(self) -> NDArray[np.float64]:
        """The last ∂J/∂w, penalties included, in the plan's order; a copy."""
        return self._gradient[self._inner].astype(np.float64)


def _copy(arrays: Iterable[NDArray[np.generic]], others: Iterable[NDArray[np.generic]]) -> None:
    for one, other in zip(arrays, others, strict=True):
        other[...] = one
