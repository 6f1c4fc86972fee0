"""Ten simulated years through the real engine, every week held to the invariants."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from msgspec.structs import replace

from alluse_tui.config import load_policy
from alluse_tui.domain.events.events import EntryPosted
from alluse_tui.domain.model.terms import Status, Tier
from alluse_tui.engine.operations.verification import VerifiedFold, run_checks
from alluse_tui.engine.record_decoding import events_of
from alluse_tui.engine.simulation.simulated_book import NAME, SimulatedBook
from alluse_tui.engine.simulation.simulated_years import Simulation
from alluse_tui.journal import broken_link
from alluse_tui.market.trading_calendar import NewYorkCalendar

MONDAY = date(2027, 1, 4)
WEEKS = 522


def simulation(auto: str, seed: int = 7) -> Simulation:
    policy = replace(load_policy("moderate"), fork_auto=auto)
    return Simulation(policy, 250_000_000_000, seed, MONDAY)


def test_a_decade_by_rule_merges_and_keeps_every_invariant_every_week() -> None:
    decade = simulation("originals")
    folding, seen = VerifiedFold(), 0
    for friday in decade.weeks(WEEKS):
        for record in decade.engine.queries.records(seen):
            folding.add(record, broken_link(record, folding.head))
            seen = record.seq
            for event in events_of(record):
                if isinstance(event, EntryPosted):  # losses and earmarks are no payments
                    paid = [p for p in event.postings if p.account == "com-1" and p.micros < 0]
                    assert not paid or event.kind in ("premium", "reinvest")
        off: Counter[str] = Counter()
        world = folding.book.portfolios[NAME].world
        for balances in (*(a.balances for a in folding.book.accounts.values()), world):
            for key, micros in balances.items():
                off[key.rpartition(":")[2]] += micros
        assert (folding.chain, folding.fold, folding.violation, off["USD"]) == ("", "", "", 0), (
            friday
        )
    accounts = decade.engine.queries.accounts()
    merged = [a for a in accounts if a.status is Status.MERGED]
    assert len(merged) >= 3
    assert all(a.equity == 0 and a.merged_into == "com-1" for a in merged)
    assert all(a.code != "gen-1" for a in merged)
    earmarked = [a for a in accounts if a.contracts and a.leaps]
    assert {a.tier for a in earmarked} == {Tier.REV, Tier.COM}
    found = run_checks(decade.engine.core.journal, folding, None)
    assert [c for c in found.checks if not c.ok] == []


@pytest.mark.parametrize("auto", ["originals", "all"])
def test_one_seed_makes_one_history(auto: str) -> None:
    heads = set()
    for _ in range(2):
        years = simulation(auto)
        for _ in years.weeks(120):
            pass
        heads.add(years.engine.core.journal.head())
    assert len(heads) == 1
    other = simulation(auto, seed=8)
    for _ in other.weeks(120):
        pass
    assert other.engine.core.journal.head() not in heads


def test_nothing_forks_by_itself_while_auto_is_off() -> None:
    years = simulation("off")
    for _ in years.weeks(104):
        pass
    assert len(years.engine.queries.accounts()) == 3
    assert "fork due" in {a.kind for a in years.engine.queries.alerts()}


@pytest.mark.parametrize("auto", ["originals", "all"])
def test_a_bare_book_comes_to_the_same_as_the_journal(auto: str) -> None:
    years = simulation(auto)
    policy = replace(load_policy("moderate"), fork_auto=auto)
    bare = SimulatedBook(policy, 250_000_000_000, 7, MONDAY, NewYorkCalendar())
    for expected, friday in zip(years.weeks(WEEKS // 2), bare.weeks(WEEKS // 2), strict=True):
        assert friday == expected
    assert bare.book == years.engine.core.book
