"""Convolution and pooling: images are rows too, channel by channel, line by line, a row for each of their numbers.

The windows of some places at a time are copied into spare rows, so that a convolution is a matrix product, in
registers, where it is as quick as by BLAS: row (c, a, b) holds what place (a, b) of the window reads in channel c,
place behind place. Backwards the same rows take ∂J of what was read, which is then added up where it was read.
"""

from __future__ import annotations

from nnviz.engine.fast.codes import (
    ACROSS,
    ADD_A,
    BIASES,
    COUNT,
    DOWN,
    FIRST,
    FLAG,
    HIGH,
    KIND,
    MANY,
    NEED_A,
    OUT,
    PADDING,
    PLACE,
    POOL_KINDS,
    ROOM,
    SHARED,
    SIZE,
    SPARE,
    STRIDE,
    UNITS,
    WIDE,
    A,
)
from nnviz.engine.fast.kernels.jit import Vector, Words, compiled, copy, flat, rows
from nnviz.engine.fast.kernels.products import tiled, tiled_dots

NEAR = 1 << 16
"""Numbers of windows that are copied at a time, if a window has not more: what a core keeps near."""
MOST = POOL_KINDS.index("max_pool")


def convolution_line(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """Z = W · the windows of X (+ b)."""
    v, window, spare = flat(V), _window(line), line[SPARE] * ld
    places, step = line[DOWN] * line[ACROSS], _at_once(line, ld)
    channels = line[UNITS] // places
    for first in range(line[FIRST], line[FIRST] + line[MANY], step):
        columns = min(step, line[FIRST] + line[MANY] - first) * ld
        _windows(line, 0, rows(V, line[A], line[COUNT], ld), rows(G, line[SPARE], line[ROOM], ld), ld, first, columns)
        z = (line[OUT] + first) * ld
        if line[BIASES] >= 0:
            for channel in range(channels):
                bias = flat(P)[line[BIASES] + channel]
                start = z + channel * places * ld
                v[start : start + columns] = bias
        tiled(
            flat(P), line[PLACE], window, 1, flat(G), spare, columns, v, z, places * ld, channels, columns, window,
            line[BIASES] >= 0,
        )  # fmt: skip
    return 0.0


def convolution_back(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """∂J/∂W and ∂J/∂b, summed over all places; ∂J/∂X where it was read."""
    g, window, spare, kept = flat(G), _window(line), line[SPARE] * ld, line[SHARED]
    places, step = line[DOWN] * line[ACROSS], _at_once(line, ld)
    channels = line[UNITS] // places
    room, sent = rows(G, line[SPARE], line[ROOM], ld), rows(G, line[A], line[COUNT], ld)
    if line[NEED_A] and not line[ADD_A]:
        sent[:] = 0
    for first in range(line[FIRST], line[FIRST] + line[MANY], step):
        columns = min(step, line[FIRST] + line[MANY] - first) * ld
        z = (line[OUT] + first) * ld
        _windows(line, 0, rows(V, line[A], line[COUNT], ld), room, ld, first, columns)
        tiled_dots(
            g, z, places * ld, g, spare, columns, flat(D), line[PLACE], channels, window, columns, kept
        )  # fmt: skip
        kept = 1
        if line[FLAG]:
            _add_biases(flat(D), line[BIASES], g, z, places * ld, channels, columns)
        if line[NEED_A]:
            tiled(
                flat(P), line[PLACE], 1, window, g, z, places * ld, g, spare, columns, window, columns, channels, 0
            )  # fmt: skip
            _windows(line, 1, sent, room, ld, first, columns)
    return 0.0


@compiled
def _window(line: Words) -> int:
    """How many numbers a window reads."""
    return line[COUNT] // (line[HIGH] * line[WIDE]) * line[SIZE] * line[SIZE]


@compiled
def _at_once(line: Words, ld: int) -> int:
    """How many places there is room for at a time."""
    window = _window(line)
    return max(1, min(line[ROOM] // window, NEAR // (window * ld)))


@compiled
def _add_biases(D: Vector, place: int, G: Vector, z: int, ldz: int, channels: int, columns: int) -> None:
    for channel in range(channels):
        g = G[z + channel * ldz : z + channel * ldz + columns]
        total = G.dtype.type(0.0)
        for column in range(columns):
            total += g[column]
        D[place + channel] += total


@compiled
def _windows(line: Words, back: int, image: Vector, room: Vector, ld: int, first: int, columns: int) -> None:
    """Copy the windows of some places, from the ``first`` on, into the room; ``back`` adds them to the image again."""
    size, wide, across = line[SIZE], line[WIDE], line[ACROSS]
    row = 0
    for channel in range(line[COUNT] // (line[HIGH] * wide)):
        for place in range(size * size):
            down, right = first // across, first % across
            below, beside = place // size - line[PADDING], place % size - line[PADDING]
            for column in range(row, row + columns, ld):
                y, x = down * line[STRIDE] + below, right * line[STRIDE] + beside
                inside = 0 <= y < line[HIGH] and 0 <= x < wide
                at = ((channel * line[HIGH] + y) * wide + x) * ld if inside else 0
                read, held = image[at : at + ld], room[column : column + ld]
                if back and inside:
                    for each in range(ld):
                        read[each] += held[each]
                elif inside:
                    copy(read, held)
                elif not back:
                    held[:] = 0
                right += 1
                if right == across:
                    down, right = down + 1, 0
            row += columns


def pool_line(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """The largest number of every window, or their mean; what is not a number stays so."""
    size, across, places = line[SIZE], line[ACROSS], line[DOWN] * line[ACROSS]
    share = 1.0 / (size * size)
    for unit in range(line[UNITS]):
        channel, place = unit // places, unit % places
        z, corner = rows(V, line[OUT] + unit, 1, ld), _corner(line, channel, place // across, place % across)
        copy(rows(V, corner, 1, ld), z)
        for each in range(1, size * size):
            x = rows(V, corner + each // size * line[WIDE] + each % size, 1, ld)
            if line[KIND] == MOST:
                for i in range(ld):
                    z[i] = x[i] if x[i] > z[i] or x[i] != x[i] else z[i]
            else:
                for i in range(ld):
                    z[i] += x[i]
        if line[KIND] != MOST:
            for i in range(ld):
                z[i] *= share
    return 0.0


@compiled
def _corner(line: Words, channel: int, down: int, across: int) -> int:
    """The row of the first number that a window reads."""
    y, x = down * line[STRIDE], across * line[STRIDE]
    return line[A] + (channel * line[HIGH] + y) * line[WIDE] + x


def pool_back(line: Words, P: Vector, D: Vector, V: Vector, G: Vector, ld: int, n: int, training: int) -> float:
    """To the first of the largest numbers what arrives, or to each its share. What was sent on arrives no more."""
    size, across, places = line[SIZE], line[ACROSS], line[DOWN] * line[ACROSS]
    if not line[NEED_A]:
        return 0.0
    if not line[ADD_A]:
        rows(G, line[A], line[COUNT], ld)[:] = 0
    zero = rows(G, 0, 1, ld).dtype.type(0.0)
    share = rows(G, 0, 1, ld).dtype.type(1.0 / (size * size))
    for unit in range(line[UNITS]):
        channel, place = unit // places, unit % places
        z, g = rows(V, line[OUT] + unit, 1, ld), rows(G, line[OUT] + unit, 1, ld)
        corner = _corner(line, channel, place // across, place % across)
        for each in range(size * size):
            row = corner + each // size * line[WIDE] + each % size
            x, sent = rows(V, row, 1, ld), rows(G, row, 1, ld)
            if line[KIND] == MOST:
                for i in range(ld):
                    chosen = x[i] == z[i]
                    sent[i] += g[i] if chosen else zero
                    g[i] = zero if chosen else g[i]
            else:
                for i in range(ld):
                    sent[i] += g[i] * share
    return 0.0
