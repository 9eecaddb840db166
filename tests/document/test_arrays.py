"""Arrays: frozen, compared bit for bit, and back from a file with the same bits."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnviz.document.arrays import READABLE, array_from_plain, array_to_plain, frozen, same_arrays, same_bits
from nnviz.errors import ConfigError


def test_frozen_is_a_copy_that_nobody_can_change() -> None:
    mine = np.array([1.0, 2.0])
    taken = frozen(mine)
    mine[0] = 9.0
    assert taken.tolist() == [1.0, 2.0]
    with pytest.raises(ValueError, match="read-only"):
        taken[0] = 3.0
    assert frozen(taken) is taken


def test_a_view_is_copied_for_its_base_may_change() -> None:
    base = np.arange(6.0)
    view = base[:3]
    view.setflags(write=False)
    taken = frozen(view)
    base[0] = 9.0
    assert taken[0] == 0.0


@pytest.mark.parametrize("wrong", [["x"], [[1.0], [1.0, 2.0]], {"a": 1}, [10**400]])
def test_what_is_no_array_is_refused(wrong: object) -> None:
    with pytest.raises(ConfigError, match="not numbers"):
        frozen(wrong)


def test_bits_are_compared_not_values() -> None:
    assert not same_bits(np.array([0.0]), np.array([-0.0]))
    assert same_bits(np.array([math.nan]), np.array([math.nan]))
    assert not same_bits(np.zeros((1, 2)), np.zeros((2, 1)))
    assert same_arrays({"a": np.ones(2)}, {"a": np.ones(2)})
    assert not same_arrays({"a": np.ones(2), "b": np.ones(2)}, {"b": np.ones(2), "a": np.ones(2)})


shapes = st.lists(st.integers(0, 9), max_size=3).map(tuple)
anything = st.floats(allow_nan=True, allow_infinity=True, allow_subnormal=True, width=64)


@given(st.data(), shapes)
def test_every_bit_comes_back_through_json(data: st.DataObject, shape: tuple[int, ...]) -> None:
    numbers = data.draw(st.lists(anything, min_size=math.prod(shape), max_size=math.prod(shape)))
    values = np.array(numbers, dtype=np.float64).reshape(shape)
    plain = msgspec.json.decode(msgspec.json.encode(array_to_plain(values)))
    back = array_from_plain(plain)
    assert same_bits(back, values)
    assert not back.flags.writeable


@pytest.mark.parametrize(("size", "kind"), [(1, list), (READABLE, list), (READABLE + 1, dict)])
def test_few_numbers_are_readable_and_many_are_bytes(size: int, kind: type) -> None:
    assert isinstance(array_to_plain(np.ones(size)), kind)


@pytest.mark.parametrize(
    ("plain", "expected", "found"),
    [
        ("text", "a list of numbers", "'text'"),
        (None, "a list of numbers", "None"),
        ([1.0, "2"], "numbers only", "'2'"),
        ([1.0, True], "numbers only", "True"),
        ([1.0, None], "numbers only", "None"),
        ([[1.0], [1.0, 2.0]], "lists of equal length", "[[1.0], [1.0, 2.0]]"),
        ([[1.0], 2.0], "lists of equal length", "[[1.0], 2.0]"),
        ({"shape": [1]}, "shape and float64", "['shape']"),
        ({"shape": [1], "float64": "", "dtype": "O"}, "shape and float64", "['shape', 'float64', 'dtype']"),
        ({"shape": [-1], "float64": ""}, "a shape", "[-1]"),
        ({"shape": [True], "float64": ""}, "a shape", "[True]"),
        ({"shape": 3, "float64": ""}, "a shape", "3"),
        ({"shape": [1] * 9, "float64": ""}, "a shape", "[1, 1,"),
        ({"shape": [1], "float64": "AAA"}, "base64", "'AAA'"),
        ({"shape": [1], "float64": 5}, "base64", "5"),
        ({"shape": [1], "float64": "AAAA\n"}, "base64", "'AAAA\\n'"),
        ({"shape": [2], "float64": "AAAAAAAAAAA="}, "8 bytes for each of 2 numbers", "8 bytes"),
        ({"shape": [2**40, 2**40], "float64": ""}, "8 bytes for each", "0 bytes"),
    ],
)
def test_a_wrong_array_is_refused(plain: object, expected: str, found: str) -> None:
    with pytest.raises(ConfigError) as caught:
        array_from_plain(plain)
    assert expected in caught.value.expected
    assert found in caught.value.found
