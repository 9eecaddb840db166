"""Where the panels stand: beside each other in a roomy window, in one column of tabs in a small one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QSettings
from PySide6.QtWidgets import QApplication

from nnviz.session.session import Session
from nnviz.ui.theme import Theme
from nnviz.ui.window import MainWindow
from tests.networks import mazur
from tests.ui.accessibility import cut, hidden
from tests.ui.asking import ScriptedAsker


@pytest.fixture
def settings(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def window(theme: Theme, settings: QSettings) -> Iterator[MainWindow]:
    made = shown(theme, settings)
    yield made
    close(made)


def shown(theme: Theme, settings: QSettings) -> MainWindow:
    made = MainWindow(Session(mazur()), theme, ScriptedAsker(), settings)
    made.show()
    QApplication.processEvents()
    return made


def close(window: MainWindow) -> None:
    window.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def resize(window: MainWindow, width: int, height: int) -> None:
    window.resize(width, height)
    for _ in range(3):
        QApplication.processEvents()


def tabbed(window: MainWindow, name: str) -> set[str]:
    return {dock.objectName() for dock in window.tabifiedDockWidgets(window.docks[name])}


def test_a_small_window_has_one_column_of_tabs_and_a_roomy_one_has_not(window: MainWindow) -> None:
    assert tabbed(window, "inspector") == {"outline"}
    resize(window, 1024, 700)
    assert (window.width(), window.height()) == (1024, 700)
    assert tabbed(window, "inspector") == {"outline", "training", "plots"}
    assert not window.palette_panel.list.names_fit
    assert not window.palette_panel.search.isVisible()
    resize(window, 1480, 940)
    assert tabbed(window, "inspector") == {"outline"}
    assert window.palette_panel.search.isVisible()


def test_each_arrangement_keeps_what_was_closed_and_is_remembered(
    window: MainWindow, theme: Theme, settings: QSettings
) -> None:
    window.docks["plots"].close()
    resize(window, 1024, 700)
    assert not window.docks["plots"].isHidden()
    window.docks["outline"].close()
    resize(window, 1480, 940)
    assert window.docks["plots"].isHidden()
    assert not window.docks["outline"].isHidden()
    window.close()
    again = shown(theme, settings)
    resize(again, 1480, 940)
    assert again.docks["plots"].isHidden()
    resize(again, 1024, 700)
    assert again.docks["outline"].isHidden()
    close(again)


def test_while_one_steps_plots_give_their_room_to_the_canvas_of_a_low_window(
    window: MainWindow, theme: Theme, settings: QSettings
) -> None:
    resize(window, 1280, 1010)
    window.session.go_to_step(3)
    assert not window.docks["plots"].isHidden()
    window.walk.leave()
    resize(window, 1280, 800)
    window.session.go_to_step(3)
    assert window.docks["plots"].isHidden()
    window.docks["plots"].show()  # who wants to see it, sees it
    window.session.go_to_step(4)
    assert not window.docks["plots"].isHidden()
    window.walk.leave()
    window.session.go_to_step(3)
    assert window.docks["plots"].isHidden()
    window.close()
    again = shown(theme, settings)
    resize(again, 1280, 800)
    assert not again.docks["plots"].isHidden()
    close(again)


def test_larger_type_makes_a_window_small(window: MainWindow, theme: Theme) -> None:
    theme.zoom(2.0)
    for _ in range(3):
        QApplication.processEvents()
    assert tabbed(window, "inspector") == {"outline", "training", "plots"}


def test_nothing_is_cut_at_1024_by_700_and_200_percent(window: MainWindow, theme: Theme) -> None:
    theme.zoom(2.0)
    resize(window, 1024, 700)
    shown = [("inspector", part) for part in ((), ("h1",), ("w5",), ("h1", "w5"))]
    for tab, selected in [*shown, ("outline", ()), ("training", ()), ("plots", ())]:
        window.session.select(selected)
        window.docks[tab].raise_()
        resize(window, 1024, 700)
        assert (window.width(), window.height()) == (1024, 700)
        assert cut(window) == []
        assert hidden(window) == []


def test_a_panel_behind_a_tab_gets_a_window_of_its_own_from_the_menu(window: MainWindow) -> None:
    menus = {action.text(): action.menu() for action in window.built.menus["&View"].actions() if action.menu()}
    menu = menus["In a &window of its own"]
    action = next(action for action in menu.actions() if action.text() == "Outline")
    action.trigger()
    assert window.docks["outline"].isFloating()
    assert action.isChecked()
    action.trigger()
    assert not window.docks["outline"].isFloating()
    assert not action.isChecked()
