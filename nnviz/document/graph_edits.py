"""Edits of what is drawn: nodes, edges, their options, names, weights' names and places."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count

from msgspec.structs import replace

from nnviz.data.choice import DataChoice
from nnviz.document.acts import Act, carried, some, with_edges, with_node
from nnviz.document.connect import can_connect, is_weighted
from nnviz.document.document import Document, Group
from nnviz.document.naming import with_meanings_kept
from nnviz.document.rules import check_count, check_free, check_node, check_place, check_shared, check_text, taken_ids
from nnviz.errors import ConfigError
from nnviz.graph import Edge, Graph, Node
from nnviz.graph.values import Option
from nnviz.lowering import KINDS
from nnviz.lowering.kinds import kind_of
from nnviz.words import tr

STEMS: Mapping[str, str] = {
    "input": "x",
    "perceptron": "n",
    "dense": "layer",
    "concatenate": "join",
    "expression": "f",
    "conv2d": "conv",
    "max_pool": "pool",
    "avg_pool": "pool",
    "squared_error": "loss",
    "binary_cross_entropy": "loss",
    "categorical_cross_entropy": "loss",
}
"""How the ids of new nodes begin; those of other kinds begin with the kind."""


class AddNode(Act, frozen=True):
    """Put a new node on the canvas."""

    node: Node
    position: tuple[float, float] | None = None

    @property
    def title(self) -> str:
        """What the undo menu calls it."""
        words = KINDS[self.node.kind].words if self.node.kind in KINDS else self.node.kind
        return tr("Add {kind} {name}", kind=words, name=self.node.label)

    def _changed(self, document: Document) -> Document:
        check_node(self.node, document.graph)
        check_free(document, self.node.id)
        graph = Graph(nodes=(*document.graph.nodes, self.node), edges=document.graph.edges)
        check_count(graph)
        if self.position is None:
            return document.with_(graph=graph)
        check_place(*self.position)
        return document.with_(graph=graph, positions={**document.positions, self.node.id: self.position})


class RemoveParts(Act, frozen=True):
    """Remove nodes and edges, with all that hangs on them: edges, numbers, places, places in groups, data columns."""

    ids: tuple[str, ...]

    @property
    def title(self) -> str:
        """What the undo menu calls it."""
        return tr("Remove {names}", names=some(self.ids))

    def _changed(self, document: Document) -> Document:
        graph, gone = document.graph, set(self.ids)
        for part in self.ids:
            if part not in graph.edges_by_id:
                graph.node(part)
        left = Graph(
            nodes=tuple(node for node in graph.nodes if node.id not in gone),
            edges=tuple(edge for edge in graph.edges if gone.isdisjoint((edge.id, edge.source, edge.target))),
        )
        return document.with_(
            graph=left,
            positions={node: place for node, place in document.positions.items() if node not in gone},
            groups=tuple(group for old in document.groups if (group := _without(old, gone)).nodes),
            data=_data_without(document, gone),
        )


def _without(group: Group, gone: set[str]) -> Group:
    return replace(group, nodes=tuple(node for node in group.nodes if node not in gone))


def _data_without(document: Document, gone: set[str]) -> DataChoice | None:
    data = document.data
    if data is None or gone.isdisjoint((*data.inputs, *data.targets)):
        return data
    return replace(
        data,
        inputs={node: columns for node, columns in data.inputs.items() if node not in gone},
        targets={node: columns for node, columns in data.targets.items() if node not in gone},
    )


class Connect(Act, frozen=True):
    """Draw an edge. ``shared`` names a weight that other edges use too."""

    id: str
    source: str
    target: str
    name: str = ""
    shared: str = ""

    @property
    def title(self) -> str:
        """What the undo menu calls it."""
        return tr("Connect {source} to {target}", source=self.source, target=self.target)

    def _changed(self, document: Document) -> Document:
        check_free(document, self.id)
        check_text(self.name)
        if self.shared:
            check_shared(self.shared, document.graph)
        can_connect(document, self.source, self.target)
        edge = Edge(id=self.id, source=self.source, target=self.target, name=self.name, shared=self.shared)
        graph = Graph(nodes=document.graph.nodes, edges=(*document.graph.edges, edge))
        return document.with_(graph=with_meanings_kept(document.graph, graph, (self.target,)))


class SetOptions(Act, frozen=True):
    """Change options of a node; those not named stay."""

    node: str
    options: dict[str, Option]

    @property
    def title(self) -> str:
        """What the undo menu calls it."""
        return tr("Change {names} of {node}", names=some(tuple(self.options)), node=self.node)

    def _changed(self, document: Document) -> Document:
        old = document.graph.node(self.node)
        new = replace(old, options={**old.options, **_as_declared(old.kind, self.options)})
        check_node(new, document.graph)
        if _in_effect(old) == _in_effect(new):
            return document
        graph = with_node(document.graph, new)
        return document.with_(graph=graph, parameters=carried(document, graph))


def _as_declared(kind: str, options: Mapping[str, Option]) -> dict[str, Option]:
    """Whole numbers as decimal ones where the option is one, so that 0 and 0.0 are the same."""
    decimal = {spec.name for spec in KINDS[kind].options if type(spec.default) is float}
    return {name: float(value) if name in decimal and type(value) is int else value for name, value in options.items()}


def _in_effect(node: Node) -> dict[str, Option]:
    return {spec.name: node.options.get(spec.name, spec.default) for spec in kind_of(node).options}


class Rename(Act, frozen=True):
    """Give a node or an edge a name for display; an empty one shows the id again. Formulas go on naming the node."""

    id: str
    name: str

    @property
    def title(self) -> str:
        """What the undo menu calls it."""
        return tr("Rename {id}", id=self.id)

    def _changed(self, document: Document) -> Document:
        check_text(self.name)
        graph = document.graph
        if self.id in graph.edges_by_id:
            edge = graph.edge(self.id)
            return document.with_(graph=with_edges(graph, {edge.id: replace(edge, name=self.name)}))
        renamed = with_node(graph, replace(graph.node(self.id), name=self.name))
        targets = (edge.target for edge in graph.out_of(self.id))
        return document.with_(graph=with_meanings_kept(graph, renamed, targets))


class ShareWeight(Act, frozen=True):
    """Make edges use one weight, under the name ``key``; an empty one gives each its own again.

    A weight under a new name begins with the numbers of the first of its edges; each own one, with those it shared.
    """

    edges: tuple[str, ...]
    key: str = ""

    @property
    def title(self) -> str:
        """What the undo menu calls it."""
        if not self.key:
            return tr("Give {edges} weights of their own", edges=some(self.edges))
        return tr("Share the weight {key} among {edges}", key=self.key, edges=some(self.edges))

    def _changed(self, document: Document) -> Document:
        graph = document.graph
        if self.key:
            check_shared(self.key, graph)
        changed: dict[str, Edge] = {}
        for name in self.edges:
            edge = graph.edge(name)
            _check_weighted(graph, edge)
            changed[name] = replace(edge, shared="" if self.key == edge.id else self.key)
        graph = with_edges(graph, changed)
        return document.with_(graph=graph, parameters=carried(document, graph))


def _check_weighted(graph: Graph, edge: Edge) -> None:
    if not is_weighted(graph, edge.target):
        raise ConfigError(
            tr("This edge has no weight"),
            where=tr("edge {id}", id=edge.id),
            expected=tr("an edge into a perceptron or layer"),
            hint=tr("Choose another edge"),
            ids=(edge.id,),
        )


class Move(Act, frozen=True):
    """Move nodes and notes to new places."""

    positions: dict[str, tuple[float, float]]

    @property
    def title(self) -> str:
        """What the undo menu calls it."""
        return tr("Move {names}", names=some(tuple(self.positions)))

    def _changed(self, document: Document) -> Document:
        notes = {note.id for note in document.notes}
        for part, place in self.positions.items():
            if part not in notes:
                document.graph.node(part)
            check_place(*place)
        moved = {node: place for node, place in self.positions.items() if node not in notes}
        return document.with_(
            positions={**document.positions, **moved},
            notes=tuple(
                replace(note, x=self.positions[note.id][0], y=self.positions[note.id][1])
                if note.id in self.positions
                else note
                for note in document.notes
            ),
        )


def new_node(
    document: Document, kind: str, position: tuple[float, float] | None = None, name: str = "", **options: Option
) -> AddNode:
    """The edit that adds a node of a kind under a free id."""
    node = Node(id=free(document, STEMS.get(kind, kind)), kind=kind, name=name, options=options)
    return AddNode(node, position)


def new_edge(document: Document, source: str, target: str, name: str = "", shared: str = "") -> Connect:
    """The edit that draws an edge under a free id: w1, w2 … where it carries a weight, e1, e2 … elsewhere."""
    stem = "w" if is_weighted(document.graph, target) else "e"
    return Connect(free(document, stem), source, target, name, shared)


def free(document: Document, stem: str) -> str:
    """The first of ``stem1``, ``stem2`` … that nothing in the document bears."""
    taken = taken_ids(document)
    return next(name for number in count(1) if (name := f"{stem}{number}") not in taken)
