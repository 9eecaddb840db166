"""Proves the wheel: builds it, installs it into an empty environment, and runs it far from the checkout.

Usage: ``python packaging/wheel_test.py``. Needs pip's index or cache; prints one line a step; ends with code 1 at the
first step that fails. The wheel is built from the source archive, so that this is proven too. The environment gets the
tested versions and nothing of the extras.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
CONSTRAINTS = CHECKOUT / "packaging" / "constraints.txt"
# What must not be needed: tools of the developer, and a screen.
HIDDEN = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
FIRST_EXAMPLE = (
    "from nnviz import resources as r; print(r.path('examples', r.names('examples', '.nnviz')[0] + '.nnviz'))"
)


def main() -> None:
    """Build, install, run."""
    with tempfile.TemporaryDirectory(prefix="nnviz-wheel-") as folder:
        place = Path(folder)
        wheel = build(place / "dist")
        scripts = install(wheel, place / "env")
        run_installed(scripts, place)
    print(f"wheel-test: {wheel.name} works in an empty environment")


def build(target: Path) -> Path:
    """The wheel, made from the source archive that is made from the checkout."""
    step("building the source archive and the wheel")
    call([sys.executable, "-m", "build", "--outdir", str(target), str(CHECKOUT)], CHECKOUT)
    (wheel,) = target.glob("*.whl")
    return wheel


def install(wheel: Path, environment: Path) -> Path:
    """The folder with the commands of a new environment that holds the wheel and what it requires."""
    step("installing it into an empty environment")
    venv.create(environment, with_pip=True)
    scripts = environment / ("Scripts" if os.name == "nt" else "bin")
    pip = [str(scripts / "python"), "-m", "pip", "--disable-pip-version-check"]
    call([*pip, "install", "--quiet", str(wheel), "-c", str(CONSTRAINTS)], environment)
    call([*pip, "check"], environment)
    return scripts


def run_installed(scripts: Path, place: Path) -> None:
    """Run what a user runs first, in a folder that holds nothing."""
    empty = place / "elsewhere"
    empty.mkdir()
    python, nnviz = str(scripts / "python"), str(scripts / "nnviz")
    origin = call([python, "-c", "import nnviz; print(nnviz.__file__)"], empty).strip()
    if not Path(origin).is_relative_to(place):
        raise SystemExit(f"wheel-test: the checkout was imported instead of the wheel: {origin}")
    step("running it")
    call([nnviz, "--version"], empty)
    example = call([python, "-c", FIRST_EXAMPLE], empty).strip()
    call([nnviz, "info", example], empty)
    call([nnviz, "render", example, "-o", "net.png"], empty)
    if not (empty / "net.png").read_bytes().startswith(b"\x89PNG"):
        raise SystemExit("wheel-test: net.png is not a picture")


def call(command: list[str], folder: Path) -> str:
    """What ``command`` prints; where it fails, all that it said, and the end."""
    environment = {name: value for name, value in os.environ.items() if name not in HIDDEN}
    done = subprocess.run(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8"
    )
    if done.returncode:
        raise SystemExit(
            f"wheel-test: {' '.join(command)} ended with code {done.returncode}\n{done.stdout}{done.stderr}"
        )
    return done.stdout


def step(what: str) -> None:
    """Say what comes, for a reader of the log who waits."""
    print(f"wheel-test: {what}", flush=True)


if __name__ == "__main__":
    main()
