"""The window: one face of a session. It arranges panels, runs commands, asks and tells; it holds no document itself."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import (
    QDialog,
    QDockWidget,
    QMainWindow,
    QSizePolicy,
    QTabWidget,
    QToolBar,
    QWidget,
)

from nnviz.document.connect import allowed_targets
from nnviz.document.document import Document
from nnviz.errors import NnvizError, shortened
from nnviz.lowering import problems
from nnviz.session.session import Session, TrainingRunsError
from nnviz.session.starting import LOSSLESS, has_loss
from nnviz.ui import actions, commands
from nnviz.ui.actions import Entry
from nnviz.ui.arrangement import Arrangement, float_menu
from nnviz.ui.canvas_area import CanvasArea
from nnviz.ui.command_palette import CommandPalette, FindButton
from nnviz.ui.dialogs import About, Asker, ShortcutHelp
from nnviz.ui.differentiating import Differentiating
from nnviz.ui.export_dialog import ExportDialog
from nnviz.ui.files import Files
from nnviz.ui.focus_bar import known_digits
from nnviz.ui.inspector_panel import InspectorPanel
from nnviz.ui.looks import Looks
from nnviz.ui.outline_panel import OutlinePanel
from nnviz.ui.palette_panel import PalettePanel
from nnviz.ui.plot_panel import PlotPanel
from nnviz.ui.table_dialog import TableDialog
from nnviz.ui.theme import Theme
from nnviz.ui.ticker import Ticker
from nnviz.ui.training_panel import TrainingPanel
from nnviz.ui.weights_window import WeightsWindow
from nnviz.ui.widgets import DockTitle, ElidedLabel, label
from nnviz.words import tr

TELL_MS = 8_000


class MainWindow(QMainWindow):
    """One document in one window.

    Parameters
    ----------
    session : what is open.
    theme : the look of the application.
    asker : through which its user is asked; replaceable.
    settings : what is remembered between starts.
    locks : the folder of the locks by which windows notice each other; None for none.
    """

    def __init__(
        self, session: Session, theme: Theme, asker: Asker, settings: QSettings, *, locks: Path | None = None
    ) -> None:
        super().__init__()
        self.session, self.theme, self.asker, self.settings = session, theme, asker, settings
        self.looks = Looks(theme, settings)
        self.files = Files(self, session, lambda: self.asker, settings, locks)
        self.setAcceptDrops(True)
        session.show_digits(known_digits(settings.value("digits")))
        self.area = CanvasArea(session, theme.palette.name)
        self.walk = self.area.walk
        self.setCentralWidget(self.area)
        self.ticker = Ticker(session, self)
        self._make_panels()
        self.differentiating = Differentiating(self, session, self.refuse)
        self.built = actions.build(commands.COMMANDS, self, refused=self.refuse, reasons=commands.REASONS)
        self.built.fill_menu_bar(self.menuBar(), commands.MENUS)
        self.built.menus[commands.FILE].insertMenu(self.built.actions["save"], self.files.recent_menu)
        self._make_tool_bar()
        self._make_status()
        self._finder = CommandPalette(self, self._findable, self._run_found)
        self._targets = CommandPalette(self, self._possible_targets, self._connect_to)
        self._listen()
        self.resize(1480, 940)
        self._restore()
        self.refresh()
        self.area.view.setFocus()

    # making

    def _make_panels(self) -> None:
        session = self.session
        self.palette_panel = PalettePanel(session)
        self.inspector = InspectorPanel(session)
        self.outline = OutlinePanel(session)
        self.training_panel = TrainingPanel(session, self.asker)
        self.plots = PlotPanel(session, self.theme)
        self.docks = {
            "palette": self._dock("palette", tr("Building blocks"), self.palette_panel),
            "inspector": self._dock("inspector", tr("Inspect"), self.inspector),
            "outline": self._dock("outline", tr("Outline"), self.outline),
            "training": self._dock("training", tr("Train"), self.training_panel),
            "plots": self._dock("plots", tr("Loss"), self.plots),
        }
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        self.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self._arrangement = Arrangement(self, self.docks, self.settings, filled=self.plots.spec is not None)

    def _dock(self, name: str, title: str, content: QWidget) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(name)
        dock.setTitleBarWidget(DockTitle(dock))
        dock.setWidget(content)
        return dock

    def _make_tool_bar(self) -> None:
        bar = QToolBar(tr("Tools"))
        bar.setObjectName("tools")
        self.built.fill_tool_bar(bar, commands.TOOLS)
        self._add_find_button(bar)
        self.addToolBar(bar)
        view = self.built.menus[commands.VIEW]
        view.addSeparator()
        for dock in self.docks.values():
            view.addAction(dock.toggleViewAction())
        float_menu(view.addMenu(tr("In a &window of its own")), self.docks.values())

    def _add_find_button(self, bar: QToolBar) -> None:
        """At the right end, so that it is found where there are no words on the tools."""
        find = FindButton(actions.native(self.built.command("find").shortcuts[0]), self.find_command)
        space = QWidget()
        space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        for widget in (space, find):
            bar.addWidget(widget)

    def _make_status(self) -> None:
        self.problem_label, self.state_label = ElidedLabel("", "small"), label("", "small")
        self.statusBar().addWidget(self.problem_label, 1)
        self.statusBar().addPermanentWidget(self.state_label)

    def _listen(self) -> None:
        session, area = self.session, self.area
        session.changed.connect(lambda before, after: self._changed())
        session.saved.connect(self.refresh)
        session.run_changed.connect(self.refresh)
        session.shown.connect(self._tell_step)
        session.selected.connect(lambda ids: self.built.refresh())
        session.journal_failed.connect(self._tell_unjournaled)
        if session.journal_error is not None:  # as it was opened, before there was a window
            self._tell_unjournaled(session.journal_error)
        for part in (area, self.files, self.inspector, self.outline, self.training_panel):
            part.refused.connect(self.refuse)
        self.files.told.connect(self.tell)
        self.files.opened.connect(area.view.fit)
        self.files.table_chosen.connect(self._take_table)
        area.told.connect(self.tell)
        self.training_panel.controls.kept.connect(self.tell)
        area.opened.connect(self._open_part)
        area.view.files_dropped.connect(lambda paths: self.open_path(Path(paths[0])) if paths else None)
        self.palette_panel.wished.connect(lambda kind: area.add_node(kind))
        self.inspector.opening_wished.connect(area.open_expressions)
        self.training_panel.wants_document.connect(self.show_document)
        self.plots.filled.connect(self._arrangement.fill_plots)
        self.theme.changed.connect(self._dress)  # a method, so that Qt forgets it together with the window

    # what is shown

    def _dress(self) -> None:
        """Show the canvas in the colours of the theme."""
        self.area.set_look(self.theme.palette.name)
        self._arrangement.fit(self.theme.scale)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Panels stand otherwise in a small window; once this event is over, for that moves them."""
        super().resizeEvent(event)
        QTimer.singleShot(0, self, lambda: self._arrangement.fit(self.theme.scale))

    def _changed(self) -> None:
        """What was told of the act before is past."""
        self.tell("")
        self.refresh()

    def refresh(self) -> None:
        """Show title, problems and what can be done."""
        self.setWindowTitle(shortened(self.files.name, 80).replace("[*]", "[*][*]") + "[*] – nnviz")
        self.setWindowModified(self.session.modified)
        self.problem_label.setText(self._problem())
        document, step = self.session.document, self.session.document.state.step
        self.state_label.setText(
            tr(
                "{updates} · seed {seed} · {saved}",
                updates=self._updates(step),
                seed=document.seed,
                saved=tr("modified") if self.session.modified else tr("saved") if self.session.path else tr("new"),
            )
        )
        undo, redo = self.session.undo_title, self.session.redo_title
        self.built.actions["undo"].setText(tr("&Undo {what}", what=undo) if undo else tr("&Undo"))
        self.built.actions["redo"].setText(tr("&Redo {what}", what=redo) if redo else tr("&Redo"))
        self.built.refresh()

    def _updates(self, made: int) -> str:
        """How many updates made the weights; while a training runs, that it does: how many it has made stands there."""
        if self.session.training:
            return tr("training")
        return tr("1 update") if made == 1 else tr("{n:,} updates", n=made)

    def _problem(self) -> str:
        """What keeps the network from being computed, or that nothing does."""
        graph = self.session.document.graph
        if not graph.nodes:
            return tr("Nothing in the network yet")
        if self.session.lacks_rows:
            return tr("No row to compute yet: type one under “Try a row”, or choose a table under “Data”")
        found = problems(graph)
        problem = found[0] if found else self.session.problem
        if problem is not None:
            return str(problem)
        return tr("No problems") if self.has_loss() else f"{tr('No problems')} · {LOSSLESS}"

    def _tell_step(self) -> None:
        """Another step, or other rows, whose numbers can be computed or cannot."""
        if not self.session.training:
            self.problem_label.setText(self._problem())
            self.built.refresh()
            self._arrangement.step(self.session.walk is not None)

    def tell(self, text: str) -> None:
        """Show a sentence in the status line for a while."""
        self.statusBar().showMessage(text, TELL_MS) if text else self.statusBar().clearMessage()

    def refuse(self, error: NnvizError) -> None:
        """Tell why something is not possible; offer to stop a training that is in the way."""
        if isinstance(error, TrainingRunsError):
            if self.asker.question(self, tr("Stop the training first?"), str(error), yes=tr("Stop it")):
                self.session.stop_training()
            return
        self.tell(str(error))
        self.asker.refuse(self, error)

    def _tell_unjournaled(self, error: NnvizError) -> None:
        """Tell that acts are not recorded, once the present one is done with."""
        what = tr("Your work is not kept for recovery now. Save it soon")
        QTimer.singleShot(0, self, lambda: self.asker.refuse(self, error, what))

    def _open_part(self, part: str) -> None:
        """Go to the numbers of a part: of an input, to where its value is typed."""
        self.docks["inspector"].show()
        self.docks["inspector"].raise_()
        node = self.session.document.graph.by_id.get(part)
        if node is not None and node.kind == "input":
            self.inspector.go_to_input(part)
        else:
            self.session.select((part,))
            self.inspector.setFocus()

    # what commands need

    def can_undo(self) -> bool:
        """Whether there is an act to undo."""
        return bool(self.session.undo_title)

    def can_redo(self) -> bool:
        """Whether there is an act to redo."""
        return bool(self.session.redo_title)

    def idle(self) -> bool:
        """Whether no training runs."""
        return not self.session.training

    def training(self) -> bool:
        """Whether a training runs or is paused."""
        return self.session.training

    def walking(self) -> bool:
        """Whether a walkthrough is under way."""
        return self.session.walk is not None

    def updated(self) -> bool:
        """Whether a walkthrough shows new weights."""
        walk = self.session.walk
        return walk is not None and bool(walk.weights(self.session.step))

    def has_selection(self) -> bool:
        """Whether something is selected."""
        return bool(self.session.selection)

    def has_nodes(self) -> bool:
        """Whether there is a network."""
        return bool(self.session.document.graph.nodes)

    def has_loss(self) -> bool:
        """Whether there is something to train by."""
        return has_loss(self.session.document)

    def has_place(self) -> bool:
        """Whether some node stands where a user has put it."""
        return bool(self.session.document.positions)

    def drawing_edges(self) -> bool:
        """Whether a press on a node draws an edge."""
        return self.area.view.drawing_edges

    # files

    def show_document(self, document: Document, path: Path | None = None) -> None:
        """Show another document, after asking what to do with unsaved changes."""
        self.files.show(document, path)

    def open_path(self, path: Path) -> None:
        """Open a document, or offer a table to the training panel."""
        self.files.open_path(path)

    def _take_table(self, path: Path) -> None:
        self.docks["training"].show()
        self.docks["training"].raise_()
        self.training_panel.open_csv(path)

    def export_picture(self) -> None:
        """Export the picture of the network, with a preview."""
        dialog = ExportDialog(self.session, self.asker, self.settings, self)
        dialog.refused.connect(self.refuse)
        dialog.exported.connect(lambda path: self.tell(tr("Exported {path}", path=path)))
        dialog.exec()
        dialog.deleteLater()

    # editing and viewing

    def undo(self) -> None:
        """Take back the last act."""
        self.session.undo()

    def redo(self) -> None:
        """Bring it back."""
        self.session.redo()

    def delete_selection(self) -> None:
        """Remove what is selected."""
        self.area.delete_selection()

    def select_all(self) -> None:
        """Select every node."""
        self.session.select(tuple(node.id for node in self.session.document.graph.nodes))

    def connect_by_keyboard(self) -> None:
        """Choose a target for an edge from the selected node."""
        if self._possible_targets():
            self._targets.open()
        else:
            self.tell(tr("No edge can be drawn from here"))

    def _edge_source(self) -> str | None:
        return next((id for id in self.session.selection if id in self.session.document.graph.by_id), None)

    def _possible_targets(self) -> list[Entry]:
        graph, source = self.session.document.graph, self._edge_source()
        allowed = allowed_targets(self.session.document, source) if source else set()
        return [
            Entry(node.id, tr("Connect to {name}", name=node.label), node.id, "", "")
            for node in graph.nodes
            if node.id in allowed
        ]

    def _connect_to(self, target: str) -> None:
        source = self._edge_source()
        if source is not None:
            self.area.connect_nodes(source, target)

    def set_drawing_edges(self, on: bool) -> None:
        """Whether a press on a node draws an edge."""
        self.area.view.drawing_edges = on
        self.tell(tr("Drag from node to node to draw edges") if on else "")

    def fit(self) -> None:
        """Show the whole network."""
        self.area.view.fit()

    def zoom_in(self) -> None:
        """Nearer."""
        self.area.view.zoom_by(1.25)

    def zoom_out(self) -> None:
        """Farther."""
        self.area.view.zoom_by(0.8)

    def auto_layout(self) -> None:
        """Place every node automatically."""
        self.area.auto_layout()

    def next_example(self) -> None:
        """Show the numbers of the next example."""
        self.area.focus.go(1)

    def previous_example(self) -> None:
        """Show the numbers of the one before."""
        self.area.focus.go(-1)

    # training

    def type_data(self) -> None:
        """Type the data: a row for each example."""
        self._run_dialog(TableDialog(self.session, self))

    def type_weights(self) -> None:
        """Show all weights as tables, beside the window."""
        made = WeightsWindow(self.session, self)
        made.refused.connect(self.refuse)
        made.show()
        made.activateWindow()

    def train_or_pause(self) -> None:
        """Begin to train, wait, or go on."""
        self.training_panel.train_or_pause()

    def stop_training(self) -> None:
        """End the training and keep what it has reached."""
        self.training_panel.stop()

    def one_update(self) -> None:
        """Make one update."""
        self.training_panel.one_update()

    def reset_weights(self) -> None:
        """Go back to the weights that the training began from."""
        self.training_panel.reset()

    def new_seed(self) -> None:
        """Draw other first weights."""
        self.training_panel.new_seed()

    # help

    def find_command(self) -> None:
        """Type to find a command or a node."""
        self._finder.open()

    def _findable(self) -> list[Entry]:
        nodes, settings = self.session.document.graph.nodes, self.training_panel.settings()
        return [
            *self.built.entries(),
            *(Entry(f"node:{node.id}", tr("Go to {name}", name=node.label), node.id, "", "") for node in nodes),
            *self.differentiating.entries(),
            *self._arrangement.entries(),
            *(Entry(f"set:{name}", tr("Go to {name}", name=name), tr("Train"), "", "") for name in settings),
        ]

    def _run_found(self, id: str) -> None:
        if id.startswith("node:"):
            self._open_part(id.removeprefix("node:"))
        elif id.startswith("set:"):
            self._arrangement.go_to("panel:training")
            self.training_panel.show_setting(id.removeprefix("set:"))
        elif not self.differentiating.run(id) and not self._arrangement.go_to(id):
            self.built.run(id)

    def show_shortcuts(self) -> None:
        """All shortcuts."""
        self._run_dialog(ShortcutHelp(self.built.shortcut_rows(), self))

    def show_about(self) -> None:
        """Versions and licences."""
        self._run_dialog(About(self))

    def _run_dialog(self, dialog: QDialog) -> None:
        dialog.exec()
        dialog.deleteLater()

    # closing and dropping

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask, stop what runs, remember where things stand."""
        event.ignore()  # until it is known that nothing is lost: a fault on the way there must not close the window
        if not self.files.may_leave():
            return
        event.accept()
        self.ticker.stop()
        self.plots.take_down()
        self.session.close()
        self.files.twins.release()
        self.settings.setValue("geometry", self.saveGeometry())
        self.settings.setValue("digits", self.session.digits or "auto")
        self._arrangement.remember()
        self.palette_panel.remember(self.settings)

    def _restore(self) -> None:
        geometry = self.settings.value("geometry")
        if isinstance(geometry, QByteArray):
            self.restoreGeometry(geometry)
        self.palette_panel.restore(self.settings)
        self._arrangement.fit(self.theme.scale)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            self.open_path(Path(paths[0]))
        event.acceptProposedAction()
