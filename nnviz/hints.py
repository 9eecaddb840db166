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


# Where there is no data, or not all of it

NO_DATA = Means(
    window=tr("Choose a table, or type one example"),
    command=tr(
        "Give a row to steps, render, gradients or tangents, such as --inputs '2 3' (with --of NODE for derivatives),"
        " or a table: nnviz train FILE --csv TABLE --target COLUMN"
    ),
    library=tr(
        "Give it a table, nnviz.use_data(document, table, target=…); or a row, nnviz.Focus('typed', values=(2, 3))"
    ),
)
NO_TABLE = Means(
    window=NO_DATA.window,
    command=tr("Give a table: --csv TABLE --target COLUMN"),
    library=tr("Give it a table: nnviz.use_data(document, table, target=…)"),
)
NO_COLUMN = Means(
    window=tr("Choose its columns in the data settings"),
    command=tr(
        "Give its columns with a table: nnviz train FILE --csv TABLE --target COLUMN; or choose them in the window"
    ),
    library=tr("Give its columns: nnviz.use_data(document, table, target=…)"),
)
NO_TARGETS = Means(
    window=tr("Type the data, a row for each example, or choose an example; or differentiate a node"),
    command=tr("Leave --inputs out to take an example of the data, or differentiate a node with --of NODE"),
    library=tr("Take a focus on an example of the data, or differentiate a node with of=…"),
)
NO_SPLIT = Means(
    window=tr("Split the data, or switch early stopping off"),
    command=tr("Split the data with --validation 0.2, or leave --patience out"),
    library=tr("Split the data with nnviz.use_data(…, validation=0.2), or train with early_stopping=None"),
)
NO_CLASSES = Means(
    window=tr("Choose a class column, or split at random"),
    command=tr("Choose a --target of classes, or --split random"),
    library=tr('Choose a target of classes, or split="random"'),
)

# Where the columns of a table are dealt

NAME_TARGET = Means(
    window=tr("Choose the columns in the data settings"),
    command=tr("Name the column to learn: --target COLUMN"),
    library=tr('Name the column to learn: target="…"'),
)
OTHER_CLASSES = Means(
    window=tr("Choose the columns in the data settings"),
    command=tr("Write the classes alike, or name the column with --target, and units get its classes in their order"),
    library=tr('Write the classes alike, or name the column with target="…", and units get its classes in their order'),
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

# Where the network lacks something

NO_INPUT = Means(
    window=tr("Add an input"),
    command=tr("Add one in the window (nnviz window FILE), or make a network: nnviz new 2-3-1 -o my.nnviz"),
    library=tr("Make a network with its inputs: nnviz.new('2-3-1')"),
)
NO_LOSS = Means(
    window=tr("Add one, for example Squared error, and connect the outputs to it; or name a node to be differentiated"),
    command=tr("Add one in the window (nnviz window FILE); or differentiate a node: nnviz gradients FILE --of NODE"),
    library=tr("Make a network with its loss, nnviz.new; or name a node to be differentiated, of=…"),
)
