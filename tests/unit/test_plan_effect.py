"""The digest of a plan's effect: proposals keep it, so a newer program must compute the same."""

from __future__ import annotations

from datetime import date

import pytest

from alluse_tui.domain.commands import Deposit
from alluse_tui.domain.events.events import EntryPosted, Event, Forked, Posting
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.terms import Bucket, Kind
from alluse_tui.domain.plan import Plan

TODAY, EARLIER = date(2026, 11, 19), date(2026, 11, 18)


def entry(day: date, note: str = "") -> EntryPosted:
    postings = (
        Posting("gen-1", Bucket.CASH, "USD", 5_000_000),
        Posting("world:capital", "", "USD", -5_000_000),
    )
    return EntryPosted("Main", Kind.DEPOSIT, day, postings, note=note)


def forked(at_ns: int, day: date = EARLIER) -> Forked:
    return Forked("Main", "gen-1", "gen-1.1", day, at_ns)


def effect(*events: Event, dated: date | None = None, today: date = TODAY) -> str:
    command = Deposit(account="gen-1", amount=5_000_000, date=dated)
    return Plan(command, "Main", today, events, (), Book(), Book()).effect


@pytest.mark.parametrize(
    ("digest", "events", "dated"),
    [
        (
            "f6e38352e17f8134b5193e6a711599bf09a4be07729fd80716de44ed8e2e39df",
            (entry(TODAY), entry(EARLIER)),
            None,
        ),
        (
            "f3726239397dbb3a74b863ec9e0788c5240acc9890bf2706891934b19bb0dc28",
            (entry(TODAY), entry(EARLIER)),
            TODAY,
        ),
        (
            "c82cac228308fc9fdb6e2194c5538f30ca62e8dec91117f610b5f360cdf2d433",
            (entry(EARLIER, note="2026-11-19"), entry(EARLIER, note="of 2026-11-19")),
            None,
        ),
        (
            "2809507357796c0d92934e9af4d1d725bb492ee0af043ae0161f13a476f10c7e",
            (forked(17), entry(EARLIER)),
            TODAY,
        ),
        (
            "0c34dc65b833e30676eb74d2edd6c4e841c73adb9c60ec87924753b34423118f",
            (forked(17, day=TODAY), entry(EARLIER, note='an "at_ns"')),
            None,
        ),
    ],
    ids=["undated", "dated", "day in a note", "time", "time and day"],
)
def test_the_digest_of_an_effect_stays_the_same(
    digest: str, events: tuple[Event, ...], dated: date | None
) -> None:
    assert effect(*events, dated=dated) == digest


def test_only_an_undated_effect_is_the_same_on_another_day() -> None:
    next_day = date(2026, 11, 20)
    assert effect(entry(TODAY)) == effect(entry(next_day), today=next_day)
    assert effect(entry(TODAY), dated=TODAY) != effect(entry(next_day), dated=next_day)


def test_the_time_of_a_fork_does_not_count() -> None:
    assert effect(forked(1)) == effect(forked(2))
