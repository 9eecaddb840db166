"""Convolution and pooling over images: arrays (channels, height, width) for each example, PyTorch's layout.

A window is read where it lies in memory, through strides; only padding and a product copy, and of so many rows at a
time as :data:`MOST_COPIED` allows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from nnviz.engine.arrays import Array
from nnviz.engine.operations.activations import always
from nnviz.engine.operations.tangents import added, linear
from nnviz.engine.plan import Instruction
from nnviz.engine.registry import Derivative, Emitter, Form, Options, operation

MOST_COPIED = 2**20
"""Numbers that are copied at a time."""


def places(size: int, window: int, stride: int, padding: int = 0) -> int:
    """How many places a window has along an axis; what is left over at the end is not read.

    >>> places(8, 3, 1), places(8, 3, 1, padding=1), places(7, 2, 2)
    (6, 8, 3)
    """
    return (size + 2 * padding - window) // stride + 1


def conv2d(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """z[o, i, j] = Σ W[o, c, a, b] · x[c, i·s + a − p, j·s + b − p] (+ b[o]) over c, a, b; beyond its edge x is 0.

    inputs : x (n, in, h, w), W (out, in, k, k), and with option ``bias`` at the end b (out,); s is ``stride``, p
    ``padding``.
    """
    image, kernel = inputs[:2]
    for rows, windows in _some_windows(image, out, kernel.shape[-1], options):
        out[rows] = np.tensordot(kernel, windows, axes=((1, 2, 3), (1, 4, 5))).swapaxes(0, 1)
    if options["bias"]:
        out += inputs[2][:, None, None]


def _padded(image: Array, padding: int) -> Array:
    return np.pad(image, ((0, 0), (0, 0), (padding, padding), (padding, padding))) if padding else image


def _some_windows(image: Array, result: Array, size: int, options: Options) -> Iterator[tuple[slice, Array]]:
    """Some rows at a time and their windows (n, c, places down, places across, size, size), a view."""
    stride, padding = int(options["stride"]), int(options["padding"])
    for rows in _parts(image, result, size, padding):
        padded = _padded(image[rows], padding)
        yield rows, sliding_window_view(padded, (size, size), axis=(2, 3))[:, :, ::stride, ::stride]


def _parts(image: Array, result: Array, size: int, padding: int) -> Iterator[slice]:
    """Rows, so many at a time that neither their windows nor the padded image exceed :data:`MOST_COPIED` numbers."""
    rows, channels, high, wide = image.shape
    read = size**2 * result.shape[2] * result.shape[3]
    padded = (high + 2 * padding) * (wide + 2 * padding)
    step = max(1, MOST_COPIED // (channels * max(read, padded)))
    return (slice(start, start + step) for start in range(0, rows, step))


def conv2d_form(forms: Sequence[Form], options: Options) -> Form:
    """A channel for each kernel, as high and wide as a window has places."""
    (_, height, width), (channels, _, size, _) = forms[0].shape, forms[1].shape
    stride, padding = int(options["stride"]), int(options["padding"])
    return Form((channels, places(height, size, stride, padding), places(width, size, stride, padding)), True)


def conv2d_rule(
    emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]
) -> list[Derivative | None]:
    """∂J/∂x: δ through the kernel, back to where it was read. ∂J/∂W: δ times what was read, summed over all uses."""
    x, kernel = instruction.inputs[:2]
    told = dict(instruction.options)
    stride, padding = told["stride"], told["padding"]
    found: list[Derivative | None] = [None] * len(wanted)
    if wanted[0]:
        _, high, wide = emit.form(x).shape
        slots = upstream, kernel
        back = emit.emit("conv2d_to_input", *slots, height=high, width=wide, stride=stride, padding=padding)
        found[0] = Derivative(kernel, back)
    if wanted[1]:
        size = emit.form(kernel).shape[-1]
        back = emit.emit("conv2d_to_kernel", upstream, x, size=size, stride=stride, padding=padding)
        found[1] = Derivative(x, back)
    if len(wanted) == 3 and wanted[2]:
        found[2] = Derivative(None, emit.emit("sum_places", upstream))
    return found


def conv2d_tangent(emit: Emitter, instruction: Instruction, tangents: Sequence[int | None]) -> int | None:
    """The product rule: ż = conv(ẋ, W) + conv(x, Ẇ) + ḃ."""
    told = dict(instruction.options)
    stride, padding = told["stride"], told["padding"]
    terms: list[int] = []
    for place, moving in enumerate(tangents[:2]):
        if moving is not None:
            operands = [*instruction.inputs[:2]]
            operands[place] = moving
            terms.append(emit.emit("conv2d", *operands, bias=False, stride=stride, padding=padding))
    if len(tangents) == 3 and tangents[2] is not None:
        terms.append(emit.emit("spread", tangents[2], instruction.output, over="rows", mean=False))
    return added(emit, terms)


def conv2d_to_input(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """∂J/∂x: (n, out, …), (out, in, k, k) → (n, in, height, width)."""
    upstream, kernel = inputs
    stride, padding = int(options["stride"]), int(options["padding"])
    channels, high, wide = out.shape[1:]
    for rows in _parts(out, upstream, kernel.shape[-1], padding):
        sent = np.tensordot(kernel, upstream[rows], axes=(0, 1))
        whole = np.zeros((channels, sent.shape[3], high + 2 * padding, wide + 2 * padding), out.dtype)
        for place in np.ndindex(kernel.shape[2:]):
            read = _read(whole, place, stride, upstream.shape)
            read += sent[:, *place]
        out[rows] = whole[:, :, padding : padding + high, padding : padding + wide].swapaxes(0, 1)


def _read(image: Array, place: tuple[int, ...], stride: int, shape: Sequence[int]) -> Array:
    """What one place of the window reads on its way over an image: a view (n, c, places down, places across)."""
    down, across = place
    bottom, right = down + stride * (shape[-2] - 1) + 1, across + stride * (shape[-1] - 1) + 1
    return image[:, :, down:bottom:stride, across:right:stride]


def conv2d_to_input_form(forms: Sequence[Form], options: Options) -> Form:
    """The shape that came in."""
    return Form((forms[1].shape[1], int(options["height"]), int(options["width"])), True)


def conv2d_to_kernel(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """∂J/∂W, summed over places and rows: (n, out, …), (n, in, h, w) → (out, in, k, k)."""
    upstream, image = inputs
    out.fill(0.0)
    for rows, windows in _some_windows(image, upstream, int(options["size"]), options):
        out += np.moveaxis(np.tensordot(windows, upstream[rows], axes=((0, 2, 3), (0, 2, 3))), -1, 0)


def conv2d_to_kernel_form(forms: Sequence[Form], options: Options) -> Form:
    """The shape of the kernel, once for all rows."""
    size = int(options["size"])
    return Form((forms[0].shape[0], forms[1].shape[0], size, size), False)


def sum_places(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """∂J/∂b = Σ δ over places and rows: (n, out, h, w) → (out,)."""
    np.add.reduce(inputs[0], axis=(0, 2, 3), out=out)


def sum_places_form(forms: Sequence[Form], options: Options) -> Form:
    """One number a channel."""
    return Form(forms[0].shape[:1], False)


def max_pool(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """The largest number of every window, channel by channel: (n, c, h, w) → (n, c, places down, places across)."""
    out.fill(-np.inf)
    for read in _window_by_place(inputs[0], out, options):
        np.maximum(out, read, out=out)


def average_pool(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """The mean of every window, channel by channel: (n, c, h, w) → (n, c, places down, places across)."""
    out.fill(0.0)
    for read in _window_by_place(inputs[0], out, options):
        out += read
    out /= int(options["size"]) ** 2


def _window_by_place(image: Array, result: Array, options: Options) -> Iterator[Array]:
    """For each place of the window, line by line, what it reads at all places of the result: views."""
    size, stride = int(options["size"]), int(options["stride"])
    return (_read(image, place, stride, result.shape) for place in np.ndindex(size, size))


def pool_form(forms: Sequence[Form], options: Options) -> Form:
    """As many channels, as high and wide as a window has places."""
    channels, height, width = forms[0].shape
    size, stride = int(options["size"]), int(options["stride"])
    return Form((channels, places(height, size, stride), places(width, size, stride)), forms[0].batched)


def max_pool_rule(
    emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]
) -> list[Derivative | None]:
    """∂a/∂x = 1 at the largest number of a window, else 0."""
    x, a = instruction.inputs[0], instruction.output
    return [Derivative(None, emit.emit("to_largest", x, a, upstream, like=instruction)) if wanted[0] else None]


def to_largest(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """x, a, what arrives → what arrives at the number of each window that is a, the first of several that are equal."""
    image, largest, upstream = inputs
    out.fill(0.0)
    waiting = np.ones(largest.shape, dtype=bool)
    for read, sent in zip(*(_window_by_place(each, largest, options) for each in (image, out)), strict=True):
        chosen = waiting & (read == largest)
        sent += np.where(chosen, upstream, 0.0)
        waiting ^= chosen


def max_pool_tangent(emit: Emitter, instruction: Instruction, tangents: Sequence[int | None]) -> int | None:
    """ȧ = ẋ at the largest number of a window."""
    x, moving = instruction.inputs[0], tangents[0]
    return None if moving is None else emit.emit("from_largest", x, instruction.output, moving, like=instruction)


def from_largest(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """x, a, y → of each window the number of y that stands where x is a, the first of several that are equal."""
    image, largest, other = inputs
    out.fill(0.0)
    waiting = np.ones(largest.shape, dtype=bool)
    for read, taken in zip(*(_window_by_place(each, largest, options) for each in (image, other)), strict=True):
        chosen = waiting & (read == largest)
        np.copyto(out, taken, where=chosen)
        waiting ^= chosen


def from_largest_form(forms: Sequence[Form], options: Options) -> Form:
    """The form of a."""
    return forms[1]


def average_pool_rule(
    emit: Emitter, instruction: Instruction, upstream: int, wanted: Sequence[bool]
) -> list[Derivative | None]:
    """∂a/∂x = 1/k² for every number of a window."""
    x = instruction.inputs[0]
    return [Derivative(None, emit.emit("to_all", x, upstream, like=instruction)) if wanted[0] else None]


def to_all(inputs: Sequence[Array], out: Array, options: Options) -> None:
    """x, what arrives → to every number of a window its share of what arrives there."""
    share = inputs[1] / int(options["size"]) ** 2
    out.fill(0.0)
    for sent in _window_by_place(out, share, options):
        sent += share


def to_all_tangent(emit: Emitter, instruction: Instruction, tangents: Sequence[int | None]) -> int | None:
    """Linear in what arrives; of x only the form is used."""
    x, moving = instruction.inputs[0], tangents[1]
    return None if moving is None else emit.emit("to_all", x, moving, like=instruction)


_LEFT_OVER = "A window that does not fit at the right or lower edge is left out, as in PyTorch."

operation(
    "conv2d",
    conv2d,
    conv2d_rule,
    conv2d_form,
    tangent=conv2d_tangent,
    symbol="conv",
    convention="The kernel is not turned (a cross-correlation), and W is (out, in, k, k), as in PyTorch. Beyond the "
    f"edge of the image stand zeros. {_LEFT_OVER}",
    source="LeCun et al. 1998; Dumoulin and Visin 2016",
)
operation("conv2d_to_input", conv2d_to_input, None, conv2d_to_input_form, tangent=linear)
operation("conv2d_to_kernel", conv2d_to_kernel, None, conv2d_to_kernel_form, tangent=linear)
operation("sum_places", sum_places, None, sum_places_form, tangent=linear)
operation(
    "max_pool",
    max_pool,
    max_pool_rule,
    pool_form,
    tangent=max_pool_tangent,
    kink=always,
    symbol="max",
    convention="Of several that are largest the first, line by line, gets the gradient, as in PyTorch. " + _LEFT_OVER,
    source="Riesenhuber and Poggio 1999",
)
operation(
    "avg_pool",
    average_pool,
    average_pool_rule,
    pool_form,
    tangent=linear,
    symbol="mean",
    convention=_LEFT_OVER,
    source="LeCun et al. 1998",
)
operation("to_largest", to_largest)
operation("from_largest", from_largest, None, from_largest_form)
operation("to_all", to_all, tangent=to_all_tangent)
