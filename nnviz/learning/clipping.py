"""Gradient clipping, as in ``torch.nn.utils``: by value, or by the length of the whole gradient."""

from __future__ import annotations

from math import isfinite, sqrt
from typing import ClassVar

import numpy as np

from nnviz.engine.arrays import Array
from nnviz.engine.optimizers.row import ABOVE_ZERO, Choice, Row, Setting
from nnviz.words import tr


class _Clip(Choice, frozen=True, tag_field="by"):
    """A way to clip; it gives a new array."""

    def clipped(self, gradient: Array) -> Array:
        """The gradient (trained,) within the limit; the given one stays as it is."""
        raise NotImplementedError


class ClipValue(_Clip, frozen=True, tag="value"):
    """Each number of the gradient is brought into [−c, c] (``clip_grad_value_``)."""

    limit: float = 1.0

    row: ClassVar[Row] = Row(
        name=tr("by value"),
        words=tr("Each number of the gradient is brought into [−c, c]"),
        settings=(Setting("limit", "c", tr("largest size of a gradient"), ABOVE_ZERO, tr("limit c")),),
        convention=tr("as PyTorch's clip_grad_value_"),
    )

    def clipped(self, gradient: Array) -> Array:
        """Every number between −c and c."""
        return np.clip(gradient, -self.limit, self.limit)


class ClipNorm(_Clip, frozen=True, tag="norm"):
    """The whole gradient is shortened to about the length c where it is longer: times min(1, c / (‖g‖ + 1e-6)).

    All trained parameters together, biases too, as ``clip_grad_norm_`` does, with its 1e-6.
    """

    limit: float = 1.0

    row: ClassVar[Row] = Row(
        name=tr("by norm"),
        words=tr("The whole gradient is shortened to the length c where it is longer: g·c∕(‖g‖ + 10⁻⁶)"),
        settings=(Setting("limit", "c", tr("largest length of the gradient"), ABOVE_ZERO, tr("limit c")),),
        convention=tr("all that is trained together, biases too, as PyTorch's clip_grad_norm_"),
    )

    def clipped(self, gradient: Array) -> Array:
        """The gradient, shortened where it is longer than c."""
        return gradient * self.factor(gradient)

    def factor(self, gradient: Array) -> float:
        """What the gradient is multiplied by, at most 1."""
        return min(1.0, self.limit / (length(gradient) + 1e-6))


Clip = ClipValue | ClipNorm
"""The ways to clip; the tag in a file is the field ``by``."""


def length(gradient: Array) -> float:
    """‖g‖₂, also where the squares would overflow."""
    with np.errstate(over="ignore"):
        norm = sqrt(float(gradient.dot(gradient)))
    if isfinite(norm):
        return norm
    largest = float(np.abs(gradient).max())
    return largest * sqrt(float(np.square(gradient / largest).sum()))
