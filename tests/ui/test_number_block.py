"""Blocks of numbers from a clipboard: every way a sheet or a program writes them, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from nnviz.errors import DataError, NnvizError, ShapeError
from nnviz.ui.number_block import block_text, read_block

TWO_BY_TWO = [[0.15, 0.2], [0.25, -3.0]]


@pytest.mark.parametrize(
    "text",
    [
        "0.15\t0.2\n0.25\t-3",
        "0,15\t0,2\r\n0,25\t−3\r\n",
        "0.15;0.2\n0.25;-3",
        "0,15; 0,2\n0,25; -3\n\n",
        "0.15,0.2\n0.25,-3",
        "0.15, 0.2\n0.25, -3",
        "0,15, 0,2\n0,25, -3",
        "0.15 0.2\n0.25 -3",
        "  0,15   0,2\n\n  0,25  -3",
        "[[0.15, 0.2], [0.25, -3]]",
        "[[ 0.15  0.2 ]\n [ 0.25 -3.  ]]",
        "array([[0.15, 0.2],\n       [0.25, -3. ]])".removeprefix("array(").removesuffix(")"),
        "0.15\t0.2\t\n0.25\t-3\t",
        "3/20\t1/5\n1/4\t-3",
    ],
)
def test_a_block_is_read_however_it_is_written(text: str) -> None:
    assert read_block(text).tolist() == TWO_BY_TWO


@pytest.mark.parametrize(
    ("text", "columns", "found"),
    [
        ("1,2", None, [[1.0, 2.0]]),
        ("1,2", 2, [[1.0, 2.0]]),
        ("1,2", 1, [[1.2]]),
        ("1,2\n3,4", 1, [[1.2], [3.4]]),
        ("5", 4, [[5.0]]),
    ],
)
def test_the_wanted_width_decides_what_a_comma_is(text: str, columns: int | None, found: list[list[float]]) -> None:
    assert read_block(text, columns).tolist() == found


def test_a_row_of_another_length_is_named() -> None:
    with pytest.raises(ShapeError, match=r"row 2.*Expected 2 numbers.*found 3"):
        read_block("1\t2\n3\t4\t5")


@pytest.mark.parametrize("cell", ["abc", "1e999", "nan", "inf", "1//2", "__import__('os')", ""])
def test_what_is_no_number_is_named_with_its_place(cell: str) -> None:
    with pytest.raises(DataError, match="row 2, column 1"):
        read_block(f"1\t2\n{cell}\t4")


@pytest.mark.parametrize("text", ["", "\n\n", " \t ", ";;", "[]"])
def test_nothing_is_refused_in_words(text: str) -> None:
    with pytest.raises(ShapeError, match="no numbers"):
        read_block(text)


@given(
    arrays(
        np.float64,
        array_shapes(min_dims=2, max_dims=2, max_side=5),
        elements=st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False),
    )
)
def test_what_is_copied_reads_back_bit_for_bit(values: np.ndarray) -> None:
    assert (read_block(block_text(values.tolist()), values.shape[1]) == values).all()


@given(st.text(max_size=60))
def test_no_text_raises_anything_but_an_error_of_our_own(text: str) -> None:
    try:
        found = read_block(text)
    except NnvizError:
        return
    assert found.ndim == 2
    assert np.isfinite(found).all()
