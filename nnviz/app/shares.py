"""``nnviz gradients --shares``: data loss and penalties apart, and what each adds to the derivative by every weight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnviz.errors import ConfigError
from nnviz.numbers import exact_text
from nnviz.words import tr

if TYPE_CHECKING:
    import argparse

    from nnviz.document.document import Document
    from nnviz.session.computing import Focus
    from nnviz.session.shares import Numbers, Share, Shares


def tell_shares(document: Document, focus: Focus, options: argparse.Namespace) -> None:
    """Print them as asked for; they are those of J, by every weight."""
    from nnviz.app.commands import print_json
    from nnviz.session.shares import shares

    if focus.of is not None or options.by:
        raise ConfigError(
            tr("Shares are those of J, by every weight"),
            found="--of" if focus.of is not None else "--by",
            hint=tr("Leave --of and --by out"),
        )
    found = shares(document, focus)
    if options.json:
        print_json({"loss": found.loss, **shares_json(found)})
    else:
        print_shares(found)


def shares_json(found: Shares) -> dict[str, object]:
    """All of it with all digits; ``uses`` tells what each edge, or of a bias each node, adds to the data's share."""
    return {
        "penalty": {"l1": found.l1, "l2": found.l2, "total": found.penalty},
        "shares": {key: _share_json(share) for key, share in found.items()},
    }


def _share_json(share: Share) -> dict[str, object]:
    from nnviz.app.commands import plain

    parts = {"data": share.data, "l1": share.l1, "l2": share.l2, "penalty": share.penalty, "total": share.total}
    told: dict[str, object] = {name: plain(numbers) for name, numbers in parts.items()}
    return told | {"uses": {user: plain(numbers) for user, numbers in share.uses.items()}}


def print_shares(found: Shares) -> None:
    """The same in words: one line a part, of arrays a line a row; penalties that cost nothing are left out."""
    l1, l2 = exact_text(found.l1), exact_text(found.l2)
    print(tr("J of the data = {loss}", loss=exact_text(found.loss)))
    print(tr("penalty = {penalty} (L1 {l1}, L2 {l2})", penalty=exact_text(found.penalty), l1=l1, l2=l2))
    for key, share in found.items():
        print(key)
        _print_part(tr("from the data"), share.data)
        if len(share.uses) > 1:
            for user, numbers in share.uses.items():
                _print_part("  " + tr("by {user}", user=user), numbers)
        if found.l1:
            _print_part(tr("from L1"), share.l1)
        if found.l2:
            _print_part(tr("from L2"), share.l2)
        if found.penalty:
            _print_part(tr("in all"), share.total)


def _print_part(words: str, numbers: Numbers) -> None:
    rows = numbers.reshape(-1, numbers.shape[-1])
    for place, row in enumerate(rows):
        told = (exact_text(float(number) + 0.0) for number in row)  # −0 as 0
        print(f"  {words if place == 0 else '':16} " + "  ".join(told))
