"""Writes ``docs/operations.md``: the reference of kinds of nodes and of operations, from the tables themselves.

``python packaging/reference.py`` writes it, a test compares it, so that it cannot drift.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from nnviz.engine.registry import OPERATIONS, Operation
from nnviz.lowering.explain.written import WRITTEN, Use
from nnviz.lowering.formula import Formula, Partial, Symbol
from nnviz.lowering.kinds import KINDS, Kind
from nnviz.numbers import exact_text

PAGE = Path(__file__).parents[1] / "docs" / "operations.md"
HEAD = """# Operations

Every kind of node, what it computes, its local derivatives, conventions and sources. Written from the tables of the
engine by `packaging/reference.py`; a test compares. What overflows is infinite, what has no value is not a number: a
run stops there and names the node.

Where several edges end at a node, its operands stand in the order of the edges. An operation works unit by unit on
operands of one size; nothing is stretched to fit. Activations and losses put what comes in side by side. `to each`
gives every unit the same, `put back` gives 0 to the units that were left out, k is how many units come in. `[x = a]` is
1 where that holds, else 0.
"""
TITLES = {"operation": "Operations", "activation": "Activations", "loss": "Losses"}
WORDS = {
    "constant": "A number that stays as it is, in every unit.",
    "parameter": "A number of the network's own. Its gradient is the sum over the rows.",
    "weighted_sum": "What neurons and dense layers compute before their activation.",
}


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for family, title in TITLES.items():
        kinds = [kind for kind in KINDS.values() if kind.family == family]
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
    return exact_text(value) if isinstance(value, int | float) else f"`{value}`"


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
    else:
        if kind.name == "power":
            yield Use((Symbol("x", 1.0),), Symbol("a", 1.0), options)
        yield Use(tuple(Symbol(name, np.ones(3)) for name in _operands(kind)), Symbol("a", np.ones(3)), options)


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
