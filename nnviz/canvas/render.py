"""Pictures as images and PNG files, with or without a screen: the same picture gives the same bytes."""

from __future__ import annotations

import os
from collections.abc import Mapping

from PySide6.QtCore import QBuffer, QIODevice, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from nnviz.canvas import fonts
from nnviz.canvas.paint import paint
from nnviz.document.atomic import write_atomic
from nnviz.errors import ConfigError, FileError
from nnviz.session.picture import Picture
from nnviz.words import tr

LARGEST = 32_000
"""Longest side of an image in pixels; Qt's painters stop working at 32,767."""


def picture_to_image(picture: Picture, scale: float = 1.0, transparent: bool = False) -> QImage:
    """Draw ``picture`` at ``scale`` image pixels a picture pixel; whole, at full quality.

    Raises
    ------
    ConfigError
        If the image would have no pixel or a side of more than 32,000.
    """
    wide, high = round(picture.width * scale), round(picture.height * scale)
    if not (1 <= wide <= LARGEST and 1 <= high <= LARGEST):
        raise ConfigError(
            tr("A picture cannot have this size"),
            expected=tr("1 to {limit} pixels a side", limit=LARGEST),
            found=f"{wide} × {high}",
        )
    fonts.application()
    empty = transparent or picture.ground is None
    image = QImage(wide, high, QImage.Format.Format_ARGB32_Premultiplied if empty else QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.transparent if empty else QColor(picture.ground or "#ffffff"))
    painter = QPainter(image)
    painter.scale(wide / picture.width, high / picture.height)
    paint(painter, picture)
    painter.end()
    return image


def write_png(
    picture: Picture,
    path: str | os.PathLike[str],
    *,
    width: int | None = None,
    scale: float | None = None,
    transparent: bool = False,
    texts: Mapping[str, str] | None = None,
) -> None:
    """Write ``picture`` as a PNG, ``width`` pixels wide or ``scale`` times its size; the file is whole or untouched.

    ``texts`` are carried inside the file by keyword, for example the document that is drawn.

    Raises
    ------
    ConfigError
        If both width and scale are given, or the size is impossible.
    FileError
        If the file cannot be written there; a missing folder is named.
    """
    if width is not None and scale is not None:
        raise ConfigError(tr("A picture takes a width or a scale, not both"), found=f"width {width}, scale {scale:g}")
    factor = width / picture.width if width is not None else (1.0 if scale is None else scale)
    image = picture_to_image(picture, factor, transparent)
    for keyword, text in (texts or {}).items():
        image.setText(keyword, text)
    write_atomic(path, encoded(image))


def encoded(image: QImage) -> bytes:
    """``image`` as the bytes of a PNG."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.save(buffer, "PNG"):  # type: ignore[call-overload]  # it takes a QIODevice; the stubs know bytes only
        raise FileError(tr("The picture cannot be encoded as PNG"))
    return bytes(buffer.data().data())
