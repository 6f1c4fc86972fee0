"""Two years of the wheel for the demo: puts, rolls, assignments, covered calls, shares called away.

Prices are not market data but a seeded random walk, so that the same days always give the same
book. All amounts are micros.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from alluse_tui.domain.commands import (
    Command,
    Deposit,
    Fact,
    Instrument,
    Kind,
    Leg,
    Post,
    PriceFact,
    Right,
    TradeFact,
)
from alluse_tui.domain.derived.positions import Position, positions
from alluse_tui.domain.model.calendar import TradingCalendar, last_session
from alluse_tui.domain.model.money import CENT_MICROS, ONE_BPS, UNIT_MICROS
from alluse_tui.domain.option_math import option_price
from alluse_tui.engine.engine import LocalEngine

FEE_MICROS = 650_000
"""The fee per traded contract."""

INVESTED_PERCENT = 85
"""The share of an account's base that positions may take up; a surplus stays in cash."""

VOLATILITY = 0.3
"""A year's, by which open options are marked."""

ROLLED_ONE_IN = 2
"""Of the puts that end in the money, one in this many is rolled; the others are assigned."""


class SettableClock(Protocol):
    """A clock that the history sets to each moment."""

    def set(self, day: date, hour: int, minute: int = 0) -> None:
        """Set the clock to a time in New York."""


@dataclass(frozen=True, slots=True)
class Style:
    """How an account trades: its underlying, entry weekday (0 is Monday), and what it sells.

    `out_percent`: how far a strike is from the price; `credit_bps`: the premium per share as a
    share of the strike; `weeks`: the Friday of expiry, 0 for that of the entry's week.
    """

    symbol: str
    weekday: int
    hour: int
    weeks: int
    delta: int
    out_percent: int
    credit_bps: int


STYLES = {
    "rev-1": Style("MSFT", 0, 10, weeks=0, delta=35, out_percent=2, credit_bps=60),
    "com-1": Style("KO", 1, 12, weeks=3, delta=25, out_percent=4, credit_bps=80),
    "gen-1": Style("AAPL", 3, 11, weeks=1, delta=45, out_percent=1, credit_bps=170),
}
"""By account, in the order of their entries within a week."""

FIRST_PRICES = {"MSFT": 95, "AAPL": 190, "KO": 60}
"""Dollars per share; MSFT's is far from real, so that its puts fit the smaller account."""


class WheelHistory:
    """Trades each account of a portfolio week by week, through the engine."""

    def __init__(self, engine: LocalEngine, clock: SettableClock, portfolio: str, seed: int):
        """`seed` decides the prices and what becomes of each option."""
        self._engine, self._clock, self._portfolio = engine, clock, portfolio
        self._calendar: TradingCalendar = engine.trading_calendar
        self._walk = random.Random(seed)
        self._prices = {symbol: dollars * UNIT_MICROS for symbol, dollars in FIRST_PRICES.items()}

    def begin(self, monday: date) -> None:
        """Buy the Compounding account's first shares."""
        self._clock.set(self._entry_day(monday, STYLES["rev-1"]), 10)
        symbol = STYLES["com-1"].symbol
        leg = Leg(Instrument(symbol), 600 * UNIT_MICROS, -600 * self._prices[symbol])
        self._trade("com-1", (leg,), 0, "core shares")

    def week(self, monday: date, number: int) -> None:
        """Write one week: entries, Friday's rolls and expiries, and marks."""
        for code, style in STYLES.items():
            self._move(style.symbol)
            self._clock.set(self._entry_day(monday, style), style.hour, 5)
            self._enter(code, style, monday)
        friday = self._session(monday + timedelta(days=4))
        self._end_week(friday)
        if number == 60:
            self._clock.set(friday, 17)
            bonus = Deposit(
                portfolio=self._portfolio,
                account="rev-1",
                amount=5_000 * UNIT_MICROS,
                note="bonus",
            )
            self._submit(bonus, "dana")

    def _end_week(self, friday: date) -> None:
        """Roll at noon, settle what expires at the close, then mark what is held."""
        for symbol in FIRST_PRICES:
            self._move(symbol)
        for hour, minute, act in (
            (12, 30, self._roll),
            (16, 1, self._settle),
            (16, 30, self._mark),
        ):
            for offset, (code, style) in enumerate(STYLES.items()):
                self._clock.set(friday, hour, minute + offset)
                act(code, style, friday)

    def _move(self, symbol: str) -> None:
        factor = self._walk.randint(9_860, 10_155)
        self._prices[symbol] = self._prices[symbol] * factor // 10_000 // CENT_MICROS * CENT_MICROS

    def _session(self, day: date) -> date:
        return last_session(day, self._calendar)

    def _entry_day(self, monday: date, style: Style) -> date:
        """The style's weekday or the trading day before it, and never one of the week before."""
        day = self._session(monday + timedelta(days=style.weekday))
        while day < monday or not self._calendar.is_session(day):
            day += timedelta(days=1)
        return day

    def _held(self, code: str) -> tuple[Position, ...]:
        return positions(self._engine.queries.account(code, self._portfolio).holdings)

    def _enter(self, code: str, style: Style, monday: date) -> None:
        """Write calls on the shares that are free, then puts with what is left of the budget."""
        expiry = self._session(monday + timedelta(days=4, weeks=style.weeks))
        price, held = self._prices[style.symbol], self._held(code)
        shares = sum(p.quantity_micros for p in held if p.instrument.right is None)
        written = -sum(p.shares_micros for p in held if p.instrument.right is Right.CALL)
        if calls := (shares - written) // (100 * UNIT_MICROS):
            self._sell(code, style, Right.CALL, expiry, price, calls)
        view = self._engine.queries.account(code, self._portfolio)
        budget = min(view.base, view.equity) * INVESTED_PERCENT // 100
        taken = view.collateral + shares * price // UNIT_MICROS
        strike = _strike(price, -style.out_percent)
        room = min(budget - taken, budget * 2 // 3, view.available)
        if (puts := room // (strike * 100)) > 0:
            self._sell(code, style, Right.PUT, expiry, price, puts)

    def _sell(
        self, code: str, style: Style, right: Right, expiry: date, price: int, contracts: int
    ) -> None:
        percent = style.out_percent if right is Right.CALL else -style.out_percent
        option = Instrument(style.symbol, right, _strike(price, percent), expiry, 100)
        credit = self._credit(option, style)
        leg = Leg(option, -contracts * UNIT_MICROS, contracts * 100 * credit)
        self._trade(code, (leg,), contracts, "sold to open", delta=style.delta)

    def _credit(self, option: Instrument, style: Style) -> int:
        """The premium per share, in whole cents."""
        bps = style.credit_bps * self._walk.randint(80, 120)
        return option.strike_micros * bps // (ONE_BPS * 100) // CENT_MICROS * CENT_MICROS

    def _expiring(self, code: str, friday: date) -> Iterable[Position]:
        return [p for p in self._held(code) if p.instrument.expiry == friday]

    def _roll(self, code: str, style: Style, friday: date) -> None:
        """Roll some of the puts that end in the money to the next week, for a small credit."""
        price = self._prices[style.symbol]
        for position in self._expiring(code, friday):
            put = position.instrument
            if put.right is not Right.PUT or put.strike_micros <= price:
                continue
            if self._walk.randrange(ROLLED_ONE_IN):
                continue
            count = -position.quantity_micros
            later = self._session(friday + timedelta(days=11 - friday.weekday()))
            lower = Instrument(put.symbol, put.right, put.strike_micros - UNIT_MICROS, later, 100)
            bought = put.strike_micros - price + put.strike_micros // 400
            bought = bought // CENT_MICROS * CENT_MICROS
            sold = bought + 20 * CENT_MICROS
            legs = (
                Leg(put, count, -count * 100 * bought // UNIT_MICROS),
                Leg(lower, -count, count * 100 * sold // UNIT_MICROS),
            )
            self._trade(code, legs, 2 * count // UNIT_MICROS, "rolled", delta=style.delta)

    def _settle(self, code: str, style: Style, friday: date) -> None:
        """Assign what ends in the money, and let the rest expire."""
        price = self._prices[style.symbol]
        for position in self._expiring(code, friday):
            option, count = position.instrument, -position.quantity_micros
            in_the_money = (
                option.strike_micros > price
                if option.right is Right.PUT
                else option.strike_micros < price
            )
            ended = Leg(option, count, 0)
            if not in_the_money:
                self._post(code, TradeFact(kind=Kind.EXPIRY, legs=(ended,)), "expired")
                continue
            shares = count * 100 if option.right is Right.PUT else -count * 100
            delivered = Leg(
                Instrument(option.symbol), shares, -shares * option.strike_micros // UNIT_MICROS
            )
            fact = TradeFact(kind=Kind.ASSIGNMENT, legs=(ended, delivered))
            self._post(code, fact, "assigned" if shares > 0 else "called away")

    def _mark(self, code: str, style: Style, friday: date) -> None:
        """Mark shares at their price, and options at what a model says they are worth."""
        for position in self._held(code):
            instrument = position.instrument
            price = self._closing_price(instrument, self._prices[style.symbol], friday)
            if instrument.value_at(price, position.quantity_micros) != position.value_micros:
                fact = PriceFact(instrument=instrument.name, price_micros=price)
                self._post(code, fact, "weekly close")

    def _closing_price(self, instrument: Instrument, spot: int, friday: date) -> int:
        """The price per share, in whole cents; of an option at least one."""
        if instrument.right is None or instrument.expiry is None:
            return spot
        years = (instrument.expiry - friday).days / 365
        strike = instrument.strike_micros
        price = option_price(instrument.right, spot, strike, years, VOLATILITY)
        return max(1, round(price / CENT_MICROS)) * CENT_MICROS

    def _trade(
        self, code: str, legs: tuple[Leg, ...], contracts: int, note: str, delta: int = 0
    ) -> None:
        fact = TradeFact(legs=legs, fee_micros=contracts * FEE_MICROS)
        self._post(code, fact, note, delta)

    def _post(self, code: str, fact: Fact, note: str, delta: int = 0) -> None:
        command = Post(
            portfolio=self._portfolio,
            account=code,
            fact=fact,
            note=note,
            confirmed=True,
            delta=delta,
        )
        self._submit(command, "dana" if isinstance(fact, TradeFact) else "market")

    def _submit(self, command: Command, actor: str) -> None:
        self._engine.commands.submit(command, actor=actor)


def _strike(price: int, percent: int) -> int:
    """The strike that far from the price, in whole dollars."""
    return price * (100 + percent) // 100 // UNIT_MICROS * UNIT_MICROS
