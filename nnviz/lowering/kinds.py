"""The table of node kinds: what each is called, may be told, takes in and gives out.

A new kind is a row here plus an emitter in :mod:`nnviz.lowering.lower`; palette, inspector, loader and checks read
the row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from nnviz.engine.arrays import Shape, shape_text
from nnviz.errors import ConfigError
from nnviz.graph.values import Node, Option
from nnviz.lowering.expression import check_formula
from nnviz.lowering.forms import FORMS, MAX_JOINED, check_rank, is_shape, read_shape, refused
from nnviz.words import one_of, tr

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
MAX_CHANNELS = 4_096
MAX_WINDOW = 64

Family = Literal["input", "neuron", "operation", "activation", "loss"]


@dataclass(frozen=True, slots=True)
class OptionSpec:
    """One option of a kind: its type, default and allowed range (``choices``, or ``low`` ≤ value ≤ ``high``).

    ``fits`` tells whether a text is allowed, and ``expected`` what to write, where not any text is.
    """

    name: str
    default: Option
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    words: str = ""
    fits: Callable[[str], bool] | None = None
    expected: str = ""

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
            return len(value) <= 1000 and (self.fits is None or self.fits(value))
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def _expected(self) -> str:
        if self.expected:
            return self.expected
        if self.choices:
            return one_of(self.choices)
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
    rank : how many dimensions what comes in has (None: any number); several things into an activation have one.
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
    rank: int | None = None

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
_SHAPE_WORDS = tr("whole numbers such as 1×8×8, {n:,} in all at most", n=MAX_JOINED)
_OWN_SHAPE = OptionSpec(
    "shape", "", words="such as 2×3 for a matrix; without it units in a line", fits=is_shape, expected=_SHAPE_WORDS
)
_SHAPE = OptionSpec(
    "shape",
    "1×8×8",
    words="of an image channels × height × width, of a matrix rows × columns",
    fits=lambda text: read_shape(text) is not None,
    expected=_SHAPE_WORDS,
)
_SLIDE = (
    OptionSpec("kernel", 3, low=1, high=MAX_WINDOW, words="height and width of the window that slides over the image"),
    OptionSpec("stride", 1, low=1, high=MAX_WINDOW, words="how far the window moves on"),
    OptionSpec("padding", 0, low=0, high=MAX_WINDOW, words="rows and columns of zeros around the image"),
)
_POOL = (
    OptionSpec("size", 2, low=1, high=MAX_WINDOW, words="height and width of the window"),
    OptionSpec("stride", 0, low=0, high=MAX_WINDOW, words="how far the window moves on; 0: its own size"),
)
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
    return Kind(name, words, "loss", 1, None, options=(*_WEIGHT, *options), told=told, has_target=has_target, rank=1)


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
        Kind("expression", tr("Expression"), "operation", 0, None, options=_FORMULA, rank=1),
        Kind("sum", tr("Sum of units"), "operation", 1, None, rank=1),
        Kind("mean", tr("Mean of units"), "operation", 1, None, rank=1),
        Kind("concatenate", tr("Concatenate"), "operation", 1, None, rank=1),
        Kind("select", tr("Select"), "operation", 1, 1, options=_RANGE, rank=1),
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


def _images() -> tuple[Kind, ...]:
    """What works on matrices and images."""
    channels = OptionSpec(
        "channels", 1, low=1, high=MAX_CHANNELS, words="how many go out, each with a kernel of its own"
    )
    by_unit = tuple(name for name in ACTIVATIONS if name not in WHOLE_ROW)
    neuron = (replace(_NEURON[0], choices=by_unit), *_NEURON[1:])
    return (
        Kind("reshape", tr("Reshape"), "operation", 1, 1, options=(_SHAPE,)),
        Kind("flatten", tr("Flatten"), "operation", 1, 1),
        Kind("matmul", tr("Matrix product"), "operation", 2, 2, rank=2),
        Kind("conv2d", tr("Convolution"), "neuron", 1, 1, options=(channels, *_SLIDE, *neuron), rank=3),
        Kind("max_pool", tr("Max pooling"), "operation", 1, 1, options=_POOL, rank=3),
        Kind("avg_pool", tr("Average pooling"), "operation", 1, 1, options=_POOL, rank=3),
    )


def _kinds() -> tuple[Kind, ...]:
    value = OptionSpec("value", 1.0, words="the number that every unit has")
    mode = OptionSpec("mode", "trained", choices=("trained", "fixed"), words="whether training changes it")
    return (
        Kind("input", tr("Input"), "input", 0, 0, options=(_UNITS,)),
        Kind("perceptron", tr("Perceptron"), "neuron", 1, None, weighs=True, options=_NEURON, rank=1),
        Kind("dense", tr("Dense layer"), "neuron", 1, None, weighs=True, options=(_UNITS, *_NEURON), rank=1),
        Kind("constant", tr("Constant"), "operation", 0, 0, options=(value, _UNITS), told=("value", "units")),
        Kind("parameter", tr("Parameter"), "operation", 0, 0, options=(mode, _UNITS, _OWN_SHAPE)),
        *_operations(),
        *_images(),
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
            expected=one_of(KINDS),
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
                expected=one_of(known) if known else tr("no option at all"),
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


def own_shape(node: Node) -> Shape:
    """The shape of a node that says so itself."""
    written = read_shape(str(KINDS["parameter"].option(node, "shape"))) if node.kind == "parameter" else None
    return written or (units_of(node),)


def form_out(node: Node, incoming: Sequence[Shape]) -> Shape:
    """The shape of one example that ``node`` gives, from the shapes that come in.

    Raises
    ------
    ShapeError
        If they do not fit; the message names the node and shows the shapes.
    """
    kind = KINDS[node.kind]
    for shape in incoming:
        check_rank(node, 1 if kind.family == "activation" and len(incoming) > 1 else kind.rank, shape)
    if node.kind in FORMS:
        return FORMS[node.kind](node, incoming, options_of(node))
    if kind.weighs or kind.most == 0:
        return own_shape(node)
    if kind.family == "loss":
        return ()
    if kind.alike:
        return _alike(node, incoming)
    if kind.rank is None and len(incoming) == 1:
        return incoming[0]
    return _in_line(node, sum(shape[0] for shape in incoming))


def options_of(node: Node) -> dict[str, Option]:
    """All options of a node, those that were not set with their defaults."""
    return {spec.name: node.options.get(spec.name, spec.default) for spec in KINDS[node.kind].options}


def _in_line(node: Node, units: int) -> Shape:
    """What a node gives to which so many units come."""
    if node.kind in ("sum", "mean"):
        return (1,)
    if node.kind == "select":
        return _selected(node, units)
    if units > MAX_JOINED:  # a few dozen joins, each doubling, would ask for more than any machine has
        raise refused(
            node,
            tr("What comes in is too large"),
            tr("at most {limit:,} units", limit=MAX_JOINED),
            f"{units:,}",
            tr("Remove edges, or give layers fewer units"),
        )
    return (units,)


ONE_UNIT: Shape = (1,)
"""A single number, which meets any shape in an operation that works unit by unit."""


def _alike(node: Node, incoming: Sequence[Shape]) -> Shape:
    several = {shape for shape in incoming if shape != ONE_UNIT}
    if len(several) > 1:
        raise refused(
            node,
            tr("What comes in differs in size"),
            tr("as many units on every edge, or a single one"),
            ", ".join(map(shape_text, incoming)),
            tr("Join them with Concatenate, or give them equal sizes"),
        )
    return several.pop() if several else ONE_UNIT


def selected_range(node: Node) -> tuple[int, int]:
    """The units that a select node takes, from 0: the first, and one behind the last."""
    first, count = (int(KINDS["select"].option(node, name)) for name in ("first", "units"))
    return first - 1, first - 1 + count


def _selected(node: Node, units: int) -> Shape:
    start, stop = selected_range(node)
    if stop > units:
        raise refused(
            node,
            tr("There are not so many units to select"),
            tr("units up to {n}", n=units),
            tr("{first} to {last}", first=start + 1, last=stop),
            tr("Select fewer units, or begin earlier"),
        )
    return (stop - start,)
