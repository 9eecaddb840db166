"""The focus bar above the canvas: which rows the numbers belong to, in which mode, and which labels are shown."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QToolButton, QWidget

from nnviz.errors import NnvizError
from nnviz.session.computing import Focus, table_of
from nnviz.session.drawing import SHOW
from nnviz.session.session import Session
from nnviz.ui.icons import icon
from nnviz.words import tr

LABELS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("weights and gradients", SHOW),
    ("weights", tuple(part for part in SHOW if part not in ("gradient", "delta"))),
    ("gradients", tuple(part for part in SHOW if part != "weight")),
    ("values only", ("value", "target")),
    ("names only", ()),
)


class FocusBar(QWidget):
    """Chooses the focus of a session, and the labels of the canvas.

    Signals
    -------
    labels_changed(parts) : other parts are to be shown, from :data:`nnviz.session.drawing.SHOW`.
    refused(error) : a focus was not possible.
    """

    labels_changed = Signal(tuple)
    refused = Signal(object)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "panel")
        self.session = session
        self.rows = self._combo(tr("Rows shown"), [tr("example"), tr("batch"), tr("all training rows")])
        self.number = QLineEdit("1")
        self.number.setFixedWidth(56)
        self.number.setAccessibleName(tr("Number of the example or batch"))
        self.number.setToolTip(tr("Which example or batch the numbers belong to, from 1"))
        self.total = QLabel()
        self.before, self.after = (
            self._button("chevron-left", tr("The one before")),
            self._button("chevron-right", tr("The next one")),
        )
        self.mode = self._combo(tr("Mode"), [tr("evaluate"), tr("train")])
        self.mode.setToolTip(tr("train: dropout is on, drawn for the next update; evaluate: dropout is off"))
        self.labels = self._combo(tr("Labels shown"), [tr(words) for words, _ in LABELS])
        self.note = QLabel()
        self.note.setProperty("role", "muted")
        for label in (self.total, self.note):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._lay_out()
        self._listen()
        self.refresh()

    def _combo(self, name: str, items: list[str]) -> QComboBox:
        combo = QComboBox()
        combo.addItems(items)
        combo.setAccessibleName(name)
        combo.setToolTip(name)
        return combo

    def _button(self, drawing: str, words: str) -> QToolButton:
        button = QToolButton()
        button.setIcon(icon(drawing))
        button.setToolTip(words)
        button.setAccessibleName(words)
        return button

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 12, 6)
        row.setSpacing(6)
        row.addWidget(QLabel(tr("Showing")))
        for widget in (self.rows, self.before, self.number, self.total, self.after, self.mode):
            row.addWidget(widget)
        row.addStretch()
        row.addWidget(self.note)
        row.addWidget(QLabel(tr("Labels")))
        row.addWidget(self.labels)

    def _listen(self) -> None:
        self.rows.activated.connect(lambda index: self._look(index, 0))
        self.number.editingFinished.connect(self._typed)
        self.before.clicked.connect(lambda: self.go(-1))
        self.after.clicked.connect(lambda: self.go(1))
        self.mode.activated.connect(lambda index: self._look(self.rows.currentIndex(), self.session.focus.index))
        self.labels.activated.connect(lambda index: self.labels_changed.emit(LABELS[index][1]))
        self.session.shown.connect(self.refresh)

    def shown_parts(self) -> tuple[str, ...]:
        """The parts that the canvas shows."""
        return LABELS[self.labels.currentIndex()][1]

    def go(self, way: int) -> None:
        """To the next or the one before, around the ends."""
        count = self._count()
        if count:
            self._look(self.rows.currentIndex(), (self.session.focus.index + way) % count)

    def _typed(self) -> None:
        text = self.number.text().strip()
        if text == str(self.session.focus.index + 1):
            return
        self._look(self.rows.currentIndex(), int(text) - 1 if text.isdecimal() else -1)

    def _look(self, rows: int, index: int) -> None:
        kinds = ("example", "batch", "all")
        focus = Focus(kinds[rows], index if rows < 2 else 0, "train" if self.mode.currentIndex() else "evaluate")  # type: ignore[arg-type]
        try:
            self.session.look_at(focus)
        except NnvizError as error:
            self.refused.emit(error)
        self.refresh()

    def _count(self) -> int:
        """How many examples or batches there are to go through; 0 where there is nothing to choose."""
        try:
            rows = table_of(self.session.document).rows
        except NnvizError:
            return 0
        focus, size = self.session.focus, self.session.document.training.batch_size
        if focus.rows == "example":
            return rows
        return -(-rows // size) if focus.rows == "batch" and size else 0

    def refresh(self) -> None:
        """Show the session's focus."""
        focus, count = self.session.focus, self._count()
        self.rows.setCurrentIndex(("example", "batch", "all").index(focus.rows))
        self.mode.setCurrentIndex(0 if focus.mode == "evaluate" else 1)
        self.mode.setVisible(any(node.kind == "dropout" for node in self.session.document.graph.nodes))
        if not self.number.hasFocus() or not self.number.isModified():
            self.number.setText(str(focus.index + 1))
        self.total.setText(tr("of {n}", n=count) if focus.rows == "example" else "")
        for widget in (self.number, self.before, self.after, self.total):
            widget.setVisible(focus.rows != "all" and count > 0)
        self.note.setText(tr("values are means") if focus.rows != "example" else "")
