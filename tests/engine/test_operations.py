"""Values of operations where hands or limits know them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from nnviz.engine import clear
from nnviz.engine.builder import PlanBuilder
from nnviz.engine.registry import OPERATIONS
from nnviz.engine.workspace import Workspace


def computed(name: str, *inputs: Sequence[Sequence[float]], width: int | None = None, **options) -> np.ndarray:
    arrays = [np.array(each, dtype=float) for each in inputs]
    out = np.full(arrays[0].shape if width is None else (len(arrays[0]), width), np.nan)
    with np.errstate(all="ignore"):
        OPERATIONS[name].compute(arrays, out, options)
    return out


HUGE = [-1e308, -1000.0, -700.0, 0.0, 700.0, 1000.0, 1e308]


def test_activations_are_right_for_huge_arguments() -> None:
    assert computed("sigmoid", [HUGE])[0].tolist() == [0, 0, math.exp(-700), 0.5, 1, 1, 1]
    assert computed("sigmoid", [[-740.0]]).item() == math.exp(-740) > 0
    assert computed("tanh", [HUGE])[0].tolist() == [-1, -1, -1, 0, 1, 1, 1]
    assert computed("relu", [HUGE])[0].tolist() == [0, 0, 0, 0, 700, 1000, 1e308]
    assert computed("softmax", [[1000.0, 1000.0, -1e308]])[0].tolist() == [0.5, 0.5, 0]
    e = math.exp(-700)
    assert computed("leaky_relu", [HUGE])[0].tolist() == [-1e306, -10, -7, 0, 700, 1000, 1e308]
    assert computed("elu", [HUGE])[0].tolist() == [-1, -1, -1, 0, 700, 1000, 1e308]
    assert computed("gelu", [HUGE])[0].tolist() == [0, 0, 0, 0, 700, 1000, 1e308]
    assert computed("silu", [HUGE])[0].tolist() == [0, 0, -700 * e, 0, 700, 1000, 1e308]
    assert computed("softplus", [HUGE])[0].tolist() == [0, 0, pytest.approx(e), math.log(2), 700, 1000, 1e308]
    assert computed("step", [HUGE])[0].tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert computed("log_softmax", [[1000.0, 0.0, -1e308]])[0].tolist() == [0, -1000, -1e308]


def test_slopes_of_activations_are_right_for_huge_arguments() -> None:
    e = math.exp(-700)
    for name in ("sigmoid", "tanh"):
        assert computed(f"{name}_slope", computed(name, [HUGE]))[0].tolist()[::6] == [0, 0]
        assert np.isfinite(computed(f"{name}_slope", computed(name, [HUGE]))).all()
    assert computed("step", [HUGE])[0].tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert computed("leaky_relu_slope", [HUGE])[0].tolist() == [0.01] * 4 + [1] * 3
    assert computed("elu_slope", [HUGE])[0].tolist() == [0, 0, e, 1, 1, 1, 1]
    assert computed("gelu_slope", [HUGE])[0].tolist() == [0, 0, 0, 0.5, 1, 1, 1]
    assert computed("silu_slope", [HUGE])[0].tolist() == [0, 0, pytest.approx(-699 * e), 0.5, 1, 1, 1]
    assert computed("log_softmax_back", [[0.0, -1e308, -1000.0]], [[1.0, 1.0, 1.0]])[0].tolist() == [-2, 1, 1]


def test_losses_on_logits_are_right_for_huge_arguments() -> None:
    huge, right, wrong = [[-1e308, -40.0, 40.0, 1e308]], [[0.0, 0.0, 1.0, 1.0]], [[1.0, 1.0, 0.0, 0.0]]
    tiny = math.log1p(math.exp(-40))
    name = "binary_cross_entropy_logits"
    assert computed(name, huge, right)[0].tolist() == pytest.approx([0, tiny, tiny, 0], rel=1e-15)
    assert computed(name, huge, wrong)[0].tolist() == pytest.approx([1e308, 40, 40, 1e308], rel=1e-15)
    assert computed(f"{name}_slope", huge, right)[0].tolist() == pytest.approx([0, tiny, -tiny, 0], rel=1e-14)
    assert computed(f"{name}_slope", huge, wrong)[0].tolist() == pytest.approx([-1, -1, 1, 1], rel=1e-15)
    name, z, y = "categorical_cross_entropy_logits", [[1e308, 0.0, 5.0]], [[0.0, 1.0, 0.0]]
    assert computed(name, z, y)[0].tolist() == [0, 1e308, 0]
    assert computed(f"{name}_back", z, y, [[1.0] * 3])[0].tolist() == [1, -1, 0]
    assert computed("huber", [[1e308, 0.5]], [[0.0, 0.0]], delta=1.0)[0].tolist() == [1e308, 0.125]
    assert computed("huber_slope", [[1e308, 0.5]], [[0.0, 0.0]], delta=1.0)[0].tolist() == [1, 0.5]


def test_softmax_by_hand() -> None:
    assert computed("softmax", [[2.0, 4.0]])[0] == pytest.approx([0.11920292202211756, 0.8807970779778824], rel=1e-15)


def test_the_derivative_at_a_kink_is_zero() -> None:
    assert computed("step", [[-1.0, 0.0, 1e-300]])[0].tolist() == [0, 0, 1]  # the slope of a relu
    assert computed("sign", [[-2.0, 0.0, 1e-300]])[0].tolist() == [-1, 0, 1]
    assert computed("leaky_relu_slope", [[-1.0, 0.0, 2.0]])[0].tolist() == [0.01, 0.01, 1]
    assert computed("elu_slope", [[0.0]], alpha=0.5)[0].tolist() == [0.5]
    assert computed("hinge_slope", [[1.0, 0.5, 2.0]], [[1.0, 1.0, -1.0]])[0].tolist() == [0, -1, 1]
    assert computed("absolute_error_slope", [[1.0, 2.0]], [[1.0, 1.0]])[0].tolist() == [0, 1]


def test_equal_extremes_share_their_derivative() -> None:
    a, b, c = [[1.0, 5.0]], [[1.0, 2.0]], [[0.0, 5.0]]
    assert computed("share_of_equal", [[1.0, 5.0]], a, a, b, c)[0].tolist() == [0.5, 0.5]
    assert computed("share_of_equal", [[1.0, 5.0]], b, a, b, c)[0].tolist() == [0.5, 0]


def test_powers_at_the_edge() -> None:
    assert computed("power", [[0.0, -2.0, 0.0, 4.0]], [[0.0, 3.0, 2.0, 0.5]])[0].tolist() == [1, -8, 0, 2]
    assert computed("power_slope", [[0.0, -2.0]], exponent=0.0)[0].tolist() == [0, 0]
    assert computed("power_slope", [[0.0, -2.0]], exponent=1.0)[0].tolist() == [1, 1]
    assert computed("power_exponent_slope", [[0.0, 8.0]], [[0.0, 2.0]], [[2.0, 3.0]])[0].tolist() == [
        0,
        8 * math.log(2),
    ]


def test_a_target_is_read_as_a_side() -> None:
    assert computed("signs", [[0.0, 1.0, -1.0]])[0].tolist() == [-1, 1, -1]


def test_cross_entropies_where_a_logarithm_is_infinite() -> None:
    assert computed("binary_cross_entropy", [[0.0, 1.0, 0.0, 1.0]], [[0.0, 1.0, 1.0, 0.0]])[0].tolist() == [
        0,
        0,
        math.inf,
        math.inf,
    ]
    assert computed("categorical_cross_entropy", [[0.0, 1.0]], [[0.0, 1.0]])[0].tolist() == [0, 0]
    assert computed("categorical_cross_entropy_slope", [[0.0, 0.5]], [[0.0, 1.0]])[0].tolist() == [0, -2]


def test_will_i_pass_this_class() -> None:
    assert computed("squared_error", [[0.1]], [[1.0]], half=False)[0, 0] == pytest.approx(0.81, rel=1e-15)
    assert computed("squared_error", [[0.1]], [[1.0]], half=True)[0, 0] == pytest.approx(0.405, rel=1e-15)
    assert computed("binary_cross_entropy", [[0.1]], [[1.0]])[0, 0] == pytest.approx(2.3025850929940455, rel=1e-15)
    students = [[0.1], [0.8], [0.6]], [[1.0], [0.0], [1.0]]
    assert computed("squared_error", *students, half=False).mean() == pytest.approx(0.5366666666666667, rel=1e-15)
    assert computed("binary_cross_entropy", *students).mean() == pytest.approx(1.4742828763980456, rel=1e-15)


class Circuit:
    """Scalars drawn on a plan by hand."""

    def __init__(self, **values: float) -> None:
        self.builder = PlanBuilder()
        self.values = values
        self.slots = {name: self.builder.place("input", name, (1,), key=name) for name in values}

    def __call__(self, operation: str, *names: str, **options) -> str:
        name = f"t{len(self.slots)}"
        self.slots[name] = self.builder.emit(operation, *(self.slots[each] for each in names), **options)
        return name

    def solved(self, goal: str) -> dict[str, float]:
        """The value of the goal, and its derivative by every input, with the key ``∂name``."""
        self.builder.differentiate(self.slots[goal], inputs=True, fixed=True)
        plan = self.builder.finish()
        workspace = Workspace(plan, 1)
        for name, value in self.values.items():
            workspace.views[self.slots[name]][:] = value
        for _ in range(2):  # running backward twice must not accumulate
            clear.forward(workspace)
            clear.backward(workspace)
        slopes = {f"∂{name}": workspace.views[plan.gradients[self.slots[name]]].item() for name in self.values}
        return {"f": workspace.views[self.slots[goal]].item()} | slopes


def test_circuit_product_of_a_sum() -> None:
    c = Circuit(x=-2, y=5, z=-4)
    assert c.solved(c("multiply", c("add", "x", "y"), "z")) == {"f": -12, "∂x": -4, "∂y": -4, "∂z": 3}


def test_circuit_neuron_with_sigmoid() -> None:
    c = Circuit(w0=2, x0=-1, w1=-3, x1=-2, w2=-3)
    z = c("add", c("multiply", "w0", "x0"), c("multiply", "w1", "x1"), "w2")
    found = c.solved(c("sigmoid", z))
    assert found == pytest.approx(
        {
            "f": 0.7310585786300049,
            "∂x0": 0.3932238664829637,
            "∂x1": -0.5898357997244456,
            "∂w0": -0.19661193324148185,
            "∂w1": -0.3932238664829637,
            "∂w2": 0.19661193324148185,
        },
        rel=1e-12,
    )


def test_circuit_neuron_with_tanh() -> None:
    c = Circuit(x1=2, x2=0, w1=-3, w2=1, b=6.8813735870195432)
    found = c.solved(c("tanh", c("add", c("multiply", "x1", "w1"), c("multiply", "x2", "w2"), "b")))
    assert found["f"] == pytest.approx(0.7071067811865476, rel=1e-15)
    assert [found[f"∂{name}"] for name in ("x1", "x2", "w1", "w2")] == pytest.approx([-1.5, 0.5, 1, 0], rel=1e-12)


def test_circuit_forks() -> None:
    c = Circuit(a=3)
    assert c.solved(c("add", "a", "a")) == {"f": 6, "∂a": 2}
    c = Circuit(a=-2, b=3)
    assert c.solved(c("multiply", c("multiply", "a", "b"), c("add", "a", "b"))) == {"f": -6, "∂a": -3, "∂b": -8}
    c = Circuit(a=2, b=1, one=1)
    found = c.solved(c("multiply", c("add", "a", "b"), c("add", "b", "one")))
    assert (found["f"], found["∂a"], found["∂b"]) == (6, 2, 5)
