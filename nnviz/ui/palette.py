"""The colours of the window, derived from a style file: one look for the canvas and for what stands around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from nnviz.session.picture import rgb
from nnviz.session.style import Style

TEXT_CONTRAST = 4.5
"""Least contrast of words with what they stand on (WCAG 2.2, 1.4.3)."""
SHAPE_CONTRAST = 3.0
"""Least contrast of icons, and of the borders by which a field is known (WCAG 2.2, 1.4.11)."""


@dataclass(frozen=True)
class Palette:
    """Colours by what they are for, as ``#rrggbb``. What is not said in a style is mixed from what is.

    ``ground`` lies under the canvas, ``panel`` around it, ``raised`` under menus, ``field`` under what is typed in.
    ``line`` parts panels; ``control`` rims fields and boxes. ``tint`` marks what is selected or switched on.
    """

    name: str
    dark: bool
    ground: str
    panel: str
    raised: str
    field: str
    line: str
    control: str
    text: str
    muted: str
    disabled: str
    accent: str
    accent_hover: str
    accent_pressed: str
    on_accent: str
    tint: str
    hover: str
    pressed: str
    track: str
    thumb: str
    loss: str
    loss_fill: str
    good: str
    good_fill: str
    warning: str
    warning_fill: str
    gradient: str
    tip: str
    on_tip: str
    forward: str
    forward_fill: str
    backward: str
    backward_fill: str

    def colours(self) -> dict[str, str]:
        """Every colour by its name."""
        return {name: value for name, value in asdict(self).items() if name not in {"name", "dark"}}


def palette(style: Style) -> Palette:
    """The colours of a window in ``style``."""
    dark = luminance(style.ground) < luminance(style.text)
    hover = mixed(style.panel, style.text, 0.06)
    raised = mixed(style.panel, style.text, 0.04) if dark else style.ground
    return Palette(
        name=style.name,
        dark=dark,
        ground=style.ground,
        panel=style.panel,
        raised=raised,
        field=style.ground,
        line=style.line,
        control=_rim(style.line, style.text, (style.panel, style.ground, raised)),
        text=style.text,
        muted=style.muted,
        disabled=mixed(style.panel, style.muted, 0.55),
        accent=style.positive,
        accent_hover=mixed(style.positive, style.text, 0.16),
        accent_pressed=mixed(style.positive, style.text, 0.32),
        on_accent=_readable(style.positive, (style.ground, style.text)),
        tint=mixed(style.panel, style.positive, 0.20 if dark else 0.13),
        hover=hover,
        pressed=mixed(style.panel, style.text, 0.11),
        track=mixed(style.panel, style.text, 0.10),
        thumb=mixed(style.panel, style.text, 0.30),
        loss=style.loss,
        loss_fill=style.loss_fill,
        good=style.good,
        good_fill=style.phases["update"].fill,
        warning=style.phases["backward"].ink,
        warning_fill=style.phases["backward"].fill,
        gradient=style.gradient,
        tip=mixed(style.panel, style.text, 0.12) if dark else style.text,
        on_tip=style.text if dark else style.ground,
        **_phases(style),
    )


def _phases(style: Style) -> Mapping[str, str]:
    told: dict[str, str] = {}
    for name in ("forward", "backward"):
        told |= {name: style.phases[name].ink, f"{name}_fill": style.phases[name].fill}
    return told


def mixed(below: str, above: str, share: float) -> str:
    """``above`` laid over ``below`` with an opacity of ``share``.

    >>> mixed("#000000", "#ffffff", 0.5)
    '#808080'
    """
    parts = (round(a + (b - a) * share) for a, b in zip(rgb(below), rgb(above), strict=True))
    return "#" + "".join(f"{part:02x}" for part in parts)


def contrast(one: str, other: str) -> float:
    """Contrast of two colours from 1 to 21, as WCAG 2.2 defines it.

    >>> round(contrast("#000000", "#ffffff"), 3)
    21.0
    """
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """Relative luminance from 0 to 1, as WCAG 2.2 defines it."""
    red, green, blue = (_linear(part / 255) for part in rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _rim(line: str, text: str, surfaces: tuple[str, ...]) -> str:
    """The quietest mixture of ``line`` and ``text`` that is seen on all ``surfaces``."""
    mixtures = (mixed(line, text, share / 100) for share in range(101))
    return next(one for one in mixtures if all(contrast(one, under) >= SHAPE_CONTRAST for under in surfaces))


def _readable(surface: str, inks: tuple[str, ...]) -> str:
    return max(inks, key=lambda ink: contrast(surface, ink))
