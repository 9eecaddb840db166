"""The look over the bytes: what a JSON parser would swallow is refused, with line and column."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnviz.document import scan as module
from nnviz.document.scan import MAX_DEPTH, line_and_column, scan
from nnviz.errors import FormatError
from tests.document.makers import refusal


@pytest.mark.parametrize(
    ("text", "what", "place", "found"),
    [
        ('{"a": 1,\n "a": 2}', "same key", "line 2, column 2", '"a"'),
        (r'{"a": 1, "\u0061": 2}', "same key", "line 1, column 10", '"a"'),
        ('{"ŷ": {"b": [{"c": 1, "c" : 2}]}}', "same key", "line 1, column 23", '"c"'),
        ('{"a": NaN}', "number", "line 1, column 7", "NaN"),
        ("[1, -Infinity]", "number", "line 1, column 5", "-Infinity"),
        ("[Infinity]", "number", "line 1, column 2", "Infinity"),
        ("[1e999]", "number", "line 1, column 2", "1e999"),
        ("[\n-1.5E+0400]", "number", "line 2, column 1", "-1.5E+0400"),
        ("[1" + "0" * 400 + "]", "number", "line 1, column 2", "1000"),
        ("[18446744073709551616]", "number", "line 1, column 2", "18446744073709551616"),
        ("[" * (MAX_DEPTH + 1), "deeply", "line 1, column 65", "65 levels"),
        ('{"a":' * 64 + '{"a"', "deeply", "line 1, column 321", "65 levels"),
    ],
)
def test_it_refuses(text: str, what: str, place: str, found: str) -> None:
    with pytest.raises(FormatError) as caught:
        scan(text.encode(), "net.nnviz")
    assert what in caught.value.what
    assert caught.value.where == f"net.nnviz, {place}"
    assert found in caught.value.found
    assert caught.value.expected
    assert caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "[" * MAX_DEPTH + "]" * MAX_DEPTH,
        "[18446744073709551615, -0.0, 1e308, 5e-324, 1e-999, 0.12345678901234567890123, 123456789012345678901e-5]",
        '{"a": {"a": [{"a": 1}, {"a": 2}]}, "b": {"a": 1}}',
        '["NaN", "1e999", "[[[[", "\\"", "a\\\\", {"\\"a\\"": "\\u0022"}, "{\\"a\\":1,\\"a\\":2}"]',
        '["a", "a"]',
        "",
        '{"a',
        "]]]]",
        "Nothing like it: 5e5-3, 1.2.3, --1, NaNcy",
    ],
)
def test_it_leaves_the_rest_to_the_parser(text: str) -> None:
    scan(text.encode(), "net.nnviz")


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(json_values, st.booleans(), st.sampled_from([None, 0, 3]))
def test_sound_json_passes(value: object, ascii_only: bool, indent: int | None) -> None:
    scan(json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode(), "x")


@given(json_values, st.text(min_size=1))
def test_a_repeated_key_is_found_wherever_it_stands(value: object, key: str) -> None:
    inner = json.dumps(value)
    text = f"[{inner}, {{{json.dumps(key)}: {inner}, {json.dumps(key, ensure_ascii=False)}: {inner}}}]"
    with pytest.raises(FormatError, match="same key"):
        scan(text.encode("utf-8", "surrogatepass"), "x")


@pytest.mark.parametrize("piece", [b'"\\', b'"', b"{", b"-", b"N", b'["', b"\\", b'"a":', b"1e", b'\\"'])
def test_hostile_repetition_takes_no_longer_than_its_length(piece: bytes) -> None:
    """A pattern that looked again and again would not come back within the time a test may take."""
    told = refusal(scan, piece * 300_000, "x")
    assert told is None or isinstance(told, FormatError)


def test_the_number_of_parts_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_PIECES", 100)
    scan(b"[" + b"[]," * 49 + b"0", "x")
    with pytest.raises(FormatError, match="too many parts"):
        scan(b"[" + b"[]," * 51 + b"0", "x")
    scan(b"[1" + b",1" * 200 + b"]", "x")
    with pytest.raises(FormatError, match="too many parts"):
        scan(b"[1" + b",1" * 201 + b"]", "x")


def test_columns_count_characters_not_bytes() -> None:
    assert line_and_column("ŷŷ!".encode(), 4) == "line 1, column 3"
