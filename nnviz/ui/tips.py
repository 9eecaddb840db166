"""Words of a user where Qt would read markup or shortcuts into them: tips, menus, buttons."""

from __future__ import annotations

import html
import re

from nnviz.errors import shortened

LONGEST_TIP, LONGEST_LINE = 400, 60
_LONG_WORD = re.compile(r"\S{24,}")
_PIECE = re.compile(r".{12}")


def plain_tip(text: str) -> str:
    """``text`` as a tip that shows every character as it stands, wrapped and no longer than a screen can hold.

    >>> plain_tip("<img src=x>")
    '<qt><p style="margin:0;white-space:pre">&lt;img src=x&gt;</p></qt>'
    """
    if not text:
        return ""
    return "<qt>" + "".join(map(_line, text.splitlines())) + "</qt>"


def _line(text: str) -> str:
    """One paragraph; a short one does not wrap, in a long one even words without an end do."""
    told = shortened(text, LONGEST_TIP)
    style = "margin:0" if len(told) > LONGEST_LINE else "margin:0;white-space:pre"
    return f'<p style="{style}">{html.escape(breakable(told))}</p>'


def breakable(text: str) -> str:
    """``text`` for a place that wraps it: a word that is longer than any such place may be parted."""
    return _LONG_WORD.sub(lambda word: _PIECE.sub("\\g<0>\u200b", word[0]), text)


def literal(text: str) -> str:
    """``text`` for a menu, a button or a tab, where a single ``&`` would be taken for the mark of a shortcut.

    >>> literal("Q&A")
    'Q&&A'
    """
    return text.replace("&", "&&")
