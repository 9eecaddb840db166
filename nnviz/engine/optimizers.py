"""Optimizers: how a weight moves along its gradient. Defaults and order of operations are those of ``torch.optim``.

An optimizer is a frozen setting. Its memory (velocity, moments) lies in arrays as long as the trained parameters,
which the caller keeps, so that it can be read weight by weight, saved, and put back bit for bit. ``update`` works in
place.
"""

from __future__ import annotations

from typing import Protocol

import msgspec
import numpy as np

from nnviz.engine.arrays import Array
from nnviz.errors import ConfigError
from nnviz.words import tr


class Rule(Protocol):
    """What training asks of an optimizer."""

    @property
    def lr(self) -> float:
        """The learning rate η."""
        ...

    @property
    def slots(self) -> tuple[str, ...]:
        """Names of the arrays it remembers, each as long as the trained parameters."""
        ...

    def update(self, weights: Array, gradient: Array, memory: dict[str, Array], count: int) -> None:
        """Move ``weights`` and ``memory`` in place by update number ``count`` (from 1)."""
        ...


class SGD(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="sgd", tag_field="rule"):
    r"""Gradient descent, with momentum if wished.

    .. math:: v_t = \mu v_{t-1} + g_t, \qquad w_t = w_{t-1} - \eta v_t

    Convention: the rate multiplies after the velocity (PyTorch's form); Sutskever et al. put it inside. No damping.

    Parameters
    ----------
    lr : η, at least 0. Default 0.1.
    momentum : μ in [0, 1). 0 is plain gradient descent.

    Raises
    ------
    ConfigError
        If a setting lies outside its range; the message shows both.

    Source: Polyak 1964; Sutskever et al. 2013, eq. 1-2.
    """

    lr: float = 0.1
    momentum: float = 0.0

    def __post_init__(self) -> None:
        in_range("lr", self.lr, 0.0, float("inf"))
        in_range("momentum", self.momentum, 0.0, 1.0)

    @property
    def slots(self) -> tuple[str, ...]:
        """The velocity, if there is momentum."""
        return ("velocity",) if self.momentum else ()

    def update(self, weights: Array, gradient: Array, memory: dict[str, Array], count: int) -> None:
        """One update in place."""
        if not self.momentum:
            weights -= self.lr * gradient
            return
        velocity = memory["velocity"]
        velocity *= self.momentum
        velocity += gradient
        weights -= self.lr * velocity


class Adam(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="adam", tag_field="rule"):
    r"""Adam: steps scaled by running moments of the gradient, their bias corrected.

    .. math:: m_t = \beta_1 m_{t-1} + (1-\beta_1) g_t, \quad v_t = \beta_2 v_{t-1} + (1-\beta_2) g_t^2, \quad
              w_t = w_{t-1} - \frac{\eta}{1-\beta_1^t} \frac{m_t}{\sqrt{v_t} / \sqrt{1-\beta_2^t} + \varepsilon}

    Convention: ε outside the root, as in PyTorch.

    Parameters
    ----------
    lr : η, at least 0. Default 0.001.
    beta1, beta2 : shares of the old moments that are kept, in [0, 1). Defaults 0.9 and 0.999.
    epsilon : keeps the division finite; above 0. Default 1e-8.

    Raises
    ------
    ConfigError
        If a setting lies outside its range; the message shows both.

    Source: Kingma and Ba 2015, algorithm 1.
    """

    lr: float = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        in_range("lr", self.lr, 0.0, float("inf"))
        in_range("beta1", self.beta1, 0.0, 1.0)
        in_range("beta2", self.beta2, 0.0, 1.0)
        if not 0.0 < self.epsilon < float("inf"):
            raise ConfigError(tr("epsilon is out of range"), expected=tr("above 0"), found=str(self.epsilon))

    @property
    def slots(self) -> tuple[str, ...]:
        """First and second moment."""
        return ("m", "v")

    def update(self, weights: Array, gradient: Array, memory: dict[str, Array], count: int) -> None:
        """One update in place."""
        m, v = memory["m"], memory["v"]
        m += (1.0 - self.beta1) * (gradient - m)
        v *= self.beta2
        v += (1.0 - self.beta2) * gradient * gradient
        step = self.lr / (1.0 - self.beta1**count)
        weights -= step * m / (np.sqrt(v) / np.sqrt(1.0 - self.beta2**count) + self.epsilon)


Optimizer = SGD | Adam
"""The optimizers there are; the tag in a file is the field ``rule``."""


def empty_memory(optimizer: Optimizer, size: int, dtype: np.dtype[np.floating]) -> dict[str, Array]:
    """The memory of an optimizer before its first update: zeros, one array of ``size`` for each slot."""
    return {slot: np.zeros(size, dtype) for slot in optimizer.slots}


def in_range(name: str, value: float, low: float, high: float) -> None:
    """Refuse a setting outside [low, high), or one that is not a number."""
    if not low <= value < high:
        limit = (
            tr("{low} or more", low=low)
            if high == float("inf")
            else tr("{low} ≤ {name} < {high}", low=low, name=name, high=high)
        )
        raise ConfigError(tr("{name} is out of range", name=name), expected=limit, found=str(value))
