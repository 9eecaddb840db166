"""What a training run is told, and what it leaves behind."""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType
from typing import Literal, get_args, get_type_hints

import msgspec
import numpy as np
from numpy.typing import NDArray

from nnviz.engine.initialisers import Initialiser, Normal
from nnviz.engine.optimizers import SGD, Optimizer, in_range
from nnviz.errors import ConfigError
from nnviz.learning.clipping import Clip
from nnviz.learning.schedules import Constant, Plateaued, Schedule, WarmUp
from nnviz.numbers import value_text
from nnviz.words import counted, meant, one_of, tr

MOST = 10**12
"""Counts of epochs and rows stay below it: far more than anybody waits for, and exact in every file."""


class EarlyStopping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Stop when validation no longer gets better, as in Keras 3, but a NaN is never best.

    Parameters
    ----------
    patience : epochs without betterment before the run stops; 1 or more. Default 20.
    min_delta : an epoch is better iff its loss + min_delta < best. Default 0.
    restore_best : end with the weights of the best epoch, also when the run reached its last. Default yes.
    """

    patience: int = 20
    min_delta: float = 0.0
    restore_best: bool = True

    def __post_init__(self) -> None:
        in_range("patience", self.patience, 1, MOST)
        in_range("min_delta", self.min_delta, 0.0, float("inf"))


class TrainingSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a network is trained.

    Parameters
    ----------
    optimizer : the rule and its settings. Default gradient descent, η = 0.1.
    epochs : passes over the training rows; 1 or more.
    batch_size : examples an update; 0 takes all.
    shuffle : a new order of the rows each epoch, drawn from the seed. Without effect where a batch takes all.
    l2 : λ of λ Σ w² over weights (not biases); 0 for none.
    early_stopping : or None to run all epochs.
    sigma : σ of N(0, σ²), from which weights begin where no other ``initialiser`` is chosen.
    l1 : λ of λ Σ |w| over weights (not biases); 0 for none. With ``l2`` it is the elastic net.
    l1_proximal : whether L1 works by its proximal step, which gives exact zeros, or by its sub-gradient, which gives
        none. Default proximal.
    max_norm : the longest that the incoming weights of a unit may be; 0 for no limit.
    clip : how the gradient is clipped; None for not at all, the default.
    schedule, warm_up : how the rate changes from epoch to epoch. Default: not.
    initialiser : how first weights are drawn; None for N(0, σ²).
    executor : who carries a run: ``"fast"``, compiled, where it covers the network, else the clear one; or ``"clear"``.
    precision : the numbers of a run: ``"float64"``, or ``"float32"`` for more speed and half the digits.
    """

    optimizer: Optimizer = SGD()
    epochs: int = 100
    batch_size: int = 0
    shuffle: bool = True
    l2: float = 0.0
    early_stopping: EarlyStopping | None = None
    sigma: float = 0.5
    l1: float = 0.0
    l1_proximal: bool = True
    max_norm: float = 0.0
    clip: Clip | None = None
    schedule: Schedule = Constant()
    warm_up: WarmUp | None = None
    initialiser: Initialiser | None = None
    executor: Literal["fast", "clear"] = "fast"
    precision: Literal["float64", "float32"] = "float64"

    def __post_init__(self) -> None:
        in_range("epochs", self.epochs, 1, MOST)
        in_range("batch_size", self.batch_size, 0, MOST)
        for name in ("l2", "sigma", "l1", "max_norm"):
            in_range(name, getattr(self, name), 0, float("inf"))

    @property
    def drawing(self) -> Normal | Initialiser:
        """How first weights are drawn."""
        return self.initialiser or Normal(self.sigma)


SUCH = {
    "optimizer": "nnviz.Adam(lr=0.01)",
    "early_stopping": "nnviz.EarlyStopping(patience=20)",
    "clip": "nnviz.learning.clipping.ClipNorm(1.0)",
    "schedule": "nnviz.learning.schedules.Cosine(epochs=100)",
    "warm_up": "nnviz.learning.schedules.WarmUp(epochs=5)",
    "initialiser": "nnviz.engine.initialisers.Glorot()",
}
"""An example of each setting that is more than a number, as it is written in Python."""


def with_settings(settings: TrainingSettings, given: Mapping[str, object]) -> TrainingSettings:
    """The settings with some fields changed, as Python gives them.

    >>> with_settings(TrainingSettings(), {"epochs": 20, "l2": 1}).l2
    1.0

    Raises
    ------
    ConfigError
        If there is no such field, naming all, or a field holds something else; and what the settings refuse.
    """
    known = get_type_hints(TrainingSettings)
    for name in given:
        if name not in known:
            what = tr("Training has no setting {name}", name=name)
            raise ConfigError(what, expected=one_of(known), found=repr(name), hint=meant(name, known))
    return msgspec.structs.replace(settings, **{name: _read(name, known[name], given[name]) for name in given})


def _read(name: str, kind: object, value: object) -> object:
    plain = value.item() if isinstance(value, np.generic) else value
    try:
        return msgspec.convert(plain, kind)
    except msgspec.ValidationError:
        told = {int: tr("a whole number"), float: tr("a number"), bool: "True, False", NoneType: "None"}
        parts = get_args(kind) or (kind,)
        expected = one_of(told.get(part) or str(getattr(part, "__name__", part)) for part in parts)
        hint = tr("For example {name}={such}", name=name, such=SUCH[name]) if name in SUCH else ""
        what = tr("{name} is set to something else", name=name)
        raise ConfigError(what, expected=expected, found=repr(value), hint=hint) from None


class TrainingState(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where training stands, so that it can go on, or be undone, bit for bit.

    Attributes
    ----------
    optimizer : the rule whose memory this is (``"sgd"``, ``"adam"`` …); empty before the first update.
    memory : for each of the rule's arrays, for each parameter key, its numbers.
    count : updates that made this memory (Adam's t); another rule begins anew with 0.
    step, epoch : updates and epochs done since the weights were set; they are the positions in the random streams.
    rows, loss : of an epoch left unfinished: how many of its rows were used, and the running figure of its loss. Both 0
        at the end of an epoch.
    plateau : what a plateau schedule has seen.
    statistics : the running means and variances of batch normalisations, by key; one that is missing is at its start,
        0 or 1. They belong to the weights: they stay where only the training is forgotten.
    """

    optimizer: str = ""
    memory: dict[str, dict[str, NDArray[np.float64]]] = {}
    count: int = 0
    step: int = 0
    epoch: int = 0
    rows: int = 0
    loss: float = 0.0
    plateau: Plateaued = Plateaued()
    statistics: dict[str, NDArray[np.float64]] = {}


StopReason = Literal["finished", "early", "stopped", "diverged"]


class Run(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The record of a run: what it was told, who carried it out, and its curves.

    Attributes
    ----------
    settings, seed : what it began with.
    executor, dtype, threads, products : who carried it; equal bits are promised only where these are equal. Matrices
        are multiplied by ``"numpy"`` where the clear executor trains; by ``"blas"`` where the fast one has large ones,
        else in ``"registers"``. Empty in older records.
    training, validation : (epochs,) loss after each finished epoch; validation is empty without validation rows.
    best_epoch : the epoch with the lowest validation loss, counted as in the document: the run's first is
        ``first_epoch`` + 1. 0 without one.
    stopped : why it ended.
    first_epoch : epochs that were done before it began.
    """

    settings: TrainingSettings
    seed: int
    executor: str
    dtype: str
    threads: int
    training: NDArray[np.float64]
    validation: NDArray[np.float64]
    best_epoch: int
    stopped: StopReason
    first_epoch: int = 0
    products: str = ""

    def __repr__(self) -> str:
        told = [self.stopped, counted(len(self.training), tr("epoch"), tr("epochs"))]
        if len(self.training):
            told.append(tr("J = {loss}", loss=value_text(float(self.training[-1]))))
        if len(self.validation):
            told.append(tr("validation {loss}", loss=value_text(float(self.validation[-1]))))
        if self.best_epoch:
            told.append(tr("best epoch {n:,}", n=self.best_epoch))
        return f"<Run {', '.join(told)}; {type(self.settings.optimizer).__name__}, {self.executor}>"


def rule_name(optimizer: Optimizer) -> str:
    """The name of an optimizer's rule, as files write it."""
    name = type(optimizer).__struct_config__.tag
    if not isinstance(name, str):
        raise ConfigError(tr("There is no such optimizer"), found=repr(optimizer))
    return name
