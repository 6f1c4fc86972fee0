"""Alerts about an account's positions: uncovered options, size, price, expiry and assignment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from alluse_tui.domain.derived.positions import (
    Position,
    exposures,
    positions,
    shorts_text,
    uncovered_calls,
)
from alluse_tui.domain.derived.underlying_prices import (
    is_in_the_money,
    marked_prices,
    newest_prices,
)
from alluse_tui.domain.model.book import Account, Assignment
from alluse_tui.domain.model.instrument import ONE_MICROS, holding_key, quantity_text
from alluse_tui.domain.model.money import ONE_BPS
from alluse_tui.domain.model.policy import Policy
from alluse_tui.domain.model.rates import Rates
from alluse_tui.domain.views import AccountView, Severity

EXPIRES_SOON_DAYS = 2
"""An option that expires within this many days raises an alert."""

PositionAlert = tuple[str, Severity, str, tuple[int | str, ...], str]
"""Kind, severity, sentence, values, and what tells it from others of its kind in the account."""


IN_THE_MONEY_SOON_DAYS = 7
"""A short option in the money is critical from this many days before its expiry."""

ASSIGNED_DAYS = 7
"""An assignment raises an alert for this many days."""


def position_alerts(
    account: Account, view: AccountView, rates: Rates, policy: Policy, today: date
) -> Iterator[PositionAlert]:
    """The alerts about the positions of one account."""
    held = positions(view.holdings)
    yield from _uncovered_puts(view, held)
    yield from _uncovered_calls(view, held)
    yield from _short_shares(view, held)
    yield from _oversized(view, held, rates, policy, today)
    yield from _in_the_money(account, held, today)
    yield from _expiries(view, held, today)
    yield from _assigned(account, today)


def _uncovered_puts(view: AccountView, held: tuple[Position, ...]) -> Iterator[PositionAlert]:
    shorts = f"{shorts_text(held)} of {view.code}"
    if view.collateral_unvalued:
        sentence = (
            f"{shorts} are in a currency without an exchange rate, so their collateral"
            " is unknown: record a rate"
        )
        yield "uncovered put", Severity.CRITICAL, sentence, (), ""
    elif view.uncovered:
        sentence = (
            f"{shorts} need {{}} of collateral, but only {{}} is in cash: close them or add {{}}"
        )
        values = (view.collateral, view.cover, view.uncovered)
        yield "uncovered put", Severity.CRITICAL, sentence, values, ""


def _uncovered_calls(view: AccountView, held: tuple[Position, ...]) -> Iterator[PositionAlert]:
    for calls in uncovered_calls(held):
        written, shares = quantity_text(calls.written_micros), quantity_text(calls.held_micros)
        sentence = (
            f"short calls of {view.code} are on {written} shares of {calls.symbol}, but it holds"
            f" {shares}: buy shares or close calls"
        )
        yield "uncovered call", Severity.CRITICAL, sentence, (), calls.symbol


def _short_shares(view: AccountView, held: tuple[Position, ...]) -> Iterator[PositionAlert]:
    for position in held:
        if position.instrument.right is None and position.is_short:
            symbol, count = position.instrument.symbol, quantity_text(-position.quantity_micros)
            sentence = (
                f"{view.code} is short {count} {{}}: buy the shares, or record the purchase that is"
                " missing"
            )
            about = holding_key(symbol, position.currency)
            yield "short shares", Severity.CRITICAL, sentence, (symbol,), about


def _oversized(
    view: AccountView, held: tuple[Position, ...], rates: Rates, policy: Policy, today: date
) -> Iterator[PositionAlert]:
    """Underlyings above the largest size, or above the share at which one is concentrated."""
    equity = max(0, view.equity)
    for symbol, micros in exposures(held, rates, view.currency, today).items():
        takes_up = f"{{}} takes up {{}} of {view.code}, more than"
        values = (symbol, micros, view.equity)
        if micros > equity * policy.position_size_bps // ONE_BPS:
            share = f"{policy.position_size_bps / 100:g} %"
            sentence = f"{takes_up} {share} of its {{}} equity: close part of it"
            yield "over position size", Severity.WARNING, sentence, values, symbol
        elif micros > equity * policy.concentration_bps // ONE_BPS:
            sentence = f"{takes_up} {policy.concentration_bps / 100:g} % of its {{}} equity"
            yield "concentration", Severity.INFO, sentence, values, symbol


def _in_the_money(
    account: Account, held: tuple[Position, ...], today: date
) -> Iterator[PositionAlert]:
    """Short options in the money, as far as the account has a marked price of the shares."""
    prices = newest_prices(marked_prices([account]))
    for position in held:
        option, days = position.instrument, position.days_to_expiry(today)
        price = prices.get((option.symbol, position.currency))
        if price is None or days is None or days < 0 or not position.is_short:
            continue
        if is_in_the_money(option, price.price_micros):
            is_soon = days <= IN_THE_MONEY_SOON_DAYS
            sentence = (
                f"{{}} is in the money: {{}} was at {{}} on {price.day};"
                " roll or close it, or let it be assigned"
            )
            values = (_listed([position]), option.symbol, price.price_micros)
            severity = Severity.CRITICAL if is_soon else Severity.WARNING
            about = holding_key(option.name, position.currency)
            yield "in the money", severity, sentence, values, about


def _assigned(account: Account, today: date) -> Iterator[PositionAlert]:
    """One alert for each record that assigned short options of the account lately."""
    by_record: dict[int, list[Assignment]] = {}
    for assignment in account.assignments:
        if 0 <= (today - assignment.day).days <= ASSIGNED_DAYS:
            by_record.setdefault(assignment.seq, []).append(assignment)
    for seq, assigned in by_record.items():
        names = ", ".join(f"{quantity_text(a.quantity_micros)} {a.instrument}" for a in assigned)
        is_one = len(assigned) == 1 and assigned[0].quantity_micros == ONE_MICROS
        sentence = (
            f"{names} {'was' if is_one else 'were'} assigned on {assigned[0].day}: check shares and"
            " cash, then acknowledge"
        )
        yield "assigned", Severity.WARNING, sentence, (), str(seq)


def _expiries(
    view: AccountView, held: tuple[Position, ...], today: date
) -> Iterator[PositionAlert]:
    """One alert for each expiry that has passed or is near."""
    by_expiry: dict[date, list[Position]] = {}
    for position in held:
        if position.instrument.expiry is not None:
            by_expiry.setdefault(position.instrument.expiry, []).append(position)
    for expiry, expiring in sorted(by_expiry.items()):
        days = (expiry - today).days
        names = _listed(expiring)
        if days < 0:
            sentence = f"{names} expired on {expiry}: record the expiry or assignment"
            yield "expired", Severity.WARNING, sentence, (), expiry.isoformat()
        elif days <= EXPIRES_SOON_DAYS:
            when = ("today", "tomorrow", f"in {days} days")[min(days, 2)]
            verb = "expires" if len(expiring) == 1 else "expire"
            sentence = f"{names} {verb} {when}"
            yield "expires soon", Severity.INFO, sentence, (), expiry.isoformat()


def _listed(expiring: list[Position]) -> str:
    """'−1 NVDA 2026-07-10 170 put', or '3 options on AAPL, KO'."""
    if len(expiring) > 1:
        symbols = sorted({position.instrument.symbol for position in expiring})
        return f"{len(expiring)} options on {', '.join(symbols)}"
    (position,) = expiring
    return f"{quantity_text(position.quantity_micros)} {position.instrument.name}"
