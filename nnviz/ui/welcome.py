"""The card with ways to begin: an example, a network from its sizes, an own table, a recent file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QDialog, QGridLayout, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from nnviz.document.build import new
from nnviz.document.document import Document
from nnviz.lowering.kinds import ACTIVATIONS, BIAS_MODES
from nnviz.session.examples import example
from nnviz.ui.widgets import heading, label
from nnviz.words import tr

EXAMPLES = (
    ("mazur", tr("Backpropagation, step by step"), tr("2-2-2, every number to be checked by hand")),
    ("pass", tr("Will I pass this class?"), tr("2-3-1, linear, no bias")),
    ("xor", tr("XOR, solved by hand"), tr("two perceptrons and one")),
    ("iris", tr("Iris 4-8-3"), tr("150 flowers, trained in seconds")),
)


class Welcome(QDialog):
    """Ways to begin.

    Signals
    -------
    chosen(make) : a way was taken; ``make()`` gives the document, or the path of a file.
    """

    chosen = Signal(object)

    def __init__(self, recent: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Ways to begin"))
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(12)
        column.addWidget(label(tr("Ways to begin"), "title"))
        column.addWidget(heading(tr("A solved example")))
        column.addLayout(self._examples())
        column.addWidget(heading(tr("A new network")))
        column.addLayout(self._new_network())
        if recent:
            column.addWidget(heading(tr("Opened lately")))
            for path in recent[:4]:
                column.addWidget(self._button(Path(path).name, path, lambda path=path: Path(path)))  # type: ignore[misc]
        hint = tr("Or drop a document or a table (CSV) on the canvas, or drag blocks from the left.")
        column.addWidget(label(hint, "muted", wrapped=True))

    def _button(self, words: str, explained: str, make: Callable[[], Document | Path]) -> QPushButton:
        button = QPushButton(words)
        button.setToolTip(explained)
        button.setAccessibleDescription(explained)
        button.setAutoDefault(False)
        button.clicked.connect(lambda: self._take(make))
        return button

    def _examples(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        for row, (name, words, explained) in enumerate(EXAMPLES):
            grid.addWidget(self._button(words, explained, lambda name=name: example(name)), row, 0)  # type: ignore[misc]
            grid.addWidget(label(explained, "muted"), row, 1)
        return grid

    def _new_network(self) -> QHBoxLayout:
        self.sizes = QLineEdit("2-3-1")
        self.sizes.setAccessibleName(tr("Units of each layer"))
        self.sizes.setToolTip(tr("Units of each layer, such as 2-3-1: two inputs, three hidden units, one output"))
        self.activation = _combo(tr("Activation of hidden units"), ACTIVATIONS[:4], "sigmoid")
        self.output = _combo(tr("Activation of the outputs"), ACTIVATIONS, "identity")
        self.bias = _combo(tr("Biases"), BIAS_MODES, "trained")
        make = QPushButton(tr("Make it"))
        make.setAutoDefault(False)
        make.clicked.connect(lambda: self._take(self._made))
        self.sizes.returnPressed.connect(lambda: self._take(self._made))
        row = QHBoxLayout()
        row.addWidget(self.sizes, 1)
        for words, widget in ((tr("hidden"), self.activation), (tr("output"), self.output), (tr("bias"), self.bias)):
            row.addWidget(label(words, "muted"))
            row.addWidget(widget)
        row.addWidget(make)
        return row

    def _made(self) -> Document:
        return new(
            self.sizes.text().strip(),
            activation=self.activation.currentText(),
            output=self.output.currentText(),
            bias=self.bias.currentText(),
        )

    def _take(self, make: Callable[[], Document | Path]) -> None:
        self.accept()
        self.chosen.emit(make)


def _combo(name: str, items: Sequence[str], now: str) -> QComboBox:
    combo = QComboBox()
    combo.addItems(list(items))
    combo.setCurrentText(now)
    combo.setAccessibleName(name)
    combo.setToolTip(name)
    return combo
