"""How the time of an update grows with batch, width and depth, beside the bare matrix products: three plots.

Part of ``make bench``; the pictures stand in docs/pictures and are shown by docs/performance.md.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from speed import race, task

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # read once, when the application object is made

WIDTH = 1000
BATCHES = (1, 4, 16, 64, 256, 1024)
WIDTHS = (4, 8, 16, 32, 64, 128, 256, 512)
DEPTHS = (1, 2, 4, 8, 16)


def main() -> None:
    """Measure and draw."""
    parser = argparse.ArgumentParser(description="Plots of the time of an update against batch, width and depth.")
    parser.add_argument("folder", type=Path, help="where the pictures go")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    series = {
        "batch": ("batch of 64-64-64", [(size, "64-64-64", size) for size in BATCHES]),
        "width": ("units n of n-n-n, batch 64", [(units, "-".join([str(units)] * 3), 64) for units in WIDTHS]),
        "depth": ("layers of 32 units, batch 64", [(deep, "-".join(["32"] * (deep + 1)), 64) for deep in DEPTHS]),
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, (words, tasks) in series.items():
            measured = [(x, *_seconds(layers, batch, options.rounds, folder)) for x, layers, batch in tasks]
            _draw(options.folder / f"growth-{name}.png", words, measured)
            for x, ours, products in measured:
                print(f"{words} = {x}: {ours * 1e6:.3g} µs, bare products {products * 1e6:.3g} µs", flush=True)


def _seconds(layers: str, batch: int, rounds: int, folder: str) -> tuple[float, float]:
    told = task(layers, batch, "adam", "relu", False, "float64")
    times = race({"nnviz": told, "products": told}, rounds, folder)
    return times["nnviz"], times["products"]


def _draw(place: Path, words: str, measured: Iterable[tuple[float, float, float]]) -> None:
    from nnviz.canvas.fonts import FontMeasure
    from nnviz.canvas.render import write_png
    from nnviz.session.plots import Curve, PlotSpec, plot_picture
    from nnviz.session.style import style as style_of

    x, ours, products = np.array(list(measured)).T
    curves = (
        Curve("an update", "training", np.log2(x), np.log10(ours * 1e6)),
        Curve("its bare products", "validation", np.log2(x), np.log10(products * 1e6)),
    )
    spec = PlotSpec("", f"log₂ of the {words}", "log₁₀ of µs", curves)
    write_png(plot_picture(spec, style_of("light"), FontMeasure(), 1920, 1080), place, width=WIDTH)


if __name__ == "__main__":
    main()
