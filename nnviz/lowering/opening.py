"""Opens expressions: the nodes and edges that their formulas stand for, each operation a node of its own.

This is how an expression is lowered, and how an edit replaces it, so that both give the same numbers bit for bit: the
last operation takes the place and the id of the expression, and all others stand before it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from nnviz.engine.arrays import Shape, shape_text
from nnviz.errors import ShapeError
from nnviz.graph import Edge, Graph, Node
from nnviz.graph.values import Option
from nnviz.lowering.expression import Gate, excerpt, formula, gates_of, meanings
from nnviz.lowering.forms import refused
from nnviz.words import tr

EXPRESSION = "expression"
REDUCING = ("sum", "mean")
"""Kinds of gates that make one unit of many."""

Name = Callable[[str], str]
"""Gives a free id to a node of a kind; to an edge, of the kind ``edge``."""


class Opening(NamedTuple):
    """What an expression stands for: nodes in order, the last of which bears its id, and edges that lead to them."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def expression_shape(graph: Graph, node: Node, known: Mapping[str, Shape]) -> Shape | None:
    """The shape of one example of an expression; None where one of its sources is not known.

    Raises
    ------
    ConfigError, GraphError
        If its formula cannot be read, or does not go with what is connected.
    ShapeError
        If two parts of several units that meet differ in size.
    """
    sources = meanings(graph, node)
    if not all(source in known for source in sources.values()):
        return None
    return (_widths(node, gates_of(node), _sizes(graph, node, sources, known))[-1],)


def opening(graph: Graph, node: Node, known: Mapping[str, Shape], name: Name) -> Opening:
    """The nodes and edges that an expression stands for.

    Parameters
    ----------
    known : the shapes of what comes in.
    name : gives ids.
    """
    gates, sources = gates_of(node), meanings(graph, node)
    widths = _widths(node, gates, _sizes(graph, node, sources, known))
    nodes: list[Node] = []
    edges: list[Edge] = []
    ids: list[str] = []
    for place, gate in enumerate(gates):
        is_last = place == len(gates) - 1
        if gate.kind == "name" and not is_last:
            ids.append(sources[gate.name])
            continue
        made = _node(gate, widths[place], node if is_last else Node(name(gate.kind), ""))
        nodes.append(made)
        ids.append(made.id)
        origins = [sources[gate.name]] if gate.kind == "name" else [ids[operand] for operand in gate.operands]
        edges += [Edge(name("edge"), origin, made.id) for origin in origins]
    return Opening(tuple(nodes), tuple(edges))


def opened(graph: Graph, made: Mapping[str, Opening]) -> Graph:
    """The graph with what expressions stand for in their places."""
    return Graph(
        nodes=tuple(new for old in graph.nodes for new in (made[old.id].nodes if old.id in made else (old,))),
        edges=(
            *(edge for edge in graph.edges if edge.target not in made),
            *(edge for each in made.values() for edge in each.edges),
        ),
    )


def expanded(graph: Graph, known: Mapping[str, Shape]) -> Graph:
    """The graph with every expression opened: inside ``f`` operations are ``f.u1``, ``f.u2`` …, constants ``f.c1`` …"""
    expressions = [node for node in graph.nodes if node.kind == EXPRESSION]
    made = {node.id: opening(graph, node, known, _inner_names(node.id)) for node in expressions}
    return opened(graph, made) if made else graph


def owner(node: str) -> str:
    """The drawn node that an id inside an expression belongs to; a drawn node's own id."""
    return node.partition(".")[0]


def _inner_names(node: str) -> Name:
    counts = dict.fromkeys("uce", 0)

    def name(kind: str) -> str:
        letter = {"constant": "c", "edge": "e"}.get(kind, "u")
        counts[letter] += 1
        return f"{node}.{letter}{counts[letter]}"

    return name


def _node(gate: Gate, width: int, like: Node) -> Node:
    """A gate as a node, with id and name of ``like``."""
    options: dict[str, Option] = {}
    if gate.kind == "constant":
        options = {"value": gate.number, "units": width}
    elif gate.kind == "power" and len(gate.operands) == 1:
        options = {"exponent": gate.number}
    return Node(like.id, "identity" if gate.kind == "name" else gate.kind, like.name, options)


# Sizes


def _sizes(graph: Graph, node: Node, sources: Mapping[str, str], known: Mapping[str, Shape]) -> dict[str, int]:
    """How many units each name has.

    Raises
    ------
    ShapeError
        If those of one do not stand in a line.
    """
    for source in sources.values():
        if len(known[source]) != 1:
            what = tr("A formula works on units in a line, not on {name}", name=graph.node(source).label)
            found = shape_text(known[source])
            raise refused(node, what, tr("one number for each unit"), found, tr("Put Flatten between"))
    return {name: known[source][0] for name, source in sources.items()}


def _widths(node: Node, gates: Sequence[Gate], named: Mapping[str, int]) -> list[int]:
    """How many units each gate has; a constant has as many as what it meets, and a single unit meets any number.

    Raises
    ------
    ShapeError
        If two of several units that meet differ in size.
    """
    found: list[int] = []  # 0 is as many as wanted
    for gate in gates:
        sizes = {found[place] for place in gate.operands}
        if gate.kind == "name":
            found.append(named[gate.name])
        elif gate.kind in REDUCING:
            found.append(1)
        elif len(sizes - {0, 1}) > 1:
            raise _differing(node, gate, [found[place] for place in gate.operands])
        else:
            found.append(max(sizes, default=0))
    for place in reversed(range(len(gates))):
        for operand in gates[place].operands:
            if not found[operand]:
                found[operand] = 1 if gates[place].kind in REDUCING else found[place]
    return found


def _differing(node: Node, gate: Gate, sizes: Sequence[int]) -> ShapeError:
    return ShapeError(
        tr("What meets here differs in size: {place}", place=excerpt(formula(node), gate.start)),
        where=tr("node {id}, character {n}", id=node.id, n=gate.start + 1),
        expected=tr("as many units on both sides, or a single one"),
        found=", ".join(str(size) for size in sizes if size),
        hint=tr("Take sum or mean of the larger one, or give them equal sizes"),
        ids=(node.id,),
    )
