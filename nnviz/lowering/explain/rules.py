"""Reads the formulas in the rows of :mod:`nnviz.engine.optimizers`: one text for plain writing, LaTeX and numbers.

A line is ``name = sum``, in the words of :mod:`nnviz.grammar`. A name is one letter, perhaps with a hat, an index and a
raised ᵗ or ⁺: ``β₁ᵗ``, ``m̂``, ``w⁺``; functions are ``√``, ``|…|`` and ``max`` of two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import nan

import numpy as np

from nnviz.errors import ConfigError
from nnviz.grammar import Part, read
from nnviz.lowering.formula import (
    Apply,
    Difference,
    Expression,
    Formula,
    Largest,
    Number,
    Partial,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    evaluate,
)
from nnviz.words import tr

Names = Mapping[str, Expression]

_DEEPEST = 8
_DIGITS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")


def told(lines: Iterable[str], names: Names, of: str, known: Names) -> list[Formula]:
    """Formulas of an update, line by line.

    Parameters
    ----------
    names : what the letters on the right stand for; a line adds its own.
    of : what a letter belongs to that is not the same for all weights.
    known : the symbols of left sides that the engine has a number for; any other gets that of its own line.
    """
    names = dict(names)
    found = []
    for line in lines:
        name, right = read_line(line, names)
        left = known.get(name)
        if not isinstance(left, Symbol):
            left = Symbol(name.translate(_DIGITS), evaluate(right), of if _belongs(right) else "")
        found.append(Formula(left, right))
        names[name] = left
    return found


def latex_of(lines: Iterable[str]) -> tuple[str, ...]:
    r"""Lines in LaTeX, with symbols.

    >>> latex_of(("v⁺ = μ·v + g²",))
    ('v^{+} = \\mu \\cdot v + g^{2}',)
    """
    written = []
    for line in lines:
        name, right = read_line(line, _Anything())
        written.append(Formula(Symbol(name.translate(_DIGITS), nan), right).symbols(latex=True))
    return tuple(written)


def read_line(line: str, names: Names) -> tuple[str, Expression]:
    """The name on the left of a line, and the expression on its right.

    Raises
    ------
    ConfigError
        If it is no such line.
    """
    name, equals, right = line.partition(" = ")
    if not equals:
        raise _refusal(line)
    return name, _expression(read(right, lambda fault, at: _refusal(line), _DEEPEST), names, line)


def _belongs(expression: Expression) -> bool:
    """Whether an expression has a part that belongs to one weight."""
    match expression:
        case Symbol(of=of):
            return of != ""
        case Partial():
            return True
        case Number():
            return False
        case Sum(parts) | Product(parts):
            return any(map(_belongs, parts))
        case Difference(left, right) | Quotient(left, right) | Largest(left, right):
            return _belongs(left) or _belongs(right)
        case Power(base=inner) | Apply(argument=inner):
            return _belongs(inner)
        case _:
            return True


class _Anything(dict[str, Expression]):
    """Gives any name as a symbol without a number."""

    def __missing__(self, name: str) -> Expression:
        return Symbol(name.translate(_DIGITS), nan)


def _expression(parts: Sequence[Part], names: Names, line: str) -> Expression:
    """The parts of a right side as an expression; those that stand within others have been met before."""
    found: list[Expression] = []
    for part in parts:
        found.append(_made(part, [found[place] for place in part.operands], names, line))
    return found[-1]


def _made(part: Part, operands: Sequence[Expression], names: Names, line: str) -> Expression:
    match part.operation:
        case "number":
            return Number(float(part.text))
        case "name":
            return names[part.text]
        case "add":
            return Sum(tuple(operands))
        case "subtract":
            return Difference(*operands)
        case "multiply":
            return Product(tuple(operands))
        case "divide":
            return Quotient(*operands)
        case "power":
            return _power(*operands)
        case _:
            return _called(part.text, operands, line)


def _power(base: Expression, exponent: Expression) -> Expression:
    """A base with a small raised number; other bases are numbers, to a power that has symbols in it."""
    if isinstance(exponent, Number):
        return Power(base, int(exponent.value))
    value = float(evaluate(base))
    return Apply(f"{value}^", f"{value}^", lambda power: value**power, exponent)


def _called(name: str, operands: Sequence[Expression], line: str) -> Expression:
    match operands:
        case [x] if name == "sqrt":
            return Apply("√", "\\sqrt", np.sqrt, x)
        case [x] if name == "abs":
            return Apply("abs", "\\operatorname{abs}", np.abs, x)
        case [left, right] if name == "max":
            return Largest(left, right)
        case _:
            raise _refusal(line)


def _refusal(text: str) -> ConfigError:
    return ConfigError(tr("This is no formula of an optimizer"), found=repr(text))
