"""The first journey on a screen of its own, by a mouse and keys that the program cannot tell from a person's.

``make test-x`` runs it: Xvfb is the screen, openbox the window manager, xdotool the hands, ImageMagick the eyes. The
program is asked nothing: what is dragged from the palette is found in a picture of the screen, all else by keys, or
where it was put. Each stage leaves a picture in ``out/xvfb``, and what was saved and exported is checked at the end.

Usage: ``python tests/journeys/xvfb.py [:DISPLAY]``
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from math import isclose
from pathlib import Path

import nnviz

TOOLS = {"Xvfb": "xvfb", "openbox": "openbox", "xdotool": "xdotool", "import": "imagemagick"}
"""What is needed, and the package that has it."""
PATIENCE = 30.0
"""Seconds after which what is waited for is missed."""
PICTURES = Path("out/xvfb")
SIZE = (1480, 940)
PALETTE = (24, 170, 160, 700)
"""Where the names of blocks stand in the window: left, top, right, bottom."""

GROUND = (220, 590)
"""A place of the canvas where nothing is."""
PLACES = {
    "x1": (290, 250),
    "x2": (290, 480),
    "n1": (510, 250),
    "n2": (510, 480),
    "n3": (730, 250),
    "n4": (730, 480),
    "loss1": (970, 365),
}
"""Where each node is dropped."""
BLOCKS = (("input", "x1 x2"), ("perceptron", "n1 n2 n3 n4"), ("squared", "loss1"))
EDGES = ("x1 n1", "x2 n1", "x1 n2", "x2 n2", "n1 n3", "n2 n3", "n1 n4", "n2 n4", "n3 loss1", "n4 loss1")
WEIGHTS = ("0.15", "1/5", ".25", "0,3", "0.4", "0.45", "1/2", "0.55")
BIASES = {"n1": "0.35", "n2": "0.35", "n3": "0.6", "n4": "3/5"}
ROW = ("0.05", "0.1", "0.01", "0.99")
STEPS = 23
GRADIENT = 0.0821670405642308


class Screen:
    """Hands and eyes before a screen.

    Parameters
    ----------
    display : such as ``":31"``.
    home : of the one who sits there.
    """

    def __init__(self, display: str, home: Path) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "WAYLAND_", "QT_"))}
        self.environment = {**kept, "DISPLAY": display, "HOME": str(home), "LC_ALL": "C.UTF-8"}
        self.window = ""
        self._pictures = 0

    def do(self, *words: object) -> str:
        """Let xdotool do something; gives what it says."""
        command = ["xdotool", *map(str, words)]
        done = subprocess.run(command, env=self.environment, timeout=PATIENCE, capture_output=True, text=True)
        return done.stdout

    def wait_for(self, title: str, count: int = 1) -> str:
        """Wait until so many windows of a title are shown; gives the newest."""

        def found() -> list[str]:
            return self.do("search", "--onlyvisible", "--name", title).split()

        wait(lambda: len(found()) >= count, f"a window called {title}")
        newest = found()[-1]
        self.do("windowactivate", "--sync", newest)
        return newest

    def keys(self, *keys: str, pause: int = 20) -> None:
        """Press keys, one after the other, with so many milliseconds between them."""
        self.do("key", "--delay", pause, *keys)

    def type(self, text: str) -> None:
        """Type a text in place of what stands there, and take it over."""
        self.keys("ctrl+a")
        self.do("type", "--delay", 20, text)
        self.keys("Return")

    def click(self, place: tuple[int, int], *held: str) -> None:
        """Click a place of the window."""
        down, up = ([word for key in held for word in (act, key)] for act in ("keydown", "keyup"))
        self.do("mousemove", "--window", self.window, *place, *down, "click", 1, *up)

    def drag(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        """Drag from a place of the window to another."""
        self.do("mousemove", "--window", self.window, *start, "mousedown", 1)
        for share in (0.3, 0.6, 0.9, 1.0):
            x, y = (round(a + (b - a) * share) for a, b in zip(start, end, strict=True))
            self.do("mousemove", "--window", self.window, x, y, "sleep", 0.03)
        self.do("mouseup", 1)

    def go_to(self, words: str) -> None:
        """Find a command, a panel or a part by its words."""
        self.keys("ctrl+k")
        self.type(words)

    def rest(self) -> None:
        """Wait until nothing moves on the screen any more."""
        before = b""
        for _ in range(100):
            before, now = self._see("-window", "root", "gray:-"), before
            if before == now:
                return
            time.sleep(0.3)
        raise AssertionError("the screen does not come to rest")

    def look(self, stage: str) -> None:
        """Keep a picture of the screen at rest."""
        self.rest()
        self._pictures += 1
        self._see("-window", "root", str(PICTURES / f"{self._pictures:02}-{stage}.png"))

    def lowest_words(self, left: int, top: int, right: int, bottom: int) -> tuple[int, int]:
        """The place of the lowest words in a part of the window."""
        self.rest()
        part = f"{right - left}x{bottom - top}+{left}+{top}"
        grey = self._see("-window", self.window, "-crop", part, "-depth", "8", "gray:-")
        dark = [place // (right - left) for place, level in enumerate(grey) if level < 100]
        assert dark, "there are no words"
        return (left + right) // 2, top + dark[-1] - 4

    def _see(self, *words: str) -> bytes:
        seen = subprocess.run(
            ["import", *words], env=self.environment, timeout=PATIENCE, capture_output=True, check=True
        )
        return seen.stdout


def wait(until: Callable[[], object], what: str) -> None:
    """Wait until something is so.

    Raises
    ------
    AssertionError
        If it is not so in time.
    """
    end = time.monotonic() + PATIENCE
    while not until():
        assert time.monotonic() < end, f"missed: {what}"
        time.sleep(0.1)


@contextmanager
def running(command: Sequence[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A program that is ended afterwards."""
    with subprocess.Popen(command, env=environment) as process:
        try:
            yield process
        finally:
            process.terminate()


def free_display() -> str:
    """A display that nobody uses."""
    return next(f":{number}" for number in range(31, 100) if not Path(f"/tmp/.X{number}-lock").exists())


# The journey


def draw(screen: Screen) -> None:
    """Blocks dragged from the palette, edges from node to node."""
    screen.keys("ctrl+minus", "ctrl+minus", "ctrl+minus")
    for words, nodes in BLOCKS:
        screen.go_to("go to building blocks")
        screen.keys("ctrl+a")
        screen.do("type", "--delay", 20, words)
        block = screen.lowest_words(*PALETTE)
        for node in nodes.split():
            screen.drag(block, PLACES[node])
    screen.keys("ctrl+d")
    for edge in EDGES:
        source, target = edge.split()
        screen.drag(PLACES[source], PLACES[target])
    screen.keys("ctrl+d")
    screen.look("drawn")


def give_numbers(screen: Screen) -> None:
    """Activation and mode of the biases of all neurons at once, each bias, each weight."""
    screen.click(GROUND)
    for node in BIASES:
        screen.click(PLACES[node], "ctrl")
    screen.go_to("go to inspect")
    screen.keys("s", "Tab", "f")
    screen.look("activations")
    for node, bias in BIASES.items():
        screen.click(GROUND)
        screen.click(PLACES[node])
        screen.keys("Return", *["Tab"] * 5)  # activation, mode of the bias, a, z, δ, the bias
        screen.type(bias)
    for number, weight in enumerate(WEIGHTS):
        screen.click(GROUND)
        screen.keys(*["Tab"] * (len(PLACES) + 1 + number), "Return")  # past all nodes, and the edges before it
        screen.type(weight)
    screen.look("weights")


def give_data(screen: Screen) -> None:
    """One example, conventions, learning rate."""
    screen.keys("ctrl+i")
    screen.wait_for("Type data")
    for cell in ROW:
        screen.do("type", "--delay", 20, cell)
        screen.keys("Tab")
    screen.keys("Return")
    screen.look("data")
    screen.keys("Tab", "space")
    screen.click(GROUND)
    screen.go_to("go to inspect")
    screen.keys(*["Tab"] * 5, "w")  # x1, x2, ŷ1, ŷ2, J, the preset
    screen.go_to("go to train")
    screen.keys(*["Tab"] * 4)  # table, columns, split, optimizer, its rate
    screen.type("0.5")
    screen.look("settled")


def step_and_update(screen: Screen) -> None:
    """To the last step and back, one update and back."""
    screen.keys(*["F10"] * STEPS, pause=150)  # as fast as one reads at best
    screen.look("last-step")
    screen.keys(*["F9"] * STEPS, pause=150)
    screen.look("before-the-first-step")
    screen.keys("shift+F11", "F6")
    screen.look("one-update")
    screen.keys("ctrl+z")
    screen.click(GROUND)
    screen.keys(*["Tab"] * (len(PLACES) + 5))
    screen.look("undone")


def keep(screen: Screen, place: Path) -> None:
    """Save the document, export its picture."""
    screen.keys("ctrl+s")
    screen.wait_for("Save as")
    screen.type(str(place / "journey"))
    wait((place / "journey.nnviz").exists, "the saved document")
    screen.keys("ctrl+e")
    screen.wait_for("Export picture")
    screen.look("export")
    screen.keys("Return")
    screen.wait_for("Export picture", count=2)
    screen.type(str(place / "journey"))
    wait((place / "journey.png").exists, "the exported picture")
    screen.look("exported")


def check(place: Path) -> None:
    """What was saved is the worked example, and what was exported is a picture of it."""
    document = nnviz.open(place / "journey.nnviz")
    edges = [f"{edge.source} {edge.target}" for edge in document.graph.edges]
    assert edges == list(EDGES), edges
    weights = [float(document.parameters[f"w{number}"].item()) for number in range(1, 9)]
    assert weights == [0.15, 0.2, 0.25, 0.3, 0.4, 0.45, 0.5, 0.55], weights
    biases = [float(document.parameters[f"{node}.b"].item()) for node in BIASES]
    assert biases == [0.35, 0.35, 0.6, 0.6], biases
    assert document.training.optimizer == nnviz.SGD(lr=0.5), document.training
    gradient = float(nnviz.gradients(document)["w5"].item())
    assert isclose(gradient, GRADIENT, rel_tol=1e-12), gradient
    width, height = struct.unpack(">II", (place / "journey.png").read_bytes()[16:24])
    assert (width, height) == (1920, 1080), (width, height)
    print(f"∂J/∂w5 = {gradient!r}; picture of {width} × {height}; stages in {PICTURES}")


def main(display: str) -> None:
    """Sit down before an empty screen, take the journey, leave, and check what is left."""
    shutil.rmtree(PICTURES, ignore_errors=True)
    PICTURES.mkdir(parents=True)
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nnviz-xvfb-")))
        screen = Screen(display, home)
        stack.enter_context(
            running(["Xvfb", display, "-screen", "0", "1600x1000x24", "-nolisten", "tcp"], screen.environment)
        )
        wait(lambda: screen.do("getdisplaygeometry"), "the screen")
        stack.enter_context(running(["openbox"], screen.environment))
        window = stack.enter_context(running([sys.executable, "-m", "nnviz", "window"], screen.environment))
        screen.wait_for("Ways to begin")
        screen.look("first-start")
        screen.keys("Escape", "ctrl+n")
        screen.window = screen.wait_for("untitled.* – nnviz")
        screen.do("windowsize", "--sync", screen.window, *SIZE, "windowmove", "--sync", screen.window, 20, 30)
        draw(screen)
        give_numbers(screen)
        give_data(screen)
        step_and_update(screen)
        keep(screen, home)
        screen.keys("ctrl+q")
        assert window.wait(PATIENCE) == 0, window.returncode
        check(home)


if __name__ == "__main__":
    missing = [package for tool, package in TOOLS.items() if shutil.which(tool) is None]
    if missing:
        sys.exit(f"nnviz: this needs a screen of its own: apt-get install {' '.join(missing)}")
    main(sys.argv[1] if len(sys.argv) > 1 else free_display())
