"""Where the panels of the window stand: side by side where there is room for that, else in one column of tabs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QByteArray, QSettings, QSize, Qt, QTimer
from PySide6.QtWidgets import QDockWidget, QMainWindow, QMenu

from nnviz.ui.actions import Entry
from nnviz.ui.tab_order import enter
from nnviz.words import tr

ROOMY = QSize(1180, 760)
"""A window smaller than this, at type of 13 pixels, has its panels in one column of tabs: the canvas needs the room."""
HIGH = 1000
"""A window lower than this, at such type, has no room for plots beside a canvas and the formula of a step."""
PLOTS, NO_PLOTS = 232, 88
"""Height of the plots, and of the words in their place while there are none."""
VERSION = 3
"""Of what is remembered: places of other panels are not taken over."""
LEFT, RIGHT, BELOW = (
    Qt.DockWidgetArea.LeftDockWidgetArea,
    Qt.DockWidgetArea.RightDockWidgetArea,
    Qt.DockWidgetArea.BottomDockWidgetArea,
)

ALSO = {
    "palette": tr("layers nodes operations activations losses add"),
    "inspector": tr("properties options gradient derivative weight bias"),
    "training": tr("accuracy hyperparameters settings optimizer metrics"),
    "plots": tr("accuracy validation curve plot metrics overfitting"),
}
"""Other words by which panels are looked for."""


class Arrangement:
    """Puts docks in their places, again when the window becomes roomy or small; each of the two keeps what was moved.

    Parameters
    ----------
    window : whose docks they are.
    docks : by name: palette, inspector, outline, training, plots.
    settings : where each arrangement is remembered.
    filled : whether there are plots to be seen.
    """

    def __init__(
        self, window: QMainWindow, docks: Mapping[str, QDockWidget], settings: QSettings, *, filled: bool = False
    ) -> None:
        self._window, self._docks, self._settings = window, docks, settings
        self._roomy: bool | None = None
        self._scale = 1.0
        self._filled = filled
        self._yielded = False
        for dock in docks.values():
            dock.visibilityChanged.connect(dock.setEnabled)  # Tab passes over what is hidden behind another tab

    def fit(self, scale: float) -> None:
        """Arrange the docks for the present size of the window and of its type."""
        size, self._scale = self._window.size(), scale
        roomy = size.width() >= ROOMY.width() * scale and size.height() >= ROOMY.height() * scale
        if roomy == self._roomy:
            return
        self.remember()
        self._roomy = roomy
        state = self._settings.value(self._key())
        if not (isinstance(state, QByteArray) and self._window.restoreState(state, VERSION)):
            self._place()

    def fill_plots(self, filled: bool) -> None:
        """Give plots room when there is something to be seen, and the canvas when there is not."""
        self._filled = filled
        dock = self._docks["plots"]
        if self._roomy and not dock.isFloating() and (dock.height() < PLOTS * self._scale) == filled:
            QTimer.singleShot(0, self._window, self._share_height)  # when it is known how little it needs

    def step(self, stepping: bool) -> None:
        """While one steps, plots give their room to the canvas where the window is low; then they have it again."""
        dock, low = self._docks["plots"], self._window.height() < HIGH * self._scale
        if self._yielded and not stepping:
            self._yielded = False
            dock.show()
        elif stepping and not self._yielded and self._roomy and low and dock.isVisible() and not dock.isFloating():
            self._yielded = True
            dock.hide()

    def _share_height(self) -> None:
        height = PLOTS if self._filled else NO_PLOTS
        self._window.resizeDocks([self._docks["plots"]], [round(height * self._scale)], Qt.Orientation.Vertical)

    def entries(self) -> list[Entry]:
        """Every panel, for the palette of commands."""
        docks = self._docks.items()
        return [
            Entry(f"panel:{name}", tr("Go to {name}", name=dock.windowTitle()), "", "", "", ALSO.get(name, ""))
            for name, dock in docks
        ]

    def go_to(self, id: str) -> bool:
        """Show the panel of an entry, its first control with the focus; False where the entry is of something else."""
        dock = self._docks.get(id.removeprefix("panel:")) if id.startswith("panel:") else None
        if dock is None:
            return False
        dock.show()
        dock.raise_()
        dock.setEnabled(True)
        enter(dock.widget())
        return True

    def remember(self) -> None:
        """Keep where the docks stand now."""
        self.step(False)
        if self._roomy is not None:
            self._settings.setValue(self._key(), self._window.saveState(VERSION))

    def _key(self) -> str:
        return "docks/roomy" if self._roomy else "docks/small"

    def _place(self) -> None:
        window, docks = self._window, self._docks
        for dock in docks.values():
            window.removeDockWidget(dock)
        for name in ("palette", "inspector", "outline", "training", "plots"):
            below = BELOW if self._roomy else RIGHT
            window.addDockWidget({"palette": LEFT, "plots": below}.get(name, RIGHT), docks[name])
        for name in ("outline",) if self._roomy else ("outline", "training", "plots"):
            window.tabifyDockWidget(docks["inspector"], docks[name])
        for dock in docks.values():
            dock.show()
        docks["inspector"].raise_()
        self._share_out()

    def _share_out(self) -> None:
        docks, flat, upright = self._docks, Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        widths = [212, 348] if self._roomy else [48, 296]
        self._window.resizeDocks(
            [docks["palette"], docks["inspector"]], [round(width * self._scale) for width in widths], flat
        )
        if self._roomy:
            self._share_height()
            self._window.resizeDocks([docks["inspector"], docks["training"]], [54, 46], upright)


def float_menu(menu: QMenu, docks: Iterable[QDockWidget]) -> None:
    """Fill a menu by which a dock gets a window of its own: in a column of tabs it has no button for that."""
    for dock in docks:
        action = menu.addAction(dock.windowTitle())
        action.setCheckable(True)
        dock.topLevelChanged.connect(action.setChecked)
        action.triggered.connect(lambda on, dock=dock: _float(dock, on))


def _float(dock: QDockWidget, on: bool) -> None:
    dock.setFloating(on)
    dock.show()
