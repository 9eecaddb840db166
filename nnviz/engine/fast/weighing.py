"""Weighted sums as lines of a program: layers, neurons drawn singly that are a matrix again, edges that are none."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from nnviz.engine.fast import codes
from nnviz.engine.fast.writing import Writing, bits_of
from nnviz.engine.plan import Instruction, Plan

_RUNS = 3
"""Up to so many stretches of neighbouring rows, what feeds a group of neurons is as many matrices; else edges."""


class WeightedSums(Writing):
    """Writes weighted sums, with the activations that follow them in their own rows."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.groups = self._grouped()

    def _grouped(self) -> dict[int, list[int]]:
        """For the first of each group of single neurons that are fed alike, all of them."""
        groups: dict[tuple[object, ...], list[int]] = {}
        for index, each in enumerate(self.plan.forward):
            if each.operation == "weighted_sum" and self._is_neuron(each):
                groups.setdefault(self._signature(each), []).append(index)
        return {members[0]: members for members in groups.values()}

    def _is_neuron(self, each: Instruction) -> bool:
        sources, weights, _ = _operands(each)
        lone = len(set(sources)) == len(sources) and all(self._size(slot) == 1 for slot in (each.output, *sources))
        return lone and all(map(self._single, weights))

    def _signature(self, each: Instruction) -> tuple[object, ...]:
        sources, _, bias = _operands(each)
        own = bias is None or self._single(bias)
        user = self._activation(each.output)
        after = None if user is None else (self.plan.forward[user].operation, self.plan.forward[user].options)
        return tuple(sorted(sources)), bias is None, own or each.output, after

    def _activation(self, z: int) -> int | None:
        """The elementwise activation that alone uses z, if it is one."""
        user = self.users.get(z)
        if user is None or self.uses[z] > 1:
            return None
        return user if self.plan.forward[user].operation in ("identity", *codes.ACTIVATIONS) else None

    def _weighted_sum(self, index: int, each: Instruction) -> None:
        members = [self.plan.forward[place] for place in self.groups.get(index, [index])]
        self.done.update(self.groups.get(index, [index]))
        if index in self.groups:
            self._neurons(members)
        else:
            self._layer(each)
        self._activate(members)

    def _neurons(self, members: list[Instruction]) -> None:
        """Neurons fed by the same units: a matrix for each stretch of neighbouring rows, or a list of edges."""
        sources = sorted(_operands(members[0])[0], key=self.rows.__getitem__)
        runs = runs_of([self.rows[slot] for slot in sources])
        out = self._block(len(members), ones=True)
        for unit, member in enumerate(members):
            self.rows[member.output] = out + unit
        biases = [_operands(member)[2] for member in members]
        if len(runs) > _RUNS:
            self._edges(members, out)
            self._biases(biases, out)
            return
        own = all(bias is not None and self._single(bias) for bias in biases)
        taken = False
        begin = 0
        for first, length in runs:
            column = own and not taken and first + length in self.ones
            weights = [self._by_source(member, sources[begin : begin + length]) for member in members]
            if column:
                weights = [[*row, bias] for row, bias in zip(weights, biases, strict=True) if bias is not None]
            place = self._matrix(weights)
            self._product(out, len(members), first, length, place, column, sources[begin : begin + length], begin > 0)
            taken, begin = taken or column, begin + length
        if not taken:
            self._biases(biases, out)

    def _by_source(self, member: Instruction, sources: Sequence[int]) -> list[int]:
        given, weights, _ = _operands(member)
        of = dict(zip(given, weights, strict=True))
        return [of[slot] for slot in sources]

    def _matrix(self, slots: list[list[int]]) -> int:
        """Single weights as a matrix, unit by unit; gives its place."""
        first = self._stretch(self.segments[slots[0][0]], sum(map(len, slots)))
        for place, slot in enumerate(slot for row in slots for slot in row):
            self.order[self.segments[slot].start] = first + place
        return first

    def _edges(self, members: list[Instruction], out: int) -> None:
        heads: list[int] = []
        for unit, member in enumerate(members):
            begin = len(self.lists)
            for source, weight in zip(*_operands(member)[:2], strict=True):
                self.lists += (self.rows[source], self._vector(weight), int(self._needed([source])))
            heads += (out + unit, begin, len(self.lists))
        self._line(codes.EDGES, OUT=out, UNITS=len(members), PLACE=len(self.lists))
        self.lists += heads

    def _biases(self, biases: Sequence[int | None], out: int) -> None:
        for unit, bias in enumerate(biases):
            if bias is not None:
                self._bias(bias, out + unit, 1)

    def _bias(self, bias: int, out: int, units: int) -> None:
        trained = self.segments[bias].trained
        self._line(codes.BIAS, OUT=out, UNITS=units, PLACE=self._vector(bias), FLAG=trained)

    def _layer(self, each: Instruction) -> None:
        """A dense layer, or a neuron that is fed by wide ones: a matrix for each of its sources."""
        sources, weights, bias = _operands(each)
        units = self._size(each.output)
        out = self._block(units, ones=True)
        self.rows[each.output] = out
        column_slot = bias if bias is not None and self._single(bias) else None
        for number, (source, weight) in enumerate(zip(sources, weights, strict=True)):
            first, length = self.rows[source], self._size(source)
            column = column_slot is not None and self._single(weight) and first + length in self.ones
            place = self._dense(weight, column_slot if column else None, units, length)
            self._product(out, units, first, length, place, column, [source], number > 0)
            if column:
                bias = column_slot = None
        if bias is not None:
            self._bias(bias, out, units)

    def _dense(self, weight: int, bias: int | None, units: int, length: int) -> int:
        """The matrix of a layer, turned so that the weights of a unit stand together, its bias behind them."""
        segment = self.segments[weight]
        if self.order[segment.start] >= 0:
            return int(self.order[segment.start])
        width = length + (bias is not None)
        first = self._stretch(segment, units * width)
        unit, source = np.meshgrid(np.arange(units), np.arange(length))
        self.order[segment.start : segment.stop] = (first + unit * width + source).ravel()
        if bias is not None:
            start = self.segments[bias].start
            self.order[start : start + units] = first + np.arange(units) * width + length
        return first

    def _product(
        self, out: int, units: int, first: int, length: int, place: int, bias: bool, sources: Sequence[int], kept: bool
    ) -> None:
        self._line(
            codes.PRODUCT,
            OUT=out,
            UNITS=units,
            A=first,
            COUNT=length + bias,
            PLACE=place,
            FLAG=bias,
            KEPT=kept,
            NEED_A=self._needed(sources),
        )

    def _activate(self, members: list[Instruction]) -> None:
        """The activation of neurons that stand together, in their own rows where z need not be kept."""
        user = self._activation(members[0].output)
        if user is None:
            return
        first, units = self.rows[members[0].output], sum(self._size(member.output) for member in members)
        activation = self.plan.forward[user]
        out = first
        if activation.operation not in ("identity", *codes.IN_PLACE):
            out = self._block(units, ones=True)
        for member in members:
            index = self.users[member.output]
            self.done.add(index)
            self.rows[self.plan.forward[index].output] = self.rows[member.output] - first + out
        if activation.operation != "identity":
            self._unary_line(activation, out, units, first, [member.output for member in members])

    def _unary_line(self, each: Instruction, out: int, units: int, first: int, sources: Sequence[int]) -> None:
        options = dict(each.options)
        told = float(options.get("alpha", options.get("exponent", {"leaky_relu": 0.01}.get(each.operation, 1.0))))
        is_plain = each.operation in codes.UNARY_KINDS
        kinds = codes.UNARY_KINDS if is_plain else codes.FUNCTION_KINDS
        self._line(
            codes.UNARY if is_plain else codes.FUNCTION,
            OUT=out,
            UNITS=units,
            A=first,
            COUNT=units,
            KIND=kinds.index(each.operation),
            CONST=bits_of(told),
            NEED_A=self._needed(sources) and each.operation != "step",
        )


def _operands(each: Instruction) -> tuple[tuple[int, ...], tuple[int, ...], int | None]:
    """Sources, weights and bias of a weighted sum."""
    bias = each.inputs[-1] if len(each.inputs) % 2 else None
    pairs = each.inputs[: len(each.inputs) // 2 * 2]
    return pairs[::2], pairs[1::2], bias


def runs_of(rows: Sequence[int]) -> list[tuple[int, int]]:
    """Ascending rows as stretches: first row, how many."""
    breaks = [place for place, (one, other) in enumerate(pairwise(rows), 1) if other != one + 1]
    return [(rows[start], stop - start) for start, stop in pairwise([0, *breaks, len(rows)])]
