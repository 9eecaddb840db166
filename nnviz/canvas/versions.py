"""Refuses, before Qt is loaded, a PySide6 that is known not to work, so that nobody meets the crash instead.

Two faults are known. PySide6 6.11.0 and 6.11.1 break docks on every Python. From 6.12.0 on, under Python older than
3.12, most calls into Qt drop a reference to None; after some 5,000 of them the process aborts.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from nnviz.errors import SetupError
from nnviz.words import tr

_DISTRIBUTIONS = ("PySide6-Essentials", "PySide6")


def check_qt() -> None:
    """Make sure that the installed PySide6 goes together with this Python; to be called before Qt is imported.

    Raises
    ------
    SetupError
        If PySide6 is missing or the pair is known to be bad; the message tells which version to install.
    """
    installed = installed_pyside()
    if installed is not None:
        refuse_bad_pair(installed, sys.version_info[:2])
    elif find_spec("PySide6") is None:
        raise SetupError(tr("PySide6 is missing"), hint=tr("Install it: pip install PySide6-Essentials"))


def installed_pyside() -> str | None:
    """Version of PySide6 as its package says; None where no package says it, as in a frozen application."""
    for name in _DISTRIBUTIONS:
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return None


def refuse_bad_pair(pyside: str, python: tuple[int, int]) -> None:
    """Raise if PySide6 version ``pyside`` cannot be trusted under Python version ``python``.

    >>> refuse_bad_pair("6.11.3", (3, 11))

    Raises
    ------
    SetupError
        If the pair is one of the known bad ones.
    """
    numbers = tuple(int(number) for number in re.findall(r"\d+", pyside)[:3])
    hint = tr("Install a good one: pip install 'PySide6-Essentials>=6.11.2,<6.12'")
    if numbers in {(6, 11, 0), (6, 11, 1)}:
        raise SetupError(tr("PySide6 {version} breaks the window", version=pyside), hint=hint)
    if numbers >= (6, 12) and python < (3, 12):
        running = ".".join(map(str, python))
        raise SetupError(
            tr("PySide6 {version} crashes under Python {python}", version=pyside, python=running), hint=hint
        )
