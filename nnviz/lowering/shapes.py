"""What is known of the shapes in a drawing, and what keeps it from being computed: one walk tells both."""

from __future__ import annotations

from nnviz.engine.arrays import Shape
from nnviz.errors import GraphError, NnvizError
from nnviz.graph import Graph, Node, ordered
from nnviz.graph.order import remembered
from nnviz.hints import NO_INPUT
from nnviz.lowering.kinds import KINDS, check_options, form_out, kind_of, stands_alone
from nnviz.lowering.opening import EXPRESSION, expression_shape
from nnviz.words import tr


def shapes(graph: Graph) -> dict[str, Shape]:
    """The shape of one example at every node where it is known; nodes that lack something are left out."""
    return dict(survey(graph)[0])


def problems(graph: Graph) -> list[NnvizError]:
    """Everything that keeps a drawing from being computed, in drawing order; each error's ``ids`` say where."""
    return list(survey(graph)[1])


@remembered
def survey(graph: Graph) -> tuple[dict[str, Shape], list[NnvizError]]:
    """Shapes as far as they are known, and all errors, in one walk over the drawing."""
    known: dict[str, Shape] = {}
    errors: list[NnvizError] = []
    try:
        nodes = ordered(graph)
        if not any(map(stands_alone, nodes)):
            errors.append(_no_input())
    except NnvizError as error:
        return known, [error]
    losses = {node.id for node in nodes if node.kind in KINDS and KINDS[node.kind].family == "loss"}
    for node in nodes:
        try:
            shape = _shape_of(graph, node, known, losses)
        except NnvizError as error:
            errors.append(error)
            shape = _said_by_itself(node)
        if shape is not None:
            known[node.id] = shape
    return known, errors


def _shape_of(graph: Graph, node: Node, known: dict[str, Shape], losses: set[str]) -> Shape | None:
    """The shape of one node, or None where one of its sources is not known (and was told of already)."""
    check_options(node)
    edges = graph.into(node.id)
    for edge in edges:
        if edge.source in losses:
            raise GraphError(
                tr("Nothing can follow a loss"),
                where=tr("edge {id}", id=edge.id),
                hint=tr("Remove this edge"),
                ids=(edge.id,),
            )
    if node.kind == EXPRESSION:
        return expression_shape(graph, node, known)
    _check_count(node, len(edges))
    incoming = [known[edge.source] for edge in edges if edge.source in known]
    return form_out(node, incoming) if len(incoming) == len(edges) else _said_by_itself(node)


def _said_by_itself(node: Node) -> Shape | None:
    """The shape of an input, constant, parameter, neuron or layer, which no edge can change."""
    try:
        check_options(node)
        return form_out(node, ()) if kind_of(node).weighs or stands_alone(node) else None
    except NnvizError:
        return None


def _check_count(node: Node, count: int) -> None:
    kind = kind_of(node)
    if count < kind.least:
        raise GraphError(
            tr("Nothing is connected to {name}", name=node.label)
            if not count
            else tr("Not enough is connected to {name}", name=node.label),
            where=tr("node {id}", id=node.id),
            expected=tr("at least one edge coming in") if kind.least == 1 else tr("{n} edges coming in", n=kind.least),
            found=str(count) if count else "",
            hint=tr("Draw an edge to it, or remove it"),
            ids=(node.id,),
        )
    if kind.most is not None and count > kind.most:
        raise GraphError(
            tr("Too many edges end at {name}", name=node.label),
            where=tr("node {id}", id=node.id),
            expected=tr("at most {n}", n=kind.most),
            found=str(count),
            hint=tr("Remove some of them"),
            ids=(node.id,),
        )


def _no_input() -> GraphError:
    return GraphError(tr("The network has no input"), expected=tr("at least one input node"), hint=NO_INPUT)
