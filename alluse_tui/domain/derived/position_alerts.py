"""Alerts about an account's positions: uncovered options, size, and expiry."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from alluse_tui.domain.derived.positions import Position, exposures, positions, uncovered_calls
from alluse_tui.domain.model.instrument import quantity_text
from alluse_tui.domain.model.money import ONE_BPS
from alluse_tui.domain.model.policy import Policy
from alluse_tui.domain.model.rates import Rates
from alluse_tui.domain.views import AccountView, Severity

EXPIRES_SOON_DAYS = 2
"""An option that expires within this many days raises an alert."""

PositionAlert = tuple[str, Severity, str, tuple[int | str, ...], str]
"""Kind, severity, sentence, values, and what tells it from others of its kind in the account."""


def position_alerts(
    view: AccountView, rates: Rates, policy: Policy, today: date
) -> Iterator[PositionAlert]:
    """The alerts about the positions of one account."""
    held = positions(view.holdings)
    yield from _uncovered_puts(view)
    yield from _uncovered_calls(view, held)
    yield from _oversized(view, held, rates, policy, today)
    yield from _expiries(view, held, today)


def _uncovered_puts(view: AccountView) -> Iterator[PositionAlert]:
    code = view.code
    if view.collateral_unvalued:
        sentence = (
            f"short puts of {code} are in a currency without an exchange rate, so their collateral"
            " is unknown: record a rate"
        )
        yield "uncovered put", Severity.CRITICAL, sentence, (), ""
    elif view.uncovered:
        sentence = (
            f"short puts of {code} need {{}} of collateral, but only {{}} is in cash:"
            " close puts or add {}"
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


def _oversized(
    view: AccountView, held: tuple[Position, ...], rates: Rates, policy: Policy, today: date
) -> Iterator[PositionAlert]:
    most = max(0, view.equity) * policy.position_size_bps // ONE_BPS
    for symbol, micros in exposures(held, rates, view.currency, today).items():
        if micros > most:
            share = f"{policy.position_size_bps / 100:g} %"
            sentence = (
                f"{symbol} takes up {{}} of {view.code}, more than {share} of its {{}} equity:"
                " close part of it"
            )
            values = (micros, view.equity)
            yield "over position size", Severity.WARNING, sentence, values, symbol


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
