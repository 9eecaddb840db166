"""The rows of the table of operations; importing this package fills :data:`nnviz.engine.registry.OPERATIONS`."""

from nnviz.engine.operations import (
    activations,
    arithmetic,
    elementwise,
    images,
    linear,
    losses,
    matrices,
    normalising,
    reductions,
    units,
)

__all__ = [
    "activations",
    "arithmetic",
    "elementwise",
    "images",
    "linear",
    "losses",
    "matrices",
    "normalising",
    "reductions",
    "units",
]
