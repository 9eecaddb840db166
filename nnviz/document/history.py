"""The undo history: every document there was, so that undo and redo bring back equal bits."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Final

from nnviz.document.acts import Act
from nnviz.document.document import Document
from nnviz.document.spill import Spill, arrays_of
from nnviz.errors import FileError

MAX_ACTS: Final = 1_000
MAX_ARRAY_BYTES: Final = 512 * 2**20


class History:
    """A document, what came before it and what was undone.

    No act is ever forgotten. Beyond the budget, the documents farthest from the present one lie on disk and come back
    when they are undone or redone to.

    Parameters
    ----------
    document : the first one.
    max_acts : how many documents besides the present one stay in memory.
    max_bytes : how many bytes their distinct arrays may take there.
    folder : where documents are put aside; the system's place for temporary files if None.
    saved : whether the first document is equal to a file.
    """

    def __init__(
        self,
        document: Document,
        *,
        max_acts: int = MAX_ACTS,
        max_bytes: int = MAX_ARRAY_BYTES,
        folder: Path | None = None,
        saved: bool = True,
    ) -> None:
        self._max_acts = max_acts
        self._max_bytes = max_bytes
        self._spill = Spill(folder)
        self._steps: list[Document | str] = [document]  # a text names a document that lies on disk
        self._titles: list[str] = [""]  # of the act that led to each
        self._now = 0
        self._saved: int | None = 0 if saved else None
        self._first, self._last = 0, 0  # of the steps in memory
        self._held: Counter[int] = Counter()
        self._bytes = 0
        self._hold(document)

    @property
    def document(self) -> Document:
        """The present document."""
        here = self._steps[self._now]
        assert isinstance(here, Document)  # the present one is never put aside
        return here

    @property
    def can_undo(self) -> bool:
        """Whether there is an act to undo."""
        return self._now > 0

    @property
    def can_redo(self) -> bool:
        """Whether there is an act to redo."""
        return self._now < len(self._steps) - 1

    @property
    def undo_title(self) -> str:
        """The title of the act that would be undone; empty if there is none."""
        return self._titles[self._now]

    @property
    def redo_title(self) -> str:
        """The title of the act that would be redone; empty if there is none."""
        return self._titles[self._now + 1] if self.can_redo else ""

    @property
    def modified(self) -> bool:
        """Whether the present document differs from the saved one."""
        return self._saved != self._now

    @property
    def bytes_in_memory(self) -> int:
        """How many bytes the distinct arrays of all documents in memory take."""
        return self._bytes

    def mark_saved(self) -> None:
        """Note that the present document is equal to its file."""
        self._saved = self._now

    def do(self, edit: Act) -> Document:
        """Apply an edit; one that changes nothing is not recorded.

        Raises
        ------
        NnvizError
            If the edit is not possible; the history is as it was.
        """
        after = edit.apply(self.document)
        if after is not self.document:
            self._forget_undone()
            self._steps.append(after)
            self._titles.append(edit.title)
            self._now = self._last = len(self._steps) - 1
            self._hold(after)
            self._keep_budget()
        return after

    def undo(self) -> Document:
        """Go back by one act; without one, stay.

        Raises
        ------
        FileError, FormatError
            If that document lay on disk and somebody has removed or changed it there; the present one stays.
        """
        return self._go(self._now - 1) if self.can_undo else self.document

    def redo(self) -> Document:
        """Go forward by one undone act; without one, stay.

        Raises
        ------
        FileError, FormatError
            As :meth:`undo`.
        """
        return self._go(self._now + 1) if self.can_redo else self.document

    def close(self) -> None:
        """Remove what lies on disk; the history is of no use afterwards."""
        self._spill.close()

    def _go(self, place: int) -> Document:
        step = self._steps[place]
        if isinstance(step, str):
            document = self._spill.get(step)
            self._spill.drop(step)
            self._steps[place] = document
            self._hold(document)
            self._first, self._last = min(self._first, place), max(self._last, place)
        self._now = place
        self._keep_budget()
        return self.document

    def _forget_undone(self) -> None:
        for step in self._steps[self._now + 1 :]:
            if isinstance(step, str):
                self._spill.drop(step)
            else:
                self._release(step)
        del self._steps[self._now + 1 :], self._titles[self._now + 1 :]
        if self._saved is not None and self._saved > self._now:
            self._saved = None

    def _keep_budget(self) -> None:
        """Put aside the farthest documents until the others keep within the budget."""
        while self._last > self._first and (self._last - self._first > self._max_acts or self._bytes > self._max_bytes):
            oldest_is_farthest = self._now - self._first >= self._last - self._now
            place = self._first if oldest_is_farthest else self._last
            step = self._steps[place]
            assert isinstance(step, Document)
            try:
                self._steps[place] = self._spill.put(step)
            except FileError:
                return  # without room on the disk it stays in memory; nothing may be lost
            self._release(step)
            self._first += oldest_is_farthest
            self._last -= not oldest_is_farthest

    def _hold(self, document: Document) -> None:
        for array in arrays_of(document):
            key = id(array)  # of use while the array is held, and no longer
            self._bytes += array.nbytes if self._held[key] == 0 else 0
            self._held[key] += 1

    def _release(self, document: Document) -> None:
        for array in arrays_of(document):
            key = id(array)
            self._held[key] -= 1
            if self._held[key] == 0:
                del self._held[key]
                self._bytes -= array.nbytes
