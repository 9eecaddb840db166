"""A form in one column of labels and one of controls, which stacks where it is too narrow for both."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from nnviz.errors import shortened
from nnviz.ui.entry import EntryField
from nnviz.ui.theme import GRID
from nnviz.ui.tips import plain_tip
from nnviz.ui.widgets import heading, label, refusal_label

LONGEST_LABEL = 22
"""Characters of a label beside its control; names of columns can be of any length."""
_WIDEST = "0.0000000000000000"
"""What a field beside its label should have room for."""


def capitals(font: QFont) -> QFont:
    """``font`` in capitals, as headings are set; the text itself keeps its letters for whoever reads it aloud."""
    made = QFont(font)
    made.setCapitalization(QFont.Capitalization.AllUppercase)
    return made


class FormRow(NamedTuple):
    """One row of a form: its label (None for one over the whole width), its control, and where a refusal stands."""

    label: QLabel | None
    control: QWidget
    refusal: QLabel | None

    def set_visible(self, visible: bool) -> None:
        """Show or hide the row; a refusal only shows while there is one."""
        for part in (self.label, self.control):
            if part is not None:
                part.setVisible(visible)
        if self.refusal is not None:
            self.refusal.setVisible(visible and bool(self.refusal.text()))


class PageForm(QWidget):
    """Headings and rows of label and control, all labels in one column; too narrow for that, labels stand above."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GRID + GRID // 2)
        self._grid.setVerticalSpacing(GRID - 2)
        self._grid.setColumnStretch(1, 1)
        self._rows: list[FormRow] = []
        self._stacked = False
        self._aligned = 0

    def add_heading(self, text: str) -> QLabel:
        """Begin a group."""
        made = heading(text)
        made.setWordWrap(True)
        made.setFont(capitals(made.font()))
        made.setContentsMargins(0, GRID + GRID // 2 if self._rows else 0, 0, 0)
        self.add_wide(made)
        return made

    def add_row(self, text: str, control: QWidget, explained: str = "") -> FormRow:
        """Add a control under the name ``text``, which becomes its accessible name where it has none."""
        named = label(shortened(text, LONGEST_LABEL), "muted")
        named.setBuddy(control)
        named.setToolTip(plain_tip("\n".join(filter(None, (text if named.text() != text else "", explained)))))
        if not control.accessibleName():
            control.setAccessibleName(text)
        refusal = refusal_label(control) if isinstance(control, EntryField) else None
        return self._add(FormRow(named, control, refusal))

    def add_wide(self, control: QWidget) -> FormRow:
        """Add something over the whole width."""
        return self._add(FormRow(None, control, None))

    def _add(self, row: FormRow) -> FormRow:
        self._rows.append(row)
        self._place(len(self._rows) - 1, row)
        for part in row:
            hidden = part is None or part.testAttribute(Qt.WidgetAttribute.WA_WState_ExplicitShowHide)
            if part is not None and not hidden and self.isVisible():
                part.show()  # the layout would do it a turn of the event loop later, and what is around would jump
        return row

    def _place(self, index: int, row: FormRow) -> None:
        top = 3 * index
        if row.label is None:
            self._grid.addWidget(row.control, top, 0, 1, 2)
            return
        if self._stacked:
            self._grid.addWidget(row.label, top, 0, 1, 2)
            self._grid.addWidget(row.control, top + 1, 0, 1, 2)
        else:
            # A field is higher than its label; a number is not. Both stand on one line with it.
            self._grid.addWidget(row.label, top + 1, 0, Qt.AlignmentFlag.AlignVCenter)
            self._grid.addWidget(row.control, top + 1, 1)
        if row.refusal is not None:
            self._grid.addWidget(row.refusal, top + 2, 0 if self._stacked else 1, 1, 2 if self._stacked else 1)

    @property
    def label_width(self) -> int:
        """How wide the widest label is."""
        labels = [row.label.sizeHint().width() for row in self._rows if row.label is not None]
        return max(labels, default=0)

    def align_labels(self, width: int) -> None:
        """Give the labels at least this width, so that several forms under one another have one column of them."""
        self._aligned = width
        self._arrange()

    @property
    def stacked(self) -> bool:
        """Whether labels stand above their controls."""
        return self._stacked

    def minimumSizeHint(self) -> QSize:
        """As narrow as it can be stacked: only then is it ever made so narrow that it stacks."""
        parts = [part for row in self._rows for part in (row.label, row.control) if part is not None]
        width = max((part.minimumSizeHint().width() for part in parts if not part.isHidden()), default=0)
        return QSize(width, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Stack or unstack."""
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        """Other type may need another arrangement."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange) and hasattr(self, "_aligned"):
            self._arrange()

    def _arrange(self) -> None:
        controls = [row.control.minimumSizeHint().width() for row in self._rows if row.label is not None]
        room = max(round(0.87 * self.fontMetrics().horizontalAdvance(_WIDEST)), *controls, 0)
        needed = max(self.label_width, self._aligned) + self._grid.horizontalSpacing() + room
        stacked = needed > self.width()
        self._grid.setColumnMinimumWidth(0, 0 if stacked else self._aligned)
        if stacked == self._stacked:
            return
        self._stacked = stacked
        for index, row in enumerate(self._rows):
            for part in row:
                if part is not None:
                    self._grid.removeWidget(part)
            self._place(index, row)
        self.updateGeometry()  # a form within a form would else be given its old height
