"""A large import says how far its recording is, and stays one command."""

from __future__ import annotations

from datetime import date

from alluse_tui.domain.commands import CashFact, Import, Kind, StatementFacts, Undo
from alluse_tui.engine import LocalEngine, kept_imports

DAY = date(2026, 11, 20)


def test_the_events_so_far_are_reported_before_each_record(engine: LocalEngine) -> None:
    rows = tuple(
        CashFact(kind=Kind.FEE, micros=-10_000, currency="USD", effective=DAY, key=f"x:{n}")
        for n in range(450)
    )
    statement = StatementFacts(
        source="csv:x",
        first_day=DAY,
        last_day=DAY,
        sha256="ab",
        rates=(),
        opening=(),
        facts=rows,
    )
    seen: list[tuple[int, int]] = []
    engine.commands.submit(
        Import(account="gen-1", statement=statement),
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen == [(0, 451), (200, 451), (400, 451)]  # 450 rows and the statement itself
    (kept,) = kept_imports(engine.queries, "Main")
    assert (kept.first_seq, kept.last_seq, kept.rows) == (2, 4, 450)
    assert not kept.is_full and kept.undone_by == 0
    engine.commands.submit(Undo(portfolio="Main"))
    (undone,) = kept_imports(engine.queries, "Main")
    assert undone.undone_by == 5
