"""What a user prints is told in one to three short lines."""

from __future__ import annotations

from pathlib import Path

import pytest

import nnviz

DOCUMENT = "<Document 'Iris 4-8-3': 4 nodes, 3 edges, 67 parameters, 0 updates>"
TABLE = "<Table 'iris': 150 rows, sepal length, sepal width, petal length, petal width, species (3)>"


def test_documents_and_data_are_told_in_short() -> None:
    document = nnviz.example("iris")
    table = document.data.table
    assert repr(document) == DOCUMENT
    assert repr(table) == TABLE
    assert repr(table.column("species")) == "<Column 'species': 150 rows, classes setosa, versicolor, virginica>"
    assert repr(table.column("sepal width")) == "<Column 'sepal width': 150 rows, numbers>"
    assert repr(document.data).splitlines() == [
        "<DataChoice: inputs sepal length, sepal width, petal length, petal width; targets species; stratified 0.2",
        f"  {TABLE}>",
    ]
    assert repr(nnviz.forward(document)).startswith("<Trace of 1 row, J = 0.79570552")


def test_a_training_is_told_in_short() -> None:
    result = nnviz.train(nnviz.example("mazur"), epochs=1)
    assert repr(result.run) == "<Run finished, 1 epoch, J = 0.2984; SGD, clear>"
    assert repr(result.reports[-1]) == "<Report epoch 1 of 1, J = 0.2984, finished>"
    assert repr(result).splitlines() == [f"<TrainingResult: {result.run!r}", f"  {result.document!r}>"]
    assert repr(result.document).endswith(", 1 update>")


def test_a_run_that_diverged_says_why() -> None:
    told = repr(nnviz.train(nnviz.example("iris"), optimizer=nnviz.SGD(lr=1e300), epochs=3)).splitlines()
    assert (len(told), told[0].startswith("<TrainingResult: <Run diverged")) == (3, True)
    assert told[2].startswith("  A number was not finite")


@pytest.mark.parametrize("empty", [nnviz.Document(), nnviz.new("1-1")])
def test_little_is_told_too(empty: nnviz.Document) -> None:
    assert len(repr(empty)) < 80


def test_what_is_told_in_short_is_saved_whole(tmp_path: Path) -> None:
    document = nnviz.train(nnviz.example("iris"), epochs=2).document
    nnviz.save(document, tmp_path / "iris.nnviz")
    assert nnviz.open(tmp_path / "iris.nnviz").data == document.data
