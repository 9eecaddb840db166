"""Writes ``second.json``: second derivatives of the smooth operations by PyTorch, differentiated twice, in float64.

Run by a Python that has PyTorch (``make test-oracle``): ``python tests/reference/second.py [PLACE]``. The numbers are
compared by ``tests/engine/test_second_reference.py``, which needs no PyTorch. Of a row y = f(x) with weights u the case
holds the matrix of second derivatives of Σ u y times a direction v, for each input that can be learned.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as F  # noqa: N812  (its usual name)

Row = list[float]
Function = Callable[..., torch.Tensor]

ORDINARY = [-2.7, -1.1, -0.4, 0.3, 0.9, 1.6, 3.2]
ANY = [*ORDINARY, -1e-9, 1e-9, -36.0, -8.0, 8.0, 30.0, -1e4, 1e4]
POSITIVE = [0.05, 0.4, 1.0, 1.7, 3.2, 25.0, 1e4]
OTHER = [0.7, -1.3, 2.1, -0.2, 1.9, 0.4, -2.2, 0.5, -0.5, 3.0, 1.0, -1.0, 2.0, 0.6, 1.1]
ALONG = [1.0, -0.5, 0.8, 2.0, -1.2, 0.3, 1.5, -0.7, 0.9, 1.1, -2.0, 0.6, -0.4, 0.2, 1.3]
CHANCES = [0.02, 0.25, 0.5, 0.9, 0.999]

UNARY: dict[str, tuple[Function, Row]] = {
    "sigmoid": (torch.sigmoid, ANY),
    "tanh": (torch.tanh, ANY),
    "elu": (F.elu, ANY),
    "gelu": (F.gelu, ANY),
    "silu": (F.silu, ANY),
    "softplus": (lambda x: F.softplus(x, threshold=2e4), ANY),
    "exp": (torch.exp, ORDINARY),
    "log": (torch.log, POSITIVE),
    "sqrt": (torch.sqrt, POSITIVE),
    "square": (torch.square, ANY),
    "sin": (torch.sin, ORDINARY),
    "cos": (torch.cos, ORDINARY),
    "softmax": (lambda x: F.softmax(x, 1), ORDINARY),
    "log_softmax": (lambda x: F.log_softmax(x, 1), ORDINARY),
}


def case(name: str, function: Function, *inputs: Row, given: int = 0, **options: object) -> dict:
    """One row; the last ``given`` inputs are targets, which get nothing."""
    tensors = [torch.tensor([row], requires_grad=place < len(inputs) - given) for place, row in enumerate(inputs)]
    learned = tensors[: len(inputs) - given]
    value = function(*tensors)
    upstream = OTHER[: value.shape[1]]
    along = [(ALONG * 2)[place : place + len(row)] for place, row in enumerate(inputs[: len(learned)])]
    first = torch.autograd.grad(value, learned, torch.tensor([upstream]), create_graph=True)
    moved = sum((each * torch.tensor([row])).sum() for each, row in zip(first, along, strict=True))
    second = torch.autograd.grad(moved, learned)
    return {
        "operation": name,
        "options": options,
        "inputs": list(inputs),
        "upstream": upstream,
        "along": along,
        "second": [each[0].tolist() for each in second],
    }


def cases() -> list[dict]:
    """Of one number, of two, of the units of a row, and losses."""
    n = len(POSITIVE)
    half = [0.0, 1.0, 0.25, 1.0, 0.0, 1.0, 0.5]
    made = [case(name, function, row) for name, (function, row) in UNARY.items()]
    made += [case("power", lambda x, p=p: x**p, ORDINARY, exponent=p) for p in (-2.0, 2.0, 3.0)]
    return [
        *made,
        case("power", lambda x: x**0.5, POSITIVE, exponent=0.5),
        case("power", torch.pow, POSITIVE, OTHER[:n]),
        case("multiply", lambda x, y, z: x * y * z, ORDINARY, ORDINARY[::-1], OTHER[:n]),
        case("divide", torch.div, ORDINARY, OTHER[:n]),
        case("squared_error", lambda p, y: (p - y) ** 2, ORDINARY, OTHER[:n], given=1, half=False),
        case("squared_error", lambda p, y: 0.5 * (p - y) ** 2, ORDINARY, OTHER[:n], given=1, half=True),
        case("huber", lambda p, y: F.huber_loss(p, y, reduction="none"), ORDINARY, OTHER[:n], given=1, delta=1.0),
        *(case("binary_cross_entropy", _binary, CHANCES, [y] * 5, given=1) for y in (0.0, 0.25, 1.0)),
        case("binary_cross_entropy_logits", _binary_logits, ORDINARY, half, given=1),
        case("categorical_cross_entropy", lambda p, y: -y * torch.log(p), CHANCES, [0.0, 0.2, 0.8, 0.0, 0.0], given=1),
        case("categorical_cross_entropy_logits", _classes, ORDINARY, [0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0], given=1),
        case("categorical_cross_entropy_logits", _classes, ORDINARY, half, given=1),
    ]


def _binary(p: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return -torch.xlogy(y, p) - torch.xlogy(1 - y, 1 - p)


def _binary_logits(z: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return F.binary_cross_entropy_with_logits(z, y, reduction="none")


def _classes(z: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return -y * F.log_softmax(z, 1)


def main() -> None:
    torch.set_default_dtype(torch.float64)
    place = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_suffix(".json")
    made = {"made_by": f"PyTorch {torch.__version__.split('+')[0]}", "cases": cases()}
    place.write_text(json.dumps(made, separators=(",", ":")).replace('{"operation"', '\n{"operation"') + "\n")


if __name__ == "__main__":
    main()
