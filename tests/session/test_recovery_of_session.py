"""A session that dies leaves a journal from which at most the last act is missing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np

from nnviz.document.edits import SetParameter
from nnviz.document.recovery import found, recover
from nnviz.session.session import Session
from tests.networks import mazur

CHILD = """
import sys, numpy as np
from pathlib import Path
from nnviz.document.edits import SetParameter
from nnviz.session.examples import example
from nnviz.session.session import Session
session = Session(example("mazur"), journals=Path(sys.argv[1]))
for number in range(1000):
    session.do(SetParameter("w5", np.array([[float(number)]])))
    print(number, flush=True)
"""


def test_a_kill_in_the_middle_of_edits_loses_at_most_the_last_act(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    told = [int(child.stdout.readline()) for _ in range(30)]
    os.kill(child.pid, signal.SIGKILL)
    told += [int(line) for line in child.stdout.read().split()]
    child.wait()
    child.stdout.close()
    (left,) = found(tmp_path)
    recovered = recover(left).parameters["w5"].item()
    assert recovered >= told[-1]
    assert left.acts >= len(told)


def test_a_session_that_ends_properly_leaves_nothing_to_recover(tmp_path: Path) -> None:
    session = Session(mazur(), journals=tmp_path)
    session.do(SetParameter("w5", np.array([[1.0]])))
    session.undo()
    session.redo()
    session.close()
    assert found(tmp_path) == []
    assert list(tmp_path.glob("*.journal")) == []
