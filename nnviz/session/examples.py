"""The examples that travel with the program."""

from __future__ import annotations

from pathlib import Path

from nnviz import resources
from nnviz.document.document import Document
from nnviz.document.files import open_document
from nnviz.errors import ConfigError
from nnviz.words import one_of, tr


def example_names() -> list[str]:
    """Their names, in order."""
    return resources.names("examples", ".nnviz")


def example_path(name: str) -> Path:
    """The file of an example.

    Raises
    ------
    ConfigError
        If there is none of that name; the message lists them.
    """
    known = example_names()
    if name not in known:
        raise ConfigError(tr("There is no such example"), expected=one_of(known), found=repr(name))
    return resources.path("examples", f"{name}.nnviz")


def example(name: str) -> Document:
    """Open an example: ``mazur``, ``pass``, ``xor``, ``iris`` or ``bars``."""
    return open_document(example_path(name))
