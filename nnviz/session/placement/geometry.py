"""Plane geometry of a placement on arrays: rectangles, segments, rounded bodies.

Rectangles are rows of (left, top, right, bottom), segments rows of (x1, y1, x2, y2), both float64; y grows downward.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def rows(items: list[tuple[float, float, float, float]]) -> Floats:
    """Rectangles or segments as an array of shape (n, 4), also when there are none."""
    return np.array(items, dtype=np.float64).reshape(-1, 4)


def apart(a: Floats, b: Floats) -> Floats:
    """Distances between rectangles, shape (len(a), len(b)); 0 where they touch or overlap."""
    dx = np.maximum(np.maximum(b[None, :, 0] - a[:, None, 2], a[:, None, 0] - b[None, :, 2]), 0.0)
    dy = np.maximum(np.maximum(b[None, :, 1] - a[:, None, 3], a[:, None, 1] - b[None, :, 3]), 0.0)
    return np.asarray(np.hypot(dx, dy))


def overlapping(a: Floats, b: Floats, gap: float = 0.0) -> Bools:
    """Which rectangles come nearer than ``gap`` in x and in y, shape (len(a), len(b))."""
    return np.asarray(
        (a[:, None, 0] < b[None, :, 2] + gap)
        & (b[None, :, 0] < a[:, None, 2] + gap)
        & (a[:, None, 1] < b[None, :, 3] + gap)
        & (b[None, :, 1] < a[:, None, 3] + gap)
    )


def crossing(rects: Floats, segments: Floats, gap: float = 0.0) -> Bools:
    """Which segments pass through which rectangles grown by ``gap``, shape (len(rects), len(segments)).

    Slab method: a segment lies in the grown rectangle between the last entry and the first exit of its two slabs.
    """
    enters, leaves = np.zeros((len(rects), len(segments))), np.ones((len(rects), len(segments)))
    for low, high, start, end in ((0, 2, 0, 2), (1, 3, 1, 3)):
        run = segments[:, end] - segments[:, start]
        run = 1.0 / np.where(np.abs(run) < 1e-9, 1e-9, run)
        near = (rects[:, low, None] - gap - segments[None, :, start]) * run
        far = (rects[:, high, None] + gap - segments[None, :, start]) * run
        np.maximum(enters, np.minimum(near, far), out=enters)
        np.minimum(leaves, np.maximum(near, far), out=leaves)
    return np.asarray(enters < leaves)


def distances(points: Floats, segments: Floats) -> Floats:
    """Distance of each point (n, 2) to each segment (m, 4), shape (n, m)."""
    run_x, run_y = segments[:, 2] - segments[:, 0], segments[:, 3] - segments[:, 1]
    to_x, to_y = points[:, 0, None] - segments[None, :, 0], points[:, 1, None] - segments[None, :, 1]
    share = (to_x * run_x + to_y * run_y) / np.maximum(run_x * run_x + run_y * run_y, 1e-12)
    np.clip(share, 0.0, 1.0, out=share)
    return np.asarray(np.hypot(to_x - share * run_x, to_y - share * run_y))


def outside(points: Floats, bodies: Floats) -> Floats:
    """Signed distance of each point (n, 2) from the rim of its rounded body, negative inside.

    ``bodies`` has rows (centre x, centre y, half width, half height, corner radius): a circle has three equal ones.
    """
    corner = np.abs(points - bodies[:, :2]) - (bodies[:, 2:4] - bodies[:, 4:])
    beyond = np.linalg.norm(np.maximum(corner, 0.0), axis=1)
    return np.asarray(beyond + np.minimum(corner.max(axis=1), 0.0) - bodies[:, 4])


def leaving(inner: Floats, outer: Floats, bodies: Floats, clear: float) -> Floats:
    """Where the way from ``inner`` (inside its body) to ``outer`` is ``clear`` outside the rim, shape (n, 2).

    Bisection; a way that never gets out ends at ``outer``.
    """
    low, high = np.zeros(len(inner)), np.ones(len(inner))
    for _ in range(24):
        middle = (low + high) / 2
        out = outside(inner + middle[:, None] * (outer - inner), bodies) >= clear
        high, low = np.where(out, middle, high), np.where(out, low, middle)
    return np.asarray(inner + high[:, None] * (outer - inner))


def stacked(preferred: list[float], heights: list[float], weights: list[float], gap: float) -> list[float]:
    """Centres of things in one upright row, in the given order, nearest to where they would like to be.

    Least squares with the order kept and ``gap`` between neighbours (pool adjacent violators).
    """
    offsets, total = [], 0.0
    for index, height in enumerate(heights):
        total += (heights[index - 1] + height) / 2 + gap if index else 0.0
        offsets.append(total)
    pools: list[tuple[float, float, int]] = []
    for wish, offset, weight in zip(preferred, offsets, weights, strict=True):
        pool = (wish - offset, weight, 1)
        while pools and pools[-1][0] > pool[0]:
            value, mass, count = pools.pop()
            mixed = (value * mass + pool[0] * pool[1]) / (mass + pool[1])
            pool = (mixed, mass + pool[1], count + pool[2])
        pools.append(pool)
    bases = [value for value, _, count in pools for _ in range(count)]
    return [base + offset for base, offset in zip(bases, offsets, strict=True)]
