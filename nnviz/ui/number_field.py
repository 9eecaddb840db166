"""The one field for numbers: the same in every locale, exact, and refusing in words what is not allowed.

Dot and comma are both decimal marks, fractions and sums are read (:mod:`nnviz.expressions`). The value is shown with
the fewest digits that read back to the same bits, always with a dot, so that it can be copied anywhere. Where they do
not fit, digits are cut off, never rounded, and return as soon as the field is entered.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QStyle, QStyleOptionFrame, QWidget

from nnviz.errors import NnvizError
from nnviz.expressions import ANY, Allowed, read_expression
from nnviz.numbers import exact_text
from nnviz.ui.entry import EntryField

_STEPS: dict[int, int] = {
    Qt.Key.Key_Up: 1,
    Qt.Key.Key_Down: -1,
    Qt.Key.Key_PageUp: 10,
    Qt.Key.Key_PageDown: -10,
}
_NOTCH = 120  # what Qt calls one notch of a wheel: eighths of a degree
_TEXT_MARGIN = 4  # what QLineEdit keeps free to the left and right of its text, in all


class NumberField(EntryField):
    """A line for one number.

    Parameters
    ----------
    name : what the number is, for assistive technology, such as "Learning rate".
    value : the number shown first.
    allowed : the range, and whether whole numbers only.
    step : what an arrow key adds; None for one unit of the leading digit (0.01 → 0.02, 0.09 → 0.1), which suits rates.
        Page keys go ten times as far, with Shift a tenth.
    check : raises an :class:`NnvizError` for a number that cannot be taken for another reason than its range.
    explained : more about it, shown as a tip.
    zero : a word that is shown for 0, and typed like nothing, where 0 means something of its own, such as all.

    Signals
    -------
    value_changing : a number being typed or stepped to; after Escape the old one. Never makes an edit.
    value_changed : the new number, when it was committed and differs. Makes one edit.
    refusal_changed : the reason why what stands here is not taken; empty when it is.
    """

    value_changing = Signal(float)
    value_changed = Signal(float)

    def __init__(
        self,
        name: str,
        value: float = 0.0,
        *,
        allowed: Allowed = ANY,
        step: float | None = None,
        check: Callable[[float], object] | None = None,
        explained: str = "",
        zero: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(name, explained, parent)
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # a minus stands before its number in every script
        self._value = float(value)
        self._previewed = self._value
        self._allowed = allowed
        self._step = step if step is not None or not allowed.whole else 1.0
        self._check = check
        self._zero = zero
        self._turned = 0
        self.restore()

    @property
    def value(self) -> float:
        """The number in force, whatever is being typed."""
        return self._value

    @property
    def whole_value(self) -> int:
        """The number in force, of a field for whole numbers."""
        return int(self._value)

    @property
    def allowed(self) -> Allowed:
        """The range, and whether whole numbers only."""
        return self._allowed

    def set_value(self, value: float) -> None:
        """Show another number, without a signal; what is being typed stays and is compared with it."""
        self._value = self._previewed = float(value)
        if not (self.pending and self.hasFocus()):
            self.restore()

    def set_allowed(self, allowed: Allowed) -> None:
        """Change the range; the number in force stays, even outside it."""
        self._allowed = allowed

    def step_by(self, steps: float) -> None:
        """Step as the arrow keys do, from what stands here; nothing happens where that would leave the range."""
        try:
            start = self._read(self.text()) if self.pending else self._value
        except NnvizError:
            return
        target = stepped(start, steps, self._step)
        if self._allowed.holds(target):
            self.setText(exact_text(target))
            self._edited(self.text())

    # ------------------------------------------------------------------------------ what EntryField asks for
    def _take(self, text: str) -> bool:
        number = self._read(text)
        differs = number != self._value
        self._value = self._previewed = number
        return differs

    def _announce(self) -> None:
        self.value_changed.emit(self._value)

    def _read(self, text: str) -> float:
        is_zero = bool(self._zero) and text.strip().lower() in ("", self._zero)
        number = 0.0 if is_zero else read_expression(text, self._allowed)
        if self._check:
            self._check(number)
        return number

    def _told(self) -> str:
        return self._zero if self._zero and self._value == 0 else exact_text(self._value)

    def _preview(self, text: str) -> None:
        try:
            number = self._read(text)
        except NnvizError:
            return  # half a number: not yet worth a word
        self._show_others(number)

    def _revert(self) -> None:
        self._show_others(self._value)

    def _show_others(self, number: float) -> None:
        if number != self._previewed:
            self._previewed = number
            self.value_changing.emit(number)

    def _claims(self, key: int) -> bool:
        return key in _STEPS or super()._claims(key)

    def _resting(self, told: str) -> str:
        metrics, room = self.fontMetrics(), self._room()
        return cut_to_fit(told, lambda text: metrics.horizontalAdvance(text) <= room)

    def _room(self) -> int:
        option = QStyleOptionFrame()
        self.initStyleOption(option)
        inside = self.style().subElementRect(QStyle.SubElement.SE_LineEditContents, option, self)
        return inside.width() - _TEXT_MARGIN

    # ------------------------------------------------------------------------------------------ events of Qt
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow and page keys step."""
        steps = _STEPS.get(event.key())
        if steps is None:
            super().keyPressEvent(event)
            return
        self.step_by(steps * (0.1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1))
        event.accept()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """What was stepped to is taken when the key is let go: a key held down is one change, as a drag is."""
        if event.key() in _STEPS and not event.isAutoRepeat():
            self.commit()
        super().keyReleaseEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Step, but only in a field that has been entered; otherwise the panel scrolls."""
        if not self.hasFocus():
            event.ignore()
            return
        self._turned += event.angleDelta().y()  # a touchpad turns by less than a notch at a time
        notches = int(self._turned / _NOTCH)
        self._turned -= notches * _NOTCH
        if notches:
            self.step_by(notches)
            self.commit()
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many digits as fit now."""
        super().resizeEvent(event)
        if not self.hasFocus() and not self.pending and not self.refusal:
            self.restore()


def stepped(value: float, steps: float, step: float | None) -> float:
    """``value`` moved by ``steps`` steps, in decimal arithmetic so that 0.1 + 0.2 is 0.3.

    Without a ``step``, one step is a unit of the leading digit, seen from the side towards which it goes.

    >>> stepped(0.1, 2, 0.1), stepped(0.01, 1, None), stepped(0.01, -1, None), stepped(-0.5, 1, None)
    (0.3, 0.02, 0.009, -0.4)
    """
    exact = Decimal(repr(value))
    size = Decimal(repr(step)) if step is not None else _leading_unit(exact, steps)
    return float(exact + size * Decimal(repr(steps)))


def _leading_unit(exact: Decimal, steps: float) -> Decimal:
    if exact == 0:
        return Decimal("0.1")
    exponent = exact.adjusted()
    is_power = abs(exact) == Decimal(1).scaleb(exponent)
    inward = (exact > 0) != (steps > 0)
    return Decimal(1).scaleb(exponent - 1 if is_power and inward else exponent)


def cut_to_fit(told: str, fits: Callable[[str], bool]) -> str:
    """``told`` if it fits, else with as many of its digits after the decimal mark as do and ``…`` for the others.

    Digits before the mark and the power of ten are never cut, for without them the number would read as another.

    >>> cut_to_fit("1.23456789e-05", lambda text: len(text) <= 9)
    '1.23…e-05'
    """
    if fits(told):
        return told
    mantissa, mark, power = told.partition("e")
    whole, _, digits = mantissa.partition(".")
    shorter = (f"{whole}.{digits[:count]}…{mark}{power}" for count in range(len(digits) - 1, 0, -1))
    return next((text for text in shorter if fits(text)), told if not digits else f"{whole}.{digits[0]}…{mark}{power}")
