"""Formulas as small trees: written with symbols or with numbers, in plain text or LaTeX, and evaluated.

A formula stands beside every step. Because the same tree is written and evaluated, what a reader sees can be proven
equal to what the engine computed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nnviz.numbers import given_text, indexed, subscripted, value_text
from nnviz.words import tr

Value = NDArray[np.float64] | float
Writer = Callable[[float], str] | None
"""How the numbers of a formula are written; None writes its symbols."""
_SHOWN = 4
_MOST_ROWS, _MOST_COLUMNS = 3, 4
"""Of a matrix that is written number by number; a larger one stands as its symbol with its shape."""


@dataclass(frozen=True, eq=False)
class Symbol:
    """A named number: ``text`` is its name as a reader sees it, ``of`` what it belongs to (``z`` of ``h1``)."""

    text: str
    value: Value
    of: str = ""


@dataclass(frozen=True, eq=False)
class Constant(Symbol):
    """A number that an operation takes in, written as it is."""


@dataclass(frozen=True, eq=False)
class Partial:
    """∂J/∂(by); ``top`` is another numerator where it is not J, ``via`` the node whose share in it is meant."""

    by: str
    value: Value
    of: str = ""
    top: str = "J"
    via: str = ""


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
class Negative:
    """−argument."""

    argument: Expression


@dataclass(frozen=True, eq=False)
class Power:
    """base to a power."""

    base: Expression
    exponent: int | Expression


@dataclass(frozen=True, eq=False)
class Apply:
    """A function: its name in plain text and in LaTeX, what it computes, its argument, and others if it has several.

    A name with ``{}`` in it is written around its arguments, as in ``|{}|``.
    """

    name: str
    latex: str
    compute: Callable[..., Value]
    argument: Expression
    others: tuple[Expression, ...] = ()


@dataclass(frozen=True, eq=False)
class Cases:
    """``then`` where left > right (or, by ``sign``, left ≤ right), else ``otherwise``; of one number what holds."""

    left: Expression
    sign: Literal[">", "≤"]
    right: Expression
    then: Expression
    otherwise: Expression


@dataclass(frozen=True, eq=False)
class Largest:
    """The larger of two, element by element."""

    left: Expression
    right: Expression


@dataclass(frozen=True, eq=False)
class Total:
    """Σ or mean of an array, over the rows or over everything."""

    argument: Expression
    words: str
    latex: str
    compute: Callable[[NDArray[np.float64]], Value]


Expression = (
    Symbol
    | Partial
    | Number
    | Sum
    | Difference
    | Product
    | MatrixProduct
    | Quotient
    | Negative
    | Power
    | Apply
    | Cases
    | Largest
    | Total
)


@dataclass(frozen=True, eq=False)
class Formula:
    """``left = right``: what is computed, how, and the engine's own number for it.

    ``rule`` is the chain rule by which the right side comes about, where that is worth a word: ∂J/∂q · ∂q/∂x.
    """

    left: Symbol | Partial
    right: Expression
    rule: Expression | None = None

    @property
    def value(self) -> Value:
        """The engine's number (or array) for the left side."""
        return self.left.value

    def symbols(self, *, latex: bool = False) -> str:
        """The formula with symbols on both sides."""
        return " = ".join(self._symbols(latex))

    def told(self) -> str:
        """What it says, in symbols: the chain rule if there is one, with its local derivatives worked or not."""
        return " = ".join(self._symbols(latex=False)[:2])

    def numbers(self, *, latex: bool = False, digits: int | None = None) -> str:
        """The formula with the numbers filled in, and its result; to ``digits`` significant digits, by default 4."""
        filled, result = self._filled(latex, digits), self._result(latex, digits)
        told = [result] if result and _is_number(self.right) else [filled, *([result] if result else [])]
        return " = ".join([_write(self.left, latex, None), *dict.fromkeys(told)])

    def whole(self, *, latex: bool = False, digits: int | None = None) -> str:
        """The formula in one line: left = symbols = numbers = result, without repeating itself."""
        return " ".join(self.parts(latex=latex, digits=digits))

    def parts(self, *, latex: bool = False, digits: int | None = None) -> tuple[str, ...]:
        """Where it may be broken into lines: left = symbols, = numbers, = result."""
        filled = [] if _is_number(self.right) else [self._filled(latex, digits)]
        result = self._result(latex, digits)
        left, *others = dict.fromkeys([*self._symbols(latex), *filled, *([result] if result else [])])
        first, *rest = (f"= {other}" for other in others) if others else ("",)
        return (f"{left} {first}".rstrip(), *rest)

    def _symbols(self, latex: bool) -> list[str]:
        """Left side, chain rule if it is told, right side."""
        told = (self.left, *(() if self.rule is None else (self.rule,)), self.right)
        return [_write(side, latex, None) for side in told]

    def _filled(self, latex: bool, digits: int | None) -> str:
        return _write(self.right, latex, partial(given_text, digits=digits))

    def _result(self, latex: bool, digits: int | None) -> str:
        """The engine's number; of a matrix that is too large to be written nothing."""
        in_product = isinstance(self.right, MatrixProduct)
        if _too_large(self.value, in_product):
            return ""
        return number_words(self.value, latex, partial(value_text, digits=digits), in_product)

    def evaluate(self) -> Value:
        """The right side computed from its own symbols, to compare with the engine."""
        return evaluate(self.right)


def _is_number(expression: Expression) -> bool:
    """Whether an expression is a single number, which its result repeats."""
    return isinstance(expression, Symbol | Partial | Number)


def evaluate(expression: Expression) -> Value:
    """The number of an expression, from the numbers of its symbols; what has none is infinite or not a number."""
    with np.errstate(all="ignore"):
        return _value(expression)


def _value(expression: Expression) -> Value:
    match expression:
        case Symbol() | Partial() | Number():
            return expression.value if isinstance(expression.value, np.ndarray) else np.float64(expression.value)
        case Sum(terms):
            return sum(map(_value, terms[1:]), start=_value(terms[0]))
        case Difference(left, right):
            return _value(left) - _value(right)
        case Product(factors):
            result = _value(factors[0])
            for factor in factors[1:]:
                result = result * _value(factor)
            return result
        case MatrixProduct(left, right, turned):
            first, second = np.atleast_1d(_value(left)), np.atleast_1d(_value(right))
            if turned:
                return np.asarray(np.atleast_2d(first).T @ np.atleast_2d(second))
            return np.asarray(first @ second)
        case Quotient(top, bottom):
            return _value(top) / _value(bottom)
        case Negative(argument):
            return -_value(argument)
        case Power(base, exponent):
            return np.power(_value(base), exponent if isinstance(exponent, int) else _value(exponent))
        case Apply(compute=compute, argument=argument, others=others):
            return compute(_value(argument), *map(_value, others))
        case Cases(then=then, otherwise=otherwise):
            holds = _holds(expression)
            both = np.broadcast_arrays(holds, _value(then), _value(otherwise))
            return np.where(*both) if np.ndim(holds) else _value(then) if holds else _value(otherwise)
        case Largest(left, right):
            return np.maximum(_value(left), _value(right))
        case Total(compute=total, argument=argument):
            return total(np.asarray(_value(argument)))


def _holds(cases: Cases) -> NDArray[np.bool_]:
    left, right = _value(cases.left), _value(cases.right)
    return np.asarray(np.greater(left, right) if cases.sign == ">" else np.less_equal(left, right))


def replaced(expression: Expression, by: Mapping[Expression, Expression]) -> Expression:
    """An expression with some of its parts replaced by what they stand for."""
    if expression in by:
        return by[expression]

    def new(part: Expression) -> Expression:
        return replaced(part, by)

    match expression:
        case Sum(terms):
            return Sum(tuple(map(new, terms)))
        case Product(factors):
            return Product(tuple(map(new, factors)))
        case Difference(left, right):
            return Difference(new(left), new(right))
        case Quotient(top, bottom):
            return Quotient(new(top), new(bottom))
        case Largest(left, right):
            return Largest(new(left), new(right))
        case MatrixProduct(left, right, turned):
            return MatrixProduct(new(left), new(right), turned)
        case Negative(argument):
            return Negative(new(argument))
        case Power(base, exponent):
            return Power(new(base), exponent if isinstance(exponent, int) else new(exponent))
        case Apply(name, latex, compute, argument, others):
            return Apply(name, latex, compute, new(argument), tuple(map(new, others)))
        case Cases(left, sign, right, then, otherwise):
            return Cases(new(left), sign, new(right), new(then), new(otherwise))
        case Total(argument, words, latex, total):
            return Total(new(argument), words, latex, total)
        case _:
            return expression


def natural_log(value: Value) -> Value:
    """ln, for numbers and arrays."""
    found: Value = np.log(value)
    return found


def number_words(
    value: Value, latex: bool = False, text: Callable[[float], str] = value_text, in_product: bool = False
) -> str:
    """A number as ``text`` writes it; a matrix row by row; of a list the first few, and an ellipsis.

    The one column of a matrix is a list, except ``in_product`` with another matrix, where a list is a row.
    """
    array, matrix = np.asarray(value), _matrix(value, in_product)
    if array.size == 1:
        return _number(float(array.reshape(())), latex, text)
    if matrix is not None:
        rows = [[_number(float(number), latex, text) for number in row] for row in matrix]
        if latex:
            return "\\begin{pmatrix} " + " \\\\ ".join(" & ".join(row) for row in rows) + " \\end{pmatrix}"
        return "(" + "; ".join(", ".join(row) for row in rows) + ")"
    shown = [_number(float(number), latex, text) for number in array.ravel()[:_SHOWN]]
    dots = ["\\dots" if latex else "…"] if array.size > _SHOWN else []
    return "(" + ", ".join(shown + dots) + ")"


def _matrix(value: Value, in_product: bool) -> NDArray[np.float64] | None:
    """An array that has rows and columns, an image without the channel that is its only one; None of a list."""
    array = np.asarray(value)
    while array.ndim > 2 and len(array) == 1:
        array = array[0]
    is_column = in_product and array.ndim == 2 and array.shape[1] == 1 < len(array)
    return array if is_column or array.size > max(array.shape, default=1) else None


def _too_large(value: Value, in_product: bool = False) -> bool:
    """Whether an array has too many rows or columns, or too many dimensions, to be written number by number."""
    matrix = _matrix(value, in_product)
    return matrix is not None and (matrix.ndim > 2 or len(matrix) > _MOST_ROWS or matrix.shape[1] > _MOST_COLUMNS)


def latex_name(name: str) -> str:
    """A name as LaTeX: a letter with an index or a raised number, or upright text; nothing in it can be a command."""
    if _NUMBERED.fullmatch(name):
        return f"{{{name[0]}^{{({_plain_digits(name[2:-1])})}}}}"
    stem, index = indexed(name)
    letter = _LETTERS.get(stem, stem)
    if letter != stem or (len(stem) == 1 and stem.isascii() and stem.isalpha()):
        return f"{letter}_{{{index}}}" if index else letter
    return "\\text{" + "".join(_LATEX.get(character, character) for character in name) + "}"


_GREEK = {"α": "alpha", "β": "beta", "δ": "delta", "ε": "varepsilon", "η": "eta", "κ": "kappa", "λ": "lambda"}
_GREEK |= {"γ": "gamma", "μ": "mu", "ρ": "rho", "σ": "sigma", "ψ": "psi", "Δ": "Delta"}
_LETTERS = {letter: f"\\{name}" for letter, name in _GREEK.items()}
_LETTERS |= {"ŷ": "\\hat{y}", "x̂": "\\hat{x}", "m̂": "\\hat{m}", "v̂": "\\hat{v}", "ḡ": "\\bar{g}", "ℒ": "\\mathcal{L}"}
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


_NUMBERED = re.compile("[A-Za-z]⁽[⁰¹²³⁴⁵⁶⁷⁸⁹]+⁾")
_RAISED = {"⁺": "^{+}", "ᵀ": "^{\\top}", "ᵗ": "^{t}", "²": "^{2}"}


def _name(text: str, of: str, latex: bool) -> str:
    raised = text[-1:] if text[-1:] in _RAISED else ""
    stem = text.removesuffix(raised)
    if latex:
        name, index = latex_name(stem), latex_name(of)
        base = f"{{{name}}}" if of and "_" in name else name  # two indices in a row are none
        return (f"{base}_{{{index}}}" if of else name) + _RAISED.get(raised, "")
    return subscripted(stem) + raised + (f"({subscripted(of)})" if of else "")


def _partial(slope: Partial, latex: bool) -> str:
    above, below = _name(slope.top, "", latex), _name(slope.by, slope.of, latex)
    written = f"\\frac{{\\partial {above}}}{{\\partial {below}}}" if latex else f"∂{above}/∂{below}"
    if not slope.via:
        return written
    word, via = tr("via"), _name(slope.via, "", latex)
    return f"{written}\\text{{ {word} }}{via}" if latex else f"{written} {word} {via}"


def _write(expression: Expression, latex: bool, numbers: Writer) -> str:
    match expression:
        case Number(value):
            return {0.5: "\\tfrac12" if latex else "½"}.get(value, _short(value, latex))
        case Constant(value=value):
            return _write(Number(float(np.ravel(value)[0])), latex, numbers)
        case Symbol() | Partial():
            return _named(expression, latex, numbers)
        case Sum(terms):
            return _joined([_write(term, latex, numbers) for term in terms])
        case Difference(left, right):
            return f"{_write(left, latex, numbers)} − {_factor(right, latex, numbers)}".replace(
                "−", "-" if latex else "−"
            )
        case Product(factors):
            return (" \\cdot " if latex else " · ").join(_factor(factor, latex, numbers) for factor in factors)
        case MatrixProduct(left, right, turned):
            first = _operand(left, latex, numbers)
            gap = " \\, " if latex and numbers else " "
            return f"{_raised(first, latex) if turned else first}{gap}{_operand(right, latex, numbers)}"
        case Quotient(top, bottom):
            if latex:
                return f"\\frac{{{_write(top, latex, numbers)}}}{{{_write(bottom, latex, numbers)}}}"
            return f"{_factor(top, latex, numbers)} / {_whole(bottom, latex, numbers)}"
        case Negative(argument):
            return ("-" if latex else "−") + _factor(argument, latex, numbers)
        case Power(base, exponent):
            raised = _exponent(exponent, latex, numbers)
            if _has_shape(base, numbers):
                written = _write(base, latex, numbers)
                return (f"{{{written}}}" if latex else f"({written})") + raised
            return _whole(base, latex, numbers, (*_PARTS, Power)) + raised
        case Apply(name, latex_name_, _, argument, others):
            return _applied(latex_name_ if latex else name, (argument, *others), latex, numbers)
        case Cases():
            return _cases(expression, latex, numbers)
        case Largest(left, right):
            return _applied("\\max" if latex else "max", (left, right), latex, numbers)
        case Total(argument, words, latex_words, _):
            return f"{latex_words if latex else words} {_factor(argument, latex, numbers)}"


def _named(named: Symbol | Partial, latex: bool, numbers: Writer, in_product: bool = False) -> str:
    """Its name, or its numbers; of a matrix too large for that the name with the shape."""
    name = _partial(named, latex) if isinstance(named, Partial) else _name(named.text, named.of, latex)
    if numbers is None:
        return name
    if not _too_large(named.value, in_product):
        return number_words(named.value, latex, numbers, in_product)
    shape = (" \\times " if latex else " × ").join(map(str, np.shape(named.value)))
    return f"\\underset{{{shape}}}{{{name}}}" if latex else f"{name} ({shape})"


def _has_shape(expression: Expression, numbers: Writer) -> bool:
    """Whether it is written as a name with its shape."""
    return numbers is not None and isinstance(expression, Symbol | Partial) and _too_large(expression.value)


def _operand(expression: Expression, latex: bool, numbers: Writer) -> str:
    """A factor of a product of matrices, in which a column stands upright."""
    if numbers and isinstance(expression, Symbol | Partial) and np.size(expression.value) > 1:
        return _named(expression, latex, numbers, in_product=True)
    return _factor(expression, latex, numbers)


def _raised(operand: str, latex: bool) -> str:
    """The transpose of what is written; a shape behind a name stays with it."""
    if latex:
        return f"{{{operand}}}^{{\\top}}"
    return f"({operand})ᵀ" if operand.endswith(")") and not operand.startswith("(") else f"{operand}ᵀ"


def _factor(expression: Expression, latex: bool, numbers: Writer) -> str:
    """An operand of a product or power: in brackets where it is a sum, or a negative number."""
    text = _write(expression, latex, numbers)
    bare = text.startswith(("−", "-"))
    return f"({text})" if isinstance(expression, Sum | Difference | Negative | Cases) or bare else text


_PARTS: tuple[type, ...] = (Product, MatrixProduct, Quotient)


def _whole(expression: Expression, latex: bool, numbers: Writer, parts: tuple[type, ...] = _PARTS) -> str:
    """The base of a power, what something is divided by: in brackets where it is one of ``parts``."""
    text = _factor(expression, latex, numbers)
    return f"({text})" if isinstance(expression, parts) and not text.startswith("(−") else text


def _exponent(exponent: int | Expression, latex: bool, numbers: Writer) -> str:
    if isinstance(exponent, Number) and exponent.value in _SQUARES:
        return _exponent(int(exponent.value), latex, numbers)
    if isinstance(exponent, int):
        return f"^{{{exponent}}}" if latex else _SQUARES.get(exponent, f"^{exponent}")
    if latex:
        return f"^{{{_write(exponent, latex, numbers)}}}"
    return f"^{_whole(exponent, latex, numbers)}"


_SQUARES = {2: "²", 3: "³"}


def _applied(name: str, arguments: tuple[Expression, ...], latex: bool, numbers: Writer) -> str:
    inner = ", ".join(_write(argument, latex, numbers) for argument in arguments)
    if "{}" in name:
        alone = name.startswith("{}") and not latex and _has_shape(arguments[0], numbers)
        return name.replace("{}", f"({inner})" if alone else inner)
    if latex and (name == "\\sqrt" or name.endswith("^")):
        return f"{name}{{{inner}}}"
    return f"{name}\\left({inner}\\right)" if latex else f"{name}({inner})"


def _cases(cases: Cases, latex: bool, numbers: Writer) -> str:
    """Both cases; filled with single numbers, the one that holds."""
    if numbers and not np.ndim(holds := _holds(cases)):
        return _write(cases.then if holds else cases.otherwise, latex, numbers)
    then, left, right, otherwise = (
        _write(part, latex, numbers) for part in (cases.then, cases.left, cases.right, cases.otherwise)
    )
    if not latex:
        return tr(
            "{then} if {left} {sign} {right}, else {other}",
            then=then,
            left=left,
            sign=cases.sign,
            right=right,
            other=otherwise,
        )
    sign = {">": ">", "≤": "\\le"}[cases.sign]
    return f"\\begin{{cases}} {then} & {left} {sign} {right} \\\\ {otherwise} & \\text{{{tr('else')}}} \\end{{cases}}"


def _joined(terms: list[str]) -> str:
    """Terms joined by +, or by − where one begins with a minus sign of its own."""
    text = terms[0]
    for term in terms[1:]:
        text += f" − {term[1:]}" if term.startswith("−") else f" - {term[1:]}" if term.startswith("-") else f" + {term}"
    return text


def _short(value: float, latex: bool) -> str:
    return _number(value, latex, given_text)
