"""The command line: the same numbers as the library, and every refusal as a sentence with exit code 2."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

import nnviz
from nnviz.app.cli import main
from nnviz.document.edits import ShareWeight
from nnviz.document.files import open_document, save_document
from nnviz.engine.optimizers import SGD, Adam, AdamW, RMSProp
from nnviz.graph import Edge, Graph, Node
from nnviz.learning.settings import TrainingSettings
from nnviz.numbers import exact_text, value_text
from tests.lowering.drawings import example_of
from tests.networks import behind_a_step, circuit_of_inputs, mazur


@pytest.fixture
def worked(tmp_path: Path) -> str:
    """The worked example as a file."""
    path = tmp_path / "worked.nnviz"
    save_document(mazur(), path)
    return str(path)


def test_gradients_as_json_are_the_librarys(capsys: pytest.CaptureFixture[str], worked: str) -> None:
    assert main(["gradients", worked, "--json", "--check"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["loss"] == pytest.approx(0.2983711087600027, rel=1e-12)
    for key, gradient in nnviz.gradients(mazur()).items():
        assert told["gradients"][key] == gradient.item()
        assert told["check"][key]["error"] < 1e-9
    assert told["gradients"]["w5"] == pytest.approx(0.082167040564, abs=5.1e-13)


def test_gradients_of_a_node_by_anything(capsys: pytest.CaptureFixture[str], worked: str) -> None:
    assert main(["gradients", worked, "--of", "o1", "--by", "x1", "--by", "w7", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    found = nnviz.gradients(mazur(), of="o1", by="x1")
    assert (told["of"], told["gradients"]) == ("o1", {"x1": found["x1"].item(), "w7": None})
    assert told["missing"] == {"w7": "o1 does not depend on it"}
    assert main(["gradients", worked, "--of", "h1", "--check"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "h1 = 0.5932699921071872"
    assert lines[-1].startswith("all agree with central differences")
    assert "∂h1/∂w = –   h1 does not depend on it" in lines[3]


def test_tangents_and_second_derivatives(capsys: pytest.CaptureFixture[str], worked: str) -> None:
    assert main(["tangents", worked, "--by", "w1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["tangents"]
    assert (told["J"], told["x1"]) == (pytest.approx(0.000438567734, abs=5.1e-13), None)
    assert main(["tangents", worked, "--by", "w1"]) == 0
    assert f"∂o1/∂w1 = {told['o1']!r}" in capsys.readouterr().out
    assert main(["gradients", worked, "--second", "w5"]) == 0
    expected = nnviz.second_derivative(mazur(), "w5", "w6")
    assert f"∂²J/∂w5∂w = {expected!r}" in capsys.readouterr().out
    assert main(["gradients", worked, "--of", "h1", "--by", "w5", "--check"]) == 0
    assert capsys.readouterr().out.endswith("h1 does not depend on it\nThere is nothing to compare\n")
    assert main(["gradients", worked, "--of", "h1", "--second", "w5", "--by", "w1"]) == 0
    assert "∂²h1/∂w5∂w = –   h1 does not depend on w5" in capsys.readouterr().out
    assert main(["gradients", worked, "--second", "w5", "--by", "w7", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["second_derivatives"] == {"w7": 0.0}


def test_a_row_of_ones_own_and_another_target_in_steps(capsys: pytest.CaptureFixture[str], worked: str) -> None:
    assert main(["steps", worked, "--inputs", "0,05 1/10", "--of", "h1", "--json"]) == 0
    steps = json.loads(capsys.readouterr().out)
    assert [step["phase"] for step in steps] == ["forward"] * 4 + ["backward"] * 5
    assert [line["symbols"] for line in steps[-3]["formulas"]] == [
        "∂h₁/∂x₂ = δ(h₁) · w₂",
        "∂h₁/∂w₂ = δ(h₁) · x₂",
    ]
    assert [line["latex"].split(" =")[0] for line in steps[-3]["formulas"]] == [
        r"\frac{\partial h_{1}}{\partial x_{2}}",
        r"\frac{\partial h_{1}}{\partial w_{2}}",
    ]
    assert steps[-1]["outgoing"] == {"x2": nnviz.gradients(mazur(), of="h1")["x2"].item()}


def test_gradients_of_a_network_without_weights_are_by_its_inputs(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = str(tmp_path / "circuit.nnviz")
    save_document(circuit_of_inputs(), path)
    assert main(["gradients", path, "--of", "f", "--inputs", "2 3", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"of": "f", "value": 10.0, "gradients": {"x": 7.0, "y": 2.0}}
    assert main(["gradients", path, "--of", "f", "--inputs", "2 3"]) == 0
    assert "x        ∂f/∂x = 7\n" in capsys.readouterr().out


def test_where_nothing_can_be_differentiated_a_sentence_says_why(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = str(tmp_path / "step.nnviz")
    save_document(behind_a_step(), path)
    assert main(["gradients", path, "--of", "s", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["note"] == "Every way to s leads through a step, which has no slope"
    assert main(["gradients", path, "--of", "s"]) == 0
    assert "Every way to s leads through a step, which has no slope\n" in capsys.readouterr().out


def test_gradients_as_text_hold_all_digits(capsys: pytest.CaptureFixture[str], worked: str) -> None:
    assert main(["gradients", worked, "--check"]) == 0
    out = capsys.readouterr().out
    assert f"∂J/∂w = {nnviz.gradients(mazur())['w5'].item()!r}" in out
    assert "check: off by" in out


def test_steps_as_json_carry_latex_and_numbers(capsys: pytest.CaptureFixture[str], worked: str) -> None:
    assert main(["steps", worked, "--json"]) == 0
    steps = json.loads(capsys.readouterr().out)
    step = next(step for step in steps if step["title"] == "Gradient of w₅")
    assert step["formulas"][-1]["latex"].startswith(r"\frac{\partial J}{\partial w_{5}}")
    assert step["outgoing"]["w5"] == pytest.approx(0.082167040564, abs=5.1e-13)


def test_steps_as_frames_have_one_size(worked: str, tmp_path: Path) -> None:
    assert main(["steps", worked, "--frames", str(tmp_path), "--width", "480"]) == 0
    frames = sorted(tmp_path.glob("step-*.png"))
    assert len(frames) == 23
    assert {frame.read_bytes()[16:24] for frame in frames} == {b"\x00\x00\x01\xe0\x00\x00\x01\x0e"}


def test_render_writes_a_picture_of_the_asked_width(worked: str, tmp_path: Path) -> None:
    place = tmp_path / "net.png"
    assert (
        main(["render", worked, "-o", str(place), "--show", "weight,gradient", "--width", "640", "--transparent"]) == 0
    )
    assert place.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(place.read_bytes()[16:20], "big") == 640


def test_render_can_show_the_derivative_by_every_nodes_value(worked: str, tmp_path: Path) -> None:
    plain, more = tmp_path / "plain.png", tmp_path / "more.png"
    assert main(["render", worked, "-o", str(plain), "--show", "weight,value"]) == 0
    assert main(["render", worked, "-o", str(more), "--show", "weight,value,node_gradient"]) == 0
    assert plain.read_bytes() != more.read_bytes()


def test_steps_and_pictures_take_the_digits_asked_for(
    capsys: pytest.CaptureFixture[str], worked: str, tmp_path: Path
) -> None:
    assert main(["steps", worked, "--digits", "6"]) == 0
    assert "∂J/∂w₅ = 0.138499 · 0.593270 = 0.0821670" in capsys.readouterr().out
    plain, finer = tmp_path / "plain.png", tmp_path / "finer.png"
    assert main(["render", worked, "-o", str(plain)]) == 0
    assert main(["render", worked, "-o", str(finer), "--digits", "6"]) == 0
    assert plain.read_bytes() != finer.read_bytes()


def test_predict_takes_fractions_commas_and_negative_numbers(capsys: pytest.CaptureFixture[str], worked: str) -> None:
    assert main(["predict", worked, "1/20", "0,1"]) == 0
    expected = {"o1": "0.7513650695523157", "o2": "0.7729284653214625"}
    assert capsys.readouterr().out == "".join(f"{name} = {value}\n" for name, value in expected.items())
    assert main(["predict", worked, "-1/3", "-2"]) == 0


def test_new_with_weights_predicts_as_computed_by_hand(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    weights, place = tmp_path / "w.csv", tmp_path / "pass.nnviz"
    weights.write_text("0,3;0,8;-1/4\n1/5;-0,1;0,1\n\n-0,5\n0.5\n0,3\n")
    arguments = [
        "new",
        "2-3-1",
        "--activation",
        "identity",
        "--bias",
        "none",
        "--weights",
        str(weights),
        "-o",
        str(place),
    ]
    assert main(arguments) == 0
    capsys.readouterr()
    assert main(["predict", str(place), "4", "5", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["value"] == pytest.approx(0.1, rel=1e-12)


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        (["--momentum", "0,9", "--set", "nesterov=1"], SGD(0.5, 0.9, True)),
        (
            ["--optimizer", "adamw", "--lr", "1/8", "--set", "beta1=0.5", "--set", "weight_decay=0"],
            AdamW(0.125, 0.5, weight_decay=0.0),
        ),
        (["--optimizer", "rmsprop", "--momentum", "0.5", "--set", "centered=1"], RMSProp(momentum=0.5, centered=True)),
    ],
)
def test_train_takes_every_rule_and_its_settings(worked: str, tmp_path: Path, given: list[str], rule: object) -> None:
    place = tmp_path / "trained.nnviz"
    assert main(["train", worked, "--epochs", "2", *given, "-o", str(place)]) == 0
    assert open_document(place).training.optimizer == rule


def test_a_normalised_network_is_trained_told_and_stepped(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    place = tmp_path / "norm.nnviz"
    save_document(example_of("batch_norm", rows=5), place)
    assert main(["train", str(place), "--epochs", "2", "-o", str(place)]) == 0
    mean = open_document(place).state.statistics["k.mean"]
    assert main(["info", str(place)]) == 0
    assert f"k.mean = {value_text(mean[0])}, {value_text(mean[1])}" in capsys.readouterr().out
    assert main(["steps", str(place), "--train-mode", "--all", "--json"]) == 0
    step = json.loads(capsys.readouterr().out)[-1]
    assert step["title"] == "Running statistics of k"
    assert step["formulas"][0]["latex"].startswith(r"\text{running mean}_{k}^{+}")
    assert main(["steps", str(place), "--train-mode"]) == 2
    assert "cannot train on a single row" in capsys.readouterr().err
    assert main(["train", str(place), "--batch", "2", "-o", str(tmp_path / "other.nnviz")]) == 2
    assert "batch 3 of an epoch of 5 rows" in capsys.readouterr().err
    assert not (tmp_path / "other.nnviz").exists()


def test_info_tells_the_network_and_its_data(capsys: pytest.CaptureFixture[str], worked: str) -> None:
    assert main(["info", worked]) == 0
    out = capsys.readouterr().out
    assert "4 Perceptron (sigmoid, bias fixed)" in out
    assert "x1, x2, y1, y2" in out


REFUSALS = {
    "no such file": (["info", "{dir}/none.nnviz"], "none.nnviz"),
    "no such example": (["info", "mazurr"], "mazur"),
    "a folder": (["info", "{dir}"], "{dir}"),
    "sizes with a letter": (["new", "4-x", "-o", "{dir}/a.nnviz"], "4-x"),
    "unwritable output": (["render", "{worked}", "-o", "{dir}/none/net.png"], "none"),
    "output is a folder": (["render", "{worked}", "-o", "{dir}"], "{dir}"),
    "unknown part": (["render", "{worked}", "-o", "{dir}/a.png", "--show", "weights"], "weights"),
    "no such example row": (["gradients", "{worked}", "--example", "2"], "1 to 1"),
    "no such target": (["gradients", "{worked}", "--of", "h9"], "no node h9"),
    "no such number to go by": (["tangents", "{worked}", "--by", "w9"], "w9"),
    "a row too short": (["gradients", "{worked}", "--of", "h1", "--inputs", "1"], "2 values"),
    "too few values": (["predict", "{worked}", "1"], "2 values"),
    "not a number": (["predict", "{worked}", "1", "two"], "two"),
    "infinite": (["predict", "{worked}", "1", "1e999"], "1e999"),
    "frames into a file": (["steps", "{worked}", "--frames", "{worked}"], "{worked}"),
    "another kind of file": (["render", "{worked}", "-o", "{dir}/table.csv"], ".png"),
    "a rule that is none": (["train", "{worked}", "--optimizer", "adamx", "-o", "{dir}/a.nnviz"], "radam"),
    "a setting of another rule": (["train", "{worked}", "--set", "beta1=0.5", "-o", "{dir}/a.nnviz"], "SGD has no"),
    "a momentum of another rule": (
        ["train", "{worked}", "--optimizer", "adam", "--momentum", "0.5", "-o", "{dir}/a.nnviz"],
        "Adam has no setting momentum",
    ),
    "a setting without a number": (["train", "{worked}", "--set", "lr", "-o", "{dir}/a.nnviz"], "FIELD=NUMBER"),
    "a rate in words": (["train", "{worked}", "--lr", "fast", "-o", "{dir}/a.nnviz"], "fast"),
    "options for a new network": (["train", "{worked}", "--network", "2-2", "-o", "{dir}/a.nnviz"], "--network"),
    "an example too short": (["new", "2-1", "--inputs", "4", "--targets", "1", "-o", "{dir}/a.nnviz"], "3 numbers"),
    "too many digits": (["render", "{worked}", "-o", "{dir}/a.png", "--digits", "18"], "2 to 17"),
    "impossible width": (["render", "{worked}", "-o", "{dir}/a.png", "--width", "0"], "0"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_is_one_sentence_and_writes_nothing(
    name: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, worked: str
) -> None:
    arguments, words = REFUSALS[name]
    places = {"dir": str(tmp_path), "worked": worked}
    before = sorted(tmp_path.rglob("*"))
    assert main([argument.format(**places) for argument in arguments]) == 2
    told = capsys.readouterr()
    assert told.err.startswith("nnviz: ")
    assert words.format(**places) in told.err
    assert "Traceback" not in told.err
    assert sorted(tmp_path.rglob("*")) == before


def test_a_network_without_a_loss_is_refused_where_one_is_needed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    document = mazur()
    graph = Graph(document.graph.nodes[:-1], document.graph.edges[:-2])
    assert document.data is not None
    data = document.data.__class__(document.data.table, document.data.inputs, {})
    save_document(document.with_(graph=graph, data=data), tmp_path / "noloss.nnviz")
    assert main(["gradients", str(tmp_path / "noloss.nnviz")]) == 2
    assert "no loss" in capsys.readouterr().err
    assert main(["predict", str(tmp_path / "noloss.nnviz"), "1", "2"]) == 0


def test_a_network_with_an_unconnected_node_opens_and_tells_its_problem(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    graph = Graph((Node("x", "input"), Node("p", "perceptron"), Node("q", "perceptron")), (Edge("w1", "x", "p"),))
    from nnviz.document.document import Document, settled

    save_document(settled(Document(graph=graph)), tmp_path / "open.nnviz")
    assert main(["info", str(tmp_path / "open.nnviz")]) == 0
    assert "Nothing is connected to q" in capsys.readouterr().out
    assert main(["render", str(tmp_path / "open.nnviz"), "-o", str(tmp_path / "a.png")]) == 2
    assert "Nothing is connected to q" in capsys.readouterr().err


def test_a_fault_of_nnviz_itself_is_told_and_logged(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, worked: str
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr("nnviz.app.summary.summary", lambda document: 1 / 0)
    assert main(["info", worked]) == 1
    told = capsys.readouterr().err
    assert "ZeroDivisionError" in told
    assert "Traceback" not in told
    log = Path(told.rsplit("Details are in ", 1)[1].strip())
    assert "ZeroDivisionError" in log.read_text()


HEAVY = ("PySide6", "networkx", "pandas", "sklearn", "numba", "pyqtgraph")


def test_info_loads_nothing_heavy(worked: str) -> None:
    script = (
        "import sys\nfrom nnviz.app.cli import main\ncode = main(['info', sys.argv[1]])\n"
        f"heavy = [name for name in {HEAVY!r} if name in sys.modules]\nsys.exit(f'loaded {{heavy}}' if heavy else code)"
    )
    done = subprocess.run([sys.executable, "-c", script, worked], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_large_table_lies_beside_the_document_and_is_found_there(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    rows = "".join(f"{i / 7!r},{i / 11!r},{i % 2}\n" for i in range(60_000))
    (tmp_path / "big.csv").write_text("a,b,c\n" + rows)
    place = tmp_path / "big.nnviz"
    train = ["train", "--csv", str(tmp_path / "big.csv"), "--target", "c", "--network", "2-1", "--epochs", "1"]
    assert main([*train, "--batch", "0", "-o", str(place)]) == 0
    assert len(list(tmp_path.glob("*.nntable"))) == 1
    assert main(["gradients", str(place), "--example", "39999"]) == 0
    for table in tmp_path.glob("*.nntable"):
        table.unlink()
    capsys.readouterr()
    assert main(["info", str(place)]) == 0
    assert main(["gradients", str(place)]) == 2
    assert "nntable" in capsys.readouterr().err


def test_a_new_network_with_an_example_can_be_stepped(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    place = str(tmp_path / "mine.nnviz")
    assert main(["new", "2-1", "--inputs", "4 0,5", "--targets", "1", "-o", place]) == 0
    assert main(["steps", place]) == 0
    assert main(["gradients", place, "--check"]) == 0
    assert "all agree with central differences" in capsys.readouterr().out


# shares and memory


def penalised(folder: Path) -> str:
    document = mazur()
    document = ShareWeight(("w5", "w7"), "both").apply(document)
    place = folder / "penalised.nnviz"
    save_document(document.with_(training=msgspec.structs.replace(document.training, l2=0.1)), place)
    return str(place)


def test_shares_of_data_and_penalties(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    place = penalised(tmp_path)
    assert main(["gradients", place, "--shares", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    share = told["shares"]["both"]
    assert share["l2"] == pytest.approx(2 * 0.1 * 0.4)
    assert share["total"] == share["data"] + share["penalty"]
    assert sum(share["uses"].values()) == pytest.approx(share["data"], rel=1e-14)
    assert share["uses"].keys() == {"w5", "w7"}
    assert told["loss"] > 0
    assert told["penalty"]["total"] == told["penalty"]["l2"] > 0 == told["penalty"]["l1"]
    assert main(["gradients", place, "--shares"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["from", "L2", "0.08000000000000002"] in lines
    assert ["by", "w5", exact_text(share["uses"]["w5"])] in lines
    assert lines[1][:2] == ["penalty", "="]


@pytest.mark.parametrize("other", [["--of", "h1"], ["--by", "w1"]])
def test_shares_are_those_of_j(other: list[str], capsys: pytest.CaptureFixture[str], worked: str) -> None:
    assert main(["gradients", worked, "--shares", *other]) == 2
    assert f"found {other[0]}".lower() in capsys.readouterr().err.lower()


def test_a_training_tells_the_penalty_apart(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["train", penalised(tmp_path), "-o", str(tmp_path / "t.nnviz"), "--epochs", "1"]) == 0
    assert " · penalty 0." in capsys.readouterr().out


def test_a_training_tells_of_the_weights_that_it_saves(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    place = tmp_path / "t.nnviz"
    assert main(["train", "iris", "-o", str(place), "--lr", "0.1", "--epochs", "60"]) == 0
    told, run = capsys.readouterr(), open_document(place).runs[-1]
    assert 0 < run.best_epoch < 60
    kept = value_text(float(run.validation[run.best_epoch - 1]), 3)
    assert f"best weights (epoch {run.best_epoch}) kept" in told.out
    assert f"validation J = {kept}" in told.out
    assert told.err.rstrip().endswith("step by step")  # as all tests, unless they ask for the kernels


def test_info_tells_what_the_optimizer_remembers(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    begun, trained = str(tmp_path / "a.nnviz"), str(tmp_path / "b.nnviz")
    save_document(mazur().with_(training=TrainingSettings(Adam())), begun)
    assert main(["train", begun, "-o", trained, "--epochs", "1"]) == 0
    capsys.readouterr()
    assert main(["info", begun, "--memory", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["optimizer"], told["updates"]) == ("Adam", 0)
    assert told["memory"]["w5"] == {"m": None, "v": None, "rate": pytest.approx(0.001 / 0.082167040564, rel=1e-6)}
    assert main(["info", trained, "--memory", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["memory"]["w5"]["m"] == pytest.approx(0.1 * 0.082167040564, rel=1e-9)
    assert main(["info", begun, "--memory"]) == 0
    assert [line.split() for line in capsys.readouterr().out.splitlines()].count(["m", "–"]) == 8
    assert main(["info", "iris", "--memory"]) == 0
    assert "η_eff" in capsys.readouterr().out


def test_a_saved_document_is_trained_on_another_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("first.csv").write_text("a,y\n1,2\n2,4\n")
    Path("more.csv").write_text("y,a,note\n3,1,p\n5,2,q\n7,3,r\n")
    Path("named.csv").write_text("hours,points\n1,2\n2,3\n")
    assert main(["train", "--csv", "first.csv", "--target", "y", "--network", "1-1", "-o", "my.nnviz"]) == 0
    assert main(["train", "my.nnviz", "--csv", "more.csv", "--epochs", "1", "-o", "more"]) == 0
    made = open_document("more.nnviz")
    assert made.data is not None
    assert (made.data.inputs, made.data.targets) == ({"x": ("a",)}, {"loss": ("y",)})
    assert made.state.step > open_document("my.nnviz").state.step > 0
    assert main(["train", "my.nnviz", "--csv", "named.csv", "-o", "named"]) == 2
    told = capsys.readouterr().err
    assert "lacks columns that the document has (named). Expected a, y, found hours, points" in told
    assert told.endswith("Name the column to learn: --target COLUMN.\n")
    assert main(["train", "my.nnviz", "--csv", "named.csv", "--target", "points", "--epochs", "1", "-o", "named"]) == 0
    assert main(["train", "my.nnviz", "--target", "y", "-o", "named"]) == 2
    assert "Columns belong to a table. Found --target. Add --csv TABLE" in capsys.readouterr().err
    assert main(["train", "my.nnviz", "--csv", "more.csv", "--network", "1-1", "-o", "named"]) == 2
    assert "A document has its network already. Found --network" in capsys.readouterr().err
    assert main(["train", "--csv", "more.csv", "-o", "named"]) == 2
    assert "A table alone is not enough" in capsys.readouterr().err


def test_a_share_of_validation_splits_a_table_that_was_not_split(tmp_path: Path) -> None:
    place = str(tmp_path / "made.nnviz")
    assert main(["train", "xor", "--validation", "0.25", "--epochs", "1", "-o", place]) == 0
    data = open_document(place).data
    assert data is not None
    assert (data.split.kind, data.split.validation) == ("random", 0.25)
