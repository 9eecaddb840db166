"""Keeps the formulas of expressions true when names change: a name goes on meaning the node that it meant."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from nnviz.document.acts import with_node
from nnviz.errors import ConfigError
from nnviz.graph import Graph, Node
from nnviz.lowering.expression import formula, gates_of, known_names, word_for
from nnviz.lowering.kinds import check_options
from nnviz.lowering.opening import EXPRESSION


def with_meanings_kept(before: Graph, after: Graph, nodes: Iterable[str]) -> Graph:
    """``after``, in which formulas of ``nodes`` name the same nodes as in ``before``.

    A word that would mean another node now gives way to a new one: the label if that is clear, else the id.

    Raises
    ------
    ConfigError
        If a formula would be too long with the new word.
    """
    for name in dict.fromkeys(nodes):
        node = after.node(name)
        if node.kind == EXPRESSION:
            text = _rewritten(before, after, node)
            if text != formula(node):
                node = replace(node, options={**node.options, "formula": text})
                check_options(node)
                after = with_node(after, node)
    return after


def _rewritten(before: Graph, after: Graph, node: Node) -> str:
    text = formula(node)
    try:
        gates = gates_of(node)
    except ConfigError:  # an empty one names nothing
        return text
    old, new = known_names(before, node.id), known_names(after, node.id)
    for gate in reversed(gates):
        meant = old.get(gate.name, ()) if gate.kind == "name" else ()
        if len(meant) == 1 and meant[0] in new and new.get(gate.name) != meant:
            text = text[: gate.start] + word_for(after, new, meant[0]) + text[gate.stop :]
    return text
