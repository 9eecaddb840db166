"""Every case of the conformance table and every stored vector by the kernels too; what has none is refused by name.

The clear executor's numbers are judged in ``tests/engine``: by central differences, by PyTorch, by mpmath.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from nnviz.engine.fast import codes
from nnviz.engine.fast.program import program_of
from nnviz.engine.plan import OptionValue
from nnviz.engine.registry import OPERATIONS, Form
from nnviz.errors import ConfigError
from tests.engine import test_conformance as table
from tests.engine import test_ends, test_operations_reference
from tests.engine.fast.carried import Drawn, Numbers, by_clear, by_kernels, drawn

APART = {"by_mode"}
"""The choice between a batch's statistic and the running one, tried with whole networks in ``tests/learning``."""
CASES = table.CASES | {"step": table.elementwise(table.off_kinks)}


def is_carried(operation: str, options: Mapping[str, OptionValue]) -> bool:
    """All but a spread that divides, which no forward pass holds."""
    return not (operation == "spread" and options["mean"])


def test_every_operation_with_a_rule_is_tried() -> None:
    """One that has no kernel and is not named above would fail below."""
    assert CASES.keys() == {name for name, row in OPERATIONS.items() if row.rule}


def conforming(operation: str, seed: int) -> tuple[Drawn, list[np.ndarray], np.ndarray | None] | None:
    """Case, operands and what arrives at its value; None where it is refused, as it must be."""
    rng = np.random.default_rng([seed, sum(operation.encode())])
    trial = CASES[operation](rng)
    if not is_carried(operation, trial.options):
        builder, _, goal = table.drawn(operation, trial)
        with pytest.raises(ConfigError, match=f"does not cover {operation}"):
            program_of(builder.finish(goal))
        return None
    moving = len(trial.forms) if trial.differentiable is None else trial.differentiable
    case, rows = drawn(operation, trial.forms, moving, trial.options), int(rng.integers(1, 5))
    operands = [
        draw(rng, (rows,) * form.batched + form.shape) for form, draw in zip(trial.forms, trial.draw, strict=True)
    ]
    upstream = [rng.normal(size=(rows, *slot.shape)) for slot in case.plan.slots_of("target") if slot.key == "u"]
    return case, operands, upstream[0] if upstream else None


def agree(found: Numbers, expected: Numbers, tolerance: float) -> None:
    pairs = [(np.array(found.loss), np.array(expected.loss))]
    pairs += [] if found.value is None else [(found.value, expected.value)]
    for one, other in zip(found.gradients, expected.gradients, strict=True):
        assert (one is None) == (other is None)
        pairs += [] if one is None else [(one, other)]
    for one, other in pairs:
        assert np.abs(one - other).max(initial=0.0) <= tolerance * max(1.0, np.abs(other).max(initial=0.0))


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-13), (np.float32, 1e-5)])
@pytest.mark.parametrize("operation", sorted(CASES.keys() - APART))
def test_value_and_gradients_are_those_of_the_clear_executor(operation: str, dtype: type, tolerance: float) -> None:
    for seed in range(20):
        made = conforming(operation, seed)
        if made is not None:
            case, operands, upstream = made
            operands = [array.astype(dtype).astype(float) for array in operands]
            found = by_kernels(case, operands, upstream, dtype)
            assert (found.value is None) == (operation in codes.LOSS_KINDS)
            agree(found, by_clear(case, operands, upstream), tolerance)


REFERENCE, ARRAYS = test_operations_reference.REFERENCE, test_operations_reference.ARRAYS
TIGHT = test_operations_reference.TIGHT
SINGLY = codes.LOSS_KINDS.keys() - {"categorical_cross_entropy_logits"}
"""Losses that look at one unit at a time. So do the tests: in the stored vectors each unit has its own upstream."""


@pytest.mark.parametrize("place", range(len(REFERENCE)), ids=lambda place: f"{REFERENCE[place]['operation']}-{place}")
def test_stored_values_and_gradients(place: int) -> None:
    case = REFERENCE[place]
    operation = case["operation"]
    batched = [not test_operations_reference.is_kernel(case, number) for number in range(len(case["inputs"]))]
    operands = [np.array([row] if each else row) for row, each in zip(case["inputs"], batched, strict=True)]
    case = case | {"batched": batched}
    if operation in SINGLY:
        for unit in range(len(case["value"])):
            check_one_unit(case, [row[:, unit : unit + 1] for row in operands], unit)
    elif operation in codes.LOSS_KINDS:
        found = carried(case, operands)
        np.testing.assert_allclose(found.loss, case["whole"], **TIGHT)
        np.testing.assert_allclose(found.gradients[0], [case["whole_gradient"]], **TIGHT)
    else:
        check_all_units(case, operands)


def carried(case: dict, operands: list[np.ndarray], upstream: np.ndarray | None = None, dtype: type = np.float64):
    batched = case.get("batched") or [True] * len(operands)
    forms = [Form(each.shape[of_rows:], of_rows) for each, of_rows in zip(operands, batched, strict=True)]
    moving = 1 if case["operation"] in codes.LOSS_KINDS or case["operation"] == "dropout" else len(operands)
    return by_kernels(drawn(case["operation"], forms, moving, case.get("options", {})), operands, upstream, dtype)


def check_one_unit(case: dict, operands: list[np.ndarray], unit: int) -> None:
    found, value = carried(case, operands), case["value"][unit]
    if not np.isfinite(value):
        assert np.isnan(found.loss)  # where J is not finite, training ends
        return
    np.testing.assert_allclose(found.loss, value, **TIGHT)
    np.testing.assert_allclose(found.gradients[0].item() * case["upstream"][unit], case["gradients"][0][unit], **TIGHT)


def check_all_units(case: dict, operands: list[np.ndarray]) -> None:
    """The values; and the gradients of the units whose value is finite, for training ends where one is not."""
    value, upstream = np.array([case["value"]]), np.array([case["upstream"]])
    np.testing.assert_allclose(carried(case, operands, upstream).value, value, **TIGHT)
    finite = np.isfinite(value[0])
    if not finite.all():
        operands, value, upstream = ([each[:, finite] for each in operands], value[:, finite], upstream[:, finite])
    small = smaller(value, np.float64, whole=case["operation"] in ("softmax", "log_softmax"))
    found = carried(case, operands, upstream * small)
    if case["gradients"] is None:
        assert found.gradients == [None]
    for gradient, expected in zip(found.gradients, case["gradients"] or [], strict=False):
        expected = np.array(expected)[finite] if not finite.all() else np.array(expected)
        assert gradient is not None
        back = small if small.shape == gradient.shape else 1.0
        np.testing.assert_allclose(gradient / back, expected.reshape(gradient.shape), **TIGHT)


def smaller(value: np.ndarray, dtype: type, *, whole: bool = False) -> np.ndarray:
    """Powers of two by which what arrives is multiplied, so that J is finite where values are at the end of a type."""
    exponent = {np.float64: -300, np.float32: -40}[dtype]
    large = np.abs(value) > 2.0 ** -(exponent // 2)
    return np.where(large.any() if whole else large, 2.0**exponent, 1.0) * np.ones_like(value)


@pytest.mark.parametrize("place", range(len(ARRAYS)), ids=lambda place: f"{ARRAYS[place]['operation']}-{place}")
def test_stored_arrays(place: int) -> None:
    case = ARRAYS[place]
    operation, operands, upstream = case["operation"], list(map(np.array, case["inputs"])), np.array(case["upstream"])
    value, gradients = np.array(case["value"]), list(map(np.array, case["gradients"]))
    if operation == "over_examples":
        check_behind_a_loss(case, operands[0][:, None], upstream, value, gradients[0][:, None])
    elif operation in ("over_outputs", "scale"):  # what arrives differs: one J for each example, or for each number
        shape = (-1, 1, operands[0].shape[1]) if operation == "over_outputs" else (-1, 1, 1)
        parts = (operands[0].reshape(shape), upstream.ravel(), value.ravel(), gradients[0].reshape(shape))
        for part in zip(*parts, strict=True):
            check_behind_a_loss(case, *part)
    else:
        found = carried(case, operands, upstream)
        np.testing.assert_allclose(found.value, value, **TIGHT)
        for gradient, expected in zip(found.gradients, gradients, strict=False):
            np.testing.assert_allclose(gradient, expected, rtol=1e-9, atol=1e-13)


def check_behind_a_loss(case: dict, operand: np.ndarray, upstream: float, value: float, gradient: np.ndarray) -> None:
    found = carried(case, [operand])
    np.testing.assert_allclose(found.loss, value, **TIGHT)
    np.testing.assert_allclose(found.gradients[0] * upstream, gradient, rtol=1e-9, atol=1e-13)


FROM_VALUE = test_ends.FROM_VALUE | {("elu", "slope")}


@pytest.mark.parametrize("case", test_ends.REFERENCE, ids=lambda case: f"{case['operation']}-{case['type']}")
def test_finite_and_right_at_the_ends(case: dict) -> None:
    limits, dtype = np.finfo(case["type"]), {"float64": np.float64, "float32": np.float32}[case["type"]]
    value = np.array([case["value"]])
    small = smaller(value, dtype)
    found = carried(case | {"inputs": [case["z"]]}, [np.array([case["z"]])], small, dtype)
    roles = {"value": found.value}
    if found.gradients[0] is not None:
        roles["slope"] = found.gradients[0] / small
    assert all(role in roles or not case[role] for role in ("value", "slope"))
    for role, numbers in roles.items():
        room = 2 * limits.eps if (case["operation"], role) in FROM_VALUE else limits.tiny
        assert np.isfinite(numbers).all()
        np.testing.assert_allclose(numbers, [case[role]], rtol=16 * limits.eps, atol=room, err_msg=role)


NEAR = (0.0, 1e-300, 1e-20, 1e-12, 1e-9, 1e-3, 0.5, 1 - 1e-12, 1.0)
FAR = (-800.0, -40.0, -36.0, -20.0, -5.0, 0.0, 3.0, 20.0, 36.0, 40.0, 800.0)


@pytest.mark.parametrize("target", [0.0, 0.5, 1.0])
@pytest.mark.parametrize(
    ("operation", "z"),
    [("binary_cross_entropy", p) for p in NEAR] + [("binary_cross_entropy_logits", z) for z in FAR],
)
def test_no_digits_are_lost_where_a_loss_is_small(operation: str, z: float, target: float) -> None:
    """A sum whose terms were put in another order would leave a few of sixteen."""
    case, operands = drawn(operation, [Form((1,), True)] * 2, 1, {}), [np.array([[z]]), np.array([[target]])]
    found, expected = by_kernels(case, operands), by_clear(case, operands)
    if not np.isfinite(expected.loss):
        assert np.isnan(found.loss)
        return
    np.testing.assert_allclose(found.loss, expected.loss, rtol=1e-14, atol=0)
    np.testing.assert_allclose(found.gradients[0], expected.gradients[0], rtol=1e-14, atol=0)


@pytest.mark.parametrize("far", [1e3, 1e8, 1e12])
@pytest.mark.parametrize("operation", ["categorical_cross_entropy_logits", "log_softmax"])
def test_no_digits_are_lost_where_logits_are_large(operation: str, far: float) -> None:
    z, y = far + np.array([[0.0, 1.0, 0.5, -2.0]]), np.array([[0.0, 0.0, 1.0, 0.0]])
    is_loss = operation in codes.LOSS_KINDS
    case = drawn(operation, [Form((4,), True)] * (2 if is_loss else 1), 1, {})
    given = (case, [z, y]) if is_loss else (case, [z], y)
    np.testing.assert_allclose(by_kernels(*given).loss, by_clear(*given).loss, rtol=1e-14, atol=0)


@pytest.mark.parametrize(("kind", "far"), [("float64", 1e308), ("float32", 3e38)])
def test_a_log_softmax_is_finite_for_all_arguments(kind: str, far: float) -> None:
    z = np.array([[far, -far, 0.0], [far, far, far], [-far, -far, -far], [0.0, 1.0, -far]], kind)
    case, dtype = drawn("log_softmax", [Form((3,), True)], 1, {}), np.dtype(kind)
    found = by_kernels(case, [z], np.zeros(z.shape), dtype).value
    np.testing.assert_allclose(found, by_clear(case, [z], np.zeros(z.shape), dtype).value, rtol=4 * np.finfo(kind).eps)
    assert np.isfinite(found).all()
