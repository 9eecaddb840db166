"""Commands as data: menus, tool bar, shortcuts, their help and the palette are all made from one list of values.

A command says by *name* what it calls and what it needs; the names are looked up on the owner (the window), with dots
for its parts: ``handler="session.undo"``, ``needs=("session.can_undo",)``. So the list can be written, read and tested
without a window, and a misspelt name is found when the window is built, not when a user clicks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, NamedTuple

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QToolBar, QWidget

from nnviz.errors import ConfigError, NnvizError
from nnviz.ui import icons
from nnviz.ui.entry import commit_pending
from nnviz.ui.tips import plain_tip
from nnviz.ui.widgets import plain_words
from nnviz.words import tr

SEPARATOR = "|"


@dataclass(frozen=True)
class Command:
    """One thing the window can do.

    Parameters
    ----------
    id : its name in code, tests and remembered settings, such as ``"save-as"``.
    words : as the menu shows them, ``&`` before the letter of its mnemonic, ``…`` at the end where a dialog follows.
    menu : the menu it stands in, ``"File"`` or ``"File/Export"``; empty for the palette alone.
    handler : what it calls on the owner; a checkable command passes its new state.
    shortcuts : in Qt's portable form, such as ``("Ctrl+S",)``; the first is shown.
    icon : a name of :mod:`nnviz.ui.icons`.
    checkable : whether it is a switch; ``checked`` names what tells its state on the owner (an attribute or a method).
    needs : what must be true for it to run: names of methods (or attributes) of the owner.
    explained : more than its words, for the tip.
    opens_group : whether a line parts it from the command above it.
    commits : whether what is being typed is committed first; False for a command that is part of typing.
    also : other words that it is looked for by.
    """

    id: str
    words: str
    menu: str
    handler: str
    shortcuts: tuple[str, ...] = ()
    icon: str = ""
    checkable: bool = False
    checked: str = ""
    needs: tuple[str, ...] = ()
    explained: str = ""
    opens_group: bool = False
    commits: bool = True
    also: str = ""

    @property
    def plain_words(self) -> str:
        """Its words as assistive technology and the palette say them."""
        return plain_words(self.words)


class Entry(NamedTuple):
    """One line of the palette: what it says, where it stands in the menus, its shortcut, and why it cannot run now.

    ``also`` are other words that it is looked for by.
    """

    id: str
    words: str
    menu: str
    shortcut: str
    missing: str
    also: str = ""


class ShortcutRow(NamedTuple):
    """One line of the shortcut help."""

    menu: str
    words: str
    shortcuts: tuple[str, ...]


def check(commands: Sequence[Command]) -> None:
    """Make sure that the list can be built.

    Raises
    ------
    ConfigError
        If an id or a shortcut is given twice, a shortcut cannot be read, or a command has no words.
    """
    seen: dict[str, str] = {}
    for command in commands:
        if not command.plain_words.strip():
            raise ConfigError(tr("A command has no words"), where=command.id)
        for key in (f"id {command.id}", *map(portable, command.shortcuts)):
            if key in seen:
                where = f"{seen[key]}, {command.id}"
                raise ConfigError(tr("Two commands have the same shortcut or name"), where=where, found=key)
            seen[key] = command.id


def portable(shortcut: str) -> str:
    """A shortcut in the one form in which two of them can be compared.

    >>> portable("ctrl+shift+s")
    'Ctrl+Shift+S'

    Raises
    ------
    ConfigError
        If Qt cannot read it.
    """
    text = QKeySequence(shortcut, QKeySequence.SequenceFormat.PortableText).toString()
    if not text:
        raise ConfigError(tr("This is not a shortcut"), found=repr(shortcut))
    return text


def build(
    commands: Sequence[Command],
    owner: QWidget,
    *,
    refused: Callable[[NnvizError], object],
    reasons: Mapping[str, str] | None = None,
) -> BuiltCommands:
    """Make the actions of ``commands`` on ``owner``.

    Parameters
    ----------
    refused : hears of an :class:`NnvizError` that a handler raised; usually shows it (``Asker.refuse``).
    reasons : for names of ``needs``, the sentence that tells a user what is missing.

    Raises
    ------
    ConfigError
        If the list is at odds with itself (:func:`check`) or names what the owner does not have.
    """
    check(commands)
    return BuiltCommands(commands, owner, refused, reasons or {})


class BuiltCommands(QObject):
    """The actions of a window, and all that is made from them.

    Signals
    -------
    ran : the id of a command whose handler has come back without an error.
    """

    ran = Signal(str)

    def __init__(
        self,
        commands: Sequence[Command],
        owner: QWidget,
        refused: Callable[[NnvizError], object],
        reasons: Mapping[str, str],
    ) -> None:
        super().__init__(owner)
        self._owner = owner
        self._refused = refused
        self._reasons = reasons
        self._commands = {command.id: command for command in commands}
        self.actions = {command.id: self._action(command) for command in commands}
        self.menus: dict[str, QMenu] = {}
        self.refresh()

    def command(self, command_id: str) -> Command:
        """The value an action was made from."""
        return self._commands[command_id]

    # ----------------------------------------------------------------------------------------- running
    def run(self, command_id: str) -> None:
        """Run a command as if it had been clicked; one that cannot run now does nothing."""
        self.refresh()
        self.actions[command_id].trigger()

    def refresh(self) -> None:
        """Ask anew what can run and what is switched on; to be called when document, selection or session changed."""
        for command in self._commands.values():
            action, missing = self.actions[command.id], self._missing(command)
            action.setEnabled(not missing)
            action.setToolTip(plain_tip(_tip(command, action, missing)))
            if command.checked:
                self._check(action, bool(self._asked(command.checked)))

    def _missing(self, command: Command) -> str:
        """Why it cannot run now, empty when it can."""
        unmet = next((need for need in command.needs if not self._asked(need)), None)
        return "" if unmet is None else self._reasons.get(unmet, tr("Not possible now"))

    def _asked(self, name: str) -> object:
        found = attrgetter(name)(self._owner)
        return found() if callable(found) else found

    @staticmethod
    def _check(action: QAction, state: bool) -> None:
        action.blockSignals(True)
        action.setChecked(state)
        action.blockSignals(False)
        action.changed.emit()

    def _run(self, command: Command, state: bool) -> None:
        if command.commits and not commit_pending():
            self.refresh()  # what was typed is refused and says so; a switch goes back
            return
        handler = attrgetter(command.handler)(self._owner)
        try:
            handler(state) if command.checkable else handler()
        except NnvizError as error:
            self.refresh()
            self._refused(error)
            return
        self.refresh()
        self.ran.emit(command.id)

    # ------------------------------------------------------------------------------------------- making
    def _action(self, command: Command) -> QAction:
        for name in filter(None, (command.handler, command.checked, *command.needs)):
            self._look_up(command, name)
        action = QAction(command.words, self._owner)
        action.setObjectName(command.id)
        action.setCheckable(command.checkable)
        action.setShortcuts([QKeySequence(portable(shortcut)) for shortcut in command.shortcuts])
        action.setMenuRole(_MENU_ROLES.get(command.id, QAction.MenuRole.NoRole))
        if command.icon:
            action.setIcon(icons.icon(command.icon))
            action.setIconVisibleInMenu(not command.checkable)  # there the mark of a switch takes its place
        action.triggered.connect(lambda state: self._run(command, state))
        self._owner.addAction(action)  # so that its shortcut works where it stands in no menu
        return action

    def _look_up(self, command: Command, name: str) -> None:
        try:
            attrgetter(name)(self._owner)
        except AttributeError as error:
            raise ConfigError(tr("A command names what is not there"), where=command.id, found=name) from error

    def fill_menu_bar(self, bar: QMenuBar, order: Iterable[str] = ()) -> None:
        """Make the menus, those of ``order`` first, the others as the list of commands brings them."""
        for path in order:
            self._menu(bar, path)
        for command in self._commands.values():
            if not command.menu:
                continue
            menu = self._menu(bar, command.menu)
            if command.opens_group:
                menu.addSeparator()
            menu.addAction(self.actions[command.id])

    def _menu(self, bar: QMenuBar, path: str) -> QMenu:
        if path not in self.menus:
            above, _, name = path.rpartition("/")
            self.menus[path] = (self._menu(bar, above) if above else bar).addMenu(name)
            self.menus[path].aboutToShow.connect(self.refresh)
        return self.menus[path]

    def fill_tool_bar(self, bar: QToolBar, ids: Iterable[str]) -> None:
        """Put the commands of ``ids`` into a tool bar; ``"|"`` is a line between two of them."""
        bar.setMovable(False)
        for command_id in ids:
            if command_id == SEPARATOR:
                bar.addSeparator()
                continue
            bar.addAction(self.actions[command_id])
            made = bar.widgetForAction(self.actions[command_id])
            made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            made.setAccessibleName(self._commands[command_id].plain_words)

    # --------------------------------------------------------------------------------- palette and help
    def entries(self) -> list[Entry]:
        """What the palette lists, in the order of the commands; what cannot run now says why."""
        return [
            Entry(each.id, each.plain_words, plain_words(each.menu), _shown(each), self._missing(each), each.also)
            for each in self._commands.values()
        ]

    def shortcut_rows(self) -> list[ShortcutRow]:
        """What the shortcut help lists: every command with a shortcut, in the order of the menus."""
        return [
            ShortcutRow(
                plain_words(command.menu.split("/")[0]), command.plain_words, tuple(map(native, command.shortcuts))
            )
            for command in self._commands.values()
            if command.shortcuts
        ]


_MENU_ROLES = {
    "quit": QAction.MenuRole.QuitRole,
    "about": QAction.MenuRole.AboutRole,
    "preferences": QAction.MenuRole.PreferencesRole,
}


def native(shortcut: str) -> str:
    """A shortcut as this system writes it."""
    return QKeySequence(portable(shortcut)).toString(QKeySequence.SequenceFormat.NativeText)


def found(entries: Sequence[Entry], typed: str) -> list[Entry]:
    """The entries that have every word of ``typed`` in their words or menu, or are looked for by it; the best first.

    Best is what begins with it, then where words begin with it, then where other words for it do, then the rest; what
    cannot run now comes last.
    """
    wanted = typed.casefold().split()
    ranked = ((_rank(entry, wanted), entry) for entry in entries)
    kept: list[tuple[Any, Entry]] = [(rank, entry) for rank, entry in ranked if rank is not None]
    return [entry for _, entry in sorted(kept, key=lambda pair: pair[0])]


def _rank(entry: Entry, wanted: list[str]) -> tuple[bool, int] | None:
    words = entry.words.casefold()
    place = f"{words} {entry.menu.casefold()}".replace("/", " ")
    if words.startswith(" ".join(wanted)):
        return bool(entry.missing), 0
    for rank, text in enumerate((place, f"{place} {entry.also.casefold()}"), 1):
        if all(any(part.startswith(word) for part in text.split()) for word in wanted):
            return bool(entry.missing), rank
    return (bool(entry.missing), 3) if all(word in place for word in wanted) else None


def _shown(command: Command) -> str:
    return native(command.shortcuts[0]) if command.shortcuts else ""


def _tip(command: Command, action: QAction, missing: str) -> str:
    keys = _shown(command)
    first = command.plain_words + (f"  ({keys})" if keys else "")
    return "\n".join(part for part in (first, command.explained, missing) if part)
