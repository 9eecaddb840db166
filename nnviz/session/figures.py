"""What people judge a network by beside the loss that it trains on: J and accuracy, of training and validation rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnviz.document.document import Document
from nnviz.engine.workspace import flat_statistics, flatten, numbers_a_row
from nnviz.errors import NnvizError
from nnviz.learning.evaluation import Evaluation, evaluate
from nnviz.session.computing import checked_examples, parts_of
from nnviz.words import tr

MOST_NUMBERS = 2**24
"""Numbers beyond which rows are not judged for a sentence alone."""


@dataclass(frozen=True)
class Figures:
    """J and accuracy of the rows of each part, as far as they are known."""

    training: Evaluation | None = None
    validation: Evaluation | None = None

    @property
    def accuracy(self) -> list[str]:
        r"""The accuracy of each loss that compares classes, in words.

        >>> Figures(Evaluation(0.1, {"accuracy": 0.983}), Evaluation(0.2, {"accuracy": 1.0})).accuracy
        ['accuracy 98.3\xa0% training, 100.0\xa0% validation']
        """
        parts = ((self.training, tr("training")), (self.validation, tr("validation")))
        told: dict[str, list[str]] = {}
        for part, words in parts:
            for name, share in (part.metrics if part else {}).items():
                told.setdefault(name, []).append(f"{100 * share:.1f}\u00a0% {words}")
        return [f"{tr(name)} {', '.join(shares)}" for name, shares in told.items()]


def figures(document: Document) -> Figures:
    """Those of the present weights, with nothing dropped; none where they are not known, or take long to know."""
    try:
        plan, parts = document.plan, parts_of(document)
        if numbers_a_row(plan) * (len(parts.training) + len(parts.validation)) > MOST_NUMBERS:
            return Figures()
        examples = checked_examples(document)
        known = flatten(plan, document.parameters), flat_statistics(plan, document.state.statistics)

        def judged(rows: NDArray[np.intp]) -> Evaluation | None:
            return evaluate(plan, examples.take(rows), *known) if len(rows) else None

        return Figures(judged(parts.training), judged(parts.validation))
    except NnvizError:
        return Figures()
