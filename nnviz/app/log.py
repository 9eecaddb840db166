"""The log of unexpected errors: where a fault of nnviz itself is kept with its traceback."""

from __future__ import annotations

import traceback
from datetime import datetime
from pathlib import Path


def write_fault(error: BaseException) -> Path:
    """Append the traceback of ``error`` to the log; gives the log's path, also where it could not be written."""
    from platformdirs import user_log_path

    place = user_log_path("nnviz", appauthor=False) / "faults.log"
    told = "".join(traceback.format_exception(error))
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("a", encoding="utf-8") as log:
            log.write(f"{datetime.now().astimezone().isoformat(timespec='seconds')}\n{told}\n")
    except OSError:
        pass  # no log can be written on this machine: the sentence on the terminal is all there is
    return place
