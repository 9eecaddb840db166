"""The rows of the table of operations; importing this package fills :data:`nnviz.engine.registry.OPERATIONS`."""

from nnviz.engine.operations import activations, arithmetic, linear, losses, reductions

__all__ = ["activations", "arithmetic", "linear", "losses", "reductions"]
