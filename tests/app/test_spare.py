"""Garbage is looked for seldom once a training has begun, and only then."""

from __future__ import annotations

import gc

import numpy as np
import pytest

from nnviz.app import gui
from nnviz.session.examples import example
from nnviz.session.runner import News
from nnviz.session.session import Session
from nnviz.session.training import train


def test_what_was_there_before_the_first_report_is_not_looked_through_again(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[object] = []
    monkeypatch.setattr(gc, "freeze", lambda: done.append("frozen"))
    monkeypatch.setattr(gc, "set_threshold", done.append)
    session = Session(example("mazur"))
    gui.spare(session)
    report = train(session.document, epochs=1).reports[-1]
    for each in (None, report, report):
        session.told.emit(News(each, np.zeros((0, 3)), None, {}, None, None))
        assert done == ([] if each is None else ["frozen", gui.SELDOM])
    session.close()
