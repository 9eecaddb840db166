"""Types the data of a network: a row for each example, a column for each input unit and each target."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from nnviz.document.edits import SetData
from nnviz.errors import NnvizError
from nnviz.session.session import Session
from nnviz.session.typed_table import places, typed_data, typed_rows
from nnviz.ui.theme import GRID, fitting, scaled
from nnviz.ui.widgets import label, make_primary
from nnviz.words import tr

SPARE = 9
"""Empty rows below those that are filled."""


class TableDialog(QDialog):
    """A table to type in, to paste into, and to take over as the document's data."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Type data"))
        self.session = session
        columns = [name for _, name, _ in places(session.document)]
        rows = typed_rows(session.document)
        self.table = QTableWidget(len(rows) + SPARE, len(columns))
        self.table.setHorizontalHeaderLabels(columns)
        self.table.setAccessibleName(tr("Data: a row for each example"))
        self.table.setTabKeyNavigation(False)  # from a cell being typed Tab goes to the next, else to the buttons
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                self.table.setItem(row, column, QTableWidgetItem(cell))
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.horizontalHeader().setMinimumSectionSize(scaled(72))
        self.problem = label("", "refusal", wrapped=True)
        self.problem.hide()
        hint = tr("A row for each example. Numbers with dot or comma, or fractions such as 1/3. Ctrl+V pastes a block.")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        make_primary(buttons.addButton(tr("Use this data"), QDialogButtonBox.ButtonRole.AcceptRole))
        buttons.accepted.connect(self.take_over)
        buttons.rejected.connect(self.reject)
        column_of_all = QVBoxLayout(self)
        column_of_all.setContentsMargins(*(3 * GRID,) * 4)
        column_of_all.setSpacing(2 * GRID)
        for part in (label(hint, "muted", wrapped=True), self.table, self.problem, buttons):
            column_of_all.addWidget(part)
        self.resize(fitting(min(900, 140 + 110 * max(3, len(columns))), 480))

    def rows(self) -> list[list[str]]:
        """What is typed, row by row."""
        found = []
        for row in range(self.table.rowCount()):
            items = [self.table.item(row, column) for column in range(self.table.columnCount())]
            found.append(["" if item is None else item.text() for item in items])
        return found

    def take_over(self) -> None:
        """Make it the document's data; what is wrong is told here and nothing is lost."""
        try:
            self.session.do(SetData(typed_data(self.session.document, self.rows())))
        except NnvizError as error:
            self.problem.setText(str(error))
            self.problem.show()
            return
        self.accept()

    def paste(self) -> None:
        """Put a block of cells at the current one; rows are added as needed."""
        lines = [line for line in QApplication.clipboard().text().splitlines() if line.strip()]
        top, left = max(0, self.table.currentRow()), max(0, self.table.currentColumn())
        self.table.setRowCount(max(self.table.rowCount(), top + len(lines) + 1))
        for row, line in enumerate(lines):
            for column, cell in enumerate(line.replace(";", "\t").split("\t")):
                if left + column < self.table.columnCount():
                    self.table.setItem(top + row, left + column, QTableWidgetItem(cell.strip()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Paste with the usual keys."""
        if event.matches(QKeySequence.StandardKey.Paste):
            self.paste()
        elif event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
