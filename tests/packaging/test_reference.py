"""The reference of operations and the tables of conventions are what the rows say."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from nnviz.engine.initialisers import DRAWINGS
from nnviz.engine.optimizers import RULES
from nnviz.engine.penalties import PENALTIES
from nnviz.engine.registry import OPERATIONS
from nnviz.learning.clipping import Clip
from nnviz.learning.schedules import SCHEDULES, WarmUp
from nnviz.lowering.kinds import KINDS

ROOT = Path(__file__).parents[2]


def test_the_page_is_what_the_tables_give() -> None:
    page = runpy.run_path(str(ROOT / "packaging" / "reference.py"))["page"]()
    written = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert written == page, "run make docs"
    named = {kind.name for kind in KINDS.values() if kind.family in ("operation", "activation", "loss")} | {"conv2d"}
    assert all(f"`{name}`" in page for name in named | OPERATIONS.keys())


def test_the_tables_of_the_conventions_are_what_the_rows_give() -> None:
    script = runpy.run_path(str(ROOT / "packaging" / "conventions.py"))
    written = (ROOT / "docs" / "conventions.md").read_text(encoding="utf-8")
    assert written == script["page"](written), "run make docs"
    for choices in (RULES.values(), SCHEDULES, DRAWINGS, Clip.__args__, (WarmUp,)):  # type: ignore[attr-defined]  # a union has its members there
        assert all(each.row.words.replace("|", "\\|") in written for each in choices)
    assert all(row.convention in written for row in PENALTIES)


def test_a_changed_row_is_seen_and_lost_marks_are_told() -> None:
    page = runpy.run_path(str(ROOT / "packaging" / "conventions.py"))["page"]
    written = (ROOT / "docs" / "conventions.md").read_text(encoding="utf-8")
    assert page(written.replace("η 0.001", "η 0.01")) == written
    with pytest.raises(ValueError, match="needs the marks <!-- schedules -->"):
        page(written.replace("<!-- schedules -->", ""))
