"""All edits: frozen values with ``apply(document) -> document`` and a ``title`` for the undo menu.

Lessons, macros, the crash journal and the property tests are lists of these values. An edit that changes nothing gives
back the very same document; one that is not possible raises a named error and changes nothing.
"""

from __future__ import annotations

from nnviz.document.acts import Act
from nnviz.document.codec import Reader, to_json
from nnviz.document.document import Document
from nnviz.document.expression_edits import OpenExpression
from nnviz.document.graph_edits import (
    AddNode,
    Connect,
    Move,
    RemoveParts,
    Rename,
    SetOptions,
    ShareWeight,
    free,
    new_edge,
    new_node,
)
from nnviz.document.value_edits import (
    AddNote,
    ApplyRun,
    ChangeNote,
    ForgetTraining,
    Initialise,
    RemoveGroup,
    RemoveNote,
    SetConventions,
    SetData,
    SetGroup,
    SetParameter,
    SetSeed,
    SetStatistics,
    SetTitle,
    SetTraining,
)
from nnviz.words import tr

__all__ = [
    "Act",
    "AddNode",
    "AddNote",
    "ApplyRun",
    "ChangeNote",
    "Connect",
    "Edit",
    "ForgetTraining",
    "Initialise",
    "Move",
    "OpenExpression",
    "RemoveGroup",
    "RemoveNote",
    "RemoveParts",
    "Rename",
    "SetConventions",
    "SetData",
    "SetGroup",
    "SetOptions",
    "SetParameter",
    "SetSeed",
    "SetStatistics",
    "SetTitle",
    "SetTraining",
    "ShareWeight",
    "Together",
    "edit_from_json",
    "edit_to_json",
    "free",
    "new_edge",
    "new_node",
]


class Together(Act, frozen=True):
    """Several edits as one act, in order: all of them or, if one is not possible, none."""

    edits: tuple[Edit, ...]
    name: str = ""

    @property
    def title(self) -> str:
        """What the undo menu calls it: its name, or the first edit's title and how many follow."""
        if self.name or not self.edits:
            return self.name or tr("Nothing")
        first = self.edits[0].title
        if len(self.edits) == 1:
            return first
        return tr("{title} and {count} more", title=first, count=len(self.edits) - 1)

    def _changed(self, document: Document) -> Document:
        for edit in self.edits:
            document = edit.apply(document)
        return document


Edit = (
    AddNode
    | RemoveParts
    | Connect
    | SetOptions
    | OpenExpression
    | Rename
    | ShareWeight
    | Move
    | SetParameter
    | Initialise
    | ApplyRun
    | ForgetTraining
    | SetData
    | SetTraining
    | SetConventions
    | SetSeed
    | SetStatistics
    | SetTitle
    | AddNote
    | ChangeNote
    | RemoveNote
    | SetGroup
    | RemoveGroup
    | Together
)
"""Every edit; in JSON the field ``edit`` tells which."""

_READER: Reader[Edit] = Reader(Edit)


def edit_to_json(edit: Edit) -> bytes:
    """An edit as JSON on one line.

    Raises
    ------
    FormatError
        If a text in it holds half of a character.
    """
    return to_json(edit)


def edit_from_json(data: bytes, where: str) -> Edit:
    """The edit that stands in ``data``; whether it is possible shows when it is applied.

    Raises
    ------
    FormatError
        If it is no edit; with its place.
    """
    return _READER.read(data, where)
