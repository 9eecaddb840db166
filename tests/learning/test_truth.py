"""The exact numbers of TRUTH.md that updates bring, by each executor: worked example, exercises, paths, conventions."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.conventions import PRESETS
from nnviz.engine import clear
from nnviz.engine.optimizers import SGD, Adadelta, Adagrad, Adam, RMSProp
from nnviz.engine.workspace import Workspace, flatten
from nnviz.graph import Edge, Graph, Node
from nnviz.learning.examples import Examples
from nnviz.learning.fit import Training
from nnviz.learning.settings import TrainingSettings
from nnviz.lowering import lower
from tests.learning.runs import CARRIED_BY, by_both, chain, column, line, plan_of
from tests.networks import mazur

AFTER = (1, 10, 100, 1000, 10_000)
ERRORS = {
    "fixed": (
        0.29102777369359933,
        0.22091859205390402,
        0.0200468282494252,
        0.001114349453733746,
        3.510187782978859e-05,
    ),
    "trained": (
        0.28047144679143016,
        0.12552703804413207,
        0.006083131061206281,
        0.00027070458789574313,
        2.4475622359322627e-06,
    ),
    "shared": (
        0.2857508866992965,
        0.1752380107751284,
        0.009997164794094127,
        0.00034607501034832446,
        4.355321066163729e-06,
    ),
}
EXAMPLE = Examples({"x1": column(0.05), "x2": column(0.10)}, {"loss": np.array([[0.01, 0.99]])})


@by_both
@pytest.mark.parametrize("bias", ERRORS)
def test_the_worked_example_for_ten_thousand_updates(bias: str, kind: type[Training]) -> None:
    document = mazur("fixed" if bias == "fixed" else "trained", shared=bias == "shared")
    training = kind(document.plan, EXAMPLE, TrainingSettings(SGD(0.5), 10_001), document.parameters, seed=0)
    list(training)
    losses = training.record().training
    assert losses[0] == pytest.approx(0.2983711087600027, rel=1e-12)
    assert [losses[k] for k in AFTER] == pytest.approx(ERRORS[bias], rel=1e-12)


@by_both
def test_the_worked_example_ends_with_its_outputs(kind: type[Training]) -> None:
    document = mazur("fixed")
    training = kind(document.plan, EXAMPLE, TrainingSettings(SGD(0.5), 10_000), document.parameters, seed=0)
    list(training)
    workspace = Workspace(document.plan, 1)
    workspace.parameters[:] = flatten(document.plan, training.parameters)
    workspace.load(EXAMPLE.inputs, EXAMPLE.targets)
    clear.forward(workspace)
    outputs = workspace.views[document.plan.marks["loss", "ŷ"]][0]
    assert outputs == pytest.approx([0.01591362044355068, 0.9840642735146238], rel=1e-12)


def run(
    kind: type[Training], graph: Graph, parameters: dict[str, np.ndarray], examples: Examples, settings, **conventions
) -> Training:
    training = kind(plan_of(graph, **conventions), examples, settings, parameters, seed=0, snapshots=True)
    assert (training.executor, training.products) == CARRIED_BY[kind]
    return training


@by_both
def test_one_step_of_a_line(kind: type[Training]) -> None:
    graph, parameters = line(3.0, 1.0)
    training = run(
        kind, graph, parameters, Examples({"x": column(2)}, {"loss": column(9)}), TrainingSettings(SGD(0.05), 2)
    )
    first, second = training
    assert (first.loss, second.loss) == (4.0, pytest.approx(1.0, rel=1e-12))
    assert first.snapshot == pytest.approx([3.4, 1.2], rel=1e-12)


@by_both
def test_two_sigmoids_in_a_chain(kind: type[Training]) -> None:
    graph = chain(*(Node(f"a{n}", "perceptron", options={"activation": "sigmoid"}) for n in (1, 2)))
    parameters = {"w1": column(0.1), "a1.b": np.array([-0.1]), "w2": column(0.3), "a2.b": np.array([0.3])}
    training = run(
        kind,
        graph,
        parameters,
        Examples({"x": column(0.05)}, {"loss": column(0.01)}),
        TrainingSettings(SGD(1.0), 1),
        half=True,
    )
    (report,) = training
    assert report.loss == pytest.approx(0.17936764453811835, rel=1e-12)
    moved = {key: (parameters[key] - training.parameters[key]).item() for key in parameters}
    gradients = {
        "w2": 0.06792883494534965,
        "a2.b": 0.14262737981140286,
        "w1": 0.000533647725798534,
        "a1.b": 0.010672954515970678,
    }
    assert moved == pytest.approx(gradients, rel=1e-12)


@by_both
def test_a_line_through_four_points(kind: type[Training]) -> None:
    graph, parameters = line(0.0)
    examples = Examples({"x": column(1, 2, 3, 4)}, {"loss": column(2.1, 3.9, 6.2, 7.8)})
    reports = list(run(kind, graph, parameters, examples, TrainingSettings(SGD(0.05), 4)))
    assert [r.loss for r in reports] == pytest.approx([29.725, 1.880546875, 0.1402685547, 0.0315011597], rel=1e-8)
    assert [r.snapshot[0] for r in reports[:3]] == pytest.approx([1.4925, 1.865625, 1.95890625], rel=1e-12)
    far = list(run(kind, graph, parameters, examples, TrainingSettings(SGD(0.05), 100)))
    assert far[-1].snapshot[0] == pytest.approx(1.99, rel=1e-9)


@by_both
@pytest.mark.parametrize(("a", "b", "y"), [(0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)])
def test_exclusive_or_by_two_relus(a: int, b: int, y: int, kind: type[Training]) -> None:
    relu = {"activation": "relu"}
    graph = Graph(
        (
            Node("x", "input", options={"units": 2}),
            Node("h", "dense", options={"units": 2, "bias": "fixed", **relu}),
            Node("o", "perceptron", options={"bias": "none"}),
            Node("loss", "squared_error"),
        ),
        (Edge("w", "x", "h"), Edge("v", "h", "o"), Edge("e", "o", "loss")),
    )
    flat = {"w": np.ones((2, 2)), "h.b": np.array([0.0, -1.0]), "v": column(1, -2)}
    plan = plan_of(graph)
    examples = Examples({"x": np.array([[a, b]], dtype=float)}, {"loss": column(y)})
    (report,) = kind(plan, examples, TrainingSettings(SGD(0.0), 1), flat, seed=0, validation=examples)
    assert report.loss == report.validation == 0.0


PATHS = [
    (SGD(0.1), (0.8, 0.64, 0.512, 0.4096, 0.32768)),
    (SGD(0.1, momentum=0.9), (0.8, 0.46, 0.062, -0.3086, -0.58042)),
    (SGD(0.1, momentum=0.9, nesterov=True), (0.62, 0.2224, -0.108352, -0.32482304, -0.4157175808)),
    (
        Adagrad(0.01, epsilon=1e-10),
        (0.9900000000005, 0.9829645540215471, 0.9772379394905167, 0.9722903357988606, 0.9678738726492232),
    ),
    (
        Adadelta(1.0, rho=0.9, epsilon=1e-6),
        (0.9968377262926713, 0.9935981740783056, 0.990309045658058, 0.9869840424275349, 0.983631323953412),
    ),
    (
        RMSProp(0.01, alpha=0.99, epsilon=1e-8),
        (0.9000000049999998, 0.8329179679700331, 0.7799822732436351, 0.7353890444382235, 0.6964657887382079),
    ),
    (Adam(0.001), (0.999000000005, 0.9980000262138343, 0.9970000960651408, 0.9960002269257634, 0.995000436052392)),
]


@by_both
@pytest.mark.parametrize(("optimizer", "path"), PATHS, ids=lambda value: type(value).__name__)
def test_optimizers_on_a_parabola(optimizer, path: tuple[float, ...], kind: type[Training]) -> None:
    graph, parameters = line(1.0)
    reports = run(
        kind, graph, parameters, Examples({"x": column(1)}, {"loss": column(0)}), TrainingSettings(optimizer, 5)
    )
    assert [report.snapshot[0] for report in reports] == pytest.approx(path, rel=1e-12)


THREE = Graph(
    (Node("x", "input", options={"units": 3}), Node("loss", "squared_error"), Node("o", "dense", options={"units": 3})),
    (Edge("w", "x", "o"), Edge("e", "o", "loss")),
)


@by_both
@pytest.mark.parametrize(
    ("conventions", "expected"),
    [
        ({}, (14 + 77) / 2),
        ({"half": True}, (14 + 77) / 4),
        ({"examples": "sum"}, 14 + 77),
        ({"outputs": "mean"}, (14 + 77) / 6),
        ({"outputs": "mean", "examples": "sum", "half": True}, (14 + 77) / 6),
    ],
)
def test_conventions_of_the_loss_on_three_outputs(conventions: dict, expected: float, kind: type[Training]) -> None:
    """Two examples whose errors are 1, 2, 3 and 4, 5, 6."""
    examples = Examples({"x": np.array([[1.0, 2, 3], [4, 5, 6]])}, {"loss": np.zeros((2, 3))})
    plan = plan_of(THREE, **conventions)
    training = kind(
        plan, examples, TrainingSettings(SGD(0.0), 1), {"w": np.eye(3), "o.b": np.zeros(3)}, seed=0, validation=examples
    )
    (report,) = training
    assert report.loss == report.validation == pytest.approx(expected, rel=1e-15)


def test_presets_are_what_they_are_called() -> None:
    assert lower(THREE, PRESETS["pytorch"]) is plan_of(THREE, outputs="mean")
    assert PRESETS["lecture"].examples == "sum"
    assert PRESETS["worked example"].half


@by_both
def test_l2_pulls_weights_and_not_biases(kind: type[Training]) -> None:
    graph, parameters = line(2.0, 3.0)
    examples = Examples({"x": column(0.0)}, {"loss": column(3.0)})  # the data ask for nothing
    (report,) = run(kind, graph, parameters, examples, TrainingSettings(SGD(0.1), 1, l2=0.5))
    assert report.snapshot == pytest.approx([2.0 - 0.1 * 2 * 0.5 * 2.0, 3.0], rel=1e-15)
    assert (report.loss, report.penalty) == (0.0, pytest.approx(0.5 * 1.8**2, rel=1e-15))


@by_both
def test_l2_leaves_no_trace_in_the_next_gradient(kind: type[Training]) -> None:
    """A weight that J does not depend on has gradient 0 and a penalty: w shrinks by the same factor each time."""
    graph = Graph(
        (*line(0.0)[0].nodes, Node("free", "perceptron", options={"bias": "none"})),
        (*line(0.0)[0].edges, Edge("u", "x", "free")),
    )
    parameters = {"w1": column(0.0), "u": column(1.0)}
    examples = Examples({"x": column(1.0)}, {"loss": column(0.0)})
    training = run(kind, graph, parameters, examples, TrainingSettings(SGD(0.1), 5, l2=0.5))
    list(training)
    assert training.parameters["u"].item() == pytest.approx(0.9**5, rel=1e-14)
