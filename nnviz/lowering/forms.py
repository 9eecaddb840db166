"""The shapes of matrices and images: how they are written, what may come in, and what goes out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from math import prod

from nnviz.engine.arrays import Shape, shape_text
from nnviz.engine.operations.images import places
from nnviz.errors import ShapeError
from nnviz.graph.values import Node, Option
from nnviz.words import tr

MAX_JOINED = 1_000_000
"""How many numbers a node may give for one example."""
MAX_RANK = 6
MAX_READ = 16_000_000
"""How many numbers an image may have with its padding, and all its windows together may read."""

_BETWEEN = re.compile(r"\s*[x×*,]\s*|\s+")
_WHOLE = re.compile(r"[1-9][0-9]{0,6}")


def read_shape(text: str) -> Shape | None:
    """The shape that a person wrote, or None if it is none.

    >>> read_shape("1×8×8"), read_shape("2 x 3"), read_shape("4, 4"), read_shape("0×3")
    ((1, 8, 8), (2, 3), (4, 4), None)
    """
    parts = _BETWEEN.split(text.strip())
    if len(parts) > MAX_RANK or not all(map(_WHOLE.fullmatch, parts)):
        return None
    shape = tuple(map(int, parts))
    return shape if prod(shape) <= MAX_JOINED else None


def is_shape(text: str) -> bool:
    """Whether a text is a shape, or empty."""
    return not text.strip() or read_shape(text) is not None


def shape_words(shape: Shape) -> str:
    """A shape as a reader sees it: ``1×8×8``; of units in a line how many."""
    return shape_text(shape) if len(shape) > 1 else tr("{n} units", n=f"{prod(shape):,}")


def refused(node: Node, what: str, expected: str, found: str, hint: str) -> ShapeError:
    """A refusal of what comes into a node."""
    return ShapeError(
        what, where=tr("node {id}", id=node.id), expected=expected, found=found, hint=hint, ids=(node.id,)
    )


def check_rank(node: Node, rank: int | None, shape: Shape) -> None:
    """Refuse what has another number of dimensions than a node takes; None takes any.

    Raises
    ------
    ShapeError
        Naming the node, what it takes, the shape that came, and what to put between.
    """
    if rank is None or len(shape) == rank:
        return
    wanted, hint = {
        1: (tr("units in a line"), tr("Put Flatten between")),
        2: (tr("a matrix, rows × columns"), tr("Put Reshape between, such as 2×3")),
        3: (tr("an image, channels × height × width"), tr("Put Reshape between, such as 1×8×8")),
    }[rank]
    what = tr("{name} cannot take what comes in", name=node.label)
    raise refused(node, what, wanted, shape_text(shape), hint)


Told = Mapping[str, Option]
FormOf = Callable[[Node, Sequence[Shape], Told], Shape]


def _matmul(node: Node, incoming: Sequence[Shape], told: Told) -> Shape:
    (rows, inner), (other, columns) = incoming
    if inner != other:
        what = tr("The matrices that come in cannot be multiplied")
        wanted = tr("as many columns in the first as rows in the second")
        found = " · ".join(map(shape_text, incoming))
        raise refused(node, what, wanted, found, tr("Change a shape, or the order of the edges"))
    return _limited(node, (rows, columns))


def _reshape(node: Node, incoming: Sequence[Shape], told: Told) -> Shape:
    shape = read_shape(str(told["shape"])) or (prod(incoming[0]),)
    if prod(shape) != prod(incoming[0]):
        raise refused(
            node,
            tr("The shape does not hold what comes in"),
            tr("a shape of {n} numbers", n=f"{prod(incoming[0]):,}"),
            f"{shape_text(shape)} = {prod(shape):,}",
            tr("Change the option shape, or what comes in"),
        )
    return shape


def _flatten(node: Node, incoming: Sequence[Shape], told: Told) -> Shape:
    return (prod(incoming[0]),)


def _conv2d(node: Node, incoming: Sequence[Shape], told: Told) -> Shape:
    size, stride, padding = int(told["kernel"]), int(told["stride"]), int(told["padding"])
    return _slid(node, incoming[0], int(told["channels"]), size, stride, padding)


def _pool(node: Node, incoming: Sequence[Shape], told: Told) -> Shape:
    size, stride = window_of(told)
    return _slid(node, incoming[0], incoming[0][0], size, stride, 0)


def window_of(told: Told) -> tuple[int, int]:
    """Size and stride of a pool's window: a stride of 0 is its size."""
    size = int(told["size"])
    return size, int(told["stride"]) or size


def _slid(node: Node, image: Shape, channels: int, size: int, stride: int, padding: int) -> Shape:
    """What a window gives that slides over an image."""
    down, across = (places(length, size, stride, padding) for length in image[1:])
    if down < 1 or across < 1:
        raise refused(
            node,
            tr("The window is larger than the image"),
            tr("at most {n} for an image of {shape}", n=min(image[1:]) + 2 * padding, shape=shape_text(image)),
            str(size),
            tr("Make the window smaller, or add padding"),
        )
    padded = image[0] * (image[1] + 2 * padding) * (image[2] + 2 * padding)
    read = max(padded, image[0] * size**2 * down * across)
    if read > MAX_READ:
        raise _too_large(node, MAX_READ, read)
    return _limited(node, (channels, down, across))


def _limited(node: Node, shape: Shape) -> Shape:
    if prod(shape) > MAX_JOINED:
        raise _too_large(node, MAX_JOINED, prod(shape))
    return shape


def _too_large(node: Node, limit: int, found: int) -> ShapeError:
    what, wanted = tr("{name} would be too large", name=node.label), tr("at most {limit:,} numbers", limit=limit)
    return refused(node, what, wanted, f"{found:,}", tr("Take a smaller shape, fewer channels or a larger stride"))


FORMS: dict[str, FormOf] = {
    "matmul": _matmul,
    "reshape": _reshape,
    "flatten": _flatten,
    "conv2d": _conv2d,
    "max_pool": _pool,
    "avg_pool": _pool,
}
"""The shape that goes out, from those that come in (their ranks are right) and the options, by kind."""
