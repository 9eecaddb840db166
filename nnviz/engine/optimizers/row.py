"""What a choice among several tells of itself, once for all who ask: panel, documentation, walkthrough, files.

An optimizer, a schedule, a way to clip and a way to draw first weights are each a frozen struct with a :class:`Row`.
"""

from __future__ import annotations

from math import isfinite
from typing import ClassVar, NamedTuple

import msgspec

from nnviz.errors import ConfigError
from nnviz.expressions import Allowed
from nnviz.words import tr

FROM_ZERO = Allowed(low=0.0)
ABOVE_ZERO = Allowed(low=0.0, low_open=True)
SHARE = Allowed(low=0.0, high=1.0, high_open=True)
COUNT = Allowed(low=1.0, high=1e9, whole=True)


class Setting(NamedTuple):
    """One number of a choice, or one switch.

    Attributes
    ----------
    field : its name in the struct and in files; the default stands there.
    symbol : its letter in formulas; empty where it is in none.
    words : what it is.
    allowed : which numbers it takes; None for a switch.
    short : its name where there is little room; the symbol, if empty.
    """

    field: str
    symbol: str
    words: str
    allowed: Allowed | None = None
    short: str = ""

    @property
    def label(self) -> str:
        """Its name where there is little room."""
        return self.short or self.symbol or self.field

    @property
    def name(self) -> str:
        """Its whole name: "Learning rate η", or "β₁, share of …" where it is known by its letter."""
        if not self.short:
            return f"{self.symbol}, {self.words}" if self.symbol else self.words
        return f"{self.words[0].upper()}{self.words[1:]} {self.symbol}".rstrip()

    def check(self, value: float) -> None:
        """Refuse a number that is not allowed, or not finite."""
        if self.allowed is not None and not (self.allowed.holds(value) and isfinite(value)):
            what = tr("{name} is out of range", name=self.field)
            raise ConfigError(what, expected=self.allowed.text(), found=str(value))


class Slot(NamedTuple):
    """An array that an optimizer remembers: its name in files, its letter in formulas, what it is."""

    name: str
    symbol: str
    words: str


class Row(NamedTuple):
    """One row of a table of choices.

    Attributes
    ----------
    name : as a reader sees it.
    words : what it does, in one line.
    lines : its formula in its most general form, one assignment a line, in the small language that
        :mod:`nnviz.lowering.explain.rules` reads; plain text and LaTeX are both written from them.
    settings : its numbers and switches, in the order of a form.
    slots : what it may remember (optimizers).
    convention : what it does otherwise than a reader might expect, and who differs.
    source : where it was published.
    """

    name: str
    words: str
    lines: tuple[str, ...] = ()
    settings: tuple[Setting, ...] = ()
    slots: tuple[Slot, ...] = ()
    convention: str = ""
    source: str = ""


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A frozen setting whose numbers are checked by its row.

    Raises
    ------
    ConfigError
        If a number lies outside its range; the message shows both.
    """

    row: ClassVar[Row]

    def __post_init__(self) -> None:
        for setting in self.row.settings:
            setting.check(getattr(self, setting.field))


def in_range(name: str, value: float, low: float, high: float) -> None:
    """Refuse a setting outside [low, high), or one that is not a number."""
    if not low <= value < high:
        limit = (
            tr("{low} or more", low=low)
            if high == float("inf")
            else tr("{low} ≤ {name} < {high}", low=low, name=name, high=high)
        )
        raise ConfigError(tr("{name} is out of range", name=name), expected=limit, found=str(value))
