"""Writes ``ends.json``: every activation with slope and curvature at the ends of float64 and float32, by mpmath.

Run by a Python that has mpmath: ``python tests/reference/ends.py [PLACE]``. The numbers are compared by
``tests/engine/test_ends.py``, which needs none. 400 digits, so that a difference of 2·10³⁰⁸ is none of rounding.
"""

from __future__ import annotations

import json
import struct
import sys
from pathlib import Path

import mpmath as mp

DOUBLE = [-1e308, -745.0, -37.0, -1e-308, 0.0, 1e-308, 37.0, 745.0, 1e308]
SINGLE = [-3e38, -104.0, -17.0, -1e-38, 0.0, 1e-38, 17.0, 104.0, 3e38]
FAR = 5000
"""Beyond it e⁻ᶻ is no number of either type, and all that is made of it has its limit."""


def sigmoid(z: mp.mpf) -> mp.mpf:
    return mp.mpf(z > 0) if abs(z) > FAR else 1 / (1 + mp.exp(-z))


def hill(z: mp.mpf) -> mp.mpf:
    return sigmoid(z) * sigmoid(-z)


def power(z: mp.mpf) -> mp.mpf:
    return mp.mpf(0) if z < -FAR else mp.exp(z)


def tanh(z: mp.mpf) -> mp.mpf:
    return mp.sign(z) if abs(z) > FAR else mp.tanh(z)


def share(z: mp.mpf) -> mp.mpf:
    return mp.mpf(z > 0) if abs(z) > FAR else mp.ncdf(z)


def density(z: mp.mpf) -> mp.mpf:
    return mp.mpf(0) if abs(z) > FAR else mp.npdf(z)


def softplus(z: mp.mpf) -> mp.mpf:
    return max(z, mp.mpf(0)) if abs(z) > FAR else mp.log1p(mp.exp(z))


ONE, NONE = mp.mpf(1), mp.mpf(0)
FUNCTIONS = {
    "identity": (lambda z: z, lambda z: ONE, None),
    "sigmoid": (sigmoid, hill, lambda z: hill(z) * (1 - 2 * sigmoid(z))),
    "tanh": (tanh, lambda z: 4 * hill(2 * z), lambda z: -8 * tanh(z) * hill(2 * z)),
    "relu": (lambda z: max(z, NONE), lambda z: mp.mpf(z > 0), None),
    "leaky_relu": (lambda z: max(z, z * mp.mpf(0.01)), lambda z: ONE if z > 0 else mp.mpf(0.01), None),
    "elu": (
        lambda z: z if z > 0 else power(z) - 1,
        lambda z: ONE if z > 0 else power(z),
        lambda z: NONE if z > 0 else power(z),
    ),
    "gelu": (
        lambda z: z * share(z),
        lambda z: share(z) + z * density(z),
        lambda z: density(z) * (2 - z * z),
    ),
    "silu": (
        lambda z: z * sigmoid(z),
        lambda z: sigmoid(z) * (1 + z * sigmoid(-z)),
        lambda z: hill(z) * (2 + z * (1 - 2 * sigmoid(z))),
    ),
    "softplus": (softplus, sigmoid, hill),
    "step": (lambda z: mp.mpf(z > 0), None, None),
}


def single(number: float) -> float:
    return float(struct.unpack("f", struct.pack("f", number))[0])


def main() -> None:
    mp.mp.dps = 400
    cases = [
        {
            "operation": name,
            "type": kind,
            "z": numbers,
            **{
                role: rule and [float(rule(mp.mpf(z))) for z in numbers]
                for role, rule in zip(("value", "slope", "curvature"), rules, strict=True)
            },
        }
        for kind, numbers in (("float64", DOUBLE), ("float32", list(map(single, SINGLE))))
        for name, rules in FUNCTIONS.items()
    ]
    place = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_suffix(".json")
    made = {"made_by": f"mpmath {mp.__version__}", "cases": cases}
    place.write_text(json.dumps(made, separators=(",", ":")).replace('{"operation"', '\n{"operation"') + "\n")


if __name__ == "__main__":
    main()
