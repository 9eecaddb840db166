"""Kernels are compiled once, by other processes, kept whole, and loaded without the compiler."""

from __future__ import annotations

import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import nnviz
from nnviz.engine.fast import codes, making, store
from nnviz.engine.fast.program import program_of
from nnviz.engine.fast.run import Run, rows_of
from tests.engine.fast.test_passes import told_for

SMALL = f"ahead-{codes.FILL}"
"""The kernel that is compiled soonest."""
NEEDED = ["rule-sgd", f"ahead-{codes.DISTANCE}", f"ahead-{codes.PRODUCT}", f"ahead-{codes.UNARY}", "train"]
"""Some that the 2-2-2 network needs."""


@pytest.fixture
def empty(tmp_path, monkeypatch):
    """A folder without kernels, that of the edition."""
    folder = tmp_path / store.folder().name
    folder.mkdir()
    monkeypatch.setattr(store, "folder", lambda: folder)
    monkeypatch.setattr(store, "address_of", store.address_of.__wrapped__)
    return folder


def always(done: int, total: int) -> bool:
    return True


def test_only_editions_that_are_old_are_removed(tmp_path):
    old, young, own = (tmp_path / name for name in ("edition-" + "0" * 16, "edition-" + "1" * 16, "Documents"))
    for folder in (old, young, own):
        folder.mkdir()
    for folder in (old, own):
        os.utime(folder, (0, 0))
    store.sweep(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([young, own])


def test_a_folder_that_cannot_be_written_is_replaced_by_a_passing_one(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    monkeypatch.setenv("NNVIZ_KERNELS", str(tmp_path / "file"))
    folder = store.folder.__wrapped__()
    assert folder.is_dir()
    assert tmp_path not in folder.parents
    folder.rmdir()
    folder.parent.rmdir()


def test_other_processes_make_what_is_missing(empty, monkeypatch):
    monkeypatch.setattr(making, "make", None)  # this one does not
    told = []
    making.make_ready(
        [SMALL, f"ahead-{codes.COPY}"], single=False, going=lambda done, total: told.append((done, total)) or True
    )
    assert told[0] == (0, 2)
    assert told[-1] == (2, 2)
    assert store.address_of(SMALL, single=False)
    assert sorted(file.suffix for file in empty.iterdir()) == [store.SUFFIX, store.SUFFIX]


@pytest.mark.parametrize("command", [[], ["no such program"], [sys.executable, "-c", "raise SystemExit(1)"]])
def test_where_no_other_process_can_do_it_this_one_does(empty, monkeypatch, command):
    monkeypatch.setattr(making, "_command", lambda: command)
    names = [SMALL, f"ahead-{codes.COPY}"]
    making.make_ready(names, single=True, going=always)
    assert all(store.address_of(name, single=True) for name in names)


def test_a_wish_to_stop_ends_the_other_processes(empty, monkeypatch):
    begun = []
    started = making._started
    monkeypatch.setattr(making, "_started", lambda *given: begun.extend(started(*given)) or begun)
    with pytest.raises(making.Interrupted):
        making.make_ready(["train", SMALL], single=False, going=lambda done, total: not begun)
    assert len(begun) == 2
    assert all(worker.poll() is not None for worker in begun)


def test_a_kernel_that_is_not_whole_is_refused(empty):
    making.make(SMALL, single=False)
    file = store.file_of(SMALL, single=False)
    held = file.read_bytes()
    for spoilt in (b"", held[:100], held[:-1] + bytes([held[-1] ^ 1])):
        file.write_bytes(spoilt)
        with pytest.raises(store.TornError):
            store.address_of(SMALL, single=False)
    file.unlink()
    with pytest.raises(store.TornError):
        store.address_of(SMALL, single=False)


SCRIPT = """
import sys
import nnviz
from nnviz.session.training import training_of
training = training_of(nnviz.example('mazur'))
next(training)
print(training.executor, training.notice, 'numba' in sys.modules)
"""


def test_torn_kernels_are_compiled_anew_and_the_compiler_is_not_loaded_here(tmp_path):
    """In a process of its own, for what is loaded once is not read again."""
    making.make_ready(NEEDED, single=False, going=always)
    shutil.copytree(store.folder(), tmp_path / store.folder().name)
    torn = [tmp_path / store.folder().name / store.file_of(name, single=False).name for name in NEEDED[:2]]
    for file in torn:
        file.write_bytes(b"torn")
    environment = {**os.environ, "NNVIZ_KERNELS": str(tmp_path)}
    del environment["NNVIZ_EXECUTOR"]
    run = subprocess.run([sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "fast  False"
    assert all(len(file.read_bytes()) > 1000 for file in torn)


def test_no_network_is_compiled_anew(monkeypatch):
    def run(layers: str) -> None:
        plan = nnviz.new(layers, activation="tanh", seed=4).plan
        program = program_of(plan)
        inputs, targets = ({key: np.ones((5, width)) for key, width in of} for of in (program.inputs, program.targets))
        rows = rows_of(program, inputs, targets, 5, np.float64)
        Run(program, told_for(plan, 5), rows, None, np.zeros(plan.size), np.zeros((0, plan.trained_size)))

    run("2-3-1")
    monkeypatch.setattr(making, "make", None)
    monkeypatch.setattr(making, "_command", None)
    run("2-7-3-1")


def test_the_frozen_application_makes_kernels_when_it_is_asked_to(monkeypatch):
    script = Path(__file__).parents[3] / "packaging" / "start.py"
    served = []
    monkeypatch.setattr(making, "serve", lambda: served.append(True))
    monkeypatch.setattr(sys, "argv", ["nnviz", making.WORKER_ARGUMENT])
    runpy.run_path(str(script))
    assert served == [True]
