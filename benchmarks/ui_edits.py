"""How soon after it was computed an edit is on screen in a network of 1,040 edges: labels found anew, canvas painted.

``make bench-ui`` prints best and median, in time of the processor, so that what else runs does not count. Goal: numbers
and first paint together within 16 ms; strokes follow at rest.
"""

from __future__ import annotations

import os
import statistics
import sys
from time import thread_time

import numpy as np
from PySide6.QtWidgets import QApplication

from nnviz.document.document import Document, settled
from nnviz.document.edits import SetParameter
from nnviz.graph import Edge, Graph, Node
from nnviz.session.computing import Focus
from nnviz.session.session import Session
from nnviz.ui.canvas_area import CanvasArea

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # read once, when the application object is made

UNITS, LAYERS, EDITS = 16, 5, 40
GOAL_MS = 16.0


def main() -> int:
    """Measure and print; exit code 1 if the goal is missed."""
    application = QApplication(["nnviz"])
    session = Session(network())
    session.look_at(Focus("typed", values=(0.5,) * UNITS))
    area = CanvasArea(session, "light")
    area.resize(1200, 800)
    area.show()
    application.processEvents()
    times = [edit(session, area, seed) for seed in range(EDITS)]
    print(f"{len(area.view.diagram.edges):,} edges, {len(area.view.plated)} with labels; an edit on screen, in ms:")
    sums = [sum(each) for each in times]
    for name, row in zip(("numbers", "paint", "both"), (*zip(*times, strict=True), sums), strict=True):
        print(f"  {name:8} best {min(row):5.1f}, median {statistics.median(row):5.1f}")
    print(f"  (goal {GOAL_MS:g})")
    session.close()
    return 0 if statistics.median(sums) <= GOAL_MS else 1


def network() -> Document:
    """Layers of 16 units, each connected with all of the next, and one unit at the end."""
    names = ["x", *(f"h{place}" for place in range(1, LAYERS)), "y"]
    nodes = [Node("x", "input", options={"units": UNITS})]
    nodes += [Node(name, "dense", options={"units": UNITS, "activation": "tanh"}) for name in names[1:-1]]
    nodes.append(Node("y", "dense", options={"units": 1, "activation": "identity"}))
    edges = [Edge(f"w{place}", names[place - 1], names[place]) for place in range(1, len(names))]
    return settled(Document(graph=Graph(tuple(nodes), tuple(edges)), seed=1))


def edit(session: Session, area: CanvasArea, seed: int) -> tuple[float, float]:
    """Milliseconds from when an edit was computed until the canvas has its numbers, and of the paint after it."""
    weights = session.document.parameters["w2"]
    moved = weights + 0.05 * np.random.default_rng(seed).normal(size=weights.shape)
    computed: list[float] = []

    def compute(before: Document, after: Document) -> None:
        assert session.trace is not None
        computed.append(thread_time())

    session.changed.connect(compute)  # told before anything shows numbers
    session.do(SetParameter("w2", moved))
    numbers = thread_time()
    area.view.repaint()
    painted = thread_time()
    session.changed.disconnect(compute)
    return 1000 * (numbers - computed[0]), 1000 * (painted - numbers)


if __name__ == "__main__":
    sys.exit(main())
