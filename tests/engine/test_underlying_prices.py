"""The newest known price of an underlying: a mark of shares or a trade in them, never a strike."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from alluse_tui.domain.commands import (
    Fact,
    Instrument,
    Leg,
    MarkFact,
    Post,
    PriceFact,
    Right,
    TradeFact,
    Undo,
    amount,
    assignment,
    trade,
)
from alluse_tui.domain.derived.underlying_prices import (
    PriceSource,
    UnderlyingPrice,
    is_in_the_money,
    moneyness_bps,
    moneyness_text,
    newest_prices,
)
from alluse_tui.engine import LocalEngine

XYZ = Instrument("XYZ")
PUT = Instrument("XYZ", Right.PUT, amount("50"), date(2026, 12, 18), 100)
CALL = replace(PUT, right=Right.CALL)
MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)
KEY = ("XYZ", "USD")


def post(engine: LocalEngine, fact: Fact, day: date = TUESDAY, code: str = "gen-1") -> int:
    command = Post(account=code, fact=fact, confirmed=True, date=day)
    return engine.commands.submit(command).seq


def traded(quantity: str, price: str, *, buy: bool = True, fees: str = "0") -> TradeFact:
    paid = amount(fees, zero=True)
    return trade(XYZ, buy=buy, quantity=quantity, price=price, fees=paid)


def priced(instrument: Instrument, price: str) -> PriceFact:
    return PriceFact(instrument=instrument.name, price_micros=amount(price))


def known(engine: LocalEngine) -> tuple[str, date, str] | None:
    price = engine.positions.underlying_prices("Main").get(KEY)
    if price is None:
        return None
    return (f"{price.price_micros / 1_000_000:.2f}", price.day, price.source)


def test_a_trade_gives_its_price_before_fees(engine: LocalEngine) -> None:
    assert known(engine) is None
    post(engine, traded("3", "10.50", fees="1.25"), MONDAY)
    assert known(engine) == ("10.50", MONDAY, "trade")
    post(engine, traded("2", "11", buy=False), TUESDAY, "rev-1")
    assert known(engine) == ("11.00", TUESDAY, "trade")


def test_the_newest_day_counts_not_the_newest_record(engine: LocalEngine) -> None:
    post(engine, traded("3", "11"), TUESDAY)
    post(engine, traded("3", "10"), MONDAY)
    assert known(engine) == ("11.00", TUESDAY, "trade")


def test_a_mark_counts_before_a_trade_of_its_day(engine: LocalEngine) -> None:
    post(engine, traded("4", "10"), MONDAY)
    post(engine, priced(XYZ, "12.25"), MONDAY)
    post(engine, traded("1", "11"), MONDAY, "rev-1")
    assert known(engine) == ("12.25", MONDAY, "mark")
    post(engine, traded("1", "11"), TUESDAY, "rev-1")
    assert known(engine) == ("11.00", TUESDAY, "trade")


def test_a_strike_an_option_and_a_divided_value_give_no_price(engine: LocalEngine) -> None:
    post(engine, trade(PUT, buy=False, quantity="2", price="3", fees=0))
    post(engine, assignment(PUT, quantity="1", fees=0))
    post(engine, priced(PUT, "2"))
    post(engine, MarkFact(value_micros=amount("4000")))
    assert known(engine) is None


def test_a_trade_of_several_legs_gives_no_price(engine: LocalEngine) -> None:
    legs = (
        Leg(XYZ, amount("100"), -amount("5000")),
        Leg(CALL, -amount("1"), amount("150")),
    )
    post(engine, TradeFact(legs=legs))
    assert known(engine) is None


def test_an_undone_trade_or_mark_gives_none(engine: LocalEngine) -> None:
    bought = post(engine, traded("4", "10"), MONDAY)
    marked = post(engine, priced(XYZ, "12.25"))
    engine.commands.submit(Undo(seq=marked))
    assert known(engine) == ("10.00", MONDAY, "trade")
    engine.commands.submit(Undo(seq=bought))
    assert known(engine) is None


def test_short_shares_have_a_price_too(engine: LocalEngine) -> None:
    post(engine, traded("4", "10", buy=False), MONDAY)
    assert known(engine) == ("10.00", MONDAY, "trade")
    post(engine, priced(XYZ, "12.25"))
    assert known(engine) == ("12.25", TUESDAY, "mark")


def test_a_price_that_is_not_above_zero_is_left_out() -> None:
    worthless = UnderlyingPrice(0, MONDAY, PriceSource.MARK)
    assert newest_prices([(KEY, worthless)]) == {}


@pytest.mark.parametrize(
    ("option", "price", "bps", "is_in", "text"),
    [
        (PUT, "40", 2_500, True, "25.0 % in"),
        (PUT, "50", 0, False, "0.0 % out"),
        (PUT, "62.50", -2_000, False, "20.0 % out"),
        (CALL, "62.50", 2_000, True, "20.0 % in"),
        (CALL, "40", -2_500, False, "25.0 % out"),
    ],
)
def test_moneyness_is_the_distance_from_the_strike_in_percent_of_the_price(
    option: Instrument, price: str, bps: int, is_in: bool, text: str
) -> None:
    micros = amount(price)
    assert moneyness_bps(option, micros) == bps
    assert is_in_the_money(option, micros) is is_in
    assert moneyness_text(bps) == text


def test_an_unknown_price_is_a_dash() -> None:
    assert moneyness_text(None) == "–"
