"""Documents as files: every bit comes back, people can read them, and whatever is wrong is refused with its place."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nnviz.data.choice import DataChoice, TableFile
from nnviz.data.table import Column, Table
from nnviz.document import files
from nnviz.document.build import new
from nnviz.document.document import Document, Note, same, settled
from nnviz.document.edits import AddNode, AddNote, Rename, SetData, SetTitle
from nnviz.document.files import MAX_BYTES, decode, encode, open_document, save_document
from nnviz.document.forms import VERSION
from nnviz.document.rules import MEMORY_SLOTS
from nnviz.document.tables import EMBEDDED, is_embedded, load_table
from nnviz.engine.optimizers import SGD, Optimizer
from nnviz.errors import FileError, FormatError, GraphError, NnvizError
from nnviz.graph import Edge, Graph, Node
from nnviz.learning.settings import rule_name
from tests.document.makers import HOSTILE, a_document, documents, random_document

quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


# Back and forth


@quick
@given(documents())
def test_save_open_save_is_byte_identical(document: Document) -> None:
    data = encode(document)
    again = decode(data, "x")
    assert same(again, document)
    assert encode(again) == data


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=1000))
def test_every_name_comes_back(name: str) -> None:
    document = SetTitle(name).apply(Rename("h1", name).apply(Rename("w1", name).apply(new("1-1-1"))))
    back = decode(encode(document), "x")
    assert (back.title, back.graph.node("h1").name, back.graph.edge("w1").name) == (name, name, name)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, width=64), min_size=6, max_size=6))
def test_every_float_comes_back(numbers: list[float]) -> None:
    document = new("2-3", weights=[np.array(numbers).reshape(2, 3)], perceptrons=False)
    back = decode(encode(document), "x").parameters["w1"]
    assert back.tobytes() == np.array(numbers).tobytes()


def test_numbers_that_break_lesser_formats_come_back() -> None:
    numbers = [-0.0, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 1e308, 0.1]
    data = encode(new("2-3", weights=[np.array(numbers).reshape(2, 3)], perceptrons=False))
    assert b"-0.0, 5e-324" in data
    assert decode(data, "x").parameters["w1"].ravel().tolist() == numbers


def test_what_is_read_cannot_be_changed() -> None:
    document = decode(encode(a_document()), "x")
    for array in (*document.parameters.values(), document.runs[0].training):
        assert not array.flags.writeable


def test_save_and_open(tmp_path: Path) -> None:
    document = a_document()
    save_document(document, tmp_path / "net.nnviz")
    assert same(open_document(tmp_path / "net.nnviz"), document)
    assert [file.name for file in tmp_path.iterdir()] == ["net.nnviz"]


GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.nnviz"))


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: file.stem)
def test_every_version_that_was_ever_written_opens(file: Path) -> None:
    document = open_document(file)
    assert document.title
    assert encode(document) == file.read_bytes() or json.loads(file.read_bytes())["version"] < VERSION


def test_a_file_without_an_executor_takes_the_default() -> None:
    text = (Path(__file__).parent / "golden" / "version-1.nnviz").read_text(encoding="utf-8")
    older = re.sub(r',\s*"executor": "fast",\s*"precision": "float64"', "", text)
    assert older != text
    assert same(decode(older.encode(), "x"), decode(text.encode(), "x"))


def test_a_file_without_statistics_is_as_before_there_were_any() -> None:
    """Old files open with statistics at their start, and are written back byte for byte."""
    old = Path(__file__).parent / "golden" / "version-1.nnviz"
    assert b"statistics" not in old.read_bytes()
    document = open_document(old)
    assert document.state.optimizer
    assert document.state.statistics == {}
    assert encode(document) == old.read_bytes()


def test_a_golden_file_holds_running_statistics() -> None:
    document = open_document(Path(__file__).parent / "golden" / "version-1-normalised.nnviz")
    assert document.state.statistics["k.mean"].tolist() == [1.2142857142857142, -0.5]
    assert document.state.statistics["k.variance"].tolist() == [2.75, 0.1]
    assert document.parameters["k.gain"].tolist() == [0.75, 1.25]


def test_there_is_a_golden_file_of_every_version() -> None:
    assert {json.loads(file.read_bytes())["version"] for file in GOLDEN} == set(range(1, VERSION + 1))


# Readable


def test_people_can_read_it() -> None:
    text = encode(a_document()).decode()
    lines = text.splitlines()
    assert lines[:3] == ["{", '  "format": "nnviz",', '  "version": 1,']
    assert '      {"id": "w1", "source": "x1", "target": "h1", "shared": "common"},' in lines
    assert '  "positions": {"x1": [0.0, 10.0], "h1": [-0.0, 5e-324]},' in lines
    assert '    "w3": [[0.567650369333042]],' in lines
    assert '"values": ["no", "yes", "yes", "no"], "classes": ["no", "yes"]}' in text
    assert all(len(line) <= 125 for line in lines if "float64" not in line)


def test_settings_that_change_numbers_are_always_written() -> None:
    tree = json.loads(encode(Document()))
    assert set(tree) == {"format", "version", "graph", "conventions", "training", "seed"}
    assert tree["conventions"] == {"half": False, "outputs": "sum", "examples": "mean"}
    assert tree["training"]["optimizer"] == {"rule": "sgd", "lr": 0.1, "momentum": 0.0, "nesterov": False}


def test_a_mark_before_utf8_is_no_hindrance() -> None:
    data = encode(a_document())
    assert encode(decode(b"\xef\xbb\xbf" + data, "x")) == data


def test_what_may_be_left_out_may_be_left_out() -> None:
    assert same(decode(b'{"format": "nnviz", "version": 1}', "x"), Document())


@pytest.mark.parametrize(
    ("graph", "why"),
    [
        (Graph((Node("x1", "input"),)), "no loss"),
        (Graph((Node("loss", "squared_error"),)), "no input"),
        (Graph((Node("x1", "input"), Node("n1", "dense"))), "nothing connected"),
        (
            Graph(
                (Node("x1", "input"), Node("x2", "input", options={"units": 2}), Node("s", "add")),
                (Edge("e1", "x1", "s"), Edge("e2", "x2", "s")),
            ),
            "sizes differ",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_network_that_cannot_be_computed_yet_is_a_document(graph: Graph, why: str) -> None:
    document = settled(Document(graph=graph))
    assert same(decode(encode(document), "x"), document)


# Refusals


def refused(data: bytes) -> FormatError:
    """The refusal of ``data``, which is whole: class, place, expected, found and what to do."""
    with pytest.raises(FormatError) as caught:
        decode(data, "net.nnviz")
    error = caught.value
    assert error.where.startswith("net.nnviz")
    assert error.what
    assert error.expected
    assert error.found
    assert error.hint
    assert "\n" not in str(error)
    assert len(str(error)) < 1000
    return error


def changed(change: Callable[[Any], object]) -> bytes:
    """A document's file, its tree changed."""
    tree = json.loads(encode(a_document()))
    change(tree)
    return json.dumps(tree).encode()


WHOLE = encode(a_document())


@pytest.mark.parametrize(
    ("data", "what", "place", "found"),
    [
        (b"", "empty", "net.nnviz", "nothing"),
        (b" \n", "empty", "net.nnviz", "nothing"),
        (WHOLE[:-10], "too early", "line", "the end"),
        (WHOLE[: len(WHOLE) // 2], "too early", "line", "the end"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not text", "line 1, column 1", "0x89"),
        (b"\x00\x01\x02", "no readable document", "line 1, column 1", "\\x00"),
        (b"a,b\n1,2\n", "no readable document", "line 1, column 1", "a,b"),
        (b"Nice to meet you", "no readable document", "line 1, column 1", "Nice"),
        (b"[1, 2]", "no nnviz document", "net.nnviz: format", "None"),
        (b"{}", "no nnviz document", "net.nnviz: format", "None"),
        (b'{"format": "other", "version": 1}', "no nnviz document", "net.nnviz: format", "'other'"),
        (b'{"format": "nnviz", "version": "1"}', "no nnviz document", "net.nnviz: version", "'1'"),
        (b'{"format": "nnviz", "version": true}', "no nnviz document", "net.nnviz: version", "True"),
        (b'{"format": "nnviz", "version": 0}', "no such format version", "net.nnviz: version", "0"),
        (WHOLE.replace(b'"version": 1', b'"version": 2'), "newer nnviz, in format version 2", ": version", "2"),
        (WHOLE.replace(b'"seed": 7', b'"seed": NaN'), "number", "line", "NaN"),
        (WHOLE.replace(b'"seed": 7', b'"seed": 1e999'), "number", "line", "1e999"),
        (WHOLE.replace(b'"seed": 7', b'"seed": 7, "seed": 8'), "same key", "line", '"seed"'),
        (WHOLE.replace(b'"seed": 7', b'"more": ' + b"[" * 64), "deeply", "line", "65"),
        (WHOLE.replace(b'"seed": 7', b'"seed": 7.5'), "wrong type", ": seed", "a number"),
        (WHOLE.replace(b"Everything", b"\xff"), "not text", "line 4, column 13", "0xff"),
        (WHOLE.replace(b"Everything", b"\\ud800"), "", "line", ""),
        (WHOLE.replace(b'"note1"', b'"no\nte"'), "no readable document", "line", ""),
        (WHOLE + b"{}", "no readable document", "line", "{}"),
    ],
)
def test_bytes_that_are_no_document(data: bytes, what: str, place: str, found: str) -> None:
    error = refused(data)
    assert what in error.what
    assert place in error.where
    assert found in error.found


def test_a_newer_version_is_refused_in_words() -> None:
    told = str(refused(WHOLE.replace(b'"version": 1', b'"version": 7, "hologram": {}')))
    assert "saved by a newer nnviz, in format version 7" in told
    assert "Update nnviz" in told


def _set(*path: Any, value: object) -> Callable[[Any], object]:
    """A change of one place in a tree."""

    def change(tree: Any) -> None:
        for step in path[:-1]:
            tree = tree[step]
        tree[path[-1]] = value

    return change


def _drop(*path: Any) -> Callable[[Any], object]:
    def change(tree: Any) -> None:
        for step in path[:-1]:
            tree = tree[step]
        del tree[path[-1]]

    return change


def _repeat(*path: Any) -> Callable[[Any], object]:
    """Put the first part of a list at its end once more."""

    def change(tree: Any) -> None:
        for step in path:
            tree = tree[step]
        tree.append(tree[0])

    return change


NODES, EDGES = ("graph", "nodes"), ("graph", "edges")
BLOB = {"shape": [1, 1], "float64": base64.b64encode(np.array([np.nan]).tobytes()).decode()}


@pytest.mark.parametrize(
    ("change", "place", "what"),
    [
        (_set("graph", value=5), "graph", "wrong type"),
        (_set(*NODES, 3, "kind", value=5), "graph.nodes[3].kind", "wrong type"),
        (_set(*NODES, 3, "kind", value="wizard"), "graph.nodes[3]", "no such kind"),
        (_set(*NODES, 3, "colour", value="red"), "graph.nodes[3]", "does not belong"),
        (_drop(*NODES, 3, "id"), "graph.nodes[3]", "missing"),
        (_set(*NODES, 3, "id", value="3 bad"), "graph.nodes[3]", "cannot be an id"),
        (_set(*NODES, 3, "id", value="w1"), "graph.edges[0].id", "same id"),
        (_set(*NODES, 3, "name", value="x" * 1001), "graph.nodes[3]", "too long"),
        (_set(*NODES, 2, "options", "units", value=3), "graph.nodes[2]", "no such option"),
        (_set(*NODES, 2, "options", "bias", value=None), "graph.nodes[2].options.bias", "wrong type"),
        (_set(*NODES, 2, "options", "activation", value="magic"), "graph.nodes[2]", "cannot be this"),
        (_set(*NODES, 2, "options", "bias_name", value="a b"), "graph.nodes[2]", "cannot be an id"),
        (_set(*NODES, 2, "options", "bias_name", value="h2"), "graph.nodes[2]", "id of a node"),
        (_set(*NODES, 6, "options", "p", value=1.5), "graph.nodes[6]", "cannot be this"),
        (_repeat(*NODES), "graph.nodes[9].id", "same id"),
        (_repeat(*EDGES), "graph.edges[9].id", "same id"),
        (_set(*EDGES, 0, "source", value="nobody"), "graph.edges[0]", "no such node"),
        (_set(*EDGES, 0, "target", value="nobody"), "graph.edges[0]", "no such node"),
        (_set(*EDGES, 0, "target_port", value="back"), "graph.edges[0]", "no such port"),
        (_set(*EDGES, 0, "shared", value="h1"), "graph.edges[0]", "id of a node"),
        (_set(*EDGES, 0, "source", value="o1"), "graph.edges", "circle"),
        (_set(*EDGES, 0, value={"id": "w1", "source": "h1", "target": "h1"}), "graph.edges", "circle"),
        (_set("parameters", "w3", value=[[1.0, 2.0]]), "parameters.w3", "wrong shape"),
        (_set("parameters", "w3", value=[1.0]), "parameters.w3", "wrong shape"),
        (_set("parameters", "w3", value=[["1"]]), "parameters.w3", "no array"),
        (_set("parameters", "w3", value=BLOB), "parameters.w3", "not finite"),
        (_set("parameters", "w3", value={"shape": [1, 1], "float64": "AA"}), "parameters.w3", "no array"),
        (_drop("parameters", "w3"), "parameters.w3", "missing"),
        (_set("parameters", "w9", value=[[1.0]]), "parameters", "not in the network"),
        (_set("positions", "nobody", value=[1.0, 2.0]), "positions.nobody", "no such node"),
        (_set("positions", "h1", value=[1.0]), "positions.h1", "wrong length"),
        (_set("positions", "h1", value=[1.0, "2"]), "positions.h1[1]", "wrong type"),
        (_set("positions", "h1", value=[1e10, 0.0]), "positions.h1", "no place"),
        (_set("notes", 0, "x", value=None), "notes[0].x", "wrong type"),
        (_set("notes", 0, "id", value="h1"), "notes[0].id", "same id"),
        (_set("notes", 0, "text", value="x" * 100_001), "notes[0]", "too long"),
        (_set("groups", 0, "nodes", value=["h1", "ghost"]), "groups[0]", "no such node"),
        (_set("groups", 0, "nodes", value=["h1", "h1"]), "groups[0]", "each once"),
        (_set("groups", 0, "nodes", value=[]), "groups[0]", "each once"),
        (_set("conventions", "outputs", value="median"), "conventions.outputs", "none of the choices"),
        (_set("training", "optimizer", "rule", value="sgdx"), "training.optimizer.rule", "none of the choices"),
        (_set("training", "optimizer", "lr", value=-1.0), "training.optimizer", "lr is out of range"),
        (_set("training", "epochs", value=0), "training", "epochs is out of range"),
        (_set("training", "early_stopping", "patience", value=0), "training.early_stopping", "patience"),
        (_set("seed", value=-1), "seed", "out of range"),
        (_set("seed", value="7"), "seed", "wrong type"),
        (_set("title", value="x" * 1001), "title", "too long"),
        (_set("data", "table", "columns", 0, "values", value=[1.0, 2.0]), "data", "differ in length"),
        (_set("data", "table", "columns", 0, "values", 1, value="many"), "data.table", "no array"),
        (_set("data", "table", "columns", 0, "name", value="c"), "data", "same name"),
        (_set("data", "table", "columns", 1, "values", 1, value="perhaps"), "data.table", "does not exist"),
        (_set("data", "table", "columns", 1, "values", value=[0, 1, 2, 1]), "data", "does not exist"),
        (_set("data", "table", "columns", 1, "values", value=[0, 1, 0.5, 1]), "data", "does not exist"),
        (_set("data", "table", "columns", 1, "classes", value=["no", "yes", "no"]), "data", "same name"),
        (_set("data", "table", value={"where": "moon"}), "data.table.where", "none of the choices"),
        (
            _set("data", "table", value={"where": "file", "file": "../x", "size": 1, "sha256": "0" * 64}),
            "data",
            "name a table",
        ),
        (_set("data", "table", value={"where": "file", "file": "x", "size": 1, "sha256": "0"}), "data", "name a table"),
        (_set("data", "inputs", value={"ghost": ["a"]}), "data", "no such node"),
        (_set("data", "inputs", value={"loss": ["a"]}), "data", "inputs and losses"),
        (_set("data", "inputs", value={"x1": ["z"]}), "data", "no such column"),
        (_set("data", "inputs", value={"x1": "a"}), "data.inputs.x1", "wrong type"),
        (_set("data", "targets", value={"h1": ["a"]}), "data", "inputs and losses"),
        (_set("data", "split", "validation", value=1.5), "data.split", "out of range"),
        (_set("data", "split", "by", value="z"), "data", "no such column"),
        (_set("state", "optimizer", value="magic"), "state", "no such optimizer"),
        (_set("state", "memory", "speed", value={}), "state", "does not fit"),
        (_drop("state", "memory", "velocity", "w3"), "state", "does not fit"),
        (_set("state", "memory", "velocity", "w3", value=[[1.0, 2.0]]), "state", "does not fit"),
        (_set("state", "memory", "velocity", "w3", value=BLOB), "state", "not finite"),
        (_set("state", "memory", "velocity", "w3", value="x"), "state.memory.velocity.w3", "no array"),
        (_set("state", "statistics", "norm.mean", value=[1.0, 2.0]), "state", "wrong shape"),
        (_set("state", "statistics", "norm.mean", value=BLOB | {"shape": [1]}), "state", "not finite"),
        (_set("state", "statistics", "norm.variance", value=[-1e-9]), "state", "variance is below 0"),
        (_set("state", "statistics", "h1.mean", value=[0.0]), "state", "not in the network"),
        (_set("state", "step", value=-1), "state", "step is out of range"),
        (_set("runs", 0, "training", value=[[1.0]]), "runs[0]", "wrong shape"),
        (_set("runs", 0, "training", value={**BLOB, "shape": [1]}), "runs[0]", "not finite"),
        (_set("runs", 0, "stopped", value="bored"), "runs[0].stopped", "none of the choices"),
        (_set("runs", 0, "settings", "sigma", value=-1.0), "runs[0].settings", "sigma is out of range"),
        (_set("surprise", value=1), "net.nnviz", "does not belong"),
    ],
)
def test_a_tree_that_is_no_document(change: Callable[[Any], object], place: str, what: str) -> None:
    error = refused(changed(change))
    assert what in error.what
    assert error.where == (place if place == "net.nnviz" else f"net.nnviz: {place}")


def test_the_expected_and_the_found_are_told_in_words() -> None:
    told = str(refused(changed(_set(*NODES, 3, "kind", value=5))))
    assert "graph.nodes[3].kind" in told
    assert "Expected a text, found a whole number" in told
    told = str(refused(changed(_set("parameters", "w3", value=[[1.0, 2.0]]))))
    assert "Expected 1 × 1, found 1 × 2" in told


def test_every_rule_has_its_memory_slots() -> None:
    rules = {rule_name(rule()) for rule in Optimizer.__args__}  # type: ignore[attr-defined]  # a union has its members there
    assert set(MEMORY_SLOTS) == {"", *rules}
    for rule in (SGD(momentum=0.5), *(rule() for rule in Optimizer.__args__)):  # type: ignore[attr-defined]  # a union has its members there
        assert set(rule.slots) <= set(MEMORY_SLOTS[rule_name(rule)])


@pytest.mark.parametrize(
    ("make", "found"),
    [
        (lambda folder: folder / "none.nnviz", "no such file"),
        (lambda folder: folder, "a folder"),
        (lambda folder: folder / "null\0", ""),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, make: Callable[[Path], Path], found: str) -> None:
    with pytest.raises(FileError) as caught:
        open_document(make(tmp_path))
    assert found in caught.value.found
    assert caught.value.where
    assert caught.value.hint


# Limits


def test_the_largest_file_is_read_and_a_larger_one_refused(tmp_path: Path) -> None:
    small = encode(Document())
    padded = small + b" " * (MAX_BYTES - len(small))
    (tmp_path / "large.nnviz").write_bytes(padded)
    assert same(open_document(tmp_path / "large.nnviz"), Document())
    (tmp_path / "large.nnviz").write_bytes(padded + b" ")
    with pytest.raises(FormatError) as caught:
        open_document(tmp_path / "large.nnviz")
    assert caught.value.where == "large.nnviz"
    assert (caught.value.expected, caught.value.hint != "") == ("at most 64 MiB", True)
    assert "67,108,864 bytes" in caught.value.found


def test_a_document_too_large_for_a_file_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "net.nnviz"
    save_document(Document(), path)
    before = path.read_bytes()
    monkeypatch.setattr(files, "MAX_BYTES", len(before))
    save_document(Document(), path)
    with pytest.raises(FormatError, match="too large"):
        save_document(Document(title="longer"), path)
    assert path.read_bytes() == before


def _nodes(count: int) -> Graph:
    return Graph(tuple(Node(f"x{number}", "input") for number in range(count)))


def test_ten_thousand_nodes_and_no_more() -> None:
    document = decode(encode(Document(graph=_nodes(10_000))), "x")
    assert len(document.graph.nodes) == 10_000
    with pytest.raises(GraphError, match="too many nodes"):
        AddNode(Node("one_more", "input")).apply(document)
    with pytest.raises(FormatError) as caught:
        encode(Document(graph=_nodes(10_001)))
    assert (caught.value.expected, caught.value.found) == ("at most 10,000", "10,001")
    data = encode(document).replace(b'"nodes": [', b'"nodes": [{"id": "one_more", "kind": "input"},')
    error = refused(data)
    assert (error.where, error.found) == ("net.nnviz: graph", "10,001")


def test_a_hundred_thousand_edges_and_no_more() -> None:
    nodes = (*_nodes(1).nodes, Node("s", "add"))
    edges = tuple(Edge(f"e{number}", "x0", "s") for number in range(100_001))
    document = Document(graph=Graph(nodes, edges[:-1]))
    assert len(decode(encode(document), "x").graph.edges) == 100_000
    with pytest.raises(FormatError) as caught:
        encode(Document(graph=Graph(nodes, edges)))
    assert (caught.value.expected, caught.value.found) == ("at most 100,000", "100,001")


def test_depth_64_is_the_last() -> None:
    """The shape of an array may be as deep as the scan allows; the array itself may not."""
    deep = b'{"format": "nnviz", "version": 1, "parameters": {"w": ' + b"[" * 62 + b"]" * 62 + b"}}"
    assert "no array" in refused(deep).what
    deeper = deep.replace(b"[", b"[[", 1).replace(b"]", b"]]", 1)
    assert "deeply" in refused(deeper).what


def test_other_limits() -> None:
    notes = tuple(Note(f"n{number}", "", 0.0, 0.0) for number in range(10_001))
    document = decode(encode(Document(notes=notes[1:])), "x")
    with pytest.raises(NnvizError, match="too many"):
        AddNote(notes[0]).apply(document)
    with pytest.raises(FormatError, match="too many"):
        encode(Document(notes=notes))
    columns = tuple(Column(f"c{number}", np.zeros(1)) for number in range(10_001))
    SetData(DataChoice(Table("t", columns[1:]))).apply(document)
    with pytest.raises(NnvizError, match="too many columns"):
        SetData(DataChoice(Table("t", columns))).apply(document)


# What cannot be saved


@pytest.mark.parametrize(
    ("document", "place"),
    [
        (Document(title="half \ud800"), "title"),
        (Document(notes=(Note("n", "\udfff", 0.0, 0.0),)), "notes[0]"),
        (Document(parameters={"w1": np.ones(1)}), "parameters"),
        (Document(notes=(Note("n", "", np.nan, 0.0),)), "notes[0]"),
        (Document(graph=Graph((Node("a", "nonsense"),))), "graph.nodes[0]"),
    ],
)
def test_what_could_not_be_opened_is_not_saved(tmp_path: Path, document: Document, place: str) -> None:
    with pytest.raises(FormatError) as caught:
        save_document(document, tmp_path / "net.nnviz")
    assert caught.value.where == f"the document: {place}"
    assert list(tmp_path.iterdir()) == []


# Tables


def _with_table(rows: int) -> Document:
    random = np.random.default_rng(0)
    columns = (
        Column("a", random.normal(size=rows)),
        Column("c", (random.random(rows) < 0.5).astype(float), ("no", "ŷes")),
    )
    return SetData(DataChoice(Table("my data.csv", columns, source="somewhere"), {"x1": ("a",)})).apply(new("1-1"))


@pytest.mark.parametrize("rows", [0, 1, 5000, 5001, 65_000])
def test_tables_up_to_a_mebibyte_stand_inside(tmp_path: Path, rows: int) -> None:
    document = _with_table(rows)
    save_document(document, tmp_path / "net.nnviz")
    assert [file.name for file in tmp_path.iterdir()] == ["net.nnviz"]
    assert same(open_document(tmp_path / "net.nnviz"), document)


def test_a_table_of_a_mebibyte_is_the_last_inside() -> None:
    rows = EMBEDDED // 8
    assert is_embedded(Table("t", (Column("", np.zeros(rows)),)))
    assert not is_embedded(Table("t", (Column("a", np.zeros(rows)),)))


def test_a_larger_table_lies_beside(tmp_path: Path) -> None:
    document = _with_table(70_000)
    path = tmp_path / "net.nnviz"
    save_document(document, path)
    save_document(document, path)
    beside = next(file for file in tmp_path.iterdir() if file != path)
    assert beside.name.startswith("my-data-")
    assert len(list(tmp_path.iterdir())) == 2
    opened = open_document(path)
    assert opened.data is not None
    named = opened.data.table
    assert isinstance(named, TableFile)
    assert (named.file, named.size) == (beside.name, beside.stat().st_size)
    for pointed in (path, tmp_path, beside):
        assert same(load_table(opened, pointed), document)
    assert load_table(document, path) is document
    save_document(opened, tmp_path / "again.nnviz")
    assert (tmp_path / "again.nnviz").read_bytes() == path.read_bytes()


def test_opening_opens_no_other_file(tmp_path: Path) -> None:
    save_document(_with_table(70_000), tmp_path / "net.nnviz")
    for file in tmp_path.glob("*.nntable"):
        file.unlink()
    assert isinstance(open_document(tmp_path / "net.nnviz").data.table, TableFile)  # type: ignore[union-attr]  # it was saved with data


@pytest.mark.parametrize(
    ("spoil", "kind", "what"),
    [
        (lambda file: file.unlink(), FileError, "missing"),
        (lambda file: file.write_bytes(b"x" + file.read_bytes()[1:]), FormatError, "not the table"),
        (lambda file: file.write_bytes(file.read_bytes()[:-1]), FormatError, "not the table"),
        (lambda file: file.write_bytes(file.read_bytes() + b"x"), FormatError, "not the table"),
    ],
)
def test_a_missing_or_different_table_is_refused(
    tmp_path: Path, spoil: Callable[[Path], object], kind: type[NnvizError], what: str
) -> None:
    save_document(_with_table(70_000), tmp_path / "net.nnviz")
    beside = next(tmp_path.glob("*.nntable"))
    spoil(beside)
    with pytest.raises(kind) as caught:
        load_table(open_document(tmp_path / "net.nnviz"), tmp_path / "net.nnviz")
    assert what in caught.value.what
    assert caught.value.where == str(beside)
    assert caught.value.expected
    assert caught.value.hint


def test_a_spoiled_table_is_written_anew(tmp_path: Path) -> None:
    document = _with_table(70_000)
    save_document(document, tmp_path / "net.nnviz")
    beside = next(tmp_path.glob("*.nntable"))
    beside.write_bytes(b"spoiled")
    save_document(document, tmp_path / "net.nnviz")
    assert same(load_table(open_document(tmp_path / "net.nnviz"), tmp_path), document)


def test_bytes_alone_cannot_hold_a_large_table() -> None:
    with pytest.raises(FormatError, match="too large to stand inside"):
        encode(_with_table(70_000))


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_table_names_make_tame_file_names(tmp_path: Path, name: str) -> None:
    document = _with_table(70_000)
    assert document.data is not None
    hostile = msgspec.structs.replace(document.data, table=msgspec.structs.replace(document.data.table, name=name))
    save_document(document.with_(data=hostile), tmp_path / "net.nnviz")
    assert {file.parent for file in tmp_path.rglob("*")} == {tmp_path}
    assert same(load_table(open_document(tmp_path / "net.nnviz"), tmp_path), document.with_(data=hostile))


def test_random_documents_are_not_all_alike() -> None:
    """The property tests above are worth something only if their documents hold something."""
    many = [random_document(Random(seed)) for seed in range(20)]
    assert len({len(document.graph.nodes) for document in many}) > 5
    assert sum(bool(document.graph.edges) for document in many) > 10
    for field in ("notes", "groups", "positions", "runs", "data", "parameters"):
        assert any(getattr(document, field) for document in many), field
