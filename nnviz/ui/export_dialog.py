"""Exports the picture of a network: style, size, parts, ground, with a preview; the last choice is remembered."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSettings, Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from nnviz.canvas import publish
from nnviz.canvas.render import picture_to_image, write_png
from nnviz.errors import NnvizError
from nnviz.session.picture import Picture
from nnviz.session.session import Session
from nnviz.session.style import names
from nnviz.ui.dialogs import Asker, FileKind
from nnviz.ui.files import file_name
from nnviz.ui.focus_bar import DIGITS, LABELS, digits_words
from nnviz.ui.page_form import PageForm
from nnviz.ui.theme import GRID
from nnviz.ui.widgets import label, make_primary
from nnviz.words import tr

PICTURES = FileKind(tr("PNG pictures"), ("png",))
WIDTHS = (1280, 1920, 2560, 3840)
PREVIEW = 720


class ExportDialog(QDialog):
    """Chooses how a picture is exported.

    Signals
    -------
    exported(path) : the picture was written.
    refused(error) : it could not be.
    """

    exported = Signal(object)
    refused = Signal(object)

    def __init__(self, session: Session, asker: Asker, settings: QSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Export picture"))
        self.session, self.asker, self.settings = session, asker, settings
        self.style_box = self._combo(tr("Style"), names(), "slides")
        self.labels_box = self._combo(tr("Labels"), [tr(words) for words, _ in LABELS], tr(LABELS[0][0]))
        self.digits_box = self._combo(tr("Digits"), [digits_words(each) for each in DIGITS], "")
        self.digits_box.setCurrentIndex(DIGITS.index(session.digits))  # as on the canvas, whatever was chosen last
        self.width_box = self._combo(tr("Width in pixels"), [str(width) for width in WIDTHS], "1920")
        self.transparent_box = QCheckBox(tr("No background"))
        self.transparent_box.setChecked(str(settings.value("export/transparent", "false")) == "true")
        self.preview = QLabel()
        self._width = min(PREVIEW, self.screen().availableGeometry().width() // 2)
        self.preview.setFixedSize(self._width, self._width * 9 // 16)
        self.preview.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.preview.setAccessibleName(tr("Preview"))
        self._lay_out()
        for box in (self.style_box, self.labels_box, self.digits_box):
            box.currentIndexChanged.connect(self.refresh)
        self.transparent_box.toggled.connect(self.refresh)
        self.refresh()

    def _combo(self, name: str, items: list[str], default: str) -> QComboBox:
        combo = QComboBox()
        combo.addItems(items)
        combo.setAccessibleName(name)
        remembered = str(self.settings.value(f"export/{name}", default))
        combo.setCurrentText(remembered if remembered in items else default)
        return combo

    def _lay_out(self) -> None:
        form = PageForm()
        form.add_row(tr("Style"), self.style_box)
        form.add_row(tr("Labels"), self.labels_box)
        form.add_row(tr("Digits"), self.digits_box)
        form.add_row(tr("Width"), self.width_box)
        form.add_wide(self.transparent_box)
        form.add_wide(label(tr("All of the network, 16:9, whatever the window shows."), "small", wrapped=True))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        make_primary(buttons.addButton(tr("Export…"), QDialogButtonBox.ButtonRole.AcceptRole))
        buttons.accepted.connect(self.export)
        buttons.rejected.connect(self.reject)
        row = QHBoxLayout()
        row.setSpacing(3 * GRID)
        row.addWidget(self.preview)
        beside = QVBoxLayout()
        beside.addWidget(form)
        beside.addStretch(1)
        row.addLayout(beside, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(3 * GRID,) * 4)
        column.setSpacing(2 * GRID)
        column.addLayout(row)
        column.addWidget(buttons)
        self.resize(self.sizeHint())  # Qt would take no more than two thirds of the screen

    def picture(self) -> Picture:
        """The picture as it would be exported."""
        annotator = self.session.annotated(DIGITS[self.digits_box.currentIndex()])
        show = LABELS[self.labels_box.currentIndex()][1]
        parts = show if show == LABELS[0][1] else (*show, "legend", "print")
        return publish.picture_of_numbers(annotator, tuple(dict.fromkeys(parts)), self.style_box.currentText())

    def refresh(self) -> None:
        """Show the preview."""
        ratio = self.devicePixelRatioF()
        picture = self.picture()
        image = picture_to_image(picture, self._width * ratio / picture.width, self.transparent_box.isChecked())
        pixmap = QPixmap.fromImage(image)
        pixmap.setDevicePixelRatio(ratio)
        self.preview.setPixmap(pixmap)

    def export(self) -> None:
        """Ask where to, write, remember the choices."""
        folder = Path(str(self.settings.value("export/folder", str(Path.home()))))
        path, title = self.session.path, self.session.document.title
        name = f"{path.stem if path else file_name(title)}.png"
        chosen = self.asker.save_file(self, tr("Export picture"), (PICTURES,), folder / name)
        if chosen is None:
            return
        try:
            write_png(
                self.picture(),
                chosen,
                width=int(self.width_box.currentText()),
                transparent=self.transparent_box.isChecked(),
            )
        except NnvizError as error:
            self.refused.emit(error)
            return
        self._remember(chosen)
        self.accept()
        self.exported.emit(chosen)

    def _remember(self, chosen: Path) -> None:
        self.settings.setValue("export/folder", str(chosen.parent))
        self.settings.setValue("export/transparent", "true" if self.transparent_box.isChecked() else "false")
        for box in (self.style_box, self.labels_box, self.width_box):
            self.settings.setValue(f"export/{box.accessibleName()}", box.currentText())
