"""Photographs the window, its panels and its dialogs: ``python packaging/shots.py [DIRECTORY] [NAME …]``.

A scene builds the real window on a document, brings it into some states and shows each of them to a camera under a
name. The script's camera writes pictures, light and dark; that of the tests walks the widgets. A name chooses scenes or
single pictures. Seeds are fixed, settings lie in a folder of their own, and nobody's home is read.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import (
    QEvent,
    QMessageLogContext,
    QPoint,
    QSettings,
    QSize,
    Qt,
    QTimer,
    QtMsgType,
    qInstallMessageHandler,
)
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QApplication,
    QCheckBox,
    QComboBox,
    QDialog,
    QDockWidget,
    QHBoxLayout,
    QMenu,
    QRadioButton,
    QSlider,
    QToolTip,
    QWidget,
)

from nnviz.app import gui
from nnviz.document import recovery
from nnviz.document.document import Document
from nnviz.document.edits import AddNode, Connect, SetOptions, SetParameter, SetTitle
from nnviz.engine.optimizers import Adam
from nnviz.errors import FormatError
from nnviz.graph import Node
from nnviz.hints import read_in
from nnviz.learning.settings import EarlyStopping
from nnviz.lowering.targets import Target
from nnviz.session.examples import example
from nnviz.session.runner import Runner
from nnviz.session.session import Session
from nnviz.session.training import train
from nnviz.ui import commands
from nnviz.ui.dialogs import Asker
from nnviz.ui.faults import FaultDialog
from nnviz.ui.kind_words import kind_tip
from nnviz.ui.number_field import NumberField
from nnviz.ui.theme import GRID, Theme
from nnviz.ui.tips import plain_tip
from nnviz.ui.widgets import button, icon_button
from nnviz.ui.window import MainWindow

SCHEMES = ("light", "dark")
NARROW = QSize(1024, 700)
PROJECTED = QSize(1280, 800)
PAUSED_AT = 60
"""The epoch at which the training of the picture waits."""
RECENT = ("/home/ada/lectures/backpropagation.nnviz", "/home/ada/lectures/week 3/xor by hand.nnviz")
TABLE = "hours,sleep,result\n" + "".join(
    f"{hours},{sleep},{'passed' if hours * sleep > 20 else 'failed'}\n"
    for hours in range(1, 8)
    for sleep in range(4, 9)
)
SCREEN = """{"screens": [{"name": "shots", "x": 0, "y": 0, "width": 1920, "height": 1200, "logicalDpi": 96,
                "logicalBaseDpi": 96, "dpr": 1}]}"""
"""Without a word, a platform without a screen pretends to have a very small one."""
TRACEBACK = """\
nnviz 0.1.0, Python 3.11.7
Traceback (most recent call last):
  File "panel.py", line 12, in shown
    return rows[index]
IndexError: list index out of range"""

Camera = Callable[[str, QWidget], None]


class Halfway(Runner):
    """A training that has come to the end of an epoch, always the same one, and waits there."""

    def __init__(self, document: Document, epoch: int) -> None:
        super().__init__(document)
        for report in self._training:
            self._tell(report)
            if report.finished and report.epoch >= epoch:
                break
        self.pause()
        self._copy(state=False)

    @property
    def alive(self) -> bool:
        """It has no thread, and none that could end."""
        return True


class Studio:
    """Where scenes are played.

    Parameters
    ----------
    theme : the look of the application.
    folder : for settings and files of the scenes.
    camera : is shown every state, by its name.
    """

    def __init__(self, theme: Theme, folder: Path, camera: Camera) -> None:
        self.theme, self.folder, self._camera = theme, folder, camera

    def take(self, name: str, widget: QWidget) -> None:
        """Show a widget to the camera, once it has come to rest."""
        settle()
        self._camera(name, widget)

    def take_modal(self, name: str, act: Callable[[], object]) -> None:
        """Show the dialog that ``act`` opens, and close it."""
        faults: list[Exception] = []

        def pose() -> None:
            dialog = QApplication.activeModalWidget()
            try:
                assert isinstance(dialog, QDialog)
                self.take(name, dialog)
            except Exception as fault:  # noqa: BLE001  (Qt would swallow it)
                faults.append(fault)
            if dialog is not None:
                dialog.close()

        QTimer.singleShot(0, pose)
        act()
        settle()
        for fault in faults:
            raise fault

    def take_beside(self, name: str, window: MainWindow, act: Callable[[], object]) -> None:
        """Show the dialog that ``act`` opens beside the window, and close it."""
        act()
        dialog = next(each for each in window.findChildren(QDialog) if each.isVisible())
        self.take(name, dialog)
        delete(dialog)

    def take_dock(self, name: str, dock: QDockWidget, width: int = 330) -> None:
        """Show a dock alone, as high as what is in it."""
        dock.setFloating(True)
        dock.show()
        dock.resize(self.theme.px(width), self.theme.px(240))
        for _ in range(3):
            settle()
            dock.resize(dock.width(), dock.height() + _hidden_height(dock))
        dock.setFocus()
        self.take(name, dock)
        dock.setFloating(False)
        dock.raise_()
        settle()

    @contextmanager
    def window(self, document: Document, size: QSize | None = None) -> Iterator[MainWindow]:
        """The window on a document, deleted afterwards; nothing is asked and nothing remembered."""
        settings = QSettings(str(self.folder / "settings.ini"), QSettings.Format.IniFormat)
        settings.setValue("recent", list(RECENT))
        made = MainWindow(Session(document), self.theme, Asker(), settings)
        if size is not None:
            made.resize(size)
        made.show()
        settle()
        made.area.view.fit()
        yield made
        made.ticker.stop()
        made.session.close()
        delete(made)

    @contextmanager
    def scaled(self, scale: float) -> Iterator[None]:
        """Type of another size for a while."""
        before = self.theme.scale
        self.theme.zoom(scale)
        yield
        self.theme.zoom(before)


def _hidden_height(dock: QDockWidget) -> int:
    """How far the content of a dock can be scrolled."""
    areas = [each for each in dock.findChildren(QAbstractScrollArea) if each.isVisible()]
    outer = [area for area in areas if not any(other.isAncestorOf(area) for other in areas if other is not area)]
    return max((area.verticalScrollBar().maximum() for area in outer), default=0)


def settle() -> None:
    """Let everything that waits for its turn have it."""
    for _ in range(3):
        QApplication.processEvents()


def delete(widget: QWidget) -> None:
    """Delete a widget now."""
    widget.hide()
    widget.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


# ---------------------------------------------------------------------------------------------------------- scenes


def worked_example(studio: Studio) -> None:
    """The small solved network: at rest, stepped through, with parts selected; its panels alone."""
    with studio.window(example("mazur")) as window:
        session, docks = window.session, window.docks
        studio.take("window-mazur", window)
        session.go_to_step(12)
        studio.take("window-walk", window)
        session.leave_walk()
        session.select(("w5",))
        studio.take("window-edge", window)
        for name, parts in (("document", ()), ("edge", ("w5",)), ("node", ("h1",)), ("several", ("h1", "h2", "w5"))):
            session.select(parts)
            studio.take_dock(f"panel-inspector-{name}", docks["inspector"])
        session.differentiate(Target("o1"))
        session.select(("w5",))
        studio.take("window-node-differentiated", window)
        session.differentiate(None)
        session.select(())
        studio.take_dock("panel-outline", docks["outline"])
        studio.take_dock("panel-training", docks["training"])
        studio.take_dock("panel-plots-empty", docks["plots"], 900)
        studio.take_dock("panel-palette", docks["palette"], 212)


def iris() -> Document:
    """Iris with settings under which validation grows worse before the end."""
    document = example("iris")
    return train(document, optimizer=Adam(lr=0.03), epochs=150, early_stopping=EarlyStopping(patience=40)).document


def layers(studio: Studio) -> None:
    """A trained network of layers: its curves, a layer and its weights."""
    with studio.window(iris()) as window:
        session, docks = window.session, window.docks
        studio.take("window-iris", window)
        session.select(("h",))
        studio.take("window-layer", window)
        studio.take_dock("panel-inspector-layer", docks["inspector"])
        edge = session.document.graph.edges[0].id
        session.select((edge,))
        studio.take("window-weights", window)
        studio.take_dock("panel-inspector-weights", docks["inspector"])
        studio.take_beside("dialog-weights", window, lambda: window.inspector._enlarge(edge))
        studio.take_dock("panel-plots", docks["plots"], 900)
        data = window.training_panel.data
        data.unfold.click()
        studio.take_dock("panel-training-columns", docks["training"])
        data.pickers["x"].open()
        popup = QApplication.activePopupWidget()
        assert popup is not None
        studio.take("panel-training-columns-list", popup)
        data.pickers["x"].close_list()


def images(studio: Studio) -> None:
    """A trained network for small pictures: at rest, its kernels, and a step of the convolution."""
    with studio.window(train(example("bars")).document, PROJECTED) as window:
        session = window.session
        studio.take("window-bars", window)
        session.select(("conv",))
        studio.take("window-bars-kernels", window)
        studio.take_dock("panel-inspector-kernels", window.docks["inspector"])
        session.go_to_step(1)
        studio.take("window-bars-walk", window)


def paused(studio: Studio) -> None:
    """A training that waits, and what is asked when an edit is in its way."""
    with studio.window(example("iris")) as window:
        session = window.session
        session.runner = Halfway(session.document, PAUSED_AT)
        session.run_changed.emit()
        for _ in range(2):  # the first brings live weights, the second progress
            session.poll()
        studio.take("window-paused", window)
        studio.take_dock("panel-training-paused", window.docks["training"])
        session.select(("h",))
        studio.take_modal("dialog-stop-first", window.delete_selection)


def formula() -> Document:
    """A formula of three numbers, which is the objective."""
    document = Document()
    for name in "xyz":
        document = AddNode(Node(name, "parameter")).apply(document)
    text = {"formula": "2*(x*y + max(z, 1)) - sin(x)"}
    document = AddNode(Node("f1", "expression", options=text)).apply(document)
    document = AddNode(Node("J", "objective")).apply(document)
    for place, (source, target) in enumerate((*((name, "f1") for name in "xyz"), ("f1", "J"))):
        document = Connect(f"e{place}", source, target).apply(document)
    for name, number in (("x", 3.0), ("y", -4.0), ("z", 2.0)):
        document = SetParameter(name, np.array([number])).apply(document)
    return document


def expressions(studio: Studio) -> None:
    """A formula: told step by step, wrong, opened into its operations."""
    with studio.window(formula()) as window:
        session, inspector = window.session, window.docks["inspector"]
        session.select(("f1",))
        session.go_to_step(0)
        studio.take("window-formula", window)
        session.go_to_step(4)
        studio.take("window-formula-back", window)
        session.leave_walk()
        studio.take_dock("panel-inspector-formula", inspector)
        session.do(SetOptions("f1", {"formula": "2*x + q"}))
        studio.take_dock("panel-inspector-formula-wrong", inspector)
        session.undo()
        session.select(("f1",))
        window.area.open_expressions()
        studio.take("window-formula-opened", window)


def empty(studio: Studio) -> None:
    """A document without anything, and what a table finds there."""
    with studio.window(Document()) as window:
        studio.take("window-empty", window)
        studio.take_dock("panel-inspector-empty", window.docks["inspector"])
        studio.take_dock("panel-outline-empty", window.docks["outline"])
        file = studio.folder / "exam.csv"
        file.write_text(TABLE, encoding="utf-8")
        window.open_path(file)
        studio.take_dock("panel-training-table", window.docks["training"])


def narrow(studio: Studio) -> None:
    """The least a lecture hall's projector has."""
    with studio.window(iris(), NARROW) as window:
        studio.take("window-narrow", window)
        window.docks["training"].raise_()
        window.session.go_to_step(5)
        studio.take("window-narrow-walk", window)


def large(studio: Studio) -> None:
    """Type at 200 %, on a screen as people have who need it."""
    with studio.scaled(2.0), studio.window(iris(), QSize(1920, 1200)) as window:
        studio.take("window-large", window)
        window.resize(NARROW)
        for name in ("training", "outline", "plots", "inspector"):
            window.docks[name].raise_()
            studio.take(f"window-large-narrow-{name}", window)
        window.session.go_to_step(12)
        studio.take("window-large-narrow-walk", window)


def menus(studio: Studio) -> None:
    """Every menu of the menu bar, the commands found by typing, tips."""
    with studio.window(example("mazur")) as window:
        window.session.select(("h1",))
        for words in commands.MENUS:
            _take_menu(studio, f"menu-{words.replace('&', '').lower()}", window.built.menus[words])
        _take_menu(studio, "menu-recent", window.files.recent_menu)
        window.session.select(())
        window.find_command()
        studio.take("window-commands", window)
        window._finder.field.setText("s")
        studio.take("window-commands-typed", window)
        window._finder.dismiss()
        _take_tip(studio, "tip-command", window.built.actions["undo"].toolTip())
        _take_tip(studio, "tip-block", plain_tip(kind_tip("dense")))


def _take_menu(studio: Studio, name: str, menu: QMenu) -> None:
    menu.popup(QPoint(20, 20))
    menu.setActiveAction(menu.actions()[0])
    studio.take(name, menu)
    menu.close()


def _take_tip(studio: Studio, name: str, text: str) -> None:
    QToolTip.showText(QPoint(20, 20), text)
    tip = next(each for each in QApplication.topLevelWidgets() if each.inherits("QTipLabel"))
    studio.take(name, tip)
    delete(tip)


def dialogs(studio: Studio) -> None:
    """What the window asks and tells."""
    with studio.window(example("mazur")) as window:
        asker = window.asker
        studio.take_modal("dialog-welcome", window.files.new)
        studio.take_modal("dialog-export", window.export_picture)
        studio.take_modal("dialog-data", window.type_data)
        studio.take_beside("dialog-all-weights", window, window.type_weights)
        studio.take_modal("dialog-about", window.show_about)
        studio.take_modal("dialog-shortcuts", window.show_shortcuts)
        window.session.do(SetTitle("Backpropagation"))
        studio.take_modal("dialog-save-changes", window.files.may_leave)
        studio.take_modal("dialog-refusal", lambda: asker.refuse(window, _refusal()))
        studio.take_modal("dialog-two-windows", lambda: _open_twice(studio, window))
        studio.take_modal("dialog-recovery", lambda: _recover(studio))
        fault = FaultDialog(TRACEBACK, "Your work is kept in the recovery journal.", again=False, parent=window)
        fault.show()
        studio.take("dialog-fault", fault)
        delete(fault)
        fault = FaultDialog(TRACEBACK, "Your work is kept in the recovery journal.", again=True, parent=window)
        for more in "xy":
            fault.add(more)
        fault.show()
        fault._toggle.click()
        studio.take("dialog-fault-again", fault)
        delete(fault)


def _refusal() -> FormatError:
    return FormatError(
        "This file is not complete", where=f"/home/ada/lectures/2026/{'a-very-long-name-without-a-gap' * 3}.nnviz",
        expected="a number", found="<img src=x>", hint="Open the copy from the recovery journal",
    )  # fmt: skip


def _open_twice(studio: Studio, window: MainWindow) -> None:
    """Open a document that another window has open."""
    path = studio.folder / "backpropagation.nnviz"
    window.files.twins._folder = studio.folder / "locks"
    other = type(window.files.twins)(studio.folder / "locks")
    other.hold(path)
    window.files.alone(path, "Open it all the same")
    other.release()


def _recover(studio: Studio) -> None:
    """What a crash has left is offered."""
    folder = studio.folder / "journals"
    journal = recovery.Journal(example("mazur"), folder=folder)
    edit = SetTitle("Backpropagation, week 3")
    journal.did(edit, edit.apply(example("mazur")))
    journal.close(keep=True)
    moment = datetime(2026, 3, 2, 20, 15, tzinfo=UTC).timestamp()
    os.utime(journal.file, (moment, moment))
    gui._recovered(Asker(), folder)
    recovery.discard(journal.file)


def focus(studio: Studio) -> None:
    """One control of each kind, to be seen while it has the focus."""
    holder = QWidget()
    holder.setObjectName("focus")
    holder.setProperty("surface", "panel")
    holder.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    row = QHBoxLayout(holder)
    row.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
    for each in _controls():
        row.addWidget(each)
    holder.show()
    studio.take("focus", holder)
    delete(holder)


def _controls() -> list[QWidget]:
    box, slider = QComboBox(), QSlider(Qt.Orientation.Horizontal)
    box.addItem("Adam")
    box.setAccessibleName("Optimizer")
    slider.setAccessibleName("Dropout")
    slider.setMinimumWidth(80)
    off, on, one = QCheckBox("off"), QCheckBox("on"), QRadioButton("one")
    on.setChecked(True)
    one.setChecked(True)
    play, link = icon_button("play", "Play", str), button("link", role="link")
    buttons = [button("Reset"), button("Run", role="primary"), play, link]
    return [NumberField("Number", 0.5), box, slider, off, on, one, *buttons]


SCENES: dict[str, Callable[[Studio], None]] = {
    each.__name__.replace("_", "-"): each
    for each in (worked_example, layers, images, paused, expressions, empty, narrow, large, menus, dialogs, focus)
}


# --------------------------------------------------------------------------------------------------------- pictures


def write(folder: Path, names: Iterable[str], theme: Theme, schemes: Iterable[str] = SCHEMES) -> list[Path]:
    """Photograph scenes, or single pictures of them, into ``folder``; gives the files."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted, written = set(names), []
    for scheme in schemes:
        theme.choose(scheme)
        for scene, play in SCENES.items():
            with TemporaryDirectory() as place:
                whole = not wanted or scene in wanted

                def camera(name: str, widget: QWidget, scheme: str = scheme, whole: bool = whole) -> None:
                    if whole or name in wanted:
                        written.append(folder / f"{name}-{scheme}.png")
                        picture(name, widget).save(str(written[-1]))

                play(Studio(theme, Path(place), camera))
    return written


def picture(name: str, widget: QWidget) -> QPixmap:
    """A widget as it looks; of the controls a row for each, in which that one has the focus."""
    return focused_rows(widget) if name == "focus" else widget.grab()


def focused_rows(holder: QWidget) -> QPixmap:
    """One row for each control, in which that one has the focus."""
    controls = holder.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
    made = QPixmap(holder.width(), holder.height() * len(controls))
    painter = QPainter(made)
    for row, control in enumerate(controls):
        control.setFocus(Qt.FocusReason.TabFocusReason)
        QApplication.processEvents()
        painter.drawPixmap(0, row * holder.height(), holder.grab())
    painter.end()
    return made


def _tell(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    """Qt's messages, but for what every platform without a screen says at every window."""
    if not text.startswith("This plugin does not support"):
        print(text, file=sys.stderr)


def main() -> None:
    """Write what was asked for."""
    os.environ.update(HOME="/home/ada", TZ="UTC")
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        os.environ.pop(name, None)
    arguments = sys.argv[1:]
    folder = Path(arguments[0]) if arguments else Path("out/shots")
    with NamedTemporaryFile("w", suffix=".json") as screen:
        screen.write(SCREEN)
        screen.flush()
        if os.environ["QT_QPA_PLATFORM"] == "offscreen":
            os.environ["QT_QPA_PLATFORM"] = f"offscreen:configfile={screen.name}"
        qInstallMessageHandler(_tell)
        application = QApplication(sys.argv[:1])
    with read_in("window"):
        for file in write(folder, arguments[1:], Theme(application)):
            print(file)


if __name__ == "__main__":
    main()
