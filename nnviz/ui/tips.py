"""Words of a user where Qt would read markup or shortcuts into them: tips, menus, buttons."""

from __future__ import annotations

import html
import re

from nnviz.errors import shortened

LONGEST_TIP, LONGEST_LINE = 400, 60
_LONG_WORD = re.compile(r"\S{40}")


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
    parted = _LONG_WORD.sub(lambda found: found[0] + "\u200b", told)
    return f'<p style="{style}">{html.escape(parted)}</p>'


def literal(text: str) -> str:
    """``text`` for a menu, a button or a tab, where a single ``&`` would be taken for the mark of a shortcut.

    >>> literal("Q&A")
    'Q&&A'
    """
    return text.replace("&", "&&")
