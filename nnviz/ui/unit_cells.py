"""The numbers of the units of a node as cells of a table: a row each unit, a column each quantity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from nnviz.engine.arrays import Shape
from nnviz.graph import Node
from nnviz.lowering.kinds import KINDS, NORMALISED
from nnviz.lowering.normalising import affine_of
from nnviz.numbers import given_text, value_text
from nnviz.session.annotations import Annotation, Annotator
from nnviz.words import tr


@dataclass(frozen=True)
class Quantity:
    """One column of a table of units, one row of a page: a role of annotations, and the role of its derivatives."""

    role: str
    name: str
    words: str
    tip: str = ""
    derivative: str = ""
    derivative_by: str = ""

    def derivative_of(self, goal: str) -> str:
        """The name of its derivative: ∂J/∂b, or δ."""
        return f"∂{goal}/∂{self.derivative_by}" if self.derivative_by else "δ"


_VALUE = Quantity("value", "a", tr("value a"), tr("What the node gives: a = g(z), or what its operation makes"))
_MADE = replace(_VALUE, derivative="node_gradient", derivative_by="a")
_GIVEN = Quantity("value", "x", tr("value x"), tr("What the row shown puts in"), "gradient", "x")
PREACTIVATION = Quantity(
    "preactivation", "z", "z", tr("What comes in, weighed and summed, and the bias: z = Σ w·x + b"), "delta"
)
BIAS = Quantity("bias", "b", tr("bias b"), tr("Added to what comes in"), "bias_gradient", "b")
GAIN = Quantity("gain", "γ", "γ", tr("Multiplies what was normalised"), "gain_gradient", "γ")
SHIFT = Quantity("shift", "β", "β", tr("Added after γ has multiplied"), "shift_gradient", "β")
_RUNNING = (
    Quantity("running_mean", "μ", tr("running mean μ"), tr("Takes the place of the rows' mean in evaluation")),
    Quantity("running_variance", "σ²", tr("running variance σ²"), tr("Takes the place of the rows' in evaluation")),
)
OWN = Quantity(
    "value", "w", tr("value w"), tr("A number of the network's own, which training changes"), "gradient", "w"
)
_PREDICTION = Quantity("prediction", "ŷ", tr("prediction ŷ"), tr("What comes in"))
_TARGET = Quantity("target", "y", tr("target y"), tr("What should come in, from the data"))
_TERM = Quantity("loss_term", "ℒ", tr("term ℒ"), tr("The share of this output in the loss of one example"))


def delta_tip(goal: str) -> str:
    """What δ is."""
    return tr("δ = ∂{goal}/∂z: how much {goal} grows when z grows", goal=goal)


def growth_tip(goal: str, by: str) -> str:
    """What ∂J/∂b is."""
    return tr("∂{goal}/∂{by}: how much {goal} grows when {by} grows", goal=goal, by=by)


def quantities(node: Node, shape: Shape = (1,)) -> tuple[Quantity, ...]:
    """What is told about each unit of a node, or each number of an image of that shape."""
    family = KINDS[node.kind].family
    if family == "loss":
        return (_PREDICTION, _TARGET, _TERM) if KINDS[node.kind].has_target else (_PREDICTION, _TERM)
    if node.kind == "parameter":
        return (OWN,)
    if family == "input":
        return (_GIVEN,)
    of_channels = channel_quantities(node, shape)
    if node.kind in NORMALISED:
        return (_MADE, *(() if of_channels else _of_normalisation(node)))
    if family != "neuron":
        return (_MADE,)
    told = KINDS[node.kind].option(node, "bias") != "none" and not of_channels
    return (_VALUE, PREACTIVATION, BIAS) if told else (_VALUE, PREACTIVATION)


def channel_quantities(node: Node, shape: Shape) -> tuple[Quantity, ...]:
    """What a node has for each channel of an image of that shape, not for each place of it."""
    if len(shape) == 1:
        return ()
    if node.kind == "conv2d":
        return () if KINDS[node.kind].option(node, "bias") == "none" else (BIAS,)
    return _of_normalisation(node) if node.kind == "batch_norm" else ()


def _of_normalisation(node: Node) -> tuple[Quantity, ...]:
    own = () if affine_of(node) == "none" else (GAIN, SHIFT)
    return (*own, *(_RUNNING if node.kind == "batch_norm" else ()))


@dataclass(frozen=True)
class UnitCells:
    """A table of units: a row each, a column each quantity. ``numbers`` are by role, a number (or None) each unit."""

    names: Sequence[str]
    columns: tuple[Quantity, ...]
    numbers: dict[str, list[float | None]]
    given: bool = False
    goal: str = "J"

    @property
    def shape(self) -> tuple[int, int]:
        """Units and quantities."""
        return len(self.names), len(self.columns)

    @property
    def editable(self) -> range:
        """The biases, the numbers of a parameter, or γ and β, which stand side by side."""
        places = [place for place, column in enumerate(self.columns) if column in (BIAS, OWN, GAIN, SHIFT)]
        return range(places[0], places[-1] + 1) if places else range(0)

    def row_name(self, row: int) -> str:
        """The unit."""
        return self.names[row]

    def column_name(self, column: int) -> str:
        """The letter of the quantity, and of its derivative."""
        told = self.columns[column]
        return f"{told.name}, {told.derivative_of(self.goal)}" if self.has_derivative(column) else told.name

    def name(self, row: int, column: int) -> str:
        """The letter and the unit."""
        return tr("{letter} of {unit}", letter=self.columns[column].name, unit=self.names[row])

    def number(self, row: int, column: int) -> float | None:
        """The quantity of a unit."""
        return at(self.numbers.get(self.columns[column].role), row)

    def text(self, row: int, column: int) -> str:
        """It as it is shown: what the data gives has no more digits than it was given."""
        number = self.number(row, column)
        return given_text(number) if self.given or self.columns[column] is _TARGET else value_text(number)

    def mark(self, row: int, column: int) -> str:
        """Nothing: the heading of the column says all."""
        return ""

    def has_derivative(self, column: int) -> bool:
        """Whether it has one: a fixed bias has none."""
        return self.columns[column].derivative in self.numbers

    def derivative(self, row: int, column: int) -> float | None:
        """Its derivative."""
        return at(self.numbers.get(self.columns[column].derivative), row)

    def derivative_name(self, row: int, column: int) -> str:
        """Its letter."""
        return self.columns[column].derivative_of(self.goal)


def at(found: list[float | None] | None, place: int) -> float | None:
    """The number at a place; None where there is none."""
    return None if found is None or place >= len(found) else found[place]


def numbers_by_role(annotator: Annotator, node: Node) -> dict[str, list[float | None]]:
    """The numbers of a node by role, one each unit; of a loss, what comes in as predictions too."""
    found: dict[str, list[float | None]] = {}
    for note in (*annotator.of_node(node), *annotator.of_output(node)):
        found.setdefault(note.role, []).append(note.number)
    if KINDS[node.kind].family == "loss":
        sources = [annotator.graph.node(edge.source) for edge in annotator.graph.into(node.id)]
        notes: list[Annotation] = [note for source in sources for note in annotator.of_node(source)]
        found["prediction"] = [note.number for note in notes if note.role == "value"]
    return found
