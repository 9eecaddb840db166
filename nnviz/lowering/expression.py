"""The formula of an expression node: its text becomes gates, each of which is what one node would stand for.

The text is read by :mod:`nnviz.grammar`. A number has a point, for a comma parts arguments; each sign and each function
is one operation, of the engine's own; a number is a constant, with the minus before it, and as an exponent belongs to
its power. A name is the id or the label of a node that is connected; ids win, and low digits are read as others:
``x₁`` is ``x1``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from nnviz.errors import ConfigError, GraphError, shortened
from nnviz.grammar import MOST_OPERANDS, Fault, Part, is_name, read
from nnviz.graph import Graph, Node
from nnviz.words import meant, one_of, tr

DEEPEST = 64
"""Operations within one another."""
EXAMPLE = "x*y + sin(z)"


class Function(NamedTuple):
    """A function of a formula: the kind of node it stands for, and how many arguments it takes at most."""

    kind: str
    most: int = 1


FUNCTIONS: Mapping[str, Function] = {
    "exp": Function("exp"),
    "ln": Function("log"),
    "log": Function("log"),
    "sqrt": Function("sqrt"),
    "abs": Function("abs"),
    "square": Function("square"),
    "sin": Function("sin"),
    "cos": Function("cos"),
    "tanh": Function("tanh"),
    "sigmoid": Function("sigmoid"),
    "σ": Function("sigmoid"),
    "relu": Function("relu"),
    "softplus": Function("softplus"),
    "max": Function("maximum", MOST_OPERANDS),
    "min": Function("minimum", MOST_OPERANDS),
    "sum": Function("sum"),
    "mean": Function("mean"),
}
"""What may stand before parentheses; ``ln`` and ``log`` are both the natural logarithm."""


class Gate(NamedTuple):
    """One operation of a formula.

    Attributes
    ----------
    kind : the kind of node it stands for; ``name`` for something that comes in.
    operands : the gates it works on, by their places.
    number : the value of a constant, the exponent of a power that has one operand.
    name : of what comes in.
    start, stop : where it stands in the text.
    """

    kind: str
    operands: tuple[int, ...]
    number: float
    name: str
    start: int
    stop: int


def formula(node: Node) -> str:
    """The text of an expression node."""
    return str(node.options.get("formula", ""))


def shown_formula(node: Node) -> str:
    """The text as mathematics is set: with a raised dot, a true minus, single spaces.

    >>> shown_formula(Node("f", "expression", options={"formula": "2*x**2  - y"}))
    '2·x^2 − y'
    """
    return " ".join(formula(node).replace("**", "^").replace("*", "·").replace("-", "−").split())


def check_formula(node: Node) -> None:
    """Refuse a text that is no formula; an empty one is none yet.

    Raises
    ------
    ConfigError
        Showing what is wrong and the place in the text.
    """
    if formula(node).strip():
        gates_of(node)


def gates_of(node: Node) -> tuple[Gate, ...]:
    """The gates of an expression node, the last of which is its value.

    Raises
    ------
    ConfigError
        If its text is no formula; shows the place in the text.
    """
    text = formula(node)
    try:
        if not text.strip():
            raise ConfigError(
                tr("{name} has no formula", name=node.label), hint=tr("Write for example {it}", it=EXAMPLE)
            )
        return read_formula(text)
    except ConfigError as error:
        error.where = ", ".join(filter(None, (tr("node {id}", id=node.id), error.where)))
        error.ids = (node.id,)
        raise


@lru_cache(maxsize=1024)
def read_formula(text: str) -> tuple[Gate, ...]:
    """The gates of a text.

    >>> [gate.kind for gate in read_formula("-x^2 + 3")]
    ['name', 'square', 'negate', 'constant', 'add']

    Raises
    ------
    ConfigError
        Showing what is wrong and the place in the text.
    """
    return _Gates(text).made(read(text, lambda fault, at: _unread(text, fault, at), DEEPEST))


class _Gates:
    """Makes gates of parts: a minus goes into its number, a number that is an exponent into its power."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._gates: list[Gate] = []
        self._depths: list[int] = []

    def made(self, parts: Sequence[Part]) -> tuple[Gate, ...]:
        places: list[int] = []
        for part in parts:
            self._add(part, tuple(places[place] for place in part.operands))
            places.append(len(self._gates) - 1)
        return tuple(self._gates)

    def _add(self, part: Part, operands: tuple[int, ...]) -> None:
        last = self._gates[-1] if self._gates else None
        bare = last is not None and last.kind == "constant" and operands[-1:] == (len(self._gates) - 1,)
        if part.operation == "number":
            self._put(part, "constant", (), float(part.text))
        elif part.operation == "name":
            self._put(part, "name", (), name=canonical(part.text))
        elif part.operation == "negate" and bare:
            self._put(part, "constant", (), -self._taken_back())
        elif part.operation == "power" and bare:
            exponent = self._taken_back()
            self._put(part, "square" if exponent == 2 else "power", operands[:1], exponent)
        else:
            kind = self._called(part).kind if part.operation == "call" else part.operation
            self._put(part, kind, operands)

    def _put(self, part: Part, kind: str, operands: tuple[int, ...], number: float = 0.0, name: str = "") -> None:
        depth = 1 + max((self._depths[place] for place in operands), default=-1)
        if depth > DEEPEST:
            raise _too_deep(self._text, part.start)
        self._gates.append(Gate(kind, operands, number, name, part.start, part.stop))
        self._depths.append(depth)

    def _taken_back(self) -> float:
        self._depths.pop()
        return self._gates.pop().number

    def _called(self, part: Part) -> Function:
        function = FUNCTIONS.get(part.text)
        if function is None:
            what = tr("There is no function {name}", name=shortened(part.text, 40))
            hint = meant(part.text, FUNCTIONS) or tr("For a product write *")
            raise _refusal(self._text, part.start, what, one_of(FUNCTIONS), hint)
        if len(part.operands) > function.most:
            what = tr("{name} has {n} arguments here", name=part.text, n=len(part.operands))
            wanted = "1" if function.most == 1 else tr("1 to {n}", n=function.most)
            raise _refusal(self._text, part.start, what, wanted)
        return function


def canonical(name: str) -> str:
    """A name as names are compared: low digits as others, accents and letters in one."""
    return unicodedata.normalize("NFC", name.translate(_LOW))


_LOW = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")


# What its names mean


def known_names(graph: Graph, node: str) -> dict[str, tuple[str, ...]]:
    """What names mean to an expression: the nodes connected to it by their labels, and by their ids, which win."""
    sources = dict.fromkeys(edge.source for edge in graph.into(node))
    found: dict[str, tuple[str, ...]] = {}
    for source in sources:
        label = canonical(graph.node(source).label)
        found[label] = (*found.get(label, ()), source)
    return found | {source: (source,) for source in sources}


def word_for(graph: Graph, names: Mapping[str, tuple[str, ...]], source: str) -> str:
    """How a formula names a source: by its label where that is clear, else by its id."""
    label = graph.node(source).label
    return label if is_name(label) and names[canonical(label)] == (source,) else source


def meanings(graph: Graph, node: Node) -> dict[str, str]:
    """Which node each name of a formula means.

    Raises
    ------
    ConfigError
        If the text is no formula.
    GraphError
        If it names nothing, a name means no connected node or several, or a connected node is not named.
    """
    gates = [gate for gate in gates_of(node) if gate.kind == "name"]
    if not gates:
        hint = tr("Write the name of a node that is connected to it; a number alone is a Constant")
        raise _unclear(node, tr("The formula of {name} names nothing that comes in", name=node.label), hint=hint)
    names = known_names(graph, node.id)
    found = {gate.name: _meaning(graph, node, gate, names) for gate in gates}
    named = set(found.values())
    for edge in graph.into(node.id):
        if edge.source not in named:
            raise _unnamed(node, word_for(graph, names, edge.source), edge.id)
    return found


def _meaning(graph: Graph, node: Node, gate: Gate, names: Mapping[str, tuple[str, ...]]) -> str:
    candidates = names.get(gate.name, ())
    if len(candidates) == 1:
        return candidates[0]
    shown = shortened(gate.name, 40)
    if candidates:
        what = tr("{shown} may mean {names}", shown=shown, names=", ".join(candidates[:12]))
        raise _unclear(node, what, gate, hint=tr("Write an id instead"))
    sources = dict.fromkeys(edge.source for edge in graph.into(node.id))
    words = [word_for(graph, names, source) for source in list(sources)[:12]]
    raise _unclear(
        node,
        tr("{shown} is not connected to {name}", shown=shown, name=node.label),
        gate,
        expected=one_of(words) if words else "",
        hint=_hint_for(graph, gate.name, words),
    )


def _hint_for(graph: Graph, name: str, words: Sequence[str]) -> str:
    """What to do about a name that means nothing that is connected."""
    if any(name in (node.id, canonical(node.label)) for node in graph.nodes):
        return tr("Draw an edge from {name} to it", name=name)
    if name in FUNCTIONS:
        return tr("A function has parentheses: {name}(x)", name=name)
    return meant(name, words) or tr("Draw an edge from the node that is meant, and write its name")


def _unnamed(node: Node, word: str, edge: str) -> GraphError:
    what = tr("{source} is connected to {name}, but its formula does not name it", source=word, name=node.label)
    hint = tr("Write {source} into the formula, or remove the edge {id}", source=word, id=edge)
    return _unclear(node, what, hint=hint)


def _unclear(node: Node, what: str, gate: Gate | None = None, *, expected: str = "", hint: str) -> GraphError:
    where = tr("node {id}", id=node.id)
    if gate is not None:
        where = tr("node {id}, character {n}", id=node.id, n=gate.start + 1)
        what = tr("{what}: {place}", what=what, place=excerpt(formula(node), gate.start))
    return GraphError(what, where=where, expected=expected, hint=hint, ids=(node.id,))


# What is wrong with a text


def excerpt(text: str, at: int, reach: int = 24) -> str:
    """The part of a text about a place, which is marked.

    >>> excerpt("x + 2y", 5)
    '“x + 2▸y”'
    """
    before = ("…" if at > reach else "") + text[max(0, at - reach) : at]
    after = text[at : at + reach] + ("…" if len(text) > at + reach else "")
    return f"“{_printable(before)}▸{_printable(after)}”"


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def _refusal(text: str, at: int, what: str, expected: str = "", hint: str = "") -> ConfigError:
    told = tr("{what}: {place}", what=what, place=excerpt(text, at))
    return ConfigError(told, where=tr("character {n}", n=at + 1), expected=expected, hint=hint)


def _too_deep(text: str, at: int) -> ConfigError:
    what = tr("Too many operations stand within one another")
    wanted = tr("at most {n}", n=DEEPEST)
    return _refusal(text, at, what, wanted, tr("Part it into several expressions"))


def _unread(text: str, fault: Fault, at: int) -> ConfigError:
    rest = text[at:]
    if fault == "deep":
        return _too_deep(text, at)
    if fault in ("large", "small"):
        size = tr("too large") if fault == "large" else tr("too close to 0")
        return _refusal(text, at, tr("This number is {size}", size=size))
    if fault == "parenthesis":
        what = tr("There is no ( for this )") if rest else tr("A parenthesis or a bar is not closed")
        return _refusal(text, at, what, hint=tr("Remove it") if rest else tr("Close it"))
    if rest[:1] and not _belongs(rest[0]):
        return _refusal(text, at, tr("This cannot stand in a formula"), hint=_example())
    if fault == "operand":
        what = tr("Something is missing here") if rest else tr("The formula is not finished")
        return _refusal(text, at, what, tr("a number, a name, a function or ("), _example())
    return _no_sign(text, at)


def _no_sign(text: str, at: int) -> ConfigError:
    """Where an operand ends, and neither a sign nor the end of the text follows."""
    if text[at] == ".":
        return _refusal(text, at, tr("There is more than one decimal point"))
    if text[at] == ",":
        hint = tr("Write a decimal number with a point, such as 1.5")
        return _refusal(text, at, tr("A comma parts the arguments of a function"), hint=hint)
    before = text[:at].split()
    if before and before[-1] in FUNCTIONS:
        hint = tr("A function has parentheses: {name}(x)", name=before[-1])
    else:
        hint = tr("For a product write *")
    return _refusal(text, at, tr("There is no sign between these two"), tr("a sign such as + or *"), hint)


def _belongs(character: str) -> bool:
    return is_name(character) or character.isdigit() or character in "+-*/^()|,.√²³−–×·∙⋅÷∕"


def _example() -> str:
    return tr("Write for example {it}", it=EXAMPLE)
