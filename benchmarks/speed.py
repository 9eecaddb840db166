"""How fast an update of training is, beside what else could carry it: ``make bench``.

Every contender works in a process of its own (peers.py); they take turns, in this order and then in the reverse, so
that what the machine does besides falls on all alike. Printed and written into docs/performance.md are ratios of the
medians of a repeat's rounds, and of these the median and the range over all repeats. PyTorch, JAX, scikit-learn and
micrograd must be installed where this runs.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
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

    def ratio(self, times: Mapping[str, float]) -> float:
        """How many times as fast we are, or how many times its time we take."""
        ours, theirs = times["nnviz"], times[self.peer]
        return theirs / ours if self.least else ours / theirs

    def holds(self, repeats: Sequence[Mapping[str, float]]) -> bool:
        """Whether the median of all repeats is within the goal."""
        ratio = median(map(self.ratio, repeats))
        return ratio >= self.least if self.least else ratio <= self.most

    def words(self, repeats: Sequence[Mapping[str, float]]) -> str:
        """The median ratio, and the range, beside the goal."""
        ratios = sorted(map(self.ratio, repeats))
        found = f"{median(ratios):.3g}× ({ratios[0]:.3g}–{ratios[-1]:.3g})"
        mark = "" if self.holds(repeats) else " ✗"
        if self.least:
            return f"{found} as fast as {self.peer} (≥ {self.least:g}×){mark}"
        return f"{found} the time of {self.peer} (≤ {self.most:g}×){mark}"


class Work(NamedTuple):
    """Contenders (``name`` or ``name:variant``) with what each is told, and what is to hold."""

    name: str
    contenders: Mapping[str, dict]
    goals: Sequence[Goal]

    def line(self, repeats: Sequence[Mapping[str, float]]) -> str:
        """A line of the table."""
        figures = ", ".join(f"{peer} {1e6 * median(each[peer] for each in repeats):.3g}" for peer in self.contenders)
        return f"| {self.name} | {figures} | {'; '.join(goal.words(repeats) for goal in self.goals)} |"


class Limit(NamedTuple):
    """What a person waits for: seconds, and the most that they may be."""

    name: str
    most: float

    def line(self, repeats: Sequence[float]) -> str:
        """A line of the table."""
        low, middle, high = min(repeats), median(repeats), max(repeats)
        mark = "" if middle <= self.most else " ✗"
        return f"| {self.name} | | {middle:.3g} s ({low:.3g}–{high:.3g}; ≤ {self.most:g} s){mark} |"


def task(layers: str, batch: int, rule: str, activation: str, classes: bool, dtype: str, threads: int = 1, **more: int):
    """A task as peers.py reads it."""
    told = {"layers": [int(units) for units in layers.split("-")], "batch": batch, "rule": rule, "dtype": dtype}
    return told | {"activation": activation, "classes": classes, "threads": threads} | more


def _all_told(told: dict, goals: Sequence[Goal], name: str) -> Work:
    """Everybody does the same."""
    return Work(name, dict.fromkeys(("nnviz", *(goal.peer for goal in goals)), told), goals)


def _singly() -> Work:
    """8,320 edges drawn one by one: forward, backward, every ∂J/∂w, beside the same as layers and beside micrograd."""
    told = task("64-64-64", 1, "sgd", "tanh", False, "float64")
    contenders = {"nnviz": told | {"singly": True}, "nnviz:layers": told, "micrograd": told}
    goals = [Goal("micrograd", least=5000), Goal("nnviz:layers", most=2)]
    return Work("64-64-64 drawn as single neurons, one example", contenders, goals)


def _with_extras(layers: str, batch: int, dtype: str) -> Work:
    """Dropout, L2 and early stopping on a fifth of the rows, beside the plain run."""
    told = task(layers, batch, "adam", "tanh", True, dtype)
    contenders = {"nnviz": told | {"extras": True}, "nnviz:plain": told}
    return Work(f"{layers} with dropout, L2, early stopping", contenders, [Goal("nnviz:plain", least=0.7)])


WORKS = [
    _all_told(
        task("2-4-2-1", 10, "sgd", "tanh", False, "float64"),
        [Goal("torch", least=250), Goal("jax", least=4), Goal("c", most=3)],
        "2-4-2-1 tanh, batch 10, SGD, f64",
    ),
    _all_told(
        task("2-8-8-8-8-8-8-1", 30, "sgd", "tanh", False, "float64"),
        [Goal("torch", least=60), Goal("jax", least=2.5), Goal("c", most=1.5)],
        "2-8-8-8-8-8-8-1, batch 30, f64",
    ),
    _all_told(
        task("4-16-3", 32, "adam", "tanh", True, "float64"),
        [Goal("torch", least=110), Goal("jax", least=5), Goal("scikit", least=1)],
        "4-16-3 softmax, batch 32, Adam, f64",
    ),
    _all_told(
        task("64-128-64-10", 64, "adam", "relu", True, "float32"),
        [Goal("torch", least=5), Goal("jax", least=1.2), Goal("products", most=1.2)],
        "64-128-64-10, batch 64, Adam, f32",
    ),
    _all_told(
        task("64-128-64-10", 64, "adam", "relu", True, "float64"),
        [Goal("torch", least=3.5), Goal("products", most=1.25)],
        "64-128-64-10, batch 64, Adam, f64",
    ),
    _all_told(
        task("784-256-128-10", 128, "adam", "relu", True, "float32", threads=2),
        [Goal("torch", least=1.25), Goal("jax", least=1), Goal("products", most=1.3)],
        "784-256-128-10, batch 128, Adam, f32, both cores",
    ),
    _all_told(
        task("64-2", 16, "adam", "relu", True, "float64", kernels=8),
        [Goal("torch", least=3)],
        "images of 8×8, eight 3×3 kernels, max pooling, softmax, batch 16, Adam, f64",
    ),
    _singly(),
    _with_extras("4-16-3", 32, "float64"),
    _with_extras("64-128-64-10", 64, "float32"),
]


def main() -> int:
    """Measure, print, write; exit code 1 where a figure does not hold."""
    parser = argparse.ArgumentParser(description="Time of a training update beside peers, in one interleaved run.")
    parser.add_argument("--rounds", type=int, default=7, help="turns of each contender in a repeat (default 7)")
    parser.add_argument("--repeats", type=int, default=3, help="how often all is measured (default 3)")
    parser.add_argument("--only", default="", help="what has this in its name")
    parser.add_argument("--write", type=Path, help="the page whose figures are replaced")
    options = parser.parse_args()
    works = [work for work in WORKS if options.only in work.name]
    waits = [(limit, measure) for limit, measure in WAITS if options.only in limit.name]
    times: dict[str, list] = {each.name: [] for each in (*works, *(limit for limit, _ in waits))}
    with tempfile.TemporaryDirectory() as folder:
        _compile_c(Path(folder))
        for repeat in range(options.repeats):
            print(f"repeat {repeat + 1} of {options.repeats}", flush=True)
            for work in works:
                times[work.name].append(race(work.contenders, options.rounds, folder))
                print(work.line(times[work.name]), flush=True)
            for limit, measure in waits:
                times[limit.name].append(measure(folder))
                print(limit.line(times[limit.name]), flush=True)
    lines = [each.line(times[each.name]) for each in (*works, *(limit for limit, _ in waits))]
    if options.write:
        _write(options.write, lines)
    return int(any("✗" in line for line in lines))


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


def _lowering(folder: str) -> float:
    """A drawing of 9,870 edges is lowered after an edit: an activation is changed, or an edge removed, in turn."""
    from msgspec.structs import replace

    import nnviz
    from nnviz.document import build
    from nnviz.lowering import lower
    from nnviz.lowering.kinds import ACTIVATIONS

    build.DRAWN_SINGLY = 10**6
    document = nnviz.new("70-70-70", activation="tanh")
    seconds = []
    for turn in range(16):
        node = document.graph.nodes[100]
        options = {**node.options, "activation": ACTIVATIONS[1 + turn % 8]}  # never twice among those that are kept
        options["bias_name"] = f"bias{turn}"
        nodes = tuple(replace(each, options=options) if each is node else each for each in document.graph.nodes)
        edges = document.graph.edges
        if turn % 2:
            edges = edges[: 500 * turn] + edges[500 * turn + 1 :]
        edited = replace(document.graph, nodes=nodes, edges=edges)
        begun = perf_counter()
        lower(edited, document.conventions)
        seconds.append(perf_counter() - begun)
    same = lower(document.graph, document.conventions)
    again = document.with_(parameters={key: array + 1.0 for key, array in document.parameters.items()}).plan is same
    assert again, "a change of numbers lowers nothing"
    return median(seconds)


_FIRST_CALL = (
    "import time, nnviz; from nnviz.session.training import training_of; document = nnviz.example('iris');"
    "begun = time.perf_counter(); next(training_of(document)); print(time.perf_counter() - begun)"
)


def _first_call(home: str) -> float:
    """From importing what a run needs to the first updates, with the kernels that lie in ``home``."""
    environment = os.environ | {"NNVIZ_KERNELS": home}
    environment.pop("NNVIZ_EXECUTOR", None)
    found = subprocess.run(
        [sys.executable, "-c", _FIRST_CALL], env=environment, capture_output=True, text=True, check=True
    )
    return float(found.stdout)


def _compiled(folder: str) -> float:
    """The first call of an installation, with nothing on disk."""
    return _first_call(tempfile.mkdtemp(dir=folder))


def _on_disk(folder: str) -> float:
    """The first call of a session."""
    _first_call(f"{folder}/kernels")
    return median(_first_call(f"{folder}/kernels") for _ in range(3))


WAITS: list[tuple[Limit, Callable[[str], float]]] = [
    (Limit("lowering 9,870 edges after an edit", 0.05), _lowering),
    (Limit("first call of the fast executor (Iris), kernels on disk", 0.5), _on_disk),
    (Limit("first call of the fast executor (Iris), kernels to be compiled", 10.0), _compiled),
]


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
