"""The exact numbers of the 2-2-2 worked example, through the library and in the annotations of its picture."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.session.annotations import Annotation, annotate
from nnviz.session.computing import forward
from nnviz.session.derivatives import gradients
from nnviz.session.walkthrough import changed, walkthrough
from tests.networks import mazur

VALUES = {
    ("h1", "preactivation"): 0.3775,
    ("h2", "preactivation"): 0.3925,
    ("h1", "value"): 0.593269992107,
    ("h2", "value"): 0.596884378260,
    ("o1", "preactivation"): 1.10590596706,
    ("o2", "preactivation"): 1.224921404096,
    ("o1", "value"): 0.751365069552,
    ("o2", "value"): 0.772928465321,
    ("o1", "delta"): 0.138498561629,
    ("o2", "delta"): -0.038098236517,
    ("h1", "delta"): 0.008771354689,
    ("h2", "delta"): 0.009954254705,
}
GRADIENTS = {
    "w1": 0.000438567734, "w2": 0.000877135469, "w3": 0.000497712735, "w4": 0.000995425471,
    "w5": 0.082167040564, "w6": 0.082667627848, "w7": -0.022602540477, "w8": -0.022740242216,
}  # fmt: skip
NEXT = {
    "w1": 0.1497807161327628, "w2": 0.19956143226552567, "w3": 0.24975114363236958, "w4": 0.29950228726473915,
    "w5": 0.35891647971788465, "w6": 0.4086661860762334, "w7": 0.5113012702387375, "w8": 0.5613701211079891,
}  # fmt: skip

# The table prints twelve decimals of most numbers: half a unit of the last one is all the room there is.
PRINTED = {"abs": 5.1e-13, "rel": 0}


def noted(target: str, role: str, index: tuple[int, ...] = ()) -> Annotation:
    return next(
        note for note in annotate(forward(mazur())) if (note.target, note.role, note.index) == (target, role, index)
    )


@pytest.mark.parametrize(("node", "role"), VALUES)
def test_values_and_deltas_stand_at_the_nodes(node: str, role: str) -> None:
    assert noted(node, role).number == pytest.approx(VALUES[node, role], **PRINTED)


@pytest.mark.parametrize("edge", GRADIENTS)
def test_gradients_stand_on_the_edges_and_come_from_the_engine(edge: str) -> None:
    shown = noted(edge, "gradient").number
    assert shown == pytest.approx(GRADIENTS[edge], **PRINTED)
    assert shown == float(gradients(mazur())[edge].item())


def test_the_loss_and_its_terms() -> None:
    assert forward(mazur()).loss == pytest.approx(0.2983711087600027, rel=1e-12)
    assert noted("loss", "loss").number == pytest.approx(0.2983711087600027, rel=1e-12)
    assert noted("loss", "loss_term", (0,)).number == pytest.approx(0.274811083176, **PRINTED)
    assert noted("loss", "loss_term", (1,)).number == pytest.approx(0.023560025584, **PRINTED)


@pytest.mark.parametrize("edge", NEXT)
def test_one_update_gives_the_next_weights(edge: str) -> None:
    assert changed(forward(mazur())).after[edge].item() == pytest.approx(NEXT[edge], rel=1e-12)


def test_what_two_ways_back_bring_is_told_apart_and_added() -> None:
    steps = [step for step in walkthrough(mazur()).steps if step.title == "δ of h₁"]
    arrived = steps[0].formulas[0]
    assert arrived.value == pytest.approx(0.036350306393, **PRINTED)
    from_o1 = next(s for s in walkthrough(mazur()).steps if s.title == "Gradient of w₅").outgoing["h1"].item()
    from_o2 = next(s for s in walkthrough(mazur()).steps if s.title == "Gradient of w₇").outgoing["h1"].item()
    assert from_o1 == pytest.approx(0.055399424651, **PRINTED)
    assert from_o2 == pytest.approx(-0.019049118258, **PRINTED)
    assert np.isclose(from_o1 + from_o2, arrived.value, rtol=1e-14)


def test_fixed_biases_have_no_gradient_and_say_so() -> None:
    assert not any(note.role == "bias_gradient" for note in annotate(forward(mazur())))
    assert not any(key.endswith(".b") for key in gradients(mazur()))


def test_running_backward_twice_does_not_accumulate() -> None:
    document = mazur()
    assert gradients(document)["w5"].tobytes() == gradients(document)["w5"].tobytes()
