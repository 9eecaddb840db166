"""The columns of a program's table, and the numbers that stand for its operations."""

from __future__ import annotations

from typing import Final

# Columns: what is done, from which rows into which, with which parameters; and on the way back whether and how.
OP: Final = 0
OUT: Final = 1  # first row that is written
UNITS: Final = 2  # how many rows are written
A: Final = 3  # first row that is read
COUNT: Final = 4  # how many rows are read, where that differs
B: Final = 5  # first row of a second operand
PLACE: Final = 6  # first parameter, in the order of the kernel
FLAG: Final = 7
KIND: Final = 8
CONST: Final = 9  # a constant, by its bits
KEPT: Final = 10  # what stands in the output is added to
BACK: Final = 11  # a gradient arrives
NEED_A: Final = 12
ADD_A: Final = 13
NEED_B: Final = 14
ADD_B: Final = 15
EXTRA: Final = 16  # another constant, or the place of what a running statistic moves to
SPARE: Final = 17  # first of as many rows of G that nobody else uses
GEMM: Final = 18  # the address of BLAS's product, or 0
SHARED: Final = 19  # the weights are used elsewhere too: their gradient is added to

# Of images and windows
HIGH: Final = 20  # of the image that is read, and how wide it is
WIDE: Final = 21
SIZE: Final = 22  # of the window
STRIDE: Final = 23
PADDING: Final = 24
DOWN: Final = 25  # places of the window, and across
ACROSS: Final = 26
FIRST: Final = 27  # the first of the places that are gone through, and how many
MANY: Final = 28
BIASES: Final = 29  # the first bias, or -1; FLAG says whether they are trained
ROOM: Final = 30  # how many rows of G, from SPARE on, may be written
COUNT_B: Final = 31  # how many rows of the second operand are read, where it is not UNITS
WIDTH: Final = 32

# Operations
PRODUCT: Final = 0
BIAS: Final = 1
EDGES: Final = 2
UNARY: Final = 3
BINARY: Final = 4
ROW: Final = 5
COPY: Final = 6
SUM: Final = 7
SPREAD: Final = 8
DROP: Final = 9
FILL: Final = 10
PARAMETER: Final = 11
SIGNS: Final = 12
FUNCTION: Final = 13  # of one number, those that are used less
DISTANCE: Final = 14  # the losses, in families
CROSS_ENTROPY: Final = 15
CATEGORICAL: Final = 16
CATEGORICAL_LOGITS: Final = 17
CONVOLUTION: Final = 18
POOL: Final = 19
EXTREME: Final = 20
MATRICES: Final = 21  # A B, HIGH × WIDE numbers, each a sum of SIZE; FIRST and MANY are lines of it
OVER_ROWS: Final = 22
RUNNING: Final = 23

UNARY_KINDS: Final = ("sigmoid", "tanh", "relu", "leaky_relu", "step")
FUNCTION_KINDS: Final = (
    "elu",
    "softplus",
    "gelu",
    "silu",
    "negate",
    "exp",
    "log",
    "sqrt",
    "abs",
    "square",
    "sin",
    "cos",
    "power",
)
BINARY_KINDS: Final = ("add", "subtract", "multiply", "divide", "power", "maximum", "minimum")
ROW_KINDS: Final = ("softmax", "log_softmax")
EXTREME_KINDS: Final = ("maximum", "minimum")
POOL_KINDS: Final = ("max_pool", "avg_pool")
LOSS_KINDS: Final = {
    "squared_error": (DISTANCE, 0),
    "absolute_error": (DISTANCE, 1),
    "huber": (DISTANCE, 2),
    "hinge": (DISTANCE, 3),
    "objective": (DISTANCE, 4),
    "binary_cross_entropy": (CROSS_ENTROPY, 0),
    "binary_cross_entropy_logits": (CROSS_ENTROPY, 1),
    "categorical_cross_entropy": (CATEGORICAL, 0),
    "categorical_cross_entropy_logits": (CATEGORICAL_LOGITS, 0),
}
"""The operation and the kind of every loss."""
PRODUCTS: Final = (PRODUCT, CONVOLUTION)
LOSSES: Final = (DISTANCE, CROSS_ENTROPY, CATEGORICAL, CATEGORICAL_LOGITS)
WITHOUT_BACK: Final = (*LOSSES, FILL, SIGNS, RUNNING)
"""What sends nothing on the way back; losses have done so before."""
ACTIVATIONS: Final = (*UNARY_KINDS, "elu", "softplus", "gelu", "silu")
IN_PLACE: Final = ("sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus", "step")
"""Activations whose slope is written from their value, so that z need not be kept."""

HALF: Final = 1
MEAN_OUTPUTS: Final = 2
MEAN_EXAMPLES: Final = 4

TURN_A: Final = 1
TURN_B: Final = 2

LARGE: Final = 32_768
"""Multiplications from which BLAS is quicker than registers."""
