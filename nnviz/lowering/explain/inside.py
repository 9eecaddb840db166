"""What is told of an expression: its formula, then each operation inside it by a letter of its own: u₁, u₂ …

One step for the whole node and phase. Where there are more operations than fit on a board, the formula alone is told,
and the gradients that leave it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from nnviz.engine.plan import Instruction
from nnviz.engine.registry import OPERATIONS
from nnviz.lowering.explain.reading import Numbers, Reader, Step
from nnviz.lowering.explain.written import Use, passed_back, written
from nnviz.lowering.formula import Expression, Formula, Partial, Sum, Symbol, replaced
from nnviz.numbers import subscripted
from nnviz.words import tr

MOST_TOLD = 12
"""Operations that are told line by line."""


def expression_value(reader: Reader, node: str) -> Step:
    """The forward step of an expression: its formula in symbols and numbers, then its operations, inner ones first."""
    inside = _Inside(reader, node)
    lines = list(inside.values())
    whole = _whole(lines)
    label = subscripted(reader.label(node))
    return Step(
        "forward",
        node,
        tr("Value of {name}", name=label),
        inside.sentence(tr("The formula of {name}, from the inside out.", name=label)),
        (whole, *lines) if 1 < len(lines) <= MOST_TOLD else (whole,),
        lit=reader.around(node),
        reveals=tuple(slot for made in inside.made for slot in (*made.inputs, made.output)),
    )


def _whole(lines: Sequence[Formula]) -> Formula:
    """The last line with every u replaced by what it stands for."""
    known: dict[Expression, Expression] = {}
    for line in lines:
        known[line.left] = replaced(line.right, known)
    return Formula(lines[-1].left, known[lines[-1].left])


def expression_gradient(reader: Reader, node: str, arrived: Sequence[Formula]) -> Step:
    """The backward step of an expression: through its operations from the last to the first, then what each input gets.

    Parameters
    ----------
    arrived : how the gradient that arrives is made of what others sent.
    """
    inside = _Inside(reader, node)
    label = subscripted(reader.label(node))
    told = tuple(inside.passed_inside()) if len(inside.made) <= MOST_TOLD else ()
    sent = [slot for step in inside.steps for slot in (step.incoming, *step.outgoing) if slot is not None]
    sent += [slot for uses in inside.read.values() for slot, _ in uses]
    return Step(
        "backward",
        node,
        tr("Back through {name}", name=label),
        inside.sentence(tr("Back through the formula of {name}; each input gets the sum over its uses.", name=label)),
        (*arrived, *told, *(inside.passed_on(slot) for slot in inside.read)),
        incoming=reader.array(inside.steps[0].incoming),
        outgoing={reader.symbol(slot).text: inside.share(slot) for slot in inside.read},
        lit=reader.around_back(node),
        reveals=tuple(sent),
    )


class _Inside:
    """The operations inside an expression, and what they send to the slots that they read.

    Attributes
    ----------
    made : the operations in the order of the formula; that of the value comes last.
    steps : the way back through them.
    read : what is sent to each slot from outside: its slots, use by use, and how each comes about.
    """

    def __init__(self, reader: Reader, node: str) -> None:
        self._reader, self._node = reader, node
        self.made = list(self._instructions())
        self._outputs = {made.output for made in self.made}
        self._taken = {reader.label(edge.source) for edge in reader.graph.into(node)}
        self._symbols: dict[int, Symbol] = {}
        self.steps = [step for step in reader.plan.steps if reader.plan.forward[step.forward].output in self._outputs]
        self.read: dict[int, list[tuple[int, Expression]]] = {}
        for slot, sent, way in self._ways():
            if slot not in self._outputs:
                self.read.setdefault(slot, []).append((sent, way))

    def _instructions(self) -> Iterator[Instruction]:
        marks, number = self._reader.plan.marks, 1
        while (slot := marks.get((f"{self._node}.u{number}", "a"))) is not None:
            yield self._reader.maker[slot]
            number += 1
        yield self._reader.maker[marks[self._node, "a"]]

    def _symbol(self, slot: int) -> Symbol:
        """A slot as a symbol, the same wherever it stands; u₁ does not say of what, unless a source is called so."""
        slot = self._reader.spread(slot)
        if slot not in self._symbols:
            found = self._reader.symbol(slot)
            is_clear = slot in self._outputs and found.text not in self._taken
            self._symbols[slot] = Symbol(found.text, found.value) if is_clear else found
        return self._symbols[slot]

    def _partial(self, slot: int, gradient: int) -> Partial:
        symbol = self._symbol(slot)
        return self._reader.partial(symbol.text, self._reader.value(gradient), symbol.of)

    def _use(self, made: Instruction) -> Use:
        return Use(tuple(map(self._symbol, made.inputs)), self._symbol(made.output), dict(made.options))

    def values(self) -> Iterator[Formula]:
        """u₁ = …, u₂ = …, f = …"""
        for made in self.made:
            use = self._use(made)
            yield Formula(use.out, written(made.operation, use))

    def _ways(self) -> Iterator[tuple[int, int, Expression]]:
        """For everything that is sent to a slot: the slot, what is sent, and how it comes about.

        A single unit that was spread gets the sum of what its copies get.
        """
        gathered = self._reader.gathered()
        for step in self.steps:
            made = self._reader.plan.forward[step.forward]
            arrived = self._partial(made.output, step.incoming)
            for place, (slot, sent) in enumerate(zip(made.inputs, step.outgoing, strict=True)):
                if sent is not None and not self._is_constant(self._reader.spread(slot)):
                    way = passed_back(made.operation, self._use(made), place, arrived)
                    one = slot in gathered
                    yield self._reader.spread(slot), gathered.get(slot, sent), self._reader.summed(way) if one else way

    def _is_constant(self, slot: int) -> bool:
        """Whether a slot is a number of the formula, by which nobody asks for a derivative."""
        made = self._reader.maker.get(slot)
        return made is not None and made.node == self._node and made.silent

    def passed_inside(self) -> Iterator[Formula]:
        """∂J/∂u of every operation inside, each of which is used once."""
        for slot, sent, way in self._ways():
            if slot in self._outputs:
                yield Formula(self._partial(slot, sent), way)

    def share(self, slot: int) -> Numbers:
        """All that is sent to a slot from outside."""
        return np.asarray(np.sum([self._reader.array(sent) for sent, _ in self.read[slot]], axis=0))

    def passed_on(self, slot: int) -> Formula:
        """What a slot from outside gets: ∂J/∂x, or a share in it where x is used elsewhere too."""
        ways = tuple(way for _, way in self.read[slot])
        right = ways[0] if len(ways) == 1 else Sum(ways)
        whole = self._reader.plan.gradients[slot]
        if self._is_all(whole, [sent for sent, _ in self.read[slot]]):
            return Formula(self._partial(slot, whole), right)
        shares = [self._reader.value(sent) for sent, _ in self.read[slot]]
        left = self._reader.share(sum(shares[1:], shares[0]), self._node, self._symbol(slot).text)
        return Formula(left, right)

    def _is_all(self, whole: int, sent: list[int]) -> bool:
        """Whether nothing else adds to a gradient."""
        made = self._reader.maker.get(whole)
        return sent == [whole] or (made is not None and made.operation == "add" and sorted(made.inputs) == sorted(sent))

    def sentence(self, first: str) -> str:
        """What is done, and the conventions of the operations inside."""
        rows = [OPERATIONS[made.operation] for made in self.made]
        told = [f"{row.symbol}: {row.convention}" for row in rows if row.convention]
        many = [tr("Open it to see each operation.")] if len(self.made) > MOST_TOLD else []
        return " ".join([first, *many, *dict.fromkeys(told)])
