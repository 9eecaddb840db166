"""What a person types where a number is wanted: ``0,25``, ``1/3``, ``2*(3-1)``, ``1e-3``; by :mod:`nnviz.grammar`.

Dot and comma are both decimal marks, in every locale, for a sheet of exercises comes from anywhere; there is no mark
for thousands but the space (``10 000``). Names and functions are no numbers.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add, mul

from nnviz.errors import ConfigError, DataError
from nnviz.grammar import Fault, Part, in_ascii, read
from nnviz.numbers import exact_text
from nnviz.words import tr

LONGEST = 200
"""Characters an expression may have; a row of a table is not one number."""
DEEPEST = 32
"""Parentheses and signs within one another, so that no input can exhaust the stack."""

_MARKS = str.maketrans(",\u066b\u060c", "...")  # the last two: decimal mark and comma in Arabic
_SPACES = "[ \u00a0\u2009\u202f]"
_GROUPED = re.compile(rf"(?<![\d.])([1-9]\d{{0,2}}(?:{_SPACES}\d{{3}})+)(?!\d)")
_THOUSANDS = re.compile(r"[-+]?\d{1,3}[.,]\d{3}")


@dataclass(frozen=True)
class Allowed:
    """Which numbers a setting takes: a range whose ends belong to it or not, perhaps whole numbers only.

    >>> Allowed(low=0, high=1, high_open=True).text()
    'a number from 0 to below 1'
    """

    low: float = -math.inf
    high: float = math.inf
    low_open: bool = False
    high_open: bool = False
    whole: bool = False

    def holds(self, number: float) -> bool:
        """Whether ``number`` may be set."""
        above = number > self.low if self.low_open else number >= self.low
        below = number < self.high if self.high_open else number <= self.high
        return above and below and (not self.whole or number == math.floor(number))

    def text(self) -> str:
        """What is allowed, as a message says it."""
        return tr(self._sentence(), low=exact_text(self.low), high=exact_text(self.high))

    def _sentence(self) -> str:
        kind = "a whole number" if self.whole else "a number"
        low = {True: " above {low}", False: " from {low}"}[self.low_open]
        high = {True: "below {high}", False: "{high}"}[self.high_open]
        if math.isinf(self.low) and math.isinf(self.high):
            return kind
        if math.isinf(self.high):
            return kind + (" above {low}" if self.low_open else ", {low} or more")
        if math.isinf(self.low):
            return kind + (" below {high}" if self.high_open else ", {high} or less")
        return f"{kind}{low}{' and ' if self.low_open and self.high_open else ' to '}{high}"

    def check(self, number: float) -> None:
        """Refuse a number that is not allowed.

        Raises
        ------
        ConfigError
            If ``number`` lies outside; the message shows it and the allowed range.
        """
        if not self.holds(number):
            found = exact_text(number)
            raise ConfigError(tr("{number} is not allowed here", number=found), expected=self.text(), found=found)


ANY = Allowed()


def read_expression(text: str, allowed: Allowed = ANY) -> float:
    """The number that ``text`` stands for.

    >>> read_expression("0,001"), read_expression("1/3"), read_expression("2*(3 − 1)**2"), read_expression("10 000")
    (0.001, 0.3333333333333333, 8.0, 10000.0)

    Raises
    ------
    DataError
        If it is no finite number; the message says what is wrong and shows it.
    ConfigError
        If it is a number, but not one of ``allowed``.
    """
    stripped = text.strip()
    if not stripped:
        raise _refusal(tr("There is no number here"), "", allowed)
    if len(stripped) > LONGEST:
        raise _refusal(tr("This is too long for one number"), stripped, allowed)
    if allowed.whole and _THOUSANDS.fullmatch(stripped):
        hint = tr("Write {plain} without a mark", plain=re.sub("[.,]", "", stripped))
        raise _refusal(tr("A mark for thousands cannot be told from a decimal mark"), stripped, allowed, hint)
    plain = _plain(stripped)
    parts = read(plain, lambda fault, at: _refusal(_why(fault, plain[at:]), stripped, allowed), DEEPEST)
    number = _computed(parts, lambda what: _refusal(what, stripped, allowed))
    allowed.check(number)
    return number


def _refusal(what: str, found: str, allowed: Allowed, hint: str = "") -> DataError:
    wanted = tr("a number such as 0.25, 0,25, 1/4 or 2*(3-1)") if allowed == ANY else allowed.text()
    return DataError(what, expected=wanted, found=f"“{found}”" if found else "", hint=hint)


def _plain(text: str) -> str:
    """Decimal marks as points, and the spaces between groups of digits closed."""
    return _GROUPED.sub(lambda found: re.sub(_SPACES, "", found[1]), in_ascii(text.translate(_MARKS)))


def _computed(parts: Sequence[Part], refuse: Callable[[str], DataError]) -> float:
    """The number that the parts of a text make; ``refuse`` makes the error for a sentence that says what is wrong."""
    values: list[float] = []
    for part in parts:
        value = _value(part, [values[place] for place in part.operands], refuse)
        if not math.isfinite(value):
            raise refuse(_too_large())
        values.append(value)
    return values[-1] + 0.0  # −0 is 0 for whoever reads it


def _value(part: Part, operands: Sequence[float], refuse: Callable[[str], DataError]) -> float:
    match part.operation:
        case "number":
            return float(part.text)
        case "negate":
            return -operands[0]
        case "add":
            return reduce(add, operands)
        case "subtract":
            return operands[0] - operands[1]
        case "multiply":
            return reduce(mul, operands)
        case "divide":
            if operands[1] == 0:
                raise refuse(tr("Nothing can be divided by 0"))
            return operands[0] / operands[1]
        case "power":
            return _power(operands[0], operands[1], refuse)
        case _:
            raise refuse(_no_number())


def _power(base: float, exponent: float, refuse: Callable[[str], DataError]) -> float:
    try:
        return math.pow(base, exponent)
    except OverflowError:
        raise refuse(_too_large()) from None
    except ValueError:
        raise refuse(tr("This power is not a real number")) from None


def _why(fault: Fault, rest: str) -> str:
    """What is wrong where ``rest`` stands."""
    if fault == "deep":
        return tr("There are too many parentheses")
    if fault == "large":
        return _too_large()
    if fault == "small":
        return tr("This number is too close to 0 to be told from it")
    if fault == "parenthesis" or rest[:1] in ("(", ")"):
        return tr("The parentheses do not match")
    if not rest:
        return tr("This number is not finished")
    return tr("There is more than one decimal mark") if rest[0] == "." else _no_number()


def _no_number() -> str:
    return tr("This is not a number")


def _too_large() -> str:
    return tr("This number is too large; the largest is {largest}", largest="1.797·10³⁰⁸")
