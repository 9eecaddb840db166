"""Writes ``initialisers.json``: mean, spread and largest size of weights as ``torch.nn.init`` draws them, in float64.

Run by a Python that has PyTorch: ``python tests/reference/initialisers.py [PLACE]``. The figures are compared by
``tests/engine/test_initialisers_reference.py``, which needs no PyTorch. PyTorch keeps a matrix as (out, in).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import torch
from torch.nn import init

SHAPES = [(300, 200), (50, 800)]
"""Units into and out of the layer."""
DRAWINGS: list[tuple[str, dict, Callable[[torch.Tensor], object]]] = [
    ("normal", {"sigma": 0.7}, lambda w: init.normal_(w, 0.0, 0.7)),
    ("uniform", {"limit": 0.3}, lambda w: init.uniform_(w, -0.3, 0.3)),
    ("glorot", {}, init.xavier_normal_),
    ("glorot", {"uniform": True}, init.xavier_uniform_),
    ("he", {}, lambda w: init.kaiming_normal_(w, nonlinearity="relu")),
    ("he", {"uniform": True}, lambda w: init.kaiming_uniform_(w, nonlinearity="relu")),
    ("lecun", {}, lambda w: init.kaiming_normal_(w, nonlinearity="linear")),
    ("lecun", {"uniform": True}, lambda w: init.kaiming_uniform_(w, nonlinearity="linear")),
    ("orthogonal", {"gain": 1.5}, lambda w: init.orthogonal_(w, 1.5)),
    ("zeros", {}, init.zeros_),
    ("constant", {"value": -0.25}, lambda w: init.constant_(w, -0.25)),
]


def drawn(draw: str, settings: dict, function: Callable[[torch.Tensor], object], into: int, out: int) -> dict:
    """The figures of one matrix."""
    torch.manual_seed(5)
    weights = torch.empty(out, into)
    function(weights)
    lengths = torch.linalg.svdvals(weights)
    return {
        "draw": draw,
        "settings": settings,
        "into": into,
        "out": out,
        "mean": weights.mean().item(),
        "spread": weights.std(correction=0).item(),
        "largest": weights.abs().max().item(),
        "singular": [lengths.min().item(), lengths.max().item()],
    }


def main() -> None:
    torch.set_default_dtype(torch.float64)
    place = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_suffix(".json")
    made = {
        "made_by": f"PyTorch {torch.__version__.split('+')[0]}",
        "cases": [drawn(*each, *shape) for each in DRAWINGS for shape in SHAPES],
    }
    place.write_text(json.dumps(made, separators=(",", ":")).replace('{"draw"', '\n{"draw"') + "\n")


if __name__ == "__main__":
    main()
