"""Writes ``docs/operations.md``: the reference of kinds of nodes and of operations, from the tables themselves.

``python packaging/reference.py`` writes it, a test compares it, so that it cannot drift.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from nnviz.engine.registry import OPERATIONS, Operation
from nnviz.grammar import MOST_OPERANDS
from nnviz.lowering.explain.normalised import Letters, Slopes
from nnviz.lowering.explain.written import WRITTEN, Use
from nnviz.lowering.expression import DEEPEST, FUNCTIONS
from nnviz.lowering.formula import Formula, Partial, Symbol
from nnviz.lowering.kinds import KINDS, NORMALISED, Kind
from nnviz.numbers import exact_text

PAGE = Path(__file__).parents[1] / "docs" / "operations.md"
HEAD = """# Operations

Every kind of node, what it computes, its local derivatives, conventions and sources. Written from the tables of the
engine by `packaging/reference.py`; a test compares. What overflows is infinite, what has no value is not a number: a
run stops there and names the node.

Where several edges end at a node, its operands stand in the order of the edges. An operation works unit by unit on
operands of one shape; a single unit meets any shape: it is spread over it, and its gradient is the sum. Nothing else is
stretched to fit. Activations and losses put what comes in side by side. `to each` gives every unit the same, `put back`
gives 0 to the units that were left out, k is how many units come in. `[x = a]` is 1 where that holds, else 0.

Inputs are units in a line. Reshape makes an image of them, channels × height × width, or a matrix; Flatten makes a line
of it again, which layers, losses and Concatenate take. `convᵀ` takes each δ through the kernel back to what was read
there, `to the largest` gives to the largest number of a window what arrives for it.
"""
TITLES = {"operation": "Operations", "activation": "Activations", "loss": "Losses"}
EXPRESSION = f"""A formula, such as `x*y + sin(z)`, of the nodes that are connected to it. It is computed,
differentiated and told by the operations that stand in it, each a row of this page, and can be opened into them: every
number stays, bit for bit.

- numbers: `2`, `0.5`, `1e-3`, with a point, for a comma parts arguments; `1/3` is a division
- names: ids or labels of connected nodes, and the id wins. A label that is no single word (`h 1`) is written by its id;
  `x₁` is `x1`. Every connected node must be named
- signs: `+ − * · × / ÷`, `^` or `**`, `² ³ √ ( )`, and `| |` for an absolute value. `−x^2` is `−(x^2)`, `2^3^2` is
  `2^(3^2)`. Without a sign nothing is multiplied
- functions: {", ".join(f"`{name}`" for name in FUNCTIONS)}. `ln` and `log` are the natural logarithm; `max` and `min`
  take several arguments; `sum` and `mean` make one unit of many
- sizes: units in a line; what meets must have as many of them, or a single one, which is spread; a number has as many
  as what it meets
- limits: 1,000 characters, hence fewer operations; {DEEPEST} of them within one another; up to {MOST_OPERANDS} terms or
  factors in a row are one operation
- when names change: renaming a node or drawing an edge rewrites each formula in which a word would mean another node
  then. What a removed node was called stays in the formula, and is told as a problem
"""
WORDS = {
    "constant": "A number that stays as it is, in every unit.",
    "expression": EXPRESSION,
    "parameter": "A number of the network's own. Its gradient is the sum over the rows.",
    "batch_norm": "Brings each feature to mean 0 and variance 1 over the rows of a batch, and over positions where a "
    "feature has several. In evaluation μ and σ² are the running ones. σ² is the biased variance, the running one made "
    "of unbiased ones; ε stands inside the root. Training needs two numbers a feature: a batch of one row is refused.\n"
    "Sources: Ioffe and Szegedy 2015; as BatchNorm1d and BatchNorm2d of PyTorch.",
    "layer_norm": "Brings the units of each example to mean 0 and variance 1, in training and evaluation alike, with a "
    "γ and a β for each unit. σ² is the biased variance; ε stands inside the root.\n"
    "Sources: Ba, Kiros and Hinton 2016; as LayerNorm of PyTorch.",
    "conv2d": "A weighted sum that slides over an image, z, and behind it an activation: a = g(z).",
    "weighted_sum": "What neurons and dense layers compute before their activation.",
}


_CONVOLUTION = ("operation", "conv2d")
"""A neuron by its bias and activation, an operation by all else that is told of it."""


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for family, title in TITLES.items():
        kinds = [kind for kind in KINDS.values() if kind.family == family or (family, kind.name) == _CONVOLUTION]
        parts += [f"\n## {title}\n", *map(_section, kinds)]
    parts += ["\n## Under the hood\n\nOperations that no node stands for by itself.\n\n", *_plumbing()]
    return "".join(parts)


def _section(kind: Kind) -> str:
    row = OPERATIONS.get(kind.name)
    told = [f"\n### {kind.words[:1].upper()}{kind.words[1:]} · `{kind.name}`\n"]
    if kind.name in WORDS:
        told.append(WORDS[kind.name])
    if kind.name in WRITTEN:
        told += [f"- `{line.symbols()}` · $`{line.symbols(latex=True)}`$" for line in _lines(kind)]
    if kind.name in NORMALISED:
        told += [f"- `{line.symbols()}` · $`{line.symbols(latex=True)}`$" for line in _normalised()]
    told += [f"- {text}" for text in _notes(row)] if row else []
    told += [
        f"- option `{spec.name}`: {spec.words or 'chance'}; default {_shown(spec.default)}" for spec in kind.options
    ]
    return "\n".join(told) + "\n"


def _notes(row: Operation) -> Iterator[str]:
    if row.convention:
        yield row.convention
    if row.source:
        yield f"Source: {row.source}."


def _shown(value: object) -> str:
    if isinstance(value, int | float):
        return exact_text(value)
    return f"`{value}`" if value else "none"


def _lines(kind: Kind) -> Iterator[Formula]:
    """The value, and the derivative by each operand or what is sent to it."""
    for use in _uses(kind):
        row = WRITTEN[kind.name]
        yield Formula(use.out, row.value(use))
        if row.slopes is not None:
            learnt = use.inputs[:1] if kind.name == "dropout" else use.inputs
            for symbol, slope in zip(learnt, row.slopes(use), strict=False):
                yield Formula(Partial(symbol.text, 0.0, top=use.out.text), slope)
        elif row.back is not None:
            for place in range(1 if kind.family == "loss" else len(use.inputs)):
                symbol, arrived = use.inputs[place], Partial(use.out.text, 0.0)
                yield Formula(Partial(symbol.text, 0.0), row.back(use, place, arrived))


def _uses(kind: Kind) -> Iterator[Use]:
    options = {spec.name: spec.default for spec in kind.options} | {"start": 1, "stop": 3}
    if kind.family == "loss":
        rows = (Symbol("ŷ", np.ones(3)), Symbol("y", np.array([1.0, 0.0, 0.0])))
        inputs = (Symbol("ŷ", 0.5), Symbol("y", 1.0)) if kind.has_target else (Symbol("x", 0.5),)
        halves = (False, True) if kind.name == "squared_error" else (False,)
        yield from (Use(inputs, Symbol("ℒ", 0.0), options | {"half": half}, rows) for half in halves)
    elif kind.family == "activation":
        yield Use((Symbol("z", np.ones(3)),), Symbol("a", np.ones(3)), options)
    elif kind.name == "conv2d":
        yield Use(
            tuple(Symbol(name, np.ones((1, 1, 1, 1))) for name in ("x", "W", "b")), Symbol("z", np.ones(1)), options
        )
    else:
        if kind.name == "power":
            yield Use((Symbol("x", 1.0),), Symbol("a", 1.0), options)
        yield Use(tuple(Symbol(name, np.ones(3)) for name in _operands(kind)), Symbol("a", np.ones(3)), options)


def _normalised() -> Iterator[Formula]:
    """The value and the way back, by the statistics of the rows."""
    numbers = np.arange(6.0).reshape(2, 3)
    x, c, hat, out = (Symbol(name, numbers) for name in ("x", "c", "x̂", "a"))
    mean, variance, root, gain, shift = (Symbol(name, numbers[:1]) for name in ("μ", "σ²", "s", "γ", "β"))
    letters = Letters(x, mean, c, variance, root, hat, out, 1e-5, gain, shift, None, (0,), (0,), Symbol("N", 2.0))
    a, gamma, beta, x_hat, s, centred = (Partial(letter, numbers) for letter in ("a", "γ", "β", "x̂", "s", "c"))
    slopes = Slopes(a, gamma, beta, x_hat, s, centred, Partial("x", numbers))
    yield from (*letters.moments(), *letters.value())
    yield from (*slopes.own(letters), *slopes.spread(letters), *slopes.onward(letters))


def _operands(kind: Kind) -> tuple[str, ...]:
    if kind.name == "dropout":
        return ("x", "mask")
    return ("x",) if kind.most == 1 or kind.name in ("sum", "mean") else ("x", "y")


def _plumbing() -> Iterator[str]:
    for name, row in OPERATIONS.items():
        if name not in KINDS:
            told = (row.compute.__doc__ or "").strip().split("\n")[0]
            yield f"- `{name}`: {told}\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
