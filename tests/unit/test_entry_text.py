"""An entry says what was traded, from its holdings and postings."""

from __future__ import annotations

from datetime import date

import pytest

from alluse_tui.domain.commands import Instrument, Kind, Right, amount
from alluse_tui.domain.derived.entry_text import (
    entry_profit,
    entry_text,
    instrument_text,
    recorded_text,
)
from alluse_tui.domain.events.codec import to_plain
from alluse_tui.domain.events.events import EntryPosted, HoldingChange, Posting

DAY = date(2026, 11, 24)
PUT = Instrument("TSLA", Right.PUT, amount("250"), date(2026, 11, 27), 100)
LATER = Instrument("TSLA", Right.PUT, amount("245"), date(2026, 12, 4), 100)
SHARES = Instrument("MSTR")


def entry(
    kind: Kind,
    *legs: tuple[Instrument, str, str],
    cash: str = "0",
    fees: str = "0",
    reverses: int = 0,
) -> EntryPosted:
    """An entry as plans make it: per leg its instrument, signed quantity and change of value."""
    holdings = tuple(
        HoldingChange("gen-1", instrument.name, "USD", int(quantity) * 1_000_000, signed(value))
        for instrument, quantity, value in legs
    )
    moved = sum(h.value_micros for h in holdings)
    gain = signed(cash) + moved
    postings = (
        Posting("gen-1", "cash", "USD", signed(cash)),
        Posting("gen-1", "positions", "USD", moved),
        Posting("world:premium", "", "USD", -gain),
        Posting("gen-1", "cash", "USD", -signed(fees)),
        Posting("world:fees", "", "USD", signed(fees)),
    )
    kept = tuple(p for p in postings if p.micros)
    return EntryPosted("Main", kind, DAY, kept, holdings=holdings, reverses=reverses)


def signed(text: str) -> int:
    return amount(text, zero=True, negative=True)


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (
            entry(Kind.TRADE, (PUT, "-100", "-31000"), cash="31000", fees="70"),
            "Sold 100 TSLA 27 Nov 26 250 put @ 3.10",
        ),
        (
            entry(Kind.TRADE, (SHARES, "100", "25000"), cash="-25000", fees="1"),
            "Bought 100 MSTR @ 250.00",
        ),
        (
            entry(Kind.TRADE, (SHARES, "1000", "1234567.80"), cash="-1234567.80"),
            "Bought 1,000 MSTR @ 1,234.5678",
        ),
        (entry(Kind.EXPIRY, (PUT, "1", "310")), "Expired: 1 TSLA 27 Nov 26 250 put"),
        (
            entry(
                Kind.ASSIGNMENT,
                (PUT, "1", "310"),
                (Instrument("TSLA"), "100", "25000"),
                cash="-25000",
            ),
            "Assigned 1 TSLA 27 Nov 26 250 put: bought 100 TSLA @ 250.00",
        ),
        (
            entry(
                Kind.ASSIGNMENT,
                (PUT, "-1", "-310"),
                (Instrument("TSLA"), "-100", "-24000"),
                cash="25000",
            ),
            "Exercised 1 TSLA 27 Nov 26 250 put: sold 100 TSLA @ 250.00",
        ),
        (entry(Kind.ASSIGNMENT, (PUT, "2", "620")), "2 TSLA 27 Nov 26 250 put assigned"),
        (
            entry(Kind.ASSIGNMENT, (SHARES, "100", "25000"), cash="-25000"),
            "Assigned: bought 100 MSTR @ 250.00",
        ),
        (
            entry(Kind.TRADE, (PUT, "1", "310"), (LATER, "-1", "-395"), cash="85"),
            "Rolled 1 TSLA 27 Nov 26 250 put to 4 Dec 26 245 put @ +0.85",
        ),
        (
            entry(Kind.TRADE, (LATER, "2", "400"), (PUT, "-2", "-310"), cash="-30.50"),
            "Rolled 2 TSLA 4 Dec 26 245 put to 27 Nov 26 250 put @ −0.1525",
        ),
        (
            entry(Kind.TRADE, (PUT, "-1", "-310"), (SHARES, "100", "25000"), cash="-24690"),
            "Sold 1 TSLA 27 Nov 26 250 put, bought 100 MSTR",
        ),
    ],
)
def test_a_trade_says_what_was_traded_at_which_price(made: EntryPosted, text: str) -> None:
    assert entry_text(made) == text
    assert recorded_text(to_plain(made)) == text


def test_an_undo_says_what_it_undid() -> None:
    undo = entry(Kind.TRADE, (PUT, "100", "31000"), cash="-31000", fees="-70", reverses=12)
    assert entry_text(undo) == "Sold 100 TSLA 27 Nov 26 250 put @ 3.10"


@pytest.mark.parametrize(
    ("kind", "cash", "text"),
    [
        (Kind.PREMIUM, "12", "Received premium"),
        (Kind.PREMIUM, "-12", "Paid premium"),
        (Kind.FEE, "-12", "Paid fee"),
        (Kind.FEE, "12", "Fee refunded"),
        (Kind.TAX, "-12", "Paid tax"),
        (Kind.INTEREST, "12", "Received interest"),
        (Kind.DIVIDEND, "12", "Received dividend"),
        (Kind.DEPOSIT, "12", "Deposit"),
        (Kind.FORK, "-12", "Fork"),
    ],
)
def test_cash_says_which_way_it_went(kind: Kind, cash: str, text: str) -> None:
    assert entry_text(entry(kind, cash=cash)) == text


def test_a_conversion_says_both_amounts() -> None:
    postings = (
        Posting("gen-1", "cash", "USD", signed("1000")),
        Posting("world:conversions", "", "USD", -signed("1000")),
        Posting("gen-1", "cash", "CHF", -signed("795.50")),
        Posting("world:conversions", "", "CHF", signed("795.50")),
        Posting("gen-1", "cash", "CHF", -signed("2")),
        Posting("world:fees", "", "CHF", signed("2")),
    )
    converted = EntryPosted("Main", Kind.CONVERSION, DAY, postings)
    assert entry_text(converted) == "Converted 795.50 CHF to 1,000.00 USD"


def test_the_profit_is_what_was_realised_before_fees() -> None:
    sold = entry(Kind.TRADE, (PUT, "-1", "-310"), cash="310", fees="1.40")
    assert entry_profit(sold, "gen-1", "USD") == 0
    expired = entry(Kind.EXPIRY, (PUT, "1", "310"))
    assert entry_profit(expired, "gen-1", "USD") == amount("310")
    bought = entry(Kind.TRADE, (PUT, "1", "310"), cash="-500", fees="1.40")
    assert entry_profit(bought, "gen-1", "USD") == -amount("190")
    assert entry_profit(bought, "gen-1", "EUR") == 0
    assert entry_profit(entry(Kind.DEPOSIT, cash="5"), "gen-1", "USD") == 0


def test_an_instrument_reads_as_a_trader_writes_it() -> None:
    assert instrument_text(PUT) == "TSLA 27 Nov 26 250 put"
    assert instrument_text(SHARES) == "MSTR"
    half = Instrument("XYZ1", Right.CALL, amount("17.5"), date(2027, 1, 8), 150)
    assert instrument_text(half) == "XYZ1 8 Jan 27 17.5 call x150"


def test_an_entry_of_an_unknown_form_has_no_text() -> None:
    assert recorded_text({"type": "entry", "kind": "teleport"}) == ""
