"""Fills as brokers write them are read as trades."""

from __future__ import annotations

from datetime import date

import pytest

from alluse_tui.domain.commands import Instrument, Leg, Right, TradeFact, amount
from alluse_tui.domain.commands.trade_line import parse_trade
from alluse_tui.domain.model.errors import BadInput

CALL = Instrument("AAPL", Right.CALL, amount("190"), date(2026, 11, 27), 100)
SOLD = TradeFact(legs=(Leg(CALL, -1_000_000, amount("145")),))
BOUGHT = TradeFact(legs=(Leg(CALL, 2_000_000, -amount("290")),))


@pytest.mark.parametrize(
    "line",
    [
        "SOLD -1 AAPL 11/27/26 C190 @1.45",
        "SOLD -1 AAPL 100 27 NOV 26 190 CALL @1.45 CBOE",
        "SOLD -1 AAPL 100 (Weeklys) 27 NOV 26 190 CALL @1.45",
        "Sold 1 AAPL 11/27/26 Call 190.00 @ 1.45",
        "SOLD 1 AAPL Nov27'26 190 CALL @1.45",
        "Sold 1 AAPL NOV 27 '26 190 C @ $1.45 smart",
        "sold to open 1 AAPL 11/27/2026 c 190 @1.45",
        "-1 AAPL 27Nov26 C190 @1.45",
    ],
)
def test_every_broker_sells_one_call(line: str) -> None:
    assert parse_trade(line) == SOLD


@pytest.mark.parametrize(
    "line",
    [
        "BOT +2 AAPL 100 27 NOV 26 190 CALL @1.45",
        "Bought 2 AAPL 11/27/26 Call 190.00 @ 1.45",
        "BOUGHT 2 AAPL Nov27'26 190 CALL @1.45 ISE",
    ],
)
def test_every_broker_buys_two_calls(line: str) -> None:
    assert parse_trade(line) == BOUGHT


def test_adjusted_contracts_shares_and_prices_below_one() -> None:
    (leg,) = parse_trade("SOLD -2 XYZ1 150 18 DEC 26 50 PUT @.45").legs
    assert leg.instrument == Instrument("XYZ1", Right.PUT, amount("50"), date(2026, 12, 18), 150)
    assert leg.gross_micros == amount("135")
    (leg,) = parse_trade("BOT +100 AAPL @191.20 NSDQ").legs
    assert leg == Leg(Instrument("AAPL"), 100_000_000, -amount("19120"))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("SOLD +1 AAPL 11/27/26 C190 @1.45", "quantity '+1': contradicts 'SOLD'"),
        ("SOLD -1 AAPL 11/28/26 C190 @1.45", "expiry '11/28/26': is a Saturday"),
        ("SOLD -1 AAPL 27/11/26 C190 @1.45", "expiry '27/11/26': is not a date"),
        ("SOLD -1 AAPL 11/27/26 C0 @1.45", "strike '0': must be more than zero"),
        ("SOLD -1 AAPL 0 27 NOV 26 190 CALL @1.45", "deliverable 'x0': must be x1"),
        (
            "SELL -1 AAPL 100 27 NOV 26 190 CALL @1.45 LMT",
            "trade 'LMT': says that this is an order",
        ),
        ("-100 NESN @90.20 CHF", "price '90.20 CHF': must be a number"),
        ("AAPL 11/27/26 C190 @1.45", "quantity 'AAPL': must be a number"),
        (
            "SOLD -1 VERTICAL AAPL 100 27 NOV 26 190/195 CALL @1.45 CBOE",
            "trade 'VERTICAL': is a spread; record each of its legs on its own",
        ),
        ("BOT +1 IRON CONDOR SPX 100 27 NOV 26 1/2/3/4 CALL/PUT @.45", "trade 'IRON CONDOR': is a"),
    ],
)
def test_what_is_not_one_fill_is_refused(line: str, message: str) -> None:
    with pytest.raises(BadInput) as error:
        parse_trade(line)
    assert message in str(error.value)
