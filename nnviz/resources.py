"""Finds the files that travel with the program: icons, fonts, styles, examples, data sets.

One rule for all three ways to run: a frozen application unpacks them beside its modules, an installed wheel carries
them inside the package, a checkout has them beside it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from nnviz.errors import FileError
from nnviz.words import tr

_PACKAGE = Path(__file__).resolve().parent


def root() -> Path:
    """The folder that holds all resources."""
    frozen = getattr(sys, "_MEIPASS", None)
    places = [Path(frozen) / "nnviz" / "_resources"] if frozen else []
    places += [_PACKAGE / "_resources", _PACKAGE.parent / "resources"]
    for place in places:
        if place.is_dir():
            return place
    raise FileError(
        tr("The files that belong to nnviz are missing"),
        where=str(places[-1]),
        hint=tr("Install nnviz again"),
    )


def path(*parts: str) -> Path:
    """The path of one resource, for example ``path("examples", "xor.nnviz")``.

    Raises
    ------
    FileError
        If there is no such file; the message names the place that was searched.
    """
    found = root().joinpath(*parts)
    if not found.exists():
        raise FileError(tr("A file that belongs to nnviz is missing"), where=str(found), hint=tr("Install nnviz again"))
    return found


def names(folder: str, suffix: str) -> list[str]:
    """The names without suffix of the resources in ``folder``, in order, for example the examples."""
    return sorted(file.stem for file in path(folder).iterdir() if file.suffix == suffix)
