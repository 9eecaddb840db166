"""Every row of every table, in a document: computed, told, saved and opened, and trained on from the file bit for bit.

Gradients of operations against central differences stand in ``tests/engine/test_conformance.py``, their formulas in
``tests/lowering/test_written.py``, kinds of nodes in ``tests/lowering/test_kinds.py``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nnviz.conventions import PRESETS
from nnviz.document.document import Document, same
from nnviz.document.edits import Initialise
from nnviz.document.files import open_document, save_document
from nnviz.engine.initialisers import DRAWINGS, Normal
from nnviz.engine.optimizers import Choice
from nnviz.engine.registry import OPERATIONS
from nnviz.learning.clipping import ClipNorm, ClipValue
from nnviz.learning.schedules import SCHEDULES, WarmUp
from nnviz.learning.settings import EarlyStopping, TrainingSettings
from nnviz.lowering.kinds import KINDS
from nnviz.session.computing import Focus
from nnviz.session.training import train
from nnviz.session.walkthrough import walkthrough
from tests.engine.test_optimizers import VARIANTS
from tests.lowering.drawings import circuit, example_of
from tests.networks import mazur, mixed

SETTINGS: dict[str, TrainingSettings] = {
    **{repr(rule): TrainingSettings(rule) for rule in VARIANTS},
    **{repr(schedule()): TrainingSettings(schedule=schedule()) for schedule in SCHEDULES},
    **{repr(clip): TrainingSettings(clip=clip) for clip in (ClipValue(0.01), ClipNorm(0.01))},
    **{repr(drawing()): TrainingSettings(initialiser=drawing()) for drawing in DRAWINGS if drawing is not Normal},
    "warm-up": TrainingSettings(warm_up=WarmUp(2)),
    "elastic net": TrainingSettings(l1=0.01, l2=0.02),
    "sub-gradient": TrainingSettings(l1=0.01, l1_proximal=False),
    "max-norm": TrainingSettings(max_norm=0.3),
}


def through_a_file(document: Document, folder: Path) -> Document:
    save_document(document, folder / "one.nnviz")
    opened = open_document(folder / "one.nnviz")
    assert same(opened, document)
    return opened


def bits(document: Document) -> dict[str, bytes]:
    return {key: array.tobytes() for key, array in document.parameters.items()}


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_are_saved_told_and_go_on_from_a_file_as_if_never_saved(name: str, tmp_path: Path) -> None:
    settings = SETTINGS[name]
    begun = mixed().with_(training=settings)
    if settings.initialiser:
        begun = Initialise().apply(begun)
    halfway = train(begun, epochs=2).document
    opened = through_a_file(halfway, tmp_path)
    assert bits(train(opened, epochs=2).document) == bits(train(halfway, epochs=2).document) != bits(halfway)
    lines = [line for step in walkthrough(opened).steps if step.phase == "update" for line in step.formulas]
    assert lines
    for line in lines:
        np.testing.assert_allclose(line.evaluate(), line.value, rtol=1e-12, atol=1e-15, err_msg=line.symbols())


@pytest.mark.parametrize("preset", PRESETS)
def test_conventions_are_saved(preset: str, tmp_path: Path) -> None:
    assert through_a_file(mixed(PRESETS[preset]), tmp_path).conventions == PRESETS[preset]


def test_every_operation_with_a_rule_stands_in_a_document_that_is_saved_and_told() -> None:
    """What kinds of nodes are proven to do, in ``tests/lowering/test_kinds.py``, is then proven of every operation."""
    meeting = circuit({"x": 2.0}, ("many", "constant", (), {"units": 3}), ("y", "multiply", ("x", "many")))
    plans = [example_of(kind).plan for kind in KINDS] + [mixed().plan, meeting.plan]
    used = {instruction.operation for plan in plans for instruction in plan.forward}
    assert {name for name, row in OPERATIONS.items() if row.rule} <= used


@pytest.mark.parametrize("kind", KINDS)
def test_every_step_is_told_in_words_and_in_a_formula(kind: str) -> None:
    for step in walkthrough(example_of(kind), Focus("all")).steps:
        assert step.title
        assert step.explanation
        assert step.formulas or "step" in (kind, step.node), step.title


def test_every_choice_is_told_in_words() -> None:
    choices: list[Choice] = [
        *VARIANTS,
        *(each() for each in (*SCHEDULES, *DRAWINGS, WarmUp)),
        *(ClipValue(), ClipNorm()),
    ]
    for each in choices:
        assert each.row.name, each
        assert each.row.words, each
        assert all(setting.words for setting in each.row.settings), each


def test_early_stopping_is_saved(tmp_path: Path) -> None:
    early = EarlyStopping(patience=3, min_delta=1e-4, restore_best=False)
    document = mazur().with_(training=TrainingSettings(early_stopping=early))
    assert through_a_file(document, tmp_path).training.early_stopping == early
