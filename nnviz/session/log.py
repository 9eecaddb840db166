"""The log of unexpected errors: where a fault of nnviz itself is kept with its traceback, for all faces alike."""

from __future__ import annotations

import platform
import threading
import traceback
from datetime import datetime
from pathlib import Path

from nnviz.version import VERSION

LARGEST = 1 << 20
"""Bytes after which the log is put aside as ``faults.old.log`` and begun anew."""

_one_at_a_time = threading.Lock()


def log_path() -> Path:
    """Where faults are kept on this machine."""
    from platformdirs import user_log_path  # lazily: a start without a fault needs no log

    return user_log_path("nnviz", appauthor=False) / "faults.log"


def fault_text(error: BaseException) -> str:
    """What is worth knowing about a fault: the versions and the traceback."""
    versions = f"nnviz {VERSION}, Python {platform.python_version()}, {platform.platform()}"
    return f"{versions}\n{''.join(traceback.format_exception(error))}"


def write_fault(error: BaseException) -> Path:
    """Append ``error`` with its traceback to the log; gives the log's path, also where it could not be written."""
    return write_line(fault_text(error))


def write_line(told: str) -> Path:
    """Append ``told`` under the present time to the log. Threads may call it."""
    place = log_path()
    with _one_at_a_time:
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            if place.exists() and place.stat().st_size > LARGEST:
                place.replace(place.with_name("faults.old.log"))
            with place.open("a", encoding="utf-8", errors="replace") as log:
                log.write(f"{datetime.now().astimezone().isoformat(timespec='seconds')}\n{told}\n")
        except OSError:
            pass  # no log can be written on this machine: what the face shows is all there is
    return place
