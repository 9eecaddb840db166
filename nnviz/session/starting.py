"""Where a training begins: with a loss, from a seed, from weights drawn again or from those that it began from."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from nnviz.document.document import Document
from nnviz.document.edits import Act, ForgetTraining, Initialise, SetParameter, SetSeed, SetStatistics, Together
from nnviz.document.rules import MAX_SEED
from nnviz.lowering.kinds import KINDS
from nnviz.words import tr

Parameters = Mapping[str, NDArray[np.float64]]

LOSSLESS = tr("There is no loss to train by: add one, for example Squared error, and connect the outputs to it")


def has_loss(document: Document) -> bool:
    """Whether a network has a loss, connected or not: without one there is nothing that a training makes smaller."""
    return any(KINDS[node.kind].family == "loss" for node in document.graph.nodes)


def new_seed(document: Document) -> Act:
    """The next seed, and all trained weights drawn from it."""
    seed = (document.seed + 1) % (MAX_SEED + 1)
    return Together((SetSeed(seed), Initialise()), tr("Draw the weights from seed {seed}", seed=seed))


def reset(document: Document, first: Parameters | None = None, statistics: Parameters | None = None) -> Act:
    """Go back to the weights that the training began from.

    Parameters
    ----------
    first : these weights, where they are known and still fit; else the weights are drawn from the seed again.
    statistics : the running statistics that belong to them, by key; None for those before the first update.
    """
    if first is None or not _fits(document, first):
        return Together((Initialise(),), tr("Reset the weights"))
    changed = (
        SetParameter(key, values)
        for key, values in first.items()
        if values.tobytes() != document.parameters[key].tobytes()
    )
    moved = (SetStatistics(dict(statistics or {})),) if document.state.statistics else ()
    return Together((*changed, ForgetTraining(), *moved), tr("Reset the weights"))


def begins_here(before: Document, after: Document) -> bool:
    """Whether a training began between two documents, so that ``before`` holds the weights it began from."""
    same_network = before.graph is after.graph and len(after.runs) > len(before.runs)
    return same_network and before.state.step == 0 and after.state.step > 0


def _fits(document: Document, first: Parameters) -> bool:
    wanted = {key: values.shape for key, values in document.parameters.items()}
    return wanted == {key: values.shape for key, values in first.items()}
