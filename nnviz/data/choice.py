"""Which data a network learns from: a table, what goes to which node, and how rows are split."""

from __future__ import annotations

from typing import Literal

import msgspec

from nnviz.data.table import Table
from nnviz.errors import ConfigError, shortened
from nnviz.words import tr


class TableFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="file", tag_field="where"):
    """A table too large to embed: looked for beside the document, and taken only if size and SHA-256 agree."""

    file: str
    size: int
    sha256: str


class Split(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How rows are parted into training, validation and test.

    Parameters
    ----------
    kind : ``"none"`` (all rows train), ``"random"``, or ``"stratified"`` (each class keeps its share).
    validation, test : shares of the rows, each in [0, 1), together below 1. Defaults 0.2 and 0.
    by : the class column whose shares are kept; empty takes the first target that has classes.
    """

    kind: Literal["none", "random", "stratified"] = "none"
    validation: float = 0.2
    test: float = 0.0
    by: str = ""

    def __post_init__(self) -> None:
        if not (0 <= self.validation < 1 and 0 <= self.test < 1 and self.validation + self.test < 1):
            raise ConfigError(
                tr("The parts of a split are out of range"),
                expected=tr("shares from 0 to below 1 that leave rows for training"),
                found=f"{self.validation} + {self.test}",
            )


class DataChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The data of a document.

    ``inputs`` gives for each input node, ``targets`` for each loss node, the names of the columns that fill it.
    """

    table: Table | TableFile
    inputs: dict[str, tuple[str, ...]] = {}
    targets: dict[str, tuple[str, ...]] = {}
    split: Split = Split()

    def __repr__(self) -> str:
        columns = ((tr("inputs"), self.inputs), (tr("targets"), self.targets))
        told = [f"{word} {', '.join(name for names in each.values() for name in names)}" for word, each in columns]
        split = tr("no split") if self.split.kind == "none" else f"{self.split.kind} {self.split.validation:g}"
        return f"<DataChoice: {'; '.join(map(shortened, [*told, split]))}\n  {self.table!r}>"
