"""First values of parameters, drawn from a stream that belongs to the parameter's key.

The same key, shape and seed give the same numbers, whatever else the network holds. Where a rule asks for the number of
inputs n and outputs k of a unit, the scale depends on them as well: n counts the weights that enter a unit of the
target, k those that leave a unit of the source, so that a layer drawn as one or neuron by neuron gets the same scale.
Biases begin at 0, gains at 1.
"""

from __future__ import annotations

from math import prod, sqrt
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nnviz import rng
from nnviz.engine.arrays import Shape
from nnviz.engine.optimizers.row import FROM_ZERO, Choice, Row, Setting
from nnviz.expressions import ANY
from nnviz.words import tr

Numbers = NDArray[np.float64]


class Fans(NamedTuple):
    """How many weights enter a unit that a weight leads to, and leave a unit that it comes from."""

    into: int
    out: int


def normal(key: str, shape: Shape, seed: int, sigma: float = 0.5) -> Numbers:
    """Weights from N(0, σ²)."""
    return sigma * rng.normal(prod(shape), seed, "initialise", node=key).reshape(shape)


def uniform(key: str, shape: Shape, seed: int, limit: float) -> Numbers:
    """Weights evenly from −a to below a."""
    return limit * (2.0 * rng.uniform(prod(shape), seed, "initialise", node=key).reshape(shape) - 1.0)


def zeros(shape: Shape) -> Numbers:
    """Biases begin at 0."""
    return np.zeros(shape)


def ones(shape: Shape) -> Numbers:
    """Gains begin at 1."""
    return np.ones(shape)


class Drawing(Choice, frozen=True, tag_field="draw"):
    """A way to draw the first weights."""

    def draw(self, key: str, shape: Shape, fans: Fans, seed: int) -> Numbers:
        """The first numbers of one parameter, of the shape that is asked for."""
        raise NotImplementedError


class Normal(Drawing, frozen=True, tag="normal"):
    """N(0, σ²). Our default, σ = 0.5; a document keeps its σ among the training settings."""

    sigma: float = 0.5

    row: ClassVar[Row] = Row(
        name=tr("normal"),
        words=tr("Weights from N(0, σ²)"),
        settings=(Setting("sigma", "σ", tr("spread of the first weights"), FROM_ZERO, tr("spread σ")),),
        convention=tr("the default; PyTorch draws evenly from −1∕√n to 1∕√n, weights and biases"),
    )

    def draw(self, key: str, shape: Shape, fans: Fans, seed: int) -> Numbers:
        """Weights from N(0, σ²)."""
        return normal(key, shape, seed, self.sigma)


class Zeros(Drawing, frozen=True, tag="zeros"):
    """All weights 0. Units that are fed alike then stay alike: nothing tells them apart."""

    row: ClassVar[Row] = Row(name=tr("zeros"), words=tr("All weights 0: units that are fed alike stay alike for ever"))

    def draw(self, key: str, shape: Shape, fans: Fans, seed: int) -> Numbers:
        """Zeros."""
        return zeros(shape)


class Constant(Drawing, frozen=True, tag="constant"):
    """All weights the same number c."""

    value: float = 0.1

    row: ClassVar[Row] = Row(
        name=tr("constant"),
        words=tr("All weights the same number: units that are fed alike stay alike for ever"),
        settings=(Setting("value", "c", tr("the first value of every weight"), ANY, tr("value c")),),
    )

    def draw(self, key: str, shape: Shape, fans: Fans, seed: int) -> Numbers:
        """c everywhere."""
        return np.full(shape, self.value)


class Uniform(Drawing, frozen=True, tag="uniform"):
    """Evenly from −a to a."""

    limit: float = 0.5

    row: ClassVar[Row] = Row(
        name=tr("uniform"),
        words=tr("Weights evenly from −a to a"),
        settings=(Setting("limit", "a", tr("the largest first weight"), FROM_ZERO, tr("limit a")),),
    )

    def draw(self, key: str, shape: Shape, fans: Fans, seed: int) -> Numbers:
        """Evenly from −a to below a."""
        return uniform(key, shape, seed, self.limit)


EVENLY = Setting("uniform", "", tr("evenly from −√3·σ to √3·σ instead of N(0, σ²)"), short=tr("uniform"))


class _Scaled(Drawing, frozen=True):
    """N(0, σ²), or evenly with the same variance, where σ comes from the number of weights at a unit."""

    uniform: bool = False

    def sigma(self, fans: Fans) -> float:
        """The spread σ for these numbers of weights."""
        raise NotImplementedError

    def draw(self, key: str, shape: Shape, fans: Fans, seed: int) -> Numbers:
        """Weights of mean 0 and variance σ²."""
        sigma = self.sigma(fans)
        return uniform(key, shape, seed, sqrt(3.0) * sigma) if self.uniform else normal(key, shape, seed, sigma)


class Glorot(_Scaled, frozen=True, tag="glorot"):
    """σ² = 2 / (n + k), for n weights into and k weights out of a unit. Source: Glorot and Bengio 2010, eq. 12, 16."""

    row: ClassVar[Row] = Row(
        name="Glorot",
        words=tr("Variance 2∕(n + k), for n weights into a unit and k out of it; for tanh and sigmoid"),
        lines=("σ = √(2∕(n + k))",),
        settings=(EVENLY,),
        convention=tr("PyTorch's xavier"),
        source="Glorot and Bengio 2010",
    )

    def sigma(self, fans: Fans) -> float:
        """√(2 / (n + k))."""
        return sqrt(2.0 / (fans.into + fans.out))


class He(_Scaled, frozen=True, tag="he"):
    """σ² = 2 / n, for n weights into a unit. Source: He et al. 2015, eq. 10 (PyTorch: kaiming, fan_in)."""

    row: ClassVar[Row] = Row(
        name="He",
        words=tr("Variance 2∕n, for n weights into a unit; for relu"),
        lines=("σ = √(2∕n)",),
        settings=(EVENLY,),
        convention=tr("PyTorch's kaiming with fan_in; Keras cuts the normal off at 2σ"),
        source="He et al. 2015",
    )

    def sigma(self, fans: Fans) -> float:
        """√(2 / n)."""
        return sqrt(2.0 / fans.into)


class LeCun(_Scaled, frozen=True, tag="lecun"):
    """σ² = 1 / n, for n weights into a unit. Source: LeCun et al. 1998, section 4.6."""

    row: ClassVar[Row] = Row(
        name="LeCun",
        words=tr("Variance 1∕n, for n weights into a unit; for selu and tanh"),
        lines=("σ = √(1∕n)",),
        settings=(EVENLY,),
        convention=tr("PyTorch's kaiming with fan_in and gain 1"),
        source="LeCun et al. 1998",
    )

    def sigma(self, fans: Fans) -> float:
        """√(1 / n)."""
        return sqrt(1.0 / fans.into)


class Orthogonal(Drawing, frozen=True, tag="orthogonal"):
    """Rows or columns of length ``gain`` at right angles, whichever are fewer; of an array (first, everything else).

    The array is the one parameter: neurons that are drawn singly have single weights, which become ± gain.
    Source: Saxe, McClelland and Ganguli 2014.
    """

    gain: float = 1.0

    row: ClassVar[Row] = Row(
        name=tr("orthogonal"),
        words=tr("The weights of a layer at right angles to one another; single weights become ± the gain"),
        settings=(Setting("gain", "", tr("length of each row or column"), FROM_ZERO, tr("gain")),),
        source="Saxe, McClelland and Ganguli 2014",
    )

    def draw(self, key: str, shape: Shape, fans: Fans, seed: int) -> Numbers:
        """The orthogonal factor of a normal matrix, with signs that make it evenly distributed."""
        matrix = normal(key, shape, seed, 1.0).reshape(shape[0] if shape else 1, -1)
        tall = matrix if matrix.shape[0] >= matrix.shape[1] else matrix.T
        q, r = np.linalg.qr(tall)
        q = q * np.where(np.diagonal(r) < 0.0, -1.0, 1.0)
        return np.ascontiguousarray(self.gain * (q if tall is matrix else q.T)).reshape(shape)


Initialiser = Zeros | Constant | Uniform | Glorot | He | LeCun | Orthogonal
"""The ways beside N(0, σ²), which is the default; the tag in a file is the field ``draw``."""

DRAWINGS: tuple[type[Normal | Initialiser], ...] = (Normal, Uniform, Glorot, He, LeCun, Orthogonal, Zeros, Constant)
"""Every way to draw first weights, in the order of a menu."""
