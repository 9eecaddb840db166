"""The application in processes of their own, with a home of their own, that tell what they do line by line."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
NOISE = (
    # What a platform without a screen says at every window.
    "This plugin does not support",
    # What Qt says to a locale that this machine knows by name only.
    *("Detected locale", "Qt depends on a UTF-8", "If this causes problems", "for more information"),
)


class Process:
    """A module of the tests run by another interpreter.

    Parameters
    ----------
    home : where it keeps settings, journals and log.
    words : the module's name within this folder, and its arguments.
    """

    def __init__(self, home: Path, *words: object) -> None:
        home.mkdir(exist_ok=True)
        self.home = home
        self._state = home / "state" / "nnviz"
        self.journals = self._state / "journal"
        self._errors = home / f"errors-{len(list(home.iterdir()))}.txt"
        module, *arguments = map(str, words)
        with self._errors.open("w") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", f"tests.journeys.{module}", *arguments],
                cwd=ROOT,
                env=environment(home),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        assert self._process.stdout
        assert self._process.stdin
        self._out, self._in = self._process.stdout, self._process.stdin

    def lines(self) -> Iterator[dict[str, Any]]:
        """What it tells, as it tells it."""
        for line in self._out:
            if line.endswith("\n"):  # a kill may tear the last one
                yield json.loads(line)

    def line(self) -> dict[str, Any]:
        """The next thing it tells."""
        found = next(self.lines(), None)
        assert found is not None, self.complaints()
        return found

    def ask(self, command: str) -> None:
        """Have it carry out something."""
        self._in.write(f"{command}\n")
        self._in.flush()

    def kill(self) -> list[dict[str, Any]]:
        """End it as a power cut would; gives what it had still told."""
        os.kill(self._process.pid, signal.SIGKILL)
        return self.rest(-signal.SIGKILL)

    def rest(self, code: int = 0) -> list[dict[str, Any]]:
        """What it tells until it ends, with that exit code and without a complaint."""
        self._in.close()
        told = list(self.lines())
        assert self._process.wait() == code, self.complaints()
        assert self.complaints() == ""
        self._out.close()
        return told

    def end(self) -> None:
        """Leave nothing behind, whatever a test has come to."""
        self._process.kill()
        self._process.wait()
        for stream in (self._in, self._out):
            with contextlib.suppress(BrokenPipeError):
                stream.close()

    def complaints(self) -> str:
        """What it wrote to the terminal and to the log of faults."""
        told = [line for line in self._errors.read_text().splitlines() if not line.startswith(NOISE)]
        log = self._state / "log" / "faults.log"
        return "\n".join(told) + (log.read_text() if log.exists() else "")


def environment(home: Path) -> dict[str, str]:
    """As on a machine of somebody else, without a screen."""
    places = {f"XDG_{place}_HOME": str(home / place.lower()) for place in ("CONFIG", "STATE", "CACHE", "DATA")}
    own = {"HOME": str(home), "QT_QPA_PLATFORM": "offscreen", "LC_ALL": "C.UTF-8"}
    return {**os.environ, **places, **own}
