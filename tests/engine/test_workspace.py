"""Memory is refused before it is asked for, and a large network is judged some rows at a time."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.engine.operations import images
from nnviz.engine.workspace import MOST_NUMBERS, Workspace, numbers_a_row
from nnviz.errors import ShapeError
from nnviz.learning import evaluation
from nnviz.session.computing import all_examples
from tests.engine import test_conformance
from tests.images import convolutional


def test_more_rows_than_memory_holds_are_refused() -> None:
    plan = convolutional(rows=4).plan
    most = MOST_NUMBERS // numbers_a_row(plan)
    with pytest.raises(ShapeError, match=r"too large for so many rows.*at most 536,870,912 numbers.*smaller batches"):
        Workspace(plan, most + 1)


def test_a_large_network_is_judged_some_rows_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    document = convolutional(rows=50)
    examples = all_examples(document)
    parameters = Workspace(document.plan, 1).parameters + 0.1
    whole = evaluation.evaluate(document.plan, examples, parameters)
    monkeypatch.setattr(evaluation, "MOST", 7 * numbers_a_row(document.plan))
    parts = evaluation.evaluate(document.plan, examples, parameters)
    np.testing.assert_allclose(parts.loss, whole.loss, rtol=1e-13)
    assert parts.metrics == whole.metrics


@pytest.mark.parametrize("seed", range(5))
def test_a_convolution_may_be_computed_row_by_row(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MOST_COPIED", 1)
    test_conformance.test_gradient_is_the_central_difference("conv2d", seed)
