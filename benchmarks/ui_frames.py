"""How quick the window stays, and how much of its speed a training keeps, with all plots open.

``make bench-ui`` trains the largest example by the fast executor, in the window and without one, in turns and each time
in a process of its own, and prints beside the goals:

- *Frames.* On a screen of 60 Hz a frame is due every 16.7 ms. A timer asks for each when it is due: a widget of one
  pixel over the window is to be painted, and with it all that has changed meanwhile. The time of a frame is how long
  after that all of it is painted. It is what the thread of the window is busy with just then (numbers, plots, paints,
  whatever was begun before and is not over) and its waits for the interpreter, which is held by the training's
  thread. While the window stands still, every frame that was due counts, each from its own moment. So 99 of 100 frames
  within 20 ms say: at 99 of 100 moments what is done now, as a movement of the mouse, is seen 20 ms later. There is no
  vertical sync without a screen; a screen adds its own wait for the next one.
- *Speed.* Updates in a second in the window, as a share of those of the same run (document, settings, executor, thread,
  length of slices) in a process that has no window and asks for nothing. The medians of all moments are compared.

Only moments of half a second count in which others took less than a tenth of a core: the window and its training take
two. What was left out is told, and turns are taken until there are enough.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter, process_time, sleep
from typing import Any, NamedTuple

import numpy as np
from msgspec.structs import replace

from nnviz.document.document import Document
from nnviz.document.edits import SetTraining
from nnviz.session.examples import example, example_names
from nnviz.session.runner import Runner

FRAME_SECONDS = 1 / 60
MOMENT_SECONDS = 0.5
WARM_UP_SECONDS = 1.5
FRAME_GOAL_MS = 20.0
SPEED_GOAL = 0.8
OTHERS = 0.1
"""Of a core; what others take at most in a moment that counts."""
ENOUGH = 24
"""Undisturbed moments of each, after which no more turns are taken; from half as many on something is said."""
ENDLESS = 10**8


class Moment(NamedTuple):
    """Half a second: the share of a core that others took, updates in a second, and the times of its frames in ms."""

    others: float
    speed: float
    frames: list[float]


def main() -> int:
    """Measure in turns and print; exit code 1 if a goal is missed."""
    parser = argparse.ArgumentParser(description="Frames of the window, and the speed of a training in it.")
    parser.add_argument("--most", type=int, default=16, help="turns of each at the most (default 16)")
    parser.add_argument("--seconds", type=float, default=4.0, help="how long to measure in a turn (default 4)")
    parser.add_argument("--panels", action="store_true", help="also with every panel, and all weights as tables")
    parser.add_argument("--idle", action="store_true", help="the window without a training, for comparison")
    parser.add_argument("--turn", choices=("alone", "window", "idle"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.turn:
        made = (
            alone(options.seconds)
            if options.turn == "alone"
            else in_window(options.seconds, options.turn, panels=options.panels)
        )
        print(json.dumps(made))
        return 0
    kinds = ["idle"] if options.idle else ["alone", "window"]
    told: dict[str, list[Moment]] = {kind: [] for kind in kinds}
    for number in range(options.most):
        if min(len(undisturbed(moments)) for moments in told.values()) >= ENOUGH:
            break
        for kind in kinds[:: -1 if number % 2 else 1]:
            told[kind] += turn(kind, options.seconds, ["--panels"] if options.panels else [])
    quiet = {kind: undisturbed(moments) for kind, moments in told.items()}
    for kind in kinds:
        print(f"{kind}: {len(quiet[kind])} of {len(told[kind])} moments were undisturbed")
    if min(map(len, quiet.values())) < ENOUGH // 2:
        print("too few to say anything: something else takes the processor")
        return 1
    return 0 if all([frames(quiet[kinds[-1]]), options.idle or speed(quiet["alone"], quiet["window"])]) else 1


def undisturbed(moments: list[Moment]) -> list[Moment]:
    """Those in which others left both cores alone."""
    return [moment for moment in moments if moment.others < OTHERS]


def turn(kind: str, seconds: float, more: list[str]) -> list[Moment]:
    """One turn in a process of its own."""
    quiet = "default.warning=false"  # of what a platform without a screen cannot do
    environment = {"QT_QPA_PLATFORM": "offscreen", "QT_LOGGING_RULES": quiet, **os.environ}
    command = [sys.executable, __file__, "--turn", kind, "--seconds", str(seconds), *more]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment)
    return [Moment(*each) for each in json.loads(told.stdout.splitlines()[-1])]


def frames(moments: list[Moment]) -> bool:
    """Print the times of frames; whether the goal is met."""
    times = np.concatenate([moment.frames for moment in moments])
    within = float((times <= FRAME_GOAL_MS).mean())
    print(f"{len(times)} frames were due, 60 in a second; how long after it they were painted, in ms:")
    for share in (50, 90, 99, 99.9, 100):
        print(f"  {share:5}th percentile  {np.percentile(times, share):6.1f}")
    print(f"  at most {FRAME_GOAL_MS:g} ms: {within:.2%} (goal 99 %)")
    return within >= 0.99


def speed(alone: list[Moment], window: list[Moment]) -> bool:
    """Print the speeds; whether the goal is met."""
    without, within = (median(moment.speed for moment in moments) for moments in (alone, window))
    print(f"updates in a second: {within:,.0f} in the window, {without:,.0f} without one: {within / without:.0%}")
    print(f"  (goal {SPEED_GOAL:.0%})")
    return within / without >= SPEED_GOAL


# what is trained


def largest() -> Document:
    """The example with the most parameters of those that can be trained, made to train until it is stopped."""
    documents = [document for document in map(example, example_names()) if document.data is not None]
    found = max(documents, key=lambda each: sum(array.size for array in each.parameters.values()))
    return SetTraining(replace(found.training, epochs=ENDLESS, early_stopping=None, executor="fast")).apply(found)


class Clock:
    """Tells, now and then, what has happened since it was last asked."""

    def __init__(self, runner: Runner | None) -> None:
        self._runner = runner
        self._before = self._now()

    def _now(self) -> tuple[float, float, int]:
        return perf_counter(), busy() - process_time(), self._runner.updates if self._runner else 0

    def moment(self, frames: list[float]) -> Moment:
        """What has happened."""
        now = self._now()
        seconds, others, updates = (after - before for after, before in zip(now, self._before, strict=True))
        self._before = now
        return Moment(others / seconds, updates / seconds, frames)


def busy() -> float:
    """Seconds that all cores have worked, where the system tells."""
    told = Path("/proc/stat")
    if not told.exists():
        return process_time()
    user, nice, system, _, _, *rest = map(int, told.read_text().splitlines()[0].split()[1:9])
    return (user + nice + system + sum(rest)) / os.sysconf("SC_CLK_TCK")


def alone(seconds: float) -> list[Moment]:
    """A training that nobody watches."""
    runner = Runner(largest())
    runner.start()
    while not runner.updates:
        sleep(0.05)
    sleep(WARM_UP_SECONDS)
    clock = Clock(runner)
    moments = []
    for _ in range(round(seconds / MOMENT_SECONDS)):
        sleep(MOMENT_SECONDS)
        moments.append(clock.moment([]))
    runner.stop()
    return moments


# the window


def in_window(seconds: float, kind: str, *, panels: bool) -> list[Moment]:
    """The window with its plots, while it trains or is idle; with ``panels`` all else that shows live numbers, too."""
    from PySide6.QtWidgets import QApplication
    from ui_gaps import open_window, wait  # lazily: what trains alone has no window

    from nnviz.app.gui import spare
    from nnviz.session.session import Session
    from nnviz.ui.theme import Theme

    application = QApplication(["nnviz"])
    session = Session(largest())
    spare(session)
    opened = open_window(session, Theme(application, "light"))
    opened.shown.resize(1480, 940)
    opened.shown.show()
    if panels:
        open_all(opened.shown)
    screen = screen_of(opened.shown)
    if kind == "window":
        session.start_training()
        while not len(session.curves):
            wait(0.1)
    wait(WARM_UP_SECONDS)
    clock = Clock(session.runner)
    screen.begin()
    moments = []
    for _ in range(round(seconds / MOMENT_SECONDS)):
        wait(MOMENT_SECONDS)
        moments.append(clock.moment(screen.taken()))
    print(json.dumps(moments), flush=True)
    os._exit(0)  # what is measured is over; a window is closed elsewhere


def open_all(window: Any) -> None:
    """Every dock in sight (those behind another as windows of their own), the weights, and the inspector at an edge."""
    for dock in window.docks.values():
        dock.show()
    for dock in window.docks.values():
        if window.tabifiedDockWidgets(dock) and dock is not window.docks["inspector"]:
            dock.setFloating(True)
    document = window.session.document
    weights = document.parameters
    edges = [edge for edge in document.graph.edges if edge.key in weights]
    window.session.select((max(edges, key=lambda edge: weights[edge.key].size).id,))
    window.type_weights()


def screen_of(window: Any) -> Any:
    """What asks for the frames of a window, and notes when they are painted."""
    from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer
    from PySide6.QtWidgets import QWidget

    class Screen(QWidget):
        def __init__(self) -> None:
            super().__init__(window)
            self._due: list[float] = []
            self._next = 0.0
            self._times: list[float] = []
            self._timer = QTimer(self)
            self._timer.setTimerType(Qt.TimerType.PreciseTimer)
            self._timer.setSingleShot(True)
            self._timer.timeout.connect(self._ask)
            self.resize(1, 1)
            self.show()

        def begin(self) -> None:
            self._next = perf_counter()
            self._ask()

        def taken(self) -> list[float]:
            taken, self._times = self._times, []
            return taken

        def _ask(self) -> None:
            while self._next <= perf_counter():
                self._due.append(self._next)
                self._next += FRAME_SECONDS
            self.update()
            self._timer.start(max(0, round(1000 * (self._next - perf_counter()))))

        def paintEvent(self, event: Any) -> None:
            # Delivered once everything else that is to be painted with this is painted.
            QCoreApplication.postEvent(self, QEvent(QEvent.Type.User), Qt.EventPriority.LowEventPriority.value)

        def customEvent(self, event: Any) -> None:
            now = perf_counter()
            self._times += [1000 * (now - due) for due in self._due]
            self._due.clear()

    return Screen()


if __name__ == "__main__":
    sys.exit(main())
