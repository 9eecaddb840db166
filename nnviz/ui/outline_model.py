"""The outline as a model: the nodes, then the edges, each with its numbers in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from nnviz.document.rules import sizes
from nnviz.errors import shortened
from nnviz.graph import Edge, Graph, Node
from nnviz.lowering.expression import shown_formula
from nnviz.lowering.forms import shape_words
from nnviz.lowering.kinds import KINDS
from nnviz.lowering.opening import EXPRESSION
from nnviz.numbers import GRADIENT_DIGITS, given_text, gradient_text, matrix_name, subscripted, value_text
from nnviz.session.annotations import Annotation, Annotator
from nnviz.session.drawing import norm
from nnviz.ui.kind_words import kind_words
from nnviz.ui.plate_model import exact
from nnviz.ui.tips import plain_tip
from nnviz.words import tr

Index = QModelIndex | QPersistentModelIndex

ID_ROLE = int(Qt.ItemDataRole.UserRole) + 1
"""The id of the node or edge of a row; empty for a group."""
KIND_ROLE = ID_ROLE + 1
"""What is said quietly behind its name."""
NUMBERS_ROLE = ID_ROLE + 2
"""Its numbers, to few digits."""

_GROUP = 0
_TIED = "\u00a0"
"""A space at which no line ends: a letter stays with its number."""
_SHOWN_UNITS = 3
_READ_UNITS = 16
_NO_INDEX = QModelIndex()


class Line(NamedTuple):
    """What a row says: name, kind, numbers to few digits, and all of it with all digits for assistive technology."""

    name: str
    kind: str
    numbers: str
    read: str


class OutlineModel(QAbstractItemModel):
    """Two groups, nodes and edges; a row is worded when it is looked at, and then kept until numbers change."""

    def __init__(self, annotator: Annotator, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._annotator = annotator
        self._ids: tuple[tuple[str, ...], tuple[str, ...]] = _ids_of(annotator.graph)
        self._rows = _rows_of(self._ids)
        self._lines: dict[str, Line] = {}

    # what it is about

    def show(self, annotator: Annotator) -> bool:
        """Take newer numbers, or another network; True if there are other rows now.

        Where there are not, whoever looks at some of them asks for :meth:`tell_changed`.
        """
        ids = _ids_of(annotator.graph)
        if ids != self._ids:
            self.beginResetModel()
            self._annotator, self._ids, self._rows, self._lines = annotator, ids, _rows_of(ids), {}
            self.endResetModel()
            return True
        self._annotator, self._lines = annotator, {}
        return False

    def tell_changed(self, first: QModelIndex, last: QModelIndex) -> None:
        """Announce other numbers from one row to another of the same group: those that can be seen, not thousands."""
        if first.isValid() and last.isValid():
            self.dataChanged.emit(first, last)

    def place_of(self, part: str) -> QModelIndex:
        """The row of a node or edge; no row if there is none."""
        if part not in self._rows:
            return QModelIndex()
        group, row = self._rows[part]
        return self.index(row, 0, self.index(group, 0))

    def groups(self) -> list[QModelIndex]:
        """The rows of the two groups."""
        return [self.index(group, 0) for group in range(len(self._ids))]

    # what Qt asks

    def index(self, row: int, column: int, parent: Index = _NO_INDEX) -> QModelIndex:
        """A row of a group, or a group."""
        if not (0 <= row < self.rowCount(parent) and column == 0):
            return QModelIndex()
        return self.createIndex(row, column, parent.row() + 1 if parent.isValid() else _GROUP)

    def parent(self, index: Index) -> QModelIndex:  # type: ignore[override]  # QObject has another parent, without arguments
        """The group of a row."""
        if not index.isValid() or index.internalId() == _GROUP:
            return QModelIndex()
        return self.createIndex(int(index.internalId()) - 1, 0, _GROUP)

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        """Two groups, and what is in them."""
        if not parent.isValid():
            return len(self._ids)
        return len(self._ids[parent.row()]) if parent.internalId() == _GROUP else 0

    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        """One column."""
        return 1

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Parts can be selected, groups cannot."""
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        usual = Qt.ItemFlag.ItemIsEnabled
        return usual if index.internalId() == _GROUP else usual | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The words of a row."""
        if not index.isValid():
            return None
        if index.internalId() == _GROUP:
            return self._group_data(index.row(), role)
        part = self._ids[int(index.internalId()) - 1][index.row()]
        if role == ID_ROLE:
            return part
        line = self._line(part)
        return {
            int(Qt.ItemDataRole.DisplayRole): line.name,
            KIND_ROLE: line.kind,
            NUMBERS_ROLE: line.numbers,
            int(Qt.ItemDataRole.AccessibleTextRole): line.read,
            int(Qt.ItemDataRole.ToolTipRole): plain_tip(line.read),
        }.get(int(role))

    def _group_data(self, group: int, role: int) -> object:
        words = (tr("Nodes"), tr("Edges"))[group]
        count = len(self._ids[group])
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{words} · {count:,}"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{words}, {count}"
        return "" if role == ID_ROLE else None

    def _line(self, part: str) -> Line:
        if part not in self._lines:
            graph = self._annotator.graph
            node = graph.by_id.get(part)
            self._lines[part] = (
                edge_line(self._annotator, graph.edge(part)) if node is None else node_line(self._annotator, node)
            )
        return self._lines[part]


def _ids_of(graph: Graph) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return tuple(node.id for node in graph.nodes), tuple(edge.id for edge in graph.edges)


def _rows_of(ids: Sequence[Sequence[str]]) -> dict[str, tuple[int, int]]:
    return {part: (group, row) for group, parts in enumerate(ids) for row, part in enumerate(parts)}


def node_line(annotator: Annotator, node: Node) -> Line:
    """What is said of a node."""
    notes = annotator.of_node(node)
    width = annotator.width(node.id)
    kind = kind_words(node.kind).name
    if KINDS[node.kind].family != "loss" and width > 1:
        kind = f"{kind}, {shape_words(annotator.shape(node.id))}"
    if node.kind == EXPRESSION:
        kind = tr("{kind} {formula}", kind=kind, formula=shortened(shown_formula(node)))
    shown = [note for note in notes if note.role in ("value", "preactivation", "delta", "gradient", "loss")]
    several = any(note.index for note in shown)
    given = KINDS[node.kind].family == "input"
    texts = [given_text(note.number, note.digits) if given and note.role == "value" else note.text for note in shown]
    told = _several(shown, texts) if several else _told(shown, texts)
    read = [f"{_letter(note)}{_place(note)} {exact(note.number)}" for note in notes[:_READ_UNITS]]
    more = tr("and {n} more", n=len(notes) - _READ_UNITS) if len(notes) > _READ_UNITS else ""
    name = subscripted(node.label)
    return Line(name, kind, "   ".join(told), ", ".join(filter(None, (f"{node.label}, {kind}", *read, more))))


def _told(notes: Sequence[Annotation], texts: Sequence[str]) -> list[str]:
    return [f"{_letter(note)}{_TIED}{text}" for note, text in zip(notes, texts, strict=True)]


def _several(notes: Sequence[Annotation], texts: Sequence[str]) -> list[str]:
    """The values of the first units; of a loss what there is once, its J."""
    pairs = list(zip(notes, texts, strict=True))
    once = [f"{_letter(note)}{_TIED}{text}" for note, text in pairs if not note.index]
    values = [text for note, text in pairs if note.role == "value" and note.index]
    if not values:
        return once
    return [*once, f"a{_TIED}" + "  ".join(values[:_SHOWN_UNITS]) + ("  …" if len(values) > _SHOWN_UNITS else "")]


def edge_line(annotator: Annotator, edge: Edge) -> Line:
    """What is said of an edge."""
    graph = annotator.graph
    source, target = graph.node(edge.source), graph.node(edge.target)
    ends = f"{subscripted(source.label)} → {subscripted(target.label)}"
    read_ends = tr("from {source} to {target}", source=source.label, target=target.label)
    if not KINDS[target.kind].weighs:
        plain = tr("no weight")
        return Line(subscripted(edge.label), ends, plain, f"{edge.label}, {read_ends}, {plain}")
    weights, gradient, goal = annotator.parameters.get(edge.key), annotator.gradient(edge.key), annotator.goal
    digits = annotator.digits
    if weights is not None and weights.size > 1:
        slope_size = value_text(norm(gradient), digits or GRADIENT_DIGITS)
        size = tr("{sizes} weights", sizes=sizes(weights.shape))
        told = f"‖W‖{_TIED}{value_text(norm(weights), digits)}   ‖∂{goal}/∂W‖{_TIED}{slope_size}"
        read = f"‖W‖ {exact(norm(weights))}, ‖∂{goal}/∂W‖ {exact(norm(gradient))}"
        return Line(matrix_name(edge.label), f"{ends} · {size}", told, f"{edge.label}, {read_ends}, {size}, {read}")
    weight = None if weights is None else float(weights.item())
    slope = None if gradient is None else float(gradient.item())
    told = f"w{_TIED}{value_text(weight, digits)}   ∂{_TIED}{gradient_text(slope, digits)}"
    read = f"w {exact(weight)}, ∂{goal}/∂w {exact(slope, signed=True)}"
    return Line(subscripted(edge.label), ends, told, f"{edge.label}, {read_ends}, {read}")


def _letter(note: Annotation) -> str:
    return {"value": "a", "preactivation": "z", "target": "y", "bias": "b"}.get(note.role, note.symbol)


def _place(note: Annotation) -> str:
    return f"[{', '.join(str(index + 1) for index in note.index)}]" if note.index else ""
