"""What is differentiated, as it is chosen in the window: any node of the network in the place of J, or J again."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from nnviz.errors import NnvizError
from nnviz.lowering.targets import Target
from nnviz.numbers import subscripted
from nnviz.session.derivatives import targets
from nnviz.session.session import Session
from nnviz.ui.actions import Entry
from nnviz.ui.command_palette import CommandPalette
from nnviz.words import tr

_PREFIX = "of:"
ALSO = tr("derivative gradient partial slope of")
"""Other words by which it is looked for."""


class Differentiating(QObject):
    """Offers every node of a session to be differentiated, in a list of its own and among all commands.

    Parameters
    ----------
    window : over which the list lies.
    refused : hears why one is not possible.
    """

    def __init__(self, window: QWidget, session: Session, refused: Callable[[NnvizError], object]) -> None:
        super().__init__(window)
        self._session = session
        self._refused = refused
        self._list = CommandPalette(window, self.entries, self.run)

    def choose(self) -> None:
        """Show the list, what is selected first."""
        self._list.open()

    def entries(self) -> list[Entry]:
        """What can be differentiated: J where it is not, then the nodes, what is selected first."""
        session = self._session
        offered = [target for target in targets(session.document) if target != session.focus.of]
        offered.sort(key=lambda target: target.node not in session.selection)
        back = [Entry(_PREFIX, tr("Differentiate J again"), tr("Walk"), "", "", ALSO)]
        found = [self._entry(target) for target in offered]
        return found if session.focus.of is None else back + found

    def _entry(self, target: Target) -> Entry:
        name = subscripted(target.label(self._session.document.graph))
        told = f"{_PREFIX}{target.node}[{target.unit}]" if target.unit else _PREFIX + target.node
        return Entry(told, tr("Differentiate {name}", name=name), target.node, "", "", ALSO)

    def run(self, id: str) -> bool:
        """Differentiate what the entry of that id says; False where it is no such entry."""
        if not id.startswith(_PREFIX):
            return False
        node, _, unit = id.removeprefix(_PREFIX).removesuffix("]").partition("[")
        try:
            self._session.differentiate(Target(node, int(unit or 0)) if node else None)
        except NnvizError as error:
            self._refused(error)
        return True
