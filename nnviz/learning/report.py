"""What a running training tells."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from nnviz.engine.arrays import Array
from nnviz.learning.settings import StopReason
from nnviz.numbers import value_text
from nnviz.words import tr


class Report(msgspec.Struct, frozen=True, eq=False):
    """One line of a running training: plain values that may be handed to another thread.

    Attributes
    ----------
    step : updates since the weights were set.
    epoch : the epoch it speaks of, counted as ``step`` is, from 1.
    epochs : the number of the run's last epoch, if nothing stops it before.
    progress : the share of the run that is done, 0 to 1.
    finished : whether the epoch is at its end.
    loss : the training loss: the running mean of J over the epoch's updates, weighted by rows (with a J that sums over
        examples: their sum, scaled to all training rows), dropout on, penalty left out. None before the epoch's first
        update.
    validation : J over the validation rows in evaluation mode; None but at an epoch's end, and without such rows.
    metrics : ``accuracy`` over the validation rows for each cross-entropy; empty where ``validation`` is None, and in
        the fast executor's reports except some ten a second and the last of a run that nobody stopped.
    penalty : what the present weights cost beside the data, λ₁ Σ |w| + λ₂ Σ w².
    rate : the learning rate in force.
    stopped : why the run has ended, in its last report; None before.
    curve : (epochs, 3) number, training loss and validation loss (NaN without one) of every epoch that ended since the
        report before.
    snapshot : all parameters as they are now, a copy in the plan's flat order; None unless asked for.
    """

    step: int
    epoch: int
    epochs: int
    progress: float
    finished: bool
    loss: float | None
    validation: float | None
    metrics: dict[str, float]
    penalty: float
    rate: float
    curve: NDArray[np.float64]
    stopped: StopReason | None = None
    snapshot: Array | None = None

    def __repr__(self) -> str:
        told = [tr("epoch {n:,} of {all:,}", n=self.epoch, all=self.epochs)]
        told.append(tr("J = {loss}", loss=value_text(self.loss)))
        if self.validation is not None:
            told.append(tr("validation {loss}", loss=value_text(self.validation)))
        told += [f"{name} {value:.4g}" for name, value in self.metrics.items()]
        return f"<Report {', '.join([*told, self.stopped] if self.stopped else told)}>"
