"""B7, B13: alerts over many accounts, and ten simulated years."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random

from alluse_tui.domain.alerts import alerts
from alluse_tui.domain.figures import view_in
from alluse_tui.engine import LocalEngine, policy_from
from alluse_tui.engine.simulation import Simulation
from benchmarks.large import large_book
from benchmarks.measure import Row, growth, medians

TODAY = date(2027, 1, 8)


def alerts_of_many(folder: Path) -> list[Row]:
    took = {}
    for count in (1_000, 10_000):
        path = folder / f"b7-{count}.journal"
        large_book(path, accounts=count, postings=count * 4)
        with LocalEngine(path, actor="bench") as engine:
            engine.accounts()
            book = engine._fold.book
            ours, baseline = medians(
                lambda book=book: alerts(book, TODAY),
                lambda book=book: [view_in(book, a, TODAY).equity for a in book.accounts.values()],
            )
            took[count] = ours
    name = "B7 alerts over 10,000 accounts; a loop reading each equity"
    return [Row(name, ours / baseline, "≤ 10×", ours, baseline, growth(*took.values()))]


def ten_years(folder: Path) -> list[Row]:
    policy = replace(policy_from("moderate"), fork_auto="originals")
    records: list[int] = []

    def ours() -> None:
        years = Simulation(policy, 250_000_000_000, 7, date(2027, 1, 4))
        for _ in years.weeks(522):
            pass
        records.append(years.engine.seq)

    def bare() -> None:
        walk, balances = Random(7), defaultdict[int, int](lambda: 100_000_000_000)
        for i in range(records[-1]):
            account = i % 12
            balances[account] += balances[account] * walk.randint(-50, 350) // 10_000

    took, baseline = medians(ours, bare, rounds=3)
    name = "B13 ten simulated years, weekly, in memory"
    return [Row(name, took / baseline, "≤ 40×", took, baseline)]
