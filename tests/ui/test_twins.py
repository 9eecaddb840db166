"""Two windows on one document notice each other, and neither loses its own lock by asking."""

from __future__ import annotations

from pathlib import Path

from nnviz.ui.twins import Twins


def test_the_second_window_is_told_and_keeps_the_lock_it_has(tmp_path: Path) -> None:
    first, second = Twins(tmp_path / "locks"), Twins(tmp_path / "locks")
    assert first.hold(tmp_path / "a.nnviz")
    assert second.hold(tmp_path / "b.nnviz")
    assert not second.hold(tmp_path / "a.nnviz")
    assert not first.hold(tmp_path / "b.nnviz")
    first.release()
    assert second.hold(tmp_path / "a.nnviz")
    assert first.hold(tmp_path / "b.nnviz")
    first.release()
    second.release()


def test_a_document_without_a_file_holds_nothing(tmp_path: Path) -> None:
    first, second = Twins(tmp_path), Twins(tmp_path)
    assert first.hold(tmp_path / "a.nnviz")
    assert first.hold(None)
    assert second.hold(tmp_path / "a.nnviz")
    second.release()


def test_where_no_lock_can_be_written_a_document_can_still_be_opened(tmp_path: Path) -> None:
    (tmp_path / "locks").write_text("a file where the folder should be")
    windows = Twins(tmp_path / "locks"), Twins(tmp_path / "locks")
    assert all(window.hold(tmp_path / "a.nnviz") for window in windows)
