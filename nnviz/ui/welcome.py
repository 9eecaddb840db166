"""The card with ways to begin: an example, a network from its sizes, an own table, a recent file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from nnviz.document.build import new
from nnviz.document.document import Document
from nnviz.errors import shortened
from nnviz.lowering.kinds import ACTIVATIONS, BIAS_MODES
from nnviz.session.examples import example
from nnviz.ui.flow import Flow
from nnviz.ui.kind_words import choice_words
from nnviz.ui.theme import GRID, scaled
from nnviz.ui.tips import literal
from nnviz.ui.widgets import ElidedLabel, button, heading, label
from nnviz.words import tr

EXAMPLES = (
    ("mazur", tr("Backpropagation, step by step"), tr("2-2-2, every number checked by hand")),
    ("pass", tr("Will I pass this class?"), tr("2-3-1, identity, no bias")),
    ("xor", tr("XOR, solved by hand"), tr("two perceptrons and one")),
    ("iris", tr("Iris 4-8-3"), tr("150 flowers, trained in seconds")),
    ("bars", tr("Bars, lying or standing"), tr("8×8 pictures, told apart by a convolution")),
)


class Welcome(QDialog):
    """Ways to begin.

    Signals
    -------
    chosen(make) : a way was taken; ``make()`` gives the document, or the path of a file.
    opening_wished() : a file is to be chosen.
    """

    chosen = Signal(object)
    opening_wished = Signal()

    def __init__(self, recent: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Ways to begin"))
        column = QVBoxLayout(self)
        column.setContentsMargins(*(3 * GRID,) * 4)
        column.setSpacing(GRID)
        column.addWidget(label(tr("Ways to begin"), "title"))
        for words, part in (
            (tr("A solved example"), self._examples()),
            (tr("A new network"), self._new_network()),
            (tr("Work of your own"), self._own(recent)),
        ):
            column.addSpacing(GRID)
            column.addWidget(heading(words))
            column.addLayout(part)
        column.addStretch(1)
        width = min(scaled(640), round(0.9 * self.screen().availableGeometry().width()))
        self.resize(width, column.totalHeightForWidth(width))

    def _examples(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(GRID)
        for place, (name, words, explained) in enumerate(EXAMPLES):
            card = _Card(words, explained)
            card.clicked.connect(lambda checked=False, name=name: self._take(lambda: example(name)))
            grid.addWidget(card, place // 2, place % 2)
            grid.setColumnStretch(place % 2, 1)
        return grid

    def _new_network(self) -> QVBoxLayout:
        rows = QVBoxLayout()
        rows.setSpacing(GRID // 2)
        rows.addLayout(self._sized())
        links = QVBoxLayout()
        links.setContentsMargins(-GRID, 0, 0, 0)  # the words of a link begin behind its edge
        drawn = self._link(tr("Empty canvas, to draw on"), lambda: self._take(Document))
        links.addWidget(drawn, 0, Qt.AlignmentFlag.AlignLeft)
        rows.addLayout(links)
        return rows

    def _sized(self) -> Flow:
        self.sizes = QLineEdit("2-3-1")
        self.sizes.setAccessibleName(tr("Units of each layer"))
        self.sizes.setToolTip(tr("Units of each layer, such as 2-3-1: two inputs, three hidden units, one output"))
        self.sizes.setFixedWidth(scaled(120))
        self.activation = _combo(tr("Activation of hidden units"), ACTIVATIONS[:4], "sigmoid")
        self.output = _combo(tr("Activation of the outputs"), ACTIVATIONS, "identity")
        self.bias = _combo(tr("Biases"), BIAS_MODES, "trained")
        self.sizes.returnPressed.connect(lambda: self._take(self._made))
        row = Flow(spacing=GRID)
        for words, widget in (
            (tr("units of each layer"), self.sizes),
            (tr("hidden activation"), self.activation),
            (tr("output activation"), self.output),
            (tr("biases"), self.bias),
            ("", button(tr("Make it"), lambda: self._take(self._made))),
        ):
            row.addWidget(_under(words, widget))
        return row

    def _own(self, recent: Sequence[str]) -> QVBoxLayout:
        rows = QVBoxLayout()
        rows.setContentsMargins(-GRID, 0, 0, 0)  # the words of a link begin behind its edge
        rows.setSpacing(0)
        for path in map(Path, recent[:4]):
            row = QHBoxLayout()
            row.addWidget(self._link(path.name, lambda path=path: self._take(lambda: path)))  # type: ignore[misc]  # the default is the path of this turn
            row.addWidget(ElidedLabel(str(path.parent), "small", Qt.TextElideMode.ElideMiddle), 1)
            rows.addLayout(row)
        open_it = self._link(tr("Open a document or a table (CSV)…"), self._open)
        rows.addWidget(open_it, 0, Qt.AlignmentFlag.AlignLeft)
        return rows

    @staticmethod
    def _link(words: str, act: Callable[[], object]) -> QPushButton:
        return button(literal(shortened(words, 48)), act, role="link")

    def _open(self) -> None:
        self.accept()
        self.opening_wished.emit()

    def _made(self) -> Document:
        return new(
            self.sizes.text().strip(),
            activation=self.activation.currentData(),
            output=self.output.currentData(),
            bias=self.bias.currentData(),
        )

    def _take(self, make: Callable[[], Document | Path]) -> None:
        self.accept()
        self.chosen.emit(make)


class _Card(QPushButton):
    """A button with a name and, quieter, what it is about, on as many lines as they need."""

    def __init__(self, words: str, explained: str) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.setAccessibleName(words)
        self.setAccessibleDescription(explained)
        self.setAutoDefault(False)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(2 * GRID, GRID + GRID // 2, 2 * GRID, GRID + GRID // 2)
        rows.setSpacing(2)
        for text, role in ((words, "strong"), (explained, "small")):
            made = label(text, role, wrapped=True)
            made.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            rows.addWidget(made)
        rows.addStretch(1)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def sizeHint(self) -> QSize:
        """That of the words."""
        return self.layout().sizeHint()  # type: ignore[union-attr]  # made with one

    def minimumSizeHint(self) -> QSize:
        """That of the words."""
        return self.layout().minimumSize()  # type: ignore[union-attr]  # made with one


def _under(words: str, widget: QWidget) -> QWidget:
    """A control under its name."""
    made = QWidget()
    made.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    rows = QVBoxLayout(made)
    rows.setContentsMargins(0, 0, 0, 0)
    rows.setSpacing(GRID // 2)
    rows.addWidget(label(words, "small"))
    rows.addWidget(widget)
    return made


def _combo(name: str, items: Sequence[str], now: str) -> QComboBox:
    combo = QComboBox()
    for item in items:
        combo.addItem(choice_words(item), item)
    combo.setCurrentIndex(combo.findData(now))
    combo.setAccessibleName(name)
    combo.setToolTip(name)
    return combo
