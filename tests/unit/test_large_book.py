"""The large books of the benchmarks are sound ones."""

from __future__ import annotations

from pathlib import Path

from alluse_tui.engine import LocalEngine
from benchmarks.large import large_book


def test_a_large_book_passes_verification(tmp_path: Path) -> None:
    path = tmp_path / "large.journal"
    large_book(path, accounts=10, postings=600)
    with LocalEngine(path, actor="bench") as engine:
        result = engine.operations.verify()
        assert [check for check in result.checks if not check.ok] == []
        assert len(engine.queries.accounts()) == 10
