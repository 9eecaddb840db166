"""Schedules: the learning rate as a function of the epoch, as in ``torch.optim.lr_scheduler``.

A rate changes between epochs, never within one. Epochs count from the first since the weights were set, so that a run
that goes on has the rates of one that was never interrupted. Only the plateau needs to remember anything: a
:class:`Plateaued`, which stands in the training state.
"""

from __future__ import annotations

from math import cos, pi
from typing import ClassVar

import msgspec

from nnviz.engine.optimizers.row import COUNT, FROM_ZERO, SHARE, Choice, Row, Setting, in_range
from nnviz.expressions import Allowed
from nnviz.words import tr

LEAST = 1e-8
"""A plateau changes the rate only if it falls by more than this (PyTorch's ``eps``)."""

EPOCHS = Allowed(low=0.0, high=1e9, whole=True)
UP_TO_ONE = Allowed(low=0.0, high=1.0, low_open=True)
FACTOR = Setting("factor", "γ", tr("what the rate is multiplied by"), UP_TO_ONE, tr("factor γ"))
LOWEST = Setting("lowest", "", tr("the lowest rate"), FROM_ZERO, tr("lowest"))


class Plateaued(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a plateau has seen: the best loss, epochs since it, epochs of rest left, the share of η in force."""

    best: float | None = None
    waited: int = 0
    rest: int = 0
    share: float = 1.0

    def __post_init__(self) -> None:
        in_range("waited", self.waited, 0, float("inf"))
        in_range("rest", self.rest, 0, float("inf"))
        in_range("share", self.share, 0.0, 1.0 + 1e-9)


class _Schedule(Choice, frozen=True, tag_field="schedule"):
    """A schedule; the rate of an epoch, counted from 0, may not depend on anything else."""

    def rate(self, lr: float, epoch: int, seen: Plateaued) -> float:
        """The rate in force during an epoch, where η is ``lr``."""
        raise NotImplementedError

    def saw(self, seen: Plateaued, lr: float, loss: float) -> Plateaued:
        """What is known after an epoch with this loss."""
        return seen


class Constant(_Schedule, frozen=True, tag="constant"):
    """Always η."""

    row: ClassVar[Row] = Row(name=tr("constant"), words=tr("Always η"))

    def rate(self, lr: float, epoch: int, seen: Plateaued) -> float:
        """η."""
        return lr


class Steps(_Schedule, frozen=True, tag="step"):
    """η γ^⌊e / n⌋ (``StepLR``)."""

    every: int = 30
    factor: float = 0.1

    row: ClassVar[Row] = Row(
        name=tr("step"),
        words=tr("Every n epochs the rate is multiplied by γ"),
        settings=(
            Setting("every", "n", tr("epochs between two steps"), COUNT, tr("every n")),
            FACTOR,
        ),
        convention=tr("η·γ^⌊e∕n⌋ in epoch e, counted from 0, as PyTorch's StepLR"),
    )

    def rate(self, lr: float, epoch: int, seen: Plateaued) -> float:
        """η γ^⌊e / n⌋."""
        return lr * self.factor ** (epoch // self.every)


class Exponential(_Schedule, frozen=True, tag="exponential"):
    """η γ^e (``ExponentialLR``)."""

    factor: float = 0.95

    row: ClassVar[Row] = Row(
        name=tr("exponential"),
        words=tr("Each epoch the rate is multiplied by γ"),
        settings=(FACTOR,),
        convention=tr("η·γᵉ, as PyTorch's ExponentialLR"),
    )

    def rate(self, lr: float, epoch: int, seen: Plateaued) -> float:
        """η γ^e."""
        return lr * self.factor**epoch


class Cosine(_Schedule, frozen=True, tag="cosine"):
    """From η down to the lowest rate along half a cosine of n epochs (``CosineAnnealingLR``); then up again."""

    epochs: int = 100
    lowest: float = 0.0

    row: ClassVar[Row] = Row(
        name=tr("cosine"),
        words=tr("Down along half a cosine of n epochs, then up again"),
        settings=(
            Setting("epochs", "n", tr("epochs from the highest rate to the lowest"), COUNT, tr("length n")),
            LOWEST,
        ),
        convention=tr("low + (η − low)·(1 + cos(π·e∕n))∕2, as PyTorch's CosineAnnealingLR, which rises again too"),
    )

    def rate(self, lr: float, epoch: int, seen: Plateaued) -> float:
        """low + (η − low) (1 + cos(π e / n)) / 2."""
        return self.lowest + (lr - self.lowest) * (1.0 + cos(pi * (epoch % (2 * self.epochs)) / self.epochs)) / 2.0


class Plateau(_Schedule, frozen=True, tag="plateau"):
    """η is multiplied by γ when the loss has not got better for more than n epochs (``ReduceLROnPlateau``).

    It watches the validation loss, without validation rows the training loss. An epoch is better iff its loss is below
    best · (1 − threshold).
    """

    factor: float = 0.1
    patience: int = 10
    threshold: float = 1e-4
    cooldown: int = 0
    lowest: float = 0.0

    row: ClassVar[Row] = Row(
        name=tr("on plateau"),
        words=tr("The rate is multiplied by γ when the loss has not got better for more than n epochs"),
        settings=(
            FACTOR,
            Setting("patience", "n", tr("epochs without betterment that are borne"), EPOCHS, tr("wait n")),
            Setting(
                "threshold",
                "",
                tr("share of the best loss by which a better one must be below it"),
                SHARE,
                tr("threshold"),
            ),
            Setting("cooldown", "", tr("epochs of rest after a change"), EPOCHS, tr("rest")),
            LOWEST,
        ),
        convention=tr(
            "It watches the validation loss, without validation rows the training loss, and ignores the epochs of the "
            "warm-up; better is below best·(1 − threshold). PyTorch's ReduceLROnPlateau"
        ),
    )

    def rate(self, lr: float, epoch: int, seen: Plateaued) -> float:
        """The share of η that is in force."""
        return lr * seen.share

    def saw(self, seen: Plateaued, lr: float, loss: float) -> Plateaued:
        """What is known after an epoch with this loss."""
        better = seen.best is None or loss < seen.best * (1.0 - self.threshold)
        best, waited = (loss, 0) if better else (seen.best, seen.waited + 1)
        if seen.rest > 0:
            return Plateaued(best, 0, seen.rest - 1, seen.share)
        if waited <= self.patience:
            return Plateaued(best, waited, 0, seen.share)
        now = lr * seen.share
        new = max(now * self.factor, self.lowest)
        return Plateaued(best, 0, self.cooldown, new / lr if now - new > LEAST else seen.share)


Schedule = Constant | Steps | Exponential | Cosine | Plateau
"""The schedules; the tag in a file is the field ``schedule``."""

SCHEDULES: tuple[type[Schedule], ...] = (Constant, Steps, Exponential, Cosine, Plateau)
"""Every schedule, in the order of a menu."""


class WarmUp(Choice, frozen=True):
    """Before a schedule begins: from a share of its first rate straight up to it (``LinearLR``, then the schedule)."""

    epochs: int = 5
    start: float = 1.0 / 3.0

    row: ClassVar[Row] = Row(
        name=tr("linear"),
        words=tr("The rate grows evenly over the first epochs, before the schedule begins"),
        settings=(
            Setting("epochs", "", tr("epochs of warm-up"), COUNT, tr("for epochs")),
            Setting("start", "", tr("share of the rate that it begins with"), UP_TO_ONE, tr("from share")),
        ),
        convention=tr(
            "Before any of the others, which then begins at its beginning; PyTorch's LinearLR in SequentialLR"
        ),
    )


def rate_at(schedule: Schedule, warm_up: WarmUp | None, lr: float, epoch: int, seen: Plateaued) -> float:
    """The rate in force during an epoch, counted from 0 since the weights were set.

    >>> [round(rate_at(Exponential(0.5), WarmUp(2, 0.5), 0.1, epoch, Plateaued()), 4) for epoch in range(5)]
    [0.05, 0.075, 0.1, 0.05, 0.025]
    """
    warm = warm_up.epochs if warm_up else 0
    if warm_up and epoch < warm:
        return schedule.rate(lr, 0, seen) * (warm_up.start + (1.0 - warm_up.start) * epoch / warm)
    return schedule.rate(lr, epoch - warm, seen)
