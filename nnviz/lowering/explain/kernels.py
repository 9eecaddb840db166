"""The steps of the backward pass through a convolution: its kernel, and its bias."""

from __future__ import annotations

from collections.abc import Iterator

from nnviz.engine.plan import BackwardStep, Instruction
from nnviz.lowering.explain.forward import use_of
from nnviz.lowering.explain.reading import Numbers, Reader, Step
from nnviz.lowering.explain.written import passed_back
from nnviz.lowering.formula import Formula, Partial, Symbol
from nnviz.lowering.lower import bias_key, kernel_key
from nnviz.numbers import subscripted
from nnviz.words import tr


def kernel_steps(reader: Reader, step: BackwardStep, instruction: Instruction) -> Iterator[Step]:
    """What δ makes of the image that came in and of the kernel, then of the bias."""
    yield _kernel(reader, step, instruction)
    if len(step.outgoing) == 3 and step.outgoing[2] is not None:
        yield _bias(reader, step, instruction, step.outgoing[2])


def _line(reader: Reader, step: BackwardStep, instruction: Instruction, place: int, left: Symbol | Partial) -> Formula:
    delta = Symbol("δ", reader.value(step.incoming), reader.label(instruction.node))
    return Formula(left, passed_back(instruction.operation, use_of(reader, instruction), place, delta))


def _kernel(reader: Reader, step: BackwardStep, instruction: Instruction) -> Step:
    node, label = instruction.node, reader.label(instruction.node)
    to_image, to_kernel = step.outgoing[:2]
    lines: list[Formula] = []
    outgoing: dict[str, Numbers] = {}
    for edge in reader.graph.into(node):
        if to_image is not None:
            sent = reader.sent_back(to_image, node, instruction.inputs[0])
            lines.append(_line(reader, step, instruction, 0, sent))
            outgoing[edge.source] = reader.array(to_image)
    if to_kernel is not None:
        kernel = reader.symbol(instruction.inputs[1])
        gradient = reader.partial(kernel.text, reader.value(to_kernel), kernel.of)
        lines.append(_line(reader, step, instruction, 1, gradient))
        outgoing[kernel_key(reader.graph.node(node))] = reader.array(to_kernel)
    return Step(
        "backward",
        node,
        tr("Gradient of the kernel of {name}", name=subscripted(label)),
        tr("Each weight of the kernel meets many places of the image: δ there times what it read there, added up."),
        tuple(lines),
        incoming=reader.array(step.incoming),
        local=reader.array(instruction.inputs[0]),
        outgoing=outgoing,
        lit=reader.around(node),
        reveals=_revealed(reader, instruction, 1, to_image, to_kernel),
    )


def _bias(reader: Reader, step: BackwardStep, instruction: Instruction, sent: int) -> Step:
    node, label = instruction.node, reader.label(instruction.node)
    b = reader.symbol(instruction.inputs[2])
    return Step(
        "backward",
        node,
        tr("Gradient of the bias of {name}", name=subscripted(label)),
        tr("The bias of a channel is added at every place, so its gradient is the sum of δ over the places."),
        (_line(reader, step, instruction, 2, reader.partial(b.text, reader.value(sent), b.of)),),
        incoming=reader.array(step.incoming),
        outgoing={bias_key(reader.graph.node(node)): reader.array(sent)},
        lit=(node,),
        reveals=_revealed(reader, instruction, 2, sent),
    )


def _revealed(reader: Reader, instruction: Instruction, place: int, *slots: int | None) -> tuple[int, ...]:
    """The slots that were sent, and the whole gradient of the parameter at a place, which may be shared."""
    whole = reader.plan.gradients.get(instruction.inputs[place])
    return tuple(slot for slot in (*slots, whole) if slot is not None)
