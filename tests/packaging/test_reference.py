"""The reference of operations is what the tables say."""

from __future__ import annotations

import runpy
from pathlib import Path

from nnviz.engine.registry import OPERATIONS
from nnviz.lowering.kinds import KINDS

ROOT = Path(__file__).parents[2]


def test_the_page_is_what_the_tables_give() -> None:
    page = runpy.run_path(str(ROOT / "packaging" / "reference.py"))["page"]()
    written = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert written == page, "run python packaging/reference.py"
    named = {kind.name for kind in KINDS.values() if kind.family in ("operation", "activation", "loss")}
    assert all(f"`{name}`" in page for name in named | OPERATIONS.keys())
