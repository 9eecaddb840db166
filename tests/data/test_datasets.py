from __future__ import annotations

from nnviz.data.datasets import iris


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
