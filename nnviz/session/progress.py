"""What is told of a training while it runs and when it has ended: its curves as a plot, its progress in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf, isfinite

import numpy as np
from numpy.typing import NDArray

from nnviz.document.document import Document
from nnviz.errors import NnvizError
from nnviz.learning.curves import Rows
from nnviz.learning.report import Report
from nnviz.learning.settings import EarlyStopping, Run
from nnviz.learning.stopping import Watch, watched
from nnviz.numbers import value_text
from nnviz.session.computing import parts_of
from nnviz.session.figures import Figures
from nnviz.session.plots import Curve, PlotSpec
from nnviz.session.thinning import NO_PARTS, Parts
from nnviz.words import tr

Numbers = NDArray[np.float64]

LOSS_DIGITS = 3


@dataclass(frozen=True)
class Pace:
    """How far a run has come.

    Attributes
    ----------
    done, total : updates of this run; ``total`` if nothing stops it before.
    share : done / total, 0 to 1.
    loss : the running training loss; None before the first update.
    seconds_left : an estimate; None before there is one.
    penalty : what the weights cost beside the loss.
    figures : J and accuracy of the validation rows, as they were told last.
    """

    done: int
    total: int
    share: float
    loss: float | None
    seconds_left: float | None
    penalty: float = 0.0
    figures: Figures = field(default_factory=Figures)

    @property
    def sentence(self) -> str:
        """All of it on one line.

        >>> Pace(6400, 10000, 0.64, 0.0000862, 2.2).sentence
        '6,400 of 10,000 updates · 2 s left · J = 0.0000862'
        """
        told = [tr("{done:,} of {total:,} updates", done=self.done, total=self.total)]
        if self.seconds_left is not None:
            told.append(tr("{time} left", time=time_text(self.seconds_left)))
        if self.loss is not None:
            told.append(f"J = {_few(self.loss)}")
        if self.penalty:
            told.append(tr("penalty {penalty}", penalty=_few(self.penalty)))
        if self.figures.validation is not None:
            told.append(tr("validation J = {loss}", loss=_few(self.figures.validation.loss)))
        told += self.figures.accuracy
        return " · ".join(told)


def updates_of(document: Document) -> int:
    """How many updates a run from ``document`` takes if nothing stops it before.

    Raises
    ------
    DataError
        If there is no data, or it cannot be split.
    """
    rows = len(parts_of(document).training)
    size = min(document.training.batch_size or rows, rows)
    begun = document.state.rows if 0 < document.state.rows < rows else 0
    return -(-rows // size) * document.training.epochs - -(-begun // size)


def pace(
    document: Document, total: int, report: Report, seconds_left: float | None, figures: Figures | None = None
) -> Pace:
    """How far the run that began with ``document`` has come by its newest report; ``total`` by :func:`updates_of`."""
    done = report.step - document.state.step
    return Pace(done, total, report.progress, report.loss, seconds_left, report.penalty, figures or Figures())


def time_text(seconds: float) -> str:
    """A time as one says it, ever coarser the longer it is.

    >>> time_text(0.4), time_text(59), time_text(80), time_text(4000)
    ('1 s', '59 s', '1 min 20 s', '1 h 7 min')
    """
    whole = max(1, round(seconds))
    if whole < 60:
        return tr("{s} s", s=whole)
    if whole < 3570:  # beyond, it rounds to an hour
        return tr("{m} min {s} s", m=whole // 60, s=whole % 60)
    minutes = round(whole / 60)
    return tr("{h} h {m} min", h=minutes // 60, m=minutes % 60)


def plan_sentence(document: Document) -> str:
    """What a run of ``document`` would do; empty where that cannot be told.

    >>> from nnviz.session.examples import example
    >>> plan_sentence(example("iris"))
    'Ready: 200 epochs of 8 updates'
    """
    try:
        rows = len(parts_of(document).training)
    except NnvizError:
        return ""
    each = -(-rows // min(document.training.batch_size or rows, rows)) if rows else 0
    if not each:
        return ""
    epochs = document.training.epochs
    told = tr("{n:,} epochs", n=epochs) if epochs != 1 else tr("1 epoch")
    updates = tr("{n:,} updates", n=each) if each != 1 else tr("1 update")
    return tr("Ready: {epochs} of {updates}", epochs=told, updates=updates)


def at_once(document: Document) -> bool:
    """Whether an epoch of ``document`` is one update, before which its loss is measured."""
    try:
        rows = len(parts_of(document).training)
    except NnvizError:
        return False
    return rows <= (document.training.batch_size or rows)


def moment(document: Document) -> str:
    """Of which weights the training loss of an epoch tells."""
    return tr("before its update") if at_once(document) else tr("running mean")


def kept_sentence(run: Run, epoch: int) -> str:
    """How a run ended, and whether it left its last weights or those of its best epoch.

    Parameters
    ----------
    epoch : how many epochs were done when it had ended.
    """
    after = run.first_epoch + len(run.training)
    within = tr("Stopped within epoch {n:,}", n=after + 1)
    told = {
        "finished": tr("Finished after epoch {n:,}", n=after),
        "early": tr("Stopped early after epoch {n:,}: validation got no better", n=after),
        "stopped": tr("Stopped after epoch {n:,}", n=after) if len(run.training) else within,
        "diverged": tr("Diverged after epoch {n:,}", n=after) if len(run.training) else within,
    }[run.stopped]
    best = tr("best weights (epoch {n:,}) kept", n=run.best_epoch)
    return f"{told} · {best if _put_back(run, epoch) else tr('last weights kept')}"


def ended_sentence(run: Run, epoch: int, figures: Figures | None = None, *, before_update: bool = False) -> str:
    """How a run ended, and what it left: for the place where its progress stood.

    Parameters
    ----------
    epoch : how many epochs were done when it had ended.
    figures : J and accuracy by the weights that it left, as far as they are known.
    before_update : whether the last loss that it told is J before its last update.
    """
    told = kept_sentence(run, epoch)
    if not len(run.training):
        return told
    left = figures or Figures()
    losses = _best_left(run, left) if _put_back(run, epoch) else _last_left(run, left, before_update)
    return " · ".join([told, *losses, *left.accuracy])


def _best_left(run: Run, left: Figures) -> Iterator[str]:
    """J and validation loss by the weights of the best epoch."""
    if left.training is not None:
        yield f"J = {_few(left.training.loss)}"
    yield tr("validation J = {loss}", loss=_best_loss(run))


def _last_left(run: Run, left: Figures, before_update: bool) -> Iterator[str]:
    """J by the last weights of a run, the validation loss, and that of the best epoch."""
    told = _few(float(run.training[-1]))
    if left.training is None:
        yield f"J = {told}"
    elif before_update:
        yield tr("J {before} before its update → {after}", before=told, after=_few(left.training.loss))
    else:
        yield f"J = {_few(left.training.loss)}"
    if len(run.validation):
        yield tr("validation J = {loss}", loss=_few(float(run.validation[-1])))
        if run.best_epoch and run.best_epoch != run.first_epoch + len(run.validation):
            yield tr("best {loss} in epoch {n:,}", loss=_best_loss(run), n=run.best_epoch)


def _best_loss(run: Run) -> str:
    return _few(float(run.validation[run.best_epoch - run.first_epoch - 1]))


def _few(loss: float) -> str:
    return value_text(loss, LOSS_DIGITS)


def _put_back(run: Run, epoch: int) -> bool:
    """Whether the best weights were put back: where it diverged, only by the validation loss at the end of an epoch."""
    early = run.settings.early_stopping
    judged = run.stopped == "diverged" and epoch > run.first_epoch + len(run.training)
    return bool(early and early.restore_best and run.best_epoch and (judged or run.stopped in ("early", "finished")))


# curves


class Curves:
    """The curves of a run while they grow, and their best epoch, found without looking at any epoch twice.

    Parameters
    ----------
    before : (epochs, 3) what earlier runs left that this one goes on from.
    early : what makes an epoch better.
    """

    def __init__(self, before: Numbers, early: EarlyStopping | None = None) -> None:
        self._early = early
        self._watch = Watch()
        self._least = inf
        self._seen = 0
        self._whole = Rows(3) if len(before) else None
        self._parts = (NO_PARTS, NO_PARTS)
        self._judged = False
        if self._whole is not None:
            self._whole.add(before)
            self._look(before, before)

    def plot(self, live: Numbers) -> PlotSpec | None:
        """The plot of what was before and of ``live``, (epochs, 3); None while there is no epoch.

        ``live`` only ever grows.
        """
        new, self._seen = live[self._seen :], len(live)
        for epoch, _, validation in new[_records(new[:, 2], self._least)]:
            self._watch = watched(self._watch, int(epoch), float(validation), self._early)
            self._least = float(validation)
        rows = live
        if self._whole is not None:
            self._whole.add(new)
            rows = self._whole.all
        self._look(rows, new)
        return _spec(rows, self._watch.epoch, self._parts, judged=self._judged)

    def _look(self, rows: Numbers, new: Numbers) -> None:
        self._judged = self._judged or bool(np.isfinite(new[:, 2]).any())
        _, training, validation = rows.T
        self._parts = (self._parts[0].grown(training), self._parts[1].grown(validation))


def _records(losses: Numbers, least: float) -> NDArray[np.intp]:
    """The places of those below ``least`` and all before them: no other epoch can be a better one."""
    before = np.fmin.accumulate(np.concatenate([[least], losses]))[:-1]
    return np.flatnonzero(losses < before)


def curves_of(runs: tuple[Run, ...]) -> tuple[Numbers, int]:
    """The curves of the last run and of those it went on from, (epochs, 3), and the best epoch; 0 without one.

    Columns: epoch, training loss, validation loss (NaN without one). Updates made one by one are runs of one epoch
    each, so a curve of the last run alone would be a single point.
    """
    chain = _chain(runs)
    rows = np.concatenate([_rows(run) for run in chain]) if chain else np.zeros((0, 3))
    if sum(len(run.training) > 0 for run in chain) == 1:
        return rows, max(run.best_epoch for run in chain)
    validation = np.where(np.isnan(rows[:, 2]), inf, rows[:, 2])
    best = int(np.argmin(validation)) if len(rows) else 0
    return rows, int(rows[best, 0]) if len(rows) and isfinite(validation[best]) else 0


def _chain(runs: tuple[Run, ...]) -> list[Run]:
    """The last run and, before it, those whose last epoch is the one before its first."""
    chain: list[Run] = []
    for run in reversed(runs):
        if chain and (chain[0].first_epoch == 0 or run.first_epoch + len(run.training) != chain[0].first_epoch):
            break
        chain.insert(0, run)
    return chain


def _rows(run: Run) -> Numbers:
    count = len(run.training)
    validation = run.validation if len(run.validation) == count else np.full(count, np.nan)
    return np.column_stack([np.arange(1, count + 1) + run.first_epoch, run.training, validation])


def curves_plot(rows: Numbers, best: int = 0) -> PlotSpec | None:
    """A loss plot of (epochs, 3) rows with the best epoch marked; None if there are none."""
    return _spec(rows, best, (None, None), judged=bool(np.isfinite(rows[:, 2]).any()))


def _spec(rows: Numbers, best: int, parts: tuple[Parts | None, Parts | None], *, judged: bool) -> PlotSpec | None:
    if not len(rows):
        return None
    epochs, training, validation = rows.T
    curves = [Curve(tr("training"), "training", epochs, training, parts[0])]
    if judged:
        curves.append(Curve(tr("validation"), "validation", epochs, validation, parts[1]))
    marks = ((float(best), tr("best epoch {n}", n=best)),) if best else ()
    return PlotSpec(tr("Loss during training"), tr("epoch"), tr("loss J"), tuple(curves), marks)


def plot_of(document: Document) -> PlotSpec | None:
    """The loss plot of what the document was trained last; None if it never was."""
    return curves_plot(*curves_of(document.runs))
