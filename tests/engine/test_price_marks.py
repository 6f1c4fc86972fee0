"""The mark of one holding: only its value changes, at price × deliverable × quantity."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from msgspec.structs import replace

from alluse_tui.domain.commands import (
    Instrument,
    Leg,
    MarkFact,
    Post,
    PriceFact,
    Right,
    TradeFact,
    Undo,
    amount,
    trade,
)
from alluse_tui.domain.commands.fact_codec import command_from_plain, command_to_plain, fact_words
from alluse_tui.domain.events.events import EntryPosted
from alluse_tui.domain.model.errors import BadInput, Refused
from alluse_tui.domain.model.terms import Kind
from alluse_tui.engine import FixedClock, LocalEngine
from alluse_tui.engine.record_decoding import events_of

FRIDAY = date(2026, 11, 27)
MONDAY = date(2026, 11, 23)
PUT = Instrument("AAPL", Right.PUT, amount("190"), FRIDAY, 100)
XYZ = Instrument("XYZ")


def marked(
    engine: LocalEngine, instrument: Instrument, price: str, *, confirmed: bool = False
) -> int:
    fact = PriceFact(instrument=instrument.name, price_micros=amount(price, negative=True))
    return engine.commands.submit(Post(account="gen-1", fact=fact, confirmed=confirmed)).seq


def values(engine: LocalEngine) -> dict[str, int]:
    holdings = engine.queries.account("gen-1").holdings
    return {key: holding.value_micros for key, holding in holdings.items()}


@pytest.fixture
def holding(engine: LocalEngine) -> LocalEngine:
    """gen-1 sold 2 puts at 1.45 and bought 100 shares at 50."""
    for fact in (
        trade(PUT, buy=False, quantity="2", price="1.45", fees=0),
        trade(XYZ, buy=True, quantity="100", price="50", fees=0),
    ):
        engine.commands.submit(Post(account="gen-1", fact=fact, confirmed=True, date=MONDAY))
    return engine


def test_only_that_holding_gets_its_price_times_its_shares(holding: LocalEngine) -> None:
    before = holding.queries.account("gen-1")
    seq = marked(holding, PUT, "2.10")
    assert values(holding) == {f"{PUT.name}:USD": -amount("420"), "XYZ:USD": amount("5000")}
    after = holding.queries.account("gen-1")
    assert (after.cash, after.equity) == (before.cash, before.equity - amount("130"))
    (entry,) = events_of(next(iter(holding.queries.records(seq - 1))))
    assert isinstance(entry, EntryPosted)
    assert (entry.kind, [change.quantity_micros for change in entry.holdings]) == (Kind.MARK, [0])
    put = next(p for p in holding.positions.positions("gen-1") if p.instrument == PUT)
    shares = next(p for p in holding.positions.positions("gen-1") if p.instrument == XYZ)
    assert (put.mark, put.mark_date, put.unrealised) == (
        amount("2.10"),
        holding.today,
        -amount("130"),
    )
    assert (shares.mark, shares.is_at_cost) == (None, True)
    assert holding.queries.entries("gen-1", "Main", 1)[0].text == "Marked AAPL 27 Nov 26 190 put"


def test_its_undo_restores_the_value(holding: LocalEngine) -> None:
    before = values(holding)
    seq = marked(holding, PUT, "2.10")
    holding.commands.submit(Undo(seq=seq))
    assert values(holding) == before
    put = next(p for p in holding.positions.positions("gen-1") if p.instrument == PUT)
    assert (put.mark, put.is_at_cost) == (None, True)
    assert holding.operations.verify().ok


def test_a_price_that_equals_the_cost_is_a_mark(holding: LocalEngine, clock: FixedClock) -> None:
    """So is one that has not changed since the day before: the date of the mark is news."""
    before = values(holding)
    marked(holding, PUT, "1.45")
    (put,) = (p for p in holding.positions.positions("gen-1") if p.instrument == PUT)
    assert (put.mark, put.mark_date, put.is_at_cost) == (amount("1.45"), holding.today, False)
    clock.set(datetime(2026, 11, 25, 17, tzinfo=UTC))
    marked(holding, PUT, "1.45")
    (put,) = (p for p in holding.positions.positions("gen-1") if p.instrument == PUT)
    assert put.mark_date == date(2026, 11, 25)
    assert values(holding) == before
    assert holding.operations.verify().ok


def test_the_recorded_price_and_what_is_not_held_are_refused(holding: LocalEngine) -> None:
    marked(holding, PUT, "1.45")
    for instrument, price, why in (
        (PUT, "1.45", "price '1.45': is already the recorded price"),
        (replace(PUT, strike_micros=amount("185")), "1", "is not held by gen-1 in USD"),
    ):
        with pytest.raises(BadInput, match=why):
            marked(holding, instrument, price)
    assert holding.seq == 4


def test_an_unusual_price_must_be_confirmed(holding: LocalEngine) -> None:
    with pytest.raises(Refused) as refused:
        marked(holding, XYZ, "-0.01")
    assert refused.value.needs_confirmation
    assert [r.message for r in refused.value.reasons if not r.ok] == [
        "XYZ is marked at -0.01, below zero: confirm with --yes"
    ]
    with pytest.raises(Refused) as refused:  # 25 % of the equity of 100,000 is 25,000
        marked(holding, XYZ, "300.01")
    assert [r.rule for r in refused.value.reasons if not r.ok] == ["amount.outsized"]
    marked(holding, XYZ, "300")
    marked(holding, XYZ, "-0.01", confirmed=True)
    assert values(holding)["XYZ:USD"] == -amount("1")


def test_the_mark_of_the_account_still_spreads_over_its_holdings(holding: LocalEngine) -> None:
    marked(holding, PUT, "2.10")
    holding.commands.submit(Post(account="gen-1", fact=MarkFact(value_micros=amount("4500"))))
    assert sum(values(holding).values()) == amount("4500")


def test_a_proposal_keeps_it() -> None:
    fact = PriceFact(instrument=PUT.name, price_micros=amount("2.1"), currency="USD")
    post = Post(account="gen-1", fact=fact)
    assert command_from_plain(Post, command_to_plain(post)) == post
    assert fact_words(post) == "mark AAPL 2026-11-27 190 put at 2.10"


def test_the_expiry_of_what_is_carried_at_zero_is_among_the_entries(
    holding: LocalEngine, clock: FixedClock
) -> None:
    """It moves no money, and is an entry nevertheless."""
    price = PriceFact(instrument=PUT.name, price_micros=0)
    holding.commands.submit(Post(account="gen-1", fact=price))
    clock.set(datetime(2026, 11, 28, 18, tzinfo=UTC))
    leg = Leg(PUT, amount("2"), 0)
    expiry = TradeFact(kind=Kind.EXPIRY, legs=(leg,), effective=FRIDAY)
    seq = holding.commands.submit(Post(account="gen-1", fact=expiry, date=FRIDAY)).seq
    newest = holding.queries.entries("gen-1", "Main", 1)[0]
    assert (newest.seq, newest.text, newest.micros) == (seq, "Expired: 2 AAPL 27 Nov 26 190 put", 0)
