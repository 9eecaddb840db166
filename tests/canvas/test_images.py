"""Approved images: what was looked at and found good is what is drawn now.

Run with ``NNVIZ_APPROVE=1`` to approve the present drawing, after looking at it. On failure the new image and a picture
of the difference stay beside pytest's other temporary files; the message names them.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from nnviz.canvas.fonts import FontMeasure
from nnviz.canvas.render import encoded, picture_to_image, write_png
from nnviz.session.diagram import Diagram
from nnviz.session.placement import place
from nnviz.session.style import style
from tests.session import diagrams

APPROVED = Path(__file__).parents[1] / "images"
WIDTH = 640
TOLERANCE = 0.6
"""Mean difference of a colour channel, of 255: other versions of Qt smooth edges a little differently."""
FAR, FAR_SHARE = 64, 0.002
"""Share of the pixels that may differ by more than 64: a moved or missing line is more than that."""

CASES: dict[str, tuple[Diagram, str]] = {
    "mazur-slides": (diagrams.mazur(), "slides"),
    "step-dark": (diagrams.backward_step(diagrams.mazur(), ("h1", "o1", "J"), ("w5", "o1-J")), "dark"),
    "skip-print": (diagrams.skipping(), "print"),
    "boxes-light": (diagrams.boxes(), "light"),
}


def pixels(image: QImage) -> NDArray[np.int16]:
    """An image as (height, width, 3)."""
    plain = image.convertToFormat(QImage.Format.Format_RGB32)
    flat = np.frombuffer(plain.constBits(), dtype=np.uint8).reshape(plain.height(), plain.width(), 4)
    return flat[:, :, :3].astype(np.int16)


def difference(a: QImage, b: QImage) -> NDArray[np.int16]:
    return np.abs(pixels(a) - pixels(b))


@pytest.mark.parametrize("name", CASES)
def test_the_picture_looks_as_approved(name: str, tmp_path: Path) -> None:
    diagram, look = CASES[name]
    picture = place(diagram, style(look), FontMeasure())
    approved = APPROVED / f"{name}.png"
    if os.environ.get("NNVIZ_APPROVE"):
        write_png(picture, approved, width=WIDTH)
    now, then = picture_to_image(picture, WIDTH / picture.width), QImage(str(approved))
    assert (now.width(), now.height()) == (then.width(), then.height())
    apart = difference(now, then)
    kept = tmp_path / f"{name}-now.png", tmp_path / f"{name}-difference.png"
    if apart.mean() > TOLERANCE or (apart.max(axis=2) > FAR).mean() > FAR_SHARE:
        kept[0].write_bytes(encoded(now))
        shown = np.ascontiguousarray(255 - apart.max(axis=2).astype(np.uint8))
        grey = QImage(shown.data, shown.shape[1], shown.shape[0], shown.shape[1], QImage.Format.Format_Grayscale8)
        kept[1].write_bytes(encoded(grey))
        pytest.fail(f"mean difference {apart.mean():.2f}: {kept[0]} is not {approved}, see {kept[1]}", pytrace=False)


def test_a_change_of_one_digit_is_noticed() -> None:
    diagram = diagrams.mazur()
    first = diagram.edges[0]
    other = diagrams.weight("w1", "x1", "h1", 1, 0.15, "0.7500", "+0.000439")
    changed = Diagram(diagram.nodes, (other, *diagram.edges[1:]), diagram.headings, diagram.legend, diagram.small_print)
    images = [
        picture_to_image(place(each, style("slides"), FontMeasure()), WIDTH / 1920) for each in (diagram, changed)
    ]
    assert first.labels != other.labels
    assert (difference(*images).max(axis=2) > FAR).any()
