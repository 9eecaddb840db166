"""The one door through which every word a user reads passes, so that it can be translated there."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def tr(text: str, **fields: object) -> str:
    """Give ``text`` in the user's language, its ``{fields}`` filled in.

    The English sentence is the key. There is one language so far; the door stands so that no sentence has to be found
    again.

    >>> tr("{count} of {total} labels shown", count=18, total=64)
    '18 of 64 labels shown'
    """
    return text.format(**fields) if fields else text


def one_of(names: Iterable[str]) -> str:
    """What is expected where some names are known; of a single one that name, of none nothing.

    >>> one_of(["x1", "x2"]), one_of(["x1"])
    ('one of x1, x2', 'x1')
    """
    known = list(names)
    if not known:
        return ""
    return known[0] if len(known) == 1 else tr("one of {names}", names=", ".join(known))


def meant(name: str, known: Iterable[str]) -> str:
    """The hint that a slip of the finger wants: the known name that is nearest; empty where none is near.

    >>> meant("optimiser", ["epochs", "optimizer"]), meant("colour", ["epochs"])
    ('Perhaps optimizer was meant', '')
    """
    close = get_close_matches(name, list(known), 1)
    return tr("Perhaps {name} was meant", name=close[0]) if close else ""


def counted(number: int, one: str, several: str) -> str:
    """A number of things with their word, which is another for a single one.

    >>> counted(1, "node", "nodes"), counted(1200, "update", "updates")
    ('1 node', '1,200 updates')
    """
    return f"{number:,} {one if number == 1 else several}"
