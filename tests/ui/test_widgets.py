"""The small parts: plain words, names for assistive technology, nothing lost where it is narrow."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QLabel,
    QMainWindow,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from nnviz.ui import widgets
from nnviz.ui.theme import Theme
from tests.ui.accessibility import unnamed

pytestmark = pytest.mark.usefixtures("theme")
NASTY = "<img src=x> & 🙂 " + "w" * 1000


@pytest.mark.parametrize("make", [widgets.label, widgets.heading, widgets.ElidedLabel])
def test_labels_show_every_character(qtbot: QtBot, make: type[QLabel]) -> None:
    made = make(NASTY)
    qtbot.addWidget(made)
    assert made.textFormat() == Qt.TextFormat.PlainText
    assert made.text() == NASTY


def test_words_that_change_lay_out_nothing_anew_until_they_need_other_room(qtbot: QtBot) -> None:
    class Panel(QWidget):
        asked = 0

        def event(self, event: QEvent) -> bool:
            self.asked += event.type() == QEvent.Type.LayoutRequest
            return super().event(event)

    panel, words = Panel(), widgets.label("", "small", wrapped=True)
    rows = QVBoxLayout(panel)
    rows.addWidget(widgets.Settled(words))
    rows.addStretch(1)
    qtbot.addWidget(panel)
    panel.resize(200, 200)
    panel.show()
    words.setText("1 of 900 updates")
    for _ in range(3):
        QApplication.processEvents()
    panel.asked, high = 0, words.height()
    for number in range(2, 9):
        words.setText(f"{number} of 900 updates")
        QApplication.processEvents()
    assert (panel.asked, words.height(), words.width()) == (0, high, rows.contentsRect().width())
    words.setText("so many words that they need several lines " * 3)
    for _ in range(3):
        QApplication.processEvents()
    assert panel.asked > 0
    assert words.height() >= words.heightForWidth(words.width()) > high


def test_an_elided_label_gives_way_and_keeps_all_in_its_tip(qtbot: QtBot) -> None:
    made = widgets.ElidedLabel("a rather long name of a layer")
    qtbot.addWidget(made)
    made.resize(60, 20)
    made.show()
    assert made.shown().endswith("…")
    assert "a rather long name of a layer" in made.toolTip()
    assert made.accessibleName() == "a rather long name of a layer"
    assert made.minimumSizeHint().width() == 0
    made.resize(600, 20)
    QApplication.processEvents()
    assert made.shown() == made.text()
    assert made.toolTip() == ""


def test_an_elided_label_is_drawn_in_the_ink_of_its_role(theme: Theme, qtbot: QtBot) -> None:
    made = widgets.ElidedLabel("■■■■", "muted")
    qtbot.addWidget(made)
    made.resize(200, 30)
    made.show()
    image = made.grab().toImage()
    seen = {image.pixelColor(x, y).name() for x in range(60) for y in range(30)}
    assert theme.palette.muted in seen


def test_an_elided_label_puts_lines_on_one(qtbot: QtBot) -> None:
    made = widgets.ElidedLabel("one\ntwo")
    qtbot.addWidget(made)
    made.resize(300, 20)
    assert made.shown() == "one two"
    assert made.sizeHint().height() < 30


def test_an_icon_button_has_a_name_and_runs(qtbot: QtBot) -> None:
    pressed: list[bool] = []
    made = widgets.icon_button("play", "Play", lambda: pressed.append(True))
    qtbot.addWidget(made)
    made.click()
    assert pressed == [True]
    assert made.accessibleName() == "Play"
    assert "Play" in made.toolTip()


def test_buttons_have_roles_and_none_is_pressed_by_enter_elsewhere(qtbot: QtBot) -> None:
    pressed: list[bool] = []
    made = widgets.button("Run", lambda: pressed.append(True), role="primary")
    qtbot.addWidget(made)
    made.click()
    assert pressed == [True]
    assert made.property("role") == "primary"
    assert not made.autoDefault()


def test_a_phase_lights_up_in_its_colours(theme: Theme, qtbot: QtBot) -> None:
    made = widgets.phase_button("Q&A", "backward")
    qtbot.addWidget(made)
    assert made.text() == "Q&&A"
    assert made.accessibleName() == "Q&A"
    made.setChecked(True)
    made.show()
    image = made.grab().toImage()
    assert image.pixelColor(image.width() // 2, 5).name() == theme.palette.backward_fill


def test_an_empty_place_says_what_it_is_for_and_how_to_fill_it(theme: Theme, qtbot: QtBot) -> None:
    opened: list[bool] = []
    holder = QWidget()
    qtbot.addWidget(holder)
    action = QAction("Open…", holder)
    action.triggered.connect(lambda: opened.append(True))
    made = widgets.EmptyState("open", "Nothing here yet", "Open a file.", action)
    qtbot.addWidget(made)
    button = made.findChild(QPushButton)
    assert isinstance(button, QPushButton)
    button.click()
    assert opened == [True]
    assert made.accessibleName() == "Nothing here yet. Open a file."
    theme.choose("dark")
    made.show()
    picture = next(each for each in made.findChildren(QLabel) if not each.pixmap().isNull())
    image = picture.pixmap().toImage()
    pixels = (image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height()))
    assert {pixel.name() for pixel in pixels if pixel.alpha() == 255} == {theme.palette.muted}


def test_lines_are_one_pixel(qtbot: QtBot) -> None:
    across, upright = widgets.hairline(), widgets.hairline(upright=True)
    for line in (across, upright):
        qtbot.addWidget(line)
    assert across.maximumHeight() == upright.maximumWidth() == 1


def test_a_scrolling_panel_has_no_frame_and_no_stop_for_the_focus(qtbot: QtBot) -> None:
    inside = QWidget()
    inside.setMinimumWidth(200)
    area = widgets.scrolling(inside)
    qtbot.addWidget(area)
    assert area.frameWidth() == 0
    assert area.minimumSizeHint().width() > 200
    assert area.focusPolicy() == Qt.FocusPolicy.NoFocus


@pytest.fixture
def docked(qtbot: QtBot) -> tuple[QMainWindow, list[QDockWidget]]:
    """A window with two docks that have titles of their own."""
    window = QMainWindow()
    qtbot.addWidget(window)
    window.setCentralWidget(QWidget())
    docks = [QDockWidget(name, window) for name in ("Train", "Inspect")]
    for dock in docks:
        dock.setTitleBarWidget(widgets.DockTitle(dock))
        dock.setWidget(QWidget())
        window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
    window.resize(800, 600)
    window.resizeDocks(docks, [300, 300], Qt.Orientation.Horizontal)
    window.show()
    QApplication.processEvents()
    return window, docks


Docked = tuple[QMainWindow, list[QDockWidget]]


def test_the_title_of_a_dock_can_be_read_and_reached(docked: Docked) -> None:
    window, (dock, _) = docked
    buttons = dock.titleBarWidget().findChildren(QToolButton)
    assert [each.accessibleName() for each in buttons] == ["Float Train", "Close Train"]
    buttons[0].click()
    assert dock.isFloating()
    buttons[0].click()
    assert not dock.isFloating()
    buttons[1].click()
    assert not dock.isVisible()
    assert unnamed(window) == []


def settle() -> None:
    for _ in range(2):  # the title hears of its width, then the dock of the title
        QApplication.processEvents()


def test_a_dock_behind_a_tab_has_its_words_only_there(docked: Docked) -> None:
    window, docks = docked
    titles = [dock.titleBarWidget() for dock in docks]
    assert all(isinstance(title, widgets.DockTitle) and title.height() > 20 for title in titles)
    window.tabifyDockWidget(*docks)
    for dock in docks:
        dock.raise_()
        settle()
        assert dock.titleBarWidget().height() == 0
    docks[0].setFloating(True)
    settle()
    assert all(title.height() > 20 for title in titles)


def test_a_dock_as_narrow_as_an_icon_has_no_title(docked: Docked) -> None:
    window, docks = docked
    window.resizeDocks(docks, [60, 60], Qt.Orientation.Horizontal)
    settle()
    assert docks[0].titleBarWidget().height() == 0
    window.resizeDocks(docks, [300, 300], Qt.Orientation.Horizontal)
    settle()
    assert docks[0].titleBarWidget().height() > 20
