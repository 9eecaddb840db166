"""Writes the tables of ``docs/conventions.md`` that are told by the rows of the engine, each between two marks.

``python packaging/conventions.py`` writes them, a test compares, so that they cannot drift. What stands between
``<!-- name -->`` and ``<!-- /name -->`` is made here; all else is written by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from nnviz.engine.initialisers import DRAWINGS
from nnviz.engine.optimizers import RULES, Choice, Row
from nnviz.engine.penalties import PENALTIES
from nnviz.engine.registry import OPERATIONS
from nnviz.learning.clipping import Clip
from nnviz.learning.schedules import SCHEDULES, WarmUp
from nnviz.lowering.kinds import KINDS
from nnviz.numbers import exact_text

PAGE = Path(__file__).parents[1] / "docs" / "conventions.md"
HEADS = ("what it does", "formula", "defaults", "convention")


def page(text: str) -> str:
    """The page with all its tables made anew."""
    for name, make in TABLES.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        if text.count(begin) != 1 or text.count(end) != 1:
            raise ValueError(f"the page needs the marks {begin.strip()} and {end}, once")
        before, rest = text.split(begin)
        text = before + begin + make() + end + rest.split(end)[1]
    return text


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table of Markdown; columns in which nothing stands are left out."""
    made = list(rows)
    kept = [place for place in range(len(head)) if any(row[place] for row in made)]
    lines = [head, *made]
    told = ["| " + " | ".join(_cell(line[place]) for place in kept) + " |" for line in lines]
    return "\n".join([told[0], "|" + "---|" * len(kept), *told[1:]]) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _told(row: Row, defaults: str = "") -> tuple[str, ...]:
    lines = ", ".join(f"`{line}`" for line in row.lines)
    source = f"{row.convention}. {row.source}" if row.convention and row.source else row.convention or row.source
    return row.name, row.words, lines, defaults, source


def _defaults(choice: type[Choice]) -> str:
    made = choice()
    return ", ".join(
        f"{each.symbol or each.field} {_number(getattr(made, each.field))}"
        for each in choice.row.settings
        if each.allowed is not None
    )


def _number(value: float) -> str:
    return "1/3" if value == 1 / 3 else exact_text(value)


def _of_choices(choices: Iterable[type[Choice]]) -> Callable[[], str]:
    return lambda: _table(("", *HEADS), (_told(each.row, _defaults(each)) for each in choices))


def _penalties() -> str:
    return _table(("", *HEADS), map(_told, PENALTIES))


def _operations() -> str:
    """Operations, activations and losses that have a convention, in the order of the palette."""
    rows = [(kind.words, OPERATIONS[kind.name].convention) for kind in KINDS.values() if kind.name in OPERATIONS]
    return _table(("", "convention"), [(_capital(words), told) for words, told in rows if told])


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


TABLES: dict[str, Callable[[], str]] = {
    "operations": _operations,
    "penalties": _penalties,
    "clipping": _of_choices(Clip.__args__),
    "schedules": _of_choices((*SCHEDULES, WarmUp)),
    "first weights": _of_choices(DRAWINGS),
    "optimizers": _of_choices(RULES.values()),
}
"""What makes each table, by its mark."""


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
