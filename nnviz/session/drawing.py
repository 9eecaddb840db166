"""From a computed network to a diagram: which labels stand where, in words and digits.

Nodes and layers of up to 16 units are drawn unit by unit, each connection with its own weight and gradient; above
that, or behind such a layer, they are boxes whose edges carry shape and norms.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import hypot

import numpy as np
from numpy.typing import NDArray

from nnviz import numbers
from nnviz.engine.arrays import Shape
from nnviz.errors import ConfigError
from nnviz.graph import Edge, Node, columns
from nnviz.lowering.forms import shape_words
from nnviz.lowering.kinds import KINDS
from nnviz.lowering.lower import kernel_key
from nnviz.lowering.opening import EXPRESSION
from nnviz.numbers import entry_name, subscripted
from nnviz.session.annotations import Annotation, Annotator, Role, is_inner
from nnviz.session.computing import output_nodes
from nnviz.session.diagram import Diagram, DiagramEdge, DiagramNode, Heats, Label
from nnviz.session.heat import image_heats, kernel_heats
from nnviz.session.signs import brief, sign, term_symbols, unit_name
from nnviz.session.small_print import headings, small_print
from nnviz.words import tr

Rows = list[list[float]] | None

MOST_UNITS = 16
LONG = -0.12345678901234567
"""A number that shows all its digits and a sign: so wide a bias becomes that begins as 0, and a mean of other rows."""
UNIT_PITCH = 230.0
"""From centre to centre of the units of a layer that has a place of its own, in pixels at 100 %."""

SHOW = ("weight", "gradient", "value", "preactivation", "delta", "bias", "target", "legend", "print")
"""What a picture shows if nothing else is asked for; names of nodes are always shown."""
PARTS = (*SHOW, "node_gradient")
"""All that a picture can show; ∂J by the value of each node would crowd it, unless no edge has numbers of its own."""


_STANDING = ("graph", "data", "positions", "conventions")
"""Parts of a document that decide more than numbers of a drawing."""


@dataclass(frozen=True, slots=True)
class StepText:
    """What a step of a walkthrough adds to a picture: its phase, its lines, and what is lit."""

    phase: str
    lines: tuple[str, ...]
    lit: frozenset[str]


def check_show(show: str | Iterable[str]) -> tuple[str, ...]:
    """The parts to show, or the only one, or a refusal of unknown ones.

    Raises
    ------
    ConfigError
        Naming the unknown part and those there are.
    """
    wanted = (show,) if isinstance(show, str) else tuple(show)
    for part in wanted:
        if part not in PARTS:
            raise ConfigError(
                tr("There is nothing of that name to show"),
                expected=tr("some of {names}", names=", ".join(PARTS)),
                found=repr(part),
            )
    return wanted


def draw(
    annotator: Annotator, show: Sequence[str] = SHOW, step: StepText | None = None, *, reserve_step: bool = False
) -> Diagram:
    """The diagram of a computed network.

    Parameters
    ----------
    annotator : its numbers, as far as they are known.
    show : the parts to show, from :data:`PARTS`.
    step : the current step of a walkthrough, whose nodes and edges stay lit while the rest fades.
    reserve_step : leave room for a step, so that all pictures of a walkthrough have one frame.
    """
    return Drawing(annotator, show, step).diagram(reserve_step)


@dataclass(frozen=True, slots=True)
class Wire:
    """One weight that is drawn: the line, its ends, its name, and its place ``W[i, j]`` in its parameter."""

    id: str
    source: str
    target: str
    symbol: str
    i: int
    j: int


class Drawing:
    """Draws a document: once, or again and again with newer numbers, for what no number changes is found out once.

    Parameters are those of :func:`draw`.
    """

    def __init__(self, annotator: Annotator, show: Sequence[str] = SHOW, step: StepText | None = None) -> None:
        self.annotator = annotator
        self.document = annotator.document
        self.graph = self.document.graph
        self.show = frozenset(check_show(show))
        self.step = step
        self.columns = columns(self.graph)
        self.outputs = output_nodes(self.document)
        self._images = self._images_given()
        self.units = self._units()
        self._by_nodes = self._shows_node_gradients()
        self._wires = {edge.id: self._wires_of(edge) for edge in self.graph.edges if self._has_wires(edge)}
        self._labelled: Collection[str] | None = None

    def diagram(self, reserve_step: bool = False) -> Diagram:
        """All of it, with the words around it."""
        return Diagram(
            self._all_nodes(),
            self._all_edges(),
            headings(self.document, self.columns, self.outputs),
            self._legend() if "legend" in self.show else (),
            self._small_print() if "print" in self.show else (),
            self.step.lines if self.step else (),
            reserve_step,
            self.step.phase if self.step else "",  # type: ignore[arg-type]  # a phase, or nothing
            self.document.title,
        )

    def fits(self, annotator: Annotator, show: Sequence[str]) -> bool:
        """Whether only numbers differ between what is drawn here and what the annotator and the parts ask for."""
        mine, other = self.document, annotator.document
        same = all(getattr(mine, part) is getattr(other, part) for part in _STANDING)
        same = same and self.annotator.by_inputs == annotator.by_inputs
        return same and self.step is None and self.show == frozenset(show) and self.annotator.digits == annotator.digits

    def newer(self, annotator: Annotator, labelled: Collection[str]) -> Diagram:
        """Nodes and edges with newer numbers; of edges only those in ``labelled`` have labels, for others show none."""
        self.annotator, self.document, self._labelled = annotator, annotator.document, labelled
        try:
            return Diagram(self._all_nodes(), self._all_edges())
        finally:
            self._labelled = None

    def _all_nodes(self) -> tuple[DiagramNode, ...]:
        nodes, rows = [], dict.fromkeys(self.columns.values(), 0)
        for node in self.graph.nodes:
            made = self._nodes(node, rows[self.columns[node.id]])
            rows[self.columns[node.id]] += len(made)
            nodes += made
        return tuple(nodes)

    def _all_edges(self) -> tuple[DiagramEdge, ...]:
        return tuple(made for edge in self.graph.edges for made in self._edges(edge))

    def _units(self) -> dict[str, int]:
        """For every node the number of units it is drawn as; 0 for a box, which is what an image or a matrix is."""
        shown: dict[str, int] = {}
        for node in sorted(self.graph.nodes, key=lambda node: self.columns[node.id]):
            width = self.annotator.width(node.id)
            family = KINDS[node.kind].family
            apart = all(shown[edge.source] for edge in self.graph.into(node.id))
            in_line = len(self.annotator.shape(node.id)) == 1 and node.id not in self._images and node.kind != "conv2d"
            drawn = family in ("input", "neuron") and width <= MOST_UNITS and apart
            shown[node.id] = width if in_line and (drawn or width == 1) else 0
        return shown

    def _shows_node_gradients(self) -> bool:
        """Whether ∂J by each node's value is shown: if asked for, or where no edge has numbers of its own."""
        goal = self.annotator.by_inputs or any(KINDS[node.kind].family == "loss" for node in self.graph.nodes)
        return "node_gradient" in self.show or ("gradient" in self.show and goal and not self._weighs)

    @property
    def _weighs(self) -> bool:
        return any(KINDS[node.kind].family == "neuron" for node in self.graph.nodes)

    def _faded(self, *ids: str) -> bool:
        return self.step is not None and bool(self.step.lit) and not self.step.lit.intersection(ids)

    def _position(self, node: Node, unit: int) -> tuple[float, float] | None:
        """The place of one unit: a layer's units stand below each other about the layer's own place."""
        at, units = self.document.positions.get(node.id), max(1, self.units[node.id])
        return at if at is None else (at[0], at[1] + UNIT_PITCH * (unit - (units - 1) / 2))

    # nodes

    def _nodes(self, node: Node, row: int) -> list[DiagramNode]:
        family = KINDS[node.kind].family
        if not self.units[node.id] and family != "loss":
            return [self._box(node, row)]
        notes = self.annotator.of_node(node)
        if family == "loss":
            return [self._loss(node, row, notes)]
        if self._by_nodes:
            notes += self.annotator.of_output(node)
        if family in ("operation", "activation"):
            return [self._operation(node, row, notes)]
        return [self._neuron(node, row + unit, unit, notes) for unit in range(self.units[node.id])]

    def _neuron(self, node: Node, row: int, unit: int, notes: Sequence[Annotation]) -> DiagramNode:
        wide = self.units[node.id] > 1
        mine = {note.role: note for note in notes if note.index == ((unit,) if wide else ())}
        name = subscripted(unit_name(node.label, unit)) if wide else subscripted(node.label)
        inside = [Label("name", name)]
        given = KINDS[node.kind].family == "input"
        if "value" in self.show:
            value = mine["value"]
            value_shown = numbers.given_text(value.number, value.digits) if given else value.text
            inside.append(Label("value", value_shown, value.sign < 0))
        for role, symbol in (("preactivation", "z"), ("delta", "δ"), ("gradient", "∂")):
            if role in self.show and role in mine:
                inside.append(Label(role, f"{symbol} {mine[role].text}", mine[role].sign < 0))  # type: ignore[arg-type]  # roles of both tables are roles of labels
        if "node_gradient" in mine:
            inside.append(_node_gradient(mine["node_gradient"]))
        return DiagramNode(
            unit_id(node.id, unit, wide),
            "neuron",
            self.columns[node.id],
            row,
            tuple(inside),
            self._captions(node, unit, name, mine),
            self._target_plates(node, unit),
            self._position(node, unit),
            self._faded(node.id),
        )

    def _captions(self, node: Node, unit: int, name: str, mine: Mapping[Role, Annotation]) -> tuple[Label, ...]:
        captions = []
        if "bias" in self.show and "bias" in mine:
            bias = mine["bias"]
            grows = bias.number == 0 and "bias_gradient" in mine  # biases begin as 0
            room = f"b = {numbers.value_text(LONG, bias.digits)}" if grows else ""
            captions.append(Label("bias", f"b = {bias.text}", bias.sign < 0, room))
            if "bias_gradient" in mine and "gradient" in self.show:
                captions.append(Label("gradient", f"∂ {mine['bias_gradient'].text}", mine["bias_gradient"].sign < 0))
        column = self._column_name(node, unit)
        if column and column.casefold() not in (
            name.casefold(),
            f"{node.label}{unit + 1}".casefold(),
            node.label.casefold(),
        ):
            captions.append(Label("note", column))
        return tuple(captions)

    def _column_name(self, node: Node, unit: int) -> str:
        if self.document.data is None or KINDS[node.kind].family != "input":
            return ""
        names = self.document.data.inputs.get(node.id, ())
        return names[unit] if len(names) == self.annotator.width(node.id) else ""

    def _target_plates(self, node: Node, unit: int) -> tuple[tuple[Label, ...], ...]:
        if "target" not in self.show:
            return ()
        return tuple(
            plate
            for edge in self.graph.out_of(node.id)
            if KINDS[self.graph.node(edge.target).kind].has_target
            for plate in [self._target_plate(self.graph.node(edge.target), edge, unit)]
        )

    def _target_plate(self, loss: Node, edge: Edge, unit: int) -> tuple[Label, ...]:
        before = 0
        for other in self.graph.into(loss.id):
            if other.id == edge.id:
                break
            before += self.annotator.width(other.source)
        place = before + unit
        notes = [note for note in self.annotator.of_node(loss) if note.index in ((place,), ())]
        target = next(note for note in notes if note.role == "target")
        term = next(note for note in notes if note.role == "loss_term")
        width = sum(self.annotator.width(other.source) for other in self.graph.into(loss.id))
        index = str(place + 1) if width > 1 else ""
        name = self._class_name(loss, place, width)
        wanted = tr("target {y} = {number}", y=subscripted(f"y{index}"), number=target.text)
        lines = [Label("target", f"{name}: {wanted}" if name else wanted)]
        lines.append(Label("loss_term", f"{term_symbols(loss, index, self.document.conventions.half)} = {term.text}"))
        return tuple(lines)

    def _class_name(self, loss: Node, place: int, width: int) -> str:
        data = self.document.data
        if data is None or len(data.targets.get(loss.id, ())) != 1 or not hasattr(data.table, "by_name"):
            return ""
        column = data.table.by_name.get(data.targets[loss.id][0])
        return column.classes[place] if column is not None and len(column.classes) == width else ""

    def _box(self, node: Node, row: int) -> DiagramNode:
        inside = [Label("name", node.label), Label("shape", shape_words(self.annotator.shape(node.id)))]
        inside.append(Label("note", self._about(node)))
        values = self.annotator.values(node.id) if "value" in self.show else None
        if "value" in self.show:
            with np.errstate(all="ignore"):  # what overflows is shown as such
                mean = None if values is None else float(np.mean(values))
            told = numbers.value_text(mean, self.annotator.digits)
            room = tr("⌀ {number}", number=numbers.value_text(LONG, self.annotator.digits))
            inside.append(Label("preactivation", tr("⌀ {number}", number=told), room=room))
        if self._by_nodes and is_inner(node):
            slopes = self.annotator.output_gradient(node.id)
            inside.append(self._size_of_gradient("a", None if slopes is None else slopes.sum(axis=0)))
        key = {"conv2d": kernel_key(node), "parameter": node.id}.get(node.kind)
        if key is not None:
            inside += self._norms(self.annotator.parameters.get(key), self.annotator.gradient(key))
        return DiagramNode(
            node.id,
            "layer",
            self.columns[node.id],
            row,
            tuple(inside),
            position=self._position(node, 0),
            faded=self._faded(node.id),
            heats=tuple(self._heats(node, values)),
        )

    def _heats(self, node: Node, values: NDArray[np.float64] | None) -> Iterator[Heats]:
        """The image that a node gives for the one row in focus, and the kernels of a convolution."""
        image, trace = self._images.get(node.id), self.annotator.trace
        if image is not None and "value" in self.show and trace is not None and not self.annotator.many:
            yield image_heats(None if values is None else values[0].reshape(image), image)
        kernel = self.annotator.parameters.get(kernel_key(node)) if node.kind == "conv2d" else None
        if kernel is not None and "weight" in self.show:
            yield kernel_heats(kernel)

    def _images_given(self) -> dict[str, Shape]:
        """Of each node that gives an image its shape, also of an input that is only reshaped to one."""
        found: dict[str, Shape] = {}
        for node in self.graph.nodes:
            shape, readers = self.annotator.shape(node.id), self.graph.out_of(node.id)
            if KINDS[node.kind].family == "input" and len(readers) == 1:
                reader = self.graph.node(readers[0].target)
                shape = self.annotator.shape(reader.id) if reader.kind == "reshape" else shape
            if len(shape) == 3:
                found[node.id] = shape
        return found

    def _about(self, node: Node) -> str:
        """What a box says of what it computes."""
        kind = KINDS[node.kind]
        if node.kind == EXPRESSION:
            return brief(node)
        if kind.family != "neuron":
            return kind.words
        activation = str(kind.option(node, "activation"))
        if kind.weighs:
            return activation
        return kind.words if activation == "identity" else f"{kind.words} · {activation}"

    def _norms(self, weights: NDArray[np.float64] | None, gradient: NDArray[np.float64] | None) -> list[Label]:
        """The sizes of an array of weights and of its gradient."""
        labels = []
        if "weight" in self.show:
            labels.append(Label("norm", f"‖W‖ = {numbers.value_text(norm(weights), self.annotator.digits)}"))
        if "gradient" in self.show:
            labels.append(self._size_of_gradient("W", gradient))
        return labels

    def _size_of_gradient(self, by: str, gradient: NDArray[np.float64] | None) -> Label:
        size = numbers.value_text(norm(gradient), self.annotator.digits or numbers.GRADIENT_DIGITS)
        return Label("gradient", f"‖∂{self.annotator.goal}/∂{by}‖ = {size}")

    def _operation(self, node: Node, row: int, notes: Sequence[Annotation]) -> DiagramNode:
        inside = [sign(node)]
        if "value" in self.show and node.kind != "constant":
            inside += [Label("value", note.text, note.sign < 0) for note in notes if note.role == "value"]
        inside += [_node_gradient(note) for note in notes if note.role == "node_gradient"]
        captions = [] if node.kind == "parameter" else [Label("name", subscripted(node.label))]  # it has it inside
        captions += self._own_captions(notes)
        return DiagramNode(
            node.id,
            "operation",
            self.columns[node.id],
            row,
            tuple(inside),
            tuple(captions),
            self._target_plates(node, 0),
            self._position(node, 0),
            self._faded(node.id),
        )

    def _own_captions(self, notes: Sequence[Annotation]) -> Iterator[Label]:
        """What an operation has of its own: the gradient of a parameter, γ and β of a normalisation with theirs."""
        for note in notes:
            if note.role in ("gain", "shift") and "bias" in self.show:
                yield Label("bias", f"{note.symbol} = {note.text}", note.sign < 0)
            elif note.role in ("gradient", "gain_gradient", "shift_gradient") and "gradient" in self.show:
                yield Label("gradient", f"∂ {note.text}", note.sign < 0)

    def _loss(self, node: Node, row: int, notes: Sequence[Annotation]) -> DiagramNode:
        loss = next(note for note in notes if note.role == "loss")
        heads = sum(KINDS[other.kind].family == "loss" for other in self.graph.nodes)
        name = tr("loss J") if heads == 1 else tr("loss {name}", name=node.label)
        inside = [Label("name", name)] + ([Label("value", loss.text)] if "value" in self.show else [])
        return DiagramNode(
            node.id,
            "loss",
            self.columns[node.id],
            row,
            tuple(inside),
            position=self._position(node, 0),
            faded=self._faded(node.id),
        )

    # edges

    def _edges(self, edge: Edge) -> list[DiagramEdge]:
        sources, targets = self.units[edge.source], self.units[edge.target]
        faded = self._faded(edge.id)
        if not KINDS[self.graph.node(edge.target).kind].weighs:
            return [
                DiagramEdge(
                    f"{edge.id}[{unit}]" if sources > 1 else edge.id,
                    unit_id(edge.source, unit, sources > 1),
                    edge.target,
                    faded=faded,
                )
                for unit in range(max(1, sources))
            ]
        if not targets or not sources:
            return self._matrix_edges(edge, faded)
        weights, gradient = rows(self.annotator.parameters.get(edge.key)), rows(self.annotator.gradient(edge.key))
        return [self._wire_edge(wire, weights, gradient, faded) for wire in self._wires[edge.id]]

    def _has_wires(self, edge: Edge) -> bool:
        """Whether each number of an edge is a line of its own."""
        weighs = KINDS[self.graph.node(edge.target).kind].weighs
        return weighs and bool(self.units[edge.source] and self.units[edge.target])

    def _wires_of(self, edge: Edge) -> list[Wire]:
        sources, targets = self.units[edge.source], self.units[edge.target]
        return [
            Wire(
                edge.id if sources == targets == 1 else f"{edge.id}[{i},{j}]",
                unit_id(edge.source, i, sources > 1),
                unit_id(edge.target, j, targets > 1),
                self._symbol(edge, i, j),
                i,
                j,
            )
            for j in range(targets)
            for i in range(sources)
        ]

    def _wire_edge(self, wire: Wire, weights: Rows, gradient: Rows, faded: bool) -> DiagramEdge:
        weight = None if weights is None else weights[wire.i][wire.j]
        slope = None if gradient is None else gradient[wire.i][wire.j]
        wanted = self._labelled is None or wire.id in self._labelled
        labels = self._edge_labels(wire.symbol, weight, slope) if wanted else ()
        return DiagramEdge(wire.id, wire.source, wire.target, weight, labels, faded=faded)

    def _symbol(self, edge: Edge, i: int, j: int) -> str:
        sources, targets = self.units[edge.source], self.units[edge.target]
        if sources == targets == 1:
            return subscripted(edge.label)
        return entry_name(edge.label, i, j)

    def _edge_labels(self, symbol: str, weight: float | None, gradient: float | None) -> tuple[Label, ...]:
        labels = []
        if "weight" in self.show:
            text = numbers.value_text(weight, self.annotator.digits)
            labels.append(Label("weight", f"{symbol} = {text}", weight is not None and weight < 0))
        if "gradient" in self.show:
            text = numbers.gradient_text(gradient, self.annotator.digits)
            labels.append(Label("gradient", f"∂ {text}", gradient is not None and gradient < 0))
        return tuple(labels)

    def _matrix_edges(self, edge: Edge, faded: bool) -> list[DiagramEdge]:
        """An edge into a box: one line with all of its matrix, or of each unit that is drawn one with its row."""
        weights, gradient = self.annotator.parameters.get(edge.key), self.annotator.gradient(edge.key)
        width, sources = self.annotator.width(edge.source), self.units[edge.source]
        if sources < 2:
            labels = self._matrix_labels(width, edge, weights, gradient)
            return [DiagramEdge(edge.id, edge.source, edge.target, None, labels, layer=True, faded=faded)]
        return [
            DiagramEdge(
                f"{edge.id}[{unit}]",
                unit_id(edge.source, unit, True),
                edge.target,
                None,
                self._matrix_labels(1, edge, *(None if each is None else each[unit] for each in (weights, gradient))),
                layer=True,
                faded=faded,
            )
            for unit in range(sources)
        ]

    def _matrix_labels(
        self, width: int, edge: Edge, weights: NDArray[np.float64] | None, gradient: NDArray[np.float64] | None
    ) -> tuple[Label, ...]:
        sizes = Label("shape", f"{width} × {self.annotator.width(edge.target)}")
        return (sizes, *self._norms(weights, gradient))

    @property
    def _has_boxes(self) -> bool:
        return any(not units for units in self.units.values())

    def _small_print(self) -> tuple[str, ...]:
        told = small_print(self.annotator)
        if "value" in self.show and self._has_boxes:
            told += (tr("⌀ mean of a block's numbers"),)
        if "value" in self.show and self._images and not self.annotator.many:
            told += (tr("images: faint the least, strong the largest number of a block"),)
        if "weight" in self.show and any(node.kind == "conv2d" for node in self.graph.nodes):
            told += (tr("kernels: a dash where negative"),)
        return told

    def _legend(self) -> tuple[Label, ...]:
        boxes, goal = self._has_boxes, self.annotator.goal
        texts = (tr("‖W‖ size of the weights"), f"‖∂{goal}/∂W‖") if boxes else (tr("weight w"), f"∂ = ∂{goal}/∂w")
        roles = ("norm", "gradient") if boxes else ("weight", "gradient")
        wanted = zip(("weight", "gradient"), roles, texts, strict=True)
        legend = tuple(Label(role, text) for part, role, text in wanted if part in self.show and self._weighs)  # type: ignore[arg-type]  # roles of both tables are roles of labels
        by_inputs = self.annotator.by_inputs and "gradient" in self.show
        if self._by_nodes:
            own = tr("in nodes ∂{goal}/∂value", goal=goal)
        elif by_inputs:
            own = tr("of inputs ∂{goal}/∂x", goal=goal) if self._weighs else f"∂ = ∂{goal}/∂x"
        return (*legend, Label("gradient", own)) if self._by_nodes or by_inputs else legend


def _node_gradient(note: Annotation) -> Label:
    return Label("gradient", f"∂ {note.text}", note.sign < 0)


def unit_id(node: str, unit: int, wide: bool) -> str:
    """The diagram's id of one unit of a node."""
    return f"{node}[{unit}]" if wide else node


def norm(values: NDArray[np.float64] | None) -> float | None:
    """‖W‖, the root of the sum of squares; None of what is not known.

    >>> norm(np.array([3.0, 4.0])), norm(np.array([0.0, 4e200]))
    (5.0, 4e+200)
    """
    if values is None:
        return None
    with np.errstate(over="ignore"):
        found = float(np.sqrt(np.sum(np.square(values))))
    # The squares of numbers far from 1 are no longer numbers, or 0.
    return found if 1e-140 < found < 1e140 else hypot(*values.ravel())


def rows(values: NDArray[np.float64] | None) -> Rows:
    """A matrix as lists, of which single numbers are read a good deal quicker; None of what is not known."""
    if values is None:
        return None
    listed: list[list[float]] = values.tolist()
    return listed
