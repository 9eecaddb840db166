"""A convolutional network on small pictures: trained, saved, opened, told, drawn, and it knows new pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

import nnviz
from nnviz.data.datasets import bars
from nnviz.document.document import Document, settled
from nnviz.document.edits import RemoveParts, SetOptions
from nnviz.errors import ConfigError, ShapeError
from nnviz.graph import Edge, Graph, Node
from nnviz.numbers import gradient_text, value_text
from nnviz.session.annotations import Annotator
from nnviz.session.answers import answers
from nnviz.session.computing import Focus, forward
from nnviz.session.derivatives import check_gradients, gradients, second_derivative, tangents
from nnviz.session.drawing import draw, norm
from nnviz.session.training import train
from nnviz.session.walkthrough import walkthrough
from tests.images import convolutional, normalised


@pytest.fixture(scope="module")
def small() -> Document:
    """A convolution that pads and strides, behind it a pool whose windows overlap."""
    document = convolutional(rows=7)
    for node, options in (
        ("conv1", {"channels": 2, "kernel": 3, "stride": 2, "padding": 1, "activation": "tanh"}),
        ("pool1", {"size": 2, "stride": 1}),
    ):
        document = SetOptions(node, options).apply(document)
    return document


def test_it_learns_to_tell_bars_apart(tmp_path: Path) -> None:
    result = nnviz.train(convolutional())
    assert result.error is None
    nnviz.save(result.document, tmp_path / "bars.nnviz")
    opened = nnviz.open(tmp_path / "bars.nnviz")
    table = bars(100, seed=9)
    pictures = np.array([column.values for column in table.columns[:-1]]).T
    found = [int(np.argmax(nnviz.predict(opened, list(picture))["layer1"])) for picture in pictures]
    assert np.mean(found == table.columns[-1].values) > 0.95


@pytest.mark.parametrize("focus", [Focus(), Focus("all")], ids=["one row", "all rows"])
def test_every_line_told_evaluates_to_the_engines_number(small: Document, focus: Focus) -> None:
    lines = [line for step in walkthrough(small, focus).steps for line in step.formulas]
    for line in lines:
        np.testing.assert_allclose(line.evaluate(), line.value, rtol=1e-11, atol=1e-13, err_msg=line.symbols())
    told = {line.symbols().split(" = ")[0]: line.symbols() for line in lines}
    assert told["z[1, 2, 2](conv1)"] == "z[1, 2, 2](conv1) = Σ W[1](conv1) · reshape1[1, 2…4, 2…4] + b[1](conv1)"
    assert told["pool1[1, 1, 1]"] == "pool1[1, 1, 1] = max relu1[1, 1…2, 1…2]"
    assert told["∂J/∂W(conv1)"] == "∂J/∂W(conv1) = conv(reshape1, δ(conv1))"
    assert told["W⁺(conv1)"].startswith("W⁺(conv1) = ")


def test_gradients_are_central_differences(small: Document) -> None:
    checked = check_gradients(small, Focus("all"))
    assert {each.key for each in checked} == {"conv1.W", "conv1.b", "w1", "layer1.b"}
    assert max(each.error for each in checked) < 1e-7


@pytest.mark.parametrize("size", [1, 4, 0])
def test_any_batch_trains_a_short_last_one_too(small: Document, size: int) -> None:
    result = train(small, epochs=2, batch_size=size)
    assert result.error is None
    assert result.reports[-1].epoch == 2
    whole = [train(small, epochs=1, batch_size=size).document.parameters["conv1.W"] for _ in range(2)]
    assert whole[0].tobytes() == whole[1].tobytes()


def test_a_batch_gives_what_its_rows_give_one_by_one(small: Document) -> None:
    rows = [forward(small, Focus("example", place)).value("conv1")[0] for place in range(7)]
    together = forward(small, Focus("all"))
    np.testing.assert_allclose(together.value("conv1"), np.array(rows)[together.rows], rtol=1e-12)


def test_forward_mode_agrees_and_second_derivatives_need_a_smooth_pool(small: Document) -> None:
    whole = gradients(small, Focus("all"))["conv1.W"]
    assert whole is not None
    ahead = tangents(small, "conv1.W[2,1,3,1]", Focus("all"))["loss1"]
    assert ahead is not None
    assert ahead.item() == pytest.approx(whole[1, 0, 2, 0], rel=1e-11)
    with pytest.raises(ConfigError, match=r"max_pool has no second derivative \(node pool1\)"):
        second_derivative(small, "conv1.W[2,1,3,1]", "conv1.b[2]")
    nodes = tuple(
        replace(node, kind={"max_pool": "avg_pool", "relu": "softplus"}.get(node.kind, node.kind))
        for node in small.graph.nodes
    )
    smooth = settled(small.with_(graph=Graph(nodes, small.graph.edges)))
    weights, step = smooth.parameters["conv1.b"], np.array([0.0, 1e-5])
    ends = [
        gradients(smooth.with_(parameters={**smooth.parameters, "conv1.b": weights + sign * step}))["conv1.W"]
        for sign in (1, -1)
    ]
    numeric = (ends[0][1, 0, 2, 0] - ends[1][1, 0, 2, 0]) / 2e-5  # type: ignore[index]  # there is one: all is computed
    assert second_derivative(smooth, "conv1.W[2,1,3,1]", "conv1.b[2]") == pytest.approx(numeric, rel=1e-6, abs=1e-9)


def test_a_number_of_an_image_is_differentiated_behind_a_flatten(small: Document) -> None:
    with pytest.raises(ShapeError, match=r"conv1 is more than one number.*Put Flatten behind it"):
        gradients(small, of="conv1[1]")
    found = gradients(small, of="flatten1[3]")["conv1.b"]
    assert found is not None
    assert np.isfinite(found).all()


@pytest.mark.parametrize("kind", ["batch_norm", "layer_norm"])
def test_an_image_is_normalised_by_channel_or_as_a_whole(small: Document, kind: str) -> None:
    document = train(normalised(small, kind), epochs=2).document
    assert document.parameters["bn.gain"].shape == ((2,) if kind == "batch_norm" else (2, 4, 4))
    assert max(each.error for each in check_gradients(document, Focus("all"))) < 1e-7
    for focus in (Focus(), Focus("all", mode="train")):
        for step in walkthrough(document, focus).steps:
            for line in step.formulas:
                np.testing.assert_allclose(line.evaluate(), line.value, rtol=1e-9, atol=1e-11, err_msg=line.symbols())


def test_images_are_boxes_with_shape_mean_and_the_size_of_their_kernel(small: Document) -> None:
    trace = forward(small)
    nodes = {node.id: node for node in draw(Annotator(small, trace)).nodes}
    told = {name: [label.text for label in node.inside] for name, node in nodes.items()}
    assert told["reshape1"][:3] == ["reshape1", "1×8×8", "Reshape"]
    kernel, gradient = small.parameters["conv1.W"], trace.gradients["conv1.W"]
    assert told["conv1"] == [
        "conv1",
        "2×4×4",
        "Convolution · tanh",
        f"⌀ {value_text(float(trace.value('conv1').mean()))}",
        f"‖W‖ = {value_text(norm(kernel))}",
        f"‖∂J/∂W‖ = {value_text(norm(gradient), 3)}",
    ]
    assert told["flatten1"][1] == "18 units"
    assert {nodes[name].shape for name in ("reshape1", "conv1", "pool1")} == {"layer"}
    printed = draw(Annotator(small, trace)).small_print
    assert {"kernels not turned", "⌀ mean of a block's numbers"} <= set(printed)


def test_each_number_of_an_image_and_of_a_kernel_is_annotated(small: Document) -> None:
    trace = forward(small)
    notes = {(note.role, note.index): note for note in nnviz.annotate(trace) if note.target == "conv1"}
    assert notes["value", (1, 2, 3)].number == trace.value("conv1")[0, 1, 2, 3]
    assert notes["weight", (1, 0, 2, 1)].number == small.parameters["conv1.W"][1, 0, 2, 1]
    assert notes["gradient", (1, 0, 2, 1)].text == gradient_text(float(trace.gradients["conv1.W"][1, 0, 2, 1]))
    assert notes["bias_gradient", (1,)].number == trace.gradients["conv1.b"][1]


def test_an_image_at_the_end_is_answered_number_by_number(small: Document) -> None:
    cut = RemoveParts(("pool1", "flatten1", "layer1", "loss1")).apply(small)
    found = answers(cut, [0.5] * 64)
    assert len(found) == 32
    value = forward(cut, Focus("typed", values=(0.5,) * 64)).value("relu1")[0]
    assert (found[0].name, found[31].name) == ("relu11", "relu132")
    assert [each.value for each in found] == value.ravel().tolist()


def test_a_layer_of_matrices_is_the_layer_that_is_drawn_as_one() -> None:
    """x · W + b by a matrix product of a row and a parameter is what a dense layer computes."""
    document = convolutional(rows=5)
    inputs = document.graph.nodes[0]
    nodes = (
        inputs,
        Node("row", "reshape", options={"shape": "1×64"}),
        Node("W", "parameter", options={"shape": "64×2"}),
        Node("b", "parameter", options={"shape": "1×2"}),
        Node("m", "matmul"),
        Node("s", "add"),
        Node("p", "softmax"),
        Node("line", "flatten"),
        Node("loss1", "categorical_cross_entropy"),
    )
    pairs = [("x1", "row"), ("row", "m"), ("W", "m"), ("m", "s"), ("b", "s"), ("s", "p"), ("p", "line")]
    edges = tuple(Edge(f"e{place}", *pair) for place, pair in enumerate([*pairs, ("line", "loss1")]))
    drawn = settled(document.with_(graph=Graph(nodes, edges), parameters={}))
    layer = Node("d", "dense", options={"units": 2, "activation": "softmax"})
    whole = Graph((inputs, layer, nodes[-1]), (Edge("w", "x1", "d"), Edge("e", "d", "loss1")))
    weights = drawn.parameters["W"]
    dense = settled(
        document.with_(graph=whole, parameters={"w": weights, "d.b": np.ascontiguousarray(drawn.parameters["b"][0])})
    )
    one, other = (forward(each, Focus("all")) for each in (drawn, dense))
    assert one.loss == pytest.approx(other.loss, rel=1e-13)
    np.testing.assert_allclose(one.gradients["W"], other.gradients["w"], rtol=1e-11, atol=1e-14)
    box = next(node for node in draw(Annotator(drawn, one)).nodes if node.id == "W")
    assert [label.text for label in box.inside[-2:]] == [
        f"‖W‖ = {value_text(norm(weights))}",
        f"‖∂J/∂W‖ = {value_text(norm(one.gradients['W']), 3)}",
    ]
    np.testing.assert_allclose(one.gradients["b"][0], other.gradients["d.b"], rtol=1e-11)
