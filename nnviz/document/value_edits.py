"""Edits of numbers, data, settings, notes and groups, and the edit that a training run ends with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from nnviz.conventions import Conventions
from nnviz.data.choice import DataChoice
from nnviz.data.table import Table
from nnviz.document.acts import Act
from nnviz.document.arrays import frozen
from nnviz.document.document import Document, Group, Note, first_values, forgotten, wanted
from nnviz.document.rules import (
    MAX_PARTS,
    check_data,
    check_free,
    check_group,
    check_note,
    check_numbers,
    check_run,
    check_seed,
    check_state,
    check_statistics,
    check_text,
    check_unasked,
)
from nnviz.errors import ConfigError
from nnviz.graph import Graph
from nnviz.learning.settings import Run, TrainingSettings, TrainingState
from nnviz.lowering import ParameterSpec
from nnviz.words import one_of, tr


class SetParameter(Act, frozen=True):
    """Type the numbers of a weight or bias; the optimizer's memory stays.

    ``values`` has the parameter's shape: a weight (rows: what it comes from, columns: what it leads to), a bias
    (units,).
    """

    key: str
    values: NDArray[np.float64]

    @property
    def title(self) -> str:
        """What the undo menu calls it."""
        return tr("Set {key}", key=self.key)

    def _changed(self, document: Document) -> Document:
        if self.key not in document.parameters:
            raise ConfigError(
                tr("There is no such weight or bias"),
                expected=one_of(list(document.parameters)[:12]),
                found=repr(self.key),
            )
        values = frozen(self.values)
        check_numbers(values, document.parameters[self.key].shape, self.key)
        return document.with_(parameters={**document.parameters, self.key: values})


class Initialise(Act, frozen=True):
    """Draw all trained parameters anew as seed and settings say, and forget the training; fixed ones stay.

    Running statistics are at their start again.
    """

    @property
    def title(self) -> str:
        """What the undo menu calls it."""
        return tr("Draw the weights anew")

    def _changed(self, document: Document) -> Document:
        specs = wanted(document.graph)
        drawn = first_values(document, specs, [spec for spec in specs if spec.trained])
        return document.with_(parameters={**document.parameters, **drawn}, state=TrainingState())


class ApplyRun(Act, frozen=True):
    """Take over what a training run has made: its numbers, where training stands, and its record. One act."""

    parameters: dict[str, NDArray[np.float64]]
    state: TrainingState
    run: Run

    @property
    def title(self) -> str:
        """What the undo menu calls it."""
        count = len(self.run.training)
        return tr("Train {count} epochs", count=count) if count > 1 else tr("Train one epoch") if count else tr("Train")

    def _changed(self, document: Document) -> Document:
        specs = wanted(document.graph)
        check_result(self.parameters, self.state, specs, document.graph)
        check_run(self.run)
        return document.with_(
            parameters={key: frozen(self.parameters[key]) for key in document.parameters},
            state=frozen_state(self.state),
            runs=_appended(
                document.runs,
                replace(self.run, training=frozen(self.run.training), validation=frozen(self.run.validation)),
            ),
        )


def _appended(runs: tuple[Run, ...], run: Run) -> tuple[Run, ...]:
    """The records with one more; the oldest goes when there are too many."""
    return (*runs, run)[-MAX_PARTS:]


def check_result(
    parameters: dict[str, NDArray[np.float64]], state: TrainingState, specs: Sequence[ParameterSpec], graph: Graph
) -> None:
    """Refuse the result of a training run that was made for another network.

    Raises
    ------
    ConfigError, ShapeError
        Naming the parameter that is missing, not wanted, of another shape or not finite.
    """
    check_unasked(parameters, specs)
    for spec in specs:
        check_numbers(parameters.get(spec.key), spec.shape, spec.key)
    check_state(state, specs, graph)


def frozen_state(state: TrainingState) -> TrainingState:
    """The training state with a memory and statistics that nobody can change."""
    memory = {slot: {key: frozen(array) for key, array in arrays.items()} for slot, arrays in state.memory.items()}
    statistics = {key: frozen(array) for key, array in state.statistics.items()}
    return replace(state, memory=memory, statistics=statistics)


class ForgetTraining(Act, frozen=True):
    """Empty the optimizer's memory and begin to count updates anew; weights and running statistics stay."""

    @property
    def title(self) -> str:
        """What the undo menu calls it."""
        return tr("Forget the training")

    def _changed(self, document: Document) -> Document:
        return document.with_(state=forgotten(document.state))


class SetStatistics(Act, frozen=True):
    """Put running statistics back to what they were: all of them; one that is not named is at its start."""

    statistics: dict[str, NDArray[np.float64]]

    @property
    def title(self) -> str:
        """What the undo menu calls it."""
        return tr("Set the running statistics")

    def _changed(self, document: Document) -> Document:
        state = frozen_state(replace(document.state, statistics=self.statistics))
        check_statistics(state, document.graph)
        return document.with_(state=state)


class SetData(Act, frozen=True):
    """Choose the data, or none."""

    data: DataChoice | None

    @property
    def title(self) -> str:
        """What the undo menu calls it."""
        return tr("Choose the data") if self.data else tr("Remove the data")

    def _changed(self, document: Document) -> Document:
        if self.data is not None:
            check_data(self.data, document.graph)
        return document.with_(data=_frozen_data(self.data))


def _frozen_data(data: DataChoice | None) -> DataChoice | None:
    """The choice with a table whose numbers nobody can change."""
    if data is None or not isinstance(data.table, Table):
        return data
    columns = tuple(
        column if (values := frozen(column.values)) is column.values else replace(column, values=values)
        for column in data.table.columns
    )
    if all(new is old for new, old in zip(columns, data.table.columns, strict=True)):
        return data
    return replace(data, table=replace(data.table, columns=columns))


class SetTraining(Act, frozen=True):
    """Change how the network is trained."""

    training: TrainingSettings

    @property
    def title(self) -> str:
        """What the undo menu calls it."""
        return tr("Change the training settings")

    def _changed(self, document: Document) -> Document:
        return document.with_(training=self.training)


class SetConventions(Act, frozen=True):
    """Change how the loss is put together."""

    conventions: Conventions

    @property
    def title(self) -> str:
        """What the undo menu calls it."""
        return tr("Change the conventions")

    def _changed(self, document: Document) -> Document:
        return document.with_(conventions=self.conventions)


class SetSeed(Act, frozen=True):
    """Change the seed of all random numbers; those already drawn stay."""

    seed: int

    @property
    def title(self) -> str:
        """What the undo menu calls it."""
        return tr("Set the seed to {seed}", seed=self.seed)

    def _changed(self, document: Document) -> Document:
        check_seed(self.seed)
        return document.with_(seed=self.seed)


class SetTitle(Act, frozen=True):
    """Give the document a title."""

    text: str

    @property
    def title(self) -> str:
        """What the undo menu calls it."""
        return tr("Change the title")

    def _changed(self, document: Document) -> Document:
        check_text(self.text)
        return document.with_(title=self.text)


class AddNote(Act, frozen=True):
    """Put a note on the canvas."""

    note: Note

    @property
    def title(self) -> str:
        """What the undo menu calls it."""
        return tr("Add a note")

    def _changed(self, document: Document) -> Document:
        check_note(self.note)
        check_free(document, self.note.id)
        _check_room(document.notes)
        return document.with_(notes=(*document.notes, self.note))


class ChangeNote(Act, frozen=True):
    """Change the text or place of a note."""

    note: Note

    @property
    def title(self) -> str:
        """What the undo menu calls it."""
        return tr("Change a note")

    def _changed(self, document: Document) -> Document:
        check_note(self.note)
        _check_there(self.note.id, [note.id for note in document.notes])
        return document.with_(notes=tuple(self.note if old.id == self.note.id else old for old in document.notes))


class RemoveNote(Act, frozen=True):
    """Remove a note."""

    id: str

    @property
    def title(self) -> str:
        """What the undo menu calls it."""
        return tr("Remove a note")

    def _changed(self, document: Document) -> Document:
        _check_there(self.id, [note.id for note in document.notes])
        return document.with_(notes=tuple(note for note in document.notes if note.id != self.id))


class SetGroup(Act, frozen=True):
    """Make a group of nodes, or change the one of that id."""

    group: Group

    @property
    def title(self) -> str:
        """What the undo menu calls it."""
        return tr("Group {name}", name=self.group.name or self.group.id)

    def _changed(self, document: Document) -> Document:
        check_group(self.group, document.graph)
        groups = document.groups
        if self.group.id in {group.id for group in groups}:
            return document.with_(groups=tuple(self.group if old.id == self.group.id else old for old in groups))
        check_free(document, self.group.id)
        _check_room(groups)
        return document.with_(groups=(*groups, self.group))


class RemoveGroup(Act, frozen=True):
    """Part a group; its nodes stay."""

    id: str

    @property
    def title(self) -> str:
        """What the undo menu calls it."""
        return tr("Ungroup {id}", id=self.id)

    def _changed(self, document: Document) -> Document:
        _check_there(self.id, [group.id for group in document.groups])
        return document.with_(groups=tuple(group for group in document.groups if group.id != self.id))


def _check_there(name: str, names: list[str]) -> None:
    if name not in names:
        raise ConfigError(
            tr("There is nothing of this id"),
            expected=one_of(names[:12]) if names else "",
            found=repr(name),
            ids=(name,),
        )


def _check_room(parts: tuple[object, ...]) -> None:
    if len(parts) >= MAX_PARTS:
        raise ConfigError(
            tr("There are too many of them"), expected=tr("at most {limit:,}", limit=MAX_PARTS), found=f"{len(parts):,}"
        )
