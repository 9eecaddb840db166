"""Convolution and pooling by the kernels, beside the clear executor: room that is short, pieces, ties, no numbers."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.engine.fast import codes
from nnviz.engine.fast.program import program_of
from nnviz.engine.registry import Form
from tests.engine.fast.carried import by_clear, by_kernels, drawn
from tests.engine.fast.test_conformance import agree

CONVOLUTION = {"stride": 1, "padding": 1, "bias": True}
FORMS = [Form((3, 9, 7), True), Form((5, 3, 3, 3), False), Form((5,), False)]
PLACES, WINDOW = 9 * 7, 3 * 3 * 3


def convolution(dtype: type = np.float64, rows: int = 6) -> tuple:
    """A case, its operands and what arrives."""
    rng = np.random.default_rng(1)
    shapes = [(rows,) * form.batched + form.shape for form in FORMS]
    operands = [rng.normal(size=shape).astype(dtype).astype(float) for shape in shapes]
    return drawn("conv2d", FORMS, 3, CONVOLUTION), operands, rng.normal(size=(rows, 5, 9, 7))


def lines_of(program, operation: int) -> list[np.ndarray]:
    return [line for line in program.table if line[codes.OP] == operation]


@pytest.mark.parametrize("room", [1, 2 * WINDOW, 10 * WINDOW + 1])
def test_windows_are_copied_some_places_at_a_time(room: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A place for the least room; all of them need no more than all windows."""
    case, operands, upstream = convolution()
    whole = program_of(case.plan)
    monkeypatch.setattr("nnviz.engine.fast.program.ROOM", room)
    small = program_of(case.plan)
    assert lines_of(whole, codes.CONVOLUTION)[0][codes.ROOM] == PLACES * WINDOW
    assert lines_of(small, codes.CONVOLUTION)[0][codes.ROOM] == max(1, room // WINDOW) * WINDOW
    assert whole.rows - small.rows == PLACES * WINDOW - max(1, room // WINDOW) * WINDOW
    agree(by_kernels(case, operands, upstream), by_clear(case, operands, upstream), 1e-13)


def test_a_large_batch_has_fewer_places_at_a_time() -> None:
    """Of 500 examples there are more numbers than a core keeps near."""
    case, operands, upstream = convolution(rows=500)
    agree(by_kernels(case, operands, upstream), by_clear(case, operands, upstream), 1e-13)


@pytest.mark.parametrize("most", [1, 17])
def test_a_huge_convolution_is_done_piece_by_piece(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many places are a piece, for which alone a wish to stop waits."""
    case, operands, upstream = convolution()
    monkeypatch.setattr("nnviz.engine.fast.program.PIECE", most * 5 * WINDOW * 6)
    pieces = lines_of(program_of(case.plan).in_pieces(6), codes.CONVOLUTION)
    assert [piece[codes.FIRST] for piece in pieces] == list(range(0, PLACES, most))
    assert sum(piece[codes.MANY] for piece in pieces) == PLACES
    agree(by_kernels(case, operands, upstream, pieces=6), by_clear(case, operands, upstream), 1e-13)


def pooled(kind: str, image: np.ndarray, upstream: np.ndarray, size: int, stride: int) -> tuple:
    case = drawn(kind, [Form(image.shape[1:], True)], 1, {"size": size, "stride": stride})
    return by_kernels(case, [image], upstream), by_clear(case, [image], upstream)


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_of_several_that_are_largest_the_first_gets_the_gradient(stride: int) -> None:
    rng = np.random.default_rng(2)
    image = rng.integers(0, 2, (4, 2, 7, 8)).astype(float)
    places = ((7 - 2) // stride + 1, (8 - 2) // stride + 1)
    found, expected = pooled("max_pool", image, rng.normal(size=(4, 2, *places)), 2, stride)
    np.testing.assert_array_equal(found.value, expected.value)
    np.testing.assert_allclose(found.gradients[0], expected.gradients[0], rtol=1e-13, atol=1e-15)
    assert np.count_nonzero(expected.gradients[0]) < image.size


@pytest.mark.parametrize("kind", ["max_pool", "avg_pool"])
@pytest.mark.parametrize("worst", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_stays_so(kind: str, worst: float) -> None:
    image = np.arange(32.0).reshape(2, 1, 4, 4)
    image[0, 0, 1, 2] = worst
    image[1] = worst
    found, expected = pooled(kind, image, np.ones((2, 1, 2, 2)), 2, 2)
    np.testing.assert_array_equal(found.value, expected.value)
