"""``nnviz demo``: what nnviz does, in one go, without a window: draw, step, train, save, plot."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from nnviz.errors import FileError
from nnviz.words import tr

if TYPE_CHECKING:
    from nnviz.document.document import Document


def add(commands: object) -> None:
    """Add the command to the parser."""
    from nnviz.app.commands import command

    words = tr("draw and step the 2-2-2 network, train Iris, and list the files")
    parser = command(commands, "demo", words, run, "nnviz demo -o out")
    parser.add_argument("-o", "--output-folder", default="out", metavar="FOLDER", help=tr("default out"))


def run(options: argparse.Namespace) -> None:
    """Write everything into the folder, and tell what was written."""
    from nnviz.session.examples import example

    folder = made_folder(options.output_folder)
    written = [*_worked_example(example("mazur"), folder), *_iris(example("iris"), folder)]
    print(tr("\nIn {folder}:", folder=folder))
    for path in written:
        print(f"  {path.name:28} {path.stat().st_size / 1024:7.0f} KiB")


def made_folder(name: str) -> Path:
    """The folder, made if need be.

    Raises
    ------
    FileError
        If it cannot be made.
    """
    folder = Path(name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(tr("The folder cannot be made"), where=name, found=error.strerror or str(error)) from error
    return folder


def _worked_example(document: Document, folder: Path) -> list[Path]:
    from nnviz.canvas.publish import render, write_frames
    from nnviz.session.computing import forward
    from nnviz.session.walkthrough import walkthrough

    for old in folder.glob("step-*.png"):
        old.unlink()  # frames of an earlier run that may have had more steps
    print(tr("{title}: J = {loss}", title=document.title, loss=forward(document).loss))
    render(document, folder / "mazur.png")
    frames = write_frames(walkthrough(document), folder)
    print(tr("{n} steps drawn", n=len(frames)))
    return [folder / "mazur.png", *frames]


def _iris(document: Document, folder: Path) -> list[Path]:
    from nnviz.app.training import train_with_progress
    from nnviz.canvas.publish import render, write_loss_curve
    from nnviz.document.files import save_document

    result = train_with_progress(document)
    paths = [folder / "iris-trained.nnviz", folder / "iris-loss.png", folder / "iris.png"]
    save_document(result.document, paths[0])
    write_loss_curve(result.run, paths[1], title=tr("Iris 4-8-3"))
    render(result.document, paths[2])
    return paths
