"""What a person types where a number is wanted: ``0,25``, ``1/3``, ``2*(3-1)``, ``1e-3``; read by a grammar of its own.

.. code-block:: text

    sum     = product { ("+" | "-") product }
    product = signed { ("*" | "/") signed }
    signed  = ("+" | "-") signed | power
    power   = atom [ ("**" | "^") signed ]          so -2**2 = -4 and 2**3**2 = 512, as in mathematics
    atom    = number | "(" sum ")"

Dot and comma are both decimal marks, in every locale, for a sheet of exercises comes from anywhere; there is no mark
for thousands but the space (``10 000``). Digits of other scripts count as digits. Nothing is ever run as code.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from nnviz.errors import ConfigError, DataError
from nnviz.numbers import exact_text
from nnviz.words import tr

LONGEST = 200
"""Characters an expression may have; a row of a table is not one number."""
DEEPEST = 32
"""Parentheses and signs within one another, so that no input can exhaust the stack."""

_SIGNS = str.maketrans("−–×·∙÷∕,\u066b\u060c", "--***//...")  # the last two: decimal mark and comma in Arabic
_SPACES = "[ \u00a0\u2009\u202f]"
_GROUPED = re.compile(rf"(?<![\d.])([1-9]\d{{0,2}}(?:{_SPACES}\d{{3}})+)(?!\d)")
_TOKEN = re.compile(r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<sign>\*\*|[-+*/^()]))")
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
    number = _Reader(_ascii(stripped), lambda what: _refusal(what, stripped, allowed)).result()
    allowed.check(number)
    return number


def _refusal(what: str, found: str, allowed: Allowed, hint: str = "") -> DataError:
    wanted = tr("a number such as 0.25, 0,25, 1/4 or 2*(3-1)") if allowed == ANY else allowed.text()
    return DataError(what, expected=wanted, found=f"“{found}”" if found else "", hint=hint)


def _ascii(text: str) -> str:
    """Signs, marks and digits as a keyboard in English writes them, spaces between groups of digits closed."""
    plain = "".join(_digit(character) for character in text.translate(_SIGNS))
    return _GROUPED.sub(lambda found: re.sub(_SPACES, "", found[1]), plain)


def _digit(character: str) -> str:
    # A raised ² is a digit for Unicode as well, but 3² is not 32.
    return str(unicodedata.digit(character)) if unicodedata.category(character) == "Nd" else character


class _Reader:
    """Reads one expression from left to right; ``refuse`` makes the error for a sentence that says what is wrong."""

    def __init__(self, text: str, refuse: Callable[[str], DataError]) -> None:
        self._text = text
        self._refuse = refuse
        self._at = 0
        self._depth = 0

    def result(self) -> float:
        value = self._sum()
        if self._peek() or self._text[self._at :].strip():
            raise self._refuse(self._why_stuck())
        return value + 0.0  # −0 is 0 for whoever reads it

    def _why_stuck(self) -> str:
        rest = self._text[self._at :].strip()
        if not rest:
            return tr("This number is not finished")
        if rest[0] == ".":
            return tr("There is more than one decimal mark")
        if rest[0] in "()":
            return tr("The parentheses do not match")
        return tr("This is not a number")

    def _peek(self) -> str:
        found = _TOKEN.match(self._text, self._at)
        return found[0].strip() if found else ""

    def _take(self, *signs: str) -> str:
        """The next token if it is one of ``signs``, which is then read; otherwise nothing."""
        found = self._peek()
        if found not in signs:
            return ""
        self._at = _end(self._text, self._at)
        return found

    def _sum(self) -> float:
        value = self._product()
        while sign := self._take("+", "-"):
            term = self._product()
            value = self._finite(value + term if sign == "+" else value - term)
        return value

    def _product(self) -> float:
        value = self._signed()
        while sign := self._take("*", "/"):
            factor = self._signed()
            if sign == "/" and factor == 0:
                raise self._refuse(tr("Nothing can be divided by 0"))
            value = self._finite(value * factor if sign == "*" else value / factor)
        return value

    def _signed(self) -> float:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._refuse(tr("There are too many parentheses"))
        sign = self._take("+", "-")
        value = self._signed() if sign else self._power()
        self._depth -= 1
        return -value if sign == "-" else value

    def _power(self) -> float:
        base = self._atom()
        if not self._take("**", "^"):
            return base
        exponent = self._signed()
        try:
            return math.pow(base, exponent)
        except OverflowError:
            raise self._refuse(_too_large()) from None
        except ValueError:
            raise self._refuse(tr("This power is not a real number")) from None

    def _atom(self) -> float:
        if self._take("("):
            value = self._sum()
            if not self._take(")"):
                raise self._refuse(tr("The parentheses do not match"))
            return value
        found = _TOKEN.match(self._text, self._at)
        if not found or found["number"] is None:
            raise self._refuse(self._why_stuck())
        self._at = found.end()
        return self._literal(found["number"])

    def _literal(self, digits: str) -> float:
        value = self._finite(float(digits))
        if value == 0 and digits.lower().split("e")[0].strip("0."):
            raise self._refuse(tr("This number is too close to 0 to be told from it"))
        return value

    def _finite(self, value: float) -> float:
        if not math.isfinite(value):
            raise self._refuse(_too_large())
        return value


def _too_large() -> str:
    return tr("This number is too large; the largest is {largest}", largest="1.797·10³⁰⁸")


def _end(text: str, at: int) -> int:
    found = _TOKEN.match(text, at)
    return found.end() if found else at
