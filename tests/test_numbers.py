"""Digits: what is shown is rounded by one rule, what is read takes dot, comma and fraction."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnviz.errors import ConfigError, DataError
from nnviz.numbers import (
    ALL_DIGITS,
    checked_digits,
    exact_text,
    given_text,
    gradient_text,
    read_number,
    subscripted,
    value_text,
)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (0.59327, "0.5933"),
        (-0.0000123, "−0.00001230"),
        (9.99994e-6, "0.00001000"),
        (0.99999, "1.000"),
        (999999.6, "1.000×10⁶"),
        (12345.678, "12346"),
        (-2.5e300, "−2.500×10³⁰⁰"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (math.nan, "not a number"),
        (None, "–"),
    ],
)
def test_values_show_four_significant_digits(number: float | None, text: str) -> None:
    assert value_text(number) == text


def test_gradients_always_show_their_sign() -> None:
    assert [gradient_text(x) for x in (0.0822, -0.0226, 0.0, None, 2e-7)] == [
        "+0.0822",
        "−0.0226",
        "0",
        "–",
        "+2.00×10⁻⁷",
    ]


def test_given_numbers_show_no_digit_that_was_not_given() -> None:
    assert [given_text(x) for x in (0.05, 5.1, -3.0, 1 / 3, 0.1 + 0.2, 1e-9, 123456.0)] == [
        "0.05", "5.1", "−3", "0.3333", "0.3000", "1.000×10⁻⁹", "123456",
    ]  # fmt: skip


def test_digits_may_be_chosen() -> None:
    assert gradient_text(0.082167040564, 6) == "+0.0821670"
    assert value_text(123456.0, 2) == "123456"
    assert [given_text(number, 6) for number in (0.05, 1 / 3)] == ["0.05", "0.333333"]
    assert [checked_digits(digits) for digits in (None, 2, ALL_DIGITS)] == [None, 2, ALL_DIGITS]


@pytest.mark.parametrize("digits", [-1, 0, 1, ALL_DIGITS + 1])
def test_other_digits_are_refused(digits: int) -> None:
    with pytest.raises(ConfigError, match="2 to 17"):
        checked_digits(digits)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_all_digits_read_back_to_the_same_number(number: float) -> None:
    raised = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
    mantissa, power, exponent = value_text(number, ALL_DIGITS).replace("−", "-").partition("×10")
    assert float(f"{mantissa}e{exponent.translate(raised)}" if power else mantissa) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_exact_text_reads_back_to_the_same_number(number: float) -> None:
    assert float(exact_text(number)) == number
    assert read_number(exact_text(number)) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [("0,001", 0.001), ("0.001", 0.001), ("1/3", 1 / 3), ("−1/4", -0.25), (" 2 ", 2.0), ("1e-3", 1e-3)],
)
def test_numbers_are_read_with_dot_comma_and_fraction(text: str, number: float) -> None:
    assert read_number(text) == number


@pytest.mark.parametrize("text", ["", "abc", "1e999", "nan", "inf", "1/0", "1_000", "1,2,3", "1/2/3"])
def test_what_is_no_number_is_refused_and_shown(text: str) -> None:
    with pytest.raises(DataError) as caught:
        read_number(text)
    assert caught.value.found == repr(text)
    assert "1/4" in str(caught.value)


def test_names_get_their_digits_set_low() -> None:
    assert [subscripted(name) for name in ("w12", "ŷ1", "W", "loss1", "7")] == ["w₁₂", "ŷ₁", "W", "loss1", "7"]
