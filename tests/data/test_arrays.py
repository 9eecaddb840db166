from __future__ import annotations

import numpy as np
import pytest

from nnviz.data.arrays import arrays_for, as_classes
from nnviz.data.table import Column, Table
from nnviz.errors import DataError, ShapeError

TABLE = Table(
    "t",
    (
        Column("x", np.array([1.5, -2.0, 0.0])),
        Column("pass", np.array([0.0, 1.0, 1.0]), ("no", "yes")),
        Column("kind", np.array([2.0, 0.0, 1.0]), ("a", "b", "c")),
    ),
)


def units(*names: str, width: int) -> list[list[float]]:
    found = arrays_for(TABLE, {"n": names}, {"n": width})["n"]
    assert found.dtype == np.float64
    return found.tolist()


def test_columns_fill_units() -> None:
    assert units("x", width=1) == [[1.5], [-2.0], [0.0]]
    assert units("kind", width=3) == [[0, 0, 1], [1, 0, 0], [0, 1, 0]]
    assert units("pass", width=2) == [[1, 0], [0, 1], [0, 1]]
    assert units("pass", width=1) == [[0], [1], [1]]
    assert units("x", "pass", width=2) == [[1.5, 0], [-2, 1], [0, 1]]
    assert units("kind", "x", "pass", width=6) == [[0, 0, 1, 1.5, 1, 0], [1, 0, 0, -2, 0, 1], [0, 1, 0, 0, 0, 1]]


def test_every_node_gets_its_own() -> None:
    found = arrays_for(TABLE, {"a": ["x"], "b": ["kind"]}, {"a": 1, "b": 3})
    assert found["a"].shape == (3, 1)
    assert found["b"].shape == (3, 3)


@pytest.mark.parametrize(("names", "width"), [(["kind"], 1), (["x"], 2), (["x", "pass"], 1), (["kind", "pass"], 3)])
def test_what_does_not_fit_is_refused(names: list[str], width: int) -> None:
    with pytest.raises(ShapeError, match=rf"do not fill the units of n \(node n\)\. Expected {width} units") as caught:
        arrays_for(TABLE, {"n": names}, {"n": width})
    assert caught.value.ids == ("n",)
    assert all(name in caught.value.found for name in names)


def test_no_such_column_and_no_column_at_all() -> None:
    with pytest.raises(DataError, match="no such column"):
        arrays_for(TABLE, {"n": ["y"]}, {"n": 1})
    with pytest.raises(DataError, match="No column fills n"):
        arrays_for(TABLE, {"n": []}, {"n": 1})


def test_numbers_become_classes_on_request() -> None:
    table = Table("t", (Column("digit", np.array([9.0, 0.0, 9.0, 1.5])), Column("x", np.arange(4.0))), "s.csv")
    found = as_classes(table, "digit")
    assert found.column("digit") == Column("digit", np.array([2.0, 0.0, 2.0, 1.0]), ("0", "1.5", "9"))
    assert (found.column("x"), found.name, found.source) == (table.column("x"), "t", "s.csv")
    assert as_classes(found, "digit") is found
