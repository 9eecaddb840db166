"""Arrays of a document: frozen when they come in, compared bit for bit, and how they stand in a file.

Up to 64 numbers stand as nested lists, which a person can read and change; more stand as one base64 text of their
bytes, little-endian. Both read back to the same bits.
"""

from __future__ import annotations

import base64
import binascii
import reprlib
from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnviz.errors import ConfigError
from nnviz.words import tr

READABLE = 64
"""How many numbers an array may have to stand as a list."""

_MOST_DIMENSIONS = 8
_FIELDS = {"shape", "float64"}


def frozen(values: ArrayLike) -> NDArray[np.float64]:
    """``values`` as an array of float64 that nobody can change: itself if it is one, else a copy.

    Raises
    ------
    ConfigError
        If these are no numbers.
    """
    if isinstance(values, np.ndarray) and values.dtype == np.float64 and _owned(values):
        return values
    try:
        copy = np.array(values, dtype=np.float64, order="C")
    except (TypeError, ValueError, OverflowError):
        raise ConfigError(
            tr("These are not numbers"), expected=tr("an array of numbers"), found=reprlib.repr(values)
        ) from None
    copy.setflags(write=False)
    return copy


def _owned(values: NDArray[np.float64]) -> bool:
    """Whether it is no view, through whose base the numbers could change."""
    return not values.flags.writeable and values.flags.c_contiguous and values.base is None


def same_bits(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    """Whether two arrays agree in shape and in every bit; unlike ``==``, −0.0 is not 0.0 and a NaN is itself."""
    return one is other or (one.shape == other.shape and one.tobytes() == other.tobytes())


def same_arrays(one: Mapping[str, NDArray[np.float64]], other: Mapping[str, NDArray[np.float64]]) -> bool:
    """Whether two tables of arrays agree in keys, order and bits."""
    return one is other or (list(one) == list(other) and all(same_bits(one[key], other[key]) for key in one))


def array_to_plain(values: NDArray[np.float64]) -> object:
    """What stands in a file for an array: nested lists, or ``{"shape": …, "float64": …}``."""
    values = np.asarray(values, dtype=np.float64)
    readable = 0 < values.size <= READABLE and values.ndim > 0
    if (readable and np.isfinite(values).all()) or values.shape == (0,):
        return values.tolist()
    blob = base64.b64encode(values.astype("<f8").tobytes()).decode("ascii")
    return {"shape": list(values.shape), "float64": blob}


def array_from_plain(plain: object) -> NDArray[np.float64]:
    """The array that stands in a file as ``plain``.

    Raises
    ------
    ConfigError
        If it is neither nested lists of numbers of equal lengths, nor a shape with as many bytes.
    """
    if isinstance(plain, dict):
        return _from_bytes(plain)
    if not isinstance(plain, list):
        raise _refused(tr("a list of numbers"), reprlib.repr(plain))
    flat, shape = _flattened(plain)
    return frozen(frozen(flat).reshape(shape))


def _flattened(plain: list[Any]) -> tuple[list[Any], tuple[int, ...]]:
    """All numbers of nested lists in order, and the shape they form."""
    flat: list[Any] = plain
    shape: tuple[int, ...] = (len(plain),)
    while flat and isinstance(flat[0], list):
        lengths = {len(part) if isinstance(part, list) else -1 for part in flat}
        if len(lengths) > 1 or len(shape) == _MOST_DIMENSIONS:
            raise _refused(tr("lists of equal length"), reprlib.repr(plain))
        flat = [number for part in flat for number in part]
        shape = (*shape, lengths.pop())
    strange = set(map(type, flat)) - {int, float}
    if strange:
        raise _refused(tr("numbers only"), repr(next(item for item in flat if type(item) in strange)))
    return flat, shape


def _from_bytes(plain: dict[str, Any]) -> NDArray[np.float64]:
    if plain.keys() != _FIELDS:
        raise _refused(tr("the two fields shape and float64"), reprlib.repr(list(plain)))
    shape, blob = plain["shape"], plain["float64"]
    if not (
        isinstance(shape, list) and len(shape) <= _MOST_DIMENSIONS and all(type(n) is int and n >= 0 for n in shape)
    ):
        raise _refused(tr("a shape, such as [784, 30]"), reprlib.repr(shape))
    try:
        raw = base64.b64decode(blob if isinstance(blob, str) else "?", validate=True)
    except (binascii.Error, ValueError):
        raise _refused(tr("bytes in base64"), reprlib.repr(blob)) from None
    if len(raw) != 8 * prod(shape):
        raise _refused(tr("8 bytes for each of {count} numbers", count=prod(shape)), tr("{n} bytes", n=len(raw)))
    return frozen(np.frombuffer(raw, dtype="<f8").astype(np.float64).reshape(shape))


def _refused(expected: str, found: str) -> ConfigError:
    return ConfigError(tr("This is no array of numbers"), expected=expected, found=found)
