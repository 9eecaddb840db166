"""Every operation that has a derivative rule: its gradient is the central difference, on 20 random shapes each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from nnviz.engine import clear
from nnviz.engine.arrays import shape_text
from nnviz.engine.builder import PlanBuilder
from nnviz.engine.plan import OptionValue
from nnviz.engine.registry import OPERATIONS, Form, operation
from nnviz.engine.workspace import Workspace

Random = np.random.Generator
STEP = 1e-5


def normal(rng: Random, shape: tuple[int, ...]) -> np.ndarray:
    return rng.normal(size=shape)


def off_kinks(rng: Random, shape: tuple[int, ...]) -> np.ndarray:
    return rng.choice([-1, 1], size=shape) * rng.uniform(0.01, 3.0, shape)


def probabilities(rng: Random, shape: tuple[int, ...]) -> np.ndarray:
    return rng.uniform(0.05, 0.95, shape)


def positive(rng: Random, shape: tuple[int, ...]) -> np.ndarray:
    return rng.uniform(0.2, 3.0, shape)


def away(rng: Random, shape: tuple[int, ...]) -> np.ndarray:
    """Far enough from 0 to be divided by."""
    return sides(rng, shape) * rng.uniform(0.3, 3.0, shape)


def sides(rng: Random, shape: tuple[int, ...]) -> np.ndarray:
    return rng.choice([-1.0, 1.0], size=shape)


def marks(rng: Random, shape: tuple[int, ...]) -> np.ndarray:
    return rng.integers(0, 3, shape) / 2


@dataclass
class Trial:
    """Operands of one call: forms, how each is drawn, options, and how many of the first can be differentiated."""

    forms: Sequence[Form]
    draw: Sequence[Callable[[Random, tuple[int, ...]], np.ndarray]]
    options: dict[str, OptionValue] = field(default_factory=dict)
    differentiable: int | None = None


def rows_of(rng: Random) -> Form:
    return Form((int(rng.integers(1, 5)),), True)


def elementwise(draw: Callable[[Random, tuple[int, ...]], np.ndarray] = normal):
    return lambda rng: Trial([rows_of(rng)], [draw])


def with_alpha(rng: Random) -> Trial:
    return Trial([rows_of(rng)], [off_kinks], {"alpha": float(rng.uniform(0.1, 2.0))} if rng.integers(2) else {})


def two(*draws: Callable[[Random, tuple[int, ...]], np.ndarray]):
    return lambda rng: Trial([rows_of(rng)] * 2, draws)


def power(rng: Random) -> Trial:
    if rng.integers(2):
        return two(positive, normal)(rng)
    return Trial([rows_of(rng)], [away], {"exponent": float(rng.integers(-2, 4))})


def extreme(rng: Random) -> Trial:
    """Numbers of which no two are nearer than the step: each operand draws on a grid of its own."""
    count = int(rng.integers(1, 5))
    draws = [lambda rng, shape, place=place: rng.integers(-9, 9, shape) + place / 10 for place in range(count)]
    return Trial([rows_of(rng)] * count, draws)


def select(rng: Random) -> Trial:
    form = rows_of(rng)
    start = int(rng.integers(form.shape[0]))
    return Trial([form], [normal], {"start": start, "stop": int(rng.integers(start, form.shape[0])) + 1})


def several(rng: Random) -> Trial:
    count = int(rng.integers(1, 5))
    return Trial([rows_of(rng)] * count, [normal] * count)


def side_by_side(rng: Random) -> Trial:
    count = int(rng.integers(1, 4))
    return Trial([rows_of(rng) for _ in range(count)], [normal] * count)


def weighted_sum(rng: Random) -> Trial:
    units, bias = int(rng.integers(1, 5)), bool(rng.integers(2))
    forms = []
    for _ in range(rng.integers(1, 4)):
        source = rows_of(rng)
        forms += [source, Form((source.shape[0], units), False)]
    forms += [Form((units,), False)] * bias
    return Trial(forms, [normal] * len(forms), {"bias": bias})


def squared_error(rng: Random) -> Trial:
    return Trial([rows_of(rng)] * 2, [normal] * 2, {"half": bool(rng.integers(2))}, differentiable=1)


def cross_entropy(rng: Random) -> Trial:
    return Trial([rows_of(rng)] * 2, [probabilities, marks], differentiable=1)


def against(*draws: Callable[[Random, tuple[int, ...]], np.ndarray], **options: OptionValue):
    """A loss: prediction and target, nothing sent back to the target."""
    return lambda rng: Trial([rows_of(rng)] * 2, draws, options, differentiable=1)


def over_outputs(rng: Random) -> Trial:
    return Trial([rows_of(rng)], [normal], {"mean": bool(rng.integers(2))})


def over_examples(rng: Random) -> Trial:
    return Trial([Form((), True)], [normal], {"mean": bool(rng.integers(2))})


def any_shape(rng: Random) -> Form:
    """Units, or features with positions behind them."""
    return Form(tuple(rng.integers(1, 4, rng.integers(1, 4)).tolist()), True)


def over(rng: Random) -> dict[str, OptionValue]:
    return {"over": "rows" if rng.integers(2) else "units", "mean": bool(rng.integers(2))}


def spread(rng: Random) -> Trial:
    form, options = any_shape(rng), over(rng)
    short = Form(form.shape[:1], False) if options["over"] == "rows" else Form((), True)
    return Trial([short, form], [normal] * 2, options, differentiable=1)


def by_mode(rng: Random) -> Trial:
    form = Form((int(rng.integers(1, 5)),), False)
    return Trial([form, form, Form((), False)], [normal, normal, on_or_off], differentiable=1)


def on_or_off(rng: Random, shape: tuple[int, ...]) -> np.ndarray:
    return rng.integers(0, 2, shape).astype(float)


def small(rng: Random, most: int = 4) -> int:
    return int(rng.integers(1, most))


def matrices(rng: Random) -> Trial:
    m, k, n = small(rng), small(rng), small(rng)
    turns = {name: bool(rng.integers(2)) for name in ("turn_a", "turn_b")}
    a, b = (k, m) if turns["turn_a"] else (m, k), (n, k) if turns["turn_b"] else (k, n)
    return Trial([Form(a, True), Form(b, True)], [normal] * 2, dict(turns))


def image_of(rng: Random, least: int) -> Form:
    return Form((small(rng), least + small(rng), least + small(rng)), True)


def reshape(rng: Random) -> Trial:
    shape = tuple(small(rng) for _ in range(rng.integers(1, 4)))
    return Trial([Form((int(np.prod(shape)),), True)], [normal], {"shape": shape_text(shape)})


def stretch(rng: Random) -> Trial:
    shape = tuple(small(rng) for _ in range(rng.integers(1, 4)))
    return Trial([Form((1,), True)], [normal], {"shape": shape_text(shape)})


def convolution(rng: Random) -> Trial:
    size, stride, padding = small(rng), small(rng), int(rng.integers(0, 3))
    image, channels, bias = image_of(rng, size), small(rng), bool(rng.integers(2))
    forms = [image, Form((channels, image.shape[0], size, size), False), *[Form((channels,), False)] * bias]
    return Trial(forms, [normal] * len(forms), {"stride": stride, "padding": padding, "bias": bias})


def pool(draw: Callable[[Random, tuple[int, ...]], np.ndarray]):
    def trial(rng: Random) -> Trial:
        size, stride = small(rng), small(rng)
        return Trial([image_of(rng, size)], [draw], {"size": size, "stride": stride})

    return trial


def apart(rng: Random, shape: tuple[int, ...]) -> np.ndarray:
    """Numbers of which no two are nearer than the step."""
    return rng.permutation(int(np.prod(shape))).reshape(shape) / 10


WITHOUT_SLOPE = {"step"}
"""Operations with a rule that sends nothing back."""
TANGENT = {"from_largest"}
"""Operations that only carry a tangent forward."""
WITHOUT_RULE = {"constant", "signs", "zeros"}
"""Operations of a forward pass or of forward mode to which no gradient comes."""

CASES: dict[str, Callable[[Random], Trial]] = {
    "identity": elementwise(),
    "sigmoid": elementwise(),
    "tanh": elementwise(),
    "relu": elementwise(off_kinks),
    "softmax": elementwise(),
    "log_softmax": elementwise(),
    "leaky_relu": with_alpha,
    "elu": with_alpha,
    "gelu": elementwise(),
    "silu": elementwise(),
    "softplus": elementwise(),
    "subtract": two(normal, normal),
    "divide": two(normal, away),
    "power": power,
    "maximum": extreme,
    "minimum": extreme,
    "negate": elementwise(),
    "exp": elementwise(),
    "log": elementwise(positive),
    "sqrt": elementwise(positive),
    "abs": elementwise(off_kinks),
    "square": elementwise(),
    "sin": elementwise(),
    "cos": elementwise(),
    "sum": elementwise(),
    "mean": elementwise(),
    "select": select,
    "every_row": lambda rng: Trial([Form((int(rng.integers(1, 5)),), False)], [normal]),
    "add": several,
    "multiply": several,
    "dropout": lambda rng: Trial([rows_of(rng)] * 2, [normal, marks], differentiable=1),
    "concatenate": side_by_side,
    "scale": lambda rng: Trial([rows_of(rng)], [normal], {"factor": float(rng.normal())}),
    "weighted_sum": weighted_sum,
    "squared_error": squared_error,
    "binary_cross_entropy": cross_entropy,
    "categorical_cross_entropy": cross_entropy,
    "binary_cross_entropy_logits": against(normal, marks),
    "categorical_cross_entropy_logits": against(normal, marks),
    "absolute_error": lambda rng: Trial([rows_of(rng)] * 2, [off_kinks, lambda rng, shape: np.zeros(shape)], {}, 1),
    "huber": against(normal, normal, delta=0.7),
    "hinge": against(normal, sides),
    "objective": elementwise(),
    "reduce": lambda rng: Trial([any_shape(rng)], [normal], over(rng)),
    "spread": spread,
    "offset": lambda rng: Trial([any_shape(rng)], [normal], {"amount": float(rng.normal())}),
    "by_mode": by_mode,
    "matmul": matrices,
    "reshape": reshape,
    "flatten": lambda rng: Trial([image_of(rng, 0)], [normal]),
    "stretch": stretch,
    "conv2d": convolution,
    "max_pool": pool(apart),
    "avg_pool": pool(normal),
    "over_outputs": over_outputs,
    "over_examples": over_examples,
}


def workspace_of(name: str, trial: Trial, rng: Random) -> tuple[Workspace, list[int], int]:
    """A filled workspace whose goal is the operation's output times random numbers; its differentiable slots."""
    builder, slots, goal = drawn(name, trial)
    builder.differentiate(goal, inputs=True, fixed=True)
    return filled(builder, trial, slots, goal, rng), slots, goal


def drawn(name: str, trial: Trial) -> tuple[PlanBuilder, list[int], int]:
    """A plan with the operation's output times numbers ``c``: its differentiable slots, and the product's slot."""
    builder = PlanBuilder()
    count = len(trial.forms) if trial.differentiable is None else trial.differentiable
    slots = [
        builder.place(
            "input" if place < count else "target", f"x{place}", form.shape, batched=form.batched, key=str(place)
        )
        for place, form in enumerate(trial.forms)
    ]
    output = builder.emit(name, *slots, **trial.options)
    form = builder.form(output)
    factor = builder.place("target", "c", form.shape, batched=form.batched, key="c")
    return builder, slots[:count], builder.emit("multiply", output, factor)


def filled(builder: PlanBuilder, trial: Trial, slots: Sequence[int], goal: int, rng: Random) -> Workspace:
    """A workspace with numbers for the operands and for ``c``; then a normal direction for each slot that moves."""
    workspace = Workspace(builder.finish(goal), int(rng.integers(1, 5)))
    given = [slot for slot in workspace.plan.slots if slot.kind in ("input", "target")]
    for slot, draw in zip(given, [*trial.draw, normal], strict=True):
        workspace.views[slot.index][...] = draw(rng, workspace.views[slot.index].shape)
    for slot in workspace.plan.slots_of("tangent"):
        if slot.key:
            workspace.views[slot.index][...] = normal(rng, workspace.views[slot.index].shape)
    return workspace


def goal_after(workspace: Workspace, goal: int) -> float:
    clear.forward(workspace)
    return float(workspace.views[goal].sum())


def differences(workspace: Workspace, slot: int, goal: int) -> np.ndarray:
    array = workspace.views[slot]
    found = np.empty_like(array)
    for index in np.ndindex(array.shape):
        before = array[index]
        array[index] = above = before + STEP
        high = goal_after(workspace, goal)
        array[index] = below = before - STEP
        found[index] = (high - goal_after(workspace, goal)) / (above - below)
        array[index] = before
    return found


def test_every_operation_with_a_rule_stands_in_the_table() -> None:
    assert CASES.keys() | WITHOUT_SLOPE == {name for name, row in OPERATIONS.items() if row.rule}


def test_every_operation_without_a_rule_is_used_by_one() -> None:
    used = set()
    for name in CASES:
        for seed in range(20):
            rng = np.random.default_rng(seed)
            workspace, _, _ = workspace_of(name, CASES[name](rng), rng)
            used |= {instruction.operation for instruction in workspace.plan.backward}
    unused = {name for name, row in OPERATIONS.items() if not row.rule} - used - WITHOUT_RULE
    assert all(name.endswith("curvature") or name in TANGENT for name in unused)  # those test_tangents.py asks for


def test_every_row_that_may_be_drawn_says_what_it_computes() -> None:
    for name, row in OPERATIONS.items():
        assert row.compute.__doc__, name
        assert row.rule is None or row.symbol or name in ("scale", "every_row"), name


def test_a_step_sends_nothing_back() -> None:
    builder = PlanBuilder()
    x = builder.place("input", "x", (2,), key="x")
    goal = builder.emit("step", builder.emit("square", x))
    builder.differentiate(goal, inputs=True, fixed=True)
    plan = builder.finish(goal)
    assert x not in plan.gradients
    assert [instruction.operation for instruction in plan.backward] == ["ones"]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("name", CASES)
def test_gradient_is_the_central_difference(name: str, seed: int) -> None:
    rng = np.random.default_rng([seed, sum(name.encode())])
    workspace, slots, goal = workspace_of(name, CASES[name](rng), rng)
    numeric = [differences(workspace, slot, goal) for slot in slots]
    clear.forward(workspace)
    clear.backward(workspace)
    for slot, expected in zip(slots, numeric, strict=True):
        found = workspace.views[workspace.plan.gradients[slot]]
        assert found.shape == workspace.views[slot].shape
        assert np.all(np.abs(found - expected) <= 1e-7 * np.maximum(1.0, np.abs(found)))


@pytest.mark.parametrize("name", CASES)
def test_running_twice_changes_no_bit(name: str) -> None:
    rng = np.random.default_rng(3)
    workspace, _, _ = workspace_of(name, CASES[name](rng), rng)
    runs = []
    for _ in range(2):
        clear.forward(workspace)
        clear.backward(workspace)
        runs.append(b"".join(view.tobytes() for view in workspace.views))
    assert runs[0] == runs[1]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", CASES)
def test_every_slot_has_its_form_and_type_on_20_random_shapes(name: str, dtype: type) -> None:
    for seed in range(20):
        rng = np.random.default_rng([seed, 4])
        workspace, _, _ = workspace_of(name, CASES[name](rng), rng)
        other = Workspace(workspace.plan, workspace.rows, dtype)
        for mine, its in zip(workspace.views, other.views, strict=True):
            its[...] = mine
        for each in (workspace, other):
            clear.forward(each)
            clear.backward(each)
        for slot, mine, its in zip(workspace.plan.slots, workspace.views, other.views, strict=True):
            assert its.dtype == dtype
            assert its.shape == (workspace.rows,) * slot.batched + slot.shape
            np.testing.assert_allclose(its, mine, rtol=2e-3, atol=2e-3)


@pytest.mark.parametrize("name", CASES)
def test_the_form_is_that_of_what_is_computed(name: str) -> None:
    """An operation that fills less than its form says would leave NaN behind."""
    for seed in range(20):
        rng = np.random.default_rng([seed, 5])
        workspace, _, _ = workspace_of(name, CASES[name](rng), rng)
        plan = workspace.plan
        for each in plan.forward + plan.backward:
            workspace.views[each.output].fill(np.nan)
        clear.forward(workspace)
        clear.backward(workspace)
        assert all(np.isfinite(workspace.views[each.output]).all() for each in plan.forward + plan.backward)


def test_a_wrong_rule_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = OPERATIONS["sigmoid"].rule
    row = OPERATIONS["tanh"]
    monkeypatch.setitem(OPERATIONS, "tanh", type(row)(row.name, row.compute, row.form, wrong))
    with pytest.raises(AssertionError):
        test_gradient_is_the_central_difference("tanh", 0)


def test_a_name_stands_in_the_registry_once() -> None:
    with pytest.raises(ValueError, match="tanh stands in the table already"):
        operation("tanh", OPERATIONS["tanh"].compute)
