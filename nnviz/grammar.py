"""The one grammar of typed mathematics: number fields, formulas of nodes and the rules of optimizers are read by it.

.. code-block:: text

    sum     = product { ("+" | "-") product }
    product = signed { ("*" | "/") signed }
    signed  = ("+" | "-") signed | power
    power   = atom [ "²" | "³" | ("**" | "^") signed ]    so -2**2 = -4 and 2**3**2 = 512, as in mathematics
    atom    = number | name | name "(" sum { "," sum } ")" | "√" atom | "|" sum "|" | "(" sum ")"

The signs of mathematics (− – · × ÷ ∕) and the digits of other scripts are read like those of a keyboard in English. A
name begins with a letter or an underscore, goes on with letters, digits, low digits and accents, and may end in ⁺.

What is read is no tree but a list of operations, each on results that stand before it, so that whoever carries them
out needs no recursion. Nothing is ever run as code.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

from nnviz.errors import NnvizError

MOST_OPERANDS = 32
"""Terms or factors of one operation; a longer sum or product goes on in another one."""

Fault = Literal["operand", "sign", "parenthesis", "deep", "large", "small"]
"""What is wrong: no operand where one must stand, no sign between two, a parenthesis too few or too many, too many
within one another, a number too large or too close to 0."""
Refuse = Callable[[Fault, int], NnvizError]

_SIGNS = str.maketrans("−–×·∙⋅÷∕", "--****//")
_RAISED = {"²": "2", "³": "3"}
_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[^\W\d\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u2089\u2150-\u218f]"
    r"(?:[^\W\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u207f\u2150-\u218f]|[\u0300-\u036f])*⁺?)"
    r"|(?P<sign>\*\*|[-+*/^()|,√²³]))"
)
_SUM = {"+": "add", "-": "subtract"}
_PRODUCT = {"*": "multiply", "/": "divide"}
_MANY = ("add", "multiply")


class Part(NamedTuple):
    """One operation of a text.

    Attributes
    ----------
    operation : ``number``, ``name``, ``call`` (of a function), ``add``, ``subtract``, ``multiply``, ``divide``,
        ``power`` or ``negate``.
    operands : the parts it works on, by their places in the list.
    text : of a number, a name or a function, as it was written.
    start, stop : where it stands in the text.
    """

    operation: str
    operands: tuple[int, ...]
    text: str
    start: int
    stop: int


def read(text: str, refuse: Refuse, deepest: int) -> tuple[Part, ...]:
    """The operations of a text, the last of which is the whole.

    Parameters
    ----------
    refuse : makes the error for what is wrong and the place where.
    deepest : parentheses, signs and powers that may stand within one another, so that no text exhausts the stack.

    Raises
    ------
    NnvizError
        What ``refuse`` makes, if it is no such text.
    """
    return _Reader(text, refuse, deepest).whole()


def is_name(text: str) -> bool:
    """Whether a text can stand in a formula as a name.

    >>> is_name("ŷ₁"), is_name("hours"), is_name("h 1"), is_name("2x")
    (True, True, False, False)
    """
    found = _TOKEN.fullmatch(text)
    return found is not None and found["name"] == text


def in_ascii(text: str) -> str:
    """A text with the digits of other scripts as those of ours; it stays as long as it was."""
    return "".join(map(_digit, text))


class _Reader:
    """Reads one text from left to right."""

    def __init__(self, text: str, refuse: Refuse, deepest: int) -> None:
        self._text = in_ascii(text.translate(_SIGNS))  # as long as it was, so that places stay right
        self._refuse, self._deepest = refuse, deepest
        self._at, self._depth = 0, 0
        self._parts: list[Part] = []

    def whole(self) -> tuple[Part, ...]:
        self._chain(_SUM)
        place = self._next_place()
        if place < len(self._text):
            raise self._refuse("parenthesis" if self._text[place] == ")" else "sign", place)
        return tuple(self._parts)

    def _next_place(self) -> int:
        """Where the next token begins; the end of the text if there is none."""
        rest = self._text[self._at :]
        return self._at + len(rest) - len(rest.lstrip())

    def _take(self, *signs: str) -> str:
        """The next token if it is one of ``signs``, which is then read; otherwise nothing."""
        found = _TOKEN.match(self._text, self._at)
        if found is None or found["sign"] not in signs:
            return ""
        self._at = found.end()
        return found["sign"]

    def _emit(self, operation: str, operands: Sequence[int] = (), text: str = "", start: int = -1) -> int:
        begins = min((self._parts[place].start for place in operands), default=self._at) if start < 0 else start
        self._parts.append(Part(operation, tuple(operands), text, begins, self._at))
        return len(self._parts) - 1

    def _chain(self, signs: Mapping[str, str]) -> int:
        """Operands joined by signs of one rank, from the left; those of one + or · in a row are one operation."""
        run, doing = [self._operand(signs)], ""
        while sign := self._take(*signs):
            operation = signs[sign]
            if len(run) > 1 and (operation != doing or operation not in _MANY or len(run) == MOST_OPERANDS):
                run = [self._emit(doing, run)]
            doing = operation
            run.append(self._operand(signs))
        return self._emit(doing, run) if doing else run[0]

    def _operand(self, signs: Mapping[str, str]) -> int:
        return self._chain(_PRODUCT) if signs is _SUM else self._signed()

    def _signed(self) -> int:
        self._sink()
        start = self._next_place()
        sign = self._take("+", "-")
        found = self._signed() if sign else self._power()
        self._depth -= 1
        return self._emit("negate", (found,), start=start) if sign == "-" else found

    def _sink(self) -> None:
        self._depth += 1
        if self._depth > self._deepest:
            raise self._refuse("deep", self._next_place())

    def _power(self) -> int:
        base = self._atom()
        if raised := self._take("²", "³"):
            exponent = self._emit("number", text=_RAISED[raised], start=self._at - 1)
        elif self._take("**", "^"):
            exponent = self._signed()
        else:
            return base
        return self._emit("power", (base, exponent))

    def _atom(self) -> int:
        start = self._next_place()
        found = _TOKEN.match(self._text, self._at)
        sign = found["sign"] if found else ""
        if found is None or (sign and sign not in "(|√"):
            raise self._refuse("operand", start)
        self._at = found.end()
        if found["number"]:
            return self._number(found["number"], start)
        if sign == "√":
            self._sink()
            inner = self._atom()
            self._depth -= 1
            return self._emit("call", (inner,), "sqrt", start)
        if sign:
            return self._enclosed(sign, start)
        return self._call(found["name"], start) if self._take("(") else self._emit("name", (), found["name"], start)

    def _number(self, digits: str, start: int) -> int:
        value = float(digits)
        if math.isinf(value):
            raise self._refuse("large", start)
        if value == 0 and digits.lower().split("e")[0].strip("0."):
            raise self._refuse("small", start)
        return self._emit("number", (), digits, start)

    def _enclosed(self, sign: str, start: int) -> int:
        inner = self._chain(_SUM)
        self._close("|" if sign == "|" else ")")
        return self._emit("call", (inner,), "abs", start) if sign == "|" else inner

    def _call(self, name: str, start: int) -> int:
        arguments = [self._chain(_SUM)]
        while self._take(","):
            arguments.append(self._chain(_SUM))
        self._close(")")
        return self._emit("call", arguments, name, start)

    def _close(self, sign: str) -> None:
        if not self._take(sign):
            place = self._next_place()
            raise self._refuse("parenthesis" if place == len(self._text) else "sign", place)


def _digit(character: str) -> str:
    # A raised ² is a digit for Unicode as well, but 3² is not 32.
    return str(unicodedata.digit(character)) if unicodedata.category(character) == "Nd" else character
