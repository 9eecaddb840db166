"""Trains a document: its own data, split and settings, one run, one new document."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from math import inf
from time import perf_counter
from typing import Any, Literal

import msgspec

from nnviz.document.document import Document
from nnviz.document.edits import ApplyRun
from nnviz.engine.workspace import flat_statistics, flatten
from nnviz.errors import DataError, DivergedError
from nnviz.hints import NO_TABLE
from nnviz.learning.evaluation import evaluate
from nnviz.learning.examples import check_examples
from nnviz.learning.executors import training_by
from nnviz.learning.fit import Training
from nnviz.learning.report import Report
from nnviz.learning.settings import Run, with_settings
from nnviz.lowering.lower import require_loss, require_slope
from nnviz.session.computing import checked_examples, dropout_chances, needs_no_data, parts_of
from nnviz.words import tr

ONE_PRESS = 1.0
"""Seconds within which an interrupt that comes again is the same press of Ctrl+C, passed on by what started us."""


@dataclass(frozen=True, eq=False)
class TrainingResult:
    """What a run leaves: the document with new weights, state and record; and what was not finite, if it diverged.

    ``interrupted`` tells whether Ctrl+C was pressed, so that a loop over several runs can end too.
    """

    document: Document
    run: Run
    reports: tuple[Report, ...]
    error: DivergedError | None
    interrupted: bool = False

    def __repr__(self) -> str:
        diverged = f"\n  {self.error}" if self.error else ""
        return f"<TrainingResult: {self.run!r}\n  {self.document!r}{diverged}>"

    @cached_property
    def metrics(self) -> dict[str, float]:
        """``accuracy`` of the validation rows for each cross-entropy, by the weights of ``document``, however it ended.

        Empty without validation rows.
        """
        document, rows = self.document, parts_of(self.document).validation
        if not len(rows):
            return {}
        known = (
            flatten(document.plan, document.parameters),
            flat_statistics(document.plan, document.state.statistics),
        )
        return evaluate(document.plan, checked_examples(document).take(rows), *known).metrics


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
    require_loss(document.plan)
    require_slope(document.plan)
    if document.data is None and not needs_no_data(document):
        raise DataError(tr("The document has no data"), hint=NO_TABLE)
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


@contextmanager
def stopping_on_interrupt(training: Training) -> Iterator[list[float]]:
    """Within, Ctrl+C asks the run to stop after its current update; pressed once more it breaks it, as everywhere.

    Gives the moments at which it came. Where Ctrl+C means something else already, or belongs to another thread, that
    stays so.
    """
    came: list[float] = []

    def stop(number: int, frame: object) -> None:
        if came and perf_counter() - came[0] > ONE_PRESS:
            raise KeyboardInterrupt
        came.append(perf_counter())
        training.stop()

    ours = threading.current_thread() is threading.main_thread()
    if not ours or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield came
        return
    signal.signal(signal.SIGINT, stop)
    try:
        yield came
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def train(
    document: Document, *, report: Callable[[Report], object] = lambda report: None, **settings: Any
) -> TrainingResult:
    """Train a document and give the new one; the given one stays as it was.

    A run can be ended before its last epoch, and what was trained is kept: ``report`` raises ``StopIteration``, as the
    callbacks of scipy do, or Ctrl+C is pressed (in a notebook: *interrupt*). The run then stops after its current
    update, ``run.stopped`` of the result is ``"stopped"``, its document has the last weights and can be trained on.
    Ctrl+C before the first update, when there is nothing to keep, raises ``KeyboardInterrupt`` as everywhere; so it
    does if it is pressed again.

    >>> from nnviz.session.examples import example
    >>> def enough(report):
    ...     if report.loss < 0.2:
    ...         raise StopIteration
    >>> result = train(example("mazur"), report=enough, executor="clear")
    >>> result.run.stopped, len(result.run.training), round(float(result.run.training[-1]), 3)
    ('stopped', 14, 0.198)

    Parameters
    ----------
    document : with data and a loss.
    report : called with each report but that of a stop; in its ``curve`` every epoch that ended since the last one has
        a row. The clear executor reports every epoch, the fast one every few milliseconds: hundreds of epochs of a
        small network. To stop at the very epoch, train with ``executor="clear"``.
    settings : fields of :class:`~nnviz.learning.settings.TrainingSettings` that differ from the document's own, for
        example ``optimizer=nnviz.Adam(lr=0.01), epochs=200, early_stopping=nnviz.EarlyStopping(patience=10)``.

    Raises
    ------
    GraphError, ShapeError, DataError, ConfigError
        What keeps it from beginning. A run that diverges raises nothing: ``error`` of the result tells, and the
        document holds the last finite weights.
    """
    wanted = document.with_(training=with_settings(document.training, settings))
    training = training_of(wanted)
    reports, broken = [], False
    with stopping_on_interrupt(training) as came:
        for each in training:
            reports.append(each)
            if each.stopped == "stopped":  # of an epoch that has hardly begun there may be nothing to tell
                break
            try:
                report(each)
            except (StopIteration, KeyboardInterrupt) as end:  # between two reports all stands at a whole update
                training.stop()
                broken |= isinstance(end, KeyboardInterrupt)
    told = tuple(reports)
    return TrainingResult(trained(wanted, training), training.record(), told, training.error, broken or bool(came))
