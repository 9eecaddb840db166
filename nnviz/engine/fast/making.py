"""Makes kernels ready: those that are not on disk are compiled, once an installation.

Two processes of their own do that, so that a window never waits for the compiler and both cores help; where Python
cannot be started a second time, this process does. ``python -m nnviz.engine.fast.making`` is such a process: it reads
names, a line each, and answers with a line when the kernel is on disk.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread

from nnviz.engine.fast import store
from nnviz.engine.fast.program import Interrupted

Going = Callable[[int, int], bool]
"""Told how many kernels are ready and how many are wanted; says whether to go on."""

WORKERS = 2
WORKER_ARGUMENT = "--make-kernels"
"""With this argument alone the frozen application is such a process, see ``packaging/start.py``."""
ASKED_SECONDS = 0.1
"""How often it is asked whether to go on."""
_HEAVIEST = "train"
_NICENESS = 5
_DONE = "done"


def make_ready(names: Sequence[str], *, single: bool, going: Going) -> None:
    """Have all these kernels on disk; what is torn counts as missing.

    Raises
    ------
    Interrupted
        If ``going`` says no.
    ImportError
        If numba is needed and missing; and whatever it raises.
    """
    missing = [name for name in names if not store.is_whole(name, single=single)]
    command = _command() if len(missing) > 1 else []
    if command:
        _by_others(command, missing, len(names), single=single, going=going)
    left = [name for name in missing if not store.is_whole(name, single=single)]
    for done, name in enumerate(left, len(names) - len(left)):
        _ask(going, done, len(names))
        make(name, single=single)
    _ask(going, len(names), len(names))


def make(name: str, *, single: bool) -> None:
    """Compile one kernel in this process."""
    from nnviz.engine.fast.kernels.catalogue import KERNELS, object_code  # lazily: numba takes 0.5 s

    code = object_code(KERNELS[name], store.symbol_of(name, single=single), single=single)
    store.keep(name, code, single=single)


def _ask(going: Going, done: int, total: int) -> None:
    if not going(done, total):
        raise Interrupted


def _command() -> list[str]:
    """What starts a process like this one; nothing where Python is a part of another program."""
    program = Path(sys.executable or "").stem.lower()
    if getattr(sys, "frozen", False):
        return [sys.executable, WORKER_ARGUMENT] if program == "nnviz" else []
    return [sys.executable, "-P", "-m", "nnviz.engine.fast.making"] if program.startswith("python") else []


def _by_others(command: Sequence[str], missing: Sequence[str], total: int, *, single: bool, going: Going) -> None:
    """Hand the names out to processes, and wait; what these do not make is left."""
    names: SimpleQueue[str] = SimpleQueue()
    for name in sorted(missing, key=lambda name: name != _HEAVIEST):
        names.put(name)
    told: SimpleQueue[bool] = SimpleQueue()
    workers = _started(command, min(WORKERS, len(missing)))
    threads = [Thread(target=_feed, args=(each, names, single, told), daemon=True) for each in workers]
    done, working = total - len(missing), len(threads)
    try:
        for thread in threads:
            thread.start()
        while working:
            _ask(going, done, total)
            with suppress(Empty):
                made = told.get(timeout=ASKED_SECONDS)
                done, working = done + made, working - (not made)
    finally:
        for worker in workers:
            worker.kill()
        for thread in threads:
            thread.join()
        for worker in workers:
            worker.communicate()


def _started(command: Sequence[str], count: int) -> list[subprocess.Popen[str]]:
    """So many processes, or fewer where the machine does not let them begin."""
    here = str(Path(__file__).parents[3])
    paths = os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH")]))
    environment = os.environ | {"PYTHONPATH": paths, "NNVIZ_KERNELS": str(store.folder().parent)}
    window = getattr(subprocess, "CREATE_NO_WINDOW", 0)
    workers: list[subprocess.Popen[str]] = []
    with suppress(OSError):
        for _ in range(count):
            workers.append(
                subprocess.Popen(
                    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                    encoding="utf-8", env=environment, creationflags=window,
                )
            )  # fmt: skip
    return workers


def _feed(worker: subprocess.Popen[str], names: SimpleQueue[str], single: bool, told: SimpleQueue[bool]) -> None:
    """Give one process a name after the other; tell of each that is made, and of the end."""
    assert worker.stdin is not None
    assert worker.stdout is not None
    with suppress(Empty, OSError):
        while True:
            worker.stdin.write(f"{names.get_nowait()} {int(single)}\n")
            worker.stdin.flush()
            if worker.stdout.readline().strip() != _DONE:
                break
            told.put(True)
    told.put(False)


def serve() -> None:
    """Compile what is asked for on standard input, behind everything else that the machine does."""
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    for line in sys.stdin:
        name, single = line.split()
        make(name, single=bool(int(single)))
        sys.stdout.write(f"{_DONE}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
