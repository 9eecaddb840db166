"""A look over the bytes of a JSON text before it is parsed.

A JSON parser accepts what no document of ours may hold: the same key twice (the last one silently wins), thousands of
levels, NaN, 1e999. One pass of a regular expression over strings, brackets and conspicuous numbers refuses these, and
says line and column. Whether the text is JSON at all is left to the parser.
"""

from __future__ import annotations

import math
import re
from typing import Final

import msgspec

from nnviz.errors import FormatError
from nnviz.words import tr

MAX_DEPTH: Final = 64
MAX_PIECES: Final = 3_000_000
"""How many brackets, keys and long numbers there may be, and half as many as commas: more than any network of ours."""

MAX_WHOLE: Final = 2**64 - 1

_STRING = rb'"(?:[^"\\]++|\\.)*+"'
_DULL_NUMBER = rb"-?+\d{1,18}+(?:\.\d*+)?+(?:[eE](?:-\d++|\+?\d{1,2}+))?+(?![\d.eE+-])"  # below 1e18 · 1e99
_DULL = rb"(?:[^\"{}\[\]NI0-9-]++|" + _DULL_NUMBER + rb"|" + _STRING + rb"(?!\s*+:))*"
# not *+ at its end: in Python 3.11.2 such a loop went on although its look-ahead had failed
_TOKEN = re.compile(
    _DULL + rb"(?:([{}\[\]])"  # 1 a bracket
    rb"|(" + _STRING + rb")\s*+:"  # 2 a key
    rb"|(-?\d[\d.eE+-]*+|-?(?:NaN|Infinity)(?![A-Za-z]))"  # 3 a number that may be too large, or none
    rb'|(")|[NI-]|\Z)',  # 4 a string without end; what else the parser will refuse
    re.DOTALL,
)


def scan(data: bytes, where: str) -> None:
    """Refuse JSON text that is too deep, repeats a key, or holds a number that is none.

    Raises
    ------
    FormatError
        With line and column.
    """
    if data.count(b",") > 2 * MAX_PIECES:
        raise _too_many(where)
    open_keys: list[set[bytes] | None] = []  # for each open bracket: the keys seen in an object, None for a list
    for pieces, token in enumerate(_TOKEN.finditer(data)):
        kind = token.lastindex
        if kind == 1:
            bracket = token[1]
            if bracket == b"{" or bracket == b"[":
                open_keys.append(set() if bracket == b"{" else None)
                if len(open_keys) > MAX_DEPTH:
                    raise _too_deep(_place(token, data, where))
            elif open_keys:
                open_keys.pop()
        elif kind == 2:
            keys = open_keys[-1] if open_keys else None
            if keys is not None:
                _take_key(token, keys, data, where)
        elif kind == 3:
            _check_number(token, data, where)
        elif kind == 4:
            return  # going on behind each quotation mark would take for ever
        if pieces > MAX_PIECES:
            raise _too_many(where)


def line_and_column(data: bytes, offset: int) -> str:
    r"""Where ``offset`` lies, counted from 1, for a message.

    >>> line_and_column(b"{\n  no", 4)
    'line 2, column 3'
    """
    start = data.rfind(b"\n", 0, offset) + 1
    column = len(data[start:offset].decode("utf-8", "replace")) + 1
    return tr("line {line}, column {column}", line=data.count(b"\n", 0, offset) + 1, column=column)


def _take_key(token: re.Match[bytes], keys: set[bytes], data: bytes, where: str) -> None:
    key = token[2] if b"\\" not in token[2] else _unescaped(token[2])
    if key in keys:
        raise FormatError(
            tr("The same key stands twice in one object"),
            where=_place(token, data, where),
            expected=tr("every key once"),
            found=key.decode("utf-8", "replace"),
            hint=tr("Remove one of the two"),
        )
    keys.add(key)


def _unescaped(key: bytes) -> bytes:
    """A key without its escapes, which may hide that two are the same."""
    try:
        return msgspec.json.encode(msgspec.json.decode(key, type=str))
    except (msgspec.DecodeError, UnicodeError):
        return key  # the parser will refuse it


def _check_number(token: re.Match[bytes], data: bytes, where: str) -> None:
    text = token[3].decode("ascii", "replace")
    try:
        finite = math.isfinite(float(text))
    except ValueError:
        return  # the parser will refuse it
    digits = text.lstrip("-")
    if not finite or (digits.isdigit() and (len(digits) > 20 or int(digits) > MAX_WHOLE)):
        raise FormatError(
            tr("This number cannot be used"),
            where=_place(token, data, where),
            expected=tr("a finite number, or a whole number up to {limit}", limit=MAX_WHOLE),
            found=text[:80],
            hint=tr("Put a finite number there"),
        )


def _place(token: re.Match[bytes], data: bytes, where: str) -> str:
    return f"{where}, {line_and_column(data, token.start(token.lastindex or 0))}"


def _too_deep(place: str) -> FormatError:
    return FormatError(
        tr("The file is nested too deeply"),
        where=place,
        expected=tr("at most {limit} levels", limit=MAX_DEPTH),
        found=tr("{limit} levels or more", limit=MAX_DEPTH + 1),
        hint=tr("This is no document made by nnviz: take another file"),
    )


def _too_many(where: str) -> FormatError:
    return FormatError(
        tr("The file has too many parts"),
        where=where,
        expected=tr("at most {limit:,} brackets and keys, {commas:,} commas", limit=MAX_PIECES, commas=2 * MAX_PIECES),
        found=tr("more"),
        hint=tr("Draw layers instead of single neurons"),
    )
