"""Computes a document at a focus: forward, backward, gradients, predictions, gradient check.

This is where ``nnviz.forward`` and its companions live. Every number that is shown, printed or exported comes from
here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from nnviz.data.arrays import arrays_for
from nnviz.data.choice import TableFile
from nnviz.data.splits import Parts, split_rows
from nnviz.data.table import Table
from nnviz.document.document import Document
from nnviz.engine import clear
from nnviz.engine.plan import Plan
from nnviz.engine.workspace import Workspace, flat_statistics, flatten, statistics_by_key
from nnviz.errors import ConfigError, DataError, GraphError
from nnviz.hints import NO_COLUMN, NO_DATA, NO_TARGETS
from nnviz.learning.batches import check_spread
from nnviz.learning.examples import Examples, check_examples
from nnviz.learning.targets import check_targets
from nnviz.lowering import problems
from nnviz.lowering.explain import Reader, Step, backward_steps, forward_steps
from nnviz.lowering.kinds import KINDS
from nnviz.lowering.lower import lower, require_loss
from nnviz.lowering.targets import Derivatives, Target
from nnviz.numbers import exact_text
from nnviz.session.typed_row import Given, row_of
from nnviz.words import counted, tr

Numbers = NDArray[np.float64]


class Focus(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which rows shown numbers belong to, and in which mode they were computed.

    Parameters
    ----------
    rows : one ``"example"``, one ``"batch"`` of training rows, ``"all"`` training rows, or a ``"typed"`` row.
    index : which example (its row in the table) or batch, from 0.
    mode : ``"evaluate"``, with the running statistics of batch normalisations, or ``"train"``, with those of the rows
        and with dropout drawn for the update that comes next.
    values : a typed row's inputs, in the order of the input nodes. It has no targets, hence no loss, and no gradient
        but that of a node.
    of : the node that is differentiated in the place of J.
    """

    rows: Literal["example", "batch", "all", "typed"] = "example"
    index: int = 0
    mode: Literal["evaluate", "train"] = "evaluate"
    values: tuple[float, ...] = ()
    of: Target | None = None


@dataclass(frozen=True, eq=False)
class Trace:
    """All numbers of one forward run, in memory of its own, and of the backward run behind it if there is a goal.

    The goal is J, or the node that the focus names; every gradient is ∂ of it. ``known`` are the slots that could be
    computed: all (None), or of a row without targets those that do not depend on the loss.
    """

    document: Document
    focus: Focus
    rows: NDArray[np.intp]
    workspace: Workspace
    known: frozenset[int] | None = None

    def __repr__(self) -> str:
        rows = counted(len(self.rows), tr("row"), tr("rows"))
        loss = "" if self.plan.loss is None or self.known is not None else f", J = {exact_text(self.loss)}"
        return f"<Trace of {rows}{loss}: {self.document!r}>"

    @property
    def plan(self) -> Plan:
        """The plan that was run."""
        return self.workspace.plan

    @property
    def loss(self) -> float:
        """J."""
        return float(self.workspace.views[require_targets(self)])

    @property
    def goal(self) -> float:
        """What is differentiated: J, or the node that the focus names (of several rows the mean)."""
        return float(self.workspace.views[require_goal(self)])

    def knows(self, slot: int | None) -> bool:
        """Whether there is such a slot, and its numbers could be computed."""
        return slot is not None and (self.known is None or slot in self.known)

    def value(self, node: str, role: str = "a") -> Numbers:
        """The numbers of a node, (rows, width): ``a``, ``z``, ``mask``; of a loss ``terms``, ``example``, ``target``.

        Of a normalisation also ``centred`` and ``normalised``, and ``mean`` and ``variance`` by feature or by row.

        Raises
        ------
        GraphError
            If the node has no such number.
        """
        slot = self.plan.marks.get((node, role))
        if slot is None:
            raise GraphError(tr("{node} has no {role}", node=node, role=role), ids=(node,))
        return np.array(self.workspace.views[slot], dtype=np.float64)

    def gradient(self, node: str, role: str = "a") -> Numbers | None:
        """∂J/∂ of such a number (role ``z``: δ), or None where J does not depend on a weight through it."""
        return self.gradient_at(self.plan.marks.get((node, role), -1))

    def gradient_at(self, slot: int) -> Numbers | None:
        """∂J/∂ of a slot, or None where no way that has a slope leads from it to J."""
        found = self.plan.gradients.get(slot)
        return None if found is None else np.array(self.workspace.views[found], dtype=np.float64)

    @property
    def gradients(self) -> dict[str, Numbers | None]:
        """∂J/∂w of every trained parameter, by key; None where no way that has a slope leads from it to J."""
        return {segment.key: self.gradient_at(segment.slot) for segment in self.plan.segments if segment.trained}

    @property
    def statistics(self) -> dict[str, Numbers]:
        """The running statistics it was run with, by key."""
        return statistics_by_key(self.plan, self.workspace.statistics)

    def reader(self) -> Reader:
        """What tells this run in words and formulas."""
        return Reader(self.document.graph, self.workspace)


def table_of(document: Document) -> Table:
    """The table of a document.

    Raises
    ------
    DataError
        If it has none, or its file has not been found.
    """
    if document.data is None:
        raise DataError(tr("The document has no data"), hint=NO_DATA)
    if isinstance(document.data.table, TableFile):
        raise DataError(
            tr("The table of this document has not been found"),
            where=document.data.table.file,
            hint=tr("Put the file beside the document and open it again"),
        )
    return document.data.table


def needs_no_data(document: Document) -> bool:
    """Whether there is no table, and none is called for: the network is a function of its parameters alone."""
    if document.data is not None or problems(document.graph):
        return False
    return not document.plan.slots_of("input") and not document.plan.slots_of("target")


def all_examples(document: Document) -> Examples:
    """All rows of the document's table as arrays for its input and loss nodes.

    Raises
    ------
    DataError, ShapeError
        If a node has no column, or columns that do not fill it.
    """
    if needs_no_data(document):
        return Examples({})
    table = table_of(document)
    assert document.data is not None
    inputs = {slot.key: slot.shape[0] for slot in document.plan.slots_of("input")}
    targets = {slot.key: slot.shape[0] for slot in document.plan.slots_of("target")}
    return Examples(
        arrays_for(table, _chosen(document.data.inputs, inputs), inputs),
        arrays_for(table, _chosen(document.data.targets, targets), targets),
    )


def checked_examples(document: Document) -> Examples:
    """All rows as :func:`all_examples` gives them, of which every target means something to its loss.

    Raises
    ------
    DataError, ShapeError
        If a node has no column, columns that do not fill it, or a target that its loss cannot be compared with.
    """
    examples = all_examples(document)
    kinds = {node: document.graph.node(node).kind for node in examples.targets}
    check_targets(kinds, examples.targets, document.data.targets if document.data else {})
    return examples


def _chosen(columns: Mapping[str, tuple[str, ...]], widths: Mapping[str, int]) -> dict[str, tuple[str, ...]]:
    for node in widths:
        if node not in columns:
            raise DataError(
                tr("No column fills {node}", node=node),
                hint=NO_COLUMN,
                ids=(node,),
            )
    return {node: columns[node] for node in widths}


def parts_of(document: Document) -> Parts:
    """The document's rows by part: training, validation, test."""
    if needs_no_data(document):
        return Parts(*(np.arange(count) for count in (1, 0, 0)))
    table = table_of(document)
    assert document.data is not None
    targets = [name for names in document.data.targets.values() for name in names]
    return split_rows(table, document.data.split, document.seed, targets)


def rows_in_focus(document: Document, focus: Focus) -> NDArray[np.intp]:
    """The rows of the table that a focus means.

    Raises
    ------
    DataError
        If there is no such example or batch, or no row at all.
    """
    count = 1 if needs_no_data(document) else table_of(document).rows
    if not count:
        raise DataError(tr("There are no examples"), where=table_of(document).name, expected=tr("at least one row"))
    if focus.rows == "example":
        _check_index(focus.index, count, tr("example"))
        return np.array([focus.index])
    training = parts_of(document).training
    size = document.training.batch_size
    if focus.rows == "all" or not size:
        return training
    _check_index(focus.index, -(-len(training) // size), tr("batch"))
    return training[focus.index * size : (focus.index + 1) * size]


def _check_index(index: int, count: int, what: str) -> None:
    if not 0 <= index < count:
        raise DataError(
            tr("There is no such {what}", what=what), expected=tr("1 to {n}", n=count), found=str(index + 1)
        )


def forward(document: Document, focus: Focus | None = None) -> Trace:
    """Run the network at a focus (example 1 by default); the backward pass is run behind it.

    Raises
    ------
    GraphError, ShapeError, DataError
        What keeps the network from being computed.
    """
    focus = focus or Focus()
    trace = loaded(document, focus, Derivatives(focus.of))
    clear.forward(trace.workspace)
    clear.backward(trace.workspace)
    return trace


def loaded(document: Document, focus: Focus, asked: Derivatives) -> Trace:
    """A network at a focus, ready to be run by the plan of these derivatives: parameters, rows and masks set."""
    plan = lower(document.graph, document.conventions, asked)
    if focus.rows == "typed":
        trace = _filled(document, plan, _typed(document, focus.values), np.arange(1), focus)
        return replace(trace, known=_known(plan)) if plan.slots_of("target") else trace
    rows = rows_in_focus(document, focus)
    examples = checked_examples(document).take(rows)
    check_examples(document.plan, examples, rows + 1)
    return _filled(document, plan, examples, rows, focus)


def _filled(document: Document, plan: Plan, examples: Examples, rows: NDArray[np.intp], focus: Focus) -> Trace:
    workspace = Workspace(plan, max(1, len(rows)))
    workspace.parameters[:] = flatten(plan, document.parameters)
    workspace.statistics[:] = flat_statistics(plan, document.state.statistics)
    workspace.load(examples.inputs, examples.targets)
    training = focus.mode == "train"
    if training:
        check_spread(plan, workspace.rows, tr("mode train"), tr("Show a batch or all rows, or evaluate"))
    clear.set_mode(
        workspace, dropout_chances(document), training=training, seed=document.seed, step=document.state.step
    )
    return Trace(document, focus, rows, workspace)


def _known(plan: Plan) -> frozenset[int]:
    """The slots that a row without targets fills: all that does not depend on one."""
    unknown = {slot.index for slot in plan.slots if slot.kind == "target"}
    for instruction in (*plan.forward, *plan.backward, *plan.tangent):
        if unknown.intersection(instruction.inputs):
            unknown.add(instruction.output)
    return frozenset(slot.index for slot in plan.slots) - unknown


def dropout_chances(document: Document) -> dict[str, float]:
    """The probability p of every dropout node."""
    return {
        node.id: float(KINDS["dropout"].option(node, "p")) for node in document.graph.nodes if node.kind == "dropout"
    }


def backward(trace: Trace) -> Iterator[Step]:
    """The backward pass step by step: incoming gradient, local derivative, outgoing gradients, formula with numbers.

    Raises
    ------
    GraphError
        If the network has no loss, and no node was named.
    """
    require_goal(trace)
    return backward_steps(trace.reader())


def require_targets(trace: Trace) -> int:
    """The slot of J, of a run that has one.

    Raises
    ------
    GraphError
        If the network has no loss.
    DataError
        If the row was typed without targets.
    """
    if trace.known is not None:
        raise DataError(
            tr("A typed row has no targets, so that there is no loss"),
            hint=NO_TARGETS,
        )
    return require_loss(trace.plan)


def require_goal(trace: Trace) -> int:
    """The slot of what is differentiated, of a run that has it.

    Raises
    ------
    GraphError
        If the network has no loss, and no node was named.
    DataError
        If the row was typed without targets, and J is to be differentiated.
    """
    goal = trace.plan.goal
    return goal if goal is not None and trace.knows(goal) else require_targets(trace)


def steps(trace: Trace) -> Iterator[Step]:
    """The forward pass and the loss, then the backward pass if there is a goal; of a typed row the forward pass.

    Where a node is differentiated, the loss is left out: nothing of it is used.
    """
    told = forward_steps(trace.reader())
    named = trace.focus.of is not None
    if named or trace.known is not None:
        yield from (step for step in told if step.phase == "forward")
    else:
        yield from told
    if named or (trace.known is None and trace.plan.loss is not None):
        yield from backward(trace)


def output_nodes(document: Document) -> tuple[str, ...]:
    """The nodes whose values are the prediction: those that feed a loss, or, without one, those that feed nothing."""
    graph = document.graph
    losses = {node.id for node in graph.nodes if KINDS[node.kind].family == "loss"}
    feeding = tuple(dict.fromkeys(edge.source for edge in graph.edges if edge.target in losses))
    return feeding or tuple(node.id for node in graph.nodes if not graph.out_of(node.id) and node.id not in losses)


def predict(document: Document, values: Given) -> dict[str, Numbers]:
    """What the network answers to one row of inputs: each output node's values, in their shape.

    Which class a value stands for, and which is the likely one, is told by :func:`~nnviz.session.answers.answers`.

    Parameters
    ----------
    values : the inputs in the order of the input nodes, wide ones taking several; or a dict by the names of columns or
        units, such as ``{"x1": 0.05, "x2": 0.1}``.

    Raises
    ------
    DataError
        If a value is no number, or one is missing in a dict.
    ShapeError
        If there are too many or too few values, or several rows.
    """
    trace = forward(document, Focus("typed", values=row_of(document, values)))
    return {node: trace.value(node)[0] for node in output_nodes(document)}


def _typed(document: Document, values: Sequence[float]) -> Examples:
    """One row without targets."""
    slots, given = document.plan.slots_of("input"), np.array(row_of(document, values))
    if not np.isfinite(given).all():
        raise ConfigError(tr("A value is not finite"), expected=tr("numbers"), found=str(list(values)))
    parts = np.split(given, np.cumsum([slot.shape[0] for slot in slots])[:-1])
    inputs = {slot.key: part[None, :] for slot, part in zip(slots, parts, strict=True)}
    return Examples(inputs)
