"""The edit that opens an expression: the operations of its formula, drawn, in its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count

from msgspec.structs import replace

from nnviz.document.acts import Act
from nnviz.document.document import Document, Group
from nnviz.document.graph_edits import STEMS
from nnviz.document.rules import check_count, check_place, taken_ids
from nnviz.errors import ConfigError
from nnviz.lowering.opening import EXPRESSION, Opening, opened, opening
from nnviz.lowering.shapes import survey
from nnviz.words import tr

COLUMN, ROW = 380.0, 220.0
"""From operation to operation, in pixels at 100 %."""

Places = dict[str, tuple[float, float]]


class OpenExpression(Act, frozen=True):
    """Replace an expression by the operations that it stands for; every number stays as it is, bit for bit.

    The last operation keeps the id, the name and the edges that lead on. The ids of the others follow from the
    document. Where the expression has a place, they stand there, and what is around makes room.
    """

    node: str

    @property
    def title(self) -> str:
        """What the undo menu calls it."""
        return tr("Open {node} into its operations", node=self.node)

    def _changed(self, document: Document) -> Document:
        made = _opening(document, self.node)
        graph = opened(document.graph, {self.node: made})
        check_count(graph)
        return document.with_(
            graph=graph,
            positions=_places(document.positions, self.node, made),
            groups=tuple(_with(group, self.node, made) for group in document.groups),
        )


def _opening(document: Document, name: str) -> Opening:
    graph = document.graph
    node = graph.node(name)
    if node.kind != EXPRESSION:
        raise ConfigError(
            tr("Only an expression can be opened"),
            where=tr("node {id}", id=name),
            expected=tr("a node of the kind {kind}", kind=EXPRESSION),
            found=node.kind,
            ids=(name,),
        )
    known, errors = survey(graph)
    if name not in known:
        raise next((error for error in errors if name in error.ids), errors[0])
    return opening(graph, node, known, _free_names(document))


def _free_names(document: Document) -> Callable[[str], str]:
    taken = taken_ids(document)

    def name(kind: str) -> str:
        stem = "e" if kind == "edge" else STEMS.get(kind, kind)
        found = next(each for number in count(1) if (each := f"{stem}{number}") not in taken)
        taken.add(found)
        return found

    return name


def _with(group: Group, node: str, made: Opening) -> Group:
    """A group that held the expression holds its operations."""
    if node not in group.nodes:
        return group
    return replace(group, nodes=(*group.nodes, *(each.id for each in made.nodes[:-1])))


# Places


def _places(before: Mapping[str, tuple[float, float]], node: str, made: Opening) -> Places:
    """Where everything stands: operations from the old place to the right, what was there further right or aside."""
    if node not in before:
        return dict(before)
    x, y = before[node]
    operands = _operands(made)
    levels, heights = _levels(operands), _heights(operands)
    deep, high = max(levels.values()), max(heights.values())
    places = {each: _aside(place, (x, y), deep * COLUMN, high * ROW / 2) for each, place in before.items()}
    for each in operands:
        places[each] = (x + (deep - levels[each]) * COLUMN, y + (heights[each] - high / 2) * ROW)
    for place in places.values():
        check_place(*place)
    return places


def _aside(place: tuple[float, float], old: tuple[float, float], right: float, apart: float) -> tuple[float, float]:
    """A place after room was made about another: what stood to its right moves right, above it up, below it down."""
    if place[0] >= old[0] + COLUMN / 2:
        return place[0] + right, place[1]
    if place[0] > old[0] - COLUMN / 2 and place[1] != old[1]:
        return place[0], place[1] + (apart if place[1] > old[1] else -apart)
    return place


def _levels(operands: dict[str, list[str]]) -> dict[str, int]:
    """How many operations lie between each one and the last; each is used once."""
    levels = dict.fromkeys(operands, 0)
    for node in reversed(operands):
        for operand in operands[node]:
            levels[operand] = levels[node] + 1
    return levels


def _heights(operands: dict[str, list[str]]) -> dict[str, float]:
    """The row of each operation: those that use no other stand one under the other, others amid those they use."""
    heights: dict[str, float] = {}
    rows = count()
    for node, used in operands.items():
        heights[node] = (heights[used[0]] + heights[used[-1]]) / 2 if used else float(next(rows))
    return heights


def _operands(made: Opening) -> dict[str, list[str]]:
    """For each operation, in order, the operations inside that lead into it."""
    found: dict[str, list[str]] = {node.id: [] for node in made.nodes}
    for edge in made.edges:
        if edge.source in found:
            found[edge.target].append(edge.source)
    return found
