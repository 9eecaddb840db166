"""How matrix products, shapes, convolution and pooling are written; each computed by itself, not by the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nnviz.lowering.formula import (
    Apply,
    Expression,
    Formula,
    MatrixProduct,
    Number,
    Product,
    Quotient,
    Sum,
    Symbol,
    Total,
    Value,
)
from nnviz.words import tr

if TYPE_CHECKING:
    from nnviz.lowering.explain.written import Use

Numbers = NDArray[np.float64]
IMAGE = (-3, -2, -1)
"""The axes of an image, whether rows stand before them or not."""


def _applied(name: str, latex: str, compute: Callable[..., Value], *arguments: Expression) -> Apply:
    return Apply(name, latex, compute, arguments[0], arguments[1:])


def _turned(expression: Expression, turn: bool = True) -> Expression:
    """Its transpose."""
    return _applied("{}ᵀ", "{}^{\\top}", _transposed, expression) if turn else expression


def _transposed(matrix: Value) -> Value:
    return np.swapaxes(np.asarray(matrix), -1, -2)


# Matrices and shapes


def _operands(use: Use) -> tuple[Expression, Expression]:
    a, b = use.inputs
    return _turned(a, bool(use.options.get("turn_a"))), _turned(b, bool(use.options.get("turn_b")))


def matmul(use: Use) -> Expression:
    """A B."""
    return MatrixProduct(*_operands(use))


def matmul_back(use: Use, place: int, arrived: Expression) -> Expression:
    """G Bᵀ to A, and Aᵀ G to B."""
    a, b = _operands(use)
    first, second = (arrived, _turned(b)) if place == 0 else (_turned(a), arrived)
    turned = bool(use.options.get("turn_a" if place == 0 else "turn_b"))
    return MatrixProduct(_turned(second), _turned(first)) if turned else MatrixProduct(first, second)


def reshape(use: Use) -> Expression:
    """x as 1×8×8."""
    shape, words = str(use.options["shape"]), tr("as")
    signs = shape.replace("×", " \\times ")
    return _applied(f"{{}} {words} {shape}", f"{{}} \\text{{ {words} }} {signs}", _into(use.out), use.inputs[0])


def flatten(use: Use) -> Expression:
    """The numbers of x in a line."""
    return _applied("flatten", "\\operatorname{flatten}", _into(use.out), use.inputs[0])


def reshape_back(use: Use, place: int, arrived: Expression) -> Expression:
    """What arrives, in the shape that came in."""
    return _applied("reshape", "\\operatorname{reshape}", _into(use.inputs[0]), arrived)


def _into(like: Symbol) -> Callable[..., Value]:
    shape = np.shape(like.value)
    return lambda value: np.reshape(value, shape)


# Convolution


def convolution(use: Use) -> Expression:
    """conv(x, W) + b."""
    stride, padding = _slide(use)

    def compute(image: Value, kernel: Value) -> Value:
        windows = _windows(_padded(image, padding), np.shape(kernel)[-1], stride)
        return _laid_out(use, [np.tensordot(window, kernel, axes=(IMAGE, (1, 2, 3))) for window in windows])

    whole = _applied("conv", "\\operatorname{conv}", compute, *use.inputs[:2])
    return whole if len(use.inputs) == 2 else Sum((whole, _applied("{}", "{}", _to_channels, use.inputs[2])))


def _to_channels(bias: Value) -> Value:
    return np.reshape(bias, (-1, 1, 1))


def convolution_back(use: Use, place: int, arrived: Expression) -> Expression:
    """convᵀ(δ, W) to x, conv(x, δ) to W, Σ δ to b."""
    image, kernel = use.inputs[:2]
    if place == 0:
        return _applied("convᵀ", "\\operatorname{conv}^{\\top}", _scattered(use), arrived, kernel)
    if place == 1:
        return _applied("conv", "\\operatorname{conv}", _correlated(use), image, arrived)
    return Total(arrived, "Σ", "\\sum", lambda delta: np.asarray(_with_rows(delta).sum(axis=(0, 2, 3))))


def _slide(use: Use) -> tuple[int, int]:
    return int(use.options["stride"]), int(use.options.get("padding", 0))


def _padded(image: Value, padding: int) -> Numbers:
    array = np.asarray(image, dtype=np.float64)
    return np.pad(array, [(0, 0)] * (array.ndim - 2) + [(padding, padding)] * 2)


def _places(image: Numbers, size: int, stride: int) -> Iterator[tuple[slice, slice]]:
    """Where a window stands, line by line."""
    for top in range(0, image.shape[-2] - size + 1, stride):
        for left in range(0, image.shape[-1] - size + 1, stride):
            yield slice(top, top + size), slice(left, left + size)


def _windows(image: Numbers, size: int, stride: int) -> Iterator[Numbers]:
    return (image[..., down, across] for down, across in _places(image, size, stride))


def _laid_out(use: Use, places: list[Value]) -> Value:
    """Numbers of the places in a line, each (…, channels), as the image that goes out."""
    return np.stack(places, axis=-1).reshape(np.shape(use.out.value))


def _in_a_line(image: Value) -> Iterator[Numbers]:
    """The numbers of an image (…, channels) place by place, line by line."""
    array = np.asarray(image)
    flat = np.reshape(array, (*np.shape(image)[:-2], -1))
    return (flat[..., place] for place in range(flat.shape[-1]))


def _with_rows(image: Value) -> Numbers:
    array = np.asarray(image)
    return array.reshape(-1, *array.shape[-3:])


def _scattered(use: Use) -> Callable[..., Value]:
    stride, padding = _slide(use)

    def compute(delta: Value, kernel: Value) -> Value:
        out = np.zeros_like(_padded(use.inputs[0].value, padding))
        for (down, across), sent in zip(_places(out, np.shape(kernel)[-1], stride), _in_a_line(delta), strict=True):
            out[..., down, across] += np.tensordot(sent, kernel, axes=(-1, 0))
        inner = slice(padding, -padding or None)
        return out[..., inner, inner]

    return compute


def _correlated(use: Use) -> Callable[..., Value]:
    stride, padding = _slide(use)

    def compute(image: Value, delta: Value) -> Value:
        out: Numbers = np.zeros(np.shape(use.inputs[1].value))
        windows = _windows(_with_rows(_padded(image, padding)), out.shape[-1], stride)
        for window, sent in zip(windows, _in_a_line(_with_rows(delta)), strict=True):
            out += np.tensordot(sent, window, axes=(0, 0))
        return out

    return compute


# Pooling


def max_pool(use: Use) -> Expression:
    """The largest number of every window."""
    return _pooled(use, "max", np.max)


def average_pool(use: Use) -> Expression:
    """The mean of every window."""
    return _pooled(use, "mean", np.mean)


def _pooled(use: Use, name: str, reduced: Callable[..., Value]) -> Expression:
    size, stride = int(use.options["size"]), int(use.options["stride"])

    def compute(image: Value) -> Value:
        windows = _windows(np.asarray(image), size, stride)
        return _laid_out(use, [reduced(window, axis=(-2, -1)) for window in windows])

    return _applied(f"{name} pool", f"\\operatorname{{{name}\\,pool}}", compute, use.inputs[0])


def max_pool_back(use: Use, place: int, arrived: Expression) -> Expression:
    """What arrives, to the largest of each window; to the first where several are."""
    return _applied("to the largest", f"\\text{{{tr('to the largest')}}}", _shared(use, _first_largest), arrived)


def average_pool_back(use: Use, place: int, arrived: Expression) -> Expression:
    """To every number of a window the same share of what arrives."""
    share = Quotient(arrived, Number(float(int(use.options["size"]) ** 2)))
    return _applied("to each", f"\\text{{{tr('to each')}}}", _shared(use, np.ones_like), share)


def _first_largest(window: Numbers) -> Numbers:
    """1 at the first number of each window that is the largest, else 0."""
    flat = window.reshape(*window.shape[:-2], -1)
    chosen = np.arange(flat.shape[-1]) == flat.argmax(axis=-1)[..., None]
    return np.where(chosen.reshape(window.shape), 1.0, 0.0)


def _shared(use: Use, shares: Callable[[Numbers], Numbers]) -> Callable[..., Value]:
    size, stride = int(use.options["size"]), int(use.options["stride"])

    def compute(arrived: Value) -> Value:
        image = np.asarray(use.inputs[0].value, dtype=np.float64)
        out = np.zeros_like(image)
        for (down, across), sent in zip(_places(image, size, stride), _in_a_line(arrived), strict=True):
            out[..., down, across] += shares(image[..., down, across]) * sent[..., None, None]
        return out

    return compute


# One place in full


def one_place(operation: str, use: Use) -> Formula | None:
    """The first window that lies wholly inside an image, worked in full; None of what has no window."""
    if operation not in ("conv2d", "max_pool", "avg_pool"):
        return None
    stride, padding = _slide(use)
    size = int(use.options["size"]) if "size" in use.options else np.shape(use.inputs[1].value)[-1]
    image, out = np.asarray(use.inputs[0].value), np.asarray(use.out.value)
    place = -(-padding // stride)
    begin = place * stride - padding
    if max(place + 1 - min(out.shape[-2:]), begin + size - min(image.shape[-2:])) > 0:
        return None
    taken = slice(begin, begin + size)
    told = f"{begin + 1}…{begin + size}" if size > 1 else f"{begin + 1}"
    left = Symbol(f"{use.out.text}[1, {place + 1}, {place + 1}]", out[..., 0, place, place], use.out.of)
    if operation != "conv2d":
        window = Symbol(f"{use.inputs[0].text}[1, {told}, {told}]", image[..., 0, taken, taken])
        return Formula(left, _reduced(operation, window))
    return Formula(left, _weighed(use, image[..., taken, taken], told))


def _reduced(operation: str, window: Symbol) -> Total:
    if operation == "max_pool":
        return Total(window, "max", "\\max", lambda array: np.asarray(np.max(array, axis=(-2, -1))))
    return Total(window, "mean", "\\operatorname{mean}", lambda array: np.asarray(np.mean(array, axis=(-2, -1))))


def _weighed(use: Use, window: Numbers, told: str) -> Expression:
    """Σ W[1] · x[…] + b[1]."""
    image, kernel = use.inputs[:2]
    channels = f"1…{window.shape[-3]}" if window.shape[-3] > 1 else "1"
    read = Symbol(f"{image.text}[{channels}, {told}, {told}]", window)
    weights = Symbol(f"{kernel.text}[1]", np.asarray(kernel.value)[0], kernel.of)
    total = Total(Product((weights, read)), "Σ", "\\sum", lambda array: np.asarray(np.sum(array, axis=IMAGE)))
    if len(use.inputs) == 2:
        return total
    bias = use.inputs[2]
    return Sum((total, Symbol(f"{bias.text}[1]", float(np.ravel(bias.value)[0]), bias.of)))
