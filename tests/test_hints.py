"""What a hint names is there: options on the command line, names in the library, and no control of the window."""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path

import pytest

import nnviz
from nnviz import hints
from nnviz.app.cli import _parser, main
from nnviz.document.document import Document, settled
from nnviz.document.files import save_document
from nnviz.graph import Edge, Graph, Node
from nnviz.hints import Means
from tests.networks import mazur

ALL = {name: each for name, each in vars(hints).items() if isinstance(each, Means)}


def options() -> set[str]:
    """Every option of every command."""
    found: set[str] = set()
    for action in _parser()._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                found |= {option for each in command._actions for option in each.option_strings}
    return found


@pytest.mark.parametrize("name", ALL)
def test_what_is_named_is_there(name: str) -> None:
    means = ALL[name]
    assert set(re.findall(r"--[a-z]+", means.command)) <= options()
    assert set(re.findall(r"nnviz\.(\w+)", means.library)) - {"nnviz"} <= set(nnviz.__all__)
    assert "--" not in means.window + means.library
    assert "settings" not in means.command + means.library


def without(*, data: bool = True, loss: bool = True) -> Document:
    """The worked example without some of its parts."""
    document = mazur()
    assert document.data is not None
    if not loss:
        nodes, edges = document.graph.nodes[:-1], tuple(e for e in document.graph.edges if e.target != "loss")
        return settled(document.with_(graph=Graph(nodes, edges), data=None))
    return document if data else document.with_(data=None)


def product() -> Document:
    """x · y, without weights, loss or data."""
    nodes = (Node("x", "input"), Node("y", "input"), Node("f", "multiply"))
    return settled(Document(graph=Graph(nodes, (Edge("e1", "x", "f"), Edge("e2", "y", "f")))))


DOCUMENTS = {"nodata": without(data=False), "noloss": without(loss=False), "product": product(), "empty": Document()}
COMMANDS = {
    "nodata": {
        "steps": "--inputs '2 3'",
        "gradients": "--of NODE",
        "gradients --shares": "--csv TABLE --target COLUMN",
        "gradients --inputs '2 3'": "Leave --inputs out",
        "tangents --by w1": "--inputs '2 3'",
        "train -o made": "Give a table: --csv TABLE --target COLUMN",
        "window --snapshot s.png --step 3": "--inputs '2 3'",
    },
    "noloss": {
        "steps": "--inputs '2 3'",
        "gradients --inputs '2 3'": "nnviz gradients FILE --of NODE",
        "train -o made": "Add one in the window (nnviz window FILE)",
    },
    "product": {
        "gradients": "--inputs '2 3'",
        "tangents --by w1": "Expected one of x, y, f, found 'w1'",
        "train -o made": "The network has no loss",
    },
    "empty": {
        "steps": "nnviz new 2-3-1 -o my.nnviz",
        "render -o r.png": "nnviz window FILE",
        "predict 1": "The network has no input",
        "tangents --by w1": "There is no weight, bias or node w1. Found 'w1'",
    },
}


@pytest.mark.parametrize(("document", "command"), [(name, each) for name, some in COMMANDS.items() for each in some])
def test_the_command_line_is_told_what_to_do_there(
    document: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    save_document(DOCUMENTS[document], "my.nnviz")
    name, *more = shlex.split(command)
    assert main([name, "my.nnviz", *more]) == 2
    told = capsys.readouterr().err
    assert COMMANDS[document][command] in told
    assert "Choose a table" not in told
    assert "settings" not in told


def test_the_library_is_told_of_functions() -> None:
    with pytest.raises(nnviz.NnvizError, match=r"no data. Give it a table, nnviz.use_data\("):
        nnviz.forward(DOCUMENTS["nodata"])
    with pytest.raises(nnviz.NnvizError, match=r"no data. Give it a table: nnviz.use_data\("):
        nnviz.train(DOCUMENTS["nodata"])
    with pytest.raises(nnviz.NnvizError, match=r"has no loss.*to be differentiated, of=…"):
        nnviz.train(DOCUMENTS["noloss"])
    with pytest.raises(nnviz.NnvizError, match=r"no input.* nnviz.new\('2-3-1'\)"):
        nnviz.predict(Document(), [1])
    early = nnviz.EarlyStopping(patience=2)
    with pytest.raises(nnviz.NnvizError, match=r"nothing to watch.* early_stopping=None"):
        nnviz.train(mazur(), early_stopping=early)


def test_the_means_of_the_library_help() -> None:
    row = nnviz.forward(DOCUMENTS["nodata"], nnviz.Focus("typed", values=(2, 3)))
    assert row.value("x2").item() == 3
    table = {"a": [2], "b": [3], "y": [0], "z": [1]}
    assert nnviz.forward(nnviz.use_data(DOCUMENTS["nodata"], table, target=["y", "z"])).loss > 0
