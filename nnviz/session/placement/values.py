"""What a solved placement says, before it becomes a display list: where every body, line of type and path stands.

Lengths are in units of a frame 1,920 wide. A :class:`Row` names the label it shows by its index, not by its text, so
that one layout serves all frames of a walkthrough.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from nnviz.session.picture import Point

Rect = tuple[float, float, float, float]
"""Left, top, right, bottom."""

REFERENCE = 1920.0
"""Width of the frame in which placements are solved; type sizes of styles are meant for it."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of type: label ``slot`` of its owner (part ``part`` of ``parts`` if broken), centred on x, baseline y."""

    slot: int
    role: str
    x: float
    y: float
    size: float
    condensed: bool
    part: int = 0
    parts: int = 1
    width: float = 0.0
    """How wide the text runs for which the place was made."""

    def moved(self, dx: float, dy: float) -> Row:
        """The same line elsewhere."""
        return replace(self, x=self.x + dx, y=self.y + dy)


@dataclass(frozen=True, slots=True)
class Spot:
    """The place of heat map ``number`` of group ``group`` of a node: its upper left corner and its size."""

    group: int
    number: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Block:
    """A body with lines and heat maps in it, about its own centre: a node, a plate, captions.

    At ``tint`` its tinted part begins. Captions are not ``framed``.
    """

    width: float
    height: float
    radius: float
    rows: tuple[Row, ...]
    tint: float | None = None
    spots: tuple[Spot, ...] = ()
    framed: bool = True


@dataclass(frozen=True, slots=True)
class Standing:
    """A block in its place: its centre."""

    block: Block
    x: float
    y: float

    @property
    def rect(self) -> Rect:
        """Left, top, right, bottom."""
        half_w, half_h = self.block.width / 2, self.block.height / 2
        return (self.x - half_w, self.y - half_h, self.x + half_w, self.y + half_h)


@dataclass(frozen=True, slots=True)
class PlacedNode:
    """A node: its body, its captions (``haloed`` where an edge runs behind them) and the plates beside it."""

    id: str
    shape: str
    column: int
    body: Standing
    captions: Standing | None = None
    plates: tuple[Standing, ...] = ()
    haloed: bool = False

    def rects(self) -> list[Rect]:
        """Rectangles of all that belongs to the node."""
        return [each.rect for each in (self.body, self.captions, *self.plates) if each is not None]


@dataclass(frozen=True, slots=True)
class PlacedEdge:
    """An edge: the path from rim to rim, the length of its arrowhead, its plate if it is shown."""

    id: str
    path: tuple[Point, ...]
    arrow: float
    plate: Standing | None = None


def halves(text: str, parts: int) -> Sequence[str]:
    """``text`` as one line, or broken in two: after its equals sign, at its dot, else at the space amid it.

    >>> halves("w₅ = 0.4000", 2), halves("Convolution · relu", 2), halves("Max pooling", 2)
    (('w₅ =', '0.4000'), ('Convolution', 'relu'), ('Max', 'pooling'))
    """
    if parts == 1:
        return (text,)
    for sign, kept in ((" = ", " ="), (" · ", "")):
        head, found, tail = text.partition(sign)
        if found:
            return (head + kept, tail)
    spaces = [place for place, letter in enumerate(text) if letter == " "]
    amid = min(spaces, key=lambda place: abs(2 * place - len(text)), default=len(text))
    return (text[:amid], text[amid + 1 :])
