"""Adam and its kin: steps scaled by running moments of the gradient, their bias corrected."""

from __future__ import annotations

from math import sqrt
from typing import ClassVar

import numpy as np

from nnviz.engine.arrays import Array
from nnviz.engine.optimizers.adaptive import EPSILON
from nnviz.engine.optimizers.row import FROM_ZERO, SHARE, Row, Setting, Slot
from nnviz.engine.optimizers.rule import RATE, Rule
from nnviz.words import tr

BETA1 = Setting("beta1", "β₁", tr("share of the old mean of gradients that is kept"), SHARE)
BETA2 = Setting("beta2", "β₂", tr("share of the old mean of squared gradients that is kept"), SHARE)
M = Slot("m", "m", tr("first moment: running mean of gradients"))
V = Slot("v", "v", tr("second moment: running mean of squared gradients"))
MEAN = "m⁺ = β₁·m + (1 − β₁)·g"
SQUARES = "v⁺ = β₂·v + (1 − β₂)·g²"
CORRECTED = ("m̂ = m⁺∕(1 − β₁ᵗ)", "v̂ = v⁺∕(1 − β₂ᵗ)")


def _moments(rule: Adam | AdamW | NAdam | RAdam, gradient: Array, memory: dict[str, Array]) -> tuple[Array, Array]:
    """Both moments after this gradient, changed in place."""
    m, v = memory["m"], memory["v"]
    m += (1.0 - rule.beta1) * (gradient - m)
    v *= rule.beta2
    v += (1.0 - rule.beta2) * gradient * gradient
    return m, v


class Adam(Rule, frozen=True, tag="adam"):
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

    row: ClassVar[Row] = Row(
        name="Adam",
        words=tr("Steps scaled by running means of the gradient and of its square"),
        lines=(MEAN, SQUARES, *CORRECTED, "w⁺ = w − η·m̂∕(√v̂ + ε)"),
        settings=(RATE, BETA1, BETA2, EPSILON),
        slots=(M, V),
        convention=tr("ε outside the root; bias correction of both moments"),
        source="Kingma and Ba 2015",
    )

    def update(self, weights: Array, gradient: Array, memory: dict[str, Array], count: int) -> None:
        """One update in place."""
        m, v = _moments(self, gradient, memory)
        step = self.lr / (1.0 - self.beta1**count)
        weights -= step * m / (np.sqrt(v) / np.sqrt(1.0 - self.beta2**count) + self.epsilon)


class AdamW(Rule, frozen=True, tag="adamw"):
    r"""Adam with weight decay that stands apart from the gradient.

    .. math:: w_t = (1 - \eta \kappa) w_{t-1}
              - \frac{\eta}{1-\beta_1^t} \frac{m_t}{\sqrt{v_t} / \sqrt{1-\beta_2^t} + \varepsilon}

    Convention: biases decay too, as in PyTorch; L2 as a regulariser leaves them. The decay is scaled by the rate.

    Parameters
    ----------
    lr, beta1, beta2, epsilon : as for :class:`Adam`.
    weight_decay : κ, at least 0. Default 0.01.

    Source: Loshchilov and Hutter 2019, algorithm 2.
    """

    lr: float = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = 0.01

    row: ClassVar[Row] = Row(
        name="AdamW",
        words=tr("Adam, and each weight shrinks by the same share, apart from its gradient"),
        lines=(MEAN, SQUARES, *CORRECTED, "w⁺ = (1 − η·κ)·w − η·m̂∕(√v̂ + ε)"),
        settings=(
            RATE,
            BETA1,
            BETA2,
            EPSILON,
            Setting("weight_decay", "κ", tr("weight decay, of biases too"), FROM_ZERO, tr("decay κ")),
        ),
        slots=(M, V),
        convention=tr("the decay η·κ takes biases too, as in PyTorch; ε outside the root"),
        source="Loshchilov and Hutter 2019",
    )

    def update(self, weights: Array, gradient: Array, memory: dict[str, Array], count: int) -> None:
        """One update in place."""
        weights *= 1.0 - self.lr * self.weight_decay
        m, v = _moments(self, gradient, memory)
        step = self.lr / (1.0 - self.beta1**count)
        weights -= step * m / (np.sqrt(v) / np.sqrt(1.0 - self.beta2**count) + self.epsilon)


class NAdam(Rule, frozen=True, tag="nadam"):
    r"""Adam with Nesterov's momentum, which grows with the updates.

    .. math:: \mu_t = \beta_1 (1 - \tfrac12 0.96^{t \psi}), \quad
              w_t = w_{t-1} - \eta \Big(\frac{1-\mu_t}{1-\prod_{i \le t} \mu_i} g_t
              + \frac{\mu_{t+1}}{1-\prod_{i \le t+1} \mu_i} m_t\Big) \Big/
              \Big(\sqrt{v_t / (1-\beta_2^t)} + \varepsilon\Big)

    Convention: ε outside the root, as in PyTorch. The product of the μ is memory, the same number for every weight.

    Parameters
    ----------
    lr : η, at least 0. Default 0.002.
    beta1, beta2, epsilon : as for :class:`Adam`.
    momentum_decay : ψ, at least 0: how fast the momentum grows to β₁. Default 0.004.

    Source: Dozat 2016, with the schedule of its section 3.
    """

    lr: float = 0.002
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    momentum_decay: float = 0.004

    row: ClassVar[Row] = Row(
        name="NAdam",
        words=tr("Adam that looks ahead by one step, as Nesterov's momentum does"),
        lines=(
            "a = β₁·(1 − 0.5·0.96^(t·ψ))",
            "b = β₁·(1 − 0.5·0.96^((t + 1)·ψ))",
            "p⁺ = p·a",
            MEAN,
            SQUARES,
            CORRECTED[1],
            "w⁺ = w − η·((1 − a)∕(1 − p⁺)·g + b∕(1 − p⁺·b)·m⁺)∕(√v̂ + ε)",
        ),
        settings=(
            RATE,
            BETA1,
            BETA2,
            EPSILON,
            Setting("momentum_decay", "ψ", tr("how fast the momentum grows to β₁"), FROM_ZERO, tr("growth ψ")),
        ),
        slots=(M, V, Slot("product", "p", tr("product of all momenta so far, the same for every weight"))),
        convention=tr("the product of the momenta is part of the memory; ε outside the root"),
        source="Dozat 2016",
    )

    @property
    def first(self) -> dict[str, float]:
        """A product begins with 1."""
        return {"product": 1.0}

    def _momentum(self, count: int) -> float:
        return float(self.beta1 * (1.0 - 0.5 * 0.96 ** (count * self.momentum_decay)))

    def update(self, weights: Array, gradient: Array, memory: dict[str, Array], count: int) -> None:
        """One update in place."""
        m, v = _moments(self, gradient, memory)
        now, later = self._momentum(count), self._momentum(count + 1)
        product = memory["product"]
        product *= now
        bottom = np.sqrt(v / (1.0 - self.beta2**count)) + self.epsilon
        weights -= self.lr * (1.0 - now) / (1.0 - product) * gradient / bottom
        weights -= self.lr * later / (1.0 - product * later) * m / bottom


class Adamax(Rule, frozen=True, tag="adamax"):
    r"""Adam with the largest recent gradient in place of the second moment.

    .. math:: u_t = \max(\beta_2 u_{t-1}, |g_t| + \varepsilon), \qquad
              w_t = w_{t-1} - \frac{\eta}{1-\beta_1^t} \frac{m_t}{u_t}

    Convention: ε is added to the gradient's size, as in PyTorch; the paper has none.

    Parameters
    ----------
    lr : η, at least 0. Default 0.002.
    beta1, beta2, epsilon : as for :class:`Adam`.

    Source: Kingma and Ba 2015, algorithm 2.
    """

    lr: float = 0.002
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    row: ClassVar[Row] = Row(
        name="Adamax",
        words=tr("Steps scaled by the running mean of the gradient and by its largest recent size"),
        lines=(MEAN, "u⁺ = max(β₂·u, |g| + ε)", "w⁺ = w − η∕(1 − β₁ᵗ)·m⁺∕u⁺"),
        settings=(
            RATE,
            BETA1,
            Setting("beta2", "β₂", tr("share of the old largest size that is kept"), SHARE),
            EPSILON,
        ),
        slots=(M, Slot("u", "u", tr("largest recent size of the gradient"))),
        convention=tr("ε is added to |g|; the paper has none"),
        source="Kingma and Ba 2015",
    )

    def update(self, weights: Array, gradient: Array, memory: dict[str, Array], count: int) -> None:
        """One update in place."""
        m, u = memory["m"], memory["u"]
        m += (1.0 - self.beta1) * (gradient - m)
        u *= self.beta2
        np.maximum(u, np.abs(gradient) + self.epsilon, out=u)
        weights -= self.lr / (1.0 - self.beta1**count) * (m / u)


class RAdam(Rule, frozen=True, tag="radam"):
    r"""Adam that trusts its second moment only as far as it is known: the first steps go without it.

    .. math:: \rho_\infty = \frac{2}{1-\beta_2} - 1, \quad
              \rho_t = \rho_\infty - \frac{2 t \beta_2^t}{1-\beta_2^t}, \quad
              r_t = \sqrt{\frac{(\rho_t-4)(\rho_t-2)\rho_\infty}{(\rho_\infty-4)(\rho_\infty-2)\rho_t}}, \quad
              w_t = w_{t-1} - \eta \hat m_t r_t \frac{\sqrt{1-\beta_2^t}}{\sqrt{v_t} + \varepsilon}

    where ρₜ > 5, and :math:`w_t = w_{t-1} - \eta \hat m_t` where it is not.

    Convention: ε is added to the root before its bias is corrected, and the limit is 5, as in PyTorch; the paper has 4.

    Parameters
    ----------
    lr, beta1, beta2, epsilon : as for :class:`Adam`.

    Source: Liu et al. 2020, algorithm 2.
    """

    lr: float = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    row: ClassVar[Row] = Row(
        name="RAdam",
        words=tr("Adam whose first steps, while ρ is 5 or less, go without the second moment: w⁺ = w − η·m̂"),
        lines=(
            MEAN,
            SQUARES,
            CORRECTED[0],
            "k = 2∕(1 − β₂) − 1",
            "ρ = k − 2·t·β₂ᵗ∕(1 − β₂ᵗ)",
            "r = √((ρ − 4)·(ρ − 2)·k∕(k − 4)∕(k − 2)∕ρ)",
            "w⁺ = w − η·m̂·r·√(1 − β₂ᵗ)∕(√v⁺ + ε)",
        ),
        settings=(RATE, BETA1, BETA2, EPSILON),
        slots=(M, V),
        convention=tr("the second moment counts from ρ > 5, in the paper from 4; ε before bias correction"),
        source="Liu et al. 2020",
    )

    def at(self, count: int) -> tuple[str, ...]:
        """The lines that hold at update number ``count``."""
        if self._rectified(count) is not None:
            return self.lines
        return (*self.lines[:5], "w⁺ = w − η·m̂")

    def _rectified(self, count: int) -> float | None:
        """r, or None while ρ is 5 or less."""
        whole = 2.0 / (1.0 - self.beta2) - 1.0
        power = self.beta2**count
        length = whole - 2.0 * count * power / (1.0 - power)
        if length <= 5.0:
            return None
        return sqrt((length - 4.0) * (length - 2.0) * whole / ((whole - 4.0) * (whole - 2.0) * length))

    def update(self, weights: Array, gradient: Array, memory: dict[str, Array], count: int) -> None:
        """One update in place."""
        m, v = _moments(self, gradient, memory)
        step = self.lr * (m / (1.0 - self.beta1**count))
        rectified = self._rectified(count)
        if rectified is not None:
            step = step * (sqrt(1.0 - self.beta2**count) / (np.sqrt(v) + self.epsilon)) * rectified
        weights -= step
