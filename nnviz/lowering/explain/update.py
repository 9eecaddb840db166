"""The steps of an update: the new weights of each neuron or layer, by the optimizer's own formula and memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from math import inf

import numpy as np

from nnviz.engine.optimizers import Optimizer
from nnviz.engine.plan import Segment
from nnviz.lowering.explain.reading import Numbers, Reader, Step
from nnviz.lowering.explain.rules import told
from nnviz.lowering.formula import Apply, Expression, Formula, Number, Partial, Product, Sum, Symbol, Value
from nnviz.lowering.kinds import NORMALISED
from nnviz.numbers import given_text, subscripted
from nnviz.words import tr

ByKey = Mapping[str, Numbers]
PLAIN = ("w⁺ = w − η·g",)


@dataclass(frozen=True, eq=False)
class Change:
    """One update as the engine made it, stage by stage; numbers by parameter key.

    Attributes
    ----------
    optimizer, count : the rule at the rate in force, and the number of this update in its memory.
    before, gradients : weights and ∂J/∂w, without the penalties' share.
    l1, l2 : λ of the penalties that are part of the gradient; 0 for none.
    factor, limit : what clipping multiplied the gradient by, and the largest size it left.
    seen : the gradient that the rule saw.
    memory, remembered : for each array of the rule its numbers before and after.
    moved : weights after the rule.
    threshold, shrunk : what the proximal step of L1 took off each weight, 0 for none, and weights after it.
    max_norm, after : the limit of a unit's weights, 0 for none, and weights after it, which are the new ones.
    """

    optimizer: Optimizer
    count: int
    before: ByKey
    gradients: ByKey
    seen: ByKey
    memory: Mapping[str, ByKey]
    remembered: Mapping[str, ByKey]
    moved: ByKey
    shrunk: ByKey
    after: ByKey
    l1: float = 0.0
    l2: float = 0.0
    factor: float = 1.0
    limit: float = inf
    threshold: float = 0.0
    max_norm: float = 0.0


def update_steps(reader: Reader, change: Change) -> Iterator[Step]:
    """One step for each drawn node that owns trained parameters: of its first one all lines, of the others the last."""
    trained = [segment for segment in reader.plan.segments if segment.trained]
    for layer, segments in groupby(trained, key=lambda segment: segment.layer):
        owned = list(segments)
        with np.errstate(all="ignore"):  # what overflows is shown as such
            whole, *others = (_formulas(reader, change, segment) for segment in owned)
        yield Step(
            "update",
            layer,
            _title(reader, layer),
            _sentence(change, any(segment.slot not in reader.plan.gradients for segment in owned)),
            (*whole, *(formulas[-1] for formulas in others)),
            outgoing={segment.key: change.after[segment.key] for segment in owned},
            lit=(layer, *(edge.id for edge in reader.graph.into(layer))),
        )


def _title(reader: Reader, layer: str) -> str:
    name = subscripted(reader.label(layer))
    if reader.graph.node(layer).kind in NORMALISED:
        return tr("New γ and β of {name}", name=name)
    return tr("New weights into {name}", name=name)


def _sentence(change: Change, without: bool) -> str:
    told = tr("Each weight takes a step against its gradient, η long for a slope of 1.")
    if change.optimizer.lines != PLAIN:
        told = tr(
            "{rule} turns the gradient into a step, with what it remembers of earlier ones.",
            rule=change.optimizer.row.name,
        )
    if without:
        told += " " + tr("Where no way that has a slope leads to J, 0 stands in the place of ∂J/∂w.")
    if change.threshold:
        told += " " + tr("L1 then takes η·λ = {n} off each weight, as far as 0.", n=given_text(change.threshold))
    if change.max_norm:
        limit = given_text(change.max_norm)
        told += " " + tr("The weights into a unit are scaled to the length {n} where they are longer.", n=limit)
    return told


def _formulas(reader: Reader, change: Change, segment: Segment) -> list[Formula]:
    """The gradient where it is not ∂J/∂w alone, the lines of the rule, and what is done to the weight afterwards."""
    key = segment.key
    name, of = reader.parameter(key)
    whose = f"{name}, {of}" if of else name
    old = Symbol(name, _single(change.before[key]), of)
    new = Symbol(f"{name}⁺", _single(change.after[key]), of)
    held = segment.kind == "weight"
    shrinks, scaled = held and change.threshold > 0, held and change.max_norm > 0
    shrunk = Symbol(tr("shrunk"), _single(change.shrunk[key]), whose) if scaled else new
    moved = Symbol(tr("moved"), _single(change.moved[key]), whose) if shrinks or scaled else new
    gradient, lines = _gradient(reader, change, segment, old, whose)
    lines += _rule(change, key, whose, {"w": old, "g": gradient}, moved)
    if shrinks:
        lines.append(Formula(shrunk, _shrink(moved, change.threshold)))
    if scaled:
        inner = shrunk if shrinks else moved
        scale = np.divide(new.value, inner.value, out=np.ones_like(change.after[key]), where=inner.value != 0.0)
        lines.append(Formula(new, Product((Symbol(tr("scale"), _single(scale), whose), inner))))
    return lines


def _gradient(
    reader: Reader, change: Change, segment: Segment, old: Symbol, whose: str
) -> tuple[Expression, list[Formula]]:
    """What stands for g in the rule, and a line of its own where that would be long."""
    name, of = reader.parameter(segment.key)
    inner: Expression = Partial(name, _single(change.gradients[segment.key]), of)
    if segment.slot not in reader.plan.gradients:  # J does not depend on it, or behind a step: no ∂J/∂w was computed
        inner = Number(0)
    penalties = _penalties(change, old) if segment.kind == "weight" else ()
    if penalties:
        inner = Sum((inner, *penalties))
    clipped = _clipped(change, inner)
    lines = change.optimizer.lines
    if clipped is inner and (lines == PLAIN or not (penalties or any("g²" in line for line in lines))):
        return inner, []
    symbol = Symbol("g", _single(change.seen[segment.key]), whose)
    return symbol, [Formula(symbol, clipped)]


def _penalties(change: Change, old: Symbol) -> tuple[Expression, ...]:
    both = change.l1 > 0 and change.l2 > 0
    l2 = Product((Number(2), Symbol("λ2" if both else "λ", change.l2), old))
    l1 = Product((Symbol("λ1" if both else "λ", change.l1), Apply("sign", "\\operatorname{sign}", np.sign, old)))
    return (*((l2,) if change.l2 else ()), *((l1,) if change.l1 else ()))


def _clipped(change: Change, inner: Expression) -> Expression:
    if change.factor < 1.0:
        return Product((Symbol(tr("shortened"), change.factor), inner))
    if change.limit < inf:
        return Apply("clip", "\\operatorname{clip}", lambda g: np.clip(g, -change.limit, change.limit), inner)
    return inner


def _rule(change: Change, key: str, whose: str, names: dict[str, Expression], moved: Symbol) -> list[Formula]:
    """The lines of the rule, with its memory before and after as symbols."""
    rule = change.optimizer
    numbers = {letter: Symbol(_plain(letter), number) for letter, number in rule.coefficients(change.count).items()}
    known: dict[str, Expression] = {"w⁺": moved}
    for slot in rule.row.slots:
        if slot.name in change.memory:
            names[slot.symbol] = Symbol(slot.symbol, _single(change.memory[slot.name][key]), whose)
            known[f"{slot.symbol}⁺"] = Symbol(f"{slot.symbol}⁺", _single(change.remembered[slot.name][key]), whose)
    return told(rule.at(change.count), numbers | names, whose, known)


def _shrink(inner: Symbol, threshold: float) -> Expression:
    def shrunk(value: Value) -> Value:
        return np.asarray(np.sign(value) * np.maximum(np.abs(value) - threshold, 0.0))

    return Apply("shrink", "\\operatorname{shrink}", shrunk, inner)


def _plain(letter: str) -> str:
    return letter.translate(str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789"))


def _single(numbers: Numbers) -> Value:
    """The numbers, or the one there is; of numpy's kind, for its squares overflow to infinity without a complaint."""
    return np.float64(numbers.reshape(())) if numbers.size == 1 else numbers
