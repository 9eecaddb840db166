"""Whether a document is whole: every rule of :mod:`nnviz.document.rules`, each refusal with its path in the file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from nnviz.document.codec import Step, path_text, placed
from nnviz.document.document import Document, wanted
from nnviz.document.rules import (
    MAX_PARTS,
    check_count,
    check_data,
    check_edge,
    check_group,
    check_id,
    check_known,
    check_node,
    check_note,
    check_numbers,
    check_place,
    check_run,
    check_seed,
    check_state,
    check_text,
    check_unasked,
)
from nnviz.errors import ConfigError, NnvizError
from nnviz.graph import Graph, ordered
from nnviz.words import tr


def check_document(document: Document, where: str) -> None:
    """Refuse a document in which anything is not as it must be.

    A network that cannot be computed (yet) is a document all the same; one with a circle is not.

    Parameters
    ----------
    where : the file, or what else the message should name.

    Raises
    ------
    FormatError
        With the path of the first thing that is wrong, such as ``net.nnviz: graph.nodes[3].options``.
    """
    with _at(where, "title"):
        check_text(document.title)
    with _at(where, "seed"):
        check_seed(document.seed)
    _check_graph(document.graph, where)
    _check_canvas(document, where)
    _check_numbers(document, where)
    if document.data is not None:
        with _at(where, "data"):
            check_data(document.data, document.graph)
    for place, run in enumerate(document.runs):
        with _at(where, "runs", place):
            check_run(run)


def _check_graph(graph: Graph, where: str) -> None:
    with _at(where, "graph"):
        check_count(graph)
    seen: set[str] = set()
    for place, node in enumerate(graph.nodes):
        with _at(where, "graph", "nodes", place):
            check_node(node, graph)
        _check_new(node.id, seen, where, "graph", "nodes", place)
    for place, edge in enumerate(graph.edges):
        with _at(where, "graph", "edges", place):
            check_edge(edge, graph)
        _check_new(edge.id, seen, where, "graph", "edges", place)
    with _at(where, "graph", "edges"):
        ordered(graph)


def _check_canvas(document: Document, where: str) -> None:
    graph = document.graph
    for node, (x, y) in document.positions.items():
        with _at(where, "positions", node):
            check_known(node, graph)
            check_place(x, y)
    seen = {*graph.by_id, *graph.edges_by_id}
    for name, parts in (("notes", document.notes), ("groups", document.groups), ("runs", document.runs)):
        with _at(where, name):
            _check_few(len(parts))
    for place, note in enumerate(document.notes):
        with _at(where, "notes", place):
            check_note(note)
        _check_new(note.id, seen, where, "notes", place)
    for place, group in enumerate(document.groups):
        with _at(where, "groups", place):
            check_group(group, graph)
        _check_new(group.id, seen, where, "groups", place)


def _check_numbers(document: Document, where: str) -> None:
    with _at(where, "graph"):
        specs = wanted(document.graph)
    with _at(where, "parameters"):
        check_unasked(document.parameters, specs)
    for spec in specs:
        with _at(where, "parameters", spec.key):
            check_numbers(document.parameters.get(spec.key), spec.shape, spec.key)
    with _at(where, "state"):
        check_state(document.state, specs, document.graph)


def _check_few(count: int) -> None:
    if count > MAX_PARTS:
        raise ConfigError(
            tr("There are too many of them"), expected=tr("at most {limit:,}", limit=MAX_PARTS), found=f"{count:,}"
        )


def _check_new(name: str, seen: set[str], where: str, *path: Step) -> None:
    """Note an id as seen, once."""
    with _at(where, *path, "id"):
        check_id(name)
        if name in seen:
            raise ConfigError(
                tr("Two parts bear the same id"),
                expected=tr("an id that nothing else bears"),
                found=repr(name),
                hint=tr("Give one of them another id"),
                ids=(name,),
            )
    seen.add(name)


@contextmanager
def _at(where: str, *path: Step) -> Iterator[None]:
    """Add the place to whatever is refused inside."""
    try:
        yield
    except NnvizError as error:
        raise placed(error, f"{where}: {path_text(list(path))}") from error
