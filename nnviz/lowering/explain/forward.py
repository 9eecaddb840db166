"""The steps of the forward pass and of the loss."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from nnviz.engine.plan import Instruction
from nnviz.engine.registry import OPERATIONS
from nnviz.lowering.explain import normalised
from nnviz.lowering.explain.inside import expression_value
from nnviz.lowering.explain.reading import Reader, Step, numbered, option
from nnviz.lowering.explain.tensors import one_place
from nnviz.lowering.explain.written import Use, written
from nnviz.lowering.formula import Expression, Formula, MatrixProduct, Number, Product, Quotient, Sum, Symbol, Total
from nnviz.lowering.kinds import KINDS, NORMALISED
from nnviz.numbers import subscripted
from nnviz.words import tr


def forward_steps(reader: Reader) -> Iterator[Step]:
    """The steps from the inputs to J: one for each neuron or operation, two for each normalisation and each loss."""
    for instruction in reader.plan.forward:
        if instruction.silent or instruction.operation in ("weighted_sum", "conv2d"):
            continue  # plumbing, and what the step of its activation tells
        if reader.is_inside(instruction):
            if instruction.output == reader.plan.marks[instruction.node, "a"]:
                yield expression_value(reader, instruction.node)
            continue
        family = reader.family(instruction.node)
        drawn = reader.graph.node(instruction.node)
        if drawn.kind in NORMALISED:
            yield from normalised.forward_steps(reader, drawn)
        elif family == "neuron":
            yield _neuron(reader, instruction)
        elif family == "loss":
            yield from _loss(reader, instruction)
        else:
            yield _operation(reader, instruction)


def _neuron(reader: Reader, activation: Instruction) -> Step:
    node, z_slot = activation.node, activation.inputs[0]
    label = reader.label(node)
    summed = reader.maker[z_slot]
    z_lines = _worked(reader, summed) if summed.operation == "conv2d" else _weighed(reader, summed)
    return Step(
        "forward",
        node,
        tr("Weighted sum and activation of {name}", name=subscripted(label)),
        _sentence(reader, summed, activation.operation),
        (
            *z_lines,
            Formula(reader.symbol(activation.output), written(activation.operation, use_of(reader, activation))),
        ),
        lit=reader.around(node),
        reveals=(z_slot, activation.output),
    )


def _sentence(reader: Reader, summed: Instruction, activation: str) -> str:
    if summed.operation == "conv2d":
        return tr(
            "The kernel slides over what comes in. At each place what it reads times its weights, added up: one number "
            "a channel; then the activation {g}.",
            g=activation,
        )
    if option(summed, "bias"):
        return tr(
            "Every value that comes in times its weight, added up with the bias; then the activation {g}.", g=activation
        )
    return tr("Every value that comes in times its weight, added up; then the activation {g}.", g=activation)


def _weighed(reader: Reader, summed: Instruction) -> tuple[Formula, ...]:
    return (Formula(reader.symbol(summed.output), weighted_sum(reader, summed)),)


def _worked(reader: Reader, instruction: Instruction) -> tuple[Formula, ...]:
    """What an instruction gives; of a window that slides one place in full before."""
    use = use_of(reader, instruction)
    place = one_place(instruction.operation, use)
    whole = Formula(use.out, written(instruction.operation, use))
    return (whole,) if place is None else (place, whole)


def weighted_sum(reader: Reader, instruction: Instruction) -> Expression:
    """w₁ · x₁ + w₂ · x₂ + b; a matrix product where a weight is a matrix."""
    slots = instruction.inputs
    terms: list[Expression] = []
    for place in range(0, len(slots) - 1, 2):
        x, w = reader.symbol(slots[place]), reader.symbol(slots[place + 1])
        terms.append(Product((w, x)) if reader.width(slots[place + 1]) == 1 else MatrixProduct(x, w))
    if len(slots) % 2:
        terms.append(reader.symbol(slots[-1]))
    return terms[0] if len(terms) == 1 else Sum(tuple(terms))


def _operation(reader: Reader, instruction: Instruction) -> Step:
    label = reader.label(instruction.node)
    kind = KINDS[reader.graph.node(instruction.node).kind]
    return Step(
        "forward",
        instruction.node,
        tr("Value of {name}", name=subscripted(label)),
        OPERATIONS[instruction.operation].convention or tr("{kind}: what comes in gives the value.", kind=kind.words),
        _worked(reader, instruction),
        lit=reader.around(instruction.node),
        reveals=(*instruction.inputs, instruction.output),
    )


def use_of(reader: Reader, instruction: Instruction) -> Use:
    """An instruction as its formula needs it: symbols with numbers."""
    inputs = tuple(reader.symbol(slot) for slot in instruction.inputs)
    return Use(inputs, reader.symbol(instruction.output), dict(instruction.options))


def _loss(reader: Reader, instruction: Instruction) -> Iterator[Step]:
    node = instruction.node
    marks = {role: slot for (owner, role), slot in reader.plan.marks.items() if owner == node}
    if instruction.output == marks["terms"]:
        yield Step(
            "loss",
            node,
            tr("Terms of the loss"),
            tr("Each prediction ŷ is compared with its target y.")
            if "target" in marks
            else tr("There is no target: the value itself is ℒ."),
            _terms(reader, instruction),
            lit=reader.around(node),
            reveals=tuple(marks[role] for role in ("target", "ŷ", "terms") if role in marks),
        )
    elif instruction.output == marks["loss"]:
        yield _whole_loss(reader, node, marks)


def _terms(reader: Reader, instruction: Instruction) -> tuple[Formula, ...]:
    uses = [term_use(reader, instruction, place) for place in range(reader.width(instruction.output))]
    return tuple(Formula(use.out, written(instruction.operation, use)) for use in uses)


def term_use(reader: Reader, instruction: Instruction, place: int) -> Use:
    """One term of a loss as its formula needs it: prediction and target of one output; an objective has one value."""
    width = reader.width(instruction.output)
    names = ("ŷ", "y") if len(instruction.inputs) == 2 else (reader.symbol(instruction.inputs[0]).text,)
    inputs = tuple(
        Symbol(numbered(name, place, width), reader.column(slot, place))
        for name, slot in zip(names, instruction.inputs, strict=True)
    )
    term = Symbol(numbered("ℒ", place, width), reader.column(instruction.output, place))
    rows = tuple(Symbol(name, reader.value(slot)) for name, slot in zip(names, instruction.inputs, strict=True))
    return Use(inputs, term, dict(instruction.options), rows, place)


def _whole_loss(reader: Reader, node: str, marks: Mapping[str, int]) -> Step:
    outputs, examples = reader.maker[marks["example"]], reader.maker[marks["loss"]]
    width = reader.width(marks["terms"])
    parts = tuple(Symbol(numbered("ℒ", place, width), reader.column(marks["terms"], place)) for place in range(width))
    whole: Expression = Sum(parts) if width > 1 else parts[0]
    if option(outputs, "mean"):
        whole = Quotient(whole, Number(width))
    if reader.rows > 1:
        whole = over_rows(whole, mean=option(examples, "mean"))
    return Step(
        "loss",
        node,
        tr("Loss J"),
        _reduction_words(reader.rows, option(outputs, "mean"), option(examples, "mean")),
        (Formula(Symbol("J", reader.value(marks["loss"])), whole),),
        lit=(node,),
        reveals=(marks["example"], marks["loss"], *(() if reader.plan.loss is None else (reader.plan.loss,))),
    )


def _reduction_words(rows: int, mean_outputs: bool, mean_rows: bool) -> str:
    terms = tr("The terms are averaged") if mean_outputs else tr("The terms are added up")
    if rows == 1:
        return terms + "."
    last = tr("averaged over the {n} examples.", n=rows) if mean_rows else tr("added up over the {n} examples.", n=rows)
    return f"{terms}, {last}"


def over_rows(expression: Expression, *, mean: bool) -> Total:
    """The mean or the sum over the rows."""
    if mean:
        return Total(expression, "mean", "\\operatorname{mean}", lambda array: np.asarray(np.mean(array, axis=0)))
    return Total(expression, "Σ", "\\sum", lambda array: np.asarray(np.sum(array, axis=0)))
