"""Edits: one conformance test runs the table of all of them; then what each is for, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import numpy as np
import pytest
from msgspec.structs import replace

from nnviz.conventions import PRESETS
from nnviz.data.choice import DataChoice, TableFile
from nnviz.data.table import Column, Table
from nnviz.document import edits
from nnviz.document.arrays import same_arrays
from nnviz.document.build import new
from nnviz.document.document import Document, Group, Note, same, same_state, settled
from nnviz.document.edits import (
    Act,
    AddNode,
    AddNote,
    ApplyRun,
    ChangeNote,
    Connect,
    Edit,
    ForgetTraining,
    Initialise,
    Move,
    OpenExpression,
    RemoveGroup,
    RemoveNote,
    RemoveParts,
    Rename,
    SetConventions,
    SetData,
    SetGroup,
    SetOptions,
    SetParameter,
    SetSeed,
    SetStatistics,
    SetTitle,
    SetTraining,
    ShareWeight,
    Together,
    edit_from_json,
    edit_to_json,
    new_edge,
    new_node,
)
from nnviz.document.files import encode
from nnviz.engine.optimizers import Adam
from nnviz.errors import FormatError, NnvizError
from nnviz.graph import Node
from nnviz.learning.settings import TrainingSettings, TrainingState
from tests.document.makers import MAKERS, a_document, random_document, random_edit, random_run

DOCUMENT = a_document()
RUN = random_run(Random(3), DOCUMENT)

# For every edit, one that changes the document above, and one that leaves it as it is.
TABLE: dict[type[Act], tuple[Edit, Edit | None]] = {
    AddNode: (AddNode(Node("n1", "perceptron"), (1.0, 2.0)), None),
    RemoveParts: (RemoveParts(("h1", "w3")), RemoveParts(())),
    Connect: (Connect("w9", "x1", "o1"), None),
    SetOptions: (SetOptions("h1", {"activation": "tanh"}), SetOptions("h1", {"activation": "sigmoid"})),
    OpenExpression: (OpenExpression("f"), None),
    Rename: (Rename("w3", "steep"), Rename("o1", "ŷ")),
    ShareWeight: (ShareWeight(("w3",), "common"), ShareWeight(("w1",), "common")),
    Move: (Move({"h2": (1.0, 2.0), "note1": (0.0, 0.0)}), Move({"x1": (0.0, 10.0), "note1": (1.0, 2.0)})),
    SetParameter: (SetParameter("w3", np.ones((1, 1))), SetParameter("w6", DOCUMENT.parameters["w6"].copy())),
    Initialise: (Initialise(), None),
    ApplyRun: (RUN, None),
    ForgetTraining: (ForgetTraining(), None),
    SetData: (SetData(None), SetData(a_document().data)),
    SetTraining: (SetTraining(TrainingSettings()), SetTraining(a_document().training)),
    SetConventions: (SetConventions(PRESETS["ours"]), SetConventions(a_document().conventions)),
    SetSeed: (SetSeed(2**64 - 1), SetSeed(7)),
    SetStatistics: (
        SetStatistics({"norm.mean": np.ones(1), "norm.variance": np.ones(1)}),
        SetStatistics(dict(DOCUMENT.state.statistics)),
    ),
    SetTitle: (SetTitle("New"), SetTitle("Everything")),
    AddNote: (AddNote(Note("note2", "b", 0.0, 0.0)), None),
    ChangeNote: (ChangeNote(Note("note1", "b", 0.0, 0.0)), ChangeNote(Note("note1", "a\nnote", 1.0, 2.0))),
    RemoveNote: (RemoveNote("note1"), None),
    SetGroup: (SetGroup(Group("group2", "all", ("x1", "x2"))), SetGroup(Group("group1", "hidden", ("h1", "h2")))),
    RemoveGroup: (RemoveGroup("group1"), None),
    Together: (Together((Rename("h1", "a"), SetSeed(1))), Together((Rename("h1", "a"), Rename("h1", "")))),
}


def test_the_table_is_complete() -> None:
    every = {getattr(edits, name) for name in edits.__all__ if isinstance(getattr(edits, name), type)} - {Act}
    assert set(TABLE) == every == set(MAKERS)


@pytest.mark.parametrize("kind", TABLE, ids=lambda kind: kind.__name__)
def test_every_edit(kind: type[Act]) -> None:
    before = a_document()
    bytes_before = encode(before)
    edit, idle = TABLE[kind]
    assert edit.title
    after = edit.apply(before)
    assert not same(after, before)
    assert encode(before) == bytes_before, "the document that was given has changed"
    encode(after)  # which checks every invariant
    again = edit_from_json(edit_to_json(edit), "x")
    assert type(again) is kind
    assert edit_to_json(again) == edit_to_json(edit)
    assert encode(again.apply(before)) == encode(after), "replayed from its JSON it does something else"
    if idle is not None:
        assert idle.apply(before) is before


@pytest.mark.parametrize("seed", range(40))
def test_random_edits_keep_the_invariants_and_replay_from_json(seed: int) -> None:
    random = Random(seed)
    document = random_document(random, 20)
    for _ in range(5):
        edit = random_edit(random, document)
        after = edit.apply(document)
        assert encode(edit_from_json(edit_to_json(edit), "x").apply(document)) == encode(after)
        assert after is document or not same(after, document)
        assert settled(after) is after
        document = after


def test_all_is_shared_that_did_not_change() -> None:
    before = a_document()
    after = Move({"h1": (5.0, 5.0)}).apply(before)
    for field in ("graph", "parameters", "state", "data", "runs", "groups"):
        assert getattr(after, field) is getattr(before, field)
    typed = SetParameter("w3", np.ones((1, 1))).apply(before)
    assert all(typed.parameters[key] is before.parameters[key] for key in before.parameters if key != "w3")


# Numbers and memory


def test_typing_a_weight_keeps_the_memory_and_nobody_can_change_it() -> None:
    values = np.array([[9.0]])
    after = SetParameter("w3", values).apply(DOCUMENT)
    values[0, 0] = 1.0
    assert after.parameters["w3"].tolist() == [[9.0]]
    assert after.state is DOCUMENT.state


def test_running_statistics_stay_with_the_weights_and_go_with_their_node() -> None:
    kept = DOCUMENT.state.statistics
    assert set(kept) == {"norm.mean", "norm.variance"}
    assert same_arrays(ForgetTraining().apply(DOCUMENT).state.statistics, kept)
    assert same_arrays(Connect("w9", "x1", "o1").apply(DOCUMENT).state.statistics, kept)
    assert Initialise().apply(DOCUMENT).state == TrainingState()
    for edit in (RemoveParts(("norm",)), RemoveParts(("e5",))):
        assert edit.apply(DOCUMENT).state.statistics == {}
    assert SetOptions("norm", {"momentum": 0.5}).apply(DOCUMENT).state is DOCUMENT.state


def test_statistics_without_parameters_go_and_leave_the_memory() -> None:
    plain = SetOptions("norm", {"affine": "none"}).apply(DOCUMENT)
    own = ("norm.gain", "norm.shift")
    memory = {key: array for key, array in DOCUMENT.state.memory["velocity"].items() if key not in own}
    trained = plain.with_(state=replace(DOCUMENT.state, memory={"velocity": memory}))
    after = RemoveParts(("norm",)).apply(trained)
    assert same_state(after.state, replace(trained.state, statistics={}))


def test_a_normalisation_of_another_width_begins_anew() -> None:
    document = Connect("e8", "x", "norm").apply(AddNode(Node("norm", "batch_norm")).apply(new("20-4-2")))
    moved = SetStatistics({"norm.mean": np.ones(20), "norm.variance": np.ones(20)}).apply(document)
    assert SetOptions("x", {"units": 19}).apply(moved).state.statistics == {}
    assert SetOptions("h1", {"activation": "tanh"}).apply(moved).state is moved.state


def test_nobody_can_change_statistics_that_were_given() -> None:
    mean = np.zeros(1)
    after = SetStatistics({"norm.mean": mean}).apply(DOCUMENT)
    mean[0] = 9.0
    assert after.state.statistics["norm.mean"].tolist() == [0.0]


def test_minus_zero_is_another_number() -> None:
    zero = SetParameter("w3", np.zeros((1, 1))).apply(DOCUMENT)
    assert SetParameter("w3", -np.zeros((1, 1))).apply(zero) is not zero


@pytest.mark.parametrize(
    "edit",
    [
        RemoveParts(("w3",)),
        Connect("w9", "x1", "o1"),
        SetOptions("h1", {"bias": "none"}),
        SetOptions("h1", {"bias": "fixed"}),
        ShareWeight(("w3", "w4"), "twin"),
    ],
)
def test_the_memory_is_emptied_where_it_no_longer_fits(edit: Edit) -> None:
    assert DOCUMENT.state.memory
    assert same_state(edit.apply(DOCUMENT).state, TrainingState(statistics=DOCUMENT.state.statistics))


@pytest.mark.parametrize(
    "edit", [SetOptions("h1", {"activation": "relu"}), AddNode(Node("s", "add")), Rename("h1", "a")]
)
def test_the_memory_stays_where_it_fits(edit: Edit) -> None:
    assert edit.apply(DOCUMENT).state is DOCUMENT.state


def test_initialise_draws_from_seed_and_sigma_and_keeps_fixed_biases() -> None:
    document = new("2-2", bias="fixed", seed=3)
    typed = SetParameter("o1.b", np.array([0.35])).apply(SetParameter("w1", np.array([[9.0]])).apply(document))
    drawn = Initialise().apply(typed)
    assert drawn.parameters["w1"].tobytes() == document.parameters["w1"].tobytes()
    assert drawn.parameters["o1.b"].tolist() == [0.35]
    assert Initialise().apply(drawn) is drawn
    other = Initialise().apply(SetSeed(4).apply(typed))
    assert other.parameters["w1"].tobytes() != drawn.parameters["w1"].tobytes()
    calm = Initialise().apply(SetTraining(TrainingSettings(sigma=0.0)).apply(typed))
    assert calm.parameters["w1"].tolist() == [[0.0]]


def test_a_new_weight_does_not_depend_on_what_else_is_there() -> None:
    first = Connect("w7", "x1", "o1").apply(RemoveParts(("w1",)).apply(new("1-1")))
    second = Connect("w7", "x1", "o1").apply(RemoveParts(("w1",)).apply(new("3-1")))
    assert first.parameters["w7"].tobytes() == second.parameters["w7"].tobytes()


def test_a_run_for_another_network_is_refused() -> None:
    after = Connect("w9", "x1", "o1").apply(DOCUMENT)
    with pytest.raises(NnvizError, match=r"numbers of w9 are missing"):
        RUN.apply(after)
    with pytest.raises(NnvizError, match="not in the network"):
        RUN.apply(RemoveParts(("w3",)).apply(DOCUMENT))
    with pytest.raises(NnvizError, match="memory does not fit"):
        replace(RUN, state=TrainingState("sgd", {"velocity": {}})).apply(DOCUMENT)


# Weights' names


def test_sharing_begins_with_the_first_and_own_weights_with_the_shared() -> None:
    document = new("2-1", weights=[[[1.0], [2.0]]], bias="none")
    shared = ShareWeight(("w1", "w2"), "both").apply(document)
    assert {key: values.tolist() for key, values in shared.parameters.items()} == {"both": [[1.0]]}
    typed = SetParameter("both", np.array([[5.0]])).apply(shared)
    own = ShareWeight(("w1", "w2")).apply(typed)
    assert {key: values.tolist() for key, values in own.parameters.items()} == {"w1": [[5.0]], "w2": [[5.0]]}
    with_first = ShareWeight(("w2",), "w1").apply(document)
    assert {key: values.tolist() for key, values in with_first.parameters.items()} == {"w1": [[1.0]]}
    assert ShareWeight(("w1",), "w1").apply(with_first) is with_first


def test_a_shared_bias_begins_with_the_first() -> None:
    document = SetParameter("o1.b", np.array([0.6])).apply(new("1-2"))
    shared = Together((SetOptions("o1", {"bias_name": "b"}), SetOptions("o2", {"bias_name": "b"}))).apply(document)
    assert shared.parameters["b"].tolist() == [0.6]
    assert "o1.b" not in shared.parameters


def test_an_id_is_not_taken_while_a_weight_bears_it() -> None:
    document = ShareWeight(("w2",), "w1").apply(new("2-1"))
    left = RemoveParts(("w1",)).apply(document)
    assert "w1" in left.parameters
    assert new_edge(left, "x1", "o1").id == "w3"


# What hangs on a node


def test_removing_a_node_removes_what_hangs_on_it() -> None:
    after = RemoveParts(("x1", "h1", "loss")).apply(DOCUMENT)
    assert [node.id for node in after.graph.nodes] == ["x2", "h2", "o1", "drop", "norm", "f"]
    assert [edge.id for edge in after.graph.edges] == ["w4", "w6", "e5"]
    assert set(after.parameters) == {"w4", "h2.b", "w6", "o1.b", "norm.gain", "norm.shift"}
    assert after.positions == {}
    assert after.groups == (Group("group1", "hidden", ("h2",)),)
    assert after.data is not None
    assert (after.data.inputs, after.data.targets) == ({}, {})
    assert after.parameters["w4"] is DOCUMENT.parameters["w4"]
    assert RemoveParts(("h1", "h2")).apply(DOCUMENT).groups == ()


def test_ids_are_chosen_by_what_they_are_for() -> None:
    document = new("2-2-1")
    assert new_node(document, "input").node.id == "x3"
    assert new_node(document, "perceptron").node.id == "n1"
    assert new_node(document, "dense", units=4).node == Node("layer1", "dense", options={"units": 4})
    assert new_edge(document, "x1", "o1").id == "w7"
    assert new_edge(document, "x1", "loss").id == "e2"


def test_a_new_id_avoids_every_name_in_use() -> None:
    document = ShareWeight(("w1",), "w7").apply(new("2-2-1"))
    document = SetOptions("h1", {"bias_name": "w8"}).apply(document)
    document = AddNote(Note("w9", "", 0.0, 0.0)).apply(SetGroup(Group("w10", "", ("h1",))).apply(document))
    assert new_edge(document, "x1", "o1").id == "w11"


def test_options_are_in_effect_or_they_are_no_change() -> None:
    document = AddNode(Node("d", "dropout")).apply(new("1-1"))
    assert SetOptions("d", {"p": 0.5}).apply(document) is document
    zero = SetOptions("d", {"p": 0}).apply(document)
    assert zero.graph.node("d").options == {"p": 0.0}
    assert SetOptions("d", {"p": 0.0}).apply(zero) is zero


def test_together_is_all_or_nothing() -> None:
    document = new("1-1")
    with pytest.raises(NnvizError, match="no node"):
        Together((SetTitle("a"), Rename("ghost", "b"))).apply(document)
    act = Together((SetTitle("a"), SetSeed(1), SetSeed(2)))
    assert act.title == "Change the title and 2 more"
    assert (act.apply(document).title, act.apply(document).seed) == ("a", 2)
    assert Together((SetSeed(1),)).title == "Set the seed to 1"
    assert Together((SetSeed(1),), name="Lesson step").title == "Lesson step"


# Refusals

HALF = "\ud800"
NAN = float("nan")


def _data(*columns: Column) -> DataChoice:
    return DataChoice(Table("t", columns))


@pytest.mark.parametrize(
    ("edit", "what"),
    [
        (AddNode(Node("9", "input")), "cannot be an id"),
        (AddNode(Node("h1", "input")), "taken"),
        (AddNode(Node("w1", "input")), "taken"),
        (AddNode(Node("common", "input")), "taken"),
        (AddNode(Node("note1", "input")), "taken"),
        (AddNode(Node("group1", "input")), "taken"),
        (AddNode(Node("n", "wizard")), "no such kind"),
        (AddNode(Node("n", "dense", options={"units": 0})), "cannot be this"),
        (AddNode(Node("n", "dense", options={"units": True})), "cannot be this"),
        (AddNode(Node("n", "input", options={"p": 0.5})), "no such option"),
        (AddNode(Node("n", "input", name=HALF)), "half of a character"),
        (AddNode(Node("n", "input", name="x" * 1001)), "too long"),
        (AddNode(Node("n", "input"), (NAN, 0.0)), "no place"),
        (RemoveParts(("ghost",)), "no node ghost"),
        (RemoveParts(("note1",)), "no node note1"),
        (Connect("w1", "x1", "o1"), "taken"),
        (Connect("w 1", "x1", "o1"), "cannot be an id"),
        (Connect("w9", "o1", "h1"), "circle"),
        (Connect("w9", "x1", "o1", shared="h1"), "id of a node"),
        (Connect("w9", "x1", "o1", name=HALF), "half of a character"),
        (SetOptions("ghost", {}), "no node ghost"),
        (SetOptions("h1", {"magic": 1}), "no such option"),
        (SetOptions("h1", {"activation": "magic"}), "cannot be this"),
        (SetOptions("h1", {"bias_name": "h2"}), "id of a node"),
        (SetOptions("h1", {"bias_name": "common"}), "shares common"),
        (SetOptions("drop", {"p": NAN}), "cannot be this"),
        (Rename("ghost", ""), "no node ghost"),
        (Rename("h1", HALF), "half of a character"),
        (ShareWeight(("e1",), "s"), "no weight"),
        (ShareWeight(("ghost",), "s"), "no edge ghost"),
        (ShareWeight(("w1",), "x 1"), "cannot be an id"),
        (ShareWeight(("w1",), "h1"), "id of a node"),
        (Move({"ghost": (0.0, 0.0)}), "no node ghost"),
        (Move({"h1": (float("inf"), 0.0)}), "no place"),
        (SetParameter("ghost", np.ones(1)), "no such weight"),
        (SetParameter("w3", np.ones(1)), "wrong shape"),
        (SetParameter("w3", np.full((1, 1), NAN)), "not finite"),
        (replace(RUN, run=replace(RUN.run, training=np.array([NAN]))), "not finite"),
        (replace(RUN, run=replace(RUN.run, training=np.ones((1, 1)))), "wrong shape"),
        (replace(RUN, parameters={**RUN.parameters, "w3": np.full((1, 1), NAN)}), "not finite"),
        (replace(RUN, state=TrainingState("magic")), "no such optimizer"),
        (SetData(_data(Column("a", np.array([NAN])))), "not finite"),
        (SetData(_data(Column("a", np.ones(2)), Column("b", np.ones(3)))), "differ in length"),
        (SetData(_data(Column("a", np.ones(2)), Column("a", np.ones(2)))), "same name"),
        (SetData(_data(Column("a", np.ones(1), ("only",)))), "does not exist"),
        (SetData(replace(_data(Column("a", np.ones(1))), inputs={"x1": ("b",)})), "no such column"),
        (SetData(replace(_data(Column("a", np.ones(1))), inputs={"ghost": ("a",)})), "no such node"),
        (SetData(DataChoice(TableFile("a/b", 1, "0" * 64))), "name a table"),
        (SetSeed(-1), "out of range"),
        (SetSeed(2**64), "out of range"),
        (SetTitle("x" * 1001), "too long"),
        (AddNote(Note("note1", "", 0.0, 0.0)), "taken"),
        (AddNote(Note("h1", "", 0.0, 0.0)), "taken"),
        (AddNote(Note("n", "x" * 100_001, 0.0, 0.0)), "too long"),
        (AddNote(Note("n", "", NAN, 0.0)), "no place"),
        (ChangeNote(Note("n", "", 0.0, 0.0)), "nothing of this id"),
        (RemoveNote("n"), "nothing of this id"),
        (SetGroup(Group("g", "", ())), "each once"),
        (SetGroup(Group("g", "", ("h1", "h1"))), "each once"),
        (SetGroup(Group("g", "", ("ghost",))), "no such node"),
        (SetGroup(Group("h1", "", ("h1",))), "taken"),
        (RemoveGroup("g"), "nothing of this id"),
        (OpenExpression("ghost"), "no node ghost"),
        (OpenExpression("h1"), "Only an expression can be opened"),
        (Together((SetOptions("f", {"formula": "x2"}), OpenExpression("f"))), "x2 is not connected to f"),
        (SetOptions("f", {"formula": "2*"}), "not finished"),
    ],
)
def test_an_impossible_edit_says_why_and_changes_nothing(edit: Edit, what: str) -> None:
    before = encode(DOCUMENT)
    with pytest.raises(NnvizError) as caught:
        edit.apply(DOCUMENT)
    assert what in caught.value.what
    assert encode(DOCUMENT) == before


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (b'{"edit": "Explode"}', "x: edit"),
        (b'{"edit": "SetSeed"}', "x"),
        (b'{"edit": "SetSeed", "seed": "1"}', "x: seed"),
        (b'{"edit": "SetSeed", "seed": 1, "seed": 2}', "x, line 1, column 32"),
        (b'{"edit": "Move", "positions": {"h1": [1]}}', "x: positions.h1"),
        (b'{"edit": "Together", "edits": [{"edit": "Move", "positions": 5}]}', "x: edits[0].positions"),
    ],
)
def test_what_is_no_edit_is_refused(text: bytes, place: str) -> None:
    with pytest.raises(FormatError) as caught:
        edit_from_json(text, "x")
    assert caught.value.where == place


def test_settings_that_change_numbers_can_all_be_changed() -> None:
    changes: list[Callable[[Document], Document]] = [
        SetTraining(TrainingSettings(Adam(lr=0.5))).apply,
        SetConventions(PRESETS["pytorch"]).apply,
        SetSeed(12).apply,
    ]
    document = DOCUMENT
    for change in changes:
        after = change(document)
        assert after.parameters is document.parameters
        document = after
    assert document.training.optimizer == Adam(lr=0.5)
