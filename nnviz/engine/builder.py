"""Builds a plan: collects forward instructions, then lets the rules emit the backward pass, and tangents if asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

import nnviz.engine.operations  # noqa: F401  (fills the table)
from nnviz.engine.arrays import Shape
from nnviz.engine.plan import (
    BackwardStep,
    Instruction,
    OptionValue,
    ParameterKind,
    Plan,
    Segment,
    Slot,
    SlotKind,
    Statistic,
)
from nnviz.engine.registry import OPERATIONS, Form
from nnviz.errors import ConfigError
from nnviz.words import tr

Options = tuple[tuple[str, OptionValue], ...]
_NOTHING: dict[str, OptionValue] = {}


class PlanBuilder:
    """Grows a plan, instruction by instruction; :meth:`finish` gives the frozen value.

    A parameter asked for twice under one key is one slot used twice: that is all a shared weight is, since the
    gradient of a slot is the sum over its uses.
    """

    def __init__(self) -> None:
        # The columns of the slots; they become values at the end, when all names are known. One without a name is
        # called by its number.
        self._forms: list[Form] = []
        self._names: list[str] = []
        self._kinds: list[SlotKind] = []
        self._keys: list[str] = []
        self._forward: list[Instruction] = []
        self._backward: list[Instruction] = []
        self._tangent: list[Instruction] = []
        self._steps: list[BackwardStep] = []
        self._parameters: dict[str, tuple[int, str, ParameterKind, bool]] = {}
        self._statistics: list[Statistic] = []
        self._mode: int | None = None
        self._made: SlotKind = "value"
        self._into = self._forward
        self._marks: dict[tuple[str, str], int] = {}
        self._gradients: dict[int, int] = {}
        self._settled: set[int] = set()
        self._goal: int | None = None
        self._goal_name = "J"
        self._tangents: dict[int, int] = {}
        self._emitted: dict[tuple[str, tuple[int, ...], Options], int] = {}
        self._node = ""

    def form(self, slot: int) -> Form:
        """The form of a slot."""
        return self._forms[slot]

    def place(self, kind: SlotKind, name: str, shape: Shape, *, batched: bool = True, key: str = "") -> int:
        """A new slot that is filled from outside: an input, a target, a mask."""
        return self._placed(kind, name, Form(shape, batched), key)

    def _placed(self, kind: SlotKind, name: str, form: Form, key: str = "") -> int:
        self._forms.append(form)
        self._names.append(name)
        self._kinds.append(kind)
        self._keys.append(key)
        return len(self._forms) - 1

    def _name(self, slot: int) -> str:
        return self._names[slot] or f"t{slot}"

    def parameter(self, key: str, shape: Shape, *, layer: str, kind: ParameterKind, trained: bool) -> int:
        """The slot of a parameter; the same one for the same key."""
        return self.parameters([(key, shape)], layer=layer, kind=kind, trained=trained)[0]

    def parameters(
        self, wanted: Sequence[tuple[str, Shape]], *, layer: str, kind: ParameterKind, trained: bool
    ) -> list[int]:
        """The slots of parameters, each a key and a shape, as :meth:`parameter` one by one."""
        known = self._parameters
        new = {key: shape for key, shape in wanted if key not in known}
        slots = range(len(self._forms), len(self._forms) + len(new))
        self._forms += [Form(shape, False) for shape in new.values()]
        self._names += new
        self._kinds += ["parameter"] * len(new)
        self._keys += new
        known.update(zip(new, [(slot, layer, kind, trained) for slot in slots], strict=True))
        return [known[key][0] for key, _ in wanted]

    def parameter_slot(self, key: str) -> int | None:
        """The slot of a parameter that was asked for before, or None."""
        return self._parameters[key][0] if key in self._parameters else None

    def by_mode(self, key: str, batch: int, *, first: float, momentum: float, positions: int, corrected: bool) -> int:
        """The slot of a batch's statistic while training, of the running one under ``key`` in evaluation.

        The other arguments are told at :class:`~nnviz.engine.plan.Statistic`.
        """
        shape, last = self.form(batch).shape, self._statistics[-1:]
        slot = self.place("statistic", key, shape, batched=False, key=key)
        start = last[0].stop if last else 0
        self._statistics.append(
            Statistic(key, self._node, slot, batch, shape, start, first, momentum, positions, corrected)
        )
        if self._mode is None:
            self._mode = self.place("mode", "mode", (), batched=False)
        return self.emit("by_mode", batch, slot, self._mode, silent=True)

    def for_node(self, node: str) -> None:
        """Instructions that follow belong to this drawn node."""
        self._node = node

    def mark(self, node: str, role: str, slot: int) -> None:
        """Remember what a slot means to a reader of the drawing."""
        self._marks[node, role] = slot

    def emit(
        self,
        operation: str,
        *inputs: int,
        name: str = "",
        silent: bool = False,
        like: Instruction | None = None,
        **options: OptionValue,
    ) -> int:
        """Add an instruction, with ``options`` (or those of the instruction ``like``); gives the slot of its result.

        In forward mode an instruction that stands in the plan already is not added again: its result is at hand, so
        that a tangent takes the very local derivative that the backward pass has computed.
        """
        told = like.options if like else tuple(options.items()) if options else ()
        made, forms = self._made, self._forms
        if made == "tangent" and (operation, inputs, told) in self._emitted:
            return self._emitted[operation, inputs, told]
        form = OPERATIONS[operation].form([forms[slot] for slot in inputs], dict(told) if told else _NOTHING)
        output = self._placed(made, name, form)
        self._into.append(Instruction(operation, inputs, output, self._node, told, silent))
        if made == "tangent":
            self._emitted[operation, inputs, told] = output
        return output

    def emit_all(self, wanted: Sequence[tuple[str, tuple[int, ...]]], forms: Sequence[Form]) -> range:
        """Add instructions of the backward pass without options, whose results have these forms; gives their slots."""
        node = self._node
        slots = range(len(self._forms), len(self._forms) + len(wanted))
        self._forms += forms
        self._names += [""] * len(slots)
        self._kinds += [self._made] * len(slots)
        self._keys += [""] * len(slots)
        self._into += [Instruction(*each, slot, node) for each, slot in zip(wanted, slots, strict=True)]
        return slots

    def differentiate(self, goal: int, *, name: str = "J", inputs: bool = False, fixed: bool = False) -> None:
        """Emit the backward pass of the scalar slot ``goal``: towards trained parameters, and what else is wanted.

        Contributions to a slot wait in a dictionary and are taken out, summed, when the slot's own instruction is
        reversed; so nothing is ever zeroed and nothing can be stale.

        Parameters
        ----------
        goal : what is differentiated, called ``name``.
        inputs : also towards inputs.
        fixed : also towards constants and fixed parameters.
        """
        needed = self._depending(inputs, fixed)
        self._goal, self._goal_name = goal, name
        self._into, self._made = self._backward, "gradient"
        pending: dict[int, list[int]] = {}
        if goal in needed:
            pending[goal] = [self.emit("ones", goal)]
        for index in range(len(self._forward) - 1, -1, -1):
            if self._forward[index].output in pending and self._forward[index].inputs:
                self._reverse(index, pending, needed)
        for slot, contributions in pending.items():
            self._settle(slot, contributions)
        for slot, gradient in reversed(self._gradients.items()):  # one that several share is called by the first
            self._names[gradient] = f"∂{name}/∂{self._name(slot)}"

    def _depending(self, inputs: bool, fixed: bool) -> set[int]:
        wanted = {slot for slot, _, _, trained in self._parameters.values() if trained or fixed}
        if inputs:
            wanted |= {slot for slot, kind in enumerate(self._kinds) if kind == "input"}
        if fixed:
            wanted |= {instruction.output for instruction in self._forward if not instruction.inputs}
        for instruction in self._forward:
            if wanted.intersection(instruction.inputs):
                wanted.add(instruction.output)
        return wanted

    def _reverse(self, index: int, pending: dict[int, list[int]], needed: set[int]) -> None:
        instruction = self._forward[index]
        self._node = instruction.node
        start = len(self._backward)
        upstream = self._settle(instruction.output, pending.pop(instruction.output))
        rule = OPERATIONS[instruction.operation].rule
        assert rule is not None, f"{instruction.operation} stands in a forward pass and has no rule"
        wanted = [slot in needed for slot in instruction.inputs]
        derivatives = rule(self, instruction, upstream, wanted)
        outgoing = tuple([derivative.outgoing if derivative else None for derivative in derivatives])
        for slot, sent in zip(instruction.inputs, outgoing, strict=True):
            if sent is not None:
                pending.setdefault(slot, []).append(sent)
        self._steps.append(
            BackwardStep(
                index,
                start,
                len(self._backward),
                upstream,
                tuple([derivative.local if derivative else None for derivative in derivatives]),
                outgoing,
            )
        )

    def _settle(self, slot: int, contributions: list[int]) -> int:
        """Sum the contributions to ``slot``, and give the slot of its whole gradient."""
        settled = contributions[0]
        if len(contributions) > 1:
            settled = self.emit("add", *contributions)
        elif settled in self._settled and self._kinds[slot] == "parameter":  # whose gradient has a place of its own
            settled = self.emit("identity", settled)
        self._settled.add(settled)
        self._gradients[slot] = settled
        return settled

    def advance(self, directions: Mapping[int, int], name: str, *, twice: bool = False) -> None:
        """Emit the tangents of all values along ``directions``: how fast each changes when those slots move.

        Parameters
        ----------
        directions : slot to the slot that holds its direction; what made such a slot is not looked at.
        name : what moves, for the names of the tangents.
        twice : carry them on through the backward pass: the tangent of a gradient is a second derivative.

        Raises
        ------
        ConfigError
            If an operation on the way has no such rule, or with ``twice`` a kink; the message names node and operation.
        """
        self._into, self._made = self._tangent, "tangent"
        self._tangents = dict(directions)
        self._emitted = {
            (each.operation, each.inputs, each.options): each.output for each in (*self._forward, *self._backward)
        }
        for instruction in self._forward:
            self._carry(instruction, instruction.operation, name)
        if twice:
            reversed_by = {place: step for step in self._steps for place in range(step.start, step.stop)}
            for step in self._steps:
                self._refuse_kink(self._forward[step.forward])
            for place, instruction in enumerate(self._backward):
                step_of = reversed_by.get(place)
                operation = self._forward[step_of.forward].operation if step_of else instruction.operation
                self._carry(instruction, operation, name)

    def _carry(self, instruction: Instruction, operation: str, by: str) -> None:
        """Emit the tangent of one instruction's output; ``operation`` is what a reader knows it by."""
        moving = [self._tangents.get(slot) for slot in instruction.inputs]
        if instruction.output in self._tangents or all(tangent is None for tangent in moving):
            return
        rule = OPERATIONS[instruction.operation].tangent
        if rule is None:
            raise _refused(
                tr("{operation} cannot be carried forward", operation=operation), instruction.node, operation
            )
        self._node = instruction.node
        found = rule(self, instruction, moving)
        if found is not None:
            self._tangents[instruction.output] = found
            if not self._names[found]:
                self._names[found] = f"∂{self._name(instruction.output)}/∂{by}"

    def _refuse_kink(self, instruction: Instruction) -> None:
        kink = OPERATIONS[instruction.operation].kink
        moves = any(slot in self._tangents for slot in instruction.inputs)
        if moves and kink is not None and kink(dict(instruction.options)):
            operation = instruction.operation
            raise _refused(tr("{operation} has no second derivative", operation=operation), instruction.node, operation)

    def finish(self, loss: int | None = None) -> Plan:
        """The plan: parameters get their places in the flat vector, and their gradients the same places."""
        segments = self._segments()
        for segment in segments:
            if segment.trained and segment.slot in self._gradients:
                self._keys[self._gradients[segment.slot]] = segment.key  # there it lies in the flat gradient vector
        return Plan(
            self._slots(),
            tuple(self._forward),
            tuple(self._backward),
            tuple(self._steps),
            segments,
            self._marks,
            loss,
            self._gradients,
            tuple(self._statistics),
            self._goal,
            self._goal_name,
            tuple(self._tangent),
            self._tangents,
        )

    def _slots(self) -> tuple[Slot, ...]:
        places = range(len(self._names))
        names = [name or f"t{place}" for place, name in enumerate(self._names)]
        shapes, batched = [form.shape for form in self._forms], [form.batched for form in self._forms]
        return tuple(map(Slot, places, names, shapes, batched, self._kinds, self._keys))

    def _segments(self) -> tuple[Segment, ...]:
        segments: list[Segment] = []
        start = 0
        for wanted in (True, False):
            for key, (slot, layer, kind, trained) in self._parameters.items():
                if trained == wanted:
                    shape = self._forms[slot].shape
                    segments.append(Segment(key, layer, kind, trained, shape, slot, start))
                    start += prod(shape)
        return tuple(segments)


def _refused(what: str, node: str, operation: str) -> ConfigError:
    return ConfigError(
        what,
        where=tr("node {id}", id=node),
        expected=tr("an operation that is smooth, and has such a rule"),
        found=operation,
        hint=tr("Take another in its place, or the first derivative, which comes from the backward pass"),
        ids=(node,),
    )
