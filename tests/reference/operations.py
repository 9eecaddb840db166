"""Writes ``operations.json``: values and gradients of operations, activations and losses by PyTorch, in float64.

Run by a Python that has PyTorch (``make test-oracle``): ``python tests/reference/operations.py [PLACE]``. The numbers
are compared by ``tests/engine/test_operations_reference.py``, which needs no PyTorch. Arguments are ordinary, near
kinks, and as large as float64 goes; one row of units each, and whole arrays where rows matter. ``upstream`` is the
gradient that arrives.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
import torch.nn.functional as F  # noqa: N812  (its usual name)

Row = list[float]
Function = Callable[..., torch.Tensor]

ORDINARY = [-2.7, -1.1, -0.4, 0.3, 0.9, 1.6, 3.2]
NEAR = [-1e-9, 0.0, 1e-9, -1.0, 1.0]
EXTREME = [-1e308, -745.0, -100.0, -36.0, 36.0, 100.0, 700.0, 1e308, -1e-308, 1e-308]
ANY = ORDINARY + NEAR + EXTREME
POSITIVE = [abs(x) for x in ORDINARY] + [1e-9, 1.0, 1e-308, 1e308]
OTHER = [0.7, -1.3, 2.1, -0.2, 1.9, 0.4, -2.2, 0.5, -0.5, 3.0, 1.0]
OTHER += [-1.0, 2.0, 2.0, 0.1, -3.0, 0.6, 1.1, -0.9, 2.5, 1.5, -4.0]
CHANCES = [0.02, 0.25, 0.5, 0.9, 0.999]

UNARY: dict[str, tuple[Function, Row]] = {
    "identity": (lambda x: x * 1.0, ANY),
    "negate": (torch.neg, ANY),
    "exp": (torch.exp, ANY),
    "log": (torch.log, POSITIVE),
    "sqrt": (torch.sqrt, [0.0, *POSITIVE]),
    "abs": (torch.abs, ANY),
    "square": (torch.square, ANY),
    "sin": (torch.sin, ORDINARY + NEAR + [36.0, -745.0]),
    "cos": (torch.cos, ORDINARY + NEAR + [36.0, -745.0]),
    "sigmoid": (torch.sigmoid, ANY),
    "tanh": (torch.tanh, ANY),
    "relu": (F.relu, ANY),
    "elu": (F.elu, ANY),
    "leaky_relu": (F.leaky_relu, ANY),
    "gelu": (F.gelu, ANY),
    "silu": (F.silu, ANY),
    "softplus": (lambda x: F.softplus(x, threshold=700.0), ANY),
    "objective": (lambda x: x * 1.0, ANY),
}


def case(name: str, function: Function, *inputs: Row, given: int = 0, **options: object) -> dict:
    """One row through a function, and back; the last ``given`` inputs are targets, which get nothing.

    A row may be an image or a matrix, as nested lists.
    """
    tensors = [torch.tensor([row], requires_grad=place < len(inputs) - given) for place, row in enumerate(inputs)]
    value = function(*tensors)
    upstream = torch.tensor([OTHER[place % len(OTHER)] for place in range(value.numel())]).reshape(value.shape)
    learned = tensors[: len(inputs) - given]
    gradients = torch.autograd.grad(value, learned, upstream) if value.requires_grad else None
    return {
        "operation": name,
        "options": options,
        "inputs": list(inputs),
        "upstream": upstream[0].tolist(),
        "value": value[0].tolist(),
        "gradients": gradients and [each[0].tolist() for each in gradients],
    }


def functions() -> list[dict]:
    """Of one number, and of the units of a row."""
    made = [case(name, function, row) for name, (function, row) in UNARY.items()]
    made += [
        case("elu", lambda x: F.elu(x, alpha=0.3), ANY, alpha=0.3),
        case("leaky_relu", lambda x: F.leaky_relu(x, 0.2), ANY, alpha=0.2),
        case("step", lambda x: torch.heaviside(x.detach(), torch.tensor(0.0)), ANY),
        case("sum", lambda x: x.sum(1, keepdim=True), ORDINARY),
        case("mean", lambda x: x.mean(1, keepdim=True), ORDINARY),
        case("select", lambda x: x[:, 2:5], ORDINARY, start=2, stop=5),
        case("concatenate", lambda *x: torch.cat(x, 1), ORDINARY, NEAR),
    ]
    for row in (ORDINARY, [700.0, 710.0, -745.0], [1e308, 1e308, 0.0], [1000.0, 0.0, -1e308], [2.0, 4.0]):
        made += [
            case("softmax", lambda x: F.softmax(x, 1), row),
            case("log_softmax", lambda x: F.log_softmax(x, 1), row),
        ]
    return made


def of_several() -> list[dict]:
    """Of two numbers, or of three."""
    ties = [1.0, 2.0, 2.0, -1.0, 3.0], [1.0, 0.5, 2.0, 4.0, 3.0], [1.0, 2.0, -1.0, 4.0, 0.0]
    n = len(ORDINARY)
    powers = [abs(x) for x in ORDINARY] + [0.0, 0.0, 0.0], [*OTHER[:n], 0.0, 1.0, 2.0]
    made = [
        case("add", lambda x, y: x + y, ANY, OTHER),
        case("subtract", torch.sub, ANY, OTHER),
        case("multiply", lambda x, y: x * y, ANY, OTHER),
        case("multiply", lambda x, y, z: x * y * z, ORDINARY, ORDINARY[::-1], OTHER[:n]),
        case("divide", torch.div, ANY, OTHER),
        case("power", torch.pow, *powers),
        case("maximum", lambda *x: torch.amax(torch.stack(x), 0), *ties),
        case("minimum", lambda *x: torch.amin(torch.stack(x), 0), *ties),
        case("maximum", torch.maximum, *ties[:2]),
        case("minimum", torch.minimum, *ties[:2]),
    ]
    for exponent in (-2.0, 0.0, 1.0, 2.0, 3.0):
        made.append(case("power", lambda x, p=exponent: x**p, ORDINARY, exponent=exponent))
    return [*made, case("power", lambda x: x**0.5, POSITIVE, exponent=0.5)]


def numbers(*shape: int, scale: float = 1.0, seed: int = 0) -> list:
    """Numbers in a shape, as nested lists."""
    drawn = torch.randn(shape, generator=torch.Generator().manual_seed(seed + sum(shape)))
    return (scale * drawn).tolist()


def images() -> list[dict]:
    """Matrices and images: (rows, columns) and (channels, height, width)."""
    ties = [[[1.0, 2.0, 2.0, 0.0], [2.0, 1.0, 0.0, 0.0], [3.0, 3.0, -1.0, -1.0], [3.0, 3.0, -1.0, -1.0]]]
    made = [
        case("matmul", torch.matmul, numbers(3, 4), numbers(4, 2)),
        case("matmul", torch.matmul, numbers(1, 5, scale=1e3), numbers(5, 1, scale=1e-3)),
        case("reshape", lambda x: x.reshape(1, 2, 3, 2), numbers(12), shape="2×3×2"),
        case("reshape", lambda x: x.reshape(1, 4, 3), numbers(2, 3, 2), shape="4×3"),
        case("flatten", lambda x: x.flatten(1), numbers(2, 3, 4)),
        case("stretch", lambda x: x.reshape(1, 1, 1).expand(1, 2, 3), [0.7], shape="2×3"),
    ]
    for size, stride in ((2, 2), (3, 1), (2, 3), (3, 2)):
        for image in (numbers(2, 7, 6), ties):
            made += [
                case("max_pool", lambda x, k=size, s=stride: F.max_pool2d(x, k, s), image, size=size, stride=stride),
                case("avg_pool", lambda x, k=size, s=stride: F.avg_pool2d(x, k, s), image, size=size, stride=stride),
            ]
    return made


def convolutions() -> list[dict]:
    """Of an image, kernels, and a bias for each channel; the kernels and the bias are the same for every example."""
    made = []
    for channels, into, size, stride, padding in ((1, 1, 3, 1, 0), (3, 2, 3, 1, 1), (2, 3, 2, 2, 0), (4, 1, 5, 3, 2)):
        inputs = numbers(into, 8, 7), numbers(channels, into, size, size), numbers(channels)
        told = {"stride": stride, "padding": padding}
        for count in (2, 3):
            made.append(
                case(
                    "conv2d",
                    lambda x, w, b=None, told=told: F.conv2d(x, w[0], None if b is None else b[0], **told),
                    *inputs[:count],
                    **told,
                    bias=count == 3,
                )
            )
    return made


def losses() -> list[dict]:
    """Terms, one for each output: prediction and target."""
    sides = [1.0 if place % 3 else -1.0 for place in range(len(ANY))]
    marks = [float(place % 2) for place in range(len(ANY))]
    return [
        case("squared_error", lambda p, y: F.mse_loss(p, y, reduction="none"), ANY, OTHER, given=1, half=False),
        case("squared_error", lambda p, y: 0.5 * (p - y) ** 2, ORDINARY, ORDINARY[::-1], given=1, half=True),
        case("absolute_error", lambda p, y: F.l1_loss(p, y, reduction="none"), [*ANY, 1.0], [*OTHER, 1.0], given=1),
        case("huber", lambda p, y: F.huber_loss(p, y, reduction="none"), ANY, OTHER, given=1, delta=1.0),
        case("huber", lambda p, y: F.huber_loss(p, y, reduction="none", delta=0.3), ANY, OTHER, given=1, delta=0.3),
        case("hinge", lambda p, y: F.relu(1 - p * y), ANY, sides, given=1),
        *(
            case("binary_cross_entropy", _binary, CHANCES, [wanted] * len(CHANCES), given=1)
            for wanted in (0.0, 0.25, 1.0)
        ),
        *(
            case("binary_cross_entropy_logits", _binary_logits, ANY, row, given=1)
            for row in (marks, [1 - each for each in marks], [0.25] * len(ANY))
        ),
        case("binary_cross_entropy", _binary, [0.0, 1.0], [0.0, 1.0], given=1),  # sure and right
        case("categorical_cross_entropy", lambda p, y: -y * torch.log(p), CHANCES, [0.0, 0.0, 1.0, 0.0, 0.0], given=1),
        *(_classes(row) for row in (ORDINARY, [1000.0, 0.0, -745.0], [1e308, 0.0, 5.0])),
    ]


def _binary(p: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return F.binary_cross_entropy(p, y, reduction="none")


def _binary_logits(z: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return F.binary_cross_entropy_with_logits(z, y, reduction="none")


def _classes(z: Sequence[float]) -> dict:
    """One-hot targets, term by term; and the loss and gradient by the number of the class, all terms in one."""
    one_hot = [float(place == 1) for place in range(len(z))]
    made = case("categorical_cross_entropy_logits", lambda z, y: -y * F.log_softmax(z, 1), list(z), one_hot, given=1)
    logits = torch.tensor([list(z)], requires_grad=True)
    whole = F.cross_entropy(logits, torch.tensor([1]))
    whole.backward()
    assert logits.grad is not None
    return made | {"whole": whole.item(), "whole_gradient": logits.grad[0].tolist()}


def array(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), requires_grad=True)


def shaped(name: str, function: Function, *inputs: torch.Tensor, batched: Sequence[bool], **options: object) -> dict:
    """Whole arrays through a function, and back; those that need no gradient are given."""
    value = function(*inputs)
    upstream = torch.randn(value.shape, generator=torch.Generator().manual_seed(9))
    learned = [each for each in inputs if each.requires_grad]
    return {
        "operation": name,
        "options": options,
        "inputs": [each.tolist() for each in inputs],
        "batched": list(batched),
        "upstream": upstream.tolist(),
        "value": value.tolist(),
        "gradients": [each.tolist() for each in torch.autograd.grad(value, learned, upstream)],
    }


def arrays() -> list[dict]:
    """What layers, dropout and the sums of a loss are made of: four rows."""
    x, w, b = array(1, 4, 3), array(2, 3, 2), array(3, 2)
    skip, v = array(4, 4, 5), array(5, 5, 2)
    torch.manual_seed(6)
    mask = F.dropout(torch.ones(4, 3), 0.4)
    terms, row = array(7, 4, 3), array(8, 4)
    return [
        shaped("weighted_sum", lambda x, w: F.linear(x, w.T), x, w, batched=(True, False), bias=False),
        shaped(
            "weighted_sum",
            lambda x, w, y, v, b: F.linear(x, w.T, b) + F.linear(y, v.T),
            *(x, w, skip, v, b),
            batched=(True, False, True, False, False),
            bias=True,
        ),
        shaped("dropout", torch.mul, x, mask, batched=(True, True)),
        shaped("every_row", lambda b: b.expand(4, 2), b, batched=(False,)),
        shaped("scale", lambda x: -1.7 * x, x, batched=(True,), factor=-1.7),
        shaped("over_outputs", lambda t: t.sum(1), terms, batched=(True,), mean=False),
        shaped("over_outputs", lambda t: t.mean(1), terms, batched=(True,), mean=True),
        shaped("over_examples", torch.sum, row, batched=(True,), mean=False),
        shaped("over_examples", torch.mean, row, batched=(True,), mean=True),
    ]


def main() -> None:
    torch.set_default_dtype(torch.float64)
    place = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_suffix(".json")
    made = {
        "made_by": f"PyTorch {torch.__version__.split('+')[0]}",
        "cases": [*functions(), *of_several(), *images(), *convolutions(), *losses()],
        "arrays": arrays(),
    }
    place.write_text(json.dumps(made, separators=(",", ":")).replace('{"operation"', '\n{"operation"') + "\n")


if __name__ == "__main__":
    main()
