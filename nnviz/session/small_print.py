"""The words around a diagram: headings of columns, and the small print with every convention that changed a number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nnviz.conventions import Conventions
from nnviz.data.choice import TableFile
from nnviz.document.document import Document
from nnviz.graph import Node
from nnviz.learning.settings import TrainingSettings
from nnviz.lowering.kinds import KINDS, ONE_ANSWER
from nnviz.numbers import ALL_DIGITS, GRADIENT_DIGITS, VALUE_DIGITS, exact_text, value_text
from nnviz.session.annotations import Annotator
from nnviz.words import tr


def headings(document: Document, columns: Mapping[str, int], outputs: Sequence[str]) -> tuple[tuple[int, str], ...]:
    """For each column that has one kind of node: what it is and its activation."""
    found: dict[int, set[str]] = {}
    for node in document.graph.nodes:
        found.setdefault(columns[node.id], set()).add(_heading(node, outputs))
    return tuple((column, words.pop()) for column, words in sorted(found.items()) if len(words) == 1 and words != {""})


def _heading(node: Node, outputs: Sequence[str]) -> str:
    kind = KINDS[node.kind]
    if kind.family == "input":
        return tr("input")
    if kind.family == "neuron":
        place = tr("output") if node.id in outputs else tr("hidden")
        return f"{place} · {kind.option(node, 'activation')}"
    return ""


def small_print(annotator: Annotator) -> tuple[str, ...]:
    """Loss, focus, mode, biases, optimizer, digits: what a reader needs to get the same numbers."""
    document = annotator.document
    told = [*_losses(document), *_total(annotator), *_goal(annotator)]
    told += [_focus(annotator), *_mode(annotator), *_biases(document)]
    if any(node.kind == "conv2d" for node in document.graph.nodes):
        told.append(tr("kernels not turned"))
    optimizer = document.training.optimizer
    rate = tr("η = {rate}", rate=exact_text(optimizer.lr))
    told.append(rate if type(optimizer).__name__ == "SGD" else f"{type(optimizer).__name__} {rate}")
    if document.training.l2:
        told.append(tr("L2 λ = {l2}, its share not in ∂", l2=exact_text(document.training.l2)))
    told += _held(document.training)
    return (*told, _digits(annotator.digits))


def _digits(digits: int | None) -> str:
    if digits is None:
        return tr("values to {v}, gradients to {g} significant digits", v=VALUE_DIGITS, g=GRADIENT_DIGITS)
    return tr("all digits") if digits == ALL_DIGITS else tr("numbers to {n} significant digits", n=digits)


def _held(training: TrainingSettings) -> list[str]:
    """What else changes an update: schedule, clipping, L1, max-norm."""
    told = []
    if training.schedule != TrainingSettings().schedule or training.warm_up:
        told.append(tr("η by schedule: {name}", name=training.schedule.row.name))
    if training.clip:
        told.append(tr("∂ clipped {how} at {limit}", how=training.clip.row.name, limit=exact_text(training.clip.limit)))
    if training.l1:
        how = tr("proximal") if training.l1_proximal else tr("its share not in ∂")
        told.append(tr("L1 λ = {l1}, {how}", l1=exact_text(training.l1), how=how))
    if training.max_norm:
        told.append(tr("max-norm {limit}", limit=exact_text(training.max_norm)))
    return told


def _losses(document: Document) -> list[str]:
    conventions = document.conventions
    told = []
    for node in document.graph.nodes:
        if KINDS[node.kind].family == "loss":
            told.append(_loss(node, conventions))
            told += [tr("targets 0 and 1 are read as −1 and 1")] if node.kind == "hinge" else []
    rows = tr("mean of ℒ over examples") if conventions.examples == "mean" else tr("Σ ℒ over examples")
    return [*told, f"J = {rows}"] if told else []


def _loss(node: Node, conventions: Conventions) -> str:
    """How ℒ of one example is put together of its terms."""
    delta = KINDS[node.kind].option(node, "delta") if node.kind == "huber" else 1.0
    term = {
        "squared_error": f"{'½' if conventions.half else ''}(y−ŷ)²",
        "absolute_error": "|y−ŷ|",
        "huber": tr("Huber, δ = {delta}", delta=exact_text(float(delta))),
        "binary_cross_entropy": "−y ln ŷ − (1−y) ln(1−ŷ)",
        "binary_cross_entropy_logits": tr("binary cross-entropy of σ(ŷ)"),
        "categorical_cross_entropy": "−y ln ŷ",
        "categorical_cross_entropy_logits": "−y ln softmax(ŷ)",
        "hinge": "max(0, 1 − y·ŷ)",
        "objective": tr("the value itself"),
    }.get(node.kind, node.kind)
    reduction = tr("mean") if conventions.outputs == "mean" and node.kind not in ONE_ANSWER else "Σ"
    return f"ℒ = {reduction} [{term}]" if " " in term else f"ℒ = {reduction} {term}"


def _total(annotator: Annotator) -> list[str]:
    """How J is put together where there are several losses, and what it is."""
    heads = [node for node in annotator.graph.nodes if KINDS[node.kind].family == "loss"]
    if len(heads) < 2:
        return []
    shares = [float(KINDS[node.kind].option(node, "weight")) for node in heads]
    terms = [
        ("" if share == 1 else f"{exact_text(share)}·") + tr("loss {name}", name=node.label)
        for node, share in zip(heads, shares, strict=True)
    ]
    return [f"J = {' + '.join(terms)} = {value_text(annotator.loss(), annotator.digits)}"]


def _goal(annotator: Annotator) -> list[str]:
    """What is differentiated where it is not J: of several rows its mean."""
    trace, goal = annotator.trace, annotator.goal
    if trace is None or trace.focus.of is None:
        return []
    top = tr("the mean of {goal}", goal=goal) if annotator.many else goal
    return [tr("∂ and δ are of {top}, not of J", top=top)]


def _focus(annotator: Annotator) -> str:
    trace, data = annotator.trace, annotator.document.data
    if trace is not None and trace.focus.rows == "typed":
        return tr("typed row")
    if trace is not None and data is None:
        return tr("one row, no data")
    if trace is None or data is None:
        return tr("not computed: no data") if data is None else tr("not computed yet")
    total = 0 if isinstance(data.table, TableFile) else data.table.rows
    if trace.focus.rows == "example":
        return tr("example {n} of {total}", n=trace.focus.index + 1, total=total) if total > 1 else tr("one example")
    if trace.focus.rows == "batch":
        return tr("batch {n}: {rows} examples, values are means", n=trace.focus.index + 1, rows=len(trace.rows))
    return tr("all {rows} training examples, values are means", rows=len(trace.rows))


def _mode(annotator: Annotator) -> list[str]:
    if annotator.trace is None:
        return []
    kinds, training = {node.kind for node in annotator.graph.nodes}, annotator.trace.focus.mode == "train"
    told = []
    if "dropout" in kinds:
        told.append(tr("dropout on") if training else tr("evaluation: dropout off"))
    if "batch_norm" in kinds:
        told.append(tr("normalised over these rows") if training else tr("evaluation: normalised by running μ, σ²"))
    return told


def _biases(document: Document) -> list[str]:
    neurons = [node for node in document.graph.nodes if KINDS[node.kind].family == "neuron"]
    modes = {str(KINDS[node.kind].option(node, "bias")) for node in neurons}
    words = {"none": tr("no biases"), "fixed": tr("biases fixed"), "trained": tr("biases trained")}
    return [words[modes.pop()]] if len(modes) == 1 else []
