"""A network for a table: inputs, outputs, activation and loss that fit its columns."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from nnviz.data.choice import Split
from nnviz.data.table import Column, Table
from nnviz.document.build import new, parse_layers
from nnviz.document.document import Document
from nnviz.errors import ConfigError
from nnviz.session.fitting import chosen
from nnviz.words import tr

FITTING = {"binary_cross_entropy": "sigmoid", "categorical_cross_entropy": "softmax"}
"""The activation of the last layer that goes with a loss; with all others, those on logits too, it is linear."""


def network_for(
    table: Table,
    targets: Sequence[str],
    sizes: str,
    *,
    inputs: Sequence[str] = (),
    activation: str = "tanh",
    output: str | None = None,
    loss: str | None = None,
    bias: str = "trained",
    split: Split | None = None,
    seed: int = 0,
) -> Document:
    """A layered network that learns ``targets`` from the other columns of a table.

    Parameters
    ----------
    table : with a column for every name given.
    targets : the columns to be learned. Classes get a softmax and cross-entropy, two classes on one unit a sigmoid and
        binary cross-entropy, numbers a linear output and squared error, unless ``output`` and ``loss`` say otherwise.
    sizes : units of each layer, such as ``"4-8-3"``; the first must be the inputs' units, the last the targets'.
    inputs : the columns to learn from; all others by default.
    split : how rows are parted; by default, from 10 rows on, 20 % validation, stratified where classes are learned.

    Raises
    ------
    DataError
        If there is no such column.
    ConfigError
        If sizes and columns do not fit; the message says what would.
    """
    answers = [table.column(name) for name in targets]
    columns = [table.column(name) for name in inputs] or [one for one in table.columns if one.name not in targets]
    units = parse_layers(sizes)
    _check_inputs(units[0], columns)
    _check_targets(units[-1], answers)
    loss = loss or _loss_for(answers, units[-1])
    document = new(
        sizes,
        activation=activation,
        output=output or FITTING.get(loss, "identity"),
        loss=loss,
        bias=bias,
        seed=seed,
        perceptrons=False,
    )
    data = chosen(document, table, targets, [column.name for column in columns])
    return document.with_(title=table.name, data=data if split is None else replace(data, split=split))


def _loss_for(answers: Sequence[Column], units: int) -> str:
    if len(answers) == 1 and answers[0].classes:
        return "binary_cross_entropy" if units == 1 else "categorical_cross_entropy"
    return "squared_error"


def _check_inputs(units: int, columns: Sequence[Column]) -> None:
    wanted = sum(column.width for column in columns)
    if units != wanted:
        raise ConfigError(
            tr("The first layer does not fit the table"),
            where=", ".join(column.name for column in columns[:12]),
            expected=tr("{n} units, one for each number and each class of the inputs", n=wanted),
            found=str(units),
            hint=tr("Change the first size to {n}, or choose other inputs", n=wanted),
        )


def _check_targets(units: int, columns: Sequence[Column]) -> None:
    wanted = sum(column.width for column in columns)
    two = len(columns) == 1 and len(columns[0].classes) == 2
    if units != wanted and not (two and units == 1):
        raise ConfigError(
            tr("The last layer does not fit the target"),
            where=", ".join(column.name for column in columns[:12]),
            expected=tr("{n} units", n=wanted) + (tr(", or 1") if two else ""),
            found=str(units),
            hint=tr("Change the last size to {n}", n=wanted),
        )
