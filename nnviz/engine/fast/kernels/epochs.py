"""Whole epochs in one call: order of rows, dropout, passes, updates, validation, early stopping.

What a call needs is grouped in tuples, which cost nothing at run time:

- ``code`` : table and lists, for each line the address of the kernel that goes forward and of the one that goes back (0
  for none), rows of ones, rows and parameters whose gradients begin as 0;
- ``data`` : inputs X and targets Y, the first rows of both in the program, how many columns are computed at a time,
  whether X and Y stand unit by unit or example by example, and the order of the examples;
- ``work`` : P, D, V, G; V and G hold ``rows · ld`` numbers;
- ``chance`` : seed and stream of the order of rows, room for a word and for a number a row; the address of the kernel
  of masks, a line for each dropout;
- ``told`` : addresses of the rule and of what stands before and after it (0 for none); settings of the rule by their
  bits, the rate first; settings of the others likewise; rates of the epochs to come; which numbers are weights; room
  for a number a unit.
"""

from __future__ import annotations

import numpy as np

from nnviz.engine.fast.codes import WIDTH
from nnviz.engine.fast.kernels.jit import (
    Matrix,
    Pairs,
    Vector,
    Words,
    bits_of,
    call_line,
    compiled,
    copy,
    double_of,
    double_pairs_of,
    doubles_of,
    matrix_of,
    numbers_of,
    pairs_of,
    u64,
    unsigned_of,
    words_of,
)
from nnviz.engine.fast.kernels.randomness import shuffle
from nnviz.engine.fast.places import (
    AT_AHEAD,
    AT_BACK,
    AT_BEST,
    AT_BEST_MEMORY,
    AT_CLEAR_PARAMETERS,
    AT_CLEAR_ROWS,
    AT_CURVES,
    AT_D,
    AT_ENDS,
    AT_FIGURES,
    AT_FIXED,
    AT_G,
    AT_HALT,
    AT_JUDGED_G,
    AT_JUDGED_ORDER,
    AT_JUDGED_V,
    AT_JUDGED_X,
    AT_JUDGED_Y,
    AT_MASKS,
    AT_MEMORY,
    AT_ONES,
    AT_ORDER,
    AT_OWN,
    AT_P,
    AT_RATES,
    AT_ROOM,
    AT_RULE,
    AT_SETTINGS,
    AT_TABLE,
    AT_V,
    AT_WEIGHTS,
    AT_WHERE,
    AT_WORDS,
    AT_X,
    AT_Y,
    BATCH,
    BEST,
    BEST_COUNT,
    BEST_LOSS,
    BY_UNIT,
    COUNT,
    DIVERGED,
    EARLY,
    ENDED,
    EPOCH,
    GOING,
    HALTED,
    IN_ORDER,
    INPUT_ROW,
    JUDGED_BY_UNIT,
    JUDGED_COLUMNS,
    LOADED,
    LOSS,
    LOST,
    MASK,
    MEAN,
    MIN_DELTA,
    ORDERED,
    PATIENCE,
    RESTORES,
    ROW,
    SEED,
    SET,
    SHUFFLED,
    STATISTICS,
    STATISTICS_COUNT,
    STATUS,
    STEP,
    STREAM,
    TARGET_ROW,
    UNJUDGED,
    WAIT,
    WATCHED,
)

Code = tuple[Words, Words, Words, Words, Pairs, Pairs]
Data = tuple[Matrix, Matrix, int, int, int, int, Words]
Work = tuple[Vector, Vector, Vector, Vector]
Told = tuple[Words, Words, Words, Vector, Vector, Vector]
Chance = tuple[int, int, Words, Words, int, Words]


def train_line(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """Make up to ``n`` updates with what the line tells of, see :mod:`nnviz.engine.fast.places`; P has their type."""
    fixed, where = words_of(line, AT_FIXED), words_of(line, AT_WHERE)
    weights, trained, norms = numbers_of(line, AT_P, P), numbers_of(line, AT_D, P), numbers_of(line, AT_ROOM, P)
    code = (
        words_of(line, AT_TABLE), words_of(line, AT_AHEAD), words_of(line, AT_BACK), words_of(line, AT_ONES),
        pairs_of(line, AT_CLEAR_ROWS), pairs_of(line, AT_CLEAR_PARAMETERS),
    )  # fmt: skip
    rows = fixed[INPUT_ROW], fixed[TARGET_ROW]
    X, Y, order = matrix_of(line, AT_X, P), matrix_of(line, AT_Y, P), words_of(line, AT_ORDER)
    data = (X, Y, rows[0], rows[1], fixed[BATCH], fixed[BY_UNIT], order)
    X, Y, order = matrix_of(line, AT_JUDGED_X, P), matrix_of(line, AT_JUDGED_Y, P), words_of(line, AT_JUDGED_ORDER)
    judged = (X, Y, rows[0], rows[1], fixed[JUDGED_COLUMNS], fixed[JUDGED_BY_UNIT], order)
    work = (weights, trained, numbers_of(line, AT_V, P), numbers_of(line, AT_G, P))
    judging = (weights, trained, numbers_of(line, AT_JUDGED_V, P), numbers_of(line, AT_JUDGED_G, P))
    told = (
        words_of(line, AT_RULE), words_of(line, AT_OWN), words_of(line, AT_SETTINGS), doubles_of(line, AT_RATES),
        numbers_of(line, AT_WEIGHTS, P), norms,
    )  # fmt: skip
    chance = (
        u64(fixed[SEED]), u64(fixed[STREAM]), unsigned_of(line, AT_WORDS), words_of(line, AT_ENDS), fixed[MASK],
        words_of(line, AT_MASKS),
    )  # fmt: skip
    _train(
        code, data, work, told, chance, fixed, double_of(fixed[MIN_DELTA]), matrix_of(line, AT_MEMORY, P), where,
        doubles_of(line, AT_FIGURES), n, double_pairs_of(line, AT_CURVES), judged, judging,
        numbers_of(line, AT_BEST, P), matrix_of(line, AT_BEST_MEMORY, P), words_of(line, AT_HALT),
    )  # fmt: skip
    return 0.0


@compiled
def _train(
    code: Code, data: Data, work: Work, told: Told, chance: Chance, fixed: Words, min_delta: float, memory: Matrix,
    where: Words, figures: Vector, budget: int, curves: Matrix, judged: Data, judging: Work,
    best: Vector, best_memory: Matrix, halt: Words,
) -> None:  # fmt: skip
    """Make up to ``budget`` updates, ending sooner with the last epoch that has a rate, or as ``where[STATUS]`` says.

    ``curves`` (epochs, 2) takes training and validation loss of each epoch that ends; ``judged`` are the validation
    rows, none where X has no rows. ``halt`` is one number, looked at before each update and each line of the table:
    where another thread has made it anything but 0, the update that is being made is given up.
    """
    where[ENDED], where[STATUS] = 0, GOING
    rows = len(data[6])
    for _ in range(budget):
        if halt[0]:
            break
        if fixed[SHUFFLED] and where[ORDERED] != where[EPOCH]:
            shuffle(data[6], chance[2], chance[3], chance[0], chance[1], where[EPOCH])
            where[ORDERED] = where[EPOCH]
        size = min(fixed[BATCH], rows - where[ROW])
        loss = _gradient(code, data, work, chance, fixed, where, size, halt)
        if halt[0]:
            break
        made = np.isfinite(loss) and _update(work, told, memory, where)
        if not made or not _move(work[0], fixed[STATISTICS], fixed[STATISTICS_COUNT]):
            where[STATUS] = DIVERGED
            return
        where[STEP] += 1
        where[ROW] += size
        if fixed[MEAN]:
            figures[LOSS] += (loss - figures[LOSS]) * (size / where[ROW])
        else:
            figures[LOSS] += loss
        if where[ROW] == rows:
            _end_epoch(
                code, work, fixed, min_delta, memory, where, figures, curves, judged, judging, best, best_memory, halt
            )  # fmt: skip
            if where[STATUS] != GOING or where[ENDED] == len(told[3]):
                return
    if halt[0]:
        where[STATUS] = HALTED


@compiled
def _gradient(
    code: Code, data: Data, work: Work, chance: Chance, fixed: Words, where: Words, size: int, halt: Words
) -> float:
    """J of the next batch, and its gradient."""
    table, ahead, back, ones, clear_rows, clear_parameters = code
    P, D, V, G = work
    ld = _columns(size, V.itemsize)
    if where[SET] != ld:
        _fill_ones(V, ones, ld)
        where[SET], where[LOADED] = ld, -1
    if fixed[SHUFFLED] or where[LOADED] != where[ROW]:
        _load(data, where[ROW], size, V, ld)
        where[LOADED] = where[ROW]
    for drop in range(len(chance[5]) // WIDTH):
        call_line(chance[4], chance[5], drop, P, D, V, G, ld, size, where[STEP])
    for stretch in range(len(clear_rows)):
        G[clear_rows[stretch, 0] * ld : clear_rows[stretch, 1] * ld] = 0
    loss = 0.0
    for line in range(len(ahead)):
        if not halt[0]:
            loss += call_line(ahead[line], table, line, P, D, V, G, ld, size, 1)
    if np.isfinite(loss):
        for stretch in range(len(clear_parameters)):
            D[clear_parameters[stretch, 0] : clear_parameters[stretch, 1]] = 0
        for line in range(len(back) - 1, -1, -1):
            if back[line] and not halt[0]:
                call_line(back[line], table, line, P, D, V, G, ld, size, 1)
    return loss


@compiled
def _columns(size: int, itemsize: int) -> int:
    """So many numbers as fill whole registers."""
    lanes = 64 // itemsize
    return (size + lanes - 1) // lanes * lanes


@compiled
def _fill_ones(V: Vector, ones: Words, ld: int) -> None:
    for place in range(len(ones)):
        V[ones[place] * ld : (ones[place] + 1) * ld] = 1


@compiled
def _load(data: Data, start: int, size: int, V: Vector, ld: int) -> None:
    """Copy examples into columns; the columns behind the last one repeat it, so that they are finite."""
    X, Y, x0, y0, _, by_unit, order = data
    _copy_in(X, x0, order[start : start + size], by_unit, V, ld)
    _copy_in(Y, y0, order[start : start + size], by_unit, V, ld)


@compiled
def _copy_in(values: Matrix, first: int, examples: Words, by_unit: int, V: Vector, ld: int) -> None:
    size, units = len(examples), values.shape[0] if by_unit else values.shape[1]
    out = V[first * ld : (first + units) * ld]
    if by_unit:
        _by_unit(values, examples, out, ld, by_unit == IN_ORDER)
    else:
        _by_example(values, examples, out, ld)
    for unit in range(units):
        row = out[unit * ld : (unit + 1) * ld]
        for column in range(size, ld):
            row[column] = row[size - 1]


@compiled
def _by_unit(values: Matrix, rows: Words, out: Vector, ld: int, in_order: bool) -> None:
    count, first = len(rows), rows[0]
    for unit in range(len(values)):
        source, row = values[unit], out[unit * ld : (unit + 1) * ld]
        if in_order:
            copy(source[first : first + count], row[:count])
        else:
            for column in range(count):
                row[column] = source[rows[column]]


@compiled
def _by_example(values: Matrix, rows: Words, out: Vector, ld: int) -> None:
    """Block by block, so that neither side is read or written across the whole memory."""
    width = values.shape[1]
    for begin in range(0, width, 16):
        end = min(begin + 16, width)
        for column in range(len(rows)):
            source = values[rows[column]]
            for unit in range(begin, end):
                out[unit * ld + column] = source[unit]


@compiled
def _update(work: Work, told: Told, memory: Matrix, where: Words) -> bool:
    """One update of the weights; gives whether all stayed finite."""
    addresses, own, settings, rates, weights, norms = told
    g = work[1]
    count = len(g)
    w = work[0][:count]
    own[0] = settings[0] = bits_of(rates[where[ENDED]])
    lost = 0.0
    if addresses[1]:
        lost = call_line(addresses[1], settings, 0, w, g, weights, norms, count, len(norms), 1)
    where[COUNT] += 1
    lost += call_line(addresses[0], own, 0, w, g, memory, g, count, where[COUNT], 1)
    if addresses[2]:
        call_line(addresses[2], settings, 0, w, g, weights, norms, count, len(norms), 1)
    return lost == 0.0


@compiled
def _move(P: Vector, first: int, count: int) -> bool:
    """Running statistics to what the batch moved them to; gives whether all are finite."""
    finite = True
    for place in range(first, first + count):
        P[place] = P[place + count]
        finite = finite and np.isfinite(P[place])
    return finite


@compiled
def _end_epoch(
    code: Code, work: Work, fixed: Words, min_delta: float, memory: Matrix, where: Words, figures: Vector,
    curves: Matrix, judged: Data, judging: Work, best: Vector, best_memory: Matrix, halt: Words,
) -> None:  # fmt: skip
    """Note the epoch's losses down, and see whether the run ends with it; see :mod:`nnviz.learning.stopping`."""
    where[EPOCH] += 1
    where[ROW] = 0
    curves[where[ENDED], 0] = figures[LOSS]
    figures[LOSS] = 0.0
    if len(judged[6]):
        loss = judge(code, judged, judging, fixed[MEAN], halt)
        if halt[0]:
            where[STATUS] = UNJUDGED
            return
        curves[where[ENDED], 1] = loss
        where[WAIT] += 1
        if not np.isfinite(loss):
            where[STATUS] = LOST
        elif loss + min_delta < figures[BEST_LOSS]:
            figures[BEST_LOSS], where[BEST], where[WAIT] = loss, where[EPOCH], 0
            if fixed[RESTORES]:
                where[BEST_COUNT] = where[COUNT]
                copy(work[0], best)
                for each in range(len(memory)):
                    copy(memory[each], best_memory[each])
        elif fixed[WATCHED] and where[WAIT] >= fixed[PATIENCE]:
            where[STATUS] = EARLY
    where[ENDED] += 1


@compiled
def judge(code: Code, data: Data, work: Work, mean: int, halt: Words) -> float:
    """J of all examples with nothing dropped, some rows at a time."""
    table, ahead, _, ones, _, _ = code
    P, D, V, G = work
    rows = len(data[6])
    total, begin = 0.0, 0
    while begin < rows and not halt[0]:
        size = min(data[4], rows - begin)
        ld = _columns(size, V.itemsize)
        _fill_ones(V, ones, ld)
        _load(data, begin, size, V, ld)
        loss = 0.0
        for line in range(len(ahead)):
            if not halt[0]:
                loss += call_line(ahead[line], table, line, P, D, V, G, ld, size, 0)
        total += loss * size / rows if mean else loss
        begin += size
    return total
