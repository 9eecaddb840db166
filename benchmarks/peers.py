"""The contenders of speed.py: each makes a task ready in a process of its own and makes as many updates as asked.

``python benchmarks/peers.py NAME TASK FOLDER`` (TASK as JSON) writes ``ready`` and then, for each number of updates it
reads, the seconds they took. All train the same network on the same batches from the same weights.
"""

from __future__ import annotations

import ctypes
import json
import sys
from collections.abc import Callable
from itertools import pairwise
from math import isqrt
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

Steps = Callable[[int], None]
BATCHES = 10
RATE = 1e-4


class Task:
    """Layers, batch, rule, type; with its data and first weights."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.layers: list[int] = told["layers"]
        self.batch: int = told["batch"]
        self.rule: str = told["rule"]
        self.activation: str = told["activation"]
        self.classes: bool = told["classes"]
        self.dtype: str = told["dtype"]
        self.threads: int = told["threads"]
        self.extras: bool = told.get("extras", False)
        self.singly: bool = told.get("singly", False)
        self.kernels: int = told.get("kernels", 0)
        draw = np.random.default_rng(0)
        rows = self.batch * BATCHES
        self.X = draw.normal(size=(rows, self.layers[0])).astype(self.dtype)
        if self.classes:
            self.labels = draw.integers(0, self.layers[-1], rows)
            self.Y = np.eye(self.layers[-1])[self.labels].astype(self.dtype)
        else:
            self.Y = draw.normal(size=(rows, self.layers[-1])).astype(self.dtype)
        self.W = [(draw.normal(size=pair) / np.sqrt(pair[0])).astype(self.dtype) for pair in self.pairs]
        self.b = [np.zeros(pair[1], self.dtype) for pair in self.pairs]
        self.kernel = (draw.normal(size=(self.kernels, 1, 3, 3)) / 3.0).astype(self.dtype)

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """Units before and after each layer of weights; kernels make of a square image several that are pooled."""
        side = (isqrt(self.layers[0]) - 2) // 2
        first = self.kernels * side**2 or self.layers[0]
        return list(zip([first, *self.layers[1:]], self.layers[1:], strict=False))


def nnviz(task: Task) -> Steps:
    """Ours."""
    import threadpoolctl

    import nnviz
    from nnviz.document import build
    from nnviz.engine.optimizers import SGD, Adam
    from nnviz.learning.examples import Examples
    from nnviz.learning.fast import FastTraining
    from nnviz.learning.settings import EarlyStopping, TrainingSettings

    if task.singly:
        build.DRAWN_SINGLY = 10**6
    output, loss = ("softmax", "categorical_cross_entropy") if task.classes else ("identity", "squared_error")
    shape = "-".join(map(str, task.layers))
    document = nnviz.new(shape, activation=task.activation, output=output, loss=loss, perceptrons=task.singly)
    if task.extras:
        document = _with_dropout(document)
    if task.kernels:
        document = _with_convolution(document, task)
    plan = document.plan
    rows = len(task.X)
    inputs, targets = ({slot.key: None for slot in plan.slots_of(kind)} for kind in ("input", "target"))
    given = Examples(
        dict(zip(inputs, np.split(task.X, np.cumsum([s.size for s in plan.slots_of("input")])[:-1], 1), strict=True)),
        dict(zip(targets, np.split(task.Y, np.cumsum([s.size for s in plan.slots_of("target")])[:-1], 1), strict=True)),
    )
    extras = {"l2": 1e-4, "early_stopping": EarlyStopping(10**9)} if task.extras else {}
    held = given.take(np.arange(rows // 5)) if task.extras else None
    settings = TrainingSettings(
        Adam(RATE) if task.rule == "adam" else SGD(RATE), 10**9, task.batch, False, precision=task.dtype, **extras
    )
    training = FastTraining(
        plan, given, settings, _parameters(task, document), seed=0, validation=held, dropout=_chances(document)
    )
    threadpoolctl.threadpool_limits(task.threads)
    run = training._run

    def steps(count: int) -> None:
        run.advance(count, [RATE] * (count // BATCHES + 2))

    return steps


def _with_dropout(document: Any) -> Any:
    """Half of the units of the first hidden layer dropped."""
    from msgspec.structs import replace

    from nnviz.document.document import settled
    from nnviz.graph import Edge, Node

    graph = document.graph
    hidden = next(node.id for node in graph.nodes if node.kind == "dense")
    edges = [replace(edge, source="drop") if edge.source == hidden else edge for edge in graph.edges]
    edges.append(Edge("to_drop", hidden, "drop"))
    nodes = (*graph.nodes, Node("drop", "dropout", options={"p": 0.5}))
    return settled(document.with_(graph=replace(graph, nodes=nodes, edges=tuple(edges))))


def _with_convolution(document: Any, task: Task) -> Any:
    """Square images with a convolution, relu and max pooling before the first layer."""
    from msgspec.structs import replace

    from nnviz.document.document import settled
    from nnviz.graph import Edge, Node

    side = isqrt(task.layers[0])
    made = (
        Node("image", "reshape", options={"shape": f"1×{side}×{side}"}),
        Node("conv", "conv2d", options={"channels": task.kernels}),
        Node("positive", "relu"),
        Node("pool", "max_pool"),
        Node("line", "flatten"),
    )
    graph = document.graph
    first = next(edge for edge in graph.edges if edge.source == graph.nodes[0].id)
    chain = [first.source, *(node.id for node in made)]
    edges = [Edge(f"to_{target}", source, target) for source, target in pairwise(chain)]
    edges += [replace(edge, source=chain[-1]) if edge is first else edge for edge in graph.edges]
    return settled(document.with_(graph=replace(graph, nodes=(*graph.nodes, *made), edges=tuple(edges))))


def _chances(document: Any) -> dict[str, float]:
    return {node.id: 0.5 for node in document.graph.nodes if node.kind == "dropout"}


def _parameters(task: Task, document: Any) -> dict[str, np.ndarray]:
    """The task's weights by key, where layers are drawn as such; else those drawn."""
    if task.singly:
        return {key: array / np.sqrt(task.layers[0]) for key, array in document.parameters.items()}
    given = {2: iter(task.W), 4: iter([task.kernel])}
    return {
        key: next(given[array.ndim]) if array.ndim in given else array * 0 for key, array in document.parameters.items()
    }


def torch(task: Task) -> Steps:
    """PyTorch, eager, with its fused Adam."""
    import torch

    torch.set_num_threads(task.threads)
    kind = getattr(torch, task.dtype)
    modules: list[Any] = []
    if task.kernels:
        side = isqrt(task.layers[0])
        convolution = torch.nn.Conv2d(1, task.kernels, 3, dtype=kind)
        convolution.weight.data = torch.tensor(task.kernel)
        convolution.bias.data = torch.zeros(task.kernels, dtype=kind)
        modules += [torch.nn.Unflatten(1, (1, side, side)), convolution, torch.nn.ReLU()]
        modules += [torch.nn.MaxPool2d(2), torch.nn.Flatten()]
    for number, (weights, bias) in enumerate(zip(task.W, task.b, strict=True)):
        layer = torch.nn.Linear(*weights.shape, dtype=kind)
        layer.weight.data = torch.tensor(weights.T.copy())
        layer.bias.data = torch.tensor(bias)
        modules.append(layer)
        if number < len(task.W) - 1:
            modules.append(torch.nn.Tanh() if task.activation == "tanh" else torch.nn.ReLU())
    model = torch.nn.Sequential(*modules)
    rule = (
        torch.optim.Adam(model.parameters(), RATE, fused=True)
        if task.rule == "adam"
        else torch.optim.SGD(model.parameters(), RATE)
    )
    X = torch.tensor(task.X).split(task.batch)
    Y = torch.tensor(task.labels if task.classes else task.Y).split(task.batch)
    loss = torch.nn.CrossEntropyLoss() if task.classes else torch.nn.MSELoss()

    def steps(count: int) -> None:
        for step in range(count):
            rule.zero_grad()
            loss(model(X[step % BATCHES]), Y[step % BATCHES]).backward()
            rule.step()

    return steps


def jax(task: Task) -> Steps:
    """JAX, one compiled scan over an epoch."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", task.dtype == "float64")
    weights = [(jnp.array(W), jnp.array(b)) for W, b in zip(task.W, task.b, strict=True)]
    X = jnp.array(task.X).reshape(BATCHES, task.batch, -1)
    Y = jnp.array(task.Y).reshape(BATCHES, task.batch, -1)
    activation = jnp.tanh if task.activation == "tanh" else jax.nn.relu

    def cost(weights: Any, x: Any, y: Any) -> Any:
        for W, b in weights[:-1]:
            x = activation(x @ W + b)
        z = x @ weights[-1][0] + weights[-1][1]
        return -(y * jax.nn.log_softmax(z)).sum(-1).mean() if task.classes else ((z - y) ** 2).sum(-1).mean()

    def update(carried: Any, batch: Any) -> tuple[Any, None]:
        weights, m, v, count = carried
        g = jax.grad(cost)(weights, *batch)
        if task.rule != "adam":
            return (jax.tree.map(lambda w, d: w - RATE * d, weights, g), m, v, count), None
        m = jax.tree.map(lambda old, d: 0.9 * old + 0.1 * d, m, g)
        v = jax.tree.map(lambda old, d: 0.999 * old + 0.001 * d * d, v, g)
        first, second = 1 - 0.9**count, 1 - 0.999**count

        def moved(w: Any, a: Any, b: Any) -> Any:
            return w - RATE * (a / first) / (jnp.sqrt(b / second) + 1e-8)

        return (jax.tree.map(moved, weights, m, v), m, v, count + 1), None

    epoch = jax.jit(lambda carried: jax.lax.scan(update, carried, (X, Y))[0])
    nothing = jax.tree.map(jnp.zeros_like, weights)
    state = [(weights, nothing, nothing, jnp.array(1.0, task.dtype))]

    def steps(count: int) -> None:
        for _ in range(max(1, count // BATCHES)):
            state[0] = epoch(state[0])
        jax.block_until_ready(state[0])

    return steps


def products(task: Task) -> Steps:
    """The bare matrix products of an update: two a layer and one more behind the first, by numpy's BLAS."""
    import threadpoolctl

    threadpoolctl.threadpool_limits(task.threads)
    draw = np.random.default_rng(1)
    jobs = []
    for number, (before, after) in enumerate(task.pairs):
        W, X, Z = (
            draw.normal(size=shape).astype(task.dtype)
            for shape in ((after, before), (before, task.batch), (after, task.batch))
        )
        jobs.append((W, X, np.empty_like(Z)))
        jobs.append((Z, X.T, np.empty_like(W)))
        if number:
            jobs.append((W.T, Z, np.empty_like(X)))

    def steps(count: int) -> None:
        for _ in range(count):
            for one, other, out in jobs:
                np.dot(one, other, out=out)

    return steps


def c(task: Task) -> Steps:
    """Hand-written C, chains only."""
    library = ctypes.CDLL(str(Path(sys.argv[3]) / "chain.so"))
    numbers = ctypes.POINTER(ctypes.c_double)
    weights = np.concatenate([np.vstack([W, b]).T.ravel() for W, b in zip(task.W, task.b, strict=True)])
    units = (ctypes.c_int * len(task.layers))(*task.layers)
    given = [array.ctypes.data_as(numbers) for array in (weights, task.X, task.Y)]

    def steps(count: int) -> None:
        how = (task.batch, count, BATCHES, ctypes.c_double(RATE))
        library.train(len(task.layers) - 1, units, *given, *how)

    steps.keep = (weights, task.X, task.Y)  # type: ignore[attr-defined]  (the arrays live as long as the pointers)
    return steps


def micrograd(task: Task) -> Steps:
    """micrograd: one example after another, forward and backward."""
    from micrograd.nn import MLP

    model = MLP(task.layers[0], task.layers[1:])

    def steps(count: int) -> None:
        for step in range(count):
            model.zero_grad()
            out = model([float(x) for x in task.X[step % len(task.X)]])
            sum((z * z for z in out[1:]), out[0] * out[0]).backward()

    return steps


def scikit(task: Task) -> Steps:
    """scikit-learn's own network, batch by batch."""
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    kind = MLPClassifier if task.classes else MLPRegressor
    model = kind(
        task.layers[1:-1], activation=task.activation, solver=task.rule, batch_size=task.batch, learning_rate_init=RATE
    )
    y = task.labels if task.classes else task.Y.ravel() if task.layers[-1] == 1 else task.Y
    known = {"classes": np.arange(task.layers[-1])} if task.classes else {}

    def steps(count: int) -> None:
        for step in range(count):
            begin = step % BATCHES * task.batch
            model.partial_fit(task.X[begin : begin + task.batch], y[begin : begin + task.batch], **known)

    return steps


CONTENDERS = {each.__name__: each for each in (nnviz, torch, jax, products, c, micrograd, scikit)}


def main() -> None:
    """Serve: a number of updates in, seconds out."""
    steps = CONTENDERS[sys.argv[1]](Task(json.loads(sys.argv[2])))
    steps(BATCHES)
    print("ready", flush=True)
    for line in sys.stdin:
        begun = perf_counter()
        steps(int(line))
        print(perf_counter() - begun, flush=True)


if __name__ == "__main__":
    main()
