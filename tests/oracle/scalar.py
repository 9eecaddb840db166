"""A judge that shares nothing with the engine: scalar automatic differentiation, one number a node of the tape.

It reads a drawing by its own rules, example by example, unit by unit, in plain Python floats.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from nnviz.conventions import Conventions
from nnviz.graph import Edge, Graph, Node

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

    def __sub__(self, other: Scalar | float) -> Scalar:
        return self + lifted(other) * -1.0

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


def activated(name: str, z: Row) -> Row:
    if name == "softmax":
        powers = [exp(each) for each in z]
        share = inverse(total(powers))
        return [power * share for power in powers]
    return [_activated(name, each) for each in z]


def _activated(name: str, z: Scalar) -> Scalar:
    if name == "sigmoid":
        return inverse(exp(z * -1.0) + 1.0)
    if name == "tanh":
        return z.through(math.tanh(z.value), 1.0 - math.tanh(z.value) ** 2)
    if name == "relu":
        return z if z.value > 0 else z.through(0.0, 0.0)
    assert name == "identity"
    return z


def loss_terms(kind: str, prediction: Row, target: Sequence[float], half: bool) -> Row:
    if kind == "squared_error":
        return [(p - t) * (p - t) * (0.5 if half else 1.0) for p, t in zip(prediction, target, strict=True)]
    if kind == "binary_cross_entropy":
        return [
            log(p) * -t + log(p * -1.0 + 1.0) * (t - 1.0) if 0 < t < 1 else log(p if t == 1 else p * -1.0 + 1.0) * -1.0
            for p, t in zip(prediction, target, strict=True)
        ]
    assert kind == "categorical_cross_entropy"
    return [log(p) * -t for p, t in zip(prediction, target, strict=True)]


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
    ) -> None:
        self._graph, self._conventions = graph, conventions
        self._inputs, self._targets, self._masks = inputs, targets, masks
        self._leaves = {
            key: np.array([Scalar(v) for v in array.ravel()], dtype=object).reshape(array.shape)
            for key, array in parameters.items()
        }
        count = len(next(iter(inputs.values())))
        examples = [self._example(row) for row in range(count)]
        loss = total(examples) * (1.0 / count if conventions.examples == "mean" else 1.0)
        loss.backward()
        self.loss = loss.value
        self.gradients = {
            key: np.array([leaf.gradient for leaf in leaves.ravel()]).reshape(leaves.shape)
            for key, leaves in self._leaves.items()
        }

    def _example(self, row: int) -> Scalar:
        known: dict[str, Row] = {}
        waiting = list(self._graph.nodes)
        while waiting:
            node = next(n for n in waiting if all(e.source in known for e in self._graph.into(n.id)))
            waiting.remove(node)
            known[node.id] = self._node(node, self._graph.into(node.id), known, row)
        losses = [node for node in self._graph.nodes if node.kind in LOSSES]
        return total([known[node.id][0] * float(node.options.get("weight", 1.0)) for node in losses])

    def _node(self, node: Node, edges: Sequence[Edge], known: Mapping[str, Row], row: int) -> Row:
        incoming = [known[edge.source] for edge in edges]
        joined = [number for numbers in incoming for number in numbers]
        if node.kind == "input":
            return [Scalar(v) for v in self._inputs[node.id][row]]
        if node.kind in ("perceptron", "dense"):
            return self._neuron(node, edges, known)
        if node.kind == "add":
            return [total(numbers) for numbers in zip(*incoming, strict=True)]
        if node.kind == "multiply":
            return [math.prod(numbers, start=Scalar(1.0)) for numbers in zip(*incoming, strict=True)]  # type: ignore
        if node.kind == "concatenate":
            return joined
        if node.kind == "dropout":
            return [number * float(m) for number, m in zip(joined, self._masks[node.id][row], strict=True)]
        if node.kind in LOSSES:
            terms = loss_terms(node.kind, joined, self._targets[node.id][row], self._conventions.half)
            mean = self._conventions.outputs == "mean" and node.kind != "categorical_cross_entropy"
            return [total(terms) * (1.0 / len(terms) if mean else 1.0)]
        return activated(node.kind, joined)

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


LOSSES = ("squared_error", "binary_cross_entropy", "categorical_cross_entropy")
