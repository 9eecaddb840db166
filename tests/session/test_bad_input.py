"""Bad input in the library: a named error with place, expectation and finding, whatever the way in."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module

import numpy as np
import pytest

import nnviz
from nnviz.data.choice import DataChoice, Split
from nnviz.data.table import Column, Table
from nnviz.document.document import Document
from nnviz.document.edits import SetData, SetParameter
from nnviz.engine.workspace import Workspace
from nnviz.errors import ConfigError, DataError, FileError, NnvizError, ShapeError
from nnviz.learning.settings import SUCH, TrainingSettings, with_settings
from nnviz.lowering.kinds import KINDS
from nnviz.session.computing import Focus
from tests.networks import mazur

NAN, INF = float("nan"), float("inf")
CLASSES = ("a", "b", "c")


def of(x: list[float], y: list[float], loss: str = "squared_error", classes: tuple[str, ...] = ()) -> Document:
    """A network on one column that learns another, put together without any check."""
    output = {"c": "softmax", "b": "sigmoid"}.get(loss[0], "identity")
    document = nnviz.new(f"1-{len(classes) or 1}", loss=loss, output=output)
    table = Table("t", (Column("x", np.array(x, float)), Column("y", np.array(y, float), classes)))
    return document.with_(data=DataChoice(table, {"x1": ("x",)}, {"loss": ("y",)}))


DATA: dict[str, tuple[Document, type[NnvizError], str]] = {
    "no rows": (of([], []), DataError, "There are no examples"),
    "NaN among inputs": (of([1, NAN, 2], [1, 2, 3]), DataError, "not finite (node x1, row 2)"),
    "an infinite input": (of([1, 2, -INF], [1, 2, 3]), DataError, "not finite (node x1, row 3)"),
    "an infinite target": (of([1, 2], [1, INF]), DataError, "not finite (node loss, row 2)"),
    "a class that is none": (
        of([1, 2], [0, 7], "categorical_cross_entropy", CLASSES),
        DataError,
        "class that does not exist (column y, row 2). Expected a class from 0 to 2, found 7.0",
    ),
    "a class below the first": (
        of([1, 2], [-1, 0], "categorical_cross_entropy", CLASSES),
        DataError,
        "class that does not exist (column y, row 1)",
    ),
    "half a class": (
        of([1, 2], [0, 0.5], "categorical_cross_entropy", CLASSES),
        DataError,
        "class that does not exist (column y, row 2)",
    ),
    "a probability above 1": (
        of([1, 2], [0, 1.5], "binary_cross_entropy"),
        DataError,
        "no probability (node loss, row 2, column y). Expected a number from 0 to 1, found 1.5",
    ),
    "a single class that is not": (of([1, 2], [1, 0], "categorical_cross_entropy"), DataError, "do not sum to 1"),
    "neither side": (of([1, 2], [1, 0.3], "hinge"), DataError, "neither side (node loss, row 2, column y)"),
}


@pytest.mark.parametrize("name", DATA)
def test_data_are_refused_by_everything_that_meets_the_row(name: str) -> None:
    document, kind, told = DATA[name]
    for act in (nnviz.forward, nnviz.gradients, nnviz.check_gradients, nnviz.shares):
        with pytest.raises(kind) as caught:
            act(document, Focus("all"))
        assert told in str(caught.value)
        assert caught.value.expected
    with pytest.raises(kind) as caught:
        nnviz.train(document, epochs=1)
    assert told.split(" (")[0] in str(caught.value)


def test_the_row_is_that_of_the_table_also_where_the_table_is_split() -> None:
    document = of([1.0] * 9 + [NAN], [1.0] * 10)
    document = document.with_(data=DataChoice(*_parts(document), Split("random", 0.5)))
    with pytest.raises(DataError, match="node x1, row 10"):
        nnviz.train(document, epochs=1)
    with pytest.raises(DataError, match="node x1, row 10"):
        nnviz.forward(document, Focus("example", 9))
    assert np.isfinite(nnviz.forward(document, Focus("example", 0)).loss)


def _parts(document: Document) -> tuple[Table, dict, dict]:
    assert document.data is not None
    assert isinstance(document.data.table, Table)
    return document.data.table, document.data.inputs, document.data.targets


def test_an_edit_refuses_them_too() -> None:
    for name in ("NaN among inputs", "a class that is none"):
        document, _, _ = DATA[name]
        with pytest.raises(NnvizError):
            SetData(document.data).apply(document.with_(data=None))


ACTS: dict[str, tuple[Callable[[], object], type[NnvizError], str]] = {
    "a rate below 0": (lambda: nnviz.SGD(lr=-0.1), ConfigError, "lr is out of range"),
    "no rate": (lambda: nnviz.SGD(lr=NAN), ConfigError, "lr is out of range"),
    "a momentum of 1": (lambda: nnviz.SGD(momentum=1.0), ConfigError, "Expected a number from 0 to below 1, found 1.0"),
    "a batch below none": (lambda: nnviz.train(mazur(), batch_size=-1), ConfigError, "batch_size is out of range"),
    "a batch beyond any file": (lambda: nnviz.train(mazur(), batch_size=10**30), ConfigError, "batch_size"),
    "no epochs": (lambda: nnviz.train(mazur(), epochs=0), ConfigError, "epochs is out of range"),
    "no patience": (lambda: nnviz.EarlyStopping(patience=0), ConfigError, "patience is out of range"),
    "a workspace of no rows": (
        lambda: Workspace(mazur().plan, 3).resize(0),
        ShapeError,
        "Expected 1 to 3 rows, found 0",
    ),
    "a size beyond any machine": (lambda: nnviz.new(f"{10**30}-1"), ConfigError, "from 1 to 100,000"),
    "too few values": (lambda: nnviz.predict(mazur(), [1.0]), ShapeError, "Expected 2 values"),
    "a value that is none": (lambda: nnviz.predict(mazur(), [1.0, NAN]), ConfigError, "not finite"),
    "a value that is a text": (lambda: nnviz.predict(mazur(), ["a", "b"]), DataError, "Expected 2 values, for x1, x2"),
    "a row that is a number": (lambda: nnviz.predict(mazur(), 3.0), DataError, "A row of inputs is made of numbers"),
    "several rows": (
        lambda: nnviz.predict(mazur(), np.zeros((3, 2))),
        ShapeError,
        "Expected 2 values, for x1, x2, found an array of shape (3, 2). For several rows: [nnviz.predict(document,",
    ),
    "several rows in a focus": (
        lambda: nnviz.forward(mazur(), Focus("typed", values=((1, 2), (3, 4)))),
        ShapeError,
        "shape (2, 2)",
    ),
    "a row that lacks a column": (
        lambda: nnviz.predict(nnviz.example("iris"), {"sepal length": 5.1, "petal": 1.4}),
        DataError,
        "no number for sepal width. Expected a number for each of sepal length, sepal width, petal length, petal"
        " width, found sepal length, petal",
    ),
    "a setting that there is not": (
        lambda: nnviz.train(mazur(), optimiser=nnviz.SGD()),
        ConfigError,
        "Training has no setting optimiser. Expected one of optimizer, epochs, batch_size, ",
    ),
    "a setting nearly named": (
        lambda: nnviz.train(mazur(), batchsize=2),
        ConfigError,
        "found 'batchsize'. Perhaps batch_size was meant.",
    ),
    "an optimizer by its name": (
        lambda: nnviz.train(mazur(), optimizer="adam"),
        ConfigError,
        "Expected one of SGD, Adagrad, Adadelta, RMSProp, Adam, AdamW, NAdam, Adamax, RAdam, found 'adam'. For example"
        " optimizer=nnviz.Adam(lr=0.01)",
    ),
    "an optimizer not made": (lambda: nnviz.train(mazur(), optimizer=nnviz.Adam), ConfigError, "one of SGD, "),
    "a patience alone": (
        lambda: nnviz.train(mazur(), early_stopping=10),
        ConfigError,
        "one of EarlyStopping, None, found 10. For example early_stopping=nnviz.EarlyStopping(patience=20)",
    ),
    "epochs in words": (
        lambda: nnviz.train(mazur(), epochs="ten"),
        ConfigError,
        "Expected a whole number, found 'ten'",
    ),
    "an executor that there is not": (
        lambda: nnviz.train(mazur(), executor="slow"),
        ConfigError,
        "Expected one of fast, clear, found 'slow'",
    ),
    "a part that there is not": (
        lambda: nnviz.render(mazur(), "x.png", show="wait"),
        ConfigError,
        "preactivation, delta, bias, target, legend, print, node_gradient, found 'wait'",
    ),
    "a picture of another kind": (
        lambda: nnviz.render(mazur(), "x.jpg"),
        FileError,
        "another kind (x.jpg). Expected a name that ends in .png, found '.jpg'. Change the end of the name",
    ),
    "a weight of another shape": (
        lambda: SetParameter("w1", np.zeros((2, 1))).apply(mazur()),
        ShapeError,
        "Expected 1 × 1, found 2 × 1",
    ),
    "a weight that is none": (lambda: SetParameter("w1", np.array([[INF]])).apply(mazur()), ConfigError, "not finite"),
}


@pytest.mark.parametrize("name", ACTS)
def test_acts_are_refused(name: str) -> None:
    act, kind, told = ACTS[name]
    with pytest.raises(kind) as caught:
        act()
    assert told in str(caught.value)


def test_a_batch_of_one_is_a_batch() -> None:
    document = of([1, 2, 3], [1, 2, 3])
    result = nnviz.train(document, batch_size=1, epochs=2)
    assert result.document.state.step == 6
    assert nnviz.forward(result.document, Focus("batch", 2)).rows.tolist() == [2]


def test_every_loss_with_targets_takes_what_it_is_made_for() -> None:
    for name, kind in KINDS.items():
        if kind.has_target:
            width = CLASSES if name.startswith("categorical") else ()
            assert np.isfinite(nnviz.forward(of([1, 2], [0, 1], name, width), Focus("all")).loss)


def test_a_row_is_given_by_the_names_of_columns_or_units_in_any_order() -> None:
    iris, row = nnviz.example("iris"), [5.1, 3.5, 1.4, 0.2]
    columns = {"petal width": 0.2, "petal length": 1.4, "sepal width": 3.5, "sepal length": 5.1, "species": "?"}
    for given in (columns, {f"x{unit}": value for unit, value in enumerate(row, 1)}, np.array(row), map(float, row)):
        assert np.array_equal(nnviz.predict(iris, given)["o"], nnviz.predict(iris, row)["o"])


def test_settings_may_come_from_arrays() -> None:
    settings = nnviz.train(mazur(), epochs=np.int64(2), l2=np.float32(0.5)).run.settings
    assert (settings.epochs, type(settings.epochs), settings.l2) == (2, int, 0.5)


@pytest.mark.parametrize("name", SUCH)
def test_what_a_refused_setting_gives_as_an_example_is_taken(name: str) -> None:
    for home in ("nnviz.learning.clipping", "nnviz.learning.schedules", "nnviz.engine.initialisers"):
        import_module(home)
    settings = with_settings(TrainingSettings(), {name: eval(SUCH[name], {"nnviz": nnviz})})
    assert getattr(settings, name)
    with pytest.raises(ConfigError, match=re.escape(SUCH[name])):
        with_settings(TrainingSettings(), {name: "something"})
