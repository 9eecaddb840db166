"""Writes ``normalising.json``: batch and layer normalisation by PyTorch, in float64.

Run by a Python that has PyTorch: ``python tests/reference/normalising.py [PLACE]``. The numbers are compared by
``tests/lowering/test_normalising_reference.py``, which needs no PyTorch. Shapes of one example are (units,) or
(channels, height, width); ``upstream`` is the gradient that arrives.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch
from torch import nn

CASES = [
    ("batch_norm", (3,), 4, 1e-5, 0.1),
    ("batch_norm", (1,), 2, 1e-5, 0.1),
    ("batch_norm", (5,), 7, 1e-3, 0.3),
    ("batch_norm", (2, 2, 3), 3, 1e-5, 0.1),
    ("batch_norm", (2, 2, 1), 1, 1e-5, 0.1),
    ("layer_norm", (3,), 4, 1e-5, 0.1),
    ("layer_norm", (1,), 1, 1e-5, 0.1),
    ("layer_norm", (6,), 2, 1e-2, 0.1),
    ("layer_norm", (2, 2, 3), 3, 1e-5, 0.1),
]
"""Kind, shape of one example, rows, ε, momentum."""


def layer_of(kind: str, shape: tuple[int, ...], epsilon: float, momentum: float) -> nn.Module:
    if kind == "layer_norm":
        return nn.LayerNorm(shape, eps=epsilon)
    made = nn.BatchNorm1d if len(shape) == 1 else nn.BatchNorm2d
    return made(shape[0], eps=epsilon, momentum=momentum)


def case(
    kind: str, shape: tuple[int, ...], rows: int, epsilon: float, momentum: float, random: torch.Generator
) -> dict:
    """Values and gradients in both modes, after the running statistics were moved by five other batches."""
    layer = layer_of(kind, shape, epsilon, momentum)
    for parameter in layer.parameters():
        parameter.data = torch.randn(parameter.shape, generator=random)
    batches = [2.0 * torch.randn((rows, *shape), generator=random) + 0.5 for _ in range(5)]
    moved = []
    for batch in batches if kind == "batch_norm" else []:
        layer(batch)
        moved.append([layer.running_mean.tolist(), layer.running_var.tolist()])
    x = torch.randn((rows, *shape), generator=random) * 1.5 - 0.3
    upstream = torch.randn((rows, *shape), generator=random)
    made = {
        "kind": kind,
        "shape": shape,
        "options": {"epsilon": epsilon} | ({"momentum": momentum} if kind == "batch_norm" else {}),
        "gain": layer.weight.tolist(),
        "shift": layer.bias.tolist(),
        "batches": [batch.tolist() for batch in batches] if kind == "batch_norm" else [],
        "running": moved,
        "x": x.tolist(),
        "upstream": upstream.tolist(),
    }
    return made | {"evaluate": passed(layer.eval(), x, upstream), "train": passed(layer.train(), x, upstream)}


def passed(layer: nn.Module, x: torch.Tensor, upstream: torch.Tensor) -> dict:
    """Value, and gradients towards x, γ and β."""
    given = x.clone().requires_grad_()
    value = layer(given)
    gradients = torch.autograd.grad(value, (given, layer.weight, layer.bias), upstream)
    return {"value": value.tolist(), "gradients": [each.tolist() for each in gradients]}


def fifty_steps(random: torch.Generator) -> dict:
    """A 3-4-BN-tanh-2 network, squared error over all 9 rows in batches of 5 and 4, by plain descent."""
    first, norm, last = nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2)
    network = nn.Sequential(first, norm, nn.Tanh(), last)
    for parameter in network.parameters():
        parameter.data = 0.7 * torch.randn(parameter.shape, generator=random)
    x, y = torch.randn((9, 3), generator=random), torch.randn((9, 2), generator=random)
    start = parameters(first, norm, last)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.05)
    for step in range(50):
        rows = slice(0, 5) if step % 2 == 0 else slice(5, 9)
        optimizer.zero_grad()
        loss = ((network(x[rows]) - y[rows]) ** 2).sum(1).mean()
        loss.backward()
        optimizer.step()
    end = parameters(first, norm, last)
    network.eval()
    return {
        "x": x.tolist(),
        "y": y.tolist(),
        "start": start,
        "end": end,
        "mean": norm.running_mean.tolist(),
        "variance": norm.running_var.tolist(),
        "loss": ((network(x) - y) ** 2).sum(1).mean().item(),
    }


def parameters(first: nn.Linear, norm: nn.BatchNorm1d, last: nn.Linear) -> dict:
    """By our keys, weights from row to column."""
    return {
        "w1": first.weight.T.tolist(),
        "h.b": first.bias.tolist(),
        "k.gain": norm.weight.tolist(),
        "k.shift": norm.bias.tolist(),
        "w4": last.weight.T.tolist(),
        "o.b": last.bias.tolist(),
    }


def main() -> None:
    torch.set_default_dtype(torch.float64)
    random = torch.Generator().manual_seed(5)
    place = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_suffix(".json")
    made = {
        "made_by": f"PyTorch {torch.__version__.split('+')[0]}",
        "cases": [case(*each, random) for each in CASES],
        "network": fifty_steps(random),
    }
    text = json.dumps(made, separators=(",", ":"))
    place.write_text(text.replace('{"kind"', '\n{"kind"').replace('"network"', '\n"network"') + "\n")


if __name__ == "__main__":
    main()
