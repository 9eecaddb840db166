"""``nnviz.use_data``: a table of one's own becomes a document's data by name, and what does not fit is counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nnviz
from nnviz.data.choice import DataChoice, Split
from nnviz.data.table import Table
from nnviz.document.document import Document
from nnviz.session.from_table import network_for

FLOWERS = ("sepal length", "sepal width", "petal length", "petal width")


def flowers() -> Document:
    """A network for the four lengths of a flower, each an input of its own, and three species."""
    return nnviz.new("4-8-3", activation="tanh", output="softmax", loss="categorical_cross_entropy")


def data_of(document: Document) -> DataChoice:
    assert document.data is not None
    return document.data


def test_from_a_csv_to_a_trained_network_by_public_names_alone(tmp_path: Path) -> None:
    path = tmp_path / "sums.csv"
    rows = [f"{a / 8},{b / 8},{(a + b) / 8}" for a in range(8) for b in range(8)]
    path.write_text("a,b,sum\n" + "\n".join(rows) + "\n", encoding="utf-8")
    network, table = nnviz.new("2-3-1", activation="tanh"), nnviz.read_csv(path)
    document = nnviz.use_data(network, table, target="sum", validation=0.25)
    result = nnviz.train(document, optimizer=nnviz.Adam(lr=0.02), epochs=100, batch_size=8)
    assert len(result.run.validation) == 100
    assert nnviz.predict(result.document, [0.25, 0.5])["o1"].item() == pytest.approx(0.75, abs=0.1)


def test_columns_fill_inputs_in_order_and_the_given_document_stays() -> None:
    document = flowers()
    made = nnviz.use_data(document, nnviz.iris(), target="species", validation=0.3)
    data = data_of(made)
    assert data.inputs == {f"x{place}": (name,) for place, name in enumerate(FLOWERS, 1)}
    assert data.targets == {"loss": ("species",)}
    assert data.split == Split("stratified", 0.3)
    assert document.data is None
    assert (made.graph, made.parameters) == (document.graph, document.parameters)


def test_columns_are_taken_in_the_order_in_which_they_are_named() -> None:
    made = nnviz.use_data(nnviz.new("2-1"), nnviz.iris(), target="sepal width", inputs=("petal width", "petal length"))
    assert data_of(made).inputs == {"x1": ("petal width",), "x2": ("petal length",)}
    assert data_of(nnviz.use_data(nnviz.new("1-1"), nnviz.iris(), target=FLOWERS[0], inputs=FLOWERS[1])).inputs == {
        "x1": (FLOWERS[1],)
    }


def test_numbers_are_used_as_they_are() -> None:
    made = nnviz.use_data(nnviz.new("1-1"), {"a": np.array([1e6, -3.0]), "y": [7, 8]}, target="y")
    trace = nnviz.forward(made)
    assert (trace.value("x1").item(), trace.value("loss", "target").item()) == (1e6, 7.0)


def test_another_table_with_the_same_columns_needs_no_names() -> None:
    first = nnviz.use_data(nnviz.new("2-1"), {"a": [1], "b": [2], "y": [3]}, target="y", inputs=["b", "a"])
    second = data_of(nnviz.use_data(first, {"y": [6, 0], "a": [4, 0], "more": [0, 0], "b": [5, 0]}))
    assert (second.inputs, second.targets) == ({"x1": ("b",), "x2": ("a",)}, {"loss": ("y",)})
    with pytest.raises(nnviz.NnvizError, match=r"lacks columns .*\(columns\). Expected b, found a, y.* target="):
        nnviz.use_data(first, {"a": [1], "y": [2]})


def test_other_classes_are_refused_unless_their_column_is_named() -> None:
    given = {"a": [1, 2], "b": [2, 1], "y": ["no", "yes"]}
    first = nnviz.use_data(nnviz.new("2-2", output="softmax", loss="categorical_cross_entropy"), given, target="y")
    others = {**given, "y": ["maybe", "no"]}
    told = r"other classes .*\(columns, column y\). Expected no, yes, found maybe, no.* target="
    with pytest.raises(nnviz.NnvizError, match=told):
        nnviz.use_data(first, others)
    with pytest.raises(nnviz.NnvizError, match=r"other classes .* Expected no, yes, found numbers"):
        nnviz.use_data(first, {**given, "y": [1, 0]})
    table = data_of(nnviz.use_data(first, others, target="y")).table
    assert isinstance(table, Table)
    assert table.column("y").classes == ("maybe", "no")


def test_a_network_without_loss_takes_all_columns() -> None:
    graph_only = nnviz.new("2-1")
    without = graph_only.with_(graph=type(graph_only.graph)(graph_only.graph.nodes[:-1], graph_only.graph.edges[:-1]))
    assert data_of(nnviz.use_data(without, {"a": [1], "b": [2]})).inputs == {"x1": ("a",), "x2": ("b",)}


def test_the_split_is_said_or_told_by_size() -> None:
    def split(rows: int, **asked: Any) -> Split:
        table = {"a": range(rows), "y": range(rows)}
        return data_of(nnviz.use_data(nnviz.new("1-1"), table, target="y", **asked)).split

    assert split(9) == Split()
    assert split(10) == Split("random", 0.2)
    assert split(9, validation=0.4) == Split("random", 0.4)
    assert split(10, split="none") == Split()
    assert split(10, split="none", validation=0.5).kind == "none"
    assert split(10, validation=0.0) == Split("random", 0.0)


def test_a_network_made_for_a_table_has_the_data_it_would_be_given() -> None:
    made = network_for(nnviz.iris(), ["species"], "4-8-3")
    assert data_of(made) == data_of(nnviz.use_data(made.with_(data=None), nnviz.iris(), target="species"))


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "nothing to learn": ({}, r'Nothing says what is to be learned \(iris\).* target="…"'),
    "a column that is none": ({"target": "specis"}, "no such column .* found 'specis'"),
    "an input that is none": ({"target": "species", "inputs": ["width"]}, "no such column .* found 'width'"),
    "too few inputs": (
        {"target": "species", "inputs": FLOWERS[:1]},
        r"do not fill the inputs \(iris\). Expected units: .* x4 \(1\), found sepal length \(1\).* inputs=\[…\]",
    ),
    "text where a number is wanted": (
        {"target": "species", "inputs": [*FLOWERS[:3], "species"]},
        r"do not fill the inputs \(iris\). .* found .*, species \(3\)",
    ),
    "a number where classes are wanted": (
        {"target": "sepal width", "inputs": FLOWERS},
        r"do not fill the targets \(iris\). Expected units: loss \(3\), found sepal width \(1\).*nnviz.new",
    ),
    "a split that is none": ({"target": "species", "split": "half"}, "no such split"),
    "a share above 1": ({"target": "species", "validation": 1.5}, "out of range"),
    "classes over several inputs": (
        {"target": FLOWERS[:3], "inputs": (FLOWERS[0], "species")},
        r"x4 \(1\), found sepal length \(1\), species \(3\).*perceptrons=False",
    ),
    "no classes to keep shares of": (
        {"target": FLOWERS[:3], "inputs": FLOWERS, "split": "stratified"},
        "needs a column with classes",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_fit_is_refused(name: str) -> None:
    asked, told = REFUSED[name]
    with pytest.raises(nnviz.NnvizError, match=told):
        nnviz.use_data(flowers(), nnviz.iris(), **asked)
