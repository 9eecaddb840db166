"""Rows that grow: none is lost, and what somebody looks at stays as it is."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nnviz.learning.curves import Rows


@given(st.lists(st.integers(0, 600), max_size=12))
def test_rows_are_those_that_were_added_in_their_order(counts: list[int]) -> None:
    rows, all_rows = Rows(3), np.random.default_rng(0).random((sum(counts), 3))
    seen = []
    for end, count in zip(np.cumsum(counts, dtype=int).tolist(), counts, strict=True):
        rows.add(all_rows[end - count : end])
        seen.append((end, rows.all))
        assert len(rows) == end
    for end, view in seen:
        assert np.array_equal(view, all_rows[:end])
