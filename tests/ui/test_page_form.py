"""The one form: names, refusals, one column of labels; stacked where it is too narrow for two columns."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel
from pytestqt.qtbot import QtBot

from nnviz.expressions import Allowed
from nnviz.ui.number_field import NumberField
from nnviz.ui.page_form import PageForm
from tests.ui.accessibility import unnamed

pytestmark = pytest.mark.usefixtures("theme")


def test_a_row_names_its_control_and_shows_its_refusal_beneath(qtbot: QtBot) -> None:
    form = PageForm()
    qtbot.addWidget(form)
    form.add_heading("Optimizer")
    box = QComboBox()
    named = form.add_row("optimizer", box).label
    field = NumberField("Learning rate", 0.5, allowed=Allowed(low=0))
    form.add_row("rate η", field)
    form.show()
    assert box.accessibleName() == "optimizer"
    assert named is not None
    assert named.buddy() is box
    assert field.accessibleName() == "Learning rate"
    assert unnamed(form) == []
    message = next(each for each in form.findChildren(QLabel) if each.property("role") == "refusal")
    assert not message.isVisible()
    field.setText("-1")
    assert not field.commit()
    assert message.isVisible()
    assert message.text() == field.refusal
    field.restore()
    assert not message.isVisible()


def test_labels_stand_above_where_there_is_no_room_beside(qtbot: QtBot) -> None:
    form = PageForm()
    qtbot.addWidget(form)
    box = QComboBox()
    label = form.add_row("a label of some length", box).label
    assert label is not None
    form.resize(400, 200)
    form.show()
    assert label.geometry().right() < box.geometry().left()
    form.resize(form.minimumSizeHint().width(), 200)
    QApplication.processEvents()
    assert form.stacked
    assert label.geometry().bottom() < box.geometry().top()


def test_a_row_that_is_added_to_a_form_in_sight_is_seen_at_once(qtbot: QtBot) -> None:
    form = PageForm()
    qtbot.addWidget(form)
    form.show()
    seen, hidden = QComboBox(), QComboBox()
    hidden.hide()
    form.add_row("seen", seen)
    form.add_row("hidden", hidden)
    assert seen.isVisible()
    assert not hidden.isVisible()
