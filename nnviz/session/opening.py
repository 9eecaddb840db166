"""Opens a document together with the table that lies beside it."""

from __future__ import annotations

import os

from nnviz.document.document import Document
from nnviz.document.files import open_document
from nnviz.document.tables import load_table


def open_whole(path: str | os.PathLike[str]) -> Document:
    """Open a ``.nnviz`` file, and its table where that lies in a file beside it (tables above 1 MiB do).

    The table is taken only if its size and SHA-256 are those the document was saved with.

    Raises
    ------
    FileError
        If the file or its table is missing or cannot be read.
    FormatError
        If either is not what it should be; the message names file and place.
    """
    return load_table(open_document(path), path)
