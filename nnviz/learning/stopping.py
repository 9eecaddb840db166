"""Early stopping as a value: what is known after each epoch, and whether to stop."""

from __future__ import annotations

from math import inf, isnan

import msgspec

from nnviz.learning.settings import EarlyStopping


class Watch(msgspec.Struct, frozen=True):
    """What early stopping knows after an epoch.

    Attributes
    ----------
    best : the lowest validation loss that counted as better; infinity before there was one.
    epoch : the epoch of it; 0 before there was one.
    wait : epochs since then.
    better : whether the last epoch was it, so that its weights are to be kept.
    over : whether the run is to stop.
    """

    best: float = inf
    epoch: int = 0
    wait: int = 0
    better: bool = False
    over: bool = False


def watched(watch: Watch, epoch: int, loss: float, settings: EarlyStopping | None) -> Watch:
    """What is known after one more epoch with this validation loss.

    As in Keras 3: an epoch is better iff loss + min_delta < best, strictly; every other one waits; the run is over when
    wait ≥ patience. Unlike there, a NaN stops at once. It is never best. Without settings nothing is ever over, and the
    best epoch is still known.

    >>> settings = EarlyStopping(patience=2)
    >>> watch = Watch()
    >>> for epoch, loss in enumerate((0.9, 0.5, 0.5, 0.6), start=1):
    ...     watch = watched(watch, epoch, loss, settings)
    >>> watch
    Watch(best=0.5, epoch=2, wait=2, better=False, over=True)
    """
    delta = settings.min_delta if settings else 0.0
    if loss + delta < watch.best:
        return Watch(loss, epoch, better=True)
    wait = watch.wait + 1
    over = settings is not None and (wait >= settings.patience or isnan(loss))
    return Watch(watch.best, watch.epoch, wait, over=over)
