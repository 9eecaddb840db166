"""Data sets that travel with the program; where each comes from stands in ``resources/datasets/SOURCE.md``."""

from __future__ import annotations

import numpy as np

from nnviz import resources, rng
from nnviz.data.files import read_csv
from nnviz.data.table import Column, Table


def iris() -> Table:
    """150 irises: sepal length and width, petal length and width in cm; 50 of each of three species, as classes.

    >>> iris().column("species").classes
    ('setosa', 'versicolor', 'virginica')

    Source: Fisher 1936; the numbers as he printed them (the file of the UCI repository differs in two flowers).
    """
    return read_csv(resources.path("datasets", "iris.csv"))


def bars(rows: int = 160, seed: int = 0) -> Table:
    """8×8 pictures of a bar, lying or standing by turns, with noise: 64 columns p1 … p64, row by row, and the class.

    A pixel is a grey from 0 to 1 with two decimals: in the bar from 0.6 on, elsewhere up to 0.4. The bar lies in any of
    the eight rows or stands in any of the eight columns, so that no pixel alone tells one from the other.

    >>> made = bars()
    >>> made.rows, made.columns[-1].classes, made.columns[0].values[:4].tolist()
    (160, ('lying', 'standing'), [0.08, 0.06, 0.4, 0.79])

    Source: made here, from the seed alone.
    """
    kinds = np.arange(rows) % 2
    places = (rng.uniform(rows, seed, "bars", node="place") * 8).astype(np.intp)
    pictures = rng.uniform(rows * 64, seed, "bars", node="noise").reshape(rows, 8, 8) * 0.4
    for picture, kind, place in zip(pictures, kinds, places, strict=True):
        (picture if kind == 0 else picture.T)[place] += 0.6
    pixels = np.round(pictures, 2).reshape(rows, 64)
    columns = tuple(Column(f"p{place + 1}", pixels[:, place]) for place in range(64))
    return Table("bars", (*columns, Column("bar", kinds.astype(np.float64), ("lying", "standing"))))
