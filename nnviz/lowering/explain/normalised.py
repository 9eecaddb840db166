"""The steps of a normalisation: two forward, two backward, and in training one for its running statistics.

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
    count: int

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
    centred: Partial | None
    variance: Partial | None
    root: Partial | None
    sent: Symbol | None

    def own(self, of: Letters) -> Iterator[Formula]:
        """To γ, to β, and to what they were applied to."""
        if self.gain is not None and self.shift is not None:
            yield Formula(self.gain, _sum(Product((self.out, of.normalised)), of.own))
            yield Formula(self.shift, _sum(self.out, of.own))
        if self.normalised is not None and of.gain is not None:
            yield Formula(self.normalised, Product((of.gain, self.out)))

    def onward(self, of: Letters) -> Iterator[Formula]:
        """To x: straight, and by way of mean and variance where those come from the rows."""
        if self.sent is None or self.centred is None:
            return
        arrived = self.normalised or self.out
        straight = Quotient(arrived, of.root)
        if of.running is not None or self.variance is None or self.root is None:
            yield Formula(self.centred, straight)
            yield Formula(self.sent, self.centred)
            return
        yield Formula(self.root, Negative(_sum(Quotient(Product((arrived, of.normalised)), of.root), of.axes)))
        yield Formula(self.variance, Quotient(self.root, Product((Number(2), of.root))))
        by_variance = Quotient(Product((Number(2), of.centred, self.variance)), Number(of.count))
        yield Formula(self.centred, Sum((straight, by_variance)))
        yield Formula(self.sent, Difference(self.centred, _mean(self.centred, of.axes)))


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
    """What arrives, sent on to γ and β, then to what came in."""
    seen = _Seen(reader, node)
    own, onward = tuple(seen.slopes.own(seen.letters)), tuple(seen.slopes.onward(seen.letters))
    if own:
        yield _own_step(reader, node, seen, own)
    if onward:
        yield _onward_step(reader, node, seen, onward)


def _own_step(reader: Reader, node: Node, seen: _Seen, lines: tuple[Formula, ...]) -> Step:
    gradients = {key: reader.plan.gradients.get(slot) for key, slot in seen.parameters.items()}
    found = {key: slot for key, slot in gradients.items() if slot is not None}
    arrived = reader.plan.gradients[seen.marks["a"]]
    return Step(
        "backward",
        node.id,
        tr("Back through γ and β of {name}", name=subscripted(node.label)),
        tr("γ gets what arrives times x̂, β what arrives as it is, each added up over all it is used for.")
        if found
        else tr("What arrives is multiplied by γ."),
        lines,
        incoming=reader.array(arrived),
        outgoing={key: reader.array(slot) for key, slot in found.items()},
        lit=reader.around(node.id),
        reveals=(arrived, *found.values(), *seen.between("multiply", "add")),
    )


def _onward_step(reader: Reader, node: Node, seen: _Seen, lines: tuple[Formula, ...]) -> Step:
    arrived = reader.plan.gradients[seen.marks["normalised"]]
    return Step(
        "backward",
        node.id,
        tr("Back through {name}", name=subscripted(node.label)),
        tr("The running statistics do not depend on what comes in.")
        if seen.letters.running is not None
        else tr("What comes in also moves mean and variance, and so all that were normalised with them."),
        lines,
        incoming=reader.array(arrived),
        outgoing={reader.graph.into(node.id)[0].source: seen.sum_of_sent()},
        lit=reader.around(node.id),
        reveals=(arrived, *seen.between()),
    )


def ways_back(reader: Reader, node: Node) -> dict[int, Expression | None]:
    """For each slot that is sent to what came in, how it is written there; None of one that is 0 in evaluation."""
    seen = _Seen(reader, node)
    found: dict[int, Expression | None] = {}
    for operation, slot in seen.sent.items():
        centred = reader.plan.gradients[seen.marks["centred"]]
        if operation == "subtract":
            found[slot] = Partial("c", reader.value(centred), node.label)
        elif seen.letters.running is None:
            whole = Partial("c", reader.array(centred), node.label)
            found[slot] = Negative(_mean(whole, seen.letters.axes, alone=reader.rows == 1))
        else:
            found[slot] = None
    return found


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

    def between(self, *operations: str) -> tuple[int, ...]:
        """The gradients that arrive and are sent on within it; at these operations, or at all."""
        forward = self._reader.plan.forward
        steps = [step for step in self.steps if not operations or forward[step.forward].operation in operations]
        passed = [slot for step in steps for slot in (step.incoming, *step.outgoing)]
        return tuple(slot for slot in passed if slot is not None)

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
            count=int(np.prod([self._wide(self.x).shape[axis] for axis in self._axes])),
        )

    @cached_property
    def slopes(self) -> Slopes:
        """∂J/∂ of its numbers."""
        out = self._slope(self._node.label, self.marks["a"])
        assert out is not None, "a normalisation that is told of in the backward pass has a gradient"
        sent = Symbol(tr("sent back"), self.sum_of_sent(), self._reader.symbol(self.x).text)
        return Slopes(
            out=out,
            gain=self._slope("γ", self.parameters.get(self._node.id + GAIN)),
            shift=self._slope("β", self.parameters.get(self._node.id + SHIFT)),
            normalised=self._slope("x̂", self.marks["normalised"]) if self.parameters else None,
            centred=self._slope("c", self.marks["centred"]),
            variance=self._slope("σ²", self.marks["variance"]),
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
        return None if gradient is None else Partial(letter, self._wide(gradient))

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

    return Total(argument, "mean", "\\operatorname{mean}", compute)


def _sum(argument: Expression, axes: tuple[int, ...]) -> Total:
    return Total(argument, "Σ", "\\sum", lambda array: np.asarray(np.sum(array, axis=axes, keepdims=True)))
