"""Bad input on the command line: one sentence with place, expectation, finding and cure; code 2; nothing written."""

from __future__ import annotations

from pathlib import Path

import pytest

from nnviz.app.cli import main
from nnviz.document.files import save_document
from tests.networks import mazur

HUGE = "9" * 30
TABLES = {
    "seven.csv": "x,y\n1,1\n2,7\n",
    "thirds.csv": "x,y\n1,1\n2,0.3\n",
    "empty.csv": "x,y\n",
    "nothing.csv": "",
    "nan.csv": "x,y\n1,nan\n2,1\n",
    "infinite.csv": "x,y\n1,inf\n2,1\n",
    "classes.csv": "x,c\n1,a\n2,b\n3,a\n4,b\n5,rare\n",
}
NEW = ["new", "2-2", "-o", "made.nnviz"]
TRAIN = ["train", "-o", "made.nnviz"]


def csv(name: str, target: str, sizes: str, *more: str) -> list[str]:
    return [*TRAIN, "--csv", name, "--target", target, "--network", sizes, *more]


REFUSED = {
    "sizes that do not fit": (csv("classes.csv", "c", "1-2"), "Expected 3 units, found 2"),
    "too many weights": (["new", "100000-100000", "-o", "made.nnviz"], "Expected at most 2,000,000 numbers"),
    "a size beyond any machine": (["new", f"{HUGE}-1", "-o", "made.nnviz"], "from 1 to 100,000"),
    "a layer of none": (["new", "2-0-1", "-o", "made.nnviz"], "from 1 to 100,000"),
    "too many values": ([*NEW, "--inputs", "1 2 3", "--targets", "0 1"], "Expected 4 numbers"),
    "a batch below none": ([*TRAIN, "iris", "--batch", "-1"], "batch_size is out of range"),
    "a batch beyond any table": ([*TRAIN, "iris", "--batch", HUGE], "batch_size is out of range"),
    "epochs beyond any life": ([*TRAIN, "iris", "--epochs", HUGE], "epochs is out of range"),
    "no epoch": ([*TRAIN, "iris", "--epochs", "0"], "Expected 1 ≤ epochs"),
    "batch 0": (["gradients", "iris", "--batch", "0"], "Expected 1 to 8, found 0"),
    "a target above 1": (
        csv("seven.csv", "y", "1-1", "--loss", "binary_cross_entropy"),
        "no probability (node loss, row 2, column y). Expected a number from 0 to 1, found 7",
    ),
    "a target above 1, typed": (
        [*NEW, "--loss", "binary_cross_entropy", "--inputs", "1 2", "--targets", "0 7"],
        "no probability (node loss, row 1, column y2). Expected a number from 0 to 1, found 7",
    ),
    "classes that do not sum to 1": (
        [*NEW, "--loss", "categorical_cross_entropy", "--inputs", "1 2", "--targets", "1 0,5"],
        "do not sum to 1 (node loss, row 1)",
    ),
    "a hinge between its sides": (
        csv("thirds.csv", "y", "1-1", "--loss", "hinge"),
        "neither side (node loss, row 2, column y). Expected −1 and 1, or 0 and 1, the same everywhere, found 0.3",
    ),
    "a unit of a layer, as if it were drawn alone": (
        ["gradients", "iris", "--of", "h2"],
        "There is no node h2. Expected one of x, h, o, loss, found 'h2'. A unit of a layer is named h[2].",
    ),
    "a unit of nothing": (["gradients", "mazur", "--of", "q7"], "h1, h2, o1, o2, loss, found 'q7'.\n"),
    "a rate below 0": ([*TRAIN, "iris", "--lr", "-1"], "lr is out of range"),
    "a momentum of 1": ([*TRAIN, "iris", "--optimizer", "sgd", "--momentum", "1"], "from 0 to below 1, found 1.0"),
    "a share above 1": ([*TRAIN, "iris", "--validation", "1.5"], "The parts of a split are out of range"),
    "a table without rows": (csv("empty.csv", "y", "1-1"), "There are column names, but no rows (empty.csv, line 1)"),
    "a file without a line": (csv("nothing.csv", "y", "1-1"), "The file is empty"),
    "a number that is none": (csv("nan.csv", "y", "1-1"), "(nan.csv, line 2, column y)"),
    "an infinite number": (csv("infinite.csv", "y", "1-1"), "not finite (infinite.csv, line 2, column y)"),
    "a value that is none": (["predict", "iris", "1", "2", "3", "nan"], "This is not a number"),
    "a class of one row to be parted": (
        csv("classes.csv", "c", "1-3", "--split", "stratified"),
        "class rare of column c",
    ),
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in TABLES.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_in_one_sentence_and_nothing_is_written(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, expected = REFUSED[name]
    assert main(arguments) == 2
    told = capsys.readouterr().err
    assert told.startswith("nnviz: ")
    assert told.count("\n") == 1
    assert expected in told
    assert not (folder / "made.nnviz").exists()


def test_a_parameter_of_a_file_that_nothing_uses(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_document(mazur(), folder / "one.nnviz")
    text = (folder / "one.nnviz").read_text()
    (folder / "one.nnviz").write_text(text.replace('"w1": ', '"nobody": [[1.0]], "w1": ', 1))
    assert main(["info", "one.nnviz"]) == 2
    assert "numbers for something that is not in the network" in capsys.readouterr().err


def test_a_batch_of_one_trains(folder: Path) -> None:
    assert main([*TRAIN, "xor", "--batch", "1", "--epochs", "2"]) == 0
    assert (folder / "made.nnviz").exists()


def test_ill_matched_parts_are_hinted_at_and_the_run_says_what_came_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = csv("seven.csv", "y", "1-2-1", "--loss", "binary_cross_entropy", "--output", "identity")
    Path("seven.csv").write_text("x,y\n1,0\n2,1\n3,0\n4,1\n")
    assert main(arguments) == 2
    told = capsys.readouterr().err
    assert "hint: Binary cross-entropy and what comes in are ill-matched (node loss)" in told
    assert "A number was not finite, and training stopped" in told
    assert "node loss" in told
    assert "A cross-entropy takes probabilities from 0 to 1" in told


def test_a_class_that_no_training_row_has_is_hinted_at(capsys: pytest.CaptureFixture[str]) -> None:
    told = []
    for seed in range(6):
        arguments = csv("classes.csv", "c", "1-3", "--split", "random", "--seed", str(seed))
        assert main(arguments) == 0
        told.append("The validation rows hold a class that no training row has (column c)" in capsys.readouterr().err)
    assert True in told
    assert False in told


def test_info_tells_hints(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*NEW, "--loss", "binary_cross_entropy"]) == 0
    capsys.readouterr()
    assert main(["info", "made.nnviz"]) == 0
    assert "hints" in capsys.readouterr().out
    assert main(["info", "mazur"]) == 0
    assert "hints" not in capsys.readouterr().out
