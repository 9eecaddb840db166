"""What the tests of a running training share: a session that is closed, and waiting for the end of a run."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace
from pytestqt.qtbot import QtBot

from nnviz.document.document import Document
from nnviz.session.examples import example
from nnviz.session.session import Session

ENDLESS = 10**6


def iris(epochs: int, **settings: object) -> Document:
    """Iris 4-8-3 with so many epochs and no early stopping unless asked for."""
    document = example("iris")
    training = replace(document.training, **{"epochs": epochs, "early_stopping": None, **settings})
    return document.with_(training=training)


def until(qtbot: QtBot, condition: Callable[[], bool]) -> None:
    """Run the event loop until something is so."""
    qtbot.waitUntil(condition, timeout=20_000)


def until_idle(qtbot: QtBot, session: Session) -> None:
    """Run the event loop until no training runs."""
    until(qtbot, lambda: not session.training)
