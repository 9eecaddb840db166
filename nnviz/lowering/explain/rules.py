"""Reads the formulas in the rows of :mod:`nnviz.engine.optimizers`: one text for plain writing, LaTeX and numbers.

.. code-block:: text

    line    = name "=" sum
    sum     = product { ("+" | "−") product }
    product = power { ("·" | "∕") power }
    power   = atom [ "²" | "^" atom ]
    atom    = number | name | "√" atom | "(" sum ")" | "|" sum "|" | "max(" sum "," sum ")"

A name is one letter, perhaps with a hat, an index and a raised ᵗ or ⁺: ``β₁ᵗ``, ``m̂``, ``w⁺``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from math import nan

import numpy as np

from nnviz.errors import ConfigError
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

_TOKEN = re.compile(r"\s*(\d+(?:\.\d+)?|max\(|[^\W\d_]\u0302?[₀-₉]*ᵗ?⁺?|[²^√()|,+−·∕])")
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
    return name, _Reading(right, names).whole()


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


class _Reading:
    """One right side, read from left to right."""

    def __init__(self, text: str, names: Names) -> None:
        self._text, self._names, self._place = text, names, 0

    def whole(self) -> Expression:
        result = self._sum()
        if self._text[self._place :].strip():
            raise _refusal(self._text)
        return result

    def _take(self, *wanted: str) -> str:
        """The next token if it is one of these (any if there are none), else an empty text."""
        found = _TOKEN.match(self._text, self._place)
        if found is None or (wanted and found[1] not in wanted):
            return ""
        self._place = found.end()
        return found[1]

    def _close(self, wanted: str) -> None:
        if not self._take(wanted):
            raise _refusal(self._text)

    def _sum(self) -> Expression:
        result = self._product()
        while sign := self._take("+", "−"):
            term = self._product()
            if sign == "−":
                result = Difference(result, term)
            else:
                result = Sum((*result.terms, term) if isinstance(result, Sum) else (result, term))
        return result

    def _product(self) -> Expression:
        result = self._power()
        while sign := self._take("·", "∕"):
            factor = self._power()
            if sign == "∕":
                result = Quotient(result, factor)
            else:
                result = Product((*result.factors, factor) if isinstance(result, Product) else (result, factor))
        return result

    def _power(self) -> Expression:
        base = self._atom()
        if self._take("²"):
            return Power(base, 2)
        if self._take("^"):
            value = float(evaluate(base))
            return Apply(f"{value}^", f"{value}^", lambda exponent: value**exponent, self._atom())
        return base

    def _atom(self) -> Expression:
        token = self._take()
        if token == "√":
            return Apply("√", "\\sqrt", np.sqrt, self._atom())
        if token in ("(", "|", "max("):
            inner = self._sum()
            if token == "max(":
                self._close(",")
                inner = Largest(inner, self._sum())
            self._close("|" if token == "|" else ")")
            return Apply("abs", "\\operatorname{abs}", np.abs, inner) if token == "|" else inner
        if token[:1].isdecimal():
            return Number(float(token))
        if not token[:1].isalpha():
            raise _refusal(self._text)
        return self._names[token]


def _refusal(text: str) -> ConfigError:
    return ConfigError(tr("This is no formula of an optimizer"), found=repr(text))
