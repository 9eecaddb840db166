"""What was drawn, as frozen values.

A :class:`Graph` holds nodes and edges in the order in which they came. A node has an id that never changes, a kind (a
name that the lowering knows), options and a name for display. An edge runs from a source node to a target node; an
edge into a neuron or layer carries a weight, whose parameter key is the edge's id, or a shared name.

This package knows no kinds, no shapes and no numbers: it can order nodes, find cycles, give names and put nodes into
columns. Every function costs O(nodes + edges).
"""

from nnviz.graph.order import columns, ordered, reaches
from nnviz.graph.values import Edge, Graph, Node, free_id, is_id

__all__ = ["Edge", "Graph", "Node", "columns", "free_id", "is_id", "ordered", "reaches"]
