"""The steps of the backward pass, in the order in which it runs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from nnviz.engine.plan import BackwardStep, Instruction
from nnviz.engine.registry import OPERATIONS
from nnviz.graph import Edge, columns
from nnviz.lowering.explain import normalised
from nnviz.lowering.explain.forward import over_rows, term_use, use_of
from nnviz.lowering.explain.inside import expression_gradient
from nnviz.lowering.explain.kernels import kernel_steps
from nnviz.lowering.explain.reading import Numbers, Reader, Step
from nnviz.lowering.explain.written import WRITTEN, passed_back
from nnviz.lowering.formula import Expression, Formula, MatrixProduct, Number, Partial, Product, Sum, Symbol, evaluate
from nnviz.lowering.kinds import NORMALISED
from nnviz.lowering.lower import bias_key
from nnviz.numbers import subscripted
from nnviz.words import tr


@dataclass(frozen=True, eq=False)
class Way:
    """How what one use of a slot sends back is written, None if it is 0; and the chain rule, where it says more."""

    worked: Expression | None
    rule: Expression | None = None


Ways = Mapping[int, Sequence[Way]]
"""For each slot how the derivative by it comes about, use by use, in the order of the backward pass.

A slot whose derivative comes about otherwise too is not there. By the slot of the derivative they could not be told
apart: a sum hands on to its terms the very derivative that arrives.
"""


def backward_steps(reader: Reader) -> Iterator[Step]:
    """From J back to the weights: the predictions, then for each neuron δ, and the gradient of each edge and bias.

    Where a node is differentiated in the place of J, from that node to inputs too. Nodes of one column do not depend on
    each other, so they are told from the top, though the plan reverses them. What a step before has told in the same
    words is told again only where there is nothing else to tell.
    """
    told: set[str] = set()
    for step in _all_steps(reader):
        lines = {line: line.told() for line in step.formulas}
        fresh = tuple(line for line in step.formulas if lines[line] not in told)
        told.update(lines.values())
        yield replace(step, formulas=fresh or step.formulas)


def _all_steps(reader: Reader) -> Iterator[Step]:
    ways = _ways_back(reader)
    ranks = columns(reader.graph)
    for step in sorted(reader.plan.steps, key=lambda step: _telling_order(reader, ranks, step)):
        instruction = reader.plan.forward[step.forward]
        family = reader.family(instruction.node)
        drawn = reader.graph.node(instruction.node)
        if instruction.silent and instruction.operation != "every_row":
            continue  # plumbing
        if reader.is_inside(instruction):
            if instruction.output == reader.plan.marks[instruction.node, "a"]:
                arrived = _arrived(reader, instruction.output, reader.label(instruction.node), ways)
                yield expression_gradient(reader, instruction.node, arrived)
        elif drawn.kind in NORMALISED:
            if instruction.output == reader.plan.marks[drawn.id, "a"]:
                yield from normalised.backward_steps(reader, drawn)
        elif instruction.operation == "weighted_sum":
            yield from _weighted_sum(reader, step, instruction)
        elif instruction.operation == "conv2d":
            yield from kernel_steps(reader, step, instruction)
        elif not any(sent is not None for sent in step.outgoing):
            yield _end_of_the_way(reader, step, instruction, ways)
        elif family == "neuron":
            yield _delta(reader, step, instruction, ways)
        elif instruction.output == reader.plan.marks.get((instruction.node, "terms")):
            yield _loss(reader, step, instruction)
        elif instruction.operation == "every_row" and step.outgoing[0] is not None:
            yield _parameter(reader, step, instruction, ways)
        elif reader.is_operation(instruction):
            yield _operation(reader, step, instruction, ways)
    for node in reader.graph.nodes:
        slot = reader.plan.marks[node.id, "a"] if reader.family(node.id) == "input" else -1
        if slot in reader.plan.gradients:
            yield _input(reader, node.id, slot, ways)


def _telling_order(reader: Reader, ranks: Mapping[str, int], step: BackwardStep) -> tuple[int, int, int]:
    node = reader.plan.forward[step.forward].node
    return -ranks[node], reader.place[node], -step.forward


def _ways_back(reader: Reader) -> Ways:
    """For every slot that is sent back to: δ · w of a weighted sum, else what arrives times the slope, as written."""
    found: dict[int, list[Way]] = defaultdict(list)
    sent_to: Counter[int] = Counter()
    normalising = {
        sent: Way(worked)
        for node in reader.graph.nodes
        if node.kind in NORMALISED
        for sent, worked in normalised.ways_back(reader, node).items()
    }
    for step in reader.plan.steps:
        instruction = reader.plan.forward[step.forward]
        for place, (slot, sent) in enumerate(_sent(step, instruction)):
            if sent is None or instruction.operation == "stretch":
                continue
            unit = reader.spread(slot)
            sent_to[unit] += 1
            is_normalising = reader.graph.node(instruction.node).kind in NORMALISED
            way = normalising.get(sent) if is_normalising else _way(reader, step, instruction, place)
            if way is not None:
                found[unit].append(way)
    return {slot: ways for slot, ways in found.items() if len(ways) == sent_to[slot]}


def _way(reader: Reader, step: BackwardStep, instruction: Instruction, place: int) -> Way | None:
    """What one instruction sends to one of its inputs; None where no formula of its own tells that."""
    if instruction.operation == "weighted_sum":
        is_weighed = place % 2 == 0 and place + 1 < len(instruction.inputs)
        delta = _delta_symbol(reader, step, instruction)
        return Way(_sent_back(reader, delta, instruction.inputs[place + 1])) if is_weighed else None
    if instruction.operation == "conv2d":
        delta = _delta_symbol(reader, step, instruction)
        return Way(passed_back(instruction.operation, use_of(reader, instruction), 0, delta)) if place == 0 else None
    if not reader.is_operation(instruction):
        return None
    worked, rule = _through(reader, step, instruction, place), _chain_rule(reader, step, instruction, place)
    if reader.spread(instruction.inputs[place]) == instruction.inputs[place]:
        return Way(worked, rule)
    return Way(reader.summed(worked), None if rule is None else reader.summed(rule))


def _chain_rule(reader: Reader, step: BackwardStep, instruction: Instruction, place: int) -> Expression | None:
    """∂J/∂q · ∂q/∂x; None where units depend on one another, and of what is differentiated itself."""
    slope = _slope(reader, step, instruction, place)
    return None if slope is None else Product((reader.arrived(step), slope.left))


def _slope(reader: Reader, step: BackwardStep, instruction: Instruction, place: int) -> Formula | None:
    """The local derivative of an operation and how it comes about."""
    arrived, slopes = reader.arrived(step), WRITTEN[instruction.operation].slopes
    if slopes is None or arrived.by == arrived.top:
        return None
    symbol, right = reader.symbol(instruction.inputs[place]), slopes(use_of(reader, instruction))[place]
    local = step.locals[place]
    value = evaluate(right) if local is None else reader.value(local)
    return Formula(Partial(symbol.text, value, symbol.of, top=arrived.by), right)


def _delta_symbol(reader: Reader, step: BackwardStep, instruction: Instruction) -> Symbol:
    return Symbol("δ", reader.value(step.incoming), reader.label(instruction.node))


def _sent_back(reader: Reader, delta: Symbol, weight: int) -> Expression:
    w = reader.symbol(weight)
    if reader.width(weight) == 1:
        return Product((delta, w))
    return MatrixProduct(delta, Symbol(w.text + "ᵀ", reader.array(weight).T))


def _arrived(reader: Reader, slot: int, label: str, ways: Ways) -> list[Formula]:
    """How ∂J by a slot, the value of a node, is made of what its uses send back, if all of them are told."""
    told = [way for way in reversed(ways.get(slot, ())) if way.worked is not None]
    if not told:
        return []
    worked = _added([way.worked for way in told if way.worked is not None])
    rules = [way.rule or way.worked for way in told]
    rule = _added([each for each in rules if each is not None]) if any(way.rule for way in told) else None
    return [Formula(reader.partial(label, reader.value(reader.plan.gradients[slot])), worked, rule)]


def _added(terms: Sequence[Expression]) -> Expression:
    return terms[0] if len(terms) == 1 else Sum(tuple(terms))


def _loss(reader: Reader, step: BackwardStep, instruction: Instruction) -> Step:
    outgoing, local = step.outgoing[0], step.locals[0]
    assert outgoing is not None
    width = reader.width(outgoing)
    formulas = tuple(line for place in range(width) for line in _prediction_lines(reader, step, instruction, place))
    edges = reader.graph.into(instruction.node)
    reached = {edge.source: reader.plan.gradients.get(reader.plan.marks[edge.source, "a"]) for edge in edges}
    return Step(
        "backward",
        instruction.node,
        tr("How {goal} changes with each prediction", goal=reader.goal),
        tr(
            "The way back begins with ∂{goal}/∂{goal} = 1. The slope of each term of the loss sends it on.",
            goal=reader.goal,
        ),
        formulas,
        incoming=reader.array(step.incoming),
        local=None if local is None else reader.array(local),
        outgoing={node: reader.array(slot) for node, slot in reached.items() if slot is not None},
        lit=reader.around(instruction.node),
        reveals=(step.incoming, outgoing, *(slot for slot in reached.values() if slot is not None)),
    )


def _prediction_lines(reader: Reader, step: BackwardStep, instruction: Instruction, place: int) -> tuple[Formula, ...]:
    """How a term's slope comes about, and how it sends ∂J/∂ℒ on to its prediction."""
    outgoing, local = step.outgoing[0], step.locals[0]
    assert outgoing is not None
    use = term_use(reader, instruction, place)
    term, name = use.out.text, use.inputs[0].text
    arrived = reader.partial(term, reader.column(step.incoming, place))
    sent = reader.partial(name, reader.column(outgoing, place))
    slopes = WRITTEN[instruction.operation].slopes
    if local is None or slopes is None:
        return (Formula(sent, passed_back(instruction.operation, use, 0, arrived)),)
    slope = Partial(name, reader.column(local, place), top=term)
    return Formula(slope, slopes(use)[0]), Formula(sent, Product((arrived, slope)))


def _delta(reader: Reader, step: BackwardStep, instruction: Instruction, ways: Ways) -> Step:
    node, label = instruction.node, reader.label(instruction.node)
    sent = step.outgoing[0]
    assert sent is not None
    delta = Formula(Symbol("δ", reader.value(sent), label), _through(reader, step, instruction))
    sentence = (
        tr("What comes back is added up, then multiplied by the slope of the activation {g}.", g=instruction.operation)
        if len(reader.graph.out_of(node)) > 1
        else tr("What comes back is multiplied by the slope of the activation {g}.", g=instruction.operation)
    )
    return Step(
        "backward",
        node,
        tr("δ of {name}", name=subscripted(label)),
        sentence,
        (*_arrived(reader, instruction.output, label, ways), delta),
        incoming=reader.array(step.incoming),
        local=None if step.locals[0] is None else reader.array(step.locals[0]),
        outgoing={node: reader.array(sent)},
        lit=(node, *reader.onward(node)),
        reveals=(step.incoming, sent),
    )


def _through(reader: Reader, step: BackwardStep, instruction: Instruction, place: int = 0) -> Expression:
    """What arrives, times the slope as a reader computes it: a(1 − a), 1 − a², …"""
    return passed_back(instruction.operation, use_of(reader, instruction), place, reader.arrived(step))


def _weighted_sum(reader: Reader, step: BackwardStep, instruction: Instruction) -> Iterator[Step]:
    for place, edge in enumerate(reader.graph.into(instruction.node)):
        yield _edge(reader, step, instruction, edge, place)
    if len(instruction.inputs) % 2 and step.outgoing[-1] is not None:
        yield _bias(reader, step, instruction, step.outgoing[-1])


def _edge(reader: Reader, step: BackwardStep, instruction: Instruction, edge: Edge, place: int) -> Step:
    x_slot, w_slot = instruction.inputs[2 * place : 2 * place + 2]
    to_source, to_weight = step.outgoing[2 * place : 2 * place + 2]
    delta = _delta_symbol(reader, step, instruction)
    formulas: list[Formula] = []
    outgoing: dict[str, Numbers] = {}
    if to_source is not None:
        sent = _sent_back(reader, delta, w_slot)
        formulas.append(Formula(reader.sent_back(to_source, instruction.node, x_slot), sent))
        outgoing[edge.source] = reader.array(to_source)
    if to_weight is not None:
        x, w = reader.symbol(x_slot), reader.symbol(w_slot)
        scalar = reader.width(w_slot) == 1 and reader.rows == 1
        right: Expression = Product((delta, x)) if scalar else MatrixProduct(x, delta, turned=True)
        formulas.append(Formula(reader.partial(w.text, reader.value(to_weight)), right))
        outgoing[edge.key] = reader.array(to_weight)
    whole = reader.plan.gradients.get(w_slot)
    name = subscripted(reader.parameter(edge.key)[0])
    return Step(
        "backward",
        instruction.node,
        tr("Gradient of {name}", name=name),
        tr(
            "How much {goal} changes when {weight} changes: δ of {target}, times the value that {weight} multiplies.",
            goal=reader.goal,
            weight=name,
            target=subscripted(reader.label(instruction.node)),
        ),
        tuple(formulas),
        incoming=reader.array(step.incoming),
        local=reader.array(x_slot),
        outgoing=outgoing,
        lit=(edge.id, edge.source, instruction.node),
        reveals=tuple(slot for slot in (to_source, to_weight, whole) if slot is not None),
    )


def _bias(reader: Reader, step: BackwardStep, instruction: Instruction, sent: int) -> Step:
    node, label = instruction.node, reader.label(instruction.node)
    delta = _delta_symbol(reader, step, instruction)
    b = reader.symbol(instruction.inputs[-1])
    return Step(
        "backward",
        node,
        tr("Gradient of the bias of {name}", name=subscripted(label)),
        tr("The bias is added as it is, so its gradient is δ itself."),
        (
            Formula(
                reader.partial(b.text, reader.value(sent), b.of),
                over_rows(delta, mean=False) if reader.rows > 1 else delta,
            ),
        ),
        incoming=reader.array(step.incoming),
        outgoing={bias_key(reader.graph.node(node)): reader.array(sent)},
        lit=(node,),
        reveals=(sent, reader.plan.gradients[instruction.inputs[-1]]),
    )


def _operation(reader: Reader, step: BackwardStep, instruction: Instruction, ways: Ways) -> Step:
    label = reader.label(instruction.node)
    formulas = _arrived(reader, instruction.output, label, ways)
    gathered = reader.gathered()
    units = [sent if sent is None else gathered.get(slot, sent) for slot, sent in _sent(step, instruction)]
    outgoing: dict[str, Numbers] = {}
    for place, sent in enumerate(units):
        if sent is not None:
            formulas += _passed_on(reader, step, instruction, place, sent)
            outgoing[reader.symbol(instruction.inputs[place]).text] = reader.array(sent)
    return Step(
        "backward",
        instruction.node,
        tr("Back through {name}", name=subscripted(label)),
        tr("Each input gets what arrives, times its own local derivative."),
        tuple(formulas),
        incoming=reader.array(step.incoming),
        local=next((reader.array(slot) for slot in step.locals if slot is not None), None),
        outgoing=outgoing,
        lit=reader.around_back(instruction.node),
        reveals=(step.incoming, *(slot for slot in (*step.outgoing, *units) if slot is not None)),
    )


def _sent(step: BackwardStep, instruction: Instruction) -> Iterator[tuple[int, int | None]]:
    return zip(instruction.inputs, step.outgoing, strict=True)


def _passed_on(
    reader: Reader, step: BackwardStep, instruction: Instruction, place: int, sent: int
) -> tuple[Formula, ...]:
    """What one input gets; where the local derivative is an array of its own, how that comes about before.

    It is ∂J by that input, or where that is read elsewhere too a share in it. A single unit that was spread gets the
    sum of what its copies get.
    """
    left = reader.sent_back(sent, instruction.node, instruction.inputs[place])
    way = _way(reader, step, instruction, place)
    assert way is not None
    assert way.worked is not None
    slope = _slope(reader, step, instruction, place)
    is_short = sent != step.outgoing[place] or reader.family(instruction.node) == "activation"
    if slope is None or way.rule is None or isinstance(slope.right, Number) or is_short:
        return (Formula(left, way.worked, way.rule),)
    return slope, Formula(left, way.rule)


def _end_of_the_way(reader: Reader, step: BackwardStep, instruction: Instruction, ways: Ways) -> Step:
    """At a step: it has no slope, so that nothing is sent on."""
    node, label = instruction.node, reader.label(instruction.node)
    return Step(
        "backward",
        node,
        tr("The way back ends at {name}", name=subscripted(label)),
        OPERATIONS[instruction.operation].convention,
        tuple(_arrived(reader, instruction.output, label, ways)),
        incoming=reader.array(step.incoming),
        lit=reader.around_back(node),
        reveals=(step.incoming,),
    )


def _parameter(reader: Reader, step: BackwardStep, instruction: Instruction, ways: Ways) -> Step:
    """The gradient of a node that is a trained number: what arrives, added up over the rows."""
    node, label = instruction.node, reader.label(instruction.node)
    sent = step.outgoing[0]
    assert sent is not None
    arrived = reader.partial(label, reader.value(step.incoming))
    whole = over_rows(arrived, mean=False) if reader.rows > 1 else arrived
    formulas = _arrived(reader, instruction.output, label, ways)
    if reader.rows > 1 or not formulas:
        formulas.append(Formula(reader.partial(label, reader.value(sent)), whole))
    return Step(
        "backward",
        node,
        tr("Gradient of {name}", name=subscripted(label)),
        tr("What comes back is added up."),
        tuple(formulas),
        incoming=reader.array(step.incoming),
        outgoing={node: reader.array(sent)},
        lit=(node, *reader.onward(node)),
        reveals=(step.incoming, sent, reader.plan.gradients[instruction.inputs[0]]),
    )


def _input(reader: Reader, node: str, slot: int, ways: Ways) -> Step:
    """The derivative by an input: what comes back, added up; over several rows also that, as if all of them moved."""
    label, sent = reader.label(node), reader.plan.gradients[slot]
    arrived = reader.partial(label, reader.value(sent))
    formulas = _arrived(reader, slot, label, ways)
    if reader.rows > 1:
        whole = over_rows(arrived, mean=False)
        formulas.append(Formula(reader.partial(label, evaluate(whole)), whole))
    return Step(
        "backward",
        node,
        tr("∂{goal}/∂{name}", goal=reader.goal, name=subscripted(label)),
        tr("What comes back to the input is added up: how much {goal} grows when the input grows.", goal=reader.goal),
        tuple(formulas or [Formula(arrived, arrived)]),
        incoming=reader.array(sent),
        outgoing={node: reader.array(sent)},
        lit=(node, *reader.onward(node)),
        reveals=(sent,),
    )
