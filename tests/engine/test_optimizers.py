"""Optimizers one by one: their table, settings, memory, formulas; the exact numbers stand in ``tests/learning``."""

from __future__ import annotations

import inspect

import msgspec
import numpy as np
import pytest

from nnviz.engine.optimizers import (
    RULES,
    SGD,
    Adagrad,
    Adam,
    AdamW,
    NAdam,
    Optimizer,
    RMSProp,
    effective_rate,
    empty_memory,
    tag_of,
)
from nnviz.errors import ConfigError
from nnviz.lowering.explain.rules import latex_of, read_line, told
from nnviz.lowering.formula import Symbol

VARIANTS: list[Optimizer] = [
    *(rule() for rule in RULES.values()),
    SGD(0.1, 0.9),
    SGD(0.1, 0.9, True),
    Adagrad(lr_decay=0.1, initial=0.3),
    RMSProp(momentum=0.5),
    RMSProp(centered=True),
    RMSProp(centered=True, momentum=0.5),
]


def test_the_table_holds_every_rule_under_the_name_files_write() -> None:
    assert set(RULES.values()) == set(Optimizer.__args__)  # type: ignore[attr-defined]  # a union has its members there
    for name, rule in RULES.items():
        data = msgspec.json.encode(rule())
        assert msgspec.json.decode(data)["rule"] == name == tag_of(rule)
        assert msgspec.json.decode(data, type=Optimizer) == rule()


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_row_tells_every_field_and_every_array(rule: type[Optimizer]) -> None:
    row = rule.row
    assert {each.field for each in row.settings} == set(rule.__struct_fields__)
    assert row.settings[0].field == "lr"
    assert row.name
    assert row.words
    assert row.source
    assert len({slot.name for slot in row.slots}) == len(row.slots)
    for each in row.settings:
        assert (each.allowed is None) == isinstance(getattr(rule(), each.field), bool)
    for name in rule.__struct_fields__:
        assert name in str(inspect.getdoc(rule))


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@pytest.mark.parametrize("wrong", [-1e-9, float("nan"), float("inf")])
def test_what_no_setting_takes(rule: type[Optimizer], wrong: float) -> None:
    for each in rule.row.settings:
        if each.allowed is not None:
            with pytest.raises(ConfigError, match=f"{each.field} is out of range") as caught:
                rule(**{each.field: wrong})
            assert (caught.value.expected, caught.value.found) == (each.allowed.text(), str(wrong))


@pytest.mark.parametrize(
    ("rule", "field"),
    [("sgd", "momentum"), ("rmsprop", "momentum"), ("rmsprop", "alpha"), ("adadelta", "rho")]
    + [(name, field) for name in ("adam", "adamw", "nadam", "adamax", "radam") for field in ("beta1", "beta2")],
)
def test_a_share_of_one_is_refused(rule: str, field: str) -> None:
    with pytest.raises(ConfigError, match="is out of range"):
        RULES[rule](**{field: 1.0})
    with pytest.raises(msgspec.ValidationError, match="is out of range"):
        msgspec.json.decode(msgspec.json.encode({"rule": rule, field: 1.0}), type=Optimizer)


@pytest.mark.parametrize("rule", VARIANTS, ids=repr)
def test_memory_begins_as_it_should_and_an_update_changes_all_of_it(rule: Optimizer) -> None:
    memory = empty_memory(rule, 3, np.dtype(np.float64))
    assert set(memory) == set(rule.slots) <= {slot.name for slot in rule.row.slots}
    assert all((array == rule.first.get(slot, 0.0)).all() for slot, array in memory.items())
    begun = {slot: array.copy() for slot, array in memory.items()}
    weights, gradient = np.array([1.0, -2.0, 0.5]), np.array([0.3, 4.0, -1e-3])
    rule.update(weights, gradient, memory, 1)
    assert all((memory[slot] != begun[slot]).all() for slot in memory)
    assert gradient.tolist() == [0.3, 4.0, -1e-3]


@pytest.mark.parametrize("rule", VARIANTS, ids=repr)
def test_the_formula_evaluates_to_the_engines_number(rule: Optimizer) -> None:
    rng = np.random.default_rng(1)
    weights = rng.normal(size=4)
    memory = empty_memory(rule, 4, weights.dtype)
    for count in range(1, 12):
        gradient = rng.normal(size=4)
        names = {letter: Symbol(letter, number) for letter, number in rule.coefficients(count).items()}
        names |= {"w": Symbol("w", weights.copy(), "w1"), "g": Symbol("g", gradient, "w1")}
        symbols = {slot.symbol: slot.name for slot in rule.row.slots if slot.name in memory}
        names |= {letter: Symbol(letter, memory[slot].copy(), "w1") for letter, slot in symbols.items()}
        rule.update(weights, gradient, memory, count)
        known = {f"{letter}⁺": Symbol(f"{letter}⁺", memory[slot].copy()) for letter, slot in symbols.items()}
        known["w⁺"] = Symbol("w⁺", weights.copy())
        lines = told(rule.at(count), names, "w1", known)
        assert {line.left for line in lines} >= set(known.values())
        for line in lines:
            np.testing.assert_allclose(line.evaluate(), line.value, rtol=1e-12, err_msg=line.symbols())


@pytest.mark.parametrize("rule", VARIANTS, ids=repr)
def test_a_formula_can_be_written_in_latex(rule: Optimizer) -> None:
    for line in latex_of((*rule.lines, *rule.row.lines)):
        assert " = " in line
        assert line.count("{") == line.count("}")
        assert not set(line) & set("⁺ᵗ²√∕·−")


def test_latex_of_adam() -> None:
    assert latex_of(Adam().lines)[-1] == (r"w^{+} = w - \frac{\eta \cdot \hat{m}}{\sqrt{\hat{v}} + \varepsilon}")


@pytest.mark.parametrize("line", ["w", "w⁺ = ", "w⁺ = (w", "w⁺ = w +", "w⁺ = w)", "w⁺ = |w", "w⁺ = max(w)", "w⁺ = ;"])
def test_what_is_no_formula(line: str) -> None:
    with pytest.raises(ConfigError, match="no formula"):
        read_line(line, {"w": Symbol("w", 1.0)})


@pytest.mark.parametrize("rule", VARIANTS, ids=repr)
def test_the_effective_rate_is_the_step_over_the_gradient(rule: Optimizer) -> None:
    weights = np.zeros(3)  # so that AdamW's decay takes nothing
    memory = empty_memory(rule, 3, weights.dtype)
    rule.update(weights, np.array([0.1, -0.2, 0.3]), memory, 1)
    before = {slot: array.tobytes() for slot, array in memory.items()}
    gradient = np.array([2.0, -3.0, 0.0])
    rates = effective_rate(rule, gradient, memory, 2)
    assert {slot: array.tobytes() for slot, array in memory.items()} == before
    moved = np.zeros(3)
    rule.update(moved, gradient, memory, 2)
    np.testing.assert_allclose(rates[:2] * np.abs(gradient[:2]), np.abs(moved[:2]), rtol=1e-14)
    assert np.isnan(rates[2])


def test_effective_rates_that_a_person_can_check() -> None:
    gradient = np.array([4.0, -0.5])
    assert effective_rate(SGD(0.3), gradient, {}, 1).tolist() == pytest.approx([0.3, 0.3], rel=1e-15)
    memory = empty_memory(AdamW(), 2, gradient.dtype)
    assert effective_rate(AdamW(0.01), gradient, memory, 1) == pytest.approx([0.01 / 4, 0.01 / 0.5], rel=1e-7)


def test_nesterov_without_momentum_is_plain_descent() -> None:
    weights, plain = np.array([1.0]), np.array([1.0])
    SGD(0.1, 0.0, True).update(weights, np.array([3.0]), {}, 1)
    SGD(0.1).update(plain, np.array([3.0]), {}, 1)
    assert weights.tobytes() == plain.tobytes()


def test_a_count_from_a_file_may_be_huge() -> None:
    for rule in VARIANTS:
        weights = np.array([1.0])
        rule.update(weights, np.array([1.0]), empty_memory(rule, 1, weights.dtype), 2**62)
        assert np.isfinite(weights).all()
    assert NAdam().slots == ("m", "v", "product")
