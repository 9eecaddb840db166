"""Writes ``optimizers.json``: what PyTorch does with optimizers, clipping and schedules, in float64.

Run by a Python that has PyTorch: ``python tests/reference/optimizers.py [PLACE]``. The numbers are compared by
``tests/engine/test_optimizers_reference.py``, which needs no PyTorch.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import torch

STEPS = 50
CASES = [
    ("sgd", {"lr": 0.01}),
    ("sgd", {"lr": 0.01, "momentum": 0.9}),
    ("sgd", {"lr": 0.005, "momentum": 0.5, "nesterov": True}),
    ("sgd", {"lr": 0.002, "momentum": 0.95, "nesterov": True}),
    ("adagrad", {}),
    ("adagrad", {"lr": 0.3, "lr_decay": 0.05, "initial": 0.4, "epsilon": 1e-6}),
    ("adadelta", {}),
    ("adadelta", {"lr": 0.5, "rho": 0.7, "epsilon": 1e-3}),
    ("rmsprop", {}),
    ("rmsprop", {"lr": 0.003, "alpha": 0.8, "epsilon": 1e-4}),
    ("rmsprop", {"lr": 0.001, "momentum": 0.9}),
    ("rmsprop", {"lr": 0.001, "alpha": 0.9, "centered": True}),
    ("rmsprop", {"lr": 0.001, "centered": True, "momentum": 0.7}),
    ("adam", {}),
    ("adam", {"lr": 0.05, "beta1": 0.5, "beta2": 0.9, "epsilon": 1e-3}),
    ("adam", {"lr": 0.01, "beta1": 0.0, "beta2": 0.0}),
    ("adamw", {}),
    ("adamw", {"lr": 0.02, "weight_decay": 0.3}),
    ("nadam", {}),
    ("nadam", {"lr": 0.02, "beta1": 0.8, "beta2": 0.99, "momentum_decay": 0.1}),
    ("adamax", {}),
    ("adamax", {"lr": 0.03, "beta1": 0.7, "beta2": 0.9, "epsilon": 1e-2}),
    ("radam", {}),
    ("radam", {"lr": 0.02, "beta1": 0.8, "beta2": 0.9}),
    ("radam", {"lr": 0.02, "beta2": 0.5}),
]
SCHEDULES = [
    ("constant", {}, None),
    ("step", {"every": 7, "factor": 0.5}, None),
    ("exponential", {"factor": 0.9}, None),
    ("cosine", {"epochs": 20, "lowest": 0.01}, None),
    ("cosine", {"epochs": 50, "lowest": 0.0}, {"epochs": 6, "start": 0.1}),
    ("step", {"every": 10, "factor": 0.1}, {"epochs": 5, "start": 1 / 3}),
    ("constant", {}, {"epochs": 4, "start": 0.5}),
]
PLATEAUS = [
    {"factor": 0.5, "patience": 2, "threshold": 1e-4, "cooldown": 0, "lowest": 0.0},
    {"factor": 0.1, "patience": 0, "threshold": 0.05, "cooldown": 3, "lowest": 0.001},
]


def quadratic(w: torch.Tensor) -> torch.Tensor:
    """A bowl of very different slopes, its axes turned."""
    scales = torch.tensor([30.0, 3.0, 0.3, 0.03, 1.0], dtype=torch.float64)
    mixed = torch.stack([w[0] + 0.3 * w[1], w[1] - 0.2 * w[2], w[2] + w[3], w[3] - 0.5 * w[4], w[4]])
    return (scales * (mixed - 0.7) ** 2).sum() / 10


def rosenbrock(w: torch.Tensor) -> torch.Tensor:
    """The curved valley, scaled down."""
    return (10 * (w[1:] - w[:-1] ** 2) ** 2 + (1 - w[:-1]) ** 2).sum() / 20


def torch_rule(rule: str, settings: dict, w: torch.Tensor) -> torch.optim.Optimizer:
    given = dict(settings)
    names = {"epsilon": "eps", "initial": "initial_accumulator_value"}
    wanted = {names.get(name, name): value for name, value in given.items() if name not in ("beta1", "beta2")}
    if "beta1" in given or "beta2" in given:
        wanted["betas"] = (given.get("beta1", 0.9), given.get("beta2", 0.999))
    kind = {
        "sgd": torch.optim.SGD,
        "adagrad": torch.optim.Adagrad,
        "adadelta": torch.optim.Adadelta,
        "rmsprop": torch.optim.RMSprop,
        "adam": torch.optim.Adam,
        "adamw": torch.optim.AdamW,
        "nadam": torch.optim.NAdam,
        "adamax": torch.optim.Adamax,
        "radam": torch.optim.RAdam,
    }[rule]
    return kind([w], **wanted, **({} if rule in ("adadelta", "nadam", "radam") else {"foreach": False}))


def path(rule: str, settings: dict, function, start: list[float]) -> dict:
    """The gradients PyTorch met and the weights it made of them, every tenth and the first."""
    w = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer = torch_rule(rule, settings, w)
    gradients, weights = [], []
    for _ in range(STEPS):
        optimizer.zero_grad()
        function(w).backward()
        gradients.append(w.grad.tolist())
        optimizer.step()
        weights.append(w.tolist())
    return {
        "rule": rule,
        "settings": settings,
        "function": function.__name__,
        "start": start,
        "gradients": gradients,
        "weights": {str(n): weights[n - 1] for n in (1, 2, 3, 10, STEPS)},
    }


def clipping() -> list[dict]:
    generator = torch.Generator().manual_seed(3)
    found = []
    for scale in (1e-3, 1.0, 50.0):
        gradient = scale * torch.randn(12, generator=generator, dtype=torch.float64)
        for by, limit in (("value", 0.5), ("norm", 0.5), ("norm", 100.0), ("value", 20.0)):
            w = torch.zeros(12, dtype=torch.float64, requires_grad=True)
            w.grad = gradient.clone()
            clip = torch.nn.utils.clip_grad_value_ if by == "value" else torch.nn.utils.clip_grad_norm_
            clip([w], limit)
            found.append({"by": by, "limit": limit, "gradient": gradient.tolist(), "clipped": w.grad.tolist()})
    return found


def rates(schedule: str, settings: dict, warm_up: dict | None) -> dict:
    w = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1)
    from torch.optim import lr_scheduler as torch_schedules

    main = {
        "constant": lambda: torch_schedules.ConstantLR(optimizer, factor=1.0, total_iters=1),
        "step": lambda: torch_schedules.StepLR(optimizer, settings["every"], settings["factor"]),
        "exponential": lambda: torch_schedules.ExponentialLR(optimizer, settings["factor"]),
        "cosine": lambda: torch_schedules.CosineAnnealingLR(optimizer, settings["epochs"], settings["lowest"]),
    }[schedule]()
    if warm_up:
        warm = torch_schedules.LinearLR(optimizer, warm_up["start"], 1.0, warm_up["epochs"])
        main = torch_schedules.SequentialLR(optimizer, [warm, main], [warm_up["epochs"]])
    found = []
    for _ in range(45):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        main.step()
    return {"schedule": schedule, "settings": settings, "warm_up": warm_up, "rates": found}


def plateau(settings: dict) -> dict:
    w = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1)
    names = {"lowest": "min_lr"}
    watching = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, **{names.get(name, name): value for name, value in settings.items()}
    )
    losses = [math.exp(-n / 6) + 0.05 * math.sin(3 * n) for n in range(20)] + [
        0.04 + 0.001 * (n % 5) for n in range(25)
    ]
    found = []
    for loss in losses:
        found.append(optimizer.param_groups[0]["lr"])
        watching.step(loss)
    return {"settings": settings, "losses": losses, "rates": found}


def main() -> None:
    torch.set_default_dtype(torch.float64)  # else NAdam keeps its product of momenta in 32 bits
    place = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_suffix(".json")
    start = [-0.8, 0.9, 0.4, -0.3, 1.1]
    functions = (quadratic, rosenbrock)
    made = {
        "made_by": f"PyTorch {torch.__version__.split('+')[0]}",
        "optimizers": [path(rule, settings, function, start) for rule, settings in CASES for function in functions],
        "clipping": clipping(),
        "schedules": [rates(*case) for case in SCHEDULES],
        "plateaus": [plateau(settings) for settings in PLATEAUS],
    }
    place.write_text(json.dumps(made, indent=None, separators=(",", ":")).replace('{"rule"', '\n{"rule"') + "\n")


if __name__ == "__main__":
    main()
