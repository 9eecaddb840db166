"""The look: readable in every scheme, following the system, growing with the type."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from nnviz.errors import ConfigError
from nnviz.ui import icons
from nnviz.ui import theme as themes
from nnviz.ui.palette import SHAPE_CONTRAST, TEXT_CONTRAST, Palette, contrast, mixed
from nnviz.ui.theme import SCHEMES, Theme, scheme, set_state, style_sheet

SURFACES = ("ground", "panel", "raised", "field")
TEXTS = [
    *((ink, surface) for ink in ("text", "muted") for surface in SURFACES),
    *(("text", surface) for surface in ("hover", "pressed", "tint", "loss_fill")),
    *((ink, surface) for ink in ("accent", "loss", "good", "gradient", "warning") for surface in ("ground", "panel")),
    *(("on_accent", surface) for surface in ("accent", "accent_hover", "accent_pressed")),
    *((phase, f"{phase}_fill") for phase in ("forward", "loss", "backward", "good", "warning")),
    ("muted", "hover"),
    ("accent", "hover"),
    ("on_tip", "tip"),
]
SHAPES = [
    *(("control", surface) for surface in SURFACES),
    *(("accent", surface) for surface in (*SURFACES, "tint")),
    *((ink, "panel") for ink in ("loss", "text", "muted")),
    ("accent", "track"),
    ("on_accent", "accent"),
]
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")


@pytest.mark.parametrize("name", SCHEMES)
@pytest.mark.parametrize(("ink", "surface"), TEXTS)
def test_words_can_be_read(name: str, ink: str, surface: str) -> None:
    colours = scheme(name).colours()
    assert contrast(colours[ink], colours[surface]) >= TEXT_CONTRAST


@pytest.mark.parametrize("name", SCHEMES)
@pytest.mark.parametrize(("ink", "surface"), SHAPES)
def test_shapes_can_be_seen(name: str, ink: str, surface: str) -> None:
    colours = scheme(name).colours()
    assert contrast(colours[ink], colours[surface]) >= SHAPE_CONTRAST


@pytest.mark.parametrize("name", SCHEMES)
def test_every_rule_that_sets_words_on_a_surface_sets_them_readably(name: str) -> None:
    """Whoever adds a rule to the sheet is held to the same; what is disabled is exempt, as WCAG has it."""
    colours = scheme(name).colours()
    found = 0
    for selector, body in RULE.findall(themes.template()):
        ink = re.search(r"(?<![-\w])color: @(\w+)", body)
        surface = re.search(r"background-color: @(\w+)", body)
        if ink and surface and "disabled" not in selector:
            found += 1
            assert contrast(colours[ink[1]], colours[surface[1]]) >= TEXT_CONTRAST, selector
    assert found > 25


def test_every_colour_of_the_sheet_is_one_of_the_palette() -> None:
    used = set(re.findall(r"@(?!icon\()(\w+)", themes.template()))
    assert used <= set(scheme("light").colours())
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b", themes.template()), "a colour that no style file says"


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=1e-3)
    assert mixed("#102030", "#102030", 0.3) == "#102030"


def test_dark_is_dark_and_light_is_light() -> None:
    assert scheme("dark").dark
    assert scheme("high-contrast").dark
    assert not scheme("light").dark


def test_the_system_is_followed_live(theme: Theme, qapp: QApplication, qtbot: QtBot) -> None:
    hints = qapp.styleHints()
    theme.choose("system")
    assert theme.palette.name == ("dark" if hints.colorScheme() == Qt.ColorScheme.Dark else "light")
    told: list[Palette] = []
    theme.changed.connect(told.append)
    theme._wanted = lambda: scheme("dark")  # type: ignore[method-assign]  # what a system that has turned dark says
    hints.colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert [each.name for each in told] == ["dark"]
    assert qapp.palette().color(QPalette.ColorRole.Window).name() == scheme("dark").panel
    assert icons.colour("text").name() == scheme("dark").text


def test_a_chosen_scheme_stays_when_the_system_turns(theme: Theme, qapp: QApplication) -> None:
    theme.choose("high-contrast")
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert theme.palette.name == "high-contrast"
    assert theme.choice == "high-contrast"


def test_the_same_choice_tells_nobody(theme: Theme) -> None:
    told: list[Palette] = []
    theme.changed.connect(told.append)
    theme.choose("light")
    assert told == []


@pytest.mark.parametrize("name", ["slides", "print", "Dark", ""])
def test_what_is_no_scheme_is_refused(theme: Theme, name: str) -> None:
    with pytest.raises(ConfigError, match="Expected system, light, dark, high-contrast"):
        theme.choose(name)
    assert theme.choice == "light"


def test_type_and_what_holds_it_grow_together(theme: Theme, qtbot: QtBot, qapp: QApplication) -> None:
    field, pressed = QLineEdit("0.5"), QPushButton("Run")
    for widget in (field, pressed):
        qtbot.addWidget(widget)
        widget.ensurePolished()
    before = field.sizeHint().height(), pressed.sizeHint().height()
    theme.zoom(2.0)
    assert qapp.font().pixelSize() == 26
    after = field.sizeHint().height(), pressed.sizeHint().height()
    assert all(1.8 <= new / old <= 2.2 for new, old in zip(after, before, strict=True))
    assert theme.px(8) == 16


@pytest.mark.parametrize("scale", [0, 0.5, 9, float("nan")])
def test_a_scale_nobody_can_read_is_refused(theme: Theme, scale: float) -> None:
    with pytest.raises(ConfigError, match=r"Expected 0\.8 to 3\.0"):
        theme.zoom(scale)


def test_lengths_are_scaled_but_hairlines_are_not() -> None:
    sheet = style_sheet(scheme("light"), 2.0)
    assert "1px solid" in sheet
    assert "padding: 10px 16px" in sheet
    assert "@" not in sheet


def test_the_family_is_the_bundled_one(theme: Theme, qapp: QApplication) -> None:
    assert qapp.font().family() == "DejaVu Sans"


def test_icons_of_the_sheet_are_files_that_exist(theme: Theme, qapp: QApplication) -> None:
    files = re.findall(r'url\("([^"]+)"\)', qapp.styleSheet())
    assert len(files) > 8
    assert all("<path" in Path(file).read_text(encoding="utf-8") for file in files)


def test_a_folder_that_cannot_be_written_costs_only_the_icons() -> None:
    sheet = style_sheet(scheme("light"), 1.0, "/proc/no-such-folder")
    assert "image: none" in sheet
    assert "url(" not in sheet


def test_an_unknown_colour_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(themes, "template", lambda: "QLabel { color: @mauve; }")
    with pytest.raises(ConfigError, match="'mauve'"):
        style_sheet(scheme("light"))


def test_a_state_dresses_a_widget_anew(theme: Theme, qtbot: QtBot) -> None:
    field = QLineEdit()
    qtbot.addWidget(field)
    set_state(field, "refused", True)
    field.ensurePolished()
    assert field.property("refused") is True
    image = field.grab().toImage()
    assert image.pixelColor(image.width() // 2, 3).name() == theme.palette.loss_fill


def test_surfaces_are_told_apart(theme: Theme, qtbot: QtBot) -> None:
    ground = QWidget()
    ground.setProperty("surface", "ground")
    ground.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    qtbot.addWidget(ground)
    for name in ("light", "dark"):
        theme.choose(name)
        assert ground.grab().toImage().pixelColor(5, 5).name() == scheme(name).ground != scheme(name).panel
