"""What a picture shows, as rectangles and triangles a test can compare: plates, bodies, arrowheads, type."""

from __future__ import annotations

import math
from collections.abc import Iterable

from nnviz.session.picture import Box, Line, Measure, Picture, Text, arrowhead

Rect = tuple[float, float, float, float]
Points = list[tuple[float, float]]


def of_role(picture: Picture, *roles: str) -> list[Box]:
    """The boxes that have one of some roles."""
    return [item for item in picture.items if isinstance(item, Box) and item.role in roles]


def rect(box: Box) -> Rect:
    """A box with its border as left, top, right, bottom."""
    half = box.stroke_width / 2 if box.stroke else 0.0
    return (box.x - half, box.y - half, box.x + box.width + half, box.y + box.height + half)


def touch(a: Rect, b: Rect) -> bool:
    """Whether two rectangles share a point."""
    return a[0] <= b[2] and b[0] <= a[2] and a[1] <= b[3] and b[1] <= a[3]


def touches_body(plate: Rect, body: Box) -> bool:
    """Whether a rectangle shares a point with a body: exactly, its rounded corners taken into account."""
    left, top, right, bottom = rect(body)
    radius = min(body.radius + body.stroke_width / 2, (right - left) / 2, (bottom - top) / 2)
    dx = max(left + radius - plate[2], plate[0] - (right - radius), 0.0)
    dy = max(top + radius - plate[3], plate[1] - (bottom - radius), 0.0)
    return math.hypot(dx, dy) <= radius


def heads(picture: Picture) -> list[Points]:
    """The triangles of all arrowheads of edges."""
    return [list(arrowhead(item)) for item in picture.items if isinstance(item, Line) and item.arrow > 0]


def touches_polygon(box: Rect, polygon: Points) -> bool:
    """Whether a rectangle and a convex polygon share a point: no axis separates them."""
    corners = [(box[0], box[1]), (box[2], box[1]), (box[2], box[3]), (box[0], box[3])]
    axes = [(1.0, 0.0), (0.0, 1.0)]
    for (x1, y1), (x2, y2) in zip(polygon, polygon[1:] + polygon[:1], strict=True):
        axes.append((y2 - y1, x1 - x2))
    for ax, ay in axes:
        a = [x * ax + y * ay for x, y in corners]
        b = [x * ax + y * ay for x, y in polygon]
        if max(a) < min(b) or max(b) < min(a):
            return False
    return True


def ink(text: Text, measure: Measure) -> Rect:
    """The rectangle a text fills, from the highest to the lowest letters used."""
    width = measure.width(text.text, text.size, bold=text.bold, italic=text.italic, condensed=text.condensed)
    left = text.x - {"left": 0.0, "centre": width / 2, "right": width}[text.anchor]
    return (left, text.y - measure.ascent(text.size), left + width, text.y + measure.descent(text.size))


def texts(picture: Picture, ref: str | None = None) -> list[Text]:
    """The texts of a picture, or of one thing in it."""
    return [item for item in picture.items if isinstance(item, Text) and (ref is None or item.ref == ref)]


def points(picture: Picture) -> Iterable[tuple[float, float]]:
    """Corners of boxes and ends of lines."""
    for item in picture.items:
        if isinstance(item, Box):
            left, top, right, bottom = rect(item)
            yield left, top
            yield right, bottom
        elif isinstance(item, Line):
            yield item.x1, item.y1
            yield item.x2, item.y2


def from_segment(point: tuple[float, float], line: Line) -> float:
    """Distance of a point from a line."""
    dx, dy = line.x2 - line.x1, line.y2 - line.y1
    share = ((point[0] - line.x1) * dx + (point[1] - line.y1) * dy) / max(dx * dx + dy * dy, 1e-12)
    share = min(max(share, 0.0), 1.0)
    return math.hypot(point[0] - line.x1 - share * dx, point[1] - line.y1 - share * dy)
