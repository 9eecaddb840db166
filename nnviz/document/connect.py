"""Whether an edge may be drawn: decided here, so that the view can ask before, and the edit refuses the same."""

from __future__ import annotations

from math import prod

from nnviz.document.document import MAX_PARAMETERS, Document, wanted
from nnviz.document.rules import check_count
from nnviz.engine.arrays import Shape
from nnviz.errors import GraphError, ShapeError
from nnviz.graph import Edge, Graph, Node, free_id, reaches
from nnviz.lowering import shapes
from nnviz.lowering.forms import check_rank, shape_words
from nnviz.lowering.kinds import ONE_UNIT, kind_of, units_of
from nnviz.lowering.lower import kernel_shape
from nnviz.lowering.opening import EXPRESSION
from nnviz.words import tr


def can_connect(document: Document, source: str, target: str) -> None:
    """Return if an edge may run from ``source`` to ``target``; otherwise say why not.

    Raises
    ------
    GraphError
        A circle, already connected, into an input, out of a loss, too many edges, no such node.
    ShapeError
        The sizes do not fit, here or further on, or there would be too many weights.
    """
    graph = document.graph
    start, end = graph.node(source), graph.node(target)
    _check_ends(graph, start, end)
    _check_sizes(graph, shapes(graph), start, end)
    if reaches(graph, target, source):
        raise _circle(start, end)
    trial = Edge(id=free_id(graph, "e"), source=source, target=target)
    extended = Graph(nodes=graph.nodes, edges=(*graph.edges, trial))
    check_count(extended)
    wanted(extended)  # refuses shared weights that no longer fit, further on


def allowed_targets(document: Document, source: str) -> set[str]:
    """The nodes that an edge from ``source`` may lead to, for showing them while an edge is being drawn.

    One walk over the network tells for all nodes. Only what happens to shared weights further on is left to
    :func:`can_connect`, which has the last word.
    """
    graph = document.graph
    start = graph.node(source)
    known = shapes(graph)
    before = _behind(graph, source)
    room = MAX_PARAMETERS - sum(values.size for values in document.parameters.values())
    return {
        node.id
        for node in graph.nodes
        if node.id not in before and _fits(graph, known, start, node) and _new_weights(known, start, node) <= room
    }


def is_weighted(graph: Graph, target: str) -> bool:
    """Whether an edge to ``target`` carries a weight."""
    return kind_of(graph.node(target)).weighs


def _fits(graph: Graph, known: dict[str, Shape], start: Node, end: Node) -> bool:
    try:
        _check_ends(graph, start, end)
        _check_sizes(graph, known, start, end)
    except GraphError:
        return False
    return True


def _check_ends(graph: Graph, start: Node, end: Node) -> None:
    if start.id == end.id:
        raise _circle(start, end)
    if kind_of(start).family == "loss":
        raise _refused(tr("Nothing can follow a loss"), start, end, tr("Start at a neuron, layer or operation"))
    kind = kind_of(end)
    if kind.family == "input":
        raise _refused(tr("Nothing can lead into an input"), start, end, tr("Draw the edge the other way round"))
    # The sum a + a and the product a · a are meant; twice the same edge into a neuron or a formula is a slip.
    repeats = kind.family == "operation" and kind.most != 1 and kind.name != EXPRESSION
    if not repeats and any(edge.source == start.id for edge in graph.into(end.id)):
        raise _refused(tr("These two are connected already"), start, end, tr("Choose two others"))
    if kind.most is not None and len(graph.into(end.id)) >= kind.most:
        raise _refused(
            tr("{name} takes no more than {count} edge coming in", name=end.label, count=kind.most),
            start,
            end,
            tr("Remove the edge that is there"),
        )


def _check_sizes(graph: Graph, known: dict[str, Shape], start: Node, end: Node) -> None:
    if start.id not in known:
        return
    check_rank(end, kind_of(end).rank, known[start.id])
    edges = [edge for edge in graph.into(end.id) if edge.source in known]
    if kind_of(end).family == "activation" and edges:
        for source in (start.id, *(edge.source for edge in edges)):
            check_rank(end, 1, known[source])
    if not kind_of(end).alike or known[start.id] == ONE_UNIT:
        return
    for edge in edges:
        shape = known[edge.source]
        if shape not in (known[start.id], ONE_UNIT):
            raise ShapeError(
                tr("The sizes do not fit"),
                where=f"{start.label} → {end.label}",
                expected=tr("{size}, as from {name}", size=shape_words(shape), name=graph.node(edge.source).label),
                found=shape_words(known[start.id]),
                hint=tr("Join them with Concatenate, or give them equal sizes"),
                ids=(start.id, end.id),
            )


def _new_weights(known: dict[str, Shape], start: Node, end: Node) -> int:
    if end.kind == "conv2d":
        return prod(kernel_shape(end, known[start.id])) if start.id in known else 0
    return prod(known.get(start.id, (0,))) * units_of(end) if kind_of(end).weighs else 0


def _behind(graph: Graph, source: str) -> set[str]:
    """``source`` and all nodes that it depends on."""
    seen, waiting = {source}, [source]
    while waiting:
        behind = {edge.source for edge in graph.into(waiting.pop())} - seen
        seen |= behind
        waiting.extend(behind)
    return seen


def _circle(start: Node, end: Node) -> GraphError:
    return _refused(tr("The edges would run in a circle"), start, end, tr("Draw the edge the other way round"))


def _refused(what: str, start: Node, end: Node, hint: str) -> GraphError:
    return GraphError(what, where=f"{start.label} → {end.label}", hint=hint, ids=(start.id, end.id))
