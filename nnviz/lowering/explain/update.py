"""The steps of an update: the new weights of each neuron or layer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby

from nnviz.engine.optimizers import SGD, Optimizer
from nnviz.engine.plan import Segment
from nnviz.lowering.explain.reading import Numbers, Reader, Step
from nnviz.lowering.formula import Difference, Expression, Formula, Number, Partial, Product, Sum, Symbol
from nnviz.numbers import subscripted
from nnviz.words import tr


def update_steps(
    reader: Reader,
    optimizer: Optimizer,
    l2: float,
    before: Mapping[str, Numbers],
    gradients: Mapping[str, Numbers],
    after: Mapping[str, Numbers],
) -> Iterator[Step]:
    """One step for each drawn node that owns trained parameters.

    Parameters
    ----------
    reader : names of the drawing.
    optimizer, l2 : the rule, and λ of the penalty.
    before, gradients, after : by parameter key, as the engine computed them; ``gradients`` without the penalty's share.
    """
    trained = [segment for segment in reader.plan.segments if segment.trained]
    for layer, segments in groupby(trained, key=lambda segment: segment.layer):
        owned = list(segments)
        yield Step(
            "update",
            layer,
            tr("New weights into {name}", name=subscripted(reader.label(layer))),
            _sentence(optimizer),
            tuple(_formula(reader, optimizer, l2, segment, before, gradients, after) for segment in owned),
            outgoing={segment.key: after[segment.key] for segment in owned},
            lit=(layer, *(edge.id for edge in reader.graph.into(layer))),
        )


def _sentence(optimizer: Optimizer) -> str:
    if _plain(optimizer):
        return tr("Each weight takes a step against its gradient, η long for a slope of 1.")
    return tr(
        "{rule} turns the gradient into a step, with what it remembers of earlier ones.", rule=type(optimizer).__name__
    )


def _plain(optimizer: Optimizer) -> bool:
    return isinstance(optimizer, SGD) and not optimizer.momentum


def _formula(
    reader: Reader,
    optimizer: Optimizer,
    l2: float,
    segment: Segment,
    before: Mapping[str, Numbers],
    gradients: Mapping[str, Numbers],
    after: Mapping[str, Numbers],
) -> Formula:
    name, of = reader.parameter(segment.key)
    old = Symbol(name, _single(before[segment.key]), of)
    new = Symbol(f"{name}⁺", _single(after[segment.key]), of)
    if not _plain(optimizer):
        step = Symbol(tr("step"), _single(before[segment.key] - after[segment.key]), name)
        return Formula(new, Difference(old, step))
    gradient: Expression = Partial(name, _single(gradients[segment.key]), of)
    if l2 and segment.kind == "weight":
        gradient = Sum((gradient, Product((Number(2), Symbol("λ", l2), old))))
    return Formula(new, Difference(old, Product((Symbol("η", optimizer.lr), gradient))))


def _single(numbers: Numbers) -> Numbers | float:
    return float(numbers.reshape(())) if numbers.size == 1 else numbers
