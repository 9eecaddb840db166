"""The table of operations: what each computes, the shape it gives, and how a gradient passes through it.

A row is made with :func:`operation`; the rows stand in :mod:`nnviz.engine.operations`. A rule gets an emitter, the
instruction, and the slot of the incoming gradient; it emits plan instructions and says for each wanted input which slot
holds the local derivative and which the outgoing gradient. A *tangent rule* goes the other way: it gets the slots of
the inputs' tangents (None where an input does not move), and gives the slot of the output's tangent, or None.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from nnviz.engine.arrays import Array, Shape
from nnviz.engine.plan import Instruction, OptionValue

Options = Mapping[str, OptionValue]
Compute = Callable[[Sequence[Array], Array, Options], None]


class Form(msgspec.Struct, frozen=True, gc=False):
    """The shape of one example of a slot, and whether there is one for each row."""

    shape: Shape
    batched: bool


class Derivative(msgspec.Struct, frozen=True, gc=False):
    """What a rule gives for one input: slot of the local derivative (None if it is no one array), slot to send on."""

    local: int | None
    outgoing: int


class Emitter(Protocol):
    """What a rule may do: ask for forms, and emit instructions."""

    def form(self, slot: int) -> Form:
        """The form of a slot."""
        ...

    def emit(
        self,
        operation: str,
        *inputs: int,
        name: str = "",
        silent: bool = False,
        like: Instruction | None = None,
        **options: OptionValue,
    ) -> int:
        """Add an instruction, with ``options`` (or those of the instruction ``like``); gives the slot of its result."""
        ...

    def emit_all(self, wanted: Sequence[tuple[str, tuple[int, ...]]], forms: Sequence[Form]) -> Sequence[int]:
        """Add instructions without options, each an operation and its inputs; gives the slots of their results."""
        ...


Rule = Callable[[Emitter, Instruction, int, Sequence[bool]], list[Derivative | None]]
TangentRule = Callable[[Emitter, Instruction, Sequence[int | None]], int | None]
FormRule = Callable[[Sequence[Form], Options], Form]


@dataclass(frozen=True, slots=True)
class Operation:
    """One row: ``compute`` writes into its output array, ``form`` gives the output's form, ``rule`` the derivatives.

    ``tangent`` carries a direction forward; without one, forward mode and second derivatives refuse the operation by
    name (:mod:`nnviz.engine.operations.tangents` has those that fit most rows). ``kink`` says of given options whether
    the derivative jumps somewhere, so that there is no second one.

    ``symbol`` is for drawing, ``convention`` and ``source`` for the reader; both may be empty where nothing is to be
    chosen.
    """

    name: str
    compute: Compute
    form: FormRule
    rule: Rule | None
    symbol: str = ""
    convention: str = ""
    source: str = ""
    tangent: TangentRule | None = None
    kink: Callable[[Options], bool] | None = None


OPERATIONS: dict[str, Operation] = {}


def same_form(forms: Sequence[Form], options: Options) -> Form:
    """The form of the first input: for everything that works element by element."""
    return Form(forms[0].shape, any(form.batched for form in forms))


def operation(
    name: str,
    compute: Compute,
    rule: Rule | None = None,
    form: FormRule = same_form,
    *,
    tangent: TangentRule | None = None,
    kink: Callable[[Options], bool] | None = None,
    symbol: str = "",
    convention: str = "",
    source: str = "",
) -> None:
    """Put a row into the table; a name stands there once."""
    if name in OPERATIONS:
        raise ValueError(f"operation {name} stands in the table already")
    OPERATIONS[name] = Operation(name, compute, form, rule, symbol, convention, source, tangent, kink)
