"""B7, B13: alerts over many accounts, and ten simulated years."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from random import Random

from msgspec.structs import replace

from alluse_tui.domain.derived.account_views import view_in
from alluse_tui.domain.derived.alerts import alerts
from alluse_tui.engine import LocalEngine, policy_from
from alluse_tui.engine.simulation.simulated_years import Simulation
from benchmarks.large import large_book
from benchmarks.measure import Row, growth, medians

TODAY = date(2027, 1, 8)


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
    return [Row(name, ours / baseline, "≤ 10×", ours, baseline, growth(*took.values()))]


def ten_years(folder: Path) -> list[Row]:
    policy = replace(policy_from("moderate"), fork_auto="originals")

    def ours() -> None:
        for _ in Simulation(policy, 250_000_000_000, 7, date(2027, 1, 4)).weeks(522):
            pass

    took, baseline = medians(ours, bare_years, rounds=5)
    name = "B13 ten simulated years, weekly, in memory"
    return [Row(name, took / baseline, "≤ 40×", took, baseline)]


def bare_years() -> None:
    """The same decade as a loop over dicts: premium, fork, merge, reinvest; nothing else."""
    walk, made = Random(7), 1
    equity = {"gen-1": 100_000_000_000, "rev-1": 75_000_000_000, "com-1": 75_000_000_000}
    base, income = dict(equity), dict.fromkeys(equity, 0)
    for week in range(522):
        for code in list(equity):
            mean = 150 if code[0] == "g" else 100 if code[0] == "r" else 50
            earned = equity[code] * (mean + walk.randint(-200, 200)) // 10_000 // 10_000 * 10_000
            equity[code] += earned
            income[code] += earned
        surplus = equity["gen-1"] - base["gen-1"]
        if surplus >= 50_000_000_000:
            code, made = f"gen-1.{made}", made + 1
            equity[code] = base[code] = surplus - surplus // 2
            income[code] = 0
            equity["com-1"] += surplus // 2
            equity["gen-1"] -= surplus
        for code in [c for c in equity if "." in c and equity[c] >= 500_000_000_000]:
            equity["com-1"] += equity.pop(code)
        if week % 13 == 11:
            income["rev-1"] = income["com-1"] = 0
