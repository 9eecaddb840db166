"""Functions that numpy does not have, in one place."""

from __future__ import annotations

from functools import cache
from types import ModuleType


@cache
def special() -> ModuleType:
    """``scipy.special``, imported at its first use: looking into a file needs no scipy."""
    import scipy.special

    return scipy.special
