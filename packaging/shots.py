"""Photographs the window's parts in every scheme: ``python packaging/shots.py [DIRECTORY] [NAME …]``.

Each entry of :data:`SHOTS` makes a widget, which is shown without a screen, grabbed in every scheme and deleted. They
are there to be looked at; a test walks the same widgets for names and sizes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QPainter, QPixmap, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QDockWidget,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMainWindow,
    QMenu,
    QPlainTextEdit,
    QProgressBar,
    QRadioButton,
    QSizePolicy,
    QSlider,
    QTableWidget,
    QTableWidgetItem,
    QTabWidget,
    QToolBar,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from nnviz.errors import FormatError
from nnviz.expressions import Allowed
from nnviz.ui import icons
from nnviz.ui.actions import BuiltCommands, Command, build
from nnviz.ui.command_palette import CommandPalette
from nnviz.ui.dialogs import About, Message, Role, ShortcutHelp
from nnviz.ui.entry import TextField
from nnviz.ui.faults import FaultDialog
from nnviz.ui.number_field import NumberField
from nnviz.ui.theme import GRID, SCHEMES, Theme
from nnviz.ui.tips import plain_tip
from nnviz.ui.widgets import (
    DockTitle,
    ElidedLabel,
    EmptyState,
    Form,
    button,
    hairline,
    heading,
    icon_button,
    label,
    phase_button,
    scrolling,
    tool_button,
)

COMMANDS = (
    Command("new", "&New…", "File", "act", ("Ctrl+N",), icon="new"),
    Command("open", "&Open…", "File", "act", ("Ctrl+O",), icon="open"),
    Command("save", "&Save", "File", "act", ("Ctrl+S",), icon="save"),
    Command("save-as", "Save &as…", "File", "act", ("Ctrl+Shift+S",)),
    Command("export", "&Picture…", "File/Export", "act", ("Ctrl+E",), icon="image", opens_group=True),
    Command("undo", "&Undo typing w₅ = 0.4", "Edit", "act", ("Ctrl+Z",), icon="undo"),
    Command("redo", "&Redo", "Edit", "act", ("Ctrl+Shift+Z", "Ctrl+Y"), icon="redo", needs=("can_redo",)),
    Command("delete", "&Delete", "Edit", "act", ("Del",), icon="delete", opens_group=True),
    Command("select", "&Select", "View", "act", ("V",), icon="select", checkable=True, checked="selecting"),
    Command("edge", "Draw &edges", "View", "act", ("E",), icon="edge", checkable=True, checked="never"),
    Command("note", "&Note", "View", "act", ("N",), icon="note"),
    Command("fit", "&Fit", "View", "act", ("Ctrl+0",), icon="fit", opens_group=True),
    Command("zoom-in", "Zoom &in", "View", "act", ("Ctrl++",), icon="zoom-in"),
    Command("zoom-out", "Zoom &out", "View", "act", ("Ctrl+-",), icon="zoom-out"),
    Command("theme", "Dark &theme", "View", "act", icon="theme", checkable=True, checked="never"),
    Command("back", "Step &back", "Walk", "act", ("Left",), icon="step-back"),
    Command(
        "forward", "Step &forward", "Walk", "act", ("Right",), icon="step-forward", checkable=True, checked="selecting"
    ),
    Command("shortcuts", "&Keyboard shortcuts", "Help", "act", ("F1",), icon="keyboard"),
    Command("about", "&About nnviz", "Help", "act", icon="information"),
)
TOOLS = (
    "new",
    "open",
    "save",
    "|",
    "undo",
    "redo",
    "|",
    "select",
    "edge",
    "note",
    "|",
    "fit",
    "zoom-in",
    "zoom-out",
    "|",
    "theme",
)
KINDS = (
    ("input", "Input"), ("perceptron", "Perceptron"), ("dense", "Dense layer"), ("activation", "Activation"),
    ("dropout", "Dropout"), ("add", "Add"), ("multiply", "Multiply"), ("concatenate", "Concatenate"),
    ("expression", "Expression"), ("loss", "Target and loss"),
)  # fmt: skip

SWITCHES = (
    ("Early stopping, patience 20", Qt.CheckState.Checked, True),
    ("Shuffle rows", Qt.CheckState.Unchecked, True),
    ("Some layers", Qt.CheckState.PartiallyChecked, True),
    ("Not now", Qt.CheckState.Checked, False),
)
TRACEBACK = """\
nnviz 0.1.0, Python 3.11.7
Traceback (most recent call last):
  File "panel.py", line 12, in shown
    return rows[index]
IndexError: list index out of range"""


class Gallery(QMainWindow):
    """All controls there are, in the places a window has for them."""

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("Gallery")
        self.resize(1320, 1080)
        self.commands: BuiltCommands = build(
            COMMANDS, self, refused=lambda error: None, reasons={"can_redo": "Nothing to redo"}
        )
        self.commands.fill_menu_bar(self.menuBar())
        tools = QToolBar("Tools")
        self.commands.fill_tool_bar(tools, TOOLS)
        self.addToolBar(tools)
        self.setCentralWidget(self._centre())
        self.dock("Building blocks", palette_list(), Qt.DockWidgetArea.LeftDockWidgetArea)
        self.dock("Inspect", scrolling(inspector()), Qt.DockWidgetArea.RightDockWidgetArea)
        self.dock("Train", scrolling(training()), Qt.DockWidgetArea.RightDockWidgetArea)
        self.statusBar().addWidget(label("No problems"))
        self.statusBar().addPermanentWidget(label("J = Σ ½(y−ŷ)² · biases fixed · seed 7 · float64"))
        self.statusBar().setSizeGripEnabled(False)
        self.palette_over = CommandPalette(self, self.commands.entries, self.commands.run)

    def showEvent(self, event: QShowEvent) -> None:
        """The canvas has the focus at first, not a button."""
        super().showEvent(event)
        self.setFocus()

    def act(self, state: bool = False) -> None:
        """What the commands of a gallery do."""

    def can_redo(self) -> bool:
        """So that one command is to be seen disabled."""
        return False

    def selecting(self) -> bool:
        """So that one tool is to be seen switched on."""
        return True

    def never(self) -> bool:
        """So that one is not."""
        return False

    def dock(self, name: str, content: QWidget, area: Qt.DockWidgetArea) -> None:
        """Add a dock with a title that can be read and reached."""
        made = QDockWidget(name)
        made.setObjectName(name)
        made.setTitleBarWidget(DockTitle(made))
        made.setWidget(content)
        made.setMinimumWidth(190 if area == Qt.DockWidgetArea.LeftDockWidgetArea else 300)
        self.addDockWidget(area, made)

    def _centre(self) -> QWidget:
        centre = QWidget()
        rows = QVBoxLayout(centre)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self._focus_bar())
        ground = QWidget()
        ground.setProperty("surface", "ground")
        ground.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        inside = QVBoxLayout(ground)
        action = self.commands.actions["open"]
        inside.addWidget(EmptyState("perceptron", "Nothing here yet", "Drag a block here, or open an example.", action))
        rows.addWidget(ground, 2)
        rows.addWidget(self._walk_bar())
        rows.addWidget(plots(), 3)
        return centre

    def _focus_bar(self) -> QWidget:
        bar, row = _bar()
        example = QComboBox()
        example.addItems(["example 1 of 150", "the batch", "all 150 rows"])
        example.setAccessibleName("Shown rows")
        row.addWidget(label("Showing", "muted"))
        row.addWidget(example)
        row.addWidget(icon_button("chevron-left", "Previous example", str))
        row.addWidget(icon_button("chevron-right", "Next example", str))
        row.addWidget(label("· evaluate mode", "muted"))
        row.addStretch(1)
        row.addWidget(label("18 of 64 labels shown", "muted"))
        return bar

    def _walk_bar(self) -> QWidget:
        bar, row = _bar()
        for name in ("back", "forward"):
            row.addWidget(tool_button(self.commands.actions[name]))
        row.addSpacing(GRID)
        for phase in ("forward", "loss", "backward", "update"):
            made = phase_button(phase, phase)
            made.setChecked(phase == "backward")
            row.addWidget(made)
        words = ElidedLabel("step 9 of 22 · backward · gradient of w₅ = ∂J/∂w₅ through ŷ₁", "muted")
        words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        words.setMinimumWidth(160)
        words.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(words, 1)
        return bar


def _bar() -> tuple[QWidget, QHBoxLayout]:
    bar = QWidget()
    row = QHBoxLayout(bar)
    row.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
    row.setSpacing(GRID)
    return bar, row


def palette_list() -> QWidget:
    """A search field over a list with icons."""
    holder = QWidget()
    rows = QVBoxLayout(holder)
    rows.setContentsMargins(GRID, GRID + 4, GRID, GRID)
    rows.setSpacing(GRID)
    padded = QHBoxLayout()
    padded.setContentsMargins(GRID, 0, GRID, 0)
    field = QLineEdit()
    field.setPlaceholderText("Search blocks")
    field.setAccessibleName("Search blocks")
    blocks = QListWidget()
    blocks.setAccessibleName("Building blocks")
    for icon, name in KINDS:
        blocks.addItem(QListWidgetItem(icons.icon(icon, "accent"), name))
    blocks.setCurrentRow(1)
    padded.addWidget(field)
    rows.addLayout(padded)
    rows.addWidget(blocks)
    return holder


def inspector() -> QWidget:
    """Fields, among them one that refuses and one that is too narrow for all digits."""
    form = Form()
    form.add_heading("Edge w₅: h₁ → ŷ₁")
    form.add_row("weight", NumberField("Weight", 0.4))
    form.add_row("name", TextField("Name", "w₅"))
    form.add_row("∂J/∂w", label("+0.08216704056423078", "gradient"))
    exact = NumberField("Next weight", 0.35891647971788465)
    exact.setMaximumWidth(110)
    form.add_row("next w", exact)
    rate = NumberField("Rate", 0.5, allowed=Allowed(low=0, low_open=True))
    form.add_row("rate η", rate)
    rate.setText("-1")
    rate.commit()
    off = NumberField("Momentum", 0.9)
    off.setEnabled(False)
    form.add_row("momentum", off)
    form.add_heading("Weights")
    form.add_wide(weights())
    return form


def weights() -> QTableWidget:
    """A table of numbers."""
    table = QTableWidget(3, 3)
    table.setAccessibleName("Weights")
    table.setHorizontalHeaderLabels(["h₁", "h₂", "h₃"])
    table.setVerticalHeaderLabels(["x₁", "x₂", "x₃"])
    for row in range(3):
        for column in range(3):
            table.setItem(row, column, QTableWidgetItem(f"{0.15 * (row + 1) - 0.2 * column:.4f}"))
    table.setCurrentCell(1, 1)
    table.setFixedHeight(142)
    table.horizontalHeader().setDefaultSectionSize(78)
    return table


def training() -> QWidget:
    """Choices, switches, progress and buttons."""
    form = Form()
    form.add_heading("Optimizer")
    for name, values in (("rule", ["Adam", "SGD"]), ("batch", ["all", "32"])):
        box = QComboBox()
        box.addItems(values)
        form.add_row(name, box)
    split = QComboBox()
    split.addItem("none")
    split.setEnabled(False)
    form.add_row("split", split)
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setValue(30)
    form.add_row("dropout p", slider)
    for text, state, enabled in SWITCHES:
        switch = QCheckBox(text)
        switch.setTristate(state == Qt.CheckState.PartiallyChecked)
        switch.setCheckState(state)
        switch.setEnabled(enabled)
        form.add_wide(switch)
    row = QWidget()
    choices = QHBoxLayout(row)
    choices.setContentsMargins(0, 0, 0, 0)
    choices.setSpacing(2 * GRID)
    for text in ("evaluate", "train"):
        choice = QRadioButton(text)
        choice.setChecked(text == "evaluate")
        choices.addWidget(choice)
    choices.addStretch(1)
    form.add_wide(row)
    progress = QProgressBar()
    progress.setValue(64)
    progress.setTextVisible(False)
    progress.setAccessibleName("Progress")
    form.add_wide(progress)
    form.add_wide(label("6,400 of 10,000 updates · 2 s left · J = 0.0000862", "small"))
    form.add_wide(_buttons())
    return form


def _buttons() -> QWidget:
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(GRID)
    row.addWidget(button("Pause", role="primary"), 1)
    row.addWidget(button("One update"))
    off = button("Reset")
    off.setEnabled(False)
    row.addWidget(off)
    return holder


def plots() -> QWidget:
    """Tabs."""
    tabs = QTabWidget()
    tabs.setDocumentMode(True)
    tabs.setAccessibleName("Plots")
    text = QPlainTextEdit("0.15\t0.2\n0.25\t0.3")
    text.setAccessibleName("Pasted rows")
    page = QWidget()
    rows = QVBoxLayout(page)
    rows.setContentsMargins(*(2 * GRID,) * 4)
    rows.addWidget(heading("Paste rows of numbers"))
    rows.addWidget(text)
    rows.addWidget(hairline())
    rows.addWidget(button("How are these read?", role="link"), 0, Qt.AlignmentFlag.AlignLeft)
    tabs.addTab(page, "Loss")
    for name in ("Decision map", "Weights", "Gradients"):
        tabs.addTab(QWidget(), name)
    return tabs


def gallery() -> QWidget:
    """The window with all controls."""
    return Gallery()


def gallery_palette() -> QWidget:
    """The same with the command palette open."""
    made = Gallery()
    made.show()
    made.palette_over.open()
    made.palette_over.field.setText("s")
    return made


def focus_rings() -> QWidget:
    """One control of each kind as it looks while it has the focus."""
    holder = QWidget()
    holder.setProperty("surface", "panel")
    holder.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    holder.setObjectName("rings")
    row = QHBoxLayout(holder)
    row.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
    box, slider = QComboBox(), QSlider(Qt.Orientation.Horizontal)
    box.addItem("Adam")
    box.setAccessibleName("Rule")
    slider.setAccessibleName("Dropout")
    on = QCheckBox("on")
    on.setChecked(True)
    one = QRadioButton("one")
    one.setChecked(True)
    fields: list[QWidget] = [NumberField("Number", 0.5), box, slider, QCheckBox("off"), on, one]
    buttons = [
        button("Reset"),
        button("Run", role="primary"),
        icon_button("play", "Play", str),
        button("link", role="link"),
    ]
    for each in (*fields, *buttons):
        row.addWidget(each)
    return holder


def menu() -> QWidget:
    """A menu with a disabled and a checked entry."""
    made = Gallery()
    shown = QMenu()
    for name in ("new", "save-as", "redo", "select", "edge", "zoom-in"):
        shown.addAction(made.commands.actions[name])
    shown.addSeparator()
    shown.addMenu("Open &recent").addAction("mazur.nnviz")
    shown.setActiveAction(made.commands.actions["save-as"])
    made.setParent(shown, Qt.WindowType.Window)
    return shown


def tip() -> QWidget:
    """A tip, as Qt shows it."""
    QToolTip.showText(QPoint(20, 20), plain_tip("Save  (Ctrl+S)\nA name such as <img src=x> & more"))
    return next(each for each in QApplication.topLevelWidgets() if each.inherits("QTipLabel"))


def save_changes() -> QWidget:
    """The question about unsaved work."""
    dialog = Message(
        "Save the changes to “mazur.nnviz”?", "If you do not save them, they are lost.", icon="question", parent=None
    )
    dialog.add_button("Save", Role.AcceptRole, is_default=True)
    dialog.add_button("Discard", Role.DestructiveRole)
    dialog.add_button("Cancel", Role.RejectRole)
    return dialog


def refusal() -> QWidget:
    """A file that cannot be opened."""
    error = FormatError(
        "This file is not complete", where=f"/home/ada/lectures/2026/{'a-very-long-name-without-a-gap' * 3}.nnviz",
        expected="a number", found="<img src=x>", hint="Open the copy from the recovery journal",
    )  # fmt: skip
    dialog = Message("The file was not opened", str(error), icon="error", ink="loss", parent=None)
    dialog.add_button("Close", Role.RejectRole, is_default=True)
    return dialog


def fault() -> QWidget:
    """An error nobody expected, with its details and two more behind it."""
    dialog = FaultDialog(TRACEBACK, "Your work is kept in the recovery journal.", again=True, parent=None)
    dialog.add("x")
    dialog.add("y")
    dialog._turn()
    return dialog


def about() -> QWidget:
    """Licences."""
    return About()


def shortcuts() -> QWidget:
    """The shortcut help."""
    made = Gallery()
    dialog = ShortcutHelp(made.commands.shortcut_rows())
    made.deleteLater()
    return dialog


SHOTS: dict[str, Callable[[], QWidget]] = {
    "gallery": gallery,
    "command-palette": gallery_palette,
    "focus": focus_rings,
    "menu": menu,
    "tip": tip,
    "save-changes": save_changes,
    "refusal": refusal,
    "fault": fault,
    "about": about,
    "shortcuts": shortcuts,
}


def write(folder: Path, names: Iterable[str], theme: Theme, schemes: Iterable[str] = SCHEMES) -> list[Path]:
    """Photograph the named parts into ``folder``; gives the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for scheme in schemes:
        theme.choose(scheme)
        for name in names:
            widget = SHOTS[name]()
            widget.show()
            QApplication.processEvents()
            file = folder / f"{name}-{scheme}.png"
            (focused_rows(widget) if name == "focus" else widget.grab()).save(str(file))
            written.append(file)
            widget.deleteLater()
            QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    return written


def focused_rows(holder: QWidget) -> QPixmap:
    """One row for each control, in which that one has the focus."""
    controls = [each for each in holder.findChildren(QWidget) if each.focusPolicy() != Qt.FocusPolicy.NoFocus]
    made = QPixmap(holder.width(), holder.height() * len(controls))
    painter = QPainter(made)
    for row, control in enumerate(controls):
        control.setFocus(Qt.FocusReason.TabFocusReason)
        QApplication.processEvents()
        painter.drawPixmap(0, row * holder.height(), holder.grab())
    painter.end()
    return made


def main() -> None:
    """Write what was asked for."""
    arguments = sys.argv[1:]
    folder = Path(arguments[0]) if arguments else Path("out/shots")
    application = QApplication(sys.argv[:1])
    theme = Theme(application)
    for file in write(folder, arguments[1:] or SHOTS, theme):
        print(file)


if __name__ == "__main__":
    main()
