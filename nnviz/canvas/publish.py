"""Jobs that need pictures, for window and command line alike: a network, a walkthrough as frames, a loss curve."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from nnviz.canvas.fonts import FontMeasure
from nnviz.canvas.render import write_png
from nnviz.document.atomic import check_suffix
from nnviz.document.document import Document
from nnviz.learning.settings import Run
from nnviz.session.annotations import Annotator
from nnviz.session.computing import Focus, forward, needs_no_data
from nnviz.session.drawing import SHOW, check_show, draw
from nnviz.session.picture import Picture
from nnviz.session.placement import place, place_frames
from nnviz.session.plots import loss_plot, plot_picture
from nnviz.session.style import style as style_of
from nnviz.session.walkthrough import Walkthrough

FRAME = (1920, 1080)


def picture_of(
    document: Document,
    *,
    show: Sequence[str] = SHOW,
    style: str = "slides",
    focus: Focus | None = None,
    frame: tuple[int, int] = FRAME,
    digits: int | None = None,
) -> Picture:
    """The picture of a network at a focus; without data and a row its weights stand there and all else is a dash.

    Raises
    ------
    GraphError, ShapeError, ConfigError
        What keeps the network from being computed.
    """
    return picture_of_numbers(_annotator(document, focus, digits), show, style, frame)


def picture_of_numbers(
    annotator: Annotator, show: Sequence[str] = SHOW, style: str = "slides", frame: tuple[int, int] = FRAME
) -> Picture:
    """The picture of numbers that have been computed already, as a window shows them."""
    return place(draw(annotator, show), style_of(style), FontMeasure(), *frame)


def _annotator(document: Document, focus: Focus | None, digits: int | None) -> Annotator:
    typed = focus is not None and focus.rows == "typed"
    trace = forward(document, focus) if typed or document.data is not None or needs_no_data(document) else None
    document.plan  # noqa: B018  (a network that cannot be computed is refused, with or without data)
    return Annotator(document, trace, digits=digits)


def render(
    document: Document,
    path: str | os.PathLike[str],
    *,
    show: Sequence[str] = SHOW,
    style: str = "slides",
    focus: Focus | None = None,
    width: int | None = None,
    scale: float | None = None,
    transparent: bool = False,
    digits: int | None = None,
) -> None:
    """Write the picture of a network as a PNG: whole, 16:9, at the type sizes of its style.

    Parameters
    ----------
    document : what to draw.
    path : where to; replaced in one step or left as it was.
    show : the parts to show, or one of them, see :data:`nnviz.session.drawing.PARTS`.
    style : one of the styles in ``resources/styles``. Default slides.
    focus : which rows the numbers belong to. Default example 1.
    width, scale : pixels of the image, or a factor on 1920; one of them.
    transparent : no ground.
    digits : significant digits of every number, 2 to 17 (all). Default 4 of values and 3 of gradients.

    Raises
    ------
    FileError
        If the file cannot be written, or its name ends in another way than .png.
    GraphError, ShapeError, ConfigError, DataError
        What keeps the network from being drawn.
    """
    check_suffix(path, ".png")
    picture = picture_of(document, show=show, style=style, focus=focus, digits=digits)
    write_png(picture, path, width=width, scale=scale, transparent=transparent)


def write_frames(
    walk: Walkthrough,
    folder: str | os.PathLike[str],
    *,
    style: str = "slides",
    show: Sequence[str] = SHOW,
    width: int | None = None,
    digits: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Path]:
    """Write every step of a walkthrough as a numbered PNG; all have one frame, so that slides do not jump.

    Raises
    ------
    FileError
        If a file cannot be written.
    """
    places = max(2, len(str(len(walk.steps))))
    diagrams = [walk.diagram(index, check_show(show), digits) for index in range(len(walk.steps))]
    pictures = place_frames(diagrams, style_of(style), FontMeasure(), *FRAME)
    written = []
    for number, (step, picture) in enumerate(zip(walk.steps, pictures, strict=True), 1):
        path = Path(folder) / f"step-{number:0{places}}-{step.phase}.png"
        write_png(picture, path, width=width)
        written.append(path)
        progress(number, len(walk.steps))
    return written


def write_loss_curve(
    run: Run, path: str | os.PathLike[str], *, title: str = "", style: str = "slides", width: int | None = None
) -> None:
    """Write training and validation loss of a run as a PNG.

    Raises
    ------
    FileError
        If the file cannot be written, or its name ends in another way than .png.
    """
    check_suffix(path, ".png")
    write_png(plot_picture(loss_plot(run, title), style_of(style), FontMeasure(), *FRAME), path, width=width)
