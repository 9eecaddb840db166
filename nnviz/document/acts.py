"""What all edits have in common: a frozen value with a title, applied to a document, giving a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from nnviz.document.document import Document, same, settled
from nnviz.graph import Edge, Graph, Node
from nnviz.lowering import KINDS
from nnviz.lowering.lower import bias_key
from nnviz.words import tr

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Act(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag=True, tag_field="edit"):
    """The base of all edits.

    An edit takes a document and nothing else, so that it can be replayed; ids of what it makes are part of it.
    """

    def apply(self, document: Document) -> Document:
        """The document after the edit; the very same object if nothing changes.

        Raises
        ------
        NnvizError
            If the edit is not possible; nothing has changed then.
        """
        after = self._changed(document)
        if after.graph is not document.graph:
            after = settled(after)
        return document if same(document, after) else after

    @property
    def title(self) -> str:
        """What the undo menu calls it."""
        raise NotImplementedError

    def _changed(self, document: Document) -> Document:
        """The document after the edit, parameters not yet settled."""
        raise NotImplementedError


def with_node(graph: Graph, node: Node) -> Graph:
    """The graph with the node of that id replaced."""
    return Graph(nodes=tuple(node if old.id == node.id else old for old in graph.nodes), edges=graph.edges)


def with_edges(graph: Graph, changed: dict[str, Edge]) -> Graph:
    """The graph with the edges of these ids replaced."""
    return Graph(nodes=graph.nodes, edges=tuple(changed.get(edge.id, edge) for edge in graph.edges))


def carried(document: Document, graph: Graph) -> dict[str, NDArray[np.float64]]:
    """The parameters for a changed graph: one under a new key begins with the numbers it had under the old one."""
    old, new = _keys(document.graph), _keys(graph)
    kept = dict(document.parameters)
    for part, key in new.items():
        before = document.parameters.get(old.get(part, ""))
        if key not in kept and before is not None:
            kept[key] = before
    return kept


def _keys(graph: Graph) -> dict[str, str]:
    """The parameter key of every edge's weight and of every node's bias."""
    keys = {edge.id: edge.key for edge in graph.edges}
    return keys | {node.id: bias_key(node) for node in graph.nodes if KINDS[node.kind].family == "neuron"}


def some(ids: tuple[str, ...], limit: int = 3) -> str:
    """A few ids as a title names them.

    >>> some(("h1", "h2")), some(("a", "b", "c", "d", "e"))
    ('h1, h2', 'a, b, c and 2 more')
    """
    if len(ids) <= limit:
        return ", ".join(ids)
    return tr("{names} and {count} more", names=", ".join(ids[:limit]), count=len(ids) - limit)
