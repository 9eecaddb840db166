"""What can be computed, but hardly as it was meant: said before a training, and where problems are listed.

Nothing here is refused. A hint is an error that nobody raises: it has a place, an expectation and a cure as one has.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from nnviz.data.table import Column, Table
from nnviz.document.document import Document
from nnviz.engine.plan import Plan
from nnviz.errors import DataError, GraphError, NnvizError
from nnviz.graph import Graph, Node
from nnviz.lowering.kinds import KINDS
from nnviz.session.computing import parts_of
from nnviz.words import tr

_NAMED = 8
SHARES = ("sigmoid", "softmax")
"""Activations that give probabilities."""


class _Match(NamedTuple):
    """What some losses expect: an activation that is among ``fitting``, or if there is none not among ``unfit``."""

    losses: tuple[str, ...]
    expected: str
    cure: str
    fitting: tuple[str, ...] = ()
    unfit: tuple[str, ...] = ()

    def suits(self, activation: str) -> bool:
        """Whether what an activation gives is what the losses expect."""
        return activation in self.fitting if self.fitting else activation not in self.unfit


_LOGITS = tr("logits, from which it makes probabilities itself")
MATCHES = (
    _Match(
        ("binary_cross_entropy",),
        tr("probabilities between 0 and 1, as sigmoid gives them"),
        tr("Give sigmoid to what comes in, or take Binary cross-entropy on logits"),
        fitting=SHARES,
    ),
    _Match(
        ("categorical_cross_entropy",),
        tr("probabilities that sum to 1, as softmax gives them"),
        tr("Give softmax to what comes in, or take Categorical cross-entropy on logits"),
        fitting=("softmax",),
    ),
    _Match(
        ("binary_cross_entropy_logits",),
        _LOGITS,
        tr("Give identity to what comes in, or take Binary cross-entropy"),
        unfit=SHARES,
    ),
    _Match(
        ("categorical_cross_entropy_logits",),
        _LOGITS,
        tr("Give identity to what comes in, or take Categorical cross-entropy"),
        unfit=SHARES,
    ),
    _Match(("hinge",), tr("scores of either sign"), tr("Give identity to what comes in"), unfit=SHARES),
    _Match(
        ("squared_error", "absolute_error", "huber"),
        tr("no softmax, which learns slowly here where it is sure and wrong"),
        tr("Take Categorical cross-entropy"),
        unfit=("softmax",),
    ),
)
"""Which loss goes with which activation."""


def advice(document: Document) -> list[NnvizError]:
    """Every hint on a document that can be computed; none on one that cannot, which has problems first."""
    try:
        plan, data = document.plan, document.data
        found: list[NnvizError] = [*ill_matched(document.graph), *_idle(plan)]
        if data is not None and isinstance(data.table, Table):
            found += _unseen(document, data.table)
    except NnvizError:
        return []
    return found


# a loss and the activation before it


def ill_matched(graph: Graph) -> Iterator[GraphError]:
    """Losses that get from an activation what they are not made for."""
    for node in graph.nodes:
        if KINDS[node.kind].has_target:
            for edge in graph.into(node.id):
                source = graph.node(edge.source)
                activation = _activation(source)
                match = next(each for each in MATCHES if node.kind in each.losses)
                if activation and not match.suits(activation):
                    yield _hint(node, source, match)
                    break


def _activation(node: Node) -> str:
    """The activation whose values a node gives; empty for one that has none."""
    kind = KINDS[node.kind]
    if kind.family == "neuron":
        return str(kind.option(node, "activation"))
    return node.kind if kind.family == "activation" else ""


def _hint(loss: Node, source: Node, match: _Match) -> GraphError:
    return GraphError(
        tr("{loss} and what comes in are ill-matched", loss=KINDS[loss.kind].words),
        where=tr("node {id}", id=loss.id),
        expected=match.expected,
        found=tr("{activation} of {name}", activation=_activation(source), name=source.label),
        hint=match.cure,
        ids=(loss.id, source.id),
    )


# what nothing uses


def _idle(plan: Plan) -> Iterator[GraphError]:
    """Trained parameters that J does not depend on, though nothing but a missing way keeps it from that."""
    if plan.loss is None:
        return
    used = _behind(plan, plan.loss)
    idle = [segment.key for segment in plan.segments if segment.trained and segment.slot not in used]
    if idle:
        more = tr(" and {n} more", n=len(idle) - _NAMED) if len(idle) > _NAMED else ""
        yield GraphError(
            tr("J does not depend on some parameters"),
            where=", ".join(idle[:_NAMED]) + more,
            expected=tr("a way from each to a loss"),
            found=tr("none: training leaves them as they are"),
            hint=tr("Connect them to what leads to a loss, or remove them"),
            ids=tuple(idle),
        )


def _behind(plan: Plan, goal: int) -> set[int]:
    """All slots that a slot is computed from."""
    used = {goal}
    for instruction in reversed(plan.forward):
        if instruction.output in used:
            used.update(instruction.inputs)
    return used


# classes that no training row has


def _unseen(document: Document, table: Table) -> Iterator[DataError]:
    """Classes among the targets that stand in validation or test rows, but in no training row."""
    assert document.data is not None
    parts = parts_of(document)
    for node, names in document.data.targets.items():
        for column in (table.column(name) for name in names):
            if not column.classes:
                continue
            seen = {*column.values[parts.training].tolist()}
            for part, rows in ((tr("validation"), parts.validation), (tr("test"), parts.test)):
                missing = sorted({*column.values[rows].tolist()} - seen)
                if missing:
                    yield _unseen_hint(node, column, part, [column.classes[int(code)] for code in missing])


def _unseen_hint(node: str, column: Column, part: str, classes: list[str]) -> DataError:
    return DataError(
        tr("The {part} rows hold a class that no training row has", part=part),
        where=tr("column {name}", name=column.name),
        expected=tr("every class among the training rows"),
        found=", ".join(classes[:_NAMED]),
        hint=tr("It cannot be learnt. Split with equal shares of the classes, or add rows"),
        ids=(node,),
    )
