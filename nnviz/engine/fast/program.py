"""A plan as the fast executor runs it: one table of fused instructions over rows, without any compiling.

Every unit of every batched slot is a row that holds its numbers for all examples of a batch. Neurons that are drawn
singly but fed by the same units stand in neighbouring rows, so that their weights are one matrix again; weights that
form no matrix are a list of edges. Parameters get an order of the kernel's own, in which a matrix stands unit by unit,
its biases as a last column against a row of ones.

What is not covered is refused with the name of the operation; such a network runs on the clear executor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nnviz.engine.fast import codes
from nnviz.engine.fast.backward import Words, matrix_size, uncovered, way_back
from nnviz.engine.fast.weighing import WeightedSums, runs_of
from nnviz.engine.fast.writing import bits_of
from nnviz.engine.plan import Instruction, OptionValue, Plan
from nnviz.errors import ConfigError
from nnviz.words import tr

PIECE = 1 << 29
"""Multiplications of a product between which a wish to stop is heard, some 20 ms on a thread; finer ones cost more."""
SLOW = 8
"""How much longer a multiplication takes outside of registers."""
ROOM = 1 << 12
"""Rows into which windows of a convolution are copied, if one window has not more numbers."""


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
    statistics : how many running statistics there are. They stand behind the parameters, and behind them as many
        numbers that they move to.
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
    statistics: int

    def in_pieces(self, examples: int) -> Program:
        """The same where so many examples are computed: a huge product is done some units at a time, or some places.

        The pieces follow from the size of a batch alone, so that a run that goes on has the same ones.
        """
        if max(map(_multiplications, self.table), default=0) * examples <= PIECE:
            return self
        cut = {codes.PRODUCT: _some_units, codes.CONVOLUTION: _some_places, codes.MATRICES: _some_places}
        pieces = (cut.get(int(line[codes.OP]), _whole)(line, examples) for line in self.table)
        return replace(self, table=np.array([piece for each in pieces for piece in each]))

    @property
    def largest_product(self) -> int:
        """The weights of the largest matrix of a layer; 0 without one. A convolution is done in registers."""
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


def _multiplications(line: Words) -> int:
    """Of a product for an example: one for each weight, of a convolution at each of its places; else 0.

    Those of two matrices count for more: they are not done in registers.
    """
    if line[codes.OP] == codes.MATRICES:
        return SLOW * int(line[codes.UNITS] * line[codes.SIZE])
    if line[codes.OP] not in codes.PRODUCTS:
        return 0
    return matrix_size(line) * (int(line[codes.MANY]) if line[codes.OP] == codes.CONVOLUTION else 1)


def _whole(line: Words, examples: int) -> list[Words]:
    return [line]


def _some_units(line: Words, examples: int) -> list[Words]:
    """A product as pieces of some units."""
    count, units = int(line[codes.COUNT]), int(line[codes.UNITS])
    most = max(1, PIECE // (count * examples))
    pieces = []
    for first in range(0, units, most):
        piece = line.copy()
        piece[codes.OUT] += first
        piece[codes.PLACE] += first * count
        piece[codes.UNITS] = min(most, units - first)
        piece[codes.ADD_A] |= first + most < units  # on the way back the last piece is the first to write
        pieces.append(piece)
    return pieces


def _some_places(line: Words, examples: int) -> list[Words]:
    """A convolution as pieces of some places, a product of matrices of some lines; all add to the same gradients."""
    places = int(line[codes.MANY])
    most = max(1, PIECE * places // (_multiplications(line) * examples))
    pieces = []
    for first in range(0, places, most):
        piece = line.copy()
        piece[codes.FIRST], piece[codes.MANY] = first, min(most, places - first)
        piece[[codes.ADD_A, codes.ADD_B, codes.SHARED]] |= first + most < places
        pieces.append(piece)
    return pieces


def program_of(plan: Plan) -> Program:
    """The program of a plan.

    Raises
    ------
    ConfigError
        If it holds an operation that the fast executor does not cover; the message names operation and node.
    """
    return _Writer(plan).written()


class _Writer(WeightedSums):
    """Walks the forward instructions once."""

    def written(self) -> Program:
        plan = self.plan
        input_row = self._placed(plan.slots_of("input"), ones=True)
        target_row = self._placed(plan.slots_of("target"))
        self._placed(plan.slots_of("mask"))
        for index, each in enumerate(plan.forward):
            if index not in self.done:
                self._handler(each)(index, each)
        self._place_room()
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
            statistics=plan.statistics_size,
        )

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
            "conv2d": self._convolution,
            "max_pool": self._pool,
            "avg_pool": self._pool,
            "matmul": self._matrices,
            "reduce": self._reduce,
            "spread": self._for_all,
            "offset": self._offset,
            "by_mode": self._by_mode,
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

    def _binary(self, index: int, each: Instruction) -> None:
        """Two operands at a time; what comes between has rows of its own, since the way back needs it."""
        if len(each.inputs) == 1:
            self._alias(index, each)
            return
        if len(each.inputs) > 2 and each.operation in codes.EXTREME_KINDS:
            self._extreme(each)
            return
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

    def _extreme(self, each: Instruction) -> None:
        """Operands side by side: those that are equal share, which two at a time would not do evenly."""
        units, kind = self._size(each.output), codes.EXTREME_KINDS.index(each.operation)
        columns = {"A": self._side_by_side(each.inputs), "COUNT": units * len(each.inputs), "UNITS": units}
        self._line(codes.EXTREME, OUT=self._fresh(each), KIND=kind, NEED_A=self._needed(each.inputs), **columns)

    def _side_by_side(self, slots: Sequence[int]) -> int:
        """The first of the rows to which slots are copied, one behind another, and behind them one of ones."""
        first = out = self._block(sum(map(self._size, slots)), ones=True)
        for slot in slots:
            self._copy(out, self._size(slot), self.rows[slot], slot)
            out += self._size(slot)
        return first

    def _row(self, index: int, each: Instruction) -> None:
        """Along the last axis: of a matrix each line is a softmax of its own."""
        source, kind = each.inputs[0], codes.ROW_KINDS.index(each.operation)
        units, need = self.plan.slots[source].shape[-1], self._needed([source])
        out, first, spare = self._fresh(each), self.rows[source], self._block(1)
        for begin in range(0, self._size(source), units):
            columns = {"OUT": out + begin, "A": first + begin, "UNITS": units, "COUNT": units}
            self._line(codes.ROW, KIND=kind, NEED_A=need, SPARE=spare, **columns)

    def _concatenate(self, index: int, each: Instruction) -> None:
        self.rows[each.output] = self._side_by_side(each.inputs)

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
        value = bits_of(float(dict(each.options)["value"]))
        self._line(codes.FILL, OUT=self._fresh(each), UNITS=self._size(each.output), CONST=value)

    def _parameter(self, index: int, each: Instruction) -> None:
        slot = each.inputs[0]
        place, trained = self._vector(slot), self.segments[slot].trained
        self._line(codes.PARAMETER, OUT=self._fresh(each), UNITS=self._size(slot), PLACE=place, FLAG=trained)

    def _signs(self, index: int, each: Instruction) -> None:
        source = each.inputs[0]
        self._line(codes.SIGNS, OUT=self._fresh(each), UNITS=self._size(source), A=self.rows[source])

    # matrices and images

    def _matrices(self, index: int, each: Instruction) -> None:
        (a, b), told = each.inputs, dict(each.options)
        turn_a, turn_b = bool(told.get("turn_a")), bool(told.get("turn_b"))
        (high, wide), count = self.plan.slots[each.output].shape, self.plan.slots[a].shape[0 if turn_a else 1]
        columns = {"A": self.rows[a], "COUNT": self._size(a), "NEED_A": self._needed([a])}
        columns |= {"B": self.rows[b], "COUNT_B": self._size(b), "NEED_B": self._needed([b])}
        columns |= {"HIGH": high, "WIDE": wide, "SIZE": count, "MANY": high, "UNITS": high * wide}
        flag = codes.TURN_A * turn_a | codes.TURN_B * turn_b
        self._line(codes.MATRICES, OUT=self._fresh(each), FLAG=flag, **columns)

    def _sliding(self, each: Instruction, size: int) -> dict[str, int]:
        """The columns of a window that goes over an image."""
        told = dict(each.options)
        _, high, wide = self.plan.slots[each.inputs[0]].shape
        _, down, across = self.plan.slots[each.output].shape
        columns = {"HIGH": high, "WIDE": wide, "SIZE": size, "STRIDE": int(told["stride"]), "DOWN": down}
        return columns | {"PADDING": int(told.get("padding", 0)), "ACROSS": across, "MANY": down * across}

    def _convolution(self, index: int, each: Instruction) -> None:
        """Its windows are copied into rows that all convolutions share, as many at a time as these hold."""
        image, kernel, *bias = each.inputs
        columns = self._sliding(each, self.plan.slots[kernel].shape[-1])
        window = self._size(kernel) // self.plan.slots[kernel].shape[0]
        columns["ROOM"] = window * min(columns["MANY"], max(1, ROOM // window))
        self.room = max(self.room, columns["ROOM"])
        columns |= {"OUT": self._fresh(each), "UNITS": self._size(each.output), "PLACE": self._vector(kernel)}
        columns |= {"A": self.rows[image], "COUNT": self._size(image), "NEED_A": self._needed([image])}
        columns["BIASES"] = self._vector(bias[0]) if bias else -1
        self._line(codes.CONVOLUTION, FLAG=bool(bias) and self.segments[bias[0]].trained, **columns)
        self._activate([each])

    def _place_room(self) -> None:
        """Rows of gradients that nobody else uses, into which windows are copied."""
        first = self._block(self.room)
        for line in self.lines:
            if line[codes.OP] == codes.CONVOLUTION:
                line[codes.SPARE] = first

    def _pool(self, index: int, each: Instruction) -> None:
        source, columns = each.inputs[0], self._sliding(each, int(dict(each.options)["size"]))
        columns |= {"OUT": self._fresh(each), "UNITS": self._size(each.output), "A": self.rows[source]}
        columns |= {"COUNT": self._size(source), "NEED_A": self._needed([source])}
        self._line(codes.POOL, KIND=codes.POOL_KINDS.index(each.operation), **columns)

    # normalisations

    def _reduce(self, index: int, each: Instruction) -> None:
        """Over an example a sum like others; over rows first of each feature's numbers, then of all examples."""
        source, told = each.inputs[0], dict(each.options)
        if told["over"] == "units":
            self._added_up(each, self._fresh(each), 1, mean=bool(told["mean"]))
            return
        features, need = self._size(each.output), self._needed([source])
        positions, first = self._size(source) // features, self.rows[source]
        if positions > 1:
            first = self._block(features)
            self._added_up(each, first, features, mean=False)
        columns = {"A": first, "COUNT": features, "UNITS": features, "MANY": positions, "FLAG": bool(told["mean"])}
        self._line(codes.OVER_ROWS, OUT=self._fresh(each), NEED_A=need, **columns)

    def _added_up(self, each: Instruction, out: int, units: int, *, mean: bool) -> None:
        """As many neighbours for each of the units."""
        source = each.inputs[0]
        columns = {"A": self.rows[source], "COUNT": self._size(source), "NEED_A": self._needed([source])}
        self._line(codes.SUM, OUT=out, UNITS=units, FLAG=mean, **columns)

    def _for_all(self, index: int, each: Instruction) -> None:
        """What belongs to a feature or an example, for all its numbers: the same rows where it has one."""
        source, told = each.inputs[0], dict(each.options)
        if told["mean"]:
            raise _not_covered(each)
        if source not in self.rows:
            self._in_rows(source)
        first, count, units = self.rows[source], self._size(source), self._size(each.output)
        if count == units:
            self.rows[each.output] = first
            return
        need = self._needed([source])
        self._line(codes.SPREAD, OUT=self._fresh(each), UNITS=units, A=first, COUNT=count, NEED_A=need)

    def _in_rows(self, parameter: int) -> None:
        """A parameter for every example."""
        units = self._size(parameter)
        self.rows[parameter] = self._block(units)
        place, trained = self._vector(parameter), self.segments[parameter].trained
        self._line(codes.PARAMETER, OUT=self.rows[parameter], UNITS=units, PLACE=place, FLAG=trained)

    def _offset(self, index: int, each: Instruction) -> None:
        """x plus what stands in rows of its own."""
        source, units = each.inputs[0], self._size(each.output)
        amount = self._block(units)
        self._line(codes.FILL, OUT=amount, UNITS=units, CONST=bits_of(float(dict(each.options)["amount"])))
        columns = {"A": self.rows[source], "COUNT": units, "B": amount, "NEED_A": self._needed([source])}
        kind = codes.BINARY_KINDS.index("add")
        self._line(codes.BINARY, OUT=self._fresh(each), UNITS=units, KIND=kind, **columns)

    def _by_mode(self, index: int, each: Instruction) -> None:
        """In the rows of the batch's statistic, which in evaluation the running one takes."""
        batch, running, _ = each.inputs
        told = next(statistic for statistic in self.plan.statistics if statistic.slot == running)
        first = self.rows[each.output] = self.rows[batch]
        place = self.plan.size + told.start
        columns = {"PLACE": place, "EXTRA": place + self.plan.statistics_size, "MANY": told.positions}
        columns |= {"CONST": bits_of(told.momentum), "FLAG": told.corrected}
        self._line(codes.RUNNING, OUT=first, UNITS=self._size(batch), **columns)

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
        columns |= {"CONST": bits_of(weight), "EXTRA": bits_of(float(told.get("delta", 1.0)))}
        columns["B"] = self.rows[each.inputs[1]] if len(each.inputs) > 1 else -1
        family, kind = codes.LOSS_KINDS[each.operation]
        self._line(family, KIND=kind, **columns)


def _stretches(places: Iterable[int]) -> Words:
    """Places as stretches, (count, 2): first, one behind the last."""
    ordered = sorted(set(places))
    runs = [(first, first + length) for first, length in runs_of(ordered)] if ordered else []
    return np.array(runs, dtype=np.int64).reshape(-1, 2)


def _not_covered(each: Instruction) -> ConfigError:
    return ConfigError(
        tr("Compiled training does not cover {operation}", operation=each.operation),
        where=tr("node {id}", id=each.node),
        ids=(each.node,) if each.node else (),
    )
