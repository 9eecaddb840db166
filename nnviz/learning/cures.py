"""What may be done about a number that is not finite, where its node gives it away."""

from __future__ import annotations

import numpy as np

from nnviz.engine.workspace import Workspace
from nnviz.learning.metrics import heads
from nnviz.numbers import exact_text
from nnviz.words import tr

OF_PROBABILITIES = {"binary_cross_entropy": "sigmoid", "categorical_cross_entropy": "softmax"}
"""Losses that take probabilities, with the activation that gives them."""


def cure(workspace: Workspace, node: str) -> str:
    """What may be done where a node made such a number in a computed workspace; empty where nothing is known of it."""
    for head in heads(workspace.plan):
        if head.node == node and head.kind in OF_PROBABILITIES:
            prediction = workspace.views[head.prediction]
            outside = prediction[(prediction < 0.0) | (prediction > 1.0)]
            if len(outside) and np.isfinite(outside[0]):
                return tr(
                    "A cross-entropy takes probabilities from 0 to 1, and {found} came in: give {activation} to what "
                    "leads into it, or take the same loss on logits",
                    found=exact_text(float(outside[0])),
                    activation=OF_PROBABILITIES[head.kind],
                )
    return ""
