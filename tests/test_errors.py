"""A refusal tells what, where, expected, found and what to do, in one line."""

from __future__ import annotations

import pytest

from nnviz import errors
from nnviz.errors import DataError, FormatError, NnvizError, shortened
from nnviz.hints import Means, read_in


def test_all_parts_are_told_in_order() -> None:
    error = FormatError(
        "A document has an unknown version",
        where="net.nnviz",
        expected="1",
        found="9",
        hint="Update nnviz.",
        ids=("n1", "e2"),
    )
    assert str(error) == "A document has an unknown version (net.nnviz). Expected 1, found 9. Update nnviz."
    assert error.ids == ("n1", "e2")


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({}, "No."),
        ({"where": "row 3"}, "No (row 3)."),
        ({"expected": "a number"}, "No. Expected a number."),
        ({"found": "'x'"}, "No. Found 'x'."),
        ({"hint": "Try again"}, "No. Try again."),
    ],
)
def test_missing_parts_leave_no_trace(parts: dict[str, str], told: str) -> None:
    assert str(NnvizError("No", **parts)) == told


def test_what_was_found_is_shortened_to_one_line() -> None:
    told = str(NnvizError("No", found="first\nsecond\t" + "x" * 500))
    assert "first second x" in told
    assert "\n" not in told
    assert len(told) < 140


@pytest.mark.parametrize(("length", "kept"), [(10, "x" * 10), (11, "x" * 9 + "…")])
def test_shortened_counts_the_dots(length: int, kept: str) -> None:
    assert shortened("x" * length, limit=10) == kept


def test_every_error_is_one_of_ours() -> None:
    classes = [each for each in vars(errors).values() if isinstance(each, type)]
    assert len(classes) > 5
    assert all(issubclass(each, NnvizError) and each.__doc__ for each in classes)


def test_a_hint_names_the_means_of_where_it_is_read() -> None:
    error = DataError("There is none", hint=Means("Press it", "Give --it", "Call it()"))
    assert str(error) == "There is none. Call it()."
    with read_in("window"):
        assert str(error) == "There is none. Press it."
        with read_in("command"):
            assert error.hint == "Give --it"
        assert error.hint == "Press it"
    assert error.hint == "Call it()"
