"""A plan as the fast executor runs it: one table of fused instructions over rows, without any compiling.

Every unit of every batched slot is a row that holds its numbers for all examples of a batch. Neurons that are drawn
singly but fed by the same units stand in neighbouring rows, so that their weights are one matrix again; weights that
form no matrix are a list of edges. Parameters get an order of the kernel's own, in which a matrix stands unit by unit,
its biases as a last column against a row of ones.

What is not covered is refused with the name of the operation; such a network runs on the clear executor.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from nnviz.engine.fast import codes
from nnviz.engine.fast.backward import Line, uncovered, way_back
from nnviz.engine.plan import Instruction, OptionValue, Plan, Segment, Slot
from nnviz.errors import ConfigError
from nnviz.words import tr

Words = NDArray[np.int64]

PIECE = 1 << 29
"""Multiplications of a product between which a wish to stop is heard, some 20 ms on a thread; finer ones cost more."""
_RUNS = 3
"""Up to so many stretches of neighbouring rows, what feeds a group of neurons is as many matrices; else edges."""


class Interrupted(Exception):  # noqa: N818  (nothing is wrong: somebody wanted it)
    """Somebody wanted to stop while kernels were compiled."""


@dataclass(frozen=True, eq=False)
class Program:
    """What the kernels run.

    Attributes
    ----------
    table : (instructions, WIDTH), see :mod:`nnviz.engine.fast.codes`.
    rows : how many rows there are.
    ones : the rows that are 1.
    clear_rows, clear_parameters : (count, 2) stretches of gradients that begin a backward pass as 0.
    inputs, targets : node and width in the order of the columns of the data; their rows begin at ``input_row`` and
        ``target_row``.
    masks : the dropout nodes.
    lists : edges, three numbers each (row, parameter, whether the row needs a gradient), and where those of a target
        stand (its row, the first, the end).
    order : (plan.size,) the place in the kernel of each parameter of the plan's flat order; trained ones come first.
    """

    table: Words
    rows: int
    ones: Words
    clear_rows: Words
    clear_parameters: Words
    inputs: tuple[tuple[str, int], ...]
    targets: tuple[tuple[str, int], ...]
    input_row: int
    target_row: int
    masks: tuple[str, ...]
    lists: Words
    order: Words

    def in_pieces(self, examples: int) -> Program:
        """The same where a batch has so many examples: a huge product is done some units at a time.

        The pieces follow from the size of a batch alone, so that a run that goes on has the same ones.
        """
        if self.largest_product * examples <= PIECE:
            return self
        lines: list[Words] = []
        for line in self.table:
            count, units = int(line[codes.COUNT]), int(line[codes.UNITS])
            most = max(1, PIECE // (count * examples)) if line[codes.OP] == codes.PRODUCT else units
            for first in range(0, units, most):
                piece = line.copy()
                piece[codes.OUT] += first
                piece[codes.PLACE] += first * count
                piece[codes.UNITS] = min(most, units - first)
                piece[codes.ADD_A] |= first + most < units  # on the way back the last piece is the first to write
                lines.append(piece)
        return replace(self, table=np.array(lines))

    @property
    def largest_product(self) -> int:
        """The weights of the largest matrix; 0 without one."""
        products = self.table[self.table[:, codes.OP] == codes.PRODUCT]
        return int((products[:, codes.UNITS] * products[:, codes.COUNT]).max(initial=0))

    def code(self, gemm: int) -> Words:
        """Table and lists in one piece, so that a line finds its lists by their distance; ``gemm`` is an address."""
        table, lists = self.table.copy(), self.lists.copy()
        table[:, codes.GEMM] = gemm
        for number, line in enumerate(table):
            if line[codes.OP] == codes.EDGES:
                distance = table.size - number * codes.WIDTH
                heads = lists[line[codes.PLACE] :][: 3 * line[codes.UNITS]].reshape(-1, 3)
                heads[:, 1:] += distance
                line[codes.PLACE] += distance
        return np.concatenate([table.ravel(), lists])


def program_of(plan: Plan) -> Program:
    """The program of a plan.

    Raises
    ------
    ConfigError
        If it holds an operation that the fast executor does not cover; the message names operation and node.
    """
    return _Writer(plan).written()


class _Writer:
    """Walks the forward instructions once."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.uses = Counter(slot for each in plan.forward for slot in each.inputs)
        self.users = {slot: index for index, each in enumerate(plan.forward) for slot in each.inputs}
        self.rows: dict[int, int] = {}
        self.count = 0
        self.ones: set[int] = set()
        self.lines: list[Line] = []
        self.done: set[int] = set()
        self.masks: list[str] = []
        self.order = np.full(plan.size, -1, dtype=np.int64)
        self.places = {True: 0, False: plan.trained_size}
        self.lists: list[int] = []
        self.segments = {segment.slot: segment for segment in plan.segments}
        self.groups = self._grouped()

    def written(self) -> Program:
        plan = self.plan
        input_row = self._placed(plan.slots_of("input"), ones=True)
        target_row = self._placed(plan.slots_of("target"))
        self._placed(plan.slots_of("mask"))
        for index, each in enumerate(plan.forward):
            if index not in self.done:
                self._handler(each)(index, each)
        clear_rows = _stretches(way_back(self.lines, self.lists))
        self._place_the_rest()
        clear_parameters = _stretches(uncovered(self.lines, plan.trained_size))
        return Program(
            table=np.array([[line.get(column, 0) for column in range(codes.WIDTH)] for line in self.lines], np.int64),
            rows=self.count,
            ones=np.array(sorted(self.ones), dtype=np.int64),
            clear_rows=clear_rows,
            clear_parameters=clear_parameters,
            inputs=tuple((slot.key, slot.size) for slot in plan.slots_of("input")),
            targets=tuple((slot.key, slot.size) for slot in plan.slots_of("target")),
            input_row=input_row,
            target_row=target_row,
            masks=tuple(self.masks),
            lists=np.array(self.lists, dtype=np.int64),
            order=self.order,
        )

    # rows, parameters, lines

    def _placed(self, slots: Sequence[Slot], *, ones: bool = False) -> int:
        first = self.count
        for slot in slots:
            self.rows[slot.index] = self._block(slot.size)
        if ones:
            self.ones.add(self._block(1))
        return first

    def _block(self, units: int, *, ones: bool = False) -> int:
        """The first of so many new rows; behind them one of ones, if asked for."""
        first = self.count
        self.count += units + ones
        if ones:
            self.ones.add(first + units)
        return first

    def _size(self, slot: int) -> int:
        return self.plan.slots[slot].size

    def _needed(self, slots: Iterable[int]) -> bool:
        return any(slot in self.plan.gradients for slot in slots)

    def _line(self, operation: int, **columns: int) -> None:
        self.lines.append(Line({codes.OP: operation} | {getattr(codes, name): int(v) for name, v in columns.items()}))

    def _single(self, slot: int) -> bool:
        """Whether a trained parameter is used once, so that it may become a part of a matrix."""
        return self.uses[slot] == 1 and self.segments[slot].trained

    def _stretch(self, segment: Segment, size: int = 0) -> int:
        """A new stretch of parameters in the kernel, long enough for a segment."""
        start = self.places[segment.trained]
        self.places[segment.trained] += size or segment.stop - segment.start
        return start

    def _vector(self, slot: int) -> int:
        """The place of a parameter that keeps its own order."""
        segment = self.segments[slot]
        if self.order[segment.start] < 0:
            size = segment.stop - segment.start
            self.order[segment.start : segment.stop] = self._stretch(segment) + np.arange(size)
        return int(self.order[segment.start])

    def _place_the_rest(self) -> None:
        """Parameters that nothing uses have a place too."""
        for slot in self.segments:
            self._vector(slot)

    # weighted sums

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
        single = user is not None and self.uses[z] == 1
        return user if single and self.plan.forward[user].operation in ("identity", *codes.ACTIVATIONS) else None  # type: ignore[index]

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
        runs = _runs([self.rows[slot] for slot in sources])
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

    # other operations

    def _handler(self, each: Instruction) -> Callable[[int, Instruction], None]:
        special: Mapping[str, Callable[[int, Instruction], None]] = {
            "weighted_sum": self._weighted_sum,
            "identity": self._alias,
            "reshape": self._alias,
            "flatten": self._alias,
            "concatenate": self._concatenate,
            "select": self._select,
            "sum": self._sum,
            "mean": self._sum,
            "stretch": self._spread,
            "dropout": self._dropout,
            "constant": self._fill,
            "every_row": self._parameter,
            "signs": self._signs,
        }
        if each.operation in special:
            return special[each.operation]
        if self._is_loss(each):
            return self._loss
        if each.operation in codes.ROW_KINDS:
            return self._row
        if each.operation in codes.BINARY_KINDS and (len(each.inputs) > 1 or each.operation != "power"):
            return self._binary
        if each.operation in (*codes.UNARY_KINDS, *codes.FUNCTION_KINDS):
            return self._unary
        raise _not_covered(each)

    def _fresh(self, each: Instruction, *, units: int = 0) -> int:
        self.rows[each.output] = self._block(units or self._size(each.output), ones=True)
        return self.rows[each.output]

    def _alias(self, index: int, each: Instruction) -> None:
        self.rows[each.output] = self.rows[each.inputs[0]]

    def _unary(self, index: int, each: Instruction) -> None:
        source = each.inputs[0]
        self._unary_line(each, self._fresh(each), self._size(source), self.rows[source], [source])

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
            CONST=_bits(told),
            NEED_A=self._needed(sources) and each.operation != "step",
        )

    def _binary(self, index: int, each: Instruction) -> None:
        """Two operands at a time; what comes between has rows of its own, since the way back needs it."""
        if len(each.inputs) == 1:
            self._alias(index, each)
            return
        if len(each.inputs) > 2 and each.operation in ("maximum", "minimum"):
            raise _not_covered(each)
        kind, units = codes.BINARY_KINDS.index(each.operation), self._size(each.output)
        first, needed = self.rows[each.inputs[0]], self._needed(each.inputs[:1])
        for slot in each.inputs[1:]:
            out, need = self._block(units, ones=True), self._needed([slot])
            second = self.rows[slot]
            self._line(
                codes.BINARY,
                OUT=out,
                UNITS=units,
                A=first,
                COUNT=units,
                B=second,
                KIND=kind,
                NEED_A=needed,
                NEED_B=need,
            )
            first, needed = out, needed or need
        self.rows[each.output] = first

    def _row(self, index: int, each: Instruction) -> None:
        source, kind = each.inputs[0], codes.ROW_KINDS.index(each.operation)
        units = self.plan.slots[source].shape[-1]
        if units != self._size(source):
            raise _not_covered(each)
        need = self._needed([source])
        out, first = self._fresh(each), self.rows[source]
        spare = self._block(1)
        self._line(codes.ROW, OUT=out, UNITS=units, A=first, COUNT=units, KIND=kind, NEED_A=need, SPARE=spare)

    def _concatenate(self, index: int, each: Instruction) -> None:
        out = self._fresh(each)
        for slot in each.inputs:
            self._copy(out, self._size(slot), self.rows[slot], slot)
            out += self._size(slot)

    def _select(self, index: int, each: Instruction) -> None:
        start = int(dict(each.options)["start"])
        self._copy(self._fresh(each), self._size(each.output), self.rows[each.inputs[0]] + start, each.inputs[0])

    def _copy(self, out: int, units: int, first: int, slot: int) -> None:
        self._line(codes.COPY, OUT=out, UNITS=units, A=first, COUNT=units, NEED_A=self._needed([slot]))

    def _sum(self, index: int, each: Instruction) -> None:
        source = each.inputs[0]
        count, mean = self._size(source), each.operation == "mean"
        out, need = self._fresh(each), self._needed([source])
        self._line(codes.SUM, OUT=out, UNITS=1, A=self.rows[source], COUNT=count, FLAG=mean, NEED_A=need)

    def _spread(self, index: int, each: Instruction) -> None:
        source, units, need = each.inputs[0], self._size(each.output), self._needed(each.inputs)
        self._line(codes.SPREAD, OUT=self._fresh(each), UNITS=units, A=self.rows[source], COUNT=1, NEED_A=need)

    def _dropout(self, index: int, each: Instruction) -> None:
        source, mask = each.inputs
        self.masks.append(self.plan.slots[mask].key)
        need, units = self._needed([source]), self._size(source)
        out, first, second, place = self._fresh(each), self.rows[source], self.rows[mask], len(self.masks) - 1
        self._line(codes.DROP, OUT=out, UNITS=units, A=first, COUNT=units, B=second, PLACE=place, NEED_A=need)

    def _fill(self, index: int, each: Instruction) -> None:
        value = _bits(float(dict(each.options)["value"]))
        self._line(codes.FILL, OUT=self._fresh(each), UNITS=self._size(each.output), CONST=value)

    def _parameter(self, index: int, each: Instruction) -> None:
        slot = each.inputs[0]
        place, trained = self._vector(slot), self.segments[slot].trained
        self._line(codes.PARAMETER, OUT=self._fresh(each), UNITS=self._size(slot), PLACE=place, FLAG=trained)

    def _signs(self, index: int, each: Instruction) -> None:
        source = each.inputs[0]
        self._line(codes.SIGNS, OUT=self._fresh(each), UNITS=self._size(source), A=self.rows[source])

    # losses

    def _is_loss(self, each: Instruction) -> bool:
        user = self.users.get(each.output)
        return each.operation in codes.LOSS_KINDS and user is not None and self._follows(user, "over_outputs")

    def _follows(self, index: int | None, operation: str) -> bool:
        return index is not None and self.plan.forward[index].operation == operation

    def _loss(self, index: int, each: Instruction) -> None:
        """One head: its terms, their sum or mean over outputs and examples, its share in J."""
        told: dict[str, OptionValue] = dict(each.options)
        flag, slot = codes.HALF * bool(told.get("half")), each.output
        for operation, bit in (("over_outputs", codes.MEAN_OUTPUTS), ("over_examples", codes.MEAN_EXAMPLES)):
            user = self.users[slot]
            if not self._follows(user, operation):
                raise _not_covered(each)
            flag |= bit * bool(dict(self.plan.forward[user].options)["mean"])
            self.done.add(user)
            slot = self.plan.forward[user].output
        weight = 1.0
        if self._follows(self.users.get(slot), "scale"):
            user = self.users[slot]
            weight, slot = float(dict(self.plan.forward[user].options)["factor"]), self.plan.forward[user].output
            self.done.add(user)
        if slot != self.plan.loss:
            self.done.add(self.users[slot])  # J, the sum of all heads
        prediction = each.inputs[0]
        first, units, need = self.rows[prediction], self._size(prediction), self._needed([prediction])
        columns = {
            "UNITS": units,
            "A": first,
            "COUNT": units,
            "FLAG": flag,
            "SPARE": self._block(units),
            "NEED_A": need,
        }
        columns |= {"CONST": _bits(weight), "EXTRA": _bits(float(told.get("delta", 1.0)))}
        columns["B"] = self.rows[each.inputs[1]] if len(each.inputs) > 1 else -1
        family, kind = codes.LOSS_KINDS[each.operation]
        self._line(family, KIND=kind, **columns)


def _operands(each: Instruction) -> tuple[tuple[int, ...], tuple[int, ...], int | None]:
    """Sources, weights and bias of a weighted sum."""
    bias = each.inputs[-1] if len(each.inputs) % 2 else None
    pairs = each.inputs[: len(each.inputs) // 2 * 2]
    return pairs[::2], pairs[1::2], bias


def _runs(rows: Sequence[int]) -> list[tuple[int, int]]:
    """Ascending rows as stretches: first row, how many."""
    breaks = [place for place, (one, other) in enumerate(pairwise(rows), 1) if other != one + 1]
    return [(rows[start], stop - start) for start, stop in pairwise([0, *breaks, len(rows)])]


def _stretches(places: Iterable[int]) -> Words:
    """Places as stretches, (count, 2): first, one behind the last."""
    ordered = sorted(set(places))
    runs = [(first, first + length) for first, length in _runs(ordered)] if ordered else []
    return np.array(runs, dtype=np.int64).reshape(-1, 2)


def _bits(number: float) -> int:
    return int(np.float64(number).view(np.int64))


def _not_covered(each: Instruction) -> ConfigError:
    return ConfigError(
        tr("Compiled training does not cover {operation}", operation=each.operation),
        where=tr("node {id}", id=each.node),
        ids=(each.node,) if each.node else (),
    )
