"""Listening to a session for as long as a widget lives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakMethod

import shiboken6
from psygnal import SignalInstance


def listen(signal: SignalInstance, method: Callable[..., Any]) -> None:
    """Call ``method`` of a widget whenever ``signal`` is told, until the widget is deleted.

    A session outlives its windows' widgets, and Qt deletes them while Python still holds them: a plain connection would
    then call into nothing.
    """
    reference = WeakMethod(method)

    def heard(*told: Any) -> None:
        bound = reference()
        if bound is not None and shiboken6.isValid(getattr(bound, "__self__", None)):
            bound(*told)

    signal.connect(heard, check_nargs=False)  # it takes whatever is told; to find that out takes 0.2 ms
