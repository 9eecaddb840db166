"""The table of node kinds: what each is called, may be told, takes in and gives out.

A new kind is a row here plus an emitter in :mod:`nnviz.lowering.lower`; palette, inspector, loader and checks read
the row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from nnviz.engine.arrays import Shape
from nnviz.errors import ConfigError, ShapeError
from nnviz.graph.values import Node, Option
from nnviz.lowering.expression import check_formula
from nnviz.words import tr

ACTIVATIONS = (
    "identity",
    "sigmoid",
    "tanh",
    "relu",
    "softmax",
    "leaky_relu",
    "elu",
    "gelu",
    "silu",
    "softplus",
    "log_softmax",
    "step",
)
WHOLE_ROW = ("softmax", "log_softmax")
"""Activations in which every unit depends on all the others of its node."""
ONE_ANSWER = ("categorical_cross_entropy", "categorical_cross_entropy_logits")
"""Losses that always sum over their outputs, whose classes are one answer."""
BIAS_MODES = ("none", "fixed", "trained")
NORMALISED = ("batch_norm", "layer_norm")
"""Kinds that bring what comes in to mean 0 and variance 1; each is several instructions."""
MAX_UNITS = 100_000
MAX_JOINED = 1_000_000

Family = Literal["input", "neuron", "operation", "activation", "loss"]


@dataclass(frozen=True, slots=True)
class OptionSpec:
    """One option of a kind: its type, default and allowed range (``choices``, or ``low`` ≤ value ≤ ``high``)."""

    name: str
    default: Option
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    words: str = ""

    def check(self, value: Option, node: str) -> None:
        """Refuse a value of the wrong type or outside the range.

        Raises
        ------
        ConfigError
            Naming node, option, what is allowed and what was found.
        """
        if not self._allows(value):
            raise ConfigError(
                tr("The option {name} cannot be this", name=self.name),
                where=tr("node {id}", id=node),
                expected=self._expected(),
                found=repr(value),
                ids=(node,),
            )

    def _allows(self, value: Option) -> bool:
        wanted = type(self.default)
        right = type(value) is wanted or (wanted is float and type(value) is int)
        if not right or (self.choices and value not in self.choices):
            return False
        if isinstance(value, str):
            return len(value) <= 1000
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def _expected(self) -> str:
        if self.choices:
            return tr("one of {choices}", choices=", ".join(self.choices))
        if self.low is not None and self.high is not None:
            return tr("a number from {low} to {high}", low=self.low, high=self.high)
        return {bool: tr("yes or no"), str: tr("a text of at most 1,000 characters")}.get(
            type(self.default), tr("a number")
        )


@dataclass(frozen=True, slots=True)
class Kind:
    """One row: a kind of node.

    Attributes
    ----------
    name, words : the key in files, and what a reader sees.
    family : how it is drawn and lowered.
    least, most : how many edges may come in (None: any number).
    weighs : whether every edge that comes in carries a weight.
    options : what it may be told.
    told : the options that its operation is told too.
    alike : whether all that comes in must be of one size; else it is put side by side.
    has_target : of a loss, whether it compares with targets.
    """

    name: str
    words: str
    family: Family
    least: int
    most: int | None
    weighs: bool = False
    options: tuple[OptionSpec, ...] = ()
    told: tuple[str, ...] = ()
    alike: bool = False
    has_target: bool = False

    def option(self, node: Node, name: str) -> Option:
        """The value of an option of ``node``, or its default."""
        spec = next(spec for spec in self.options if spec.name == name)
        return node.options.get(name, spec.default)


_UNITS = OptionSpec("units", 1, low=1, high=MAX_UNITS, words="how many units")
_NEURON = (
    OptionSpec("activation", "identity", choices=ACTIVATIONS, words="activation g of a = g(z)"),
    OptionSpec("bias", "trained", choices=BIAS_MODES, words="no bias, one that stays, or one that is trained"),
    OptionSpec("bias_name", "", words="a name makes several nodes share one bias"),
)
_WEIGHT = (OptionSpec("weight", 1.0, low=0.0, high=1e9, words="its share where there are several losses"),)
_AFFINE = OptionSpec(
    "affine", "trained", choices=("trained", "fixed", "none"), words="whether γ and β are trained, held, or left out"
)
_EPSILON = OptionSpec("epsilon", 1e-5, low=1e-300, high=1.0, words="is added to the variance, inside the root")
_MOMENTUM = OptionSpec(
    "momentum", 0.1, low=0.0, high=1.0, words="the share of each batch in the running mean and variance"
)
_RANGE = (
    OptionSpec("first", 1, low=1, high=MAX_JOINED, words="the first unit that is taken, counted from 1"),
    OptionSpec("units", 1, low=1, high=MAX_UNITS, words="how many units are taken"),
)
_FORMULA = (OptionSpec("formula", "", words="of the names of what comes in, + − * / ^, numbers and functions"),)
_DELTA = OptionSpec("delta", 1.0, low=1e-9, high=1e9, words="where the square turns into a straight line")


def _operation(name: str, words: str, least: int = 1, most: int | None = 1, *options: OptionSpec) -> Kind:
    """An operation on numbers, unit by unit; it is told all its options."""
    told = tuple(spec.name for spec in options)
    return Kind(name, words, "operation", least, most, options=options, told=told, alike=True)


def _activation(name: str) -> Kind:
    alpha = {
        "leaky_relu": OptionSpec("alpha", 0.01, low=0.0, high=1e9, words="the slope where z is not positive"),
        "elu": OptionSpec("alpha", 1.0, low=0.0, high=1e9, words="what −a comes near to where z is far below 0"),
    }.get(name)
    options = () if alpha is None else (alpha,)
    told = tuple(spec.name for spec in options)
    return Kind(name, name.replace("_", " "), "activation", 1, None, options=options, told=told)


def _loss(name: str, words: str, *options: OptionSpec, has_target: bool = True) -> Kind:
    told = tuple(spec.name for spec in options)
    return Kind(name, words, "loss", 1, None, options=(*_WEIGHT, *options), told=told, has_target=has_target)


def _operations() -> tuple[Kind, ...]:
    return (
        _operation("add", tr("Add"), 1, None),
        _operation("subtract", tr("Subtract"), 2, 2),
        _operation("multiply", tr("Multiply"), 1, None),
        _operation("divide", tr("Divide"), 2, 2),
        _operation(
            "power", tr("Power"), 1, 2, OptionSpec("exponent", 2.0, words="used where one edge comes in, not two")
        ),
        _operation("negate", tr("Negate")),
        _operation("exp", tr("Exponential")),
        _operation("log", tr("Logarithm")),
        _operation("sqrt", tr("Square root")),
        _operation("abs", tr("Absolute value")),
        _operation("square", tr("Square")),
        _operation("maximum", tr("Maximum"), 1, None),
        _operation("minimum", tr("Minimum"), 1, None),
        _operation("sin", tr("Sine")),
        _operation("cos", tr("Cosine")),
        Kind("expression", tr("Expression"), "operation", 0, None, options=_FORMULA),
        Kind("sum", tr("Sum of units"), "operation", 1, None),
        Kind("mean", tr("Mean of units"), "operation", 1, None),
        Kind("concatenate", tr("Concatenate"), "operation", 1, None),
        Kind("select", tr("Select"), "operation", 1, 1, options=_RANGE),
        Kind("dropout", tr("Dropout"), "operation", 1, 1, options=(OptionSpec("p", 0.5, low=0.0, high=0.999),)),
        Kind(
            "batch_norm",
            tr("Batch normalisation"),
            "operation",
            1,
            1,
            options=(_AFFINE, _EPSILON, _MOMENTUM),
            alike=True,
        ),
        Kind("layer_norm", tr("Layer normalisation"), "operation", 1, 1, options=(_AFFINE, _EPSILON), alike=True),
    )


def _kinds() -> tuple[Kind, ...]:
    value = OptionSpec("value", 1.0, words="the number that every unit has")
    mode = OptionSpec("mode", "trained", choices=("trained", "fixed"), words="whether training changes it")
    return (
        Kind("input", tr("Input"), "input", 0, 0, options=(_UNITS,)),
        Kind("perceptron", tr("Perceptron"), "neuron", 1, None, weighs=True, options=_NEURON),
        Kind("dense", tr("Dense layer"), "neuron", 1, None, weighs=True, options=(_UNITS, *_NEURON)),
        Kind("constant", tr("Constant"), "operation", 0, 0, options=(value, _UNITS), told=("value", "units")),
        Kind("parameter", tr("Parameter"), "operation", 0, 0, options=(mode, _UNITS)),
        *_operations(),
        *map(_activation, ACTIVATIONS),
        _loss("squared_error", tr("Squared error")),
        _loss("absolute_error", tr("Absolute error")),
        _loss("huber", tr("Huber"), _DELTA),
        _loss("binary_cross_entropy", tr("Binary cross-entropy")),
        _loss("binary_cross_entropy_logits", tr("Binary cross-entropy on logits")),
        _loss("categorical_cross_entropy", tr("Categorical cross-entropy")),
        _loss("categorical_cross_entropy_logits", tr("Categorical cross-entropy on logits")),
        _loss("hinge", tr("Hinge")),
        _loss("objective", tr("Objective"), has_target=False),
    )


KINDS: dict[str, Kind] = {kind.name: kind for kind in _kinds()}


def kind_of(node: Node) -> Kind:
    """The row of a node's kind.

    Raises
    ------
    ConfigError
        If there is no such kind.
    """
    if node.kind not in KINDS:
        raise ConfigError(
            tr("There is no such kind of node"),
            where=tr("node {id}", id=node.id),
            expected=tr("one of {choices}", choices=", ".join(KINDS)),
            found=repr(node.kind),
            ids=(node.id,),
        )
    return KINDS[node.kind]


def check_options(node: Node) -> None:
    """Refuse unknown options and values that are not allowed.

    Raises
    ------
    ConfigError
        Naming node, option, what is allowed and what was found.
    """
    known = {spec.name: spec for spec in kind_of(node).options}
    for name, value in node.options.items():
        if name not in known:
            raise ConfigError(
                tr("There is no such option"),
                where=tr("node {id}", id=node.id),
                expected=tr("one of {choices}", choices=", ".join(known)) if known else tr("no option at all"),
                found=repr(name),
                ids=(node.id,),
            )
        known[name].check(value, node.id)
    if "formula" in known:
        check_formula(node)


def stands_alone(node: Node) -> bool:
    """Whether a node makes numbers though nothing comes in: an input, a constant, a parameter."""
    return kind_of(node).most == 0


def units_of(node: Node) -> int:
    """How many units a node has that says so itself: input, constant, parameter, perceptron, dense."""
    return 1 if node.kind == "perceptron" else int(KINDS[node.kind].option(node, "units"))


def form_out(node: Node, incoming: Sequence[Shape]) -> Shape:
    """The shape of one example that ``node`` gives, from the shapes that come in.

    Raises
    ------
    ShapeError
        If they do not fit; the message names the node and shows the shapes.
    """
    kind = KINDS[node.kind]
    if kind.family == "neuron" or kind.most == 0:
        return (units_of(node),)
    if kind.family == "loss":
        return ()
    if kind.alike:
        return _alike(node, incoming)
    units = sum(shape[0] for shape in incoming)
    if node.kind in ("sum", "mean"):
        return (1,)
    if node.kind == "select":
        return _selected(node, units)
    if units > MAX_JOINED:  # a few dozen joins, each doubling, would ask for more than any machine has
        raise ShapeError(
            tr("What comes in is too large"),
            where=tr("node {id}", id=node.id),
            expected=tr("at most {limit:,} units", limit=MAX_JOINED),
            found=f"{units:,}",
            hint=tr("Remove edges, or give layers fewer units"),
            ids=(node.id,),
        )
    return (units,)


def _alike(node: Node, incoming: Sequence[Shape]) -> Shape:
    if len(set(incoming)) > 1:
        raise ShapeError(
            tr("What comes in differs in size"),
            where=tr("node {id}", id=node.id),
            expected=tr("as many units on every edge"),
            found=", ".join(str(shape[0]) for shape in incoming),
            hint=tr("Join them with Concatenate, or give them equal sizes"),
            ids=(node.id,),
        )
    return incoming[0]


def selected_range(node: Node) -> tuple[int, int]:
    """The units that a select node takes, from 0: the first, and one behind the last."""
    first, count = (int(KINDS["select"].option(node, name)) for name in ("first", "units"))
    return first - 1, first - 1 + count


def _selected(node: Node, units: int) -> Shape:
    start, stop = selected_range(node)
    if stop > units:
        raise ShapeError(
            tr("There are not so many units to select"),
            where=tr("node {id}", id=node.id),
            expected=tr("units up to {n}", n=units),
            found=tr("{first} to {last}", first=start + 1, last=stop),
            hint=tr("Select fewer units, or begin earlier"),
            ids=(node.id,),
        )
    return (stop - start,)
