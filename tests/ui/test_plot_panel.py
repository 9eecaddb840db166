"""The loss plot: live, of the last run, named, marked, by powers of ten, in light and dark, copied with every digit."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QGuiApplication, QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nnviz.learning.settings import EarlyStopping
from nnviz.session.progress import curves_plot
from nnviz.session.session import Session
from nnviz.ui import icons
from nnviz.ui.loss_canvas import INKS, LossCanvas
from nnviz.ui.palette import contrast
from nnviz.ui.plot_panel import PlotPanel, as_lines, readout
from nnviz.ui.theme import SCHEMES, Theme
from nnviz.ui.ticker import Ticker
from tests.networks import mazur
from tests.ui.accessibility import cut, unnamed
from tests.ui.running import ENDLESS, iris, until, until_idle


@pytest.fixture
def session() -> Iterator[Session]:
    made = Session(iris(8, early_stopping=EarlyStopping()))
    yield made
    made.close()


def draw(panel: PlotPanel, training: object, validation: object = None, *, growing: bool = False) -> None:
    """Draw these losses on the panel's canvas."""
    panel.canvas.parentWidget().setCurrentWidget(panel.canvas)  # type: ignore[attr-defined]  # its parent is a stack
    QApplication.processEvents()
    panel.canvas.draw(spec(training, validation), growing=growing)


@pytest.fixture
def panel(session: Session, theme: Theme, qtbot: QtBot) -> PlotPanel:
    made = PlotPanel(session, theme)
    qtbot.addWidget(made)
    made.resize(700, 230)
    made.show()
    return made


def read_out(panel: PlotPanel) -> str:
    """What stands over the plot, in one line."""
    return panel.readout.text().replace("\u00a0", " ")


def trained(session: Session, qtbot: QtBot) -> None:
    ticker = Ticker(session)
    session.start_training()
    until_idle(qtbot, session)
    ticker.stop()
    QApplication.processEvents()


def test_before_a_training_it_says_what_will_be_here(panel: PlotPanel) -> None:
    assert panel.empty.isVisible()
    assert "Train to see the loss" in panel.empty.text()
    panel.copy_numbers()


def test_a_run_is_shown_with_both_curves_named_and_the_best_epoch_marked(
    panel: PlotPanel, session: Session, qtbot: QtBot
) -> None:
    trained(session, qtbot)
    assert panel.canvas.isVisible()
    assert panel.spec is not None
    run = session.document.runs[-1]
    assert [curve.role for curve in panel.spec.curves] == ["training", "validation"]
    assert np.array_equal(panel.spec.curves[0].ys, run.training)
    assert np.array_equal(panel.spec.curves[1].ys, run.validation)
    assert panel.spec.marks == ((float(run.best_epoch), f"best epoch {run.best_epoch}"),)
    told = panel.canvas.texts()
    assert {"training", "validation", f"best epoch {run.best_epoch}", "epoch", "loss J"} <= set(told)
    told = read_out(panel)
    assert told.startswith("epoch 8 · training 0."), "accuracy is that of the weights kept, which Train tells"
    assert f"· best epoch {session.document.runs[-1].best_epoch}: 0." in told


def test_undo_and_redo_of_a_run_are_followed(panel: PlotPanel, session: Session, qtbot: QtBot) -> None:
    trained(session, qtbot)
    session.undo()
    assert panel.spec is None
    assert panel.empty.isVisible()
    session.redo()
    assert panel.spec is not None


def test_it_grows_while_the_training_runs(theme: Theme, qtbot: QtBot) -> None:
    session = Session(iris(ENDLESS))
    ticker = Ticker(session)
    panel = PlotPanel(session, theme)
    qtbot.addWidget(panel)
    panel.show()
    session.start_training()
    until(qtbot, lambda: panel.spec is not None and len(panel.spec.curves[0].xs) > 5)
    seen, updates = len(panel.spec.curves[0].xs), panel.updates  # type: ignore[union-attr]  # there is a curve by now
    until(qtbot, lambda: panel.spec is not None and len(panel.spec.curves[0].xs) > seen)
    assert panel.updates > updates
    until(qtbot, lambda: read_out(panel).startswith("validation accuracy "))
    session.stop_training()
    assert len(panel.spec.curves[0].xs) == len(session.document.runs[-1].training)  # type: ignore[union-attr]  # there is a curve by now
    ticker.stop()
    session.close()


def test_a_run_that_goes_on_keeps_the_curve_before_it(panel: PlotPanel, session: Session, qtbot: QtBot) -> None:
    trained(session, qtbot)
    trained(session, qtbot)
    assert panel.spec is not None
    assert panel.spec.curves[0].xs.tolist() == list(range(1, 17))


def test_updates_made_one_by_one_make_a_curve(theme: Theme, qtbot: QtBot) -> None:
    session = Session(mazur())
    panel = PlotPanel(session, theme)
    qtbot.addWidget(panel)
    panel.show()
    for count in (1, 2, 3):
        session.update_once()
        assert panel.spec is not None
        assert len(panel.spec.curves[0].xs) == count
    session.close()


def test_a_hidden_panel_waits_and_catches_up(panel: PlotPanel, session: Session, qtbot: QtBot) -> None:
    panel.hide()
    updates = panel.updates
    trained(session, qtbot)
    assert panel.updates == updates
    panel.show()
    assert panel.updates == updates + 1
    assert panel.spec is not None


def test_the_logarithmic_scale_shows_powers_of_ten(panel: PlotPanel, session: Session, qtbot: QtBot) -> None:
    canvas = panel.canvas
    draw(panel, [1000.0, 1.0, 0.001])
    assert "0" in canvas.ticks("left")
    panel.log_scale.click()
    assert {"0.001", "1", "1000"} <= set(canvas.ticks("left"))
    panel.log_scale.click()
    assert "0" in canvas.ticks("left")


@pytest.mark.parametrize("losses", [[0.5], [0.0, 0.0], [1e300, 1e-300], [np.nan, 1.0, np.nan, 2.0], [np.nan]])
@pytest.mark.parametrize("logarithmic", [False, True])
def test_any_loss_can_be_drawn(panel: PlotPanel, losses: list[float], logarithmic: bool) -> None:
    panel.canvas.set_logarithmic(logarithmic)
    for growing in (True, False):
        draw(panel, losses, losses, growing=growing)
        assert not panel.canvas.grab().isNull()


def test_a_long_run_is_thinned_to_what_can_be_seen(panel: PlotPanel) -> None:
    losses = np.random.default_rng(0).random(100_000)
    draw(panel, losses, losses)
    assert 350 < panel.canvas.points("training") < 1_500
    assert panel.canvas.points("validation") < 3_000


def test_a_growing_plot_is_painted_once_for_each_time_it_is_drawn(panel: PlotPanel) -> None:
    class Painted(QObject):
        count = 0

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            self.count += event.type() == QEvent.Type.Paint
            return False

    painted = Painted()
    losses = np.random.default_rng(0).random(20_000)
    draw(panel, losses[:19_000], losses[:19_000], growing=True)
    QApplication.processEvents()
    panel.canvas.viewport().installEventFilter(painted)
    for count in (19_100, 19_200, 19_300):  # each needs more room before its name than the one before
        draw(panel, losses[:count], losses[:count], growing=True)
        for _ in range(3):
            QApplication.processEvents()
    assert painted.count == 3


@pytest.mark.parametrize("scheme", SCHEMES)
def test_it_follows_the_theme_and_its_inks_are_seen(panel: PlotPanel, theme: Theme, scheme: str) -> None:
    draw(panel, [1.0, 0.5], [1.0, 0.7])
    theme.choose(scheme)
    QApplication.processEvents()
    picture = panel.canvas.grab().toImage()
    assert picture.pixelColor(2, 2) == QColor(theme.palette.ground)
    for ink in (*INKS.values(), "good", "muted"):
        assert contrast(icons.colour(ink).name(), theme.palette.ground) >= 4.5
    assert {picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(0, picture.height(), 2)} >= {
        theme.palette.accent,
        theme.palette.warning,
    }


def test_the_mouse_reads_out_an_epoch(panel: PlotPanel, session: Session, qtbot: QtBot) -> None:
    trained(session, qtbot)
    last = read_out(panel)
    canvas = panel.canvas
    place = QPointF(canvas.width() / 2, canvas.height() / 2)
    button, keys = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    canvas.mouseMoveEvent(QMouseEvent(QEvent.Type.MouseMove, place, place, button, button, keys))
    read = read_out(panel)
    assert read != last
    assert read.startswith("epoch ")
    canvas.leaveEvent(QEvent(QEvent.Type.Leave))
    assert read_out(panel) == last


def test_the_numbers_are_copied_with_every_digit(panel: PlotPanel, session: Session, qtbot: QtBot) -> None:
    trained(session, qtbot)
    panel.copy.click()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0] == "epoch\ttraining\tvalidation"
    assert [float(line.split("\t")[1]) for line in lines[1:]] == session.document.runs[-1].training.tolist()


def test_a_gap_is_empty_in_the_copy_and_left_out_of_the_readout() -> None:
    shown = spec([1.0, 0.5], [np.nan, 0.7])
    assert as_lines(shown).splitlines()[1] == "1\t1\t"
    assert readout(shown, 1.0) == "epoch 1 · training 1.000"
    assert readout(shown) == "epoch 2 · training 0.5000 · validation 0.7000"


def test_axes_stand_in_one_place_after_the_panel_has_grown(panel: PlotPanel, session: Session, qtbot: QtBot) -> None:
    trained(session, qtbot)
    panel.resize(700, 120)
    QApplication.processEvents()
    panel.grab()
    ticks = panel.canvas.ticks("left")
    panel.resize(700, 150)
    QApplication.processEvents()
    grown = panel.grab().toImage()
    assert panel.canvas.ticks("left") == ticks  # else they would be set anew in any case
    panel.canvas.dress()
    QApplication.processEvents()
    assert panel.grab().toImage() == grown


def test_it_is_taken_down_once_and_follows_nothing_any_more(
    panel: PlotPanel, session: Session, theme: Theme, qtbot: QtBot
) -> None:
    trained(session, qtbot)
    panel.take_down()
    panel.take_down()
    assert panel.empty.isVisible()
    theme.choose("dark")
    updates = panel.updates
    session.undo()
    panel.refresh()
    assert panel.updates == updates


def test_the_arrow_keys_read_out_an_epoch(panel: PlotPanel, session: Session, qtbot: QtBot) -> None:
    trained(session, qtbot)
    panel.canvas.setFocus()
    qtbot.keyClick(panel.canvas, Qt.Key.Key_Left)
    assert read_out(panel).startswith("epoch 7 ")
    assert panel.canvas.accessibleDescription() == read_out(panel)
    qtbot.keyClick(panel.canvas, Qt.Key.Key_Home)
    assert read_out(panel).startswith("epoch 1 ")
    qtbot.keyClick(panel.canvas, Qt.Key.Key_Right)
    assert read_out(panel).startswith("epoch 2 ")
    qtbot.keyClick(panel.canvas, Qt.Key.Key_Escape)
    assert read_out(panel).startswith("epoch 8 ")


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_nothing_is_cut_or_without_a_name(
    panel: PlotPanel, theme: Theme, session: Session, qtbot: QtBot, scale: float
) -> None:
    theme.zoom(scale)
    trained(session, qtbot)
    panel.resize(400, 300)
    QApplication.processEvents()
    assert unnamed(panel) == []
    assert cut(panel) == []
    assert isinstance(panel.canvas, LossCanvas)


def lines_needed(panel: PlotPanel) -> int:
    """Height in pixels of all lines of what is read out."""
    room = QRect(0, 0, panel.readout.width(), 1000)
    return panel.readout.fontMetrics().boundingRect(room, Qt.TextFlag.TextWordWrap, panel.readout.text()).height()


@pytest.mark.parametrize("width", [717, 296], ids=["1280 by 800", "1024 by 700"])
def test_all_that_is_read_out_is_seen_also_in_small_windows(
    theme: Theme, session: Session, qtbot: QtBot, width: int
) -> None:
    session.replace(iris(ENDLESS, early_stopping=EarlyStopping(patience=ENDLESS)))
    panel, ticker = PlotPanel(session, theme), Ticker(session)
    qtbot.addWidget(panel)
    panel.resize(width, 200)
    panel.show()
    session.start_training()
    until(qtbot, lambda: "validation accuracy" in read_out(panel) and "best epoch" in read_out(panel))
    QApplication.processEvents()
    assert lines_needed(panel) <= panel.readout.height()
    session.stop_training()
    ticker.stop()
    QApplication.processEvents()
    assert "best epoch" in read_out(panel)
    assert lines_needed(panel) <= panel.readout.height()
    assert panel.minimumSizeHint().width() < 200  # it stands beside panels that are as narrow
    assert cut(panel) == []


def spec(training: object, validation: object = None):  # type: ignore[no-untyped-def]  # what it gives is told by its caller
    """A plot of these losses."""
    ys = np.array(training, dtype=float)
    others = np.full(len(ys), np.nan) if validation is None else np.array(validation, dtype=float)
    made = curves_plot(np.column_stack([np.arange(1, len(ys) + 1), ys, others]), best=1)
    assert made is not None
    return made
