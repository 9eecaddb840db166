"""The fast executor trains every kind of node there is, with the numbers of the clear one."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from nnviz.document.document import Document
from nnviz.lowering.kinds import KINDS
from nnviz.session.training import training_of
from tests.learning.runs import CARRIED_BY
from tests.lowering.drawings import circuit, example_of


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NNVIZ_EXECUTOR")


def check(document: Document) -> None:
    """Some updates, by whoever trains and by the clear executor; after many a rounding may have grown."""
    document = document.with_(training=replace(document.training, epochs=10))
    training, other = training_of(document), training_of(document, executor="clear")
    assert (training.executor, training.notice) == ("fast", "")
    for each in (training, other):
        assert (each.executor, each.products) == CARRIED_BY[type(each)]
        list(each)
        assert each.stopped == "finished"
    for key, values in other.parameters.items():
        np.testing.assert_allclose(training.parameters[key], values, rtol=1e-9, atol=1e-12)


WITHOUT_SLOPE = {"step"}
"""Kinds through which nothing is learnt."""


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in WITHOUT_SLOPE])
def test_every_kind_of_node_trains_by_both_executors(kind: str) -> None:
    check(example_of(kind))


@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.parametrize("extreme", ["maximum", "minimum"])
def test_an_extreme_of_any_number_of_operands(extreme: str, count: int) -> None:
    names = "abcd"[:count]
    document = circuit({name: 0.3 * place for place, name in enumerate(names)}, ("m", extreme, tuple(names)))
    check(document)
