"""New networks from a line such as 2-4-1, and their weights from a table."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnviz.document.build import LOSSES, new, parse_layers
from nnviz.document.document import Document
from nnviz.document.files import decode, encode
from nnviz.document.weights import read_weights
from nnviz.errors import ConfigError, DataError, FileError, FormatError, GraphError, NnvizError, ShapeError
from tests.document.makers import refusal


@pytest.mark.parametrize(
    ("text", "layers"),
    [("2-4-1", (2, 4, 1)), ("1-1", (1, 1)), ("784-100-10", (784, 100, 10)), ("100000-1", (100_000, 1))],
)
def test_sizes_that_are_read(text: str, layers: tuple[int, ...]) -> None:
    assert parse_layers(text) == layers


@pytest.mark.parametrize(
    "text",
    [
        "4-x",
        "",
        "4",
        "-",
        "4-",
        "-4-2",
        "4--2",
        "0-2",
        "2-0",
        " 2-2",
        "2 - 2",
        "2-2\n",
        "2,2",
        "2.0-2",
        "+2-2",
        "٢-٢",
        "100001-1",
        "-".join(["1"] * 1001),
        "9" * 5000 + "-1",
        "²-2",
    ],
)
def test_sizes_that_are_refused(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_layers(text)
    assert "such as 4-8-3" in caught.value.expected
    assert caught.value.found == repr(text)
    assert caught.value.hint


def test_4_x_is_refused_in_words() -> None:
    with pytest.raises(ConfigError) as caught:
        new("4-x")
    assert "such as 4-8-3, found '4-x'" in str(caught.value)


def test_small_layers_are_drawn_as_neurons() -> None:
    document = new("2-3-1", activation="tanh", output="sigmoid", bias="fixed")
    assert [(node.id, node.kind) for node in document.graph.nodes] == [
        *(("x1", "input"), ("x2", "input")),
        *(("h1", "perceptron"), ("h2", "perceptron"), ("h3", "perceptron")),
        *(("o1", "perceptron"), ("loss", "squared_error")),
    ]
    weights = [(edge.id, edge.source, edge.target) for edge in document.graph.edges]
    assert weights[:3] == [("w1", "x1", "h1"), ("w2", "x2", "h1"), ("w3", "x1", "h2")]
    assert weights[6:] == [("w7", "h1", "o1"), ("w8", "h2", "o1"), ("w9", "h3", "o1"), ("e1", "o1", "loss")]
    assert document.graph.node("h1").options == {"activation": "tanh", "bias": "fixed"}
    assert document.graph.node("o1").options == {"activation": "sigmoid", "bias": "fixed"}
    assert document.graph.node("o1").label == "ŷ"
    assert [node.label for node in new("1-2").graph.nodes[1:3]] == ["ŷ1", "ŷ2"]


def test_further_hidden_layers_have_letters_of_their_own() -> None:
    ids = [node.id for node in new("1-2-1-2-1").graph.nodes]
    assert ids == ["x1", "h1", "h2", "g1", "k1", "k2", "o1", "loss"]
    many = [node.id for node in new("1-" * 40 + "1").graph.nodes]
    assert len(set(many)) == 42


def test_large_layers_are_drawn_as_layers() -> None:
    document = new("17-16-17-2")
    assert [(node.id, node.kind, node.options.get("units")) for node in document.graph.nodes[:1]] == [
        ("x", "input", 17)
    ]
    assert [node.kind for node in document.graph.nodes[1:17]] == ["perceptron"] * 16
    assert document.graph.nodes[17].id == "g"
    assert document.graph.nodes[17].options["units"] == 17
    assert document.parameters["w1"].shape == (17, 1)
    assert document.parameters["w17"].shape == (1, 17)


def test_every_layer_may_be_drawn_as_a_layer() -> None:
    document = new("4-8-3", perceptrons=False, output="softmax", loss="categorical_cross_entropy", bias="none")
    assert [node.id for node in document.graph.nodes] == ["x", "h", "o", "loss"]
    assert {key: values.shape for key, values in document.parameters.items()} == {"w1": (4, 8), "w2": (8, 3)}
    assert document.graph.node("o").options == {"units": 3, "activation": "softmax", "bias": "none"}
    assert document.graph.node("o").label == "ŷ"


def test_a_softmax_is_a_matter_of_the_whole_layer() -> None:
    document = new("4-8-3", output="softmax", loss="categorical_cross_entropy")
    assert [node.id for node in document.graph.nodes[-5:]] == ["o1", "o2", "o3", "softmax", "loss"]
    assert document.graph.node("o1").options["activation"] == "identity"
    assert [(edge.source, edge.target) for edge in document.graph.edges[-4:]] == [
        *(("o1", "softmax"), ("o2", "softmax"), ("o3", "softmax")),
        ("softmax", "loss"),
    ]
    assert [node.kind for node in new("2-3-1", activation="softmax").graph.nodes] == [
        *("input", "input", "dense", "perceptron", "squared_error")
    ]


@pytest.mark.parametrize("perceptrons", [True, False])
@pytest.mark.parametrize("loss", LOSSES)
def test_every_network_can_be_computed_and_saved(loss: str, perceptrons: bool) -> None:
    output = {"squared_error": "identity", "binary_cross_entropy": "sigmoid"}.get(loss, "softmax")
    for shape in ("1-1", "2-2-2", "3-20-2", "20-3-20"):
        document = new(shape, output=output, loss=loss, perceptrons=perceptrons)
        assert document.plan.loss is not None
        assert encode(decode(encode(document), "x")) == encode(document)


def test_the_same_seed_draws_the_same() -> None:
    assert encode(new("2-2", seed=5)) == encode(new("2-2", seed=5))
    assert encode(new("2-2", seed=5)) != encode(new("2-2", seed=6))


@given(st.lists(st.integers(1, 20), min_size=2, max_size=4), st.booleans())
def test_given_weights_lie_where_they_belong(layers: list[int], perceptrons: bool) -> None:
    """Weight k of row i and column j is a number that tells k, i and j."""
    given_weights = [
        np.array([[10_000 * k + 100 * i + j for j in range(after)] for i in range(before)], dtype=float)
        for k, (before, after) in enumerate(pairwise(layers))
    ]
    document = new("-".join(map(str, layers)), weights=given_weights, perceptrons=perceptrons)
    rebuilt = [np.full_like(matrix, np.nan) for matrix in given_weights]
    places = _places(document, layers)
    for edge in document.graph.edges:
        if edge.key in document.parameters:
            (k, rows), (_, columns) = places[edge.source], places[edge.target]
            rebuilt[k][rows, columns] = document.parameters[edge.key]
    for matrix, wanted in zip(rebuilt, given_weights, strict=True):
        assert matrix.tolist() == wanted.tolist()


def _places(document: Document, layers: list[int]) -> dict[str, tuple[int, slice]]:
    """For every node of a layer: which layer, and which of its units it is; told by counting, layer by layer."""
    found, depth, unit = {}, 0, 0
    for node in document.graph.nodes:
        if depth == len(layers):
            break
        units = node.options.get("units", 1)
        found[node.id] = (depth, slice(unit, unit + units))
        unit += units
        if unit == layers[depth]:
            depth, unit = depth + 1, 0
    return found


@pytest.mark.parametrize(
    ("make", "kind", "what"),
    [
        (lambda: new("2-2", activation="magic"), ConfigError, "no such activation"),
        (lambda: new("2-2", output="magic"), ConfigError, "no such output"),
        (lambda: new("2-2", loss="magic"), ConfigError, "no such loss"),
        (lambda: new("2-2", bias="magic"), ConfigError, "no such bias"),
        (lambda: new("2-2", seed=-1), ConfigError, "seed is out of range"),
        (lambda: new("10000-10000"), ShapeError, "too many weights"),
        (lambda: new("16-" * 999 + "16"), GraphError, "too many"),
        (lambda: new("2-2", weights=[]), ShapeError, "do not fit"),
        (lambda: new("2-2", weights=[[[1.0, 2.0]]]), ShapeError, "wrong shape"),
        (lambda: new("2-2", weights=[[[1.0, np.nan], [1.0, 1.0]]]), ConfigError, "not finite"),
        (lambda: new("2-2", weights=["ab"]), ConfigError, "not numbers"),
    ],
)
def test_what_cannot_be_made(make: Callable[[], object], kind: type[NnvizError], what: str) -> None:
    with pytest.raises(kind) as caught:
        make()
    assert what in caught.value.what
    assert caught.value.expected


# Tables of weights


@pytest.mark.parametrize(
    "text",
    [
        "0.1,0.2,0.3\n-1,1e-3,1/4\n\n1\n2\n3\n",
        "0.1\t0.2\t0.3\n-1\t1e-3\t1/4\n\n\n1\n2\n3",
        "0,1;0,2;0,3\n−1;0,001;0,25\n;;\n1\n2\n3\n",
        '\ufeff"0,1";"0,2";"0,3"\r\n-1;1e-3;1/4\r\n\r\n1\r\n2\r\n3\r\n',
        "\n0,1\t0,2\t0,3\n-1\t0,001\t0,25\n \t \n1\n2\n3\n\n",
    ],
)
def test_tables_that_are_read(tmp_path: Path, text: str) -> None:
    (tmp_path / "w.csv").write_text(text, encoding="utf-8", newline="")
    first, second = read_weights(tmp_path / "w.csv", (2, 3, 1))
    assert first.tolist() == [[0.1, 0.2, 0.3], [-1.0, 0.001, 0.25]]
    assert second.tolist() == [[1.0], [2.0], [3.0]]
    assert new("2-3-1", weights=(first, second)).parameters["w5"].tolist() == [[0.3]]


@pytest.mark.parametrize(
    ("text", "kind", "place", "expected", "found"),
    [
        ("1,2\n3,4\n", ShapeError, "w.csv", "2 blocks: 2 × 2, 2 × 1", "1 blocks"),
        ("", ShapeError, "w.csv", "2 blocks", "0 blocks"),
        ("1,2\n3,4\n\n1\n2\n\n5\n", ShapeError, "w.csv", "2 blocks", "3 blocks"),
        ("1,2\n3,4\n5,6\n\n1\n2\n", ShapeError, "w.csv, block 1, from line 1", "2 rows", "3 rows"),
        ("1,2\n3,4\n\n\n1\n", ShapeError, "w.csv, block 2, from line 5", "2 rows", "1 rows"),
        ("1,2\n3,4,5\n\n1\n2\n", ShapeError, "w.csv, block 1, line 2", "2 columns", "3 columns"),
        ("1,2\n3,4\n\n0,5\n2\n", ShapeError, "w.csv, block 2, line 4", "1 columns", "2 columns"),
        ("1,2\n3,x\n\n1\n2\n", DataError, "w.csv, block 1, line 2, column 2", "a number such as", "'x'"),
        ("1,2\n3,\n\n1\n2\n", DataError, "w.csv, block 1, line 2, column 2", "a number such as", "''"),
        ("1,2\n3,nan\n\n1\n2\n", DataError, "w.csv, block 1, line 2, column 2", "a number such as", "'nan'"),
        ("1,2\n3,1e999\n\n1\n2\n", DataError, "w.csv, block 1, line 2, column 2", "a number such as", "'1e999'"),
    ],
)
def test_tables_that_are_refused(
    tmp_path: Path, text: str, kind: type[NnvizError], place: str, expected: str, found: str
) -> None:
    (tmp_path / "w.csv").write_text(text, encoding="utf-8")
    with pytest.raises(kind) as caught:
        read_weights(tmp_path / "w.csv", (2, 2, 1))
    assert caught.value.where == place
    assert expected in caught.value.expected
    assert found in caught.value.found


def test_a_cell_without_end_is_refused(tmp_path: Path) -> None:
    (tmp_path / "w.csv").write_text("1,2\n" + "3" * 200_000)
    with pytest.raises(DataError, match=r"w\.csv, line 2"):
        read_weights(tmp_path / "w.csv", (2, 2))


def test_files_that_hold_no_table(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be read"):
        read_weights(tmp_path / "none.csv", (2, 2))
    (tmp_path / "picture").write_bytes(b"\x89PNG\xff")
    with pytest.raises(FormatError, match="not text"):
        read_weights(tmp_path / "picture", (2, 2))


@pytest.mark.parametrize("seed", range(50))
def test_rubbish_is_refused_by_errors_of_our_own(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    text = "".join(random.choice('0123456789.,;\t\n"-/eE x\0\r') for _ in range(random.randrange(60)))
    (tmp_path / "w.csv").write_text(text, encoding="utf-8", newline="")
    told = refusal(read_weights, tmp_path / "w.csv", (2, 2, 1))
    assert told is None or (isinstance(told, ShapeError | DataError) and told.where.startswith("w.csv"))
