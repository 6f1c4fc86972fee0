"""B17: 10,000 accounts with 50,000 positions: opened, listed, marked, watched and stressed."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import closing
from datetime import date
from pathlib import Path

from alluse_tui.domain.commands import Instrument, Post, PriceFact, Right, TradeFact, trade
from alluse_tui.domain.derived.alerts import alerts
from alluse_tui.domain.derived.position_views import PositionView
from alluse_tui.domain.events.events import Event
from alluse_tui.domain.model.book import Account
from alluse_tui.domain.plans.entries import fact_event
from alluse_tui.engine import LocalEngine
from alluse_tui.engine.book_follower import BookFollower
from alluse_tui.journal import Journal
from benchmarks.large import UNIT, append, large_book
from benchmarks.measure import Row, growth, medians, seconds
from benchmarks.opening import MEASURED, OPEN
from benchmarks.plain_log import fresh_log, memory_folder, records_of

SIZES = (1_000, 10_000)
TRADED = date(2026, 12, 1)
TODAY = date(2026, 12, 28)
EXPIRY = date(2027, 1, 15)

SHARES = Instrument("AAPL")
CALL = Instrument("AAPL", Right.CALL, 220 * UNIT, EXPIRY, 100)
PUTS = tuple(Instrument(s, Right.PUT, 50 * UNIT, EXPIRY, 100) for s in ("MSFT", "NVDA", "TSLA"))
HELD = (SHARES, CALL, *PUTS)


def positions_book(path: Path, accounts: int) -> None:
    """`accounts` accounts, each with shares, a covered call and three short puts."""
    large_book(path, accounts=accounts, postings=accounts * 2)
    with closing(Journal(path)) as journal:
        fold = BookFollower(journal)
        trades = [event for a in fold.book.accounts.values() for event in _trades(fold, a)]
        append(journal, fold, trades)


def _trades(fold: BookFollower, account: Account) -> list[Event]:
    facts: list[TradeFact] = [trade(SHARES, buy=True, quantity="100", price="200", fees=0)]
    for option in HELD[1:]:
        facts.append(trade(option, buy=False, quantity="1", price="1.50", fees=0))
    events = [fact_event(fold.book, account, fact, TRADED) for fact in facts]
    return [event for event in events if event is not None]


def many_positions(folder: Path) -> list[Row]:
    rows: list[Row] = []
    took: dict[str, list[float]] = {}
    for size in SIZES:
        path = folder / f"b17-{size}.journal"
        positions_book(path, size)
        rows = _rows(path, folder, size, took)
    return [*rows, *_processes(path)]


def _rows(path: Path, folder: Path, accounts: int, took: dict[str, list[float]]) -> list[Row]:
    """Marks of every position in one turn, alerts, stress and the list, against the marks' log."""
    with memory_folder() as memory, LocalEngine(path, actor="bench") as engine:
        engine.operations.rebuild()
        views: list[PositionView] = list(engine.positions.positions())
        before = engine.seq
        marking = seconds(lambda: engine.commands.submit_many(_marks(views)))
        records = records_of(engine, before)
        assert len(records) == len(views) == accounts * len(HELD)
        book = engine.core.follower.book

        def plain_log() -> None:
            fresh_log(memory or folder).append(records)

        alerting, baseline = medians(lambda: alerts(book, TODAY), plain_log)
        listing = seconds(lambda: _listed(engine))
        stressing = seconds(engine.positions.stress)
    rows = []
    for name, ours in (
        ("marks at the close, in one turn", marking),
        ("alerts", alerting),
        ("listed, filtered and sorted", listing),
        ("stress", stressing),
    ):
        times = took.setdefault(name, [])
        times.append(ours)
        note = growth(*times) if len(times) == len(SIZES) else ""
        title = f"B17 {accounts * len(HELD):,} positions, {name}; plain log of the marks"
        rows.append(Row(title, ours / baseline, "≤ 4×", ours, baseline, note))
    return rows


def _marks(views: list[PositionView]) -> list[Post]:
    """A price for each position that differs from the one it is carried at."""
    return [
        Post(
            account=view.account,
            fact=PriceFact(
                instrument=view.instrument.name,
                price_micros=(201 if view.instrument == SHARES else 2) * UNIT,
            ),
            confirmed=True,
        )
        for view in views
    ]


def _listed(engine: LocalEngine) -> list[PositionView]:
    """The puts on one underlying, the largest loss first."""
    views = engine.positions.positions()
    puts = [v for v in views if v.instrument.symbol == "TSLA"]
    return sorted(puts, key=lambda v: (v.unrealised or 0, v.account))


def _processes(path: Path) -> list[Row]:
    """Whole processes, with their peak memory."""
    rows = []
    command = ["-m", "alluse_tui.cli.main", "positions", "--json", "--db", str(path)]
    for name, arguments in (
        ("B17 open 10,000 accounts with 50,000 positions, cold", ["-c", OPEN, str(path)]),
        ("B17 `positions --json`, cold", command),
    ):
        measured = subprocess.run(
            [sys.executable, "-c", MEASURED, sys.executable, *arguments],
            check=True,
            capture_output=True,
            text=True,
        )
        took_s, peak_kib = json.loads(f"[{','.join(measured.stdout.split())}]")
        note = f"{peak_kib // 1024} MB"
        rows.append(Row(name, took_s, "seconds, for information", took_s, 1.0, note))
    return rows
