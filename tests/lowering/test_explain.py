"""Every formula that stands beside a step evaluates to the number that the engine computed."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.conventions import PRESETS
from nnviz.document.build import new
from nnviz.document.document import Document
from nnviz.engine.optimizers import SGD, Adam, Optimizer
from nnviz.learning.clipping import ClipNorm, ClipValue
from nnviz.learning.schedules import Exponential, WarmUp
from nnviz.learning.settings import TrainingSettings
from nnviz.lowering.formula import Formula, latex_name
from nnviz.numbers import value_text
from nnviz.session.computing import Focus
from nnviz.session.data import use_data
from nnviz.session.training import train
from nnviz.session.walkthrough import walkthrough
from tests.engine.test_optimizers import VARIANTS
from tests.lowering.drawings import example_of
from tests.networks import mazur, mixed, table

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


SETTINGS = [
    {},
    {"l2": 0.01},
    {"l1": 0.02, "l2": 0.01, "l1_proximal": False},
    {"l1": 0.2, "clip": ClipNorm(0.01)},
    {"max_norm": 0.4, "clip": ClipValue(0.02), "schedule": Exponential(0.9)},
    {"l1": 0.2, "l2": 0.1, "max_norm": 0.4, "warm_up": WarmUp(20)},
]


@pytest.mark.parametrize("changes", SETTINGS, ids=" ".join)
@pytest.mark.parametrize("rule", VARIANTS, ids=repr)
def test_every_update_is_told_by_the_rules_own_formula_and_is_what_training_does(
    rule: Optimizer, changes: dict
) -> None:
    begun = mazur("trained").with_(training=TrainingSettings(optimizer=rule, **changes))
    for epochs in (0, 1, 7):
        document = train(begun, epochs=epochs).document if epochs else begun
        walk = walkthrough(document)
        told = [line for step in walk.steps if step.phase == "update" for line in step.formulas]
        for line in told:
            np.testing.assert_allclose(line.evaluate(), line.value, rtol=1e-12, atol=0, err_msg=line.symbols())
            assert line.symbols(latex=True).count("{") == line.symbols(latex=True).count("}")
        assert {str(line.left.text) for line in told} >= {"w1⁺", "w8⁺", "b⁺"}
        after = train(document, epochs=1).document.parameters
        assert {key: values.tobytes() for key, values in walk.after.items()} == {
            key: values.tobytes() for key, values in after.items()
        }


def test_momentum_and_adam_tell_what_they_remember() -> None:
    def told(rule: Optimizer) -> list[str]:
        document = mazur().with_(training=TrainingSettings(optimizer=rule))
        return [line.symbols() for line in walkthrough(document).steps[-1].formulas]

    assert told(SGD(0.5, 0.9)) == [
        "v⁺(w₇) = μ · v(w₇) + ∂J/∂w₇",
        "w₇⁺ = w₇ − η · v⁺(w₇)",
        "w₈⁺ = w₈ − η · v⁺(w₈)",
    ]
    assert told(Adam()) == [
        "g(w₇) = ∂J/∂w₇",
        "m⁺(w₇) = β₁ · m(w₇) + (1 − β₁) · g(w₇)",
        "v⁺(w₇) = β₂ · v(w₇) + (1 − β₂) · g(w₇)²",
        "m̂(w₇) = m⁺(w₇) / (1 − β₁ᵗ)",
        "v̂(w₇) = v⁺(w₇) / (1 − β₂ᵗ)",
        "w₇⁺ = w₇ − η · m̂(w₇) / (√(v̂(w₇)) + ε)",
        "w₈⁺ = w₈ − η · m̂(w₈) / (√(v̂(w₈)) + ε)",
    ]


def test_what_overflows_is_told_all_the_same() -> None:
    document = mazur().with_(training=TrainingSettings(optimizer=Adam(lr=1e308)))
    for _ in range(2):
        document = document.with_(parameters=walkthrough(document).after)
    assert walkthrough(document).steps[-1].formulas


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


def test_no_step_of_the_way_back_repeats_what_the_one_before_it_told() -> None:
    walk = walkthrough(example_of("conv2d"))
    back = [step for step in walk.steps if step.phase == "backward"]
    told = [line.symbols() for step in back for line in step.formulas]
    assert len(told) == len(set(told))
    assert [line.symbols() for line in back[2].formulas] == ["δ(k) = ∂J/∂k · (1 − k²)"]
    assert all(step.formulas for step in back)


def test_what_two_nodes_send_back_to_one_bears_two_names() -> None:
    told = [line.symbols() for step in walkthrough(mazur()).steps for line in step.formulas]
    assert {"∂J/∂h₁ via o₁ = δ(o₁) · w₅", "∂J/∂h₁ via o₂ = δ(o₂) · w₇"} <= set(told)


def test_what_a_single_node_sends_back_is_all_of_it() -> None:
    for kind, line in (("dense", "∂J/∂a = δ(k) W⁽²⁾ᵀ"), ("conv2d", "∂J/∂r = convᵀ(δ(k), W(k))")):
        told = [line.symbols() for step in walkthrough(example_of(kind)).steps for line in step.formulas]
        assert told.count(line) == 1
        assert not any(" via " in line for line in told)


def test_two_numbers_of_a_name_are_parted() -> None:
    assert latex_name("x1,2") == "x_{1,2}"
    assert latex_name("x12") == "x_{12}"


def dense(shape: str, focus: Focus | None = None) -> dict[str, Formula]:
    """What is told of a network of layers, by the left side; it has three examples."""
    columns = {"x1": [1.5, 0.5, -0.25], "x2": [0.5, 2.0, 1.0], "y": [0.25, 0.125, 1.0]}
    document = use_data(new(shape, activation="tanh", perceptrons=False, seed=3), table(**columns), target="y")
    lines = [line for step in walkthrough(document, focus).steps for line in step.formulas]
    return {line.symbols().split(" = ")[0]: line for line in lines}


def test_a_large_matrix_is_its_symbol_with_its_shape() -> None:
    told = dense("2-8-1")
    assert told["z(h)"].numbers().startswith("z(h) = (1.5, 0.5) W⁽¹⁾ (2 × 8) + (0, 0, 0, 0, …) = (")
    assert "\\underset{2 \\times 8}{{W^{(1)}}} + (0" in told["z(h)"].numbers(latex=True)
    assert "W⁽²⁾ (8 × 1) + 0 = " in told["z(ŷ)"].numbers()
    assert told["W⁽¹⁾⁺"].numbers() == "W⁽¹⁾⁺ = W⁽¹⁾ (2 × 8) − 0.1 · ∂J/∂W⁽¹⁾ (2 × 8)"
    outer = told["∂J/∂W⁽¹⁾"]
    assert outer.numbers().startswith("∂J/∂W⁽¹⁾ = (1.5, 0.5)ᵀ (")
    assert outer.numbers().count(" = ") == 1
    assert outer.parts()[-1] == outer.numbers().removeprefix("∂J/∂W⁽¹⁾ ")


def test_a_small_matrix_is_written_row_by_row() -> None:
    told = dense("2-2-1")
    outer = told["∂J/∂W⁽¹⁾"]
    rows = "; ".join(", ".join(map(value_text, row)) for row in np.asarray(outer.value))
    assert outer.numbers().endswith(f" = ({rows})")
    assert outer.numbers(latex=True).endswith("\\end{pmatrix}")
    assert outer.numbers(latex=True).count(" & ") == 2
    back = told["∂J/∂h"]
    assert "; " not in back.numbers()  # W⁽²⁾ᵀ is a row


def test_a_column_stands_upright_in_a_product_of_matrices_only() -> None:
    told = dense("2-2-1", Focus("all"))
    assert told["∂J/∂h"].numbers().split(" = ")[1].count("; ") == 2
    assert ";" not in told["J"].numbers()


def test_a_shape_stays_with_its_name() -> None:
    told = dense("2-8-1", Focus("all"))
    assert "(1 − (h (3 × 8))²)" in told["δ(h)"].numbers()
    assert told["∂J/∂W⁽²⁾"].numbers().startswith("∂J/∂W⁽²⁾ = (h (3 × 8))ᵀ (")
    lines = [line.numbers() for step in walkthrough(example_of("matmul")).steps for line in step.formulas]
    assert "∂J/∂r via k = (r (4 × 4))ᵀ ∂J/∂k (4 × 4)" in lines


@pytest.mark.parametrize("focus", FOCI[:2], ids=str)
@pytest.mark.parametrize("kind", ["dense", "conv2d", "matmul", "max_pool", "batch_norm"])
def test_a_formula_has_as_many_parts_in_words_as_in_latex(kind: str, focus: Focus) -> None:
    for step in walkthrough(example_of(kind, rows=4), focus).steps:
        for line in step.formulas:
            assert len(line.parts()) == len(line.parts(latex=True)), line.whole()
            assert len(line.parts()) > 1 or "=" in line.whole()
