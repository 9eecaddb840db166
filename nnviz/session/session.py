"""The running application without a window: one open document, what is looked at, what runs.

A window is one face of a session: it calls its methods and listens to its signals, and holds no state of the document
itself. Every change goes one way: an edit, through the history, to a new document, to the signal ``changed``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray
from psygnal import Signal

from nnviz.document.document import Document
from nnviz.document.edits import (
    Act,
    AddNote,
    ApplyRun,
    ChangeNote,
    Move,
    RemoveNote,
    Rename,
    SetGroup,
    SetTitle,
)
from nnviz.document.files import save_document
from nnviz.document.history import History
from nnviz.document.recovery import Journal
from nnviz.errors import ConfigError, NnvizError
from nnviz.learning.curves import Rows
from nnviz.learning.settings import Run
from nnviz.lowering import problems
from nnviz.lowering.targets import Target
from nnviz.numbers import checked_digits, subscripted
from nnviz.session.annotations import Annotator
from nnviz.session.computing import Focus, Trace, forward, table_of
from nnviz.session.figures import Figures, figures
from nnviz.session.opening import open_whole
from nnviz.session.runner import News, Runner
from nnviz.session.training import training_of
from nnviz.session.walkthrough import Walkthrough, walkthrough
from nnviz.words import tr

CHECKPOINT_SECONDS = 10.0
"""The most of a training that a crash may lose."""

LIVE_SECONDS = 0.025
"""How often at most live weights are shown; a window whose picture takes long asks for a longer pause."""

HARMLESS = (Move, Rename, AddNote, ChangeNote, RemoveNote, SetTitle, SetGroup)
"""Edits that pass while a training runs: they touch no number."""


class TrainingRunsError(NnvizError):
    """An act would change what a running training works on; the user is asked whether to stop it first."""


class Session:
    """One open document with its history, focus, selection, walkthrough and training.

    Parameters
    ----------
    document : what is open.
    path : its file, or None for a new one.
    journals : the folder of crash journals, or None to keep none.
    unsaved : whether the document differs from its file already, as a recovered one does.

    Signals
    -------
    changed(before, after) : the document is another one.
    shown() : numbers to be shown may differ: focus, live weights, walkthrough step, digits.
    selected(ids) : other parts are selected.
    run_changed() : a training began, paused, went on or ended.
    told(news) : a running training was polled, and ``curves`` is up to date; not when ``shown`` was emitted for it, for
        plots and network painted at once would keep the window for too long.
    listed(turn) : the panels that list live numbers may show newer ones, each in some of these turns; told by a window.
    saved() : path or modified mark differ.
    journal_failed(error) : the last act is done, but could not be written to the crash journal; told again only after
        one could. ``journal_error`` holds the reason for as long as that lasts.
    """

    changed = Signal(Document, Document)
    shown = Signal()
    selected = Signal(tuple)
    run_changed = Signal()
    told = Signal(News)
    listed = Signal(int)
    saved = Signal()
    journal_failed = Signal(object)

    def __init__(
        self, document: Document, path: Path | None = None, *, journals: Path | None = None, unsaved: bool = False
    ) -> None:
        self.path = path
        self._journals = journals
        self._journal: Journal | None = None
        self.journal_error: NnvizError | None = None
        self._checked = 0.0
        self._live_since = 0.0
        self.live_pause = LIVE_SECONDS
        self._told_since = True
        self._shown_live: tuple[Document, Document] | None = None
        self.focus = Focus()
        self.selection: tuple[str, ...] = ()
        self.runner: Runner | None = None
        self.live: dict[str, NDArray[np.float64]] | None = None
        self._live_statistics: dict[str, NDArray[np.float64]] = {}
        self._newer: News | None = None
        self._curves = Rows(3)
        self._told_figures = Figures()
        self._figures: tuple[tuple[Run, ...], Mapping[str, NDArray[np.float64]], Figures] | None = None
        self.digits: int | None = None
        self.walk: Walkthrough | None = None
        self.step = -1
        self._history = History(document, saved=path is not None and not unsaved)
        self._unsaved = unsaved
        self._begin_journal()
        self._computed: tuple[Document, Focus, Trace | NnvizError] | None = None

    # the document and its history

    @property
    def document(self) -> Document:
        """The present document."""
        return self._history.document

    @property
    def modified(self) -> bool:
        """Whether it differs from its file; a new one, from what it began as: with all acts undone nothing is lost."""
        touched = self.path is not None or self._unsaved or self._history.can_undo
        return self._history.modified and touched

    @property
    def undo_title(self) -> str:
        """What undo would take back; empty if nothing."""
        return self._history.undo_title

    @property
    def redo_title(self) -> str:
        """What redo would bring back; empty if nothing."""
        return self._history.redo_title

    def do(self, edit: Act) -> None:
        """Carry out an edit.

        Raises
        ------
        TrainingRunsError
            If a training runs and the edit touches numbers.
        NnvizError
            If the edit is not possible; nothing has changed then.
        """
        if self.training and not isinstance(edit, HARMLESS):
            raise _training_runs(edit.title)
        before = self.document
        after = self._history.do(edit)
        self._note(lambda journal: journal.did(edit, after))  # type: ignore[arg-type]  # every act is of the union Edit
        self._tell(before, after)

    def undo(self) -> None:
        """Take back the last act.

        Raises
        ------
        TrainingRunsError
            If a training runs.
        """
        if self.training:
            raise _training_runs(tr("Undo"))
        before = self.document
        after = self._history.undo()
        self._note(lambda journal: journal.undid(after))
        self._tell(before, after)

    def redo(self) -> None:
        """Bring back what was undone last.

        Raises
        ------
        TrainingRunsError
            If a training runs.
        """
        if self.training:
            raise _training_runs(tr("Redo"))
        before = self.document
        after = self._history.redo()
        self._note(lambda journal: journal.redid(after))
        self._tell(before, after)

    def _tell(self, before: Document, after: Document) -> None:
        if after is before:
            return
        newer = after.data is not None and (before.data is None or before.data.table is not after.data.table)
        if not self._has_example() or (newer and self.focus.rows == "typed"):
            self.focus = Focus(of=self.focus.of)  # first: whoever hears of the rest looks at the document through it
        if self.focus.of is not None and self.focus.of.node not in after.graph.by_id:
            self.focus = replace(self.focus, of=None)
        self.leave_walk()
        self._forget_missing()
        self.changed.emit(before, after)
        self.saved.emit()
        self.shown.emit()

    def _forget_missing(self) -> None:
        graph = self.document.graph
        left = tuple(id for id in self.selection if id in graph.by_id or id in graph.edges_by_id)
        if left != self.selection:
            self.select(left)

    def _has_example(self) -> bool:
        focus = self.focus
        try:
            if focus.rows == "typed":
                return len(focus.values) == sum(slot.size for slot in self.document.plan.slots_of("input"))
            return focus.rows != "example" or focus.index < table_of(self.document).rows
        except NnvizError:
            return focus.rows == "typed" or focus == Focus(of=focus.of)

    # files

    def replace(self, document: Document, path: Path | None = None) -> None:
        """Open another document here: history, focus and selection begin anew; a training is stopped first."""
        self.stop_training()
        before = self.document
        self._history.close()
        self._history = History(document, saved=path is not None)
        self._end_journal()
        self._unsaved = False
        self.path, self.focus, self._curves, self.live = path, Focus(), Rows(3), None
        self._begin_journal()
        self.leave_walk()
        self.select(())
        self.changed.emit(before, document)
        self.saved.emit()
        self.shown.emit()

    def open(self, path: str | os.PathLike[str]) -> None:
        """Open a file in place of the present document.

        Raises
        ------
        FileError, FormatError
            If it cannot be read; the present document stays as it was.
        """
        self.replace(open_whole(path), Path(path))

    def save(self, path: str | os.PathLike[str] | None = None) -> None:
        """Save to ``path``, or to the document's own file.

        Raises
        ------
        FileError
            If it cannot be written; the document stays marked as modified.
        ConfigError
            If there is neither path nor file.
        """
        place = Path(path) if path is not None else self.path
        if place is None:
            raise ConfigError(tr("The document has no file yet"), hint=tr("Choose one with Save as"))
        save_document(self.document, place)
        self.path, self._unsaved = place, False
        self._history.mark_saved()
        self._note(lambda journal: journal.saved(self.document, place))
        self.saved.emit()

    def close(self) -> None:
        """End what runs, whose result nobody waits for, and remove what lies on disk."""
        runner, self.runner = self.runner, None
        if runner is not None:
            runner.stop()
        self._history.close()
        self._end_journal()

    # the crash journal

    @property
    def journaled(self) -> bool:
        """Whether every act is kept in a crash journal."""
        return self._journal is not None and self.journal_error is None

    def _begin_journal(self) -> None:
        self._note(lambda journal: None)

    def _end_journal(self) -> None:
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    def _note(self, write: Callable[[Journal], None]) -> None:
        """Write to the journal; an act stands even where its record could not be written, and that is told.

        Where there is no journal yet, for it could not be begun, it is begun with the document as it is now.
        """
        if self._journals is None:
            return
        try:
            if self._journal is None:
                path, unsaved = self.path or "", self.modified
                self._journal = Journal(self.document, path=path, unsaved=unsaved, folder=self._journals)
            else:
                write(self._journal)
            self.journal_error = None
        except NnvizError as error:
            is_told, self.journal_error = self.journal_error is not None, error
            if not is_told:
                self.journal_failed.emit(error)

    def _checkpoint(self, news: News) -> None:
        """Note where a running training stands, so that another run can go on from there."""
        if news.parameters is not None and news.state is not None:
            self._checked = monotonic()
            reached = self.document.with_(parameters=news.parameters, state=news.state)
            self._note(lambda journal: journal.checkpoint(reached))

    # what is shown

    @property
    def shown_document(self) -> Document:
        """The document whose numbers are shown: with the live weights of a running training."""
        if self.live is None:
            return self.document
        made = self._shown_live
        if made is None or made[0] is not self.document or made[1].parameters is not self.live:
            # One object for as long as nothing differs: what was computed of it is found again by it.
            state = replace(self.document.state, statistics=self._live_statistics)
            made = self._shown_live = (self.document, self.document.with_(parameters=self.live, state=state))
        return made[1]

    @property
    def trace(self) -> Trace | None:
        """The computed network at the focus, or None where it cannot be computed (:attr:`problem` tells why)."""
        found = self._compute()
        return found if isinstance(found, Trace) else None

    @property
    def problem(self) -> NnvizError | None:
        """What keeps the network from being computed at the focus."""
        found = self._compute()
        return found if isinstance(found, NnvizError) else None

    @property
    def lacks_rows(self) -> bool:
        """Whether nothing but a row of numbers is missing for the network to be computed."""
        return self.document.data is None and self.problem is not None and not problems(self.document.graph)

    def _compute(self) -> Trace | NnvizError:
        document = self.shown_document
        if self._computed is not None and self._computed[0] is document and self._computed[1] == self.focus:
            return self._computed[2]
        try:
            found: Trace | NnvizError = forward(document, self.focus)
        except NnvizError as error:
            found = error
        self._computed = (document, self.focus, found)
        return found

    def annotator(self) -> Annotator:
        """The annotations to be shown: of the walkthrough's step, or of the computed network, or dashes."""
        return self.annotated(self.digits)

    def annotated(self, digits: int | None) -> Annotator:
        """The same to another number of significant digits, as an export may want them."""
        if self.walk is not None:
            return self.walk.annotator(self.step, digits)
        return Annotator(self.shown_document, self.trace, digits=digits)

    def show_digits(self, digits: int | None) -> None:
        """Show numbers to so many significant digits, 2 to 17 (all); None is 4 of values and 3 of gradients.

        Raises
        ------
        ConfigError
            If so many digits cannot be shown.
        """
        if digits != self.digits:
            self.digits = checked_digits(digits)
            self.shown.emit()

    def look_at(self, focus: Focus) -> None:
        """Show the numbers of other rows, or in another mode.

        Raises
        ------
        DataError
            If there is no such example or batch.
        """
        if focus == self.focus:
            return
        if focus != Focus():  # where everything begins, computed or not
            forward(self.document, focus)
        self.leave_walk()
        self.focus = focus
        self.shown.emit()

    def differentiate(self, of: Target | None) -> None:
        """Let all ∂ be of this node, or of J again.

        Raises
        ------
        NnvizError
            If it has several units and none is named, or cannot be computed.
        """
        self.look_at(replace(self.focus, of=of))

    @property
    def goal(self) -> str:
        """What is differentiated, as a reader sees it: J, unless a node was named."""
        return "J" if self.focus.of is None else subscripted(self.focus.of.label(self.document.graph))

    def select(self, ids: tuple[str, ...]) -> None:
        """Select these nodes and edges, and nothing else."""
        if ids != self.selection:
            self.selection = ids
            self.selected.emit(ids)

    # the walkthrough

    def begin_walk(self) -> Walkthrough:
        """The walkthrough of the present document at the focus; begun if need be, before its first step.

        Raises
        ------
        TrainingRunsError
            If a training runs.
        NnvizError
            What keeps the network from being computed.
        """
        if self.training:
            raise _training_runs(tr("Stepping"))
        if self.walk is None:
            self.walk, self.step = walkthrough(self.document, self.focus), -1
        return self.walk

    def go_to_step(self, index: int) -> None:
        """Go to a step (−1: before the first), within the walkthrough's ends."""
        walk = self.begin_walk()
        self.step = max(-1, min(index, len(walk.steps) - 1))
        self.shown.emit()

    def finish_phase(self) -> None:
        """Go to the last step of the present phase; at its end, of the next."""
        steps = self.begin_walk().steps
        if not steps:  # inputs alone: there is nothing to compute
            return
        phase = steps[min(self.step + 1, len(steps) - 1)].phase
        last = max(index for index, step in enumerate(steps) if step.phase == phase)
        self.go_to_step(last)

    def leave_walk(self) -> None:
        """Show all numbers again."""
        if self.walk is not None:
            self.walk, self.step = None, -1
            self.shown.emit()

    def keep_update(self) -> None:
        """End the walkthrough with the weights after its whole update, as one act.

        Raises
        ------
        NnvizError
            If the new weights are not finite.
        """
        act = None if self.walk is None else self.walk.keeping()
        if act is not None:
            self.do(act)

    # training

    @property
    def training(self) -> bool:
        """Whether a training is under way or paused."""
        return self.runner is not None

    @property
    def at_work(self) -> bool:
        """Whether a training is under way and not paused: numbers are on their way to newer ones."""
        return self.runner is not None and not self.runner.paused

    @property
    def curves(self) -> NDArray[np.float64]:
        """Of every epoch of the last run so far its number, training loss and validation loss (NaN without one)."""
        return self._curves.all

    @property
    def figures(self) -> Figures:
        """J and accuracy as a running training told them last, else by the weights that the last one left."""
        document, known = self.document, self._figures
        if self.runner is not None:
            return self._told_figures
        if known is None or known[0] is not document.runs:
            found = figures(document) if document.runs else Figures()
            known = self._figures = document.runs, document.parameters, found
        return known[2] if known[1] is document.parameters else Figures()

    def start_training(self) -> None:
        """Train by the document's settings, in a thread.

        Raises
        ------
        NnvizError
            What keeps it from beginning.
        """
        if self.runner is None:
            self.leave_walk()
            runner = Runner(self.document)
            self._curves, self._told_figures = Rows(3), Figures()
            self.runner = runner
            self._checked, self._live_since = monotonic(), 0.0
            runner.start()
            self.run_changed.emit()

    def pause_training(self, pause: bool = True) -> None:
        """Let a running training wait, or go on."""
        if self.runner is not None:
            (self.runner.pause if pause else self.runner.resume)()
            self.run_changed.emit()

    def stop_training(self) -> None:
        """End a running training after its current update and keep what it has reached, as one act."""
        if self.runner is not None:
            self.runner.stop()
            self._end_run()

    def poll(self) -> News | None:
        """Take over what a running training has told; to be called by a timer. Gives None when none runs."""
        if self.runner is None:
            return None
        alive = self.runner.alive
        due = monotonic() - self._checked >= CHECKPOINT_SECONDS
        news = self.runner.news(state=due)
        self._curves.add(news.epochs)
        self._told_figures = Figures(validation=news.validation)
        self._checkpoint(news)
        self._told_since = not self._show_live(news)
        if self._told_since:
            self.told.emit(news)
        if not alive:
            self._end_run()
        return news

    def _show_live(self, news: News) -> bool:
        """Show newer weights if it is their turn: never twice in a row, for the plot has as many turns."""
        if news.parameters is not None:
            self._newer = news  # kept until its turn: a training that is paused tells of its weights once
        resting = monotonic() - self._live_since < self.live_pause
        if self._newer is None or not self._told_since or resting:
            return False
        self.live, self._live_since = self._newer.parameters, monotonic()
        self._live_statistics, self._newer = self._newer.statistics, None
        self.shown.emit()
        return True

    def _end_run(self) -> None:
        runner, self.runner, self.live, self._newer = self.runner, None, None, None
        assert runner is not None
        self._curves.add(runner.news().epochs)
        if runner.fault is None:
            result = runner.result()
            if result.state.step != self.document.state.step:
                self.do(result)
        self._note(lambda journal: journal.checkpoint(None))
        self.run_changed.emit()
        self.shown.emit()
        if runner.fault is not None:
            raise runner.fault

    def update_once(self) -> None:
        """Make the one update that training would make next, as one act.

        Raises
        ------
        NnvizError
            What keeps it from being made; a DivergedError if its numbers were not finite.
        """
        if self.training:
            raise _training_runs(tr("One update"))
        training = training_of(self.document, slice_seconds=0.0, executor="clear")
        next(training)
        if training.error is not None:
            raise training.error
        self.do(ApplyRun(training.parameters, training.state, training.record()))


def _training_runs(what: str) -> TrainingRunsError:
    return TrainingRunsError(
        tr("{what} would change what the running training works on", what=what),
        hint=tr("Stop the training first"),
    )
