"""What may stand in a document: one check for each of its parts, used by edits and by the reader of files alike.

Every check returns nothing or raises a named error. Limits are stated here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nnviz.data.choice import DataChoice, TableFile
from nnviz.data.table import Column, Table
from nnviz.document.document import Document, Group, Note, fits_memory
from nnviz.engine.optimizers import RULES
from nnviz.errors import ConfigError, DataError, GraphError, ShapeError
from nnviz.graph import Edge, Graph, Node, is_id
from nnviz.graph.values import MAX_EDGES, MAX_NODES
from nnviz.learning.settings import Run, TrainingState
from nnviz.lowering import KINDS, ParameterSpec
from nnviz.lowering.expression import formula
from nnviz.lowering.kinds import check_options
from nnviz.lowering.normalising import VARIANCE, statistic_shapes
from nnviz.lowering.opening import EXPRESSION
from nnviz.words import tr

MAX_NAME: Final = 1_000
MAX_TEXT: Final = 100_000
MAX_COORDINATE: Final = 1e9
MAX_PARTS: Final = 10_000
MAX_COLUMNS: Final = 10_000
MAX_FORMULAS: Final = 100_000
"""Characters of all formulas together: opened, they must still be a network that can be drawn."""
MAX_SEED: Final = 2**64 - 1

MEMORY_SLOTS: Final[Mapping[str, Collection[str]]] = {
    "": (),
    **{name: tuple(slot.name for slot in rule.row.slots) for name, rule in RULES.items()},
}
"""The arrays that each optimizer may have left in the training state."""

_SHA256 = re.compile(r"[0-9a-f]{64}")


# Names, texts, places


def check_id(text: str) -> None:
    """Refuse a text that cannot be an id."""
    if not is_id(text):
        raise ConfigError(
            tr("This cannot be an id"),
            expected=tr("a letter or underscore, then letters, digits and underscores, 64 at most"),
            found=repr(text),
        )


def check_text(text: str, limit: int = MAX_NAME) -> None:
    """Refuse a text that is too long, or that no file can hold."""
    if len(text) > limit:
        raise ConfigError(
            tr("The text is too long"),
            expected=tr("at most {limit:,} characters", limit=limit),
            found=tr("{count:,} characters", count=len(text)),
        )
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ConfigError(
            tr("The text holds half of a character"), expected=tr("text that UTF-8 can write"), found=ascii(text)
        ) from None


def check_place(x: float, y: float) -> None:
    """Refuse a position that is not finite or out of all reach."""
    if not (abs(x) <= MAX_COORDINATE and abs(y) <= MAX_COORDINATE):
        raise ConfigError(
            tr("This is no place on the canvas"),
            expected=tr("two numbers from {low} to {high}", low=-MAX_COORDINATE, high=MAX_COORDINATE),
            found=f"({x}, {y})",
        )


def check_seed(seed: int) -> None:
    """Refuse a seed outside 0 … 2⁶⁴ − 1."""
    if not 0 <= seed <= MAX_SEED:
        raise ConfigError(
            tr("The seed is out of range"),
            expected=tr("a whole number from 0 to {high}", high=MAX_SEED),
            found=str(seed),
        )


# Nodes and edges


def check_count(graph: Graph) -> None:
    """Refuse a graph with too many nodes or edges, or with formulas that are too long together."""
    for what, parts, limit in (
        (tr("The network has too many nodes"), graph.nodes, MAX_NODES),
        (tr("The network has too many edges"), graph.edges, MAX_EDGES),
    ):
        if len(parts) > limit:
            raise GraphError(
                what,
                expected=tr("at most {limit:,}", limit=limit),
                found=f"{len(parts):,}",
                hint=tr("Draw layers instead of single neurons"),
            )
    length = sum(len(formula(node)) for node in graph.nodes if node.kind == EXPRESSION)
    if length > MAX_FORMULAS:
        raise GraphError(
            tr("The formulas are too long together"),
            expected=tr("at most {limit:,} characters", limit=MAX_FORMULAS),
            found=f"{length:,}",
            hint=tr("Remove some of the expressions"),
        )


def check_node(node: Node, graph: Graph) -> None:
    """Refuse a node with a wrong id, name, kind or option; ``graph`` tells which names are nodes."""
    check_id(node.id)
    check_text(node.name)
    check_options(node)
    for value in node.options.values():
        if isinstance(value, str):
            check_text(value)
    if node.options.get("bias_name"):
        check_shared(str(node.options["bias_name"]), graph)


def check_known(node: str, graph: Graph) -> None:
    """Refuse the id of a node that does not exist."""
    if node not in graph.by_id:
        raise GraphError(tr("There is no such node"), expected=tr("the id of a node"), found=repr(node), ids=(node,))


def check_shared(name: str, graph: Graph) -> None:
    """Refuse a name for a shared weight or bias that cannot be one, or that is the id of a node."""
    check_id(name)
    if name in graph.by_id:
        raise ConfigError(
            tr("A weight or bias cannot bear the id of a node"),
            expected=tr("a name of its own"),
            found=repr(name),
            hint=tr("Choose another name"),
            ids=(name,),
        )


def check_edge(edge: Edge, graph: Graph) -> None:
    """Refuse an edge with a wrong id, name, weight's name or port, or an end that does not exist."""
    check_id(edge.id)
    check_text(edge.name)
    if edge.shared:
        check_shared(edge.shared, graph)
    for end in (edge.source, edge.target):
        check_known(end, graph)
    if (edge.source_port, edge.target_port) != ("out", "in"):
        raise GraphError(
            tr("There is no such port"),
            where=tr("edge {id}", id=edge.id),
            expected=tr("an edge from out to in"),
            found=f"{edge.source_port!r}, {edge.target_port!r}",
            ids=(edge.id,),
        )


def taken_ids(document: Document) -> set[str]:
    """Every id and every parameter name that is in use, so that nothing new may bear it."""
    graph = document.graph
    return {
        *graph.by_id,
        *graph.edges_by_id,
        *(edge.key for edge in graph.edges),
        *(str(node.options["bias_name"]) for node in graph.nodes if node.options.get("bias_name")),
        *(note.id for note in document.notes),
        *(group.id for group in document.groups),
    }


def check_free(document: Document, new: str) -> None:
    """Refuse an id that cannot be one or is borne already."""
    check_id(new)
    if new in taken_ids(document):
        raise ConfigError(
            tr("This id is taken"), expected=tr("an id that nothing else bears"), found=repr(new), ids=(new,)
        )


# Notes and groups


def check_note(note: Note) -> None:
    """Refuse a note with a wrong id, text or place."""
    check_id(note.id)
    check_text(note.text, MAX_TEXT)
    check_place(note.x, note.y)


def check_group(group: Group, graph: Graph) -> None:
    """Refuse a group that is empty, names a node twice, or names one that does not exist."""
    check_id(group.id)
    check_text(group.name)
    for node in group.nodes:
        check_known(node, graph)
    if not group.nodes or len(set(group.nodes)) < len(group.nodes):
        raise ConfigError(
            tr("A group needs nodes, each once"),
            where=tr("group {id}", id=group.id),
            expected=tr("one node or more"),
            found=", ".join(group.nodes[:12]) or tr("none"),
            ids=(group.id,),
        )


# Numbers


def check_numbers(values: NDArray[np.float64] | None, shape: tuple[int, ...], key: str) -> None:
    """Refuse an array that is missing, of the wrong shape, or has a number that is not finite."""
    if values is None:
        raise ConfigError(
            tr("The numbers of {key} are missing", key=key), expected=sizes(shape), found=tr("nothing"), ids=(key,)
        )
    if values.shape != shape:
        raise ShapeError(
            tr("The numbers of {key} have the wrong shape", key=key),
            expected=sizes(shape),
            found=sizes(values.shape),
            hint=tr("Rows are what the weights come from, columns what they lead to"),
            ids=(key,),
        )
    check_finite(values, key)


def check_finite(values: NDArray[np.float64], what: str) -> None:
    """Refuse an array with a number that is not finite."""
    if np.isfinite(values).all():
        return
    place = tuple(int(index) for index in np.argwhere(~np.isfinite(values))[0])
    raise ConfigError(
        tr("A number of {what} is not finite", what=what),
        where=f"{what}[{', '.join(map(str, place))}]",
        expected=tr("finite numbers"),
        found=str(float(values[place])),
    )


def check_unasked(parameters: Mapping[str, NDArray[np.float64]], specs: Sequence[ParameterSpec]) -> None:
    """Refuse parameters for which there is no edge and no node."""
    keys = {spec.key for spec in specs}
    for key in parameters:
        if key not in keys:
            raise ConfigError(
                tr("There are numbers for something that is not in the network"),
                expected=tr("numbers for its weights and biases only"),
                found=repr(key),
                ids=(key,),
            )


def check_state(state: TrainingState, specs: Sequence[ParameterSpec], graph: Graph) -> None:
    """Refuse a training state of an unknown rule, or whose memory or statistics do not fit the network."""
    if state.optimizer not in MEMORY_SLOTS:
        raise ConfigError(
            tr("There is no such optimizer"),
            expected=tr("one of {choices}", choices=", ".join(filter(None, MEMORY_SLOTS))),
            found=repr(state.optimizer),
        )
    slots = MEMORY_SLOTS[state.optimizer]
    if not state.memory.keys() <= set(slots) or not fits_memory(state, specs):
        trained = [spec.key for spec in specs if spec.trained]
        raise ConfigError(
            tr("The optimizer's memory does not fit the network"),
            expected=tr(
                "{slots} for each of {keys}", slots=", ".join(slots) or tr("nothing"), keys=", ".join(trained[:8])
            ),
            found=", ".join(f"{slot}: {', '.join(list(keys)[:8])}" for slot, keys in state.memory.items()),
            hint=tr("Remove the memory; training then begins it anew"),
        )
    for slot, arrays in state.memory.items():
        for key, values in arrays.items():
            check_finite(values, f"{slot}.{key}")
    _check_counts(count=state.count, step=state.step, epoch=state.epoch, rows=state.rows)
    check_finite(np.array(state.loss), "loss")
    check_statistics(state, graph)


def check_statistics(state: TrainingState, graph: Graph) -> None:
    """Refuse running statistics that the graph does not call for, of another shape, or a variance below 0."""
    shapes = statistic_shapes(graph) if state.statistics else {}
    for key, values in state.statistics.items():
        if key not in shapes:
            raise ConfigError(
                tr("There is a running statistic of something that is not in the network"),
                expected=tr("one of {names}", names=_listed(shapes)) if shapes else tr("nothing"),
                found=repr(key),
            )
        check_numbers(values, shapes[key], key)
        if key.endswith(VARIANCE) and (values < 0).any():
            raise ConfigError(
                tr("A variance is below 0"), where=key, expected=tr("0 or more"), found=str(float(values.min()))
            )


def _listed(names: Collection[str]) -> str:
    return ", ".join(list(names)[:8]) or tr("nothing")


def check_run(run: Run) -> None:
    """Refuse a record of a run whose curves are not finite lines of numbers."""
    check_seed(run.seed)
    for name, curve in (("training", run.training), ("validation", run.validation)):
        check_numbers(curve, (curve.size,), name)
    for text in (run.executor, run.dtype, run.products):
        check_text(text)
    _check_counts(threads=run.threads, best_epoch=run.best_epoch, first_epoch=run.first_epoch)


def _check_counts(**counts: int) -> None:
    for name, count in counts.items():
        if not 0 <= count < 2**63:
            raise ConfigError(tr("{name} is out of range", name=name), expected=tr("0 or more"), found=str(count))


# Data


def check_data(data: DataChoice, graph: Graph) -> None:
    """Refuse a table that cannot be used, and a choice that names no such node or column."""
    if isinstance(data.table, Table):
        check_table(data.table)
    else:
        _check_table_file(data.table)
    for family, choice in (("input", data.inputs), ("loss", data.targets)):
        for node, columns in choice.items():
            check_known(node, graph)
            _check_family(graph.node(node), family)
            _check_columns(data, columns)
    if data.split.by:
        _check_columns(data, (data.split.by,))


def check_table(table: Table) -> None:
    """Refuse columns of unequal length, a name that comes twice, numbers that are not finite, codes of no class."""
    for text in (table.name, table.source):
        check_text(text)
    if len(table.columns) > MAX_COLUMNS:
        raise DataError(
            tr("The table has too many columns"),
            expected=tr("at most {n:,}", n=MAX_COLUMNS),
            found=f"{len(table.columns):,}",
        )
    twice = [name for name, count in Counter(column.name for column in table.columns).items() if count > 1]
    if twice:
        raise DataError(tr("Two columns bear the same name"), expected=tr("a name for each"), found=repr(twice[0]))
    for column in table.columns:
        _check_column(column, table.rows)


def _check_column(column: Column, rows: int) -> None:
    for text in (column.name, *column.classes):
        check_text(text)
    if column.values.shape != (rows,):
        raise DataError(
            tr("The columns differ in length"),
            where=column.name,
            expected=tr("{count} rows", count=rows),
            found=sizes(column.values.shape),
        )
    check_finite(column.values, column.name)
    if not column.classes:
        return
    if len(set(column.classes)) < len(column.classes):
        raise DataError(
            tr("Two classes bear the same name"),
            where=column.name,
            expected=tr("a name for each"),
            found=", ".join(column.classes[:12]),
        )
    column.check_classes()


def _check_table_file(table: TableFile) -> None:
    """A bare name only: a document must not make anybody open a file elsewhere."""
    bare = table.file not in ("", ".", "..") and len(table.file) <= 255 and not set(table.file) & set("/\\:\0")
    if not bare or not _SHA256.fullmatch(table.sha256) or table.size < 0:
        raise DataError(
            tr("This does not name a table"),
            expected=tr("a file name without folders, its size, and its SHA-256 in 64 hexadecimal digits"),
            found=f"{table.file!r}, {table.size}, {table.sha256!r}",
        )
    check_text(table.file)


def _check_family(node: Node, family: str) -> None:
    if KINDS[node.kind].family != family:
        raise DataError(
            tr("Columns go into inputs and losses only"),
            where=tr("node {id}", id=node.id),
            expected=tr("a node of the family {family}", family=family),
            found=node.kind,
            ids=(node.id,),
        )


def _check_columns(data: DataChoice, columns: Sequence[str]) -> None:
    for name in columns:
        if isinstance(data.table, Table):
            data.table.column(name)
        else:
            check_text(name)


def sizes(shape: tuple[int, ...]) -> str:
    """A shape as a message shows it: 4 × 8."""
    return " × ".join(map(str, shape)) or tr("a single number")
