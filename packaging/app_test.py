"""Proves the frozen application: moves it away from the checkout and runs it in an empty environment.

Usage: ``python packaging/app_test.py``, after PyInstaller has built ``dist/nnviz`` (``make app`` does both). What it
computes and draws, the window included, must be the checkout's to the last bit. Prints one line a step and at the end
the size and how long a start takes; ends with code 1 at the first step that fails.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
BUILT = CHECKOUT / "dist" / "nnviz"
PROGRAM = "nnviz.exe" if os.name == "nt" else "nnviz"
# Together they load all that is loaded on demand: fonts, tables, plots, progress, typeset formulas.
TRAIN = ("--target", "species", "--network", "4-8-3", "--epochs", "5", "-o", "trained.nnviz", "--plot", "loss.png")
COMMANDS = (
    ("--version",),
    ("--help",),
    ("gradients", "mazur", "--json"),
    ("render", "mazur", "-o", "net.png"),
    ("train", "--csv", str(CHECKOUT / "resources" / "datasets" / "iris.csv"), *TRAIN),
    ("window", "mazur", "--snapshot", "window.png", "--step", "14"),
)


def main() -> None:
    """Run every command with the application and with the checkout, and compare."""
    with tempfile.TemporaryDirectory(prefix="nnviz-app-") as folder:
        place = Path(folder)
        shutil.copytree(BUILT, place / "moved", symlinks=True)
        frozen, ours = place / "frozen", place / "ours"
        frozen.mkdir()
        ours.mkdir()
        seconds = {}
        for command in COMMANDS:
            print(f"app-test: nnviz {' '.join(command)}", flush=True)
            begun = time.perf_counter()
            told = call([str(place / "moved" / PROGRAM), *command], frozen)
            seconds[command[0]] = time.perf_counter() - begun
            if told != call([sys.executable, "-m", "nnviz", *command], ours):
                raise SystemExit(f"app-test: the application tells something else than the checkout:\n{told}")
        compare(frozen, ours)
    print(f"app-test: dist/nnviz works in an empty environment and has {size(BUILT) / 2**20:.0f} MiB")
    print(f"app-test: --version took {seconds['--version']:.1f} s, the window {seconds['window']:.1f} s")


def call(command: list[str], folder: Path) -> str:
    """What ``command`` prints where nothing is set but the user's folder, and no screen; where it fails, the end."""
    environment = {"HOME": str(folder), "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8"
    )
    if done.returncode:
        raise SystemExit(f"app-test: {' '.join(command)} ended with code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def compare(frozen: Path, ours: Path) -> None:
    """Make sure that both wrote the same files, and nothing else but compiled kernels, named after their folder."""
    for each in (frozen, ours):
        if not list((each / ".cache" / "nnviz" / "kernels").rglob("*.kernel")):
            raise SystemExit(f"app-test: no compiled kernels below {each}: it trained by the clear executor")
        shutil.rmtree(each / ".cache")
    files = [sorted(file.relative_to(each) for file in each.rglob("*")) for each in (frozen, ours)]
    if files[0] != files[1] or len(files[0]) < 4:
        raise SystemExit(f"app-test: the application wrote {files[0]}, the checkout {files[1]}")
    for name in files[0]:
        if (frozen / name).read_bytes() != (ours / name).read_bytes():
            raise SystemExit(f"app-test: {name} differs from the checkout's")


def size(folder: Path) -> int:
    """Bytes of all files, links not followed."""
    return sum(file.lstat().st_size for file in folder.rglob("*"))


if __name__ == "__main__":
    main()
