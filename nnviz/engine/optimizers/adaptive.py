"""Optimizers that scale each weight's step by its own past gradients: Adagrad, Adadelta, RMSProp."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from nnviz.engine.arrays import Array
from nnviz.engine.optimizers.row import ABOVE_ZERO, FROM_ZERO, SHARE, Row, Setting, Slot
from nnviz.engine.optimizers.rule import RATE, Rule
from nnviz.words import tr

EPSILON = Setting("epsilon", "ε", tr("keeps the division finite"), ABOVE_ZERO)


class Adagrad(Rule, frozen=True, tag="adagrad"):
    r"""Steps divided by the root of all squared gradients so far.

    .. math:: s_t = s_{t-1} + g_t^2, \qquad
              w_t = w_{t-1} - \frac{\eta}{1 + (t-1) d} \frac{g_t}{\sqrt{s_t} + \varepsilon}

    Convention: ε outside the root, as in PyTorch.

    Parameters
    ----------
    lr : η, at least 0. Default 0.01.
    lr_decay : d, at least 0: how fast the rate falls with the number of updates. Default 0.
    initial : what s begins with, at least 0. Default 0.
    epsilon : keeps the division finite; above 0. Default 1e-10.

    Source: Duchi, Hazan and Singer 2011.
    """

    lr: float = 0.01
    lr_decay: float = 0.0
    initial: float = 0.0
    epsilon: float = 1e-10

    row: ClassVar[Row] = Row(
        name="Adagrad",
        words=tr("Steps divided by the root of all squared gradients so far"),
        lines=("s⁺ = s + g²", "w⁺ = w − η∕(1 + (t − 1)·d)·g∕(√s⁺ + ε)"),
        settings=(
            RATE,
            Setting("lr_decay", "d", tr("how fast the rate falls with the updates t"), FROM_ZERO, tr("decay d")),
            Setting("initial", "s₀", tr("what the sum of squares begins with"), FROM_ZERO, tr("begin s₀")),
            EPSILON,
        ),
        slots=(Slot("sum", "s", tr("sum of squared gradients")),),
        convention=tr("ε outside the root"),
        source="Duchi, Hazan and Singer 2011",
    )

    @property
    def first(self) -> dict[str, float]:
        """The sum begins with a setting."""
        return {"sum": self.initial}

    @property
    def lines(self) -> tuple[str, ...]:
        """Its formula under its settings."""
        return self.row.lines if self.lr_decay else (self.row.lines[0], "w⁺ = w − η·g∕(√s⁺ + ε)")

    def update(self, weights: Array, gradient: Array, memory: dict[str, Array], count: int) -> None:
        """One update in place."""
        total = memory["sum"]
        total += gradient * gradient
        rate = self.lr / (1.0 + (count - 1) * self.lr_decay)
        weights -= rate * (gradient / (np.sqrt(total) + self.epsilon))


class Adadelta(Rule, frozen=True, tag="adadelta"):
    r"""Steps as long as recent steps were, over how long recent gradients were.

    .. math:: s_t = \rho s_{t-1} + (1-\rho) g_t^2, \quad
              \Delta_t = \frac{\sqrt{u_{t-1} + \varepsilon}}{\sqrt{s_t + \varepsilon}} g_t, \quad
              u_t = \rho u_{t-1} + (1-\rho) \Delta_t^2, \quad w_t = w_{t-1} - \eta \Delta_t

    Convention: ε inside the roots, as in PyTorch and the paper; a rate multiplies, 1 in the paper.

    Parameters
    ----------
    lr : η, at least 0. Default 1.
    rho : ρ, share of the old means that is kept, in [0, 1). Default 0.9.
    epsilon : above 0; it also sets how long the first steps are. Default 1e-6.

    Source: Zeiler 2012, algorithm 1.
    """

    lr: float = 1.0
    rho: float = 0.9
    epsilon: float = 1e-6

    row: ClassVar[Row] = Row(
        name="Adadelta",
        words=tr("Steps as long as recent steps were, over how long recent gradients were"),
        lines=(
            "s⁺ = ρ·s + (1 − ρ)·g²",
            "Δ = √(u + ε)∕√(s⁺ + ε)·g",
            "u⁺ = ρ·u + (1 − ρ)·Δ²",
            "w⁺ = w − η·Δ",
        ),
        settings=(RATE, Setting("rho", "ρ", tr("share of the old means that is kept"), SHARE), EPSILON),
        slots=(
            Slot("squares", "s", tr("running mean of squared gradients")),
            Slot("steps", "u", tr("running mean of squared steps")),
        ),
        convention=tr("ε inside the roots; the rate multiplies, 1 in the paper"),
        source="Zeiler 2012",
    )

    def update(self, weights: Array, gradient: Array, memory: dict[str, Array], count: int) -> None:
        """One update in place."""
        squares, steps = memory["squares"], memory["steps"]
        squares *= self.rho
        squares += (1.0 - self.rho) * gradient * gradient
        delta = np.sqrt(steps + self.epsilon) / np.sqrt(squares + self.epsilon) * gradient
        steps *= self.rho
        steps += (1.0 - self.rho) * delta * delta
        weights -= self.lr * delta


class RMSProp(Rule, frozen=True, tag="rmsprop"):
    r"""Steps divided by the root of a running mean of squared gradients.

    .. math:: s_t = \alpha s_{t-1} + (1-\alpha) g_t^2, \quad \bar g_t = \alpha \bar g_{t-1} + (1-\alpha) g_t, \quad
              v_t = \mu v_{t-1} + \frac{g_t}{\sqrt{s_t - \bar g_t^2} + \varepsilon}, \quad
              w_t = w_{t-1} - \eta v_t

    Without ``centered`` the mean is left out, with μ = 0 the velocity is the quotient itself.

    Convention: ε outside the root, as in PyTorch; Keras and TensorFlow put it inside, and decay the momentum with the
    rate inside the velocity.

    Parameters
    ----------
    lr : η, at least 0. Default 0.01.
    alpha : α, share of the old means that is kept, in [0, 1). Default 0.99.
    epsilon : keeps the division finite; above 0. Default 1e-8.
    centered : divide by the deviation from the mean gradient. Default no. Where rounding takes the variance below 0,
        the step is not a number, as in PyTorch, and the run stops.
    momentum : μ in [0, 1). Default 0.

    Source: Tieleman and Hinton 2012, lecture 6.5; centered: Graves 2013, eq. 38-45.
    """

    lr: float = 0.01
    alpha: float = 0.99
    epsilon: float = 1e-8
    centered: bool = False
    momentum: float = 0.0

    row: ClassVar[Row] = Row(
        name="RMSProp",
        words=tr("Steps divided by the root of a running mean of squared gradients"),
        lines=("s⁺ = α·s + (1 − α)·g²", "v⁺ = μ·v + g∕(√s⁺ + ε)", "w⁺ = w − η·v⁺"),
        settings=(
            RATE,
            Setting("alpha", "α", tr("share of the old mean of squares that is kept"), SHARE),
            EPSILON,
            Setting("momentum", "μ", tr("momentum"), SHARE, tr("momentum μ")),
            Setting(
                "centered",
                "",
                tr("centered: √(s⁺ − ḡ⁺²), where ḡ⁺ = α·ḡ + (1 − α)·g, in place of √s⁺"),
                short=tr("centered"),
            ),
        ),
        slots=(
            Slot("squares", "s", tr("running mean of squared gradients")),
            Slot("mean", "ḡ", tr("running mean of gradients")),
            Slot("velocity", "v", tr("velocity")),
        ),
        convention=tr("ε outside the root; Keras puts it inside"),
        source="Tieleman and Hinton 2012; Graves 2013",
    )

    @property
    def slots(self) -> tuple[str, ...]:
        """The mean of squares; the mean if centered; the velocity if there is momentum."""
        return ("squares", *(["mean"] if self.centered else []), *(["velocity"] if self.momentum else []))

    @property
    def lines(self) -> tuple[str, ...]:
        """Its formula under its settings."""
        quotient = "g∕(√(s⁺ − ḡ⁺²) + ε)" if self.centered else "g∕(√s⁺ + ε)"
        mean = ("ḡ⁺ = α·ḡ + (1 − α)·g",) if self.centered else ()
        if self.momentum:
            return (self.row.lines[0], *mean, f"v⁺ = μ·v + {quotient}", "w⁺ = w − η·v⁺")
        return (self.row.lines[0], *mean, f"w⁺ = w − η·{quotient}")

    def update(self, weights: Array, gradient: Array, memory: dict[str, Array], count: int) -> None:
        """One update in place."""
        squares = memory["squares"]
        squares *= self.alpha
        squares += (1.0 - self.alpha) * gradient * gradient
        variance: Array = squares
        if self.centered:
            mean = memory["mean"]
            mean += (1.0 - self.alpha) * (gradient - mean)
            variance = squares - mean * mean
        step: Array = gradient / (np.sqrt(variance) + self.epsilon)
        if self.momentum:
            velocity = memory["velocity"]
            velocity *= self.momentum
            velocity += step
            step = velocity
        weights -= self.lr * step
