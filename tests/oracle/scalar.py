"""A judge that shares nothing with the engine: scalar automatic differentiation, one number a node of the tape.

It reads a drawing by its own rules, example by example, unit by unit, in plain Python floats.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from nnviz.conventions import Conventions
from nnviz.graph import Edge, Graph, Node
from tests.oracle import images

Row = list["Scalar"]


class Scalar:
    """A number that remembers what it was made of: pairs of (origin, local derivative)."""

    def __init__(self, value: float, origins: tuple[tuple[Scalar, float], ...] = ()) -> None:
        self.value = float(value)
        self.origins = origins
        self.gradient = 0.0

    def __add__(self, other: Scalar | float) -> Scalar:
        other = lifted(other)
        return Scalar(self.value + other.value, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other: Scalar | float) -> Scalar:
        other = lifted(other)
        return Scalar(self.value * other.value, ((self, other.value), (other, self.value)))

    __radd__, __rmul__ = __add__, __mul__

    def __sub__(self, other: Scalar | float) -> Scalar:
        return self + lifted(other) * -1.0

    def __rsub__(self, other: float) -> Scalar:
        return lifted(other) - self

    def __neg__(self) -> Scalar:
        return self * -1.0

    def __truediv__(self, other: Scalar | float) -> Scalar:
        return self * inverse(lifted(other))

    def __rtruediv__(self, other: float) -> Scalar:
        return lifted(other) / self

    def __pow__(self, exponent: Scalar | float) -> Scalar:
        if isinstance(exponent, Scalar):
            return exp(log(self) * exponent)
        return self.through(self.value**exponent, exponent * self.value ** (exponent - 1) if exponent else 0.0)

    def __rpow__(self, base: float) -> Scalar:
        return lifted(base) ** self

    def through(self, value: float, slope: float) -> Scalar:
        """The result of a function of this number alone."""
        return Scalar(value, ((self, slope),))

    def backward(self) -> None:
        """Fill ``gradient`` of everything this number was made of."""
        order: list[Scalar] = []
        seen: set[int] = set()
        waiting = [(self, False)]
        while waiting:
            number, done = waiting.pop()
            if done:
                order.append(number)
            elif id(number) not in seen:
                seen.add(id(number))
                waiting.append((number, True))
                waiting.extend((origin, False) for origin, _ in number.origins)
        self.gradient = 1.0
        for number in reversed(order):
            for origin, local in number.origins:
                origin.gradient += number.gradient * local


def lifted(number: Scalar | float) -> Scalar:
    return number if isinstance(number, Scalar) else Scalar(number)


def total(numbers: Sequence[Scalar]) -> Scalar:
    result = Scalar(0.0)
    for number in numbers:
        result = result + number
    return result


def exp(x: Scalar) -> Scalar:
    return x.through(math.exp(x.value), math.exp(x.value))


def log(x: Scalar) -> Scalar:
    return x.through(math.log(x.value), 1.0 / x.value)


def inverse(x: Scalar) -> Scalar:
    return x.through(1.0 / x.value, -1.0 / x.value**2)


def activated(name: str, z: Row, alpha: float | None = None) -> Row:
    if name in ("softmax", "log_softmax"):
        powers = [exp(each) for each in z]
        whole = total(powers)
        if name == "log_softmax":
            return [each - log(whole) for each in z]
        return [power * inverse(whole) for power in powers]
    return [_activated(name, each, alpha) for each in z]


def _activated(name: str, z: Scalar, alpha: float | None) -> Scalar:
    if name in ("leaky_relu", "elu"):
        return _bent(name, z, alpha)
    if name == "gelu":
        share = 0.5 * math.erfc(-z.value / math.sqrt(2))
        density = math.exp(-0.5 * z.value**2) / math.sqrt(2 * math.pi)
        return z * z.through(share, density)
    if name == "silu":
        return z * _activated("sigmoid", z, None)
    if name == "softplus":
        return log(exp(z) + 1.0)
    if name == "step":
        return Scalar(1.0 if z.value > 0 else 0.0)
    if name == "sigmoid":
        return inverse(exp(z * -1.0) + 1.0)
    if name == "tanh":
        return z.through(math.tanh(z.value), 1.0 - math.tanh(z.value) ** 2)
    if name == "relu":
        return z if z.value > 0 else z.through(0.0, 0.0)
    assert name == "identity"
    return z


def _bent(name: str, z: Scalar, alpha: float | None) -> Scalar:
    if z.value > 0:
        return z
    if name == "leaky_relu":
        return z * (0.01 if alpha is None else alpha)
    return (exp(z) - 1.0) * (1.0 if alpha is None else alpha)


def magnitude(x: Scalar) -> Scalar:
    return x if x.value > 0 else x * -1.0 if x.value < 0 else x.through(0.0, 0.0)


FUNCTIONS: dict[str, Callable[[Scalar], Scalar]] = {
    "negate": lambda x: x * -1.0,
    "exp": exp,
    "log": log,
    "sqrt": lambda x: x.through(math.sqrt(x.value), 0.5 / math.sqrt(x.value)),
    "abs": magnitude,
    "square": lambda x: x * x,
    "sin": lambda x: x.through(math.sin(x.value), math.cos(x.value)),
    "cos": lambda x: x.through(math.cos(x.value), -math.sin(x.value)),
}


def extreme(choose: Callable[..., float]) -> Callable[..., Scalar]:
    """The largest or the smallest; several that are equal share the slope."""

    def chosen(*operands: Scalar | float) -> Scalar:
        numbers = [lifted(each) for each in operands]
        best = choose(each.value for each in numbers)
        equal = [each for each in numbers if each.value == best]
        return total(equal) * (1.0 / len(equal))

    return chosen


CALLED: dict[str, Callable[..., Scalar]] = {
    **{name: (lambda x, f=f: f(lifted(x))) for name, f in FUNCTIONS.items()},
    **{
        name: (lambda x, name=name: _activated(name, lifted(x), None))
        for name in ("tanh", "sigmoid", "relu", "softplus")
    },
    "ln": lambda x: log(lifted(x)),
    "max": extreme(max),
    "min": extreme(min),
}
"""What a formula may call, by name."""


def computed(formula: str, names: Mapping[str, Scalar]) -> Scalar:
    """A formula by the grammar of Python, which says the same as ours of all that both can read."""
    return lifted(eval(formula.replace("^", "**"), {"__builtins__": {}}, {**CALLED, **names}))


def gate(kind: str, operands: Row, options: Mapping[str, object]) -> Scalar:
    """A function of one number of each source."""
    if kind in FUNCTIONS:
        return FUNCTIONS[kind](operands[0])
    if kind in ("maximum", "minimum"):
        return extreme(max if kind == "maximum" else min)(*operands)
    if kind == "power":
        exponent = operands[1] if len(operands) == 2 else Scalar(float(options.get("exponent", 2.0)))  # type: ignore  # this option is a number
        return exp(log(operands[0]) * exponent)
    first, second = operands
    return first - second if kind == "subtract" else first * inverse(second)


def loss_terms(kind: str, prediction: Row, target: Sequence[float], half: bool, delta: float = 1.0) -> Row:
    if kind == "objective":
        return prediction
    if kind == "absolute_error":
        return [magnitude(p - t) for p, t in zip(prediction, target, strict=True)]
    if kind == "huber":
        return [_huber(p - t, delta) for p, t in zip(prediction, target, strict=True)]
    if kind == "hinge":
        margins = [p * (-1.0 if t > 0 else 1.0) + 1.0 for p, t in zip(prediction, target, strict=True)]
        return [each if each.value > 0 else Scalar(0.0) for each in margins]
    if kind.endswith("_logits"):
        name = "sigmoid" if kind.startswith("binary") else "softmax"
        return loss_terms(kind.removesuffix("_logits"), activated(name, prediction), target, half)
    if kind == "squared_error":
        return [(p - t) * (p - t) * (0.5 if half else 1.0) for p, t in zip(prediction, target, strict=True)]
    if kind == "binary_cross_entropy":
        return [
            log(p) * -t + log(p * -1.0 + 1.0) * (t - 1.0) if 0 < t < 1 else log(p if t == 1 else p * -1.0 + 1.0) * -1.0
            for p, t in zip(prediction, target, strict=True)
        ]
    assert kind == "categorical_cross_entropy"
    return [log(p) * -t for p, t in zip(prediction, target, strict=True)]


def _huber(d: Scalar, delta: float) -> Scalar:
    return d * d * 0.5 if abs(d.value) <= delta else (magnitude(d) - 0.5 * delta) * delta


def normalised(numbers: Row, node: Node) -> Row:
    """Less their mean, divided by the root of their variance and ε."""
    share = 1.0 / len(numbers)
    mean = total(numbers) * share
    variance = total([(x - mean) * (x - mean) for x in numbers]) * share
    root = FUNCTIONS["sqrt"](variance + float(node.options["epsilon"]))  # type: ignore[arg-type]  # this option is a number
    return [(x - mean) * inverse(root) for x in numbers]


def met(rows: Sequence[Row]) -> list[Row]:
    """A single number meets each of many."""
    width = max(map(len, rows))
    return [row * width if len(row) == 1 else row for row in rows]


class Oracle:
    """Loss and gradients of a drawing.

    Attributes
    ----------
    loss : J.
    gradients : ∂J/∂w by key of the trained parameters, as arrays.
    """

    def __init__(
        self,
        graph: Graph,
        conventions: Conventions,
        parameters: Mapping[str, np.ndarray],
        inputs: Mapping[str, np.ndarray],
        targets: Mapping[str, np.ndarray],
        masks: Mapping[str, np.ndarray],
        statistics: Mapping[str, np.ndarray],
        training: bool,
    ) -> None:
        self._graph, self._conventions = graph, conventions
        self._statistics, self._training = statistics, training
        self._inputs, self._targets, self._masks = inputs, targets, masks
        self._leaves = {
            key: np.array([Scalar(v) for v in array.ravel()], dtype=object).reshape(array.shape)
            for key, array in parameters.items()
        }
        count = len(next(iter(inputs.values())))
        examples = self._examples(count)
        loss = total(examples) * (1.0 / count if conventions.examples == "mean" else 1.0)
        loss.backward()
        self.loss = loss.value
        self.gradients = {
            key: np.array([leaf.gradient for leaf in leaves.ravel()]).reshape(leaves.shape)
            for key, leaves in self._leaves.items()
        }

    def _examples(self, count: int) -> list[Scalar]:
        """The loss of each example; node by node, for a batch normalisation looks at all rows."""
        known: list[dict[str, Row]] = [{} for _ in range(count)]
        self._shapes: dict[str, images.Shape] = {}
        waiting = list(self._graph.nodes)
        while waiting:
            node = next(n for n in waiting if all(e.source in known[0] for e in self._graph.into(n.id)))
            waiting.remove(node)
            edges = self._graph.into(node.id)
            if node.kind == "batch_norm":
                made = self._batch_norm(node, [each[edges[0].source] for each in known])
            else:
                made = [self._node(node, edges, each, row) for row, each in enumerate(known)]
            for each, numbers in zip(known, made, strict=True):
                each[node.id] = numbers
        losses = [node for node in self._graph.nodes if node.kind in LOSSES]
        weights = {node.id: float(node.options.get("weight", 1.0)) for node in losses}
        return [total([each[name][0] * weight for name, weight in weights.items()]) for each in known]

    def _batch_norm(self, node: Node, rows: Sequence[Row]) -> list[Row]:
        if self._training:
            columns = [normalised(list(column), node) for column in zip(*rows, strict=True)]
            rows = [list(row) for row in zip(*columns, strict=True)]
        else:
            mean, variance = (self._statistics[f"{node.id}.{name}"] for name in ("mean", "variance"))
            epsilon = float(node.options["epsilon"])
            roots = [math.sqrt(float(v) + epsilon) for v in variance]
            rows = [
                [(x - float(m)) * (1.0 / root) for x, m, root in zip(row, mean, roots, strict=True)] for row in rows
            ]
        return [self._scaled(node, row) for row in rows]

    def _scaled(self, node: Node, row: Row) -> Row:
        if node.options["affine"] == "none":
            return row
        gains, shifts = self._leaves[f"{node.id}.gain"], self._leaves[f"{node.id}.shift"]
        return [x * gain + shift for x, gain, shift in zip(row, gains, shifts, strict=True)]

    def _node(self, node: Node, edges: Sequence[Edge], known: Mapping[str, Row], row: int) -> Row:
        incoming = [known[edge.source] for edge in edges]
        if node.kind in images.KINDS:
            return self._image(node, edges, incoming)
        joined = [number for numbers in incoming for number in numbers]
        if node.kind == "constant":
            return [Scalar(float(node.options["value"])) for _ in range(int(node.options["units"]))]
        if node.kind == "parameter":
            return list(self._leaves[node.id].ravel())
        if node.kind in ("sum", "mean"):
            return [total(joined) * (1.0 / len(joined) if node.kind == "mean" else 1.0)]
        if node.kind == "select":
            first = int(node.options["first"]) - 1
            return joined[first : first + int(node.options["units"])]
        if node.kind == "expression":
            units = zip(*met(incoming), strict=True)
            names = [edge.source for edge in edges]
            return [computed(str(node.options["formula"]), dict(zip(names, each, strict=True))) for each in units]
        if node.kind in GATES:
            return [gate(node.kind, list(operands), node.options) for operands in zip(*met(incoming), strict=True)]
        if node.kind == "input":
            return [Scalar(v) for v in self._inputs[node.id][row]]
        if node.kind in ("perceptron", "dense"):
            return self._neuron(node, edges, known)
        if node.kind == "add":
            return [total(numbers) for numbers in zip(*met(incoming), strict=True)]
        if node.kind == "multiply":
            return [math.prod(numbers, start=Scalar(1.0)) for numbers in zip(*met(incoming), strict=True)]  # type: ignore  # a product of scalars is one
        if node.kind == "concatenate":
            return joined
        if node.kind == "layer_norm":
            return self._scaled(node, normalised(joined, node))
        if node.kind == "dropout":
            return [number * float(m) for number, m in zip(joined, self._masks[node.id][row], strict=True)]
        if node.kind in LOSSES:
            target = self._targets[node.id][row] if node.kind != "objective" else ()
            delta = float(node.options.get("delta", 1.0))
            terms = loss_terms(node.kind, joined, target, self._conventions.half, delta)
            mean = self._conventions.outputs == "mean" and not node.kind.startswith("categorical")
            return [total(terms) * (1.0 / len(terms) if mean else 1.0)]
        alpha = node.options.get("alpha")
        return activated(node.kind, joined, None if alpha is None else float(alpha))

    def _image(self, node: Node, edges: Sequence[Edge], incoming: Sequence[Row]) -> Row:
        grids = [
            images.grid(row, self._shapes.get(edge.source) or (len(row),))
            for edge, row in zip(edges, incoming, strict=True)
        ]
        if node.kind == "reshape":
            out = grids[0].reshape(tuple(map(int, str(node.options["shape"]).split("×"))))
        elif node.kind == "flatten":
            out = grids[0].reshape(-1)
        elif node.kind == "matmul":
            out = images.product(*grids)
        elif node.kind == "conv2d":
            out = self._convolution(node, grids[0])
        else:
            out = images.pooled(node.kind, grids[0], node.options)
        self._shapes[node.id] = out.shape
        return list(out.ravel())

    def _convolution(self, node: Node, image: np.ndarray) -> np.ndarray:
        z = images.convolved(image, self._leaves[f"{node.id}.W"], node.options)
        if node.options.get("bias", "trained") != "none":
            bias = self._leaves[str(node.options.get("bias_name", "")) or f"{node.id}.b"]
            z = z + bias[:, None, None]
        name = str(node.options.get("activation", "identity"))
        return images.grid(activated(name, list(z.ravel())), z.shape)

    def _neuron(self, node: Node, edges: Sequence[Edge], known: Mapping[str, Row]) -> Row:
        units = int(node.options.get("units", 1))
        z = [Scalar(0.0) for _ in range(units)]
        for edge in edges:
            weights = self._leaves[edge.shared or edge.id]
            for j in range(units):
                for i, x in enumerate(known[edge.source]):
                    z[j] = z[j] + x * weights[i, j]
        if node.options.get("bias", "trained") != "none":
            bias = self._leaves[str(node.options.get("bias_name", "")) or f"{node.id}.b"]
            z = [each + bias[j] for j, each in enumerate(z)]
        return activated(str(node.options.get("activation", "identity")), z)


LOSSES = (
    "squared_error",
    "absolute_error",
    "huber",
    "binary_cross_entropy",
    "binary_cross_entropy_logits",
    "categorical_cross_entropy",
    "categorical_cross_entropy_logits",
    "hinge",
    "objective",
)
GATES = (*FUNCTIONS, "maximum", "minimum", "power", "subtract", "divide")
