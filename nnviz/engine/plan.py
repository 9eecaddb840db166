"""The plan: slots, instructions, parameters; printable, free of numbers and of batch size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from nnviz.engine.arrays import Shape

SlotKind = Literal["input", "target", "parameter", "statistic", "mask", "mode", "value", "gradient", "tangent"]
GIVEN: tuple[SlotKind, ...] = ("input", "target", "parameter", "statistic", "mask", "mode")
"""The kinds of slots that are filled from outside."""
ParameterKind = Literal["weight", "bias", "gain"]
OptionValue = bool | int | float | str


class Slot(msgspec.Struct, frozen=True, gc=False):
    """A place for one array: ``shape`` of one example; ``key`` says whose numbers come in from outside.

    A gradient slot with a ``key`` *is* the gradient of that parameter and lies in the flat gradient vector. A tangent
    slot with a ``key`` is filled from outside: the direction in which that parameter or node moves.
    """

    index: int
    name: str
    shape: Shape
    batched: bool
    kind: SlotKind
    key: str = ""

    @property
    def size(self) -> int:
        """Numbers a row (or in all, where it is not batched)."""
        return prod(self.shape)


class Instruction(msgspec.Struct, frozen=True, gc=False):
    """One operation from slots into one slot, on behalf of a drawn node.

    ``silent`` marks plumbing that a walkthrough does not show as a step of its own.
    """

    operation: str
    inputs: tuple[int, ...]
    output: int
    node: str = ""
    options: tuple[tuple[str, OptionValue], ...] = ()
    silent: bool = False


class BackwardStep(msgspec.Struct, frozen=True, gc=False):
    """The instructions that carry a gradient back through one forward instruction.

    Attributes
    ----------
    forward : index of the forward instruction.
    start, stop : its range among the backward instructions.
    incoming : slot of the gradient that arrives at its output (already summed over all uses).
    locals : for each input the slot of the local derivative, or None where it is not one array (softmax).
    outgoing : for each input the slot of what is sent to it, or None where nothing depends on it.
    """

    forward: int
    start: int
    stop: int
    incoming: int
    locals: tuple[int | None, ...]
    outgoing: tuple[int | None, ...]


class Segment(msgspec.Struct, frozen=True, gc=False):
    """One parameter's place in the flat parameter vector.

    ``layer`` is the drawn node it was first used by; ``kind`` lets a penalty skip biases and gains; a segment that is
    not ``trained`` stands behind all that are, and has no gradient.
    """

    key: str
    layer: str
    kind: ParameterKind
    trained: bool
    shape: Shape
    slot: int
    start: int

    @property
    def stop(self) -> int:
        """One behind its last number in the flat vector."""
        return self.start + prod(self.shape)


@dataclass(frozen=True, slots=True)
class Statistic:
    """A running statistic: read in evaluation, moved by each update of training towards that of the batch.

    Attributes
    ----------
    key, layer : its name, and the drawn node that keeps it.
    slot, batch : its own slot, and that of what a batch has in its place.
    shape, start : its place in the flat vector of statistics.
    first : what it is before the first update.
    momentum : the share m of the batch: r ← (1 − m)·r + m·batch.
    positions : how many numbers an example has for each of its own.
    corrected : whether the batch's is a biased variance, which is first multiplied by N / (N − 1), where a batch has N
        numbers.
    """

    key: str
    layer: str
    slot: int
    batch: int
    shape: Shape
    start: int
    first: float
    momentum: float
    positions: int
    corrected: bool

    @property
    def stop(self) -> int:
        """One behind its last number in the flat vector."""
        return self.start + prod(self.shape)


@dataclass(frozen=True, eq=False)
class Plan:
    """A lowered network.

    Attributes
    ----------
    slots : all places, by index.
    forward, backward : the instructions in order.
    steps : the backward pass, grouped by the forward instruction it reverses.
    segments : the parameters in flat order, trained first.
    marks : (node id, role) to slot; roles are ``z``, ``a``, ``mask``, of a normalisation ``mean``, ``centred``,
        ``variance``, ``root``, ``normalised``, and of a loss ``ŷ``, ``target``, ``terms``, ``example``, ``loss``. What
        is inside an expression ``f`` has ids ``f.u1``, ``f.u2`` …, constants ``f.c1`` …
    loss : slot of J, or None for a network without a loss.
    gradients : slot to slot of its gradient, for every slot through which the goal depends on a parameter.
    statistics : the running statistics in flat order.
    goal : slot of what was differentiated, J unless another number was named; None if nothing was.
    goal_name : its name as a reader sees it, the top of every ∂.
    tangent : instructions of forward mode, if it was asked for; they run after the others.
    tangents : slot to slot of its tangent, for every slot that moves with the directions.
    """

    slots: tuple[Slot, ...]
    forward: tuple[Instruction, ...]
    backward: tuple[Instruction, ...]
    steps: tuple[BackwardStep, ...]
    segments: tuple[Segment, ...]
    marks: Mapping[tuple[str, str], int]
    loss: int | None
    gradients: Mapping[int, int] = field(default_factory=dict)
    statistics: tuple[Statistic, ...] = ()
    goal: int | None = None
    goal_name: str = "J"
    tangent: tuple[Instruction, ...] = ()
    tangents: Mapping[int, int] = field(default_factory=dict)

    @property
    def trained_size(self) -> int:
        """How many numbers are trained: the length of the gradient vector."""
        return max((segment.stop for segment in self.segments if segment.trained), default=0)

    @property
    def size(self) -> int:
        """How many parameters there are in all."""
        return max((segment.stop for segment in self.segments), default=0)

    @property
    def statistics_size(self) -> int:
        """How many running statistics there are."""
        return max((statistic.stop for statistic in self.statistics), default=0)

    @cached_property
    def by_key(self) -> dict[str, Segment]:
        """Every segment by its parameter key."""
        return {segment.key: segment for segment in self.segments}

    @cached_property
    def weight_mask(self) -> NDArray[np.float64]:
        """1 for a trained weight, 0 for a trained bias or gain; shape (trained_size,)."""
        mask = np.zeros(self.trained_size)
        for segment in self.segments:
            if segment.trained and segment.kind == "weight":
                mask[segment.start : segment.stop] = 1.0
        return mask

    def slots_of(self, kind: SlotKind) -> tuple[Slot, ...]:
        """The slots of one kind, in order."""
        return tuple(slot for slot in self.slots if slot.kind == kind)

    def __str__(self) -> str:
        parts = (("forward", self.forward), ("backward", self.backward), ("tangent", self.tangent))
        return "\n".join(f"{name:9}" + self._line(instruction) for name, part in parts for instruction in part)

    def _line(self, instruction: Instruction) -> str:
        output = self.slots[instruction.output]
        shape = ("n", *map(str, output.shape)) if output.batched else tuple(map(str, output.shape))
        operands = ", ".join(self.slots[index].name for index in instruction.inputs)
        options = "".join(f" {name}={value}" for name, value in instruction.options)
        return f"{output.name} ({' × '.join(shape) or '1'}) = {instruction.operation}({operands}){options}"
