from __future__ import annotations

import numpy as np

from nnviz.data.datasets import bars, iris


def test_iris_is_as_fisher_printed_it() -> None:
    table = iris()
    assert [column.name for column in table.columns] == [
        "sepal length",
        "sepal width",
        "petal length",
        "petal width",
        "species",
    ]
    assert table.rows == 150
    species = table.column("species")
    assert species.classes == ("setosa", "versicolor", "virginica")
    assert [int((species.values == k).sum()) for k in range(3)] == [50, 50, 50]
    sums = [round(float(column.values.sum()), 1) for column in table.columns[:4]]
    assert sums == [876.5, 458.6, 563.7, 179.9]  # R's and scikit-learn's; UCI's file gives 458.1, 563.8, 179.8
    assert [float(column.values[34]) for column in table.columns[:4]] == [4.9, 3.1, 1.5, 0.2]
    assert [float(column.values[37]) for column in table.columns[:4]] == [4.9, 3.6, 1.4, 0.1]


def test_bars_lie_in_any_row_or_stand_in_any_column() -> None:
    table = bars(rows=400, seed=3)
    pictures = np.array([column.values for column in table.columns[:-1]]).T.reshape(-1, 8, 8)
    kinds = table.columns[-1].values
    assert (pictures.min(), pictures.max()) == (0.0, 1.0)
    assert np.array_equal(pictures, np.round(pictures, 2))
    bright = pictures >= 0.6
    assert bright.sum(axis=(1, 2)).tolist() == [8] * 400
    for kind, axis in ((0.0, 2), (1.0, 1)):
        whole = bright[kinds == kind].all(axis=axis)
        assert whole.sum(axis=1).tolist() == [1] * 200
        assert set(whole.argmax(axis=1)) == set(range(8))


def test_bars_are_made_of_their_seed_alone() -> None:
    assert bars() == bars(160, 0)
    assert bars(seed=1) != bars()
    assert bars(20).columns[5].values.tolist() == bars().columns[5].values[:20].tolist()
