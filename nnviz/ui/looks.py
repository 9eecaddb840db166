"""The look that a user has chosen: theme and size of type, remembered between starts."""

from __future__ import annotations

from PySide6.QtCore import QSettings

from nnviz.ui.theme import SYSTEM, Theme

STEP, SMALLEST, LARGEST = 0.125, 1.0, 2.0
"""By which type grows and shrinks, and between what; 1 is 13 pixels."""


class Looks:
    """What the commands of the menu *Theme* do.

    Parameters
    ----------
    theme : the look of the application.
    settings : where the choice is remembered.
    """

    def __init__(self, theme: Theme, settings: QSettings) -> None:
        self._theme, self._settings = theme, settings

    def choose(self, choice: str) -> None:
        """Follow the system, or stay with one of the schemes."""
        self._theme.choose(choice)
        self._settings.setValue("theme", choice)

    def switch(self) -> None:
        """Light becomes dark, dark becomes light."""
        self.choose("light" if self._theme.palette.dark else "dark")

    def system(self, on: bool) -> None:
        """As the system has it."""
        self.choose(SYSTEM)

    def light(self, on: bool) -> None:
        """Dark on light."""
        self.choose("light")

    def dark(self, on: bool) -> None:
        """Light on dark."""
        self.choose("dark")

    def contrast(self, on: bool) -> None:
        """Nothing pale."""
        self.choose("high-contrast")

    def is_system(self) -> bool:
        """Whether the system is followed."""
        return self._theme.choice == SYSTEM

    def is_light(self) -> bool:
        """Whether light was chosen."""
        return self._theme.choice == "light"

    def is_dark(self) -> bool:
        """Whether dark was chosen."""
        return self._theme.choice == "dark"

    def is_contrast(self) -> bool:
        """Whether high contrast was chosen."""
        return self._theme.choice == "high-contrast"

    def larger(self) -> None:
        """Larger type in all panels."""
        self._zoom(self._theme.scale + STEP)

    def smaller(self) -> None:
        """Smaller type in all panels."""
        self._zoom(self._theme.scale - STEP)

    def _zoom(self, scale: float) -> None:
        self._theme.zoom(min(max(scale, SMALLEST), LARGEST))
        self._settings.setValue("scale", self._theme.scale)


def known_scale(remembered: object) -> float:
    """The size of type chosen last; 1 where settings are of another version, or spoiled.

    >>> known_scale("1.25"), known_scale(None), known_scale("huge"), known_scale("nan")
    (1.25, 1.0, 1.0, 1.0)
    """
    try:
        scale = float(str(remembered))
    except ValueError:
        return SMALLEST
    return scale if SMALLEST <= scale <= LARGEST else SMALLEST
