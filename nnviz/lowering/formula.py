"""Formulas as small trees: written with symbols or with numbers, in plain text or LaTeX, and evaluated.

A formula stands beside every step. Because the same tree is written and evaluated, what a reader sees can be proven
equal to what the engine computed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from nnviz.numbers import given_text, subscripted, value_text

Value = NDArray[np.float64] | float
_SHOWN = 4


@dataclass(frozen=True, eq=False)
class Symbol:
    """A named number: ``text`` is its name as a reader sees it, ``of`` what it belongs to (``z`` of ``h1``)."""

    text: str
    value: Value
    of: str = ""


@dataclass(frozen=True, eq=False)
class Partial:
    """∂J/∂(by); ``top`` is another numerator where it is not J."""

    by: str
    value: Value
    of: str = ""
    top: str = "J"


@dataclass(frozen=True, eq=False)
class Number:
    """A number that is no variable, such as 2 or ½."""

    value: float


@dataclass(frozen=True, eq=False)
class Sum:
    """Terms added up."""

    terms: tuple[Expression, ...]


@dataclass(frozen=True, eq=False)
class Difference:
    """left − right."""

    left: Expression
    right: Expression


@dataclass(frozen=True, eq=False)
class Product:
    """Factors multiplied element by element."""

    factors: tuple[Expression, ...]


@dataclass(frozen=True, eq=False)
class MatrixProduct:
    """left right, a row times a matrix; with ``turned`` leftᵀ right, which sums over the rows."""

    left: Expression
    right: Expression
    turned: bool = False


@dataclass(frozen=True, eq=False)
class Quotient:
    """top / bottom."""

    top: Expression
    bottom: Expression


@dataclass(frozen=True, eq=False)
class Power:
    """base to a whole power."""

    base: Expression
    exponent: int


@dataclass(frozen=True, eq=False)
class Apply:
    """A function of one argument: its name in plain text and in LaTeX, and what it computes."""

    name: str
    latex: str
    compute: Callable[[Value], Value]
    argument: Expression


@dataclass(frozen=True, eq=False)
class Total:
    """Σ or mean of an array, over the rows or over everything."""

    argument: Expression
    words: str
    latex: str
    compute: Callable[[NDArray[np.float64]], Value]


Expression = Symbol | Partial | Number | Sum | Difference | Product | MatrixProduct | Quotient | Power | Apply | Total


@dataclass(frozen=True, eq=False)
class Formula:
    """``left = right``: what is computed, how, and the engine's own number for it."""

    left: Symbol | Partial
    right: Expression

    @property
    def value(self) -> Value:
        """The engine's number (or array) for the left side."""
        return self.left.value

    def symbols(self, *, latex: bool = False) -> str:
        """The formula with symbols on both sides."""
        return f"{_write(self.left, latex, False)} = {_write(self.right, latex, False)}"

    def numbers(self, *, latex: bool = False) -> str:
        """The formula with the numbers filled in, and its result."""
        filled, result = _write(self.right, latex, True), number_words(self.value, latex)
        middle = "" if filled == result or _is_number(self.right) else f" = {filled}"
        return f"{_write(self.left, latex, False)}{middle} = {result}"

    def whole(self, *, latex: bool = False) -> str:
        """The formula in one line: left = symbols = numbers = result, without repeating itself."""
        parts = [_write(self.right, latex, False), _write(self.right, latex, True), number_words(self.value, latex)]
        return " = ".join(dict.fromkeys([_write(self.left, latex, False), *parts]))

    def evaluate(self) -> Value:
        """The right side computed from its own symbols, to compare with the engine."""
        return evaluate(self.right)


def _is_number(expression: Expression) -> bool:
    """Whether an expression is a single number, which its result repeats."""
    return isinstance(expression, Symbol | Partial | Number)


def evaluate(expression: Expression) -> Value:
    """The number of an expression, from the numbers of its symbols."""
    match expression:
        case Symbol() | Partial() | Number():
            return expression.value
        case Sum(terms):
            return sum((evaluate(term) for term in terms[1:]), start=evaluate(terms[0]))
        case Difference(left, right):
            return evaluate(left) - evaluate(right)
        case Product(factors):
            result = evaluate(factors[0])
            for factor in factors[1:]:
                result = result * evaluate(factor)
            return result
        case MatrixProduct(left, right, turned):
            first, second = np.atleast_1d(evaluate(left)), np.atleast_1d(evaluate(right))
            if turned:
                return np.asarray(np.atleast_2d(first).T @ np.atleast_2d(second))
            return np.asarray(first @ second)
        case Quotient(top, bottom):
            return evaluate(top) / evaluate(bottom)
        case Power(base, exponent):
            return evaluate(base) ** exponent
        case Apply(compute=compute, argument=argument):
            return compute(evaluate(argument))
        case Total(compute=total, argument=argument):
            return total(np.asarray(evaluate(argument)))


def natural_log(value: Value) -> Value:
    """ln, for numbers and arrays."""
    return np.log(value) if isinstance(value, np.ndarray) else log(value)


def number_words(value: Value, latex: bool = False, text: Callable[[float], str] = value_text) -> str:
    """A number as ``text`` writes it; of an array the first few, and an ellipsis."""
    array = np.asarray(value)
    if array.size == 1:
        return _number(float(array.reshape(())), latex, text)
    shown = [_number(float(number), latex, text) for number in array.ravel()[:_SHOWN]]
    dots = ["\\dots" if latex else "…"] if array.size > _SHOWN else []
    return "(" + ", ".join(shown + dots) + ")"


def latex_name(name: str) -> str:
    """A name as LaTeX: one letter with an index, or upright text; nothing in it can be a command."""
    stem = name.rstrip("0123456789")
    index = name[len(stem) :]
    letter = {"ŷ": "\\hat{y}", "ℒ": "\\mathcal{L}", "δ": "\\delta", "η": "\\eta", "λ": "\\lambda"}.get(stem, stem)
    if len(stem) == 1 and ((stem.isascii() and stem.isalpha()) or letter != stem):
        return f"{letter}_{{{index}}}" if index else letter
    return "\\text{" + "".join(_LATEX.get(character, character) for character in name) + "}"


_LATEX = {
    "\\": "\\textbackslash ",
    "{": "\\{",
    "}": "\\}",
    "$": "\\$",
    "&": "\\&",
    "#": "\\#",
    "%": "\\%",
    "_": "\\_",
    "^": "\\textasciicircum ",
    "~": "\\textasciitilde ",
}


def _number(number: float, latex: bool, text: Callable[[float], str]) -> str:
    written = text(number)
    if not latex:
        return written
    mantissa, power, exponent = written.replace("−", "-").replace("∞", "\\infty").partition("×10")
    return f"{mantissa} \\cdot 10^{{{_plain_digits(exponent)}}}" if power else mantissa


def _plain_digits(text: str) -> str:
    return text.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+"))


_RAISED = {"⁺": "^{+}", "ᵀ": "^{\\top}"}


def _name(text: str, of: str, latex: bool) -> str:
    raised = text[-1:] if text[-1:] in _RAISED else ""
    stem = text.removesuffix(raised)
    if latex:
        return (f"{latex_name(stem)}_{{{latex_name(of)}}}" if of else latex_name(stem)) + _RAISED.get(raised, "")
    return subscripted(stem) + raised + (f"({subscripted(of)})" if of else "")


def _write(expression: Expression, latex: bool, numbers: bool) -> str:
    match expression:
        case Number(value):
            return {0.5: "\\tfrac12" if latex else "½"}.get(value, _short(value, latex))
        case Symbol(text, value, of):
            return number_words(value, latex, given_text) if numbers else _name(text, of, latex)
        case Partial(by, value, of, top):
            if numbers:
                return number_words(value, latex, given_text)
            below = _name(by, of, latex)
            above = _name(top, "", latex)
            return f"\\frac{{\\partial {above}}}{{\\partial {below}}}" if latex else f"∂{above}/∂{below}"
        case Sum(terms):
            return _joined([_write(term, latex, numbers) for term in terms])
        case Difference(left, right):
            return f"{_write(left, latex, numbers)} − {_factor(right, latex, numbers)}".replace(
                "−", "-" if latex else "−"
            )
        case Product(factors):
            return (" \\cdot " if latex else " · ").join(_factor(factor, latex, numbers) for factor in factors)
        case MatrixProduct(left, right, turned):
            raised = ("^{\\top}" if latex else "ᵀ") if turned else ""
            return f"{_factor(left, latex, numbers)}{raised} {_factor(right, latex, numbers)}"
        case Quotient(top, bottom):
            if latex:
                return f"\\frac{{{_write(top, latex, numbers)}}}{{{_write(bottom, latex, numbers)}}}"
            return f"{_factor(top, latex, numbers)} / {_factor(bottom, latex, numbers)}"
        case Power(base, exponent):
            raised = f"^{{{exponent}}}" if latex else str(exponent).translate(str.maketrans("23", "²³"))
            return _factor(base, latex, numbers) + raised
        case Apply(name, latex_function, _, argument):
            inner = _write(argument, latex, numbers)
            return f"{latex_function}\\left({inner}\\right)" if latex else f"{name}({inner})"
        case Total(argument, words, latex_words, _):
            return f"{latex_words if latex else words} {_factor(argument, latex, numbers)}"


def _factor(expression: Expression, latex: bool, numbers: bool) -> str:
    """An operand of a product or power: in brackets where it is a sum, or a negative number."""
    text = _write(expression, latex, numbers)
    bare = text.startswith(("−", "-"))
    return f"({text})" if isinstance(expression, Sum | Difference) or bare else text


def _joined(terms: list[str]) -> str:
    """Terms joined by +, or by − where one begins with a minus sign of its own."""
    text = terms[0]
    for term in terms[1:]:
        text += f" − {term[1:]}" if term.startswith("−") else f" - {term[1:]}" if term.startswith("-") else f" + {term}"
    return text


def _short(value: float, latex: bool) -> str:
    return _number(value, latex, given_text)
