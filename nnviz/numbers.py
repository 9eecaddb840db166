"""Numbers as people read and write them: fixed significant digits out, dot, comma or fraction in.

Digits are cut for display only; every number that is copied, saved or printed as JSON keeps all of them. A number that
has not been computed is a dash, never 0.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal

from nnviz.errors import ConfigError, DataError
from nnviz.words import tr

VALUE_DIGITS = 4
GRADIENT_DIGITS = 3
FEWEST_DIGITS, ALL_DIGITS = 2, 17
"""The least a reader may choose, and the choice of as many as each number has."""
NOT_COMPUTED = "–"
MINUS = "−"

_INDEX = re.compile("[0-9]+(,[0-9]+)*$")
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_SUPERSCRIPTS = str.maketrans("0123456789-+", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺")


def value_text(number: float | None, digits: int | None = None) -> str:
    """``number`` to ``digits`` significant digits (4), zeros at the end kept; a dash for None.

    From 10⁻⁵ to below 10⁶ it is written out; outside as a power of ten, with true minus signs. ``ALL_DIGITS`` are the
    fewest that read back to the same bits.

    >>> value_text(0.15), value_text(1.10590596706), value_text(-0.0000123), value_text(2.5e-7)
    ('0.1500', '1.106', '−0.00001230', '2.500×10⁻⁷')
    >>> value_text(0.15, 6), value_text(0.15, ALL_DIGITS), value_text(1 / 3, ALL_DIGITS)
    ('0.150000', '0.15', '0.3333333333333333')
    """
    if number is None:
        return NOT_COMPUTED
    if not math.isfinite(number):
        return {math.inf: "∞", -math.inf: MINUS + "∞"}.get(number, tr("not a number"))
    if number == 0:
        return "0"
    shown, digits = (number, VALUE_DIGITS if digits is None else digits) if digits != ALL_DIGITS else _exact(number)
    mantissa, exponent_text = f"{shown:.{digits - 1}e}".split("e")
    exponent = int(exponent_text)
    if -5 <= exponent < 6:
        return f"{shown:.{max(0, digits - 1 - exponent)}f}".replace("-", MINUS)
    return mantissa.replace("-", MINUS) + "×10" + str(exponent).translate(_SUPERSCRIPTS)


def gradient_text(number: float | None, digits: int | None = None) -> str:
    """``number`` as a derivative is written: always with its sign, to 3 digits unless told otherwise.

    >>> gradient_text(0.082167040564), gradient_text(-0.0226), gradient_text(None)
    ('+0.0822', '−0.0226', '–')
    """
    text = value_text(number, GRADIENT_DIGITS if digits is None else digits)
    return "+" + text if number is not None and number > 0 else text


def given_text(number: float | None, digits: int | None = None) -> str:
    """``number`` as somebody gave it (an input, a target): no more digits than it has, at most ``digits`` (4).

    >>> given_text(0.05), given_text(4.0), given_text(1 / 3), given_text(-0.0)
    ('0.05', '4', '0.3333', '0')
    """
    if number is None:
        return NOT_COMPUTED
    short = exact_text(number + 0.0)  # −0 as 0
    few = len(_significant(short)) <= (VALUE_DIGITS if digits is None else digits)
    return short.replace("-", MINUS) if few and "e" not in short else value_text(number, digits)


def _exact(number: float) -> tuple[Decimal, int]:
    """The fewest digits that read back to the same bits, and how many they are; rounding to so many may give others."""
    text = repr(float(number))
    return Decimal(text), len(_significant(text).rstrip("0"))


def _significant(text: str) -> str:
    """The digits of a number as Python writes it, without the zeros before them."""
    return text.split("e")[0].lstrip("-0.").replace(".", "")


def checked_digits(digits: int | None) -> int | None:
    """How many digits are shown, or a refusal; None is the rule: values to 4, gradients to 3.

    Raises
    ------
    ConfigError
        If it is not one of those that can be shown.
    """
    if digits is not None and not FEWEST_DIGITS <= digits <= ALL_DIGITS:
        raise ConfigError(
            tr("Numbers cannot be shown with so many digits"),
            expected=tr("{few} to {all}; {all} is all digits", few=FEWEST_DIGITS, all=ALL_DIGITS),
            found=str(digits),
        )
    return digits


def exact_text(number: float) -> str:
    """All digits of ``number``, the fewest that read back to the same bits; whole numbers without ``.0``.

    >>> exact_text(0.1), exact_text(3.0)
    ('0.1', '3')
    """
    text = repr(float(number))
    return text.removesuffix(".0")


def read_number(text: str) -> float:
    """The number a person wrote: dot or comma as decimal mark, or a fraction.

    >>> read_number("0,001"), read_number("1/3"), read_number(" −2.5 ")
    (0.001, 0.3333333333333333, -2.5)

    Raises
    ------
    DataError
        If it is no finite number; the message shows what stood there.
    """
    cleaned = text.strip().replace(MINUS, "-").replace(",", ".")
    try:
        above, _, below = cleaned.partition("/")
        number = float(above) / float(below) if below else float(cleaned)
    except (ValueError, ZeroDivisionError):
        number = math.nan
    if not math.isfinite(number) or "_" in cleaned:
        raise DataError(tr("This is not a number"), expected=tr("a number such as 0.25, 0,25 or 1/4"), found=repr(text))
    return number


def subscripted(name: str) -> str:
    """A name with the digits at its end set low, as a formula writes it.

    >>> subscripted("w12"), subscripted("x1,2"), subscripted("loss"), subscripted("2024")
    ('w₁₂', 'x₁,₂', 'loss', '2024')
    """
    stem, index = indexed(name)
    return stem + index.translate(_SUBSCRIPTS) if stem and len(stem) <= 2 else name


def indexed(name: str) -> tuple[str, str]:
    """A name and the numbers at its end, parted by commas.

    >>> indexed("x1,2"), indexed("w12"), indexed("gate"), indexed("a,")
    (('x', '1,2'), ('w', '12'), ('gate', ''), ('a,', ''))
    """
    found = _INDEX.search(name)
    return (name[: found.start()], found[0]) if found else (name, "")


def matrix_name(name: str) -> str:
    """A matrix of weights, by the name of its edge: a capital letter, its number raised as that of a layer is.

    >>> matrix_name("w2"), matrix_name("gate")
    ('W⁽²⁾', 'gate')
    """
    stem, number = _parted(name)
    return f"{stem.upper()}⁽{number.translate(_SUPERSCRIPTS)}⁾" if number else name


def entry_name(name: str, row: int, column: int) -> str:
    """One weight of a matrix, from unit ``row`` to unit ``column``, both from 0, by the name of its edge.

    >>> entry_name("w2", 0, 2), entry_name("w2", 9, 0), entry_name("gate", 0, 0)
    ('w⁽²⁾₁₃', 'w⁽²⁾₁₀,₁', 'gate₁₁')
    """
    stem, number = _parted(name)
    between = "," if max(row, column) > 8 else ""
    place = f"{row + 1}{between}{column + 1}".translate(_SUBSCRIPTS)
    return (f"{stem}⁽{number.translate(_SUPERSCRIPTS)}⁾" if number else name) + place


def _parted(name: str) -> tuple[str, str]:
    """One letter and the number behind it; no number where a name is something else."""
    stem = name.rstrip("0123456789")
    return (stem, name[len(stem) :]) if len(stem) == 1 and stem.isalpha() else (name, "")
