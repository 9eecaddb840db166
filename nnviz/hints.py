"""What can be done about a refusal where that is not the same in the window, on the command line and in Python.

The means stand here together, so that none of the three is told of a control, an option or a function that it has not.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, NamedTuple

from nnviz.words import tr

Place = Literal["window", "command", "library"]


class Means(NamedTuple):
    """What to do, said for each place."""

    window: str
    command: str
    library: str


_place: Place = "library"


@contextmanager
def read_in(place: Place) -> Iterator[None]:
    """Within, hints are those for that place; everywhere else for the library. One process is read in one place."""
    global _place  # asked when an error is shown, by whatever thread
    before, _place = _place, place
    try:
        yield
    finally:
        _place = before


def told(hint: str | Means) -> str:
    """A hint as it is said where this process is read."""
    return hint if isinstance(hint, str) else getattr(hint, _place)


NAME_TARGET = Means(
    window=tr("Choose the columns in the data settings"),
    command=tr("Name the column to learn: --target COLUMN"),
    library=tr('Name the column to learn: target="…"'),
)
FIT_INPUTS = Means(
    window=tr("Choose the columns in the data settings"),
    command=tr("Name the columns to learn from with --inputs, or take a network of that size with --network"),
    library=tr(
        "Name the columns to learn from with inputs=[…], or make a network of that size with nnviz.new; classes need"
        " one input of several units (perceptrons=False)"
    ),
)
FIT_TARGET = Means(
    window=tr("Choose the columns in the data settings"),
    command=tr(
        "Choose another --target, or a network of that size with --network; a number fills one unit, texts are classes"
    ),
    library=tr(
        "Choose another target, or make a network of that size with nnviz.new; a number fills one unit, texts are"
        " classes"
    ),
)
