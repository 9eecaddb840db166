"""Where Python and the kernels find the numbers of a run: where it stands, what is fixed, settings."""

from __future__ import annotations

from typing import Final

# Places in the settings of what stands around a rule
RATE: Final = 0
L1: Final = 1
L1_PROXIMAL: Final = 2
L2: Final = 3
CLIP_VALUE: Final = 4
CLIP_NORM: Final = 5
MAX_NORM: Final = 6
UNITS_FROM: Final = 7

# Where a run stands, in whole numbers
STEP: Final = 0
EPOCH: Final = 1
ROW: Final = 2
COUNT: Final = 3  # updates that made the memory
ENDED: Final = 4  # epochs ended in this call
BEST: Final = 5  # the best epoch
WAIT: Final = 6
STATUS: Final = 7
LOADED: Final = 8  # the row from which the batch at hand was loaded; −1 for none
SET: Final = 9  # the ld for which rows of ones are set
BEST_COUNT: Final = 10  # COUNT at the best epoch
ORDERED: Final = 11  # the epoch whose order the rows are in; −1 for none
PLACES: Final = 12

# and in numbers
LOSS: Final = 0  # the running loss of the epoch
BEST_LOSS: Final = 1

# What is fixed for a run
BATCH: Final = 0
SHUFFLED: Final = 1
MEAN: Final = 2  # J is a mean over examples
WATCHED: Final = 3
PATIENCE: Final = 4
RESTORES: Final = 5
INPUT_ROW: Final = 6  # the first rows of inputs and targets in the program
TARGET_ROW: Final = 7
BY_UNIT: Final = 8  # whether X and Y stand unit by unit or example by example; the same of the validation rows
JUDGED_BY_UNIT: Final = 9
JUDGED_COLUMNS: Final = 10  # how many validation rows are computed at a time
SEED: Final = 11  # of the order of rows, and its stream
STREAM: Final = 12
MASK: Final = 13  # the address of the kernel of masks
MIN_DELTA: Final = 14  # by its bits
STATISTICS: Final = 15  # the first running statistic behind the parameters, and how many there are
STATISTICS_COUNT: Final = 16
FIXED: Final = 17

# The arrays of a call, in the order in which it is told of them: address, rows, columns
(
    AT_TABLE, AT_AHEAD, AT_BACK, AT_ONES, AT_CLEAR_ROWS, AT_CLEAR_PARAMETERS,
    AT_X, AT_Y, AT_ORDER, AT_JUDGED_X, AT_JUDGED_Y, AT_JUDGED_ORDER,
    AT_P, AT_D, AT_V, AT_G, AT_JUDGED_V, AT_JUDGED_G,
    AT_RULE, AT_OWN, AT_SETTINGS, AT_RATES, AT_WEIGHTS, AT_ROOM,
    AT_WORDS, AT_ENDS, AT_MASKS, AT_FIXED, AT_MEMORY, AT_WHERE, AT_FIGURES, AT_CURVES, AT_BEST, AT_BEST_MEMORY, AT_HALT,
    ARRAYS,
) = range(36)  # fmt: skip

IN_ORDER: Final = 2
"""Examples stand unit by unit, and are read in their order."""

GOING, EARLY, DIVERGED, LOST, HALTED, UNJUDGED = range(6)
"""What a call ends with: nothing special, early stopping, a number or a validation loss that was not finite; a wish to
stop that was seen before an update, or while the epoch was judged that the last update ended.
"""
