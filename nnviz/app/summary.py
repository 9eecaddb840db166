"""What ``nnviz info`` tells of a document; nothing is computed for it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nnviz.data.choice import TableFile
from nnviz.document.document import Document
from nnviz.errors import shortened
from nnviz.lowering import problems
from nnviz.lowering.expression import shown_formula
from nnviz.lowering.kinds import KINDS
from nnviz.lowering.opening import EXPRESSION
from nnviz.numbers import exact_text, value_text
from nnviz.session.advice import advice
from nnviz.words import tr

_SHOWN = 8


def summary(document: Document) -> dict[str, object]:
    """Facts by name, in the order in which a reader wants them."""
    graph, training = document.graph, document.training
    facts: dict[str, object] = {
        tr("title"): document.title or tr("(none)"),
        tr("network"): tr("{n} nodes, {e} edges", n=len(graph.nodes), e=len(graph.edges)),
        tr("parameters"): sum(array.size for array in document.parameters.values()),
        tr("nodes"): _nodes(document),
        tr("data"): _data(document),
        tr("loss"): _conventions(document),
        tr("optimizer"): f"{type(training.optimizer).__name__} η = {exact_text(training.optimizer.lr)}",
        tr("training"): _training(document),
        tr("seed"): document.seed,
    }
    if document.state.statistics:
        facts[tr("statistics")] = [_statistic(key, values) for key, values in document.state.statistics.items()]
    facts[tr("problems")] = [str(error) for error in problems(graph)] or tr("none")
    hints = [str(hint) for hint in advice(document)]
    return facts | ({tr("hints"): hints} if hints else {})


def _statistic(key: str, values: NDArray[np.float64]) -> str:
    """A running statistic: its first numbers."""
    shown = ", ".join(map(value_text, values[:_SHOWN].tolist()))
    return f"{key} = {shown}" + (", …" if len(values) > _SHOWN else "")


def _nodes(document: Document) -> list[str]:
    """How many of each kind, with the options that tell them apart."""
    counted: dict[str, int] = {}
    for node in document.graph.nodes:
        kind = KINDS[node.kind]
        words = kind.words
        if kind.family == "neuron":
            words += f" ({kind.option(node, 'activation')}, {tr('bias')} {kind.option(node, 'bias')})"
        many = {"dense": "units", "conv2d": "channels"}.get(node.kind)
        if many:
            words += f" × {kind.option(node, many)}"
        if node.kind == EXPRESSION:
            words += f" ({shortened(shown_formula(node))})"
        counted[words] = counted.get(words, 0) + 1
    return [f"{number} {words}" for words, number in counted.items()]


def _data(document: Document) -> str:
    data = document.data
    if data is None:
        return tr("none")
    if isinstance(data.table, TableFile):
        return tr("{file} (not loaded)", file=data.table.file)
    names = ", ".join(column.name for column in data.table.columns)
    split = tr("no split") if data.split.kind == "none" else f"{data.split.kind} {data.split.validation:g} validation"
    return tr(
        "{name}: {rows} rows, {names}; {split}", name=data.table.name, rows=data.table.rows, names=names, split=split
    )


def _conventions(document: Document) -> list[str]:
    losses = [KINDS[node.kind].words for node in document.graph.nodes if KINDS[node.kind].family == "loss"]
    conventions = document.conventions
    half = tr("with ½") if conventions.half else tr("without ½")
    return [
        *losses,
        half,
        tr("{how} over outputs", how=conventions.outputs),
        tr("{how} over examples", how=conventions.examples),
    ]


def _training(document: Document) -> str:
    state = document.state
    if not state.step:
        return tr("not trained yet")
    return tr(
        "{step} updates, {epoch} epochs, {runs} runs kept", step=state.step, epoch=state.epoch, runs=len(document.runs)
    )
