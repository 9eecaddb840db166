"""What the tests of the window share: a theme that is taken off again, and a log of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from nnviz.hints import read_in
from nnviz.ui.theme import Theme


@pytest.fixture(autouse=True)
def hints_of_the_window() -> Iterator[None]:
    """Hints name what the window has, as they do where it is started."""
    with read_in("window"):
        yield


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    """The light theme on the application; afterwards everything is as it was."""
    before = qapp.style().objectName(), QPalette(qapp.palette()), qapp.font()
    made = Theme(qapp, "light")
    yield made
    made.detach()
    qapp.setStyle(QStyleFactory.create(before[0]))
    qapp.setPalette(before[1])
    qapp.setFont(before[2])


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file faults are written to, in a folder of the test's own."""
    monkeypatch.setattr("platformdirs.user_log_path", lambda *args, **kwargs: tmp_path / "log")
    return tmp_path / "log" / "faults.log"
