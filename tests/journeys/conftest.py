"""Journeys share one theme: a style that is taken off while windows wait to be deleted takes them along."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from nnviz.ui.theme import Theme


@pytest.fixture(scope="module")
def theme(qapp: QApplication) -> Iterator[Theme]:
    """The light theme, for all journeys."""
    made = Theme(qapp, "light")
    yield made
    made.detach()
