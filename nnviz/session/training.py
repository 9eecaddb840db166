"""Trains a document: its own data, split and settings, one run, one new document."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Any, Literal

import msgspec

from nnviz.document.document import Document
from nnviz.document.edits import ApplyRun
from nnviz.errors import DivergedError
from nnviz.learning.examples import check_examples
from nnviz.learning.executors import training_by
from nnviz.learning.fit import Training
from nnviz.learning.report import Report
from nnviz.learning.settings import Run
from nnviz.lowering.lower import require_slope
from nnviz.session.computing import checked_examples, dropout_chances, parts_of


@dataclass(frozen=True, eq=False)
class TrainingResult:
    """What a run leaves: the document with new weights, state and record; and what was not finite, if it diverged."""

    document: Document
    run: Run
    reports: tuple[Report, ...]
    error: DivergedError | None


def training_of(
    document: Document,
    *,
    slice_seconds: float = inf,
    snapshots: bool = False,
    executor: Literal["fast", "clear"] | None = None,
    going: Callable[[int, int], bool] = lambda done, total: True,
) -> Training:
    """A run of a document's settings on its training rows, watching its validation rows.

    ``executor`` is another than the settings ask for; ``going`` is that of
    :func:`~nnviz.learning.executors.training_by`.

    Raises
    ------
    GraphError, ShapeError, DataError, ConfigError
        What keeps it from beginning.
    """
    require_slope(document.plan)
    examples, parts = checked_examples(document), parts_of(document)
    check_examples(document.plan, examples)  # the whole table, whose rows a message then counts
    return training_by(
        document.plan,
        examples.take(parts.training),
        msgspec.structs.replace(document.training, executor=executor or document.training.executor),
        document.parameters,
        seed=document.seed,
        state=document.state,
        validation=examples.take(parts.validation) if len(parts.validation) else None,
        dropout=dropout_chances(document),
        slice_seconds=slice_seconds,
        snapshots=snapshots,
        going=going,
    )


def trained(document: Document, training: Training) -> Document:
    """The document with what a run left, as one act."""
    return ApplyRun(training.parameters, training.state, training.record()).apply(document)


def train(
    document: Document, *, report: Callable[[Report], None] = lambda report: None, **settings: Any
) -> TrainingResult:
    """Train a document and give the new one; the given one stays as it was.

    Parameters
    ----------
    document : with data and a loss.
    report : called with each report, in whose ``curve`` every epoch that ended since the last one has a row. The
        clear executor reports every epoch, the fast one every few milliseconds.
    settings : fields of :class:`~nnviz.learning.settings.TrainingSettings` that differ from the document's own, for
        example ``optimizer=nnviz.Adam(lr=0.01), epochs=200, early_stopping=nnviz.EarlyStopping(patience=10)``.

    Raises
    ------
    GraphError, ShapeError, DataError, ConfigError
        What keeps it from beginning. A run that diverges raises nothing: ``error`` of the result tells, and the
        document holds the last finite weights.
    """
    wanted = document.with_(training=msgspec.structs.replace(document.training, **settings))
    training = training_of(wanted)
    reports = []
    for each in training:
        reports.append(each)
        report(each)
    return TrainingResult(trained(wanted, training), training.record(), tuple(reports), training.error)
