"""The one door for words."""

from __future__ import annotations

import pytest

from nnviz.words import tr


def test_fields_are_filled_in() -> None:
    assert tr("{count} of {total} labels shown", count=18, total=64) == "18 of 64 labels shown"


def test_a_sentence_without_fields_keeps_its_braces() -> None:
    assert tr("a set is written {1, 2}") == "a set is written {1, 2}"


def test_a_value_with_braces_is_not_read_again() -> None:
    assert tr("no column {name}", name="{0.__class__}") == "no column {0.__class__}"


def test_a_forgotten_field_is_an_error() -> None:
    with pytest.raises(KeyError):
        tr("no column {name}", column="x")
