"""The judge's own reading of matrices and images: loops over single numbers in a row, the last index fastest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar

import numpy as np

Shape = tuple[int, ...]


class Number(Protocol):
    """What the judge computes with."""

    value: float


N = TypeVar("N", bound=Number)
KINDS = ("reshape", "flatten", "matmul", "conv2d", "max_pool", "avg_pool")


def grid(row: Sequence[N], shape: Shape) -> np.ndarray:
    made = np.empty(len(row), dtype=object)
    made[:] = row
    return made.reshape(shape)


def product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    out = np.empty((len(a), len(b[0])), dtype=object)
    for i, j in np.ndindex(out.shape):
        out[i, j] = sum((a[i, k] * b[k, j] for k in range(1, len(b))), start=a[i, 0] * b[0, j])
    return out


def convolved(x: np.ndarray, kernel: np.ndarray, options: Mapping[str, object]) -> np.ndarray:
    stride, padding = int(options.get("stride", 1)), int(options.get("padding", 0))  # type: ignore[call-overload]  # options of windows are numbers
    channels, into, size, _ = kernel.shape
    sides = [(length + 2 * padding - size) // stride + 1 for length in x.shape[1:]]
    out = np.empty((channels, *sides), dtype=object)
    for o, i, j in np.ndindex(out.shape):
        terms = [kernel[0, 0, 0, 0] * 0.0]
        for c, a, b in np.ndindex(into, size, size):
            down, across = i * stride + a - padding, j * stride + b - padding
            if 0 <= down < x.shape[1] and 0 <= across < x.shape[2]:
                terms.append(kernel[o, c, a, b] * x[c, down, across])
        out[o, i, j] = sum(terms[1:], start=terms[0])
    return out


def pooled(kind: str, x: np.ndarray, options: Mapping[str, object]) -> np.ndarray:
    size = int(options.get("size", 2))  # type: ignore[call-overload]  # options of windows are numbers
    stride = int(options.get("stride", 0)) or size  # type: ignore[call-overload]  # options of windows are numbers
    sides = [(length - size) // stride + 1 for length in x.shape[1:]]
    out = np.empty((len(x), *sides), dtype=object)
    for c, i, j in np.ndindex(out.shape):
        window = list(x[c, i * stride : i * stride + size, j * stride : j * stride + size].ravel())
        if kind == "max_pool":
            out[c, i, j] = max(window, key=lambda each: each.value)  # the first of several
        else:
            out[c, i, j] = sum(window[1:], start=window[0]) * (1.0 / size**2)
    return out
