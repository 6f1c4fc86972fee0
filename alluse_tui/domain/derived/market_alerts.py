"""Alerts on what is held that need stored market data; quiet where none is stored (rules.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Protocol

from msgspec import field

from alluse_tui.domain.derived.atr_levels import DayPrice, Level, atr_levels
from alluse_tui.domain.derived.position_alerts import PositionAlert
from alluse_tui.domain.derived.positions import Position, positions
from alluse_tui.domain.model.book import Account
from alluse_tui.domain.model.policy import Policy
from alluse_tui.domain.model.terms import Right
from alluse_tui.domain.model.value import Value
from alluse_tui.domain.views import Severity

DIVIDEND_DAYS = 7
"""How many days before an ex-dividend date short calls are looked at."""


class SymbolFacts(Value, kw_only=True):
    """What is stored of a symbol today; None is unknown.

    `old_since`: the newest close if bars are stored, but none is current. `dividends`: amount per
    share in micros by ex-dividend date, from today on. `mids`: the mid in micros by the option's
    name, as quoted since the last trading day.
    """

    price: DayPrice | None = None
    old_since: date | None = None
    earnings_on: date | None = None
    dividends: Mapping[date, int] = field(default_factory=dict)
    mids: Mapping[str, int] = field(default_factory=dict)


class MarketFacts(Protocol):
    """The stored market data of a day, by symbol."""

    def of(self, symbol: str, atr_period: int) -> SymbolFacts:
        """What is stored of that symbol."""


_SEVERITY = {
    Level.WATCH: Severity.INFO,
    Level.CONSIDER: Severity.WARNING,
    Level.ACT: Severity.CRITICAL,
}


def market_alerts(
    account: Account, policy: Policy, today: date, market: MarketFacts
) -> Iterator[PositionAlert]:
    """ATR levels, earnings this week, calls that a dividend ends early, and data that is old."""
    held = positions(account.holdings)
    symbols = dict.fromkeys(position.instrument.symbol for position in held)
    facts = {symbol: market.of(symbol, policy.atr_period) for symbol in symbols}
    prices = {symbol: known.price for symbol, known in facts.items() if known.price is not None}
    for reached in atr_levels(account.code, held, policy, prices):
        if reached.level is not Level.CALM:
            name = reached.position.instrument.name
            times = f"{reached.against_hundredths / 100:.2f} ATRs"
            sentence = f"{{}} closed at {{}}, {times} past the strike of {name}: {reached.level}"
            values = (reached.position.instrument.symbol, reached.price.micros)
            yield "ATR level", _SEVERITY[reached.level], sentence, values, name
    sunday = today + timedelta(days=6 - today.weekday())
    for symbol, known in facts.items():
        if known.earnings_on is not None and today <= known.earnings_on <= sunday:
            sentence = f"{account.code} holds {symbol}, which reports earnings on"
            sentence += f" {known.earnings_on}"
            yield "earnings", Severity.INFO, sentence, (), f"{symbol}:{known.earnings_on}"
        if known.old_since is not None and _has_short_option(held, symbol):
            sentence = f"the newest close of {symbol} is of {known.old_since}, so its ATR level"
            sentence += " is not known: import its bars"
            yield "stale market data", Severity.INFO, sentence, (), symbol
    for position in held:
        yield from _ex_dividend(position, facts[position.instrument.symbol], today)


def _ex_dividend(position: Position, known: SymbolFacts, today: date) -> Iterator[PositionAlert]:
    """A short call in the money whose remaining time value is less than the next dividend."""
    option = position.instrument
    mid = known.mids.get(option.name)
    if option.right is not Right.CALL or not position.is_short or known.price is None:
        return
    in_the_money = known.price.micros - option.strike_micros
    last = min(option.expiry or today, today + timedelta(days=DIVIDEND_DAYS))
    for day, dividend in sorted(known.dividends.items()):
        if mid is None or in_the_money <= 0 or not today <= day <= last:
            continue
        left = max(0, mid - in_the_money)
        if dividend > left:
            sentence = f"{option.name} may be assigned before the ex-dividend date {day}:"
            sentence += " the dividend of {} is more than its time value of {}"
            yield "ex-dividend", Severity.WARNING, sentence, (dividend, left), option.name
        return


def _has_short_option(held: tuple[Position, ...], symbol: str) -> bool:
    return any(
        p.is_short and p.instrument.right is not None and p.instrument.symbol == symbol
        for p in held
    )
