"""Conventions that change numbers, as visible settings with stated defaults.

The loss of one example ℒ sums over outputs, without ½; J is the mean over the examples in use. Every switch stands
in the small print of every export. Who differs: PyTorch's ``MSELoss`` averages over outputs *and* examples; many
lectures sum over examples; the well-known worked examples put ½ before the square.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from nnviz.words import tr


class Conventions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a loss is put together from its terms.

    Parameters
    ----------
    half : a squared error carries ½, so that its derivative is y − ŷ without a 2. Default no.
    outputs : ``"sum"`` or ``"mean"`` over the outputs of one example, giving ℒ. Default sum. A categorical
        cross-entropy always sums: its classes are one answer.
    examples : ``"mean"`` or ``"sum"`` of ℒ over the examples in use, giving J. Default mean.
    """

    half: bool = False
    outputs: Literal["sum", "mean"] = "sum"
    examples: Literal["mean", "sum"] = "mean"


PRESETS: dict[str, Conventions] = {
    "ours": Conventions(),
    "lecture": Conventions(examples="sum"),
    "worked example": Conventions(half=True, examples="sum"),
    "pytorch": Conventions(outputs="mean"),
}
"""Named sets of switches; the worked example also fixes its biases, which is a property of its nodes."""


def reduction_words(conventions: Conventions) -> str:
    """How J comes from ℒ, for the small print: one sentence fragment."""
    if conventions.examples == "mean":
        return tr("J = mean of ℒ over the examples shown")
    return tr("J = sum of ℒ over the examples shown")
