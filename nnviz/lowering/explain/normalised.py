"""The steps of a normalisation: two forward, up to three backward, and in training one for its running statistics.

Each line is one of the engine's own numbers. Their arrays keep the axis of the rows, and what belongs to a feature or
to a row has axes of length 1, so that the numbers of one line fit each other whatever the shape of an example.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nnviz.engine.arrays import Array
from nnviz.engine.plan import BackwardStep, Statistic
from nnviz.graph import Node
from nnviz.lowering.explain.reading import Numbers, Reader, Step
from nnviz.lowering.formula import (
    Apply,
    Difference,
    Expression,
    Formula,
    Negative,
    Number,
    Partial,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    Total,
    Value,
)
from nnviz.lowering.kinds import KINDS
from nnviz.lowering.normalising import GAIN, SHIFT, VARIANCE, over_of
from nnviz.numbers import subscripted
from nnviz.words import tr


@dataclass(frozen=True, eq=False)
class Letters:
    """The numbers of a normalisation under the letters of its formulas.

    Attributes
    ----------
    gain, shift : γ and β, or None where they are left out.
    running : mean and variance that stand in for those of the rows, or None where those are taken.
    axes, own : what means are over, and what the gradients of γ and β are summed over.
    count : N, how many numbers a mean is over.
    """

    x: Symbol
    mean: Symbol
    centred: Symbol
    variance: Symbol
    root: Symbol
    normalised: Symbol
    out: Symbol
    epsilon: float
    gain: Symbol | None
    shift: Symbol | None
    running: tuple[Symbol, Symbol] | None
    axes: tuple[int, ...]
    own: tuple[int, ...]
    count: Expression

    def moments(self) -> tuple[Formula, ...]:
        """Mean and variance."""
        mean, variance = self.running or (_mean(self.x, self.axes), _mean(Power(self.centred, 2), self.axes))
        return (
            Formula(self.mean, mean),
            Formula(self.centred, Difference(self.x, self.mean)),
            Formula(self.variance, variance),
        )

    def value(self) -> tuple[Formula, ...]:
        """What is made with them."""
        root = Apply("√", "\\sqrt", np.sqrt, Sum((self.variance, Symbol("ε", self.epsilon))))
        found = Formula(self.root, root), Formula(self.normalised, Quotient(self.centred, self.root))
        if self.gain is None or self.shift is None:
            return found
        return (*found, Formula(self.out, Sum((Product((self.gain, self.normalised)), self.shift))))


@dataclass(frozen=True, eq=False)
class Slopes:
    """∂J/∂ of these numbers, each None where it is not called for; ``sent`` is what x gets."""

    out: Partial
    gain: Partial | None
    shift: Partial | None
    normalised: Partial | None
    root: Partial | None
    centred: Partial | None
    sent: Partial | None

    @property
    def arrived(self) -> Partial:
        """What arrives at x̂."""
        return self.normalised or self.out

    def own(self, of: Letters) -> tuple[Formula, ...]:
        """To γ and β."""
        if self.gain is None or self.shift is None:
            return ()
        gain = _sum(Product((self.out, of.normalised)), of.own)
        return Formula(self.gain, gain), Formula(self.shift, _sum(self.out, of.own))

    def spread(self, of: Letters) -> tuple[Formula, ...]:
        """To x̂ and, where it comes from the rows, to their spread."""
        found: list[Formula] = []
        if self.normalised is not None and of.gain is not None:
            found.append(Formula(self.normalised, Product((of.gain, self.out))))
        if self.root is not None and of.running is None:
            share = Quotient(Product((self.arrived, of.normalised)), of.root)
            found.append(Formula(self.root, Negative(_sum(share, of.axes))))
        return tuple(found)

    def onward(self, of: Letters) -> tuple[Formula, ...]:
        """To x: straight, and by way of spread and mean where those come from the rows."""
        if self.sent is None or self.centred is None or self.root is None:
            return ()
        straight = Quotient(self.arrived, of.root)
        if of.running is not None:
            return (Formula(self.sent, straight),)
        by_spread = Quotient(Product((of.centred, self.root)), Product((of.count, of.root)))
        less = Difference(self.centred, _mean(self.centred, of.axes))
        return Formula(self.centred, Sum((straight, by_spread))), Formula(self.sent, less)


def forward_steps(reader: Reader, node: Node) -> Iterator[Step]:
    """Mean and variance, then the value that is made with them."""
    seen = _Seen(reader, node)
    marks = seen.marks
    yield Step(
        "forward",
        node.id,
        tr("Mean and variance for {name}", name=subscripted(node.label)),
        _moment_words(seen),
        seen.letters.moments(),
        lit=reader.around(node.id),
        reveals=(seen.x, marks["mean"], marks["centred"], marks["variance"]),
    )
    told = tr("What comes in, less its mean, is divided by its spread")
    yield Step(
        "forward",
        node.id,
        tr("Value of {name}", name=subscripted(node.label)),
        told + (tr("; then scaled by γ and moved by β.") if seen.parameters else "."),
        seen.letters.value(),
        lit=reader.around(node.id),
        reveals=(marks["root"], marks["normalised"], marks["a"]),
    )


def backward_steps(reader: Reader, node: Node) -> Iterator[Step]:
    """What arrives, sent on to γ and β, to the spread, and to what came in; few lines each, so that they stay large."""
    seen = _Seen(reader, node)
    own, spread, onward = (lines(seen.letters) for lines in (seen.slopes.own, seen.slopes.spread, seen.slopes.onward))
    if own:
        yield _own_step(reader, node, seen, own)
    if seen.letters.running is not None:
        spread, onward = (), (*spread, *onward)
    if spread:
        yield _spread_step(reader, node, seen, spread)
    if onward:
        yield _onward_step(reader, node, seen, onward)


def _own_step(reader: Reader, node: Node, seen: _Seen, lines: tuple[Formula, ...]) -> Step:
    found = {key: reader.plan.gradients[slot] for key, slot in seen.parameters.items()}
    arrived = reader.plan.gradients[seen.marks["a"]]
    return Step(
        "backward",
        node.id,
        tr("Gradients of γ and β of {name}", name=subscripted(node.label)),
        tr("γ gets what arrives times what it multiplied, β what arrives as it is; each added up over all its uses."),
        lines,
        incoming=reader.array(arrived),
        outgoing={key: reader.array(slot) for key, slot in found.items()},
        lit=reader.around(node.id),
        reveals=(arrived, *found.values()),
    )


def _spread_step(reader: Reader, node: Node, seen: _Seen, lines: tuple[Formula, ...]) -> Step:
    gradients = reader.plan.gradients
    return Step(
        "backward",
        node.id,
        tr("Back to the spread of {name}", name=subscripted(node.label)),
        tr("The spread s divides all that it was taken over, so what arrives there is added up."),
        lines,
        incoming=reader.array(gradients[seen.marks["a"]]),
        lit=reader.around(node.id),
        reveals=tuple(gradients[seen.marks[role]] for role in ("a", "normalised", "root")),
    )


def _onward_step(reader: Reader, node: Node, seen: _Seen, lines: tuple[Formula, ...]) -> Step:
    arrived = reader.plan.gradients[seen.marks["normalised"]]
    return Step(
        "backward",
        node.id,
        tr("Back through {name}", name=subscripted(node.label)),
        tr("The running statistics do not depend on what comes in.")
        if seen.letters.running is not None
        else tr("What comes in moves the spread too, and the mean, which is taken off all of them."),
        lines,
        incoming=reader.array(arrived),
        outgoing={reader.graph.into(node.id)[0].source: seen.sum_of_sent()},
        lit=reader.around(node.id),
        reveals=(reader.plan.gradients[seen.marks["a"]], *seen.between()),
    )


def ways_back(reader: Reader, node: Node) -> dict[int, Expression | None]:
    """For each slot that is sent to what came in, how it is written there; None of one that is 0 in evaluation."""
    seen = _Seen(reader, node)
    if not seen.sent:
        return {}
    straight, by_mean = seen.sent["subtract"], seen.sent["reduce"]
    if seen.letters.running is not None:
        arrived = reader.plan.gradients[seen.marks["normalised"]]
        name, of = ("x̂", node.label) if seen.parameters else (node.label, "")
        hat = reader.partial(name, reader.value(arrived), of)
        return {straight: Quotient(hat, Symbol("s", seen.alone(seen.letters.root.value), node.label)), by_mean: None}
    centred = reader.plan.gradients[seen.marks["centred"]]
    mean = _mean(reader.partial("c", reader.array(centred), node.label), seen.letters.axes, alone=reader.rows == 1)
    return {straight: reader.partial("c", reader.value(centred), node.label), by_mean: Negative(mean)}


def statistic_steps(reader: Reader, moved: Array) -> Iterator[Step]:
    """The running statistics after one update in training, (plan.statistics_size,), told node by node."""
    for node in dict.fromkeys(each.layer for each in reader.plan.statistics):
        own = [each for each in reader.plan.statistics if each.layer == node]
        after = {each.key: np.array(moved[each.start : each.stop], dtype=np.float64) for each in own}
        yield Step(
            "update",
            node,
            tr("Running statistics of {name}", name=subscripted(reader.label(node))),
            tr("Each moves towards that of the rows; the variance is first made unbiased, N∕(N − 1)."),
            tuple(_moved(reader, each, after[each.key]) for each in own),
            outgoing=after,
            lit=(node,),
        )


def _moved(reader: Reader, each: Statistic, after: Numbers) -> Formula:
    label, is_variance = reader.label(each.layer), each.key.endswith(VARIANCE)
    name = running_name(is_variance)
    share: tuple[Expression, ...] = (Symbol("m", each.momentum), Symbol(_letter(is_variance), reader.array(each.batch)))
    if each.corrected:
        count = reader.rows * each.positions
        share = (*share, Quotient(Number(count), Number(count - 1)))
    kept = Product((Difference(Number(1), Symbol("m", each.momentum)), Symbol(name, reader.array(each.slot))))
    return Formula(Symbol(f"{name}⁺", after, label), Sum((kept, Product(share))))


def running_name(is_variance: bool) -> str:
    """What a running statistic is called."""
    return tr("running variance") if is_variance else tr("running mean")


def _letter(is_variance: bool) -> str:
    return "σ²" if is_variance else "μ"


class _Seen:
    """A normalisation in a computed workspace."""

    def __init__(self, reader: Reader, node: Node) -> None:
        self._reader, self._node = reader, node
        self.marks = {role: slot for (owner, role), slot in reader.plan.marks.items() if owner == node.id}
        self.x = reader.maker[self.marks["centred"]].inputs[0]
        keys = [node.id + ending for ending in (GAIN, SHIFT)]
        self.parameters = {key: reader.plan.by_key[key].slot for key in keys if key in reader.plan.by_key}
        self.over = over_of(node)

    @cached_property
    def steps(self) -> tuple[BackwardStep, ...]:
        """Its part of the backward pass."""
        plan = self._reader.plan
        return tuple(step for step in plan.steps if plan.forward[step.forward].node == self._node.id)

    @cached_property
    def sent(self) -> dict[str, int]:
        """What is sent to x, by the operation that sends it: straight, and by way of the mean."""
        found: dict[str, int] = {}
        for step in self.steps:
            instruction, slot = self._reader.plan.forward[step.forward], step.outgoing[0]
            if instruction.operation in ("subtract", "reduce") and instruction.inputs[0] == self.x and slot is not None:
                found[instruction.operation] = slot
        return found

    def between(self) -> tuple[int, ...]:
        """The gradients that arrive and are sent on within it."""
        passed = [slot for step in self.steps for slot in (step.incoming, *step.outgoing)]
        return tuple(slot for slot in passed if slot is not None)

    def alone(self, value: Value) -> Value:
        """Numbers without the axis of the rows where there is one row, as nodes around it have them."""
        return np.asarray(value)[0] if self._reader.rows == 1 else value

    def sum_of_sent(self) -> Numbers:
        """All that is sent to x."""
        return np.asarray(sum(map(self._reader.array, self.sent.values())))

    @cached_property
    def letters(self) -> Letters:
        """Its numbers."""
        reader, node = self._reader, self._node
        x, hat = reader.symbol(self.x), "x̂" if self.parameters else node.label
        return Letters(
            x=Symbol(x.text, self._wide(self.x), x.of),
            mean=self._symbol("μ", "mean"),
            centred=self._symbol("c", "centred"),
            variance=self._symbol("σ²", "variance"),
            root=self._symbol("s", "root"),
            normalised=self._symbol(hat, "normalised"),
            out=self._symbol(node.label, "a"),
            epsilon=float(KINDS[node.kind].option(node, "epsilon")),
            gain=self._own("γ", GAIN),
            shift=self._own("β", SHIFT),
            running=self._running(),
            axes=self._axes,
            own=self._axes if self.over == "rows" else (0,),
            count=Number(int(np.prod([self._wide(self.x).shape[axis] for axis in self._axes]))),
        )

    @cached_property
    def slopes(self) -> Slopes:
        """∂J/∂ of its numbers."""
        out = self._slope(self._node.label, self.marks["a"])
        assert out is not None, "a normalisation that is told of in the backward pass has a gradient"
        name, (edge,) = self._reader.symbol(self.x).text, self._reader.graph.into(self._node.id)
        is_all = len(self._reader.graph.out_of(edge.source)) == 1
        sent = self._reader.partial(name, self.sum_of_sent())
        sent = sent if is_all else self._reader.share(self.sum_of_sent(), self._node.id, name)
        return Slopes(
            out=out,
            gain=self._slope("γ", self.parameters.get(self._node.id + GAIN)),
            shift=self._slope("β", self.parameters.get(self._node.id + SHIFT)),
            normalised=self._slope("x̂", self.marks["normalised"]) if self.parameters else None,
            centred=self._slope("c", self.marks["centred"]),
            root=self._slope("s", self.marks["root"]),
            sent=sent if self.sent else None,
        )

    @property
    def _axes(self) -> tuple[int, ...]:
        behind = range(2, 1 + len(self._reader.plan.slots[self.x].shape))
        return (0 if self.over == "rows" else 1, *behind)

    def _symbol(self, letter: str, role: str) -> Symbol:
        return Symbol(letter, self._wide(self.marks[role]))

    def _own(self, letter: str, ending: str) -> Symbol | None:
        slot = self.parameters.get(self._node.id + ending)
        return None if slot is None else Symbol(letter, self._wide(slot))

    def _slope(self, letter: str, slot: int | None) -> Partial | None:
        gradient = None if slot is None else self._reader.plan.gradients.get(slot)
        return None if gradient is None else self._reader.partial(letter, self._wide(gradient))

    def _running(self) -> tuple[Symbol, Symbol] | None:
        reader = self._reader
        if self.over == "units" or reader.training:
            return None
        mean, variance = (each for each in reader.plan.statistics if each.layer == self._node.id)
        return (
            Symbol(running_name(False), self._wide(mean.slot)),
            Symbol(running_name(True), self._wide(variance.slot)),
        )

    def _wide(self, slot: int) -> Numbers:
        """The numbers of a slot with axes of length 1 where it is shorter than x."""
        plan, values = self._reader.plan, self._reader.array(slot)
        rank, held = len(plan.slots[self.x].shape), plan.slots[slot]
        if not held.batched:
            values = values[None]
        return values.reshape(values.shape + (1,) * (rank + 1 - values.ndim))


def _moment_words(seen: _Seen) -> str:
    if seen.over == "units":
        return tr("Both are taken over the units of an example, so that each example stands alone.")
    if seen.letters.running is None:
        return tr("Both are taken for each feature over the rows.")
    return tr("In evaluation the running ones stand in for those of the rows.")


def _mean(argument: Expression, axes: tuple[int, ...], *, alone: bool = False) -> Total:
    """The mean over some axes, which stay with length 1; ``alone`` leaves the axis of a single row out."""

    def compute(array: Numbers) -> Value:
        mean = np.asarray(np.mean(array, axis=axes, keepdims=True))
        return mean[0] if alone else mean

    return Total(argument, "mean", "\\operatorname{mean}\\,", compute)


def _sum(argument: Expression, axes: tuple[int, ...]) -> Total:
    return Total(argument, "Σ", "\\sum", lambda array: np.asarray(np.sum(array, axis=axes, keepdims=True)))
