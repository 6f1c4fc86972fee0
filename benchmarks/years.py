"""B7, B13: alerts over many accounts, and ten simulated years against a plain log."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from msgspec.structs import replace

from alluse_tui.domain.derived.account_views import view_in
from alluse_tui.domain.derived.alerts import alerts
from alluse_tui.engine import LocalEngine, policy_from
from alluse_tui.engine.simulation.simulated_book import SimulatedBook
from alluse_tui.engine.simulation.simulated_years import Simulation
from alluse_tui.market.trading_calendar import NewYorkCalendar
from benchmarks.large import large_book
from benchmarks.measure import Row, growth, medians
from benchmarks.plain_log import fresh_log, memory_folder, records_of

TODAY = date(2027, 1, 8)
UNIT = 1_000_000


def alerts_of_many(folder: Path) -> list[Row]:
    took = {}
    for count in (1_000, 10_000):
        path = folder / f"b7-{count}.journal"
        large_book(path, accounts=count, postings=count * 4)
        with LocalEngine(path, actor="bench") as engine:
            engine.queries.accounts()
            book = engine.core.follower.book
            ours, baseline = medians(
                lambda book=book: alerts(book, TODAY),
                lambda book=book: [view_in(book, a, TODAY).equity for a in book.accounts.values()],
            )
            took[count] = ours
    name = "B7 alerts over 10,000 accounts; a loop reading each equity"
    return [Row(name, ours / baseline, "≤ 2.5×", ours, baseline, growth(*took.values()))]


def ten_years(folder: Path) -> list[Row]:
    """A simulated decade with every rule: through the engine, and on a bare book."""
    policy = replace(policy_from("moderate"), fork_auto="originals")
    begin, capital = date(2027, 1, 4), 250_000 * UNIT
    simulation = Simulation(policy, capital, 7, begin)
    _run(simulation)
    records = records_of(simulation.engine, 0)

    def in_engine() -> None:
        _run(Simulation(policy, capital, 7, begin))

    def on_book() -> None:
        _run(SimulatedBook(policy, capital, 7, begin, NewYorkCalendar()))

    rows = []
    with memory_folder() as memory:
        where = memory or folder

        def plain_log() -> None:
            fresh_log(where).append_in_batches(records, 1)

        for name, wanted, ours in (
            ("through the engine", "≤ 5×", in_engine),
            ("rules only", "≤ 2.5×", on_book),
        ):
            took, baseline = medians(ours, plain_log)
            title = f"B13 ten simulated years, {name}; plain log of {len(records):,} records"
            rows.append(Row(title, took / baseline, wanted, took, baseline))
    return rows


def _run(simulation: Simulation | SimulatedBook) -> None:
    for _ in simulation.weeks(522):
        pass
