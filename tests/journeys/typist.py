"""Types into fields of inspector and training panel: ``python -m tests.journeys.typist LOCALE …``, in each of them.

Each locale has a process of its own, which forks from this one before Qt has looked at the environment; hence the whole
window, whose plots look at it while they are imported, is left out.
"""

from __future__ import annotations

import json
import os
import sys

from PySide6.QtCore import QLocale, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from nnviz.document.files import encode
from nnviz.session.examples import example
from nnviz.session.session import Session
from nnviz.ui.dialogs import Asker
from nnviz.ui.inspector_panel import InspectorPanel
from nnviz.ui.number_field import NumberField
from nnviz.ui.training_panel import TrainingPanel


def main(names: list[str]) -> None:
    for name in names:
        child = os.fork()
        if not child:
            os.environ["LC_ALL"] = f"{name}.UTF-8"
            type_numbers(name)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        assert status == 0, name


def type_numbers(name: str) -> None:
    QLocale.setDefault(QLocale(name))
    application = QApplication([])
    session = Session(example("mazur"))
    session.select(("w5",))
    panels = {"weight": InspectorPanel(session), "learning rate": TrainingPanel(session, Asker())}
    for panel in panels.values():
        panel.show()
    application.processEvents()
    for text in ("0.001", "0,001"):
        fields = [_typed(panel, called, text) for called, panel in panels.items()]
        document = session.document
        told = {
            "locales": [QLocale().name(), QLocale.system().name()],
            "typed": text,
            "held": [document.parameters["w5"].item(), document.training.optimizer.lr],
            "shown": [field.text() for field in fields],
            "refused": [field.refusal for field in fields],
            "filed": encode(document).count(b"0.001"),
        }
        print(json.dumps(told), flush=True)
    session.close()


def _typed(panel: InspectorPanel | TrainingPanel, called: str, text: str) -> NumberField:
    """The field of that name, with another number typed into it and then ``text``."""
    found = [field for field in panel.findChildren(NumberField) if called in field.accessibleName().casefold()]
    field = found[0]
    for typed in ("7", text):
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, typed)
        QTest.keyClick(field, Qt.Key.Key_Return)
    return field


if __name__ == "__main__":
    main(sys.argv[1:])
