"""Every operation that can be drawn is written as a formula, and the formula evaluates to what the engine computes."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.engine import clear
from nnviz.engine.plan import Instruction
from nnviz.engine.registry import OPERATIONS
from nnviz.engine.workspace import Workspace
from nnviz.lowering.explain.written import WRITTEN, Use, passed_back, written
from nnviz.lowering.formula import Formula, Partial, Symbol, evaluate
from nnviz.lowering.kinds import KINDS, NORMALISED
from tests.engine.test_conformance import CASES, workspace_of

UNWRITTEN = {"weighted_sum", "over_outputs", "over_examples", "scale", "every_row", "stretch"}
UNWRITTEN |= {"reduce", "spread", "offset", "by_mode"}
"""Written by the walkthrough itself, for they are drawn by something else than one node."""
BY_THE_ROW = {"categorical_cross_entropy_logits"}
"""Written output by output, so that only a document shows them whole."""
TIGHT = {"rtol": 1e-12, "atol": 1e-14}


def test_every_operation_that_can_be_drawn_is_written() -> None:
    assert {name for name, row in OPERATIONS.items() if row.rule} - UNWRITTEN == WRITTEN.keys()
    drawn = {name for name, kind in KINDS.items() if kind.family in ("operation", "activation", "loss")}
    assert drawn - {"constant", "parameter", "expression", *NORMALISED} == WRITTEN.keys() - {"conv2d"}


def used(workspace: Workspace, instruction: Instruction) -> Use:
    views = workspace.views
    inputs = tuple(Symbol(f"x{place}", np.array(views[slot])) for place, slot in enumerate(instruction.inputs, 1))
    return Use(inputs, Symbol("a", np.array(views[instruction.output])), dict(instruction.options))


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("name", sorted(WRITTEN.keys() & CASES.keys() - BY_THE_ROW))
def test_value_and_slopes_are_the_engines(name: str, seed: int) -> None:
    rng = np.random.default_rng([seed, sum(name.encode())])
    workspace, slots, _ = workspace_of(name, CASES[name](rng), rng)
    clear.forward(workspace)
    clear.backward(workspace)
    plan = workspace.plan
    instruction = next(each for each in plan.forward if each.operation == name)
    use = used(workspace, instruction)
    np.testing.assert_allclose(evaluate(written(name, use)), use.out.value, **TIGHT)
    step = next(each for each in plan.steps if plan.forward[each.forward] is instruction)
    arrived = Partial("a", np.array(workspace.views[step.incoming]))
    for place in range(len(slots)):
        local, sent = step.locals[place], step.outgoing[place]
        slopes = WRITTEN[name].slopes
        assert sent is not None
        if local is not None and slopes is not None:
            wanted = np.array(workspace.views[local])
            found = np.broadcast_to(evaluate(slopes(use)[place]), wanted.shape)
            np.testing.assert_allclose(found, wanted, **TIGHT)
        np.testing.assert_allclose(
            evaluate(passed_back(name, use, place, arrived)), workspace.views[sent], rtol=1e-11, atol=1e-13
        )


def test_a_step_is_written_and_has_no_slope() -> None:
    use = Use((Symbol("z", np.array([-1.0, 0.0, 2.0])),), Symbol("a", np.zeros(3)))
    assert evaluate(written("step", use)).tolist() == [0, 0, 1]
    assert WRITTEN["step"].slopes is None
    assert WRITTEN["step"].back is None


@pytest.mark.parametrize(
    ("name", "numbers", "options", "told"),
    [
        ("divide", (3.0, -2.0), {}, "a = x / y = 3 / (−2) = −1.500"),
        ("power", (2.0,), {"exponent": 3.0}, "a = x³ = 2³ = 8.000"),
        ("maximum", (2.0, 5.0), {}, "a = max(x, y) = max(2, 5) = 5.000"),
        ("leaky_relu", (-2.0,), {"alpha": 0.1}, "a = x if x > 0, else α · x = 0.1 · (−2) = −0.2000"),
        ("abs", (-2.0,), {}, "a = |x| = |−2| = 2.000"),
        ("negate", (-2.0,), {}, "a = −x = −(−2) = 2.000"),
        ("gelu", (0.0,), {}, "a = x · Φ(x) = 0 · Φ(0) = 0"),
    ],
)
def test_formulas_read_as_on_the_board(name: str, numbers: tuple[float, ...], options: dict, told: str) -> None:
    inputs = tuple(Symbol(text, value) for text, value in zip("xy", numbers, strict=False))
    expression = written(name, Use(inputs, Symbol("a", 0.0), options))
    formula = Formula(Symbol("a", float(evaluate(expression))), expression)
    assert formula.whole() == told
    latex = formula.whole(latex=True)
    assert latex.count("{") == latex.count("}")
    assert "−" not in latex


def test_what_is_divided_by_stands_in_brackets() -> None:
    p, y = Symbol("ŷ", 0.25), Symbol("y", 1.0)
    slope = WRITTEN["binary_cross_entropy"].slopes(Use((p, y), Symbol("ℒ", 0.0)))[0]  # type: ignore[misc]  # this row has slopes
    formula = Formula(Partial("ŷ", -4.0, top="ℒ"), slope)
    assert formula.symbols() == "∂ℒ/∂ŷ = (ŷ − y) / (ŷ · (1 − ŷ))"
