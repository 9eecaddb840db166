"""A dict of lists or arrays as a table: numbers as they are, texts as classes, and nothing repaired."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas
import pytest

from nnviz.data.columns import as_table
from nnviz.data.datasets import iris
from nnviz.data.files import MAX_CLASSES
from nnviz.errors import DataError


def test_a_table_stays_the_one_it_is() -> None:
    table = iris()
    assert as_table(table) is table


def test_numbers_stay_as_they_are_and_texts_are_classes_in_their_order() -> None:
    given = np.array([3, 1, 2])
    made = as_table({"n": given, "x": [0.5, 1, np.float32(2)], "c": ["b", "a", "b"], "b": [True, False, True]})
    given[0] = 9
    assert made.rows == 3
    assert made.column("n").values.tolist() == [3.0, 1.0, 2.0]
    assert made.column("x").values.tolist() == [0.5, 1.0, 2.0]
    assert (made.column("c").classes, made.column("c").values.tolist()) == (("a", "b"), [1.0, 0.0, 1.0])
    assert made.column("b").classes == ("False", "True")


def test_a_data_frame_is_a_dict_of_its_columns() -> None:
    frame = pandas.DataFrame({"a": [1.5, 2.5], "kind": ["x", "y"]})
    made = as_table(dict(frame))
    assert made.column("a").values.tolist() == [1.5, 2.5]
    assert made.column("kind").classes == ("x", "y")


REFUSED: dict[str, tuple[Any, str]] = {
    "an array": (np.zeros((3, 2)), 'found ndarray. For example {"x1": X'),
    "a frame": (pandas.DataFrame({"a": [1]}), r"of a pandas DataFrame, dict\(frame\)"),
    "an image for a column": ({"a": np.zeros((2, 3))}, r"not a column \(column a\).* found 2 × 3"),
    "a number for a column": ({"a": 1.0}, r"not a column \(column a\).* found float"),
    "a name that is none": ({1: [1.0]}, r"not a column \(column 1\)"),
    "text among numbers": ({"a": [1, 2, "x"]}, r"not a number \(column a, row 3\).* found 'x'"),
    "a number among texts": ({"a": ["x", 2]}, r"not a number \(column a, row 1\)"),
    "a gap": ({"a": [1, None]}, r"not a number \(column a, row 2\).* found None"),
    "no number": ({"a": np.array([1, np.nan])}, r"not a number \(column a, row 2\).* found nan"),
    "an infinite number": ({"a": [-np.inf]}, r"not a number \(column a, row 1\)"),
    "columns of other lengths": ({"a": [1, 2], "b": [1]}, "not equally long.* found a: 2, b: 1"),
    "no column": ({}, "There are no rows"),
    "no row": ({"a": []}, "There are no rows"),
    "texts without end": ({"a": [str(n) for n in range(MAX_CLASSES + 1)]}, "too many different texts"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_table_is_refused_by_column_and_row(name: str) -> None:
    given, told = REFUSED[name]
    with pytest.raises(DataError, match=told):
        as_table(given)
