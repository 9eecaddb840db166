"""Styles are data: read strictly, complete, and with the contrasts a projector needs."""

from __future__ import annotations

import json

import pytest

from nnviz import resources
from nnviz.errors import ConfigError, FormatError
from nnviz.session.style import TYPE_ROLES, Style, names, read, style

TEXT, STROKE = 4.5, 3.0
ALL = ["dark", "high-contrast", "light", "print", "slides"]


def luminance(colour: str) -> float:
    """Relative luminance of a colour (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(a: str, b: str) -> float:
    """Contrast of two colours, 1 to 21."""
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_contrast_is_the_one_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_there_are_five_styles() -> None:
    assert names() == ALL
    assert all(style(name).name == name for name in ALL)


@pytest.mark.parametrize("name", ALL)
def test_text_can_be_read_on_every_surface(name: str) -> None:
    look = style(name)
    surfaces = {
        "text": (look.ground, look.panel, look.plate, look.node, look.target_fill),
        "muted": (look.ground, look.panel, look.plate, look.node),
        "positive": (look.ground, look.panel, look.plate, look.node),
        "negative": (look.ground, look.panel, look.plate, look.node),
        "gradient": (look.ground, look.panel, look.plate, look.node, look.gradient_plate),
        "loss": (look.ground, look.panel, look.plate, look.loss_fill, look.target_fill),
        "good": (look.ground, look.panel, look.plate),
    }
    for ink, grounds in surfaces.items():
        for ground in grounds:
            assert contrast(getattr(look, ink), ground) >= TEXT, (ink, ground)
    for phase, tint in look.phases.items():
        for ink in (tint.ink, look.text, look.muted):
            assert contrast(ink, tint.fill) >= TEXT, (phase, ink)


@pytest.mark.parametrize("name", ALL)
def test_strokes_can_be_seen(name: str) -> None:
    look = style(name)
    for stroke in ("positive", "negative", "edge", "rim", "outline_colour", "loss"):
        assert contrast(getattr(look, stroke), look.ground) >= STROKE, stroke


@pytest.mark.parametrize(
    ("name", "entries"),
    [
        (
            "light",
            "#ffffff #f5f7f9 #d3d9df #1a2430 #55616e #12629f #b04f00 #6d1f80 #9c1c14 #1d6b35 #f6eef8 #eaf2f9",
        ),
        (
            "dark",
            "#14181c #1c2228 #39424c #e8edf2 #a3afbb #6fb6ef #ffab62 #d9a9ec #ff938a #7fd096 #2a2130 #1d2a36",
        ),
    ],
)
def test_light_and_dark_have_the_colours_of_the_design(name: str, entries: str) -> None:
    keys = [
        "ground",
        "panel",
        "line",
        "text",
        "muted",
        "positive",
        "negative",
        "gradient",
        "loss",
        "good",
        "gradient_plate",
        "node",
    ]
    assert [getattr(style(name), key) for key in keys] == entries.split()


def test_print_is_grey() -> None:
    for value in json.loads(resources.path("styles", "print.json").read_text("utf-8")).values():
        if isinstance(value, str) and value.startswith("#"):
            assert value[1:3] == value[3:5] == value[5:7]


@pytest.mark.parametrize("name", ALL)
def test_sizes_only_grow_from_the_smallest_over_the_floor_to_the_wanted(name: str) -> None:
    look = style(name)
    for role in TYPE_ROLES:
        assert look.smallest <= look.floors[role] <= look.sizes[role], role


def test_slides_have_the_floors_of_a_lecture_hall() -> None:
    floors = style("slides").floors
    assert min(floors.values()) >= 24
    assert min(floors[role] for role in ("value", "weight", "gradient")) >= 30


def test_an_unknown_style_is_refused_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match="dark, high-contrast, light, print, slides") as caught:
        style("pretty")
    assert "pretty" in str(caught.value)


def light() -> dict[str, object]:
    made: dict[str, object] = json.loads(resources.path("styles", "light.json").read_text("utf-8"))
    return made


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"ground": None}, "ground"),
        ({"ground": "white"}, "ground"),
        ({"fade": 2}, "fade"),
        ({"outline": -1}, "outline"),
        ({"colour": "#000000"}, "colour"),
        ({"sizes": {"value": 30}}, "sizes"),
        ({"phases": {}}, "phases"),
    ],
)
def test_a_style_that_lacks_or_mistakes_an_entry_is_refused(change: dict[str, object], place: str) -> None:
    entries = {key: value for key, value in (light() | change).items() if value is not None}
    with pytest.raises(FormatError, match=place) as caught:
        read(json.dumps(entries).encode(), "mine.json")
    assert "mine.json" in str(caught.value)


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(FormatError, match=r"mine\.json"):
        read(b"{", "mine.json")


def test_a_style_cannot_be_changed() -> None:
    look: Style = style("light")
    with pytest.raises(AttributeError):
        look.ground = "#000000"  # type: ignore[misc]  # that it is refused is what is tested
