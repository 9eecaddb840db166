"""Data sets that travel with the program; where each comes from stands in ``resources/datasets/SOURCE.md``."""

from __future__ import annotations

from nnviz import resources
from nnviz.data.files import read_csv
from nnviz.data.table import Table


def iris() -> Table:
    """150 irises: sepal length and width, petal length and width in cm; 50 of each of three species, as classes.

    >>> iris().column("species").classes
    ('setosa', 'versicolor', 'virginica')

    Source: Fisher 1936; the numbers as he printed them (the file of the UCI repository differs in two flowers).
    """
    return read_csv(resources.path("datasets", "iris.csv"))
