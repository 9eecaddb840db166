"""The bundled type covers every character we write, is measured exactly and never falls back."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from nnviz import resources
from nnviz.canvas import fonts
from nnviz.canvas.fonts import Face, FontMeasure, application, load, raw, shaped

FACES = [
    Face(bold, italic, condensed) for bold in (False, True) for italic in (False, True) for condensed in (False, True)
]
DESIGNED = "ŷℒ∂₀₁₂₃₄₅₆₇₈₉½δη−·×→Σ²σ′λ⁺‖…∑√≤≥≈≠∞ᵀ⊙∘∇εβρμθ–—⁻¹³ᵢⱼₙ∈αγ"
LABELS = "Hgyjqphbwz()|0123456789.+=/:ŷℒ∂₀₁₂₃₄₅₆₇₈₉½δη−·×Σ²σ′λ⁺‖–"
"""What stands in pictures."""
ONLY_READ = {"\u060c", "\u066b"}
"""Separators understood in tables and numbers that people type; we never write them."""
SOURCES = sorted((Path(fonts.__file__).parents[1]).rglob("*.py"))


def written(source: Path) -> Iterator[str]:
    """The characters beyond ASCII in the strings of a module, its docstrings left out."""
    tree = ast.parse(source.read_text("utf-8"))
    told = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield from (character for character in node.value if ord(character) > 127)


@cache
def ours() -> frozenset[str]:
    """The characters beyond ASCII in all strings of the program."""
    return frozenset(character for source in SOURCES for character in written(source))


@pytest.mark.parametrize("face", FACES, ids=fonts.file_name)
def test_every_character_that_we_write_is_in_every_face(face: Face) -> None:
    ours = {character for source in SOURCES for character in written(source)}
    font = raw(face, 100.0)
    missing = sorted(
        c for c in (ours | set(DESIGNED)) - ONLY_READ if not c.isspace() and not font.supportsCharacter(ord(c))
    )
    assert missing == []


def test_a_character_that_is_not_in_the_fonts_would_be_noticed() -> None:
    assert not raw(Face(), 100.0).supportsCharacter(ord("漢"))
    assert not shaped("漢", Face()).complete
    assert shaped("ŷ₁ = ½", Face()).complete


@pytest.mark.parametrize("face", FACES, ids=fonts.file_name)
def test_text_is_drawn_with_the_bundled_file(face: Face) -> None:
    assert resources.path("fonts", fonts.file_name(face)).is_file()
    run = fonts.glyph_run([("w₅ = 0.4000", 0.0, 0.0)], face, 30.0)
    assert run.rawFont().familyName().startswith(fonts.FAMILY)
    assert 0 not in run.glyphIndexes()
    assert run.rawFont().pixelSize() == 30.0


def test_the_faces_differ() -> None:
    widths = {face: fonts.text_width("0.5933", face) for face in FACES}
    assert widths[Face(bold=True)] > widths[Face()] > widths[Face(condensed=True)]


def test_widths_are_proportional_to_size() -> None:
    measure = FontMeasure()
    assert measure.width("0.5933", 60) == pytest.approx(2 * measure.width("0.5933", 30))
    assert measure.width("0.5933", 30) == pytest.approx(6 * 0.636 * 30 - 0.318 * 30, rel=0.01)
    assert measure.width("", 30) == 0


def test_no_letter_that_is_used_is_higher_or_lower_than_the_measure_says() -> None:
    measure, size = FontMeasure(), 100.0
    for face in FACES:
        font = raw(face, size)
        for character in LABELS:
            box = font.boundingRect(font.glyphIndexesForString(character)[0])
            assert -box.top() <= measure.ascent(size) + 1, character
            assert box.bottom() <= measure.descent(size) + 1, character


def test_words_in_another_script_are_measured_by_the_system() -> None:
    assert fonts.text_width("漢字", Face()) > 0


def test_the_family_is_known_to_widgets() -> None:
    from PySide6.QtGui import QFont, QFontInfo

    assert load() == fonts.FAMILY
    assert QFontInfo(QFont(load())).family() == fonts.FAMILY


def test_there_is_one_application_and_it_is_kept() -> None:
    assert application() is application()


def test_type_is_measured_in_a_process_without_screen_or_application() -> None:
    code = "from nnviz.canvas.fonts import FontMeasure; print(FontMeasure().width('0.5', 10) > 10)"
    plain = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path(fonts.__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=plain, check=False)
    assert (done.stdout.strip(), done.returncode) == ("True", 0), done.stderr
