"""Data loss and penalties apart, their shares of every derivative, and of shared weights the part of each edge."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

import nnviz
from nnviz.document.document import Document
from nnviz.document.edits import ShareWeight
from nnviz.errors import DataError
from nnviz.learning.settings import TrainingSettings
from nnviz.lowering import KINDS
from nnviz.session.annotations import Annotator, annotate
from nnviz.session.computing import Focus, forward
from nnviz.session.derivatives import gradients
from nnviz.session.shares import shares
from nnviz.session.walkthrough import walkthrough
from tests.lowering.drawings import example_of
from tests.networks import mazur, mixed


def penalised(document: Document, **settings: float) -> Document:
    return document.with_(training=msgspec.structs.replace(document.training, **settings))


def test_the_worked_example_with_both_penalties() -> None:
    found = shares(penalised(mazur(), l1=0.3, l2=0.1))
    assert set(found) == {f"w{n}" for n in range(1, 9)}
    assert found.loss == pytest.approx(0.2983711087600027, rel=1e-12)
    assert found.l1 == pytest.approx(0.3 * 2.8, rel=1e-14)
    assert found.l2 == pytest.approx(0.1 * (0.0225 + 0.04 + 0.0625 + 0.09 + 0.16 + 0.2025 + 0.25 + 0.3025), rel=1e-14)
    assert found.penalty == found.l1 + found.l2
    share = found["w5"]
    assert share.data.item() == pytest.approx(0.082167040564, rel=1e-10)
    assert (share.l1.item(), share.l2.item()) == (0.3, pytest.approx(2 * 0.1 * 0.4, rel=1e-15))
    assert share.penalty.item() == pytest.approx(0.38, rel=1e-15)
    assert share.total.item() == pytest.approx(0.462167040564, rel=1e-10)
    assert share.uses.keys() == {"w5"}


@pytest.mark.parametrize("kind", KINDS)
def test_the_total_is_the_derivative_of_loss_and_penalty_together(kind: str) -> None:
    document, step = penalised(example_of(kind), l1=0.02, l2=0.3), 1e-6
    for key, share in shares(document, Focus("all")).items():
        numeric = np.zeros_like(share.total)
        for place in np.ndindex(numeric.shape):
            costs = []
            for sign in (1, -1):
                moved = document.parameters[key].copy()
                moved[place] += sign * step
                found = shares(document.with_(parameters={**document.parameters, key: moved}), Focus("all"))
                costs.append(found.loss + found.penalty)
            numeric[place] = (costs[0] - costs[1]) / (2 * step)
        np.testing.assert_allclose(share.total, numeric, rtol=1e-6, atol=1e-7, err_msg=key)


@pytest.mark.parametrize("focus", [Focus(), Focus("all"), Focus("example", 2, "train")], ids=str)
def test_the_parts_of_all_edges_and_nodes_sum_to_the_gradient(focus: Focus) -> None:
    shared = ShareWeight(("w2", "w3"), "same").apply(mixed())
    for document in (mixed(), shared, mazur("trained", shared=True)):
        at = focus if len(document.data.table.columns) > 4 else Focus()
        found = shares(document, at)
        assert {key for key, gradient in gradients(document, at).items() if gradient.any()} <= set(found)
        for key, share in found.items():
            assert share.uses
            np.testing.assert_allclose(sum(share.uses.values()), gradients(document, at)[key], rtol=1e-13)
            users = {edge.id for edge in document.graph.edges if edge.key == key}
            assert share.uses.keys() == users or not users


def test_each_edge_of_a_shared_weight_has_the_part_it_would_have_alone() -> None:
    """w5 and w7 hold the same number: together ∂J/∂w is the sum of what each has by itself."""
    apart = mazur()
    same = {**apart.parameters, "w7": apart.parameters["w5"]}
    alone = gradients(apart.with_(parameters=same))
    shared = ShareWeight(("w5", "w7"), "both").apply(apart.with_(parameters=same))
    share = shares(shared)["both"]
    assert {key: part.item() for key, part in share.uses.items()} == {
        "w5": pytest.approx(alone["w5"].item(), rel=1e-14),
        "w7": pytest.approx(alone["w7"].item(), rel=1e-14),
    }
    annotator = Annotator(shared, forward(shared))
    for edge in ("w5", "w7"):
        assert annotator.part(shared.graph.edge(edge)).item() == share.uses[edge].item()  # type: ignore[union-attr]  # there is one: all is computed


def test_two_edges_into_one_node_that_share_a_weight_have_a_part_each() -> None:
    apart = mazur().with_(parameters={**mazur().parameters, "w6": mazur().parameters["w5"]})
    alone = gradients(apart)
    parts = shares(ShareWeight(("w5", "w6"), "both").apply(apart))["both"].uses
    assert {user: part.item() for user, part in parts.items()} == {
        user: pytest.approx(alone[user].item(), rel=1e-14) for user in ("w5", "w6")
    }


def test_a_shared_bias_has_a_part_of_each_node() -> None:
    found = shares(mazur("trained", shared=True))
    assert found["b2"].uses.keys() == {"o1", "o2"}
    assert found["b2"].uses["o1"].item() == pytest.approx(0.138498561629, rel=1e-10)
    assert found["b2"].penalty.item() == 0.0


def test_a_part_is_a_dash_until_its_step() -> None:
    document = ShareWeight(("w5", "w7"), "both").apply(mazur())
    walk = walkthrough(document)
    edge = document.graph.edge("w5")
    first = next(index for index, step in enumerate(walk.steps) if "both" in step.outgoing)
    assert walk.annotator(first - 1).part(edge) is None
    assert walk.annotator(len(walk.steps) - 1).part(edge) is not None
    assert Annotator(document, None).part(edge) is None


def test_annotations_tell_the_share_of_penalties_where_there_are_any() -> None:
    assert {note.role for note in annotate(forward(mazur()))} & {"penalty_share"} == set()
    notes = annotate(forward(penalised(mazur(), l2=0.1)))
    told = {note.target: note for note in notes if note.role == "penalty_share"}
    assert told.keys() == {f"w{n}" for n in range(1, 9)}
    assert told["w5"].number == pytest.approx(0.08, rel=1e-14)
    assert (told["w5"].symbol, told["w5"].text) == ("∂ penalty/∂w₅", "+0.0800")


def test_of_the_library() -> None:
    assert nnviz.shares(penalised(mazur(), l2=0.1))["w5"].l2.item() == pytest.approx(0.08, rel=1e-14)
    with pytest.raises(DataError, match="no targets"):
        nnviz.shares(mazur(), Focus("typed", values=(1.0, 2.0)))


def test_without_penalties_all_is_data() -> None:
    found = shares(mazur().with_(training=TrainingSettings()))
    assert found.penalty == 0.0
    for key, share in found.items():
        np.testing.assert_array_equal(share.total, gradients(mazur())[key])
