"""An asker that answers from a script and notes what it was asked, in the place of the one that opens dialogs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QWidget

from nnviz.errors import NnvizError
from nnviz.ui.dialogs import Answer, Asker, FileKind


class ScriptedAsker(Asker):
    """Gives the answers in ``answers``, one after the other; ``asked`` holds what was asked, ``refusals`` the errors.

    A question nobody has an answer for fails the test.
    """

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        self.refusals: list[NnvizError] = []

    def _next(self, question: str) -> Any:
        self.asked.append(question)
        assert self.answers, f"no answer for: {question}"
        return self.answers.pop(0)

    def save_changes(self, parent: QWidget | None, name: str) -> Answer:
        return self._next(f"save {name}")

    def question(
        self, parent: QWidget | None, text: str, detail: str, *, yes: str, no: str = "", icon: str = "question"
    ) -> bool:
        return self._next(text)

    def choose(self, parent: QWidget | None, text: str, detail: str, choices: Sequence[str]) -> int | None:
        return self._next(text)

    def refuse(self, parent: QWidget | None, error: NnvizError, doing: str = "") -> None:
        self.refusals.append(error)

    def tell(self, parent: QWidget | None, text: str, detail: str = "") -> None:
        self.asked.append(text)

    def open_file(
        self, parent: QWidget | None, title: str, kinds: Sequence[FileKind], folder: Path | None = None
    ) -> Path | None:
        return self._next(title)

    def save_file(
        self, parent: QWidget | None, title: str, kinds: Sequence[FileKind], suggestion: Path | None = None
    ) -> Path | None:
        return self._next(title)
