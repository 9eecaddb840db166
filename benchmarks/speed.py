"""How fast an update of training is, beside what else could carry it: ``make bench``.

Every contender works in a process of its own (peers.py); they take turns, in this order and then in the reverse, so
that what the machine does besides falls on all alike. Printed and written into docs/performance.md are medians of the
rounds, and ratios within this one run. PyTorch, JAX, scikit-learn and micrograd must be installed where this runs.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple

HERE = Path(__file__).parent
TURN_SECONDS = 0.15
MARKS = ("<!-- figures of make bench -->", "<!-- end of figures -->")


class Goal(NamedTuple):
    """At least ``least`` times as fast as ``peer``, or at most ``most`` times its time."""

    peer: str
    least: float = 0.0
    most: float = 0.0

    def holds(self, ours: float, theirs: float) -> bool:
        """Whether seconds of ours beside seconds of theirs are within the goal."""
        return theirs / ours >= self.least if self.least else ours / theirs <= self.most

    def words(self, ours: float, theirs: float) -> str:
        """The ratio beside the goal."""
        mark = "" if self.holds(ours, theirs) else " ✗"
        if self.least:
            return f"{theirs / ours:.3g}× as fast as {self.peer} (≥ {self.least:g}×){mark}"
        return f"{ours / theirs:.2f}× the time of {self.peer} (≤ {self.most:g}×){mark}"


def task(
    layers: str, batch: int, rule: str, activation: str, classes: bool, dtype: str, threads: int = 1, **more: bool
):
    """A task as peers.py reads it."""
    told = {"layers": [int(units) for units in layers.split("-")], "batch": batch, "rule": rule, "dtype": dtype}
    return told | {"activation": activation, "classes": classes, "threads": threads} | more


TASKS: list[tuple[str, dict, list[Goal]]] = [
    (
        "2-4-2-1 tanh, batch 10, SGD, f64",
        task("2-4-2-1", 10, "sgd", "tanh", False, "float64"),
        [Goal("torch", least=250), Goal("jax", least=4), Goal("c", most=3)],
    ),
    (
        "2-8-8-8-8-8-8-1, batch 30, f64",
        task("2-8-8-8-8-8-8-1", 30, "sgd", "tanh", False, "float64"),
        [Goal("torch", least=60), Goal("jax", least=2.5), Goal("c", most=1.5)],
    ),
    (
        "4-16-3 softmax, batch 32, Adam, f64",
        task("4-16-3", 32, "adam", "tanh", True, "float64"),
        [Goal("torch", least=110), Goal("jax", least=5), Goal("scikit", least=1)],
    ),
    (
        "64-128-64-10, batch 64, Adam, f32",
        task("64-128-64-10", 64, "adam", "relu", True, "float32"),
        [Goal("torch", least=5), Goal("jax", least=1.2), Goal("products", most=1.2)],
    ),
    (
        "64-128-64-10, batch 64, Adam, f64",
        task("64-128-64-10", 64, "adam", "relu", True, "float64"),
        [Goal("torch", least=3.5), Goal("products", most=1.25)],
    ),
    (
        "784-256-128-10, batch 128, Adam, f32, both cores",
        task("784-256-128-10", 128, "adam", "relu", True, "float32", threads=2),
        [Goal("torch", least=1.25), Goal("jax", least=1), Goal("products", most=1.3)],
    ),
]


def main() -> int:
    """Measure, print, write; exit code 1 where a figure does not hold."""
    parser = argparse.ArgumentParser(description="Time of a training update beside peers, in one interleaved run.")
    parser.add_argument("--rounds", type=int, default=9, help="turns of each contender (default 9)")
    parser.add_argument("--only", default="", help="tasks whose name holds this")
    parser.add_argument("--write", type=Path, help="the page whose figures are replaced")
    options = parser.parse_args()
    lines, good = [], True
    with tempfile.TemporaryDirectory() as folder:
        _compile_c(Path(folder))
        for name, told, goals in TASKS:
            if options.only in name:
                line, holds = _measured(name, told, goals, options.rounds, folder)
                good &= holds
                lines.append(line)
                print(line, flush=True)
        for extra in (_single_neurons, _with_extras, _lowering, _first_call):
            if options.only in extra.__name__:
                found, holds = extra(options.rounds, folder)
                good &= holds
                lines += found
                print("\n".join(found), flush=True)
    if options.write:
        _write(options.write, lines)
    return 0 if good else 1


def _measured(name: str, told: dict, goals: list[Goal], rounds: int, folder: str) -> tuple[str, bool]:
    times = race(dict.fromkeys(("nnviz", *(goal.peer for goal in goals)), told), rounds, folder)
    ours = times["nnviz"]
    words = [goal.words(ours, times[goal.peer]) for goal in goals]
    figures = ", ".join(f"{peer} {seconds * 1e6:.3g}" for peer, seconds in times.items())
    holds = all(goal.holds(ours, times[goal.peer]) for goal in goals)
    return f"| {name} | {figures} | {'; '.join(words)} |", holds


def race(contenders: Mapping[str, dict], rounds: int, folder: str) -> dict[str, float]:
    """Median seconds of one update for each contender (``name`` or ``name:variant``), all taking turns."""
    with _open({key: (key.partition(":")[0], told) for key, told in contenders.items()}, folder) as processes:
        counts = {key: _count(process) for key, process in processes.items()}
        seconds: dict[str, list[float]] = {key: [] for key in processes}
        for turn in range(rounds):
            order = list(processes) if turn % 2 == 0 else list(reversed(processes))
            for key in order:
                seconds[key].append(_ask(processes[key], counts[key]) / counts[key])
        return {key: median(each) for key, each in seconds.items()}


@contextmanager
def _open(wanted: Mapping[str, tuple[str, dict]], folder: str) -> Iterator[dict[str, subprocess.Popen]]:
    processes = {}
    try:
        for key, (peer, told) in wanted.items():
            threads = str(told["threads"])
            environment = os.environ | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), threads)
            if threads == "1":
                environment["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
            for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
                environment.pop(name, None)
            command = [sys.executable, str(HERE / "peers.py"), peer, json.dumps(told), folder]
            processes[key] = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
            )
        for key, process in processes.items():
            if process.stdout.readline().strip() != "ready":
                raise SystemExit(f"{key} did not get ready")
        yield processes
    finally:
        for process in processes.values():
            process.kill()
            process.wait()


def _ask(process: subprocess.Popen, count: int) -> float:
    process.stdin.write(f"{count}\n")
    process.stdin.flush()
    return float(process.stdout.readline())


def _count(process: subprocess.Popen) -> int:
    """Updates that take about a turn, in whole epochs of ten."""
    count = 10
    while (seconds := _ask(process, count)) < TURN_SECONDS / 4:
        count *= 4
    return max(10, round(count * TURN_SECONDS / seconds / 10) * 10)


def _compile_c(folder: Path) -> None:
    flags = ["-O3", "-march=native", "-ffast-math", "-shared", "-fPIC"]
    subprocess.run(["cc", *flags, "-o", str(folder / "chain.so"), str(HERE / "chain.c"), "-lm"], check=True)


def _single_neurons(rounds: int, folder: str) -> tuple[list[str], bool]:
    """8,320 edges drawn one by one: forward, backward, every ∂J/∂w, beside the same as layers and beside micrograd."""
    told = task("64-64-64", 1, "sgd", "tanh", False, "float64")
    contenders = {"nnviz": told | {"singly": True}, "nnviz:layers": told, "micrograd": told}
    times = race(contenders, max(3, rounds // 3), folder)
    ours = times["nnviz"]
    goals = [Goal("micrograd", least=5000), Goal("nnviz:layers", most=2)]
    words = "; ".join(goal.words(ours, times[goal.peer]) for goal in goals)
    figures = ", ".join(f"{peer} {seconds * 1e6:.3g}" for peer, seconds in times.items())
    line = f"| 64-64-64 drawn as single neurons, one example | {figures} | {words} |"
    return [line], all(goal.holds(ours, times[goal.peer]) for goal in goals)


def _with_extras(rounds: int, folder: str) -> tuple[list[str], bool]:
    """Dropout, L2 and early stopping on a fifth of the rows, beside the plain run."""
    lines, good = [], True
    for layers, batch, dtype in (("4-16-3", 32, "float64"), ("64-128-64-10", 64, "float32")):
        told = task(layers, batch, "adam", "tanh", True, dtype)
        times = race({"nnviz": told | {"extras": True}, "nnviz:plain": told}, rounds, folder)
        share = times["nnviz:plain"] / times["nnviz"]
        mark = "" if share >= 0.7 else " ✗"
        figures = ", ".join(f"{peer} {seconds * 1e6:.3g}" for peer, seconds in times.items())
        lines.append(
            f"| {layers} with dropout, L2, early stopping | {figures} | {share:.0%} of the plain speed (≥ 70 %){mark} |"
        )
        good &= share >= 0.7
    return lines, good


def _lowering(rounds: int, folder: str) -> tuple[list[str], bool]:
    """A drawing of 9,870 edges is lowered after an edit; after a change of numbers it is not."""
    from msgspec.structs import replace

    import nnviz
    from nnviz.document import build
    from nnviz.lowering import lower
    from nnviz.lowering.kinds import ACTIVATIONS

    build.DRAWN_SINGLY = 10**6
    document = nnviz.new("70-70-70", activation="tanh")
    seconds = []
    for turn in range(rounds):
        node = document.graph.nodes[100]
        options = {**node.options, "activation": ACTIVATIONS[1 + turn % 8]}  # never twice among those that are kept
        options["bias_name"] = f"bias{turn}"
        nodes = tuple(replace(each, options=options) if each is node else each for each in document.graph.nodes)
        edited = replace(document.graph, nodes=nodes)
        begun = perf_counter()
        lower(edited, document.conventions)
        seconds.append(perf_counter() - begun)
    same = lower(document.graph, document.conventions)
    again = document.with_(parameters={key: array + 1.0 for key, array in document.parameters.items()}).plan is same
    took = median(seconds)
    good = took < 0.05 and again
    words = f"{took * 1e3:.0f} ms (< 50 ms){'' if took < 0.05 else ' ✗'}; a change of numbers lowers nothing: {again}"
    return [f"| lowering {len(document.graph.edges):,} edges after an edit | | {words} |"], good


def _first_call(rounds: int, folder: str) -> tuple[list[str], bool]:
    """From no numba to the first updates, with kernels on disk; and, into an empty folder, compiled."""
    script = (
        "import time, nnviz; from nnviz.session.training import training_of; document = nnviz.example('iris');"
        "begun = time.perf_counter(); next(training_of(document)); print(time.perf_counter() - begun)"
    )

    def took(home: str) -> float:
        environment = os.environ | {"NNVIZ_KERNELS": home}
        environment.pop("NNVIZ_EXECUTOR", None)
        found = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
        )
        return float(found.stdout)

    cold = took(f"{folder}/kernels")
    warm = median(took(f"{folder}/kernels") for _ in range(3))
    marks = ("" if warm < 0.5 else " ✗", "" if cold < 10 else " ✗")
    words = f"{warm:.2f} s with kernels on disk (< 0.5 s){marks[0]}"
    words += f"; {cold:.1f} s where they are compiled (< 10 s){marks[1]}"
    return [f"| first call of the fast executor (Iris) | | {words} |"], not any(marks)


def _write(page: Path, lines: Sequence[str]) -> None:
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(MARKS[0])
    after = rest.partition(MARKS[1])[2]
    head = ["| work | µs an update | beside |", "|---|---|---|"]
    where = f"{os.cpu_count()} cores, {_processor()}, Python {platform.python_version()}."
    page.write_text(
        "\n".join([f"{before}{MARKS[0]}", where, "", *head, *lines, f"{MARKS[1]}{after}"]), encoding="utf-8"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


if __name__ == "__main__":
    sys.exit(main())
