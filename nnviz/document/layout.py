"""JSON laid out for people: one node, edge or parameter a line, short things on one line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

WIDTH = 120

_NESTS = (dict, list, tuple)


def laid_out(tree: dict[str, Any]) -> bytes:
    """The JSON of ``tree`` in UTF-8, ending in a newline.

    The top stands one field a line; lists of objects one object a line; what holds only numbers and texts on one line
    however long; all else on one line where it fits.
    """
    parts = [f"  {_text(key)}: {_block(value, 2)}" for key, value in tree.items()]
    return ("{\n" + ",\n".join(parts) + "\n}\n").encode()


def _block(value: Any, indent: int) -> str:
    """``value`` as it stands ``indent`` columns from the left; later lines carry their own indentation."""
    if not any(isinstance(child, _NESTS) for child in _children(value)):
        return _text(value)
    if not _is_list_of_objects(value):
        line = _line(value, WIDTH - indent)
        if line is not None:
            return line
    inner = indent + 2
    if isinstance(value, dict):
        parts = [f"{_text(key)}: {_block(child, inner)}" for key, child in value.items()]
    else:
        parts = [_block(child, inner) for child in value]
    begin, end = "{}" if isinstance(value, dict) else "[]"
    margin = "\n" + " " * inner
    return begin + margin + ("," + margin).join(parts) + "\n" + " " * indent + end


def _children(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, _NESTS) else ()


def _is_list_of_objects(value: Any) -> bool:
    return isinstance(value, list | tuple) and any(isinstance(child, dict) for child in value)


def _line(value: Any, width: int) -> str | None:
    """``value`` on one line, if it fits and holds no list of objects."""
    if _weight(value, width) > width:
        return None
    text = _text(value)
    return text if len(text) <= width else None


def _weight(value: Any, width: int) -> int:
    """At least so many characters ``value`` takes, counted only until it is too many."""
    if _is_list_of_objects(value):
        return width + 1
    if not isinstance(value, _NESTS):
        return 1
    total = 2
    for child in _children(value):
        total += 2 + _weight(child, width)
        if total > width:
            break
    return total


def _text(value: Any) -> str:
    """``value`` on one line, with a space behind each comma and colon."""
    return msgspec.json.format(msgspec.json.encode(value), indent=0).decode()
