"""The document: all that is saved, undone and computed from, as one frozen value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import prod

import msgspec
import numpy as np
from numpy.typing import NDArray

from nnviz.conventions import Conventions
from nnviz.data.choice import DataChoice
from nnviz.document.arrays import frozen, same_arrays, same_bits
from nnviz.engine import initialisers
from nnviz.engine.arrays import Shape
from nnviz.engine.plan import Plan
from nnviz.errors import ShapeError
from nnviz.graph import Graph
from nnviz.learning.settings import Run, TrainingSettings, TrainingState
from nnviz.lowering import ParameterSpec, lower, parameter_specs
from nnviz.lowering.normalising import statistic_shapes
from nnviz.words import counted, tr

STARTS = {"bias": initialisers.zeros, "gain": initialisers.ones}
"""What parameters begin with that are not drawn, by kind."""
MAX_PARAMETERS = 2_000_000
"""How many numbers all weights and biases may be: with Adam's two moments they still fit into a file of 64 MiB."""


class Note(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text on the canvas at (x, y), in pixels at 100 %."""

    id: str
    text: str
    x: float
    y: float


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nodes that belong together, for example a layer, under a name for display."""

    id: str
    name: str
    nodes: tuple[str, ...]


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything about one network.

    Attributes
    ----------
    title : for display.
    graph : what was drawn.
    parameters : key to numbers, exactly the keys and shapes the graph calls for (see :func:`settled`).
    state : where training stands.
    positions : node id to (x, y) in pixels at 100 %; nodes without one are laid out automatically.
    notes, groups : what else stands on the canvas.
    data : the table and how it is used, or None.
    training, conventions, seed : the settings that change numbers.
    runs : records of training runs, oldest first.
    """

    title: str = ""
    graph: Graph = Graph()
    parameters: dict[str, NDArray[np.float64]] = {}
    state: TrainingState = TrainingState()
    positions: dict[str, tuple[float, float]] = {}
    notes: tuple[Note, ...] = ()
    groups: tuple[Group, ...] = ()
    data: DataChoice | None = None
    training: TrainingSettings = TrainingSettings()
    conventions: Conventions = Conventions()
    seed: int = 0
    runs: tuple[Run, ...] = ()

    def __repr__(self) -> str:
        told = (
            counted(len(self.graph.nodes), tr("node"), tr("nodes")),
            counted(len(self.graph.edges), tr("edge"), tr("edges")),
            counted(sum(array.size for array in self.parameters.values()), tr("parameter"), tr("parameters")),
            counted(self.state.step, tr("update"), tr("updates")),
        )
        return f"<Document {self.title!r}: {', '.join(told)}>"

    @property
    def plan(self) -> Plan:
        """The lowered network; found again while graph and conventions stay as they are.

        Raises
        ------
        GraphError, ShapeError, ConfigError
            The first thing that keeps the network from being computed.
        """
        return lower(self.graph, self.conventions)

    def with_(self, **changes: object) -> Document:
        """A document that differs in these fields and shares the rest."""
        return msgspec.structs.replace(self, **changes)


def settled(document: Document) -> Document:
    """The document with exactly the parameters its graph calls for.

    A parameter whose key and shape are still wanted keeps its numbers; a new weight is drawn by its own key, so that it
    does not depend on what else is there (its scale may, on how many weights meet it); a new bias is 0, a new gain 1.
    If any parameter came, went or changed, or is no longer trained, the optimizer's memory no longer fits and is
    emptied. Running statistics stay where they still fit, as weights do.

    Raises
    ------
    ShapeError
        If what shares a parameter differs in size, or all parameters together exceed :data:`MAX_PARAMETERS`.
    ConfigError
        If what shares a parameter disagrees on whether it is trained.
    """
    specs = wanted(document.graph)
    kept = document.parameters
    drawn = first_values(document, specs, [spec for spec in specs if not _fits(kept, spec)])
    fresh = {spec.key: drawn[spec.key] if spec.key in drawn else kept[spec.key] for spec in specs}
    state = _with_fitting_statistics(document.state, document.graph)
    if len(fresh) == len(kept) and all(fresh[key] is kept.get(key) for key in fresh):
        if fits_memory(state, specs):
            return document if state is document.state else document.with_(state=state)
        return document.with_(state=forgotten(state))
    return document.with_(parameters=fresh, state=forgotten(state))


def forgotten(state: TrainingState) -> TrainingState:
    """A training that has not begun; the running statistics stay, for they belong to the weights."""
    return TrainingState(statistics=state.statistics)


def _with_fitting_statistics(state: TrainingState, graph: Graph) -> TrainingState:
    """The state without statistics that the graph does not call for in their shape."""
    if not state.statistics:
        return state
    shapes = statistic_shapes(graph)
    fitting = {key: array for key, array in state.statistics.items() if shapes.get(key) == array.shape}
    return state if len(fitting) == len(state.statistics) else msgspec.structs.replace(state, statistics=fitting)


def wanted(graph: Graph) -> Sequence[ParameterSpec]:
    """The parameters a graph calls for, before any of them is made.

    Raises
    ------
    ShapeError, ConfigError
        As :func:`settled`.
    """
    specs = parameter_specs(graph)
    total = sum(prod(spec.shape) for spec in specs)
    if total > MAX_PARAMETERS:
        largest = max(specs, key=lambda spec: prod(spec.shape))
        raise ShapeError(
            tr("The network has too many weights and biases"),
            where=largest.key,
            expected=tr("at most {limit:,} numbers", limit=MAX_PARAMETERS),
            found=f"{total:,}",
            hint=tr("Give the layers fewer units"),
            ids=largest.ids,
        )
    return specs


def fits_memory(state: TrainingState, specs: Sequence[ParameterSpec]) -> bool:
    """Whether the optimizer's memory holds the trained parameters and no others, in their shapes."""
    shapes = {spec.key: spec.shape for spec in specs if spec.trained}
    return all(
        slot.keys() == shapes.keys() and all(slot[key].shape == shapes[key] for key in shapes)
        for slot in state.memory.values()
    )


def first_values(
    document: Document, specs: Sequence[ParameterSpec], chosen: Sequence[ParameterSpec]
) -> dict[str, NDArray[np.float64]]:
    """What some of a document's parameters begin with under its seed and its way to draw, by key."""
    if not chosen:
        return {}
    drawing, fans = document.training.drawing, fans_of(document.graph, specs)
    return {
        spec.key: frozen(
            STARTS[spec.kind](spec.shape)
            if spec.kind in STARTS
            else drawing.draw(spec.key, spec.shape, fans[spec.key], document.seed)
        )
        for spec in chosen
    }


def fans_of(graph: Graph, specs: Sequence[ParameterSpec]) -> dict[str, initialisers.Fans]:
    """For each weight how many weights enter a unit of its target, and leave a unit of its source.

    A weight that several edges share takes the larger numbers. A kernel (out, in, k, k) counts one place of its window:
    in · k² and out · k²; a parameter that is a matrix its rows and columns.
    """
    shapes = {spec.key: spec.shape for spec in specs if spec.kind == "weight"}
    weighing = [edge for edge in graph.edges if edge.key in shapes]
    into: Counter[str] = Counter()
    out: Counter[str] = Counter()
    for edge in weighing:
        into[edge.target] += prod(shapes[edge.key][:-1])
        out[edge.source] += shapes[edge.key][-1]
    fans = {key: _own_fans(shape) for key, shape in shapes.items()}
    for edge in weighing:
        known = fans[edge.key]
        fans[edge.key] = initialisers.Fans(max(known.into, into[edge.target]), max(known.out, out[edge.source]))
    return fans


def _own_fans(shape: Shape) -> initialisers.Fans:
    """Of a weight that belongs to a node, not to an edge."""
    if len(shape) == 4:
        return initialisers.Fans(prod(shape[1:]), prod((shape[0], *shape[2:])))
    return initialisers.Fans(*shape) if len(shape) == 2 else initialisers.Fans(1, 1)


def same(one: Document, other: Document) -> bool:
    """Whether two documents are equal in all that is saved, numbers bit for bit; cheap where they share."""
    return one is other or (
        all(getattr(one, field) == getattr(other, field) for field in _WITHOUT_ARRAYS)
        and same_arrays(one.parameters, other.parameters)
        and same_state(one.state, other.state)
        and len(one.runs) == len(other.runs)
        and all(map(_same_run, one.runs, other.runs))
    )


def same_state(one: TrainingState, other: TrainingState) -> bool:
    """Whether two training states agree, their memory and statistics bit for bit."""
    return one is other or (
        all(getattr(one, field) == getattr(other, field) for field in _STATE_WITHOUT_ARRAYS)
        and list(one.memory) == list(other.memory)
        and all(same_arrays(one.memory[slot], other.memory[slot]) for slot in one.memory)
        and same_arrays(one.statistics, other.statistics)
    )


_WITHOUT_ARRAYS = tuple(field for field in Document.__struct_fields__ if field not in {"parameters", "state", "runs"})

_STATE_WITHOUT_ARRAYS = tuple(f for f in TrainingState.__struct_fields__ if f not in {"memory", "statistics"})


def _same_run(one: Run, other: Run) -> bool:
    curves = ("training", "validation")
    return one is other or all(
        same_bits(getattr(one, field), getattr(other, field))
        if field in curves
        else getattr(one, field) == getattr(other, field)
        for field in Run.__struct_fields__
    )


def _fits(kept: Mapping[str, NDArray[np.float64]], spec: ParameterSpec) -> bool:
    return spec.key in kept and kept[spec.key].shape == spec.shape
