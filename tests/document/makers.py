"""Random documents and edits for the tests of documents."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import numpy as np
from hypothesis import strategies as st
from msgspec.structs import replace

from nnviz.conventions import PRESETS
from nnviz.data.choice import DataChoice, Split, TableFile
from nnviz.data.table import Column, Table
from nnviz.document.build import new
from nnviz.document.document import Document, Group, Note, wanted
from nnviz.document.edits import (
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
    free,
    new_edge,
    new_node,
)
from nnviz.engine.initialisers import DRAWINGS
from nnviz.engine.optimizers import RULES, SGD, Adam
from nnviz.errors import NnvizError
from nnviz.graph import Node
from nnviz.learning.clipping import ClipNorm, ClipValue
from nnviz.learning.schedules import SCHEDULES, WarmUp
from nnviz.learning.settings import EarlyStopping, Run, TrainingSettings, TrainingState
from nnviz.lowering import KINDS
from nnviz.lowering.normalising import VARIANCE, statistic_shapes

HOSTILE = (
    "",
    "ŷ₁",
    "<img src=x onerror=alert(1)>",
    "__import__('os').system('true')",
    '"quoted" \\ and \\u0041',
    "line\nbreak\ttab\r\0null",
    "\u202eright to left",
    "\ud7ff\ue000\uffff",
    "\U0001f9e0 brain",
    "{format} %s ${shell} `tick`",
    "NaN 1e999 [[[[ {{{{",
    "'; DROP TABLE nodes; --",
    "x" * 1000,
    "\u2028\u2029\x7f\x85",
)
NUMBERS = (0.0, -0.0, 5e-324, -2.2250738585072014e-308, 1e308, -1.7976931348623157e308, 0.1, 1 / 3, 1e16, 123456.789)


def refusal(act: Callable[..., object], *arguments: object) -> NnvizError | None:
    """The error of ours with which an act refuses; None if it does not."""
    try:
        act(*arguments)
    except NnvizError as error:
        return error
    return None


def number(random: Random) -> float:
    return random.choice(NUMBERS) if random.random() < 0.3 else random.gauss(0, 1)


def numbers(random: Random, *shape: int) -> np.ndarray:
    return np.array([number(random) for _ in range(int(np.prod(shape)))]).reshape(shape)


def text(random: Random) -> str:
    return random.choice(HOSTILE)


def random_table(random: Random) -> Table:
    rows = random.choice([0, 1, 3, 70])
    classes = tuple(dict.fromkeys(text(random) for _ in range(3)))
    codes = np.array([float(random.randrange(len(classes))) for _ in range(rows)])
    return Table(
        name=text(random),
        columns=(
            Column("a", numbers(random, rows)),
            Column("b ŷ", numbers(random, rows)),
            Column("class", codes, classes),
        ),
        source=text(random),
    )


def random_data(random: Random, document: Document) -> DataChoice:
    inputs = [node.id for node in document.graph.nodes if node.kind == "input"]
    losses = [node.id for node in document.graph.nodes if KINDS[node.kind].family == "loss"]
    table: Table | TableFile = random_table(random)
    if random.random() < 0.2:
        table = TableFile("iris ŷ.nntable", random.randrange(2**40), f"{random.getrandbits(256):064x}")
    return DataChoice(
        table=table,
        inputs={node: ("a", "b ŷ") for node in inputs if random.random() < 0.7},
        targets={node: ("class",) for node in losses if random.random() < 0.7},
        split=random.choice([Split(), Split("random", 0.3, 0.1), Split("stratified", by="class")]),
    )


def random_run(random: Random, document: Document) -> ApplyRun:
    specs = wanted(document.graph)
    parameters = {spec.key: numbers(random, *spec.shape) for spec in specs}
    rule, slots = random.choice([("", ()), ("sgd", ("velocity",)), ("sgd", ()), ("adam", ("m", "v"))])
    memory = {slot: {spec.key: numbers(random, *spec.shape) for spec in specs if spec.trained} for slot in slots}
    epochs = random.choice([1, 100])
    run = Run(
        settings=document.training,
        seed=document.seed,
        executor="clear",
        dtype="float64",
        threads=1,
        training=numbers(random, epochs),
        validation=numbers(random, random.choice([0, epochs])),
        best_epoch=random.randrange(epochs + 1),
        stopped=random.choice(["finished", "early", "stopped"]),
    )
    state = TrainingState(rule, memory, random.randrange(10**6), 10**6, epochs, 3, number(random))
    return ApplyRun(parameters, replace(state, statistics=random_statistics(random, document)), run)


def random_statistics(random: Random, document: Document) -> dict[str, np.ndarray]:
    """Running statistics that a document may have; a variance is not below 0."""
    drawn = {key: numbers(random, *shape) for key, shape in statistic_shapes(document.graph).items()}
    return {key: np.abs(array) if key.endswith(VARIANCE) else array for key, array in drawn.items()}


def random_training(random: Random) -> TrainingSettings:
    return TrainingSettings(
        optimizer=random.choice([SGD(0.5), SGD(0.1, 0.9), Adam(lr=1e-300), *(rule() for rule in RULES.values())]),
        epochs=random.randrange(1, 10**6),
        batch_size=random.randrange(100),
        shuffle=random.random() < 0.5,
        l2=random.choice([0.0, 1e-3]),
        early_stopping=random.choice([None, EarlyStopping(), EarlyStopping(3, 0.1, False)]),
        sigma=random.choice([0.0, 0.5]),
        l1=random.choice([0.0, 1e-3]),
        l1_proximal=random.random() < 0.5,
        max_norm=random.choice([0.0, 3.0]),
        clip=random.choice([None, ClipValue(0.5), ClipNorm()]),
        schedule=random.choice([schedule() for schedule in SCHEDULES]),
        warm_up=random.choice([None, WarmUp(3)]),
        initialiser=random.choice([None, *(drawing() for drawing in DRAWINGS[1:])]),
    )


def _some_node(random: Random, document: Document) -> str:
    return random.choice([node.id for node in document.graph.nodes] or ["nobody"])


def _some_edge(random: Random, document: Document) -> str:
    return random.choice([edge.id for edge in document.graph.edges] or ["nothing"])


def _some_part(random: Random, document: Document) -> str:
    return random.choice([_some_node(random, document), _some_edge(random, document)])


def _place(random: Random) -> tuple[float, float]:
    return round(random.uniform(-1e3, 1e3), 1), random.choice([0.0, -0.0, 5e-324, 1e9, 40.0])


def _add_node(random: Random, document: Document) -> Edit:
    kind = random.choice(list(KINDS))
    options = {"units": random.randint(1, 9)} if kind in ("input", "dense") else {}
    return new_node(document, kind, random.choice([None, _place(random)]), text(random), **options)


def _connect(random: Random, document: Document) -> Edit:
    return new_edge(document, _some_node(random, document), _some_node(random, document), text(random))


def _options(random: Random, document: Document) -> Edit:
    choices: list[dict[str, bool | int | float | str]] = [
        {"units": random.randint(1, 9)},
        {"activation": random.choice(["tanh", "relu"])},
        {"bias": random.choice(["none", "fixed", "trained"])},
        {"bias_name": random.choice(["", "shared_b"])},
        {"p": 0},
        {"affine": random.choice(["none", "fixed", "trained"])},
        {"weight": 2.5},
    ]
    if random.random() < 0.3:
        return _formula(random, document)
    return SetOptions(_some_node(random, document), random.choice(choices))


def _formula(random: Random, document: Document) -> Edit:
    """A formula of all that is connected, by ids or labels; of nothing, one that names nobody."""
    graph = document.graph
    node = random.choice([node.id for node in graph.nodes if node.kind == "expression"] or ["nobody"])
    sources = [graph.node(edge.source) for edge in graph.into(node)]
    words = [random.choice([source.id, source.label]) for source in sources]
    return SetOptions(node, {"formula": random.choice(["", "2*x1", "σ(1) + " + "*".join(words)])})


def _share(random: Random, document: Document) -> Edit:
    edges = tuple({_some_edge(random, document) for _ in range(2)})
    return ShareWeight(edges, random.choice(["", "common", _some_edge(random, document)]))


def _parameter(random: Random, document: Document) -> Edit:
    key = random.choice([*document.parameters] or ["none"])
    shape = document.parameters[key].shape if key in document.parameters else (1,)
    return SetParameter(key, numbers(random, *shape))


def _group(random: Random, document: Document) -> Edit:
    name = random.choice([group.id for group in document.groups] + [free(document, "group")])
    return SetGroup(Group(name, text(random), tuple({_some_node(random, document) for _ in range(3)})))


def _note(random: Random, document: Document, taken: bool) -> Note:
    name = random.choice([note.id for note in document.notes] or ["no_note"]) if taken else free(document, "note")
    return Note(name, text(random), *_place(random))


def _together(random: Random, document: Document) -> Edit:
    edits: list[Edit] = []
    for _ in range(3):
        edit = random_edit(random, document)
        edits.append(edit)
        document = edit.apply(document)
    return Together(tuple(edits), text(random))


MAKERS: dict[type, Callable[[Random, Document], Edit]] = {
    AddNode: _add_node,
    Connect: _connect,
    RemoveParts: lambda random, document: RemoveParts((_some_part(random, document),)),
    SetOptions: _options,
    OpenExpression: lambda random, document: OpenExpression(
        random.choice([node.id for node in document.graph.nodes if node.kind == "expression"] or ["nobody"])
    ),
    Rename: lambda random, document: Rename(_some_part(random, document), text(random)),
    ShareWeight: _share,
    Move: lambda random, document: Move({_some_node(random, document): _place(random)}),
    SetParameter: _parameter,
    Initialise: lambda random, document: Initialise(),
    ApplyRun: random_run,
    ForgetTraining: lambda random, document: ForgetTraining(),
    SetData: lambda random, document: SetData(random.choice([None, random_data(random, document)])),
    SetTraining: lambda random, document: SetTraining(random_training(random)),
    SetConventions: lambda random, document: SetConventions(random.choice([*PRESETS.values()])),
    SetStatistics: lambda random, document: SetStatistics(random_statistics(random, document)),
    SetSeed: lambda random, document: SetSeed(random.choice([0, 1, 2**64 - 1])),
    SetTitle: lambda random, document: SetTitle(text(random)),
    AddNote: lambda random, document: AddNote(_note(random, document, taken=False)),
    ChangeNote: lambda random, document: ChangeNote(_note(random, document, taken=True)),
    RemoveNote: lambda random, document: RemoveNote(_note(random, document, taken=True).id),
    SetGroup: _group,
    RemoveGroup: lambda random, document: RemoveGroup(random.choice([g.id for g in document.groups] or ["no_group"])),
    Together: _together,
}
"""For every edit, a maker of a random one; some are not possible for the document at hand."""

WEIGHTS = [6 if kind in (AddNode, Connect) else 1 for kind in MAKERS]


def random_edit(random: Random, document: Document) -> Edit:
    """An edit that is possible; it may change nothing."""
    while True:
        kind = random.choices(list(MAKERS), WEIGHTS)[0]
        try:
            edit = MAKERS[kind](random, document)
            edit.apply(document)
        except NnvizError:
            continue
        return edit


def random_document(random: Random, acts: int = 30) -> Document:
    """A document that random acts have led to."""
    document = new(random.choice(["2-2-1", "1-1", "3-2-2", "20-4-2"]), bias=random.choice(["none", "fixed", "trained"]))
    for _ in range(acts):
        document = random_edit(random, document).apply(document)
    return document


def documents(acts: int = 30) -> st.SearchStrategy[Document]:
    return st.builds(lambda seed: random_document(Random(seed), acts), st.integers(0, 2**32))


def a_document() -> Document:
    """One document with something in every field."""
    random = Random(4)
    document = new("2-2-1", weights=[[[0.1, 0.2], [0.3, 0.4]], [[0.5], [0.6]]], title="Everything")
    edits: list[Edit] = [
        Move({"x1": (0.0, 10.0), "h1": (-0.0, 5e-324)}),
        AddNote(Note("note1", "a\nnote", 1.0, 2.0)),
        SetGroup(Group("group1", "hidden", ("h1", "h2"))),
        ShareWeight(("w1", "w2"), "common"),
        AddNode(Node("drop", "dropout", options={"p": 0.25})),
        AddNode(Node("norm", "batch_norm")),
        Connect("e5", "h2", "norm"),
        AddNode(Node("f", "expression", options={"formula": "2*x1 + σ(x1)"})),
        Connect("read", "x1", "f"),
        SetData(
            DataChoice(
                Table("t", (Column("a", numbers(random, 4)), Column("c", np.array([0.0, 1, 1, 0]), ("no", "yes")))),
                inputs={"x1": ("a",)},
                targets={"loss": ("c",)},
                split=Split("stratified"),
            )
        ),
        SetTraining(TrainingSettings(Adam(), early_stopping=EarlyStopping())),
        SetConventions(PRESETS["worked example"]),
        SetSeed(7),
    ]
    for edit in edits:
        document = edit.apply(document)
    return random_run(Random(10), document).apply(document)
