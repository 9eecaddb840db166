"""The values of a drawing: :class:`Node`, :class:`Edge`, :class:`Graph`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import cached_property
from itertools import count
from operator import attrgetter

import msgspec

from nnviz.errors import GraphError
from nnviz.words import tr

MAX_NODES = 10_000
MAX_EDGES = 100_000

Option = bool | int | float | str
_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


class Node(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One node: an id for ever, a kind, a name for display (the id where empty), and the options of its kind."""

    id: str
    kind: str
    name: str = ""
    options: Mapping[str, Option] = {}

    @property
    def label(self) -> str:
        """What a reader sees: the name, or the id."""
        return self.name or self.id


class Edge(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One edge from ``source`` to ``target``.

    ``shared`` is the parameter key of a weight used by several edges; where it is empty, the edge's own id is the key.
    ``name`` is for display.
    """

    id: str
    source: str
    target: str
    name: str = ""
    shared: str = ""
    source_port: str = "out"
    target_port: str = "in"

    @property
    def key(self) -> str:
        """The key of its weight among the parameters, if its target weighs what comes in."""
        return self.shared or self.id

    @property
    def label(self) -> str:
        """What a reader sees: the name, or the parameter's key."""
        return self.name or self.key


class Graph(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """Nodes and edges, in the order in which they came; an edit makes a new graph that shares the rest."""

    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()

    @cached_property
    def by_id(self) -> dict[str, Node]:
        """Every node by its id."""
        return {node.id: node for node in self.nodes}

    @cached_property
    def edges_by_id(self) -> dict[str, Edge]:
        """Every edge by its id."""
        return {edge.id: edge for edge in self.edges}

    @cached_property
    def _into(self) -> dict[str, tuple[Edge, ...]]:
        return _gathered(self.edges, attrgetter("target"))

    @cached_property
    def _out_of(self) -> dict[str, tuple[Edge, ...]]:
        return _gathered(self.edges, attrgetter("source"))

    def into(self, node: str) -> tuple[Edge, ...]:
        """The edges that end at ``node``, in order."""
        return self._into.get(node, ())

    def out_of(self, node: str) -> tuple[Edge, ...]:
        """The edges that start at ``node``, in order."""
        return self._out_of.get(node, ())

    def node(self, node: str) -> Node:
        """The node of that id.

        Raises
        ------
        GraphError
            If there is none.
        """
        if node not in self.by_id:
            raise GraphError(tr("There is no node {id}", id=node), ids=(node,))
        return self.by_id[node]

    def edge(self, edge: str) -> Edge:
        """The edge of that id.

        Raises
        ------
        GraphError
            If there is none.
        """
        if edge not in self.edges_by_id:
            raise GraphError(tr("There is no edge {id}", id=edge), ids=(edge,))
        return self.edges_by_id[edge]


def _gathered(edges: tuple[Edge, ...], end: Callable[[Edge], str]) -> dict[str, tuple[Edge, ...]]:
    found: defaultdict[str, list[Edge]] = defaultdict(list)
    for node, edge in zip(map(end, edges), edges, strict=True):
        found[node].append(edge)
    return {node: tuple(gathered) for node, gathered in found.items()}


def is_id(text: str) -> bool:
    """Whether ``text`` may be an id: a letter or underscore, then letters, digits, underscores; 64 at most."""
    return _ID.fullmatch(text) is not None


def free_id(graph: Graph, stem: str) -> str:
    """The first of ``stem1``, ``stem2`` … that no node and no edge of ``graph`` bears."""
    taken = graph.by_id.keys() | graph.edges_by_id.keys() | {edge.key for edge in graph.edges}
    return next(name for number in count(1) if (name := f"{stem}{number}") not in taken)
