"""Gradient descent: plain, with momentum, with Nesterov's momentum."""

from __future__ import annotations

from typing import ClassVar

from nnviz.engine.arrays import Array
from nnviz.engine.optimizers.row import SHARE, Row, Setting, Slot
from nnviz.engine.optimizers.rule import RATE, Rule
from nnviz.words import tr


class SGD(Rule, frozen=True, tag="sgd"):
    r"""Gradient descent, with momentum if wished, and Nesterov's form of it.

    .. math:: v_t = \mu v_{t-1} + g_t, \qquad w_t = w_{t-1} - \eta v_t \quad\text{or}\quad
              w_t = w_{t-1} - \eta (g_t + \mu v_t) \text{ (Nesterov)}

    Convention: the rate multiplies after the velocity (PyTorch's form); Sutskever et al. put it inside. No damping.

    Parameters
    ----------
    lr : η, at least 0. Default 0.1.
    momentum : μ in [0, 1). 0 is plain gradient descent, Nesterov or not (PyTorch refuses the latter).
    nesterov : look ahead by one velocity. Default no.

    Raises
    ------
    ConfigError
        If a setting lies outside its range; the message shows both.

    Source: Polyak 1964; Nesterov 1983; Sutskever et al. 2013, eq. 1-4.
    """

    lr: float = 0.1
    momentum: float = 0.0
    nesterov: bool = False

    row: ClassVar[Row] = Row(
        name="SGD",
        words=tr("Gradient descent, with momentum if μ is above 0"),
        lines=("v⁺ = μ·v + g", "w⁺ = w − η·v⁺"),
        settings=(
            RATE,
            Setting("momentum", "μ", tr("momentum"), SHARE, tr("momentum μ")),
            Setting("nesterov", "", tr("Nesterov: w⁺ = w − η·(g + μ·v⁺)"), short=tr("Nesterov")),
        ),
        slots=(Slot("velocity", "v", tr("velocity")),),
        convention=tr("the rate multiplies after the velocity (PyTorch's form); no damping"),
        source="Polyak 1964; Nesterov 1983; Sutskever et al. 2013",
    )

    @property
    def slots(self) -> tuple[str, ...]:
        """The velocity, if there is momentum."""
        return ("velocity",) if self.momentum else ()

    @property
    def lines(self) -> tuple[str, ...]:
        """Its formula under its settings."""
        if not self.momentum:
            return ("w⁺ = w − η·g",)
        return ("v⁺ = μ·v + g", "w⁺ = w − η·(g + μ·v⁺)") if self.nesterov else self.row.lines

    def update(self, weights: Array, gradient: Array, memory: dict[str, Array], count: int) -> None:
        """One update in place."""
        if not self.momentum:
            weights -= self.lr * gradient
            return
        velocity = memory["velocity"]
        velocity *= self.momentum
        velocity += gradient
        weights -= self.lr * (gradient + self.momentum * velocity if self.nesterov else velocity)
