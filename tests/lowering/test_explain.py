"""Every formula that stands beside a step evaluates to the number that the engine computed."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.conventions import PRESETS
from nnviz.document.document import Document
from nnviz.session.computing import Focus
from nnviz.session.walkthrough import walkthrough
from tests.networks import mazur, mixed

FOCI = [Focus(), Focus("all"), Focus("example", 3, "train")]


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("focus", FOCI, ids=str)
def test_every_formula_evaluates_to_the_engines_number(preset: str, focus: Focus) -> None:
    walk = walkthrough(mixed(PRESETS[preset]), focus)
    assert {step.phase for step in walk.steps} == {"forward", "loss", "backward", "update"}
    for step in walk.steps:
        for line in step.formulas:
            np.testing.assert_allclose(line.evaluate(), line.value, rtol=1e-12, atol=1e-15, err_msg=step.title)


def test_the_worked_example_tells_the_well_known_lines() -> None:
    told = [f"{line.symbols()} | {line.numbers()}" for step in walkthrough(mazur()).steps for line in step.formulas]
    assert "z(h₁) = w₁ · x₁ + w₂ · x₂ + b(h₁) | z(h₁) = 0.15 · 0.05 + 0.2 · 0.1 + 0.35 = 0.3775" in told
    assert "ℒ₁ = ½ · (y₁ − ŷ₁)² | ℒ₁ = ½ · (0.01 − 0.7514)² = 0.2748" in told
    assert "∂ℒ₁/∂ŷ₁ = ŷ₁ − y₁ | ∂ℒ₁/∂ŷ₁ = 0.7514 − 0.01 = 0.7414" in told
    assert "∂J/∂w₅ = δ(o₁) · h₁ | ∂J/∂w₅ = 0.1385 · 0.5933 = 0.08217" in told
    assert "∂J/∂h₁ = δ(o₁) · w₅ + δ(o₂) · w₇ | ∂J/∂h₁ = 0.1385 · 0.4 + (−0.03810) · 0.5 = 0.03635" in told
    assert "w₅⁺ = w₅ − η · ∂J/∂w₅ | w₅⁺ = 0.4 − 0.5 · 0.08217 = 0.3589" in told


def test_a_step_carries_incoming_local_and_outgoing_gradients() -> None:
    step = next(step for step in walkthrough(mazur()).steps if step.title == "Gradient of w₅")
    assert step.incoming is not None
    assert step.local is not None
    np.testing.assert_allclose(step.incoming, 0.138498561629, rtol=1e-11)
    np.testing.assert_allclose(step.local, 0.593269992107, rtol=1e-11)
    np.testing.assert_allclose(step.outgoing["w5"], 0.082167040564, rtol=1e-11)
    np.testing.assert_allclose(step.outgoing["h1"], 0.055399424651, rtol=1e-10)
    assert step.lit == ("w5", "h1", "o1")


def test_an_update_with_penalty_tells_both_parts() -> None:
    document = mazur()
    document = document.with_(training=document.training.__class__(optimizer=document.training.optimizer, l2=0.01))
    step = walkthrough(document).steps[-1]
    assert step.formulas[0].symbols() == "w₇⁺ = w₇ − η · (∂J/∂w₇ + 2 · λ · w₇)"
    np.testing.assert_allclose(step.formulas[0].evaluate(), step.formulas[0].value, rtol=1e-14)


def test_latex_cannot_be_broken_by_a_name() -> None:
    document = renamed(mazur(), "h1", r"\input{x}$_^&%#~")
    for step in walkthrough(document).steps:
        for line in step.formulas:
            text = line.symbols(latex=True)
            assert r"\input" not in text
            assert text.count("{") == text.count("}")


def renamed(document: Document, node: str, name: str) -> Document:
    nodes = tuple(
        each if each.id != node else each.__class__(each.id, each.kind, name, each.options)
        for each in document.graph.nodes
    )
    return document.with_(graph=document.graph.__class__(nodes, document.graph.edges))
