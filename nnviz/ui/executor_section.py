"""Who carries a training, and with how many digits."""

from __future__ import annotations

from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox

from nnviz.document.edits import SetTraining
from nnviz.session.session import Session
from nnviz.ui.section import Section
from nnviz.words import tr

EXECUTORS = (
    (
        "fast",
        tr("compiled, fast"),
        tr("Equal to rounding; small networks train 20 to 50 times as fast. Default"),
    ),
    ("clear", tr("step by step, slower"), tr("One operation at a time, with the very bits that the walkthrough shows")),
)
PRECISIONS = (
    ("float64", tr("float64, 16 digits"), tr("What a calculation by hand can be checked against. Default")),
    ("float32", tr("float32, 7 digits"), tr("What most programs train with; quicker for large layers")),
)


class ExecutorSection(Section):
    """The executor and the precision of the session's document."""

    def __init__(self, session: Session) -> None:
        super().__init__(session, tr("Speed and precision"))
        self.executor = _menu(tr("How training is computed"), EXECUTORS)
        self.precision = _menu(tr("Precision"), PRECISIONS)
        self.executor.activated.connect(lambda: self._set(executor=self.executor.currentData()))
        self.precision.activated.connect(lambda: self._set(precision=self.precision.currentData()))
        self.form.add_row(tr("training"), self.executor)
        self.form.add_row(tr("numbers"), self.precision)
        self.refresh()

    def refresh(self) -> None:
        """Show the document's settings."""
        training = self.session.document.training
        for menu, now in ((self.executor, training.executor), (self.precision, training.precision)):
            menu.setCurrentIndex(menu.findData(now))

    def _set(self, **changes: str) -> None:
        self.do(SetTraining(replace(self.session.document.training, **changes)))


def _menu(name: str, choices: tuple[tuple[str, str, str], ...]) -> QComboBox:
    menu = QComboBox()
    for place, (key, words, told) in enumerate(choices):
        menu.addItem(words, key)
        menu.setItemData(place, told, Qt.ItemDataRole.ToolTipRole)
    menu.setAccessibleName(name)
    menu.setToolTip("\n".join(f"{words}: {told}." for _, words, told in choices))
    return menu
