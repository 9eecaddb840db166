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
from nnviz.words import tr

ACTIVATIONS = ("identity", "sigmoid", "tanh", "relu", "softmax")
BIAS_MODES = ("none", "fixed", "trained")
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
    """

    name: str
    words: str
    family: Family
    least: int
    most: int | None
    weighs: bool = False
    options: tuple[OptionSpec, ...] = ()

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


def _kinds() -> tuple[Kind, ...]:
    return (
        Kind("input", tr("Input"), "input", 0, 0, options=(_UNITS,)),
        Kind("perceptron", tr("Perceptron"), "neuron", 1, None, weighs=True, options=_NEURON),
        Kind("dense", tr("Dense layer"), "neuron", 1, None, weighs=True, options=(_UNITS, *_NEURON)),
        Kind("add", tr("Add"), "operation", 1, None),
        Kind("multiply", tr("Multiply"), "operation", 1, None),
        Kind("concatenate", tr("Concatenate"), "operation", 1, None),
        Kind("dropout", tr("Dropout"), "operation", 1, 1, options=(OptionSpec("p", 0.5, low=0.0, high=0.999),)),
        *(Kind(name, name, "activation", 1, None) for name in ACTIVATIONS),
        Kind("squared_error", tr("Squared error"), "loss", 1, None, options=_WEIGHT),
        Kind("binary_cross_entropy", tr("Binary cross-entropy"), "loss", 1, None, options=_WEIGHT),
        Kind("categorical_cross_entropy", tr("Categorical cross-entropy"), "loss", 1, None, options=_WEIGHT),
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


def units_of(node: Node) -> int:
    """How many units a node has that says so itself: input, perceptron, dense."""
    return 1 if node.kind == "perceptron" else int(KINDS[node.kind].option(node, "units"))


def form_out(node: Node, incoming: Sequence[Shape]) -> Shape:
    """The shape of one example that ``node`` gives, from the shapes that come in.

    Raises
    ------
    ShapeError
        If they do not fit; the message names the node and shows the shapes.
    """
    family = KINDS[node.kind].family
    if family in ("input", "neuron"):
        return (units_of(node),)
    if family == "loss":
        return ()
    if node.kind in ("add", "multiply") and len(set(incoming)) > 1:
        raise ShapeError(
            tr("What comes in differs in size"),
            where=tr("node {id}", id=node.id),
            expected=tr("as many units on every edge"),
            found=", ".join(str(shape[0]) for shape in incoming),
            hint=tr("Join them with Concatenate, or give them equal sizes"),
            ids=(node.id,),
        )
    if node.kind in ("add", "multiply"):
        return incoming[0]
    units = sum(shape[0] for shape in incoming)
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
