"""What a person types is read as mathematics means it, in every script, and nothing else is."""

from __future__ import annotations

import contextlib
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnviz.errors import ConfigError, DataError
from nnviz.expressions import ANY, DEEPEST, LONGEST, Allowed, read_expression


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0.001", 0.001),
        ("0,001", 0.001),
        (" 1/3 ", 1 / 3),
        ("1e-3", 1e-3),
        ("1,5E+2", 150.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("−2.5", -2.5),
        ("-2**2", -4.0),
        ("2**3**2", 512.0),
        ("2^-1", 0.5),
        ("(1+2)*3", 9.0),
        ("1-2-3", -4.0),
        ("8/4/2", 1.0),
        ("2*-3", -6.0),
        ("3×4÷2", 6.0),
        ("3²", 9.0),
        ("-2³", -8.0),
        ("\u0661\u0660 \u0660\u0660\u0660", 10000.0),
        ("--1", 1.0),
        ("10 000", 10000.0),
        ("1\u202f000\u00a0000,5", 1000000.5),
        ("\u0660\u066b\u0660\u0660\u0661", 0.001),
        ("\u0966.\u096b", 0.5),
        ("-0", 0.0),
    ],
)
def test_what_is_read(text: str, number: float) -> None:
    assert read_expression(text) == number
    assert math.copysign(1, read_expression(text)) == math.copysign(1, number)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "There is no number here"),
        ("abc", "This is not a number"),
        ("nan", "This is not a number"),
        ("inf", "This is not a number"),
        ("1_000", "This is not a number"),
        ("0x10", "This is not a number"),
        ("3²x", "This is not a number"),
        ("√4", "This is not a number"),
        ("1 2", "This is not a number"),
        ("12 3456", "This is not a number"),
        ("__import__('os')", "This is not a number"),
        ("<img src=x>", "This is not a number"),
        ("1e999", "too large"),
        ("1e308*10", "too large"),
        ("9**9**9**9", "too large"),
        ("1e-999", "too close to 0"),
        ("1.2.3", "more than one decimal mark"),
        ("12,345.6", "more than one decimal mark"),
        ("1/0", "divided by 0"),
        ("2*", "not finished"),
        ("(1", "parentheses do not match"),
        ("1)", "parentheses do not match"),
        ("(-8)**(1/3)", "not a real number"),
        ("(" * (DEEPEST + 1) + "1" + ")" * (DEEPEST + 1), "too many parentheses"),
        ("-" * (DEEPEST + 1) + "1", "too many parentheses"),
        ("1" * (LONGEST + 1), "too long"),
    ],
)
def test_what_is_refused(text: str, reason: str) -> None:
    with pytest.raises(DataError, match=reason.replace("(", r"\(")):
        read_expression(text)


def test_a_refusal_shows_what_stood_there() -> None:
    with pytest.raises(DataError) as caught:
        read_expression("12 apples")
    assert "“12 apples”" in str(caught.value)
    assert "1/4" in str(caught.value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_reads_back_to_the_same_bits(number: float) -> None:
    assert read_expression(repr(number)) == number
    assert read_expression(repr(number).replace(".", ",")) == number


@given(st.text(alphabet="0123456789.,eE+-*/()^ ٣x", max_size=30))
def test_anything_is_a_finite_number_or_refused_in_words(text: str) -> None:
    with contextlib.suppress(DataError):
        assert math.isfinite(read_expression(text))


@given(st.text(alphabet="0123456789.+-*/()", max_size=12))
def test_it_agrees_with_python(text: str) -> None:
    try:
        number = read_expression(text)
    except DataError:
        return
    # Python refuses 007 and computes whole numbers apart: they become floats first.
    floats = re.sub(r"\d+\.?\d*|\.\d+", lambda found: repr(float(found[0])), text)
    assert number == eval(floats)


@pytest.mark.parametrize(
    ("allowed", "text", "inside", "outside"),
    [
        (Allowed(), "a number", [-1e300, 0.5], []),
        (Allowed(low=0), "a number, 0 or more", [0, 2.5], [-1e-300]),
        (Allowed(low=0, low_open=True), "a number above 0", [1e-300], [0, -1]),
        (Allowed(high=3), "a number, 3 or less", [3], [3.0000001]),
        (Allowed(high=3, high_open=True), "a number below 3", [2.9], [3]),
        (Allowed(0, 1), "a number from 0 to 1", [0, 1], [-0.1, 1.1]),
        (Allowed(0, 1, high_open=True), "a number from 0 to below 1", [0, 0.99], [1]),
        (Allowed(0, 1, True, True), "a number above 0 and below 1", [0.5], [0, 1]),
        (Allowed(1, 8, whole=True), "a whole number from 1 to 8", [1, 8], [0, 9, 2.5]),
    ],
)
def test_what_is_allowed(allowed: Allowed, text: str, inside: list[float], outside: list[float]) -> None:
    assert allowed.text() == text
    assert all(allowed.holds(number) for number in inside)
    assert not any(allowed.holds(number) for number in outside)


def test_a_number_outside_is_refused_with_the_range() -> None:
    with pytest.raises(ConfigError, match=r"-1 is not allowed here\. Expected a number above 0, found -1"):
        read_expression("-1", Allowed(low=0, low_open=True))


@pytest.mark.parametrize("text", ["1,000", "1.000", "-12,500"])
def test_a_mark_for_thousands_is_not_taken_for_a_decimal_mark(text: str) -> None:
    with pytest.raises(DataError, match="thousands"):
        read_expression(text, Allowed(whole=True))


@pytest.mark.parametrize(("text", "number"), [("1000", 1000), ("10 000", 10000), ("1e3", 1000), ("6/2", 3), ("2.0", 2)])
def test_whole_numbers(text: str, number: int) -> None:
    assert read_expression(text, Allowed(whole=True)) == number


def test_any_number_is_allowed_by_default() -> None:
    assert ANY.holds(-1e308)
