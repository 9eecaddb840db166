"""Order, cycles and columns of a drawing (standard library's graphlib)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from graphlib import CycleError, TopologicalSorter
from typing import TypeVar

from nnviz.errors import GraphError
from nnviz.graph.values import Graph, Node
from nnviz.words import tr

T = TypeVar("T")

_REMEMBERED = 4


def remembered(walk: Callable[[Graph], T]) -> Callable[[Graph], T]:
    """A walk over a drawing that is not made again for the drawings it was made for last.

    What it gives is shared, and must not be changed.
    """
    known: list[tuple[Graph, T]] = []

    @wraps(walk)
    def told(graph: Graph) -> T:
        for one, result in known:
            if one is graph:
                return result
        result = walk(graph)
        known.insert(0, (graph, result))
        del known[_REMEMBERED:]
        return result

    return told


@remembered
def ordered(graph: Graph) -> tuple[Node, ...]:
    """The nodes so that each comes after all it depends on; otherwise in the drawing's order.

    Raises
    ------
    GraphError
        If edges run in a circle; ``ids`` names its nodes.
    """
    ranks = columns(graph)
    places = {node.id: place for place, node in enumerate(graph.nodes)}
    return tuple(sorted(graph.nodes, key=lambda node: (ranks[node.id], places[node.id])))


def columns(graph: Graph) -> dict[str, int]:
    """The column of each node: the length of the longest path that leads to it.

    Raises
    ------
    GraphError
        If edges run in a circle; ``ids`` names its nodes.
    """
    try:
        return _ranks(graph, [node.id for node in graph.nodes])
    except KeyError:  # one stands before what it depends on
        return _ranks(graph, _sorted(graph))


def _ranks(graph: Graph, names: Iterable[str]) -> dict[str, int]:
    """The column of each, if it comes after all it depends on."""
    ranks: dict[str, int] = {}
    for name in names:
        ranks[name] = max([ranks[edge.source] for edge in graph.into(name)], default=-1) + 1
    return ranks


def _sorted(graph: Graph) -> tuple[str, ...]:
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for node in graph.nodes:
        sorter.add(node.id, *(edge.source for edge in graph.into(node.id)))
    try:
        return tuple(sorter.static_order())
    except CycleError as error:
        circle = tuple(dict.fromkeys(error.args[1]))
        raise GraphError(
            tr("The edges run in a circle"),
            where=" → ".join(circle[:8]),
            expected=tr("a network without circles"),
            hint=tr("Remove one of these edges"),
            ids=circle,
        ) from None


def reaches(graph: Graph, start: str, goal: str) -> bool:
    """Whether a path of edges leads from ``start`` to ``goal`` (a node reaches itself)."""
    seen, waiting = {start}, [start]
    while waiting:
        here = waiting.pop()
        if here == goal:
            return True
        ahead = {edge.target for edge in graph.out_of(here)} - seen
        seen |= ahead
        waiting.extend(ahead)
    return False
