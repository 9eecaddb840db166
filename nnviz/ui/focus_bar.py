"""The focus bar above the canvas: which rows the numbers belong to, in which mode; which labels, to what precision."""

from __future__ import annotations

from typing import Literal

from msgspec.structs import replace
from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QPushButton, QSizePolicy, QWidget

from nnviz.errors import NnvizError
from nnviz.numbers import ALL_DIGITS, FEWEST_DIGITS, GRADIENT_DIGITS, VALUE_DIGITS
from nnviz.session.computing import Focus, table_of
from nnviz.session.derivatives import nothing
from nnviz.session.drawing import PARTS, SHOW
from nnviz.session.session import Session
from nnviz.ui.flow import Flow
from nnviz.ui.theme import GRID
from nnviz.ui.widgets import icon_button, label
from nnviz.words import tr

LABELS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("weights and gradients", SHOW),
    ("all, with ∂ of nodes", PARTS),
    ("weights", tuple(part for part in SHOW if part not in ("gradient", "delta"))),
    ("gradients", tuple(part for part in SHOW if part != "weight")),
    ("values only", ("value", "target")),
    ("names only", ()),
)

DIGITS: tuple[int | None, ...] = (None, *range(FEWEST_DIGITS, ALL_DIGITS + 1))
"""Choices of significant digits; None is the rule for values and gradients."""
WITH_MODE = ("dropout", "batch_norm")
"""Kinds of nodes that compute something else in training."""
KINDS: tuple[Literal["example", "batch", "all", "typed"], ...] = ("example", "batch", "all", "typed")
NOTES = {"batch": tr("values are means"), "all": tr("values are means"), "typed": tr("no targets, so no loss")}


class FocusBar(QWidget):
    """Chooses the focus of a session, the labels of the canvas, and the digits of all numbers.

    Signals
    -------
    labels_changed(parts) : other parts are to be shown, from :data:`nnviz.session.drawing.PARTS`.
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
        self.number.setAccessibleName(tr("Number of the example or batch"))
        self.number.setToolTip(tr("Which example or batch the numbers belong to, from 1"))
        self.total = label("", "muted")
        self.before = icon_button("chevron-left", tr("The one before"), lambda: self.go(-1))
        self.after = icon_button("chevron-right", tr("The next one"), lambda: self.go(1))
        self.mode = self._combo(tr("Mode"), [tr("evaluate"), tr("train")])
        self.mode.setToolTip(
            tr(
                "train: dropout is on, drawn for the next update, and batch normalisation takes the rows shown;"
                " evaluate: dropout is off, and batch normalisation takes its running statistics"
            )
        )
        self.labels = self._combo(tr("Labels shown"), [tr(words) for words, _ in LABELS])
        self.digits = self._combo(tr("Digits shown"), [digits_words(digits) for digits in DIGITS])
        self.digits.setToolTip(tr("Significant digits, rounded for display only; 4 / 3 is values to 4, gradients to 3"))
        self.note = label("", "muted")
        self.goal = label("")
        self.back = QPushButton(tr("Back to J"))
        self.back.setToolTip(tr("Let all ∂ be of the loss J again"))
        self._lay_out()
        self._listen()
        self.refresh()

    def _combo(self, name: str, items: list[str]) -> QComboBox:
        combo = QComboBox()
        combo.addItems(items)
        combo.setAccessibleName(name)
        combo.setToolTip(name)
        return combo

    def _lay_out(self) -> None:
        self._number_row = _together(self.before, self.number, self.total, self.after)
        self._words = label(tr("Showing"), "muted"), label(tr("Labels"), "muted"), label(tr("Digits"), "muted")
        row = Flow(self, spacing=GRID)
        row.setContentsMargins(GRID + GRID // 2, GRID - 2, GRID + GRID // 2, GRID - 2)
        for widget in (_together(self._words[0], self.rows), self._number_row, self.mode):
            row.addWidget(widget)
        self._goal_row = _together(self.goal, self.back)
        row.addWidget(self._goal_row)
        row.add_spring()
        row.addWidget(self.note)
        row.addWidget(_together(self._words[1], self.labels))
        row.addWidget(_together(self._words[2], self.digits))
        self._fit()

    def _fit(self) -> None:
        """Room for the number of any example there is likely to be; for words only where all stays in one line."""
        self.number.setFixedWidth(self.number.fontMetrics().horizontalAdvance("0000") + 3 * GRID)
        hidden = sum(word.sizeHint().width() + GRID // 2 for word in self._words if word.isHidden())
        roomy = self.sizeHint().width() + hidden <= self.width()
        for word in self._words:
            word.setVisible(roomy)

    def event(self, event: QEvent) -> bool:
        """What stands in it has become wider or narrower."""
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return done

    def resizeEvent(self, event: QResizeEvent) -> None:
        """There may be room for more now."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """The type has another size."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and hasattr(self, "_number_row"):
            self._fit()

    def _listen(self) -> None:
        self.rows.activated.connect(lambda index: self._look(index, 0))
        self.number.editingFinished.connect(self._typed)
        self.mode.activated.connect(lambda index: self._look(self.rows.currentIndex(), self.session.focus.index))
        self.back.clicked.connect(lambda: self._attempt(replace(self.session.focus, of=None)))
        self.labels.activated.connect(lambda index: self.labels_changed.emit(LABELS[index][1]))
        self.digits.activated.connect(lambda index: self.session.show_digits(DIGITS[index]))
        self.session.shown.connect(self.refresh)

    def shown_parts(self) -> tuple[str, ...]:
        """The parts that the canvas shows."""
        return LABELS[self.labels.currentIndex()][1]

    def more_digits(self) -> None:
        """One significant digit more in all numbers."""
        self._show_digits(1)

    def fewer_digits(self) -> None:
        """One significant digit less in all numbers."""
        self._show_digits(-1)

    def _show_digits(self, way: int) -> None:
        digits = VALUE_DIGITS if self.session.digits is None else self.session.digits
        self.session.show_digits(min(max(digits + way, FEWEST_DIGITS), ALL_DIGITS))

    def go(self, way: int) -> None:
        """To the next or the one before, around the ends."""
        count = self._count()
        if self.session.focus.rows == "typed":
            self._look(0, 0)
        elif count:
            self._look(self.rows.currentIndex(), (self.session.focus.index + way) % count)

    def _typed(self) -> None:
        text = self.number.text().strip()
        if text == str(self.session.focus.index + 1):
            return
        self._look(self.rows.currentIndex(), int(text) - 1 if text.isdecimal() else -1)

    def _look(self, rows: int, index: int) -> None:
        mode: Literal["train", "evaluate"] = "train" if self.mode.currentIndex() else "evaluate"
        typed = self.session.focus.values if KINDS[rows] == "typed" else ()
        self._attempt(Focus(KINDS[rows], index if rows < 2 else 0, mode, typed, self.session.focus.of))

    def _attempt(self, focus: Focus) -> None:
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
        self._offer_typed(focus.rows == "typed")
        self.rows.setCurrentIndex(KINDS.index(focus.rows))
        self.digits.setCurrentIndex(DIGITS.index(self.session.digits))
        self.mode.setCurrentIndex(0 if focus.mode == "evaluate" else 1)
        self.mode.setVisible(any(node.kind in WITH_MODE for node in self.session.document.graph.nodes))
        if not self.number.hasFocus() or not self.number.isModified():
            self.number.setText(str(focus.index + 1))
        self.total.setText(tr("of {n}", n=count) if focus.rows == "example" else "")
        self._number_row.setVisible(focus.rows in ("example", "batch") and count > 0)
        self.goal.setText(tr("∂ of {goal}", goal=self.session.goal))
        self._goal_row.setVisible(focus.of is not None)
        self.note.setText(self._why_none() or NOTES.get(focus.rows, ""))
        self.note.setVisible(bool(self.note.text()))

    def _why_none(self) -> str:
        """Why the node that was chosen has no derivative; empty where it has one, or none was chosen."""
        session = self.session
        return "" if session.focus.of is None or session.trace is None else nothing(session.trace)

    def _offer_typed(self, offered: bool) -> None:
        """A typed row can be chosen only while there is one."""
        there = self.rows.count() == len(KINDS)
        if offered and not there:
            self.rows.addItem(tr("typed row"))
        elif there and not offered:
            self.rows.removeItem(len(KINDS) - 1)


def digits_words(digits: int | None) -> str:
    """What a choice of digits is called."""
    if digits is None:
        return f"{VALUE_DIGITS} / {GRADIENT_DIGITS}"
    return tr("all") if digits == ALL_DIGITS else str(digits)


def known_digits(remembered: object) -> int | None:
    """The digits chosen last; settings may be of another version, or spoiled."""
    chosen = str(remembered)
    return int(chosen) if chosen.isdecimal() and int(chosen) in DIGITS else None


def _together(*widgets: QWidget) -> QWidget:
    """Widgets that stay on one line."""
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(GRID // 2)
    made.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    for widget in widgets:
        row.addWidget(widget)
    return made
