"""The look of a picture as data: colours, type sizes and strokes, read strictly from ``resources/styles/*.json``.

Lengths and type sizes are pixels of a frame 1,920 pixels wide; a placement scales them with the frame. Contrasts
(text at least 4.5:1 on every surface it stands on, strokes 3:1 on the ground) are kept by a test of the files.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated

import msgspec

from nnviz import resources
from nnviz.errors import ConfigError, FileError, FormatError
from nnviz.words import one_of, tr

Colour = Annotated[str, msgspec.Meta(pattern="^#[0-9a-f]{6}$")]
Length = Annotated[float, msgspec.Meta(gt=0)]

PHASES = ("forward", "loss", "backward", "update")
TYPE_ROLES = (
    "title",
    "heading",
    "name",
    "value",
    "preactivation",
    "delta",
    "bias",
    "weight",
    "gradient",
    "shape",
    "norm",
    "target",
    "loss_term",
    "operation",
    "note",
    "node_caption",
    "loss_name",
    "loss_value",
    "small_print",
    "legend",
    "step_title",
    "step",
)


class Tint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The two colours of one phase of a walkthrough: the surface of its panel and the ink of its title."""

    fill: Colour
    ink: Colour


class Style(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One look. ``sizes`` are the type sizes wanted by role, ``floors`` what they may shrink to before labels suffer.

    ``smallest`` is the size below which a label is left out instead of shrunk further. ``thinnest`` and ``thickest``
    clamp the strokes of edges, ``fade`` is the opacity of what is not part of the current step.
    """

    name: str
    ground: Colour
    panel: Colour
    line: Colour
    text: Colour
    muted: Colour
    positive: Colour
    negative: Colour
    gradient: Colour
    loss: Colour
    good: Colour
    gradient_plate: Colour
    node: Colour
    plate: Colour
    rim: Colour
    edge: Colour
    outline_colour: Colour
    loss_fill: Colour
    target_fill: Colour
    phases: dict[str, Tint]
    sizes: dict[str, Length]
    floors: dict[str, Length]
    smallest: Length
    thinnest: Length
    thickest: Length
    outline: Length
    hairline: Length
    fade: Annotated[float, msgspec.Meta(gt=0, le=1)]
    plate_radius: Length
    plate_padding: Length
    box_radius: Length
    margin: Length

    def ink(self, role: str, negative: bool = False) -> str:
        """The colour of a text by its role; weights take the colour of their sign."""
        if role == "weight":
            return self.negative if negative else self.positive
        inks = {
            "delta": self.gradient,
            "gradient": self.gradient,
            "loss_term": self.loss,
            "loss_name": self.loss,
            "loss_value": self.loss,
        }
        quiet = {"preactivation", "bias", "node_caption", "heading", "small_print", "legend"}
        return inks.get(role, self.muted if role in quiet else self.text)


def names() -> list[str]:
    """The styles there are, in order."""
    return resources.names("styles", ".json")


@cache
def style(name: str) -> Style:
    """The style called ``name``.

    Raises
    ------
    ConfigError
        If there is no such style; the message lists those there are.
    FormatError
        If its file does not say what a style must say; the message names the place.
    """
    known = names()
    if name not in known:
        raise ConfigError(tr("There is no such style"), expected=one_of(known), found=repr(name))
    source = resources.path("styles", f"{name}.json")
    try:
        return read(source.read_bytes(), str(source))
    except OSError as problem:
        raise FileError(tr("A style cannot be read"), where=str(source), found=str(problem)) from problem


def read(text: bytes, where: str) -> Style:
    """Read a style from JSON, strictly: no missing, unknown or wrongly typed entry.

    Raises
    ------
    FormatError
        If the text is not such a style; ``where`` says which file.
    """
    try:
        found = msgspec.json.decode(text, type=Style)
    except msgspec.MsgspecError as problem:
        raise FormatError(tr("This is not a style"), where=where, found=str(problem)) from problem
    for entry, wanted, given in (
        ("phases", PHASES, found.phases),
        ("sizes", TYPE_ROLES, found.sizes),
        ("floors", TYPE_ROLES, found.floors),
    ):
        if set(given) != set(wanted):
            raise FormatError(
                tr("This is not a style"),
                where=f"{where}, $.{entry}",
                expected=", ".join(sorted(wanted)),
                found=", ".join(sorted(given)),
            )
    return found
