from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnviz.data.choice import Split
from nnviz.data.datasets import iris
from nnviz.data.splits import Parts, split_rows
from nnviz.data.table import Column, Table
from nnviz.errors import DataError


def table_of(*counts: int) -> Table:
    """A table with so many rows of classes a, b, c …, in turns."""
    rows = [index for index, count in enumerate(counts) for _ in range(count)]
    rows = np.random.default_rng(1).permutation(rows).astype(float)
    names = tuple("abcdefghij"[: len(counts)])
    return Table("t", (Column("x", np.arange(len(rows), dtype=float)), Column("k", rows, names)))


def check_partition(parts: Parts, rows: int) -> None:
    assert sorted(np.concatenate(parts).tolist()) == list(range(rows))
    assert all((np.diff(part) > 0).all() for part in parts)
    assert len(parts.training) > 0


def test_none_trains_on_all() -> None:
    parts = split_rows(table_of(5, 5), Split("none"), 0)
    assert parts.training.tolist() == list(range(10))
    assert len(parts.validation) == len(parts.test) == 0


def test_iris_keeps_its_shares() -> None:
    table = iris()
    parts = split_rows(table, Split("stratified", 0.2, 0.1, by="species"), 3)
    for part, each in zip(parts, (35, 10, 5), strict=True):
        assert np.bincount(table.column("species").values[part].astype(int)).tolist() == [each] * 3
    check_partition(parts, 150)


@given(
    st.lists(st.integers(3, 40), min_size=1, max_size=6),
    st.sampled_from([0.0, 0.1, 0.2, 1 / 3, 0.5]),
    st.sampled_from([0.0, 0.1, 0.25]),
    st.integers(0, 2**64 - 1),
)
@settings(max_examples=80, deadline=None)
def test_every_row_once_and_every_share_kept(counts: list[int], validation: float, test: float, seed: int) -> None:
    table = table_of(*counts)
    rows = sum(counts)
    for kind in ("random", "stratified"):
        parts = split_rows(table, Split(kind, validation, test, by="k"), seed)
        check_partition(parts, rows)
        for part, share in ((parts.validation, validation), (parts.test, test)):
            assert (len(part) > 0) == (share > 0)
            assert abs(len(part) - rows * share) <= max(1, len(counts) / 2)
            if kind == "stratified":
                found = np.bincount(table.column("k").values[part].astype(int), minlength=len(counts))
                assert (np.abs(found - np.array(counts) * share) <= 1 + 1e-9).all()
        if kind == "stratified":
            assert (np.bincount(table.column("k").values[parts.training].astype(int), minlength=len(counts)) > 0).all()


def test_a_random_split_has_the_nearest_sizes() -> None:
    parts = split_rows(table_of(9, 10), Split("random", 0.2, 0.15), 0)
    assert [len(part) for part in parts] == [12, 4, 3]


def test_the_smallest_table_still_trains() -> None:
    parts = split_rows(table_of(3), Split("random", 0.45, 0.45), 0)
    assert [len(part) for part in parts] == [1, 1, 1]


def test_the_seed_decides() -> None:
    table = table_of(30, 20)
    split = Split("stratified", 0.3, by="k")
    first, again, other = (split_rows(table, split, seed).validation.tolist() for seed in (1, 1, 2))
    assert first == again != other


def test_parts_stay_what_they_are_for_ever() -> None:
    """Documents keep the seed, not the parts: these numbers must never change."""
    assert split_rows(table_of(6, 4), Split("random", 0.3), 7).validation.tolist() == FOREVER
    code = (
        "import numpy as np; from nnviz.data.splits import *; from nnviz.data.choice import Split;"
        "from nnviz.data.table import *;"
        "t = Table('t', (Column('x', np.arange(10.)),));"
        "print(split_rows(t, Split('random', 0.3), 7).validation.tolist())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(FOREVER)


FOREVER = [0, 5, 6]


def test_without_a_name_the_first_target_with_classes_is_taken() -> None:
    table = table_of(10, 10)
    named = split_rows(table, Split("stratified", 0.2, by="k"), 5)
    found = split_rows(table, Split("stratified", 0.2), 5, targets=["x", "k"])
    assert all((a == b).all() for a, b in zip(named, found, strict=True))


def test_refusals() -> None:
    with pytest.raises(DataError, match=r"too few rows to split \(class b of column k\).*at least 2.*found 1"):
        split_rows(table_of(10, 1), Split("stratified", 0.2, by="k"), 0)
    with pytest.raises(DataError, match="at least 3, one for each part, found 2"):
        split_rows(table_of(10, 2), Split("stratified", 0.2, 0.2, by="k"), 0)
    with pytest.raises(DataError, match=r"too few rows to split \(the table t\)"):
        split_rows(table_of(1), Split("random", 0.2), 0)
    with pytest.raises(DataError, match="needs a column with classes"):
        split_rows(table_of(5, 5), Split("stratified", 0.2, by="x"), 0)
    with pytest.raises(DataError, match="needs a column with classes"):
        split_rows(table_of(5, 5), Split("stratified", 0.2), 0)
    with pytest.raises(DataError, match="no such column"):
        split_rows(table_of(5, 5), Split("stratified", 0.2, by="y"), 0)


def test_a_class_that_no_row_has_does_not_matter() -> None:
    table = Table("t", (Column("k", np.array([0.0, 2.0] * 5), ("a", "b", "c")),))
    check_partition(split_rows(table, Split("stratified", 0.2, by="k"), 0), 10)
