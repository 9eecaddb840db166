"""Which columns fill which node, which tables do not fit, and where what keeps a training from beginning is mended."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from nnviz.data.choice import DataChoice, Split
from nnviz.data.datasets import iris
from nnviz.data.table import Column, Table
from nnviz.document.build import new
from nnviz.document.document import Document
from nnviz.errors import DataError, GraphError
from nnviz.learning.settings import EarlyStopping
from nnviz.session import fitting
from nnviz.session.from_table import network_for
from nnviz.session.training import training_of
from tests.networks import mazur, table


def numbers(rows: int = 20, **columns: int) -> Table:
    """A table with these columns; a number above 1 is how many classes it has."""
    made = []
    for name, classes in columns.items():
        values = np.arange(rows, dtype=float) % max(2, classes)
        made.append(Column(name, values, tuple("abcdef"[:classes]) if classes > 1 else ()))
    return Table("made", tuple(made))


def trains(document: Document, choice: DataChoice) -> None:
    next(training_of(document.with_(data=choice)))


@pytest.mark.parametrize("perceptrons", [True, False])
def test_iris_fits_a_network_of_its_size(perceptrons: bool) -> None:
    document = new("4-5-3", output="softmax", loss="categorical_cross_entropy", perceptrons=perceptrons)
    choice = fitting.fitted(document, iris())
    used = [name for names in choice.inputs.values() for name in names]
    assert used == ["sepal length", "sepal width", "petal length", "petal width"]
    assert choice.targets == {"loss": ("species",)}
    assert choice.split == Split("stratified")
    trains(document, choice)


def test_two_classes_share_one_unit() -> None:
    document = new("2-3-1", output="sigmoid", loss="binary_cross_entropy")
    choice = fitting.fitted(document, numbers(a=1, kind=2, b=1))
    assert choice.targets == {"loss": ("kind",)}
    assert choice.inputs == {"x1": ("a",), "x2": ("b",)}
    trains(document, choice)


def test_several_targets_are_the_last_columns() -> None:
    choice = fitting.fitted(new("2-2"), numbers(p=1, q=1, r=1, s=1))
    assert choice.targets == {"loss": ("r", "s")}
    assert choice.split == Split("random")


def test_columns_called_y_are_targets_wherever_they_stand() -> None:
    choice = fitting.fitted(new("2-2"), numbers(y1=1, y2=1, a=1, b=1))
    assert choice.targets == {"loss": ("y1", "y2")}
    assert choice.inputs == {"x1": ("a",), "x2": ("b",)}


def test_columns_keep_their_nodes_where_the_names_are_the_same() -> None:
    document = mazur()
    assert document.data is not None
    swapped = replace(document.data, inputs={"x1": ("x2",), "x2": ("x1",)})
    choice = fitting.fitted(document.with_(data=swapped), table(x1=[1, 2], x2=[3, 4], y1=[0, 0], y2=[1, 1]))
    assert choice.inputs == {"x1": ("x2",), "x2": ("x1",)}
    assert choice.split == Split()


def test_what_does_not_fit_is_told_with_both_sizes() -> None:
    with pytest.raises(DataError, match=r"fill 4 input and 3 target units \(species\), the network has 2 and 2"):
        fitting.fitted(mazur(), iris())
    with pytest.raises(GraphError):
        fitting.fitted(Document(), iris())


def test_a_network_of_the_offered_sizes_fits() -> None:
    for made in (iris(), numbers(a=1, b=3, c=1), numbers(a=1, y1=1, y2=1)):
        for targets in fitting.target_choices(made):
            document = network_for(made, targets, fitting.sizes_for(made, targets))
            assert document.data is not None
            assert fitting.data_problem(document) is None
            trains(document, document.data)


def test_a_split_is_kept_where_it_can_be() -> None:
    document = mazur()
    assert document.data is not None
    random = document.with_(data=replace(document.data, split=Split("random", 0.3)))
    assert fitting.split_for(random, iris(), ["species"]) == Split("random", 0.3)
    stratified = document.with_(data=replace(document.data, split=Split("stratified", 0.3)))
    assert fitting.split_for(stratified, numbers(a=1, b=1), ["b"]) == Split("random")
    assert fitting.split_for(random, table(a=[1.0], b=[2.0]), ["b"]) == Split()


def test_a_table_can_be_adopted_and_its_columns_chosen_later() -> None:
    document = mazur()
    choice = fitting.adopted(document, iris())
    assert (choice.inputs, choice.targets) == ({}, {})
    problem = fitting.data_problem(document.with_(data=choice))
    assert problem is not None
    assert "No column fills x1" in str(problem)


def test_where_a_problem_is_mended() -> None:
    document = mazur()
    assert fitting.place_of(document.with_(data=None)) == "data"
    watching = document.with_(training=replace(document.training, early_stopping=EarlyStopping()))
    assert fitting.place_of(watching) == "regularise"
    assert fitting.place_of(Document()) == "network"
    assert fitting.data_problem(Document()) is None
    assert fitting.data_problem(document) is None


def test_a_stratified_split_without_classes_is_a_problem_of_the_data() -> None:
    document = mazur()
    assert document.data is not None
    problem = fitting.data_problem(document.with_(data=replace(document.data, split=Split("stratified"))))
    assert problem is not None
    assert "column with classes" in str(problem) or "too few rows" in str(problem)
