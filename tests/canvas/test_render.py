"""Pictures as files: any size, transparent or not, whole or not at all, the same bytes each time."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

import nnviz
from nnviz.canvas.fonts import FontMeasure
from nnviz.canvas.publish import picture_of
from nnviz.canvas.render import picture_to_image, write_png
from nnviz.errors import ConfigError, FileError
from nnviz.session.diagram import Diagram
from nnviz.session.picture import Picture, Text
from nnviz.session.placement import place
from nnviz.session.style import style
from nnviz.session.walkthrough import Walkthrough
from tests.session.diagrams import mazur


@pytest.fixture(scope="module")
def picture() -> Picture:
    return place(mazur(), style("light"), FontMeasure(), 960, 540)


@pytest.mark.parametrize(
    ("width", "scale", "size"), [(None, None, (960, 540)), (1920, None, (1920, 1080)), (None, 0.5, (480, 270))]
)
def test_a_png_has_the_width_or_scale_asked_for(
    picture: Picture, tmp_path: Path, width: int | None, scale: float | None, size: tuple[int, int]
) -> None:
    write_png(picture, tmp_path / "net.png", width=width, scale=scale)
    image = QImage(str(tmp_path / "net.png"))
    assert (image.width(), image.height()) == size


def test_the_same_picture_gives_the_same_bytes(picture: Picture, tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        write_png(picture, tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_transparent_is_transparent_and_else_nothing_is(picture: Picture) -> None:
    clear, solid = picture_to_image(picture, transparent=True), picture_to_image(picture)
    assert clear.pixelColor(1, 1).alpha() == 0
    assert solid.pixelColor(1, 1).alpha() == 255
    assert solid.pixelColor(1, 1).name() == style("light").ground
    assert picture_to_image(Picture(10, 10, None, ())).pixelColor(1, 1).alpha() == 0


def test_a_file_carries_texts(picture: Picture, tmp_path: Path) -> None:
    write_png(picture, tmp_path / "net.png", texts={"nnviz": "a document, ŷ"})
    assert QImage(str(tmp_path / "net.png")).text("nnviz") == "a document, ŷ"


def test_width_and_scale_together_are_refused(picture: Picture, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not both"):
        write_png(picture, tmp_path / "net.png", width=100, scale=2)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("width", [0, -5, 100_000])
def test_an_impossible_size_is_refused(picture: Picture, tmp_path: Path, width: int) -> None:
    with pytest.raises(ConfigError, match="32000"):
        write_png(picture, tmp_path / "net.png", width=width)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_named(picture: Picture, tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"no.where") as caught:
        write_png(picture, tmp_path / "no" / "where" / "net.png")
    assert "folder" in str(caught.value)


def test_a_folder_in_the_place_of_the_file_is_refused(picture: Picture, tmp_path: Path) -> None:
    (tmp_path / "net.png").mkdir()
    with pytest.raises(FileError, match=r"net\.png"):
        write_png(picture, tmp_path / "net.png")
    assert [path.name for path in tmp_path.iterdir()] == ["net.png"]


def test_a_failing_write_leaves_the_old_file_and_nothing_else(
    picture: Picture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "net.png"
    file.write_bytes(b"old")

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", refuse)
    with pytest.raises(FileError, match=r"room|space"):
        write_png(picture, file)
    assert file.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["net.png"]


@pytest.mark.parametrize("scale", [1.0, 2.0, 3.0, 4.0, 8.0])
def test_type_has_ink_at_every_size(scale: float) -> None:
    """Qt draws no glyph run of a raw font above 64 pixels; such type is filled as outlines."""
    text = Text(10.0, 60.0, "0.5933", 44.0, "#000000", bold=True)
    image = picture_to_image(Picture(240.0, 80.0, "#ffffff", (text,)), scale)
    dark = sum(
        image.pixelColor(x, y).lightness() < 128
        for x in range(0, image.width(), 2)
        for y in range(0, image.height(), 2)
    )
    assert 0.1 < dark * 4 / (image.width() * image.height()) < 0.5


def test_one_part_is_shown_by_its_name_alone() -> None:
    document = nnviz.example("mazur")
    assert picture_of(document, show="weight") == picture_of(document, show=("weight",))
    assert picture_of(document, show="weight") != picture_of(document)


def test_frames_show_the_digits_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    walk, asked = nnviz.walkthrough(nnviz.example("mazur")), set()
    diagram = type(walk).diagram

    def noted(self: Walkthrough, index: int, show: tuple[str, ...], digits: int | None) -> Diagram:
        asked.add(digits)
        return diagram(self, index, show, digits)

    monkeypatch.setattr(type(walk), "diagram", noted)
    nnviz.write_frames(walk, tmp_path, show="weight", width=96, digits=6)
    assert asked == {6}
