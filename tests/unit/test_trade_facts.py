"""What ends or replaces a position: its legs, its cash, and what is refused."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from alluse_tui.domain.commands import Instrument, Kind, Leg, Right, TradeFact, amount
from alluse_tui.domain.commands.trade_facts import assigned, closing, exercise, expiry, roll
from alluse_tui.domain.derived.positions import Position
from alluse_tui.domain.model.errors import BadInput

PUT = Instrument("AAPL", Right.PUT, amount("190"), date(2026, 11, 27), 100)
CALL = replace(PUT, right=Right.CALL)
LATER = replace(PUT, strike_micros=amount("185"), expiry=date(2026, 12, 4))
SHARES = Instrument("AAPL")
SHORT_PUTS = Position(PUT, "USD", -2_000_000, -amount("290"))
LONG_PUTS = Position(PUT, "CHF", 2_000_000, amount("290"))
SHORT_CALLS = Position(CALL, "USD", -2_000_000, -amount("100"))
LONG_CALLS = Position(CALL, "USD", 2_000_000, amount("100"))
HUNDRED_SHARES = Position(SHARES, "USD", 100_000_000, amount("19000"))


def test_everything_is_closed_unless_a_quantity_is_given() -> None:
    assert expiry(SHORT_PUTS).legs == (Leg(PUT, 2_000_000, 0),)
    assert expiry(LONG_PUTS, "1").legs == (Leg(PUT, -1_000_000, 0),)
    fact = closing(HUNDRED_SHARES, "191.20", fees=amount("1"))
    assert fact.legs == (Leg(SHARES, -100_000_000, amount("19120")),)
    assert (fact.kind, fact.currency, fact.fee_micros) == (Kind.TRADE, "USD", amount("1"))
    assert closing(SHORT_PUTS, "0.05", "1").legs == (Leg(PUT, 1_000_000, -amount("5")),)
    assert closing(LONG_PUTS, "0").currency == "CHF"
    assert expiry(LONG_PUTS).kind is Kind.EXPIRY


@pytest.mark.parametrize(
    ("fact", "option", "shares", "cash"),
    [
        (assigned(SHORT_PUTS), 2, 200, "-38000"),
        (assigned(SHORT_CALLS, "1"), 1, -100, "19000"),
        (exercise(LONG_PUTS), -2, -200, "38000"),
        (exercise(LONG_CALLS, "1"), -1, 100, "-19000"),
    ],
)
def test_shares_change_hands_at_the_strike(
    fact: TradeFact, option: int, shares: int, cash: str
) -> None:
    kind, (closed, delivered) = fact.kind, fact.legs
    assert kind is Kind.ASSIGNMENT
    assert (closed.quantity_micros, closed.gross_micros) == (option * 1_000_000, 0)
    expected = Leg(SHARES, shares * 1_000_000, amount(cash, negative=True))
    assert delivered == expected


def test_a_roll_without_a_closing_price_closes_at_the_carried_value() -> None:
    fact = roll(SHORT_PUTS, LATER, "0.35", fees=amount("2.60"))
    assert fact.legs == (
        Leg(PUT, 2_000_000, -amount("290")),
        Leg(LATER, -2_000_000, amount("360")),
    )
    assert (fact.kind, fact.fee_micros) == (Kind.TRADE, amount("2.60"))
    debit = roll(LONG_PUTS, LATER, "-0.35", "1")
    assert debit.legs == (
        Leg(PUT, -1_000_000, amount("145")),
        Leg(LATER, 1_000_000, -amount("180")),
    )


def test_a_roll_with_a_closing_price_opens_at_the_rest() -> None:
    fact = roll(SHORT_PUTS, LATER, "−0.10", closing_price="2")
    assert [leg.gross_micros for leg in fact.legs] == [-amount("400"), amount("380")]


def test_a_roll_that_would_give_the_new_option_a_negative_price_is_refused() -> None:
    with pytest.raises(BadInput) as error:
        roll(SHORT_PUTS, LATER, "-2")
    assert str(error.value) == (
        "price '-2': would price AAPL 2026-12-04 185 put below zero while AAPL 2026-11-27 190 put"
        " is closed at 1.45; check both prices (a net credit is positive, a debit negative)"
    )
    with pytest.raises(BadInput, match=r"is closed at 1\.00"):
        roll(LONG_PUTS, LATER, "1.10", closing_price="1")


@pytest.mark.parametrize(
    ("new", "message"),
    [
        (PUT, "new option 'AAPL 2026-11-27 190 put': is the option to be closed"),
        (SHARES, "new option 'AAPL': is not an option"),
        (replace(LATER, symbol="MSFT"), "must be on AAPL as well"),
        (replace(LATER, multiplier=150), "delivers 150 shares, but AAPL 2026-11-27 190 put deliv"),
    ],
)
def test_a_roll_needs_another_option_of_the_same_kind(new: Instrument, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        roll(SHORT_PUTS, new, "0.10")


@pytest.mark.parametrize("quantity", ["3", "0", "0.5", "-1", "x"])
def test_a_quantity_is_a_number_of_contracts_that_are_held(quantity: str) -> None:
    with pytest.raises(BadInput, match="quantity"):
        expiry(SHORT_PUTS, quantity)


def test_more_than_is_held_says_what_is_held() -> None:
    with pytest.raises(BadInput, match="is more than the position, −2 AAPL 2026-11-27 190 put"):
        closing(SHORT_PUTS, "1", "3")


def test_only_a_short_option_is_assigned_and_only_a_long_one_exercised() -> None:
    with pytest.raises(BadInput, match="is long, so it is exercised, not assigned"):
        assigned(LONG_PUTS)
    with pytest.raises(BadInput, match="is short, so it is assigned, not exercised"):
        exercise(SHORT_PUTS)
    for end in (assigned, exercise, expiry):
        with pytest.raises(BadInput, match="'AAPL': is not an option, so it cannot"):
            end(HUNDRED_SHARES)


@given(
    contracts=st.integers(-50, 50).filter(bool),
    value=st.integers(-(10**12), 10**12),
    part=st.integers(1, 50),
    net=st.integers(-(10**8), 10**8),
)
def test_cash_changes_by_exactly_the_net_price(
    contracts: int, value: int, part: int, net: int
) -> None:
    assume(part <= abs(contracts))
    position = Position(PUT, "USD", contracts * 1_000_000, value)
    sign = "-" if net < 0 else ""
    price = f"{sign}{abs(net) // 10**6}.{abs(net) % 10**6:06d}"
    try:
        closed, opened = roll(position, LATER, price, str(part)).legs
    except BadInput as error:
        assert error.path == "price"
        return
    assert closed.gross_micros + opened.gross_micros == net * part * 100
    assert closed.quantity_micros == -opened.quantity_micros
    assert closed.gross_micros * contracts >= 0 >= opened.gross_micros * contracts
