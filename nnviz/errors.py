"""Errors of our own: each tells what went wrong, where, what was expected, what was found and what to do.

A user never sees a traceback. The command line prints ``str(error)`` and ends with code 2; the window shows the same
sentence. Where an error belongs to something drawn, ``ids`` names the nodes or edges, so that a view can go there.
"""

from __future__ import annotations

from nnviz import hints


class NnvizError(Exception):
    """The base of all refusals.

    Parameters
    ----------
    what : the refusal in one sentence, without a final full stop.
    where : the place: a file with line, a path inside a document, a node, a column.
    expected, found : what was wanted and what stood there instead, shortened for display.
    hint : what the user can do about it; :class:`~nnviz.hints.Means` where that is not the same everywhere.
    ids : the nodes and edges concerned.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str = "",
        expected: str = "",
        found: str = "",
        hint: str | hints.Means = "",
        ids: tuple[str, ...] = (),
    ) -> None:
        self.what = what
        self.where = where
        self.expected = expected
        self.found = found
        self._hint = hint
        self.ids = ids
        super().__init__(what)

    @property
    def hint(self) -> str:
        """What the user can do about it, said for where it is read."""
        return hints.told(self._hint)

    def __str__(self) -> str:
        parts = [self.what + (f" ({self.where})" if self.where else "")]
        if self.expected:
            parts.append(f"Expected {self.expected}" + (f", found {shortened(self.found)}" if self.found else ""))
        elif self.found:
            parts.append(f"Found {shortened(self.found)}")
        if self.hint:
            parts.append(self.hint)
        return ". ".join(part.rstrip(".") for part in parts) + "."


class FileError(NnvizError):
    """A file cannot be read or written: missing, unreadable, no permission, no room."""


class FormatError(NnvizError):
    """A file was read but is not what it should be: torn, of another type, too new, too large."""


class GraphError(NnvizError):
    """A network cannot be computed as drawn: a cycle, nothing connected, no loss, no input."""


class ShapeError(GraphError):
    """Two things that meet do not fit in size."""


class DataError(NnvizError):
    """A table cannot be used: no such column, text among numbers, gaps, empty."""


class ConfigError(NnvizError, ValueError):
    """A setting lies outside its allowed range or names something unknown.

    It is a ``ValueError`` too, so that the reader of files (msgspec) adds the place at which it met the setting.
    """


class DivergedError(NnvizError):
    """A run met a number that is not finite; it names step, rate and the first node that made it."""


class SetupError(NnvizError):
    """The installation cannot work: a package is missing or two versions do not go together."""


def shortened(text: str, limit: int = 120) -> str:
    """``text`` on one line and at most ``limit`` characters, for a message."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"
