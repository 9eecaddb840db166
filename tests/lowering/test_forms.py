"""Shapes of matrices and images: how they are written, what fits, what is refused before anything is allocated."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.conventions import Conventions
from nnviz.document.document import Document, fans_of, settled
from nnviz.engine.arrays import Shape
from nnviz.engine.initialisers import Fans
from nnviz.engine.penalties import project, units_of
from nnviz.errors import ConfigError, NnvizError, ShapeError
from nnviz.graph import Edge, Graph, Node
from nnviz.graph.values import Option
from nnviz.lowering import lower, parameter_specs, problems, shapes
from nnviz.lowering.forms import MAX_JOINED, MAX_READ, read_shape
from nnviz.lowering.kinds import check_options
from nnviz.session.computing import forward
from nnviz.session.derivatives import check_gradients
from nnviz.session.walkthrough import walkthrough
from tests.lowering.drawings import circuit


def row(units: int, *parts: tuple[str, dict[str, Option]]) -> Graph:
    """An input and nodes n1, n2, … behind it in a row."""
    nodes = [Node("x", "input", options={"units": units})]
    nodes += [Node(f"n{place}", kind, options=options) for place, (kind, options) in enumerate(parts, 1)]
    edges = [Edge(f"e{place}", nodes[place].id, nodes[place + 1].id) for place in range(len(nodes) - 1)]
    return Graph(tuple(nodes), tuple(edges))


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("1×8×8", (1, 8, 8)),
        ("1x8x8", (1, 8, 8)),
        (" 2 * 3 ", (2, 3)),
        ("2, 3", (2, 3)),
        ("2 3 4", (2, 3, 4)),
        ("12", (12,)),
        ("1000×1000", (1000, 1000)),
        ("1000×1001", None),
        ("9999999×9999999×9999999×9999999", None),
        ("9" * 900, None),
        ("0×3", None),
        ("-1×3", None),
        ("2×", None),
        ("2.0×3", None),
        ("٣×٣", None),
        ("1×1×1×1×1×1×1", None),
        ("", None),
        ("a", None),
    ],
)
def test_a_shape_is_read_as_people_write_it(text: str, shape: Shape | None) -> None:
    assert read_shape(text) == shape


def test_the_shapes_of_a_convolutional_network() -> None:
    graph = row(
        100,
        ("reshape", {"shape": "1 x 10 x 10"}),
        ("conv2d", {"channels": 4, "stride": 2, "padding": 1}),
        ("max_pool", {}),
        ("avg_pool", {"stride": 1}),
        ("tanh", {}),
        ("dropout", {}),
        ("flatten", {}),
    )
    found = shapes(graph)
    assert [found[f"n{place}"] for place in range(1, 8)] == [
        (1, 10, 10),
        (4, 5, 5),
        (4, 2, 2),
        (4, 1, 1),
        (4, 1, 1),
        (4, 1, 1),
        (4,),
    ]
    assert {key: values.shape for key, values in settled(Document(graph=graph)).parameters.items()} == {
        "n2.W": (4, 1, 3, 3),
        "n2.b": (4,),
    }


IMAGE = ("reshape", {"shape": "1×8×8"})
REFUSED: dict[str, tuple[Graph, type[NnvizError], str, tuple[str, ...]]] = {
    "dense on an image": (
        row(64, IMAGE, ("dense", {})),
        ShapeError,
        r"n2 cannot take.*units in a line, found 1×8×8\. Put Flatten between",
        ("n2",),
    ),
    "perceptron on an image": (row(64, IMAGE, ("perceptron", {})), ShapeError, "Put Flatten between", ("n2",)),
    "loss on an image": (row(64, IMAGE, ("squared_error", {})), ShapeError, "Put Flatten between", ("n2",)),
    "concatenate an image": (row(64, IMAGE, ("concatenate", {})), ShapeError, "Put Flatten between", ("n2",)),
    "sum of an image": (row(64, IMAGE, ("sum", {})), ShapeError, "Put Flatten between", ("n2",)),
    "convolution of units": (row(64, ("conv2d", {})), ShapeError, "an image.*found 64.*Put Reshape between", ("n1",)),
    "pool of a matrix": (
        row(64, ("reshape", {"shape": "8×8"}), ("max_pool", {})),
        ShapeError,
        "an image, channels × height × width, found 8×8",
        ("n2",),
    ),
    "a shape of other size": (
        row(63, IMAGE),
        ShapeError,
        r"does not hold what comes in.*a shape of 63 numbers, found 1×8×8 = 64",
        ("n1",),
    ),
    "no shape": (row(64, ("reshape", {"shape": "eight"})), ConfigError, "shape cannot be this.*such as 1×8×8", ("n1",)),
    "an empty shape": (row(64, ("reshape", {"shape": ""})), ConfigError, "shape cannot be this", ("n1",)),
    "window beyond the image": (
        row(64, IMAGE, ("conv2d", {"kernel": 9})),
        ShapeError,
        "The window is larger than the image.*at most 8",
        ("n2",),
    ),
    "pool beyond the image": (row(64, IMAGE, ("max_pool", {"size": 9})), ShapeError, "larger than the image", ("n2",)),
    "too many channels": (
        row(10_000, ("reshape", {"shape": "1×100×100"}), ("conv2d", {"channels": 4096})),
        ShapeError,
        "n2 would be too large.*at most 1,000,000 numbers",
        ("n2",),
    ),
    "too much read": (
        row(100_000, ("reshape", {"shape": "1×1000×100"}), ("conv2d", {"kernel": 41})),
        ShapeError,
        "at most 16,000,000 numbers",
        ("n2",),
    ),
    "too much padding": (
        row(100_000, ("reshape", {"shape": "100000×1×1"}), ("conv2d", {"kernel": 1, "padding": 64, "stride": 64})),
        ShapeError,
        "at most 16,000,000 numbers",
        ("n2",),
    ),
    "a whole row by the kernel's activation": (
        row(64, IMAGE, ("conv2d", {"activation": "softmax"})),
        ConfigError,
        "activation cannot be this",
        ("n2",),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_fit_is_refused_with_a_cure(name: str) -> None:
    graph, kind, words, ids = REFUSED[name]
    with pytest.raises(kind, match=words) as caught:
        lower(graph, Conventions())
    assert caught.value.ids == ids
    assert [error.ids for error in problems(graph)] == [ids]


def test_a_document_that_does_not_fit_yet_keeps_the_parameters_it_can() -> None:
    document = settled(Document(graph=row(64, IMAGE, ("dense", {"units": 3}))))
    assert {key: values.shape for key, values in document.parameters.items()} == {"n2.b": (3,)}


def test_too_many_weights_are_refused_before_they_are_drawn() -> None:
    graph = row(4_096, ("reshape", {"shape": "4096×1×1"}), ("conv2d", {"channels": 4096, "kernel": 1}))
    with pytest.raises(ShapeError, match="too many weights"):
        settled(Document(graph=graph))


def test_matrices_that_do_not_fit_are_refused() -> None:
    nodes = (
        Node("a", "parameter", options={"shape": "2×3"}),
        Node("b", "parameter", options={"shape": "2×4"}),
        Node("m", "matmul"),
    )
    with pytest.raises(ShapeError, match=r"as many columns.*found 2×3 · 2×4") as caught:
        lower(Graph(nodes, (Edge("e1", "a", "m"), Edge("e2", "b", "m"))), Conventions())
    assert caught.value.ids == ("m",)
    big = tuple(Node(name, "parameter", options={"shape": shape}) for name, shape in (("a", "2000×1"), ("b", "1×2000")))
    with pytest.raises(ShapeError, match="m would be too large"):
        lower(Graph((*big, nodes[2]), (Edge("e1", "a", "m"), Edge("e2", "b", "m"))), Conventions())


@pytest.mark.parametrize(
    ("kind", "option", "most"),
    [
        ("conv2d", "channels", 4096),
        ("conv2d", "kernel", 64),
        ("conv2d", "stride", 64),
        ("conv2d", "padding", 64),
        ("max_pool", "size", 64),
        ("avg_pool", "stride", 64),
    ],
)
def test_an_option_is_refused_just_over_its_limit(kind: str, option: str, most: int) -> None:
    check_options(Node("k", kind, options={option: most}))
    with pytest.raises(ConfigError, match=f"The option {option} cannot be this.*to {most}"):
        check_options(Node("k", kind, options={option: most + 1}))


def test_limits_are_what_is_promised() -> None:
    assert (MAX_JOINED, MAX_READ) == (1_000_000, 16_000_000)


# kernels: their first numbers, and what holds them


def test_a_kernel_counts_its_window_and_a_matrix_its_sides() -> None:
    graph = row(50, ("reshape", {"shape": "2×5×5"}), ("conv2d", {"channels": 6, "kernel": 3}), ("flatten", {}))
    graph = Graph((*graph.nodes, Node("w", "parameter", options={"shape": "3×7"})), graph.edges)
    fans = fans_of(graph, parameter_specs(graph))
    assert fans["n2.W"] == Fans(into=2 * 9, out=6 * 9)
    assert fans["w"] == Fans(3, 7)


def test_max_norm_holds_each_channel() -> None:
    graph = row(16, ("reshape", {"shape": "1×4×4"}), ("conv2d", {"channels": 2, "kernel": 2, "bias": "none"}))
    plan = lower(graph, Conventions())
    assert units_of(plan).tolist() == [0] * 4 + [1] * 4
    weights = np.array([3.0, 0, 0, 4, 0.3, 0, 0, 0.4])
    project(weights, units_of(plan), 1.0)
    np.testing.assert_allclose(weights, [0.6, 0, 0, 0.8, 0.3, 0, 0, 0.4], rtol=1e-15)


# one unit meets many


def test_a_softmax_drawn_by_hand() -> None:
    document = circuit(
        {"a": 2.0, "b": 4.0},
        ("v", "concatenate", ["a", "b"]),
        ("e", "exp", ["v"]),
        ("s", "sum", ["e"]),
        ("p", "divide", ["e", "s"]),
        ("first", "select", ["p"]),
    )
    trace = forward(document)
    np.testing.assert_allclose(trace.value("p"), [[0.11920292202211756, 0.8807970779778824]], rtol=1e-14)
    slope = 0.11920292202211756 * 0.8807970779778824
    np.testing.assert_allclose(trace.gradients["a"], [slope], rtol=1e-13)
    np.testing.assert_allclose(trace.gradients["b"], [-slope], rtol=1e-13)
    stretched = [each for each in document.plan.forward if each.operation == "stretch"]
    assert [each.silent for each in stretched] == [True]


def test_a_single_unit_meets_a_matrix_in_either_place_and_is_told_as_it_is() -> None:
    nodes = [
        Node("w", "parameter"),
        Node("v", "parameter", options={"shape": "2×3"}),
        *(Node(kind, kind) for kind in ("subtract", "power", "maximum")),
        Node("line", "flatten"),
        Node("total", "sum"),
        Node("J", "objective"),
    ]
    pairs = [("w", "subtract"), ("v", "subtract"), ("subtract", "maximum"), ("w", "maximum"), ("maximum", "power")]
    pairs += [("w", "power"), ("power", "line"), ("line", "total"), ("total", "J")]
    graph = Graph(tuple(nodes), tuple(Edge(f"e{place}", *pair) for place, pair in enumerate(pairs)))
    values = {"w": np.array([1.5]), "v": np.array([[-0.3, 0.2, -1.0], [0.4, -2.0, 0.1]])}
    document = settled(Document(graph=graph, parameters=values))
    w, v = values["w"], values["v"]
    assert forward(document).loss == pytest.approx(np.sum(np.maximum(w - v, w) ** w), rel=1e-14)
    assert max(each.error for each in check_gradients(document)) < 1e-7
    lines = [line for step in walkthrough(document).steps for line in step.formulas]
    for line in lines:
        np.testing.assert_allclose(line.evaluate(), line.value, rtol=1e-12, atol=1e-14)
    told = [line.symbols() for line in lines]
    assert "subtract = w − v" in told
    assert "∂J/∂w via subtract = Σ ∂J/∂subtract · ∂subtract/∂w = Σ ∂J/∂subtract · 1" in told
    summed = "Σ ∂J/∂subtract · 1 + Σ ∂J/∂maximum · [w = maximum] + Σ ∂J/∂power · power · ln(maximum)"
    assert any(line.startswith("∂J/∂w = ") and line.endswith(f" = {summed}") for line in told)
