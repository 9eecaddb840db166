"""Extremes of several operands and products of matrices by the kernels, beside the clear executor."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.engine.fast import codes
from nnviz.engine.fast.program import program_of
from nnviz.engine.registry import Form
from tests.engine.fast.carried import by_clear, by_kernels, drawn
from tests.engine.fast.test_conformance import agree


@pytest.mark.parametrize("count", [3, 4, 5])
@pytest.mark.parametrize("extreme", codes.EXTREME_KINDS)
def test_those_that_are_equal_share_evenly(extreme: str, count: int) -> None:
    rng = np.random.default_rng(count)
    operands = [rng.integers(0, 2, (9, 4)).astype(float) for _ in range(count)]
    case, upstream = drawn(extreme, [Form((4,), True)] * count, count, {}), rng.normal(size=(9, 4))
    agree(by_kernels(case, operands, upstream), by_clear(case, operands, upstream), 1e-15)


@pytest.mark.parametrize("worst", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("extreme", codes.EXTREME_KINDS)
def test_an_extreme_of_what_is_not_finite(extreme: str, worst: float) -> None:
    operands = [np.array([[worst, 1.0, 2.0]]), np.array([[0.0, worst, 2.0]]), np.array([[1.0, 3.0, worst]])]
    case, upstream = drawn(extreme, [Form((3,), True)] * 3, 3, {}), np.ones((1, 3))
    expected = by_clear(case, operands, upstream).value
    np.testing.assert_array_equal(by_kernels(case, operands, upstream).value, expected)


@pytest.mark.parametrize("most", [1, 2])
@pytest.mark.parametrize("turns", [(False, False), (True, False), (False, True), (True, True)])
def test_a_huge_product_of_matrices_is_done_some_lines_at_a_time(turns, most, monkeypatch) -> None:
    m, k, p, rows = 5, 3, 4, 6
    a, b = (k, m) if turns[0] else (m, k), (p, k) if turns[1] else (k, p)
    case = drawn("matmul", [Form(a, True), Form(b, True)], 2, {"turn_a": turns[0], "turn_b": turns[1]})
    rng = np.random.default_rng(3)
    operands = [rng.normal(size=(rows, *shape)) for shape in (a, b)]
    monkeypatch.setattr("nnviz.engine.fast.program.PIECE", 8 * most * k * p * rows)
    pieces = [line for line in program_of(case.plan).in_pieces(rows).table if line[codes.OP] == codes.MATRICES]
    assert [piece[codes.FIRST] for piece in pieces] == list(range(0, m, most))
    upstream = rng.normal(size=(rows, m, p))
    agree(by_kernels(case, operands, upstream, pieces=rows), by_clear(case, operands, upstream), 1e-14)


@pytest.mark.parametrize("kind", codes.ROW_KINDS)
def test_each_line_of_a_matrix_is_a_softmax_of_its_own(kind: str) -> None:
    rng = np.random.default_rng(4)
    case, z = drawn(kind, [Form((3, 5), True)], 1, {}), rng.normal(size=(7, 3, 5))
    upstream = rng.normal(size=z.shape)
    agree(by_kernels(case, [z], upstream), by_clear(case, [z], upstream), 1e-14)
