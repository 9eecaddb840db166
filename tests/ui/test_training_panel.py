"""The training panel by its widgets: run, pause, stop, one update, reset, settings, refusals, data, divergence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from nnviz.data.choice import Split
from nnviz.data.datasets import iris as iris_table
from nnviz.document.build import new
from nnviz.document.document import Document
from nnviz.document.files import encode
from nnviz.engine.initialisers import DRAWINGS, Glorot
from nnviz.engine.optimizers import RULES, SGD, Adam, Optimizer
from nnviz.learning.clipping import ClipNorm
from nnviz.learning.schedules import SCHEDULES, Cosine, WarmUp
from nnviz.learning.settings import EarlyStopping, TrainingSettings
from nnviz.numbers import exact_text
from nnviz.resources import path as resource
from nnviz.session.session import Session
from nnviz.session.starting import LOSSLESS
from nnviz.ui.number_field import NumberField
from nnviz.ui.theme import Theme
from nnviz.ui.ticker import Ticker
from nnviz.ui.training_panel import TrainingPanel
from tests.networks import circuit_of_inputs, mazur, mixed
from tests.ui.accessibility import cut, unnamed
from tests.ui.asking import ScriptedAsker
from tests.ui.running import ENDLESS, iris, until, until_idle

pytestmark = pytest.mark.usefixtures("theme")


class Bench:
    """A panel in a window of its own, with its session and clock."""

    def __init__(self, document: Document, qtbot: QtBot) -> None:
        self.session = Session(document)
        self.ticker = Ticker(self.session)
        self.asker = ScriptedAsker()
        self.panel = TrainingPanel(self.session, self.asker)
        self.controls = self.panel.controls
        qtbot.addWidget(self.panel)
        self.panel.resize(320, 900)
        self.panel.show()

    def open(self, document: Document) -> None:
        self.session.replace(document)

    def type(self, field: NumberField, text: str) -> bool:
        """Type into a field and leave it, as a user does."""
        field.setFocus()
        field.selectAll()
        field.insert(text)
        return field.commit()

    def told(self) -> str:
        """The sentence under the buttons."""
        return self.controls.sentence.text().replace("\u00a0", " ")

    def close(self) -> None:
        self.ticker.stop()
        self.session.close()


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Bench]:
    made = Bench(iris(4), qtbot)
    yield made
    made.close()


# running


def test_a_run_by_its_button_is_one_act_and_says_how_it_ended(bench: Bench, qtbot: QtBot) -> None:
    assert bench.controls.sentence.text() == "Ready: 4 epochs of 8 updates"
    assert not bench.controls.reset_button.isEnabled()
    bench.controls.train.click()
    assert bench.controls.train.text() == "Pause"
    until_idle(qtbot, bench.session)
    assert bench.controls.train.text() == "Train"
    assert bench.session.document.state.epoch == 4
    assert bench.controls.sentence.text().startswith("Finished after epoch 4 · last weights kept · J = ")
    assert " · validation J = " in bench.controls.sentence.text()
    assert "%, validation " in bench.controls.sentence.text()
    assert bench.controls.bar.value() == bench.controls.bar.maximum()
    assert bench.session.undo_title == "Train 4 epochs"


def test_progress_is_told_while_it_runs(bench: Bench, qtbot: QtBot) -> None:
    bench.open(iris(ENDLESS))
    bench.controls.train.click()
    until(qtbot, lambda: " of 8,000,000 updates · " in bench.told() and "accuracy" in bench.told())
    assert " left · J = 0." in bench.told()
    assert re.search(r" · validation J = [\d.]+ · validation accuracy [\d.]+ %$", bench.told().replace("\n", ""))
    bench.controls.stop_button.click()
    assert not bench.session.training
    assert bench.controls.sentence.text().startswith("Stopped after epoch ")
    assert bench.session.document.state.step > 0


def test_after_stop_it_is_said_that_the_last_weights_are_kept(bench: Bench, qtbot: QtBot) -> None:
    bench.open(iris(ENDLESS, early_stopping=EarlyStopping(patience=ENDLESS)))
    bench.controls.train.click()
    until(qtbot, lambda: bool(len(bench.session.curves)))
    with qtbot.waitSignal(bench.controls.kept) as kept:
        bench.controls.stop_button.click()
    assert re.fullmatch(r"Stopped after epoch [\d,]+ · last weights kept", kept.args[0])
    assert bench.controls.sentence.text().startswith(kept.args[0] + " · J = ")


def test_after_stop_the_keys_go_to_train(bench: Bench, qtbot: QtBot) -> None:
    bench.open(iris(ENDLESS))
    bench.controls.train.click()
    bench.controls.stop_button.setFocus()
    bench.controls.stop_button.click()
    assert bench.controls.train.hasFocus()


def test_pause_and_resume_give_the_bits_of_a_run_without(bench: Bench, qtbot: QtBot) -> None:
    bench.open(iris(60, optimizer=Adam(lr=0.01)))
    bench.controls.train.click()
    until(qtbot, lambda: len(bench.session.curves) > 2)
    bench.controls.train.click()
    assert bench.session.runner is None or bench.session.runner.paused
    assert bench.controls.train.text() in ("Resume", "Train")
    while bench.session.training and bench.controls.train.text() != "Train":
        bench.controls.train.click()
        until(qtbot, lambda: bench.controls.train.text() == "Train")
    paused = encode(bench.session.document)
    bench.session.undo()
    bench.controls.train.click()
    until_idle(qtbot, bench.session)
    assert encode(bench.session.document) == paused


def test_undo_after_a_run_brings_back_every_bit_and_redo_the_run(bench: Bench, qtbot: QtBot) -> None:
    first = encode(bench.session.document)
    bench.controls.train.click()
    until_idle(qtbot, bench.session)
    after = encode(bench.session.document)
    assert after != first
    bench.session.undo()
    assert encode(bench.session.document) == first
    assert bench.controls.sentence.text().startswith("Ready")
    assert bench.controls.bar.value() == 0
    bench.session.redo()
    assert encode(bench.session.document) == after
    bench.session.undo()
    bench.controls.train.click()
    until_idle(qtbot, bench.session)
    assert encode(bench.session.document) == after


def test_one_update_is_one_act(bench: Bench) -> None:
    bench.controls.update_button.click()
    assert bench.session.document.state.step == 1
    bench.controls.update_button.click()
    assert bench.session.document.state.step == 2
    bench.session.undo()
    assert bench.session.document.state.step == 1


def test_reset_goes_back_to_weights_typed_by_hand(bench: Bench, qtbot: QtBot) -> None:
    bench.open(mazur())
    first = {key: values.copy() for key, values in bench.session.document.parameters.items()}
    bench.controls.update_button.click()
    bench.controls.update_button.click()
    assert bench.session.document.parameters["w5"].item() != 0.4
    bench.controls.reset_button.click()
    assert bench.session.document.state.step == 0
    assert all(np.array_equal(bench.session.document.parameters[key], first[key]) for key in first)
    assert not bench.controls.reset_button.isEnabled()
    bench.session.undo()
    assert bench.session.document.state.step == 2


def test_reset_of_a_document_opened_trained_draws_from_its_seed(bench: Bench, qtbot: QtBot) -> None:
    first = bench.session.document.parameters["w1"].copy()
    bench.controls.update_button.click()
    other = Bench(bench.session.document, qtbot)
    assert "seed" in other.controls.reset_button.toolTip()
    other.controls.reset_button.click()
    assert np.array_equal(other.session.document.parameters["w1"], first)
    other.close()


def test_settings_are_locked_while_a_training_runs_and_say_why(bench: Bench, qtbot: QtBot) -> None:
    bench.open(iris(ENDLESS))
    bench.controls.train.click()
    rate = bench.panel.optimizer.fields[Adam, "lr"]
    assert not rate.isEnabled()
    assert not bench.panel.data.table.isEnabled()
    place = QPoint(2, 2)
    QApplication.sendEvent(rate, QHelpEvent(QEvent.Type.ToolTip, place, rate.mapToGlobal(place)))
    assert "Stop it first" in QToolTip.text()
    QToolTip.hideText()
    assert bench.controls.stop_button.isVisible()
    assert not bench.controls.update_button.isVisible()
    bench.controls.stop_button.click()
    assert rate.isEnabled()


def test_what_is_typed_is_committed_before_a_run_begins(bench: Bench, qtbot: QtBot) -> None:
    epochs = bench.panel.optimizer.epochs
    epochs.setFocus()
    epochs.selectAll()
    qtbot.keyClicks(epochs, "2")
    bench.controls.train_or_pause()
    until_idle(qtbot, bench.session)
    assert bench.session.document.state.epoch == 2


# divergence


def test_nothing_trains_while_a_field_holds_what_cannot_be_taken(bench: Bench, qtbot: QtBot) -> None:
    field = bench.panel.optimizer.fields[Adam, "lr"]
    field.setFocus()
    field.setText("abc")
    field.commit()
    qtbot.mouseClick(bench.panel.controls.train, Qt.MouseButton.LeftButton)
    assert not bench.session.training
    assert bench.session.document.state.step == 0
    assert "“abc” cannot be taken" in bench.panel.controls.notice.text
    bench.panel.one_update()
    assert bench.session.document.state.step == 0


def test_a_run_that_diverges_says_where_and_offers_the_weights_before(bench: Bench, qtbot: QtBot) -> None:
    bench.open(mixed().with_(training=TrainingSettings(optimizer=SGD(lr=50.0), epochs=500)))
    first = encode(bench.session.document)
    bench.controls.train.click()
    until_idle(qtbot, bench.session)
    told = bench.controls.notice.text
    assert "not finite" in told
    assert "update " in told
    assert "learning rate 50" in told
    assert "smaller learning rate" in told
    assert "node " in told
    assert bench.session.document.state.step > 0
    offers = {offer.text(): offer for offer in bench.controls.notice.offers}
    next(offer for words, offer in offers.items() if words.startswith("Show ")).click()
    assert bench.session.selection
    offers["Go back to the weights before"].click()
    assert encode(bench.session.document) == first
    assert not bench.controls.notice.isVisible()


def test_one_update_that_is_not_finite_changes_nothing_and_is_said(bench: Bench) -> None:
    bench.open(mixed().with_(training=TrainingSettings(optimizer=SGD(lr=1e308))))
    before = bench.session.document
    for _ in range(3):
        bench.controls.update_button.click()
    assert "not finite" in bench.controls.notice.text
    assert all(np.isfinite(values).all() for values in bench.session.document.parameters.values())
    assert bench.session.document is before or bench.session.document.state.step > 0


# what keeps a run from beginning


def test_a_network_without_data_says_so_in_the_data_section(bench: Bench) -> None:
    bench.open(mazur().with_(data=None))
    bench.controls.train.click()
    assert not bench.session.training
    assert "no data" in bench.panel.data.notice.text


@pytest.mark.parametrize("document", [Document(), circuit_of_inputs()], ids=["empty", "circuit"])
def test_a_network_without_loss_cannot_be_trained_and_the_buttons_say_why(bench: Bench, document: Document) -> None:
    bench.open(document)
    assert bench.told() == LOSSLESS
    for each in (bench.controls.train, bench.controls.update_button):
        assert not each.isEnabled()
        assert "add one, for example Squared error" in each.toolTip()
    bench.open(iris(4))
    assert bench.controls.train.isEnabled()
    assert bench.controls.update_button.isEnabled()
    assert "Squared error" not in bench.controls.train.toolTip() + bench.told()


def test_early_stopping_without_validation_is_said_and_mended_in_its_section(bench: Bench, qtbot: QtBot) -> None:
    bench.open(mixed().with_(training=TrainingSettings(epochs=3)))
    section = bench.panel.regularise
    assert not section.notice.isVisible()
    section.early.click()
    assert "there are none" in section.notice.text
    bench.controls.train.click()
    assert not bench.session.training
    section.notice.offers[0].click()
    assert not section.notice.isVisible()
    assert bench.session.document.data is not None
    assert bench.session.document.data.split.kind == "random"
    bench.controls.train.click()
    until_idle(qtbot, bench.session)
    assert bench.session.document.state.epoch == 3


# settings


def test_what_is_said_is_brought_into_view(bench: Bench) -> None:
    bench.open(mixed())
    bench.panel.resize(320, 420)
    QApplication.processEvents()
    bench.panel.regularise.early.click()
    notice = bench.panel.regularise.notice
    QApplication.processEvents()
    assert notice.isVisible()
    assert notice.visibleRegion().boundingRect().height() == notice.height()


def test_every_setting_makes_one_act_that_can_be_undone(bench: Bench) -> None:
    first = bench.session.document
    optimizer, regularise, start = bench.panel.optimizer, bench.panel.regularise, bench.panel.start
    typed = [
        (optimizer.fields[Adam, "lr"], "0,02", lambda d: d.training.optimizer.lr, 0.02),
        (optimizer.fields[Adam, "beta1"], "0.5", lambda d: d.training.optimizer.beta1, 0.5),
        (optimizer.fields[Adam, "beta2"], "1/2", lambda d: d.training.optimizer.beta2, 0.5),
        (optimizer.fields[Adam, "epsilon"], "1e-6", lambda d: d.training.optimizer.epsilon, 1e-6),
        (optimizer.batch, "10", lambda d: d.training.batch_size, 10),
        (optimizer.epochs, "1 000", lambda d: d.training.epochs, 1000),
        (regularise.l2, "0.01", lambda d: d.training.l2, 0.01),
        (start.seed, "12345", lambda d: d.seed, 12345),
        (start.sigma, "2", lambda d: d.training.sigma, 2.0),
        (bench.panel.data.share, "0.3", lambda d: d.data.split.validation, 0.3),
    ]
    for field, text, read, wanted in typed:
        before = bench.session.document
        assert bench.type(field, text), field.accessibleName()
        assert read(bench.session.document) == wanted
        assert type(read(bench.session.document)) is type(wanted)
        bench.session.undo()
        assert bench.session.document is before
        bench.session.redo()
    for _ in typed:
        bench.session.undo()
    assert bench.session.document is first
    assert optimizer.fields[Adam, "lr"].text() == "0.01"
    assert start.seed.text() == "0"


def test_impossible_values_are_refused_and_change_nothing(bench: Bench) -> None:
    before = bench.session.document
    optimizer, regularise = bench.panel.optimizer, bench.panel.regularise
    for field, texts in (
        (optimizer.fields[Adam, "lr"], ("abc", "1e999", "-1", "")),
        (optimizer.fields[Adam, "beta1"], ("1", "-0.1")),
        (optimizer.fields[Adam, "epsilon"], ("0",)),
        (optimizer.batch, ("-1", "1.5")),
        (optimizer.epochs, ("0", "2.5", "1,000")),
        (regularise.l2, ("-1",)),
        (bench.panel.start.seed, ("-1", "0.5")),
        (bench.panel.data.share, ("1", "-0.1")),
    ):
        for text in texts:
            assert not bench.type(field, text), (field.accessibleName(), text)
            assert field.refusal
            field.restore()
    assert bench.session.document is before


@pytest.mark.parametrize("text", ["", "0", "all", "ALL "])
def test_an_empty_batch_is_all_rows(bench: Bench, text: str) -> None:
    batch = bench.panel.optimizer.batch
    assert batch.text() == "16"
    assert bench.type(batch, text)
    assert bench.session.document.training.batch_size == 0
    batch.clearFocus()
    assert batch.text() == "all"
    assert bench.controls.sentence.text() == "Ready: 4 epochs of 1 update"


def test_another_rule_shows_its_own_settings(bench: Bench) -> None:
    optimizer = bench.panel.optimizer
    assert optimizer.fields[Adam, "beta1"].isVisible()
    assert not optimizer.fields[SGD, "momentum"].isVisible()
    optimizer.rule.activated.emit(0)
    assert bench.session.document.training.optimizer == SGD()
    assert optimizer.fields[SGD, "momentum"].isVisible()
    assert not optimizer.fields[Adam, "beta1"].isVisible()
    assert bench.type(optimizer.fields[SGD, "momentum"], "0.9")
    assert bench.session.document.training.optimizer == SGD(momentum=0.9)
    bench.session.undo()
    bench.session.undo()
    assert optimizer.rule.currentText() == "Adam"


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_every_optimizer_can_be_chosen_and_all_its_settings_changed(bench: Bench, rule: type[Optimizer]) -> None:
    rules = bench.panel.optimizer.rules
    rules.menu.activated.emit(list(RULES.values()).index(rule))
    assert bench.session.document.training.optimizer == (rule() if rule is not Adam else Adam(lr=0.01))
    assert rules.menu.currentText() == rule.row.name
    for setting in rule.row.settings:
        if setting.allowed is None:
            switch = rules.switches[rule, setting.field]
            assert switch.isVisible()
            switch.click()
        else:
            assert rules.fields[rule, setting.field].isVisible()
            assert bench.type(rules.fields[rule, setting.field], "0.25")
        wanted = True if setting.allowed is None else 0.25
        assert getattr(bench.session.document.training.optimizer, setting.field) == wanted
    assert not any(field.isVisible() for (other, _), field in rules.fields.items() if other is not rule)


def test_schedule_warm_up_clipping_penalties_and_drawing_are_settings(bench: Bench) -> None:
    optimizer, regularise, start = bench.panel.optimizer, bench.panel.regularise, bench.panel.start
    optimizer.schedules.menu.activated.emit(SCHEDULES.index(Cosine))
    assert bench.type(optimizer.schedules.fields[Cosine, "epochs"], "40")
    optimizer.warm_ups.menu.activated.emit(1)
    assert bench.type(optimizer.warm_ups.fields[WarmUp, "epochs"], "3")
    optimizer.clips.menu.activated.emit(2)
    assert bench.type(optimizer.clips.fields[ClipNorm, "limit"], "0.5")
    assert not regularise.proximal.isVisible()
    assert bench.type(regularise.l1, "0.01")
    regularise.proximal.click()
    assert bench.type(regularise.max_norm, "3")
    start.drawings.menu.activated.emit(DRAWINGS.index(Glorot))
    start.drawings.switches[Glorot, "uniform"].click()
    training = bench.session.document.training
    assert (training.schedule, training.warm_up, training.clip) == (Cosine(40), WarmUp(3), ClipNorm(0.5))
    assert type(training.schedule.epochs) is int
    assert (training.l1, training.l1_proximal, training.max_norm) == (0.01, False, 3.0)
    assert training.initialiser == Glorot(uniform=True)
    start.drawings.menu.activated.emit(0)
    assert bench.session.document.training.initialiser is None
    optimizer.clips.menu.activated.emit(0)
    assert bench.session.document.training.clip is None


def test_formula_and_default_of_every_setting_are_at_hand(bench: Bench) -> None:
    for (rule, name), field in bench.panel.optimizer.fields.items():
        told = field.accessibleDescription()
        assert f"Default {exact_text(getattr(rule(), name))}." in told
        assert "w⁺ = " in told


def test_boxes_make_acts(bench: Bench) -> None:
    bench.panel.optimizer.shuffle.click()
    assert not bench.session.document.training.shuffle
    regularise = bench.panel.regularise
    regularise.early.click()
    assert bench.session.document.training.early_stopping == EarlyStopping()
    assert bench.type(regularise.patience, "7")
    assert bench.type(regularise.min_delta, "0.001")
    regularise.restore_best.click()
    assert bench.session.document.training.early_stopping == EarlyStopping(7, 0.001, False)
    regularise.early.click()
    assert bench.session.document.training.early_stopping is None
    assert not regularise.patience.isVisible()
    regularise.early.click()
    assert bench.session.document.training.early_stopping == EarlyStopping(7, 0.001, False)


def test_dropout_of_every_node_can_be_set(bench: Bench) -> None:
    regularise = bench.panel.regularise
    assert regularise.chances == {}
    bench.open(mixed())
    (node,) = regularise.chances
    assert regularise.chances[node].text() == "0.5"
    assert bench.type(regularise.chances[node], "0.25")
    assert bench.session.document.graph.node(node).options["p"] == 0.25
    assert not bench.type(regularise.chances[node], "1")
    bench.session.undo()
    assert bench.session.document.graph.node(node).options["p"] == 0.5


def test_a_new_seed_draws_other_weights_and_can_be_undone(bench: Bench) -> None:
    before = bench.session.document
    bench.panel.start.next_seed.click()
    assert bench.session.document.seed == before.seed + 1
    assert bench.panel.start.seed.text() == "1"
    assert not np.array_equal(bench.session.document.parameters["w1"], before.parameters["w1"])
    bench.session.undo()
    assert bench.session.document is before
    bench.panel.start.again.click()
    assert np.array_equal(bench.session.document.parameters["w1"], before.parameters["w1"])


# data


def test_the_data_are_told(bench: Bench) -> None:
    data = bench.panel.data
    assert data.table.currentText() == "iris"
    assert data.about.text() == "150 rows · 5 columns, 1 of classes"
    assert data.summary.text() == "4 columns → species"
    assert data.parts.text() == "120 training rows · 30 validation"
    assert data.split.currentText() == "stratified"


def test_the_split_is_chosen_and_undone(bench: Bench) -> None:
    data = bench.panel.data
    data.split.activated.emit(0)
    assert bench.session.document.data is not None
    assert bench.session.document.data.split.kind == "none"
    assert not data.share.isVisible()
    bench.session.undo()
    assert data.split.currentText() == "stratified"
    assert data.share.isVisible()


def test_bundled_iris_can_be_taken_by_a_network_of_its_size(bench: Bench) -> None:
    bench.open(new("4-6-3", output="softmax", loss="categorical_cross_entropy"))
    choose(bench, "Iris, which travels with nnviz")
    data = bench.session.document.data
    assert data is not None
    assert data.split == Split("stratified")
    assert bench.panel.data.summary.text() == "4 columns → species"
    choose(bench, "No data")
    assert bench.session.document.data is None
    assert "Choose a table" in bench.panel.data.about.text()


def test_a_csv_that_fits_is_taken(bench: Bench, tmp_path: Path) -> None:
    file = tmp_path / "other.csv"
    file.write_bytes(resource("datasets", "iris.csv").read_bytes())
    bench.asker.answers = [file]
    choose(bench, "Open CSV…")
    assert bench.session.document.data is not None
    assert bench.session.document.data.table.name == "other"  # type: ignore[union-attr]  # there is one, or the test fails
    assert bench.panel.data.table.currentText() == "other"
    bench.session.undo()
    assert bench.panel.data.table.currentText() == "iris"


def test_a_file_dialog_that_is_cancelled_changes_nothing(bench: Bench) -> None:
    before = bench.session.document
    bench.asker.answers = [None]
    choose(bench, "Open CSV…")
    assert bench.session.document is before
    assert bench.panel.data.table.currentText() == "iris"


def test_a_csv_that_does_not_fit_offers_a_network_that_does(bench: Bench, tmp_path: Path, qtbot: QtBot) -> None:
    file = tmp_path / "points.csv"
    file.write_text("a,b,kind\n" + "".join(f"{n},{n * n},{'red' if n % 2 else 'blue'}\n" for n in range(20)))
    before = bench.session.document
    bench.panel.open_csv(file)
    notice = bench.panel.data.notice
    assert "does not fit this network" in notice.text
    assert notice.offers[0].text() == "Make a network 2-8-2 for it"
    assert bench.session.document is before
    with qtbot.waitSignal(bench.panel.wants_document) as wanted:
        notice.offers[0].click()
    made = wanted.args[0]
    bench.open(made)
    bench.controls.update_button.click()
    assert bench.session.document.state.step == 1
    assert not notice.isVisible()


def test_other_targets_make_another_network(bench: Bench, tmp_path: Path, qtbot: QtBot) -> None:
    file = tmp_path / "points.csv"
    file.write_text("a,b,kind\n1,2,x\n2,3,y\n3,4,z\n")
    bench.panel.open_csv(file)
    notice = bench.panel.data.notice
    assert notice.offers[0].text() == "Make a network 2-8-3 for it"
    targets = notice.extra.list  # type: ignore[union-attr]  # there is one, or the test fails
    targets.setCurrentText("b")
    assert notice.offers[0].text() == "Make a network 4-8-1 for it"
    with qtbot.waitSignal(bench.panel.wants_document) as wanted:
        notice.offers[0].click()
    assert wanted.args[0].data.targets["loss"] == ("b",)


def test_a_table_may_be_used_all_the_same_and_its_columns_chosen(bench: Bench) -> None:
    bench.open(mazur())
    bench.panel.take_table(iris_table())
    bench.panel.data.notice.offers[1].click()
    assert bench.session.document.data is not None
    assert "No column fills x1" in bench.panel.data.notice.text
    pickers = bench.panel.data.pickers
    assert [picker.text() for picker in pickers.values()] == ["choose…"] * 3
    assert pickers["x1"].isVisible()
    for node, names in (("x1", [0]), ("x2", [1]), ("loss", [2, 3])):
        pick(bench, node, names)
    assert not bench.panel.data.notice.isVisible()
    bench.controls.update_button.click()
    assert bench.session.document.state.step == 1


def test_the_list_of_columns_says_how_far_they_fill_and_escape_changes_nothing(bench: Bench, qtbot: QtBot) -> None:
    before = bench.session.document
    bench.panel.data.unfold.click()
    picker = bench.panel.data.pickers["x"]
    picker.click()
    assert picker.popup is not None
    assert picker.popup_words == "fills all 4 units"
    picker.popup.item(0).setCheckState(Qt.CheckState.Unchecked)
    assert picker.popup_words == "fills 3 of 4 units"
    qtbot.keyClick(picker.popup.parentWidget(), Qt.Key.Key_Escape)
    assert picker.popup is None
    assert bench.session.document is before
    pick(bench, "x", [0])
    assert bench.session.document.data is not None
    assert bench.session.document.data.inputs["x"] == ("sepal width", "petal length", "petal width")
    assert "do not fill" in bench.panel.data.notice.text
    bench.panel.data.notice.offers[0].click()
    assert len(bench.session.document.data.inputs["x"]) == 4
    bench.session.undo()
    bench.session.undo()
    assert bench.session.document is before


def test_a_file_that_is_no_table_is_refused_with_its_place(bench: Bench, tmp_path: Path) -> None:
    before = bench.session.document
    for name, text, words in (
        ("gap.csv", "a,b\n1,\n", "line 2"),
        ("empty.csv", "", "empty"),
        ("one.csv", "a\n1\n2\n", "two columns"),
    ):
        file = tmp_path / name
        file.write_text(text)
        bench.panel.open_csv(file)
        assert words in bench.panel.data.notice.text
    bench.panel.open_csv(tmp_path / "missing.csv")
    assert "missing.csv" in bench.panel.data.notice.text
    assert bench.session.document is before
    assert QApplication.overrideCursor() is None


def test_names_of_users_are_shown_as_text(bench: Bench, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    nasty = "<img src=x> & 🙂"
    file.write_text(f"{nasty},b,c\n" + "1,2,3\n" * 12, encoding="utf-8")
    bench.open(new("2-1"))
    bench.panel.open_csv(file)
    assert nasty in bench.panel.data.summary.text()
    bench.panel.data.unfold.click()
    picker = bench.panel.data.pickers["x1"]
    assert picker.text() == nasty.replace("&", "&&")
    assert "<img" not in picker.toolTip()


# all of it


@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0])
@pytest.mark.parametrize("width", [300, 420])
def test_everything_has_a_name_and_nothing_is_cut(
    bench: Bench, theme: Theme, qtbot: QtBot, scale: float, width: int
) -> None:
    theme.zoom(scale)
    bench.panel.resize(round(width * scale), 900)
    for document in (iris(4, early_stopping=EarlyStopping()), mixed(), mazur()):
        bench.open(document)
        bench.panel.take_table(iris_table())
        bench.panel.data.unfold.setChecked(True)
        QApplication.processEvents()
        assert bench.panel.width() == round(width * scale)
        assert unnamed(bench.panel) == []
        assert cut(bench.panel) == []
        if bench.session.document.graph is not None and document.title:
            bench.controls.train.click()
            QApplication.processEvents()
            assert cut(bench.panel) == []
            until_idle(qtbot, bench.session)
            QApplication.processEvents()
            assert cut(bench.panel) == []
            assert bench.panel.width() == round(width * scale)


def test_closing_while_it_trains_leaves_nothing(qtbot: QtBot) -> None:
    bench = Bench(iris(ENDLESS), qtbot)
    bench.controls.train.click()
    until(qtbot, lambda: len(bench.session.curves) > 0)
    bench.panel.close()
    bench.close()
    assert not bench.session.training


def choose(bench: Bench, words: str) -> None:
    """Choose an entry of the list of tables."""
    table = bench.panel.data.table
    table.activated.emit(table.findText(words))


def pick(bench: Bench, node: str, rows: list[int]) -> None:
    """Tick or untick columns of a node and close the list."""
    picker = bench.panel.data.pickers[node]
    picker.click()
    assert picker.popup is not None
    for row in rows:
        item = picker.popup.item(row)
        ticked = item.checkState() == Qt.CheckState.Checked
        item.setCheckState(Qt.CheckState.Unchecked if ticked else Qt.CheckState.Checked)
    picker.close_list()
