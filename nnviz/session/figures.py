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
        ['accuracy 98.3\xa0%, validation 100.0\xa0%']
        >>> Figures(validation=Evaluation(0.2, {"accuracy": 1.0})).accuracy
        ['validation accuracy 100.0\xa0%']
        """
        training, validation = (part.metrics if part else {} for part in (self.training, self.validation))
        return [_accuracy(name, training.get(name), validation.get(name)) for name in training or validation]


def _accuracy(name: str, training: float | None, validation: float | None) -> str:
    if training is None or validation is None:
        share = training if validation is None else validation
        told = tr("{name} {share}", name=tr(name), share=_percent(share))
        return told if validation is None else tr("validation {told}", told=told)
    return tr("{name} {a}, validation {b}", name=tr(name), a=_percent(training), b=_percent(validation))


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f}\u00a0%"


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
