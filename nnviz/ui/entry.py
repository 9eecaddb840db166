"""A line to type one value into: committed when done, restored by Escape, refused in words; and such a line for text.

*Committed* means: Enter, the focus going elsewhere, a click on anything else (also on what takes no focus) or a command
that is about to run (:func:`commit_pending`). A value that cannot be taken leaves what was typed standing, marked, with
the reason in :attr:`EntryField.refusal`; the old value stays in force until a good one is typed.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from nnviz.errors import ConfigError, NnvizError
from nnviz.ui.theme import set_state
from nnviz.ui.tips import plain_tip
from nnviz.words import tr

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_UNDO = (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo)


def commit_pending() -> bool:
    """Commit what is being typed, if anything is; False if it was refused. To be called before a command runs."""
    focus = QApplication.focusWidget()
    return focus.commit() if isinstance(focus, EntryField) else True


def refused_field(within: QWidget) -> EntryField | None:
    """A field to be seen that holds what cannot be taken, so that what seems to be in force is not."""
    return next((field for field in within.findChildren(EntryField) if field.refusal and field.isVisible()), None)


class EntryField(QLineEdit):
    """What all fields share: when they commit, restore and refuse. A subclass says how text and value belong together.

    Parameters
    ----------
    name : what is typed here, for assistive technology, such as "Learning rate".
    explained : more about it, shown as a tip.

    Signals
    -------
    refusal_changed : the reason why what stands here is not taken; empty when it is.

    Raises
    ------
    ConfigError
        If the name is empty: no control may be without one.
    """

    refusal_changed = Signal(str)

    def __init__(self, name: str, explained: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        if not name.strip():
            raise ConfigError(tr("A field needs a name"))
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # not WheelFocus: a wheel that scrolls a panel changes nothing
        self._explained = explained
        self._shown = ""
        self._refusal = ""
        self._watching = False
        self._entered = False
        self.textEdited.connect(self._edited)

    # ------------------------------------------------------------------------------------- what a subclass says
    def _take(self, text: str) -> bool:
        """Make the value of ``text`` the field's; whether it differs. Raise an :class:`NnvizError` if it cannot be."""
        raise NotImplementedError

    def _announce(self) -> None:
        """Tell that another value is in force."""
        raise NotImplementedError

    def _told(self) -> str:
        """The value in force as a user types it, in full."""
        raise NotImplementedError

    def _preview(self, text: str) -> None:
        """What is being typed reads ``text`` so far."""

    def _revert(self) -> None:
        """What has been previewed is not going to be."""

    def _resting(self, told: str) -> str:
        """How ``told`` is shown while nobody types here."""
        return told

    # ------------------------------------------------------------------------------------------------ its life
    @property
    def refusal(self) -> str:
        """Why what stands here is not taken; empty when it is."""
        return self._refusal

    @property
    def pending(self) -> bool:
        """Whether something has been typed that is not committed."""
        return self.text() != self._shown

    def commit(self) -> bool:
        """Take what was typed. False if it was refused."""
        if not self.pending:
            return not self._refusal
        self._watch(False)
        try:
            differs = self._take(self.text())
        except NnvizError as error:
            self.refuse(error)
            self._revert()
            return False
        self.restore()
        if differs:
            self._announce()  # at the very end: whoever hears it may set or refuse the value anew
        return not self._refusal

    def restore(self) -> None:
        """Show the value in force again and forget what was typed."""
        self._watch(False)
        self._set_refusal("")
        told = self._told()
        self._shown = told if self.hasFocus() else self._resting(told)
        if self.text() != self._shown:
            self.setText(self._shown)
            self.setCursorPosition(len(self._shown) if self.hasFocus() else 0)
        self._describe()

    def refuse(self, error: NnvizError | str) -> None:
        """Mark what stands here as not taken, with the reason; also when a model refuses what the field let pass."""
        self._set_refusal(error if isinstance(error, str) else short_sentence(error))
        self._describe()

    def _set_refusal(self, reason: str) -> None:
        if reason == self._refusal:
            return
        self._refusal = reason
        set_state(self, "refused", bool(reason))
        self.refusal_changed.emit(reason)

    def _describe(self) -> None:
        """Tip and description: the reason of a refusal before all else, then all digits where some are hidden."""
        hidden = self._told() if self._shown != self._told() and not self.pending else ""
        told = [self._refusal] if self._refusal else [hidden, self._explained]
        self.setToolTip(plain_tip("\n".join(part for part in told if part)))
        self.setAccessibleDescription(self._refusal or self._explained)

    def _edited(self, text: str) -> None:
        self._watch(self.pending)
        if self._refusal:
            self._set_refusal("")
            self._describe()
        self._preview(text)

    def _watch(self, wanted: bool) -> None:
        """Look at every press of a mouse button while something is pending: most of a window takes no focus."""
        application = QApplication.instance()
        if wanted == self._watching or application is None:
            return
        self._watching = wanted
        (application.installEventFilter if wanted else application.removeEventFilter)(self)

    # ------------------------------------------------------------------------------------------ events of Qt
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Commit when anything else is clicked, before that hears of the click."""
        pressed = event.type() == QEvent.Type.MouseButtonPress and isinstance(watched, QWidget)
        if pressed and watched is not self and not _is_popup(watched):
            self.commit()
        return False

    def event(self, event: QEvent) -> bool:
        """Claim the keys that belong to typing, and leave undo to the document while nothing is typed."""
        if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
            return super().event(event)
        if not self.pending and any(event.matches(key) for key in _UNDO):
            event.ignore()  # while nothing is typed here, undo and redo belong to the document
            return False
        if self._claims(event.key()):
            event.accept()
            return True
        return super().event(event)

    def _claims(self, key: int) -> bool:
        """Whether ``key`` is for this field even where the window has a shortcut for it."""
        return (self.pending or bool(self._refusal)) and key in (*_ENTER, Qt.Key.Key_Escape)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter commits, Escape restores."""
        if event.key() in _ENTER and not self.commit():
            event.accept()  # a dialog must not close on a refused value
        elif event.key() == Qt.Key.Key_Escape and (self.pending or self._refusal):
            self.restore()
            self._revert()
            event.accept()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the value in full, and select it: what is typed next takes its place, however one came here."""
        if not self.pending:
            self._shown = self._told()
            if self.text() != self._shown:
                self.setText(self._shown)
        super().focusInEvent(event)
        self._entered = event.reason() == Qt.FocusReason.MouseFocusReason
        if event.reason() == Qt.FocusReason.OtherFocusReason:
            self.selectAll()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The click by which one came here selects all, unless it was drawn over a part."""
        super().mouseReleaseEvent(event)
        if self._entered and not self.hasSelectedText():
            self.selectAll()
        self._entered = False

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Commit, but not when the field opens its own menu."""
        super().focusOutEvent(event)
        if event.reason() == Qt.FocusReason.PopupFocusReason:
            return
        if self.commit() and not self.hasFocus():
            self.restore()  # as it is shown at rest


class TextField(EntryField):
    """A line for a name or another short text.

    Parameters
    ----------
    check : raises an :class:`NnvizError` for a text that cannot be taken.
    longest : characters that can be typed.

    Signals
    -------
    text_changed : the new text, when it was committed and differs.
    """

    text_changed = Signal(str)

    def __init__(
        self,
        name: str,
        value: str = "",
        *,
        check: Callable[[str], object] | None = None,
        longest: int = 1000,
        explained: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(name, explained, parent)
        self.setMaxLength(longest)
        self._value = value
        self._check = check
        self.restore()

    @property
    def value(self) -> str:
        """The text in force."""
        return self._value

    def set_value(self, value: str) -> None:
        """Show another text, without a signal; what is being typed stays."""
        self._value = value
        if not (self.pending and self.hasFocus()):
            self.restore()

    def _take(self, text: str) -> bool:
        if self._check:
            self._check(text)
        differs = text != self._value
        self._value = text
        return differs

    def _announce(self) -> None:
        self.text_changed.emit(self._value)

    def _told(self) -> str:
        return self._value


def short_sentence(error: NnvizError) -> str:
    """Why something is refused, for a place where what was typed can be seen anyway."""
    parts = [error.what, tr("Allowed: {what}", what=error.expected) if error.expected else "", error.hint]
    return ". ".join(part.rstrip(".") for part in parts if part) + "."


def _is_popup(widget: QObject) -> bool:
    return isinstance(widget, QWidget) and widget.window().windowType() == Qt.WindowType.Popup
